/*
 * Where there are too many negotiations to show each: the first of each kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_KINDS_H
#define IK_OUTPUT_KINDS_H

#include "ikescope/model.h"

#define IK_KINDS 6

/* What makes negotiations alike: version, mode, outcome, where it stops, cause. */
struct ik_kind {
	unsigned ike_version;
	enum ikescope_mode mode;
	enum ikescope_outcome outcome;
	char stop[48], cause[64];
	uint64_t id; /* of its first negotiation */
};

struct ik_kinds {
	struct ik_kind kind[IK_KINDS];
	size_t n;
	uint64_t others; /* negotiations of kinds that found no room */
};

void ik_kinds_add(struct ik_kinds *kinds, const struct ikescope_negotiation *n);

/* Whether a negotiation is the first of a kind. */
bool ik_kinds_has(const struct ik_kinds *kinds, uint64_t id);

#endif
