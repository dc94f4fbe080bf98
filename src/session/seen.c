/*
 * Sets of four entries; of a full set the one that was not noted for longest is forgotten. What was
 * noted lately is not looked up again for a while. The table starts small and doubles while it
 * fills, up to its limit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "base/big.h"
#include "base/line.h"

#define WAYS   4
#define LATELY 32768  /* a power of two */
#define ANEW   262144 /* packets after which every address is noted anew */
#define WAIT   16

/* Octets from the first line of a set to behind its last, wherever in a line it begins. */
#define SPAN (WAYS * sizeof(struct ik_seen) + IK_LINE)

/* A sender whose set is on its way from memory. */
struct waiting {
	struct ik_seen row;
	uint64_t hash;
};

struct ik_seen_table {
	struct ik_seen *rows; /* first 0: free */
	size_t n_rows, used, most;
	uint32_t lately[LATELY]; /* tags of the last addresses, in pairs by hash */
	struct waiting waiting[WAIT];
	struct waiting fresh[WAIT]; /* and those not looked at yet */
	size_t n_waiting, n_fresh, notes;
	uint64_t forgotten;
};

struct ik_seen_table *ik_seen_new(uint64_t most)
{
	struct ik_seen_table *t = (struct ik_seen_table *)calloc(1, sizeof(*t));

	if (t != NULL) {
		t->most = WAYS;
		while (t->most < most)
			t->most *= 2;
	}
	return t;
}

void ik_seen_free(struct ik_seen_table *t)
{
	if (t == NULL)
		return;
	free(t->rows);
	free(t);
}

/* Where the last addresses of a hash are: two of them. */
static uint32_t *lately_of(struct ik_seen_table *t, uint64_t hash)
{
	return &t->lately[hash & (LATELY - 2)];
}

static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32) | 1;
}

static void forget(struct ik_seen_table *t, uint64_t hash)
{
	uint32_t *lately = lately_of(t, hash);

	lately[lately[1] == tag_of(hash)] = 0;
}

/* Not keyed, as in the table of flows: sets are bounded. */
static struct ik_seen *set_of(const struct ik_seen_table *t, uint64_t hash)
{
	return &t->rows[((size_t)hash & (t->n_rows / WAYS - 1)) * WAYS];
}

static struct ik_seen *slot_for(struct ik_seen_table *t, uint64_t hash,
                                const struct ikescope_addr *a)
{
	struct ik_seen *set = set_of(t, hash), *oldest = &set[0];

	for (size_t w = 0; w < WAYS; w++) {
		if (set[w].first == 0 || ik_addr_eq(&set[w].addr, a))
			return &set[w];
		if (set[w].last_time < oldest->last_time)
			oldest = &set[w];
	}
	return oldest;
}

static bool grow(struct ik_seen_table *t)
{
	size_t old_n = t->n_rows, n = old_n != 0 ? 4 * old_n : 16;
	struct ik_seen *old = t->rows;
	struct ik_seen *rows;

	n = n < t->most ? n : t->most;
	rows = (struct ik_seen *)ik_big_alloc(n * sizeof(*rows));
	if (rows == NULL)
		return false;
	memset(rows, 0, n * sizeof(*rows));
	t->rows = rows;
	t->n_rows = n;
	for (size_t i = 0; i < old_n; i++)
		if (old[i].first != 0)
			*slot_for(t, ik_addr_hash(&old[i].addr), &old[i].addr) = old[i];
	free(old);
	return true;
}

static bool take(struct ik_seen_table *t, const struct waiting *w)
{
	const struct ikescope_addr *a = &w->row.addr;
	struct ik_seen *s;

	if (2 * t->used >= t->n_rows && t->n_rows < t->most && !grow(t))
		return false;
	s = slot_for(t, w->hash, a);
	/* Nobody is forgotten for a set that is full while the table is not. */
	while (s->first != 0 && !ik_addr_eq(&s->addr, a) && t->n_rows < t->most) {
		if (!grow(t))
			return false;
		s = slot_for(t, w->hash, a);
	}
	if (s->first != 0 && ik_addr_eq(&s->addr, a)) {
		s->last_time = w->row.last_time;
		return true;
	}
	if (s->first != 0) {
		t->forgotten++;
		forget(t, ik_addr_hash(&s->addr));
	}
	t->used += s->first == 0;
	*s = w->row;
	return true;
}

/* Puts into the table those whose rows are there by now. */
static bool put_waiting(struct ik_seen_table *t)
{
	size_t n = t->n_waiting;

	t->n_waiting = 0;
	for (size_t i = 0; i < n; i++)
		if (!take(t, &t->waiting[i]))
			return false;
	return true;
}

/* Asks for the rows of those that were not noted lately. */
static bool look_up(struct ik_seen_table *t)
{
	size_t n = t->n_fresh;

	t->n_fresh = 0;
	for (size_t i = 0; i < n; i++) {
		const struct waiting *w = &t->fresh[i];
		uint32_t *lately = lately_of(t, w->hash), tag = tag_of(w->hash);

		if (lately[0] == tag || lately[1] == tag)
			continue;
		lately[1] = lately[0];
		lately[0] = tag;
		if (t->n_rows > 0)
			ik_fetch(set_of(t, w->hash), SPAN);
		t->waiting[t->n_waiting++] = *w;
		if (t->n_waiting == WAIT && !put_waiting(t))
			return false;
	}
	return true;
}

bool ik_seen_settle(struct ik_seen_table *t)
{
	return look_up(t) && put_waiting(t);
}

bool ik_seen_note(struct ik_seen_table *t, const struct ikescope_addr *src, uint8_t protocol,
                  uint64_t place, ikescope_time time)
{
	struct waiting *w = &t->fresh[t->n_fresh++];

	w->hash = ik_addr_hash(src);
	ik_fetch(lately_of(t, w->hash), 1);
	ik_addr_copy(&w->row.addr, src);
	w->row.protocol = protocol;
	w->row.first = place;
	w->row.last_time = time;
	if (++t->notes % ANEW == 0)
		memset(t->lately, 0, sizeof(t->lately));
	return t->n_fresh < WAIT || look_up(t);
}

const struct ik_seen *ik_seen_find(const struct ik_seen_table *t, const struct ikescope_addr *addr)
{
	const struct ik_seen *set;

	if (t->n_rows == 0)
		return NULL;
	set = set_of(t, ik_addr_hash(addr));
	for (size_t w = 0; w < WAYS; w++)
		if (set[w].first != 0 && ik_addr_eq(&set[w].addr, addr))
			return &set[w];
	return NULL;
}

uint64_t ik_seen_forgotten(const struct ik_seen_table *t)
{
	return t->forgotten;
}
