/*
 * Frames of a capture: the pcap file and the headers of Ethernet, IPv4, IPv6 and UDP.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FRAME_ROOM = 2048, /* octets that one frame may take */
	MTU = 1500,        /* largest IP packet */
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_ICMP6 = 58,
};

struct capture {
	int fd;
	uint8_t *buffer;
	size_t used;
	uint64_t packets, octets; /* octets: of the file */
};

struct host {
	uint8_t family; /* 4 or 6 */
	uint8_t octet[16];
};

/* How an IP packet travels. */
struct route {
	const struct host *from, *to;
	uint16_t id;    /* IPv4 identification */
	uint16_t vlan;  /* 0: untagged */
	uint8_t hops;   /* TTL or hop limit */
	bool backwards; /* which of the two routers at the capture point sends */
};

void capture_open(struct capture *c, const char *path);
void capture_close(struct capture *c);

/* Room for the next frame. */
uint8_t *frame_begin(struct capture *c);
/* Ends the frame that reaches up to `end`; pads it to the 60 octets of the shortest frame. */
void frame_end(struct capture *c, uint64_t microseconds, uint8_t *end);

/* Ethernet header alone, then Ethernet and IP header; both return where the payload belongs. */
uint8_t *put_ethernet(uint8_t *at, const struct route *r, uint16_t ethertype);
uint8_t *put_ip(uint8_t *at, const struct route *r, uint8_t protocol, size_t length);
/* IP header without Ethernet, for what stands in a tunnel or is quoted. */
uint8_t *put_bare_ip(uint8_t *at, const struct route *r, uint8_t protocol, size_t length);

/* The checksum of RFC 1071 over `length` octets, with the pseudo header where a route is given. */
uint16_t checksum(const struct route *r, uint8_t protocol, const uint8_t *at, size_t length);

/* UDP header; the checksum is left 0. */
uint8_t *put_udp(uint8_t *at, uint16_t from, uint16_t to, size_t length);

/* A whole UDP datagram of up to 4000 octets, as IPv4 fragments where it exceeds the MTU.
 * `lose_tail`: only the first fragment is there. */
void send_udp(struct capture *c, uint64_t microseconds, const struct route *r, uint16_t from,
              uint16_t to, const uint8_t *data, size_t length, bool lose_tail);

static inline uint8_t *put8(uint8_t *at, unsigned value)
{
	*at = (uint8_t)value;
	return at + 1;
}

static inline uint8_t *put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

static inline uint8_t *put32(uint8_t *at, uint32_t value)
{
	return put16(put16(at, value >> 16), value & 0xffff);
}

/* Who an address belongs to; no two roles share one. */
enum role { ROLE_INITIATOR = 1, ROLE_RESPONDER, ROLE_SPOOFED, ROLE_FOREIGN };

/* Distinct numbers below 2^28 give distinct public IPv4 addresses. */
struct host host_public(enum role role, uint32_t number);
struct host host_private(uint32_t number);
struct host host_ipv6(uint32_t number);

#endif
