/*
 * Which IPv4 address makes a SHA-1? NAT detection hashes 16 octets that are known, an address and a
 * port (RFC 7296 2.23): one block, of which one word changes from address to address.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_SHA1_FIND_H
#define IK_BASE_SHA1_FIND_H

#include <stdint.h>

struct ik_sha1_find {
	uint32_t head[4]; /* the octets before the address, as big-endian words */
	uint32_t want[2]; /* the first eight octets of the hash */
	uint16_t port;    /* behind the address */
};

/* How many of the n addresses from first come before the one that fits; n where none does. The
 * last address is no greater than 255.255.255.255. */
uint64_t ik_sha1_find(const struct ik_sha1_find *what, uint32_t first, uint64_t n);

/* Its forms: for every processor, and for those with AVX2 and AVX-512, where the compiler knows
 * them. */
uint64_t ik_sha1_find_plain(const struct ik_sha1_find *what, uint32_t first, uint64_t n);
#ifdef IK_HAVE_AVX2
uint64_t ik_sha1_find_avx2(const struct ik_sha1_find *what, uint32_t first, uint64_t n);
uint64_t ik_sha1_find_avx512(const struct ik_sha1_find *what, uint32_t first, uint64_t n);
#endif

#endif
