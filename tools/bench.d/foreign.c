/*
 * Traffic that has nothing to do with IPsec: conversations of TCP, UDP, ICMP, GRE and ARP.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONVERSATIONS = 4096, PERCENT_IPV6 = 25, PERCENT_VLAN = 20, LIFE = 400, HEAD_TCP = 20 };

struct conversation {
	const struct kind *kind;
	struct host end[2];
	uint16_t port[2];
	uint16_t vlan;
	uint32_t sequence[2]; /* of TCP, or what else counts */
	uint32_t packets, life;
};

struct foreign {
	struct rng rng;
	uint32_t made;
	struct conversation all[CONVERSATIONS];
};

struct kind {
	uint8_t weight;
	uint16_t port; /* of the side that is asked */
	bool only_ip4;
	void (*send)(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time);
};

static struct route route_of(struct foreign *f, const struct conversation *k, bool back)
{
	return (struct route){&k->end[back], &k->end[!back], (uint16_t)rng_next(&f->rng),
	                      k->vlan,       back ? 55 : 63, back};
}

static uint8_t *put_random(struct foreign *f, uint8_t *at, size_t n)
{
	rng_fill(&f->rng, at, n);
	return at + n;
}

/* --- TCP ---------------------------------------------------------------------------------- */

enum { FIN = 1, SYN = 2, ACK = 16 };

static uint8_t *put_tcp(struct foreign *f, struct conversation *k, uint8_t *at, bool back,
                        unsigned flags, size_t n)
{
	at = put16(put16(at, k->port[back]), k->port[!back]);
	at = put32(put32(at, k->sequence[back]), flags == SYN ? 0 : k->sequence[!back]);
	at = put16(put16(at, 0x5000 | flags), 64240);
	at = put32(at, 0);
	k->sequence[back] += (uint32_t)n + ((flags & (SYN | FIN)) != 0);
	return put_random(f, at, n);
}

static void send_tcp(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	bool last = k->packets + 2 >= k->life;
	bool back = k->packets == 1 || (k->packets > 2 && rng_percent(&f->rng, 60));
	unsigned flags = k->packets == 0   ? SYN
	                 : k->packets == 1 ? SYN | ACK
	                 : last            ? ACK | FIN
	                                   : ACK;
	size_t n = 0;
	struct route r = route_of(f, k, back);
	uint8_t *head, *end;

	if (k->packets > 2 && !last && (back || rng_percent(&f->rng, 30)))
		n = rng_percent(&f->rng, 75) ? 1440 : rng_between(&f->rng, 20, 1000);
	head = put_ip(frame_begin(c), &r, PROTO_TCP, HEAD_TCP + n);
	end = put_tcp(f, k, head, back, flags, n);
	put16(head + 16, checksum(&r, PROTO_TCP, head, HEAD_TCP + n));
	frame_end(c, time, end);
}

/* --- UDP ---------------------------------------------------------------------------------- */

static void send_datagram(struct foreign *f, struct conversation *k, struct capture *c,
                          uint64_t time, bool back, const uint8_t *data, size_t n)
{
	struct route r = route_of(f, k, back);

	send_udp(c, time, &r, k->port[back], k->port[!back], data, n, false);
}

static void send_quic(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	uint8_t data[1350];
	bool back = rng_percent(&f->rng, 75);
	size_t n = back ? rng_between(&f->rng, 900, 1350) : rng_between(&f->rng, 30, 90);

	put_random(f, data, n);
	data[0] = (uint8_t)(0x40 | (data[0] & 0x3f)); /* short header */
	send_datagram(f, k, c, time, back, data, n);
}

/* RTP with 20 milliseconds of G.711 (RFC 3550). */
static void send_voice(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	uint8_t data[172], *at = data;
	bool back = k->packets & 1;

	at = put16(put8(put8(at, 0x80), 0), ++k->sequence[back]);
	at = put32(put32(at, 160 * k->sequence[back]), k->port[back]);
	put_random(f, at, 160);
	send_datagram(f, k, c, time, back, data, sizeof(data));
}

/* A question for an address, and its answer. */
static void send_dns(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	static const uint8_t tail[] = "\7example\3com\0\0\1\0\1";
	uint8_t data[64], *at = data;
	bool back = k->packets & 1;

	at = put16(put16(at, k->sequence[0] + k->packets / 2), back ? 0x8180 : 0x0100);
	at = put32(put16(put16(at, 1), back), 0);
	at = put8(at, 4);
	at = put32(at, 0x77777730 + k->packets / 2 % 10);
	memcpy(at, tail, sizeof(tail) - 1);
	at += sizeof(tail) - 1;
	if (back) {
		at = put32(put32(put32(at, 0xc00c0001), 0x00010000), 300u << 16 | 4);
		at = put_random(f, at, 4);
	}
	send_datagram(f, k, c, time, back, data, (size_t)(at - data));
}

/* --- others ------------------------------------------------------------------------------- */

static void send_echo(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	bool back = k->packets & 1, six = k->end[0].family == 6;
	struct route r = route_of(f, k, back);
	unsigned protocol = six ? PROTO_ICMP6 : PROTO_ICMP;
	uint8_t *head = put_ip(frame_begin(c), &r, (uint8_t)protocol, 64), *at = head;

	at = put8(put8(at, six ? 128 + back : 8 * !back), 0);
	at = put16(put16(put16(at, 0), k->port[0]), k->packets / 2);
	at = put_random(f, at, 56);
	put16(head + 2, checksum(six ? &r : NULL, PROTO_ICMP6, head, 64));
	frame_end(c, time, at);
}

/* GRE (RFC 2784) around IPv4 and TCP. */
static void send_gre(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	bool back = k->packets & 1;
	struct route r = route_of(f, k, back);
	struct host a = host_private(k->port[0]), b = host_private(k->port[0] + 1u);
	struct route inner = {back ? &b : &a, back ? &a : &b, (uint16_t)k->packets, 0, 64, back};
	size_t n = rng_percent(&f->rng, 60) ? 1380 : 0;
	uint8_t *at = put_ip(frame_begin(c), &r, PROTO_GRE, 4 + 20 + HEAD_TCP + n), *tcp, *end;

	tcp = put_bare_ip(put32(at, 0x0800), &inner, PROTO_TCP, HEAD_TCP + n);
	end = put_tcp(f, k, tcp, back, ACK, n);
	put16(tcp + 16, checksum(&inner, PROTO_TCP, tcp, HEAD_TCP + n));
	frame_end(c, time, end);
}

static void send_arp(struct foreign *f, struct conversation *k, struct capture *c, uint64_t time)
{
	bool back = k->packets & 1;
	struct route r = route_of(f, k, back);
	uint8_t *at = put_ethernet(frame_begin(c), &r, 0x0806);

	at = put16(put32(put16(at, 1), 0x08000604), back ? 2 : 1);
	at = put32(put16(at, 0x0200), 1u + back);
	memcpy(at, k->end[back].octet, 4);
	at = put32(put16(at + 4, back ? 0x0200 : 0), back ? 1 : 0);
	memcpy(at, k->end[!back].octet, 4);
	frame_end(c, time, at + 4);
}

/* clang-format off */
static const struct kind kinds[] = {
	/* weight port  ip4    send */
	{62,      443, false, send_tcp},
	{ 6,       22, false, send_tcp},
	{14,      443, false, send_quic},
	{ 7,       53, false, send_dns},
	{ 4,    10000, false, send_voice},
	{ 3,        0, false, send_echo},
	{ 3,        0, true,  send_gre},
	{ 1,        0, true,  send_arp},
};
/* clang-format on */

static const struct kind *pick_kind(struct foreign *f)
{
	const struct kind *k = kinds;
	uint32_t at = rng_below(&f->rng, 100);

	for (; at >= k->weight; k++)
		at -= k->weight;
	return k;
}

static void begin(struct foreign *f, struct conversation *k)
{
	uint32_t number = f->made++;

	memset(k, 0, sizeof(*k));
	k->kind = pick_kind(f);
	if (!k->kind->only_ip4 && rng_percent(&f->rng, PERCENT_IPV6)) {
		k->end[0] = host_ipv6(0x60000000 + number / 3);
		k->end[1] = host_ipv6(0x70000000 + rng_below(&f->rng, 2000));
	} else {
		k->end[0] = host_public(ROLE_FOREIGN, number / 3);
		k->end[1] = host_public(ROLE_FOREIGN, 0x8000000 + rng_below(&f->rng, 2000));
	}
	k->port[0] = (uint16_t)rng_between(&f->rng, 32768, 60999);
	k->port[1] = k->kind->port;
	if (rng_percent(&f->rng, PERCENT_VLAN))
		k->vlan = (uint16_t)rng_between(&f->rng, 10, 40);
	k->sequence[0] = (uint32_t)rng_next(&f->rng);
	k->sequence[1] = (uint32_t)rng_next(&f->rng);
	k->life = rng_between(&f->rng, 10, LIFE);
}

struct foreign *foreign_new(uint64_t seed)
{
	struct foreign *f = malloc(sizeof(*f));

	if (f == NULL) {
		perror("generator");
		exit(1);
	}
	f->rng = rng_seeded(seed);
	f->made = 0;
	for (size_t i = 0; i < CONVERSATIONS; i++) {
		begin(f, &f->all[i]);
		f->all[i].packets = rng_below(&f->rng, f->all[i].life);
	}
	return f;
}

void foreign_send(struct foreign *f, struct capture *c, uint64_t time)
{
	double u = rng_unit(&f->rng);
	struct conversation *k = &f->all[(size_t)(u * u * CONVERSATIONS)];

	k->kind->send(f, k, c, time);
	if (++k->packets == k->life)
		begin(f, k);
}

void foreign_free(struct foreign *f)
{
	free(f);
}
