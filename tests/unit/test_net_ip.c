/*
 * IPv4, IPv6, UDP, ESP, AH, and ICMP errors with what they quote.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/packets.h"

static struct pk p;
static struct pk_seen *seen;

static void set_up(void)
{
	const uint16_t ports[] = {1500, 65535};

	seen = pk_open(NULL, ports, 2);
}

static void tear_down(void)
{
	pk_close(seen);
}

TestSuite(net_ip, .init = set_up, .fini = tear_down);

static void udp(unsigned sport, unsigned dport)
{
	pk_begin(&p, "hello", 5);
	pk_udp(&p, sport, dport);
}

static void ip4(unsigned protocol)
{
	pk_ip4(&p, protocol, "192.0.2.1", "192.0.2.2");
}

static void feed(void)
{
	pk_forget(seen);
	pk_feed(seen, &p, 101);
}

Test(net_ip, fields_of_ipv4)
{
	const struct ik_datagram *dg = &seen->datagram[0];

	udp(500, 4500);
	p.ip_id = 0x1234;
	ip4(17);
	p.room[PK_ROOM - p.len + 1] = 0xb8;
	feed();
	cr_assert_eq(seen->n_datagrams, 1);
	cr_expect_eq(dg->kind, IK_DG_UDP);
	cr_expect_eq(dg->ip_protocol, 17);
	cr_expect_eq(dg->ttl, 64);
	cr_expect_eq(dg->tos, 0xb8);
	cr_expect(dg->has_ip_id);
	cr_expect_eq(dg->ip_id, 0x1234);
	cr_expect_eq(dg->sport, 500);
	cr_expect_eq(dg->dport, 4500);
	cr_expect_eq(dg->fragments, 1);
	cr_expect_eq(dg->n_frames, 1);
	cr_expect_null(dg->icmp);
}

Test(net_ip, fields_of_ipv6)
{
	const struct ik_datagram *dg = &seen->datagram[0];

	udp(500, 500);
	pk_ip6(&p, 17, "2001:db8::1", "2001:db8::2");
	feed();
	cr_assert_eq(seen->n_datagrams, 1);
	cr_expect_eq(dg->ttl, 63);
	cr_expect_eq(dg->tos, 0xaa);
	cr_expect_not(dg->has_ip_id);
}

Test(net_ip, ports)
{
	static const struct {
		unsigned sport, dport;
		enum ik_dg_kind kind;
	} rows[] = {
	        {500, 1, IK_DG_UDP},      {1, 500, IK_DG_UDP},   {4500, 9, IK_DG_UDP},
	        {9, 4500, IK_DG_UDP},     {1500, 9, IK_DG_UDP},  {9, 65535, IK_DG_UDP},
	        {501, 4501, IK_DG_OTHER}, {53, 53, IK_DG_OTHER}, {1501, 65534, IK_DG_OTHER},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp(rows[i].sport, rows[i].dport);
		ip4(17);
		feed();
		cr_assert_eq(seen->n_datagrams, 1, "row %zu", i);
		cr_expect_eq(seen->datagram[0].kind, rows[i].kind, "row %zu", i);
		cr_expect_eq(seen->datagram[0].ip_protocol, 17, "row %zu", i);
	}
}

Test(net_ip, options_of_ipv4)
{
	udp(500, 500);
	pk_push_zeros(&p, 40);
	ip4(17);
	/* the options were written as payload: move them behind the addresses by the header length
	 */
	p.room[PK_ROOM - p.len] = 0x4f;
	feed();
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect_eq(seen->datagram[0].length, 5);
}

static void patch4(size_t at, unsigned value)
{
	p.room[PK_ROOM - p.len + at] = (uint8_t)(value >> 8);
	p.room[PK_ROOM - p.len + at + 1] = (uint8_t)value;
}

Test(net_ip, lengths_of_ipv4)
{
	static const struct {
		unsigned total;
		size_t problems, messages;
	} rows[] = {
	        {33, 0, 1}, {0, 0, 1}, {34, 1, 1}, {65535, 1, 1}, {19, 1, 0}, {1, 1, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp(500, 500);
		ip4(17);
		patch4(2, rows[i].total);
		feed();
		cr_expect_eq(seen->n_problems, rows[i].problems, "row %zu", i);
		cr_expect_eq(pk_count(seen, IK_DG_UDP), rows[i].messages, "row %zu", i);
		if (rows[i].messages != 0)
			cr_expect_eq(seen->datagram[0].length, 5, "row %zu", i);
		if (rows[i].problems != 0)
			cr_expect_eq(seen->problem[0].offset, 2, "row %zu", i);
	}
}

Test(net_ip, versions_that_lie)
{
	udp(500, 500);
	ip4(17);
	p.room[PK_ROOM - p.len] = 0x65;
	pk_ethernet(&p, 0x0800);
	pk_feed(seen, &p, 1);
	cr_expect_eq(seen->n_problems, 1);
	cr_expect_eq(seen->problem[0].offset, 14);
	cr_expect_str_eq(seen->problem[0].layer, "IPv4");
	udp(500, 500);
	ip4(17);
	p.room[PK_ROOM - p.len] = 0x44;
	pk_feed(seen, &p, 228);
	cr_expect_eq(seen->n_problems, 2);
	udp(500, 500);
	pk_ip6(&p, 17, "2001:db8::1", "2001:db8::2");
	p.room[PK_ROOM - p.len] = 0x40;
	pk_feed(seen, &p, 229);
	cr_expect_eq(seen->n_problems, 3);
	cr_expect_eq(seen->n_datagrams, 0);
}

Test(net_ip, lengths_of_udp)
{
	static const struct {
		unsigned length;
		size_t problems, octets;
	} rows[] = {
	        {13, 0, 5}, {0, 0, 5}, {8, 0, 0}, {12, 0, 4}, {7, 1, 5}, {14, 1, 5}, {65535, 1, 5},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp(500, 500);
		ip4(17);
		patch4(24, rows[i].length);
		feed();
		cr_expect_eq(seen->n_problems, rows[i].problems, "row %zu", i);
		cr_assert_eq(pk_count(seen, IK_DG_UDP), 1, "row %zu", i);
		cr_expect_eq(seen->datagram[0].length, rows[i].octets, "row %zu", i);
		cr_expect_not(seen->datagram[0].snapped, "row %zu", i);
		if (rows[i].problems != 0)
			cr_expect_eq(seen->problem[0].offset, 24, "row %zu", i);
	}
}

Test(net_ip, extension_headers)
{
	udp(500, 500);
	pk_ip6_options(&p, 17, 0);
	pk_ip6_options(&p, 60, 2);
	pk_ip6_options(&p, 43, 1);
	pk_ip6(&p, 0, "2001:db8::1", "2001:db8::2");
	feed();
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect_eq(seen->datagram[0].ip_protocol, 17);
	cr_expect_eq(seen->n_problems, 0);
}

Test(net_ip, extension_header_beyond_the_end)
{
	udp(500, 500);
	pk_ip6_options(&p, 17, 0);
	p.room[PK_ROOM - p.len + 1] = 200;
	pk_ip6(&p, 0, "2001:db8::1", "2001:db8::2");
	feed();
	cr_expect_eq(seen->n_datagrams, 0);
	cr_expect_eq(seen->n_problems, 1);
}

Test(net_ip, jumbogram)
{
	udp(500, 500);
	pk_ip6(&p, 17, "2001:db8::1", "2001:db8::2");
	patch4(4, 0);
	feed();
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect_eq(seen->datagram[0].length, 5);
}

Test(net_ip, extension_headers_are_not_of_ipv4)
{
	static const unsigned protocols[] = {0, 43, 44, 60};

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		udp(500, 500);
		pk_ip6_options(&p, 17, 0);
		ip4(protocols[i]);
		feed();
		cr_expect_eq(seen->n_datagrams, 1, "row %zu", i);
		cr_expect_eq(seen->datagram[0].kind, IK_DG_OTHER, "row %zu", i);
	}
}

Test(net_ip, esp)
{
	pk_begin_counting(&p, 100, 1);
	ip4(50);
	pk_ethernet(&p, 0x0800);
	pk_feed_snapped(seen, &p, 1, 60);
	cr_assert_eq(seen->n_datagrams, 1);
	cr_expect_eq(seen->datagram[0].kind, IK_DG_ESP);
	cr_expect_eq(seen->datagram[0].offset, 34);
	cr_expect_eq(seen->datagram[0].length, 100);
	cr_expect_eq(seen->datagram[0].captured, 26);
	cr_expect(seen->datagram[0].snapped);
	cr_expect_eq(seen->data[0][0], 1);
}

Test(net_ip, ah_and_what_is_inside)
{
	udp(500, 500);
	pk_ah(&p, 17);
	ip4(51);
	feed();
	cr_assert_eq(seen->n_datagrams, 2);
	cr_expect_eq(seen->datagram[0].kind, IK_DG_AH);
	cr_expect_eq(seen->datagram[0].length, 24 + 13);
	cr_expect_eq(seen->datagram[1].kind, IK_DG_UDP);
	pk_begin_counting(&p, 40, 0);
	pk_ah(&p, 50);
	pk_ip6(&p, 51, "2001:db8::1", "2001:db8::2");
	feed();
	cr_assert_eq(seen->n_datagrams, 2);
	cr_expect_eq(seen->datagram[1].kind, IK_DG_ESP);
	pk_begin_counting(&p, 40, 0);
	pk_ah(&p, 89);
	ip4(51);
	feed();
	cr_expect_eq(seen->n_datagrams, 1);
}

Test(net_ip, ah_has_reserved_octets)
{
	udp(500, 500);
	pk_ah(&p, 17);
	p.room[PK_ROOM - p.len + 3] = 1;
	ip4(51);
	feed();
	cr_expect_eq(seen->n_datagrams, 2);
	cr_assert_eq(seen->n_problems, 1);
	cr_expect_eq(seen->problem[0].offset, 20 + 2);
}

Test(net_ip, ah_in_ah_ends)
{
	pk_begin(&p, "", 0);
	for (size_t i = 0; i < 100; i++)
		pk_ah(&p, 51);
	ip4(51);
	feed();
	cr_expect_eq(seen->n_datagrams, 14);
	cr_expect_eq(seen->n_problems, 1);
}

Test(net_ip, other_protocols)
{
	pk_begin_counting(&p, 20, 0);
	ip4(89);
	feed();
	cr_assert_eq(seen->n_datagrams, 1);
	cr_expect_eq(seen->datagram[0].kind, IK_DG_OTHER);
	cr_expect_eq(seen->datagram[0].ip_protocol, 89);
	cr_expect(pk_is(&seen->datagram[0].dst, "192.0.2.2"));
}

/* An ICMP error around what p holds. */
static void icmp4(unsigned type, unsigned code, uint32_t rest)
{
	pk_push32(&p, rest);
	pk_push16(&p, 0);
	pk_push16(&p, type << 8 | code);
	pk_ip4(&p, 1, "198.51.100.9", "192.0.2.1");
}

static void icmp6(unsigned type, unsigned code, uint32_t rest)
{
	pk_push32(&p, rest);
	pk_push16(&p, 0);
	pk_push16(&p, type << 8 | code);
	pk_ip6(&p, 58, "2001:db8::9", "2001:db8::1");
}

Test(net_ip, icmp_quotes_ike)
{
	const struct ik_icmp *icmp;

	udp(500, 4500);
	ip4(17);
	icmp4(3, 4, 1400);
	feed();
	cr_assert_eq(seen->n_datagrams, 1);
	cr_assert_eq(seen->datagram[0].kind, IK_DG_ICMP);
	cr_expect(pk_is(&seen->datagram[0].src, "198.51.100.9"));
	icmp = seen->datagram[0].icmp;
	cr_assert_not_null(icmp);
	cr_expect_eq(icmp->type, 3);
	cr_expect_eq(icmp->code, 4);
	cr_expect_eq(icmp->mtu, 1400);
	cr_expect(pk_is(&icmp->src, "192.0.2.1"));
	cr_expect(pk_is(&icmp->dst, "192.0.2.2"));
	cr_expect_eq(icmp->protocol, 17);
	cr_expect(icmp->has_ports);
	cr_expect_eq(icmp->sport, 500);
	cr_expect_eq(icmp->dport, 4500);
	cr_expect_eq(icmp->captured, 5);
}

Test(net_ip, icmp_types)
{
	static const struct {
		unsigned type;
		size_t passed;
	} rows[] = {{0, 0}, {3, 1}, {4, 1}, {5, 0}, {8, 0}, {11, 1}, {12, 1}, {13, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp(500, 500);
		ip4(17);
		icmp4(rows[i].type, 1, 1400);
		feed();
		cr_expect_eq(pk_count(seen, IK_DG_ICMP), rows[i].passed, "row %zu", i);
		cr_expect_eq(seen->n_datagrams, 1, "row %zu", i);
		if (rows[i].passed != 0)
			cr_expect_eq(seen->icmp[0].mtu, 0, "row %zu", i);
	}
}

Test(net_ip, icmp6_types)
{
	for (unsigned type = 0; type < 6; type++) {
		udp(500, 500);
		pk_ip6(&p, 17, "2001:db8::1", "2001:db8::2");
		icmp6(type, 0, type == 2 ? 1280 : 0);
		feed();
		cr_expect_eq(pk_count(seen, IK_DG_ICMP), type >= 1 && type <= 4, "type %u", type);
		if (type == 2)
			cr_expect_eq(seen->icmp[0].mtu, 1280);
	}
}

Test(net_ip, icmp_quotes_of_every_length)
{
	for (size_t cut = 0; cut <= 33; cut++) {
		struct pk whole;

		udp(500, 500);
		ip4(17);
		whole = p;
		pk_begin(&p, pk_octets(&whole), cut);
		icmp4(3, 3, 0);
		feed();
		cr_expect_eq(pk_count(seen, IK_DG_ICMP), cut >= 24, "cut at %zu", cut);
		if (cut >= 24)
			cr_expect_eq(seen->icmp[0].captured, cut > 28 ? cut - 28 : 0, "cut at %zu",
			             cut);
		if (cut >= 24)
			cr_expect_eq(seen->icmp[0].data != NULL, cut >= 28, "cut at %zu", cut);
	}
}

Test(net_ip, icmp_quotes_what_matters)
{
	static const struct {
		unsigned protocol, sport, offset;
		size_t passed;
	} rows[] = {
	        {17, 53, 0, 0}, {17, 4500, 0, 1}, {17, 1500, 0, 1}, {17, 500, 8, 0}, {50, 1, 0, 1},
	        {51, 1, 0, 1},  {6, 80, 0, 0},    {6, 4500, 0, 1},  {1, 8, 0, 0},    {50, 1, 8, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pk_begin(&p, "\0\0\0\x09", 4);
		pk_push16(&p, 9);
		pk_push16(&p, rows[i].sport);
		pk_ip4_part(&p, rows[i].protocol, rows[i].offset, rows[i].offset == 0, "192.0.2.1",
		            "192.0.2.2");
		icmp4(3, 1, 0);
		feed();
		cr_expect_eq(pk_count(seen, IK_DG_ICMP), rows[i].passed, "row %zu", i);
		if (rows[i].passed != 0 && rows[i].protocol >= 50) {
			cr_expect_not(seen->icmp[0].has_ports, "row %zu", i);
			cr_expect_eq(seen->icmp[0].captured, 8, "row %zu", i);
		}
	}
}

Test(net_ip, icmp_extensions_are_not_quoted)
{
	pk_begin_counting(&p, 100, 0);
	pk_udp(&p, 500, 500);
	ip4(17);
	pk_pad(&p, 12);
	icmp4(3, 1, 32 << 16);
	feed();
	cr_assert_eq(pk_count(seen, IK_DG_ICMP), 1);
	cr_expect_eq(seen->icmp[0].captured, 100);
	pk_begin_counting(&p, 200, 0);
	pk_udp(&p, 500, 500);
	ip4(17);
	icmp4(3, 1, 32 << 16);
	feed();
	cr_expect_eq(seen->icmp[0].captured, 100, "the length of RFC 4884 counts");
}

Test(net_ip, icmp6_quotes_fragments)
{
	udp(500, 500);
	pk_ip6_part(&p, 17, 0, true, 9);
	pk_ip6_options(&p, 44, 0);
	pk_ip6(&p, 0, "2001:db8::1", "2001:db8::2");
	icmp6(1, 4, 0);
	feed();
	cr_assert_eq(pk_count(seen, IK_DG_ICMP), 1);
	cr_expect_eq(seen->icmp[0].protocol, 17);
	udp(500, 500);
	pk_ip6_part(&p, 17, 8, true, 9);
	pk_ip6(&p, 44, "2001:db8::1", "2001:db8::2");
	icmp6(1, 4, 0);
	feed();
	cr_expect_eq(pk_count(seen, IK_DG_ICMP), 0);
}
