/*
 * Rules about an SA that stood: liveness, Delete, ESP; and what is left when nothing fits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/rule.h"

#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

#define LIFE_OVER 90 /* per cent of its lifetime: a side may count from its own first message */

static bool said_no(const struct ik_case *c)
{
	return c->pos.outcome == IKESCOPE_FAILED || c->fact[IK_F_STALL] == 2;
}

/* The SA had stood for less than the lifetime that IKEv1 agreed on; IKEv2 agrees on none. */
static bool not_outlived(const struct ik_case *c)
{
	return c->fact[IK_F_LIFE_SPENT] < LIFE_OVER;
}

/* clang-format off */
static const struct ik_rule liveness[] = {
	{ .slug = "dpd-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN, .reverse = true,
	  .when = W({ IK_F_VERSION, IK_EQ, 2 }, { IK_F_DPD_OPEN, IK_GE, 3 }),
	  .summary = "{waiting} no longer answers liveness probes: {copies} in a row without an answer.",
	  .cite = { IK_CITE_LIVENESS, IK_CITE_ICMP, IK_CITE_SILENCE, IK_CITE_ESP, IK_CITE_NEXT },
	  .ask = IK_ASK_ARRIVES, .raise = { "whether ESP of the peer still arrives: then only IKE is dead" },
	  .remedies = IK_R_DPD, .source = "RFC 7296 2.4" },

	{ .slug = "dpd-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_DPD_OPEN, IK_GE, 3 }),
	  .summary = "{waiting} no longer answers what has the size of liveness probes: {copies} in a row without an answer.",
	  .cite = { IK_CITE_LIVENESS, IK_CITE_ICMP, IK_CITE_SILENCE, IK_CITE_ESP, IK_CITE_NEXT },
	  .ask = IK_ASK_ARRIVES, .raise = { "whether ESP of the peer still arrives: then only IKE is dead" },
	  .remedies = IK_R_DPD, .source = "RFC 3706" },
};

static const struct ik_rule deleted[] = {
	{ .slug = "dpd-aggressive", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_LATE_ANSWER, IK_EQ, 1 }),
	  .summary = "The SA was given up too early: the peer was alive, its answer to the liveness check came later.",
	  .cite = { IK_CITE_LATE_CHECK, IK_CITE_ESP },
	  .raise = { "the log of the side that gave up: somebody may have restarted it while the check was open" }, .remedies = IK_R_DPD, .source = "RFC 7296 2.4" },

	{ .slug = "delete-without-replacement", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_ESP_AFTER_DELETE, IK_GE, 3 }, { IK_F_REPLACED, IK_EQ, 0 }),
	  .summary = "The SA was deleted and not replaced, while ESP for it goes on into a black hole.",
	  .cite = { IK_CITE_DELETE, IK_CITE_ESP }, .raise = { "the log of the side that sent the Delete" },
	  .remedies = IK_R_DELETE, .source = "RFC 7296 1.4.1" },

	{ .slug = "delete-without-replacement", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_ESP_AT_DELETE, IK_GE, 1 }, { IK_F_AFTER_LAST, IK_GE, 20 }, { IK_F_REPLACED, IK_EQ, 0 }),
	  .summary = "The SA was deleted while it carried traffic, and nothing took its place.",
	  .cite = { IK_CITE_DELETE, IK_CITE_ESP }, .raise = { "the log of the side that sent the Delete" },
	  .remedies = IK_R_DELETE, .source = "RFC 7296 1.4.1" },

	{ .slug = "traffic-trigger-missing", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_IDLE_AT_DELETE, IK_GE, 60 }, { IK_F_AFTER_LAST, IK_GE, 20 }, { IK_F_REPLACED, IK_EQ, 0 }),
	  .summary = "The SA was deleted when nothing had used it for a while, and nothing has asked for a new one since: idle, not failed.",
	  .cite = { IK_CITE_IDLE, IK_CITE_DELETE }, .raise = { "traffic for the tunnel: does it come up", "the log of the side that sent the Delete" },
	  .remedies = IK_R_DELETE, .source = "" },
};

static const struct ik_rule noted[] = {
	{ .slug = "crash-restart-peer", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_PEER_BEGAN, IK_EQ, 1 }),
	  .summary = "{waiting} has lost this SA: it set up a new one of its own accord, without a Delete, and no longer answers under this one.",
	  .cite = { IK_CITE_BEGAN, IK_CITE_STALL }, .raise = { "the log and the uptime of the peer" },
	  .remedies = IK_R_DPD, .source = "RFC 7296 2.4" },

	{ .slug = "crash-restart-peer", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_UNKNOWN_SA, IK_EQ, 1 }), IK_ALSO(not_outlived),
	  .summary = "One side no longer knows this SA although it had stood and its lifetime is not over: it says so in clear.",
	  .cite = { IK_CITE_UNKNOWN_SA }, .raise = { "the log and the uptime of the peer", "an authenticated message: anybody can send this notify" },
	  .remedies = IK_R_DPD, .source = "RFC 2408 3.14.1, RFC 7296 1.5" },

	{ .slug = "mtime-clock", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_LIFE_SPENT, IK_GE, LIFE_OVER }),
	  .summary = "Phase 1 is over at one side and still used by the other: liveness checks and Deletes fail while the IPsec SAs live on.",
	  .cite = { IK_CITE_UNKNOWN_SA, IK_CITE_ESP }, .raise = { "the phase 1 lifetimes of both ends" },
	  .remedies = IK_R_REKEY, .source = "RFC 2409 5.5, RFC 2408 3.14.1" },

	{ .slug = "rekey-collision", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_COLLISIONS, IK_GE, 1 }),
	  .summary = "Both sides rekeyed at the same time. That resolves itself; different lifetimes at the two ends avoid it.",
	  .cite = { IK_CITE_COLLISION }, .source = "RFC 7296 2.8.1, 2.25" },

	{ .slug = "simultaneous-initiation", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_CROSSING, IK_EQ, 1 }),
	  .summary = "Both sides began at the same time, and both came through: two SAs, where one would do unless they are of two connections; let one side only begin.",
	  .cite = { IK_CITE_CROSSING }, .source = "RFC 7296 2.8.1" },

	{ .slug = "dpd-asymmetric", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_DPD_SIDES, IK_EQ, 1 }),
	  .summary = "Only one side announces dead peer detection: without it a dead SA is only noticed when its lifetime ends.",
	  .cite = { IK_CITE_DPD_SIDES }, .remedies = IK_R_DPD, .source = "RFC 3706 5.1" },
};

static const struct ik_rule unexplained[] = {
	{ .slug = "unexplained-refusal", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  IK_ALSO(said_no),
	  .summary = "{message} was refused{refusal.by}; the packets do not say why.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL, IK_CITE_LAST },
	  .ask = IK_ASK_REFUSAL_INSIDE, .raise = { "the log of the side that refuses" }, .remedies = IK_R_DEBUG, .source = "" },

	{ .slug = "unexplained-stall", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .summary = "{message} {stands}; the packets do not say why.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE, IK_CITE_LAST },
	  .ask = IK_ASK_ARRIVES, .raise = { "the log of the side that is awaited" }, .remedies = IK_R_DEBUG, .source = "" },
};

static const struct ik_rule malformed[] = {
	{ .slug = "malformed-message", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_ANOMALIES, IK_EQ, 1 }),
	  .summary = "Messages of this negotiation break the format.",
	  .cite = { IK_CITE_ANOMALY }, .ask = IK_ASK_MALFORMED_AT_HOME,
	  .remedies = IK_R_DEBUG, .source = "RFC 2408 3, RFC 7296 3" },
};
/* clang-format on */

const struct ik_rule_set ik_rules_liveness = IK_RULES(IK_GROUP_CAUSE, liveness);
const struct ik_rule_set ik_rules_deleted = IK_RULES(IK_GROUP_END, deleted);
const struct ik_rule_set ik_rules_unexplained = IK_RULES(IK_GROUP_CAUSE, unexplained);
const struct ik_rule_set ik_rules_noted = IK_RULES(IK_GROUP_NOTE, noted);
const struct ik_rule_set ik_rules_malformed = IK_RULES(IK_GROUP_NOTE, malformed);
