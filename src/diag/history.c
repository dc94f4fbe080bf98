/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "diag/cites.h"
#include "diag/past.h"
#include "diag/spread.h"
#include "diag/weak.h"

#define CAUSES_MOST 16
#define SUCCESSORS  16 /* negotiations behind a down that are looked through for a successor */
#define SAME_TIME   IKESCOPE_SECOND
#define AT_ONCE     IKESCOPE_SECOND

void ik_history_free(struct ik_history *h)
{
	free(h->life);
	*h = (struct ik_history){0};
}

/* ---- taking --------------------------------------------------------------------------------- */

static const char *first_failure(const struct ik_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->row[i].severity == IKESCOPE_FAILURE)
			return f->row[i].slug;
	return NULL;
}

static void take_loss(struct ik_life *life, const struct ik_case *c)
{
	const struct ik_step *asked = ik_nego_step(c->n, c->pos.serial);
	bool rekey = c->pos.message == IK_CHILD_REQ || c->pos.message == IK_QM1;

	if (asked == NULL || (!rekey && c->fact[IK_F_DPD_OPEN] < IK_AGAIN_LEAST))
		return;
	life->down = rekey ? IK_DOWN_REKEY : IK_DOWN_LIVENESS;
	life->down_time = c->n->last_time;
	life->down_place = asked->first;
	life->asked = c->n->last_time - asked->first_time;
	life->by = (uint8_t)ik_pair_side(c->pair,
	                                 asked->dir == IK_I2R ? &c->n->i.addr : &c->n->r.addr);
}

static void take_down(struct ik_life *life, const struct ik_case *c)
{
	const struct ik_nego *n = c->n;

	if (c->pos.at_end == IKESCOPE_END_LOST) {
		take_loss(life, c);
	} else if (c->pos.at_end == IKESCOPE_END_DELETED && n->delete_place != 0 &&
	           c->pos.outcome == IKESCOPE_ESTABLISHED) {
		life->down = IK_DOWN_DELETE;
		life->down_time = n->delete_time;
		life->down_place = n->delete_place;
		life->by = (uint8_t)ik_pair_side(c->pair,
		                                 n->delete_by == IK_I2R ? &n->i.addr : &n->r.addr);
	}
}

static void take_repeats(struct ik_life *life, const struct ik_nego *n)
{
	for (size_t i = 0; i < n->n_exchanges; i++) {
		const struct ik_step *s = ik_nego_step(n, n->exchanges[i].step[0]);

		if (s == NULL || n->exchanges[i].state == IK_X_OPEN)
			continue;
		ik_count16(&life->answered);
		if (s->copies > 1)
			ik_count16(&life->repeated);
	}
}

/* The Child SAs that each side replaced. */
static void take_rekeys(struct ik_life *life, const struct ik_case *c)
{
	size_t i_side = ik_pair_side(c->pair, &c->n->i.addr);

	for (size_t i = 0; i < c->n->n_children; i++) {
		const struct ik_child *child = &c->n->children[i];

		if (child->kind == IK_CHILD_CREATE && child->rekeys == IKESCOPE_YES &&
		    child->state == IKESCOPE_PHASE_ESTABLISHED)
			ik_count16(&life->rekeys[child->by == IK_I2R ? i_side : 1 - i_side]);
	}
}

bool ik_history_take(struct ik_history *h, size_t index, const struct ik_case *c,
                     const struct ik_findings *f)
{
	struct ik_life *life;

	if (index >= h->cap) {
		size_t cap = c->pair->n_briefs + 64;
		struct ik_life *grown = (struct ik_life *)realloc(h->life, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		h->life = grown;
		h->cap = cap;
	}
	life = &h->life[index];
	*life = (struct ik_life){.cause = first_failure(f), .down_time = IKESCOPE_TIME_NONE};
	if (c->n->version == 1 && c->n->suite.known)
		life->lifetime = c->n->suite.life;
	life->weak = ik_weak(c->n);
	if (c->pair->n_briefs > 1)
		take_down(life, c);
	if (c->pair->n_briefs >= IK_AGAIN_LEAST)
		take_repeats(life, c->n);
	take_rekeys(life, c);
	return true;
}

/* ---- one tunnel ----------------------------------------------------------------------------- */

/* A down counts where a new attempt comes behind it, and where no newer SA stands already: that
 * would be a change from one to the other. Returns the index of the attempt, 0 for none. */
static size_t comeback(const struct ik_past *t, size_t k)
{
	ikescope_time down = ik_past_life(t, k)->down_time;
	size_t found = 0;

	if (ik_past_life(t, k)->down == IK_DOWN_NONE)
		return 0;
	for (size_t m = k + 1; m < t->n && m <= k + SUCCESSORS; m++) {
		const struct ik_brief *b = ik_past_brief(t, m);

		if (b->up_time != IKESCOPE_TIME_NONE && b->up_time <= down &&
		    (ik_past_life(t, m)->down == IK_DOWN_NONE ||
		     ik_past_life(t, m)->down_time > down))
			return 0;
		if (found == 0 && b->start_seen && b->first_time >= down - SAME_TIME)
			found = m;
	}
	return found;
}

bool ik_past_reauthenticated(const struct ik_past *t, size_t k, size_t back)
{
	const struct ik_life *l = ik_past_life(t, k);
	const struct ik_brief *next = ik_past_brief(t, back);

	return l->down == IK_DOWN_DELETE && l->by == ik_pair_side(t->p, &next->i.addr) &&
	       next->first_time - l->down_time <= AT_ONCE;
}

ikescope_time ik_past_last_esp(const struct ik_past *t, size_t k)
{
	const struct ik_brief *b = ik_past_brief(t, k);
	ikescope_time last = IKESCOPE_TIME_NONE;

	for (size_t i = b->flows; i < b->flows_end; i++)
		if (t->p->flows[i].esp.last_time > last)
			last = t->p->flows[i].esp.last_time;
	return last;
}

/* ---- the same failure again ----------------------------------------------------------------- */

struct again {
	const char *slug;
	size_t n;
};

/* The failure that most negotiations share; the first of equals. */
static struct again commonest(const struct ik_past *t)
{
	struct again seen[CAUSES_MOST];
	size_t n = 0, best = 0;

	for (size_t k = 0; k < t->n; k++) {
		const char *slug = ik_past_life(t, k)->cause;
		size_t i = 0;

		if (slug == NULL)
			continue;
		while (i < n && strcmp(seen[i].slug, slug) != 0)
			i++;
		if (i == CAUSES_MOST)
			continue;
		if (i == n)
			seen[n++] = (struct again){slug, 0};
		seen[i].n++;
	}
	for (size_t i = 1; i < n; i++)
		if (seen[i].n > seen[best].n)
			best = i;
	return n > 0 ? seen[best] : (struct again){NULL, 0};
}

static bool of_cause(const struct ik_past *t, size_t k, const char *slug)
{
	return ik_past_life(t, k)->cause != NULL && strcmp(ik_past_life(t, k)->cause, slug) == 0;
}

static void each_period(const struct ik_past *t, const char *slug, struct ik_spread *s,
                        void (*take)(struct ik_spread *s, ikescope_time duration))
{
	ikescope_time last = IKESCOPE_TIME_NONE;

	for (size_t k = 0; k < t->n; k++) {
		if (!of_cause(t, k, slug))
			continue;
		if (last != IKESCOPE_TIME_NONE)
			take(s, ik_past_brief(t, k)->first_time - last);
		last = ik_past_brief(t, k)->first_time;
	}
}

static void tell_again(struct ik_findings *f, const struct ik_past *t)
{
	struct again most = commonest(t);
	struct ikescope_finding *finding;
	struct ik_spread period = {.n = 0};
	struct ik_cited cited = {.place = 0};
	char text[240];
	struct ik_buf b = IK_BUF_ON(text), c = IK_BUF_ON(cited.text);

	if (most.n < IK_AGAIN_LEAST)
		return;
	if (!f->brief)
		ik_buf_printf(&b, "The same failure %zu times: %s (%s).", most.n,
		              ik_title(most.slug), most.slug);
	finding = ik_findings_add(f, "repeated-failure", IKESCOPE_NOTE, IKESCOPE_CERTAIN, text);
	if (finding == NULL || f->brief)
		return;
	each_period(t, most.slug, &period, ik_spread_add);
	each_period(t, most.slug, &period, ik_spread_deviate);
	for (size_t k = 0; k < t->n; k++)
		if (of_cause(t, k, most.slug))
			ik_cited_frame(&cited, ik_past_brief(t, k)->first);
	ik_buf_printf(&c, "%zu of the %zu negotiations end so, within ", most.n, t->n);
	ik_spread_put_ms(&c, period.sum);
	ik_buf_puts(&c, " s; from one to the next ");
	ik_spread_put(&c, &period);
	ik_findings_evidence(f, finding, &cited);
}

void ik_history_tell(struct ik_findings *f, struct ik_history *h, const struct ik_pair *p,
                     const uint32_t *order, size_t n)
{
	const struct ik_past t = {h, p, order, n};
	size_t downs = 0, causes = 0, habits = 0;
	bool flaps = false;

	/* Most tunnels have no history. */
	for (size_t k = 0; k < n; k++) {
		const struct ik_life *l = ik_past_life(&t, k);

		h->life[order[k]].back = p->disordered ? 0 : (uint32_t)comeback(&t, k);
		downs += l->back != 0;
		causes += l->cause != NULL;
		habits += (l->weak | l->rekeys[0] | l->rekeys[1]) != 0;
	}
	/* Where the clock stepped back, no duration means anything. */
	if (p->disordered)
		causes = 0;
	if (downs > 0 && n < p->n_briefs)
		ik_rivals_tell(f, &t);
	if (downs >= IK_AGAIN_LEAST)
		flaps = ik_flap_tell(f, &t);
	if (causes >= IK_AGAIN_LEAST && !flaps)
		tell_again(f, &t);
	if (downs > 0)
		ik_gaps_tell(f, &t);
	if (habits > 0)
		ik_habits_tell(f, &t);
}
