/*
 * Frames of a capture: the pcap file and the headers of Ethernet, IPv4, IPv6 and UDP.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "frame.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 4 << 20, RECORD = 16, EPOCH = 1700000000, DATAGRAM = 4096 };

static void flush(struct capture *c)
{
	size_t done = 0;

	while (done < c->used) {
		ssize_t n = write(c->fd, c->buffer + done, c->used - done);

		if (n <= 0) {
			perror("write");
			exit(1);
		}
		done += (size_t)n;
	}
	c->used = 0;
}

static void append(struct capture *c, const void *data, size_t n)
{
	memcpy(c->buffer + c->used, data, n);
	c->used += n;
	c->octets += n;
}

void capture_open(struct capture *c, const char *path)
{
	/* magic of microseconds, version 2.4, zone, accuracy, snap length, Ethernet */
	const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};

	memset(c, 0, sizeof(*c));
	c->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	c->buffer = malloc(BUFFER);
	if (c->fd < 0 || c->buffer == NULL) {
		perror(path);
		exit(1);
	}
	append(c, head, sizeof(head));
}

void capture_close(struct capture *c)
{
	flush(c);
	if (close(c->fd) != 0) {
		perror("close");
		exit(1);
	}
	free(c->buffer);
}

uint8_t *frame_begin(struct capture *c)
{
	if (c->used + RECORD + FRAME_ROOM > BUFFER)
		flush(c);
	return c->buffer + c->used + RECORD;
}

void frame_end(struct capture *c, uint64_t microseconds, uint8_t *end)
{
	const uint8_t *start = c->buffer + c->used + RECORD;
	uint32_t head[4];

	while (end - start < 60)
		*end++ = 0;
	head[0] = (uint32_t)(EPOCH + microseconds / 1000000);
	head[1] = (uint32_t)(microseconds % 1000000);
	head[2] = head[3] = (uint32_t)(end - start);
	append(c, head, sizeof(head));
	c->used += head[2];
	c->octets += head[2];
	c->packets++;
}

uint8_t *put_ethernet(uint8_t *at, const struct route *r, uint16_t ethertype)
{
	static const uint8_t router[2][6] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

	memcpy(at, router[!r->backwards], 6);
	memcpy(at + 6, router[r->backwards], 6);
	at += 12;
	if (r->vlan != 0)
		at = put16(put16(at, 0x8100), r->vlan);
	return put16(at, ethertype);
}

static uint64_t sum(const uint8_t *at, size_t n)
{
	uint64_t total = 0;
	uint32_t word;

	for (; n >= 4; n -= 4, at += 4) {
		memcpy(&word, at, 4);
		total += word;
	}
	word = 0;
	memcpy(&word, at, n);
	return total + word;
}

/* Complement of the sum folded to 16 bits, in the byte order of the wire. */
static uint16_t fold(uint64_t total)
{
	uint8_t octet[2];

	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	memcpy(octet, &(uint16_t){(uint16_t)~total}, 2);
	return (uint16_t)(octet[0] << 8 | octet[1]);
}

uint16_t checksum(const struct route *r, uint8_t protocol, const uint8_t *at, size_t length)
{
	uint64_t total = sum(at, length);
	uint8_t pseudo[4];

	if (r != NULL) {
		size_t n = r->from->family == 4 ? 4 : 16;

		put16(put16(pseudo, protocol), length);
		total += sum(r->from->octet, n) + sum(r->to->octet, n) + sum(pseudo, 4);
	}
	return fold(total);
}

/* `fragment`: flags and offset of the IPv4 header. */
static uint8_t *put_ip4(uint8_t *at, const struct route *r, uint8_t protocol, size_t length,
                        unsigned fragment)
{
	uint8_t *head = at;

	at = put16(at, 0x4500);
	at = put16(at, 20 + length);
	at = put16(at, r->id);
	at = put16(at, fragment);
	at = put8(put8(at, r->hops), protocol);
	at = put16(at, 0);
	memcpy(at, r->from->octet, 4);
	memcpy(at + 4, r->to->octet, 4);
	put16(head + 10, checksum(NULL, 0, head, 20));
	return at + 8;
}

uint8_t *put_bare_ip(uint8_t *at, const struct route *r, uint8_t protocol, size_t length)
{
	if (r->from->family == 4)
		return put_ip4(at, r, protocol, length, 0x4000);
	at = put32(at, 0x60000000);
	at = put16(at, length);
	at = put8(put8(at, protocol), r->hops);
	memcpy(at, r->from->octet, 16);
	memcpy(at + 16, r->to->octet, 16);
	return at + 32;
}

uint8_t *put_ip(uint8_t *at, const struct route *r, uint8_t protocol, size_t length)
{
	at = put_ethernet(at, r, r->from->family == 4 ? 0x0800 : 0x86dd);
	return put_bare_ip(at, r, protocol, length);
}

uint8_t *put_udp(uint8_t *at, uint16_t from, uint16_t to, size_t length)
{
	return put16(put16(put16(put16(at, from), to), 8 + length), 0);
}

static void send_fragments(struct capture *c, uint64_t microseconds, const struct route *r,
                           const uint8_t *datagram, size_t length, bool lose_tail)
{
	const size_t step = (MTU - 20) / 8 * 8;

	for (size_t at = 0; at < length; at += step) {
		size_t n = length - at < step ? length - at : step;
		unsigned more = at + n < length ? 0x2000 : 0;
		uint8_t *p = put_ethernet(frame_begin(c), r, 0x0800);

		p = put_ip4(p, r, PROTO_UDP, n, more | (unsigned)(at / 8));
		memcpy(p, datagram + at, n);
		frame_end(c, microseconds++, p + n);
		if (lose_tail)
			break;
	}
}

void send_udp(struct capture *c, uint64_t microseconds, const struct route *r, uint16_t from,
              uint16_t to, const uint8_t *data, size_t length, bool lose_tail)
{
	uint8_t datagram[DATAGRAM];
	uint8_t *p = put_udp(datagram, from, to, length);
	uint16_t check;

	memcpy(p, data, length);
	length += 8;
	check = checksum(r, PROTO_UDP, datagram, length);
	put16(datagram + 6, check != 0 ? check : 0xffff);
	if (length > MTU - 20) {
		send_fragments(c, microseconds, r, datagram, length, lose_tail);
		return;
	}
	p = put_ip(frame_begin(c), r, PROTO_UDP, length);
	memcpy(p, datagram, length);
	frame_end(c, microseconds, p + length);
}

/* A permutation of the 32-bit numbers. */
static uint32_t scatter(uint32_t x)
{
	x = (x ^ (x >> 16)) * 0x7feb352d;
	x = (x ^ (x >> 15)) * 0x846ca68b;
	return x ^ (x >> 16);
}

/* Not private, loopback, link-local, shared, multicast or reserved. */
static bool is_public(uint32_t a)
{
	uint32_t net = a >> 24;

	return net != 0 && net != 10 && net != 100 && net != 127 && net != 169 && net != 172 &&
	       net != 192 && net < 224;
}

struct host host_public(enum role role, uint32_t number)
{
	struct host h = {.family = 4};
	uint32_t a = scatter((uint32_t)role << 28 | number);

	/* The start is a public address itself: the next one on its cycle belongs to no other
	 * start. */
	while (!is_public(a))
		a = scatter(a);
	put32(h.octet, a);
	return h;
}

struct host host_private(uint32_t number)
{
	struct host h = {.family = 4};

	put32(h.octet,
	      number & 1 ? 0xc0a80000 | (number & 0xfff0) | 10 : 0x0a000000 | (number & 0xffffff));
	return h;
}

struct host host_ipv6(uint32_t number)
{
	struct host h = {.family = 6, .octet = {0x20, 0x01, 0x0d, 0xb8}};

	put32(h.octet + 4, number);
	h.octet[15] = 1;
	return h;
}
