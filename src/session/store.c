/*
 * The memory and the spill under the stores.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/store.h"

#include <stdlib.h>

#include "base/big.h"

/* Chunks are of one size, but for records that are larger, which get their own. Slabs grow with
 * what is asked for. */
#define CHUNK      (16U << 10)
#define SLAB_LEAST (64U << 10)
#define SLAB_MOST  (2U << 20)

struct ik_slab {
	struct ik_slab *next;
	uint8_t *octets;
	size_t used, size;
};

void ik_spill_close(struct ik_spill *spill)
{
	for (struct ik_slab *s = spill->slabs, *next; s != NULL; s = next) {
		next = s->next;
		free(s->octets);
		free(s);
	}
	spill->slabs = NULL;
	spill->spare = NULL;
}

static bool add_slab(struct ik_spill *spill)
{
	struct ik_slab *s = (struct ik_slab *)calloc(1, sizeof(*s));
	size_t last = spill->slabs != NULL ? spill->slabs->size : 0;

	if (s == NULL)
		return false;
	s->size = last == 0 ? SLAB_LEAST : last < SLAB_MOST ? 2 * last : SLAB_MOST;
	s->octets = (uint8_t *)ik_big_alloc(s->size);
	if (s->octets == NULL) {
		free(s);
		return false;
	}
	s->next = spill->slabs;
	spill->slabs = s;
	return true;
}

struct ik_chunk *ik_chunk_take(struct ik_spill *spill, size_t least)
{
	struct ik_chunk *chunk = spill->spare;
	struct ik_slab *slab;

	if (least > CHUNK - sizeof(*chunk)) {
		chunk = (struct ik_chunk *)malloc(sizeof(*chunk) + least);
		if (chunk != NULL)
			*chunk = (struct ik_chunk){.cap = (uint32_t)least};
		return chunk;
	}
	if (chunk != NULL) {
		spill->spare = chunk->next;
	} else {
		slab = spill->slabs;
		if ((slab == NULL || slab->used == slab->size) && !add_slab(spill))
			return NULL;
		slab = spill->slabs;
		chunk = (struct ik_chunk *)(void *)(slab->octets + slab->used);
		slab->used += CHUNK;
	}
	*chunk = (struct ik_chunk){.cap = CHUNK - sizeof(*chunk)};
	return chunk;
}

void ik_chunk_give(struct ik_spill *spill, struct ik_chunk *chunk)
{
	if (chunk->cap > CHUNK - sizeof(*chunk)) {
		free(chunk);
		return;
	}
	chunk->next = spill->spare;
	spill->spare = chunk;
}

#define LEAST_SHARE 64 /* of the memory is there in any case */

uint64_t ik_spill_budget(const struct ik_spill *spill)
{
	double share = spill->messages < spill->packets
	                       ? (double)spill->messages / (double)spill->packets
	                       : 1;
	uint64_t half = spill->memory / 2, least = spill->memory / LEAST_SHARE;
	uint64_t whole = least + (uint64_t)((double)(spill->memory - least) * share);
	uint64_t earned = half + (spill->proved < half ? spill->proved : half);

	return whole < earned ? whole : earned;
}

bool ik_spill_write(struct ik_spill *spill, const void *data, size_t len)
{
	if (spill->failed || spill->io.write(spill->io.ctx, data, len) != 0) {
		spill->failed = true;
		return false;
	}
	spill->size += len;
	return true;
}

bool ik_spill_read(struct ik_spill *spill, uint64_t offset, void *data, size_t len)
{
	if (spill->failed || spill->io.read(spill->io.ctx, offset, data, len) != 0) {
		spill->failed = true;
		return false;
	}
	return true;
}
