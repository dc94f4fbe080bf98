/*
 * The way of plain packets at one go says what the walk through the layers says, or nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "net/layer.h"
#include "support/pipeline.h"
#include "support/samples.h"

TestSuite(net_plain, .timeout = 300);

enum { HEADS = 96 }; /* octets that are changed */

struct caught {
	size_t datagrams, problems;
	struct ik_datagram last;
};

static void on_datagram(void *ctx, const struct ik_datagram *dg)
{
	struct caught *c = ctx;

	c->datagrams++;
	c->last = *dg;
}

static void on_incomplete(void *ctx, const struct ik_incomplete *lost)
{
	(void)ctx;
	(void)lost;
}

static void on_problem(void *ctx, const struct ik_net_problem *problem)
{
	struct caught *c = ctx;

	(void)problem;
	c->problems++;
}

static const uint16_t ports[] = {5500};

static struct ik_net *open_net(struct caught *c)
{
	const struct ikescope_limits limits = ikescope_limits_default();
	const struct ik_hash_key key = {{0}};
	const struct ik_net_sink sink = {c, on_datagram, on_incomplete, on_problem};
	struct ik_net *n = ik_net_new(&limits, &key, ports, 1, &sink);

	cr_assert_not_null(n);
	return n;
}

static bool same_domain(const struct ik_net *one, uint32_t a, const struct ik_net *two, uint32_t b)
{
	const char *x = ik_net_domain(one, a), *y = ik_net_domain(two, b);

	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

/* Whether it was a plain packet; then both ways must agree. What is not plain is walked through on
 * both sides, as it makes the VLANs known. */
static bool compare(struct ik_net *one, struct caught *a, struct ik_net *two, struct caught *b,
                    const struct ikescope_packet *p)
{
	const struct ik_datagram *x = &a->last, *y = &b->last;

	memset(a, 0, sizeof(*a));
	memset(b, 0, sizeof(*b));
	cr_assert(ik_walk_packet(two, p));
	if (!ik_plain(one, p)) {
		cr_assert_eq(a->datagrams + a->problems, 0);
		cr_assert(ik_walk_packet(one, p));
		return false;
	}
	cr_assert(a->datagrams == 1 && a->problems == 0);
	cr_assert(b->datagrams == 1 && b->problems == 0);
	cr_assert(x->kind == y->kind && x->ip_protocol == y->ip_protocol);
	cr_assert(x->ttl == y->ttl && x->tos == y->tos);
	cr_assert(x->has_ip_id == y->has_ip_id && x->ip_id == y->ip_id);
	cr_assert(ik_addr_eq(&x->src, &y->src) && ik_addr_eq(&x->dst, &y->dst));
	cr_assert(same_domain(one, x->domain, two, y->domain));
	cr_assert(x->sport == y->sport && x->dport == y->dport);
	cr_assert(x->fragments == 1 && y->fragments == 1 && x->icmp == NULL);
	cr_assert(x->frames == y->frames && x->n_frames == y->n_frames && x->packet == p);
	if (x->kind == IK_DG_OTHER)
		return true; /* of no use but for the addresses */
	cr_assert(x->snapped == y->snapped && x->data == y->data && x->offset == y->offset);
	cr_assert(x->captured == y->captured && x->length == y->length);
	return true;
}

/* Every wrapper was counted as often. */
static void same_wrappers(const struct ik_net *one, const struct ik_net *two)
{
	const struct ik_wrapper *a, *b;

	for (size_t i = 0; (a = ik_net_wrapper(one, i)) != NULL; i++) {
		b = ik_net_wrapper(two, i);
		cr_assert(b != NULL && strcmp(a->text, b->text) == 0 && a->packets == b->packets);
	}
}

/* Every packet of every sample, as it is, cut, and with each octet of its headers changed. */
Test(net_plain, agrees_with_the_walk)
{
	static const uint8_t change[] = {0x01, 0x10, 0x80, 0xff};
	struct samples samples = {0};
	size_t plain = 0, odd = 0, tagged = 0;

	samples_add(&samples, IKESCOPE_SOURCE "/pcaps");
	for (size_t i = 0; i < samples.n; i++) {
		struct pl_packets packets = pl_take_apart(samples.row[i].data, samples.row[i].len);
		struct caught a, b;
		struct ik_net *one = open_net(&a), *two = open_net(&b);

		for (size_t k = 0; k < packets.n && k < 40; k++) {
			struct ikescope_packet p = packets.row[k];
			uint8_t *octets = packets.octets[k];

			plain += compare(one, &a, two, &b, &p);
			if (p.captured > 14 && octets[12] == 0x81 && octets[13] == 0 &&
			    compare(one, &a, two, &b, &p) && a.last.domain != 0)
				tagged++;
			for (size_t at = 0; at < p.captured && at < HEADS; at++)
				for (size_t c = 0; c < sizeof(change); c++) {
					octets[at] ^= change[c];
					odd += !compare(one, &a, two, &b, &p);
					octets[at] ^= change[c];
				}
			for (size_t whole = p.captured; p.captured > 0;) {
				p.captured = p.captured <= HEADS ? p.captured - 1 : HEADS;
				compare(one, &a, two, &b, &p);
				p.length = p.captured;
				compare(one, &a, two, &b, &p);
				p.length = packets.row[k].length;
				cr_assert_lt(p.captured, whole);
			}
		}
		same_wrappers(one, two);
		ik_net_free(one);
		ik_net_free(two);
		pl_packets_free(&packets);
	}
	samples_free(&samples);
	cr_assert_gt(tagged, 10);
	cr_assert_gt(plain, 1000);
	cr_assert_gt(odd, 1000);
}

/* Ethernet and IP are two layers: with room for one, a plain packet is as lost as any other. */
Test(net_plain, respects_the_depth_of_tunnels)
{
	size_t len;
	uint8_t *data = pl_read(IKESCOPE_SOURCE "/pcaps/healthy/v2-psk.pcap", &len);
	struct pl_packets packets;

	cr_assert_not_null(data);
	packets = pl_take_apart(data, len);
	for (uint64_t depth = 1; depth <= 2; depth++) {
		struct ikescope_limits limits = ikescope_limits_default();
		const struct ik_hash_key key = {{0}};
		struct caught c = {0};
		const struct ik_net_sink sink = {&c, on_datagram, on_incomplete, on_problem};
		struct ik_net *n;

		limits.tunnel_depth = depth;
		n = ik_net_new(&limits, &key, NULL, 0, &sink);
		cr_assert(n != NULL && ik_net_packet(n, &packets.row[0]));
		cr_assert_eq(c.datagrams, depth - 1);
		ik_net_free(n);
	}
	pl_packets_free(&packets);
	free(data);
}
