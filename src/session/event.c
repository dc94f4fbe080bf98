/*
 * Events to octets and back: within one process, so structures are copied as they are. What the log
 * does not need to hold, memory and disk do not need to move.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/event.h"

#include "base/addr.h"

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

/* What every event has, and what follows only where it is not the usual, which kind says. */
#define FIXED offsetof(struct ik_event, domain)
#define RARE  128
_Static_assert(FIXED == 64 && sizeof(struct ik_event) == 80, "no octet of the log is padding");
_Static_assert(offsetof(struct ik_event, spi_i) == 0, "the log reads the key");

static bool is_usual(const struct ik_event *e)
{
	return e->capture == 1 && e->ip_fragments == 1 &&
	       (e->domain | e->length_high | e->frame_high | e->frag_number | e->frag_total |
	        e->interface) == 0;
}

/* Records lie in the log without gaps, so at any address: fields are written one by one where they
 * are, for a copy of the whole would wait for each of them, which were just made. */
struct __attribute__((packed)) packed {
	uint64_t spi_i, spi_r, digest;
	ikescope_time time;
	uint32_t seq, frame, mid;
	uint16_t size, length, sk_len, ip_id, sport, dport;
	uint8_t kind, bits, version, exchange, flags, np, inner_np, ttl;
};
_Static_assert(sizeof(struct packed) == FIXED &&
                       offsetof(struct packed, ttl) == offsetof(struct ik_event, ttl) &&
                       offsetof(struct packed, dport) == offsetof(struct ik_event, dport),
               "the first fields of an event in their order");

static size_t clear_size(const struct ik_clear *c)
{
	return CLEAR_FIXED + (c->n_anomaly > 0 ? sizeof(c->anomaly) : 0) +
	       c->n_notify * sizeof(c->notify[0]) + c->n_vid * sizeof(c->vid[0]) +
	       c->n_natd * sizeof(c->natd[0].prefix) + (c->n_natd > 0) + c->id_len;
}

size_t ik_event_need(struct ik_event_full *ev)
{
	size_t need = FIXED + ((ev->e.bits & IK_EVB_V6) != 0 ? 32 : 8);

	if (!is_usual(&ev->e))
		need += sizeof(struct ik_event) - FIXED;
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
	p->length = e->length;
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

void ik_event_put(const struct ik_event_full *ev, uint8_t *out)
{
	const struct ik_event *e = &ev->e;
	size_t addr = (e->bits & IK_EVB_V6) != 0 ? 16 : 4;
	bool usual = is_usual(e);

	put_packed((struct packed *)(void *)out, e, usual);
	out += FIXED;
	if (!usual)
		out = put(out, (const uint8_t *)e + FIXED, sizeof(*e) - FIXED);
	out = put(out, ev->src.octet, addr);
	out = put(out, ev->dst.octet, addr);
	if ((e->bits & IK_EVB_CLEAR) != 0)
		(void)put_clear(out, &ev->clear);
}

size_t ik_event_size(const uint8_t *in)
{
	uint16_t size;

	memcpy(&size, in + offsetof(struct ik_event, size), sizeof(size));
	return size;
}

void ik_event_get(struct ik_event_full *ev, const uint8_t *in)
{
	struct ik_event *e = &ev->e;

	*e = (struct ik_event){.capture = 1, .ip_fragments = 1};
	in = get(in, e, FIXED);
	if ((e->kind & RARE) != 0) {
		in = get(in, (uint8_t *)e + FIXED, sizeof(*e) - FIXED);
		e->kind &= RARE - 1;
	}
	if ((e->bits & IK_EVB_V6) != 0) {
		ik_addr_set6(&ev->src, in);
		ik_addr_set6(&ev->dst, in + 16);
		in += 32;
	} else {
		ik_addr_set4(&ev->src, in);
		ik_addr_set4(&ev->dst, in + 4);
		in += 8;
	}
	if ((e->bits & IK_EVB_CLEAR) != 0)
		get_clear(in, &ev->clear);
}
