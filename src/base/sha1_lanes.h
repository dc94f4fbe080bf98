/*
 * The search for an address, LANES addresses at a time, under the name FIND: included by one file
 * for each width of the processor's registers.
 *
 * The words of SHA-1's schedule are sums without carry (xor) of rotated input words. So the part
 * that an address adds to them is the xor of what each of its bits adds: it is not computed for
 * each address but put together from three tables: of the block of addresses (word), of the place
 * in the block (lane), and of what changes from one block to the next (step).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdbool.h>
#include <string.h>

#include "base/sha1_find.h"

#define ROUNDS  80
#define ADDRESS 4 /* the word that is the address */
#define BITS    32

typedef uint32_t lanes __attribute__((vector_size(4 * LANES)));

struct tables {
	lanes lane[ROUNDS];
	uint32_t word[ROUNDS], step[BITS][ROUNDS];
	uint32_t state[5]; /* behind the rounds before the address */
};

#define ROTATE(x, n)      ((x) << (n) | (x) >> (32 - (n)))
#define CHOOSE(b, c, d)   ((d) ^ ((b) & ((c) ^ (d))))
#define PARITY(b, c, d)   ((b) ^ (c) ^ (d))
#define MAJORITY(b, c, d) (((b) & (c)) | ((d) & ((b) | (c))))

#define STEP(f, k, w, a, b, c, d, e)                                                               \
	do {                                                                                       \
		(e) += ROTATE(a, 5) + f(b, c, d) + ((w) + (k));                                    \
		(b) = ROTATE(b, 30);                                                               \
	} while (0)

#define K1 0x5a827999U
#define K2 0x6ed9eba1U
#define K3 0x8f1bbcdcU
#define K4 0xca62c1d6U

static const uint32_t start[5] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};

/* The rest of the schedule behind the 16 words of the block. */
static void extend(uint32_t *w)
{
	for (unsigned t = 16; t < ROUNDS; t++) {
		uint32_t x = w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16];

		w[t] = ROTATE(x, 1);
	}
}

/* What some bits of an address add to the schedule. */
static void extend_bits(uint32_t *w, uint32_t bits)
{
	memset(w, 0, 16 * sizeof(*w));
	w[ADDRESS] = bits;
	extend(w);
}

static void prepare(struct tables *s, const struct ik_sha1_find *what, uint32_t block)
{
	uint32_t a = start[0], b = start[1], c = start[2], d = start[3], e = start[4];
	uint32_t part[ROUNDS];

	memset(s->word, 0, 16 * sizeof(s->word[0]));
	memcpy(s->word, what->head, sizeof(what->head));
	s->word[ADDRESS] = block;
	s->word[5] = (uint32_t)what->port << 16 | 0x8000U; /* and the bit behind the end */
	s->word[15] = 8 * 22;                              /* the length in bits */
	extend(s->word);
	for (uint32_t i = 0; i < LANES; i++) {
		extend_bits(part, i);
		for (unsigned t = 0; t < ROUNDS; t++)
			s->lane[t][i] = part[t];
	}
	for (unsigned i = 0; i < BITS; i++)
		extend_bits(s->step[i], (uint32_t)(((UINT64_C(2) << i) - 1) * LANES));
	STEP(CHOOSE, K1, s->word[0], a, b, c, d, e);
	STEP(CHOOSE, K1, s->word[1], e, a, b, c, d);
	STEP(CHOOSE, K1, s->word[2], d, e, a, b, c);
	STEP(CHOOSE, K1, s->word[3], c, d, e, a, b);
	s->state[0] = a;
	s->state[1] = b;
	s->state[2] = c;
	s->state[3] = d;
	s->state[4] = e;
}

/* Every lane has the same. Lanes are never returned: how is not settled on every processor. */
#define ALL(x) ((lanes){0} + (x))

#define WORD(t) (ALL(s->word[t]) ^ s->lane[t])
#define FIVE(f, k, t)                                                                              \
	do {                                                                                       \
		STEP(f, k, WORD(t), a, b, c, d, e);                                                \
		STEP(f, k, WORD((t) + 1), e, a, b, c, d);                                          \
		STEP(f, k, WORD((t) + 2), d, e, a, b, c);                                          \
		STEP(f, k, WORD((t) + 3), c, d, e, a, b);                                          \
		STEP(f, k, WORD((t) + 4), b, c, d, e, a);                                          \
	} while (0)
#define TWENTY(f, k, t)                                                                            \
	do {                                                                                       \
		FIVE(f, k, t);                                                                     \
		FIVE(f, k, (t) + 5);                                                               \
		FIVE(f, k, (t) + 10);                                                              \
		FIVE(f, k, (t) + 15);                                                              \
	} while (0)

/* The second word of the hash without what it starts from, which is known a round before the end.
 */
static inline void second(const struct tables *s, lanes *to)
{
	lanes a = ALL(s->state[0]), b = ALL(s->state[1]), c = ALL(s->state[2]),
	      d = ALL(s->state[3]), e = ALL(s->state[4]);

	STEP(CHOOSE, K1, WORD(4), b, c, d, e, a);
	FIVE(CHOOSE, K1, 5);
	FIVE(CHOOSE, K1, 10);
	FIVE(CHOOSE, K1, 15);
	TWENTY(PARITY, K2, 20);
	TWENTY(MAJORITY, K3, 40);
	FIVE(PARITY, K4, 60);
	FIVE(PARITY, K4, 65);
	FIVE(PARITY, K4, 70);
	STEP(PARITY, K4, WORD(75), a, b, c, d, e);
	STEP(PARITY, K4, WORD(76), e, a, b, c, d);
	STEP(PARITY, K4, WORD(77), d, e, a, b, c);
	STEP(PARITY, K4, WORD(78), c, d, e, a, b);
	*to = b;
}

/* Both words of the hash fit in a lane. It is asked once in 2^32 addresses: one round at a time. */
static bool fits(const struct tables *s, const struct ik_sha1_find *what, unsigned lane)
{
	static const uint32_t k[4] = {K1, K2, K3, K4};
	uint32_t v[5];

	memcpy(v, start, sizeof(v));
	for (unsigned t = 0; t < ROUNDS; t++) {
		uint32_t f = t < 20              ? CHOOSE(v[1], v[2], v[3])
		             : t >= 40 && t < 60 ? MAJORITY(v[1], v[2], v[3])
		                                 : PARITY(v[1], v[2], v[3]);
		uint32_t x =
		        ROTATE(v[0], 5) + f + v[4] + k[t / 20] + (s->word[t] ^ s->lane[t][lane]);

		v[4] = v[3];
		v[3] = v[2];
		v[2] = ROTATE(v[1], 30);
		v[1] = v[0];
		v[0] = x;
	}
	return v[0] + start[0] == what->want[0] && v[1] + start[1] == what->want[1];
}

static inline bool any(lanes x)
{
	uint64_t part[LANES / 2], sum = 0;

	memcpy(part, &x, sizeof(part));
	for (unsigned i = 0; i < LANES / 2; i++)
		sum |= part[i];
	return sum != 0;
}

uint64_t FIND(const struct ik_sha1_find *what, uint32_t first, uint64_t n)
{
	const uint64_t end = first + n;
	const lanes want = ALL(what->want[1] - start[1]);
	struct tables s;
	lanes got;

	prepare(&s, what, first / LANES * LANES);
	for (uint64_t block = first / LANES * LANES; block < end; block += LANES) {
		const uint32_t *step = s.step[__builtin_ctzll(block / LANES + 1)];

		second(&s, &got);
		if (any((lanes)(got == want)))
			for (unsigned i = 0; i < LANES; i++)
				if (block + i >= first && block + i < end && fits(&s, what, i))
					return block + i - first;
		for (unsigned t = ADDRESS; t < ROUNDS; t++)
			s.word[t] ^= step[t];
	}
	return n;
}
