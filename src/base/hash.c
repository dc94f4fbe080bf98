/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <string.h>

#include <sodium.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(sizeof(struct ik_hash_key) == crypto_shorthash_KEYBYTES, "SipHash key size");

uint64_t ik_hash(const struct ik_hash_key *key, const void *data, size_t len)
{
	uint64_t out;

	crypto_shorthash((unsigned char *)&out, (const unsigned char *)data, len, key->octet);
	return out;
}

uint64_t ik_hash_quick(const struct ik_hash_key *key, const void *data, size_t len)
{
	uint64_t seed;

	memcpy(&seed, key->octet, sizeof(seed));
	return XXH3_64bits_withSeed(data, len, seed);
}

uint64_t ik_digest_plain(const void *data, size_t len)
{
	return XXH3_64bits(data, len);
}

uint64_t ik_digest(const void *data, size_t len)
{
#ifdef IK_HAVE_AVX2
	if (__builtin_cpu_supports("avx2"))
		return ik_digest_avx2(data, len);
#endif
	return ik_digest_plain(data, len);
}
