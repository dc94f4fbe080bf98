/*
 * What the negotiations of a pair are to each other: replacements, retries, and whose requests were
 * lost on the way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/addr.h"
#include "diag/pair.h"

#define REKEY_WITHIN (120 * IKESCOPE_SECOND)
#define CANDIDATES   16

/* When both ends rekey at once, two SAs follow one, and one of them is deleted (RFC 7296 2.8.2). */
static bool may_replace(const struct ik_brief *b, const struct ik_brief *old)
{
	return old->successors < old->rekey_candidates && old->rekey_time <= b->first_time &&
	       (old->deleted || b->first_time - old->rekey_time <= REKEY_WITHIN);
}

static void link_rekeys(struct ik_pair *p)
{
	size_t open[CANDIDATES], n_open = 0;

	for (size_t i = 0; i < p->n_briefs; i++) {
		struct ik_brief *b = &p->briefs[i];

		if (b->version == 2 && b->state == IK_S_MID && !b->start_seen &&
		    b->first_mid <= 1) {
			for (size_t k = n_open; k-- > 0;) {
				struct ik_brief *old = &p->briefs[open[k]];

				if (!may_replace(b, old))
					continue;
				if (old->rekeyed_by == 0 || !b->deleted)
					old->rekeyed_by = b->id;
				old->successors++;
				b->rekey_of = old->id;
				break;
			}
		}
		if (b->rekey_candidate != 0) {
			if (n_open == CANDIDATES)
				memmove(open, open + 1, --n_open * sizeof(open[0]));
			open[n_open++] = i;
		}
	}
}

/* IKEv1 has no exchange for it: a second phase 1 without a phase 2 of its own, beside an SA that
 * stands, replaces that SA; the IPsec SAs outlive it (RFC 2409 5.5). */
static void link_rekeys_v1(struct ik_pair *p)
{
	struct ik_brief *standing = NULL;

	for (size_t i = 0; i < p->n_briefs; i++) {
		struct ik_brief *b = &p->briefs[i];

		if (b->version != 1)
			continue;
		if (b->bare && standing != NULL && standing->nat_port == b->nat_port &&
		    (!standing->deleted || standing->delete_time > b->first_time)) {
			standing->rekeyed_by = b->id;
			b->rekey_of = standing->id;
			standing = b;
		} else if (b->pos.outcome == IKESCOPE_ESTABLISHED) {
			standing = b;
		}
	}
}

static bool unresolved(const struct ik_brief *b)
{
	return b->pos.outcome != IKESCOPE_ESTABLISHED && b->start_seen;
}

/* A new attempt of the same initiator behind one that led nowhere. */
static void link_retries(struct ik_pair *p)
{
	struct ik_brief *last[2] = {NULL, NULL};

	for (size_t i = 0; i < p->n_briefs; i++) {
		struct ik_brief *b = &p->briefs[i];
		size_t side = ik_pair_side(p, &b->i.addr);
		struct ik_brief *old = last[side];

		if (!b->start_seen)
			continue;
		if (old != NULL && old->nat_port == b->nat_port && old->rekey_of == 0 &&
		    unresolved(old) && b->first_time >= old->asked_time - IKESCOPE_SECOND) {
			b->retry_of = old->id;
			old->retried_by = b->id;
		}
		last[side] = b;
	}
}

/* Incomplete datagrams name no SA where their first fragment is missing: they belong to the
 * negotiation of their sender that was under way. */
static void link_lost(struct ik_pair *p)
{
	for (size_t i = 0; i < p->n_events; i++) {
		const struct ik_pair_event *ev = &p->events[i];
		struct ik_brief *found = NULL;

		if (ev->icmp || ev->protocol != 17 || ev->esp_spi != 0)
			continue;
		for (size_t k = 0; k < p->n_briefs; k++) {
			if (p->briefs[k].first_time <= ev->time &&
			    ik_addr_eq(&p->briefs[k].i.addr, &ev->src))
				found = &p->briefs[k];
			else if (p->briefs[k].first_time > ev->time && !p->disordered)
				break;
		}
		if (found != NULL && ev->time >= found->answer_time)
			found->lost_requests++;
	}
}

void ik_pair_link(struct ik_pair *p)
{
	link_lost(p);
	link_rekeys(p);
	link_rekeys_v1(p);
	link_retries(p);
}
