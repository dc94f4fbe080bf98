/*
 * The sorter: records ordered by their leading octets. Sorted runs go to the spill; reading merges
 * the runs. Few runs stay open at a time: when there are too many, they are merged into longer
 * ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "session/store.h"

#define BLOCK    (256U << 10)
#define FAN_IN   48
#define RUN_READ (64U << 10)

struct block {
	struct block *next;
	size_t used, cap;
	uint8_t data[];
};

/* A record in memory, and a run in the spill: a length of four octets before each record. */
struct entry {
	uint64_t prefix; /* the first octets of the record as a number that sorts like them */
	const uint8_t *record;
	uint32_t len, seq;
};

struct run {
	uint64_t offset, size;
};

struct ik_sorter {
	struct ik_spill *spill;
	uint64_t memory, used;
	size_t key_len;
	struct block *blocks, *last;
	struct entry *entries;
	size_t n_entries, cap_entries;
	struct run *runs;
	size_t n_runs, cap_runs;
};

struct ik_sorter *ik_sorter_new(struct ik_spill *spill, uint64_t memory, size_t key_len)
{
	struct ik_sorter *s = (struct ik_sorter *)calloc(1, sizeof(*s));

	if (s != NULL) {
		s->spill = spill;
		s->memory = memory;
		s->key_len = key_len;
	}
	return s;
}

static void free_blocks(struct ik_sorter *s)
{
	for (struct block *b = s->blocks, *next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	s->blocks = s->last = NULL;
	s->used = 0;
	s->n_entries = 0;
}

void ik_sorter_free(struct ik_sorter *s)
{
	if (s == NULL)
		return;
	free_blocks(s);
	free(s->entries);
	free(s->runs);
	free(s);
}

static int compare(const void *va, const void *vb, void *arg)
{
	const struct entry *a = (const struct entry *)va, *b = (const struct entry *)vb;
	const size_t *key_len = (const size_t *)arg;
	int order;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	order = memcmp(a->record, b->record, *key_len);

	return order != 0 ? order : (a->seq > b->seq) - (a->seq < b->seq);
}

static void sort_entries(struct ik_sorter *s)
{
	if (s->n_entries > 1)
		qsort_r(s->entries, s->n_entries, sizeof(*s->entries), compare, &s->key_len);
}

static bool add_run(struct ik_sorter *s, struct run run)
{
	if (s->n_runs == s->cap_runs) {
		size_t cap = s->cap_runs != 0 ? 2 * s->cap_runs : 16;
		struct run *grown = (struct run *)realloc(s->runs, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		s->runs = grown;
		s->cap_runs = cap;
	}
	s->runs[s->n_runs++] = run;
	return true;
}

/* Octets on their way to the spill, gathered into blocks. */
struct out {
	struct ik_spill *spill;
	uint8_t *block;
	size_t used;
};

static bool out_flush(struct out *o)
{
	if (o->used > 0 &&
	    (o->spill->failed || o->spill->io.write(o->spill->io.ctx, o->block, o->used) != 0)) {
		o->spill->failed = true;
		return false;
	}
	o->spill->size += o->used;
	o->used = 0;
	return true;
}

static bool out_put(struct out *o, const void *data, size_t len)
{
	while (len > 0) {
		size_t n = BLOCK - o->used < len ? BLOCK - o->used : len;

		memcpy(o->block + o->used, data, n);
		o->used += n;
		data = (const uint8_t *)data + n;
		len -= n;
		if (o->used == BLOCK && !out_flush(o))
			return false;
	}
	return true;
}

static bool out_record(struct out *o, const uint8_t *record, uint32_t len)
{
	return out_put(o, &len, sizeof(len)) && out_put(o, record, len);
}

static bool write_run(struct ik_sorter *s)
{
	struct out o = {.spill = s->spill, .block = (uint8_t *)malloc(BLOCK)};
	struct run run = {.offset = s->spill->size};
	bool ok = o.block != NULL;

	sort_entries(s);
	for (size_t i = 0; ok && i < s->n_entries; i++)
		ok = out_record(&o, s->entries[i].record, s->entries[i].len);
	ok = ok && out_flush(&o);
	run.size = s->spill->size - run.offset;
	free(o.block);
	free_blocks(s);
	return ok && add_run(s, run);
}

static uint8_t *room_for(struct ik_sorter *s, size_t len)
{
	struct block *b = s->last;

	if (b == NULL || b->cap - b->used < len) {
		size_t cap = s->blocks == NULL ? 8192 : BLOCK;

		cap = cap > len ? cap : len;
		b = (struct block *)malloc(sizeof(*b) + cap);
		if (b == NULL)
			return NULL;
		b->next = NULL;
		b->used = 0;
		b->cap = cap;
		if (s->last != NULL)
			s->last->next = b;
		else
			s->blocks = b;
		s->last = b;
	}
	b->used += len;
	return b->data + b->used - len;
}

static uint64_t prefix_of(const void *record, size_t key_len)
{
	uint8_t octets[8] = {0};

	memcpy(octets, record, key_len < sizeof(octets) ? key_len : sizeof(octets));
	return ik_be64(octets);
}

bool ik_sorter_append(struct ik_sorter *s, const void *record, size_t len)
{
	uint8_t *copy;

	if (s->used > s->memory && s->spill->io.write != NULL && !write_run(s))
		return false;
	if (s->n_entries == s->cap_entries) {
		size_t cap = s->cap_entries != 0 ? 2 * s->cap_entries : 64;
		struct entry *grown = (struct entry *)realloc(s->entries, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		s->entries = grown;
		s->cap_entries = cap;
	}
	copy = room_for(s, len);
	if (copy == NULL)
		return false;
	memcpy(copy, record, len);
	s->entries[s->n_entries] = (struct entry){.prefix = prefix_of(record, s->key_len),
	                                          .record = copy,
	                                          .len = (uint32_t)len,
	                                          .seq = (uint32_t)s->n_entries};
	s->n_entries++;
	s->used += len + sizeof(struct entry);
	return true;
}

/* ---- merging ------------------------------------------------------------------------------------
 */

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

		if (grown == NULL)
			return false;
		r->data = grown;
		r->cap = n;
	}
	memmove(r->data, r->data + r->pos, left);
	more = r->cap - left;
	more = r->end - r->next < more ? (size_t)(r->end - r->next) : more;
	if (spill->failed || spill->io.read(spill->io.ctx, r->next, r->data + left, more) != 0) {
		spill->failed = true;
		return false;
	}
	r->next += more;
	r->pos = 0;
	r->have = left + more;
	return r->have >= n;
}

/* Moves to the next record of a run. */
static void reader_advance(struct ik_cursor *c, struct reader *r)
{
	r->record = NULL;
	if (r->memory) {
		if (r->next == r->end)
			return;
		r->record = c->s->entries[r->next].record;
		r->len = c->s->entries[r->next++].len;
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
	int order = memcmp(c->readers[a].record, c->readers[b].record, c->s->key_len);

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
		*len = c->s->entries[c->entry].len;
		return c->s->entries[c->entry++].record;
	}
	if (!c->again)
		step(c);
	c->again = false;
	if (c->heap_n == 0 || c->s->spill->failed)
		return NULL;
	*len = c->readers[c->heap[0]].len;
	return c->readers[c->heap[0]].record;
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
static bool merge_group(struct ik_sorter *s, size_t first, size_t n, struct run *run)
{
	struct out o = {.spill = s->spill, .block = (uint8_t *)malloc(BLOCK)};
	struct ik_cursor *c = cursor_over(s, first, n);
	bool ok = o.block != NULL && c != NULL;
	const uint8_t *record;
	size_t len;

	run->offset = s->spill->size;
	while (ok && (record = ik_cursor_next(c, &len)) != NULL)
		ok = out_record(&o, record, (uint32_t)len);
	ok = ok && !s->spill->failed && out_flush(&o);
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
			struct run run = s->runs[first];

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
	sort_entries(s);
	return merge_runs(s);
}
