/*
 * What the text writer remembers across negotiations, bounded: causes by slug, and equal failures
 * of one pair of peers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_TEXT_TALLY_H
#define IK_OUTPUT_TEXT_TALLY_H

#include "ikescope/model.h"

#define IK_TALLY_CAUSES 96
#define IK_FOLD_ROWS    16
#define IK_FOLD_NAMED   3 /* initiators that a row of several names */

/* One cause: how often it was found, and a copy of the finding that was met first. */
struct ik_cause {
	char slug[48];
	enum ikescope_severity severity;
	enum ikescope_claim weakest, strongest;
	uint64_t count;
	uint64_t shown; /* of them, in full before */
	uint64_t first; /* id of the negotiation it was met in first, 0: a tunnel or a capture */
	char *copy;     /* owned: the strings below */
	const char *title, *summary;
	struct ikescope_remedy *remedies; /* owned, with their strings; of all that was met */
	size_t n_remedies;
	const struct ikescope_remedy *met; /* the rows that were met last */
	struct ikescope_box_line *on_box;  /* owned, with their strings; of what was met first */
	size_t n_on_box;
};

struct ik_tally {
	struct ik_cause cause[IK_TALLY_CAUSES];
	size_t n_causes;
	uint64_t other_causes; /* findings whose slug found no room */
	uint64_t outcome[5];
	char stop[64]; /* where the first negotiation that did not come up stands, "MM5 unanswered"
	                */
};

/* Equal failures of one pair of peers; in a flood, of all initiators that never went on with one
 * responder. */
struct ik_fold {
	struct ikescope_addr initiator, responder;
	enum ikescope_mode mode;
	unsigned ike_version;
	enum ikescope_outcome outcome;
	enum ikescope_at_end at_end;
	char stop[48], cause[64];
	uint64_t count, first_id, last_id;
	struct ikescope_at first, last;
	ikescope_time first_time, last_time;
	bool fleeting; /* in a flood: an initiator that never went on */
	uint64_t initiators;
	struct ikescope_addr more[IK_FOLD_NAMED - 1]; /* the next of them */
};

struct ik_folds {
	struct ik_fold row[IK_FOLD_ROWS];
	size_t n;
};

/* Counts a finding, of n or, where that is NULL, of no negotiation. False without memory. */
bool ik_tally_finding(struct ik_tally *t, const struct ikescope_finding *f,
                      const struct ikescope_negotiation *n);
/* Counts a negotiation and its findings. */
bool ik_tally_negotiation(struct ik_tally *t, const struct ikescope_negotiation *n);
/* Notes that a finding that was counted has been printed in full. */
void ik_tally_shown(struct ik_tally *t, const struct ikescope_finding *f);
void ik_tally_clear(struct ik_tally *t);

/* "MM5 unanswered", "IKE_AUTH request refused", "QM3 missing", or "" */
void ik_stop_text(char *out, size_t cap, const struct ikescope_negotiation *n);

/* The first finding of severity failure, or NULL. */
const struct ikescope_finding *ik_first_failure(const struct ikescope_finding *f, size_t n);

#endif
