/*
 * Events to octets and back: within one process, so structures are copied as they are.
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
	out = put(out, c, CLEAR_FIXED);
	if (c->n_anomaly > 0)
		out = put(out, &c->anomaly, sizeof(c->anomaly));
	out = put(out, c->notify, c->n_notify * sizeof(c->notify[0]));
	out = put(out, c->vid, c->n_vid * sizeof(c->vid[0]));
	for (size_t i = 0; i < c->n_natd; i++) {
		out = put(out, &c->natd[i].prefix, sizeof(c->natd[i].prefix));
		*out++ = c->natd[i].source;
	}
	return put(out, c->id, c->id_len);
}

static void get_clear(const uint8_t *in, struct ik_clear *c)
{
	in = get(in, c, CLEAR_FIXED);
	if (c->n_anomaly > 0)
		in = get(in, &c->anomaly, sizeof(c->anomaly));
	in = get(in, c->notify, c->n_notify * sizeof(c->notify[0]));
	in = get(in, c->vid, c->n_vid * sizeof(c->vid[0]));
	for (size_t i = 0; i < c->n_natd; i++) {
		in = get(in, &c->natd[i].prefix, sizeof(c->natd[i].prefix));
		c->natd[i].source = *in++ != 0;
	}
	(void)get(in, c->id, c->id_len);
}

size_t ik_event_put(struct ik_event_full *ev, uint8_t *out)
{
	size_t addr = (ev->e.bits & IK_EVB_V6) != 0 ? 16 : 4;
	uint8_t *p = out + sizeof(ev->e);

	p = put(p, ev->src.octet, addr);
	p = put(p, ev->dst.octet, addr);
	if ((ev->e.bits & IK_EVB_CLEAR) != 0)
		p = put_clear(p, &ev->clear);
	ev->e.size = (uint16_t)(p - out);
	memcpy(out, &ev->e, sizeof(ev->e));
	return ev->e.size;
}

void ik_event_get(struct ik_event_full *ev, const uint8_t *in)
{
	size_t addr;

	in = get(in, &ev->e, sizeof(ev->e));
	addr = (ev->e.bits & IK_EVB_V6) != 0 ? 16 : 4;
	ev->src = (struct ikescope_addr){.family = addr == 4 ? 4 : 6};
	ev->dst = ev->src;
	in = get(in, ev->src.octet, addr);
	in = get(in, ev->dst.octet, addr);
	if ((ev->e.bits & IK_EVB_CLEAR) != 0)
		get_clear(in, &ev->clear);
}
