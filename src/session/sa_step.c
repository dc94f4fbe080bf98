/*
 * Distinct messages and the transitions they make.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "session/sa_parts.h"
#include "session/size.h"

/* ---- steps ---------------------------------------------------------------------------------- */

struct ik_step *ik_sa_step_of(struct ik_sa *sa, uint32_t serial)
{
	for (size_t i = sa->n.n_steps; i-- > 0;)
		if (sa->n.steps[i].serial == serial)
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

/* The Initiator flag is that of the original initiator's messages and of no others (RFC 7296 3.1).
 * What is answered outside of an SA may copy the flags of what it answers. */
static bool other_role(const struct ik_event *e, enum ik_dir dir)
{
	return ik_event_major(e) == 2 && (e->bits & IK_EVB_ENCRYPTED) != 0 &&
	       ((e->flags & 0x08) != 0) != (dir == IK_I2R);
}

struct ik_step *ik_sa_new_step(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir)
{
	const struct ik_event *e = &ev->e;
	struct ik_nego *n = &sa->n;
	struct ik_step *s;

	room_for_step(sa);
	sa->digests[n->n_steps] = e->digest;
	sa->step_bits |= ik_digest_bit(e->digest);
	s = &n->steps[n->n_steps++];
	*s = (struct ik_step){
	        .first = ik_place(e->capture, ik_event_at(e).frame),
	        .first_time = e->time,
	        .serial = sa->next_serial++,
	        .mid = e->mid,
	        .length = ik_event_length(e),
	        .copies = 1,
	        .sport = e->sport,
	        .dport = e->dport,
	        .sk_len = e->sk_len,
	        .dir = (uint8_t)dir,
	        .exchange = e->exchange,
	        .inner = e->inner_np,
	        .ip_fragments = e->ip_fragments,
	        .state = n->state,
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
	if (other_role(e, dir)) {
		s->bits |= IK_STEP_ROLE;
		n->bits |= IK_N_ROLE;
	}
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

/* ---- transitions ---------------------------------------------------------------------------- */

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

	if (in.encrypted && in.version == 2 && e->exchange == X_AUTH && s->dir == IK_R2I)
		in.error_only = ik_size_error_only_auth(&sa->n.suite, s);
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
		n->state = (uint8_t)to;
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
		ik_count8(&n->ke_retries);
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

static void note_id(struct ik_sa *sa, const struct ik_step *s)
{
	if (!ik_msg_counts(s->name))
		return;
	if (s->mid < sa->next_mid[s->dir])
		sa->n.bits |= IK_N_ID_AGAIN;
	sa->next_mid[s->dir] = s->mid + 1;
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
	s->state = n->state;
	learn_spi_r(n, ev, (enum ik_state)n->state);
	if (s->name == IK_INIT_REQ)
		ik_count8(&n->init_requests);
	note_id(sa, s);
	ik_sa_exchange(sa, s, response);
}
