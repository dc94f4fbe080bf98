/*
 * What a text has said already, so that it need not say it again: digests of parts of the report,
 * with the place where each of them stands. Bounded; what has been forgotten is said anew.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_TEXT_TOLD_H
#define IK_OUTPUT_TEXT_TOLD_H

#include "ikescope/model.h"

/* Parts remembered; the oldest goes first. A negotiation has ten or so. */
#define IK_TOLD_ROWS 256

struct ik_told_row {
	uint64_t digest;
	uint64_t negotiation; /* id, 0: said of a capture, a tunnel or the whole */
	char slug[48];        /* of the finding that it was said with, "" for a whole negotiation */
};

struct ik_told {
	struct ik_told_row row[IK_TOLD_ROWS];
	size_t n; /* ever added */
};

/* The row under a digest; NULL: that was not said. */
const struct ik_told_row *ik_told_find(const struct ik_told *t, uint64_t digest);
void ik_told_add(struct ik_told *t, uint64_t digest, uint64_t negotiation, const char *slug);

/* All that is said of a negotiation but what is its own: number, ports, SPIs, frames, times,
 * copies, messages on the way to where it stands, and the evidence of its findings. */
uint64_t ik_told_case(const struct ikescope_negotiation *n);
/* One of its findings, between these two ends, but for the evidence. */
uint64_t ik_told_finding(const struct ikescope_negotiation *n, const struct ikescope_finding *f);
/* One piece of evidence of what has the digest as, one of the two above, without its frames. */
uint64_t ik_told_evidence(uint64_t as, const char *slug, const struct ikescope_evidence *e);
/* What boxes print, and what is to be done there. */
uint64_t ik_told_lines(const struct ikescope_box_line *line, size_t count);
uint64_t ik_told_remedies(const struct ikescope_remedy *r, size_t count);

#endif
