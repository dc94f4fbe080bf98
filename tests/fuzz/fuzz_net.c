/*
 * Fuzzing what lies below IKE: link layers and tunnels, IP fragments, TCP streams, ICMP errors,
 * over several packets.
 *
 * Input: an octet with a bit for tiny limits and one for a further IKE port; packets. A packet is
 * an octet for its link type, one for the time since the one before, two for the octets captured,
 * two for the octets that were on the wire besides; its octets.
 *
 * What must hold: nothing crashes; what is told lies in the packet, or was reassembled of frames
 * that came; memory stays under its limits; no outcome depends on the hash key.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "fuzz/invariants.h"
#include "fuzz/told.h"
#include "net/net.h"
#include "support/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PACKETS = 64,
	TINY_MEMORY = 65536,
	/* TCP streams and fragments of the tiny limits, tables, texts of wrappers. */
	MEMORY_MOST = 4 * TINY_MEMORY
};

static const uint16_t link_types[] = {1,   0,   9,   12,  14,  50,  51,  101, 104, 108,
                                      109, 113, 204, 228, 229, 239, 258, 276, 147};
#define LINK_TYPES (sizeof(link_types) / sizeof(link_types[0]))

static const uint64_t steps[] = {0, 1000, 1000000, 100000000, 1000000000, 20000000000, 40000000000};
#define STEPS (sizeof(steps) / sizeof(steps[0]))

struct seen {
	struct ik_net *net;
	const struct ikescope_packet *packet;
	uint64_t frame, digest;
	bool quiet;
};

static void take(struct seen *s, uint64_t number)
{
	s->digest = ik_mix(s->digest, number);
}

static void take_addr(struct seen *s, const struct ikescope_addr *a)
{
	require(a->family == 4 || a->family == 6, "an address has a family");
	take(s, ik_digest(a->octet, a->family == 4 ? 4 : 16));
}

static void take_frames(struct seen *s, const uint64_t *frames, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		require(frames[i] >= 1 && frames[i] <= s->frame, "a frame came");
		require(i == 0 || frames[i] >= frames[i - 1], "frames ascend");
		take(s, frames[i]);
	}
}

static void take_domain(struct seen *s, uint32_t domain)
{
	const char *text = ik_net_domain(s->net, domain);

	require(domain == 0 || text != NULL, "a domain has a name");
	if (text != NULL)
		take(s, ik_digest(text, strlen(text)));
}

static void take_icmp(struct seen *s, const struct ik_icmp *icmp)
{
	take_addr(s, &icmp->src);
	take_addr(s, &icmp->dst);
	take(s, ik_digest(icmp->data, icmp->captured));
	take(s, (uint64_t)icmp->type << 40 | (uint64_t)icmp->code << 32 | icmp->mtu);
}

static void datagram(void *ctx, const struct ik_datagram *dg)
{
	struct seen *s = ctx;
	const struct ikescope_packet *p = s->packet;

	require(dg->packet == p, "a datagram comes with its last packet");
	take_addr(s, &dg->src);
	take_addr(s, &dg->dst);
	take_domain(s, dg->domain);
	take(s, (uint64_t)dg->kind << 32 | (uint64_t)dg->sport << 16 | dg->dport);
	require((dg->icmp != NULL) == (dg->kind == IK_DG_ICMP), "an ICMP error has its quote");
	if (dg->icmp != NULL)
		take_icmp(s, dg->icmp);
	if (dg->kind == IK_DG_OTHER)
		return;
	require(dg->captured <= dg->length || dg->kind == IK_DG_ICMP,
	        "no more of a datagram is captured than there was");
	require(dg->offset == 0 ||
	                (dg->offset <= p->captured && dg->captured <= p->captured - dg->offset &&
	                 dg->data == p->data + dg->offset),
	        "a datagram lies in its packet");
	require(dg->n_frames >= 1 && dg->fragments >= 1, "a datagram has a frame");
	take_frames(s, dg->frames, dg->n_frames);
	take(s, ik_digest(dg->data, dg->captured));
	if (!s->quiet)
		tellf("datagram %d of %" PRIu64 ": %u > %u, %zu of %zu at %zu, %zu fragments\n",
		      (int)dg->kind, s->frame, dg->sport, dg->dport, dg->captured, dg->length,
		      dg->offset, dg->fragments);
}

static void incomplete(void *ctx, const struct ik_incomplete *lost)
{
	struct seen *s = ctx;

	take_addr(s, &lost->src);
	take_addr(s, &lost->dst);
	take_domain(s, lost->domain);
	take_frames(s, lost->frames, lost->n_frames);
	if (lost->data != NULL)
		take(s, ik_digest(lost->data, lost->captured));
	require(lost->total == 0 || lost->has_last, "who knows the length has the end");
	require(lost->time <= lost->last_time, "times of fragments ascend");
	if (!s->quiet)
		tellf("lost: %u of %u, first %d last %d displaced %d\n", lost->have, lost->total,
		      lost->has_first, lost->has_last, lost->displaced);
}

static void problem(void *ctx, const struct ik_net_problem *what)
{
	struct seen *s = ctx;

	require(what->packet == s->packet && what->offset <= s->packet->captured,
	        "a problem lies in its packet");
	require(what->layer != NULL && what->text != NULL, "a problem has a name");
	take(s, what->offset);
	if (!s->quiet)
		tellf("%s at %zu: %s\n", what->layer, what->offset, what->text);
}

static void feed(struct seen *s, struct input in)
{
	ikescope_time now = 0;

	while (in.left > 0 && s->frame < PACKETS) {
		struct ikescope_packet p = {.at = {1, ++s->frame}};
		uint8_t *octets;

		p.link_type = link_types[input_number(&in, 1) % LINK_TYPES];
		now += (ikescope_time)steps[input_number(&in, 1) % STEPS];
		p.time = now;
		p.captured = input_number(&in, 2);
		p.length = input_number(&in, 2);
		octets = input_octets(&in, &p.captured);
		p.length += p.captured;
		p.data = octets;
		s->packet = &p;
		require(ik_net_packet(s->net, &p), "there is memory for a packet");
		free(octets);
	}
}

static void take_wrappers(struct seen *s)
{
	const struct ik_wrapper *w;
	struct ik_net_cap cap;

	for (size_t i = 0; (w = ik_net_wrapper(s->net, i)) != NULL; i++) {
		require(w->text != NULL && w->kind != NULL && w->packets > 0, "a wrapper has text");
		take(s, ik_digest(w->text, strlen(w->text)) ^ w->packets);
		if (!s->quiet)
			tellf("%s: %s, %" PRIu64 "\n", w->kind, w->text, w->packets);
	}
	for (size_t i = 0; (cap = ik_net_cap(s->net, i)).name != NULL; i++)
		take(s, cap.lost);
}

static uint64_t run(const uint8_t *data, size_t size, int fill)
{
	static const uint16_t port = 5500;
	struct input in = {.at = data, .left = size};
	unsigned how = input_number(&in, 1);
	struct ikescope_limits limits = ikescope_limits_default();
	struct ik_hash_key key;
	struct seen s = {.quiet = fill != 0};
	const struct ik_net_sink sink = {
	        .ctx = &s, .datagram = datagram, .incomplete = incomplete, .problem = problem};
	size_t before;

	memset(&key, fill, sizeof(key));
	if ((how & 1) != 0) {
		limits.fragment_datagrams = 4;
		limits.fragment_memory = TINY_MEMORY;
		limits.fragment_timeout = 5;
		limits.tcp_streams = 2;
		limits.tunnel_depth = 6;
		limits.domains = 3;
	}
	s.net = ik_net_new(&limits, &key, &port, (how & 2) != 0, &sink);
	require(s.net != NULL, "there is memory");
	before = pl_allocated();
	feed(&s, in);
	require((how & 1) == 0 || pl_allocated() <= before + MEMORY_MOST, "memory is bounded");
	s.packet = NULL;
	ik_net_flush(s.net);
	take_wrappers(&s);
	ik_net_free(s.net);
	return s.digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t digest = run(data, size, 0);

	tellf("%" PRIx64 "\n", digest);
	/* With tiny tables the key decides who has to leave. */
	if (size > 0 && (data[0] & 1) != 0)
		require(digest == run(data, size, 0), "the same input gives the same output");
	else
		require(digest == run(data, size, 0x5a), "no outcome depends on the hash key");
	return 0;
}
