/*
 * Slips of the finger: which of several names was meant.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_NEAREST_H
#define IK_BASE_NEAREST_H

#include <stddef.h>

/* The search for a word: names are tried one after the other, the first of the nearest stays. */
struct ik_nearest {
	const char *word;
	const char *name; /* the nearest so far, if up to two slips lie between them, else NULL */
	size_t slips;     /* the limit of slips that the next name has to stay below */
};

struct ik_nearest ik_nearest_to(const char *word);
void ik_nearest_try(struct ik_nearest *n, const char *name);

#endif
