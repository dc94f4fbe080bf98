/*
 * A crew of one thread that does jobs late, the latest first, with one hand after the other: what
 * is written must not depend on it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_SUPPORT_CREW_H
#define TEST_SUPPORT_CREW_H

#include "ikescope/dissect.h"

/* All zero before its first use. */
struct lazy_crew {
	struct lazy_job {
		void (*work)(void *job, unsigned hand);
		void *job;
	} row[IKESCOPE_CREW_JOBS];
	size_t first, end;    /* from first on they are not finished, up to end */
	size_t done;          /* how many were done */
	unsigned hands, hand; /* hand: the next */
};

struct ikescope_crew lazy_crew(struct lazy_crew *c, unsigned hands);

#endif
