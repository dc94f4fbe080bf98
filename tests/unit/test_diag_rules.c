/*
 * Every rule has a sample that it hits and, for each of its conditions, a near miss: a sample in
 * which all the rest of the rule holds. Shown by breaking the rules: without the row, or without
 * one of its conditions, some sample must be judged otherwise. What the samples are judged to be is
 * pinned by the expectations beside them (cli/test_check.py), so whoever breaks a rule breaks
 * those.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/tunnel_rule.h"
#include "ikescope/names.h"
#include "support/pipeline.h"
#include "support/samples.h"

#define TEXT      65536
#define MOST_ROWS 64
#define MOST_SETS 16

/* All findings of a walk as text, as far as expectations pin them. */
struct verdict {
	size_t len;
	char text[TEXT];
};

struct judged {
	const char *path;
	struct ikescope *scope;
	char *verdict; /* by the rules as they are */
};

static struct samples samples;
static struct judged *judged;
static struct verdict verdict;

/* ---- verdicts ------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 1, 2))) put(const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(verdict.text + verdict.len, TEXT - verdict.len, format, arguments);
	va_end(arguments);
	cr_assert(n >= 0 && (size_t)n < TEXT - verdict.len);
	verdict.len += (size_t)n;
}

static void put_findings(const struct ikescope_finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		put(" %s %s %s:", ikescope_severity_name(f[i].severity), f[i].slug,
		    ikescope_claim_name(f[i].claim));
		for (size_t k = 0; k < f[i].n_candidates; k++)
			put("%s %s", f[i].candidates[k].in_favour == NULL ? " not" : "",
			    f[i].candidates[k].slug);
		put(";");
	}
	put("\n");
}

static int on_negotiation(void *user, const struct ikescope_negotiation *n)
{
	(void)user;
	put("negotiation:");
	put_findings(n->findings, n->n_findings);
	return 0;
}

static int on_tunnel(void *user, const struct ikescope_tunnel *t)
{
	(void)user;
	put("tunnel:");
	put_findings(t->findings, t->n_findings);
	return 0;
}

/* Judges a sample by some rules; the verdict lasts until the next. */
static const char *judge(struct ikescope *scope, const struct ik_rules *rules)
{
	static const struct ikescope_visitor visitor = {
	        .negotiation = on_negotiation, .tunnel = on_tunnel, .brief = true};

	verdict.len = 0;
	verdict.text[0] = '\0';
	cr_assert_eq(ik_walk_rules(scope, &visitor, NULL, rules), 0);
	return verdict.text;
}

/* ---- the samples ---------------------------------------------------------------------------- */

static void set_up(void)
{
	struct pl_how how = pl_how_default();

	samples_add(&samples, IKESCOPE_SOURCE "/pcaps");
	cr_assert_gt(samples.n, 100);
	judged = calloc(samples.n, sizeof(*judged));
	cr_assert_not_null(judged);
	for (size_t i = 0; i < samples.n; i++) {
		judged[i].path = samples.row[i].path + strlen(IKESCOPE_SOURCE "/pcaps/");
		judged[i].scope = pl_open(samples.row[i].data, samples.row[i].len, &how);
		cr_assert_not_null(judged[i].scope, "%s", judged[i].path);
		judged[i].verdict = strdup(judge(judged[i].scope, &ik_all_rules));
		cr_assert_not_null(judged[i].verdict);
	}
}

static void tear_down(void)
{
	for (size_t i = 0; i < samples.n; i++) {
		ikescope_free(judged[i].scope);
		free(judged[i].verdict);
	}
	free(judged);
	samples_free(&samples);
}

TestSuite(diag_rules, .init = set_up, .fini = tear_down);

/* ---- broken rules --------------------------------------------------------------------------- */

/* The rules with a copy of one set that may be changed. */
struct broken {
	struct ik_rule rows[MOST_ROWS];
	struct ik_rule_set set;
	const struct ik_rule_set *sets[MOST_SETS];
	struct ik_tunnel_rule tunnel_rows[MOST_ROWS];
	struct ik_tunnel_rules tunnel;
	struct ik_rules rules;
};

static struct ik_rule *break_row(struct broken *b, size_t set, size_t row)
{
	const struct ik_rule_set *whole = ik_all_rules.sets[set];

	cr_assert_leq(whole->n, MOST_ROWS);
	cr_assert_leq(ik_all_rules.n, MOST_SETS);
	memcpy(b->rows, whole->rows, whole->n * sizeof(b->rows[0]));
	memcpy(b->sets, ik_all_rules.sets, ik_all_rules.n * sizeof(b->sets[0]));
	b->set = (struct ik_rule_set){whole->group, b->rows, whole->n};
	b->sets[set] = &b->set;
	b->rules = (struct ik_rules){b->sets, ik_all_rules.n, &ik_all_tunnel_rules};
	return &b->rows[row];
}

/* The same for a row about tunnels. */
static struct ik_tunnel_rule *break_tunnel_row(struct broken *b, size_t row)
{
	cr_assert_leq(ik_all_tunnel_rules.n, MOST_ROWS);
	memcpy(b->tunnel_rows, ik_all_tunnel_rules.rows,
	       ik_all_tunnel_rules.n * sizeof(b->tunnel_rows[0]));
	b->tunnel = (struct ik_tunnel_rules){b->tunnel_rows, ik_all_tunnel_rules.n};
	b->rules = (struct ik_rules){ik_all_rules.sets, ik_all_rules.n, &b->tunnel};
	return &b->tunnel_rows[row];
}

static void remove_row(struct broken *b, size_t row)
{
	memmove(&b->rows[row], &b->rows[row + 1], (b->set.n - row - 1) * sizeof(b->rows[0]));
	b->set.n--;
}

static void remove_clause(struct ik_rule *rule, size_t clause)
{
	memmove(&rule->when[clause], &rule->when[clause + 1],
	        (IK_CLAUSES - clause) * sizeof(rule->when[0]));
}

/* Whether some sample is judged otherwise. */
static bool noticed(const struct broken *b)
{
	for (size_t i = 0; i < samples.n; i++)
		if (strcmp(judge(judged[i].scope, &b->rules), judged[i].verdict) != 0)
			return true;
	return false;
}

static const char *name_of(size_t set, size_t row)
{
	static char name[128];
	const struct ik_rule *rule = &ik_all_rules.sets[set]->rows[row];

	(void)snprintf(name, sizeof(name), "set %zu, row %zu, %s: %.60s", set, row, rule->slug,
	               rule->summary);
	return name;
}

Test(diag_rules, every_row_has_a_hit)
{
	for (size_t s = 0; s < ik_all_rules.n; s++)
		for (size_t i = 0; i < ik_all_rules.sets[s]->n; i++) {
			struct broken b;

			break_row(&b, s, i);
			remove_row(&b, i);
			cr_expect(noticed(&b), "%s", name_of(s, i));
		}
}

Test(diag_rules, every_clause_has_a_near_miss)
{
	for (size_t s = 0; s < ik_all_rules.n; s++)
		for (size_t i = 0; i < ik_all_rules.sets[s]->n; i++) {
			const struct ik_clause *when = ik_all_rules.sets[s]->rows[i].when;

			for (size_t k = 0; when[k].op != IK_END; k++) {
				struct broken b;

				remove_clause(break_row(&b, s, i), k);
				cr_expect(noticed(&b), "%s: clause %zu", name_of(s, i), k);
			}
		}
}

Test(diag_rules, every_predicate_has_a_near_miss)
{
	for (size_t s = 0; s < ik_all_rules.n; s++)
		for (size_t i = 0; i < ik_all_rules.sets[s]->n; i++) {
			struct broken b;

			if (ik_all_rules.sets[s]->rows[i].also == NULL)
				continue;
			break_row(&b, s, i)->also = NULL;
			cr_expect(noticed(&b), "%s: predicate", name_of(s, i));
		}
}

Test(diag_rules, every_proof_of_the_way_back_matters)
{
	for (size_t s = 0; s < ik_all_rules.n; s++)
		for (size_t i = 0; i < ik_all_rules.sets[s]->n; i++) {
			struct broken b;

			if (!ik_all_rules.sets[s]->rows[i].reverse)
				continue;
			break_row(&b, s, i)->reverse = false;
			cr_expect(noticed(&b), "%s: reverse", name_of(s, i));
		}
}

Test(diag_rules, every_row_about_tunnels_has_a_hit)
{
	for (size_t i = 0; i < ik_all_tunnel_rules.n; i++) {
		struct broken b;
		struct ik_tunnel_rule *row = break_tunnel_row(&b, i);

		memmove(row, row + 1, (b.tunnel.n - i - 1) * sizeof(*row));
		b.tunnel.n--;
		cr_expect(noticed(&b), "tunnel row %zu, %s", i, ik_all_tunnel_rules.rows[i].slug);
	}
}

Test(diag_rules, every_clause_about_tunnels_has_a_near_miss)
{
	for (size_t i = 0; i < ik_all_tunnel_rules.n; i++) {
		const struct ik_tunnel_rule *rule = &ik_all_tunnel_rules.rows[i];

		for (size_t k = 0; rule->when[k].op != IK_END; k++) {
			struct broken b;
			struct ik_tunnel_clause *when = break_tunnel_row(&b, i)->when;

			memmove(&when[k], &when[k + 1], (IK_CLAUSES - k) * sizeof(when[0]));
			cr_expect(noticed(&b), "tunnel row %zu, %s: clause %zu", i, rule->slug, k);
		}
	}
}
