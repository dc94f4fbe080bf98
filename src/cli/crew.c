/*
 * Threads for the work on messages: jobs are taken in the order in which they were put, and the
 * thread that waits for one takes others meanwhile.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <stdlib.h>

#include "cli/machine.h"

struct entry {
	void (*work)(void *job, unsigned hand);
	void *job;
	bool done;
};

/* Entries from first on were put, from next on nobody has taken them, up to end. */
struct ik_crew {
	pthread_mutex_t lock;
	pthread_cond_t put, done;
	struct entry entry[IKESCOPE_CREW_JOBS];
	size_t first, next, end;
	bool over;
	unsigned hands;
	struct hand {
		struct ik_crew *crew;
		pthread_t thread;
	} hand[IKESCOPE_CREW_HANDS];
};

static struct entry *entry_at(struct ik_crew *c, size_t number)
{
	return &c->entry[number % IKESCOPE_CREW_JOBS];
}

/* Does the next job; the lock is held before and after. */
static void take(struct ik_crew *c, unsigned hand)
{
	struct entry *e = entry_at(c, c->next++);

	(void)pthread_mutex_unlock(&c->lock);
	e->work(e->job, hand);
	(void)pthread_mutex_lock(&c->lock);
	e->done = true;
	(void)pthread_cond_signal(&c->done);
}

static void *help(void *arg)
{
	struct hand *h = arg;
	struct ik_crew *c = h->crew;

	(void)pthread_mutex_lock(&c->lock);
	for (;;) {
		while (c->next == c->end && !c->over)
			(void)pthread_cond_wait(&c->put, &c->lock);
		if (c->next == c->end)
			break;
		take(c, (unsigned)(h - c->hand));
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void put(void *ctx, void (*work)(void *job, unsigned hand), void *job)
{
	struct ik_crew *c = ctx;

	(void)pthread_mutex_lock(&c->lock);
	*entry_at(c, c->end++) = (struct entry){.work = work, .job = job};
	(void)pthread_cond_signal(&c->put);
	(void)pthread_mutex_unlock(&c->lock);
}

static void finish(void *ctx)
{
	struct ik_crew *c = ctx;

	(void)pthread_mutex_lock(&c->lock);
	while (!entry_at(c, c->first)->done) {
		if (c->next != c->end)
			take(c, 0);
		else
			(void)pthread_cond_wait(&c->done, &c->lock);
	}
	c->first++;
	(void)pthread_mutex_unlock(&c->lock);
}

struct ik_crew *ik_crew_new(struct ikescope_crew *crew)
{
	unsigned wanted = ik_processors(IKESCOPE_CREW_HANDS);
	struct ik_crew *c = wanted > 1 ? calloc(1, sizeof(*c)) : NULL;

	*crew = (struct ikescope_crew){.hands = 1};
	if (c == NULL)
		return NULL;
	(void)pthread_mutex_init(&c->lock, NULL);
	(void)pthread_cond_init(&c->put, NULL);
	(void)pthread_cond_init(&c->done, NULL);
	for (c->hands = 1; c->hands < wanted; c->hands++) {
		struct hand *h = &c->hand[c->hands];

		h->crew = c;
		if (pthread_create(&h->thread, NULL, help, h) != 0)
			break;
	}
	*crew = (struct ikescope_crew){.ctx = c, .hands = c->hands, .put = put, .finish = finish};
	return c;
}

void ik_crew_free(struct ik_crew *c)
{
	if (c == NULL)
		return;
	(void)pthread_mutex_lock(&c->lock);
	c->over = true;
	(void)pthread_cond_broadcast(&c->put);
	(void)pthread_mutex_unlock(&c->lock);
	while (c->hands > 1)
		(void)pthread_join(c->hand[--c->hands].thread, NULL);
	(void)pthread_cond_destroy(&c->done);
	(void)pthread_cond_destroy(&c->put);
	(void)pthread_mutex_destroy(&c->lock);
	free(c);
}
