/*
 * A writer's output, kept and looked at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_PAPER_H
#define TEST_PAPER_H

#include "ikescope/writers.h"

/* The most that is written on one. */
#define PAPER_MOST ((size_t)2 << 20)

struct paper {
	char *text; /* NUL-terminated, to be freed */
	size_t len;
	struct ikescope_writer writer;
};

/* An empty paper; the test fails without memory. */
void paper_take(struct paper *p);
void paper_wipe(struct paper *p);

/* No line is wider than a page of 80 columns, and none ends with a blank. */
void paper_check_page(const char *text, const char *what);

/* A writer whose write() returns 7. */
extern const struct ikescope_writer paper_full;

#endif
