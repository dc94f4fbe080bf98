/*
 * The second half of an analysis: events become negotiations, and everything that concerns one
 * pair of endpoints comes together, sorted, in memory or in the spill.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_ASSEMBLE_H
#define IK_SESSION_ASSEMBLE_H

#include "session/record.h"
#include "session/sa.h"
#include "session/tracker.h"

/* ---- strangers ------------------------------------------------------------------------------ */

/* Initiators that never continue, by the responder they tried. */
struct ik_target {
	struct ikescope_addr responder;
	uint32_t domain;
	uint64_t count, answered; /* count 0: free */
	uint64_t first;           /* place of the earliest */
	ikescope_time first_time, last_time;
};
#define IK_FLOOD_LEAST 64 /* of them make a flood */

struct ik_assembly {
	struct ik_tracker *tracker;
	const struct ikescope_limits *limits;
	struct ik_sorter *sorter;
	struct ik_rank *rank;
	uint64_t negotiations;
	uint64_t strangers_lost, strangers_packets;
	uint64_t folded;          /* messages that are only counted */
	uint64_t children_lost;   /* negotiations of which children were forgotten */
	bool slim;                /* healthy negotiations are kept without their messages */
	ikescope_time end;        /* of the timeline */
	ikescope_time settled;    /* when a negotiation whose beginning was seen ended before this
	                           * time, it says nothing about the capture */
	struct ik_target *target; /* open addressing */
	size_t n_targets, n_slots;
	uint64_t targets_lost;
};

/* The sorter takes flows while packets pass, so it exists from the beginning. */
bool ik_assembly_init(struct ik_assembly *a, struct ik_tracker *t, struct ik_spill *spill,
                      const struct ikescope_limits *limits);
void ik_assembly_close(struct ik_assembly *a);

/* For ik_tracker_init(): ctx is the assembly. */
bool ik_assembly_flow(void *ctx, const struct ik_esp_flow *flow);

/* Drains the tracker. */
bool ik_assembly_run(struct ik_assembly *a);

/* The id of a negotiation by the sequence number of its first event: from 1, in that order. */
uint64_t ik_assembly_id(const struct ik_assembly *a, uint32_t seq);

/* ---- ranks ---------------------------------------------------------------------------------- */

struct ik_rank;
struct ik_rank *ik_rank_new(uint32_t size);
void ik_rank_free(struct ik_rank *r);
void ik_rank_mark(struct ik_rank *r, uint32_t n);
void ik_rank_seal(struct ik_rank *r);
/* How many numbers up to and including n were marked. */
uint64_t ik_rank_of(const struct ik_rank *r, uint32_t n);

#endif
