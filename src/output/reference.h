/*
 * What the printed tables have in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_REFERENCE_H
#define IK_OUTPUT_REFERENCE_H

#include "diag/rule.h"
#include "ikescope/reference.h"
#include "output/text.h"

/* The slugs that were asked for; without any, all are. */
struct ik_slugs {
	const char *const *slug;
	size_t n;
};

/* Whether each of them is one, told or not; else unknown says which is not, with the nearest. */
bool ik_slugs_known(const struct ik_slugs *slugs, struct ikescope_unknown *unknown);

/* Whether a slug was asked for, and a set of remedies by a rule of one. */
bool ik_slugs_have(const struct ik_slugs *slugs, const char *slug);
bool ik_slugs_need(const struct ik_slugs *slugs, enum ik_remedy_set set);

#endif
