/*
 * Pairs: loading what the sorter brings together, and linking negotiations: retries, rekeys,
 * ESP flows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_PAIR_H
#define IK_DIAG_PAIR_H

#include "diag/case.h"

/* Room for negotiations read back, aligned. */
struct ik_nego_space {
	uint64_t *words;
	size_t cap;
};
void ik_nego_space_free(struct ik_nego_space *space);

struct ik_pair_reader {
	struct ik_cursor *cursor;
	struct ik_nego_space space; /* of one, until the next is read */
	struct ik_nego_space kept;  /* the negotiations of the pair, unless they are too many */
	size_t kept_used, kept_at;  /* in words */
	bool kept_all;
	ikescope_time capture_end;
	const uint16_t *ike_ports;
	size_t n_ike_ports;
	bool failed;
};

/* Passes over the pairs that come next and of which nothing but settled negotiations is known, as
 * long as all records are in memory; returns how many negotiations those are. */
uint64_t ik_pair_pass(struct ik_pair_reader *r);

/* Reads the next pair; the cursor remembers where it began. False at the end or without memory
 * (failed). */
bool ik_pair_next(struct ik_pair_reader *r, struct ik_pair *p);
void ik_pair_free(struct ik_pair *p);

/* Links the negotiations of a pair. */
void ik_pair_link(struct ik_pair *p);

/* The negotiations of the pair that was read last, one by one, once more. */
bool ik_pair_again(struct ik_pair_reader *r);
bool ik_pair_negotiation(struct ik_pair_reader *r, struct ik_nego *n);

/* Which flows of the pair belong to which child of a negotiation. */
void ik_pair_children(struct ik_pair *p, const struct ik_nego *n, const struct ik_brief *b);

#endif
