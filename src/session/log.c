/*
 * The log: records grouped by key. Appending scatters them over partitions by a mix of the key;
 * draining takes one partition after the other into memory and chains the records of each key.
 * When the stores outgrow their memory, partitions are written out in turn, each as one extent,
 * until an eighth of the memory is free: the disk sees few large writes, and no more than has to
 * leave.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "session/store.h"

#define PARTITIONS   256
#define LOAD_AT_MOST (64U << 20) /* a larger partition is read record by record */
#define READ_BLOCK   (256U << 10)
#define NEXT_RECORD  256 /* octets that are made ready for it */

struct extent {
	uint64_t offset, size;
};

struct partition {
	uint8_t *fill; /* where the next record goes in the last chunk, of which so much is left:
	                  here, */
	size_t room;   /* so that appending touches nothing else of it; see settle() */
	struct ik_chunk *first, *last;
	struct extent *extents;
	size_t n_extents, cap_extents;
	uint64_t in_memory, on_disk;
};

struct ik_log {
	struct ik_spill *spill;
	uint64_t size, seed;
	size_t next_out; /* the partition written out last: from the end, for draining begins with
	                    those that are in memory, and gives it to other stores */
	struct partition part[PARTITIONS];
};

struct ik_log *ik_log_new(struct ik_spill *spill, uint64_t seed)
{
	struct ik_log *log = (struct ik_log *)calloc(1, sizeof(*log));

	if (log != NULL) {
		log->spill = spill;
		log->seed = seed;
	}
	return log;
}

static void free_chunks(struct ik_log *log, struct partition *p)
{
	for (struct ik_chunk *c = p->first, *next; c != NULL; c = next) {
		next = c->next;
		log->spill->used -= c->cap;
		ik_chunk_give(log->spill, c);
	}
	p->first = p->last = NULL;
	p->fill = NULL;
	p->in_memory = p->room = 0;
}

/* Tells the last chunk how much of it is used. */
static void settle(struct partition *p)
{
	if (p->last != NULL)
		p->last->used = p->last->cap - (uint32_t)p->room;
}

void ik_log_free(struct ik_log *log)
{
	if (log == NULL)
		return;
	for (size_t i = 0; i < PARTITIONS; i++) {
		free_chunks(log, &log->part[i]);
		free(log->part[i].extents);
	}
	free(log);
}

static bool add_extent(struct partition *p, struct extent e)
{
	if (p->n_extents == p->cap_extents) {
		size_t cap = p->cap_extents != 0 ? 2 * p->cap_extents : 8;
		struct extent *grown = (struct extent *)realloc(p->extents, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		p->extents = grown;
		p->cap_extents = cap;
	}
	p->extents[p->n_extents++] = e;
	return true;
}

static bool write_out(struct ik_log *log, struct partition *p)
{
	struct extent e = {.offset = log->spill->size, .size = p->in_memory};

	if (p->in_memory == 0)
		return true;
	settle(p);
	for (struct ik_chunk *c = p->first; c != NULL; c = c->next)
		if (!ik_spill_write(log->spill, c->data, c->used))
			return false;
	if (!add_extent(p, e))
		return false;
	p->on_disk += p->in_memory;
	free_chunks(log, p);
	return true;
}

static bool make_room(struct ik_log *log)
{
	struct ik_spill *spill = log->spill;
	uint64_t enough = ik_spill_budget(spill) / 8 * 7;

	if (!ik_spill_full(spill))
		return true;
	for (size_t n = 0; n < PARTITIONS && spill->used > enough; n++) {
		log->next_out = (log->next_out + PARTITIONS - 1) % PARTITIONS;
		if (!write_out(log, &log->part[log->next_out]))
			return false;
	}
	return true;
}

static bool add_chunk(struct ik_log *log, struct partition *p, size_t least)
{
	struct ik_chunk *c = ik_chunk_take(log->spill, least);

	if (c == NULL)
		return false;
	settle(p);
	if (p->last != NULL)
		p->last->next = c;
	else
		p->first = c;
	p->last = c;
	p->fill = c->data;
	p->room = c->cap;
	log->spill->used += c->cap;
	return true;
}

/* The next record of a partition comes some hundred records later. If its lines were on their way
 * from memory only then, all that is written after it would wait: a processor writes in order, and
 * may have no more than some fifty writes under way. */
static inline void make_ready(const uint8_t *next)
{
	ik_fetch_to_write(next, NEXT_RECORD);
}

/* Spreads keys that a sender chose, under a seed it does not know: two multiplications with the
 * seed in between, so that no set of keys meets in one slot for every seed. */
static inline uint64_t mix(const struct ik_log *log, uint64_t key)
{
	key = (key ^ log->seed) * UINT64_C(0x9e3779b97f4a7c15);
	key ^= key >> 32;
	key = (key + log->seed) * (log->seed | 1);
	return key ^ key >> 29;
}

uint8_t *ik_log_append(struct ik_log *log, uint64_t key, size_t len)
{
	struct partition *p = &log->part[mix(log, key) >> 56];

	if (p->room < len && (!make_room(log) || !add_chunk(log, p, len)))
		return NULL;
	p->fill += len;
	p->room -= len;
	p->in_memory += len;
	log->size += len;
	make_ready(p->fill);
	return p->fill - len;
}

uint64_t ik_log_size(const struct ik_log *log)
{
	return log->size;
}

/* ---- draining ------------------------------------------------------------------------------- */

struct group {
	uint64_t key;
	uint32_t head, tail; /* record numbers + 1; head 0: free slot */
};

/* Where a record is: in memory, or in a partition that is read through a window. */
struct item {
	union {
		const uint8_t *record;
		uint64_t offset;
	} at;
	uint32_t next; /* record number + 1 */
};

/* One partition while it is drained. Its chunks are read where they are, what was spilled from a
 * buffer; a partition too large for that through a window on all of it. */
struct view {
	struct ik_log *log;
	const struct partition *part;
	bool window;
	uint8_t *data;
	uint64_t from, have, total, cap; /* window: data holds octets [from, from + have) */
	struct item *items;
	size_t n_items, cap_items;
	struct group *groups; /* open addressing */
	uint32_t *order;      /* slots in the order of first appearance */
	size_t n_groups, cap_groups;
};

/* Copies octets [offset, offset + len) of a partition: extents first, then what is in memory. */
static bool copy_out(const struct view *v, uint64_t offset, uint8_t *out, uint64_t len)
{
	const struct partition *p = v->part;

	for (size_t i = 0; i < p->n_extents && len > 0; i++) {
		const struct extent *e = &p->extents[i];
		uint64_t n;

		if (offset >= e->size) {
			offset -= e->size;
			continue;
		}
		n = e->size - offset < len ? e->size - offset : len;
		if (!ik_spill_read(v->log->spill, e->offset + offset, out, n))
			return false;
		out += n;
		len -= n;
		offset = 0;
	}
	for (const struct ik_chunk *c = p->first; c != NULL && len > 0; c = c->next) {
		uint64_t n;

		if (offset >= c->used) {
			offset -= c->used;
			continue;
		}
		n = c->used - offset < len ? c->used - offset : len;
		memcpy(out, c->data + offset, n);
		out += n;
		len -= n;
		offset = 0;
	}
	return len == 0;
}

/* The record at an offset of the partition; whole, since a window holds more than any record. */
static const uint8_t *look(struct view *v, uint64_t offset)
{
	bool whole = v->from == 0 && v->have == v->total;

	if (!whole && (offset < v->from || offset + 65536 > v->from + v->have)) {
		uint64_t left = v->total - offset;
		uint64_t n = left < v->cap ? left : v->cap;

		if (offset < v->from || offset + n > v->from + v->have) {
			if (!copy_out(v, offset, v->data, n))
				return NULL;
			v->from = offset;
			v->have = n;
		}
	}
	return v->data + (offset - v->from);
}

static const uint8_t *record_of(struct view *v, const struct item *item)
{
	return v->window ? look(v, item->at.offset) : item->at.record;
}

static bool grow_groups(struct view *v)
{
	size_t cap = v->cap_groups != 0 ? 2 * v->cap_groups : 64;
	struct group *groups = (struct group *)calloc(cap, sizeof(*groups));
	uint32_t *order = (uint32_t *)malloc(cap * sizeof(*order));

	if (groups == NULL || order == NULL) {
		free(groups);
		free(order);
		return false;
	}
	for (size_t i = 0; i < v->n_groups; i++) {
		const struct group *g = &v->groups[v->order[i]];
		size_t slot = mix(v->log, g->key) & (cap - 1);

		while (groups[slot].head != 0)
			slot = (slot + 1) & (cap - 1);
		groups[slot] = *g;
		order[i] = (uint32_t)slot;
	}
	free(v->groups);
	free(v->order);
	v->groups = groups;
	v->order = order;
	v->cap_groups = cap;
	return true;
}

static bool add_item(struct view *v, const uint8_t *record, struct item item)
{
	uint32_t number = (uint32_t)(v->n_items + 1);
	struct group *g;
	uint64_t key;
	size_t slot;

	memcpy(&key, record, sizeof(key));
	if (v->n_items == v->cap_items) {
		size_t cap = v->cap_items != 0 ? 2 * v->cap_items : 64;
		struct item *grown = (struct item *)realloc(v->items, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		v->items = grown;
		v->cap_items = cap;
	}
	if (2 * (v->n_groups + 1) > v->cap_groups && !grow_groups(v))
		return false;
	slot = mix(v->log, key) & (v->cap_groups - 1);
	while (v->groups[slot].head != 0 && v->groups[slot].key != key)
		slot = (slot + 1) & (v->cap_groups - 1);
	g = &v->groups[slot];
	v->items[v->n_items++] = item;
	if (g->head == 0) {
		*g = (struct group){.key = key, .head = number, .tail = number};
		v->order[v->n_groups++] = (uint32_t)slot;
	} else {
		v->items[g->tail - 1].next = number;
		g->tail = number;
	}
	return true;
}

static bool index_window(struct view *v, const struct ik_log_reader *reader)
{
	for (uint64_t offset = 0; offset < v->total;) {
		const uint8_t *record = look(v, offset);

		if (record == NULL ||
		    !add_item(v, record, (struct item){.at.offset = offset, .next = 0}))
			return false;
		offset += reader->size_of(record);
	}
	return true;
}

#define AHEAD 1024 /* octets that are fetched from memory before they are asked for */

static bool index_octets(struct view *v, const struct ik_log_reader *reader, const uint8_t *octets,
                         uint64_t n)
{
	for (const uint8_t *end = octets + n; octets < end; octets += reader->size_of(octets)) {
		ik_fetch(octets + AHEAD, 1);
		if (!add_item(v, octets, (struct item){.at.record = octets, .next = 0}))
			return false;
	}
	return true;
}

static bool index_records(struct view *v, const struct ik_log_reader *reader)
{
	if (v->window)
		return index_window(v, reader);
	if (v->part->on_disk > 0 && !index_octets(v, reader, v->data, v->part->on_disk))
		return false;
	for (const struct ik_chunk *c = v->part->first; c != NULL; c = c->next)
		if (!index_octets(v, reader, c->data, c->used))
			return false;
	return true;
}

/* The records that come next are on their way from memory while this one is dealt with. */
static void fetch(const struct view *v, uint32_t number)
{
	for (int ahead = 0; ahead < 2 && number != 0 && !v->window; ahead++) {
		const struct item *item = &v->items[number - 1];

		ik_fetch(item->at.record, 2 * IK_LINE);
		number = item->next;
	}
}

static bool read_groups(struct view *v, const struct ik_log_reader *reader)
{
	for (size_t i = 0; i < v->n_groups; i++) {
		const struct group *g = &v->groups[v->order[i]];
		uint32_t follows = i + 1 < v->n_groups ? v->groups[v->order[i + 1]].head : 0;

		for (uint32_t n = g->head, next; n != 0; n = next) {
			const struct item *item = &v->items[n - 1];
			const uint8_t *record = record_of(v, item);

			next = item->next;
			fetch(v, next != 0 ? next : follows);
			if (record == NULL || !reader->record(reader->ctx, record, n == g->head))
				return false;
		}
		if (!reader->group_end(reader->ctx))
			return false;
	}
	return true;
}

static bool view_open(struct view *v, struct partition *p)
{
	uint64_t need;

	settle(p);
	v->part = p;
	v->total = p->on_disk + p->in_memory;
	v->window = v->total > LOAD_AT_MOST;
	need = v->window ? READ_BLOCK : p->on_disk;
	if (need > v->cap) {
		free(v->data);
		v->cap = 0;
		v->data = (uint8_t *)malloc(need);
		if (v->data == NULL)
			return false;
		v->cap = need;
	}
	v->from = 0;
	v->have = need;
	v->n_items = v->n_groups = 0;
	if (v->groups != NULL)
		memset(v->groups, 0, v->cap_groups * sizeof(*v->groups));
	return need == 0 || copy_out(v, 0, v->data, need);
}

bool ik_log_drain(struct ik_log *log, const struct ik_log_reader *reader)
{
	struct view v = {.log = log};
	bool ok = true;

	for (size_t i = 0; ok && i < PARTITIONS; i++) {
		struct partition *p = &log->part[i];

		if (p->on_disk + p->in_memory == 0)
			continue;
		ok = view_open(&v, p) && index_records(&v, reader) && read_groups(&v, reader);
		free_chunks(log, p);
		free(p->extents);
		*p = (struct partition){0};
	}
	free(v.data);
	free(v.items);
	free(v.groups);
	free(v.order);
	return ok;
}
