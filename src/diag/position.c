/*
 * Where a negotiation stands: outcome, phases, and the message that stands still.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/case.h"
#include "iana/iana.h"
#include "session/size.h"

#define STALL_COPIES 3                     /* the first and two retransmissions */
#define INSISTED     (IKESCOPE_SECOND / 2) /* less than any schedule takes for three */
#define LOST_AFTER   IKESCOPE_SECOND       /* without an answer */
#define XAUTH_OVER   (2 * IKESCOPE_SECOND)
#define OVER         (4 * IKESCOPE_SECOND)  /* the first retransmission of most is due */
#define QUIET        (20 * IKESCOPE_SECOND) /* silence that makes a missing message a stall */

enum { NP_NOTIFY = 41, NP_DELETE = 42 }; /* RFC 7296 3.2 */
enum { PENDING_NONE, PENDING_RESPONDER, PENDING_INITIATOR };

/* Who has to move next in a state, and with which message. */
/* clang-format off */
static const struct {
	uint8_t waiting, next;
} pending[IK_STATES] = {
	[IK_S_MM1]          = {PENDING_RESPONDER, IK_MM2},
	[IK_S_MM2]          = {PENDING_INITIATOR, IK_MM3},
	[IK_S_MM3]          = {PENDING_RESPONDER, IK_MM4},
	[IK_S_MM4]          = {PENDING_INITIATOR, IK_MM5},
	[IK_S_MM5]          = {PENDING_RESPONDER, IK_MM6},
	[IK_S_AM1]          = {PENDING_RESPONDER, IK_AM2},
	[IK_S_AM2]          = {PENDING_INITIATOR, IK_AM3},
	[IK_S_INIT_SENT]    = {PENDING_RESPONDER, IK_INIT_RSP},
	[IK_S_COOKIE]       = {PENDING_INITIATOR, IK_INIT_REQ},
	[IK_S_KE_RETRY]     = {PENDING_INITIATOR, IK_INIT_REQ},
	[IK_S_INIT_DONE]    = {PENDING_INITIATOR, IK_AUTH_REQ},
	[IK_S_INTERMEDIATE] = {PENDING_INITIATOR, IK_AUTH_REQ},
	[IK_S_AUTH_SENT]    = {PENDING_RESPONDER, IK_AUTH_RSP},
	[IK_S_EAP]          = {PENDING_INITIATOR, IK_AUTH_REQ},
};
/* clang-format on */

uint32_t ik_copies_after(const struct ik_nego *n, uint32_t serial, ikescope_time time)
{
	uint32_t count = 0;

	for (size_t i = 0; i < n->n_copies; i++)
		count += n->copies[i].serial == serial && n->copies[i].time >= time;
	return count;
}

ikescope_time ik_answer_time(const struct ik_nego *n)
{
	const struct ik_step *answer = ik_nego_step(n, n->last_r);

	return answer != NULL ? answer->first_time : n->first_time;
}

static bool up(const struct ik_nego *n)
{
	return n->state == IK_S_UP || n->state == IK_S_UP_ASSUMED || n->state == IK_S_V1_UP ||
	       n->state == IK_S_MM6 || n->state == IK_S_AM3;
}

static void stand(struct ik_position *p, const struct ik_step *s, enum ikescope_stall_kind kind,
                  enum ikescope_role waiting_for)
{
	p->has_stall = true;
	p->kind = kind;
	p->message = (enum ik_msg_name)s->name;
	p->serial = s->serial;
	p->place = s->first;
	p->copies = s->copies;
	p->waiting_for = waiting_for;
}

static void miss(struct ik_position *p, enum ik_msg_name message, const struct ik_step *before,
                 enum ikescope_role waiting_for)
{
	p->has_stall = true;
	p->kind = IKESCOPE_MISSING;
	p->message = message;
	p->serial = 0;
	p->place = before != NULL ? before->first : 0;
	p->copies = 0;
	p->waiting_for = waiting_for;
}

static enum ikescope_role role_of(uint8_t dir)
{
	return dir == IK_I2R ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER;
}

static enum ikescope_role other_role(uint8_t dir)
{
	return dir == IK_I2R ? IKESCOPE_RESPONDER : IKESCOPE_INITIATOR;
}

/* The last message of a side before a step. */
static const struct ik_step *last_before(const struct ik_nego *n, const struct ik_step *s,
                                         uint8_t dir)
{
	const struct ik_step *found = NULL;

	for (size_t i = 0; i < n->n_steps && n->steps[i].serial < s->serial; i++)
		if (n->steps[i].dir == dir)
			found = &n->steps[i];
	return found;
}

static void refuse(struct ik_position *p, const struct ik_nego *n, const struct ik_step *refusal,
                   const struct ik_step *refused)
{
	if (refused != NULL)
		stand(p, refused, IKESCOPE_REFUSED, role_of(refusal->dir));
	else
		miss(p, (enum ik_msg_name)refusal->name, refusal, role_of(refusal->dir));
	p->kind = IKESCOPE_REFUSED;
	p->by = refusal->first;
	if (refusal->notify[0] != 0)
		p->by_name = ik_notify_name(n->version, refusal->notify[0]);
}

/* ---- phase 1 -------------------------------------------------------------------------------- */

static void refused_phase1(struct ik_position *p, const struct ik_nego *n)
{
	const struct ik_step *refusal = ik_nego_step(n, n->refusal_step);

	p->outcome = IKESCOPE_FAILED;
	p->phase1 = IKESCOPE_PHASE_FAILED;
	p->phase2 = IKESCOPE_PHASE_NOT_REACHED;
	if (refusal == NULL)
		return;
	p->assumed = (refusal->bits & IK_STEP_ENCRYPTED) != 0;
	refuse(p, n, refusal, last_before(n, refusal, !refusal->dir));
}

/* Sent again and again, and not only at once: copies of one moment are one attempt, doubled by a
 * mirror port, by the path, or by a sender that was asked twice. */
static bool insisted(const struct ik_step *s)
{
	return s->copies >= STALL_COPIES && s->last_time - s->first_time >= INSISTED;
}

/* How often the side that has its answer repeated the request all the same. */
static uint32_t repeats(const struct ik_nego *n, const struct ik_step *answer)
{
	const struct ik_step *request = last_before(n, answer, !answer->dir);

	return request != NULL && request->last_time - request->first_time >= INSISTED
	               ? ik_copies_after(n, request->serial, answer->first_time)
	               : 0;
}

/* An encrypted informational that ends phase 1: of the side that has the last message before it,
 * which then is silent. If that message is repeated all the same, its sender could not read it. */
static const struct ik_step *encrypted_refusal(const struct ik_nego *n, const struct ik_step *s)
{
	const struct ik_step *info = NULL;

	if (n->state != IK_S_MM5 && n->state != IK_S_AM2 && n->state != IK_S_EAP)
		return NULL;
	for (size_t i = 0; i < n->n_steps && info == NULL; i++) {
		const struct ik_step *k = &n->steps[i];

		if (k->serial > s->serial && (k->bits & IK_STEP_ENCRYPTED) != 0 &&
		    ((k->name == IK_V1_INFO && k->dir != s->dir) ||
		     (k->name == IK_INFO_REQ && (k->inner == NP_NOTIFY || k->inner == NP_DELETE))))
			info = k;
	}
	if (info == NULL ||
	    (n->state == IK_S_MM5 && ik_copies_after(n, s->serial, info->first_time) > 0))
		return NULL;
	return info;
}

/* The server's last word is EAP of four octets and nobody goes on: EAP-Failure, since behind
 * EAP-Success the client authenticates (RFC 7296 2.16). */
static bool eap_failure(const struct ik_nego *n, const struct ik_step *s, bool over)
{
	return n->state == IK_S_EAP && s->dir == IK_R2I && over &&
	       ik_size_error_only_auth(&n->suite, s);
}

/* Phase 1 ended with a no that is not a row of its own. */
static bool said_no(struct ik_position *p, const struct ik_nego *n, const struct ik_step *s,
                    bool over)
{
	const struct ik_step *no = encrypted_refusal(n, s);
	bool circle = n->state == IK_S_KE_RETRY && (n->ke_retries >= 3 || over);

	if (no == NULL && (circle || eap_failure(n, s, over)))
		no = s;
	if (no == NULL)
		return false;
	p->outcome = IKESCOPE_FAILED;
	p->phase1 = IKESCOPE_PHASE_FAILED;
	p->assumed = (no->bits & IK_STEP_ENCRYPTED) != 0;
	refuse(p, n, no, no == s ? last_before(n, no, !no->dir) : s);
	return true;
}

/* Copies of the last request that came in pieces only: the initiator sent them all the same. */
static uint32_t lost_requests(const struct ik_nego *n, const struct ik_brief *b)
{
	uint32_t count = b != NULL ? b->lost_requests : 0;

	for (size_t i = 0; i < n->n_lost; i++)
		if (n->lost[i].dir == IK_I2R && n->lost[i].time >= ik_answer_time(n))
			count += n->lost[i].count;
	return count;
}

/* A message behind the last whole one that comes again and again, and never whole. */
static const struct ik_step *in_pieces(const struct ik_nego *n, const struct ik_step *whole)
{
	for (size_t i = n->n_steps; i-- > 0;) {
		const struct ik_step *s = &n->steps[i];

		if (s->serial > whole->serial && (s->bits & IK_STEP_INCOMPLETE) != 0 &&
		    s->copies >= STALL_COPIES)
			return s;
	}
	return NULL;
}

static void open_phase1(struct ik_position *p, const struct ik_nego *n, const struct ik_brief *b,
                        ikescope_time capture_end)
{
	const struct ik_step *s = ik_nego_step(n, n->phase1_step);
	bool retried = b != NULL && b->retried_by != 0;
	const struct ik_step *pieces = s != NULL ? in_pieces(n, s) : NULL;
	bool from_i, stands;

	p->phase1 = IKESCOPE_PHASE_IN_PROGRESS;
	p->phase2 = IKESCOPE_PHASE_NOT_REACHED;
	if (s == NULL)
		return;
	if (said_no(p, n, s, retried || capture_end - n->last_time >= OVER))
		return;
	from_i = s->dir == IK_I2R;
	stands = lost_requests(n, b) >= 2 || insisted(s) || repeats(n, s) >= STALL_COPIES - 1 ||
	         retried;
	if (!stands && pieces != NULL) {
		s = pieces;
		from_i = s->dir == IK_I2R;
		stands = true;
	}
	if (!stands && capture_end - n->last_time < 4 * QUIET)
		return;
	if (!stands && (n->bits & IK_N_DIR_R2I) == 0)
		return;
	p->outcome = stands ? IKESCOPE_STALLED : IKESCOPE_INCONCLUSIVE;
	p->phase1 = stands ? IKESCOPE_PHASE_STALLED : IKESCOPE_PHASE_IN_PROGRESS;
	if (!stands)
		return;
	/* An answer that nobody repeats and nobody continues: what should follow is missing. */
	if (!from_i && s->copies < 2 && repeats(n, s) == 0 && pending[n->state].next != IK_M_NONE)
		miss(p, (enum ik_msg_name)pending[n->state].next, s, IKESCOPE_INITIATOR);
	else
		stand(p, s, IKESCOPE_UNANSWERED, other_role(s->dir));
}

/* ---- phase 2 -------------------------------------------------------------------------------- */

/* The better of two phases has the higher rank. */
static const uint8_t rank[] = {
        [IKESCOPE_PHASE_UNKNOWN] = 0,     [IKESCOPE_PHASE_NOT_REACHED] = 1,
        [IKESCOPE_PHASE_FAILED] = 2,      [IKESCOPE_PHASE_STALLED] = 3,
        [IKESCOPE_PHASE_DELETED] = 4,     [IKESCOPE_PHASE_IN_PROGRESS] = 5,
        [IKESCOPE_PHASE_ESTABLISHED] = 6,
};

/* The responder of a quick mode may use what was negotiated when it has QM3 (RFC 2409 5.5): what it
 * sends from then on under a new SPI says that QM3 arrived. */
enum ikescope_phase ik_child_state(const struct ik_child *c, const struct ik_brief *b)
{
	if (c->state == IKESCOPE_PHASE_STALLED && c->step[2] != 0 && b != NULL &&
	    b->flows_end != 0 && b->flow_begun[!c->by] >= c->first_time)
		return IKESCOPE_PHASE_ESTABLISHED;
	return (enum ikescope_phase)c->state;
}

static enum ikescope_phase best_child(const struct ik_nego *n, const struct ik_brief *b)
{
	uint8_t best = IKESCOPE_PHASE_NOT_REACHED;

	for (size_t i = 0; i < n->n_children; i++) {
		enum ikescope_phase state = ik_child_state(&n->children[i], b);

		if (rank[state] > rank[best])
			best = (uint8_t)state;
	}
	return (enum ikescope_phase)best;
}

enum ikescope_phase ik_child_ends(const struct ik_child *c, const struct ik_brief *b,
                                  const struct ik_position *p)
{
	enum ikescope_phase state = ik_child_state(c, b);

	return rank[state] > rank[p->phase2] ? p->phase2 : state;
}

static void child_stall(struct ik_position *p, const struct ik_nego *n, const struct ik_child *c)
{
	const struct ik_step *q1 = ik_nego_step(n, c->step[0]), *q2 = ik_nego_step(n, c->step[1]);
	const struct ik_step *q3 = ik_nego_step(n, c->step[2]);

	if (c->state == IKESCOPE_PHASE_FAILED && q2 != NULL) {
		if (q1 == NULL)
			q1 = last_before(n, q2, !q2->dir);
		refuse(p, n, q2, q1);
	} else if (q3 != NULL) {
		stand(p, q3, IKESCOPE_UNANSWERED, other_role(q3->dir));
	} else if (q2 != NULL) {
		stand(p, q2, IKESCOPE_UNANSWERED, other_role(q2->dir));
	} else if (q1 != NULL) {
		stand(p, q1, IKESCOPE_UNANSWERED, other_role(q1->dir));
	}
}

/* An open request of an exchange type that was sent again and again, the last such. */
static const struct ik_step *open_request(const struct ik_nego *n, uint8_t type)
{
	for (size_t i = n->n_exchanges; i-- > 0;) {
		const struct ik_exchange *x = &n->exchanges[i];
		const struct ik_step *s = x->state == IK_X_OPEN && x->type == type
		                                  ? ik_nego_step(n, x->step[0])
		                                  : NULL;

		if (s != NULL && insisted(s))
			return s;
	}
	return NULL;
}

const struct ik_child *ik_last_child(const struct ik_nego *n)
{
	for (size_t i = n->n_children; i-- > 0;)
		if (n->children[i].state != IKESCOPE_PHASE_FAILED ||
		    !ik_child_crossed(n, &n->children[i]))
			return &n->children[i];
	return NULL;
}

/* How long the initiator took from the answer of IKE_SA_INIT to its IKE_AUTH request, with all the
 * cryptography of that; 0 unknown. */
static ikescope_time initiator_takes(const struct ik_nego *n)
{
	ikescope_time answered = IKESCOPE_TIME_NONE;

	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];

		if (s->name == IK_INIT_RSP)
			answered = s->first_time;
		else if (s->name == IK_AUTH_REQ && answered != IKESCOPE_TIME_NONE)
			return s->first_time - answered;
	}
	return 0;
}

/* A request behind a step was answered under the SA, so that both ends still have it. A Delete does
 * not count: who refuses the other end may tell it so twice. */
static bool answered_behind(const struct ik_nego *n, const struct ik_step *s)
{
	for (size_t i = 0; i < n->n_exchanges; i++) {
		const struct ik_exchange *x = &n->exchanges[i];
		const struct ik_step *answer = ik_nego_step(n, x->step[1]);

		if (x->step[0] > s->serial && x->np_req != NP_DELETE && answer != NULL &&
		    (answer->bits & IK_STEP_ENCRYPTED) != 0)
			return true;
	}
	return false;
}

/* The first thing the initiator does behind IKE_AUTH is an error notify or a Delete, at once, and
 * nothing else follows, not even ESP: it does not accept the responder. A notify that is none of
 * an error, as of MOBIKE (RFC 4555 3.6), leaves the SA in use. A Delete that is no reaction but
 * decided on takes longer than the initiator takes to react. */
static const struct ik_step *initiator_objects(const struct ik_nego *n, const struct ik_brief *b)
{
	const struct ik_step *s = ik_nego_step(n, n->after_auth_step);
	ikescope_time within = IKESCOPE_SECOND;

	if (s == NULL || s->name != IK_INFO_REQ ||
	    (s->inner != NP_NOTIFY && s->inner != NP_DELETE) ||
	    !ik_size_error_only_auth(&n->suite, s) || (b != NULL && b->flows_end != 0))
		return NULL;
	for (size_t i = 0; i < n->n_steps; i++)
		if (n->steps[i].serial > s->serial && n->steps[i].name != IK_INFO_RSP &&
		    n->steps[i].name != IK_INFO_REQ)
			return NULL;
	if (answered_behind(n, s))
		return NULL;
	if (s->inner == NP_DELETE)
		within = initiator_takes(n);
	return s->first_time - n->up_time <= within ? s : NULL;
}

/* The same in IKEv1: MM6 is answered by an encrypted informational at once, and neither phase 2 nor
 * anything of the responder comes behind it. A probe comes later, and is answered. */
static const struct ik_step *initiator_objects_v1(const struct ik_nego *n)
{
	if (n->state != IK_S_MM6 || n->n_children > 0 || n->n_exchanges > 0)
		return NULL;
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];

		if (s->serial > n->phase1_step && s->name == IK_V1_INFO && s->dir == IK_I2R)
			return s->serial > n->last_r &&
			                       s->first_time - n->up_time <= IKESCOPE_SECOND
			               ? s
			               : NULL;
	}
	return NULL;
}

/* The last transaction was answered, if only by an informational, and it was not the first: XAUTH
 * has set its status, and the next message does not wait for a person. */
static bool xauth_over(const struct ik_nego *n)
{
	const struct ik_exchange *x = n->n_exchanges > 0 ? &n->exchanges[n->n_exchanges - 1] : NULL;
	const struct ik_step *last = ik_nego_step(n, n->last_serial);

	return n->n_exchanges >= 2 && x->type == 6 &&
	       (x->state == IK_X_ANSWERED || (last != NULL && last->name == IK_V1_INFO));
}

static void no_children(struct ik_position *p, const struct ik_nego *n, const struct ik_brief *b,
                        ikescope_time capture_end)
{
	const struct ik_step *t = open_request(n, 6);
	const struct ik_step *last = ik_nego_step(n, n->last_serial);
	bool quiet = capture_end - n->last_time >= (xauth_over(n) ? XAUTH_OVER : QUIET) ||
	             (b != NULL && b->retried_by != 0);

	p->phase2 = IKESCOPE_PHASE_NOT_REACHED;
	if (b != NULL && b->rekey_of != 0) {
		/* What phase 2 of the SA that it replaces made goes on. */
		p->outcome = IKESCOPE_ESTABLISHED;
		p->phase2 = IKESCOPE_PHASE_ESTABLISHED;
	} else if (t != NULL) {
		p->outcome = IKESCOPE_PARTIAL;
		stand(p, t, IKESCOPE_UNANSWERED, other_role(t->dir));
	} else if (quiet || (n->bits & IK_N_DELETED) != 0) {
		p->outcome = IKESCOPE_PARTIAL;
		miss(p, n->version == 1 ? IK_QM1 : IK_CHILD_REQ, last, IKESCOPE_INITIATOR);
	} else {
		p->outcome = IKESCOPE_INCONCLUSIVE;
	}
}

/* The answer to the last message of phase 1 was captured, and its sender goes on repeating that
 * message: it did not get the answer, or not whole. */
static bool answer_ignored(struct ik_position *p, const struct ik_nego *n)
{
	const struct ik_step *s =
	        ik_nego_step(n, n->version == 2 ? n->auth_rsp_step : n->phase1_step);

	if (s == NULL || s->dir != IK_R2I || (n->version == 1 && n->state != IK_S_MM6) ||
	    repeats(n, s) < STALL_COPIES - 1 || n->last_i > s->serial)
		return false;
	p->outcome = IKESCOPE_STALLED;
	p->phase1 = IKESCOPE_PHASE_STALLED;
	p->phase2 = IKESCOPE_PHASE_NOT_REACHED;
	stand(p, s, IKESCOPE_UNANSWERED, IKESCOPE_INITIATOR);
	return true;
}

/* Phase 1 stands: what became of phase 2. */
static void phase2(struct ik_position *p, const struct ik_nego *n, const struct ik_brief *b,
                   ikescope_time capture_end)
{
	const struct ik_step *no =
	        n->version == 2 ? initiator_objects(n, b) : initiator_objects_v1(n);
	const struct ik_child *c = ik_last_child(n);
	bool retried = b != NULL && b->retried_by != 0;

	if (answer_ignored(p, n))
		return;
	p->phase1 = IKESCOPE_PHASE_ESTABLISHED;
	p->assumed = true;
	p->phase2 = best_child(n, b);
	if (no != NULL && p->phase2 != IKESCOPE_PHASE_FAILED) {
		p->outcome = IKESCOPE_FAILED;
		p->phase1 = IKESCOPE_PHASE_FAILED;
		p->phase2 = n->version == 2 ? IKESCOPE_PHASE_FAILED : IKESCOPE_PHASE_NOT_REACHED;
		refuse(p, n, no, last_before(n, no, IK_R2I));
	} else if (p->phase2 == IKESCOPE_PHASE_ESTABLISHED) {
		p->outcome = IKESCOPE_ESTABLISHED;
	} else if (n->n_children == 0) {
		no_children(p, n, b, capture_end);
	} else if (c != NULL && (c->state == IKESCOPE_PHASE_FAILED ||
	                         c->state == IKESCOPE_PHASE_STALLED || retried)) {
		p->outcome = IKESCOPE_PARTIAL;
		child_stall(p, n, c);
	} else {
		p->outcome = IKESCOPE_INCONCLUSIVE;
	}
}

/* ---- the end -------------------------------------------------------------------------------- */

/* A liveness probe or a rekey that nobody answered, on an SA that stood. */
static bool lost(struct ik_position *p, const struct ik_nego *n, const struct ik_brief *b,
                 ikescope_time capture_end)
{
	const struct ik_step *s = open_request(n, 37);
	const struct ik_child *c = ik_last_child(n);

	if (s == NULL)
		s = open_request(n, 36);
	if (s == NULL && c != NULL && ik_child_state(c, b) == IKESCOPE_PHASE_STALLED)
		s = ik_nego_step(n, c->step[1] != 0 ? c->step[1] : c->step[0]);
	for (size_t dir = 0; s == NULL && dir < 2; dir++)
		if (n->dpd_open[dir] >= STALL_COPIES)
			s = ik_nego_step(n, n->dpd_open_step[dir]);
	/* Whoever spoke later was not lost. */
	if (s == NULL || (s->dir == IK_I2R ? n->last_r_time : n->last_i_time) > s->last_time ||
	    capture_end - s->first_time <= LOST_AFTER)
		return false;
	stand(p, s, IKESCOPE_UNANSWERED, other_role(s->dir));
	if (n->version == 1 && s->name == IK_V1_INFO)
		p->copies = n->dpd_open[s->dir];
	return true;
}

/* One side only was captured while the state went on: the other's messages are not missing. */
static bool one_sided(const struct ik_nego *n)
{
	const uint32_t both = IK_N_DIR_I2R | IK_N_DIR_R2I;

	return (n->bits & IK_N_GAP) != 0 && (n->bits & both) != both;
}

static void end_of(struct ik_position *p, const struct ik_nego *n, const struct ik_brief *b,
                   ikescope_time capture_end)
{
	const struct ik_child *c = ik_last_child(n);

	if (n->n_steps > 0 &&
	    (p->outcome == IKESCOPE_ESTABLISHED || n->best == IK_S_NONE || n->state == IK_S_MID) &&
	    lost(p, n, b, capture_end)) {
		p->at_end = IKESCOPE_END_LOST;
	} else if (b != NULL && b->rekeyed_by != 0) {
		p->at_end = IKESCOPE_END_REKEYED;
	} else if ((n->bits & IK_N_DELETED) != 0) {
		p->at_end = IKESCOPE_END_DELETED;
		if (p->phase2 == IKESCOPE_PHASE_ESTABLISHED)
			p->phase2 = IKESCOPE_PHASE_DELETED;
		if (p->phase1 == IKESCOPE_PHASE_ESTABLISHED)
			p->phase1 = IKESCOPE_PHASE_DELETED;
	} else if (p->outcome == IKESCOPE_ESTABLISHED && c != NULL &&
	           c->state == IKESCOPE_PHASE_FAILED) {
		p->at_end = IKESCOPE_END_REFUSED;
		child_stall(p, n, c);
	} else if (p->outcome == IKESCOPE_ESTABLISHED) {
		p->at_end = IKESCOPE_END_UP;
	}
}

struct ik_position ik_position_of(const struct ik_nego *n, const struct ik_brief *b,
                                  ikescope_time capture_end)
{
	struct ik_position p = {.outcome = IKESCOPE_INCONCLUSIVE};

	if (n->state == IK_S_V1_REFUSED || n->state == IK_S_INIT_REFUSED ||
	    n->state == IK_S_AUTH_REFUSED) {
		refused_phase1(&p, n);
	} else if (up(n)) {
		phase2(&p, n, b, capture_end);
	} else if (n->state < IK_STATES && pending[n->state].waiting != PENDING_NONE) {
		open_phase1(&p, n, b, capture_end);
	} else if (b != NULL && b->rekey_of != 0) {
		/* Its set-up is inside a CREATE_CHILD_SA of the SA it replaces. */
		p.outcome = IKESCOPE_ESTABLISHED;
		p.assumed = true;
		p.phase1 = IKESCOPE_PHASE_ESTABLISHED;
		p.phase2 = IKESCOPE_PHASE_ESTABLISHED;
	} else if (n->n_children > 0) {
		phase2(&p, n, b, capture_end);
	}
	if (one_sided(n))
		return (struct ik_position){.outcome = IKESCOPE_INCONCLUSIVE};
	end_of(&p, n, b, capture_end);
	return p;
}
