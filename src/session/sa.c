/*
 * The order of messages: which SA, which direction, copy or new.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/sa.h"

#include <stdlib.h>

#include "base/addr.h"
#include "base/count.h"
#include "session/sa_parts.h"

#define MIRROR_WINDOW      (5 * IKESCOPE_SECOND / 1000)
#define MIRROR_NO_ID       (IKESCOPE_SECOND / 1000)
#define OTHER_POINT_WINDOW (10 * IKESCOPE_SECOND)
#define COPY_SEARCH        64

struct ik_sa *ik_sa_new(const struct ikescope_limits *limits, const struct ik_offers *offers)
{
	struct ik_sa *sa = (struct ik_sa *)calloc(1, sizeof(*sa));
	struct ik_nego *n;

	if (sa == NULL)
		return NULL;
	n = &sa->n;
	sa->limits = limits;
	sa->offers = offers;
	sa->cap_steps = (size_t)(limits->steps < 64 ? limits->steps : 64);
	sa->cap_children = (size_t)(limits->children < 16 ? limits->children : 16);
	n->steps = (struct ik_step *)calloc(sa->cap_steps, sizeof(*n->steps));
	sa->digests = (uint64_t *)calloc(sa->cap_steps, sizeof(*sa->digests));
	n->children = (struct ik_child *)calloc(sa->cap_children, sizeof(*n->children));
	n->exchanges = (struct ik_exchange *)calloc(IK_NEGO_EXCHANGES, sizeof(*n->exchanges));
	n->copies = (struct ik_copy *)calloc(IK_NEGO_COPIES, sizeof(*n->copies));
	n->paths = (struct ik_path *)calloc(IK_NEGO_PATHS, sizeof(*n->paths));
	n->icmp = (struct ik_icmp_seen *)calloc(IK_NEGO_ICMP, sizeof(*n->icmp));
	n->lost = (struct ik_lost_seen *)calloc(IK_NEGO_LOST, sizeof(*n->lost));
	n->anomalies = (struct ik_anomaly_seen *)calloc(IK_NEGO_ANOMALIES, sizeof(*n->anomalies));
	n->carried = (struct ik_carried *)calloc(IK_NEGO_CARRIED, sizeof(*n->carried));
	if (n->steps == NULL || sa->digests == NULL || n->children == NULL ||
	    n->exchanges == NULL || n->copies == NULL || n->paths == NULL || n->icmp == NULL ||
	    n->lost == NULL || n->anomalies == NULL || n->carried == NULL) {
		ik_sa_free(sa);
		return NULL;
	}
	return sa;
}

void ik_sa_free(struct ik_sa *sa)
{
	if (sa == NULL)
		return;
	free(sa->n.steps);
	free(sa->digests);
	free(sa->n.children);
	free(sa->n.exchanges);
	free(sa->n.copies);
	free(sa->n.paths);
	free(sa->n.icmp);
	free(sa->n.lost);
	free(sa->n.anomalies);
	free(sa->n.carried);
	free(sa);
}

/* ---- beginning ------------------------------------------------------------------------------ */

/* Whether the sender of a first message is the initiator. */
static bool from_initiator(const struct ik_event_full *ev)
{
	const struct ik_event *e = &ev->e;
	bool clear = (e->bits & IK_EVB_CLEAR) != 0;

	if (ik_event_major(e) == 2)
		return (e->flags & 0x08) != 0 || (e->exchange == X_INIT && (e->flags & 0x20) == 0);
	if (e->spi_r == 0)
		return true;
	/* The second message of phase 1 has an SA and both cookies. */
	return !(clear && ik_clear_has(&ev->clear, 1) &&
	         (e->exchange == X_MAIN || e->exchange == X_AGGRESSIVE));
}

void ik_sa_begin(struct ik_sa *sa, const struct ik_event_full *first)
{
	const struct ik_event *e = &first->e;
	struct ik_nego keep = sa->n, *n = &sa->n;
	bool initiator = e->kind == IK_EV_ICMP || from_initiator(first);

	*n = (struct ik_nego){
	        .steps = keep.steps,
	        .children = keep.children,
	        .exchanges = keep.exchanges,
	        .copies = keep.copies,
	        .paths = keep.paths,
	        .icmp = keep.icmp,
	        .lost = keep.lost,
	        .anomalies = keep.anomalies,
	        .carried = keep.carried,
	        .spi_i = e->spi_i,
	        .spi_r = e->spi_r,
	        .seq = e->seq,
	        .domain = e->domain,
	        .version = (uint8_t)ik_event_major(e),
	        .up_time = IKESCOPE_TIME_NONE,
	        .last_i_time = IKESCOPE_TIME_NONE,
	        .last_r_time = IKESCOPE_TIME_NONE,
	        .first = ik_place(e->capture, ik_event_at(e).frame),
	        .first_time = e->time,
	};
	n->last = n->first;
	n->last_time = n->first_time;
	n->i = (struct ikescope_endpoint){initiator ? first->src : first->dst,
	                                  initiator ? e->sport : e->dport};
	n->r = (struct ikescope_endpoint){initiator ? first->dst : first->src,
	                                  initiator ? e->dport : e->sport};
	if (e->spi_r != 0 && !(e->exchange == X_INIT && ik_event_major(e) == 2)) {
		n->state = IK_S_MID;
		if (ik_event_major(e) == 1)
			n->bits |= IK_N_ROLE_ASSUMED;
	}
	sa->ring_n = 0;
	sa->ring_bits = sa->step_bits = 0;
	sa->set_next = 0;
	sa->next_serial = 1;
	sa->delete_answer = 0;
	sa->next_mid[IK_I2R] = sa->next_mid[IK_R2I] = 0;
	for (size_t i = 0; i < SETS; i++)
		sa->set[i].open = false;
}

/* ---- mirror duplicates ---------------------------------------------------------------------- */

bool ik_mirrored(const struct ik_sa_seen *a, const struct ik_sa_seen *b)
{
	ikescope_time gap = b->time > a->time ? b->time - a->time : a->time - b->time;
	int hops = a->ttl > b->ttl ? a->ttl - b->ttl : b->ttl - a->ttl;

	if (a->has_id != b->has_id || (a->has_id && a->ip_id != b->ip_id))
		return false;
	if (a->capture != b->capture)
		return gap <= (a->has_id ? OTHER_POINT_WINDOW : MIRROR_WINDOW);
	if (a->has_id)
		return gap <= MIRROR_WINDOW && hops <= 1;
	return gap < MIRROR_NO_ID &&
	       (hops == 1 || a->domain != b->domain || a->interface != b->interface);
}

static struct ik_sa_seen seen_of(const struct ik_event *e)
{
	return (struct ik_sa_seen){
	        .time = e->time,
	        .domain = e->domain,
	        .ip_id = e->ip_id,
	        .capture = e->capture,
	        .ttl = e->ttl,
	        .interface = e->interface,
	        .has_id = (e->bits & IK_EVB_IP_ID) != 0,
	};
}

/* A copy of a packet that passed lately. */
static bool is_copy(const struct ik_sa *sa, const struct ik_event *e)
{
	unsigned n = sa->ring_n < RING ? sa->ring_n : RING;

	if ((sa->ring_bits & ik_digest_bit(e->digest)) == 0)
		return false;
	for (unsigned i = 0; i < n; i++) {
		struct ik_sa_seen now;

		if (sa->ring_digest[i] != e->digest)
			continue;
		now = seen_of(e);
		if (ik_mirrored(&sa->ring[i], &now))
			return true;
	}
	return false;
}

static bool seen_before(struct ik_sa *sa, const struct ik_event_full *ev)
{
	if (is_copy(sa, &ev->e))
		return true;
	sa->ring_bits |= ik_digest_bit(ev->e.digest);
	sa->ring_digest[sa->ring_n % RING] = ev->e.digest;
	sa->ring[sa->ring_n++ % RING] = seen_of(&ev->e);
	return false;
}

/* ---- whose event ---------------------------------------------------------------------------- */

static bool same_pair(const struct ik_nego *n, const struct ik_event_full *ev)
{
	for (size_t i = 0; i < n->n_paths; i++) {
		const struct ik_path *p = &n->paths[i];

		if ((ik_addr_eq(&p->i.addr, &ev->src) && ik_addr_eq(&p->r.addr, &ev->dst)) ||
		    (ik_addr_eq(&p->i.addr, &ev->dst) && ik_addr_eq(&p->r.addr, &ev->src)))
			return true;
	}
	return n->n_paths == 0;
}

/* Only messages of the first exchange were seen: the responder SPI is not settled yet. */
static bool spi_r_open(const struct ik_nego *n)
{
	switch ((enum ik_state)n->state) {
	case IK_S_NONE:
	case IK_S_MM1:
	case IK_S_MM2:
	case IK_S_AM1:
	case IK_S_AM2:
	case IK_S_V1_REFUSED:
	case IK_S_INIT_SENT:
	case IK_S_COOKIE:
	case IK_S_KE_RETRY:
	case IK_S_INIT_REFUSED:
	case IK_S_INIT_DONE: return true;
	case IK_S_MM3:
	case IK_S_MM4:
	case IK_S_MM5:
	case IK_S_MM6:
	case IK_S_AM3:
	case IK_S_V1_UP:
	case IK_S_INTERMEDIATE:
	case IK_S_AUTH_SENT:
	case IK_S_EAP:
	case IK_S_AUTH_REFUSED:
	case IK_S_UP:
	case IK_S_UP_ASSUMED:
	case IK_S_MID:
	case IK_STATES: break;
	}
	return false;
}

/* A refusal of the version comes in the format of the peer's own version (RFC 7296 1.5, 2.5). */
static bool version_refusal(const struct ik_event_full *ev)
{
	return (ev->e.bits & IK_EVB_CLEAR) != 0 && ev->clear.n_notify == 1 &&
	       ev->clear.notify[0].type == 5;
}

bool ik_sa_owns(const struct ik_sa *sa, const struct ik_event_full *ev)
{
	const struct ik_nego *n = &sa->n;

	if (ev->e.kind == IK_EV_ICMP || ev->e.kind == IK_EV_LOST)
		return true;
	if (ik_event_major(&ev->e) != n->version && !version_refusal(ev))
		return false;
	/* The same packet before and behind a NAT. */
	if (ev->e.kind == IK_EV_MESSAGE && is_copy(sa, &ev->e))
		return true;
	if (ev->e.spi_r == 0 || n->spi_r == 0)
		return same_pair(n, ev);
	return ev->e.spi_r == n->spi_r || (spi_r_open(n) && same_pair(n, ev));
}

/* The first message went out, and nothing came back from where it went. */
static bool waits_for_first_answer(const struct ik_nego *n)
{
	return n->spi_r == 0 &&
	       (n->state == IK_S_MM1 || n->state == IK_S_AM1 || n->state == IK_S_INIT_SENT);
}

bool ik_sa_adopts(const struct ik_sa *sa, const struct ik_event_full *ev)
{
	const struct ik_nego *n = &sa->n;
	const struct ik_event *e = &ev->e;
	bool answer = n->version == 2 ? e->exchange == X_INIT && (e->flags & 0x20) != 0
	                              : e->exchange == 2 || e->exchange == 4;

	return e->kind == IK_EV_MESSAGE && ik_event_major(e) == n->version &&
	       waits_for_first_answer(n) && answer && e->spi_r != 0 &&
	       ik_addr_eq(&ev->dst, &n->i.addr) && e->dport == n->i.port;
}

/* Whether anything went to this address. */
static bool was_asked(const struct ik_nego *n, const struct ikescope_addr *a)
{
	for (size_t i = 0; i < n->n_paths; i++)
		if (ik_addr_eq(&n->paths[i].r.addr, a))
			return true;
	return false;
}

/* ---- direction ------------------------------------------------------------------------------ */

static enum ik_dir direction(const struct ik_sa *sa, const struct ik_event_full *ev)
{
	const struct ik_nego *n = &sa->n;
	const struct ik_event *e = &ev->e;
	bool src_i = ik_addr_eq(&ev->src, &n->i.addr), src_r = ik_addr_eq(&ev->src, &n->r.addr);

	if (ik_event_major(e) == 2 && n->version == 2) {
		/* The I flag names the original initiator (RFC 7296 3.1); where it says the
		 * opposite of both addresses, the addresses are believed. */
		bool flag_i = (e->flags & 0x08) != 0;

		if (e->exchange == X_INIT)
			flag_i = (e->flags & 0x20) == 0;
		if (flag_i && src_r && !src_i && ik_addr_eq(&ev->dst, &n->i.addr))
			return IK_R2I;
		if (!flag_i && src_i && !src_r && ik_addr_eq(&ev->dst, &n->r.addr))
			return IK_I2R;
		return flag_i ? IK_I2R : IK_R2I;
	}
	if (src_i && src_r)
		return e->sport == n->i.port ? IK_I2R : IK_R2I;
	if (src_i || src_r)
		return src_i ? IK_I2R : IK_R2I;
	for (size_t i = n->n_paths; i-- > 0;) {
		if (ik_addr_eq(&n->paths[i].i.addr, &ev->src))
			return IK_I2R;
		if (ik_addr_eq(&n->paths[i].r.addr, &ev->src))
			return IK_R2I;
	}
	return ik_addr_eq(&ev->dst, &n->i.addr) ? IK_R2I : IK_I2R;
}

static struct ik_step *find_copy(struct ik_sa *sa, uint64_t digest, enum ik_dir dir)
{
	size_t n = sa->n.n_steps, least = n > COPY_SEARCH ? n - COPY_SEARCH : 0;

	if ((sa->step_bits & ik_digest_bit(digest)) == 0)
		return NULL;
	for (size_t i = n; i-- > least;)
		if (sa->digests[i] == digest && sa->n.steps[i].dir == dir)
			return &sa->n.steps[i];
	return NULL;
}

/* ---- events
 * ---------------------------------------------------------------------------------------------------
 */

static void touch(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	struct ik_nego *n = &sa->n;

	n->last = ik_place(ev->e.capture, ik_event_at(&ev->e).frame);
	n->last_time = ev->e.time;
	n->bits |= IK_N_MESSAGE | (dir == IK_I2R ? IK_N_DIR_I2R : IK_N_DIR_R2I);
	if (dir == IK_I2R)
		n->last_i_time = ev->e.time;
	else
		n->last_r_time = ev->e.time;
	if ((ev->e.bits & IK_EVB_SNAPPED) != 0)
		n->bits |= IK_N_SNAPPED;
	if ((ev->e.bits & IK_EVB_TCP) != 0)
		n->bits |= IK_N_TCP;
	if ((ev->e.bits & IK_EVB_MARKED) != 0) {
		if (dir == IK_R2I)
			n->bits |= IK_N_RETURN_4500;
		else if (n->n_steps > 0 && (n->steps[0].bits & IK_STEP_MARKED) == 0)
			n->bits |= IK_N_FLOATED;
	}
}

static void take_message(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	struct ik_step *s;

	touch(sa, ev, dir);
	if (dir == IK_R2I && waits_for_first_answer(&sa->n) && !was_asked(&sa->n, &ev->src))
		sa->n.bits |= IK_N_ELSEWHERE;
	ik_sa_path(sa, ev, dir);
	ik_sa_anomaly(sa, ev);
	if (ev->e.kind == IK_EV_MESSAGE && ev->e.frag_number != 0) {
		ik_sa_fragment(sa, ev, dir);
		return;
	}
	s = find_copy(sa, ev->e.digest, dir);
	if (ev->e.kind == IK_EV_ASSEMBLED)
		ik_sa_fragments_assembled(sa, dir);
	if (s != NULL) {
		ik_sa_copy(sa, s, ev);
		if (s->name == IK_INIT_RSP && sa->n.state == IK_S_INIT_SENT &&
		    sa->n.phase1_step > s->serial)
			ik_sa_transition(sa, s, ev); /* the old answer to a new request */
		return;
	}
	s = ik_sa_new_step(sa, ev, dir);
	if (ev->e.kind == IK_EV_ASSEMBLED) {
		s->bits |= IK_STEP_V1_FRAGMENTED;
		s->frag_total = s->frag_seen = ev->e.frag_total;
	}
	ik_sa_clear(sa, ev, dir);
	ik_sa_transition(sa, s, ev);
}

bool ik_sa_event(struct ik_sa *sa, const struct ik_event_full *ev)
{
	enum ik_dir dir;

	if (ev->e.kind == IK_EV_ICMP) {
		ik_sa_icmp(sa, ev);
		return false;
	}
	if (ev->e.kind == IK_EV_LOST) {
		ik_sa_lost(sa, ev);
		return false;
	}
	dir = direction(sa, ev);
	if (ev->e.kind == IK_EV_MESSAGE && seen_before(sa, ev)) {
		struct ik_step *s = find_copy(sa, ev->e.digest, dir);

		if (s != NULL)
			ik_count16(&s->mirrors);
		sa->n.bits |= IK_N_MIRRORED;
		ik_sa_path(sa, ev, dir); /* the other side of a NAT */
		return true;
	}
	take_message(sa, ev, dir);
	return false;
}

const struct ik_nego *ik_sa_finish(struct ik_sa *sa, ikescope_time end)
{
	ik_sa_fragments_finish(sa);
	ik_sa_children(sa, end);
	return &sa->n;
}
