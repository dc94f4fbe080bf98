/*
 * What the life of an SA shows beside its stalls: rekeys that cross, starts that cross, answers
 * that come too late, a peer that has lost its state. Facts and evidence look for it alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_LIFE_H
#define IK_DIAG_LIFE_H

#include "diag/case.h"

/* Fills the facts of the life of an SA. */
void ik_facts_of_life(struct ik_case *c);

/* The first two requests, one of each side, for a rekey of the same kind that were under way at the
 * same time; how many such. */
size_t ik_life_collision(const struct ik_case *c, const struct ik_child *pair[2]);

/* Where this one stood: a negotiation of the other side that was under way when this one began, and
 * stood later. Or NULL. */
const struct ik_brief *ik_life_crossing(const struct ik_case *c);

/* A quick mode that was repeated and not answered. */
bool ik_life_silent_quick(const struct ik_child *child);

/* How many of those there are, where another quick mode came through between two of them: it was
 * not the same once more. Else 0. */
size_t ik_life_silent(const struct ik_nego *n);

/* A liveness check whose answer came when its sender had begun anew already, or NULL: the exchange,
 * and what was begun. */
const struct ik_exchange *ik_life_late_answer(const struct ik_case *c,
                                              const struct ik_brief **anew);

/* A message that the other side answered in clear with INVALID-COOKIE or INVALID_IKE_SPI although
 * the SA had stood, or NULL: the answer. */
const struct ik_step *ik_life_unknown_here(const struct ik_case *c);

/* The next negotiation that bears on an SA which was lost: the one that the silent side itself
 * began while it was still asked in vain; else the first that the asking side began behind it. */
const struct ik_brief *ik_life_peer_began(const struct ik_case *c);
const struct ik_brief *ik_life_next(const struct ik_case *c);

/* The last ESP packet under the SA: its time, and its place. IKESCOPE_TIME_NONE without any. */
ikescope_time ik_life_last_esp(const struct ik_case *c, uint64_t *place);

#endif
