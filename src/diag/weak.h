/*
 * Algorithms that no longer protect, where they were chosen and not only offered.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_WEAK_H
#define IK_DIAG_WEAK_H

#include "base/buf.h"
#include "session/nego.h"

/* The weak parts of what the responder chose, as bits; 0 for none, or where its choice is not
 * known. */
uint32_t ik_weak(const struct ik_nego *n);

/* "3DES, MD5, group 2 (1024 bits)" */
void ik_weak_put(struct ik_buf *b, uint32_t weak);

/* Whether aggressive mode with a pre-shared key is among them. */
bool ik_weak_aggressive(uint32_t weak);

#endif
