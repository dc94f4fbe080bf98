/*
 * Exchanges under a message id, and the child SAs that come of them.
 *
 * IKEv2 (RFC 7296 2.1 to 2.3): a request and its response share the message id; each side counts
 * its own requests. IKEv1 (RFC 2409 5.5): quick mode and transaction exchanges have a random id;
 * an informational stands alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "session/sa_parts.h"
#include "session/size.h"

#define TAKING_DOWN    IKESCOPE_SECOND
#define PROBE_ANSWER   IKESCOPE_SECOND
#define REFUSAL_WINDOW (10 * IKESCOPE_SECOND)
#define AFTER_AUTH     (10 * IKESCOPE_SECOND)
#define STALL_COPIES   3
#define GIVEN_UP       4 /* transmissions, of those who give up early */

static struct ik_exchange *find_exchange(struct ik_nego *n, uint8_t type, uint32_t mid, int by)
{
	for (size_t k = n->n_exchanges; k-- > 0;) {
		struct ik_exchange *x = &n->exchanges[k];

		if (x->mid == mid && x->type == type && (by < 0 || x->by == by))
			return x;
	}
	return NULL;
}

static struct ik_exchange *open_exchange(struct ik_nego *n, const struct ik_step *s, enum ik_dir by)
{
	struct ik_exchange *x;

	if (n->n_exchanges == IK_NEGO_EXCHANGES) {
		size_t drop = IK_NEGO_EXCHANGES / 2;

		memmove(n->exchanges, n->exchanges + drop, drop * sizeof(*n->exchanges));
		n->n_exchanges = (uint16_t)drop;
	}
	x = &n->exchanges[n->n_exchanges++];
	*x = (struct ik_exchange){.mid = s->mid,
	                          .type = s->exchange,
	                          .by = (uint8_t)by,
	                          .first_time = s->first_time,
	                          .last_time = s->first_time};
	return x;
}

/* ---- children ------------------------------------------------------------------------------- */

static struct ik_child *find_child(struct ik_nego *n, const struct ik_exchange *x)
{
	for (size_t k = n->n_children; k-- > 0;)
		if (n->children[k].mid == x->mid && n->children[k].by == x->by &&
		    (n->children[k].kind == IK_CHILD_AUTH) == (x->type == X_AUTH))
			return &n->children[k];
	return NULL;
}

static struct ik_child *add_child(struct ik_sa *sa, const struct ik_exchange *x,
                                  enum ik_child_kind kind, uint64_t first)
{
	struct ik_nego *n = &sa->n;
	struct ik_child *c;

	if (n->n_children == sa->cap_children) {
		size_t cap = 2 * sa->cap_children < sa->limits->children
		                     ? 2 * sa->cap_children
		                     : (size_t)sa->limits->children;
		struct ik_child *grown = NULL;

		if (cap > sa->cap_children)
			grown = (struct ik_child *)realloc(n->children, cap * sizeof(*grown));
		if (grown != NULL) {
			n->children = grown;
			sa->cap_children = cap;
		} else { /* the oldest half is forgotten, and said so */
			size_t drop = (n->n_children + 1U) / 2;

			memmove(n->children, n->children + drop,
			        (n->n_children - drop) * sizeof(*n->children));
			n->n_children = (uint16_t)(n->n_children - drop);
			n->bits |= IK_N_CHILDREN_LOST;
		}
	}
	c = &n->children[n->n_children++];
	*c = (struct ik_child){.mid = x->mid,
	                       .kind = (uint8_t)kind,
	                       .by = x->by,
	                       .first_time = x->first_time,
	                       .last_time = x->last_time,
	                       .first = first,
	                       .state = IKESCOPE_PHASE_IN_PROGRESS};
	return c;
}

/* Keeps the child of an exchange in step with it. */
static void update_child(struct ik_sa *sa, const struct ik_exchange *x, const struct ik_step *s)
{
	struct ik_child *c = find_child(&sa->n, x);

	if (c == NULL) {
		c = add_child(sa, x, x->type == X_QUICK ? IK_CHILD_QUICK : IK_CHILD_CREATE,
		              s->first);
		if (x->type == X_CHILD && x->np_req == NP_NOTIFY)
			c->rekeys = IKESCOPE_YES;
	}
	memcpy(c->step, x->step, sizeof(c->step));
	c->last_time = x->last_time;
	c->assumed = true;
	if (x->refused)
		c->state = IKESCOPE_PHASE_FAILED;
	else if (x->state == IK_X_DONE)
		c->state = IKESCOPE_PHASE_ESTABLISHED;
}

/* ---- IKEv1 ---------------------------------------------------------------------------------- */

static void quick_mode(struct ik_sa *sa, struct ik_step *s)
{
	static const uint8_t name[3] = {IK_QM1, IK_QM2, IK_QM3};
	struct ik_nego *n = &sa->n;
	struct ik_exchange *x = find_exchange(n, s->exchange, s->mid, -1);
	size_t k = 0;

	if (x == NULL)
		x = open_exchange(n, s, (enum ik_dir)s->dir);
	else if (s->dir != x->by)
		k = 1;
	else
		k = x->step[1] != 0 ? 2 : 0;
	/* A second, different QM1 under one id supersedes the first. */
	x->step[k] = s->serial;
	s->name = name[k];
	x->last_time = s->first_time;
	if (k == 1)
		n->bits |= IK_N_USED;
	if (k > 0)
		x->refused = false;
	x->state = (uint8_t)(k == 2 ? IK_X_DONE : k == 1 ? IK_X_ANSWERED : IK_X_OPEN);
	update_child(sa, x, s);
}

static void transaction(struct ik_sa *sa, struct ik_step *s)
{
	struct ik_nego *n = &sa->n;
	struct ik_exchange *x = find_exchange(n, s->exchange, s->mid, -1);

	if (x == NULL)
		x = open_exchange(n, s, (enum ik_dir)s->dir);
	if (s->dir == x->by) { /* several rounds may share an id */
		x->step[0] = s->serial;
		x->step[1] = 0;
		x->state = IK_X_OPEN;
	} else {
		x->step[1] = s->serial;
		x->state = IK_X_ANSWERED;
		n->bits |= IK_N_USED;
	}
	x->last_time = s->first_time;
}

/* Whether a side was taking an SA down when a request reached it: a child stood, and it had sent an
 * informational just before. What it sends next may be one more Delete, which crosses the request.
 */
static bool taking_down(const struct ik_nego *n, enum ik_dir side,
                        const struct ik_exchange *request)
{
	const struct ik_step *r = ik_nego_step(n, request->step[0]);
	bool stood = false, told = false;

	for (size_t i = 0; i < n->n_children; i++)
		stood |= n->children[i].state == IKESCOPE_PHASE_ESTABLISHED;
	for (size_t i = n->n_steps; stood && r != NULL && i-- > 0 && !told;) {
		const struct ik_step *s = &n->steps[i];

		told = s->name == IK_V1_INFO && s->dir == side && s->serial < r->serial &&
		       r->first_time - s->last_time <= TAKING_DOWN;
	}
	return told;
}

/* An encrypted informational behind an unanswered quick mode, from the other side and of the size
 * of a notify: its refusal. */
static bool refuses(struct ik_sa *sa, const struct ik_step *s, bool known)
{
	struct ik_nego *n = &sa->n;

	for (size_t k = n->n_exchanges; k-- > 0;) {
		struct ik_exchange *x = &n->exchanges[k];

		if (x->type != X_QUICK || x->state != IK_X_OPEN || x->by == s->dir ||
		    (x->refused && !x->probed) || s->first_time - x->last_time > REFUSAL_WINDOW ||
		    taking_down(n, (enum ik_dir)s->dir, x))
			continue;
		if (known && !ik_size_v1_notify(&n->suite, s->length, 0) &&
		    !ik_size_v1_notify(&n->suite, s->length, 4) &&
		    !ik_size_v1_notify(&n->suite, s->length, 16))
			continue;
		x->refused = true;
		x->probed = false;
		x->step[1] = s->serial;
		x->last_time = s->first_time;
		update_child(sa, x, s);
		return true;
	}
	return false;
}

/* An informational answers one of the other side as R-U-THERE is answered: at once, with as many
 * octets (RFC 3706 5.2). */
static bool acknowledges(const struct ik_step *asked, const struct ik_step *s)
{
	return asked != NULL && asked->dir != s->dir && asked->length == s->length &&
	       s->first_time - asked->first_time <= PROBE_ANSWER;
}

/* What was taken for the refusal of a quick mode was a probe, as its answer shows. */
static bool probe_answered(struct ik_nego *n, const struct ik_step *s)
{
	for (size_t k = n->n_exchanges; k-- > 0;) {
		struct ik_exchange *x = &n->exchanges[k];

		if (x->type == X_QUICK && x->refused && !x->probed && x->by == s->dir &&
		    acknowledges(ik_nego_step(n, x->step[1]), s)) {
			x->probed = true;
			return true;
		}
	}
	return false;
}

/* Of the size of a liveness probe: DPD (RFC 3706). */
static void probe_v1(struct ik_nego *n, const struct ik_step *s)
{
	if (n->dpd_open[!s->dir] > 0 || probe_answered(n, s)) {
		n->dpd_open[!s->dir] = 0;
		n->dpd_open_step[!s->dir] = 0;
		n->dpd_answers++;
		n->bits |= IK_N_USED;
	} else if (n->dpd_open[s->dir]++ == 0) {
		n->dpd_open_step[s->dir] = s->serial;
	}
}

/* A notify may have the size of a probe. What answers one at once is no refusal. */
static void informational_v1(struct ik_sa *sa, struct ik_step *s)
{
	struct ik_nego *n = &sa->n;
	uint32_t least = 0, most = 0;
	bool probe, known = ik_size_v1(&n->suite, 32, &least, &most);

	if ((s->bits & IK_STEP_ENCRYPTED) == 0)
		return;
	probe = known && (s->length == least || s->length == most);
	if (!(probe && acknowledges(ik_nego_step(n, n->dpd_open_step[!s->dir]), s)) &&
	    refuses(sa, s, known))
		return;
	if (probe)
		probe_v1(n, s);
}

/* ---- IKEv2
 * -----------------------------------------------------------------------------------------------
 */

static void deleted(struct ik_nego *n, const struct ik_step *s)
{
	n->bits |= IK_N_DELETED;
	if (s == NULL)
		return;
	n->delete_place = s->first;
	n->delete_time = s->first_time;
	n->delete_by = s->dir;
}

static void not_deleted(struct ik_nego *n)
{
	n->bits &= ~(uint32_t)IK_N_DELETED;
	n->delete_place = 0;
	n->delete_time = 0;
}

/* A Delete of the side that answers one was under way, and is answered too: both delete the same
 * child, and neither answer names it again (RFC 7296 1.4.1). */
static bool deletes_cross(const struct ik_nego *n, const struct ik_exchange *x)
{
	for (size_t i = 0; i < n->n_exchanges; i++) {
		const struct ik_exchange *y = &n->exchanges[i];

		if (y->type == X_INFO && y->np_req == NP_DELETE && y->by != x->by &&
		    y->step[0] != 0 && y->step[1] > x->step[0] && y->np_rsp == 0)
			return true;
	}
	return false;
}

/* The answer to the Delete of an IKE SA is empty (RFC 7296 1.4.1). */
static void delete_answered(struct ik_sa *sa, const struct ik_exchange *x, const struct ik_step *s)
{
	if (s->inner != 0)
		return;
	if (deletes_cross(&sa->n, x)) {
		not_deleted(&sa->n);
		return;
	}
	deleted(&sa->n, ik_nego_step(&sa->n, x->step[0]));
	sa->delete_answer = s->serial;
}

/* What is asked behind the answer to a Delete is answered under the SA: it lives, and the Delete
 * was that of a child that the other side had no longer. */
static void settle_delete(struct ik_sa *sa, const struct ik_exchange *x, const struct ik_step *s)
{
	if ((sa->n.bits & IK_N_DELETED) != 0 && (s->bits & IK_STEP_ENCRYPTED) != 0 &&
	    x->step[0] > sa->delete_answer)
		not_deleted(&sa->n);
}

static void response_v2(struct ik_sa *sa, struct ik_exchange *x, const struct ik_step *s)
{
	struct ik_nego *n = &sa->n;

	settle_delete(sa, x, s);
	/* One in clear may answer what was no request: ESP that came to a port of IKE. */
	if (x->step[0] == 0 && (s->bits & IK_STEP_ENCRYPTED) != 0)
		n->bits |= IK_N_GAP;
	x->step[1] = s->serial;
	x->np_rsp = s->inner;
	x->state = IK_X_DONE;
	x->last_time = s->first_time;
	if (x->type == X_CHILD) {
		x->refused = s->inner == NP_NOTIFY && ik_size_error_only_child(&n->suite, s);
		x->assumed = true;
	}
	if (x->type == X_CHILD || x->type == X_INFO)
		n->bits |= IK_N_USED;
	if (x->type != X_INFO)
		return;
	if (x->np_req == 0)
		n->dpd_answers += x->step[0] != 0;
	else if (x->np_req == NP_DELETE)
		delete_answered(sa, x, s);
}

static void request_v2(struct ik_sa *sa, struct ik_exchange *x, const struct ik_step *s)
{
	struct ik_nego *n = &sa->n;

	x->step[0] = s->serial;
	x->np_req = s->inner;
	if (x->type != X_AUTH && x->type != X_INIT && s->dir == IK_I2R && n->after_auth_step == 0 &&
	    n->auth_rsp_step != 0 && n->up_time != IKESCOPE_TIME_NONE &&
	    s->first_time - n->up_time <= AFTER_AUTH)
		n->after_auth_step = s->serial;
}

static void exchange_v2(struct ik_sa *sa, struct ik_step *s, bool response)
{
	struct ik_nego *n = &sa->n;
	enum ik_dir by = response ? (s->dir == IK_I2R ? IK_R2I : IK_I2R) : (enum ik_dir)s->dir;
	struct ik_exchange *x = find_exchange(n, s->exchange, s->mid, (int)by);

	/* COOKIE and INVALID_KE retries keep message id 0: a new round of the same exchange. */
	if (x == NULL)
		x = open_exchange(n, s, by);
	if (response)
		response_v2(sa, x, s);
	else
		request_v2(sa, x, s);
	if (s->exchange == X_INIT && !response) {
		x->step[1] = 0;
		x->state = IK_X_OPEN;
	}
	if (s->exchange == X_CHILD)
		update_child(sa, x, s);
}

void ik_sa_exchange(struct ik_sa *sa, struct ik_step *s, bool response)
{
	if (sa->n.version == 2) {
		exchange_v2(sa, s, response);
		return;
	}
	switch (s->exchange) {
	case X_QUICK: quick_mode(sa, s); break;
	case X_TRANSACTION: transaction(sa, s); break;
	case X_V1_INFO: informational_v1(sa, s); break;
	default: break;
	}
}

/* ---- in the end ----------------------------------------------------------------------------- */

/* The child of IKE_AUTH (RFC 7296 1.2), unless the answer is too short to hold one. */
static void auth_child(struct ik_sa *sa)
{
	struct ik_nego *n = &sa->n;
	const struct ik_step *rsp = ik_nego_step(n, n->auth_rsp_step);
	struct ik_exchange x = {.type = X_AUTH, .by = IK_I2R};
	struct ik_child *c;

	if (rsp == NULL || (n->state != IK_S_UP && n->state != IK_S_UP_ASSUMED) ||
	    rsp->name != IK_AUTH_RSP)
		return;
	x.mid = rsp->mid;
	x.first_time = x.last_time = rsp->first_time;
	c = add_child(sa, &x, IK_CHILD_AUTH, rsp->first);
	c->step[1] = rsp->serial;
	c->rekeys = IKESCOPE_NO;
	c->assumed = true;
	c->state = ik_size_no_child(&n->suite, rsp) ? IKESCOPE_PHASE_FAILED
	                                            : IKESCOPE_PHASE_ESTABLISHED;
	/* It came first. */
	if (n->n_children > 1) {
		struct ik_child last = *c;

		memmove(&n->children[1], &n->children[0],
		        (n->n_children - 1U) * sizeof(*n->children));
		n->children[0] = last;
	}
}

/* The last QM3 arrived: QM2, which came again until then, stays away for longer than its sender
 * waited before. Gaps double at most; who repeats a message often enough may have given up. */
static bool qm3_arrived(const struct ik_nego *n, const struct ik_step *q2, const struct ik_step *q3,
                        ikescope_time end)
{
	ikescope_time before = q2->first_time, quiet = end - q2->last_time;

	for (size_t i = 0; i < n->n_copies; i++)
		if (n->copies[i].serial == q2->serial && n->copies[i].time < q2->last_time)
			before = n->copies[i].time;
	return q3->last_time >= q2->last_time && q2->copies < GIVEN_UP && quiet > IKESCOPE_SECOND &&
	       (quiet - IKESCOPE_SECOND) / 2 > q2->last_time - before;
}

/* QM2 goes on behind QM3. What comes within a round trip, as long as QM2 took to follow QM1, left
 * before QM3 could arrive. */
static bool qm3_ignored(const struct ik_nego *n, const struct ik_child *c, ikescope_time end)
{
	const struct ik_step *q1 = ik_nego_step(n, c->step[0]), *q2 = ik_nego_step(n, c->step[1]);
	const struct ik_step *q3 = ik_nego_step(n, c->step[2]);
	ikescope_time round_trip = q1 != NULL && q2 != NULL ? q2->first_time - q1->first_time : 0;
	unsigned count = 0;

	for (size_t i = 0; q3 != NULL && i < n->n_copies; i++)
		count += n->copies[i].serial == c->step[1] &&
		         n->copies[i].time - q3->first_time >= round_trip;
	return count >= STALL_COPIES - 1 && (q2 == NULL || !qm3_arrived(n, q2, q3, end));
}

/* A quick mode that is asked for again behind what was answered as a probe was not refused by it.
 */
static void probed_child(struct ik_nego *n, struct ik_child *c)
{
	struct ik_exchange *x = find_exchange(n, X_QUICK, c->mid, c->by);
	const struct ik_step *probe = x != NULL && x->probed ? ik_nego_step(n, x->step[1]) : NULL;

	for (size_t i = 0; probe != NULL && i < n->n_copies; i++) {
		if (n->copies[i].serial != x->step[0] || n->copies[i].time < probe->first_time)
			continue;
		x->refused = false;
		x->step[1] = c->step[1] = 0;
		c->state = IKESCOPE_PHASE_IN_PROGRESS;
		return;
	}
}

/* Open exchanges whose first message was repeated stand still. */
static void open_children(struct ik_nego *n, ikescope_time end)
{
	for (size_t k = 0; k < n->n_children; k++) {
		struct ik_child *c = &n->children[k];
		const struct ik_step *last;

		if (c->kind == IK_CHILD_QUICK && c->state == IKESCOPE_PHASE_FAILED)
			probed_child(n, c);
		last = ik_nego_step(n, c->step[1] != 0 ? c->step[1] : c->step[0]);
		if (c->kind == IK_CHILD_QUICK && c->step[2] != 0 && qm3_ignored(n, c, end))
			c->state = IKESCOPE_PHASE_STALLED;
		if (c->state == IKESCOPE_PHASE_IN_PROGRESS && last != NULL &&
		    last->copies >= STALL_COPIES)
			c->state = IKESCOPE_PHASE_STALLED;
	}
}

/* The last message, but for those that its sender does not know what to do with: who has deleted an
 * SA answers what comes under it with an error in clear. */
static const struct ik_step *last_word(const struct ik_nego *n)
{
	size_t i = n->n_steps;

	while (i > 0 && (n->steps[i - 1].bits & IK_STEP_ERROR) != 0) {
		uint8_t side = n->steps[--i].dir;

		while (i > 0 && n->steps[i - 1].dir != side)
			i--;
	}
	return i > 1 ? &n->steps[i - 1] : NULL;
}

/* IKEv1: the last word is an encrypted informational of the size of a Delete of the ISAKMP SA,
 * and it either has not the size of a liveness probe or follows a Delete of a child at once. */
static void deleted_v1(struct ik_nego *n)
{
	const struct ik_step *s = last_word(n);
	const struct ik_step *before = s != NULL ? s - 1 : NULL;
	uint32_t least, most;
	bool pair, probe;

	if (n->version != 1 || s == NULL || s->name != IK_V1_INFO || s->copies != 1 ||
	    (s->bits & IK_STEP_ENCRYPTED) == 0 || !ik_size_v1_notify(&n->suite, s->length, 16) ||
	    !ik_size_v1(&n->suite, 32, &least, &most))
		return;
	pair = before->name == IK_V1_INFO && before->dir == s->dir &&
	       s->first_time - before->first_time < IKESCOPE_SECOND &&
	       ik_size_v1_notify(&n->suite, before->length, 4);
	probe = s->length == least || s->length == most;
	if (!pair && (probe || ik_size_v1_notify(&n->suite, s->length, 4)))
		return;
	for (size_t i = 0; i < n->n_exchanges; i++)
		if (n->exchanges[i].refused && n->exchanges[i].step[1] == s->serial)
			return;
	deleted(n, s);
}

/* A Delete of which the answer was not captured, and nothing after it. */
static void deleted_unanswered(struct ik_nego *n)
{
	const struct ik_exchange *x;

	if (n->version != 2 || n->n_exchanges == 0 || (n->bits & IK_N_DELETED) != 0)
		return;
	x = &n->exchanges[n->n_exchanges - 1];
	if (x->type == X_INFO && x->np_req == NP_DELETE && x->state == IK_X_OPEN &&
	    n->last_serial == x->step[0]) {
		deleted(n, ik_nego_step(n, x->step[0]));
	}
}

void ik_sa_children(struct ik_sa *sa, ikescope_time end)
{
	if (sa->n.version == 2)
		auth_child(sa);
	open_children(&sa->n, end);
	deleted_unanswered(&sa->n);
	deleted_v1(&sa->n);
}
