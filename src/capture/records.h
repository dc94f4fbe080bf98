/*
 * The records of a classic capture file, taken straight from the stream's window where there is
 * nothing to convert and nothing odd about them. libpcap reads the file header, and goes on from
 * exactly the first record that is not plain: it knows what other octet orders, other versions,
 * records beyond the snap length and files that end early mean.
 *
 * Why not libpcap alone: it copies every record twice, which takes longer than to look at it; over
 * the same file it needs two thirds of the time that all of the analysis may take.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_RECORDS_H
#define IK_CAPTURE_RECORDS_H

#include "capture/scout.h"
#include "capture/stream.h"
#include "ikescope/analysis.h"

struct ik_records {
	struct ik_stream *stream; /* behind the file header */
	size_t least;             /* how much is read at one time */
	uint32_t snaplen;         /* longer records are not plain */
	uint32_t unit;            /* nanoseconds that the fraction of a second counts in, */
	uint32_t units;           /* and how many of them make a second */
	struct ik_scouts scouts;  /* ask for what lies in a window */
};

/* The next record: time, captured, length and data of the packet, which points into the window and
 * is valid until the next call. False, and nothing used up, where it is not plain or not whole. */
bool ik_records_next(struct ik_records *r, struct ikescope_packet *packet);

#endif
