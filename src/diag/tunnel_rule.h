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
	X(UP,             NUMBER,  "an IKE SA stood, seen from both sides") \
	X(IDLE,           SECONDS, "no ESP at all: how long the SA stood, up to its Delete or the end of the captures") \
	X(ONE_WAY,        NUMBER,  "ESP packets of one side, where the other sent none; 0 where both did") \
	X(ONE_WAY_SPAN,   SECONDS, "from the first of them to the last") \
	X(ONE_WAY_LASTS,  NUMBER,  "they came over two seconds or more, or are ten or more") \
	X(OWNED,          NUMBER,  "the ESP belongs to a negotiation that was seen") \
	X(SAID,           NUMBER,  "a finding of a negotiation explains already why ESP goes one way")
/* clang-format on */

/* Where evidence stands. */
enum ik_tunnel_place {
	IK_TP_END,
	IK_TP_UP,      /* the last message of the negotiation that stood first */
	IK_TP_ONE_WAY, /* the first packet of the side that sends */
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

/* A tunnel as rows see it, with the flow that they ask about. */
struct ik_tunnel_case {
	int64_t fact[IK_TUNNEL_FACT_COUNT];
	uint64_t place[IK_TUNNEL_PLACES];
	const struct ikescope_addr *from, *to; /* of the packets in question */
};

/* A clause on an unknown fact does not hold. */
struct ik_tunnel_clause {
	enum ik_tunnel_fact fact;
	enum ik_op op; /* IK_END ends the list */
	int64_t value;
};

enum ik_tunnel_group { IK_TG_FLOWING, IK_TUNNEL_GROUPS };

/* As ik_clause_words() and ik_group_name(). */
void ik_tunnel_clause_words(struct ik_buf *b, const struct ik_tunnel_clause *c);
const char *ik_tunnel_group_name(enum ik_tunnel_group group);

#define IK_TUNNEL_EVIDENCE 3

/* Texts have placeholders: {from} and {to} are addresses, {NAME} is a fact. */
struct ik_tunnel_rule {
	const char *slug;
	enum ik_tunnel_group group;
	enum ikescope_severity severity;
	enum ikescope_claim claim;
	struct ik_tunnel_clause when[IK_CLAUSES + 1];
	const char *summary;
	struct {
		enum ik_tunnel_place place;
		const char *text;
	} evidence[IK_TUNNEL_EVIDENCE + 1];
	const char *raise[IK_RAISES + 1];
	enum ik_remedy_set remedies;
	const char *source;
};

struct ik_tunnel_rules {
	const struct ik_tunnel_rule *rows;
	size_t n;
};
extern const struct ik_tunnel_rules ik_all_tunnel_rules;

/* Runs rules over a case. */
void ik_findings_of_tunnel(struct ik_findings *f, const struct ik_tunnel_case *c,
                           const struct ik_tunnel_rules *rules);

#endif
