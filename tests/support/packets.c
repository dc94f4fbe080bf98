/* Packets for tests. SPDX-License-Identifier: Apache-2.0 */
#include "support/packets.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"

void pk_begin(struct pk *p, const void *payload, size_t n)
{
	memset(p, 0, sizeof(*p));
	pk_push(p, payload, n);
}

void pk_begin_counting(struct pk *p, size_t n, unsigned seed)
{
	memset(p, 0, sizeof(*p));
	cr_assert_leq(n, sizeof(p->room));
	p->len = n;
	for (size_t i = 0; i < n; i++)
		p->room[PK_ROOM - n + i] = (uint8_t)(seed + i);
}

const uint8_t *pk_octets(const struct pk *p)
{
	return p->room + PK_ROOM - p->len;
}

void pk_push(struct pk *p, const void *octets, size_t n)
{
	cr_assert_leq(n, PK_ROOM - p->len);
	p->len += n;
	memcpy(p->room + PK_ROOM - p->len, octets, n);
}

void pk_push16(struct pk *p, unsigned value)
{
	const uint8_t octets[] = {(uint8_t)(value >> 8), (uint8_t)value};

	pk_push(p, octets, sizeof(octets));
}

void pk_push32(struct pk *p, uint32_t value)
{
	pk_push16(p, value & 0xffff);
	pk_push16(p, value >> 16);
}

void pk_push_zeros(struct pk *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pk_push(p, "", 1);
}

void pk_pad(struct pk *p, size_t n)
{
	memmove(p->room + PK_ROOM - p->len - n, pk_octets(p), p->len);
	p->len += n;
	memset(p->room + PK_ROOM - n, 0, n);
}

void pk_udp(struct pk *p, unsigned sport, unsigned dport)
{
	unsigned length = (unsigned)p->len + 8;

	pk_push16(p, 0);
	pk_push16(p, length);
	pk_push16(p, dport);
	pk_push16(p, sport);
}

void pk_tcp(struct pk *p, unsigned sport, unsigned dport, uint32_t seq, uint32_t ack,
            unsigned flags)
{
	pk_push32(p, 0);
	pk_push16(p, 0xffff);
	pk_push16(p, 0x5000 | flags);
	pk_push32(p, ack);
	pk_push32(p, seq);
	pk_push16(p, dport);
	pk_push16(p, sport);
}

static void push_address(struct pk *p, const char *text)
{
	struct ikescope_addr a;

	cr_assert(ik_addr_parse(&a, text));
	pk_push(p, a.octet, ik_addr_len(&a));
}

void pk_ip4_part(struct pk *p, unsigned protocol, unsigned offset, bool more, const char *src,
                 const char *dst)
{
	unsigned length = (unsigned)p->len + 20;

	push_address(p, dst);
	push_address(p, src);
	pk_push16(p, 0);
	pk_push16(p, 64 << 8 | protocol);
	pk_push16(p, (more ? 0x2000U : 0) | offset / 8);
	pk_push16(p, p->ip_id);
	pk_push16(p, length);
	pk_push16(p, 0x4500);
}

void pk_ip4(struct pk *p, unsigned protocol, const char *src, const char *dst)
{
	pk_ip4_part(p, protocol, 0, false, src, dst);
}

void pk_ip6(struct pk *p, unsigned next, const char *src, const char *dst)
{
	unsigned length = (unsigned)p->len;

	push_address(p, dst);
	push_address(p, src);
	pk_push16(p, next << 8 | 63);
	pk_push16(p, length);
	pk_push32(p, 0x6aa00000);
}

void pk_ip6_part(struct pk *p, unsigned next, unsigned offset, bool more, uint32_t id)
{
	pk_push32(p, id);
	pk_push16(p, offset | (more ? 1U : 0));
	pk_push16(p, next << 8);
}

void pk_ip6_options(struct pk *p, unsigned next, size_t extra)
{
	pk_push_zeros(p, 6 + extra * 8);
	pk_push16(p, next << 8 | (unsigned)extra);
}

void pk_ethernet(struct pk *p, unsigned type)
{
	pk_push16(p, type);
	pk_push(p, "\x02\0\0\0\0\x01\x02\0\0\0\0\x02", 12);
}

void pk_vlan(struct pk *p, unsigned id, unsigned type)
{
	pk_push16(p, type);
	pk_push16(p, 0xe000 | id);
}

void pk_gre(struct pk *p, unsigned type)
{
	pk_push16(p, type);
	pk_push16(p, 0);
}

void pk_gre_sequence(struct pk *p, unsigned type)
{
	pk_push32(p, 77);
	pk_push16(p, type);
	pk_push16(p, 0x1000);
}

void pk_erspan2(struct pk *p, unsigned session, unsigned vlan)
{
	pk_push32(p, 5);
	pk_push16(p, session);
	pk_push16(p, 0x1000 | vlan);
}

void pk_erspan3(struct pk *p, unsigned session, unsigned vlan)
{
	pk_push32(p, 0);
	pk_push32(p, 12345);
	pk_push16(p, session);
	pk_push16(p, 0x2000 | vlan);
}

void pk_vxlan(struct pk *p, uint32_t vni)
{
	pk_push32(p, vni << 8);
	pk_push32(p, 0x08000000);
}

void pk_geneve(struct pk *p, uint32_t vni, unsigned type, size_t options)
{
	pk_push_zeros(p, options * 4);
	pk_push32(p, vni << 8);
	pk_push16(p, type);
	pk_push16(p, (unsigned)options << 8);
}

void pk_pppoe(struct pk *p, unsigned session)
{
	pk_push16(p, (unsigned)p->len);
	pk_push16(p, session);
	pk_push16(p, 0x1100);
}

void pk_mpls(struct pk *p, uint32_t label, bool bottom)
{
	pk_push32(p, label << 12 | (bottom ? 0x100U : 0) | 64);
}

void pk_ah(struct pk *p, unsigned next)
{
	pk_push_zeros(p, 12);
	pk_push32(p, 1);
	pk_push32(p, 0xabcd);
	pk_push32(p, (uint32_t)next << 24 | 4 << 16);
}

static void see_datagram(void *ctx, const struct ik_datagram *dg)
{
	struct pk_seen *s = (struct pk_seen *)ctx;
	size_t i = s->n_datagrams++;

	cr_assert_leq(dg->captured, dg->length);
	cr_assert_geq(dg->n_frames, 1);
	cr_assert_eq(dg->frames[dg->n_frames - 1], s->frame);
	if (i >= PK_SEEN)
		return;
	s->datagram[i] = *dg;
	memcpy(s->data[i], dg->data, dg->captured < PK_KEPT ? dg->captured : PK_KEPT);
	s->datagram[i].data = s->data[i];
	memcpy(s->frames[i], dg->frames,
	       (dg->n_frames < 16 ? dg->n_frames : 16) * sizeof(uint64_t));
	s->datagram[i].frames = s->frames[i];
	if (dg->icmp == NULL)
		return;
	s->icmp[i] = *dg->icmp;
	s->datagram[i].icmp = &s->icmp[i];
}

static void see_lost(void *ctx, const struct ik_incomplete *lost)
{
	struct pk_seen *s = (struct pk_seen *)ctx;
	size_t i = s->n_lost++;

	cr_assert_geq(lost->n_frames, 1);
	if (i >= PK_SEEN)
		return;
	s->lost[i] = *lost;
	if (lost->data != NULL)
		memcpy(s->lost_data[i], lost->data, lost->captured < 64 ? lost->captured : 64);
}

static void see_problem(void *ctx, const struct ik_net_problem *problem)
{
	struct pk_seen *s = (struct pk_seen *)ctx;
	size_t i = s->n_problems++;

	cr_assert_leq(problem->offset, problem->packet->captured);
	if (i < PK_SEEN)
		s->problem[i] = *problem;
}

struct pk_seen *pk_open(const struct ikescope_limits *limits, const uint16_t *ports, size_t n_ports)
{
	const struct ikescope_limits presets = ikescope_limits_default();
	const struct ik_hash_key key = {{1, 2, 3}};
	struct pk_seen *s = (struct pk_seen *)calloc(1, sizeof(*s));
	const struct ik_net_sink sink = {s, see_datagram, see_lost, see_problem};

	cr_assert_not_null(s);
	s->net = ik_net_new(limits != NULL ? limits : &presets, &key, ports, n_ports, &sink);
	cr_assert_not_null(s->net);
	return s;
}

void pk_close(struct pk_seen *s)
{
	ik_net_free(s->net);
	free(s);
}

void pk_forget(struct pk_seen *s)
{
	s->n_datagrams = s->n_lost = s->n_problems = 0;
}

void pk_feed_octets(struct pk_seen *s, const uint8_t *data, size_t captured, size_t length,
                    uint16_t link_type, ikescope_time time)
{
	uint8_t *exact = (uint8_t *)malloc(captured + (captured == 0));
	const struct ikescope_packet packet = {
	        .at = {1, ++s->frame},
	        .time = time,
	        .link_type = link_type,
	        .data = exact,
	        .captured = captured,
	        .length = length,
	};

	cr_assert_not_null(exact);
	memcpy(exact, data, captured);
	cr_assert(ik_net_packet(s->net, &packet));
	free(exact);
}

void pk_feed_snapped(struct pk_seen *s, const struct pk *p, uint16_t link_type, size_t captured)
{
	pk_feed_octets(s, pk_octets(p), captured, p->len, link_type, p->time);
}

void pk_feed(struct pk_seen *s, const struct pk *p, uint16_t link_type)
{
	pk_feed_snapped(s, p, link_type, p->len);
}

size_t pk_count(const struct pk_seen *s, enum ik_dg_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_datagrams && i < PK_SEEN; i++)
		n += s->datagram[i].kind == kind;
	return n;
}

const struct ik_datagram *pk_first(const struct pk_seen *s, enum ik_dg_kind kind)
{
	for (size_t i = 0; i < s->n_datagrams && i < PK_SEEN; i++)
		if (s->datagram[i].kind == kind)
			return &s->datagram[i];
	return NULL;
}

bool pk_is(const struct ikescope_addr *a, const char *text)
{
	struct ikescope_addr b;

	return ik_addr_parse(&b, text) && ik_addr_eq(a, &b);
}
