/*
 * Rules about tunnels and their ESP flows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/tunnel_rule.h"

/* clang-format off */
#define W(...)     { __VA_ARGS__ }
#define SECONDS(n) ((n) * IKESCOPE_SECOND)

static const struct ik_tunnel_rule rows[] = {

	/* ---- does ESP flow */

	{ .slug = "esp-one-way", .group = IK_TG_FLOWING,
	  .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_UP, IK_EQ, 1}, {IK_T_OWNED, IK_EQ, 1}, {IK_T_SAID, IK_EQ, 0},
	            {IK_T_ONE_WAY, IK_GE, 4}, {IK_T_ONE_WAY_LASTS, IK_EQ, 1}),
	  .summary = "ESP flows one way only: {from} sends, nothing comes back from {to}.",
	  .evidence = W({IK_TP_ONE_WAY, "{ONE_WAY} ESP packets one way in {ONE_WAY_SPAN} s, none the other way, "
	                                "while IKE went both ways"}),
	  .raise = W("a capture at the other end: does ESP arrive there, does any leave"),
	  .remedies = IK_R_ESP },

	{ .slug = "esp-zero", .group = IK_TG_FLOWING,
	  .severity = IKESCOPE_WARNING, .claim = IKESCOPE_POSSIBLE,
	  .when = W({IK_T_IDLE, IK_GE, SECONDS(30)}),
	  .summary = "The SA stands, but no ESP was captured either way.",
	  .evidence = W({IK_TP_UP, "the SA stood here; no ESP in the {IDLE} s that follow"}),
	  .raise = W("traffic for the tunnel", "a capture filter that lets ESP and UDP 4500 pass"),
	  .remedies = IK_R_ESP },
};
/* clang-format on */

const struct ik_tunnel_rules ik_all_tunnel_rules = {rows, sizeof(rows) / sizeof(rows[0])};
