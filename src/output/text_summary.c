/*
 * What is said of the whole: the verdict, the captures, causes once each, totals, limits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/names.h"
#include "output/text.h"

/* Causes that the verdict names; captures that have a line of their own unless there is more to
 * say of them. */
#define VERDICT_CAUSES  3
#define LISTED_CAPTURES 8

/* The order in which outcomes are counted up: bad news first. */
static const enum ikescope_outcome outcomes[] = {
        IKESCOPE_FAILED,       IKESCOPE_STALLED,     IKESCOPE_PARTIAL,
        IKESCOPE_INCONCLUSIVE, IKESCOPE_ESTABLISHED,
};

static void counts(struct ik_text *t, uint64_t negotiations, const uint64_t outcome[5])
{
	ik_text_printf(t, "%llu negotiation%s", (unsigned long long)negotiations,
	               negotiations == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (outcome[outcomes[i]] > 0)
			ik_text_printf(t, ", %llu %s", (unsigned long long)outcome[outcomes[i]],
			               ikescope_outcome_name(outcomes[i]));
}

/* What a verdict says of a cause: its title, or its sentence as a clause. */
static void clause(struct ik_text *t, const struct ik_cause *c)
{
	char text[512];
	size_t n;

	ik_harmless(text, sizeof(text), c->title != NULL ? c->title : c->summary);
	n = strlen(text);
	if (n > 0 && text[n - 1] == '.')
		text[n - 1] = '\0';
	if (text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z')
		text[0] = (char)(text[0] - 'A' + 'a');
	ik_text_puts(t, text);
}

/* "likely", "possible to likely" */
static void claims(struct ik_text *t, const struct ik_cause *c)
{
	ik_text_puts(t, ikescope_claim_name(c->weakest));
	if (c->strongest != c->weakest) {
		ik_text_puts(t, " to ");
		ik_text_puts(t, ikescope_claim_name(c->strongest));
	}
}

static size_t failures(const struct ik_text *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->tally.n_causes; i++)
		n += t->tally.cause[i].severity == IKESCOPE_FAILURE;
	return n;
}

static void verdict_causes(struct ik_text *t, bool after_stop)
{
	size_t named = 0, all = failures(t);

	for (size_t i = 0; i < t->tally.n_causes && named < VERDICT_CAUSES; i++) {
		const struct ik_cause *c = &t->tally.cause[i];

		if (c->severity != IKESCOPE_FAILURE)
			continue;
		ik_text_puts(t, named > 0 ? "; " : after_stop ? ", " : ": ");
		clause(t, c);
		ik_text_puts(t, " (");
		claims(t, c);
		if (c->count > 1)
			ik_text_printf(t, ", %llu times", (unsigned long long)c->count);
		ik_text_puts(t, ")");
		named++;
	}
	if (all > named)
		ik_text_printf(t, "; and %zu more cause%s", all - named,
		               all - named == 1 ? "" : "s");
}

static void verdict_words(struct ik_text *t, const struct ikescope_totals *totals)
{
	const uint64_t *o = t->tally.outcome;
	bool one_stop =
	        totals->negotiations - o[IKESCOPE_ESTABLISHED] == 1 && t->tally.stop[0] != '\0';

	if (t->captures == 0) {
		ik_text_puts(t, "no capture could be read");
	} else if (totals->negotiations == 0) {
		ik_text_puts(t, "no IKE negotiation");
		if (totals->esp_flows > 0)
			ik_text_printf(t, ", %llu ESP flow%s",
			               (unsigned long long)totals->esp_flows,
			               totals->esp_flows == 1 ? "" : "s");
	} else {
		counts(t, totals->negotiations, o);
	}
	if (one_stop) {
		ik_text_puts(t, ": ");
		ik_text_wire(t, t->tally.stop);
	}
	if (failures(t) > 0)
		verdict_causes(t, one_stop);
	else if (totals->negotiations > 0 && o[IKESCOPE_ESTABLISHED] == totals->negotiations)
		ik_text_puts(t, ": nothing failed");
	else if (totals->negotiations > 0 && !one_stop)
		ik_text_puts(t, ": no failure proved, too little was captured to tell");
}

void ik_text_verdict(struct ik_text *t, const struct ikescope_totals *totals)
{
	bool healthy = totals->negotiations > 0 &&
	               t->tally.outcome[IKESCOPE_ESTABLISHED] == totals->negotiations;

	ik_text_begin(t, 0, 2);
	ik_text_style(t, failures(t) > 0 ? IK_RED : healthy ? IK_GREEN : IK_YELLOW);
	verdict_words(t, totals);
	ik_text_style(t, IK_PLAIN);
	ik_text_end(t);
}

static void amount(struct ik_text *t, uint64_t n, const char *one, const char *many)
{
	if (n > 0)
		ik_text_printf(t, ", %llu %s", (unsigned long long)n, n == 1 ? one : many);
}

/* "x.pcap: 12 packets, 9 IKE messages; 2026-01-31 09:14:23 to 2026-01-31 09:14:47 UTC" */
void ik_text_captures_line(struct ik_text *t, const struct ikescope_capture_view *c)
{
	char from[64], to[64], zone[16];
	struct ik_buf a = IK_BUF_ON(from), b = IK_BUF_ON(to), z = IK_BUF_ON(zone);

	if (c->capture > LISTED_CAPTURES && c->n_findings == 0 && !c->truncated_file)
		return;
	ik_text_begin(t, 0, 2);
	if (t->captures > 1)
		ik_text_printf(t, "%u: ", c->capture);
	ik_text_wire(t, c->file);
	ik_text_printf(t, ": %llu packet%s", (unsigned long long)c->packets,
	               c->packets == 1 ? "" : "s");
	amount(t, c->ike_messages, "IKE message", "IKE messages");
	amount(t, c->esp_packets, "ESP packet", "ESP packets");
	amount(t, c->mirror_duplicates, "mirror duplicate", "mirror duplicates");
	if (c->dropped > 0)
		amount(t, (uint64_t)c->dropped, "dropped by the kernel", "dropped by the kernel");
	ik_text_puts(t, c->truncated_file ? ", the file is cut off" : "");
	if (c->first_time != IKESCOPE_TIME_NONE) {
		ik_text_date(t, &a, c->first_time);
		ik_text_date(t, &b, c->last_time);
		ik_text_zone(t, &z);
		ik_text_printf(t, "; %s to %s %s", from, strncmp(from, to, 11) == 0 ? to + 11 : to,
		               zone);
		ik_text_puts(t, t->opt.relative ? ", times below are seconds from there" : "");
	}
	ik_text_end(t);
	for (size_t i = 0; i < c->n_findings; i++)
		ik_text_finding(t, &c->findings[i], NULL, 2);
}

static void cause(struct ik_text *t, const struct ik_cause *c)
{
	const struct ik_advice advice = {c->slug, c->on_box, c->n_on_box, c->remedies,
	                                 c->n_remedies};

	ik_text_begin(t, 0, 2);
	ik_text_style(t, IK_BOLD);
	ik_text_wire(t, c->slug);
	ik_text_style(t, IK_PLAIN);
	ik_text_printf(t, " (%s, ", ikescope_severity_name(c->severity));
	claims(t, c);
	ik_text_printf(t, "), %llu time%s", (unsigned long long)c->count, c->count == 1 ? "" : "s");
	if (c->first != 0)
		ik_text_printf(t, ", first in #%llu", (unsigned long long)c->first);
	ik_text_puts(t, ": ");
	/* With a line for each negotiation there are no summaries. */
	ik_text_wire(
	        t, c->title != NULL && (c->count > 1 || c->summary == NULL || c->summary[0] == '\0')
	                   ? c->title
	                   : c->summary);
	ik_text_end(t);
	ik_text_advice(t, &advice, NULL, 2);
}

void ik_text_causes(struct ik_text *t)
{
	for (int severity = IKESCOPE_FAILURE; severity >= IKESCOPE_NOTE; severity--)
		for (size_t i = 0; i < t->tally.n_causes; i++)
			if ((int)t->tally.cause[i].severity == severity &&
			    t->tally.cause[i].shown < t->tally.cause[i].count) {
				ik_text_blank(t);
				cause(t, &t->tally.cause[i]);
			}
	if (t->tally.other_causes > 0) {
		ik_text_begin(t, 0, 2);
		ik_text_printf(t, "and %llu findings of other causes, not listed here",
		               (unsigned long long)t->tally.other_causes);
		ik_text_end(t);
	}
}

/* Of several vendors the packets come first, then the keys. */
static void recapture_commands(struct ik_text *t, const struct ik_recapture_sum *s, bool keys)
{
	const struct ik_recapture_command *c;

	for (size_t i = 0; (c = ik_recapture_command(s, i)) != NULL; i++) {
		char text[2048];
		struct ik_buf b = IK_BUF_ON(text);

		if (c->keys != keys)
			continue;
		ik_recapture_text(&b, s, c);
		ik_text_begin(t, 2, 4);
		ik_text_style(t, IK_BOLD);
		ik_text_puts(t, c->heading);
		ik_text_puts(t, ":");
		ik_text_style(t, IK_PLAIN);
		ik_text_end(t);
		ik_text_commands(t, text, 4);
	}
}

void ik_text_recapture(struct ik_text *t)
{
	const struct ik_recapture_sum *s = ik_recaptures_sum(&t->again);

	if (s == NULL)
		return;
	ik_text_blank(t);
	ik_text_line(t, 0,
	             "To capture again, from before the next attempt. Filter for hosts: one for "
	             "ports loses later IP fragments, ESP, AH and ICMP.");
	if (!ik_recapture_addressed(s))
		ik_text_line(t, 2,
		             "<peer> is the other end as the box sees it, <local> the box itself.");
	recapture_commands(t, s, false);
	recapture_commands(t, s, true);
}

void ik_text_totals(struct ik_text *t, const struct ikescope_totals *totals)
{
	ik_text_blank(t);
	ik_text_begin(t, 0, 2);
	ik_text_style(t, totals->failures > 0 ? IK_RED : IK_GREEN);
	ik_text_puts(t, "Total: ");
	counts(t, totals->negotiations, totals->outcome);
	ik_text_style(t, IK_PLAIN);
	amount(t, totals->tunnels, "tunnel", "tunnels");
	amount(t, totals->esp_flows, "ESP flow", "ESP flows");
	amount(t, totals->failures, "failure found", "failures found");
	ik_text_end(t);
}

static void limit(struct ik_text *t, const struct ikescope_limit_reached *l)
{
	ik_text_begin(t, 0, 2);
	ik_text_puts(t, "Limit reached: ");
	ik_text_wire(t, l->name);
	ik_text_printf(t, "=%llu", (unsigned long long)l->value);
	if (l->lost > 0)
		ik_text_printf(t, ", %llu left out; raise it with --limit",
		               (unsigned long long)l->lost);
	else
		ik_text_puts(t, ", nothing lost by it");
	ik_text_end(t);
}

void ik_text_limits(struct ik_text *t, const struct ikescope_totals *totals)
{
	bool left_out = totals->not_kept_strangers > 0 || totals->not_kept_flows > 0 ||
	                totals->not_kept_packets > 0;

	if (totals->n_limits > 0 || left_out)
		ik_text_blank(t);
	for (size_t i = 0; i < totals->n_limits; i++)
		limit(t, &totals->limits[i]);
	if (!left_out)
		return;
	ik_text_begin(t, 0, 2);
	ik_text_puts(t, "Counted, not listed");
	amount(t, totals->not_kept_strangers, "unanswered stranger", "unanswered strangers");
	amount(t, totals->not_kept_flows, "flow", "flows");
	amount(t, totals->not_kept_packets, "packet", "packets");
	ik_text_end(t);
}
