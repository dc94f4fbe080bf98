/*
 * The search for an address behind NAT, on all processors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <stdatomic.h>

#include "cli/machine.h"

/* Candidates that a thread takes at a time: half a millisecond, or a few where it is not SHA-1. */
#define PIECE        65536
#define THREADS_MOST 256

struct search {
	const struct ikescope_nat_job *job;
	uint64_t candidates;
	atomic_uint_fast64_t next, found; /* found: the lowest, or none */
};

/* Pieces are taken in order, so that every candidate below the lowest that fits is tried. */
static void *work(void *arg)
{
	struct search *s = arg;
	uint64_t from, hit, before;

	while ((from = atomic_fetch_add(&s->next, PIECE)) < s->candidates &&
	       from < atomic_load(&s->found)) {
		hit = ikescope_nat_try(s->job, from,
		                       s->candidates - from > PIECE ? from + PIECE : s->candidates);
		before = atomic_load(&s->found);
		while (hit < before && !atomic_compare_exchange_weak(&s->found, &before, hit))
			;
	}
	return NULL;
}

uint64_t ik_nat_search(void *ctx, const struct ikescope_nat_job *job)
{
	struct search s = {.job = job, .candidates = ikescope_nat_candidates(job)};
	pthread_t thread[THREADS_MOST];
	size_t wanted = ik_processors(THREADS_MOST) - 1, n = 0;

	(void)ctx;
	atomic_init(&s.next, PIECE);
	/* The most likely addresses are the first: for them no thread is started. */
	atomic_init(&s.found, ikescope_nat_try(job, 0, PIECE));
	if (atomic_load(&s.found) != IKESCOPE_NAT_NONE)
		return atomic_load(&s.found);
	while (n < wanted && pthread_create(&thread[n], NULL, work, &s) == 0)
		n++;
	(void)work(&s);
	while (n > 0)
		(void)pthread_join(thread[--n], NULL);
	return atomic_load(&s.found);
}
