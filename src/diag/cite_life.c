/*
 * Evidence about the life of an SA: what crossed, what came too late, who had forgotten it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/cites.h"
#include "diag/life.h"
#include "diag/words.h"

#define TOLD_MOST 3

static void put_brief(struct ik_buf *b, const struct ik_brief *brief, ikescope_time since)
{
	ik_buf_printf(b, "negotiation %llu, ", (unsigned long long)brief->id);
	ik_buf_seconds(b, brief->first_time - since);
	ik_buf_puts(b, " s later");
}

bool ik_cite_collision(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_child *pair[2];
	size_t count = ik_life_collision(c, pair);
	ikescope_time last;

	if (count == 0)
		return false;
	for (size_t i = 0; i < 2; i++) {
		const struct ik_step *s = ik_nego_step(c->n, pair[i]->step[0]);

		ik_cited_frame(out, s != NULL ? s->first : pair[i]->first);
	}
	last = pair[0]->last_time > pair[1]->last_time ? pair[0]->last_time : pair[1]->last_time;
	ik_buf_printf(b,
	              "CREATE_CHILD_SA requests of both sides to rekey %s were under way at once",
	              pair[0]->rekeys == IKESCOPE_YES ? "a Child SA" : "the IKE SA");
	if (count > 1)
		ik_buf_printf(b, ", %zu times", count);
	ik_buf_puts(b, "; both were answered within ");
	ik_buf_seconds(b, last - pair[0]->first_time);
	ik_buf_puts(b, " s");
	for (size_t i = 0; i < 2; i++)
		if (pair[i]->state == IKESCOPE_PHASE_FAILED)
			ik_buf_printf(b, ", that of the %s with an error",
			              pair[i]->by == IK_I2R ? "initiator" : "responder");
	return true;
}

bool ik_cite_silent(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_nego *n = c->n;
	size_t count = ik_life_silent(n), told = 0;

	for (size_t i = 0; count > 0 && i < n->n_children; i++) {
		const struct ik_step *qm1 = ik_nego_step(n, n->children[i].step[0]);

		if (qm1 == NULL || !ik_life_silent_quick(&n->children[i]))
			continue;
		ik_cited_copies(out, n, qm1, IKESCOPE_TIME_NONE);
		if (told++ < TOLD_MOST)
			ik_buf_printf(b, "%sQM1 under message id %08x, sent %u times",
			              told > 1 ? "; " : "", qm1->mid, qm1->copies);
	}
	if (told > TOLD_MOST)
		ik_buf_printf(b, "; %zu in all", count);
	if (told > 0)
		ik_buf_puts(b, "; none was answered, and others between them were");
	return told > 0;
}

bool ik_cite_crossing(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_brief *other = ik_life_crossing(c);

	if (other == NULL)
		return false;
	ik_cited_frame(out, other->first);
	ik_cited_frame(out, c->n->first);
	ik_buf_addr(b, &other->i.addr);
	ik_buf_printf(b, " began negotiation %llu; ", (unsigned long long)other->id);
	ik_buf_addr(b, &c->n->i.addr);
	ik_buf_puts(b, " began this one ");
	ik_buf_seconds(b, c->n->first_time - other->first_time);
	ik_buf_puts(b, " s later, before that stood");
	return true;
}

bool ik_cite_late_check(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_brief *anew;
	const struct ik_exchange *x = ik_life_late_answer(c, &anew);
	const struct ik_step *asked = x != NULL ? ik_nego_step(c->n, x->step[0]) : NULL;
	const struct ik_step *answer = x != NULL ? ik_nego_step(c->n, x->step[1]) : NULL;

	if (asked == NULL || answer == NULL)
		return false;
	ik_cited_copies(out, c->n, asked, IKESCOPE_TIME_NONE);
	ik_cited_frame(out, anew->first);
	ik_cited_frame(out, answer->first);
	ik_buf_puts(b, "a liveness check, sent ");
	ik_words_times(b, asked->copies);
	ik_buf_puts(b, " within ");
	ik_buf_seconds(b, asked->last_time - asked->first_time);
	ik_buf_puts(b, " s; its sender began ");
	put_brief(b, anew, asked->first_time);
	ik_buf_puts(b, "; the answer came ");
	ik_buf_seconds(b, answer->first_time - anew->first_time);
	ik_buf_puts(b, " s behind that");
	return true;
}

bool ik_cite_unknown_sa(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_life_unknown_here(c);

	if (s == NULL)
		return false;
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_words_notify(b, c->n->version, s->notify[0]);
	ik_buf_printf(b, " from the %s, in clear, ", s->dir == IK_I2R ? "initiator" : "responder");
	ik_buf_seconds(b, s->first_time - c->n->up_time);
	ik_buf_puts(b, " s after the SA stood");
	if (c->n->version == 1 && c->n->suite.known && c->n->suite.life > 0)
		ik_buf_printf(b, "; phase 1 was agreed for %u s", c->n->suite.life);
	ik_buf_puts(b, "; nobody signed it");
	return true;
}

bool ik_cite_began(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_brief *anew = ik_life_peer_began(c);
	const struct ik_step *asked = ik_nego_step(c->n, c->pos.serial);

	if (anew == NULL || asked == NULL)
		return false;
	ik_cited_frame(out, anew->first);
	ik_buf_addr(b, &anew->i.addr);
	ik_buf_puts(b, " itself set up ");
	put_brief(b, anew, asked->first_time);
	ik_buf_puts(b, ", without a Delete; what was sent to it under the old SA behind that got "
	               "no answer either");
	return true;
}

bool ik_cite_next(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_brief *next = ik_life_next(c);

	if (next == NULL || next->up_time == IKESCOPE_TIME_NONE)
		return false;
	ik_cited_frame(out, next->first);
	ik_buf_puts(b, "the same side began ");
	put_brief(b, next, c->n->last_time);
	ik_buf_puts(b, ", and it was answered: by then the path carried IKE; the peer had lost the "
	               "old SA, or the path had come back");
	return true;
}

bool ik_cite_idle(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	uint64_t place = 0;
	ikescope_time last = ik_life_last_esp(c, &place);

	if (last == IKESCOPE_TIME_NONE)
		return false;
	ik_cited_frame(out, place);
	ik_buf_puts(b, "the last ESP under the SA came ");
	ik_buf_seconds(b, c->n->delete_time - last);
	ik_buf_puts(b, " s before its Delete");
	return true;
}

bool ik_cite_dpd_sides(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	bool initiator = (c->n->peer[IK_I2R].caps & IK_CAP_DPD) != 0;

	ik_cited_frame(out, c->n->first);
	ik_buf_printf(b, "the %s sent the vendor id of RFC 3706, the %s did not",
	              initiator ? "initiator" : "responder", initiator ? "responder" : "initiator");
	return true;
}
