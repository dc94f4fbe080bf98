/*
 * The parts of SA assembly; private to the sa*.c files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_SA_PARTS_H
#define IK_SESSION_SA_PARTS_H

#include "session/fsm.h"
#include "session/sa.h"

#define RING       16
#define SETS       8
#define SET_COUNTS 64

/* Exchange types of RFC 2408 3.1 and RFC 7296 3.1. */
enum { X_MAIN = 2, X_AGGRESSIVE = 4, X_V1_INFO = 5, X_TRANSACTION = 6, X_QUICK = 32 };
enum { X_INIT = 34, X_AUTH = 35, X_CHILD = 36, X_INFO = 37, X_INTERMEDIATE = 43 };
/* First encrypted payloads of RFC 7296 3.2. */
enum { NP_SA = 33, NP_AUTH = 39, NP_NOTIFY = 41, NP_DELETE = 42, NP_EAP = 48 };

/* A packet that passed lately: what a mirror duplicate is recognised by. */
struct ik_sa_seen {
	ikescope_time time;
	uint32_t domain;
	uint16_t ip_id, capture;
	uint8_t ttl, interface;
	bool has_id;
};

/* The same packet seen twice: by a mirror port before and after a router or in two VLANs, or at
 * another capture point. A retransmission has a new IP identification. */
bool ik_mirrored(const struct ik_sa_seen *a, const struct ik_sa_seen *b);

/* IKE fragments on their way to a message. */
struct ik_sa_set {
	uint64_t mask[4]; /* fragment numbers 1..256 */
	uint32_t mid;     /* IKEv1: fragment id */
	uint32_t serial;  /* of its step */
	uint16_t total, seen;
	uint8_t version, exchange, dir;
	bool open, done;
	uint8_t count[SET_COUNTS];
};

struct ik_sa {
	struct ik_nego n;
	const struct ikescope_limits *limits;
	const struct ik_offers *offers;
	uint64_t *digests;    /* of each step */
	uint32_t next_mid[2]; /* IKEv2: behind the message ids of each side's requests */
	uint64_t step_bits; /* ik_digest_bit() of all of them, and of all that were in the ring: */
	uint64_t ring_bits; /* most messages are new, which is known without a search */
	uint64_t ring_digest[RING];
	struct ik_sa_seen ring[RING];
	unsigned ring_n;
	struct ik_sa_set set[SETS];
	unsigned set_next;
	uint32_t next_serial;
	uint32_t delete_answer; /* serial of the answer that the Delete of the IKE SA got */
	size_t cap_steps, cap_children;
	uint8_t path; /* of the message at hand */
};

static inline uint64_t ik_digest_bit(uint64_t digest)
{
	return UINT64_C(1) << (digest & 63);
}

/* ---- sa_step.c */
struct ik_step *ik_sa_step_of(struct ik_sa *sa, uint32_t serial);
struct ik_step *ik_sa_new_step(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir);
void ik_sa_copy(struct ik_sa *sa, struct ik_step *step, const struct ik_event_full *ev);
/* A distinct message is whole (or is a request whose first part is there): the rows see it. */
void ik_sa_transition(struct ik_sa *sa, struct ik_step *step, const struct ik_event_full *ev);

/* ---- sa_facts.c: what a message adds besides its place in the order */
void ik_sa_path(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir);
void ik_sa_clear(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir);
void ik_sa_icmp(struct ik_sa *sa, const struct ik_event_full *ev);
void ik_sa_lost(struct ik_sa *sa, const struct ik_event_full *ev);
void ik_sa_anomaly(struct ik_sa *sa, const struct ik_event_full *ev);

/* ---- sa_fragments.c */
void ik_sa_fragment(struct ik_sa *sa, const struct ik_event_full *ev, enum ik_dir dir);
void ik_sa_fragments_assembled(struct ik_sa *sa, enum ik_dir dir);
void ik_sa_fragments_finish(struct ik_sa *sa);

/* ---- sa_exchange.c */
void ik_sa_exchange(struct ik_sa *sa, struct ik_step *step, bool response);
void ik_sa_children(struct ik_sa *sa, ikescope_time end);

#endif
