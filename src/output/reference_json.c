/*
 * The rules as JSON: rules in the order in which they are asked, slugs, facts, remedies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "diag/recapture.h"
#include "diag/rule_words.h"
#include "ikescope/names.h"
#include "output/json_value.h"
#include "output/reference.h"

static json_t *clauses_of(const struct ik_rule_words *rule)
{
	json_t *out = json_array();
	char words[96];
	struct ik_buf b = IK_BUF_ON(words);
	const char *fact;

	for (size_t k = 0; (fact = ik_rule_clause(rule, k, &b)) != NULL; k++) {
		ik_json_append(&out, json_pack("{s:s, s:s}", "fact", fact, "says", words));
		ik_buf_reset(&b);
	}
	return out;
}

static json_t *condition_of(const struct ik_rule_words *rule)
{
	if (rule->condition == NULL)
		return json_null();
	return json_pack("{s:o, s:o}", "name", ik_json_text(rule->condition), "says",
	                 ik_json_text(ik_condition(rule->condition)));
}

static json_t *evidence_of(const struct ik_rule_words *rule)
{
	json_t *out = json_array();
	const char *words;

	for (size_t k = 0; (words = ik_rule_evidence(rule, k)) != NULL; k++)
		ik_json_append(&out, ik_json_text(words));
	return out;
}

static json_t *candidates_of(const struct ik_rule_words *rule)
{
	json_t *out = json_array();

	for (size_t i = 0; i < rule->n_candidates; i++) {
		const struct ikescope_candidate *c = &rule->candidates[i];

		ik_json_append(&out, json_pack("{s:s, s:o, s:o}", "slug", c->slug, "for",
		                               ik_json_text(c->in_favour), "against",
		                               ik_json_text(c->against)));
	}
	return out;
}

static json_t *raise_of(const struct ik_rule_words *rule)
{
	const struct ik_ask_row *ask = rule->ask;
	json_t *out = json_array();

	if (ask != NULL) {
		char words[240];
		struct ik_buf b = IK_BUF_ON(words);

		ik_ask_words(&b, ask);
		ik_json_append(&out, ik_json_text(words));
	}
	for (size_t i = 0; rule->raise[i] != NULL; i++)
		ik_json_append(&out, ik_json_text(rule->raise[i]));
	return out;
}

static json_t *rule_of(const struct ik_rule_words *rule)
{
	return json_pack(
	        "{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:o, "
	        "s:s, s:o}",
	        "number", rule->number, "about", rule->about, "slug", rule->slug, "group",
	        rule->group, "severity", ikescope_severity_name(rule->severity), "claim",
	        ikescope_claim_name(rule->claim), "reverse", (int)rule->reverse, "summary",
	        rule->summary, "when", clauses_of(rule), "condition", condition_of(rule), "worst",
	        ik_json_text(rule->worst), "evidence", evidence_of(rule), "candidates",
	        candidates_of(rule), "together", (int)rule->together, "raise", raise_of(rule),
	        "remedies", ik_remedy_set_name(rule->remedies), "source",
	        ik_json_text(rule->source));
}

static json_t *rules(const struct ik_slugs *asked)
{
	json_t *out = json_array();
	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++)
		if (ik_slugs_have(asked, rule.slug))
			ik_json_append(&out, rule_of(&rule));
	return out;
}

static json_t *slugs(const struct ik_slugs *asked)
{
	json_t *out = json_array();

	for (size_t i = 0; ik_slug(i) != NULL; i++)
		if (ik_slugs_have(asked, ik_slug(i)))
			ik_json_append(&out, json_pack("{s:s, s:s, s:o}", "slug", ik_slug(i),
			                               "title", ik_title(ik_slug(i)), "about",
			                               ik_json_text(ik_about(ik_slug(i)))));
	return out;
}

static json_t *fact_of(const char *about, const char *name, const char *what)
{
	return json_pack("{s:s, s:s, s:s}", "name", name, "about", about, "what", what);
}

static json_t *untold(const struct ik_slugs *asked)
{
	json_t *out = json_array();
	const struct ik_untold *row;

	for (size_t i = 0; (row = ik_untold(i)) != NULL; i++)
		if (ik_slugs_have(asked, row->slug))
			ik_json_append(&out,
			               json_pack("{s:s, s:s, s:o, s:s}", "slug", row->slug, "title",
			                         row->title, "nearest", ik_json_text(row->nearest),
			                         "why", row->why));
	return out;
}

static json_t *facts(void)
{
	json_t *out = json_array();

	for (int i = 0; i < IK_FACT_COUNT; i++)
		ik_json_append(&out, fact_of("negotiation", ik_fact_name((enum ik_fact)i),
		                             ik_fact_what((enum ik_fact)i)));
	for (int i = 0; i < IK_TUNNEL_FACT_COUNT; i++)
		ik_json_append(&out, fact_of("tunnel", ik_tunnel_fact_rows[i].name,
		                             ik_tunnel_fact_rows[i].what));
	return out;
}

static json_t *remedy_set(enum ik_remedy_set set)
{
	size_t n;
	const struct ikescope_remedy *row = ik_remedies(set, 0, &n);
	json_t *rows = json_array();

	for (size_t i = 0; i < n; i++)
		ik_json_append(&rows, json_pack("{s:s, s:s}", "vendor", row[i].vendor, "text",
		                                row[i].text));
	return json_pack("{s:s, s:o}", "name", ik_remedy_set_name(set), "rows", rows);
}

static json_t *remedies(const struct ik_slugs *asked)
{
	json_t *out = json_array();

	for (int set = IK_R_NONE + 1; set < IK_REMEDY_SETS; set++)
		if (ik_slugs_need(asked, (enum ik_remedy_set)set))
			ik_json_append(&out, remedy_set((enum ik_remedy_set)set));
	return out;
}

int ikescope_write_rules_json(const char *const *slug, size_t n,
                              const struct ikescope_writer *writer,
                              struct ikescope_unknown *unknown)
{
	const struct ik_slugs asked = {slug, n};
	json_t *out;
	char *text;
	int rc;

	if (!ik_slugs_known(&asked, unknown))
		return 0;
	out = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "schema", "ikescope.rules/1", "rules",
	                rules(&asked), "slugs", slugs(&asked), "facts", facts(), "not_told",
	                untold(&asked), "remedies", remedies(&asked));
	text = json_dumps(out, JSON_INDENT(1));
	json_decref(out);
	if (text == NULL)
		return IKESCOPE_ERR_MEMORY;
	rc = writer->write(writer->ctx, text, strlen(text));
	free(text);
	return rc != 0 ? rc : writer->write(writer->ctx, "\n", 1);
}
