/* SPDX-License-Identifier: Apache-2.0 */
#include "session/tracker.h"

#include <stdlib.h>

#include "base/addr.h"
#include "base/count.h"
#include "base/line.h"

#define HASHES      16 /* for each of the responders in limits->targets, by which to tell them apart */
#define FETCHED     1024 /* octets of a message that are asked for at once */
#define INVALID_SPI 11   /* a notify: RFC 7296 3.10.1, RFC 2408 3.14.1 */

/* ---- life ----------------------------------------------------------------------------------- */

static void on_datagram(void *ctx, const struct ik_datagram *dg);
static void on_incomplete(void *ctx, const struct ik_incomplete *lost);
static void on_problem(void *ctx, const struct ik_net_problem *problem);

bool ik_tracker_init(struct ik_tracker *t, const struct ikescope_options *options,
                     struct ik_spill *spill,
                     bool (*flow)(void *ctx, const struct ik_esp_flow *flow), void *ctx)
{
	struct ik_net_sink sink = {.ctx = t,
	                           .datagram = on_datagram,
	                           .incomplete = on_incomplete,
	                           .problem = on_problem};
	size_t hashes = 8;

	while (hashes < HASHES * options->limits.targets)
		hashes *= 2;
	t->hash_mask = (uint32_t)(hashes - 1);
	memcpy(t->key.octet, options->hash_key, sizeof(t->key.octet));
	t->limits = &options->limits;
	t->spill = spill;
	t->ike_ports = options->ike_ports;
	t->n_ike_ports = options->n_ike_ports;
	t->net = ik_net_new(t->limits, &t->key, options->ike_ports, options->n_ike_ports, &sink);
	t->log = ik_log_new(spill, ik_hash(&t->key, "log", 3));
	t->offers = ik_offers_new(&t->key, t->limits->offers);
	t->esp = ik_esp_new(t->limits->esp_flows, flow, ctx);
	t->seen = ik_seen_new(t->limits->endpoints);
	t->trouble = (struct ik_trouble *)calloc((size_t)t->limits->anomalies, sizeof(*t->trouble));
	t->answers = (uint8_t *)calloc(hashes / 8, 1);
	t->asked = (uint8_t *)calloc(hashes, 1);
	return t->trouble != NULL && t->net != NULL && t->log != NULL && t->offers != NULL &&
	       t->esp != NULL && t->seen != NULL && t->answers != NULL && t->asked != NULL;
}

void ik_tracker_close(struct ik_tracker *t)
{
	ik_net_free(t->net);
	ik_log_free(t->log);
	ik_offers_free(t->offers);
	ik_esp_free(t->esp);
	ik_seen_free(t->seen);
	ik_v1_fragments_free(t->fragments);
	free(t->counts);
	free(t->trouble);
	free(t->answers);
	free(t->asked);
	free(t->pair_events);
}

bool ik_tracker_capture(struct ik_tracker *t)
{
	if (t->n_counts == t->cap_counts) {
		size_t cap = t->cap_counts != 0 ? 2 * t->cap_counts : 4;
		struct ik_capture_counts *grown =
		        (struct ik_capture_counts *)realloc(t->counts, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		t->counts = grown;
		t->cap_counts = cap;
	}
	t->counts[t->n_counts++] = (struct ik_capture_counts){
	        .first_time = IKESCOPE_TIME_NONE,
	        .last_time = IKESCOPE_TIME_NONE,
	        .last_packet = IKESCOPE_TIME_NONE,
	};
	return true;
}

/* ---- counts --------------------------------------------------------------------------------- */

static void count_link_type(struct ik_capture_counts *c, uint16_t link_type)
{
	size_t most = sizeof(c->link_types) / sizeof(c->link_types[0]);

	for (size_t i = 0; i < c->n_link_types; i++)
		if (c->link_types[i] == link_type)
			return;
	if (c->n_link_types < most)
		c->link_types[c->n_link_types++] = link_type;
}

/* A packet that is older than one that came before it. */
static void count_early(struct ik_capture_counts *c, const struct ikescope_packet *p)
{
	if (p->time < c->last_packet && c->reversed++ == 0)
		c->first_reversed = p->at.frame;
	if (p->time < c->first_time)
		c->first_time = p->time;
}

bool ik_tracker_packet(struct ik_tracker *t, const struct ikescope_packet *p)
{
	struct ik_capture_counts *c = &t->counts[p->at.capture - 1];

	t->spill->packets++;
	if (c->packets++ == 0)
		c->first_time = c->last_time = c->last_packet = p->time;
	if (p->time >= c->last_time)
		c->last_time = p->time;
	else
		count_early(c, p);
	c->last_packet = p->time;
	if (c->n_link_types == 0 || c->link_types[c->n_link_types - 1] != p->link_type)
		count_link_type(c, p->link_type);
	if (p->captured < p->length && c->snapped++ == 0)
		c->first_snapped = p->at.frame;
	if (!ik_net_packet(t->net, p))
		t->failed = true;
	return !t->failed;
}

void ik_tracker_trouble(struct ik_tracker *t, const struct ikescope_packet *p, size_t offset,
                        const char *layer, const char *text, const char *rfc)
{
	for (size_t i = 0; i < t->n_trouble; i++)
		if (t->trouble[i].capture == p->at.capture && t->trouble[i].text == text &&
		    t->trouble[i].layer == layer) {
			t->trouble[i].count++;
			return;
		}
	if (t->n_trouble == t->limits->anomalies) {
		t->trouble_lost++;
		return;
	}
	t->trouble[t->n_trouble++] = (struct ik_trouble){
	        .capture = p->at.capture,
	        .frame = p->at.frame,
	        .offset = (uint32_t)offset,
	        .layer = layer,
	        .text = text,
	        .rfc = rfc,
	        .count = 1,
	};
}

static void on_problem(void *ctx, const struct ik_net_problem *problem)
{
	struct ik_tracker *t = (struct ik_tracker *)ctx;

	ik_tracker_trouble(t, problem->packet, problem->offset, problem->layer, problem->text,
	                   problem->rfc);
}

static bool add_pair_event(struct ik_tracker *t, const struct ik_pair_event *ev)
{
	if (t->n_pair_events == t->limits->pair_events) {
		t->pair_events_lost++;
		return true;
	}
	if (t->n_pair_events == t->cap_pair_events) {
		size_t cap = t->cap_pair_events != 0 ? 2 * t->cap_pair_events : 16;
		struct ik_pair_event *grown =
		        (struct ik_pair_event *)realloc(t->pair_events, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		t->pair_events = grown;
		t->cap_pair_events = cap;
	}
	t->pair_events[t->n_pair_events++] = *ev;
	return true;
}

/* ---- events --------------------------------------------------------------------------------- */

static bool append(struct ik_tracker *t)
{
	uint8_t *record;
	size_t need;

	if (t->next_seq == UINT32_MAX) {
		t->events_lost++;
		return true;
	}
	t->event.e.seq = t->next_seq++;
	need = ik_event_need(&t->event);
	record = ik_log_append(t->log, t->event.e.spi_i, need);
	if (record == NULL)
		return false;
	ik_event_put(&t->event, record);
	t->spill->proved += (t->event.e.bits & IK_EVB_ENCRYPTED) != 0 ? need : 0;
	return true;
}

static void event_path(struct ik_event_full *ev, const struct ikescope_packet *p, uint32_t domain,
                       const struct ikescope_addr *src, const struct ikescope_addr *dst,
                       uint16_t sport, uint16_t dport)
{
	ik_addr_copy(&ev->src, src);
	ik_addr_copy(&ev->dst, dst);
	ev->e.bits |= src->family == 6 ? IK_EVB_V6 : 0;
	ev->e.sport = sport;
	ev->e.dport = dport;
	ev->e.domain = domain;
	ev->e.capture = (uint16_t)p->at.capture;
	ev->e.frame = (uint32_t)p->at.frame;
	ev->e.frame_high = (uint16_t)(p->at.frame >> 32);
	ev->e.time = p->time;
	ev->e.interface = (uint8_t)(p->interface < UINT8_MAX ? p->interface : UINT8_MAX);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* The same for both directions. */
static uint32_t answer_bit(const struct ik_tracker *t, uint32_t domain,
                           const struct ikescope_addr *a, const struct ikescope_addr *b)
{
	uint64_t low = ik_addr_word(a, 0) + ik_addr_word(b, 0);
	uint64_t high = ik_addr_word(a, 8) + ik_addr_word(b, 8);

	return (uint32_t)ik_mix(ik_mix(high, low), domain) & t->hash_mask;
}

bool ik_tracker_answers(const struct ik_tracker *t, uint32_t domain, const struct ikescope_addr *a,
                        const struct ikescope_addr *b)
{
	uint32_t bit = answer_bit(t, domain, a, b);

	return (t->answers[bit / 8] >> (bit % 8) & 1) != 0;
}

static uint8_t *asked_of(const struct ik_tracker *t, uint32_t domain,
                         const struct ikescope_addr *responder)
{
	return &t->asked[ik_mix(ik_addr_hash(responder), domain) & t->hash_mask];
}

unsigned ik_tracker_asked(const struct ik_tracker *t, uint32_t domain,
                          const struct ikescope_addr *responder)
{
	return *asked_of(t, domain, responder);
}

static bool informational(const struct ik_msg *m)
{
	return (m->exchange == 37 && m->major == 2) || (m->exchange == 5 && m->major == 1);
}

/* A peer that was sent ESP under an SPI that it does not know, and has no IKE SA with the sender,
 * says so in clear. In IKEv2 the SPIs of such a message mean nothing (RFC 7296 1.5): it is of no
 * IKE SA. */
static bool note_invalid_spi(struct ik_tracker *t, const struct ik_datagram *dg,
                             const struct ik_msg *m, const uint8_t *octets, bool *of_no_sa)
{
	struct ik_pair_event ev = {
	        .domain = dg->domain,
	        .src = dg->src,
	        .dst = dg->dst,
	        .place = ik_place(dg->packet->at.capture, dg->packet->at.frame),
	        .time = dg->packet->time,
	        .invalid_spi = true,
	};

	for (size_t i = 0; i < m->n_notify && !m->encrypted; i++) {
		if (m->notify[i].type != INVALID_SPI || m->notify[i].data.len != 4)
			continue;
		ev.esp_spi = ik_be32(octets + m->notify[i].data.pos);
		*of_no_sa = m->major == 2 && m->payloads == 1;
		return add_pair_event(t, &ev);
	}
	return true;
}

/* Builds the event of a decoded message and appends it. */
static bool message_event(struct ik_tracker *t, const struct ik_datagram *dg,
                          const struct ik_msg *m, const uint8_t *octets, uint16_t joined,
                          bool marked)
{
	struct ik_event *e = &t->event.e;
	bool clear = !m->encrypted || m->n_anomaly > 0, of_no_sa = false;

	*e = (struct ik_event){
	        .spi_i = m->spi_i,
	        .spi_r = m->spi_r,
	        .mid = m->mid,
	        .ip_id = dg->ip_id,
	        .frag_number = joined != 0 ? 0 : m->frag_number,
	        .frag_total = joined != 0 ? joined : m->frag_total,
	        .sk_len = (uint16_t)(m->sk_len < UINT16_MAX ? m->sk_len : UINT16_MAX),
	        .kind = joined != 0 ? IK_EV_ASSEMBLED : IK_EV_MESSAGE,
	        .version = m->version,
	        .exchange = m->exchange,
	        .flags = m->flags,
	        .np = m->np,
	        .inner_np = m->inner_np,
	        .ttl = dg->ttl,
	        .ip_fragments = (uint8_t)(dg->fragments < UINT8_MAX ? dg->fragments : UINT8_MAX),
	        .bits = (uint8_t)((dg->has_ip_id ? IK_EVB_IP_ID : 0) |
	                          (dg->snapped ? IK_EVB_SNAPPED : 0) |
	                          (dg->kind == IK_DG_TCP ? IK_EVB_TCP : 0) |
	                          (m->encrypted ? IK_EVB_ENCRYPTED : 0) |
	                          (clear ? IK_EVB_CLEAR : 0) | (marked ? IK_EVB_MARKED : 0)),
	};
	ik_event_set_length(e, m->length != 0 ? m->length : m->captured);
	if (m->major == 1 && m->frag_number != 0)
		e->sk_len = m->frag_id;
	event_path(&t->event, dg->packet, dg->domain, &dg->src, &dg->dst, dg->sport, dg->dport);
	if (clear && informational(m)) {
		if (!note_invalid_spi(t, dg, m, octets, &of_no_sa))
			return false;
		if (of_no_sa)
			return true;
	}
	if (clear && !ik_tracker_clear(t, m, octets))
		return false;
	/* Last: it takes the time in which all that was written above becomes readable. */
	e->digest = ik_digest(octets, m->captured);
	return append(t);
}

static bool take_v1_fragment(struct ik_tracker *t, const struct ik_datagram *dg,
                             const uint8_t *octets, bool marked)
{
	struct ik_msg inside;
	const uint8_t *joined;
	uint16_t total = 0;
	size_t len = 0;

	if (t->fragments == NULL)
		t->fragments = ik_v1_fragments_new();
	if (t->fragments == NULL)
		return false;
	joined = ik_v1_fragments_add(t->fragments, &t->msg, octets, ik_from_low(dg), &len, &total);
	if (joined == NULL || len < 28)
		return !ik_v1_fragments_failed(t->fragments);
	ik_msg_decode(&inside, joined, len, len, false, (unsigned)t->limits->payloads, NULL);
	return message_event(t, dg, &inside, joined, total, marked);
}

static bool known_sa(void *ctx, uint8_t major, const uint8_t *sa, size_t len)
{
	return ik_offers_known((struct ik_offers *)ctx, major, sa, len);
}

static bool take_ike(struct ik_tracker *t, const struct ik_datagram *dg, size_t skip)
{
	struct ik_known_sa known = {.ctx = t->offers, .known = known_sa};
	const uint8_t *octets = dg->data + skip;
	uint32_t answer = answer_bit(t, dg->domain, &dg->src, &dg->dst);
	uint8_t *asked = asked_of(t, dg->domain, &dg->dst);
	const struct ik_msg *m = &t->msg;
	bool ok;

	t->counts[dg->packet->at.capture - 1].ike_messages++;
	t->spill->messages++;
	ik_fetch_to_write(&t->answers[answer / 8], 1);
	ik_fetch_to_write(asked, 1);
	ik_fetch(dg->data, dg->captured < FETCHED ? dg->captured : FETCHED);
	ik_msg_decode_known(&t->msg, octets, dg->captured - skip, dg->length - skip, dg->snapped,
	                    (unsigned)t->limits->payloads, &known);
	if (m->spi_r != 0 || (m->major == 2 && (m->flags & 0x20) != 0))
		t->answers[answer / 8] |= (uint8_t)(1U << (answer % 8));
	else
		ik_count8(asked);
	ok = message_event(t, dg, m, octets, 0, skip > 0);
	if (ok && m->major == 1 && m->frag_number != 0)
		ok = take_v1_fragment(t, dg, octets, skip > 0);
	return ok;
}

/* ---- UDP, TCP ------------------------------------------------------------------------------- */

static bool marked_port(const struct ik_tracker *t, uint16_t port)
{
	return ik_marked_port(port, t->ike_ports, t->n_ike_ports);
}

static bool note_other(struct ik_tracker *t, const struct ik_datagram *dg)
{
	t->counts[dg->packet->at.capture - 1].ip_other++;
	return ik_seen_note(t->seen, &dg->src, dg->ip_protocol,
	                    ik_place(dg->packet->at.capture, dg->packet->at.frame),
	                    dg->packet->time);
}

static bool take_udp(struct ik_tracker *t, const struct ik_datagram *dg)
{
	bool tcp = dg->kind == IK_DG_TCP;
	bool marked = tcp || marked_port(t, dg->sport) || marked_port(t, dg->dport);
	struct ik_framing f =
	        ik_frame_classify(dg->data, dg->captured, dg->length, marked, dg->snapped);

	switch (f.kind) {
	case IK_FRAME_IKE: return take_ike(t, dg, f.skip);
	case IK_FRAME_ESP:
		return ik_tracker_esp(t, dg, f.skip, tcp ? IKESCOPE_ENCAP_TCP : IKESCOPE_ENCAP_UDP);
	case IK_FRAME_KEEPALIVE:
	case IK_FRAME_FOREIGN: break;
	}
	return note_other(t, dg);
}

/* ---- ICMP and lost fragments ---------------------------------------------------------------- */

/* The initiator SPI at the beginning of what follows a UDP header: of IKE, behind a marker or not.
 * An ESP packet has no marker and names no SA. */
static uint64_t quoted_spi(const struct ik_tracker *t, const uint8_t *data, size_t len,
                           uint16_t sport, uint16_t dport)
{
	struct ik_rd r = ik_rd_make(data, data != NULL ? len : 0);

	if ((marked_port(t, sport) || marked_port(t, dport)) && ik_rd_u32(&r) != 0)
		return 0;
	return ik_rd_u64(&r);
}

/* The SPI of a piece of ESP or AH, bare or in UDP; 0: it is none, or that is not known. */
static uint32_t quoted_esp(const struct ik_tracker *t, uint8_t protocol, const uint8_t *data,
                           size_t len, uint16_t sport, uint16_t dport)
{
	struct ik_rd r = ik_rd_make(data, data != NULL ? len : 0);

	if (protocol == 51)
		ik_rd_skip(&r, 4);
	else if (protocol != 50 &&
	         (protocol != 17 || (!marked_port(t, sport) && !marked_port(t, dport))))
		return 0;
	return ik_rd_u32(&r);
}

/* The flow whose packet was too large for the next hop. */
static bool tell_mtu(struct ik_tracker *t, const struct ik_pair_event *ev)
{
	struct ik_esp_packet quoted = {
	        .spi = ev->esp_spi,
	        .src = &ev->src,
	        .dst = &ev->dst,
	        .ah = ev->protocol == 51,
	        .domain = ev->domain,
	        .encapsulation = ev->protocol == 17 ? IKESCOPE_ENCAP_UDP : IKESCOPE_ENCAP_NONE,
	        .time = ev->time,
	};

	return ik_tracker_esp_flush(t) && ik_esp_too_large(t->esp, &quoted, ev->mtu);
}

static bool take_icmp(struct ik_tracker *t, const struct ik_datagram *dg)
{
	const struct ik_icmp *q = dg->icmp;
	uint64_t spi = 0;

	if (q->protocol == 17 && q->has_ports)
		spi = quoted_spi(t, q->data, q->captured, q->sport, q->dport);
	if (spi == 0) {
		struct ik_pair_event ev = {
		        .domain = dg->domain,
		        .src = q->src,
		        .dst = q->dst,
		        .from = dg->src,
		        .sport = q->sport,
		        .dport = q->dport,
		        .udp_length = q->udp_length,
		        .has_ports = q->has_ports,
		        .place = ik_place(dg->packet->at.capture, dg->packet->at.frame),
		        .time = dg->packet->time,
		        .icmp = true,
		        .icmp_type = q->type,
		        .icmp_code = q->code,
		        .protocol = q->protocol,
		        .mtu = q->mtu,
		        .esp_spi = quoted_esp(t, q->protocol, q->data, q->captured, q->sport,
		                              q->dport),
		};

		if (ev.esp_spi != 0 && ik_too_large(&ev.src, q->type, q->code) && !tell_mtu(t, &ev))
			return false;
		return add_pair_event(t, &ev);
	}
	t->event.e = (struct ik_event){.spi_i = spi,
	                               .kind = IK_EV_ICMP,
	                               .np = q->type,
	                               .inner_np = q->code,
	                               .ttl = dg->ttl};
	event_path(&t->event, dg->packet, dg->domain, &dg->src, &q->dst, q->sport, q->dport);
	return append(t);
}

/* What an incomplete datagram is known to be of. spi: of its beginning, 0 none. */
static void count_incomplete(const struct ik_tracker *t, const struct ik_incomplete *lost,
                             uint64_t spi, struct ik_capture_counts *count)
{
	bool ike = lost->sport == 500 || lost->dport == 500 || marked_port(t, lost->sport) ||
	           marked_port(t, lost->dport);

	if (lost->ip_protocol != 17)
		return;
	if (!lost->has_first) {
		if (count->udp_headless++ == 0)
			count->first_udp_headless = lost->at.frame;
	} else if (spi != 0 && ike) {
		if (count->ike_begun++ == 0)
			count->first_ike_begun = lost->at.frame;
	}
}

static void on_incomplete(void *ctx, const struct ik_incomplete *lost)
{
	struct ik_tracker *t = (struct ik_tracker *)ctx;
	struct ikescope_packet where = {.at = lost->at, .time = lost->time};
	struct ik_capture_counts *count = &t->counts[lost->at.capture - 1];
	uint64_t spi = 0;

	if (lost->has_first && lost->n_frames == 1) {
		if (count->first_only++ == 0)
			count->first_first_only = lost->at.frame;
	} else {
		count->later++;
	}

	if (lost->has_first && lost->ip_protocol == 17)
		spi = quoted_spi(t, lost->data, lost->captured, lost->sport, lost->dport);
	count_incomplete(t, lost, spi, count);
	if (spi == 0) {
		struct ik_pair_event ev = {
		        .domain = lost->domain,
		        .src = lost->src,
		        .dst = lost->dst,
		        .sport = lost->sport,
		        .dport = lost->dport,
		        .has_ports = lost->has_first,
		        .place = ik_place(lost->at.capture, lost->at.frame),
		        .time = lost->time,
		        .have = lost->have,
		        .total = lost->total,
		        .protocol = lost->ip_protocol,
		        .esp_spi = quoted_esp(t, lost->ip_protocol, lost->data, lost->captured,
		                              lost->sport, lost->dport),
		        .has_first = lost->has_first,
		        .has_last = lost->has_last,
		};

		t->failed |= !add_pair_event(t, &ev);
		return;
	}
	t->event.e = (struct ik_event){
	        .spi_i = spi,
	        .kind = IK_EV_LOST,
	        .sk_len = (uint16_t)(lost->have < UINT16_MAX ? lost->have : UINT16_MAX),
	        .frag_number = (uint16_t)((lost->has_first ? 1 : 0) | (lost->has_last ? 2 : 0)),
	};
	ik_event_set_length(&t->event.e, lost->total);
	event_path(&t->event, &where, lost->domain, &lost->src, &lost->dst, lost->sport,
	           lost->dport);
	t->failed |= !append(t);
}

/* What belongs to a tunnel, out of line: most packets of most captures do not, and the registers
 * that this needs would be saved for each of them. */
__attribute__((noinline)) static bool take(struct ik_tracker *t, const struct ik_datagram *dg)
{
	switch (dg->kind) {
	case IK_DG_UDP:
	case IK_DG_TCP: return take_udp(t, dg);
	case IK_DG_ESP:
	case IK_DG_AH: return ik_tracker_esp(t, dg, 0, IKESCOPE_ENCAP_NONE);
	case IK_DG_ICMP: return take_icmp(t, dg) && note_other(t, dg);
	case IK_DG_OTHER: return note_other(t, dg);
	}
	return true;
}

static void on_datagram(void *ctx, const struct ik_datagram *dg)
{
	struct ik_tracker *t = (struct ik_tracker *)ctx;
	struct ik_capture_counts *c = &t->counts[dg->packet->at.capture - 1];

	if (dg->fragments > 1)
		c->ip_fragments += dg->fragments;
	c->wide += dg->kind == IK_DG_OTHER;
	if (!(dg->kind == IK_DG_OTHER ? note_other(t, dg) : take(t, dg)))
		t->failed = true;
}

bool ik_tracker_flush(struct ik_tracker *t)
{
	ik_net_flush(t->net);
	return !t->failed && ik_tracker_esp_flush(t) && ik_esp_drain(t->esp) &&
	       ik_seen_settle(t->seen);
}
