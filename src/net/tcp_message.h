/*
 * The octets of one direction of a TCP connection, in order, into messages (RFC 9329 3):
 *
 *  | "IKETCP", the originator's first six octets              |
 *  | Length (16), with this field | Non-ESP Marker, IKE message |
 *  | Length (16), with this field | ESP packet                  | ...
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_TCP_MESSAGE_H
#define IK_NET_TCP_MESSAGE_H

#include "net/layer.h"

enum { IK_TCP_PREFIX = 6, IK_TCP_FRAMES = 64 };

/* All zero: at the beginning of a message. */
struct ik_tcp_reader {
	uint8_t prefix_left;     /* octets of the prefix still to come */
	uint8_t n_head, head[2]; /* of the length field */
	bool cut;                /* octets of this message were not captured */
	uint32_t need, have;     /* octets behind the length field, on the wire */
	uint32_t captured;       /* at data, before the first that was not captured */
	size_t room;
	uint8_t *data; /* NULL as long as no message crossed a segment */
	uint64_t frame[IK_TCP_FRAMES];
	size_t n_frames;
};

/* Octets of one segment. */
struct ik_tcp_octets {
	const uint8_t *data;
	size_t captured, wire;
	uint64_t frame;
	size_t offset; /* in the packet of the walk; 0: of a packet before */
};

/* Leaves out the first n octets, of wire. */
void ik_tcp_advance(struct ik_tcp_octets *o, size_t n);

enum ik_tcp_result {
	IK_TCP_OK,
	IK_TCP_FOREIGN, /* not the prefix */
	IK_TCP_LENGTH,  /* a length field that is less than itself */
	IK_TCP_CUT,     /* a length field that was not captured */
	IK_TCP_MEMORY,
};

/* Takes octets that follow those before; every message that they complete goes to the sink. */
enum ik_tcp_result ik_tcp_read(struct ik_walk *w, struct ik_tcp_reader *r, struct ik_tcp_octets o);

/* Whether messages can begin at data: an IKE header whose length agrees with the frame around it,
 * or frames of ESP that end where the segment does. */
bool ik_tcp_plausible(const uint8_t *data, size_t n);

void ik_tcp_reader_free(struct ik_tcp_reader *r);

#endif
