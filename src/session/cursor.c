/*
 * Reading the sorter: entries in memory in their order, or runs and entries merged. Few runs stay
 * open at a time: when there are too many, they are merged into longer ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "session/sorter.h"

#define FAN_IN       48
#define RUN_READ     (64U << 10)
#define AHEAD        4 /* records that are fetched from memory before they are asked for */
#define AHEAD_OCTETS 1024
#define AHEAD_KEY    64

/* One run as it is read, or the entries that are still in memory, which came last. */
struct reader {
	bool memory;
	uint64_t next, end; /* spill offsets: of the octets behind the window, of the run's end; in
	                       memory: number of the next entry, number of entries */
	uint8_t *data;
	size_t pos, have, cap;
	const uint8_t *record; /* the current one, NULL at the end */
	uint32_t len;
	uint64_t mark;
};

struct ik_cursor {
	struct ik_sorter *s;
	size_t n; /* readers it merges; 0: only the entries in memory */
	struct reader *readers;
	size_t *heap; /* readers by their current record, the least first */
	size_t heap_n;
	bool started, again;
	bool keys; /* nothing but keys is looked at */
	size_t entry, entry_mark;
};

static uint64_t reader_position(const struct reader *r)
{
	return r->next - (r->have - r->pos);
}

static bool reader_need(struct ik_cursor *c, struct reader *r, size_t n)
{
	struct ik_spill *spill = c->s->spill;
	size_t left = r->have - r->pos, more;

	if (left >= n)
		return true;
	if (n > r->cap) {
		uint8_t *grown = (uint8_t *)realloc(r->data, n);

		if (grown == NULL) {
			spill->failed = spill->no_memory = true;
			return false;
		}
		r->data = grown;
		r->cap = n;
	}
	memmove(r->data, r->data + r->pos, left);
	more = r->cap - left;
	more = r->end - r->next < more ? (size_t)(r->end - r->next) : more;
	if (!ik_spill_read(spill, r->next, r->data + left, more))
		return false;
	r->next += more;
	r->pos = 0;
	r->have = left + more;
	return r->have >= n;
}

/* The record of an entry in order. Those that come next are on their way meanwhile, or so many of
 * their octets. */
static const struct ik_place *place_of(const struct ik_sorter *s, size_t i, size_t octets)
{
	if (i + AHEAD < s->n_entries) {
		const struct ik_place *next = &s->places[s->entries[i + AHEAD].number];

		ik_fetch(next->record, next->len < octets ? next->len : octets);
	}
	if (i + 2 * AHEAD < s->n_entries)
		ik_fetch(&s->places[s->entries[i + 2 * AHEAD].number], 1);
	return &s->places[s->entries[i].number];
}

/* Moves to the next record of a run. */
static void reader_advance(struct ik_cursor *c, struct reader *r)
{
	r->record = NULL;
	if (r->memory) {
		if (r->next == r->end)
			return;
		const struct ik_place *p = place_of(c->s, r->next++, AHEAD_OCTETS);

		r->record = p->record;
		r->len = (uint32_t)p->len;
		return;
	}
	if (reader_position(r) == r->end || !reader_need(c, r, sizeof(r->len)))
		return;
	memcpy(&r->len, r->data + r->pos, sizeof(r->len));
	if (!reader_need(c, r, sizeof(r->len) + r->len))
		return;
	r->record = r->data + r->pos + sizeof(r->len);
	r->pos += sizeof(r->len) + r->len;
}

static bool before(const struct ik_cursor *c, size_t a, size_t b)
{
	int order = ik_sorter_compare(c->s, c->readers[a].record, c->readers[b].record, 0);

	return order != 0 ? order < 0 : a < b;
}

static void sift_down(struct ik_cursor *c, size_t i)
{
	for (;;) {
		size_t least = i, child = 2 * i + 1;

		for (size_t k = child; k < child + 2 && k < c->heap_n; k++)
			if (before(c, c->heap[k], c->heap[least]))
				least = k;
		if (least == i)
			return;
		child = c->heap[i];
		c->heap[i] = c->heap[least];
		c->heap[least] = child;
		i = least;
	}
}

static void start_merge(struct ik_cursor *c)
{
	c->heap_n = 0;
	for (size_t i = 0; i < c->n; i++)
		if (c->readers[i].record != NULL)
			c->heap[c->heap_n++] = i;
	for (size_t i = c->heap_n; i-- > 0;)
		sift_down(c, i);
}

static bool open_reader(const struct ik_sorter *s, struct reader *r, size_t run)
{
	if (run == s->n_runs) {
		*r = (struct reader){.memory = true, .end = s->n_entries};
		return true;
	}
	r->next = s->runs[run].offset;
	r->end = r->next + s->runs[run].size;
	r->cap = RUN_READ;
	r->data = (uint8_t *)malloc(r->cap);
	return r->data != NULL;
}

/* A cursor over n runs from the first on; the entries in memory count as the run behind the last.
 */
static struct ik_cursor *cursor_over(struct ik_sorter *s, size_t first, size_t n)
{
	struct ik_cursor *c = (struct ik_cursor *)calloc(1, sizeof(*c));
	bool ok;

	if (c == NULL)
		return NULL;
	*c = (struct ik_cursor){.s = s, .n = n};
	if (n == 0)
		return c;
	c->readers = (struct reader *)calloc(n, sizeof(*c->readers));
	c->heap = (size_t *)calloc(n, sizeof(*c->heap));
	ok = c->readers != NULL && c->heap != NULL;
	for (size_t i = 0; ok && i < n; i++)
		ok = open_reader(s, &c->readers[i], first + i);
	if (!ok) {
		ik_cursor_close(c);
		return NULL;
	}
	return c;
}

struct ik_cursor *ik_cursor_open(struct ik_sorter *s)
{
	return cursor_over(s, 0, s->n_runs > 0 ? s->n_runs + 1 : 0);
}

void ik_cursor_close(struct ik_cursor *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; c->readers != NULL && i < c->n; i++)
		free(c->readers[i].data);
	free(c->readers);
	free(c->heap);
	free(c);
}

/* A record stays valid until the next call, so its run moves on only then. */
static void step(struct ik_cursor *c)
{
	if (!c->started) {
		for (size_t i = 0; i < c->n; i++)
			reader_advance(c, &c->readers[i]);
		start_merge(c);
		c->started = true;
		return;
	}
	if (c->heap_n == 0)
		return;
	reader_advance(c, &c->readers[c->heap[0]]);
	if (c->readers[c->heap[0]].record == NULL)
		c->heap[0] = c->heap[--c->heap_n];
	sift_down(c, 0);
}

const uint8_t *ik_cursor_next(struct ik_cursor *c, size_t *len)
{
	if (c->n == 0) {
		if (c->entry == c->s->n_entries)
			return NULL;
		const struct ik_place *p =
		        place_of(c->s, c->entry++, c->keys ? AHEAD_KEY : AHEAD_OCTETS);

		*len = p->len;
		return p->record;
	}
	if (!c->again)
		step(c);
	c->again = false;
	if (c->heap_n == 0 || c->s->spill->failed)
		return NULL;
	*len = c->readers[c->heap[0]].len;
	return c->readers[c->heap[0]].record;
}

void ik_cursor_keys(struct ik_cursor *c, bool keys)
{
	c->keys = keys;
}

bool ik_cursor_lasting(const struct ik_cursor *c)
{
	return c->n == 0;
}

void ik_cursor_unread(struct ik_cursor *c)
{
	if (c->n == 0)
		c->entry--;
	else
		c->again = true;
}

/* The mark of a run is the start of its record that was not returned yet: the one behind the
 * current record for the run that was read last, the current one for all others. */
bool ik_cursor_mark(struct ik_cursor *c)
{
	c->entry_mark = c->entry;
	for (size_t i = 0; i < c->n; i++) {
		struct reader *r = &c->readers[i];
		bool returned = !c->started || (c->heap_n > 0 && c->heap[0] == i && !c->again);

		r->mark = r->memory ? r->next : reader_position(r);
		if (!returned && r->record != NULL)
			r->mark -= r->memory ? 1 : sizeof(r->len) + r->len;
	}
	return true;
}

bool ik_cursor_rewind(struct ik_cursor *c)
{
	c->entry = c->entry_mark;
	for (size_t i = 0; i < c->n; i++) {
		struct reader *r = &c->readers[i];

		r->next = r->mark;
		r->pos = r->have = 0;
		r->record = NULL;
	}
	c->started = c->again = false;
	return true;
}

/* Merges n runs from the first on into one, which is written behind them. */
static bool merge_group(struct ik_sorter *s, size_t first, size_t n, struct ik_run *run)
{
	struct ik_run_out o = {.spill = s->spill, .block = (uint8_t *)malloc(IK_RUN_BLOCK)};
	struct ik_cursor *c = cursor_over(s, first, n);
	bool ok = o.block != NULL && c != NULL;
	const uint8_t *record;
	size_t len;

	run->offset = s->spill->size;
	while (ok && (record = ik_cursor_next(c, &len)) != NULL)
		ok = ik_run_put(&o, record, (uint32_t)len);
	ok = ok && !s->spill->failed && ik_run_flush(&o);
	run->size = s->spill->size - run->offset;
	ik_cursor_close(c);
	free(o.block);
	return ok;
}

/* Merges neighbouring runs, until few enough are left to be read at a time. Their order is that of
 * appending, and stays. */
static bool merge_runs(struct ik_sorter *s)
{
	while (s->n_runs > FAN_IN) {
		size_t kept = 0;

		for (size_t first = 0; first < s->n_runs; first += FAN_IN) {
			size_t left = s->n_runs - first, n = left < FAN_IN ? left : FAN_IN;
			struct ik_run run = s->runs[first];

			if (n > 1 && !merge_group(s, first, n, &run))
				return false;
			s->runs[kept++] = run;
		}
		s->n_runs = kept;
	}
	return true;
}

bool ik_sorter_finish(struct ik_sorter *s)
{
	return ik_sorter_sort(s) && merge_runs(s);
}
