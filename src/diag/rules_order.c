/*
 * Rules about what header and path show: whose Initiator flag, a message id used twice, an end that
 * moves, a NAT that nobody traverses, another product that answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/order.h"
#include "diag/rule.h"

#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CANDIDATES(array) .candidates = (array), .n_candidates = sizeof(array) / sizeof((array)[0])

/* ---- predicates ----------------------------------------------------------------------------- */

/* The initiator was seen to authenticate itself. */
static bool authenticates(const struct ik_nego *n)
{
	if (n->version == 2)
		return n->best >= IK_S_AUTH_SENT && n->best != IK_S_MID;
	return n->best == IK_S_MM5 || n->best == IK_S_MM6 || n->best == IK_S_AM3 ||
	       n->best == IK_S_V1_UP;
}

/* Both sides offer NAT traversal, and what comes behind the key exchange goes to UDP 500 all the
 * same (RFC 3947 4, RFC 7296 2.23). */
static bool stays_on_500(const struct ik_case *c)
{
	const struct ik_nego *n = c->n;

	return c->fact[IK_F_NATT_I] == 1 && c->fact[IK_F_NATT_R] == 1 && authenticates(n) &&
	       (n->bits & IK_N_START_SEEN) != 0 && (n->bits & (IK_N_FLOATED | IK_N_TCP)) == 0 &&
	       n->n_paths > 0 && n->paths[0].r.port == 500;
}

/* ---- candidates ----------------------------------------------------------------------------- */

/* A NAT is one of the explanations where only the port is another. */
static bool of_the_port(const struct ik_case *c, size_t candidate)
{
	struct ik_order_move move;

	(void)candidate;
	return ik_order_move(c, &move) && ik_order_same_address(&move);
}

/* clang-format off */
static const struct ikescope_candidate moves[] = {
	{ "natt-remap-midsession",  "a NAT on the way was restarted or picks a new mapping at will", NULL },
	{ "nat-keepalive-too-slow", "a NAT gives up a mapping that is idle for longer than it waits", NULL },
};

static const struct ik_rule disorder[] = {
	{ .slug = "wrong-role-flags", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_ROLE, IK_EQ, 2 }),
	  .summary = "{message} carries the Initiator flag of the other side: the receiver looks for the SA in the wrong role and drops it.",
	  .cite = { IK_CITE_ROLE, IK_CITE_STALL }, .raise = { "the log of the side that is awaited" },
	  .remedies = IK_R_DEBUG, .source = "RFC 7296 3.1" },
};

static const struct ik_rule order[] = {
	{ .slug = "wrong-role-flags", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_ROLE, IK_EQ, 1 }),
	  .summary = "Messages from both ends carry the Initiator flag of the same role: a receiver that goes by it drops some of them.",
	  .cite = { IK_CITE_ROLE },
	  .remedies = IK_R_DEBUG, .source = "RFC 7296 3.1" },

	{ .slug = "msgid-window", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_REUSED, IK_EQ, 1 }),
	  .summary = "Requests with different octets come from one end under one message id: it counts anew under the old SPIs, encrypts a retransmission anew, or two boxes use one SA.",
	  .cite = { IK_CITE_REUSED }, .remedies = IK_R_DEBUG, .source = "RFC 7296 2.2" },

	{ .slug = "natt-no-float", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NATD, IK_GE, IKESCOPE_LIKELY }), IK_ALSO(stays_on_500),
	  .summary = "NAT detection finds a NAT and both sides can traverse it, but the initiator stays on UDP 500.",
	  .cite = { IK_CITE_NATD_I, IK_CITE_NATD_R }, .ask = IK_ASK_BEYOND_NAT, .remedies = IK_R_NATT, .source = "RFC 3947 4, RFC 7296 2.23" },

	{ .slug = "natt-remap-midsession", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_MOVED, IK_GE, 1 }),
	  .summary = "Messages under the same SA go on from another address or port of an end; what is still sent to the old one may be lost.",
	  .cite = { IK_CITE_MOVED, IK_CITE_ESP }, CANDIDATES(moves), .which = of_the_port,
	  .remedies = IK_R_NATT, .source = "RFC 7296 2.23, RFC 4555 3.5" },

	{ .slug = "wrong-peer-device", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_PRODUCTS, IK_EQ, 2 }),
	  .summary = "Different products answer under {peer} by turns: more than one box is behind that address.",
	  .cite = { IK_CITE_PRODUCTS }, .raise = { "which box a forwarded port or a load balancer leads to" },
	  .remedies = IK_R_DEBUG, .source = "RFC 2408 3.16, RFC 7296 3.12" },

	{ .slug = "wrong-peer-device", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_PRODUCTS, IK_EQ, 1 }),
	  .summary = "Another product answers under {peer} than before: another box, or the same with another software.",
	  .cite = { IK_CITE_PRODUCTS }, .raise = { "which box a forwarded port or a load balancer leads to", "whether the box was exchanged or updated in between" },
	  .remedies = IK_R_DEBUG, .source = "RFC 2408 3.16, RFC 7296 3.12" },
};
/* clang-format on */

const struct ik_rule_set ik_rules_disorder = IK_RULES(IK_GROUP_CAUSE, disorder);
const struct ik_rule_set ik_rules_order = IK_RULES(IK_GROUP_NOTE, order);
