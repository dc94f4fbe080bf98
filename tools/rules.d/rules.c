/*
 * The rule tables as JSON, for tools/rules: rules in the order in which they are asked, facts,
 * remedies, and the titles of the slugs named as arguments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <jansson.h>
#include <stdio.h>

#include "diag/rule.h"
#include "diag/words.h"
#include "ikescope/names.h"

struct fact_name {
	const char *name, *what;
};

#define FACT_NAME(name, what) {#name, what},
static const struct fact_name fact_names[] = {IK_FACTS(FACT_NAME)};
#undef FACT_NAME

/* clang-format off */
static const char *const ops[] = {
	[IK_EQ] = "is", [IK_NE] = "is not", [IK_GE] = "at least", [IK_LE] = "at most",
};
static const char *const groups[] = {
	[IK_GROUP_CAUSE] = "cause", [IK_GROUP_END] = "end", [IK_GROUP_DATA] = "data", [IK_GROUP_NOTE] = "note",
};
static const char *const remedy_sets[IK_REMEDY_SETS] = {
	[IK_R_NONE]   = "none",            [IK_R_PATH]    = "path",        [IK_R_DAEMON] = "daemon",
	[IK_R_P1]     = "phase 1",         [IK_R_VERSION] = "IKE version", [IK_R_MODE]   = "phase 1 mode",
	[IK_R_PSK]    = "pre-shared keys", [IK_R_ID]      = "identities",  [IK_R_AUTH2]  = "IKEv2 authentication",
	[IK_R_EAP]    = "EAP",             [IK_R_XAUTH]   = "XAUTH",       [IK_R_NATT]   = "NAT traversal",
	[IK_R_4500]   = "UDP 4500",        [IK_R_MTU]     = "large messages", [IK_R_P2]  = "phase 2",
	[IK_R_DPD]    = "liveness",        [IK_R_COOKIE]  = "cookies",     [IK_R_KE]     = "group",
	[IK_R_REKEY]  = "rekeying",        [IK_R_ESP]     = "ESP",         [IK_R_DELETE] = "deletion",
	[IK_R_MM3]    = "message 3",       [IK_R_DEBUG]   = "debugging",   [IK_R_SOURCE] = "source address",
	[IK_R_SMALLER] = "first message",  [IK_R_LOAD]    = "load",
};
/* clang-format on */

static json_t *text(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

/* The value of a clause in words where the fact has some, else the number. */
static json_t *value_of(enum ik_fact fact, int64_t v)
{
	static const char *const stall[] = {"none", "unanswered", "refused", "missing"};
	char notify[80];
	struct ik_buf b = IK_BUF_ON(notify);

	switch ((int)fact) {
	case IK_F_STATE: return text(ik_state_name((enum ik_state)v));
	case IK_F_OUTCOME: return text(ikescope_outcome_name((enum ikescope_outcome)v));
	case IK_F_STALL_MESSAGE: return text(ik_msg_name((enum ik_msg_name)v));
	case IK_F_STALL: return text(v >= 0 && v < 4 ? stall[v] : NULL);
	case IK_F_NOTIFY: ik_words_notify(&b, 2, (uint16_t)v); return text(notify);
	default: return json_integer(v);
	}
}

static json_t *clauses_of(const struct ik_rule *rule)
{
	json_t *out = json_array();

	for (const struct ik_clause *c = rule->when; c->op != IK_END; c++)
		json_array_append_new(out, json_pack("{s:s, s:s, s:o}", "fact",
		                                     fact_names[c->fact].name, "op", ops[c->op],
		                                     "value", value_of(c->fact, c->value)));
	return out;
}

static json_t *candidates_of(const struct ik_rule *rule)
{
	json_t *out = json_array();

	for (size_t i = 0; i < rule->n_candidates; i++) {
		const struct ikescope_candidate *c = &rule->candidates[i];

		json_array_append_new(out,
		                      json_pack("{s:s, s:o, s:o}", "slug", c->slug, "for",
		                                text(c->in_favour), "against", text(c->against)));
	}
	return out;
}

static json_t *raise_of(const struct ik_rule *rule)
{
	json_t *out = json_array();

	for (size_t i = 0; i < IK_RAISES && rule->raise[i] != NULL; i++)
		json_array_append_new(out, text(rule->raise[i]));
	return out;
}

static json_t *rule_as_json(const struct ik_rule *rule, enum ik_group group)
{
	return json_pack("{s:s, s:o, s:o, s:s, s:s, s:b, s:b, s:s, s:o, s:o, s:o, s:o, s:o}",
	                 "slug", rule->slug, "title", text(ik_title(rule->slug)), "group",
	                 text(groups[group]), "severity", ikescope_severity_name(rule->severity),
	                 "claim", ikescope_claim_name(rule->claim), "reverse", rule->reverse,
	                 "also", rule->also != NULL, "summary", rule->summary, "when",
	                 clauses_of(rule), "candidates", candidates_of(rule), "raise",
	                 raise_of(rule), "remedies", text(remedy_sets[rule->remedies]), "source",
	                 text(rule->source));
}

static json_t *rules(void)
{
	json_t *out = json_array();

	for (size_t s = 0; s < ik_all_rules.n; s++) {
		const struct ik_rule_set *set = ik_all_rules.sets[s];

		for (size_t i = 0; i < set->n; i++)
			json_array_append_new(out, rule_as_json(&set->rows[i], set->group));
	}
	return out;
}

static json_t *facts(void)
{
	json_t *out = json_array();

	for (size_t i = 0; i < IK_FACT_COUNT; i++)
		json_array_append_new(out,
		                      json_pack("[s, s]", fact_names[i].name, fact_names[i].what));
	return out;
}

static json_t *remedies(void)
{
	json_t *out = json_array();

	for (size_t set = 0; set < IK_REMEDY_SETS; set++) {
		size_t n;
		const struct ikescope_remedy *row = ik_remedies((enum ik_remedy_set)set, 0, &n);
		json_t *rows = json_array();

		for (size_t i = 0; i < n; i++)
			json_array_append_new(rows,
			                      json_pack("[s, s]", row[i].vendor, row[i].text));
		json_array_append_new(
		        out, json_pack("{s:o, s:o}", "name", text(remedy_sets[set]), "rows", rows));
	}
	return out;
}

int main(int argc, char **argv)
{
	json_t *titles = json_object(), *out;
	int failed;

	for (int i = 1; i < argc; i++)
		json_object_set_new(titles, argv[i], text(ik_title(argv[i])));
	out = json_pack("{s:o, s:o, s:o, s:o}", "rules", rules(), "facts", facts(), "remedies",
	                remedies(), "titles", titles);
	failed = out == NULL || json_dumpf(out, stdout, JSON_INDENT(1)) != 0;
	json_decref(out);
	return failed;
}
