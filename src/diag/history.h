/*
 * The history of a tunnel: what its negotiations show only together. Failures that come again and
 * again, and a tunnel that goes down and comes back, with how regularly it does so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_HISTORY_H
#define IK_DIAG_HISTORY_H

#include "diag/pair.h"
#include "diag/rule.h"

/* How an SA that stood went down. */
enum ik_down {
	IK_DOWN_NONE,     /* it did not, or nobody saw it */
	IK_DOWN_DELETE,   /* one side deleted it */
	IK_DOWN_LIVENESS, /* liveness checks got no answer */
	IK_DOWN_REKEY,    /* the request to rekey got no answer */
};

/* What the history needs of one negotiation, taken while that is at hand. */
struct ik_life {
	const char *cause;       /* slug of its first failure, NULL without one */
	ikescope_time down_time; /* of the Delete, or of the last packet of an SA that was lost */
	uint64_t down_place;     /* of the Delete, or of the request that got no answer */
	ikescope_time asked;     /* from the first copy of that request to the last packet */
	uint32_t lifetime;       /* IKEv1: seconds that phase 1 was agreed for, 0 unknown */
	uint32_t weak;           /* what ik_weak() says */
	uint32_t back;           /* what came behind its down, found when the tunnel is told */
	uint16_t answered;       /* requests under the SA that were answered */
	uint16_t repeated;       /* those of them that had to be repeated first */
	uint16_t rekeys[2];      /* Child SAs that each side of the pair replaced */
	uint8_t down;            /* enum ik_down */
	uint8_t by;              /* who deleted, or who asked in vain: a side of the pair */
};

/* By the index of the negotiation in its pair; reused for the next pair. */
struct ik_history {
	struct ik_life *life;
	size_t cap;
};
void ik_history_free(struct ik_history *h);

/* Takes what the history needs of negotiation index of its pair. False without memory. */
bool ik_history_take(struct ik_history *h, size_t index, const struct ik_case *c,
                     const struct ik_findings *f);

/* Tells the history of one tunnel: its n negotiations are order[0..n) in their pair, ascending. */
void ik_history_tell(struct ik_findings *f, struct ik_history *h, const struct ik_pair *p,
                     const uint32_t *order, size_t n);

#endif
