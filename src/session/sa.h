/*
 * One IKE SA put together from its events in order: mirror duplicates and retransmissions told
 * apart, fragments joined, requests matched with responses, transitions made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_SA_H
#define IK_SESSION_SA_H

#include "ikescope/limits.h"
#include "session/event.h"
#include "session/nego.h"
#include "session/offers.h"

struct ik_sa;

/* Working space for one SA at a time; offers and limits outlive it. */
struct ik_sa *ik_sa_new(const struct ikescope_limits *limits, const struct ik_offers *offers);
void ik_sa_free(struct ik_sa *sa);

/* Begins anew with the first event of an SA. */
void ik_sa_begin(struct ik_sa *sa, const struct ik_event_full *first);

/* Whether an event of the same initiator SPI belongs to this SA, and not to another responder's. */
bool ik_sa_owns(const struct ik_sa *sa, const struct ik_event_full *ev);

/* Whether an event that no SA owns is the first answer to this one's first message, from an address
 * that was not asked. */
bool ik_sa_adopts(const struct ik_sa *sa, const struct ik_event_full *ev);

/* Takes the next event, the first one too. True where it was a mirror duplicate. */
bool ik_sa_event(struct ik_sa *sa, const struct ik_event_full *ev);

/* Concludes: the negotiation belongs to sa until the next ik_sa_begin(). end is that of the
 * timeline: what stayed away until then is not on its way. */
const struct ik_nego *ik_sa_finish(struct ik_sa *sa, ikescope_time end);

#endif
