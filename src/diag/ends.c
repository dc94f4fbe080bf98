/*
 * Where both ends stand behind each message. The sender of a message is past it. Its receiver moves
 * on with it unless packets speak against that: an answer is due and is not there, or the receiver
 * goes on repeating what it had sent before.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/ends.h"

#define ANY_STATE IK_STATES
#define NOTHING   "no SA"

/* Payload types of RFC 7296 3.2. */
enum { NOTIFY = 41, DELETE = 42 };

/* What is said of both ends behind a message, in words. The first row that fits; where none does,
 * the message changes nothing. */
static const struct {
	uint8_t message; /* enum ik_msg_name */
	uint8_t state;   /* enum ik_state behind it, or ANY_STATE */
	const char *sender, *receiver;
} words[] = {
        {IK_MM1, ANY_STATE, "MM1 sent, MM2 awaited", "MM1 received"},
        {IK_MM2, ANY_STATE, "MM2 sent, MM3 awaited", "MM2 received"},
        {IK_MM3, ANY_STATE, "MM3 sent, MM4 awaited", "MM3 received"},
        {IK_MM4, ANY_STATE, "MM4 sent, MM5 awaited", "MM4 received"},
        {IK_MM5, ANY_STATE, "MM5 sent, MM6 awaited", "MM5 received"},
        {IK_MM6, ANY_STATE, "phase 1 up", "phase 1 up"},
        {IK_AM1, ANY_STATE, "AM1 sent, AM2 awaited", "AM1 received"},
        {IK_AM2, ANY_STATE, "AM2 sent, AM3 awaited", "AM2 received"},
        {IK_AM3, ANY_STATE, "phase 1 up", "phase 1 up"},
        {IK_QM1, ANY_STATE, "phase 1 up, QM1 sent, QM2 awaited", "phase 1 up, QM1 received"},
        {IK_QM2, ANY_STATE, "phase 1 up, QM2 sent, QM3 awaited", "phase 1 up, QM2 received"},
        {IK_QM3, ANY_STATE, "phases 1 and 2 up", "phases 1 and 2 up"},
        {IK_TRANSACTION, ANY_STATE, "XAUTH or mode config sent", "XAUTH or mode config received"},
        {IK_V1_INFO, IK_S_V1_REFUSED, "refused, no SA", "was refused"},
        {IK_INIT_REQ, ANY_STATE, "IKE_SA_INIT sent, answer awaited", "IKE_SA_INIT received"},
        {IK_INIT_RSP, IK_S_INIT_DONE, "keys agreed, IKE_AUTH awaited", "keys agreed"},
        {IK_INIT_RSP, IK_S_COOKIE, "no SA until the cookie comes", "cookie received"},
        {IK_INIT_RSP, IK_S_KE_RETRY, "no SA, another group awaited", "another group is wanted"},
        {IK_INIT_RSP, IK_S_INIT_REFUSED, "refused, no SA", "was refused"},
        {IK_INTERMEDIATE_REQ, ANY_STATE, "IKE_INTERMEDIATE sent, answer awaited",
         "IKE_INTERMEDIATE received"},
        {IK_INTERMEDIATE_RSP, ANY_STATE, "IKE_INTERMEDIATE answered, IKE_AUTH awaited",
         "IKE_INTERMEDIATE answer received"},
        {IK_AUTH_REQ, IK_S_EAP, "EAP sent, answer awaited", "EAP received"},
        {IK_AUTH_REQ, ANY_STATE, "IKE_AUTH sent, answer awaited", "IKE_AUTH received"},
        {IK_AUTH_RSP, IK_S_EAP, "EAP sent, answer awaited", "EAP received"},
        {IK_AUTH_RSP, IK_S_AUTH_REFUSED, "IKE_AUTH refused, no SA", "was refused"},
        {IK_AUTH_RSP, IK_S_UP, "IKE SA up", "IKE SA up"},
        {IK_AUTH_RSP, IK_S_UP_ASSUMED, "IKE SA up (assumed)", "IKE SA up (assumed)"},
        {IK_CHILD_REQ, ANY_STATE, "IKE SA up, CREATE_CHILD_SA sent",
         "IKE SA up, CREATE_CHILD_SA received"},
        {IK_CHILD_RSP, ANY_STATE, "IKE SA up, CREATE_CHILD_SA answered",
         "IKE SA up, answer of CREATE_CHILD_SA received"},
};

/* ---- was it taken? ----------------------------------------------------------------------- */

static bool is_response(uint8_t name)
{
	return name == IK_INIT_RSP || name == IK_INTERMEDIATE_RSP || name == IK_AUTH_RSP ||
	       name == IK_CHILD_RSP || name == IK_INFO_RSP || name == IK_V2_OTHER_RSP;
}

static bool is_phase1(uint8_t name)
{
	return name >= IK_MM1 && name <= IK_AM3;
}

/* Whether an answer must follow, so that its absence says something. */
static bool answer_due(const struct ik_nego *n, const struct ik_step *s)
{
	if (n->version == 2)
		return !is_response(s->name);
	return s->name != IK_MM6 && s->name != IK_AM3 && s->name != IK_QM3 &&
	       s->name != IK_TRANSACTION && s->name != IK_V1_INFO;
}

/* An INFORMATIONAL that begins with a notify or a Delete may refuse what came before. */
static bool may_object(const struct ik_step *s)
{
	return s->name == IK_INFO_REQ && (s->inner == NOTIFY || s->inner == DELETE);
}

/* Whether the initiator refused the answer that ended IKE_AUTH, or MM6. */
static bool objected(const struct ik_case *c, const struct ik_step *s)
{
	const struct ik_step *next = ik_nego_step(c->n, c->n->after_auth_step);

	if (c->pos.outcome != IKESCOPE_FAILED || c->pos.serial != s->serial)
		return false;
	return s->name == IK_MM6 ||
	       (s->serial == c->n->auth_rsp_step && next != NULL && may_object(next));
}

/* Whether a later message rests on one. Progress of the same side rests on the answer, too. */
static bool rests_on(const struct ik_nego *n, const struct ik_step *later, const struct ik_step *s)
{
	bool other = later->dir != s->dir;

	if (n->version == 1 && !is_phase1(s->name))
		return other && later->mid == s->mid;
	if (n->version == 1)
		return later->state > s->state &&
		       (later->name != IK_V1_INFO || later->state == IK_S_V1_REFUSED);
	if (is_response(s->name))
		return other && !is_response(later->name) &&
		       !(s->name == IK_AUTH_RSP && may_object(later));
	if (s->name == IK_INIT_REQ && !other)
		return later->name != IK_INIT_REQ && !is_response(later->name);
	return other && is_response(later->name) &&
	       (later->mid == s->mid || (s->name == IK_INIT_REQ && later->name == IK_INIT_RSP));
}

/* Whether the receiver repeated its message before this one although this one had come: what left
 * within a round trip was under way. */
static bool ignored(const struct ik_nego *n, size_t i)
{
	const struct ik_step *s = &n->steps[i];

	for (size_t k = i; k-- > 0;) {
		const struct ik_step *before = &n->steps[k];
		ikescope_time round_trip = s->first_time - before->first_time;

		if (before->dir != s->dir)
			return round_trip >= 0 && round_trip <= IKESCOPE_TIME_MOST &&
			       ik_copies_after(n, before->serial, s->first_time + round_trip) > 0;
	}
	return false;
}

/* An encrypted refusal of a quick mode stands outside of its exchange. */
static bool refused_outside(const struct ik_nego *n, const struct ik_step *s)
{
	const struct ik_exchange *x = ik_nego_exchange(n, s->serial);

	return s->name == IK_QM1 && x != NULL && x->refused;
}

static enum ikescope_tri taken(const struct ik_case *c, size_t i)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *s = &n->steps[i];

	if (objected(c, s))
		return IKESCOPE_NO;
	/* An informational of IKEv1 is not answered, and changes nothing: who repeats a message
	 * behind it may have received it all the same. */
	if (s->name == IK_V1_INFO)
		return IKESCOPE_UNKNOWN;
	for (size_t k = i + 1; k < n->n_steps; k++)
		if (rests_on(n, &n->steps[k], s))
			return IKESCOPE_YES;
	if (refused_outside(n, s))
		return IKESCOPE_YES;
	return answer_due(n, s) || ignored(n, i) ? IKESCOPE_NO : IKESCOPE_UNKNOWN;
}

/* A complaint about a message of phase 1 that was not taken comes next, from the other side. */
static bool complained(const struct ik_case *c, size_t i)
{
	const struct ik_nego *n = c->n;
	const struct ik_step *s = &n->steps[i], *next = s + 1;

	if (objected(c, s))
		return true;
	return i + 1 < n->n_steps && is_phase1(s->name) && next->name == IK_V1_INFO &&
	       next->dir != s->dir;
}

/* ---- the states -------------------------------------------------------------------------- */

static void say(struct ikescope_ends *e, enum ik_dir side, const char *text)
{
	if (side == IK_I2R)
		e->initiator = text;
	else
		e->responder = text;
}

/* The step that ended a negotiation with a no; n_steps where none did. Of those that ask for
 * another group again and again it is the last. */
static size_t refusing_step(const struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	size_t i = 0;

	if (c->pos.outcome != IKESCOPE_FAILED || c->pos.by == 0)
		return n->n_steps;
	if (n->state == IK_S_KE_RETRY && n->n_steps > 0)
		return n->n_steps - 1;
	while (i < n->n_steps && n->steps[i].first < c->pos.by)
		i++;
	return i;
}

static void put_words(struct ikescope_ends *e, const struct ik_step *s, bool received, bool refuses)
{
	enum ik_dir sender = (enum ik_dir)s->dir, receiver = sender == IK_I2R ? IK_R2I : IK_I2R;
	const char *sent = NULL, *came = NULL;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && sent == NULL; i++)
		if (words[i].message == s->name &&
		    (words[i].state == ANY_STATE || words[i].state == s->state)) {
			sent = words[i].sender;
			came = words[i].receiver;
		}
	/* That an encrypted message or an answer of EAP is a refusal is no state of the wire. */
	if (refuses && (sent == NULL || s->state == IK_S_EAP)) {
		sent = "refused, no SA";
		came = "was refused";
	}
	if (e->gone) {
		sent = "IKE SA deleted";
		came = "IKE SA deleted";
	}
	if (sent != NULL)
		say(e, sender, sent);
	if (came != NULL && received)
		say(e, receiver, came);
}

static void carried(struct ikescope_ends *e, const struct ik_nego *n, const struct ik_step *s)
{
	e->notify = (s->bits & IK_STEP_ERROR) != 0 || s->notify[0] == 16390 || s->notify[0] == 16407
	                    ? s->notify[0]
	                    : 0;
	e->first_payload = n->version == 2 && (s->bits & IK_STEP_ENCRYPTED) != 0 ? s->inner : 0;
	e->payloads = e->announced = 0;
	for (size_t i = 0; i < n->n_carried; i++)
		if (n->carried[i].serial == s->serial) {
			e->payloads = n->carried[i].payloads;
			e->announced = n->carried[i].caps;
		}
}

/* What one end shows behind step i. Who has refused or was told stays where that left it. */
static void move(struct ikescope_ends *e, const struct ik_case *c, size_t i, enum ik_dir side,
                 bool over)
{
	struct ikescope_shown_as shown =
	        over ? ik_shown_as(c->n, &c->pos) : ik_shown_after(c->n, &c->pos, i);

	ik_shown_take(&e->shown_as, &shown, side);
}

void ik_ends_make(struct ikescope_ends *ends, const struct ik_case *c)
{
	const struct ik_nego *n = c->n;
	const size_t refusing = refusing_step(c);
	bool over[2] = {false, false}; /* by enum ik_dir: has refused, or was told so */
	struct ikescope_ends now = {
	        .shown_as = ik_shown_before(), .initiator = NOTHING, .responder = NOTHING};

	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];
		enum ik_dir sender = (enum ik_dir)s->dir;
		enum ik_dir receiver = sender == IK_I2R ? IK_R2I : IK_I2R;
		bool refuses = i == refusing, received;

		now.taken = taken(c, i);
		now.reacted = now.taken == IKESCOPE_YES || complained(c, i);
		now.gone = ik_shown_gone(n, &c->pos, i);
		now.refused = i >= refusing;
		/* Who is refused and forgets the SA answers no more, and repeats nothing. */
		received = refuses ? !ignored(n, i) : now.taken != IKESCOPE_NO;
		over[sender] |= refuses;
		over[receiver] |= refuses && received;
		move(&now, c, i, sender, over[sender]);
		if (received)
			move(&now, c, i, receiver, over[receiver]);
		put_words(&now, s, received, refuses);
		carried(&now, n, s);
		ends[i] = now;
	}
}
