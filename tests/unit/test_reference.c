/*
 * The printed tables: rules, registries, transitions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/rule_words.h"
#include "iana/iana.h"
#include "ikescope/reference.h"
#include "session/fsm.h"
#include "support/paper.h"

TestSuite(reference);

/* ---- rules --------------------------------------------------------------------------------- */

Test(reference, every_slug_and_rule_is_printed)
{
	struct paper p;
	struct ikescope_unknown unknown;
	size_t rules = 0, printed = 0;

	paper_take(&p);
	cr_assert_eq(ikescope_write_rules(NULL, 0, NULL, &p.writer, &unknown), 0);
	cr_assert_null(unknown.word);
	paper_check_page(p.text, "rules");
	for (size_t i = 0; ik_slug(i) != NULL; i++)
		cr_expect_not_null(strstr(p.text, ik_slug(i)), "%s", ik_slug(i));
	for (size_t s = 0; s < ik_all_rules.n; s++)
		rules += ik_all_rules.sets[s]->n;
	rules += ik_all_tunnel_rules.n;
	for (const char *at = p.text; (at = strstr(at, "\n  Rule ")) != NULL; at++)
		printed++;
	cr_expect_eq(printed, rules);
	cr_expect_null(strstr(p.text, "(null)"));
	free(p.text);
}

Test(reference, the_rules_of_a_slug_come_with_commands)
{
	struct paper p;
	const char *const slugs[] = {"psk-mismatch-mm"}, *const bad[] = {"peer-silent",
	                                                                 "psk-mismach-mm"};
	struct ikescope_unknown unknown;

	paper_take(&p);
	cr_assert_eq(ikescope_write_rules(slugs, 1, NULL, &p.writer, &unknown), 0);
	cr_expect_not_null(strstr(p.text, "crypto isakmp key KEY address <peer>"));
	cr_expect_not_null(strstr(p.text, "Evidence: "));
	cr_expect_null(strstr(p.text, "peer-silent: the peer"));
	paper_wipe(&p);
	cr_assert_eq(ikescope_write_rules(bad, 2, NULL, &p.writer, &unknown), 0);
	cr_expect_str_eq(unknown.word, "psk-mismach-mm");
	cr_expect_str_eq(unknown.nearest, "psk-mismatch-mm");
	cr_expect_eq(p.len, 0);
	free(p.text);
}

/* A slug is told or not, never both; of the other kind no rule speaks. */
Test(reference, what_is_not_told_has_its_reason)
{
	static const char *const slugs[] = {"art-vlan"};
	struct paper p;
	struct ikescope_unknown unknown;
	const struct ik_untold *row, *before = NULL;
	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++)
		cr_expect_null(ik_untold_find(rule.slug), "%s", rule.slug);
	for (size_t i = 0; (row = ik_untold(i)) != NULL; before = row, i++) {
		cr_expect_null(ik_title(row->slug), "%s", row->slug);
		cr_expect_eq(ik_untold_find(row->slug), row, "%s", row->slug);
		cr_expect(row->nearest == NULL || ik_title(row->nearest) != NULL, "%s", row->slug);
		cr_expect(before == NULL || strcmp(before->slug, row->slug) < 0, "%s", row->slug);
	}
	paper_take(&p);
	cr_assert_eq(ikescope_write_rules(slugs, 1, NULL, &p.writer, &unknown), 0);
	cr_expect_null(unknown.word);
	cr_expect(strstr(p.text, "art-vlan: not told by this name\n") != NULL, "%s", p.text);
	cr_expect(strstr(p.text, "art-offload") == NULL, "%s", p.text);
	paper_wipe(&p);
	cr_assert_eq(ikescope_write_rules(NULL, 0, NULL, &p.writer, &unknown), 0);
	cr_expect(strstr(p.text, "art-offload: not told by this name\n") != NULL);
	free(p.text);
}

Test(reference, rules_have_words_for_all_that_they_ask)
{
	for (size_t s = 0; s < ik_all_rules.n; s++)
		for (size_t i = 0; i < ik_all_rules.sets[s]->n; i++) {
			const struct ik_rule *r = &ik_all_rules.sets[s]->rows[i];

			cr_expect_eq(r->also != NULL, r->also_name != NULL, "%s", r->slug);
			cr_expect(r->also == NULL || ik_condition(r->also_name) != NULL, "%s: %s",
			          r->slug, r->also_name);
			for (size_t k = 0; r->cite[k] != IK_CITE_END; k++)
				cr_expect_not_null(ik_cite_words((enum ik_cite)r->cite[k]),
				                   "%s: %u", r->slug, r->cite[k]);
		}
	cr_expect_null(ik_condition("no such function"));
	cr_expect_null(ik_condition(NULL));
}

/* Of both kinds of rules. */
Test(reference, rules_have_names_and_titles)
{
	struct ik_rule_words r;
	size_t n = 0;

	for (; ik_rule_words(&r, n); n++) {
		cr_expect((r.row == NULL) != (r.tunnel == NULL), "%s", r.slug);
		cr_expect_not_null(ik_title(r.slug), "%s", r.slug);
		cr_expect_not_null(r.group, "%s", r.slug);
		cr_expect_not_null(ik_remedy_set_name(r.remedies), "%s", r.slug);
		for (size_t k = 0; k < r.n_candidates; k++)
			cr_expect_not_null(ik_title(r.candidates[k].slug), "%s: %s", r.slug,
			                   r.candidates[k].slug);
	}
	cr_expect_eq(r.number[0], 'T', "the last is about tunnels");
	cr_expect_not(ik_rule_words(&r, n + 1));
}

/* ---- registries ---------------------------------------------------------------------------- */

Test(reference, registries_are_listed_and_printed)
{
	struct paper p;
	struct ikescope_unknown unknown;

	paper_take(&p);
	cr_assert_eq(ikescope_write_names(NULL, NULL, &p.writer, &unknown), 0);
	paper_check_page(p.text, "names");
	for (size_t r = 0; ik_registries[r] != NULL; r++)
		cr_expect_not_null(strstr(p.text, ik_registries[r]->name));
	for (size_t r = 0; ik_registries[r] != NULL; r++) {
		paper_wipe(&p);
		cr_assert_eq(
		        ikescope_write_names(ik_registries[r]->name, NULL, &p.writer, &unknown), 0);
		cr_assert_null(unknown.word);
		paper_check_page(p.text, ik_registries[r]->name);
		for (size_t i = 0; i < ik_registries[r]->n; i++)
			if (strlen(ik_registries[r]->rows[i].name) < 40 &&
			    strchr(ik_registries[r]->rows[i].name, ' ') == NULL)
				cr_expect_not_null(strstr(p.text, ik_registries[r]->rows[i].name),
				                   "%s", ik_registries[r]->rows[i].name);
	}
	paper_wipe(&p);
	cr_assert_eq(ikescope_write_names("notify", NULL, &p.writer, &unknown), 0);
	cr_expect(strstr(p.text, "ikev1/notify-types") != NULL &&
	          strstr(p.text, "ikev2/notify-error") != NULL);
	paper_wipe(&p);
	cr_assert_eq(ikescope_write_names("ikev2/notify-eror", NULL, &p.writer, &unknown), 0);
	cr_expect_str_eq(unknown.nearest, "ikev2/notify-error");
	cr_expect_eq(p.len, 0);
	cr_assert_eq(ikescope_write_names("", NULL, &p.writer, &unknown), 0);
	cr_expect_not_null(unknown.word);
	free(p.text);
}

/* ---- transitions --------------------------------------------------------------------------- */

Test(reference, every_transition_is_printed)
{
	struct paper p;
	char number[24];

	paper_take(&p);
	cr_assert_eq(ikescope_write_transitions(NULL, &p.writer), 0);
	paper_check_page(p.text, "fsm");
	for (size_t i = 0; i < ik_fsm_n_rows; i++) {
		snprintf(number, sizeof(number), "\n%zu. ", i + 1);
		cr_expect_not_null(strstr(p.text, number));
		cr_expect_not_null(strstr(p.text, ik_fsm_rows[i].story));
	}
	free(p.text);
}

Test(reference, the_graph_has_every_state_and_balanced_braces)
{
	struct paper p;
	int open = 0;

	paper_take(&p);
	cr_assert_eq(ikescope_write_transitions_dot(&p.writer), 0);
	cr_expect_eq(strncmp(p.text, "digraph ikescope {\n", 19), 0);
	for (int s = IK_S_NONE + 1; s < IK_S_MID; s++) {
		char node[32];

		snprintf(node, sizeof(node), "\ts%d [label=", s);
		cr_expect_not_null(strstr(p.text, node), "%d", s);
		snprintf(node, sizeof(node), "-> s%d [", s);
		cr_expect_not_null(strstr(p.text, node), "%d", s);
	}
	for (size_t i = 0; i < p.len; i++)
		open += (p.text[i] == '{') - (p.text[i] == '}');
	cr_expect_eq(open, 0);
	free(p.text);
}

/* ---- what the caller's write() says ---------------------------------------------------------- */

Test(reference, an_error_of_the_output_is_returned)
{
	struct ikescope_unknown unknown;

	cr_expect_eq(ikescope_write_rules(NULL, 0, NULL, &paper_full, &unknown), 7);
	cr_expect_eq(ikescope_write_rules_json(NULL, 0, &paper_full, &unknown), 7);
	cr_expect_eq(ikescope_write_names(NULL, NULL, &paper_full, &unknown), 7);
	cr_expect_eq(ikescope_write_transitions(NULL, &paper_full), 7);
	cr_expect_eq(ikescope_write_transitions_dot(&paper_full), 7);
}
