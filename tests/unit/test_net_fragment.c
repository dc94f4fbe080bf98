/*
 * Reassembly: orders, copies, overlaps, losses, caps.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "support/packets.h"

enum { PART = 48, PARTS = 4, LENGTH = PART * PARTS - 10 };

static struct pk p, whole;
static struct pk_seen *seen;

static void set_up(void)
{
	seen = pk_open(NULL, NULL, 0);
}

static void tear_down(void)
{
	pk_close(seen);
}

TestSuite(net_fragment, .init = set_up, .fini = tear_down);

/* A UDP datagram of LENGTH octets with its header. */
static void prepare(unsigned sport)
{
	pk_begin_counting(&whole, LENGTH - 8, 3);
	pk_udp(&whole, sport, sport);
}

/* Octets from at on, n of them, as a fragment; offset tells where they belong. */
static void feed_octets(unsigned protocol, size_t at, size_t n, size_t offset, bool more,
                        uint16_t id, ikescope_time time)
{
	pk_begin(&p, pk_octets(&whole) + at, n);
	p.time = time;
	p.ip_id = id;
	pk_ip4_part(&p, protocol, (unsigned)offset, more, "192.0.2.1", "192.0.2.2");
	pk_feed(seen, &p, 101);
}

static void feed_part(size_t i, uint16_t id, ikescope_time time)
{
	bool more = i + 1 < PARTS;

	feed_octets(17, i * PART, more ? PART : LENGTH - i * PART, i * PART, more, id, time);
}

static void expect_whole(const char *what)
{
	const struct ik_datagram *dg = pk_first(seen, IK_DG_UDP);

	cr_assert_not_null(dg, "%s", what);
	cr_expect_eq(pk_count(seen, IK_DG_UDP), 1, "%s", what);
	cr_expect_eq(dg->length, LENGTH - 8, "%s", what);
	cr_expect_eq(dg->captured, LENGTH - 8, "%s", what);
	cr_expect_eq(memcmp(dg->data, pk_octets(&whole) + 8, LENGTH - 8), 0, "%s", what);
	cr_expect_eq(seen->n_problems, 0, "%s", what);
	cr_expect_eq(seen->n_lost, 0, "%s", what);
}

Test(net_fragment, every_order)
{
	uint16_t id = 1;

	prepare(500);
	for (size_t code = 0; code < 256; code++) {
		size_t order[] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
		unsigned mask = 0;
		char what[32];

		for (size_t i = 0; i < PARTS; i++)
			mask |= 1U << order[i];
		if (mask != 15)
			continue;
		pk_forget(seen);
		for (size_t i = 0; i < PARTS; i++)
			feed_part(order[i], id, 0);
		(void)snprintf(what, sizeof(what), "order %zu%zu%zu%zu", order[0], order[1],
		               order[2], order[3]);
		expect_whole(what);
		cr_expect_eq(seen->datagram[0].fragments, 4, "%s", what);
		cr_assert_eq(seen->datagram[0].n_frames, 4, "%s", what);
		for (size_t i = 0; i < PARTS; i++)
			cr_expect_eq(seen->frames[0][i], seen->frame - 3 + i, "%s", what);
		id++;
	}
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_lost, 0);
}

Test(net_fragment, copies_while_open)
{
	prepare(500);
	for (size_t i = 0; i < PARTS; i++) {
		feed_part(i, 7, 0);
		feed_part(i, 7, 0);
	}
	expect_whole("each twice");
	cr_expect_eq(seen->datagram[0].fragments, 4);
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_lost, 0);
}

Test(net_fragment, copies_afterwards)
{
	prepare(500);
	for (size_t i = 0; i < 2 * PARTS; i++)
		feed_part(i % PARTS, 7, 0);
	ik_net_flush(seen->net);
	expect_whole("all twice");
}

Test(net_fragment, identification_used_again)
{
	prepare(500);
	for (size_t i = 0; i < PARTS; i++)
		feed_part(i, 7, 0);
	prepare(500);
	whole.room[PK_ROOM - 1] ^= 1;
	whole.room[PK_ROOM - LENGTH + 9] ^= 1;
	for (size_t i = 0; i < PARTS; i++) {
		whole.room[PK_ROOM - LENGTH + i * PART + 10] ^= 1;
		feed_part(i, 7, 1000);
	}
	cr_expect_eq(pk_count(seen, IK_DG_UDP), 2, "other content is another datagram");
	prepare(500);
	for (size_t i = 0; i < PARTS; i++)
		feed_part(i, 9, 0);
	for (size_t i = 0; i < PARTS; i++)
		feed_part(i, 9, 3 * IKESCOPE_SECOND);
	cr_expect_eq(pk_count(seen, IK_DG_UDP), 4, "the same content seconds later is another one");
	cr_expect_eq(seen->n_problems, 0);
}

Test(net_fragment, same_content_in_other_pieces)
{
	prepare(500);
	feed_octets(17, 0, 64, 0, true, 7, 0);
	feed_octets(17, 32, 64, 32, true, 7, 0);
	feed_octets(17, 128, LENGTH - 128, 128, false, 7, 0);
	feed_octets(17, 24, 120, 24, true, 7, 0);
	expect_whole("agreeing overlaps");
}

Test(net_fragment, overlaps_are_refused)
{
	prepare(500);
	feed_part(0, 7, 0);
	feed_part(1, 7, 0);
	feed_octets(17, 0, 40, 64, true, 7, 0);
	cr_expect_eq(seen->n_problems, 1);
	cr_expect_eq(seen->problem[0].trouble, IK_NET_OVERLAP);
	feed_part(2, 7, 0);
	feed_part(3, 7, 0);
	feed_part(0, 7, 0);
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_datagrams, 0);
	cr_expect_eq(seen->n_lost, 0);
	cr_expect_eq(seen->n_problems, 1);
}

Test(net_fragment, ends_that_differ_are_refused)
{
	prepare(500);
	feed_part(3, 7, 0);
	feed_octets(17, 0, 20, 160, false, 7, 0);
	cr_expect_eq(seen->n_problems, 1);
	feed_part(3, 8, 0);
	feed_octets(17, 0, 48, 192, true, 8, 0);
	cr_expect_eq(seen->n_problems, 2);
	feed_part(2, 9, 0);
	feed_octets(17, 0, 24, 48, false, 9, 0);
	cr_expect_eq(seen->n_problems, 3);
	cr_expect_eq(seen->problem[2].trouble, IK_NET_OVERLAP);
	feed_part(3, 10, 0);
	feed_octets(17, 0, 24, 192, false, 10, 0);
	cr_expect_eq(seen->n_problems, 4);
}

Test(net_fragment, impossible_fragments)
{
	prepare(500);
	feed_octets(17, 0, 20, 0, true, 7, 0);
	feed_octets(17, 0, 0, 8, false, 7, 0);
	feed_octets(17, 0, 16, 65528, false, 7, 0);
	cr_expect_eq(seen->n_problems, 3);
	cr_expect_eq(seen->problem[0].offset, 2, "the total length");
	cr_expect_eq(seen->problem[1].offset, 2);
	cr_expect_eq(seen->problem[2].offset, 6, "the fragment offset");
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_lost, 0);
	cr_expect_eq(seen->n_datagrams, 0);
}

/* Feeds all parts but one, and a later packet. */
static void lose(size_t missing)
{
	prepare(4500);
	pk_forget(seen);
	for (size_t i = 0; i < PARTS; i++)
		if (i != missing)
			feed_part(i, (uint16_t)(10 + missing), (ikescope_time)i);
	cr_expect_eq(seen->n_lost, 0);
	pk_begin(&p, "x", 1);
	p.time = 31 * IKESCOPE_SECOND;
	pk_ip4(&p, 89, "192.0.2.8", "192.0.2.9");
	pk_feed(seen, &p, 101);
	cr_assert_eq(seen->n_lost, 1, "part %zu", missing);
	cr_expect_eq(pk_count(seen, IK_DG_UDP), 0, "part %zu", missing);
	cr_expect_eq(seen->lost[0].ip_protocol, 17, "part %zu", missing);
	cr_expect_eq(seen->lost[0].n_frames, 3, "part %zu", missing);
	cr_expect_not(seen->lost[0].displaced, "part %zu", missing);
	cr_expect(pk_is(&seen->lost[0].src, "192.0.2.1"), "part %zu", missing);
}

Test(net_fragment, first_missing)
{
	lose(0);
	cr_expect_not(seen->lost[0].has_first);
	cr_expect(seen->lost[0].has_last);
	cr_expect_eq(seen->lost[0].total, LENGTH);
	cr_expect_eq(seen->lost[0].have, LENGTH - PART);
	cr_expect_eq(seen->lost[0].sport, 0);
	cr_expect_null(seen->lost[0].data);
}

Test(net_fragment, middle_missing)
{
	lose(2);
	cr_expect(seen->lost[0].has_first);
	cr_expect(seen->lost[0].has_last);
	cr_expect_eq(seen->lost[0].sport, 4500);
	cr_expect_eq(seen->lost[0].captured, PART - 8);
	cr_expect_eq(memcmp(seen->lost_data[0], pk_octets(&whole) + 8, PART - 8), 0);
	cr_expect_eq(seen->lost[0].time, 0);
	cr_expect_eq(seen->lost[0].last_time, 3);
	cr_expect_eq(seen->lost[0].at.frame, seen->frame - 3);
}

Test(net_fragment, last_missing)
{
	lose(3);
	cr_expect(seen->lost[0].has_first);
	cr_expect_not(seen->lost[0].has_last);
	cr_expect_eq(seen->lost[0].total, 0);
	cr_expect_eq(seen->lost[0].have, 3 * PART);
}

Test(net_fragment, flush_and_esp)
{
	prepare(1);
	feed_octets(50, 0, PART, 0, true, 7, 0);
	feed_octets(51, PART, PART, PART, true, 8, 0);
	feed_octets(47, 0, PART, 0, true, 9, 0);
	ik_net_flush(seen->net);
	cr_assert_eq(seen->n_lost, 2);
	cr_expect_eq(seen->lost[0].ip_protocol, 50);
	cr_expect_eq(seen->lost[0].captured, PART);
	cr_expect_eq(seen->lost[1].ip_protocol, 51);
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_lost, 2);
}

Test(net_fragment, foreign_datagrams_are_forgotten)
{
	struct ikescope_limits limits = ikescope_limits_default();
	struct pk_seen *all = seen;

	limits.fragment_datagrams = 4;
	seen = pk_open(&limits, NULL, 0);
	prepare(500);
	feed_part(0, 1, 0);
	prepare(53);
	for (uint16_t id = 100; id < 200; id++)
		for (size_t i = 0; i < PARTS; i++)
			feed_part(i, id, 0);
	for (uint16_t id = 100; id < 104; id++)
		feed_octets(6, PART, PART, PART, true, id, 0);
	cr_expect_eq(seen->n_datagrams, 404);
	cr_expect_eq(seen->datagram[PK_SEEN - 1].kind, IK_DG_OTHER);
	prepare(500);
	pk_forget(seen);
	for (size_t i = 1; i < PARTS; i++)
		feed_part(i, 1, 0);
	expect_whole("in spite of foreign ones");
	pk_close(seen);
	seen = all;
}

Test(net_fragment, foreign_first_last)
{
	prepare(53);
	feed_part(3, 5, 0);
	feed_part(1, 5, 0);
	feed_part(0, 5, 0);
	feed_part(2, 5, 0);
	feed_part(2, 5, 0);
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_lost, 0);
	cr_expect_eq(pk_count(seen, IK_DG_OTHER), 3);
}

Test(net_fragment, table_is_limited)
{
	struct ikescope_limits limits = ikescope_limits_default();
	struct pk_seen *all = seen;

	limits.fragment_datagrams = 4;
	seen = pk_open(&limits, NULL, 0);
	prepare(500);
	for (uint16_t id = 1; id <= 6; id++)
		feed_part(0, id, 0);
	cr_assert_eq(seen->n_lost, 2);
	cr_expect(seen->lost[0].displaced);
	cr_expect_eq(seen->lost[0].at.frame, 1);
	cr_expect_eq(ik_net_cap(seen->net, 0).lost, 2);
	cr_expect_str_eq(ik_net_cap(seen->net, 0).name, "fragment_datagrams");
	pk_close(seen);
	seen = all;
}

Test(net_fragment, memory_is_limited)
{
	struct ikescope_limits limits = ikescope_limits_default();
	struct pk_seen *all = seen;

	limits.fragment_memory = 65536;
	seen = pk_open(&limits, NULL, 0);
	for (uint16_t id = 1; id <= 10; id++) {
		pk_begin_counting(&whole, 16000, 0);
		pk_udp(&whole, 500, 500);
		feed_octets(17, 0, 16000, 0, true, id, 0);
	}
	cr_expect_eq(seen->n_lost, 6);
	cr_expect(seen->lost[0].displaced);
	cr_expect_eq(ik_net_cap(seen->net, 1).lost, 6);
	pk_close(seen);
	seen = all;
}

Test(net_fragment, snapped_fragments)
{
	prepare(500);
	for (size_t i = 0; i < PARTS; i++) {
		pk_begin(&p, pk_octets(&whole) + i * PART, i < 3 ? PART : LENGTH - 3 * PART);
		p.ip_id = 7;
		pk_ip4_part(&p, 17, (unsigned)(i * PART), i < 3, "192.0.2.1", "192.0.2.2");
		pk_feed_snapped(seen, &p, 101, i == 1 ? 40 : p.len);
	}
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect(seen->datagram[0].snapped);
	cr_expect_eq(seen->datagram[0].length, LENGTH - 8);
	cr_expect_eq(seen->datagram[0].captured, PART - 8 + 20);
}

static void feed6(size_t i, unsigned next, uint32_t id)
{
	bool more = i + 1 < PARTS;

	pk_begin(&p, pk_octets(&whole) + i * PART, more ? PART : whole.len - i * PART);
	pk_ip6_part(&p, next, (unsigned)(i * PART), more, id);
	pk_ip6(&p, 44, "2001:db8::1", "2001:db8::2");
	pk_feed(seen, &p, 101);
}

Test(net_fragment, ipv6)
{
	prepare(500);
	for (size_t i = PARTS; i-- > 0;)
		feed6(i, i == 0 ? 17 : 59, 0x12345);
	cr_expect_eq(pk_count(seen, IK_DG_UDP), 0, "next header 59 is foreign");
	for (size_t i = PARTS; i-- > 0;)
		feed6(i, 17, 0x12346);
	expect_whole("IPv6");
	cr_expect(pk_first(seen, IK_DG_UDP)->has_ip_id);
	cr_expect_eq(pk_first(seen, IK_DG_UDP)->ip_id, 0x2346);
}

Test(net_fragment, ipv6_options_behind_the_fragment_header)
{
	prepare(500);
	pk_ip6_options(&whole, 17, 1);
	for (size_t i = 0; i < PARTS; i++)
		feed6(i, 60, 1);
	cr_assert_eq(pk_count(seen, IK_DG_UDP), 1);
	cr_expect_eq(seen->datagram[0].length, LENGTH - 8);
	cr_expect_eq(seen->datagram[0].ip_protocol, 17);
	cr_expect_eq(memcmp(seen->data[0], pk_octets(&whole) + 16 + 8, LENGTH - 8), 0);
}

Test(net_fragment, atomic_fragment)
{
	prepare(500);
	pk_begin(&p, pk_octets(&whole), LENGTH);
	pk_ip6_part(&p, 17, 0, false, 9);
	pk_ip6(&p, 44, "2001:db8::1", "2001:db8::2");
	pk_feed(seen, &p, 101);
	expect_whole("atomic");
	cr_expect_eq(seen->datagram[0].fragments, 1);
}

Test(net_fragment, domains_do_not_mix)
{
	prepare(500);
	for (size_t i = 0; i < PARTS; i++) {
		pk_begin(&p, pk_octets(&whole) + i * PART, i < 3 ? PART : LENGTH - 3 * PART);
		p.ip_id = 7;
		pk_ip4_part(&p, 17, (unsigned)(i * PART), i < 3, "192.0.2.1", "192.0.2.2");
		pk_vlan(&p, 1 + (i & 1), 0x0800);
		pk_ethernet(&p, 0x8100);
		pk_feed(seen, &p, 1);
	}
	ik_net_flush(seen->net);
	cr_expect_eq(seen->n_datagrams, 0);
	cr_expect_eq(seen->n_lost, 2);
	cr_expect_neq(seen->lost[0].domain, seen->lost[1].domain);
}
