/*
 * Hashes. ik_hash() keys every table that a sender of packets can fill (SipHash-2-4 under a key
 * of the context, so that collisions cannot be prepared); ik_digest() tells whether two messages
 * are the same octets and is not keyed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_HASH_H
#define IK_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

struct ik_hash_key {
	uint8_t octet[16];
};

uint64_t ik_hash(const struct ik_hash_key *key, const void *data, size_t len);

/* Keyed too, and ten times as fast on long input, for tables that are bounded anyway. */
uint64_t ik_hash_quick(const struct ik_hash_key *key, const void *data, size_t len);

/* Takes another number into a hash, for tables of bounded sets: not keyed, a few instructions. A
 * product carries upwards only, so the upper half is folded into the lower one on both sides of it:
 * every bit counts in all of them. */
static inline uint64_t ik_mix(uint64_t hash, uint64_t value)
{
	hash ^= value;
	hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* 64 bits over len octets, fast; equal content gives equal digests on every machine. */
uint64_t ik_digest(const void *data, size_t len);

/* Its two forms: for every processor, and for those with AVX2, where the compiler knows it. */
uint64_t ik_digest_plain(const void *data, size_t len);
#ifdef IK_HAVE_AVX2
uint64_t ik_digest_avx2(const void *data, size_t len);
#endif

#endif
