/*
 * Scouts ask for octets of a window before the reader comes to them. Where a record is, only the
 * one before it tells, so that going from one to the next means to wait for memory each time. A
 * window is cut into lanes, and in the lanes ahead of the reader one scout each goes from record to
 * record, all in turn: while the octets for one are under way, the others go on. What a scout asks
 * for is the beginning of each packet, not the many octets of large ones that nobody looks at.
 *
 * Where the first record of its lane is, a scout guesses. A wrong guess costs time and nothing
 * else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_SCOUT_H
#define IK_CAPTURE_SCOUT_H

#include "capture/stream.h"

#define IK_SCOUTS 8
#define IK_LANE   ((size_t)64 << 10)

/* In front of each packet, in the order of octets of this machine. */
struct ik_record_header {
	uint32_t seconds, fraction;
	uint32_t captured, length; /* octets in the file, and on the wire */
};
_Static_assert(sizeof(struct ik_record_header) == 16, "a record header has 16 octets");

/* By which a record is known: what all records of the file have in common, and about when those in
 * the window are of. */
struct ik_scout_clues {
	uint32_t snaplen;
	uint32_t units; /* how many fractions make a second */
	uint32_t seconds;
};

struct ik_scout {
	const uint8_t *at;  /* the header of a record, */
	const uint8_t *end; /* and the end of the lane; both NULL: it found no record */
};

/* All zero in the beginning. */
struct ik_scouts {
	struct ik_scout scout[IK_SCOUTS];
	unsigned turn;
	uint64_t piece;          /* of the file, that the window is on; + 1 */
	const uint8_t *lane_end; /* of the lane that the reader is in */
};

/* The reader comes to a record, in a window. Each time one of the scouts goes on. */
void ik_scouts_go(struct ik_scouts *s, const struct ik_scout_clues *clues,
                  const struct ik_stream *stream);

#endif
