/* SPDX-License-Identifier: Apache-2.0 */
#include "support/crew.h"

#include <stdlib.h>

static void put(void *ctx, void (*work)(void *job, unsigned hand), void *job)
{
	struct lazy_crew *c = ctx;

	if (c->end - c->first == IKESCOPE_CREW_JOBS)
		abort();
	c->row[c->end++ % IKESCOPE_CREW_JOBS] = (struct lazy_job){.work = work, .job = job};
}

static void finish(void *ctx)
{
	struct lazy_crew *c = ctx;

	if (c->first == c->end)
		abort();
	/* Every other one that waits, and the first. */
	for (size_t i = c->end; i-- > c->first;) {
		struct lazy_job *j = &c->row[i % IKESCOPE_CREW_JOBS];

		if (j->work == NULL || (i != c->first && (c->end - i) % 2 == 0))
			continue;
		j->work(j->job, c->hand);
		j->work = NULL;
		c->hand = (c->hand + 1) % c->hands;
		c->done++;
	}
	c->first++;
}

struct ikescope_crew lazy_crew(struct lazy_crew *c, unsigned hands)
{
	c->hands = hands;
	return (struct ikescope_crew){.ctx = c, .hands = hands, .put = put, .finish = finish};
}
