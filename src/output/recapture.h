/*
 * The commands to capture again with, once for a whole document: by vendor, with the addresses
 * where all of it is about the same two ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_RECAPTURE_H
#define IK_OUTPUT_RECAPTURE_H

#include "base/buf.h"
#include "ikescope/model.h"

/* What the captures that findings ask for have in common. Zeroed: nothing is asked for. */
struct ik_recapture_sum {
	bool any, placed, keys, v6; /* placed: by one that names an end */
	bool ends_differ, filters_differ;
	struct ikescope_addr one, other; /* in the order of ik_addr_cmp(); family 0: unknown */
	char filter[400];
};

struct ik_recaptures {
	struct ik_recapture_sum of_notes, of_others;
	bool inconclusive; /* a negotiation of which too little was captured */
};

void ik_recaptures_add(struct ik_recaptures *r, const struct ikescope_finding *f, size_t n);
void ik_recaptures_negotiation(struct ik_recaptures *r, const struct ikescope_negotiation *n);

/* What the commands are to serve; NULL: there is no need for any. A healthy tunnel of which only
 * notes are made needs none. */
const struct ik_recapture_sum *ik_recaptures_sum(const struct ik_recaptures *r);

struct ik_recapture_command {
	const char *vendor;  /* "tcpdump", "cisco-ios", "cisco-asa", "fortigate", "strongswan" */
	const char *heading; /* how the page names it */
	bool keys;           /* it is for the keys, else for the packets */
	const char *text;    /* of several lines */
};

/* The commands that serve a sum, from number 0: NULL behind the last. */
const struct ik_recapture_command *ik_recapture_command(const struct ik_recapture_sum *s,
                                                        size_t number);

/* The text of a command with the addresses of a sum; "<peer>" and "<local>" stay where these are
 * not known. */
void ik_recapture_text(struct ik_buf *b, const struct ik_recapture_sum *s,
                       const struct ik_recapture_command *c);

/* Whether the texts have both addresses. */
bool ik_recapture_addressed(const struct ik_recapture_sum *s);

#endif
