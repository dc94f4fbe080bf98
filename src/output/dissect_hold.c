/*
 * A fragment is written with the frame that makes its message whole, which comes later. So it
 * waits, and all behind it: for so many messages, so many octets or so long at most, whatever is
 * less. Where a capture has no fragments nothing ever waits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/dissect.h"

#define HELD_MESSAGES 64
#define HELD_OCTETS   1048576
#define HELD_TIME     (10 * IKESCOPE_SECOND)

struct held {
	struct ik_dissected m; /* what it points at lies behind this */
	size_t octets;
};

struct ik_held {
	struct held *row[HELD_MESSAGES];
	size_t first, n, octets;
};

struct ik_held *ik_held_new(void)
{
	return (struct ik_held *)calloc(1, sizeof(struct ik_held));
}

void ik_held_free(struct ik_held *h)
{
	while (h != NULL && h->n > 0)
		ik_held_drop(h);
	free(h);
}

size_t ik_held_count(const struct ik_held *h)
{
	return h->n;
}

bool ik_held_add(struct ik_held *h, const struct ik_dissected *m)
{
	size_t size = sizeof(struct held) + ik_dissected_size(m);
	struct held *row = h->n < HELD_MESSAGES ? (struct held *)malloc(size) : NULL;

	if (row == NULL)
		return false;
	ik_dissected_copy(&row->m, m, (uint8_t *)(row + 1));
	row->octets = size;
	h->octets += size;
	h->row[(h->first + h->n++) % HELD_MESSAGES] = row;
	return true;
}

bool ik_held_open(const struct ik_marks *marks, const struct ik_dissected *m)
{
	const struct ik_mark_set *s = ik_marks_set(marks, m->mark.set);

	return s != NULL && !s->whole;
}

struct ik_dissected *ik_held_ready(struct ik_held *h, const struct ik_marks *marks,
                                   ikescope_time now, bool all)
{
	struct ik_dissected *m;

	if (h->n == 0)
		return NULL;
	m = &h->row[h->first]->m;
	if (!all && h->n < HELD_MESSAGES && h->octets < HELD_OCTETS && now - m->time < HELD_TIME &&
	    ik_held_open(marks, m))
		return NULL;
	return m;
}

void ik_held_drop(struct ik_held *h)
{
	struct held *row = h->row[h->first];

	h->octets -= row->octets;
	h->first = (h->first + 1) % HELD_MESSAGES;
	h->n--;
	free(row);
}
