/*
 * Addresses that were seen to send anything at all: silence is evidence only where the way back is
 * known to be visible.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_SEEN_H
#define IK_SESSION_SEEN_H

#include "base/hash.h"
#include "ikescope/model.h"

/* The first packet from an address that is not IKE, and its IP protocol. */
struct ik_seen {
	struct ikescope_addr addr;
	uint8_t protocol;
	uint64_t first;          /* place */
	ikescope_time last_time; /* about: not every packet is noted */
};

struct ik_seen_table;

struct ik_seen_table *ik_seen_new(uint64_t most);
void ik_seen_free(struct ik_seen_table *t);

/* Notes a packet; ik_seen_settle() after the last one. False: out of memory. */
bool ik_seen_note(struct ik_seen_table *t, const struct ikescope_addr *src, uint8_t protocol,
                  uint64_t place, ikescope_time time);

/* Puts into the table what waits to be put there. */
bool ik_seen_settle(struct ik_seen_table *t);

/* What was noted of an address, or NULL. */
const struct ik_seen *ik_seen_find(const struct ik_seen_table *t, const struct ikescope_addr *addr);

/* How often an address had to make room for another one. */
uint64_t ik_seen_forgotten(const struct ik_seen_table *t);

#endif
