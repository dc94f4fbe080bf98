/*
 * Facts: numbers that rules compare, taken from the negotiation, its position and its pair.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "diag/difference.h"
#include "diag/nat.h"
#include "diag/life.h"
#include "diag/order.h"
#include "iana/iana.h"
#include "session/size.h"

static const struct ik_step *step_named(const struct ik_nego *n, uint8_t name)
{
	for (size_t i = n->n_steps; i-- > 0;)
		if (n->steps[i].name == name)
			return &n->steps[i];
	return NULL;
}

static void set(struct ik_case *c, enum ik_fact f, int64_t value)
{
	c->fact[f] = value;
}

/* ---- what stands still ---------------------------------------------------------------------- */

/* IKE fragments that never became a message: the one that is not answered, or the last one seen,
 * where that is the one that must come next. */
static uint32_t incomplete(const struct ik_nego *n, const struct ik_position *p,
                           const struct ik_step *stalled)
{
	const struct ik_step *last = ik_nego_step(n, n->last_serial), *s = stalled;

	if (last != NULL &&
	    (stalled == NULL ? last->name == p->message
	                     : last->name == stalled->name + 1 && last->mid == stalled->mid))
		s = last;
	return s != NULL && (s->bits & IK_STEP_INCOMPLETE) != 0 && s->frag_missing != 0 ? s->serial
	                                                                                : 0;
}

static void facts_of_stall(struct ik_case *c)
{
	const struct ik_position *p = &c->pos;
	const struct ik_step *s = ik_nego_step(c->n, p->serial);

	set(c, IK_F_STALL, p->has_stall ? (int64_t)p->kind + 1 : 0);
	if (!p->has_stall)
		return;
	set(c, IK_F_STALL_MESSAGE, p->message);
	set(c, IK_F_STALL_COPIES, p->copies);
	set(c, IK_F_INCOMPLETE, incomplete(c->n, p, s));
	if (s == NULL)
		return;
	set(c, IK_F_STALL_LENGTH, s->length);
	set(c, IK_F_STALL_IP_FRAGMENTS, s->ip_fragments);
	set(c, IK_F_STALL_SK_TOTAL, s->frag_total);
}

/* Copies of any request of one side sent after the other side's answer to it was captured. */
static int64_t repeats_after_reply(const struct ik_nego *n)
{
	const struct ik_step *answer = ik_nego_step(n, n->phase1_step), *request = NULL;

	if (answer == NULL)
		return 0;
	for (size_t i = 0; i < n->n_steps && n->steps[i].serial < answer->serial; i++)
		if (n->steps[i].dir != answer->dir)
			request = &n->steps[i];
	return request != NULL ? ik_copies_after(n, request->serial, answer->first_time) : 0;
}

/* ---- visibility ----------------------------------------------------------------------------- */

/* The side that is awaited: the responder, unless the position says otherwise. */
static enum ik_dir awaited(const struct ik_case *c)
{
	return c->pos.has_stall && c->pos.waiting_for == IKESCOPE_INITIATOR ? IK_I2R : IK_R2I;
}

static void facts_of_visibility(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	enum ik_dir dir = awaited(c);
	const struct ikescope_addr *addr = dir == IK_R2I ? &n->r.addr : &n->i.addr;
	bool ike = (n->bits & (dir == IK_R2I ? IK_N_DIR_R2I : IK_N_DIR_I2R)) != 0;
	bool pair_ike = c->pair->side[ik_pair_side(c->pair, addr)].ike_seen, other;

	c->seen = ik_seen_find(c->pair->assembly->tracker->seen, addr);
	other = c->seen != NULL || c->pair->flows_from[ik_pair_side(c->pair, addr)];
	set(c, IK_F_ANSWERED, (n->bits & IK_N_DIR_R2I) != 0);
	set(c, IK_F_OTHER_FROM_PEER, other);
	set(c, IK_F_REVERSE_VISIBLE, ike || pair_ike || other || n->n_icmp > 0);
}

/* ---- ICMP and IP fragments ------------------------------------------------------------------ */

/* Fragment reassembly time exceeded: RFC 792, RFC 4443 3.3. */
static bool reassembly(const struct ik_icmp_seen *s)
{
	return (s->from.family == 4 && s->type == 11 && s->code == 1) ||
	       (s->from.family == 6 && s->type == 3 && s->code == 1);
}

/* Who sends requests: the initiator, and whoever asks under an SA that stands. Before that, an
 * error about an answer shows an initiator that is gone, which has a cause of its own. */
static enum ik_dir asking(const struct ik_case *c)
{
	return c->pos.outcome == IKESCOPE_ESTABLISHED && awaited(c) == IK_I2R ? IK_R2I : IK_I2R;
}

/* An error counts that came since the message which stands still, and about its sender. */
static void add_icmp(struct ik_case *c, const struct ik_icmp_seen *s, ikescope_time *last)
{
	const struct ik_step *stalled = ik_nego_step(c->n, c->pos.serial);

	if (s->time < (stalled != NULL ? stalled->first_time : ik_answer_time(c->n)))
		return;
	if (reassembly(s)) {
		c->fact[IK_F_ICMP_REASSEMBLY] += s->count;
		return;
	}
	if (s->dir == awaited(c))
		return;
	if (s->dir == asking(c)) {
		c->fact[IK_F_ICMP_ABOUT_REQUEST] += s->count;
		if (s->last_time > *last)
			*last = s->last_time;
	}
	if (c->icmp.count == 0)
		c->icmp = *s;
}

enum { UDP_HEADER = 8, MARKER = 4 };

/* Whether an error may be about a message of the negotiation: not about ESP, and of the length of
 * one, if that is quoted. Of fragments only the length of the last is known. */
static bool may_be_ours(const struct ik_nego *n, const struct ik_pair_event *ev, enum ik_dir dir)
{
	bool ours = ev->udp_length == 0;

	for (size_t i = 0; i < n->n_steps && !ours; i++) {
		const struct ik_step *s = &n->steps[i];

		ours = s->dir == dir &&
		       (s->frag_total != 0 || ev->udp_length == s->length + UDP_HEADER ||
		        ev->udp_length == s->length + UDP_HEADER + MARKER);
	}
	return ours && ev->esp_spi == 0;
}

/* An error that names the pair only counts where it falls into the life of the negotiation. */
static void pair_icmp(struct ik_case *c, const struct ik_pair_event *ev, ikescope_time *last)
{
	const struct ik_nego *n = c->n;
	bool i2r = ik_addr_eq(&ev->dst, &n->r.addr);
	struct ik_icmp_seen s = {
	        .from = ev->from,
	        .target = ev->dst,
	        .place = ev->place,
	        .last = ev->place,
	        .time = ev->time,
	        .last_time = ev->time,
	        .dport = ev->dport,
	        .count = 1,
	        .type = ev->icmp_type,
	        .code = ev->icmp_code,
	        .dir = i2r ? IK_I2R : IK_R2I,
	};

	if (ev->protocol == 17 && may_be_ours(n, ev, i2r ? IK_I2R : IK_R2I) &&
	    ev->time >= n->first_time && ev->time <= n->last_time + 2 * IKESCOPE_SECOND)
		add_icmp(c, &s, last);
}

#define PROBES 3 /* without an answer, from which on liveness is given up */

/* What the asking side sent later than this: probes each under an id of their own, and copies. */
static int64_t asked_after(const struct ik_case *c, ikescope_time last)
{
	const struct ik_nego *n = c->n;
	int64_t count = 0;

	for (size_t i = 0; i < n->n_steps; i++)
		count += n->steps[i].dir == asking(c) && n->steps[i].first_time > last;
	for (size_t i = 0; i < n->n_copies; i++) {
		const struct ik_step *s = ik_nego_step(n, n->copies[i].serial);

		count += s != NULL && s->dir == asking(c) && n->copies[i].time > last;
	}
	return count;
}

static void facts_of_icmp(struct ik_case *c)
{
	ikescope_time last = IKESCOPE_TIME_NONE;

	set(c, IK_F_ICMP_ABOUT_REQUEST, 0);
	set(c, IK_F_ICMP_REASSEMBLY, 0);
	set(c, IK_F_PROBES_AFTER_ICMP, 0);
	for (size_t i = 0; i < c->n->n_icmp; i++)
		add_icmp(c, &c->n->icmp[i], &last);
	for (size_t i = 0; i < c->pair->n_events; i++)
		if (c->pair->events[i].icmp)
			pair_icmp(c, &c->pair->events[i], &last);
	if (c->fact[IK_F_ICMP_ABOUT_REQUEST] > 0 && c->fact[IK_F_DPD_OPEN] >= PROBES)
		set(c, IK_F_PROBES_AFTER_ICMP, asked_after(c, last));
}

static void facts_of_lost(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	ikescope_time since = ik_answer_time(n);
	int64_t lost[2] = {0, 0};

	for (size_t i = 0; i < n->n_lost; i++)
		if (n->lost[i].time >= since)
			lost[n->lost[i].dir] += n->lost[i].count;
	for (size_t i = 0; i < c->pair->n_events; i++) {
		const struct ik_pair_event *ev = &c->pair->events[i];

		if (!ev->icmp && ev->esp_spi == 0 && ev->time >= since &&
		    ev->time <= n->last_time + 40 * IKESCOPE_SECOND && ev->protocol == 17)
			lost[ik_addr_eq(&ev->src, &n->i.addr) ? IK_I2R : IK_R2I]++;
	}
	set(c, IK_F_FIRST_ONLY,
	    ik_capture_first_only(
	            &c->pair->assembly->tracker->counts[ik_at(c->brief->first).capture - 1]));
	set(c, IK_F_LOST_REQUEST, lost[IK_I2R]);
	set(c, IK_F_LOST_RESPONSE, lost[IK_R2I]);
}

/* ---- IKEv1
 * ------------------------------------------------------------------------------------------------
 */

/* Authentication methods with a pre-shared key: RFC 2409, and with XAUTH. */
static bool psk_method(uint16_t auth)
{
	return auth == 1 || auth == 65001 || auth == 65002;
}

static void facts_of_v1(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *last = ik_nego_step(n, n->phase1_step), *mm3, *before = NULL;
	int64_t info[2] = {0, 0};
	ikescope_time first_info = INT64_MAX;

	if (n->suite.known)
		set(c, IK_F_AUTH_PSK, psk_method(n->suite.auth));
	if (last == NULL)
		return;
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];

		if (s->name == IK_V1_INFO && (s->bits & IK_STEP_ENCRYPTED) != 0 &&
		    s->serial > last->serial) {
			info[s->dir]++;
			if (s->dir != last->dir && s->first_time < first_info)
				first_info = s->first_time;
		}
		if (s->serial < last->serial && s->dir != last->dir)
			before = s;
	}
	set(c, IK_F_INFO_FROM_I, info[IK_I2R]);
	set(c, IK_F_INFO_FROM_R, info[IK_R2I]);
	if (first_info != INT64_MAX)
		set(c, IK_F_COPIES_AFTER_INFO, ik_copies_after(n, last->serial, first_info));
	else
		set(c, IK_F_COPIES_AFTER_INFO, 0);
	set(c, IK_F_CROSSED,
	    before != NULL ? ik_copies_after(n, before->serial, last->first_time) : 0);
	mm3 = step_named(n, IK_MM3);
	if (mm3 != NULL && last->name == IK_MM5)
		set(c, IK_F_SMALLER_THAN_MM3, last->length < mm3->length);
}

static void facts_of_transactions(struct ik_case *c)
{
	int64_t count = 0;

	for (size_t i = 0; i < c->n->n_exchanges; i++)
		count += c->n->exchanges[i].type == 6;
	set(c, IK_F_TRANSACTIONS, count);
}

/* ---- IKEv2
 * --------------------------------------------------------------------------------------------------
 */

static void facts_of_auth(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *last = ik_nego_step(n, n->phase1_step);

	for (size_t i = 0; i < n->n_steps; i++)
		if (n->steps[i].name == IK_AUTH_REQ) {
			set(c, IK_F_AUTH_REQUEST, n->steps[i].length);
			break;
		}
	/* EAP-Failure is four octets (RFC 3748 4.2) behind a generic header of four. So is
	 * EAP-Success, but the client goes on behind it. */
	if (last != NULL && n->state == IK_S_EAP && last->dir == IK_R2I)
		set(c, IK_F_EAP_LAST_SHORT, ik_size_error_only_auth(&n->suite, last));
}

static void facts_of_refusal(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *s = ik_nego_step(n, n->refusal_step);

	if (s == NULL || s->notify[0] == 0)
		return;
	set(c, IK_F_NOTIFY, s->notify[0]);
	set(c, IK_F_REFUSAL_LENGTH, s->length);
	set(c, IK_F_REFUSAL_SPI_R, (s->bits & IK_STEP_SPI_R) != 0);
}

/* Only asked where the peer says that it takes none of the proposals (RFC 2408 3.14.1, RFC 7296
 * 3.10.1), or nothing at all: there it matters what it would take. Silence to what it would take is
 * about something else. */
static void facts_of_proposals(struct ik_case *c)
{
	const struct ik_offers *offers = c->pair->assembly->tracker->offers;
	bool silent = c->fact[IK_F_ANSWERED] == 0;
	struct ik_difference d;

	if ((c->fact[IK_F_NOTIFY] != 14 && !silent) || c->fact[IK_F_PEER_OFFER] <= 0 ||
	    !ik_difference(offers, c->n->peer[IK_I2R].offer, (uint32_t)c->fact[IK_F_PEER_OFFER],
	                   &d) ||
	    (silent && d.common != 0))
		return;
	set(c, IK_F_P1_DISJOINT, d.disjoint);
	set(c, IK_F_P1_COMMON, d.common);
	set(c, IK_F_P1_LIFETIME, d.lifetime);
}

static int64_t liveness_open(const struct ik_nego *n)
{
	int64_t most = n->dpd_open[0] > n->dpd_open[1] ? n->dpd_open[0] : n->dpd_open[1];

	for (size_t i = 0; n->version == 2 && i < n->n_exchanges; i++) {
		const struct ik_exchange *x = &n->exchanges[i];
		const struct ik_step *s = x->type == 37 && x->np_req == 0 && x->state == IK_X_OPEN
		                                  ? ik_nego_step(n, x->step[0])
		                                  : NULL;

		most = s != NULL && s->copies > most ? s->copies : most;
	}
	return most;
}

/* ---- children and ESP ----------------------------------------------------------------------- */

/* Only asked where a quick mode was refused: what the other side's own looks like. */
static void facts_of_qm1(struct ik_case *c, const struct ik_child *child)
{
	const struct ik_step *qm1 = ik_nego_step(c->n, child->step[0]);
	const struct ikescope_addr *other = child->by == IK_I2R ? &c->n->r.addr : &c->n->i.addr;
	uint32_t own = c->pair->side[ik_pair_side(c->pair, other)].qm1;

	if (child->state == IKESCOPE_PHASE_FAILED && qm1 != NULL && own != 0)
		set(c, IK_F_QM1_GROUP, ik_size_v1_group(&c->n->suite, qm1->length, own));
}

static void facts_of_children(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const struct ik_child *last = ik_last_child(n);
	int64_t up = 0;

	for (size_t i = 0; i < n->n_children; i++)
		up += ik_child_state(&n->children[i], c->brief) == IKESCOPE_PHASE_ESTABLISHED;
	set(c, IK_F_CHILDREN, n->n_children);
	set(c, IK_F_CHILDREN_UP, up);
	set(c, IK_F_SILENT_QUICK, c->pos.has_stall ? 0 : (int64_t)ik_life_silent(n));
	if (last == NULL)
		return;
	set(c, IK_F_LAST_CHILD_KIND, last->kind);
	if (last->kind == IK_CHILD_QUICK) {
		facts_of_qm1(c, last);
		const struct ik_step *q2 = ik_nego_step(n, last->step[1]);

		set(c, IK_F_QM2_COPIES, q2 != NULL && q2->name == IK_QM2 ? q2->copies : 0);
	}
}

static void facts_of_esp(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	int64_t count[2] = {0, 0}, at = 0, after = 0;

	for (size_t i = c->brief->flows; i < c->brief->flows_end; i++) {
		const struct ik_esp_flow *f = &c->pair->flows[i].esp;

		count[ik_addr_eq(&f->src, &n->i.addr) ? IK_I2R : IK_R2I] += (int64_t)f->packets;
		if (n->delete_place != 0 && f->last_time >= n->delete_time - 60 * IKESCOPE_SECOND)
			at += (int64_t)f->packets;
		if (n->delete_place != 0 && f->last_time > n->delete_time + 2 * IKESCOPE_SECOND)
			after += (int64_t)f->packets;
	}
	set(c, IK_F_ESP_I2R, count[IK_I2R]);
	set(c, IK_F_ESP_R2I, count[IK_R2I]);
	set(c, IK_F_ESP_AT_DELETE, at);
	set(c, IK_F_ESP_AFTER_DELETE, after);
}

/* ---- the others of the pair ----------------------------------------------------------------- */

const struct ik_brief *ik_brief_retry(const struct ik_pair *p, const struct ik_brief *b)
{
	for (size_t i = (size_t)(b - p->briefs) + 1; b->retried_by != 0 && i < p->n_briefs; i++)
		if (p->briefs[i].id == b->retried_by)
			return &p->briefs[i];
	return NULL;
}

/* Half-open SAs are kept for 30 s by the one implementation that is known to stay silent over them
 * (strongSwan). One that was refused is gone at once. */
#define HALF_OPEN_KEPT (30 * IKESCOPE_SECOND)

static int64_t half_open(const struct ik_case *c)
{
	const struct ik_brief *self = c->brief;
	int64_t count = 0;

	for (size_t i = (size_t)(self - c->pair->briefs); i-- > 0;) {
		const struct ik_brief *b = &c->pair->briefs[i];

		if (b->first_time + HALF_OPEN_KEPT < self->first_time)
			break;
		count += b->pos.outcome == IKESCOPE_STALLED && b->answer_time > b->first_time &&
		         ik_addr_eq(&b->i.addr, &self->i.addr);
	}
	return count;
}

/* Seconds are no time on the way: the responder was slow. */
#define SLOW (3 * IKESCOPE_SECOND)

/* The first answer of the responder came when the initiator had already begun anew. */
static bool late(const struct ik_case *c)
{
	const struct ik_brief *self = c->brief, *next = ik_brief_retry(c->pair, self);

	return next != NULL && self->answer_time > next->first_time &&
	       self->answer_time - self->first_time >= SLOW;
}

static void facts_of_pair(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const struct ik_side *peer = &c->pair->side[ik_pair_side(c->pair, &n->r.addr)];
	unsigned version = n->version & 3, other = 3 - version;
	bool main = n->mode == IKESCOPE_MODE_MAIN, same, same_mode;

	if (version != 1 && version != 2)
		return;
	same = peer->starts[version] || c->pair->established[version];
	same_mode = (main ? peer->main : peer->aggressive) || c->pair->stood[n->mode];
	set(c, IK_F_PEER_OTHER_VERSION,
	    !same && (peer->starts[other] || c->pair->established[other]));
	set(c, IK_F_PEER_ESTABLISHED, c->pair->established[version]);
	set(c, IK_F_PEER_OTHER_MODE,
	    version == 1 && !same_mode && (main ? peer->aggressive : peer->main));
	set(c, IK_F_PEER_OFFER,
	    peer->offer[version] != 0 ? peer->offer[version] : peer->chosen[version]);
	set(c, IK_F_REPLACED,
	    c->brief->rekeyed_by != 0 || c->pair->last_established > n->first_time);
	set(c, IK_F_RETRIED, c->brief->retried_by != 0);
	if (c->pos.has_stall) {
		set(c, IK_F_HALF_OPEN, half_open(c));
		set(c, IK_F_LATE, late(c));
	}
}

/* Some hash does not fit. The hashes cost more than all other facts together, so they are only
 * computed where a rule may ask. */
static bool hash_mismatch(const struct ik_case *c)
{
	return ik_natd_source(c, IK_I2R) == IKESCOPE_NO ||
	       ik_natd_source(c, IK_R2I) == IKESCOPE_NO ||
	       ik_natd_destination(c, IK_R2I) == IKESCOPE_NO ||
	       ik_natd_destination(c, IK_I2R) == IKESCOPE_NO;
}

static void facts_of_nat(struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	enum ikescope_claim claim;
	const uint32_t natt = IK_CAP_NATT_RFC | IK_CAP_NATT_DRAFT | IK_CAP_NATD;
	bool both = (n->peer[IK_I2R].caps & natt) != 0 && (n->peer[IK_R2I].caps & natt) != 0;
	size_t from_r = ik_pair_side(c->pair, &n->r.addr);
	bool nat = c->brief->nat_port != 0 ||
	           ik_addr_private(&n->i.addr) != ik_addr_private(&n->r.addr);

	/* Private addresses are routed as well, and any port may be left: where both sent hashes,
	 * they decide (RFC 7296 2.11, 2.23). */
	if (both ? c->pos.has_stall && c->pos.kind == IKESCOPE_MISSING : !nat)
		nat = hash_mismatch(c);
	set(c, IK_F_NAT_SEEN, nat);
	c->nat = ik_nat_find(c->pair->nat, c->brief->id);
	if (c->nat != NULL && ik_nat_claim(c->nat, n->version, &claim))
		set(c, IK_F_NATD, claim);
	set(c, IK_F_NATT_I, (n->peer[IK_I2R].caps & natt) != 0);
	set(c, IK_F_NATT_R, (n->peer[IK_R2I].caps & natt) != 0);
	set(c, IK_F_FLOATED, (n->bits & IK_N_FLOATED) != 0);
	set(c, IK_F_RETURN_4500,
	    (n->bits & IK_N_RETURN_4500) != 0 || c->pair->udp_until[from_r] >= n->first_time);
}

/* Nothing else of the pair bears on where it stands. */
static bool alone(const struct ik_brief *b)
{
	return (b->rekey_of | b->rekeyed_by | b->retried_by | b->lost_requests) == 0 &&
	       b->flows_end == 0;
}

void ik_case_make(struct ik_case *c, const struct ik_nego *n, const struct ik_pair *pair,
                  const struct ik_brief *brief, ikescope_time capture_end)
{
	const struct ik_step *objection = ik_nego_step(n, n->after_auth_step);

	c->n = n;
	c->pair = pair;
	c->brief = brief;
	c->capture_end = capture_end;
	c->icmp.count = 0;
	c->seen = NULL;
	c->pos = alone(brief) ? brief->pos : ik_position_of(n, brief, capture_end);
	memset(c->fact, IK_FACT_UNKNOWN_OCTET, sizeof(c->fact));
	set(c, IK_F_VERSION, n->version);
	set(c, IK_F_STATE, n->state);
	set(c, IK_F_OUTCOME, c->pos.outcome);
	set(c, IK_F_START_SEEN, (n->bits & IK_N_START_SEEN) != 0);
	set(c, IK_F_AFTER_LAST, (capture_end - n->last_time) / IKESCOPE_SECOND);
	set(c, IK_F_ELSEWHERE, (n->bits & IK_N_ELSEWHERE) != 0);
	set(c, IK_F_KE_RETRIES, n->ke_retries);
	set(c, IK_F_COOKIES, (int64_t)n->cookie_rounds);
	set(c, IK_F_ANOMALIES, (n->bits & IK_N_MALFORMED) != 0);
	set(c, IK_F_DPD_OPEN, liveness_open(n));
	set(c, IK_F_REPEATS_AFTER_REPLY, repeats_after_reply(n));
	set(c, IK_F_INITIATOR_OBJECTS,
	    objection != NULL && c->pos.outcome == IKESCOPE_FAILED ? objection->inner : 0);
	facts_of_stall(c);
	facts_of_visibility(c);
	facts_of_icmp(c);
	facts_of_lost(c);
	facts_of_children(c);
	facts_of_esp(c);
	facts_of_pair(c);
	facts_of_refusal(c);
	facts_of_proposals(c);
	facts_of_nat(c);
	ik_facts_of_life(c);
	ik_facts_of_order(c);
	if (n->version == 1) {
		facts_of_v1(c);
		facts_of_transactions(c);
	} else {
		facts_of_auth(c);
	}
}
