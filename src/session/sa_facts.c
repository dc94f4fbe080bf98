/*
 * What a message says besides its place in the order: paths, capabilities, identities, proposals;
 * and what others say about it: ICMP errors, lost IP fragments, anomalies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/count.h"
#include "iana/iana.h"
#include "session/sa_parts.h"

static struct ik_path *find_path(struct ik_nego *n, const struct ikescope_endpoint *i,
                                 const struct ikescope_endpoint *r)
{
	for (size_t k = n->n_paths; k-- > 0;) {
		struct ik_path *p = &n->paths[k];

		if (p->i.port == i->port && p->r.port == r->port &&
		    ik_addr_eq(&p->i.addr, &i->addr) && ik_addr_eq(&p->r.addr, &r->addr))
			return p;
	}
	return NULL;
}

void ik_sa_path(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	struct ik_nego *n = &sa->n;
	struct ikescope_endpoint src = {ev->src, ev->e.sport}, dst = {ev->dst, ev->e.dport};
	const struct ikescope_endpoint *i = dir == IK_I2R ? &src : &dst;
	const struct ikescope_endpoint *r = dir == IK_I2R ? &dst : &src;
	uint64_t place = ik_place(ev->e.capture, ik_event_at(&ev->e).frame);
	struct ik_path *p = find_path(n, i, r);

	if (p == NULL) {
		if (n->n_paths == IK_NEGO_PATHS)
			return;
		p = &n->paths[n->n_paths++];
		*p = (struct ik_path){.i = *i, .r = *r, .first = place, .domain = ev->e.domain};
	}
	p->last = place;
	sa->path = (uint8_t)(p - n->paths);
}

static void peer_natd(struct ik_peer *peer, const struct ik_event_full *ev, uint8_t path)
{
	const struct ik_clear *c = &ev->clear;
	unsigned major = ik_event_major(&ev->e);

	if (c->n_natd == 0)
		return;
	peer->n_natd = 0;
	peer->natd_sources = 0;
	peer->natd_path = path;
	peer->natd_place = ik_place(ev->e.capture, ik_event_at(&ev->e).frame);
	for (size_t k = 0; k < c->n_natd && k < IK_PEER_NATD; k++) {
		/* IKEv1: the first is of the destination, the others of the source (RFC 3947 3.2).
		 */
		bool source = major == 2 ? c->natd[k].source : k > 0;

		peer->natd[peer->n_natd] = c->natd[k].prefix;
		peer->natd_sources |= (uint8_t)(source ? 1U << peer->n_natd : 0);
		peer->n_natd++;
	}
}

static void peer_vendor(struct ik_peer *peer, const struct ik_clear *c)
{
	for (size_t k = 0; k < c->n_vid; k++) {
		const struct ik_vendor *row = ik_vendor_row(c->vid[k]);

		if (row != NULL && row->implementation != NULL && peer->implementation == NULL)
			peer->implementation = row->implementation;
	}
}

static void peer_offer(struct ik_sa *sa, struct ik_peer *peer, const struct ik_clear *c,
                       enum ik_dir dir)
{
	struct ik_suite suite;

	if (c->offer == 0)
		return;
	peer->offer = c->offer;
	if (dir != IK_R2I)
		return;
	suite = ik_offers_suite(sa->offers, c->offer);
	if (suite.known)
		sa->n.suite = suite;
}

/* For the ladder: what the message at hand carried. Beyond the first few nothing new is said. */
static void carry(struct ik_nego *n, const struct ik_clear *c, unsigned major)
{
	if (n->n_carried == IK_NEGO_CARRIED)
		return;
	n->carried[n->n_carried++] = (struct ik_carried){
	        .serial = n->last_serial,
	        .offer = c->offer,
	        .payloads = (uint32_t)(major == 2 ? c->payload_bits >> 32 : c->payload_bits),
	        .caps = c->caps,
	        .ke_group = c->ke_group,
	        .vid = c->n_vid > 0 ? c->vid[0] : 0,
	        .major = (uint8_t)major,
	};
}

void ik_sa_clear(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	struct ik_nego *n = &sa->n;
	struct ik_peer *peer = &n->peer[dir];
	const struct ik_clear *c = &ev->clear;

	if ((ev->e.bits & IK_EVB_CLEAR) == 0)
		return;
	peer->caps |= c->caps;
	peer_vendor(peer, c);
	peer_natd(peer, ev, sa->path);
	peer_offer(sa, peer, c, dir);
	carry(n, c, ik_event_major(&ev->e));
	if (c->ke_group != 0) {
		if (n->first_ke_group == 0)
			n->first_ke_group = c->ke_group;
		n->last_ke_group = c->ke_group;
	}
}

/* What was counted so far is of a time before a message that is new since: begin again. */
static bool renewed(ikescope_time counted, ikescope_time now, const struct ik_step *message)
{
	return message != NULL && counted < message->first_time && now >= message->first_time;
}

void ik_sa_icmp(struct ik_sa *sa, const struct ik_event_full *ev)
{
	struct ik_nego *n = &sa->n;
	const struct ik_event *e = &ev->e;
	uint64_t place = ik_place(e->capture, ik_event_at(e).frame);
	struct ik_icmp_seen *s;

	for (size_t k = 0; k < n->n_icmp; k++) {
		s = &n->icmp[k];
		if (s->type == e->np && s->code == e->inner_np && s->dport == e->dport &&
		    ik_addr_eq(&s->from, &ev->src)) {
			if (renewed(s->time, e->time, ik_sa_step_of(sa, n->last_serial))) {
				s->place = place;
				s->time = e->time;
				s->count = 0;
			}
			ik_count16(&s->count);
			s->last = place;
			s->last_time = e->time;
			return;
		}
	}
	if (n->n_icmp == IK_NEGO_ICMP)
		return;
	n->icmp[n->n_icmp++] = (struct ik_icmp_seen){
	        .from = ev->src,
	        .target = ev->dst,
	        .place = place,
	        .last = place,
	        .time = e->time,
	        .last_time = e->time,
	        .dport = e->dport,
	        .count = 1,
	        .type = e->np,
	        .code = e->inner_np,
	        .dir = ik_addr_eq(&ev->dst, &n->i.addr) ? IK_R2I : IK_I2R,
	};
}

void ik_sa_lost(struct ik_sa *sa, const struct ik_event_full *ev)
{
	struct ik_nego *n = &sa->n;
	const struct ik_event *e = &ev->e;
	enum ik_dir dir = ik_addr_eq(&ev->src, &n->i.addr) ? IK_I2R : IK_R2I;
	size_t k = 0;

	while (k < n->n_lost &&
	       (n->lost[k].dir != dir || n->lost[k].has_first != (e->frag_number & 1) ||
	        n->lost[k].has_last != ((e->frag_number & 2) != 0)))
		k++;
	if (k < n->n_lost && !renewed(n->lost[k].time, e->time, ik_sa_step_of(sa, n->last_r))) {
		ik_count16(&n->lost[k].count);
		return;
	}
	if (k == IK_NEGO_LOST)
		return;
	if (k == n->n_lost)
		n->n_lost++;
	n->lost[k] = (struct ik_lost_seen){
	        .place = ik_place(e->capture, ik_event_at(e).frame),
	        .time = e->time,
	        .have = e->sk_len,
	        .total = ik_event_length(e),
	        .count = 1,
	        .dir = (uint8_t)dir,
	        .has_first = (e->frag_number & 1) != 0,
	        .has_last = (e->frag_number & 2) != 0,
	};
}

void ik_sa_anomaly(struct ik_sa *sa, const struct ik_event_full *ev)
{
	struct ik_nego *n = &sa->n;
	const struct ik_anomaly *a = &ev->clear.anomaly;

	if ((ev->e.bits & IK_EVB_CLEAR) == 0 || ev->clear.n_anomaly == 0)
		return;
	if (ik_anomaly_info(a->code)->severity != IK_NOTE)
		n->bits |= IK_N_MALFORMED;
	for (size_t k = 0; k < n->n_anomalies; k++)
		if (n->anomalies[k].code == a->code) {
			ik_count16(&n->anomalies[k].count);
			return;
		}
	if (n->n_anomalies == IK_NEGO_ANOMALIES)
		return;
	n->anomalies[n->n_anomalies++] = (struct ik_anomaly_seen){
	        .place = ik_place(ev->e.capture, ik_event_at(&ev->e).frame),
	        .offset = a->offset,
	        .got = a->got,
	        .expected = a->expected,
	        .code = (uint8_t)a->code,
	        .payload = a->payload,
	        .count = 1,
	};
}
