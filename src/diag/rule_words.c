/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/rule_words.h"

static void number(struct ik_rule_words *r, const char *mark, size_t rank)
{
	struct ik_buf b = IK_BUF_ON(r->number);

	ik_buf_printf(&b, "%s%zu", mark, rank + 1);
}

static void of_negotiation(struct ik_rule_words *r, const struct ik_rule *row, enum ik_group group)
{
	*r = (struct ik_rule_words){
	        .row = row,
	        .about = "negotiation",
	        .slug = row->slug,
	        .group = ik_group_name(group),
	        .summary = row->summary,
	        .severity = row->severity,
	        .claim = row->claim,
	        .reverse = row->reverse,
	        .together = row->together,
	        .condition = row->also_name,
	        .candidates = row->candidates,
	        .n_candidates = row->n_candidates,
	        .ask = ik_ask(row->ask),
	        .raise = row->raise,
	        .remedies = row->remedies,
	        .source = row->source,
	};
}

static void of_tunnel(struct ik_rule_words *r, const struct ik_tunnel_rule *row)
{
	*r = (struct ik_rule_words){
	        .tunnel = row,
	        .about = "tunnel",
	        .slug = row->slug,
	        .group = ik_tunnel_group_name(row->group),
	        .summary = row->summary,
	        .severity = row->severity,
	        .claim = row->claim,
	        .worst = row->worst == 0 ? NULL : ik_tunnel_fact_rows[row->worst].name,
	        .candidates = row->candidates,
	        .n_candidates = row->n_candidates,
	        .ask = ik_ask_of(row->slug),
	        .raise = row->raise,
	        .remedies = row->remedies,
	        .source = row->source,
	};
}

bool ik_rule_words(struct ik_rule_words *r, size_t rank)
{
	size_t left = rank;

	for (size_t s = 0; s < ik_all_rules.n; s++) {
		const struct ik_rule_set *set = ik_all_rules.sets[s];

		if (left < set->n) {
			of_negotiation(r, &set->rows[left], set->group);
			number(r, "", rank);
			return true;
		}
		left -= set->n;
	}
	if (left >= ik_all_tunnel_rules.n)
		return false;
	of_tunnel(r, &ik_all_tunnel_rules.rows[left]);
	number(r, "T", left);
	return true;
}

const char *ik_rule_clause(const struct ik_rule_words *r, size_t k, struct ik_buf *b)
{
	if (r->row != NULL) {
		const struct ik_clause *c = &r->row->when[k];

		if (c->op == IK_END)
			return NULL;
		ik_clause_words(b, c);
		return ik_fact_name(c->fact);
	}
	if (r->tunnel->when[k].op == IK_END)
		return NULL;
	ik_tunnel_clause_words(b, &r->tunnel->when[k]);
	return ik_tunnel_fact_rows[r->tunnel->when[k].fact].name;
}

const char *ik_rule_evidence(const struct ik_rule_words *r, size_t k)
{
	if (r->row == NULL)
		return r->tunnel->evidence[k].text;
	return r->row->cite[k] == IK_CITE_END ? NULL : ik_cite_words((enum ik_cite)r->row->cite[k]);
}
