/*
 * Tunnels: what is inside, which domain it is in, how the wrapper is called.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/packets.h"

static struct pk p;
static struct pk_seen *seen;

static void set_up(void)
{
	seen = pk_open(NULL, NULL, 0);
}

static void tear_down(void)
{
	pk_close(seen);
}

TestSuite(net_tunnel, .init = set_up, .fini = tear_down);

static void inner(void)
{
	pk_begin(&p, "hello", 5);
	pk_udp(&p, 500, 500);
	pk_ip4(&p, 17, "192.0.2.1", "192.0.2.2");
}

static void outer(unsigned protocol)
{
	pk_ip4(&p, protocol, "10.0.0.1", "10.0.0.2");
	pk_ethernet(&p, 0x0800);
}

/* Feeds the packet; the domain that the message inside is in. */
static uint32_t domain(void)
{
	const struct ik_datagram *dg;

	pk_forget(seen);
	pk_feed(seen, &p, 1);
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_assert_eq(seen->n_problems, 0);
	dg = pk_first(seen, IK_DG_UDP);
	cr_assert(pk_is(&dg->src, "192.0.2.1"));
	cr_assert(pk_is(&dg->dst, "192.0.2.2"));
	cr_assert_eq(dg->length, 5);
	return dg->domain;
}

static const char *last_wrapper(void)
{
	const char *text = NULL;

	for (size_t i = 0; ik_net_wrapper(seen->net, i) != NULL; i++)
		text = ik_net_wrapper(seen->net, i)->text;
	return text;
}

static uint32_t gre_with(unsigned flags, unsigned type, uint32_t key)
{
	inner();
	if (type == 0x6558)
		pk_ethernet(&p, 0x0800);
	if ((flags & 0x1000) != 0)
		pk_push32(&p, 99);
	if ((flags & 0x2000) != 0)
		pk_push32(&p, key);
	if ((flags & 0x8000) != 0)
		pk_push32(&p, 0);
	pk_push16(&p, type);
	pk_push16(&p, flags);
	outer(47);
	return domain();
}

Test(net_tunnel, gre)
{
	uint32_t seven;

	cr_expect_eq(gre_with(0, 0x0800, 0), 0);
	cr_expect_str_eq(last_wrapper(), "GRE, 10.0.0.1 > 10.0.0.2");
	cr_expect_eq(gre_with(0x9000, 0x0800, 0), 0);
	cr_expect_eq(gre_with(0, 0x6558, 0), 0);
	seven = gre_with(0xb000, 0x0800, 7);
	cr_expect_str_eq(ik_net_domain(seen->net, seven), "GRE key 7");
	cr_expect_str_eq(last_wrapper(), "GRE key 7, 10.0.0.1 > 10.0.0.2");
	cr_expect_eq(gre_with(0x2000, 0x6558, 7), seven);
	cr_expect_neq(gre_with(0x2000, 0x6558, 8), seven);
}

Test(net_tunnel, outer_addresses_are_told)
{
	inner();
	pk_gre(&p, 0x0800);
	outer(47);
	(void)domain();
	cr_assert_eq(seen->n_datagrams, 2);
	cr_expect_eq(seen->datagram[0].kind, IK_DG_OTHER);
	cr_expect_eq(seen->datagram[0].ip_protocol, 47);
	cr_expect(pk_is(&seen->datagram[0].src, "10.0.0.1"));
}

Test(net_tunnel, gre_that_is_not_followed)
{
	static const unsigned flags[] = {0x4000, 0x0001, 0x2001};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		inner();
		pk_push16(&p, 0x0800);
		pk_push16(&p, flags[i]);
		outer(47);
		pk_forget(seen);
		pk_feed(seen, &p, 1);
		cr_expect_eq(seen->n_datagrams, 1, "row %zu", i);
		cr_expect_eq(pk_count(seen, IK_DG_OTHER), 1, "row %zu", i);
	}
	cr_expect_null(ik_net_wrapper(seen->net, 0));
}

Test(net_tunnel, erspan_i)
{
	inner();
	pk_ethernet(&p, 0x0800);
	pk_gre(&p, 0x88be);
	outer(47);
	cr_expect_eq(domain(), 0);
	cr_expect_str_eq(last_wrapper(), "ERSPAN I, 10.0.0.1 > 10.0.0.2");
}

static uint32_t erspan2(unsigned session, unsigned vlan, unsigned tag)
{
	inner();
	if (tag != 0)
		pk_vlan(&p, tag, 0x0800);
	pk_ethernet(&p, tag != 0 ? 0x8100 : 0x0800);
	pk_erspan2(&p, session, vlan);
	pk_gre_sequence(&p, 0x88be);
	outer(47);
	return domain();
}

Test(net_tunnel, erspan_ii)
{
	uint32_t twelve = erspan2(12, 0, 0), seven;

	cr_expect_str_eq(ik_net_domain(seen->net, twelve), "ERSPAN 12");
	cr_expect_str_eq(last_wrapper(), "ERSPAN II session 12, 10.0.0.1 > 10.0.0.2");
	cr_expect_neq(erspan2(13, 0, 0), twelve);
	cr_expect_eq(erspan2(12, 0, 0), twelve);
	seven = erspan2(12, 7, 0);
	cr_expect_str_eq(ik_net_domain(seen->net, seven), "ERSPAN 12 VLAN 7");
	cr_expect_eq(erspan2(12, 0, 7), seven);
	cr_expect_eq(erspan2(12, 7, 7), seven, "a tag that the header has named");
	cr_expect_str_eq(ik_net_domain(seen->net, erspan2(12, 7, 8)), "ERSPAN 12 VLAN 7 VLAN 8");
}

Test(net_tunnel, erspan_iii)
{
	inner();
	pk_ethernet(&p, 0x0800);
	pk_erspan3(&p, 5, 0);
	pk_gre_sequence(&p, 0x22eb);
	outer(47);
	cr_expect_str_eq(ik_net_domain(seen->net, domain()), "ERSPAN 5");
	inner();
	pk_ethernet(&p, 0x0800);
	pk_push_zeros(&p, 8);
	pk_push32(&p, 1);
	pk_push32(&p, 12345);
	pk_push32(&p, 0x20000005);
	pk_gre_sequence(&p, 0x22eb);
	outer(47);
	cr_expect_str_eq(ik_net_domain(seen->net, domain()), "ERSPAN 5", "with a subheader");
	inner();
	pk_push32(&p, 2 << 10);
	pk_push32(&p, 12345);
	pk_push32(&p, 0x20000005);
	pk_gre_sequence(&p, 0x22eb);
	outer(47);
	cr_expect_str_eq(ik_net_domain(seen->net, domain()), "ERSPAN 5", "an IP packet");
}

Test(net_tunnel, erspan_truncates)
{
	pk_begin_counting(&p, 200, 0);
	pk_udp(&p, 500, 500);
	pk_ip4(&p, 17, "192.0.2.1", "192.0.2.2");
	pk_ethernet(&p, 0x0800);
	memmove(p.room + 150, p.room, PK_ROOM - 150);
	p.len -= 150;
	pk_erspan2(&p, 0x400 | 12, 0);
	pk_gre_sequence(&p, 0x88be);
	outer(47);
	pk_feed(seen, &p, 1);
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect_eq(seen->n_problems, 0);
	cr_expect(pk_first(seen, IK_DG_UDP)->snapped);
	cr_expect_eq(pk_first(seen, IK_DG_UDP)->captured, 50);
	cr_expect_eq(pk_first(seen, IK_DG_UDP)->length, 200);
}

static uint32_t vxlan(uint32_t vni, unsigned port, const char *src)
{
	inner();
	pk_ethernet(&p, 0x0800);
	pk_vxlan(&p, vni);
	pk_udp(&p, 50000, port);
	pk_ip4(&p, 17, src, "10.0.0.2");
	pk_ethernet(&p, 0x0800);
	return domain();
}

Test(net_tunnel, vxlan)
{
	uint32_t vni = vxlan(5001, 4789, "10.0.0.1");

	cr_expect_str_eq(ik_net_domain(seen->net, vni), "VXLAN 5001");
	cr_expect_str_eq(last_wrapper(), "VXLAN VNI 5001, 10.0.0.1 > 10.0.0.2");
	cr_expect_eq(vxlan(5001, 8472, "10.0.0.3"), vni);
	cr_expect_str_eq(last_wrapper(), "VXLAN VNI 5001, 10.0.0.3 > 10.0.0.2");
	cr_expect_neq(vxlan(5002, 4789, "10.0.0.1"), vni);
}

Test(net_tunnel, vxlan_without_vni)
{
	inner();
	pk_ethernet(&p, 0x0800);
	pk_push_zeros(&p, 8);
	pk_udp(&p, 50000, 4789);
	outer(17);
	pk_feed(seen, &p, 1);
	cr_expect_eq(seen->n_datagrams, 1);
	cr_expect_eq(pk_count(seen, IK_DG_OTHER), 1);
}

Test(net_tunnel, geneve)
{
	uint32_t vni;

	inner();
	pk_ethernet(&p, 0x0800);
	pk_geneve(&p, 77, 0x6558, 3);
	pk_udp(&p, 50000, 6081);
	outer(17);
	vni = domain();
	cr_expect_str_eq(ik_net_domain(seen->net, vni), "Geneve 77");
	cr_expect_str_eq(last_wrapper(), "Geneve VNI 77, 10.0.0.1 > 10.0.0.2");
	inner();
	pk_geneve(&p, 77, 0x0800, 0);
	pk_udp(&p, 50000, 6081);
	outer(17);
	cr_expect_eq(domain(), vni);
}

Test(net_tunnel, ip_in_ip)
{
	inner();
	outer(4);
	cr_expect_eq(domain(), 0);
	cr_expect_str_eq(last_wrapper(), "IP in IP, 10.0.0.1 > 10.0.0.2");
	inner();
	pk_ip6(&p, 4, "2001:db8::a", "2001:db8::b");
	pk_ethernet(&p, 0x86dd);
	cr_expect_eq(domain(), 0);
	cr_expect_str_eq(last_wrapper(), "IP in IP, 2001:db8::a > 2001:db8::b");
	pk_begin(&p, "x", 1);
	pk_ip6(&p, 50, "2001:db8::1", "2001:db8::2");
	outer(41);
	pk_forget(seen);
	pk_feed(seen, &p, 1);
	cr_expect_eq(pk_count(seen, IK_DG_ESP), 1);
}

/* IPv6 fragments in QinQ in ERSPAN III in a VLAN. */
static void nested_part(unsigned offset, bool more, const void *octets, size_t n)
{
	pk_begin(&p, octets, n);
	pk_ip6_part(&p, 17, offset, more, 4711);
	pk_ip6(&p, 44, "2001:db8::1", "2001:db8::2");
	pk_vlan(&p, 20, 0x86dd);
	pk_vlan(&p, 10, 0x8100);
	pk_ethernet(&p, 0x88a8);
	pk_erspan3(&p, 9, 0);
	pk_gre_sequence(&p, 0x22eb);
	pk_ip4(&p, 47, "10.0.0.1", "10.0.0.2");
	pk_vlan(&p, 3, 0x0800);
	pk_ethernet(&p, 0x8100);
}

Test(net_tunnel, fragments_inside_tunnels)
{
	struct pk whole;
	const struct ik_datagram *dg;

	pk_begin_counting(&whole, 100, 0);
	pk_udp(&whole, 500, 500);
	nested_part(0, true, pk_octets(&whole), 64);
	pk_feed(seen, &p, 1);
	cr_expect_eq(pk_count(seen, IK_DG_UDP), 0);
	nested_part(64, false, pk_octets(&whole) + 64, 44);
	pk_feed(seen, &p, 1);
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	dg = pk_first(seen, IK_DG_UDP);
	cr_expect_str_eq(ik_net_domain(seen->net, dg->domain), "VLAN 3 ERSPAN 9 QinQ 10.20");
	cr_expect_eq(dg->fragments, 2);
	cr_expect_eq(dg->n_frames, 2);
	cr_expect_eq(dg->offset, 0);
	cr_expect_eq(dg->length, 100);
	cr_expect_eq(memcmp(dg->data, pk_octets(&whole) + 8, 100), 0);
	for (size_t n = 0; n < p.len; n++)
		pk_feed_snapped(seen, &p, 1, n);
}

/* The tunnel packet itself is in fragments, the message inside is whole. */
Test(net_tunnel, fragmented_tunnels)
{
	struct pk whole;
	const struct ik_datagram *dg;

	inner();
	pk_ethernet(&p, 0x0800);
	pk_vxlan(&p, 5);
	pk_udp(&p, 50000, 4789);
	whole = p;
	for (size_t at = 0; at < whole.len; at += 32) {
		bool more = at + 32 < whole.len;

		pk_begin(&p, pk_octets(&whole) + at, more ? 32 : whole.len - at);
		p.ip_id = 7;
		pk_ip4_part(&p, 17, (unsigned)at, more, "10.0.0.1", "10.0.0.2");
		pk_feed(seen, &p, 101);
	}
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	dg = pk_first(seen, IK_DG_UDP);
	cr_expect_eq(dg->fragments, 1);
	cr_expect_eq(dg->n_frames, 2);
	cr_expect_str_eq(ik_net_domain(seen->net, dg->domain), "VXLAN 5");
	cr_expect(pk_is(&dg->src, "192.0.2.1"));
	cr_expect_eq(memcmp(dg->data, "hello", 5), 0);
}

Test(net_tunnel, depth_is_limited)
{
	for (size_t layers = 0; layers < 40; layers++) {
		size_t reached = layers * 2 + 1 <= 16; /* each tunnel is a layer and an IP header */

		inner();
		for (size_t i = 0; i < layers; i++)
			pk_ip4(&p, 4, "10.0.0.1", "10.0.0.2");
		pk_forget(seen);
		pk_feed(seen, &p, 228);
		cr_expect_eq(pk_count(seen, IK_DG_UDP), reached, "%zu layers", layers);
		cr_expect_eq(seen->n_problems, 1 - reached, "%zu layers", layers);
	}
	cr_expect_eq(seen->problem[0].trouble, IK_NET_DEPTH);
	cr_expect_str_eq(ik_net_cap(seen->net, 3).name, "tunnel_depth");
	cr_expect_eq(ik_net_cap(seen->net, 3).lost, 32);
	cr_expect_eq(ik_net_cap(seen->net, 3).value, 16);
}

Test(net_tunnel, domains_are_limited)
{
	struct ikescope_limits limits = ikescope_limits_default();
	struct pk_seen *all = seen;
	char text[32];

	limits.domains = 20;
	seen = pk_open(&limits, NULL, 0);
	for (uint32_t vni = 1; vni <= 30; vni++) {
		uint32_t d = vxlan(vni, 4789, "10.0.0.1");

		(void)snprintf(text, sizeof(text), "VXLAN %u", vni);
		if (vni <= 20)
			cr_expect_str_eq(ik_net_domain(seen->net, d), text);
		else
			cr_expect_eq(d, 0);
	}
	cr_expect_eq(vxlan(1, 4789, "10.0.0.9"), vxlan(1, 4789, "10.0.0.1"));
	cr_expect_str_eq(ik_net_cap(seen->net, 4).name, "domains");
	cr_expect_eq(ik_net_cap(seen->net, 4).lost, 11);
	cr_expect_null(ik_net_cap(seen->net, 5).name);
	pk_close(seen);
	seen = all;
}
