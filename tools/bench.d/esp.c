/*
 * ESP (RFC 4303) and ESP in UDP (RFC 3948): flows with their sequence numbers, a little loss,
 * doubling and reordering, and new SPIs now and then.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	ESP_LEAST = 64,
	ESP_MOST = 1400,
	LOST = 1000, /* one packet in so many */
	SWAPPED = 1500,
	DOUBLED = 3000,
	RENEWED = 20000, /* a tunnel takes new SPIs after so many packets on average */
	PERCENT_UDP = 35,
	PERCENT_ONE_WAY = 2,
	PERCENT_NEW = 40, /* of the packets belong to tunnels that came up in the capture */
};

struct flow {
	uint32_t spi, sequence;
	uint32_t late; /* a sequence number that is still to come, or 0 */
};

struct tunnel {
	struct child path;
	struct flow flow[2]; /* of the initiator, of the responder */
	uint8_t share;       /* percent of the packets that come from the initiator */
	uint8_t multiple;    /* packets are longer by so many octets at a time */
	bool up;
};

struct esp {
	struct rng rng;
	struct tunnel *tunnel;
	uint32_t old, used, room; /* tunnels from before the capture; of all; there is room for */
	uint64_t flows;
};

static void renew(struct esp *e, struct tunnel *t, uint32_t highest)
{
	for (unsigned i = 0; i < 2; i++) {
		uint32_t spi = (uint32_t)rng_next(&e->rng) | 0x01000000;

		t->flow[i] = (struct flow){spi, rng_below(&e->rng, highest), 0};
		e->flows++;
	}
}

static void tunnel_up(struct esp *e, struct tunnel *t, const struct child *path, uint32_t highest)
{
	t->path = *path;
	t->share = (uint8_t)rng_between(&e->rng, 25, 75);
	if (rng_percent(&e->rng, PERCENT_ONE_WAY))
		t->share = rng_percent(&e->rng, 50) ? 100 : 0;
	t->multiple = rng_percent(&e->rng, 50) ? 16 : 4;
	t->up = true;
	renew(e, t, highest);
}

static struct tunnel *grow(struct esp *e, uint32_t room)
{
	struct tunnel *all = realloc(e->tunnel, room * sizeof(*all));

	if (all == NULL) {
		perror("generator");
		exit(1);
	}
	for (; e->room < room; e->room++)
		all[e->room].up = false;
	return all;
}

struct esp *esp_new(uint64_t seed, uint32_t tunnels)
{
	struct esp *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		perror("generator");
		exit(1);
	}
	e->rng = rng_seeded(seed);
	e->tunnel = grow(e, tunnels);
	e->old = e->used = tunnels;
	for (uint32_t i = 0; i < tunnels; i++) {
		struct child path = {host_public(ROLE_INITIATOR, 0x0800000 + i),
		                     host_public(ROLE_RESPONDER, 0x0800000 + i / 16), 0, 57, 249};

		if (rng_percent(&e->rng, 10)) {
			path.i = host_ipv6(0x40000000 + i);
			path.r = host_ipv6(0x50000000 + i / 16);
		} else if (rng_percent(&e->rng, PERCENT_UDP)) {
			path.i_port = (uint16_t)rng_between(&e->rng, 32768, 65535);
		}
		tunnel_up(e, &e->tunnel[i], &path, 1u << 24);
	}
	return e;
}

void esp_on_child(void *context, uint32_t slot, const struct child *child)
{
	struct esp *e = context;

	slot += e->old;
	if (slot >= e->room)
		e->tunnel = grow(e, 2 * slot);
	if (slot >= e->used)
		e->used = slot + 1;
	if (child != NULL)
		tunnel_up(e, &e->tunnel[slot], child, 1);
	else
		e->tunnel[slot].up = false;
}

static struct tunnel *pick(struct esp *e)
{
	double u = rng_unit(&e->rng);
	struct tunnel *t;

	if (e->used > e->old && rng_percent(&e->rng, PERCENT_NEW)) {
		t = &e->tunnel[e->old + rng_below(&e->rng, e->used - e->old)];
		if (t->up)
			return t;
	}
	/* a few of the old tunnels carry most of the traffic */
	return &e->tunnel[(uint32_t)(u * u * e->old)];
}

static uint32_t next_sequence(struct esp *e, struct flow *f)
{
	uint32_t sequence = f->late;

	if (sequence != 0) {
		f->late = 0;
		return sequence;
	}
	sequence = ++f->sequence;
	if (rng_below(&e->rng, LOST) == 0) {
		sequence = ++f->sequence;
	} else if (rng_below(&e->rng, SWAPPED) == 0) {
		f->late = sequence;
		sequence = ++f->sequence;
	}
	return sequence;
}

static size_t pick_length(struct esp *e, const struct tunnel *t)
{
	static const uint16_t range[4][2] = {{64, 140}, {140, 700}, {1280, 1400}, {1280, 1400}};
	const uint16_t *r = range[rng_below(&e->rng, 4)];
	size_t n = rng_between(&e->rng, r[0], r[1]);

	/* header, IV and ICV: 40 octets with CBC and SHA-256, 32 with GCM */
	n -= (n - (t->multiple == 16 ? 40 : 32)) % t->multiple;
	return n < ESP_LEAST ? n + t->multiple : n;
}

void esp_send(struct esp *e, struct capture *c, uint64_t time)
{
	struct tunnel *t = pick(e);
	bool back = !rng_percent(&e->rng, t->share);
	struct flow *f = &t->flow[back];
	struct route r = {back ? &t->path.r : &t->path.i,
	                  back ? &t->path.i : &t->path.r,
	                  (uint16_t)rng_next(&e->rng),
	                  0,
	                  back ? t->path.r_hops : t->path.i_hops,
	                  back};
	uint16_t port = t->path.i_port;
	size_t n = pick_length(e, t);
	uint8_t *start = frame_begin(c), *at, *end, *again;
	size_t whole;

	at = put_ip(start, &r, port != 0 ? PROTO_UDP : PROTO_ESP, n + (port != 0 ? 8 : 0));
	if (port != 0)
		at = put_udp(at, back ? 4500 : port, back ? port : 4500, n);
	at = put32(put32(at, f->spi), next_sequence(e, f));
	rng_fill(&e->rng, at, n - 8);
	end = at + n - 8;
	whole = (size_t)(end - start);
	frame_end(c, time, end);
	if (rng_below(&e->rng, DOUBLED) == 0) {
		again = frame_begin(c);
		memmove(again, start, whole); /* still there, though it may have been written out */
		frame_end(c, time, again + whole);
	}
	if (rng_below(&e->rng, RENEWED) == 0)
		renew(e, t, 1);
}

uint64_t esp_flows(const struct esp *e)
{
	return e->flows;
}

void esp_free(struct esp *e)
{
	free(e->tunnel);
	free(e);
}
