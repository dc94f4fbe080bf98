/*
 * What is said of a tunnel: facts of it and of its ESP flows, and rows of clauses over them. Of the
 * rows of a group the first that holds speaks, so that the root cause is said once. A row about
 * flows speaks of one, the worst, and says how many others are like it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_TUNNEL_RULE_H
#define IK_DIAG_TUNNEL_RULE_H

#include "diag/rule.h"

/* X(name, unit, what it is). The unit says how a text shows it: a number, nanoseconds as seconds,
 * parts in a thousand as per cent. Facts from PACKETS on are about one flow, and unknown in a row
 * about the tunnel. */
/* clang-format off */
#define IK_TUNNEL_FACTS(X) \
	X(UP,              NUMBER,    "an IKE SA stood, seen from both sides") \
	X(IDLE,            SECONDS,   "no ESP at all: how long the SA stood, up to its Delete or the end of the captures") \
	X(ONE_WAY,         NUMBER,    "ESP packets of one side, where the other sent none; 0 where both did") \
	X(ONE_WAY_SPAN,    SECONDS,   "from the first of them to the last") \
	X(ONE_WAY_LASTS,   NUMBER,    "they came over two seconds or more, or are ten or more") \
	X(OWNED,           NUMBER,    "the ESP belongs to a negotiation that was seen") \
	X(SAID,            NUMBER,    "a finding of a negotiation explains already why ESP goes one way") \
	X(SPLIT_UDP,       NUMBER,    "one side sends ESP in UDP only, the other bare only, under one SA and at one time: packets of the side that sent fewer") \
	X(SPLIT_ICV,       NUMBER,    "one side sends lengths of AES-CBC with an ICV of 96 bits only, the other with one of 128 or 256 bits only: packets of the side that sent fewer") \
	X(ICV_LOW,         NUMBER,    "bits of the ICV that the lengths of the lower address fit, with AES-CBC; 128 stands for 256 too") \
	X(ICV_HIGH,        NUMBER,    "and those of the higher address") \
	X(ALIKE,           NUMBER,    "other flows for which the same row holds") \
	X(PACKETS,         NUMBER,    "packets of the flow, mirror copies left out") \
	X(MISSING,         NUMBER,    "sequence numbers between the first and the highest that never came") \
	X(LOSS,            PER_MILLE, "their part of all numbers there") \
	X(LARGEST_HOLE,    NUMBER,    "the most numbers that were left out at once") \
	X(WITNESSED,       NUMBER,    "at the same time another flow between the two lost so much less that the capture is not to blame, which counts no drops either") \
	X(OUT_OF_ORDER,    NUMBER,    "packets behind the highest number that had not come before") \
	X(DISORDER,        PER_MILLE, "their part of the packets") \
	X(DEEPEST,         NUMBER,    "how far the latest of them was behind the highest number") \
	X(LATE_32,         NUMBER,    "of these, what a receiver with a replay window of 32 packets drops") \
	X(LATE_64,         NUMBER,    "with one of 64") \
	X(LATE_128,        NUMBER,    "with one of 128") \
	X(LATE_256,        NUMBER,    "with one of 256") \
	X(LATE_512,        NUMBER,    "with one of 512") \
	X(LATE_1024,       NUMBER,    "with one of 1024") \
	X(DUPLICATES,      NUMBER,    "packets whose number came before") \
	X(DOUBLED,         PER_MILLE, "their part of the packets") \
	X(BACK,            NUMBER,    "packets in a row that carry on behind the highest number, and are more than the numbers that are missing") \
	X(BACK_FROM,       NUMBER,    "the highest number before them") \
	X(BACK_TO,         NUMBER,    "the first of them") \
	X(FIRST_NUMBER,    NUMBER,    "the first sequence number") \
	X(LAST_NUMBER,     NUMBER,    "the highest, which is lower than the first where the numbers passed 2^32") \
	X(WRAPPED,         NUMBER,    "the numbers passed 2^32") \
	X(TOLD,            NUMBER,    "ICMP errors that quote the flow and say that it is too large") \
	X(MTU,             NUMBER,    "the least MTU that they tell") \
	X(OUTER,           NUMBER,    "octets of IP and UDP in front of ESP") \
	X(FITS,            NUMBER,    "what the MTU leaves for ESP") \
	X(LARGEST,         NUMBER,    "octets of the largest packet, from the ESP header on") \
	X(MTU_GCM,         NUMBER,    "the largest inner packet that fits with AES-GCM or ChaCha20-Poly1305") \
	X(MTU_SHA1,        NUMBER,    "with AES-CBC and HMAC-SHA1-96") \
	X(MTU_SHA256,      NUMBER,    "with AES-CBC and HMAC-SHA2-256-128") \
	X(MTU_SHA512,      NUMBER,    "with AES-CBC and HMAC-SHA2-512-256, the least of them") \
	X(MSS,             NUMBER,    "the TCP MSS that fits with all of them, IPv4 inside") \
	X(OVERSIZED,       NUMBER,    "whole packets that are too large all the same, a second and more after it was told") \
	X(FRAGMENTED,      NUMBER,    "packets that came in IP fragments") \
	X(INCOMPLETE,      NUMBER,    "packets of which IP fragments are missing") \
	X(REFUSED,         NUMBER,    "ICMP errors that quote the flow and refuse it: protocol unreachable or administratively prohibited") \
	X(UNREACHABLE,     NUMBER,    "other ICMP errors of the kind destination unreachable that quote the flow, where the other side sent no ESP after the first") \
	X(UNKNOWN_SPI,     NUMBER,    "INVALID_SPI notifies in clear that name its SPI, from its receiver") \
	X(GOES_ON,         SECONDS,   "how long it goes on after the first of them") \
	X(OLD_SPI,         SECONDS,   "how long it goes on after the other side left its only SPI for a new one") \
	X(OLD_SA,          SECONDS,   "how long it goes on after the other side established a new SA and left the old one")
/* clang-format on */

/* Where evidence stands. */
enum ik_tunnel_place {
	IK_TP_END,
	IK_TP_NONE,    /* of no frame */
	IK_TP_UP,      /* the last message of the negotiation that stood first */
	IK_TP_ONE_WAY, /* the first packet of the side that sends */
	IK_TP_LOW,     /* the first packet of each side */
	IK_TP_HIGH,
	IK_TP_FIRST, /* of the flow: its first and last packet */
	IK_TP_LAST,
	IK_TP_HOLE,
	IK_TP_DEEPEST,
	IK_TP_BACK,
	IK_TP_TOLD, /* the first ICMP error about its size */
	IK_TP_OVERSIZED,
	IK_TP_FRAGMENTED,
	IK_TP_INCOMPLETE,
	IK_TP_REFUSED,
	IK_TP_UNKNOWN_SPI,
	IK_TP_NEW, /* the other side's new SPI or SA */
	IK_TUNNEL_PLACES
};

#define IK_TUNNEL_FACT_ENUM(name, unit, what) IK_T_##name,
enum ik_tunnel_fact { IK_TUNNEL_FACTS(IK_TUNNEL_FACT_ENUM) IK_TUNNEL_FACT_COUNT };
#undef IK_TUNNEL_FACT_ENUM

enum ik_unit { IK_UNIT_NUMBER, IK_UNIT_SECONDS, IK_UNIT_PER_MILLE };

struct ik_tunnel_fact_row {
	const char *name, *what;
	enum ik_unit unit;
};
extern const struct ik_tunnel_fact_row ik_tunnel_fact_rows[IK_TUNNEL_FACT_COUNT];

/* A fact as texts show it. */
void ik_tunnel_value(struct ik_buf *b, enum ik_unit unit, int64_t value);

struct ik_tunnel_scene;

/* A tunnel as rows see it, with the flow that they ask about, if they do. */
struct ik_tunnel_case {
	int64_t fact[IK_TUNNEL_FACT_COUNT];
	uint64_t place[IK_TUNNEL_PLACES];
	const struct ik_tunnel_scene *scene;
	const struct ikescope_addr *from, *to; /* of the packets in question */
	struct ikescope_addr router, refuser;  /* who says that it is too large, refused */
	const struct ik_esp_flow *flow;        /* NULL: the tunnel as a whole */
	ikescope_time unreachable;             /* the last error that says so */
	uint8_t icmp_type, icmp_code;          /* of the refusal */
};

/* A clause on an unknown fact does not hold. */
struct ik_tunnel_clause {
	enum ik_tunnel_fact fact;
	enum ik_op op; /* IK_END ends the list */
	int64_t value;
};

enum ik_tunnel_group {
	IK_TG_FLOWING, /* does ESP get through at all */
	IK_TG_LOSS,
	IK_TG_ORDER,
	IK_TG_TWICE,
	IK_TG_SIZE,
	IK_TG_FRAGMENTS,
	IK_TUNNEL_GROUPS
};

/* As ik_clause_words() and ik_group_name(). */
void ik_tunnel_clause_words(struct ik_buf *b, const struct ik_tunnel_clause *c);
const char *ik_tunnel_group_name(enum ik_tunnel_group group);

#define IK_TUNNEL_EVIDENCE 3
#define IK_TUNNEL_RULES    32

/* Evidence with an unknown fact in it is left out. Texts have placeholders: {NAME} is a fact;
 * {from} and {to} are addresses, {low} and {high} those of the peers, who send {low ESP} and {high
 * ESP}; {ESP} and {spi} are of the flow, {router} says that it is too large, {refuser} refuses it
 * with {icmp}. */
struct ik_tunnel_rule {
	const char *slug;
	enum ik_tunnel_group group;
	enum ikescope_severity severity;
	enum ikescope_claim claim;
	enum ik_tunnel_fact
	        worst; /* the row is about flows: that with most of this; 0 about the tunnel */
	struct ik_tunnel_clause when[IK_CLAUSES + 1];
	const char *summary;
	struct {
		enum ik_tunnel_place place;
		const char *text;
	} evidence[IK_TUNNEL_EVIDENCE + 1];
	const struct ikescope_candidate *candidates;
	uint8_t n_candidates;
	const char *raise[IK_RAISES + 1];
	enum ik_remedy_set remedies;
	const char *source;
};

struct ik_tunnel_rules {
	const struct ik_tunnel_rule *rows;
	size_t n;
};
extern const struct ik_tunnel_rules ik_all_tunnel_rules;

/* What the findings of captures and negotiations said already. */
struct ik_pair_said {
	bool natt, esp_blackhole;
	bool dropped; /* packets were dropped while capturing */
};

/* What one side of a tunnel sends. Flows are compared by when they began. */
struct ik_tunnel_side {
	const struct ik_pair_flow *newest, *before; /* it; the one that began before it; or NULL */
	ikescope_time others_last;                  /* the last packet of all but the newest */
	uint64_t packets;
	uint64_t first; /* place */
	ikescope_time first_time, last_time;
	uint8_t encapsulations; /* bit: enum ikescope_encapsulation */
	uint16_t lengths;       /* as those of a flow */
	uint32_t sizes;
};

/* A tunnel as findings see it: ik_tunnel_scene_make() fills what is behind capture_end. */
struct ik_tunnel_scene {
	const struct ik_pair *pair;
	const struct ik_pair_flow *const *flows;
	size_t n_flows;
	const uint32_t *briefs; /* its negotiations, in pair->briefs */
	size_t n_briefs;
	const struct ik_pair_said *said;
	ikescope_time capture_end;
	struct ik_tunnel_side side[2];
	const struct ik_brief *up;   /* the first negotiation that stood */
	const struct ik_brief *anew; /* the last that stood and replaced no other, but the first */
	bool owned;                  /* some flow is of a negotiation */
	bool one_sa;                 /* all flows are of one SA or of none, and no other stood */
	bool one_child;              /* and no two Child SAs stood beside each other */
	bool ah;
};
void ik_tunnel_scene_make(struct ik_tunnel_scene *s);

/* Nothing is unusual about a flow and nobody says anything of it: no row about flows can hold. */
bool ik_tunnel_plain(const struct ik_tunnel_scene *s, const struct ik_pair_flow *flow);

/* Facts of a tunnel; then those of one of its flows in addition. */
void ik_tunnel_facts(const struct ik_tunnel_scene *s, struct ik_tunnel_case *c);
void ik_tunnel_flow_facts(const struct ik_tunnel_scene *s, const struct ik_pair_flow *flow,
                          struct ik_tunnel_case *c);

/* Runs rules over a tunnel. */
void ik_findings_of_tunnel(struct ik_findings *f, const struct ik_tunnel_scene *s,
                           const struct ik_tunnel_rules *rules);

#endif
