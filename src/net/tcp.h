/*
 * IKE and ESP messages out of TCP streams (RFC 9329).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_TCP_H
#define IK_NET_TCP_H

#include "net/net.h"
#include "net/table.h"

/* All zero is empty. */
struct ik_streams {
	struct ik_table table;
	struct ik_list used;    /* by the time of the last segment */
	uint16_t by_ports[256]; /* streams by both ports exclusive-ored: spares most look-ups */
};

/* How many octets of the prefix stand at data: all of n or all of the prefix, else 0. */
size_t ik_tcp_prefix(const uint8_t *data, size_t n);

/* Where the streams of two ports are counted. */
static inline size_t ik_tcp_fold(uint16_t a, uint16_t b)
{
	unsigned both = (unsigned)(a ^ b);

	return (both ^ both >> 8) & 255;
}

/* Whether a connection with these ends is followed. */
bool ik_streams_follow(const struct ik_net *n, uint32_t domain, const struct ikescope_endpoint *a,
                       const struct ikescope_endpoint *b);

void ik_streams_free(struct ik_streams *s);

#endif
