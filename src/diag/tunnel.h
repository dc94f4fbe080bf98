/*
 * Tunnels: what the negotiations and ESP flows of one pair of peers have in common. Clients behind
 * one NAT share an address and differ in their port: they are different tunnels.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_TUNNEL_H
#define IK_DIAG_TUNNEL_H

#include "diag/history.h"
#include "diag/tunnel_rule.h"

struct ik_tunnel_space {
	uint64_t *ids;
	size_t cap_ids;
	struct ikescope_esp *esp;
	const struct ik_pair_flow **flows; /* what esp shows */
	size_t n_esp, cap_esp;
	uint32_t *order; /* of the negotiations, by port */
	size_t cap_order;
	char domain[64];
	struct ik_history history; /* taken while the negotiations of the pair were at hand */
	struct ik_findings findings;
};
void ik_tunnel_space_free(struct ik_tunnel_space *space);

/* Calls each() for every tunnel of a pair. Returns what each() returned when that was not zero;
 * -1 out of memory. */
int ik_tunnels(struct ik_tunnel_space *space, const struct ik_pair *p,
               const struct ik_pair_said *said, ikescope_time capture_end,
               const struct ik_tunnel_rules *rules,
               int (*each)(void *ctx, const struct ikescope_tunnel *t), void *ctx);

#endif
