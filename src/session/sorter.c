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
#include "session/sorter.h"

/* A run is at least this part of the memory: while the log still holds most of it, short runs would
 * only become many. */
#define RUN_LEAST 16

#define STRETCH 8 /* entries that are sorted by insertion */

struct ik_sorter *ik_sorter_new(struct ik_spill *spill, size_t (*key_len)(const uint8_t *record))
{
	struct ik_sorter *s = (struct ik_sorter *)calloc(1, sizeof(*s));

	if (s != NULL) {
		s->spill = spill;
		s->key_len = key_len;
	}
	return s;
}

static void free_chunks(struct ik_sorter *s)
{
	for (struct ik_chunk *c = s->chunks, *next; c != NULL; c = next) {
		next = c->next;
		ik_chunk_give(s->spill, c);
	}
	s->chunks = s->last = NULL;
	s->spill->used -= s->used;
	s->used = 0;
	s->n_entries = 0;
}

void ik_sorter_free(struct ik_sorter *s)
{
	if (s == NULL)
		return;
	free_chunks(s);
	free(s->entries);
	free(s->places);
	free(s->runs);
	free(s);
}

int ik_sorter_compare(const struct ik_sorter *s, const uint8_t *a, const uint8_t *b, size_t from)
{
	size_t na = s->key_len(a), nb = s->key_len(b), n = na < nb ? na : nb;
	int order = n > from ? memcmp(a + from, b + from, n - from) : 0;

	return order != 0 ? order : (na > nb) - (na < nb);
}

static bool precedes(const struct ik_sorter *s, const struct ik_entry *a, const struct ik_entry *b)
{
	int order;

	for (size_t i = 0; i < IK_PREFIX; i++)
		if (a->prefix[i] != b->prefix[i])
			return a->prefix[i] < b->prefix[i];
	order = ik_sorter_compare(s, s->places[a->number].record, s->places[b->number].record,
	                          sizeof(a->prefix));
	return order != 0 ? order < 0 : a->number < b->number;
}

/* Short stretches by insertion. */
static void sort_stretch(const struct ik_sorter *s, struct ik_entry *e, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct ik_entry moving = e[i];
		size_t k = i;

		for (; k > 0 && precedes(s, &moving, &e[k - 1]); k--)
			e[k] = e[k - 1];
		e[k] = moving;
	}
}

static void merge_stretches(const struct ik_sorter *s, const struct ik_entry *a, size_t na,
                            const struct ik_entry *b, size_t nb, struct ik_entry *out)
{
	while (na > 0 && nb > 0) {
		if (precedes(s, b, a)) {
			*out++ = *b++;
			nb--;
		} else {
			*out++ = *a++;
			na--;
		}
	}
	memcpy(out, na > 0 ? a : b, (na > 0 ? na : nb) * sizeof(*out));
}

/* A merge sort from the bottom up. The one of the C library calls a function for every comparison
 * and takes three times as long, which is a tenth of the analysis of many negotiations. */
bool ik_sorter_sort(struct ik_sorter *s)
{
	size_t n = s->n_entries;
	struct ik_entry *from = s->entries, *to;

	for (size_t i = 0; i < n; i += STRETCH)
		sort_stretch(s, from + i, n - i < STRETCH ? n - i : STRETCH);
	if (n <= STRETCH)
		return true;
	to = (struct ik_entry *)malloc(s->cap_entries * sizeof(*to));
	if (to == NULL)
		return false;
	for (size_t width = STRETCH; width < n; width *= 2) {
		struct ik_entry *swap = from;

		for (size_t i = 0; i < n; i += 2 * width) {
			size_t na = n - i < width ? n - i : width, left = n - i - na;

			merge_stretches(s, from + i, na, from + i + na, left < width ? left : width,
			                to + i);
		}
		from = to;
		to = swap;
	}
	s->entries = from;
	free(to);
	return true;
}

static bool add_run(struct ik_sorter *s, struct ik_run run)
{
	if (s->n_runs == s->cap_runs) {
		size_t cap = s->cap_runs != 0 ? 2 * s->cap_runs : 16;
		struct ik_run *grown = (struct ik_run *)realloc(s->runs, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		s->runs = grown;
		s->cap_runs = cap;
	}
	s->runs[s->n_runs++] = run;
	return true;
}

bool ik_run_flush(struct ik_run_out *o)
{
	size_t n = o->used;

	o->used = 0;
	return n == 0 || ik_spill_write(o->spill, o->block, n);
}

static bool out_put(struct ik_run_out *o, const void *data, size_t len)
{
	while (len > 0) {
		size_t n = IK_RUN_BLOCK - o->used < len ? IK_RUN_BLOCK - o->used : len;

		memcpy(o->block + o->used, data, n);
		o->used += n;
		data = (const uint8_t *)data + n;
		len -= n;
		if (o->used == IK_RUN_BLOCK && !ik_run_flush(o))
			return false;
	}
	return true;
}

bool ik_run_put(struct ik_run_out *o, const uint8_t *record, uint32_t len)
{
	return out_put(o, &len, sizeof(len)) && out_put(o, record, len);
}

static bool write_run(struct ik_sorter *s)
{
	struct ik_run_out o = {.spill = s->spill, .block = (uint8_t *)malloc(IK_RUN_BLOCK)};
	struct ik_run run = {.offset = s->spill->size};
	bool ok = o.block != NULL && ik_sorter_sort(s);

	for (size_t i = 0; ok && i < s->n_entries; i++) {
		const struct ik_place *p = &s->places[s->entries[i].number];

		ok = ik_run_put(&o, p->record, (uint32_t)p->len);
	}
	ok = ok && ik_run_flush(&o);
	run.size = s->spill->size - run.offset;
	free(o.block);
	free_chunks(s);
	return ok && add_run(s, run);
}

/* Room for len octets at the end of the last chunk, which they do not take yet. */
static uint8_t *room_for(struct ik_sorter *s, size_t len)
{
	struct ik_chunk *c = s->last;

	len = (len + 7) & ~(size_t)7;
	if (c == NULL || c->cap - c->used < len) {
		c = ik_chunk_take(s->spill, len);
		if (c == NULL)
			return NULL;
		if (s->last != NULL)
			s->last->next = c;
		else
			s->chunks = c;
		s->last = c;
	}
	return c->data + c->used;
}

static struct ik_entry entry_of(const void *record, size_t len, size_t number)
{
	uint8_t octets[IK_PREFIX * 8] = {0};
	struct ik_entry e = {.number = number};

	memcpy(octets, record, len < sizeof(octets) ? len : sizeof(octets));
	for (size_t i = 0; i < IK_PREFIX; i++)
		e.prefix[i] = ik_be64(octets + 8 * i);
	return e;
}

static bool grow_entries(struct ik_sorter *s)
{
	size_t cap = s->cap_entries != 0 ? 2 * s->cap_entries : 64;
	struct ik_entry *entries = (struct ik_entry *)realloc(s->entries, cap * sizeof(*entries));
	struct ik_place *places;

	if (entries == NULL)
		return false;
	s->entries = entries;
	places = (struct ik_place *)realloc(s->places, cap * sizeof(*places));
	if (places == NULL)
		return false;
	s->places = places;
	s->cap_entries = cap;
	return true;
}

uint8_t *ik_sorter_reserve(struct ik_sorter *s, size_t most)
{
	if (ik_spill_full(s->spill) && s->used >= ik_spill_budget(s->spill) / RUN_LEAST &&
	    !write_run(s))
		return NULL;
	if (s->n_entries == s->cap_entries && !grow_entries(s))
		return NULL;
	return room_for(s, most);
}

void ik_sorter_commit(struct ik_sorter *s, const uint8_t *record, size_t len)
{
	size_t taken = (len + 7) & ~(size_t)7;

	s->entries[s->n_entries] = entry_of(record, s->key_len(record), s->n_entries);
	s->places[s->n_entries++] = (struct ik_place){record, len};
	s->last->used += (uint32_t)taken;
	taken += sizeof(struct ik_entry) + sizeof(struct ik_place);
	s->used += taken;
	s->spill->used += taken;
}

bool ik_sorter_append(struct ik_sorter *s, const void *record, size_t len)
{
	uint8_t *copy = ik_sorter_reserve(s, len);

	if (copy == NULL)
		return false;
	memcpy(copy, record, len);
	ik_sorter_commit(s, copy, len);
	return true;
}
