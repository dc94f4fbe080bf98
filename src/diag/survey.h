/*
 * The survey: what concerns whole captures and the whole document. Artefacts have to be known
 * before a verdict is read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_SURVEY_H
#define IK_DIAG_SURVEY_H

#include "diag/pair.h"
#include "diag/rule.h"

/* How often something was seen in one capture, where first, and between whom. */
struct ik_sighting {
	uint64_t count, first;
	struct ikescope_addr low, high;
	uint32_t domain;
	bool several; /* pairs */
};

struct ik_capture_survey {
	struct ik_sighting midstart, one_sided, early_end;
};

struct ik_survey {
	struct ik_capture_survey *captures; /* by capture - 1 */
	size_t n_captures;
	uint64_t flows, negotiations, events_lost;
};

/* Ended before this time a negotiation was given up by its initiator, not cut off by the end of the
 * capture. */
ikescope_time ik_survey_settled(ikescope_time capture_end);

/* Adds one pair. */
void ik_survey_pair(struct ik_survey *s, const struct ik_pair *p, ikescope_time capture_end);

/* The findings of one capture. dropped < 0: unknown; problem: why it ended early, or NULL. */
void ik_survey_capture(struct ik_findings *f, const struct ik_survey *s,
                       const struct ik_assembly *a, uint32_t capture, int64_t dropped,
                       const char *problem);

/* The findings of the document. */
void ik_survey_document(struct ik_findings *f, const struct ik_survey *s,
                        const struct ik_assembly *a);

#endif
