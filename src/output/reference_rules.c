/*
 * The rules as text: each slug with what it stands for, and every rule that says it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/nearest.h"
#include "diag/recapture.h"
#include "diag/rule_words.h"
#include "ikescope/names.h"
#include "output/reference.h"

static void conditions(struct ik_text *t, const struct ik_rule_words *rule, size_t indent)
{
	char words[96];
	struct ik_buf b = IK_BUF_ON(words);
	const char *fact;
	size_t k = 0;

	ik_text_begin(t, indent, indent + 2);
	ik_text_puts(t, "When: ");
	for (; (fact = ik_rule_clause(rule, k, &b)) != NULL; k++) {
		ik_text_puts(t, k == 0 ? "" : "; ");
		ik_text_puts(t, fact);
		ik_text_puts(t, " ");
		ik_text_puts(t, words);
		ik_buf_reset(&b);
	}
	if (rule->condition != NULL) {
		ik_text_puts(t, k == 0 ? "" : "; ");
		ik_text_puts(t, ik_condition(rule->condition));
	} else if (k == 0) {
		ik_text_puts(t, "always");
	}
	ik_text_end(t);
}

static void evidence(struct ik_text *t, const struct ik_rule_words *rule, size_t indent)
{
	const char *words;

	if (ik_rule_evidence(rule, 0) == NULL)
		return;
	ik_text_begin(t, indent, indent + 2);
	ik_text_puts(t, "Evidence: ");
	for (size_t k = 0; (words = ik_rule_evidence(rule, k)) != NULL; k++) {
		ik_text_puts(t, k == 0 ? "" : "; ");
		ik_text_puts(t, words);
	}
	ik_text_end(t);
}

static void candidates(struct ik_text *t, const struct ik_rule_words *rule, size_t indent)
{
	for (size_t i = 0; i < rule->n_candidates; i++) {
		const struct ikescope_candidate *c = &rule->candidates[i];

		ik_text_begin(t, indent, indent + 2);
		ik_text_printf(t, "%s %s", rule->together ? "More exactly" : "Candidate", c->slug);
		if (c->in_favour != NULL) {
			ik_text_puts(t, rule->together ? ": " : "; for it: ");
			ik_text_puts(t, c->in_favour);
		}
		if (c->against != NULL) {
			ik_text_puts(t, "; against it: ");
			ik_text_puts(t, c->against);
		}
		ik_text_end(t);
	}
}

static void would_raise(struct ik_text *t, const struct ik_rule_words *rule, size_t indent)
{
	const struct ik_ask_row *ask = rule->ask;

	if (ask == NULL && rule->raise[0] == NULL)
		return;
	ik_text_begin(t, indent, indent + 2);
	ik_text_puts(t, "What would make it surer: ");
	if (ask != NULL) {
		char words[240];
		struct ik_buf b = IK_BUF_ON(words);

		ik_ask_words(&b, ask);
		ik_text_puts(t, words);
	}
	for (size_t i = 0; rule->raise[i] != NULL; i++) {
		ik_text_puts(t, i == 0 && ask == NULL ? "" : "; ");
		ik_text_puts(t, rule->raise[i]);
	}
	ik_text_end(t);
}

static void one_rule(struct ik_text *t, const struct ik_rule_words *rule)
{
	ik_text_blank(t);
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "Rule %s: %s, %s%s, group %s", rule->number,
	               ikescope_severity_name(rule->severity), ikescope_claim_name(rule->claim),
	               rule->reverse ? " where the way back is visible, else possible" : "",
	               rule->group);
	ik_text_end(t);
	ik_text_line(t, 4, rule->summary);
	conditions(t, rule, 4);
	if (rule->worst != NULL) {
		ik_text_begin(t, 4, 6);
		ik_text_printf(t, "Of several flows: that with most %s", rule->worst);
		ik_text_end(t);
	}
	evidence(t, rule, 4);
	candidates(t, rule, 4);
	would_raise(t, rule, 4);
	ik_text_begin(t, 4, 6);
	ik_text_printf(t, "Remedies: %s", ik_remedy_set_name(rule->remedies));
	ik_text_end(t);
	if (rule->source != NULL) {
		ik_text_begin(t, 4, 6);
		ik_text_puts(t, "Source: ");
		ik_text_puts(t, rule->source);
		ik_text_end(t);
	}
}

static void one_slug(struct ik_text *t, const char *slug)
{
	const char *about = ik_about(slug);
	struct ik_rule_words rule;

	ik_text_begin(t, 0, 2);
	ik_text_style(t, IK_BOLD);
	ik_text_puts(t, slug);
	ik_text_style(t, IK_PLAIN);
	ik_text_puts(t, ": ");
	ik_text_puts(t, ik_title(slug));
	ik_text_end(t);
	if (about != NULL)
		ik_text_line(t, 2, about);
	for (size_t i = 0; ik_rule_words(&rule, i); i++)
		if (strcmp(rule.slug, slug) == 0)
			one_rule(t, &rule);
	ik_text_blank(t);
}

/* The commands of every set that the rules of the slugs name, once each. */
static void remedies(struct ik_text *t, const struct ik_slugs *slugs)
{
	for (int set = IK_R_NONE + 1; set < IK_REMEDY_SETS; set++) {
		size_t rows;
		const struct ikescope_remedy *row = ik_remedies((enum ik_remedy_set)set, 0, &rows);

		/* Without slugs they would be as long as the rules. */
		if (slugs->n == 0 || !ik_slugs_need(slugs, (enum ik_remedy_set)set))
			continue;
		ik_text_begin(t, 0, 2);
		ik_text_style(t, IK_BOLD);
		ik_text_printf(t, "Remedies: %s", ik_remedy_set_name((enum ik_remedy_set)set));
		ik_text_style(t, IK_PLAIN);
		ik_text_end(t);
		ik_text_remedies(t, row, rows, NULL, 2);
		ik_text_blank(t);
	}
}

static void one_untold(struct ik_text *t, const struct ik_untold *row)
{
	ik_text_begin(t, 0, 2);
	ik_text_style(t, IK_BOLD);
	ik_text_puts(t, row->slug);
	ik_text_style(t, IK_PLAIN);
	ik_text_puts(t, ": not told by this name");
	ik_text_end(t);
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "What it is: %s.", row->title);
	ik_text_end(t);
	ik_text_line(t, 2, row->why);
	ik_text_blank(t);
}

static void untold(struct ik_text *t, const struct ik_slugs *slugs)
{
	const struct ik_untold *row;

	for (size_t i = 0; (row = ik_untold(i)) != NULL; i++)
		if (ik_slugs_have(slugs, row->slug))
			one_untold(t, row);
}

/* ---- slugs that were asked for ----------------------------------------------------------------
 */

static bool known(const char *slug, struct ikescope_unknown *unknown)
{
	struct ik_nearest near = ik_nearest_to(slug);

	if (ik_untold_find(slug) != NULL)
		return true;
	for (size_t i = 0; ik_slug(i) != NULL; i++) {
		if (strcmp(ik_slug(i), slug) == 0)
			return true;
		ik_nearest_try(&near, ik_slug(i));
	}
	*unknown = (struct ikescope_unknown){slug, near.name};
	return false;
}

bool ik_slugs_known(const struct ik_slugs *slugs, struct ikescope_unknown *unknown)
{
	*unknown = (struct ikescope_unknown){NULL, NULL};
	for (size_t i = 0; i < slugs->n; i++)
		if (!known(slugs->slug[i], unknown))
			return false;
	return true;
}

bool ik_slugs_have(const struct ik_slugs *slugs, const char *slug)
{
	for (size_t i = 0; i < slugs->n; i++)
		if (strcmp(slugs->slug[i], slug) == 0)
			return true;
	return slugs->n == 0;
}

bool ik_slugs_need(const struct ik_slugs *slugs, enum ik_remedy_set set)
{
	struct ik_rule_words rule;

	for (size_t i = 0; slugs->n > 0 && ik_rule_words(&rule, i); i++)
		if (rule.remedies == set && ik_slugs_have(slugs, rule.slug))
			return true;
	return slugs->n == 0;
}

int ikescope_write_rules(const char *const *slugs, size_t n,
                         const struct ikescope_text_options *options,
                         const struct ikescope_writer *writer, struct ikescope_unknown *unknown)
{
	const struct ik_slugs asked = {slugs, n};
	struct ik_text *t;

	if (!ik_slugs_known(&asked, unknown))
		return 0;
	t = ik_text_open(options, writer);
	if (t == NULL)
		return IKESCOPE_ERR_MEMORY;
	for (size_t i = 0; i < n; i++)
		if (ik_untold_find(slugs[i]) == NULL)
			one_slug(t, slugs[i]);
	for (size_t i = 0; n == 0 && ik_slug(i) != NULL; i++)
		one_slug(t, ik_slug(i));
	untold(t, &asked);
	remedies(t, &asked);
	return ik_text_close(t, 0);
}
