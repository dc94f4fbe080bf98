/*
 * Whether messages keep to the rules of the header and of the path: whose Initiator flag they
 * carry, whether a message id comes twice, where they come from, and which product answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_ORDER_H
#define IK_DIAG_ORDER_H

#include "diag/case.h"

/* Fills ROLE, REUSED, MOVED and PRODUCTS of a case. */
void ik_facts_of_order(struct ik_case *c);

/* The first encrypted message from serial on that carries the Initiator flag of the other side, or
 * NULL. */
const struct ik_step *ik_order_role(const struct ik_case *c, uint32_t from);

/* The first request under a message id that its sender had used for another request before, or
 * NULL; into *before that one. */
const struct ik_step *ik_order_reused(const struct ik_case *c, const struct ik_step **before);

/* An end that goes on from another address or port under an SA that stands. */
struct ik_order_move {
	const struct ik_path *from, *to;
	const struct ik_step *first; /* the first message from there */
	enum ik_dir by;              /* of which side the address or port is another */
	size_t count;                /* of moves */
};

/* The first move. False: there was none. */
bool ik_order_move(const struct ik_case *c, struct ik_order_move *out);

/* Whether only the port is another. */
bool ik_order_same_address(const struct ik_order_move *move);

/* The last negotiation before this one in which the responder named a product, or NULL. */
const struct ik_brief *ik_order_product_before(const struct ik_case *c);

#endif
