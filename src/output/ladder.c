/*
 * The document of ladders: the verdict, then a chart of each negotiation. Where there are too many,
 * a line for each, and a chart of the first of each kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/ladder.h"

#include <stdlib.h>

static const struct ik_ladder_glyphs ascii = {
        .wall = "|",
        .tee_right = "|",
        .tee_left = "|",
        .sealed_right = "|",
        .sealed_left = "|",
        .clear = "-",
        .sealed = "=",
        .head_right = ">",
        .head_left = "<",
        .lost = "x",
};

/* Box drawing (U+2500 to U+257F) and the two pointers that consoles have had ever since. */
static const struct ik_ladder_glyphs boxes = {
        .wall = "\u2502",
        .tee_right = "\u251c",
        .tee_left = "\u2524",
        .sealed_right = "\u255e",
        .sealed_left = "\u2561",
        .clear = "\u2500",
        .sealed = "\u2550",
        .head_right = "\u25ba",
        .head_left = "\u25c4",
        .lost = "\u2573",
};

static bool drawn(void *user, uint64_t id)
{
	const struct ik_ladder *l = user;

	if (l->t->opt.only != 0)
		return id == l->t->opt.only;
	return !l->chosen_only || ik_kinds_has(&l->kinds, id);
}

/* ---- the lines of many ------------------------------------------------------------------- */

static int line_negotiation(void *user, const struct ikescope_negotiation *n)
{
	struct ik_ladder *l = user;

	ik_kinds_add(&l->kinds, n);
	ik_text_brief(l->t, n);
	return ik_tally_negotiation(&l->t->tally, n) ? l->t->out.status : IKESCOPE_ERR_MEMORY;
}

static int line_tunnel(void *user, const struct ikescope_tunnel *tunnel)
{
	struct ik_ladder *l = user;

	ik_text_brief_tunnel(l->t, tunnel);
	for (size_t i = 0; i < tunnel->n_findings; i++)
		if (!ik_tally_finding(&l->t->tally, &tunnel->findings[i], NULL))
			return IKESCOPE_ERR_MEMORY;
	return l->t->out.status;
}

static int lines_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_ladder *l = user;

	ik_text_brief_end(l->t);
	ik_text_totals(l->t, totals);
	if (!l->t->verdict_said)
		ik_text_verdict(l->t, totals);
	ik_text_blank(l->t);
	ik_text_begin(l->t, 0, 2);
	ik_text_puts(l->t, "Below is a chart of the first of each kind");
	if (l->kinds.others > 0)
		ik_text_printf(l->t, ", but for %llu negotiations of other kinds",
		               (unsigned long long)l->kinds.others);
	ik_text_puts(l->t, "; --negotiation NUMBER draws any.");
	ik_text_end(l->t);
	return l->t->out.status;
}

/* ---- the charts -------------------------------------------------------------------------- */

static int chart_negotiation(void *user, const struct ikescope_negotiation *n)
{
	struct ik_ladder *l = user;

	if (drawn(l, n->id))
		ik_ladder_negotiation(l, n);
	return l->t->out.status;
}

static int chart_tunnel(void *user, const struct ikescope_tunnel *tunnel)
{
	struct ik_ladder *l = user;

	ik_ladder_tunnel(l, tunnel);
	return l->t->out.status;
}

static void legend(struct ik_ladder *l)
{
	const struct ik_ladder_glyphs *g = l->glyphs;

	ik_text_blank(l->t);
	ik_text_begin(l->t, 0, 2);
	ik_text_style(l->t, IK_DIM);
	ik_text_printf(l->t, "%s%s%s in clear, %s%s%s encrypted, %s %s%s a fragment is missing",
	               g->clear, g->clear, g->head_right, g->sealed, g->sealed, g->head_right,
	               g->clear, g->clear, g->lost);
	ik_text_style(l->t, IK_PLAIN);
	ik_text_end(l->t);
}

static int charts_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_ladder *l = user;

	ik_verdict_take(l->t->verdict, totals);
	if (l->drawn_all > 0)
		legend(l);
	if (l->drawn_all == 0 && l->t->opt.only != 0) {
		ik_text_begin(l->t, 0, 2);
		ik_text_printf(l->t, "There is no negotiation #%llu here.",
		               (unsigned long long)l->t->opt.only);
		ik_text_end(l->t);
	}
	ik_text_limits(l->t, totals);
	return l->t->out.status;
}

static int document(struct ik_ladder *l, const struct ik_source *source, uint64_t negotiations)
{
	const struct ikescope_visitor lines = {.negotiation = line_negotiation,
	                                       .tunnel = line_tunnel,
	                                       .end = lines_end,
	                                       .brief = true};
	const struct ikescope_visitor charts = {.negotiation = chart_negotiation,
	                                        .tunnel = chart_tunnel,
	                                        .end = charts_end,
	                                        .detailed = drawn};
	struct ik_text *t = l->t;
	int rc;

	l->chosen_only = t->opt.only == 0 && negotiations > t->opt.details;
	t->brief = l->chosen_only;
	rc = ik_text_opening(t, source, negotiations);
	if (rc == 0 && l->chosen_only)
		rc = source->walk(source->ctx, &lines, l);
	return rc != 0 ? rc : source->walk(source->ctx, &charts, l);
}

int ik_ladder(struct ik_text *t, const struct ik_source *source, uint64_t negotiations)
{
	struct ik_ladder *l = calloc(1, sizeof(*l));
	int rc;

	if (l == NULL)
		return IKESCOPE_ERR_MEMORY;
	l->t = t;
	l->glyphs = t->opt.boxes ? &boxes : &ascii;
	rc = document(l, source, negotiations);
	free(l);
	return rc;
}
