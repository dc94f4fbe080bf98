/*
 * Plays many pairs of endpoints at the same time, in the order of capture time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>

/* The next packet of the pair in a slot. */
struct due {
	uint64_t time;
	uint32_t slot;
};

struct engine {
	struct engine_plan plan;
	struct engine_count count;
	struct digester digester;
	struct rng rng;
	uint64_t allotted;   /* negotiations given to pairs */
	uint64_t next_start; /* of a pair */
	uint64_t interval;   /* between two of them, on average */

	struct pair **pair;
	uint32_t slots, room;
	uint32_t *idle;
	uint32_t idles;
	struct due *heap;
	uint32_t due;
};

static void *must(void *memory)
{
	if (memory == NULL) {
		perror("generator");
		exit(1);
	}
	return memory;
}

/* --- heap of what is due ------------------------------------------------------------------ */

static bool sooner(const struct due *a, const struct due *b)
{
	return a->time < b->time || (a->time == b->time && a->slot < b->slot);
}

static void heap_sink(struct engine *e, uint32_t at)
{
	struct due moved = e->heap[at];

	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < e->due && sooner(&e->heap[child + 1], &e->heap[child]))
			child++;
		if (child >= e->due || !sooner(&e->heap[child], &moved))
			break;
		e->heap[at] = e->heap[child];
		at = child;
	}
	e->heap[at] = moved;
}

static void heap_push(struct engine *e, struct due d)
{
	uint32_t at = e->due++;

	while (at > 0 && sooner(&d, &e->heap[(at - 1) / 2])) {
		e->heap[at] = e->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	e->heap[at] = d;
}

static void heap_pop(struct engine *e)
{
	e->heap[0] = e->heap[--e->due];
	if (e->due > 0)
		heap_sink(e, 0);
}

/* --- pairs -------------------------------------------------------------------------------- */

static uint32_t take_slot(struct engine *e)
{
	if (e->idles > 0)
		return e->idle[--e->idles];
	if (e->slots == e->room) {
		e->room = e->room != 0 ? 2 * e->room : 1024;
		e->pair = must(realloc(e->pair, e->room * sizeof(*e->pair)));
		e->idle = must(realloc(e->idle, e->room * sizeof(*e->idle)));
		e->heap = must(realloc(e->heap, e->room * sizeof(*e->heap)));
	}
	e->pair[e->slots] = must(malloc(sizeof(struct pair)));
	return e->slots++;
}

static const struct script *pick_script(struct rng *r, uint8_t version, bool failing, bool ip4)
{
	const struct script *picked = NULL;
	uint32_t total = 0;

	/* one pass: each row replaces the one before with its share of the weight so far */
	for (const struct script *s = scripts; s->name != NULL; s++) {
		if (s->version != version || s->failing != failing || (s->only_ip4 && !ip4))
			continue;
		total += s->weight;
		if (rng_below(r, total) < s->weight)
			picked = s;
	}
	return picked;
}

static void choose_addresses(struct engine *e, struct pair *p)
{
	uint32_t number = (uint32_t)e->count.pairs;
	uint64_t expected = e->plan.negotiations / e->plan.attempts / 8 + 1;
	uint32_t gateways = e->plan.responders != 0 ? e->plan.responders : (uint32_t)expected;
	uint32_t gateway = rng_below(&p->rng, gateways);

	if (e->plan.responders == 0 && rng_percent(&p->rng, 10)) {
		p->i = host_ipv6(2 * number);
		p->r = host_ipv6(2 * gateway + 1);
		p->nat = false;
	} else {
		p->i = host_public(ROLE_INITIATOR, number);
		p->r = host_public(ROLE_RESPONDER, gateway);
		p->nat = rng_percent(&p->rng, 40);
	}
	p->i_inner = p->nat ? host_private((uint32_t)rng_next(&p->rng)) : p->i;
	p->r_inner = p->nat && rng_percent(&p->rng, 8) ? host_private(gateway) : p->r;
	p->i_500 = 500;
	p->i_4500 = 4500;
	if (p->nat && rng_percent(&p->rng, 60)) {
		p->i_500 = (uint16_t)rng_between(&p->rng, 1024, 32767);
		p->i_4500 = (uint16_t)rng_between(&p->rng, 32768, 65535);
	}
	p->i_hops = (uint8_t)rng_between(&p->rng, 46, 60);
	p->r_hops = (uint8_t)rng_between(&p->rng, 240, 254);
}

static void choose_character(struct pair *p)
{
	static const uint8_t failing_percent[] = {0, 0, 0, 0, 0, 0, 0, 100, 100, 50};
	uint8_t version = rng_percent(&p->rng, 70) ? 2 : 1;
	bool ip4 = p->i.family == 4;

	p->failing_percent = failing_percent[rng_below(&p->rng, sizeof(failing_percent))];
	p->healthy = pick_script(&p->rng, version, false, ip4);
	p->failing = pick_script(&p->rng, version, true, ip4);
	p->habits = &habits_table[rng_below(&p->rng, (uint32_t)habits_count)];
	p->taste = (uint32_t)rng_next(&p->rng);
	p->certificates = rng_percent(&p->rng, 55);
	p->round_trip = rng_between(&p->rng, 2, 120) * MILLISECOND;
}

static void play(struct engine *e, uint32_t slot, uint64_t time)
{
	struct pair *p = e->pair[slot];
	bool failing = rng_percent(&p->rng, p->failing_percent);
	const struct script *s = failing ? p->failing : p->healthy;

	p->attempts--;
	pair_reset(p, time);
	s->play(p);
	e->count.negotiations++;
	e->count.failing += failing;
	e->count.script[s - scripts]++;
	heap_push(e, (struct due){p->send[0].time, slot});
}

static void start_pair(struct engine *e)
{
	uint32_t slot = take_slot(e);
	struct pair *p = e->pair[slot];
	uint64_t left = e->plan.negotiations - e->allotted;

	memset(p, 0, offsetof(struct pair, octets));
	p->rng = rng_seeded(e->plan.seed ^ rng_mix(e->count.pairs));
	p->digester = &e->digester;
	choose_addresses(e, p);
	choose_character(p);
	p->attempts = rng_between(&p->rng, (e->plan.attempts + 1) / 2, e->plan.attempts * 3 / 2);
	if (p->attempts > left)
		p->attempts = (uint32_t)left;
	e->allotted += p->attempts;
	e->count.pairs++;
	play(e, slot, e->next_start);
	e->next_start += rng_below(&e->rng, (uint32_t)(2 * e->interval)) + 1;
}

/* The negotiation has ended: another one, or room for another pair. */
static void finish(struct engine *e, uint32_t slot)
{
	struct pair *p = e->pair[slot];

	if (p->attempts > 0) {
		pair_wait(p, 500, 20000);
		play(e, slot, p->now);
		return;
	}
	if (e->plan.on_child != NULL)
		e->plan.on_child(e->plan.context, slot, NULL);
	e->idle[e->idles++] = slot;
}

/* --- sending ------------------------------------------------------------------------------ */

static struct route route_of(struct pair *p, bool from_responder)
{
	return (struct route){
	        .from = from_responder ? &p->r : &p->i,
	        .to = from_responder ? &p->i : &p->r,
	        .id = (uint16_t)rng_next(&p->rng),
	        .hops = from_responder ? p->r_hops : p->i_hops,
	        .backwards = from_responder,
	};
}

/* ICMP port unreachable with the start of the first message (RFC 792). */
static void send_unreachable(struct pair *p, struct capture *c, uint64_t time)
{
	enum { QUOTE = 520 };
	struct route back = route_of(p, true), quoted = {&p->i, &p->r, p->last_id, 0, 1, false};
	const struct stored *first = &p->message[0];
	size_t n = first->length < QUOTE ? first->length : QUOTE;
	uint8_t *head = put_ip(frame_begin(c), &back, PROTO_ICMP, 8 + 20 + 8 + n);
	uint8_t *at = put32(put32(head, 0x03030000), 0);

	at = put_bare_ip(at, &quoted, PROTO_UDP, 8u + first->length);
	at = put_udp(at, p->i_500, 500, first->length);
	memcpy(at, p->octets + first->offset, n);
	at += n;
	put16(head + 2, checksum(NULL, 0, head, (size_t)(at - head)));
	frame_end(c, time, at);
}

static void send_message(struct pair *p, struct capture *c, const struct stored *s, uint64_t time)
{
	struct route r = route_of(p, s->from_responder);
	uint16_t i_port = s->floated ? p->i_4500 : p->i_500;
	uint16_t r_port = s->floated ? 4500 : 500;
	uint8_t marked[4096] = {0};
	const uint8_t *data = p->octets + s->offset;
	size_t n = s->length;

	if (!s->from_responder)
		p->last_id = r.id;
	if (s->kind == KIND_UNREACHABLE) {
		send_unreachable(p, c, time);
		return;
	}
	if (s->kind == KIND_KEEPALIVE) {
		marked[0] = 0xff;
		data = marked;
		n = 1;
	} else if (s->floated) {
		/* the non-ESP marker (RFC 3948 2.2) */
		memcpy(marked + 4, data, n);
		data = marked;
		n += 4;
	}
	send_udp(c, time, &r, s->from_responder ? r_port : i_port,
	         s->from_responder ? i_port : r_port, data, n, s->lose_tail);
}

static void tell_child(struct engine *e, uint32_t slot, enum send_event event)
{
	const struct pair *p = e->pair[slot];
	struct child c = {p->i, p->r, p->floated && p->nat ? p->i_4500 : 0, p->i_hops, p->r_hops};

	if (e->plan.on_child != NULL && event != EVENT_NONE)
		e->plan.on_child(e->plan.context, slot, event == EVENT_CHILD_UP ? &c : NULL);
}

struct engine *engine_new(const struct engine_plan *plan)
{
	struct engine *e = must(calloc(1, sizeof(*e)));

	e->plan = *plan;
	e->rng = rng_seeded(plan->seed);
	e->interval = plan->span * plan->attempts / (plan->negotiations + 1) + 1;
	digester_open(&e->digester);
	return e;
}

static bool start_is_next(const struct engine *e)
{
	return e->allotted < e->plan.negotiations &&
	       (e->due == 0 || e->next_start <= e->heap[0].time);
}

bool engine_next(struct engine *e, uint64_t *time)
{
	while (start_is_next(e))
		start_pair(e);
	if (e->due == 0)
		return false;
	*time = e->heap[0].time;
	return true;
}

void engine_send(struct engine *e, struct capture *c)
{
	uint32_t slot = e->heap[0].slot;
	struct pair *p = e->pair[slot];
	const struct scheduled *s = &p->send[p->next++];

	send_message(p, c, &p->message[s->message], s->time);
	tell_child(e, slot, s->event);
	if (p->next < p->sends) {
		e->heap[0].time = p->send[p->next].time;
		heap_sink(e, 0);
		return;
	}
	heap_pop(e);
	finish(e, slot);
}

const struct engine_count *engine_counts(const struct engine *e)
{
	return &e->count;
}

void engine_free(struct engine *e)
{
	for (uint32_t i = 0; i < e->slots; i++)
		free(e->pair[i]);
	digester_close(&e->digester);
	free(e->pair);
	free(e->idle);
	free(e->heap);
	free(e);
}
