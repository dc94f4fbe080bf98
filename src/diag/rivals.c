/*
 * Two clients behind one address that the gateway takes for the same: each new SA of the one makes
 * it delete that of the other, which begins anew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "diag/cites.h"
#include "diag/past.h"
#include "diag/remedies.h"

#define SUCCESSORS 16
#define TOGETHER   IKESCOPE_SECOND

/* The responder deleted SA i of the pair when one of another client of the same address stood. */
static bool ousted(const struct ik_past *t, size_t i)
{
	const struct ik_life *l = &t->h->life[i];
	const struct ik_brief *b = &t->p->briefs[i];

	if (l->down != IK_DOWN_DELETE || l->by == ik_pair_side(t->p, &b->i.addr))
		return false;
	for (size_t m = i + 1; m < t->p->n_briefs && m <= i + SUCCESSORS; m++) {
		const struct ik_brief *other = &t->p->briefs[m];

		if (other->nat_port != b->nat_port && other->start_seen &&
		    ik_addr_eq(&other->i.addr, &b->i.addr) &&
		    other->up_time != IKESCOPE_TIME_NONE &&
		    other->up_time >= l->down_time - TOGETHER &&
		    other->up_time <= l->down_time + TOGETHER)
			return true;
	}
	return false;
}

static bool in_tunnel(const struct ik_past *t, size_t i)
{
	return t->p->briefs[i].nat_port == ik_past_brief(t, 0)->nat_port;
}

/* How often an SA was taken down so; a client that comes back from its old port, after another was
 * there, is no client that only moves. */
static size_t count(const struct ik_past *t, struct ik_cited *deletes, size_t *returned)
{
	const struct ik_brief *last[2] = {NULL, NULL};
	size_t n = 0;

	*returned = 0;
	for (size_t i = 0; i < t->p->n_briefs; i++) {
		const struct ik_brief *b = &t->p->briefs[i];

		if (!ousted(t, i))
			continue;
		if (n == 0 && !in_tunnel(t, i))
			return 0; /* that tunnel tells it */
		n++;
		*returned += last[1] != NULL && last[1]->nat_port != b->nat_port &&
		             last[0] != NULL && last[0]->nat_port == b->nat_port;
		last[0] = last[1];
		last[1] = b;
		ik_cited_frame(deletes, t->h->life[i].down_place);
	}
	return n;
}

void ik_rivals_tell(struct ik_findings *f, const struct ik_past *t)
{
	static const struct ikescope_remedy remedies[] = {
	        {ANY, "give each client an identity of its own, and a key or certificate for it"},
	        {SWAN, "on the gateway, where one identity for several clients is meant:\n"
	               "connections { CONN { unique = never } }\n"
	               "swanctl --load-conns"},
	};
	static const char *const raise[] = {"the identities: keys, or the log of the gateway"};
	struct ik_cited deletes = {.place = 0};
	struct ikescope_finding *finding;
	size_t returned, n = count(t, &deletes, &returned);
	struct ik_buf b = IK_BUF_ON(deletes.text);

	if (n < IK_AGAIN_LEAST || returned == 0)
		return;
	finding = ik_findings_add(f, "duplicate-peer-identity", IKESCOPE_FAILURE, IKESCOPE_LIKELY,
	                          "Two clients behind one address use the same identity: each time "
	                          "one comes up, the gateway deletes the SA of the other.");
	if (finding == NULL || f->brief)
		return;
	ik_buf_printf(&b,
	              "%zu times the responder deleted an SA within a second of another one from "
	              "another port of the same address, and the ports take turns",
	              n);
	ik_findings_evidence(f, finding, &deletes);
	finding->would_raise = raise;
	finding->n_would_raise = 1;
	finding->remedies = remedies;
	finding->n_remedies = sizeof(remedies) / sizeof(remedies[0]);
}
