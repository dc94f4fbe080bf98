/*
 * Rules over the facts of a tunnel: which hold, and what they say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/tunnel_rule.h"

#define FACT_ROW(name, unit, what) {#name, what, IK_UNIT_##unit},
const struct ik_tunnel_fact_row ik_tunnel_fact_rows[IK_TUNNEL_FACT_COUNT] = {
        IK_TUNNEL_FACTS(FACT_ROW)};
#undef FACT_ROW

static bool holds(const struct ik_tunnel_rule *rule, const struct ik_tunnel_case *c)
{
	for (const struct ik_tunnel_clause *clause = rule->when; clause->op != IK_END; clause++)
		if (!ik_op_holds(clause->op, c->fact[clause->fact], clause->value))
			return false;
	return true;
}

void ik_tunnel_value(struct ik_buf *b, enum ik_unit unit, int64_t value)
{
	switch (unit) {
	case IK_UNIT_NUMBER: ik_buf_printf(b, "%" PRId64, value); break;
	case IK_UNIT_SECONDS: ik_buf_seconds(b, value); break;
	case IK_UNIT_PER_MILLE:
		ik_buf_printf(b, "%" PRId64 ".%" PRId64 " %%", value / 10, value % 10);
		break;
	}
}

static void put_fact(struct ik_buf *b, const struct ik_tunnel_case *c, const char *name, size_t len)
{
	for (size_t i = 0; i < IK_TUNNEL_FACT_COUNT; i++) {
		const struct ik_tunnel_fact_row *row = &ik_tunnel_fact_rows[i];

		if (strncmp(row->name, name, len) == 0 && row->name[len] == '\0')
			ik_tunnel_value(b, row->unit, c->fact[i]);
	}
}

static void expand(struct ik_buf *b, const char *text, const struct ik_tunnel_case *c)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "{}");

		ik_buf_putn(b, text, n);
		text += n;
		if (*text == '\0')
			return;
		text++;
		n = strcspn(text, "{}");
		if (n == 4 && memcmp(text, "from", 4) == 0)
			ik_buf_addr(b, c->from);
		else if (n == 2 && memcmp(text, "to", 2) == 0)
			ik_buf_addr(b, c->to);
		else
			put_fact(b, c, text, n);
		text += n + (text[n] == '}');
	}
}

static void speak(struct ik_findings *f, const struct ik_tunnel_rule *rule,
                  const struct ik_tunnel_case *c)
{
	struct ikescope_finding *finding;
	char text[480];
	struct ik_buf b = IK_BUF_ON(text);

	expand(&b, rule->summary, c);
	finding = ik_findings_add(f, rule->slug, rule->severity, rule->claim, text);
	if (finding == NULL)
		return;
	finding->would_raise = rule->raise;
	while (finding->n_would_raise < IK_RAISES && rule->raise[finding->n_would_raise] != NULL)
		finding->n_would_raise++;
	finding->remedies = ik_remedies(rule->remedies, 0, &finding->n_remedies);
	for (size_t i = 0; rule->evidence[i].place != IK_TP_END; i++) {
		ik_buf_reset(&b);
		expand(&b, rule->evidence[i].text, c);
		ik_findings_cite(f, finding, c->place[rule->evidence[i].place], text);
	}
}

void ik_findings_of_tunnel(struct ik_findings *f, const struct ik_tunnel_case *c,
                           const struct ik_tunnel_rules *rules)
{
	bool said[IK_TUNNEL_GROUPS] = {false};

	for (size_t i = 0; i < rules->n; i++) {
		const struct ik_tunnel_rule *rule = &rules->rows[i];

		if (said[rule->group] || !holds(rule, c))
			continue;
		said[rule->group] = true;
		speak(f, rule, c);
	}
}
