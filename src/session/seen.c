/*
 * Sets of four entries; the longest unseen of a full set is forgotten. The table starts small and
 * doubles while it fills, up to its limit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/seen.h"

#include <stdlib.h>

#include "base/addr.h"

#define WAYS   4
#define LATELY 8192

struct ik_seen_table {
	struct ik_seen *rows; /* first 0: free */
	size_t n_rows, used, most;
	uint32_t lately[LATELY]; /* tags of the last addresses, by hash */
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

/* Not keyed, as in the table of flows: sets are bounded. */
static size_t set_of(const struct ik_seen_table *t, const struct ikescope_addr *a)
{
	uint64_t hash = ik_digest(a->octet, ik_addr_len(a));

	return (size_t)hash & (t->n_rows / WAYS - 1);
}

static struct ik_seen *slot_for(struct ik_seen_table *t, const struct ikescope_addr *a)
{
	struct ik_seen *set = &t->rows[set_of(t, a) * WAYS], *oldest = &set[0];

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
	rows = (struct ik_seen *)calloc(n, sizeof(*rows));
	if (rows == NULL)
		return false;
	t->rows = rows;
	t->n_rows = n;
	for (size_t i = 0; i < old_n; i++)
		if (old[i].first != 0)
			*slot_for(t, &old[i].addr) = old[i];
	free(old);
	return true;
}

bool ik_seen_note(struct ik_seen_table *t, const struct ikescope_addr *src, uint8_t protocol,
                  uint64_t place, ikescope_time time)
{
	uint64_t hash = ik_digest(src->octet, ik_addr_len(src));
	uint32_t *lately = &t->lately[hash % LATELY], tag = (uint32_t)(hash >> 32) | 1;
	struct ik_seen *s;

	/* An address that was noted lately need not be looked up again. */
	if (*lately == tag)
		return true;
	*lately = tag;
	if (2 * t->used >= t->n_rows && t->n_rows < t->most && !grow(t))
		return false;
	s = slot_for(t, src);
	/* Nobody is forgotten for a set that is full while the table is not. */
	while (s->first != 0 && !ik_addr_eq(&s->addr, src) && t->n_rows < t->most) {
		if (!grow(t))
			return false;
		s = slot_for(t, src);
	}
	t->forgotten += s->first != 0 && !ik_addr_eq(&s->addr, src);
	if (s->first == 0 || !ik_addr_eq(&s->addr, src)) {
		t->used += s->first == 0;
		*s = (struct ik_seen){.addr = *src, .protocol = protocol, .first = place};
	}
	s->last_time = time;
	return true;
}

const struct ik_seen *ik_seen_find(const struct ik_seen_table *t, const struct ikescope_addr *addr)
{
	const struct ik_seen *set;

	if (t->n_rows == 0)
		return NULL;
	set = &t->rows[set_of(t, addr) * WAYS];
	for (size_t w = 0; w < WAYS; w++)
		if (set[w].first != 0 && ik_addr_eq(&set[w].addr, addr))
			return &set[w];
	return NULL;
}

uint64_t ik_seen_forgotten(const struct ik_seen_table *t)
{
	return t->forgotten;
}
