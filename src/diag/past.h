/*
 * The past of one tunnel, for those who tell its history; private to them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_PAST_H
#define IK_DIAG_PAST_H

#include "diag/history.h"

#define IK_AGAIN_LEAST 3 /* so many times make a history */

/* The negotiations of one tunnel, order[0..n) in their pair, ascending. */
struct ik_past {
	const struct ik_history *h;
	const struct ik_pair *p;
	const uint32_t *order;
	size_t n;
};

static inline const struct ik_brief *ik_past_brief(const struct ik_past *t, size_t k)
{
	return &t->p->briefs[t->order[k]];
}

static inline const struct ik_life *ik_past_life(const struct ik_past *t, size_t k)
{
	return &t->h->life[t->order[k]];
}

/* The index of the attempt behind the down of SA k, 0 where it did not go down, or nothing came, or
 * a newer SA stood already: that would be a change from one to the other. */
static inline size_t ik_past_comeback(const struct ik_past *t, size_t k)
{
	return ik_past_life(t, k)->back;
}

/* The side that deleted SA k began the attempt behind it at once: it reauthenticates, break before
 * make, or somebody restarts the tunnel. */
bool ik_past_reauthenticated(const struct ik_past *t, size_t k, size_t back);

/* The last packet of ESP under SA k, IKESCOPE_TIME_NONE without any. */
ikescope_time ik_past_last_esp(const struct ik_past *t, size_t k);

/* Says what brings the tunnel down again and again, where all downs are of one kind and the numbers
 * show it; whether it did. */
bool ik_flap_tell(struct ik_findings *f, const struct ik_past *t);

/* Says how long reauthentication keeps the tunnel down. */
void ik_gaps_tell(struct ik_findings *f, const struct ik_past *t);

/* Says what the tunnel does without failing: one side that always rekeys, weak algorithms that were
 * chosen. */
void ik_habits_tell(struct ik_findings *f, const struct ik_past *t);

/* Says that two clients at one address take each other's SAs down, where the first SA that was
 * taken down so is of this tunnel. */
void ik_rivals_tell(struct ik_findings *f, const struct ik_past *t);

#endif
