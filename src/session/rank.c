/*
 * Ranks: a bit for every number, and a running count for every 512 of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "session/assemble.h"

#define WORDS 8 /* of 64 bits, for one running count */

struct ik_rank {
	uint64_t *bits;
	uint32_t *before;
	size_t n_words;
};

struct ik_rank *ik_rank_new(uint32_t size)
{
	struct ik_rank *r = (struct ik_rank *)calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->n_words = ((size_t)size / 64 / WORDS + 1) * WORDS;
	r->bits = (uint64_t *)calloc(r->n_words, sizeof(*r->bits));
	r->before = (uint32_t *)calloc(r->n_words / WORDS, sizeof(*r->before));
	if (r->bits == NULL || r->before == NULL) {
		ik_rank_free(r);
		return NULL;
	}
	return r;
}

void ik_rank_free(struct ik_rank *r)
{
	if (r == NULL)
		return;
	free(r->bits);
	free(r->before);
	free(r);
}

void ik_rank_mark(struct ik_rank *r, uint32_t n)
{
	r->bits[n / 64] |= UINT64_C(1) << (n % 64);
}

static uint32_t ones(uint64_t word)
{
	return (uint32_t)__builtin_popcountll(word);
}

void ik_rank_seal(struct ik_rank *r)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < r->n_words; i++) {
		if (i % WORDS == 0)
			r->before[i / WORDS] = sum;
		sum += ones(r->bits[i]);
	}
}

uint64_t ik_rank_of(const struct ik_rank *r, uint32_t n)
{
	size_t word = n / 64, first = word / WORDS * WORDS;
	uint64_t sum = r->before[word / WORDS];

	for (size_t i = first; i < word; i++)
		sum += ones(r->bits[i]);
	return sum + ones(r->bits[word] << (63 - n % 64));
}
