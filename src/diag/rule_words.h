/*
 * A rule in words: rows about negotiations and rows about tunnels, as the printed tables show them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_RULE_WORDS_H
#define IK_DIAG_RULE_WORDS_H

#include "diag/recapture.h"
#include "diag/tunnel_rule.h"

/* One of the two rows is NULL. Everything points into the tables. */
struct ik_rule_words {
	const struct ik_rule *row;
	const struct ik_tunnel_rule *tunnel;
	char number[8];    /* "17"; that of a rule about tunnels "T3" */
	const char *about; /* "negotiation", "tunnel" */
	const char *slug, *group, *summary;
	enum ikescope_severity severity;
	enum ikescope_claim claim;
	bool reverse, together; /* as in struct ik_rule */
	const char *condition;  /* the name of the function that it asks besides, or NULL */
	const char *worst;      /* it speaks of the flow with most of this fact; NULL: of all */
	const struct ikescope_candidate *candidates;
	size_t n_candidates;
	const struct ik_ask_row *ask; /* what to capture anew, or NULL */
	const char *const *raise;     /* ends with NULL */
	enum ik_remedy_set remedies;
	const char *source; /* or NULL */
};

/* The rule of a rank, from 0: first those about negotiations, then those about tunnels, both in the
 * order in which they are asked. False behind the last. */
bool ik_rule_words(struct ik_rule_words *r, size_t rank);

/* Of clause k: the name of its fact, and in b what it says of it, "is not refused". NULL behind the
 * last. */
const char *ik_rule_clause(const struct ik_rule_words *r, size_t k, struct ik_buf *b);

/* Evidence k in words, NULL behind the last. */
const char *ik_rule_evidence(const struct ik_rule_words *r, size_t k);

#endif
