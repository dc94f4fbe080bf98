/*
 * Link layers: every LINKTYPE_ of the table, tags, padding, PPP, MPLS.
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
	seen = pk_open(NULL, NULL, 0);
}

static void tear_down(void)
{
	pk_close(seen);
}

TestSuite(net_link, .init = set_up, .fini = tear_down);

static void inner4(void)
{
	pk_begin(&p, "hello", 5);
	pk_udp(&p, 500, 500);
	pk_ip4(&p, 17, "192.0.2.1", "192.0.2.2");
}

static void inner6(void)
{
	pk_begin(&p, "hello", 5);
	pk_udp(&p, 4500, 4500);
	pk_ip6(&p, 17, "2001:db8::1", "2001:db8::2");
}

struct link_case {
	uint16_t link_type;
	bool six;
	const char *octets; /* in front of the IP header */
	size_t n;
};

#define BYTES(text) text, sizeof(text) - 1
/* clang-format off */
static const struct link_case cases[] = {
	{0,   false, BYTES("\x02\0\0\0")},
	{0,   false, BYTES("\0\0\0\x02")},
	{0,   true,  BYTES("\x1e\0\0\0")},
	{0,   true,  BYTES("\0\0\0\x1c")},
	{108, true,  BYTES("\0\0\0\x18")},
	{1,   false, BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x08\0")},
	{1,   true,  BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x86\xdd")},
	{1,   false, BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\0\x29\xaa\xaa\3\0\0\0\x08\0")},
	{1,   false, BYTES("\1\1\1\1\1\1\2\2\2\2\2\2\x81\0\xa0\0\x08\0")},
	{9,   false, BYTES("\xff\3\0\x21")},
	{9,   false, BYTES("\0\x21")},
	{9,   false, BYTES("\x21")},
	{9,   true,  BYTES("\xff\3\x57")},
	{50,  false, BYTES("\xff\3\0\x21")},
	{50,  false, BYTES("\x0f\0\x08\0")},
	{51,  false, BYTES("\x11\0\0\7\0\x23\0\x21")},
	{204, true,  BYTES("\1\xff\3\0\x57")},
	{104, true,  BYTES("\x8f\0\x86\xdd")},
	{12,  false, BYTES("")},
	{14,  true,  BYTES("")},
	{101, false, BYTES("")},
	{101, true,  BYTES("")},
	{228, false, BYTES("")},
	{229, true,  BYTES("")},
	{109, false, BYTES("\2\0\0\0\1\2\3\4\0\0\0\1")},
	{109, true,  BYTES("\0\0\0\x18\1\2\3\4\0\0\0\1")},
	{113, false, BYTES("\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0")},
	{113, true,  BYTES("\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x86\xdd")},
	{276, false, BYTES("\x08\0\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0")},
	{276, true,  BYTES("\x86\xdd\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0")},
	{239, false, BYTES("\2\0\0\0\x08\0\1\0\x08\0\1\0\5\0\x0a\0\x61\0\0\0\x25\0\x09\0")},
	{239, true,  BYTES("\x0a\0\0\0\0\x08\0\1\x08\0\1\0\0\x39\0\x09")},
	{258, false, BYTES("\x10\0\0\0\1\0\0\0\x0c\0\0\0\1\2\3\4")},
	{258, true,  BYTES("\x0c\0\0\0\1\0\0\0\1\0\0\0\1\1\1\1\1\1\2\2\2\2\2\2\x86\xdd")},
};
/* clang-format on */

Test(net_link, every_link_type)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct link_case *row = &cases[i];
		const struct ik_datagram *dg;

		if (row->six)
			inner6();
		else
			inner4();
		pk_push(&p, row->octets, row->n);
		pk_forget(seen);
		pk_feed(seen, &p, row->link_type);
		dg = pk_first(seen, IK_DG_UDP);
		cr_assert_not_null(dg, "row %zu", i);
		cr_expect_eq(seen->n_datagrams, 1, "row %zu", i);
		cr_expect_eq(seen->n_problems, 0, "row %zu", i);
		cr_expect_eq(dg->captured, 5, "row %zu", i);
		cr_expect_eq(dg->length, 5, "row %zu", i);
		cr_expect_not(dg->snapped, "row %zu", i);
		cr_expect_eq(memcmp(dg->data, "hello", 5), 0, "row %zu", i);
		cr_expect_eq(dg->offset, p.len - 5, "row %zu", i);
		cr_expect_eq(dg->domain, 0, "row %zu", i);
		cr_expect(pk_is(&dg->src, row->six ? "2001:db8::1" : "192.0.2.1"), "row %zu", i);
		cr_expect(pk_is(&dg->dst, row->six ? "2001:db8::2" : "192.0.2.2"), "row %zu", i);
		cr_expect_not_null(ik_net_link_name(row->link_type), "row %zu", i);
	}
}

Test(net_link, every_link_type_cut_off)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct link_case *row = &cases[i];

		if (row->six)
			inner6();
		else
			inner4();
		pk_push(&p, row->octets, row->n);
		for (size_t n = 0; n < p.len - 5; n++) {
			pk_forget(seen);
			pk_feed_snapped(seen, &p, row->link_type, n);
			cr_expect_eq(pk_count(seen, IK_DG_UDP), 0, "row %zu cut at %zu", i, n);
			cr_expect_eq(seen->n_problems, 0, "row %zu cut at %zu", i, n);
		}
		pk_forget(seen);
		pk_feed_snapped(seen, &p, row->link_type, p.len - 2);
		cr_expect_eq(pk_count(seen, IK_DG_UDP), 1, "row %zu", i);
		cr_expect(seen->datagram[0].snapped, "row %zu", i);
		cr_expect_eq(seen->datagram[0].length, 5, "row %zu", i);
		cr_expect_eq(seen->datagram[0].captured, 3, "row %zu", i);
	}
}

Test(net_link, unknown_link_types)
{
	cr_expect_null(ik_net_link_name(2));
	cr_expect_null(ik_net_link_name(277));
	cr_expect_null(ik_net_link_name(65535));
	inner4();
	pk_feed(seen, &p, 2);
	pk_feed(seen, &p, 277);
	pk_feed(seen, &p, 65535);
	cr_expect_eq(seen->n_datagrams, 0);
	cr_expect_eq(seen->n_problems, 0);
}

Test(net_link, unknown_address_family)
{
	inner4();
	pk_push32(&p, 7);
	pk_feed(seen, &p, 0);
	cr_expect_eq(seen->n_datagrams, 0);
}

Test(net_link, padding_is_cut_off)
{
	inner4();
	pk_ethernet(&p, 0x0800);
	pk_pad(&p, 13);
	pk_feed(seen, &p, 1);
	cr_assert_eq(seen->n_datagrams, 1);
	cr_expect_eq(seen->datagram[0].length, 5);
	cr_expect_eq(seen->datagram[0].captured, 5);
}

Test(net_link, arp_is_nothing)
{
	pk_begin_counting(&p, 28, 0);
	pk_ethernet(&p, 0x0806);
	pk_feed(seen, &p, 1);
	cr_expect_eq(seen->n_datagrams, 0);
	cr_expect_eq(seen->n_problems, 0);
}

static uint32_t domain_of_tags(const unsigned *ids, const unsigned *types, size_t n)
{
	unsigned type = 0x0800;

	inner4();
	for (size_t i = n; i-- > 0;) {
		pk_vlan(&p, ids[i], type);
		type = types[i];
	}
	pk_ethernet(&p, type);
	pk_forget(seen);
	pk_feed(seen, &p, 1);
	cr_assert_eq(seen->n_datagrams, 1);
	return seen->datagram[0].domain;
}

Test(net_link, tags_make_domains)
{
	const unsigned q[] = {0x8100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100};
	const unsigned ad[] = {0x88a8, 0x8100};
	const unsigned old[] = {0x9100, 0x8100};
	uint32_t vlan100 = domain_of_tags((const unsigned[]){100}, q, 1);
	uint32_t vlan101 = domain_of_tags((const unsigned[]){101}, q, 1);
	uint32_t qinq = domain_of_tags((const unsigned[]){10, 20}, ad, 2);
	uint32_t six;

	cr_expect_str_eq(ik_net_domain(seen->net, vlan100), "VLAN 100");
	cr_expect_str_eq(ik_net_domain(seen->net, vlan101), "VLAN 101");
	cr_expect_str_eq(ik_net_domain(seen->net, qinq), "QinQ 10.20");
	cr_expect_eq(domain_of_tags((const unsigned[]){100}, q, 1), vlan100);
	cr_expect_eq(domain_of_tags((const unsigned[]){10, 20}, old, 2), qinq);
	cr_expect_eq(domain_of_tags((const unsigned[]){0}, q, 1), 0);
	cr_expect_eq(domain_of_tags((const unsigned[]){0, 100}, q, 2), vlan100);
	six = domain_of_tags((const unsigned[]){1, 2, 3, 4, 5, 6}, q, 6);
	cr_expect_str_eq(ik_net_domain(seen->net, six), "QinQ 1.2.3.4 QinQ 5.6");
	cr_expect_null(ik_net_domain(seen->net, 0));
	cr_expect_null(ik_net_domain(seen->net, six + 1));
}

Test(net_link, tags_are_wrappers)
{
	const unsigned q[] = {0x8100, 0x8100};
	const struct ik_wrapper *wrapper;

	(void)domain_of_tags((const unsigned[]){100}, q, 1);
	(void)domain_of_tags((const unsigned[]){10, 20}, q, 2);
	(void)domain_of_tags((const unsigned[]){100}, q, 1);
	wrapper = ik_net_wrapper(seen->net, 0);
	cr_assert_not_null(wrapper);
	cr_expect_str_eq(wrapper->text, "VLAN 100");
	cr_expect_str_eq(wrapper->kind, "VLAN");
	cr_expect_eq(wrapper->packets, 2);
	cr_expect_eq(wrapper->first.frame, 1);
	wrapper = ik_net_wrapper(seen->net, 1);
	cr_assert_not_null(wrapper);
	cr_expect_str_eq(wrapper->text, "QinQ 10.20");
	cr_expect_str_eq(wrapper->kind, "QinQ");
	cr_expect_eq(wrapper->first.frame, 2);
	cr_expect_null(ik_net_wrapper(seen->net, 2));
}

Test(net_link, pppoe_over_ethernet)
{
	inner4();
	pk_push16(&p, 0x0021);
	pk_pppoe(&p, 17);
	pk_ethernet(&p, 0x8864);
	pk_pad(&p, 4);
	pk_feed(seen, &p, 1);
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect_eq(seen->datagram[0].domain, 0);
	cr_expect_str_eq(ik_net_wrapper(seen->net, 0)->text, "PPPoE session 17");
}

static void mpls_case(const char *what)
{
	pk_mpls(&p, 300, true);
	pk_mpls(&p, 16, false);
	pk_ethernet(&p, 0x8847);
	pk_forget(seen);
	pk_feed(seen, &p, 1);
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1, "%s", what);
	cr_expect_eq(seen->datagram[0].domain, 0, "%s", what);
	cr_expect_eq(seen->n_problems, 0, "%s", what);
}

Test(net_link, mpls_guesses)
{
	inner4();
	mpls_case("IPv4");
	cr_expect_str_eq(ik_net_wrapper(seen->net, 0)->text, "MPLS label 300");
	inner6();
	mpls_case("IPv6");
	inner4();
	pk_ethernet(&p, 0x0800);
	mpls_case("Ethernet");
	inner4();
	pk_ethernet(&p, 0x0800);
	pk_push32(&p, 0x00001234);
	mpls_case("Ethernet behind a control word");
	inner6();
	pk_push(&p, "\x6c\1\1\1\1\1\2\2\2\2\2\2\x86\xdd", 14);
	mpls_case("Ethernet whose address begins like IPv6");
	inner4();
	pk_pad(&p, 6);
	mpls_case("padded IPv4");
}

Test(net_link, nflog_and_pktap_that_lie)
{
	inner4();
	pk_push(&p, "\2\0\0\0\0\0\0\0", 8);
	pk_feed(seen, &p, 239);
	cr_expect_eq(seen->n_problems, 1);
	inner4();
	pk_push(&p, "\x02\0\0\0\1\0\0\0\x0c\0\0\0", 12);
	pk_feed(seen, &p, 258);
	cr_expect_eq(seen->n_problems, 2);
	inner4();
	pk_push(&p, "\xff\xff\xff\xff\1\0\0\0\x0c\0\0\0", 12);
	pk_feed(seen, &p, 258);
	cr_expect_eq(seen->n_problems, 3);
	cr_expect_eq(seen->n_datagrams, 0);
}
