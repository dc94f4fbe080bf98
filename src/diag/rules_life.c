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

static bool said_no(const struct ik_case *c)
{
	return c->pos.outcome == IKESCOPE_FAILED || c->fact[IK_F_STALL] == 2;
}

/* clang-format off */
static const struct ik_rule liveness[] = {
	{ .slug = "dpd-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN, .reverse = true,
	  .when = W({ IK_F_VERSION, IK_EQ, 2 }, { IK_F_DPD_OPEN, IK_GE, 3 }),
	  .summary = "{waiting} no longer answers liveness probes: {copies} in a row without an answer.",
	  .cite = { IK_CITE_LIVENESS, IK_CITE_SILENCE, IK_CITE_ESP },
	  .ask = IK_ASK_ARRIVES, .raise = { "whether ESP of the peer still arrives: then only IKE is dead" },
	  .remedies = IK_R_DPD, .source = "RFC 7296 2.4" },

	{ .slug = "dpd-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_DPD_OPEN, IK_GE, 3 }),
	  .summary = "{waiting} no longer answers what has the size of liveness probes: {copies} in a row without an answer.",
	  .cite = { IK_CITE_LIVENESS, IK_CITE_SILENCE, IK_CITE_ESP },
	  .ask = IK_ASK_ARRIVES, .raise = { "whether ESP of the peer still arrives: then only IKE is dead" },
	  .remedies = IK_R_DPD, .source = "RFC 3706" },
};

static const struct ik_rule deleted[] = {
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
const struct ik_rule_set ik_rules_malformed = IK_RULES(IK_GROUP_NOTE, malformed);
