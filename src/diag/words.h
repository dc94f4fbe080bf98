/*
 * Words for numbers: counts, ICMP errors, notifies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_WORDS_H
#define IK_DIAG_WORDS_H

#include "base/buf.h"
#include "diag/case.h"

/* "once", "twice", "5 times" */
void ik_words_times(struct ik_buf *b, uint32_t n);

/* "; the gaps are consistent with strongSwan", where the copies of a step come at gaps that known
 * implementations have; nothing else. */
void ik_words_schedule(struct ik_buf *b, const struct ik_nego *n, const struct ik_step *s);

/* What an ICMP or ICMPv6 error says, static. */
const char *ik_words_icmp(uint8_t family, uint8_t type, uint8_t code);

/* "NO_PROPOSAL_CHOSEN (14)" */
void ik_words_notify(struct ik_buf *b, unsigned version, uint16_t type);

#endif
