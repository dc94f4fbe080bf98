/*
 * Packets cut at every length and with every octet changed: nothing may crash, overrun or loop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/packets.h"

static struct pk_seen *seen;

static void set_up(void)
{
	struct ikescope_limits limits = ikescope_limits_default();

	limits.fragment_datagrams = 8;
	limits.tcp_streams = 4;
	limits.domains = 16;
	seen = pk_open(&limits, NULL, 0);
}

static void tear_down(void)
{
	ik_net_flush(seen->net);
	pk_close(seen);
}

TestSuite(net_hostile, .init = set_up, .fini = tear_down, .timeout = 300);

static void ike(struct pk *p)
{
	pk_begin_counting(p, 30, 0);
	pk_udp(p, 500, 500);
	pk_ip4(p, 17, "192.0.2.1", "192.0.2.2");
}

static void build_tags(struct pk *p)
{
	ike(p);
	pk_push16(p, 0x0021);
	pk_pppoe(p, 1);
	pk_vlan(p, 2, 0x8864);
	pk_vlan(p, 1, 0x8100);
	pk_ethernet(p, 0x88a8);
}

static void build_erspan(struct pk *p)
{
	ike(p);
	pk_vlan(p, 2, 0x0800);
	pk_ethernet(p, 0x8100);
	pk_erspan3(p, 7, 3);
	pk_gre_sequence(p, 0x22eb);
	pk_ip4(p, 47, "10.0.0.1", "10.0.0.2");
	pk_ethernet(p, 0x0800);
}

static void build_mpls(struct pk *p)
{
	ike(p);
	pk_ethernet(p, 0x0800);
	pk_push32(p, 0);
	pk_mpls(p, 100, true);
	pk_mpls(p, 200, false);
	pk_ethernet(p, 0x8847);
}

static void build_vxlan(struct pk *p)
{
	ike(p);
	pk_geneve(p, 5, 0x0800, 2);
	pk_udp(p, 9, 6081);
	pk_ip6(p, 17, "2001:db8::1", "2001:db8::2");
	pk_ethernet(p, 0x86dd);
	pk_vxlan(p, 9);
	pk_udp(p, 9, 4789);
	pk_ip4(p, 17, "10.0.0.1", "10.0.0.2");
	pk_ethernet(p, 0x0800);
}

static void build_fragment6(struct pk *p)
{
	pk_begin_counting(p, 32, 0);
	pk_udp(p, 4500, 4500);
	pk_ip6_options(p, 17, 0);
	pk_ip6_part(p, 60, 0, true, 3);
	pk_ip6_options(p, 44, 1);
	pk_ip6(p, 0, "2001:db8::1", "2001:db8::2");
	pk_ethernet(p, 0x86dd);
}

static void build_fragment4(struct pk *p)
{
	pk_begin_counting(p, 32, 0);
	p->ip_id = 5;
	pk_ip4_part(p, 50, 24, true, "192.0.2.1", "192.0.2.2");
	pk_ethernet(p, 0x0800);
}

static void build_icmp(struct pk *p)
{
	ike(p);
	pk_push32(p, 20 << 16);
	pk_push32(p, 0x03030000);
	pk_ip4(p, 1, "10.0.0.1", "192.0.2.1");
	pk_ethernet(p, 0x0800);
}

static void build_icmp6(struct pk *p)
{
	pk_begin_counting(p, 20, 0);
	pk_ip6_part(p, 50, 0, true, 3);
	pk_ip6_options(p, 44, 0);
	pk_ip6(p, 60, "2001:db8::1", "2001:db8::2");
	pk_push32(p, 1280);
	pk_push32(p, 0x02000000);
	pk_ip6(p, 58, "2001:db8::9", "2001:db8::1");
	pk_ethernet(p, 0x86dd);
}

static void build_tcp(struct pk *p)
{
	pk_begin_counting(p, 20, 0);
	pk_push16(p, 22);
	pk_push(p, "IKETCP", 6);
	pk_tcp(p, 1, 4500, 7, 7, 16);
	pk_ip4(p, 6, "192.0.2.1", "192.0.2.2");
	pk_ethernet(p, 0x0800);
}

static void build_ah(struct pk *p)
{
	ike(p);
	pk_ah(p, 4);
	pk_ip4(p, 51, "192.0.2.1", "192.0.2.2");
	pk_ethernet(p, 0x0800);
}

static void (*const builds[])(struct pk *) = {
        build_tags,      build_erspan, build_mpls,  build_vxlan, build_fragment6,
        build_fragment4, build_icmp,   build_icmp6, build_tcp,   build_ah,
};

/* Every link type that fits a small table, so that each sees octets that are not its own. */
static const uint16_t link_types[] = {1,   0,   9,   50,  51,  101, 104, 109,
                                      113, 204, 228, 229, 239, 258, 276};

Test(net_hostile, cut_at_every_length)
{
	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++) {
		struct pk p;

		builds[b](&p);
		for (size_t n = 0; n <= p.len; n++) {
			pk_feed_snapped(seen, &p, 1, n);
			pk_feed_octets(seen, pk_octets(&p), n, n, 1, (ikescope_time)n);
		}
	}
}

Test(net_hostile, every_octet_changed)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff, 0x40, 0x04};

	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++) {
		struct pk p;

		builds[b](&p);
		for (size_t i = 0; i < p.len; i++) {
			for (size_t m = 0; m < sizeof(masks); m++) {
				p.room[PK_ROOM - p.len + i] ^= masks[m];
				pk_feed(seen, &p, 1);
				p.room[PK_ROOM - p.len + i] ^= masks[m];
			}
		}
	}
}

Test(net_hostile, every_link_type)
{
	for (size_t b = 0; b < sizeof(builds) / sizeof(builds[0]); b++) {
		struct pk p;

		builds[b](&p);
		for (size_t l = 0; l < sizeof(link_types) / sizeof(link_types[0]); l++)
			for (size_t skip = 0; skip < p.len; skip++)
				pk_feed_octets(seen, pk_octets(&p) + skip, p.len - skip,
				               p.len - skip, link_types[l],
				               INT64_MAX - (ikescope_time)skip);
	}
}

/* A generator of its own, so that a failure can be repeated. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

Test(net_hostile, random_changes)
{
	uint32_t state = 1;

	for (size_t round = 0; round < 20000; round++) {
		struct pk p;

		builds[next_random(&state) % (sizeof(builds) / sizeof(builds[0]))](&p);
		for (size_t i = 0; i < 4; i++)
			p.room[PK_ROOM - 1 - next_random(&state) % p.len] =
			        (uint8_t)next_random(&state);
		p.time = (ikescope_time)next_random(&state) * 1000;
		pk_feed_snapped(seen, &p, 1, 1 + next_random(&state) % p.len);
	}
}

Test(net_hostile, no_octets_at_all)
{
	for (size_t l = 0; l < sizeof(link_types) / sizeof(link_types[0]); l++) {
		const struct ikescope_packet packet = {.at = {1, 1}, .link_type = link_types[l]};

		cr_expect(ik_net_packet(seen->net, &packet));
	}
	cr_expect_eq(seen->n_datagrams, 0);
	ik_net_free(NULL);
}
