/*
 * ESP flows: counting by sequence numbers, mirror duplicates, growth and eviction.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/addr.h"
#include "session/esp.h"

TestSuite(session_esp);

enum { TOLD = 16384 };
static struct ik_esp_flow told[TOLD];
static size_t n_told;

static bool tell(void *ctx, const struct ik_esp_flow *flow)
{
	(void)ctx;
	cr_assert_lt(n_told, (size_t)TOLD);
	told[n_told++] = *flow;
	return true;
}

static struct ikescope_addr src, dst;

static struct ik_esp_packet packet(uint32_t spi, uint32_t seq)
{
	static uint64_t place;

	src = ik_addr4((const uint8_t[]){192, 0, 2, 1});
	dst = ik_addr4((const uint8_t[]){192, 0, 2, 2});
	place++;
	return (struct ik_esp_packet){
	        .spi = spi,
	        .seq = seq,
	        .src = &src,
	        .dst = &dst,
	        .has_ip_id = true,
	        .ip_id = (uint16_t)(1000 + place),
	        .ttl = 64,
	        .octets = 100,
	        .place = place,
	        .time = (ikescope_time)place * IKESCOPE_SECOND,
	};
}

static struct ik_esp_table *table(uint64_t most)
{
	struct ik_esp_table *t = ik_esp_new(most, tell, NULL);

	cr_assert_not_null(t);
	n_told = 0;
	return t;
}

/* The one flow of these sequence numbers. */
static struct ik_esp_flow flow_of(const uint32_t *seq, size_t n)
{
	struct ik_esp_table *t = table(16);

	for (size_t i = 0; i < n; i++) {
		struct ik_esp_packet p = packet(7, seq[i]);

		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED, "packet %zu", i);
	}
	cr_assert(ik_esp_drain(t));
	ik_esp_free(t);
	cr_assert_eq(n_told, 1);
	return told[0];
}

/* What numbers in this order mean. */
/* clang-format off */
static const struct {
	const char *what;
	uint32_t seq[8];
	size_t n;
	uint64_t missing, duplicates, out_of_order;
	uint32_t first, max, last;
} orders[] = {
	{"one",              {5},                      1, 0, 0, 0, 5, 5, 5},
	{"in order",         {1, 2, 3, 4},             4, 0, 0, 0, 1, 4, 4},
	{"one missing",      {1, 2, 4},                3, 1, 0, 0, 1, 4, 4},
	{"many missing",     {1, 1000},                2, 998, 0, 0, 1, 1000, 1000},
	{"swapped",          {1, 3, 2, 4},             4, 0, 0, 1, 1, 4, 4},
	{"late by more",     {1, 2, 5, 3, 4},          5, 0, 0, 2, 1, 5, 4},
	{"begins late",      {2, 1, 3},                3, 0, 0, 1, 1, 3, 3},
	{"replayed",         {1, 2, 2, 3},             4, 0, 1, 0, 1, 3, 3},
	{"replayed twice",   {1, 2, 1, 1},             4, 0, 2, 0, 1, 2, 1},
	{"behind the window", {1, 2, 600, 3},          4, 597, 0, 1, 1, 600, 3},
	{"wraps",            {0xfffffffe, 0xffffffff, 0, 1}, 4, 0, 0, 0, 0xfffffffe, 1, 1},
	{"wraps with a gap", {0xfffffffe, 2},          2, 3, 0, 0, 0xfffffffe, 2, 2},
};
/* clang-format on */

Test(session_esp, sequence_numbers)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct ik_esp_flow f = flow_of(orders[i].seq, orders[i].n);
		const char *what = orders[i].what;

		cr_expect_eq(f.packets, orders[i].n, "%s", what);
		cr_expect_eq(f.octets, 100 * orders[i].n, "%s", what);
		cr_expect_eq(ik_esp_missing(&f), orders[i].missing, "%s: %d missing", what,
		             (int)ik_esp_missing(&f));
		cr_expect_eq(f.duplicates, orders[i].duplicates, "%s", what);
		cr_expect_eq(f.out_of_order, orders[i].out_of_order, "%s", what);
		cr_expect_eq(f.first_seq, orders[i].first, "%s", what);
		cr_expect_eq(f.max_seq, orders[i].max, "%s", what);
		cr_expect_eq(f.last_seq, orders[i].last, "%s", what);
		cr_expect_eq(f.mirrors, 0, "%s", what);
	}
}

/* Every distance that the window remembers, and the first that it does not. */
Test(session_esp, window)
{
	for (uint32_t back = 1; back <= IK_ESP_WINDOW; back++) {
		uint32_t seq[] = {1000, 1000 + back, 1000};
		struct ik_esp_flow f = flow_of(seq, 3);

		cr_expect_eq(f.duplicates, back < IK_ESP_WINDOW, "%u", back);
		cr_expect_eq(f.out_of_order, back >= IK_ESP_WINDOW, "%u", back);
	}
}

/* The second copy of a packet: what differs, and whether a mirror port made it. */
/* clang-format off */
static const struct {
	const char *what;
	int ip_id, ttl, has_id;
	ikescope_time later;
	bool mirror;
} copies[] = {
	{"the same at once",          0,  0, 1, 1000,                       true},
	{"one hop further",           0, -1, 1, 1000,                       true},
	{"one hop before",            0,  1, 1, 1000,                       true},
	{"two hops further",          0, -2, 1, 1000,                       false},
	{"another identification",    1,  0, 1, 1000,                       false},
	{"at the end of the window",  0,  0, 1, 4 * IKESCOPE_SECOND / 1000, true},
	{"behind the window",         0,  0, 1, 6 * IKESCOPE_SECOND / 1000, false},
	{"no identification, a hop",  0, -1, 0, 1000,                       true},
	{"no identification, no hop", 0,  0, 0, 1000,                       false},
};
/* clang-format on */

Test(session_esp, mirror_duplicates)
{
	for (size_t i = 0; i < sizeof(copies) / sizeof(copies[0]); i++) {
		struct ik_esp_table *t = table(16);
		struct ik_esp_packet p = packet(7, 1), copy;
		enum ik_esp_result result;

		p.has_ip_id = copies[i].has_id != 0;
		copy = p;
		copy.ip_id = (uint16_t)(p.ip_id + copies[i].ip_id);
		copy.ttl = (uint8_t)(p.ttl + copies[i].ttl);
		copy.time = p.time + copies[i].later;
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		result = ik_esp_packet(t, &copy);
		cr_expect_eq(result, copies[i].mirror ? IK_ESP_MIRROR : IK_ESP_COUNTED, "%s",
		             copies[i].what);
		cr_assert(ik_esp_drain(t));
		cr_expect_eq(told[0].mirrors, copies[i].mirror, "%s", copies[i].what);
		cr_expect_eq(told[0].duplicates, !copies[i].mirror, "%s", copies[i].what);
		cr_expect_eq(told[0].packets, copies[i].mirror ? 1 : 2, "%s", copies[i].what);
		ik_esp_free(t);
	}
}

/* The copy of a flow in another VLAN is no flow of its own; another tenant's flow is. */
Test(session_esp, copies_in_another_domain)
{
	struct ik_esp_table *t = table(16);

	for (uint32_t seq = 1; seq <= 5; seq++) {
		struct ik_esp_packet p = packet(7, seq);

		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		p.domain = 1;
		p.time += 1000;
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_MIRROR);
		p.domain = 2;
		p.ip_id = (uint16_t)(p.ip_id + 500);
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	}
	cr_assert(ik_esp_drain(t));
	cr_assert_eq(n_told, 2);
	cr_assert_eq(told[0].packets + told[1].packets, 10);
	ik_esp_free(t);
}

/* What makes a flow: SPI, addresses, AH or ESP, domain. Not the port. */
Test(session_esp, identity)
{
	struct ik_esp_table *t = table(64);
	struct ikescope_addr other = ik_addr4((const uint8_t[]){192, 0, 2, 3});
	struct ik_esp_packet p = packet(7, 1);

	for (int i = 0; i < 6; i++) {
		p = packet(i == 1 ? 8U : 7U, 1);
		p.src = i == 2 ? &other : p.src;
		p.dst = i == 3 ? &other : p.dst;
		p.ah = i == 4;
		p.domain = i == 5;
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	}
	p = packet(7, 2);
	p.sport = p.dport = 4500;
	cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	cr_assert(ik_esp_drain(t));
	cr_assert_eq(n_told, 6);
	cr_assert_eq(ik_esp_evicted(t), 0);
	ik_esp_free(t);
}

static void fill(struct ik_esp_table *t, uint32_t flows, uint32_t rounds)
{
	for (uint32_t r = 0; r < rounds; r++)
		for (uint32_t spi = 1; spi <= flows; spi++) {
			struct ik_esp_packet p = packet(spi, r + 1);

			cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		}
}

/* The table grows while its limit is far away, and forgets nothing. */
Test(session_esp, growth)
{
	struct ik_esp_table *t = table(65536);

	fill(t, 2000, 3);
	cr_assert_eq(ik_esp_evicted(t), 0);
	cr_assert_eq(n_told, 0);
	cr_assert(ik_esp_drain(t));
	cr_assert_eq(n_told, 2000);
	for (size_t i = 0; i < n_told; i++)
		cr_assert(told[i].packets == 3 && ik_esp_missing(&told[i]) == 0);
	ik_esp_free(t);
}

/* At its limit flows leave early, in parts; together the parts are all of it. */
Test(session_esp, eviction)
{
	struct ik_esp_table *t = table(16);
	struct ik_esp_flow whole[101] = {{.spi = 0}};

	fill(t, 100, 5);
	cr_assert_gt(ik_esp_evicted(t), 50);
	cr_assert_eq(n_told, ik_esp_evicted(t));
	cr_assert(ik_esp_drain(t));
	cr_assert_leq(n_told - ik_esp_evicted(t), 32);
	for (size_t i = 0; i < n_told; i++) {
		struct ik_esp_flow *w = &whole[told[i].spi];

		if (w->packets == 0)
			*w = told[i];
		else
			ik_esp_join(w, &told[i]);
	}
	for (uint32_t spi = 1; spi <= 100; spi++) {
		cr_assert_eq(whole[spi].packets, 5, "%u", spi);
		cr_assert_eq(whole[spi].octets, 500, "%u", spi);
		cr_assert_eq(whole[spi].max_seq, 5, "%u", spi);
		cr_assert_eq(ik_esp_missing(&whole[spi]), 0, "%u", spi);
	}
	ik_esp_free(t);
}

static bool refuse(void *ctx, const struct ik_esp_flow *flow)
{
	(void)ctx;
	(void)flow;
	return false;
}

/* Whoever takes the flows has no room: that is an error, not a loss. */
/* Of the flows of a large table those that are idle are told early; what comes of them later is
 * joined to it, as if they had stayed. */
Test(session_esp, idle_flows_leave_a_large_table)
{
	static const uint32_t again[] = {9, 10, 12};
	static struct ik_esp_flow whole[9001];
	struct ik_esp_table *t = table(65536);
	struct ik_esp_packet p;

	for (uint32_t spi = 1; spi <= 9000; spi++) {
		p = packet(spi, 10); /* one each second */
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		p = packet(9000, 10 + spi); /* never idle */
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	}
	cr_assert_gt(n_told, 7000);
	cr_assert_lt(n_told, 9000);
	cr_assert_eq(ik_esp_evicted(t), 0);
	for (uint32_t spi = 1; spi <= 3; spi++) {
		p = packet(spi, again[spi - 1]);
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	}
	cr_assert(ik_esp_drain(t));
	cr_assert_eq(n_told, 9003);
	for (size_t i = 0; i < n_told; i++) {
		if (whole[told[i].spi].packets == 0)
			whole[told[i].spi] = told[i];
		else
			ik_esp_join(&whole[told[i].spi], &told[i]);
	}
	for (uint32_t spi = 1; spi < 9000; spi++)
		cr_assert_eq(whole[spi].packets, spi <= 3 ? 2 : 1, "%u", spi);
	cr_assert_eq(whole[9000].packets, 9001);
	cr_assert(whole[1].out_of_order == 1 && whole[1].first_seq == 9 && whole[1].max_seq == 10);
	for (size_t i = 1; i < n_told; i++)
		cr_assert(told[i].number != told[i - 1].number);
	cr_assert(whole[2].duplicates == 1 && whole[2].out_of_order == 0);
	cr_assert(whole[3].out_of_order == 0 && ik_esp_missing(&whole[3]) == 1);
	cr_assert(ik_esp_missing(&whole[1]) == 0 && ik_esp_missing(&whole[2]) == 0);
	ik_esp_free(t);
}

/* A copy in another domain is as busy as what it mirrored, though nothing of it is counted. */
Test(session_esp, busy_copies_stay_in_a_large_table)
{
	struct ik_esp_table *t = table(65536);
	size_t mirrored = 0;

	for (uint32_t i = 1; i <= 9000; i++) {
		struct ik_esp_packet p = packet(0xc0ffee, i), copy = p;

		copy.domain = 5;
		copy.ttl = 63;
		copy.time += IKESCOPE_SECOND / 1000;
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		mirrored += ik_esp_packet(t, &copy) == IK_ESP_MIRROR;
		p = packet(i, 1);
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	}
	cr_assert_eq(mirrored, 9000);
	cr_assert(ik_esp_drain(t));
	for (size_t i = 0; i < n_told; i++)
		cr_assert(told[i].domain == 0 &&
		          (told[i].spi != 0xc0ffee || told[i].packets == 9000));
	ik_esp_free(t);
}

Test(session_esp, nowhere_to_go)
{
	struct ik_esp_table *t = ik_esp_new(4, refuse, NULL);
	bool failed = false;

	for (uint32_t spi = 1; spi < 200 && !failed; spi++) {
		struct ik_esp_packet p = packet(spi, 1);

		failed = ik_esp_packet(t, &p) == IK_ESP_NO_MEMORY;
	}
	cr_assert(failed);
	cr_assert_not(ik_esp_drain(t));
	ik_esp_free(t);
}

/* ---- what is unusual ------------------------------------------------------------------------ */

/* What receivers with a window of 32, 64, 128, ... would have dropped of new numbers this far back.
 */
Test(session_esp, replay_windows)
{
	static const uint32_t back[] = {1, 31, 32, 63, 64, 255, 256, 1023, 1024, 5000};

	for (size_t i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
		uint32_t seq[] = {10000, 10000 + back[i] + 1, 10001};
		struct ik_esp_flow f = flow_of(seq, 3);

		for (size_t w = 0; w < IK_ESP_WINDOWS; w++)
			cr_expect_eq(f.odd.late[w], back[i] >= UINT32_C(32) << w, "%u, %zu",
			             back[i], w);
		cr_expect_eq(f.odd.deepest, back[i], "%u", back[i]);
		cr_expect_eq(f.odd.jump, back[i] + 1, "%u", back[i]);
		cr_expect_eq(f.odd.back_longest, back[i] >= IK_ESP_WINDOW, "%u", back[i]);
	}
}

/* Numbers 1 to ahead, then n from the given one on, each so many after the one before. */
static struct ik_esp_flow stepped_back(uint32_t ahead, uint32_t from, uint32_t n, uint32_t step)
{
	uint32_t seq[512];

	for (uint32_t i = 0; i < ahead; i++)
		seq[i] = i + 1;
	for (uint32_t i = 0; i < n; i++)
		seq[ahead + i] = from + i * step;
	return flow_of(seq, ahead + n);
}

Test(session_esp, numbers_begin_anew)
{
	struct ik_esp_flow f = stepped_back(100, 1, IK_ESP_BACK_RUN, 1);

	cr_expect_eq(f.odd.back_longest, IK_ESP_BACK_RUN);
	cr_expect_eq(f.odd.back_from, 100);
	cr_expect_eq(f.odd.back_to, 1);
	cr_expect_eq(f.odd.back_place, f.last);
	f = stepped_back(100, 1, IK_ESP_BACK_RUN - 1, 1);
	cr_expect_eq(f.odd.back_longest, IK_ESP_BACK_RUN - 1);
	cr_expect_eq(f.odd.back_place, 0, "not told before it is one");
	f = stepped_back(400, 10, IK_ESP_BACK_RUN, 1);
	cr_expect_eq(f.odd.back_longest, IK_ESP_BACK_RUN, "also from beyond the window");
	f = stepped_back(400, 1, 3, 100);
	cr_expect_eq(f.odd.back_longest, 1, "steps this wide carry on nothing");
}

/* Every packet twice is no new beginning: the highest number goes on between them. */
Test(session_esp, doubled_packets_do_not_begin_anew)
{
	uint32_t seq[80];

	for (uint32_t i = 0; i < 80; i++)
		seq[i] = 1 + i / 2;
	cr_expect_eq(flow_of(seq, 80).odd.back_longest, 1);
}

/* A flow of packets of these sizes; an ICMP error with this MTU comes behind the second. */
static struct ik_esp_flow sizes(const uint32_t *octets, size_t n, uint32_t mtu)
{
	struct ik_esp_table *t = table(16);

	for (uint32_t i = 0; i < n; i++) {
		struct ik_esp_packet p = packet(7, i + 1);

		p.octets = octets[i];
		p.fragmented = octets[i] > 2000;
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		if (i == 1 && mtu != UINT32_MAX) {
			cr_assert(ik_esp_too_large(t, &p, mtu));
			p.spi = 8;
			cr_assert(ik_esp_too_large(t, &p, mtu), "of no flow");
		}
	}
	cr_assert(ik_esp_drain(t));
	ik_esp_free(t);
	cr_assert_eq(n_told, 1);
	return told[0];
}

Test(session_esp, sizes)
{
	static const uint32_t octets[] = {100, 1480, 104, 3000, 1480, 1380, 1381};
	struct ik_esp_flow f = sizes(octets, 7, UINT32_MAX);

	cr_expect_eq(f.largest, 3000);
	cr_expect_eq(f.odd.fragmented, 1);
	cr_expect_eq(f.odd.oversized, 0);
	cr_expect_eq(f.lengths, 1 << 4 | 1 << 8 | 1 << 5);
	cr_expect_eq(f.sizes, 1U << 6 | 1U << (1480 / 16 % 32) | 1U << (3000 / 16 % 32) |
	                              1U << (1380 / 16 % 32));
	/* The packet right behind the error is within a second, the fragmented one needs no room.
	 */
	f = sizes(octets, 7, 1400);
	cr_expect_eq(f.odd.told, 1);
	cr_expect_eq(f.odd.mtu, 1400);
	cr_expect_eq(f.odd.fits, 1380);
	cr_expect_eq(f.largest, 3000);
	cr_expect_eq(f.odd.oversized, 2);
	cr_expect_eq(f.odd.fragmented, 1);
	f = sizes(octets, 7, 0);
	cr_expect_eq(f.odd.told, 1);
	cr_expect_eq(f.odd.mtu, 0);
	cr_expect_eq(f.odd.oversized, 0);
}

Test(session_esp, changing_encapsulation)
{
	struct ik_esp_table *t = table(16);

	for (uint32_t i = 1; i <= 2; i++) {
		struct ik_esp_packet p = packet(7, i);

		p.encapsulation = i == 1 ? IKESCOPE_ENCAP_NONE : IKESCOPE_ENCAP_UDP;
		cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	}
	cr_assert(ik_esp_drain(t));
	ik_esp_free(t);
	cr_expect_eq(told[0].encapsulation, IKESCOPE_ENCAP_NONE);
	cr_expect_eq(told[0].encapsulations, 1U << IKESCOPE_ENCAP_NONE | 1U << IKESCOPE_ENCAP_UDP);
}

/* The least MTU that was told counts, and none that is no MTU. */
Test(session_esp, several_mtus)
{
	struct ik_esp_table *t = table(16);
	struct ik_esp_packet p = packet(7, 1);

	cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
	p.encapsulation = IKESCOPE_ENCAP_UDP;
	cr_assert(ik_esp_too_large(t, &p, 67));
	cr_assert(ik_esp_too_large(t, &p, 1400));
	cr_assert(ik_esp_too_large(t, &p, 1300));
	cr_assert(ik_esp_too_large(t, &p, 1350));
	cr_assert(ik_esp_drain(t));
	ik_esp_free(t);
	cr_expect_eq(told[0].odd.told, 4);
	cr_expect_eq(told[0].odd.mtu, 1300);
	cr_expect_eq(told[0].odd.fits, 1300 - 28);
}

/* What is unusual about a flow leaves with it, and its place serves another. */
Test(session_esp, unusual_things_leave_with_their_flow)
{
	struct ik_esp_table *t = table(4);

	for (uint32_t spi = 0; spi < 200; spi++)
		for (uint32_t i = 0; i < 3; i++) {
			struct ik_esp_packet p = packet(spi, 1 + i * (2 + spi));

			cr_assert_eq(ik_esp_packet(t, &p), IK_ESP_COUNTED);
		}
	cr_assert(ik_esp_drain(t));
	ik_esp_free(t);
	cr_assert_eq(n_told, 200);
	for (size_t i = 0; i < n_told; i++) {
		cr_expect_eq(told[i].odd.jump, 2 + told[i].spi);
		cr_expect_eq(told[i].unique, 3);
	}
}

Test(session_esp, joined_parts)
{
	struct ik_esp_flow a = flow_of((const uint32_t[]){1, 100, 2}, 3), b = a;

	b.odd.fragmented = 2;
	b.odd.fragmented_place = 77;
	b.odd.jump = 5000;
	b.odd.jump_place = 78;
	b.odd.mtu = 1400;
	b.odd.fits = 1380;
	b.largest = 1500;
	ik_esp_join(&a, &b);
	cr_expect_eq(a.odd.late[0], 2);
	cr_expect_eq(a.odd.deepest, 98);
	cr_expect_eq(a.odd.jump, 5000);
	cr_expect_eq(a.odd.jump_place, 78);
	cr_expect_eq(a.odd.fragmented, 2);
	cr_expect_eq(a.odd.fragmented_place, 77);
	cr_expect_eq(a.odd.fits, 1380);
	cr_expect_eq(a.largest, 1500);
}
