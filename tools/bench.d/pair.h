/*
 * One pair of endpoints and the negotiation it is playing: the messages, and when each is on the
 * wire. A script writes one negotiation as a whole; the engine sends it, interleaved with others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include "message.h"

enum {
	PAIR_ROOM = 32768, /* octets of all distinct messages of one negotiation */
	PAIR_MESSAGES = 96,
	PAIR_SENDS = 192,
	MILLISECOND = 1000,
	SECOND = 1000000,
};

enum message_kind { KIND_IKE, KIND_KEEPALIVE, KIND_UNREACHABLE };

struct stored {
	uint32_t offset;
	uint16_t length;
	uint8_t kind;
	bool from_responder, floated; /* floated: UDP 4500 */
	bool lose_tail;               /* IP fragments after the first never come */
};

/* A run of stored messages that are sent together: one message, or all its fragments. */
struct unit {
	uint16_t first, count;
};

enum send_event { EVENT_NONE, EVENT_CHILD_UP, EVENT_CHILD_DOWN };

struct scheduled {
	uint64_t time; /* microseconds */
	uint16_t message;
	uint8_t event;
};

/* How one implementation repeats what is not answered, and other habits. */
struct habits {
	const char *name;
	const uint32_t *gaps; /* milliseconds, ends with 0 */
	uint32_t patience;    /* milliseconds from the last copy to giving up */
	bool floats_always;   /* moves to 4500 without NAT (MOBIKE) */
	bool pads_always;     /* IKEv1: a whole block of content is padded by another block */
	bool repeats_answers; /* IKEv1 responder repeats message 4 on its own */
};

/* Algorithms of an IKE SA as far as they shape lengths. */
struct suite {
	struct transform chosen[6];
	uint8_t iv, block, icv, prf;
	uint8_t group;
};

struct suite_v1 {
	struct policy chosen[2];
	enum digest digest;
	uint8_t block;
};

struct script;

struct pair {
	struct rng rng;
	const struct digester *digester;
	const struct habits *habits;
	const struct suite *suite;
	const struct suite_v1 *suite_v1;
	const struct script *healthy, *failing;
	uint8_t failing_percent;

	struct host i, r;             /* as the capture point sees them */
	struct host i_inner, r_inner; /* as they see themselves */
	uint16_t i_500, i_4500;       /* ports of the initiator at the capture point */
	bool nat, certificates;
	uint32_t taste; /* which of the suites this pair agrees on */
	uint8_t i_hops, r_hops;
	uint32_t attempts;   /* still to be played */
	uint32_t round_trip; /* microseconds */
	uint16_t last_id;    /* IPv4 identification of the last packet of the initiator */

	/* the negotiation */
	uint8_t spi_i[8], spi_r[8];
	bool floated;
	uint64_t seed; /* of key exchange and nonce, the same in every retry */
	uint64_t now;  /* the script's clock */
	uint16_t stored, sends, next;
	uint32_t used;
	struct stored message[PAIR_MESSAGES];
	struct scheduled send[PAIR_SENDS];
	uint8_t octets[PAIR_ROOM];
};

struct script {
	const char *name;
	uint8_t version; /* 1 or 2 */
	uint8_t weight;  /* among the scripts of its version and outcome */
	bool failing;
	bool only_ip4;
	void (*play)(struct pair *p);
};

extern const struct script scripts[];

/* Takes new SPIs, forgets the last negotiation. */
void pair_reset(struct pair *p, uint64_t now);

/* Starts a message in the room of the pair; pair_store keeps it. */
void pair_message(struct pair *p, struct message *m, const struct ike_header *h);
struct unit pair_store(struct pair *p, struct message *m, bool from_responder);
struct unit pair_keepalive(struct pair *p);
struct unit pair_unreachable(struct pair *p);

void pair_wait(struct pair *p, uint32_t low_ms, uint32_t high_ms);
/* Sends at the script's clock, or the given one. */
void pair_send(struct pair *p, struct unit u);
void pair_send_at(struct pair *p, struct unit u, uint64_t time);
/* Marks the last message sent. */
void pair_event(struct pair *p, enum send_event e);

/* A request, its answer, and now and then a loss that is repaired. */
void pair_exchange(struct pair *p, struct unit request, struct unit response);
/* The whole schedule of a message that is never answered, and the wait until it is given up. */
void pair_unanswered(struct pair *p, struct unit u);
/* The same, each copy answered by the same reply that does not help. */
void pair_in_vain(struct pair *p, struct unit u, struct unit reply);

/* NAT detection digest of one end. */
void pair_nat_digest(const struct pair *p, enum digest which, bool responder_known,
                     const struct host *h, uint16_t port, uint8_t *into);

extern const struct habits habits_table[];
extern const size_t habits_count;

/* The scripts of each version. */
void v2_healthy(struct pair *p);
void v2_cookie(struct pair *p);
void v2_invalid_ke(struct pair *p);
void v2_eap(struct pair *p);
void v2_silent(struct pair *p);
void v2_unreachable(struct pair *p);
void v2_no_proposal(struct pair *p);
void v2_auth_refused(struct pair *p);
void v2_auth_unanswered(struct pair *p);
void v2_auth_tail_lost(struct pair *p);
void v2_fragment_lost(struct pair *p);
void v2_child_refused(struct pair *p);
void v2_eap_refused(struct pair *p);
void v2_dpd_unanswered(struct pair *p);

void v1_healthy(struct pair *p);
void v1_aggressive(struct pair *p);
void v1_xauth(struct pair *p);
void v1_silent(struct pair *p);
void v1_no_proposal(struct pair *p);
void v1_mm3_unanswered(struct pair *p);
void v1_mm5_unanswered(struct pair *p);
void v1_quick_refused(struct pair *p);
void v1_quick_unanswered(struct pair *p);
void v1_aggressive_refused(struct pair *p);

#endif
