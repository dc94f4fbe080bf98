/*
 * Proposals in words, and what two SA payloads of one IKE version differ in: what one side offers
 * now against what the other offers itself, or chose.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_DIFFERENCE_H
#define IK_DIAG_DIFFERENCE_H

#include "base/buf.h"
#include "session/offers.h"

/* What proposals consist of, in both versions. */
enum ik_attribute {
	IK_A_ENCRYPTION,
	IK_A_KEY_LENGTH,
	IK_A_PRF,
	IK_A_INTEGRITY,
	IK_A_HASH,
	IK_A_AUTHENTICATION,
	IK_A_GROUP,
	IK_A_LIFETIME, /* IKEv1; does not decide whether proposals fit */
	IK_ATTRIBUTES
};

struct ik_difference {
	uint32_t disjoint; /* bits by enum ik_attribute: the two have no value in common */
	uint32_t common;   /* rank, from 1, of the first proposal (IKEv1: transform) of the one
	                    * that the other takes as a whole; 0 none */
	bool lifetime;     /* of that one: IKEv1, and the other's has another lifetime */
};

/* False where there is nothing to compare. */
bool ik_difference(const struct ik_offers *offers, uint32_t mine, uint32_t theirs,
                   struct ik_difference *out);

/* All values of each attribute of a payload: "encryption AES_CBC 256; PRF ...". */
void ik_words_offer(struct ik_buf *b, const struct ik_offers *offers, uint32_t number);

/* The same in few words, a few values of each: "AES-CBC 256/128, SHA, pre-shared key, group 14/2".
 */
void ik_words_offer_short(struct ik_buf *b, const struct ik_offers *offers, uint32_t number);

/* The attributes that are disjoint: "group: the initiator offers 2, the responder itself 14", or
 * what else is known of the two. */
void ik_words_difference(struct ik_buf *b, const struct ik_offers *offers, uint32_t mine,
                         uint32_t theirs);

#endif
