/*
 * The functions behind enum ik_cite; private to the cite*.c files. Each adds frames to out and
 * writes what they show; false where there is nothing to cite.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_CITES_H
#define IK_DIAG_CITES_H

#include "diag/rule.h"

void ik_cited_frame(struct ik_cited *out, uint64_t place);
/* The frames of a step and its copies from a time on. */
void ik_cited_copies(struct ik_cited *out, const struct ik_nego *n, const struct ik_step *s,
                     ikescope_time from);

#define IK_CITE_FUNCTION(name)                                                                     \
	bool ik_cite_##name(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)

IK_CITE_FUNCTION(stall);
IK_CITE_FUNCTION(silence);
IK_CITE_FUNCTION(other);
IK_CITE_FUNCTION(icmp);
IK_CITE_FUNCTION(refusal);
IK_CITE_FUNCTION(reply);
IK_CITE_FUNCTION(repeats);
IK_CITE_FUNCTION(info);
IK_CITE_FUNCTION(crossed);
IK_CITE_FUNCTION(last);
IK_CITE_FUNCTION(float);
IK_CITE_FUNCTION(fragments);
IK_CITE_FUNCTION(skf);
IK_CITE_FUNCTION(offers);
IK_CITE_FUNCTION(size);
IK_CITE_FUNCTION(child);
IK_CITE_FUNCTION(silent);
IK_CITE_FUNCTION(ke);
IK_CITE_FUNCTION(cookie);
IK_CITE_FUNCTION(natt);
IK_CITE_FUNCTION(natd_i);
IK_CITE_FUNCTION(natd_r);
IK_CITE_FUNCTION(liveness);
IK_CITE_FUNCTION(esp);
IK_CITE_FUNCTION(delete);
IK_CITE_FUNCTION(eap);
IK_CITE_FUNCTION(transaction);
IK_CITE_FUNCTION(cert);
IK_CITE_FUNCTION(objection);
IK_CITE_FUNCTION(peer_version);
IK_CITE_FUNCTION(half_open);
IK_CITE_FUNCTION(late);
IK_CITE_FUNCTION(elsewhere);
IK_CITE_FUNCTION(anomaly);
IK_CITE_FUNCTION(collision);
IK_CITE_FUNCTION(crossing);
IK_CITE_FUNCTION(late_check);
IK_CITE_FUNCTION(unknown_sa);
IK_CITE_FUNCTION(began);
IK_CITE_FUNCTION(next);
IK_CITE_FUNCTION(idle);
IK_CITE_FUNCTION(dpd_sides);
IK_CITE_FUNCTION(role);
IK_CITE_FUNCTION(reused);
IK_CITE_FUNCTION(moved);
IK_CITE_FUNCTION(products);

#endif
