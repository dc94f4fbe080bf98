/*
 * Rules over the facts of a tunnel: which hold, and what they say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/recapture.h"
#include "diag/tunnel_rule.h"
#include "diag/words.h"

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

/* False: it is unknown. */
static bool put_fact(struct ik_buf *b, const struct ik_tunnel_case *c, const char *name, size_t len)
{
	for (size_t i = 0; i < IK_TUNNEL_FACT_COUNT; i++) {
		const struct ik_tunnel_fact_row *row = &ik_tunnel_fact_rows[i];

		if (row->name[0] != name[0] || strncmp(row->name, name, len) != 0 ||
		    row->name[len] != '\0')
			continue;
		ik_tunnel_value(b, row->unit, c->fact[i]);
		return c->fact[i] != IK_FACT_UNKNOWN;
	}
	return false;
}

static const char *sent_as(const struct ik_tunnel_side *side)
{
	return side->encapsulations == 1U << IKESCOPE_ENCAP_UDP ? "ESP in UDP" : "ESP without UDP";
}

static bool put_word(struct ik_buf *b, const struct ik_tunnel_case *c, const char *name, size_t len)
{
	enum { FROM, TO, LOW, HIGH, LOW_ESP, HIGH_ESP, ESP, SPI, ROUTER, REFUSER, ICMP, WORDS };
	static const char *const words[WORDS] = {
	        [FROM] = "from",       [TO] = "to",           [LOW] = "low",
	        [HIGH] = "high",       [LOW_ESP] = "low ESP", [HIGH_ESP] = "high ESP",
	        [ESP] = "ESP",         [SPI] = "spi",         [ROUTER] = "router",
	        [REFUSER] = "refuser", [ICMP] = "icmp",
	};
	size_t i = 0;

	while (i < WORDS && (strlen(words[i]) != len || memcmp(words[i], name, len) != 0))
		i++;
	switch (i) {
	case FROM: ik_buf_addr(b, c->from); break;
	case TO: ik_buf_addr(b, c->to); break;
	case LOW: ik_buf_addr(b, &c->scene->pair->low); break;
	case HIGH: ik_buf_addr(b, &c->scene->pair->high); break;
	case LOW_ESP: ik_buf_puts(b, sent_as(&c->scene->side[0])); break;
	case HIGH_ESP: ik_buf_puts(b, sent_as(&c->scene->side[1])); break;
	case ESP: ik_buf_puts(b, c->flow != NULL && c->flow->ah ? "AH" : "ESP"); break;
	case SPI: ik_buf_printf(b, "%08" PRIx32, c->flow != NULL ? c->flow->spi : 0); break;
	case ROUTER: ik_buf_addr(b, &c->router); break;
	case REFUSER: ik_buf_addr(b, &c->refuser); break;
	case ICMP:
		ik_buf_puts(b, ik_words_icmp(c->refuser.family, c->icmp_type, c->icmp_code));
		break;
	default: return false;
	}
	return true;
}

/* False: something in it is unknown. */
static bool expand(struct ik_buf *b, const char *text, const struct ik_tunnel_case *c)
{
	const char *open;
	bool known = true;

	while ((open = strchr(text, '{')) != NULL) {
		size_t n = strcspn(open + 1, "}");

		ik_buf_putn(b, text, (size_t)(open - text));
		known &= put_fact(b, c, open + 1, n) || put_word(b, c, open + 1, n);
		text = open + 1 + n + (open[1 + n] == '}');
	}
	ik_buf_puts(b, text);
	return known;
}

static void speak(struct ik_findings *f, const struct ik_tunnel_rule *rule,
                  const struct ik_tunnel_case *c)
{
	const struct ik_pair *p = c->scene->pair;
	struct ik_ends ends = {.one = p->low,
	                       .other = p->high,
	                       .domain = ik_net_domain(p->assembly->tracker->net, p->domain),
	                       .nat = ik_addr_private(&p->low) != ik_addr_private(&p->high)};
	struct ikescope_finding *finding;
	char text[480];
	struct ik_buf b = IK_BUF_ON(text);

	for (size_t i = 0; i < p->n_briefs && !ends.nat; i++)
		ends.nat = p->briefs[i].nat_port != 0;
	if (!f->brief)
		expand(&b, rule->summary, c);
	finding = ik_findings_add(f, rule->slug, rule->severity, rule->claim, text);
	if (finding == NULL)
		return;
	finding->candidates = rule->candidates;
	finding->n_candidates = rule->n_candidates;
	ik_recapture_slug(f, finding, rule->raise, &ends);
	finding->remedies = ik_remedies(rule->remedies, 0, &finding->n_remedies);
	for (size_t i = 0; !f->brief && rule->evidence[i].place != IK_TP_END; i++) {
		ik_buf_reset(&b);
		if (expand(&b, rule->evidence[i].text, c))
			ik_findings_cite(f, finding, c->place[rule->evidence[i].place], text);
	}
	if (f->brief || c->fact[IK_T_ALIKE] <= 0)
		return;
	ik_buf_reset(&b);
	ik_buf_printf(&b, "the same holds for %" PRId64 " other flow%s of this tunnel",
	              c->fact[IK_T_ALIKE], c->fact[IK_T_ALIKE] == 1 ? "" : "s");
	ik_findings_cite(f, finding, 0, text);
}

/* For a row about flows: how many it holds for, and which of them is the worst. */
struct verdict {
	size_t flows;
	const struct ik_pair_flow *worst;
	int64_t most;
};

static void ask_flow(const struct ik_tunnel_rules *rules, const struct ik_tunnel_scene *s,
                     const struct ik_tunnel_case *whole, const struct ik_pair_flow *flow,
                     struct verdict *verdicts)
{
	struct ik_tunnel_case c = *whole;

	ik_tunnel_flow_facts(s, flow, &c);
	for (size_t i = 0; i < rules->n; i++) {
		const struct ik_tunnel_rule *rule = &rules->rows[i];
		struct verdict *v = &verdicts[i];

		if (rule->worst == 0 || !holds(rule, &c))
			continue;
		if (v->flows++ == 0 || c.fact[rule->worst] > v->most) {
			v->worst = flow;
			v->most = c.fact[rule->worst];
		}
	}
}

static void speak_of_flow(struct ik_findings *f, const struct ik_tunnel_rule *rule,
                          const struct ik_tunnel_scene *s, const struct ik_tunnel_case *whole,
                          const struct verdict *v)
{
	struct ik_tunnel_case c = *whole;

	ik_tunnel_flow_facts(s, v->worst, &c);
	c.fact[IK_T_ALIKE] = (int64_t)v->flows - 1;
	speak(f, rule, &c);
}

void ik_findings_of_tunnel(struct ik_findings *f, const struct ik_tunnel_scene *s,
                           const struct ik_tunnel_rules *rules)
{
	struct verdict verdicts[IK_TUNNEL_RULES];
	bool said[IK_TUNNEL_GROUPS] = {false}, asked = false;
	struct ik_tunnel_case whole;

	ik_tunnel_facts(s, &whole);
	for (size_t i = 0; i < s->n_flows; i++) {
		if (ik_tunnel_plain(s, s->flows[i]))
			continue;
		if (!asked)
			memset(verdicts, 0, sizeof(verdicts));
		asked = true;
		ask_flow(rules, s, &whole, s->flows[i], verdicts);
	}
	for (const struct ik_tunnel_rule *rule = rules->rows; rule < rules->rows + rules->n;
	     rule++) {
		const struct verdict *v = &verdicts[rule - rules->rows];

		/* Most tunnels have no flow worth a question. */
		if (rule->worst != 0 && !asked)
			continue;
		if (said[rule->group] || (rule->worst != 0 ? v->flows == 0 : !holds(rule, &whole)))
			continue;
		said[rule->group] = true;
		if (rule->worst != 0)
			speak_of_flow(f, rule, s, &whole, v);
		else
			speak(f, rule, &whole);
	}
}
