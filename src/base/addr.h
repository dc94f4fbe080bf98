/*
 * Addresses: building, comparing, classifying, printing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_ADDR_H
#define IK_BASE_ADDR_H

#include <string.h>

#include "base/buf.h"
#include "ikescope/types.h"

static inline struct ikescope_addr ik_addr4(const uint8_t octet[4])
{
	struct ikescope_addr a = {.family = 4, .octet = {0}};

	memcpy(a.octet, octet, 4);
	return a;
}

static inline struct ikescope_addr ik_addr6(const uint8_t octet[16])
{
	struct ikescope_addr a = {.family = 6, .octet = {0}};

	memcpy(a.octet, octet, 16);
	return a;
}

static inline bool ik_addr_eq(const struct ikescope_addr *a, const struct ikescope_addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
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
