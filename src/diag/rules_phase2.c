/*
 * Rules about phase 2 and child SAs: refused, unanswered, half done.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/life.h"
#include "diag/rule.h"
#include "ike/message.h"
#include "session/offers.h"
#include "session/size.h"

enum { OFFERED_MOST = 4096 }; /* transforms that are looked at */
#define A_WHILE (10 * IKESCOPE_SECOND)

#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CANDIDATES(array) .candidates = (array), .n_candidates = sizeof(array) / sizeof((array)[0])

/* The last child, where it was refused; else NULL. */
static const struct ik_child *refused_child(const struct ik_case *c)
{
	const struct ik_child *child = ik_last_child(c->n);

	return child != NULL && child->state == IKESCOPE_PHASE_FAILED ? child : NULL;
}

static bool refused(const struct ik_case *c)
{
	return refused_child(c) != NULL;
}

static bool rekey_refused(const struct ik_case *c)
{
	const struct ik_child *child = refused_child(c);

	return child != NULL && child->kind == IK_CHILD_CREATE && child->rekeys == IKESCOPE_YES;
}

/* The child of IKE_AUTH came without a group of its own (RFC 7296 1.2): the first rekey is the
 * first time that perfect forward secrecy is negotiated. */
static bool first_rekey_refused(const struct ik_case *c)
{
	const struct ik_nego *n = c->n;

	if (!rekey_refused(c) || n->children[0].kind != IK_CHILD_AUTH)
		return false;
	for (size_t i = 1; i < n->n_children; i++)
		if (n->children[i].state == IKESCOPE_PHASE_ESTABLISHED)
			return false;
	return true;
}

static bool unanswered_quick(const struct ik_case *c)
{
	return c->pos.message == IK_QM1;
}

static bool unanswered_create(const struct ik_case *c)
{
	return c->pos.message == IK_CHILD_REQ;
}

/* The stalled request is as long as one with the sender's proposals of IKE_SA_INIT for a new IKE
 * SA. */
static bool as_long_as_new_ike_sa(const struct ik_case *c)
{
	const struct ik_step *step = ik_nego_step(c->n, c->pos.serial);
	const struct ik_offers *offers = c->pair->assembly->tracker->offers;
	const uint8_t *sa;
	unsigned proposals;
	uint8_t major;
	size_t len;

	if (step == NULL)
		return false;
	sa = ik_offers_get(offers, c->n->peer[step->dir].offer, &len, &major);
	if (sa == NULL || major != 2)
		return false;
	proposals = ik_sa_walk(sa, len, major, OFFERED_MOST, NULL, NULL);
	return ik_size_new_ike_sa(&c->n->suite, step, (uint32_t)len + 8 * proposals);
}

/* ESP flowed under the SA before. */
static bool carried_before(const struct ik_case *c, ikescope_time time)
{
	for (size_t i = c->brief->flows; i < c->brief->flows_end; i++)
		if (c->pair->flows[i].esp.first_time < time)
			return true;
	return false;
}

/* When the quick mode began another child stood, and had been used or was there for a while. Quick
 * modes that are begun together are for different networks. */
static bool replaces_a_child(const struct ik_case *c, const struct ik_child *child)
{
	for (size_t i = 0; i < c->n->n_children; i++) {
		const struct ik_child *k = &c->n->children[i];

		if (ik_child_state(k, c->brief) == IKESCOPE_PHASE_ESTABLISHED &&
		    k->last_time < child->first_time &&
		    (child->first_time - k->last_time >= A_WHILE ||
		     carried_before(c, child->first_time)))
			return true;
	}
	return false;
}

/* An SA that already carries children asks for another: that is how a rekey looks, unless quick
 * modes without an answer are nothing new there. */
static bool unanswered_rekey(const struct ik_case *c)
{
	const struct ik_child *child = ik_last_child(c->n);

	if (child == NULL || (!unanswered_create(c) && !unanswered_quick(c)))
		return false;
	if (unanswered_quick(c))
		return ik_life_silent(c->n) == 0 && replaces_a_child(c, child);
	if (child->rekeys == IKESCOPE_YES)
		return true; /* N(REKEY_SA) is first in the request */
	if (c->fact[IK_F_CHILDREN_UP] == 0 || c->pos.at_end != IKESCOPE_END_LOST)
		return false;
	/* With a KE it may replace the IKE SA. */
	return as_long_as_new_ike_sa(c) ||
	       ik_size_capacity(&c->n->suite, c->fact[IK_F_STALL_LENGTH] > 32
	                                              ? (uint32_t)c->fact[IK_F_STALL_LENGTH] - 32
	                                              : 0) >= 250;
}

/* Where there are no children yet there is nothing to rekey, and a new IKE SA takes a key exchange.
 */
static bool where_children_are(const struct ik_case *c, size_t candidate)
{
	const struct ik_step *step = ik_nego_step(c->n, c->pos.serial);

	return candidate != 1 || (c->fact[IK_F_CHILDREN_UP] > 0 && step != NULL &&
	                          ik_size_holds_ike_sa(&c->n->suite, step));
}

/* Of the candidates of a refused quick mode the first speaks of sizes and the fourth of the same
 * cause without them. */
static bool by_size(const struct ik_case *c, size_t candidate)
{
	bool sizes = c->fact[IK_F_QM1_GROUP] > 0;

	return candidate == 0 ? sizes : candidate != 3 || !sizes;
}

/* QM1 came again behind QM2: the initiator does not get QM2. */
static bool qm2_ignored(const struct ik_case *c)
{
	const struct ik_child *child = ik_last_child(c->n);
	const struct ik_step *q2 = child != NULL ? ik_nego_step(c->n, child->step[1]) : NULL;

	return q2 != NULL && ik_copies_after(c->n, child->step[0], q2->first_time) > 0;
}

/* clang-format off */
static const struct ikescope_candidate refused_v1[] = {
	{ "pfs-mismatch-v1",   "the refused QM1 and the other side's own differ by the size of a key exchange: one of them wants perfect forward secrecy", NULL },
	{ "p2-no-proposal-v1", "the transform sets have nothing in common", NULL },
	{ "ts-mismatch-v1",    "the proxy identities (crypto ACLs) are not mirrors of each other", NULL },
	{ "pfs-mismatch-v1",   "one side wants perfect forward secrecy, or another group", NULL },
	{ "mode-mismatch",     "one side wants tunnel, the other transport mode, or another protocol", NULL },
};
static const struct ikescope_candidate refused_v2[] = {
	{ "p2-no-proposal-v2",  "the ESP proposals have nothing in common", NULL },
	{ "ts-unacceptable-v2", "the traffic selectors do not fit", NULL },
	{ "cp-failure",         "no address could be assigned to the client", NULL },
};
static const struct ikescope_candidate refused_create[] = {
	{ "p2-no-proposal-v2",  "the ESP proposals have nothing in common", NULL },
	{ "ts-unacceptable-v2", "the traffic selectors do not fit", NULL },
	{ "pfs-mismatch-v2",    "a group for perfect forward secrecy is wanted by one side only", NULL },
};
static const struct ikescope_candidate refused_rekey[] = {
	{ "pfs-mismatch-v2",    "the first child came with IKE_AUTH, which has no group of its own; the rekey has one", NULL },
	{ "p2-no-proposal-v2",  "the ESP proposals have nothing in common", "the child to be replaced was accepted before" },
	{ "ts-unacceptable-v2", "the traffic selectors do not fit", "the child to be replaced was accepted before" },
};
static const struct ikescope_candidate unanswered[] = {
	{ "p2-unanswered",    "the peer refuses silently", NULL },
	{ "one-way-underlay", "the request or its answer is lost", NULL },
	{ "dpd-unanswered",   "the peer lost the IKE SA or is gone", NULL },
};
static const struct ikescope_candidate unanswered_beside[] = {
	{ "p2-unanswered",    "the peer refuses silently what one of the networks asks for", NULL },
	{ "rekey-unanswered", "a child is replaced by such a request, too, and some of them fail", NULL },
	{ "one-way-underlay", "requests or answers are lost", NULL },
};
static const struct ikescope_candidate unanswered_create_child[] = {
	{ "p2-unanswered",    "the peer refuses silently", NULL },
	{ "rekey-unanswered", "an IKE SA that carries children is replaced by such a request, too", NULL },
	{ "one-way-underlay", "the request or its answer is lost", NULL },
	{ "dpd-unanswered",   "the peer lost the IKE SA or is gone", NULL },
};

static const struct ik_rule rows[] = {
	{ .slug = "p2-refused-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_EQ, 2 }, { IK_F_VERSION, IK_EQ, 1 }), IK_ALSO(refused),
	  .summary = "Phase 1 stands, phase 2 is refused: the peer answers QM1 with an encrypted notify instead of QM2.",
	  .cite = { IK_CITE_CHILD, IK_CITE_SIZE, IK_CITE_STALL }, CANDIDATES(refused_v1), .which = by_size,
	  .ask = IK_ASK_QUICK_MODE_INSIDE, .raise = { "the log of the side that refuses" },
	  .remedies = IK_R_P2, .source = "RFC 2409 5.5" },

	{ .slug = "p2-refused-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_LAST_CHILD_KIND, IK_EQ, IK_CHILD_AUTH }), IK_ALSO(refused),
	  .summary = "Authentication succeeds, the Child SA is refused: the IKE_AUTH response is too short to hold one.",
	  .cite = { IK_CITE_SIZE, IK_CITE_CHILD, IK_CITE_OBJECTION }, CANDIDATES(refused_v2),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the responder's log" },
	  .remedies = IK_R_P2, .source = "RFC 7296 1.2, 2.21.2" },

	{ .slug = "pfs-mismatch-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_EQ, 2 }), IK_ALSO(first_rekey_refused),
	  .summary = "The first rekey of the Child SA is refused: the groups for perfect forward secrecy differ, and when the lifetime ends, traffic stops.",
	  .cite = { IK_CITE_CHILD, IK_CITE_SIZE }, CANDIDATES(refused_rekey),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "whether a new IKE_AUTH brings the child up again" },
	  .remedies = IK_R_REKEY, .source = "RFC 7296 1.2, 1.3.3" },

	{ .slug = "p2-refused-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_EQ, 2 }), IK_ALSO(rekey_refused),
	  .summary = "The rekey of a Child SA is refused: when its lifetime ends, traffic stops.",
	  .cite = { IK_CITE_CHILD, IK_CITE_SIZE }, CANDIDATES(refused_rekey),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the log of the side that refuses" },
	  .remedies = IK_R_REKEY, .source = "RFC 7296 1.3.3, 2.8" },

	{ .slug = "p2-refused-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_EQ, 2 }), IK_ALSO(refused),
	  .summary = "A CREATE_CHILD_SA request is refused with an error and nothing else.",
	  .cite = { IK_CITE_CHILD, IK_CITE_SIZE }, CANDIDATES(refused_create),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the log of the side that refuses" },
	  .remedies = IK_R_P2, .source = "RFC 7296 1.3.1" },

	{ .slug = "qm3-lost", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_QM3 }),
	  .summary = "Quick mode is not finished: QM3 was sent, but the responder goes on repeating QM2: it does not get it, or cannot use it.",
	  .cite = { IK_CITE_CHILD, IK_CITE_STALL },
	  .ask = IK_ASK_QM3_ARRIVES, .remedies = IK_R_PATH, .source = "RFC 2409 5.5" },

	{ .slug = "one-way-underlay", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_QM2 }), IK_ALSO(qm2_ignored),
	  .summary = "QM2 leaves but does not arrive: the initiator repeats QM1 although QM2 was sent past this point.",
	  .cite = { IK_CITE_CHILD, IK_CITE_STALL },
	  .ask = IK_ASK_QM2_ARRIVES, .remedies = IK_R_PATH, .source = "RFC 2409 5.5" },

	{ .slug = "qm3-lost", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_QM2 }, { IK_F_QM2_COPIES, IK_GE, 2 }),
	  .summary = "Quick mode is not finished: the responder repeats QM2 and QM3 never comes, while the initiator does not repeat QM1.",
	  .cite = { IK_CITE_CHILD, IK_CITE_STALL },
	  .ask = IK_ASK_QM3_LEAVES, .remedies = IK_R_PATH, .source = "RFC 2409 5.5" },

	{ .slug = "rekey-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY, .reverse = true,
	  IK_ALSO(unanswered_rekey),
	  .summary = "A rekey is not answered: {message} was sent {copies.times}; when the lifetime ends, traffic stops.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE, IK_CITE_ESP },
	  .ask = IK_ASK_ARRIVES, .raise = { "whether ESP of the peer still arrives" }, .remedies = IK_R_REKEY, .source = "RFC 7296 2.8, RFC 2409 5.5" },

	{ .slug = "p2-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_OUTCOME, IK_EQ, IKESCOPE_PARTIAL }, { IK_F_STALL, IK_EQ, 3 }),
	  .summary = "Phase 1 stands, but nobody starts phase 2.",
	  .cite = { IK_CITE_LAST }, .ask = IK_ASK_QM1_LEAVES, .raise = { "the initiator's log" }, .boxes = IK_BOXES_SAY_NOTHING,
	  .remedies = IK_R_P2, .source = "RFC 2409 5.5" },

	{ .slug = "p2-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_QM1 }),
	  .summary = "Phase 1 stands, but QM1 is not answered.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE }, CANDIDATES(unanswered),
	  .ask = IK_ASK_ARRIVES, .raise = { "the responder's log" }, .remedies = IK_R_P2, .source = "RFC 2409 5.5" },

	{ .slug = "p2-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_CHILD_REQ }),
	  .summary = "The IKE SA stands, but CREATE_CHILD_SA is not answered.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE }, CANDIDATES(unanswered_create_child), .which = where_children_are,
	  .ask = IK_ASK_ARRIVES, .raise = { "the responder's log" }, .remedies = IK_R_P2, .source = "RFC 7296 1.3" },
};

/* Under an SA that stands. */
static const struct ik_rule beside[] = {
	{ .slug = "p2-unanswered", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_SILENT_QUICK, IK_GE, 1 }),
	  .summary = "Quick modes get no answer again and again, while others between them come through: what they are for does not get its child SA.",
	  .cite = { IK_CITE_SILENT, IK_CITE_ESP }, CANDIDATES(unanswered_beside),
	  .raise = { "the responder's log" }, .remedies = IK_R_P2, .source = "RFC 2409 5.5" },
};
/* clang-format on */

const struct ik_rule_set ik_rules_children = IK_RULES(IK_GROUP_NOTE, beside);
const struct ik_rule_set ik_rules_phase2 = IK_RULES(IK_GROUP_CAUSE, rows);
