/*
 * The text documents. What comes first on the page (the verdict, the span of time, the number of
 * captures) is known last, so the source is walked for it first; where there are too many
 * negotiations for that, the verdict moves to the end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/ladder.h"
#include "output/replay.h"

/* Up to so many negotiations the verdict is worth a walk of its own. */
#define VERDICT_FIRST_MOST 1000
#define DETAILS_PRESET     20
#define WIDTH_PRESET       80
#define WIDTH_LEAST        40

/* ---- the first look: how much there is --------------------------------------------------- */

struct look {
	struct ik_text *t;
	uint64_t negotiations;
};

static int look_begin(void *user, const struct ikescope_totals *totals)
{
	struct look *look = user;

	look->negotiations = totals->negotiations;
	return 0;
}

static int look_capture(void *user, const struct ikescope_capture_view *c)
{
	struct ik_text *t = ((struct look *)user)->t;

	t->captures++;
	if (c->packets > t->most_packets)
		t->most_packets = c->packets;
	if (c->first_time == IKESCOPE_TIME_NONE)
		return 0;
	if (t->origin == IKESCOPE_TIME_NONE || c->first_time < t->origin)
		t->origin = c->first_time;
	if (t->last == IKESCOPE_TIME_NONE || c->last_time > t->last)
		t->last = c->last_time;
	return 0;
}

static bool more_than_a_day(struct ik_text *t)
{
	char from[32], to[32];
	struct ik_buf a = IK_BUF_ON(from), b = IK_BUF_ON(to);

	ik_text_date(t, &a, t->origin);
	ik_text_date(t, &b, t->last);
	return strncmp(from, to, 10) != 0;
}

/* ---- the second: counting for the verdict ------------------------------------------------ */

static int tally(struct ik_text *t, const struct ikescope_finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!ik_tally_finding(&t->tally, &f[i], NULL))
			return IKESCOPE_ERR_MEMORY;
	return 0;
}

static int tally_capture(void *user, const struct ikescope_capture_view *c)
{
	return tally(user, c->findings, c->n_findings);
}

static int tally_negotiation(void *user, const struct ikescope_negotiation *n)
{
	struct ik_text *t = user;

	return ik_tally_negotiation(&t->tally, n) ? 0 : IKESCOPE_ERR_MEMORY;
}

static int tally_tunnel(void *user, const struct ikescope_tunnel *tunnel)
{
	struct ik_text *t = user;

	t->tunnels++;
	t->leads |= ik_text_tunnel_leads(tunnel) > 0;
	return tally(t, tunnel->findings, tunnel->n_findings);
}

static int verdict_first(void *user, const struct ikescope_totals *totals)
{
	struct ik_text *t = user;
	int rc = tally(t, totals->findings, totals->n_findings);

	ik_text_verdict(t, totals);
	t->verdict_said = true;
	return rc;
}

/* ---- the third: printing ----------------------------------------------------------------- */

static void printed(struct ik_text *t, const struct ikescope_finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ik_tally_shown(&t->tally, &f[i]);
	ik_recaptures_add(&t->again, f, n);
}

static int print_capture(void *user, const struct ikescope_capture_view *c)
{
	ik_text_captures_line(user, c);
	printed(user, c->findings, c->n_findings);
	return ((struct ik_text *)user)->out.status;
}

static int print_whole(void *user, const struct ikescope_totals *totals)
{
	struct ik_text *t = user;

	for (size_t i = 0; i < totals->n_findings; i++) {
		ik_text_finding(t, &totals->findings[i], NULL, 0);
		t->flood |= strcmp(totals->findings[i].slug, "halfopen-flood") == 0;
	}
	printed(t, totals->findings, totals->n_findings);
	return t->out.status;
}

/* Once counted, negotiations and findings are not counted again. */
static int print_negotiation(void *user, const struct ikescope_negotiation *n)
{
	struct ik_text *t = user;

	ik_recaptures_negotiation(&t->again, n);
	if (t->brief)
		ik_text_brief(t, n);
	else
		ik_text_negotiation(t, n);
	return t->verdict_said || ik_tally_negotiation(&t->tally, n) ? t->out.status
	                                                             : IKESCOPE_ERR_MEMORY;
}

static int print_tunnel(void *user, const struct ikescope_tunnel *tunnel)
{
	struct ik_text *t = user;

	ik_recaptures_add(&t->again, tunnel->findings, tunnel->n_findings);
	if (t->brief_tunnels)
		ik_text_brief_tunnel(t, tunnel);
	else
		ik_text_tunnel(t, tunnel);
	return t->verdict_said ? t->out.status : tally_tunnel(user, tunnel);
}

static int print_tunnel_first(void *user, const struct ikescope_tunnel *tunnel)
{
	ik_text_tunnel_first(user, tunnel);
	return ((struct ik_text *)user)->out.status;
}

static int print_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_text *t = user;

	ik_verdict_take(t->verdict, totals);
	ik_text_brief_end(t);
	if (!t->verdict_said)
		ik_text_causes(t);
	ik_text_recapture(t);
	if (t->brief || t->brief_tunnels || !t->verdict_said)
		ik_text_totals(t, totals);
	ik_text_limits(t, totals);
	return t->out.status;
}

/* The verdict, and the captures. What was counted for it stays. */
static int begin(struct ik_text *t, const struct ik_source *source, uint64_t negotiations)
{
	const struct ikescope_visitor count = {.capture = tally_capture,
	                                       .negotiation = tally_negotiation,
	                                       .tunnel = tally_tunnel,
	                                       .end = verdict_first};
	const struct ikescope_visitor head = {.capture = print_capture, .end = print_whole};
	int rc = 0;

	if (negotiations <= VERDICT_FIRST_MOST) {
		rc = source->walk(source->ctx, &count, t);
	} else {
		ik_text_begin(t, 0, 2);
		ik_text_printf(t, "%llu negotiations; causes and totals at the end",
		               (unsigned long long)negotiations);
		ik_text_end(t);
	}
	t->brief_tunnels = t->brief || t->tunnels > t->opt.details;
	return rc != 0 ? rc : source->walk(source->ctx, &head, t);
}

int ik_text_opening(struct ik_text *t, const struct ik_source *source, uint64_t negotiations)
{
	int rc = begin(t, source, negotiations);

	ik_tally_clear(&t->tally);
	if (t->brief || t->brief_tunnels)
		ik_text_blank(t);
	return rc;
}

/* What comes before the negotiations: with a line for each, the causes and what to do, if they are
 * known; else what several of them show only together. */
static int before(struct ik_text *t, const struct ik_source *source)
{
	const struct ikescope_visitor first = {.tunnel = print_tunnel_first};

	if (!t->brief && !t->brief_tunnels)
		return t->leads ? source->walk(source->ctx, &first, t) : 0;
	if (t->verdict_said)
		ik_text_causes(t);
	ik_text_blank(t);
	return t->out.status;
}

static int diagnosis(struct ik_text *t, const struct ik_source *source, uint64_t negotiations)
{
	struct ikescope_visitor body = {
	        .negotiation = print_negotiation, .tunnel = print_tunnel, .end = print_end};
	int rc;

	t->brief = body.brief = negotiations > t->opt.details;
	t->several = negotiations > 1;
	rc = begin(t, source, negotiations);
	if (rc == 0)
		rc = before(t, source);
	return rc != 0 ? rc : source->walk(source->ctx, &body, t);
}

static int session(void *user, const struct ikescope_negotiation *n)
{
	ik_text_session(user, n);
	return ((struct ik_text *)user)->out.status;
}

static int session_tunnel(void *user, const struct ikescope_tunnel *tunnel)
{
	for (size_t i = 0; i < tunnel->n_esp; i++)
		ik_text_session_esp(user, &tunnel->esp[i]);
	return ((struct ik_text *)user)->out.status;
}

static int sessions_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_text *t = user;

	ik_verdict_take(t->verdict, totals);
	return 0;
}

static int sessions_last_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_text *t = user;

	ik_text_limits(t, totals);
	return sessions_end(user, totals);
}

static int sessions(struct ik_text *t, const struct ik_source *source)
{
	const struct ikescope_visitor ike = {.negotiation = session, .end = sessions_end};
	const struct ikescope_visitor esp = {.tunnel = session_tunnel, .end = sessions_last_end};
	int rc = source->walk(source->ctx, &ike, t);

	if (t->table)
		ik_text_blank(t);
	t->table = false;
	return rc != 0 ? rc : source->walk(source->ctx, &esp, t);
}

struct ik_text *ik_text_open(const struct ikescope_text_options *options,
                             const struct ikescope_writer *writer)
{
	struct ik_text *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->out = (struct ik_out){.writer = writer, .block = t->block};
	if (options != NULL)
		t->opt = *options;
	if (t->opt.width == 0)
		t->opt.width = WIDTH_PRESET;
	else if (t->opt.width < WIDTH_LEAST)
		t->opt.width = WIDTH_LEAST;
	if (t->opt.verbose)
		t->opt.details = UINT64_MAX;
	else if (t->opt.details == 0)
		t->opt.details = DETAILS_PRESET;
	t->origin = t->last = IKESCOPE_TIME_NONE;
	t->clock.quarter = t->clock.day = INT64_MIN;
	return t;
}

int ik_text_close(struct ik_text *t, int rc)
{
	ik_tally_clear(&t->tally);
	if (rc == 0)
		rc = ik_out_flush(&t->out);
	free(t);
	return rc;
}

int ik_write_text(const struct ik_source *source, enum ikescope_document document,
                  const struct ikescope_text_options *options, const struct ikescope_writer *writer,
                  struct ikescope_verdict *verdict)
{
	const struct ikescope_visitor first_look = {.begin = look_begin, .capture = look_capture};
	struct ik_text *t = ik_text_open(options, writer);
	struct look look = {.t = t};
	int rc;

	if (t == NULL)
		return IKESCOPE_ERR_MEMORY;
	t->verdict = verdict;
	rc = source->walk(source->ctx, &first_look, &look);
	t->dated = more_than_a_day(t);
	if (rc == 0)
		rc = document == IKESCOPE_SESSIONS ? sessions(t, source)
		     : document == IKESCOPE_LADDER ? ik_ladder(t, source, look.negotiations)
		     : document == IKESCOPE_REPLAY ? ik_replay(t, source, look.negotiations)
		                                   : diagnosis(t, source, look.negotiations);
	return ik_text_close(t, rc);
}
