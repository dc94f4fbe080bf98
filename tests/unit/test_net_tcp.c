/*
 * IKE over TCP (RFC 9329): recognition, order, losses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "support/packets.h"

enum { SYN = 2, RST = 4, ACK = 16, CLIENT = 40000 };

/* The sequence numbers wrap. */
static const uint32_t START = 0xfffffff0;

/* What the originator says: the prefix and messages of 3, 40 and 60 octets behind the length. */
static struct pk said, p;
static struct pk_seen *seen;

static void set_up(void)
{
	seen = pk_open(NULL, NULL, 0);
}

static void tear_down(void)
{
	pk_close(seen);
}

TestSuite(net_tcp, .init = set_up, .fini = tear_down);

static void push_message(struct pk *to, size_t n, unsigned seed)
{
	for (size_t i = n; i-- > 0;)
		pk_push(to, &(const uint8_t){(uint8_t)(seed + i)}, 1);
	pk_push16(to, (unsigned)n + 2);
}

static void prepare(bool prefix)
{
	pk_begin(&said, "", 0);
	push_message(&said, 60, 50);
	push_message(&said, 40, 20);
	push_message(&said, 3, 1);
	if (prefix)
		pk_push(&said, "IKETCP", 6);
}

/* An IKE header of version 2 and the octets after it, behind a non-ESP marker. */
static void push_ike(struct pk *to, size_t n)
{
	pk_push_zeros(to, n - 28);
	pk_push32(to, (uint32_t)n);
	pk_push32(to, 0);
	pk_push32(to, 0x21202208);
	pk_push_zeros(to, 16);
	pk_push32(to, 0);
	pk_push16(to, (unsigned)n + 6);
}

static void feed(const uint8_t *data, size_t n, uint32_t seq, unsigned server, unsigned flags)
{
	pk_begin(&p, data, n);
	pk_tcp(&p, CLIENT, server, seq, 5000, flags);
	pk_ip4(&p, 6, "192.0.2.1", "192.0.2.2");
	pk_feed(seen, &p, 101);
}

static void feed_back(const uint8_t *data, size_t n, uint32_t seq, unsigned server, uint32_t ack)
{
	pk_begin(&p, data, n);
	pk_tcp(&p, server, CLIENT, seq, ack, ACK);
	pk_ip4(&p, 6, "192.0.2.2", "192.0.2.1");
	pk_feed(seen, &p, 101);
}

static void feed_said(size_t from, size_t to)
{
	feed(pk_octets(&said) + from, to - from, START + (uint32_t)from, 443, ACK);
}

/* The three messages that said holds, in order. */
static void expect_messages(const char *what, size_t at)
{
	static const size_t length[] = {3, 40, 60}, seed[] = {1, 20, 50};
	size_t n = 0;

	for (size_t i = 0; i < seen->n_datagrams && i < PK_SEEN; i++) {
		if (seen->datagram[i].kind != IK_DG_TCP)
			continue;
		cr_assert_lt(n, 3, "%s %zu", what, at);
		cr_expect_eq(seen->datagram[i].length, length[n], "%s %zu", what, at);
		cr_expect_eq(seen->datagram[i].captured, length[n], "%s %zu", what, at);
		for (size_t k = 0; k < length[n]; k++)
			cr_assert_eq(seen->data[i][k], seed[n] + k, "%s %zu", what, at);
		n++;
	}
	cr_expect_eq(n, 3, "%s %zu", what, at);
	cr_expect_eq(seen->n_problems, 0, "%s %zu", what, at);
}

static void again(void)
{
	tear_down();
	set_up();
}

Test(net_tcp, one_segment)
{
	prepare(true);
	feed_said(0, said.len);
	expect_messages("whole", 0);
	cr_expect_eq(seen->n_datagrams, 3);
	cr_expect_eq(seen->datagram[0].offset, 40 + 6 + 2);
	cr_expect_eq(seen->datagram[0].dport, 443);
	cr_expect_eq(seen->datagram[0].ip_protocol, 6);
}

Test(net_tcp, every_split)
{
	prepare(true);
	for (size_t at = 1; at < said.len; at++) {
		again();
		feed_said(0, at);
		feed_said(at, said.len);
		expect_messages("split at", at);
	}
}

Test(net_tcp, every_split_in_three)
{
	prepare(true);
	for (size_t a = 1; a < said.len - 1; a++) {
		for (size_t b = a + 1; b < said.len; b += 7) {
			again();
			feed_said(0, a);
			feed_said(a, b);
			feed_said(b, said.len);
			expect_messages("split at", a * 1000 + b);
		}
	}
}

Test(net_tcp, octet_by_octet)
{
	prepare(true);
	for (size_t at = 0; at < said.len; at++)
		feed_said(at, at + 1);
	for (size_t i = 0, n = 0; i < PK_SEEN && i < seen->n_datagrams; i++)
		if (seen->datagram[i].kind == IK_DG_TCP && n++ == 0)
			cr_expect_eq(seen->datagram[i].n_frames, 5);
	cr_expect_eq(seen->n_problems, 0);
}

Test(net_tcp, out_of_order)
{
	prepare(true);
	for (size_t at = 7; at < said.len - 1; at++) {
		again();
		feed_said(0, 6);
		feed_said(at, said.len);
		feed_said(6, at);
		expect_messages("behind", at);
		for (size_t i = 0; i < seen->n_datagrams; i++)
			if (seen->datagram[i].kind == IK_DG_TCP && seen->datagram[i].offset != 0)
				cr_expect_leq(seen->datagram[i].offset + seen->datagram[i].captured,
				              p.len, "not in the last packet, from %zu", at);
	}
}

Test(net_tcp, retransmitted_segments)
{
	prepare(true);
	feed_said(0, 30);
	feed_said(0, 30);
	feed_said(10, 50);
	feed_said(20, 40);
	feed_said(90, said.len);
	feed_said(90, said.len);
	feed_said(45, 100);
	feed_said(0, 6);
	expect_messages("again", 0);
}

Test(net_tcp, responder_has_no_prefix)
{
	prepare(true);
	feed_said(0, said.len);
	pk_forget(seen);
	prepare(false);
	feed_back(pk_octets(&said), 20, 5000, 443, START);
	feed_back(pk_octets(&said) + 20, said.len - 20, 5020, 443, START);
	expect_messages("back", 0);
	cr_expect(pk_is(&pk_first(seen, IK_DG_TCP)->src, "192.0.2.2"));
}

Test(net_tcp, foreign_streams)
{
	static const struct {
		const char *octets;
		size_t n;
	} rows[] = {
	        {"GET / HTTP/1.1", 14}, {"I", 1}, {"IKE", 3}, {"IKEUDP", 6}, {"\0\x10\1\2\3\4", 6},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *data = (const uint8_t *)rows[i].octets;

		again();
		feed(data, rows[i].n, 1, 443, ACK);
		feed(data, rows[i].n, 15, 443, ACK);
		feed(data, rows[i].n, 30, 4500, ACK);
		cr_expect_eq(pk_count(seen, IK_DG_OTHER), 3, "row %zu", i);
		cr_expect_eq(seen->n_datagrams, 3, "row %zu", i);
		cr_expect_eq(seen->n_problems, 0, "row %zu", i);
	}
}

Test(net_tcp, prefix_that_goes_wrong)
{
	feed((const uint8_t *)"IKE", 3, 1, 443, ACK);
	feed((const uint8_t *)" is dead", 8, 4, 443, ACK);
	feed((const uint8_t *)"\0\x05"
	                      "abc",
	     5, 12, 443, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 0);
	cr_expect_eq(seen->n_problems, 0);
}

Test(net_tcp, late_start_on_port_4500)
{
	pk_begin(&said, "", 0);
	push_ike(&said, 100);
	push_ike(&said, 60);
	feed(pk_octets(&said), 50, 100, 4500, ACK);
	feed(pk_octets(&said) + 50, said.len - 50, 150, 4500, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 2);
	cr_expect_eq(pk_first(seen, IK_DG_TCP)->length, 64);
	again();
	feed(pk_octets(&said), said.len, 100, 443, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 0, "another port");
	again();
	pk_begin_counting(&said, 40, 7);
	pk_push16(&said, 42);
	feed(pk_octets(&said), said.len, 100, 4500, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 1, "one ESP packet");
	again();
	feed(pk_octets(&said), said.len - 1, 100, 4500, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 0, "half an ESP packet");
}

Test(net_tcp, impossible_length)
{
	prepare(true);
	feed_said(0, said.len);
	feed((const uint8_t *)"\0\1", 2, START + (uint32_t)said.len, 443, ACK);
	cr_expect_eq(seen->n_problems, 1);
	feed((const uint8_t *)"\0\5abc", 5, START + (uint32_t)said.len + 2, 443, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 3, "no longer followed");
}

Test(net_tcp, segments_that_were_not_captured)
{
	pk_begin(&said, "", 0);
	push_ike(&said, 100);
	push_ike(&said, 60);
	push_ike(&said, 80);
	pk_push(&said, "IKETCP", 6);
	feed_said(0, 50);
	feed_said(92, said.len - 106);
	feed_said(said.len - 106, said.len);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 0);
	feed_back((const uint8_t *)"", 0, 5000, 443, START + (uint32_t)said.len);
	feed((const uint8_t *)"\0\3\xff", 3, START + (uint32_t)said.len, 443, ACK);
	cr_expect_eq(seen->n_problems, 1);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 3);
	cr_expect_eq(pk_first(seen, IK_DG_TCP)->length, 64);
}

Test(net_tcp, connections_end)
{
	prepare(true);
	feed_said(0, 50);
	feed((const uint8_t *)"", 0, START + 50, 443, RST);
	feed_said(50, said.len);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 1);
	feed((const uint8_t *)"", 0, 77, 443, SYN);
	feed(pk_octets(&said), said.len, 78, 443, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 4);
	feed(pk_octets(&said), said.len, 0x40000000, 443, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 7, "the same ports without a SYN");
}

Test(net_tcp, snapped_segments)
{
	prepare(true);
	pk_begin(&p, pk_octets(&said), said.len);
	pk_tcp(&p, CLIENT, 443, START, 5000, ACK);
	pk_ip4(&p, 6, "192.0.2.1", "192.0.2.2");
	pk_feed_snapped(seen, &p, 101, 40 + 20);
	cr_assert_eq(pk_count(seen, IK_DG_TCP), 2);
	cr_expect_not(seen->datagram[0].snapped);
	cr_expect(seen->datagram[1].snapped);
	cr_expect_eq(seen->datagram[1].captured, 7);
	cr_expect_eq(seen->datagram[1].length, 40);
	cr_expect_eq(seen->n_problems, 0);
	pk_begin(&said, "", 0);
	push_ike(&said, 60);
	feed(pk_octets(&said), said.len, START + 117, 443, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 3);
}

Test(net_tcp, held_octets_are_limited)
{
	static uint8_t big[1400];

	prepare(true);
	feed_said(0, 6);
	for (uint32_t i = 0; i < 100; i++)
		feed(big, sizeof(big), START + 100 + i * 1400, 443, ACK);
	cr_expect_eq(seen->n_problems, 1);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 0);
}

Test(net_tcp, streams_are_limited)
{
	struct ikescope_limits limits = ikescope_limits_default();
	struct pk_seen *all = seen;

	limits.tcp_streams = 2;
	seen = pk_open(&limits, NULL, 0);
	prepare(true);
	for (unsigned port = 1000; port < 1003; port++)
		feed(pk_octets(&said), 6, START, port, ACK);
	feed(pk_octets(&said) + 6, said.len - 6, START + 6, 1002, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 3);
	feed(pk_octets(&said) + 6, said.len - 6, START + 6, 1000, ACK);
	cr_expect_eq(pk_count(seen, IK_DG_TCP), 3);
	cr_expect_str_eq(ik_net_cap(seen->net, 2).name, "tcp_streams");
	cr_expect_eq(ik_net_cap(seen->net, 2).lost, 1);
	pk_close(seen);
	seen = all;
}

Test(net_tcp, icmp_about_a_followed_stream)
{
	prepare(true);
	feed_said(0, 20);
	for (unsigned port = 443; port < 445; port++) {
		pk_begin(&p, "\0\0\0\1", 4);
		pk_push16(&p, port);
		pk_push16(&p, CLIENT);
		pk_ip4(&p, 6, "192.0.2.1", "192.0.2.2");
		pk_push32(&p, 0);
		pk_push32(&p, 0x03010000);
		pk_ip4(&p, 1, "192.0.2.9", "192.0.2.1");
		pk_feed(seen, &p, 101);
		cr_expect_eq(pk_count(seen, IK_DG_ICMP), 1, "port %u", port);
	}
}
