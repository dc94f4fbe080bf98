/*
 * What a tunnel does regularly without failing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "diag/cites.h"
#include "diag/past.h"
#include "diag/spread.h"
#include "diag/weak.h"

#define ALONE_LEAST 6 /* rekeys of one side and none of the other: with equal timers 1 of 32 */

/* ---- reauthentication ----------------------------------------------------------------------- */

struct gaps {
	struct ik_cited deletes;
	struct ik_spread ike, esp; /* from the Delete to the new SA; without ESP around it */
	unsigned version;
};

static ikescope_time first_esp(const struct ik_past *t, size_t k)
{
	const struct ik_brief *b = ik_past_brief(t, k);

	return b->flows < b->flows_end ? t->p->flows[b->flows].esp.first_time : IKESCOPE_TIME_NONE;
}

static void each_gap(const struct ik_past *t, struct gaps *g,
                     void (*take)(struct ik_spread *s, ikescope_time duration))
{
	for (size_t k = 0; k < t->n; k++) {
		size_t back = ik_past_comeback(t, k);
		ikescope_time last, first, up;

		if (back == 0 || !ik_past_reauthenticated(t, k, back))
			continue;
		up = ik_past_brief(t, back)->up_time;
		last = ik_past_last_esp(t, k);
		first = first_esp(t, back);
		if (up == IKESCOPE_TIME_NONE)
			continue;
		take(&g->ike, up - ik_past_life(t, k)->down_time);
		if (last != IKESCOPE_TIME_NONE && first != IKESCOPE_TIME_NONE)
			take(&g->esp, first - last);
		ik_cited_frame(&g->deletes, ik_past_life(t, k)->down_place);
		g->version = ik_past_brief(t, k)->version;
	}
}

void ik_gaps_tell(struct ik_findings *f, const struct ik_past *t)
{
	static const char *const raise[] = {"the reauthentication time of the side that deletes"};
	struct gaps g = {.version = 0}, again;
	struct ikescope_finding *finding;
	struct ik_buf b;

	each_gap(t, &g, ik_spread_add);
	if (g.ike.n == 0)
		return;
	finding = ik_findings_add(f, "reauth-gap", IKESCOPE_NOTE, IKESCOPE_LIKELY,
	                          "The tunnel is reauthenticated break before make: it is deleted, "
	                          "and the same side sets it up anew. In between nothing passes.");
	if (finding == NULL || f->brief)
		return;
	again = g;
	each_gap(t, &again, ik_spread_deviate);
	b = IK_BUF_ON(g.deletes.text);
	ik_buf_printf(&b, "%zu time%s; from the Delete to the new SA ", g.ike.n,
	              g.ike.n == 1 ? "" : "s");
	ik_spread_put(&b, &again.ike);
	if (g.esp.n > 0) {
		ik_buf_puts(&b, ", without ESP for ");
		ik_spread_put(&b, &again.esp);
	}
	ik_findings_evidence(f, finding, &g.deletes);
	finding->would_raise = raise;
	finding->n_would_raise = 1;
	finding->remedies = ik_remedies(IK_R_REAUTH, g.version, &finding->n_remedies);
}

/* ---- lifetimes ------------------------------------------------------------------------------ */

/* IKEv2 negotiates no lifetime: whose is shorter rekeys first (RFC 7296 2.8). */
static void tell_lifetimes(struct ik_findings *f, const struct ik_past *t)
{
	static const char *const raise[] = {"the lifetimes of both ends"};
	uint64_t rekeys[2] = {0, 0};
	struct ikescope_finding *finding;
	char text[200];
	struct ik_buf b = IK_BUF_ON(text);
	size_t alone;

	for (size_t k = 0; k < t->n; k++)
		for (size_t side = 0; side < 2; side++)
			rekeys[side] += ik_past_life(t, k)->rekeys[side];
	alone = rekeys[0] > rekeys[1] ? 0 : 1;
	if (rekeys[alone] < ALONE_LEAST || rekeys[1 - alone] > 0)
		return;
	finding = ik_findings_add(f, "lifetime-mismatch", IKESCOPE_NOTE, IKESCOPE_POSSIBLE,
	                          "One side alone rekeys: the lifetimes differ, or the other side "
	                          "never does. In IKEv2 that is harmless.");
	if (finding == NULL || f->brief)
		return;
	ik_buf_addr(&b, alone == 0 ? &t->p->low : &t->p->high);
	ik_buf_printf(&b, " replaced a Child SA %llu times, the other side none",
	              (unsigned long long)rekeys[alone]);
	ik_findings_cite(f, finding, ik_past_brief(t, 0)->first, text);
	finding->would_raise = raise;
	finding->n_would_raise = 1;
}

/* ---- algorithms ----------------------------------------------------------------------------- */

static void tell_weak(struct ik_findings *f, const struct ik_past *t)
{
	struct ik_cited cited = {.place = 0};
	struct ikescope_finding *finding;
	char text[320];
	struct ik_buf b = IK_BUF_ON(text), c = IK_BUF_ON(cited.text);
	uint32_t weak = 0;
	size_t count = 0;

	for (size_t k = 0; k < t->n; k++) {
		uint32_t one = ik_past_life(t, k)->weak;

		if (one == 0)
			continue;
		weak |= one;
		count++;
		ik_cited_frame(&cited, ik_past_brief(t, k)->first);
	}
	if (weak == 0)
		return;
	if (!f->brief) {
		ik_buf_puts(&b, "Weak cryptography was chosen: ");
		ik_weak_put(&b, weak);
		ik_buf_putc(&b, '.');
	}
	finding = ik_findings_add(f, "weak-crypto", IKESCOPE_NOTE, IKESCOPE_CERTAIN, text);
	if (finding == NULL || f->brief)
		return;
	ik_buf_printf(&c, "chosen by the responder in %zu of %zu negotiation%s of this tunnel",
	              count, t->n, t->n == 1 ? "" : "s");
	ik_findings_evidence(f, finding, &cited);
	if (ik_weak_aggressive(weak))
		ik_findings_cite(
		        f, finding, 0,
		        "aggressive mode sends a hash of the key in clear: whoever sees it "
		        "can try keys at leisure");
}

void ik_habits_tell(struct ik_findings *f, const struct ik_past *t)
{
	tell_lifetimes(f, t);
	tell_weak(f, t);
}
