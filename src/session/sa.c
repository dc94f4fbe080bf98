/*
 * The order of messages: which SA, which direction, copy or new, which transition.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "session/sa.h"

#include <stdlib.h>

#include "base/addr.h"
#include "base/count.h"
#include "session/sa_parts.h"
#include "session/size.h"

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
	sa->cap_steps = 64;
	sa->cap_children = 16;
	n->steps = (struct ik_step *)calloc(sa->cap_steps, sizeof(*n->steps));
	sa->digests = (uint64_t *)calloc(sa->cap_steps, sizeof(*sa->digests));
	n->children = (struct ik_child *)calloc(sa->cap_children, sizeof(*n->children));
	n->exchanges = (struct ik_exchange *)calloc(IK_NEGO_EXCHANGES, sizeof(*n->exchanges));
	n->copies = (struct ik_copy *)calloc(IK_NEGO_COPIES, sizeof(*n->copies));
	n->paths = (struct ik_path *)calloc(IK_NEGO_PATHS, sizeof(*n->paths));
	n->icmp = (struct ik_icmp_seen *)calloc(IK_NEGO_ICMP, sizeof(*n->icmp));
	n->lost = (struct ik_lost_seen *)calloc(IK_NEGO_LOST, sizeof(*n->lost));
	n->anomalies = (struct ik_anomaly_seen *)calloc(IK_NEGO_ANOMALIES, sizeof(*n->anomalies));
	if (n->steps == NULL || sa->digests == NULL || n->children == NULL ||
	    n->exchanges == NULL || n->copies == NULL || n->paths == NULL || n->icmp == NULL ||
	    n->lost == NULL || n->anomalies == NULL) {
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
	free(sa);
}

/* ---- beginning
 * ------------------------------------------------------------------------------------ */

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
	sa->set_next = 0;
	sa->next_serial = 1;
	sa->lost_children = false;
	for (size_t i = 0; i < SETS; i++)
		sa->set[i].open = false;
}

/* ---- whose event
 * ------------------------------------------------------------------------------------ */

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
	case IK_S_INITIATOR_REFUSED:
	case IK_S_DELETED:
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
	if (ev->e.spi_r == 0 || n->spi_r == 0)
		return same_pair(n, ev);
	return ev->e.spi_r == n->spi_r || (spi_r_open(n) && same_pair(n, ev));
}

/* ---- direction
 * -------------------------------------------------------------------------------------- */

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

/* ---- mirror duplicates
 * -------------------------------------------------------------------------------- */

/* The same packet seen twice: by a mirror port before and after a router or in two VLANs, or at
 * another capture point. A retransmission has a new IP identification. */
static bool mirrored(const struct ik_sa_seen *a, const struct ik_sa_seen *b)
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

static bool seen_before(struct ik_sa *sa, const struct ik_event_full *ev)
{
	const struct ik_event *e = &ev->e;
	struct ik_sa_seen now = {
	        .digest = e->digest,
	        .time = e->time,
	        .domain = e->domain,
	        .ip_id = e->ip_id,
	        .capture = e->capture,
	        .ttl = e->ttl,
	        .interface = e->interface,
	        .has_id = (e->bits & IK_EVB_IP_ID) != 0,
	};
	unsigned n = sa->ring_n < RING ? sa->ring_n : RING;

	for (unsigned i = 0; i < n; i++)
		if (sa->ring[i].digest == now.digest && mirrored(&sa->ring[i], &now))
			return true;
	sa->ring[sa->ring_n++ % RING] = now;
	return false;
}

/* ---- steps
 * ---------------------------------------------------------------------------------------------- */

struct ik_step *ik_sa_step_of(struct ik_sa *sa, uint32_t serial)
{
	for (size_t i = sa->n.n_steps; i-- > 0;)
		if (sa->n.steps[i].serial == serial)
			return &sa->n.steps[i];
	return NULL;
}

static struct ik_step *find_copy(struct ik_sa *sa, uint64_t digest, enum ik_dir dir)
{
	size_t n = sa->n.n_steps, least = n > COPY_SEARCH ? n - COPY_SEARCH : 0;

	for (size_t i = n; i-- > least;)
		if (sa->digests[i] == digest && sa->n.steps[i].dir == dir)
			return &sa->n.steps[i];
	return NULL;
}

/* Makes room for a step: more memory up to the limit, then the older half of what is not the
 * beginning is folded into a count. */
static void room_for_step(struct ik_sa *sa)
{
	struct ik_nego *n = &sa->n;
	size_t keep = 16, drop;

	if (n->n_steps < sa->cap_steps)
		return;
	if (sa->cap_steps < sa->limits->steps) {
		size_t cap = 2 * sa->cap_steps < sa->limits->steps ? 2 * sa->cap_steps
		                                                   : (size_t)sa->limits->steps;
		struct ik_step *steps = (struct ik_step *)realloc(n->steps, cap * sizeof(*steps));
		uint64_t *digests;

		if (steps != NULL)
			n->steps = steps;
		digests = (uint64_t *)realloc(sa->digests, cap * sizeof(*digests));
		if (digests != NULL)
			sa->digests = digests;
		if (steps != NULL && digests != NULL) {
			sa->cap_steps = cap;
			return;
		}
	}
	keep = keep < sa->cap_steps / 4 ? keep : sa->cap_steps / 4;
	drop = (n->n_steps - keep) / 2;
	memmove(&n->steps[keep], &n->steps[keep + drop],
	        (n->n_steps - keep - drop) * sizeof(*n->steps));
	memmove(&sa->digests[keep], &sa->digests[keep + drop],
	        (n->n_steps - keep - drop) * sizeof(*sa->digests));
	n->n_steps = (uint16_t)(n->n_steps - drop);
	n->folded += (uint32_t)drop;
	n->bits |= IK_N_FOLDED;
}

struct ik_step *ik_sa_new_step(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	const struct ik_event *e = &ev->e;
	struct ik_nego *n = &sa->n;
	struct ik_step *s;

	room_for_step(sa);
	sa->digests[n->n_steps] = e->digest;
	s = &n->steps[n->n_steps++];
	*s = (struct ik_step){
	        .first = ik_place(e->capture, ik_event_at(e).frame),
	        .first_time = e->time,
	        .serial = sa->next_serial++,
	        .mid = e->mid,
	        .length = e->length,
	        .copies = 1,
	        .sport = e->sport,
	        .dport = e->dport,
	        .sk_len = e->sk_len,
	        .dir = (uint8_t)dir,
	        .exchange = e->exchange,
	        .inner = e->inner_np,
	        .ip_fragments = e->ip_fragments,
	};
	s->last = s->first;
	s->last_time = s->first_time;
	s->bits = (uint16_t)(((e->bits & IK_EVB_ENCRYPTED) != 0 ? IK_STEP_ENCRYPTED : 0) |
	                     ((e->bits & IK_EVB_SNAPPED) != 0 ? IK_STEP_SNAPPED : 0) |
	                     ((e->bits & IK_EVB_TCP) != 0 ? IK_STEP_TCP : 0) |
	                     ((e->bits & IK_EVB_MARKED) != 0 ? IK_STEP_MARKED : 0) |
	                     (e->spi_r != 0 ? IK_STEP_SPI_R : 0));
	if ((e->bits & IK_EVB_ENCRYPTED) == 0)
		s->inner = e->np;
	n->messages[dir]++;
	n->last_serial = s->serial;
	if (dir == IK_I2R)
		n->last_i = s->serial;
	else
		n->last_r = s->serial;
	return s;
}

void ik_sa_copy(struct ik_sa *sa, struct ik_step *s, const struct ik_event_full *ev)
{
	struct ik_nego *n = &sa->n;

	ik_count16(&s->copies);
	s->last = ik_place(ev->e.capture, ik_event_at(&ev->e).frame);
	s->last_time = ev->e.time;
	if (ev->e.ip_fragments > s->ip_fragments)
		s->ip_fragments = ev->e.ip_fragments;
	if (n->n_copies < IK_NEGO_COPIES)
		n->copies[n->n_copies++] = (struct ik_copy){s->serial, s->last, s->last_time};
}

/* ---- transitions
 * ------------------------------------------------------------------------------------------ */

static struct ik_fsm_input fsm_input(const struct ik_sa *sa, const struct ik_step *s,
                                     const struct ik_event_full *ev)
{
	const struct ik_event *e = &ev->e;
	struct ik_fsm_input in = {
	        .version = (uint8_t)ik_event_major(e),
	        .exchange = e->exchange,
	        .dir = s->dir,
	        .inner = s->inner,
	        .encrypted = (s->bits & IK_STEP_ENCRYPTED) != 0,
	        .start = e->spi_r == 0,
	};

	if (in.encrypted)
		in.error_only = in.version == 2 && ik_size_error_only_auth(&sa->n.suite, s);
	if ((e->bits & IK_EVB_CLEAR) != 0) {
		in.payloads = ev->clear.payload_bits;
		in.n_notify = ev->clear.n_notify;
		for (size_t i = 0; i < ev->clear.n_notify; i++) {
			uint16_t type = ev->clear.notify[i].type;

			if (in.notify == 0 || (type < 16384 && in.notify >= 16384))
				in.notify = type;
		}
	}
	return in;
}

/* What the step shows of a notify in clear. */
static void step_notify(struct ik_step *s, const struct ik_event_full *ev)
{
	const struct ik_clear *c = &ev->clear;
	size_t kept = 0;

	if ((ev->e.bits & IK_EVB_CLEAR) == 0)
		return;
	for (size_t pass = 0; pass < 2; pass++) /* errors first */
		for (size_t i = 0; i < c->n_notify && kept < 2; i++) {
			bool error = c->notify[i].type < 16384;

			if (error != (pass == 0))
				continue;
			if (error)
				s->bits |= IK_STEP_ERROR;
			if (kept == 0) {
				s->word = c->notify[i].data_len >= 2 ? c->notify[i].word : 0;
				s->notify_spi = c->notify[i].spi_size;
			}
			s->notify[kept++] = c->notify[i].type;
		}
}

static bool progress_skipped(enum ik_state from, enum ik_state to)
{
	if (to >= IK_S_MM2 && to <= IK_S_MM6)
		return from != IK_S_MID && from != IK_S_V1_REFUSED && from + 1 < to;
	if (to == IK_S_AM3)
		return from == IK_S_AM1;
	if (to == IK_S_V1_UP)
		return from == IK_S_MM5 || (from >= IK_S_MM1 && from <= IK_S_MM4) ||
		       from == IK_S_AM1;
	if (to == IK_S_AUTH_SENT || to == IK_S_UP_ASSUMED)
		return from == IK_S_INIT_SENT;
	return false;
}

static void enter(struct ik_sa *sa, const struct ik_fsm_row *row, struct ik_step *s,
                  const struct ik_fsm_input *in)
{
	struct ik_nego *n = &sa->n;
	enum ik_state to = (enum ik_state)(in->encrypted ? row->to_opaque : row->to);

	if (progress_skipped((enum ik_state)n->state, to))
		n->bits |= IK_N_GAP;
	if (to == IK_S_V1_UP && (n->state == IK_S_V1_UP || n->state == IK_S_MID)) {
		n->state = to;
		return;
	}
	s->row = (uint8_t)(row - ik_fsm_rows + 1);
	n->state = (uint8_t)to;
	n->phase1_step = row->name != IK_M_NONE ? s->serial : n->phase1_step;
	if (to == IK_S_V1_REFUSED || to == IK_S_INIT_REFUSED || to == IK_S_AUTH_REFUSED)
		n->refusal_step = s->serial;
	else
		n->refusal_step = 0;
	if (to == IK_S_COOKIE)
		n->cookie_rounds++;
	if (to == IK_S_KE_RETRY) {
		n->ke_retries++;
		n->invalid_ke_group = s->word;
	}
	if ((to == IK_S_MM6 || to == IK_S_AM3 || to == IK_S_UP_ASSUMED || to == IK_S_UP ||
	     to == IK_S_V1_UP) &&
	    n->up_time == IKESCOPE_TIME_NONE)
		n->up_time = s->first_time;
	if (to == IK_S_UP_ASSUMED || to == IK_S_UP || to == IK_S_AUTH_REFUSED)
		n->auth_rsp_step = s->serial;
	if (to == IK_S_EAP) {
		n->bits |= IK_N_EAP;
		if (s->dir == IK_I2R)
			ik_count8(&n->eap_rounds);
	}
	if (to > n->best || to == IK_S_V1_UP)
		n->best = (uint8_t)to;
}

static void mode_of(struct ik_nego *n, uint8_t exchange)
{
	if (n->version == 2)
		n->mode = IKESCOPE_MODE_IKEV2;
	else if (exchange == X_MAIN && n->mode == IKESCOPE_MODE_UNKNOWN)
		n->mode = IKESCOPE_MODE_MAIN;
	else if (exchange == X_AGGRESSIVE && n->mode == IKESCOPE_MODE_UNKNOWN)
		n->mode = IKESCOPE_MODE_AGGRESSIVE;
}

/* The responder SPI is the one that both use: a lone error reply may carry a throw-away value. */
static void learn_spi_r(struct ik_nego *n, const struct ik_event_full *ev, enum ik_state to)
{
	if (ev->e.spi_r == 0 || ev->e.spi_r == n->spi_r || ik_event_major(&ev->e) != n->version)
		return;
	if (to == IK_S_COOKIE || to == IK_S_KE_RETRY || to == IK_S_INIT_REFUSED ||
	    to == IK_S_V1_REFUSED)
		return;
	if (n->spi_r != 0)
		n->bits |= IK_N_SPI_CHANGED;
	n->spi_r = ev->e.spi_r;
}

void ik_sa_transition(struct ik_sa *sa, struct ik_step *s, const struct ik_event_full *ev)
{
	struct ik_nego *n = &sa->n;
	struct ik_fsm_input in = fsm_input(sa, s, ev);
	bool response = in.version == 2 && (ev->e.flags & 0x20) != 0;
	const struct ik_fsm_row *row = ik_fsm_find((enum ik_state)n->state, &in);

	mode_of(n, ev->e.exchange);
	step_notify(s, ev);
	s->name = (uint8_t)ik_fsm_name(&in, response);
	if (row != NULL) {
		if (row->name != IK_M_NONE)
			s->name = row->name;
		if (in.start && (s->name == IK_MM1 || s->name == IK_AM1 || s->name == IK_INIT_REQ))
			n->bits |= IK_N_START_SEEN;
		enter(sa, row, s, &in);
	}
	learn_spi_r(n, ev, (enum ik_state)n->state);
	if (s->name == IK_INIT_REQ)
		ik_count8(&n->init_requests);
	ik_sa_exchange(sa, s, response);
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
		return true;
	}
	take_message(sa, ev, dir);
	return false;
}

const struct ik_nego *ik_sa_finish(struct ik_sa *sa)
{
	ik_sa_fragments_finish(sa);
	ik_sa_children(sa);
	return &sa->n;
}
