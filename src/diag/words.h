/*
 * Words for numbers: counts, ICMP errors, notifies, proposals and their difference.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_WORDS_H
#define IK_DIAG_WORDS_H

#include "base/buf.h"
#include "diag/case.h"

/* "once", "twice", "5 times" */
void ik_words_times(struct ik_buf *b, uint32_t n);

/* What an ICMP or ICMPv6 error says, static. */
const char *ik_words_icmp(uint8_t family, uint8_t type, uint8_t code);

/* "NO_PROPOSAL_CHOSEN (14)" */
void ik_words_notify(struct ik_buf *b, unsigned version, uint16_t type);

/* The first proposals of an SA payload: "AES_CBC 256, HMAC_SHA2_256, ... | ...". */
void ik_words_offer(struct ik_buf *b, const struct ik_offers *offers, uint32_t number);

/* The attributes in which the initiator's proposals and the peer's own have nothing in common:
 * "the initiator offers group 2, the responder group 14". */
void ik_words_diff(struct ik_buf *b, const struct ik_case *c);

#endif
