/*
 * Addresses: building, comparing, classifying, printing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_ADDR_H
#define IK_BASE_ADDR_H

#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "ikescope/types.h"

/* An address in place. Its octets are written as a whole, so that whoever reads them a moment
 * later, all or a word of them, need not wait: a processor that finds several smaller writes below
 * one read waits for all of them. */
static inline void ik_addr_set4(struct ikescope_addr *a, const uint8_t octet[4])
{
	uint32_t words[4] = {0};

	memcpy(&words[0], octet, sizeof(words[0]));
	a->family = 4;
	memcpy(a->octet, words, sizeof(words));
}

static inline void ik_addr_set6(struct ikescope_addr *a, const uint8_t octet[16])
{
	a->family = 6;
	memcpy(a->octet, octet, sizeof(a->octet));
}

static inline void ik_addr_copy(struct ikescope_addr *a, const struct ikescope_addr *b)
{
	a->family = b->family;
	memcpy(a->octet, b->octet, sizeof(a->octet));
}

static inline struct ikescope_addr ik_addr4(const uint8_t octet[4])
{
	struct ikescope_addr a;

	ik_addr_set4(&a, octet);
	return a;
}

static inline struct ikescope_addr ik_addr6(const uint8_t octet[16])
{
	struct ikescope_addr a;

	ik_addr_set6(&a, octet);
	return a;
}

/* Eight octets of an address, from the first or from the ninth, as a little-endian number. */
static inline uint64_t ik_addr_word(const struct ikescope_addr *a, size_t from)
{
	uint64_t word;

	memcpy(&word, a->octet + from, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/* A hash of an address, the same on every machine; see ik_mix(). */
static inline uint64_t ik_addr_hash(const struct ikescope_addr *a)
{
	return ik_mix(ik_mix(a->family, ik_addr_word(a, 0)), ik_addr_word(a, 8));
}

static inline bool ik_addr_eq(const struct ikescope_addr *a, const struct ikescope_addr *b)
{
	return a->family == b->family && ik_addr_word(a, 0) == ik_addr_word(b, 0) &&
	       ik_addr_word(a, 8) == ik_addr_word(b, 8);
}

/* A total order, IPv4 before IPv6, then by the octets. */
static inline int ik_addr_cmp(const struct ikescope_addr *a, const struct ikescope_addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

static inline size_t ik_addr_len(const struct ikescope_addr *a)
{
	return a->family == 4 ? 4 : a->family == 6 ? 16 : 0;
}

static inline bool ik_endpoint_eq(const struct ikescope_endpoint *a,
                                  const struct ikescope_endpoint *b)
{
	return a->port == b->port && ik_addr_eq(&a->addr, &b->addr);
}

/* Private or shared address space: RFC 1918, RFC 6598, RFC 4193 and link-local. */
bool ik_addr_private(const struct ikescope_addr *a);

/* RFC 5952 text for IPv6, dotted quad for IPv4, "-" for none. */
void ik_buf_addr(struct ik_buf *b, const struct ikescope_addr *a);

/* 192.0.2.1:500 and [2001:db8::1]:500; the port is left out when it is 0. */
void ik_buf_endpoint(struct ik_buf *b, const struct ikescope_endpoint *e);

/* Parses what ik_buf_addr() prints. */
bool ik_addr_parse(struct ikescope_addr *a, const char *text);

#endif
