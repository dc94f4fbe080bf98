/*
 * Events to octets and back: within one process, so structures are copied as they are. What the log
 * does not need to hold, memory and disk do not need to move.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/event.h"

static uint8_t *put(uint8_t *out, const void *data, size_t n)
{
	memcpy(out, data, n);
	return out + n;
}

static const uint8_t *get(const uint8_t *in, void *data, size_t n)
{
	memcpy(data, in, n);
	return in + n;
}

#define CLEAR_FIXED offsetof(struct ik_clear, anomaly)

static uint8_t *put_clear(uint8_t *out, const struct ik_clear *c)
{
	uint8_t sources = 0;

	out = put(out, c, CLEAR_FIXED);
	if (c->n_anomaly > 0)
		out = put(out, &c->anomaly, sizeof(c->anomaly));
	out = put(out, c->notify, c->n_notify * sizeof(c->notify[0]));
	out = put(out, c->vid, c->n_vid * sizeof(c->vid[0]));
	for (size_t i = 0; i < c->n_natd; i++) {
		out = put(out, &c->natd[i].prefix, sizeof(c->natd[i].prefix));
		sources = (uint8_t)(sources | (c->natd[i].source ? 1U << i : 0));
	}
	if (c->n_natd > 0)
		*out++ = sources;
	return put(out, c->id, c->id_len);
}

static void get_clear(const uint8_t *in, struct ik_clear *c)
{
	in = get(in, c, CLEAR_FIXED);
	if (c->n_anomaly > 0)
		in = get(in, &c->anomaly, sizeof(c->anomaly));
	in = get(in, c->notify, c->n_notify * sizeof(c->notify[0]));
	in = get(in, c->vid, c->n_vid * sizeof(c->vid[0]));
	for (size_t i = 0; i < c->n_natd; i++)
		in = get(in, &c->natd[i].prefix, sizeof(c->natd[i].prefix));
	for (size_t i = 0; i < c->n_natd; i++)
		c->natd[i].source = (*in >> i & 1) != 0;
	if (c->n_natd > 0)
		in++;
	(void)get(in, c->id, c->id_len);
}

/* What every event has. Records lie in the log without gaps, so at any address: fields are written
 * and read one by one where they are, for a copy of the whole would wait for each of them. */
struct __attribute__((packed)) packed {
	uint64_t spi_i, spi_r, digest;
	ikescope_time time;
	uint32_t seq, frame, mid;
	uint16_t size, length, sk_len, ip_id, sport, dport;
	uint8_t kind, bits, version, exchange, flags, np, inner_np, ttl;
};
_Static_assert(sizeof(struct packed) == 64 && offsetof(struct packed, spi_i) == 0,
               "the log reads the key");

/* What is nearly always the same: it follows only where it is not, which kind says. */
struct __attribute__((packed)) rare {
	uint32_t length, domain;
	uint16_t frame_high, capture, frag_number, frag_total;
	uint8_t ip_fragments, interface;
};
#define RARE 128

static bool is_usual(const struct ik_event *e)
{
	return e->length <= UINT16_MAX && e->capture == 1 && e->ip_fragments == 1 &&
	       (e->domain | e->frame_high | e->frag_number | e->frag_total | e->interface) == 0;
}

static size_t clear_size(const struct ik_clear *c)
{
	return CLEAR_FIXED + (c->n_anomaly > 0 ? sizeof(c->anomaly) : 0) +
	       c->n_notify * sizeof(c->notify[0]) + c->n_vid * sizeof(c->vid[0]) +
	       c->n_natd * sizeof(c->natd[0].prefix) + (c->n_natd > 0) + c->id_len;
}

size_t ik_event_need(struct ik_event_full *ev)
{
	size_t need = sizeof(struct packed) + ((ev->e.bits & IK_EVB_V6) != 0 ? 32 : 8);

	if (!is_usual(&ev->e))
		need += sizeof(struct rare);
	if ((ev->e.bits & IK_EVB_CLEAR) != 0)
		need += clear_size(&ev->clear);
	ev->e.size = (uint16_t)need;
	return need;
}

static void put_packed(struct packed *p, const struct ik_event *e, bool usual)
{
	p->spi_i = e->spi_i;
	p->spi_r = e->spi_r;
	p->digest = e->digest;
	p->time = e->time;
	p->seq = e->seq;
	p->frame = e->frame;
	p->mid = e->mid;
	p->size = e->size;
	p->length = (uint16_t)e->length;
	p->sk_len = e->sk_len;
	p->ip_id = e->ip_id;
	p->sport = e->sport;
	p->dport = e->dport;
	p->kind = (uint8_t)(e->kind | (usual ? 0 : RARE));
	p->bits = e->bits;
	p->version = e->version;
	p->exchange = e->exchange;
	p->flags = e->flags;
	p->np = e->np;
	p->inner_np = e->inner_np;
	p->ttl = e->ttl;
}

static void put_rare(struct rare *r, const struct ik_event *e)
{
	r->length = e->length;
	r->domain = e->domain;
	r->frame_high = e->frame_high;
	r->capture = e->capture;
	r->frag_number = e->frag_number;
	r->frag_total = e->frag_total;
	r->ip_fragments = e->ip_fragments;
	r->interface = e->interface;
}

void ik_event_put(const struct ik_event_full *ev, uint8_t *out)
{
	const struct ik_event *e = &ev->e;
	size_t addr = (e->bits & IK_EVB_V6) != 0 ? 16 : 4;
	bool usual = is_usual(e);

	put_packed((struct packed *)(void *)out, e, usual);
	out += sizeof(struct packed);
	if (!usual) {
		put_rare((struct rare *)(void *)out, e);
		out += sizeof(struct rare);
	}
	out = put(out, ev->src.octet, addr);
	out = put(out, ev->dst.octet, addr);
	if ((e->bits & IK_EVB_CLEAR) != 0)
		(void)put_clear(out, &ev->clear);
}

size_t ik_event_size(const uint8_t *in)
{
	return ((const struct packed *)(const void *)in)->size;
}

void ik_event_get(struct ik_event_full *ev, const uint8_t *in)
{
	const struct packed *p = (const struct packed *)(const void *)in;
	struct rare rare = {.length = p->length, .capture = 1, .ip_fragments = 1};
	size_t addr = (p->bits & IK_EVB_V6) != 0 ? 16 : 4;

	in += sizeof(*p);
	if ((p->kind & RARE) != 0)
		in = get(in, &rare, sizeof(rare));
	ev->e = (struct ik_event){
	        .spi_i = p->spi_i,
	        .spi_r = p->spi_r,
	        .digest = p->digest,
	        .time = p->time,
	        .seq = p->seq,
	        .frame = p->frame,
	        .mid = p->mid,
	        .length = rare.length,
	        .domain = rare.domain,
	        .frame_high = rare.frame_high,
	        .capture = rare.capture,
	        .size = p->size,
	        .sport = p->sport,
	        .dport = p->dport,
	        .ip_id = p->ip_id,
	        .frag_number = rare.frag_number,
	        .frag_total = rare.frag_total,
	        .sk_len = p->sk_len,
	        .kind = p->kind & (RARE - 1),
	        .bits = p->bits,
	        .version = p->version,
	        .exchange = p->exchange,
	        .flags = p->flags,
	        .np = p->np,
	        .inner_np = p->inner_np,
	        .ttl = p->ttl,
	        .ip_fragments = rare.ip_fragments,
	        .interface = rare.interface,
	};
	ev->src = (struct ikescope_addr){.family = addr == 4 ? 4 : 6};
	ev->dst = ev->src;
	in = get(in, ev->src.octet, addr);
	in = get(in, ev->dst.octet, addr);
	if ((ev->e.bits & IK_EVB_CLEAR) != 0)
		get_clear(in, &ev->clear);
}
