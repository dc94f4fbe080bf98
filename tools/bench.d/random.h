/*
 * The only source of chance of the generator: xoshiro256**, seeded through splitmix64, so that the
 * same seed gives the same capture on every machine.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rng {
	uint64_t word[4];
};

static inline uint64_t rng_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

static inline struct rng rng_seeded(uint64_t seed)
{
	struct rng r;

	for (unsigned i = 0; i < 4; i++)
		r.word[i] = seed = rng_mix(seed);
	return r;
}

static inline uint64_t rng_rotate(uint64_t x, unsigned by)
{
	return (x << by) | (x >> (64 - by));
}

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t *w = r->word;
	uint64_t result = rng_rotate(w[1] * 5, 7) * 9;
	uint64_t carry = w[1] << 17;

	w[2] ^= w[0];
	w[3] ^= w[1];
	w[1] ^= w[2];
	w[0] ^= w[3];
	w[2] ^= carry;
	w[3] = rng_rotate(w[3], 45);
	return result;
}

/* 0 <= result < n. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

/* low <= result <= high. */
static inline uint32_t rng_between(struct rng *r, uint32_t low, uint32_t high)
{
	return low + rng_below(r, high - low + 1);
}

static inline int rng_percent(struct rng *r, uint32_t percent)
{
	return rng_below(r, 100) < percent;
}

/* 0 <= result < 1. */
static inline double rng_unit(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

static inline void rng_fill(struct rng *r, uint8_t *at, size_t n)
{
	uint64_t x;

	for (; n >= 8; n -= 8, at += 8) {
		x = rng_next(r);
		memcpy(at, &x, 8);
	}
	x = rng_next(r);
	memcpy(at, &x, n);
}

#endif
