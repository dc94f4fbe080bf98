/*
 * The document of a replay: the verdict, what the lines are and are not, then each negotiation in
 * the order in which they began. Where there are too many, a line for each, and the first of each
 * kind is played.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/replay.h"

#include <stdlib.h>

#include "diag/boxes.h"

static bool chosen(const struct ik_replay *r, uint64_t id)
{
	if (r->t->opt.only != 0)
		return id == r->t->opt.only;
	return !r->chosen_only || ik_kinds_has(&r->kinds, id);
}

static bool detailed(void *user, uint64_t id)
{
	const struct ik_replay *r = user;

	return chosen(r, id) && (r->playing == 0 || r->playing == id);
}

/* ---- what the lines are ------------------------------------------------------------------ */

static void label(struct ik_replay *r)
{
	const char *vendor = ik_replay_vendor(r->how.style);

	ik_text_blank(r->t);
	ik_text_begin(r->t, 0, 2);
	ik_text_style(r->t, IK_BOLD);
	if (vendor == NULL) {
		ik_text_puts(r->t, "Replay of the packets, with the states of both ends by our "
		                   "tables.");
		ik_text_style(r->t, IK_PLAIN);
	} else {
		ik_text_puts(r->t, "Reconstructed from packets, no log of these boxes:");
		ik_text_style(r->t, IK_PLAIN);
		ik_text_printf(r->t,
		               " what %s on each side would have %s, as far as packets tell. * "
		               "stands for what they do not show.",
		               ik_box_vendor(vendor),
		               r->at != IKESCOPE_TIME_NONE ? "shown" : "logged");
	}
	if (r->at == IKESCOPE_TIME_NONE)
		ik_text_puts(r->t, " I is the initiator, R the responder; = stands before the "
		                   "states behind a message.");
	ik_text_end(r->t);
}

static void moment(struct ik_replay *r)
{
	char time[48];
	struct ik_buf b = IK_BUF_ON(time);

	ik_text_time(r->t, &b, r->at);
	ik_text_begin(r->t, 0, 2);
	ik_text_printf(r->t, "As it was at %s", time);
	if (!r->t->opt.relative) {
		ik_buf_reset(&b);
		ik_text_zone(r->t, &b);
		ik_text_printf(r->t, " (%s)", time);
	}
	if (r->at < r->t->origin)
		ik_text_puts(r->t, ", before the first packet");
	else if (r->at > r->t->last)
		ik_text_puts(r->t, ", behind the last packet");
	ik_text_puts(r->t, ":");
	ik_text_end(r->t);
}

/* ---- many -------------------------------------------------------------------------------- */

static int line_negotiation(void *user, const struct ikescope_negotiation *n)
{
	struct ik_replay *r = user;

	ik_kinds_add(&r->kinds, n);
	ik_text_brief(r->t, n);
	return ik_tally_negotiation(&r->t->tally, n) ? r->t->out.status : IKESCOPE_ERR_MEMORY;
}

static int lines_end(void *user, const struct ikescope_totals *totals)
{
	struct ik_replay *r = user;

	ik_text_brief_end(r->t);
	ik_text_totals(r->t, totals);
	if (!r->t->verdict_said)
		ik_text_verdict(r->t, totals);
	ik_text_blank(r->t);
	ik_text_begin(r->t, 0, 2);
	ik_text_puts(r->t, "Below the first of each kind is played");
	if (r->kinds.others > 0)
		ik_text_printf(r->t, ", but for %llu negotiations of other kinds",
		               (unsigned long long)r->kinds.others);
	ik_text_puts(r->t, "; --negotiation NUMBER plays any.");
	ik_text_end(r->t);
	return r->t->out.status;
}

/* ---- the walks --------------------------------------------------------------------------- */

/* What the exit status rests on, before anyone ends the output. */
static int nothing(void *user, const struct ikescope_negotiation *n)
{
	(void)user;
	(void)n;
	return 0;
}

static int take_verdict(void *user, const struct ikescope_totals *totals)
{
	struct ik_replay *r = user;

	ik_verdict_take(r->t->verdict, totals);
	ik_text_limits(r->t, totals);
	return r->t->out.status;
}

static int play(void *user, const struct ikescope_negotiation *n)
{
	struct ik_replay *r = user;

	return detailed(r, n->id) ? ik_replay_negotiation(r, n) : 0;
}

/* Ids follow the first frame, walks go from pair to pair: one walk for each that is played, unless
 * there are many. */
static int play_all(struct ik_replay *r, const struct ik_source *source, uint64_t negotiations)
{
	const struct ikescope_visitor one = {.negotiation = play, .detailed = detailed};
	bool by_id = !r->chosen_only && r->t->opt.only == 0;
	int rc = 0;

	if (!by_id)
		rc = source->walk(source->ctx, &one, r);
	for (r->playing = 1; by_id && rc == 0 && r->playing <= negotiations; r->playing++)
		rc = source->walk(source->ctx, &one, r);
	if (rc == 0 && r->played == 0) {
		ik_text_begin(r->t, 0, 2);
		if (r->t->opt.only > negotiations)
			ik_text_printf(r->t, "There is no negotiation #%llu here.",
			               (unsigned long long)r->t->opt.only);
		else
			ik_text_puts(r->t, "No message lies in that time.");
		ik_text_end(r->t);
	}
	return rc;
}

static int keep(void *user, const struct ikescope_negotiation *n)
{
	struct ik_replay *r = user;

	return r->t->opt.only == 0 || r->t->opt.only == n->id ? ik_replay_keep(r, n) : 0;
}

static int show(void *user, const struct ikescope_tunnel *tunnel)
{
	return ik_replay_show(user, tunnel);
}

static bool any_kept(void *user, uint64_t id)
{
	const struct ik_replay *r = user;

	return r->t->opt.only == 0 || r->t->opt.only == id;
}

static int show_all(struct ik_replay *r, const struct ik_source *source)
{
	const struct ikescope_visitor all = {
	        .negotiation = keep, .tunnel = show, .detailed = any_kept};
	int rc = source->walk(source->ctx, &all, r);

	if (rc == 0 && r->tables == 0)
		ik_text_line(r->t, 0, "No negotiation had begun.");
	return rc;
}

static int document(struct ik_replay *r, const struct ik_source *source, uint64_t negotiations)
{
	const struct ikescope_visitor lines = {
	        .negotiation = line_negotiation, .end = lines_end, .brief = true};
	const struct ikescope_visitor verdict = {
	        .negotiation = nothing, .end = take_verdict, .brief = true};
	bool moment_wanted = r->at != IKESCOPE_TIME_NONE;
	struct ik_text *t = r->t;
	int rc;

	r->chosen_only = !moment_wanted && t->opt.only == 0 && negotiations > t->opt.details;
	t->brief = r->chosen_only;
	rc = ik_text_opening(t, source, negotiations);
	if (rc == 0)
		rc = source->walk(source->ctx, &verdict, r);
	if (rc == 0 && r->chosen_only)
		rc = source->walk(source->ctx, &lines, r);
	/* The opening has said that there is none. */
	if (rc != 0 || (negotiations == 0 && t->opt.only == 0))
		return rc;
	label(r);
	if (!moment_wanted)
		return play_all(r, source, negotiations);
	moment(r);
	return show_all(r, source);
}

int ik_replay(struct ik_text *t, const struct ik_source *source, uint64_t negotiations)
{
	struct ik_replay *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return IKESCOPE_ERR_MEMORY;
	r->t = t;
	if (t->opt.replay != NULL)
		r->how = *t->opt.replay;
	r->from = ik_replay_moment(t, &r->how.from, false);
	r->to = ik_replay_moment(t, &r->how.to, true);
	r->at = ik_replay_moment(t, &r->how.at, true);
	rc = document(r, source, negotiations);
	free(r->sent);
	free(r);
	return rc;
}
