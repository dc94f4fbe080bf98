/*
 * The log: records grouped by key. Appending scatters them over partitions by a mix of the key;
 * draining takes one partition after the other into memory and chains the records of each key.
 * When the chunks of all partitions together exceed the memory of the log, they are written out,
 * one extent for each partition, so that the disk sees few large writes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "session/store.h"

#define PARTITIONS   256
#define FIRST_CHUNK  2048
#define CHUNK        16384
#define LOAD_AT_MOST (64U << 20) /* a larger partition is read record by record */
#define READ_BLOCK   (256U << 10)

struct chunk {
	struct chunk *next;
	uint32_t used, cap;
	uint8_t data[];
};

struct extent {
	uint64_t offset, size;
};

struct partition {
	struct chunk *first, *last;
	struct extent *extents;
	size_t n_extents, cap_extents;
	uint64_t in_memory, on_disk;
};

struct ik_log {
	struct ik_spill *spill;
	uint64_t memory, used, seed;
	struct partition part[PARTITIONS];
};

struct ik_log *ik_log_new(struct ik_spill *spill, uint64_t memory, uint64_t seed)
{
	struct ik_log *log = (struct ik_log *)calloc(1, sizeof(*log));

	if (log != NULL) {
		log->spill = spill;
		log->memory = memory;
		log->seed = seed;
	}
	return log;
}

static void free_chunks(struct ik_log *log, struct partition *p)
{
	for (struct chunk *c = p->first, *next; c != NULL; c = next) {
		next = c->next;
		log->used -= c->cap;
		free(c);
	}
	p->first = p->last = NULL;
	p->in_memory = 0;
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

/* Appends octets to the spill that the stores share. */
static bool spill_write(struct ik_spill *spill, const void *data, size_t len)
{
	if (spill->failed || spill->io.write(spill->io.ctx, data, len) != 0) {
		spill->failed = true;
		return false;
	}
	spill->size += len;
	return true;
}

static bool spill_read(struct ik_spill *spill, uint64_t offset, void *data, size_t len)
{
	if (spill->failed || spill->io.read(spill->io.ctx, offset, data, len) != 0) {
		spill->failed = true;
		return false;
	}
	return true;
}

static bool write_out(struct ik_log *log, struct partition *p)
{
	struct extent e = {.offset = log->spill->size, .size = p->in_memory};

	if (p->in_memory == 0)
		return true;
	for (struct chunk *c = p->first; c != NULL; c = c->next)
		if (!spill_write(log->spill, c->data, c->used))
			return false;
	if (!add_extent(p, e))
		return false;
	p->on_disk += p->in_memory;
	free_chunks(log, p);
	return true;
}

static bool make_room(struct ik_log *log)
{
	if (log->used <= log->memory || log->spill->io.write == NULL)
		return true;
	for (size_t i = 0; i < PARTITIONS; i++)
		if (!write_out(log, &log->part[i]))
			return false;
	return true;
}

static struct chunk *add_chunk(struct ik_log *log, struct partition *p, size_t least)
{
	size_t cap = p->first == NULL ? FIRST_CHUNK : CHUNK;
	struct chunk *c;

	cap = cap > least ? cap : least;
	c = (struct chunk *)malloc(sizeof(*c) + cap);
	if (c == NULL)
		return NULL;
	c->next = NULL;
	c->used = 0;
	c->cap = (uint32_t)cap;
	if (p->last != NULL)
		p->last->next = c;
	else
		p->first = c;
	p->last = c;
	log->used += cap;
	return c;
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

bool ik_log_append(struct ik_log *log, const void *record, size_t len)
{
	struct partition *p;
	struct chunk *c;
	uint64_t key;

	memcpy(&key, record, sizeof(key));
	p = &log->part[mix(log, key) >> 56];
	c = p->last;
	if (c == NULL || c->cap - c->used < len) {
		if (!make_room(log))
			return false;
		c = add_chunk(log, p, len);
		if (c == NULL)
			return false;
	}
	memcpy(c->data + c->used, record, len);
	c->used += (uint32_t)len;
	p->in_memory += len;
	return true;
}

/* ---- draining ---------------------------------------------------------------------------------
 */

struct group {
	uint64_t key;
	uint32_t head, tail; /* record numbers + 1; head 0: free slot */
};

struct item {
	uint64_t offset; /* in the partition */
	uint32_t next;   /* record number + 1 */
};

/* One partition while it is drained: its octets in memory, or a window on them. */
struct view {
	struct ik_log *log;
	const struct partition *part;
	uint8_t *data; /* window: octets [from, from + have) of the partition */
	uint64_t from, have, total, cap;
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
		if (!spill_read(v->log->spill, e->offset + offset, out, n))
			return false;
		out += n;
		len -= n;
		offset = 0;
	}
	for (const struct chunk *c = p->first; c != NULL && len > 0; c = c->next) {
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
static const uint8_t *at(struct view *v, uint64_t offset)
{
	bool whole = v->have == v->total;

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

static bool add_item(struct view *v, uint64_t key, uint64_t offset)
{
	uint32_t number = (uint32_t)(v->n_items + 1);
	struct group *g;
	size_t slot;

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
	v->items[v->n_items++] = (struct item){.offset = offset, .next = 0};
	if (g->head == 0) {
		*g = (struct group){.key = key, .head = number, .tail = number};
		v->order[v->n_groups++] = (uint32_t)slot;
	} else {
		v->items[g->tail - 1].next = number;
		g->tail = number;
	}
	return true;
}

static bool index_records(struct view *v, const struct ik_log_reader *reader)
{
	for (uint64_t offset = 0; offset < v->total;) {
		const uint8_t *record = at(v, offset);
		uint64_t key;

		if (record == NULL)
			return false;
		memcpy(&key, record, sizeof(key));
		if (!add_item(v, key, offset))
			return false;
		offset += reader->size_of(record);
	}
	return true;
}

static bool read_groups(struct view *v, const struct ik_log_reader *reader)
{
	for (size_t i = 0; i < v->n_groups; i++) {
		const struct group *g = &v->groups[v->order[i]];

		for (uint32_t n = g->head; n != 0; n = v->items[n - 1].next) {
			const uint8_t *record = at(v, v->items[n - 1].offset);

			if (record == NULL || !reader->record(reader->ctx, record, n == g->head))
				return false;
		}
		if (!reader->group_end(reader->ctx))
			return false;
	}
	return true;
}

/* Opens a view on a partition: all of it where that is affordable, else a sliding window. The
 * memory of the chunks is given back before the groups are read. */
static bool view_open(struct view *v, struct partition *p)
{
	uint64_t need;

	v->part = p;
	v->total = p->on_disk + p->in_memory;
	need = v->total <= LOAD_AT_MOST ? v->total : READ_BLOCK;
	if (need > v->cap) {
		free(v->data);
		v->cap = 0;
		v->data = (uint8_t *)malloc(need);
		if (v->data == NULL)
			return false;
		v->cap = need;
	}
	v->from = 0;
	v->have = need < v->total ? need : v->total;
	v->n_items = v->n_groups = 0;
	if (v->groups != NULL)
		memset(v->groups, 0, v->cap_groups * sizeof(*v->groups));
	if (!copy_out(v, 0, v->data, v->have))
		return false;
	if (v->have == v->total)
		free_chunks(v->log, p);
	return true;
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
