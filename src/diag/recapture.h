/*
 * What to capture anew, where and with which filter, so that the packets decide what they left
 * open. What is asked is a property of a rule or of a slug: a row. The addresses come from the
 * negotiation, as its packets have them at the place of the new capture: NAT changes them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_RECAPTURE_H
#define IK_DIAG_RECAPTURE_H

#include "diag/rule.h"

/* What is asked, of a rule (rule.h) or of a slug that is none; NULL for IK_ASK_NONE and for a slug
 * of which nothing is asked. */
struct ik_ask_row;
const struct ik_ask_row *ik_ask(enum ik_ask ask);
const struct ik_ask_row *ik_ask_of(const char *slug);

/* The row in words, without addresses: "a capture at the responder: does {message} arrive there?"
 */
void ik_ask_words(struct ik_buf *b, const struct ik_ask_row *row);

/* The two ends of findings that belong to no negotiation, as far as they are known. */
struct ik_ends {
	struct ikescope_addr one, other; /* family 0: unknown */
	const char *domain;              /* as ik_net_domain() has it, or NULL */
	bool nat; /* between them: one is another at the other end than here */
};

/* Puts the answer into a finding that was just added: recapture, and would_raise, which is raise
 * (up to IK_RAISES, NULL behind the last) with the sentence of the recapture before it. Brief
 * findings have no texts. */
void ik_recapture_case(struct ik_findings *f, struct ikescope_finding *finding,
                       const struct ik_rule *rule, const struct ik_case *c);

/* The same for a finding of no rule: by the row of its slug, or by another. ends may be NULL:
 * unknown. */
void ik_recapture_slug(struct ik_findings *f, struct ikescope_finding *finding,
                       const char *const *raise, const struct ik_ends *ends);
void ik_recapture_row(struct ik_findings *f, struct ikescope_finding *finding,
                      const struct ik_ask_row *row, const char *const *raise,
                      const struct ik_ends *ends);

#endif
