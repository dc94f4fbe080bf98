/*
 * The searches of a document: what they may cost, what they found, and for which negotiation.
 *
 * An address that was found for a side is tried first wherever its address outside comes again: a
 * repeated attempt costs one hash. What was searched without success is not searched again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "base/addr.h"
#include "diag/nat.h"
#include "ikescope/natsearch.h"

/* What is remembered of earlier searches; the limit of passes allows hardly more. */
#define REMEMBERED 256
/* The budget counts parts of a pass, so that a search that ends early costs less. SHA-1 is done in
 * the lanes of wide registers, the other algorithms are not. */
#define PASS (UINT64_C(1) << 20)
#define SLOW 8

struct hit {
	struct ikescope_addr outside;
	struct ikescope_endpoint hashed;
};

struct miss {
	struct ikescope_endpoint outside;
	unsigned algorithm;
	bool source;
};

struct ik_nat_memory {
	enum ikescope_nat_search among;
	struct ikescope_nat_runner runner;
	uint64_t budget, not_searched;
	struct ik_nat *row; /* by id, when all is learnt */
	size_t n, cap;
	struct hit hit[REMEMBERED];
	struct miss miss[REMEMBERED];
	size_t hits, misses;
};

struct ik_nat_memory *ik_nat_memory_new(const struct ikescope_options *options)
{
	struct ik_nat_memory *m = (struct ik_nat_memory *)calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->among = options->nat_search;
	m->runner = options->nat_runner;
	m->budget = options->limits.nat_passes * PASS;
	return m;
}

void ik_nat_memory_free(struct ik_nat_memory *m)
{
	if (m != NULL)
		free(m->row);
	free(m);
}

/* ---- searches ------------------------------------------------------------------------------- */

/* A hash under search: who sent it, and about whom. */
struct quest {
	struct ik_nat_memory *m;
	const struct ik_nego *n;
	struct ik_hashers *hashers;
	enum ik_dir sender;
	bool source;
	struct ik_nat_word *word;
};

static bool found(struct quest *q, const struct ikescope_endpoint *e)
{
	q->word->kind = IK_NAT_FOUND;
	q->word->hashed = *e;
	return true;
}

static bool recall(struct quest *q)
{
	for (size_t i = 0; i < q->m->hits; i++) {
		const struct hit *h = &q->m->hit[i];

		if (ik_addr_eq(&h->outside, &q->word->here.addr) &&
		    ik_natd_is(q->hashers, q->n, q->sender, q->source, &h->hashed) == IKESCOPE_YES)
			return found(q, &h->hashed);
	}
	return false;
}

static bool missed(const struct quest *q)
{
	for (size_t i = 0; i < q->m->misses; i++) {
		const struct miss *s = &q->m->miss[i];

		if (s->source == q->source && s->algorithm == ik_nat_number(q->n) &&
		    ik_endpoint_eq(&s->outside, &q->word->here))
			return true;
	}
	return false;
}

static void remember_hit(struct quest *q)
{
	if (q->m->hits < REMEMBERED)
		q->m->hit[q->m->hits++] =
		        (struct hit){.outside = q->word->here.addr, .hashed = q->word->hashed};
}

static void remember_miss(struct quest *q)
{
	if (q->m->misses < REMEMBERED)
		q->m->miss[q->m->misses++] = (struct miss){.outside = q->word->here,
		                                           .algorithm = ik_nat_number(q->n),
		                                           .source = q->source};
}

/* One port among one set of addresses. */
static bool pass(struct quest *q, struct ikescope_nat_job *job)
{
	struct ik_nat_memory *m = q->m;
	const uint64_t all = ikescope_nat_candidates(job);
	uint64_t number = m->runner.run != NULL ? m->runner.run(m->runner.ctx, job)
	                                        : ikescope_nat_try(job, 0, all);
	uint64_t tried = number < all ? number + 1 : all;
	struct ikescope_endpoint e = {.port = job->port};

	m->budget -= tried * PASS / all * (job->algorithm == 2 ? 1 : SLOW);
	if (number == IKESCOPE_NAT_NONE)
		return false;
	/* The runner is not ours: what it says has to fit. */
	e.addr = ikescope_nat_candidate(job, number);
	return ik_natd_is(q->hashers, q->n, q->sender, q->source, &e) == IKESCOPE_YES &&
	       found(q, &e);
}

/* All ports of all hashes of the sender. False: not found, or not searched to the end (open). */
static bool passes(struct quest *q, struct ikescope_nat_job *job, bool *open)
{
	const struct ik_peer *peer = &q->n->peer[q->sender];
	enum ik_dir side = q->source == (q->sender == IK_I2R) ? IK_I2R : IK_R2I;
	const uint64_t most = job->algorithm == 2 ? PASS : SLOW * PASS;
	uint16_t port[IK_NAT_PORTS];
	size_t ports = ik_nat_ports_of(q->n, ik_natd_path(q->n, q->sender), side, port);

	/* Beyond the private addresses an invented one, which has no port, is the most likely. */
	for (size_t i = 0; job->among == IKESCOPE_NAT_SEARCH_ALL && i < ports; i++)
		if (port[i] == 0) {
			port[i] = port[0];
			port[0] = 0;
		}
	for (size_t i = 0; i < ports; i++)
		for (size_t k = 0; k < peer->n_natd; k++) {
			if ((peer->natd_sources >> k & 1) != q->source)
				continue;
			*open |= q->m->budget < most;
			if (*open)
				return false;
			job->hash = peer->natd[k];
			job->port = port[i];
			if (pass(q, job))
				return true;
		}
	return false;
}

/* What the other side knows it by is public as a rule, so only a search of everything asks. */
static bool worth_it(const struct quest *q)
{
	return q->m->among == IKESCOPE_NAT_SEARCH_ALL ||
	       (q->m->among == IKESCOPE_NAT_SEARCH_PRIVATE && q->source);
}

static void search(struct quest *q)
{
	struct ikescope_nat_job job = {.algorithm = (uint16_t)ik_nat_number(q->n)};
	bool open = false;

	if (q->word->kind != IK_NAT_OPEN || recall(q) || !worth_it(q) || missed(q))
		return;
	ik_nat_head(q->n, q->sender, job.head);
	for (int among = IKESCOPE_NAT_SEARCH_PRIVATE; among <= (int)q->m->among && !open; among++) {
		job.among = (enum ikescope_nat_search)among;
		if (passes(q, &job, &open)) {
			remember_hit(q);
			return;
		}
	}
	q->m->not_searched += open;
	if (open)
		return;
	q->word->kind = IK_NAT_NOWHERE;
	q->word->all = q->m->among == IKESCOPE_NAT_SEARCH_ALL;
	remember_miss(q);
}

/* ---- negotiations --------------------------------------------------------------------------- */

static bool keep(struct ik_nat_memory *m, const struct ik_nat *nat)
{
	if (m->n == m->cap) {
		size_t cap = m->cap != 0 ? 2 * m->cap : 16;
		struct ik_nat *grown = (struct ik_nat *)realloc(m->row, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		m->row = grown;
		m->cap = cap;
	}
	m->row[m->n++] = *nat;
	return true;
}

bool ik_nat_learn(struct ik_nat_memory *m, const struct ik_nego *n, uint64_t id,
                  struct ik_hashers *hashers)
{
	struct ik_nat nat = ik_nat_of(n, hashers);
	enum ikescope_claim claim;

	nat.id = id;
	for (size_t side = 0; side < 2; side++) {
		enum ik_dir from = side == 0 ? IK_I2R : IK_R2I, to = side == 0 ? IK_R2I : IK_I2R;
		struct quest own = {m, n, hashers, from, true, &nat.own[side]};
		struct quest known = {m, n, hashers, to, false, &nat.known[side]};

		search(&own);
		search(&known);
	}
	return !ik_nat_claim(&nat, n->version, &claim) || keep(m, &nat);
}

static int by_id(const void *one, const void *two)
{
	const struct ik_nat *a = (const struct ik_nat *)one, *b = (const struct ik_nat *)two;

	return a->id < b->id ? -1 : a->id > b->id;
}

void ik_nat_learnt(struct ik_nat_memory *m)
{
	if (m->n > 1)
		qsort(m->row, m->n, sizeof(*m->row), by_id);
}

const struct ik_nat *ik_nat_find(const struct ik_nat_memory *m, uint64_t id)
{
	const struct ik_nat key = {.id = id};

	if (m == NULL || m->n == 0)
		return NULL;
	return (const struct ik_nat *)bsearch(&key, m->row, m->n, sizeof(*m->row), by_id);
}

uint64_t ik_nat_not_searched(const struct ik_nat_memory *m)
{
	return m != NULL ? m->not_searched : 0;
}
