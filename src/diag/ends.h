/*
 * Both ends of a negotiation behind each of its messages.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_ENDS_H
#define IK_DIAG_ENDS_H

#include "diag/case.h"

/* Fills ends[0..n->n_steps), one for each step. */
void ik_ends_make(struct ikescope_ends *ends, const struct ik_case *c);

#endif
