/*
 * What a message is to those before it, as they pass: a retransmission, a mirror duplicate, a
 * fragment of a set. Memory does not grow: of copies about the latest 57000 distinct messages are
 * remembered, of fragments the latest 64 sets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_MARKS_H
#define IK_SESSION_MARKS_H

#include "net/net.h"
#include "session/guess.h"
#include "session/tracker.h"

/* Fragments of one set; RFC 7383 2.5 would allow more than any message needs. */
#define IK_MARK_FRAGMENTS 256

/* A set of IKE fragments. It is whole when each number from 1 to total came. */
struct ik_mark_set {
	uint64_t serial; /* from 1 */
	uint64_t spi_i, spi_r;
	uint32_t id; /* message id; of IKEv1 the fragment id */
	uint16_t total, have;
	uint8_t major, exchange, inner; /* inner: the first payload inside, told by number 1 */
	bool from_low, whole;
	uint32_t octets;                   /* of the bodies that came */
	struct ikescope_at whole_at;       /* where it became whole */
	uint32_t capture;                  /* of frame[0] */
	uint64_t frame[IK_MARK_FRAGMENTS]; /* by number - 1, 0: not seen */
};

struct ik_mark {
	struct ikescope_at same; /* the message that it repeats; frame 0: none */
	bool mirror;             /* the packet itself was captured twice, else it was sent again */
	uint64_t set;            /* serial of the set that it is a fragment of, 0: none */
	struct ik_guess repeats; /* who repeats itself at such gaps */
};

struct ik_marks;

/* Remembers so many messages, or somewhat fewer. NULL without memory. */
struct ik_marks *ik_marks_new(size_t messages);
void ik_marks_free(struct ik_marks *m);

/* The digest of a message, from the ISAKMP header on. What is known of it is fetched meanwhile. */
uint64_t ik_marks_digest(const struct ik_marks *m, const uint8_t *octets, size_t len);

/* Some time later: fetches where a message with that digest would be remembered. */
void ik_marks_expect(const struct ik_marks *m, uint64_t digest);

/* Marks one message. Returns the message inside a set of IKEv1 fragments that this one completes,
 * of *len octets, valid until the next call; else NULL. */
const uint8_t *ik_marks_take(struct ik_marks *m, const struct ik_datagram *dg,
                             const struct ik_msg *msg, const uint8_t *octets, uint64_t digest,
                             struct ik_mark *mark, size_t *len);

/* Whether a fragment was lost for lack of memory. */
bool ik_marks_failed(const struct ik_marks *m);

/* The set of a serial, or NULL where it is no longer remembered. */
const struct ik_mark_set *ik_marks_set(const struct ik_marks *m, uint64_t serial);

#endif
