/*
 * pcapng, for what libpcap refuses or cannot say: several interfaces (its interface gives neither
 * their number nor more than one link type or snapshot length), several sections, packets longer
 * than the snapshot length. libpcap reads a file up to the first block of that kind; from exactly
 * there this reader goes on, on the same stream. Source: draft-ietf-opsawg-pcapng.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_PCAPNG_H
#define IK_CAPTURE_PCAPNG_H

#include "base/rd.h"
#include "capture/stream.h"
#include "ikescope/types.h"

/* An interface of the current section. Ticks are counted in units of 1 / ticks of a second. */
struct ik_ng_interface {
	uint64_t ticks;
	int64_t offset; /* seconds added to every time stamp */
	uint64_t dropped_by_interface, dropped_by_system;
	uint32_t snaplen; /* 0: unlimited */
	uint16_t link_type;
	bool complained; /* for the caller: its link type is not supported, and that was said */
};

struct ik_ng {
	struct ik_stream *stream;
	size_t least; /* how much is read at one time */
	struct ik_ng_interface *interfaces;
	uint32_t n_interfaces, interfaces_cap;
	bool little, saw_section, saw_drops;
	uint64_t dropped_before; /* in earlier sections */
	uint64_t pass;           /* octets of the current block that libpcap has still to get */
	bool cut;                /* the stream ended inside a block */
	char problem[160];       /* why reading ended, where the file is damaged; else empty */
};

/* A packet as the file has it. data points into the stream's window. */
struct ik_ng_packet {
	ikescope_time time;
	uint32_t interface;
	uint32_t captured, length;
	const uint8_t *data; /* NULL: a frame that holds no packet */
};

void ik_ng_begin(struct ik_ng *ng, struct ik_stream *stream, size_t least);
void ik_ng_end(struct ik_ng *ng);

/* The next octets for libpcap: whole blocks, as long as it reads them the way they are meant. 0
 * once the rest is for ik_ng_next(). */
size_t ik_ng_feed(struct ik_ng *ng, uint8_t *buf, size_t n);

/* The next packet. False at the end of the stream, where cut and problem say how it ended. */
bool ik_ng_next(struct ik_ng *ng, struct ik_ng_packet *packet);

/* Packets dropped according to the interface statistics, or -1 where the file has none. */
int64_t ik_ng_dropped(const struct ik_ng *ng);

/* Seconds and nanoseconds as capture time; what does not fit is brought to the nearest end. */
ikescope_time ik_ng_time(int64_t seconds, int64_t nanoseconds);

#endif
