/*
 * Rules: rows of clauses over facts, with their explanation.
 *
 * Within a group the first row that holds speaks and the rest are silent: the root cause once.
 * Groups are independent of each other.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_RULE_H
#define IK_DIAG_RULE_H

#include "base/buf.h"
#include "diag/boxes.h"
#include "diag/case.h"
#include "ikescope/analysis.h"

enum ik_op { IK_END, IK_EQ, IK_NE, IK_GE, IK_LE };

/* Whether value op bound. Unknown proves nothing. */
static inline bool ik_op_holds(enum ik_op op, int64_t value, int64_t bound)
{
	if (value == IK_FACT_UNKNOWN)
		return false;
	switch (op) {
	case IK_EQ: return value == bound;
	case IK_NE: return value != bound;
	case IK_GE: return value >= bound;
	case IK_LE: return value <= bound;
	case IK_END: break;
	}
	return true;
}

/* A clause on an unknown fact does not hold. */
struct ik_clause {
	enum ik_fact fact;
	enum ik_op op; /* IK_END, that is 0, ends the list */
	int64_t value;
};

enum ik_group {
	IK_GROUP_CAUSE, /* why it failed or stalled */
	IK_GROUP_END,   /* why an SA that stood was lost */
	IK_GROUP_DATA,  /* what ESP shows */
	IK_GROUP_NOTE,  /* every row speaks for itself */
};

/* What evidence a rule cites: each has a function that finds frames and words. */
enum ik_cite {
	IK_CITE_END,
	IK_CITE_STALL,   /* the message that stands still, its copies and span */
	IK_CITE_SILENCE, /* nothing from the awaited side, and what that is worth */
	IK_CITE_OTHER,   /* what else came from the awaited side */
	IK_CITE_ICMP,
	IK_CITE_REFUSAL,
	IK_CITE_REPLY,   /* the answer that was captured */
	IK_CITE_REPEATS, /* the request repeated behind it */
	IK_CITE_INFO,    /* encrypted informationals and how the other side took them */
	IK_CITE_CROSSED,
	IK_CITE_FLOAT,
	IK_CITE_FRAGMENTS, /* IP fragments of the message, and those lost */
	IK_CITE_SKF,
	IK_CITE_OFFERS, /* what was offered, and what the peer offers itself */
	IK_CITE_SIZE,   /* the arithmetic behind a refusal that cannot be read */
	IK_CITE_CHILD,  /* the exchange of the child that failed */
	IK_CITE_SILENT, /* quick modes without an answer among others */
	IK_CITE_KE,
	IK_CITE_COOKIE,
	IK_CITE_NATT,
	IK_CITE_NATD_I, /* what the NAT detection hashes of a side are over */
	IK_CITE_NATD_R,
	IK_CITE_LIVENESS,
	IK_CITE_ESP,
	IK_CITE_DELETE,
	IK_CITE_EAP,
	IK_CITE_TRANSACTION,
	IK_CITE_CERT,
	IK_CITE_OBJECTION, /* the initiator's notify or Delete behind IKE_AUTH or MM6 */
	IK_CITE_PEER_VERSION,
	IK_CITE_ANOMALY,    /* what is malformed, with the section that it breaks */
	IK_CITE_HALF_OPEN,  /* attempts before, that the responder may count */
	IK_CITE_LATE,       /* the answer behind the next attempt */
	IK_CITE_ELSEWHERE,  /* the answer from an address that was not asked */
	IK_CITE_COLLISION,  /* rekeys of both sides under way at once */
	IK_CITE_CROSSING,   /* the start of the other side */
	IK_CITE_LATE_CHECK, /* the liveness check that was answered too late */
	IK_CITE_UNKNOWN_SA, /* the notify of a side that does not know the SA */
	IK_CITE_BEGAN,      /* what the silent side itself began */
	IK_CITE_NEXT,       /* what was begun behind an SA that was lost, and answered */
	IK_CITE_IDLE,       /* how long no ESP came before the Delete */
	IK_CITE_DPD_SIDES,
	IK_CITE_ROLE,     /* messages with the other side's Initiator flag */
	IK_CITE_REUSED,   /* the two requests under one message id */
	IK_CITE_MOVED,    /* where messages came from before and after */
	IK_CITE_PRODUCTS, /* which products answered */
	IK_CITE_LAST,     /* the last message, where nothing else is known */
	IK_CITES
};

enum ik_remedy_set {
	IK_R_NONE,
	IK_R_PATH,
	IK_R_DAEMON,
	IK_R_P1,
	IK_R_VERSION,
	IK_R_MODE,
	IK_R_PSK,
	IK_R_ID,
	IK_R_AUTH2,
	IK_R_EAP,
	IK_R_XAUTH,
	IK_R_NATT,
	IK_R_4500,
	IK_R_MTU,
	IK_R_P2,
	IK_R_DPD,
	IK_R_COOKIE,
	IK_R_KE,
	IK_R_REKEY,
	IK_R_REAUTH,
	IK_R_ESP,
	IK_R_SPI,
	IK_R_NATT_ESP,
	IK_R_SUITE,
	IK_R_LOSS,
	IK_R_REPLAY,
	IK_R_TUNNEL_MTU,
	IK_R_DELETE,
	IK_R_MM3,
	IK_R_DEBUG,
	IK_R_SOURCE,
	IK_R_SMALLER,
	IK_R_LOAD,
	IK_R_REDIRECT,
	IK_REMEDY_SETS
};

/* What a new capture would be asked: rows of recapture.c. */
enum ik_ask {
	IK_ASK_NONE,
	IK_ASK_ARRIVES,
	IK_ASK_UNALTERED,
	IK_ASK_FRAGMENT_LEAVES,
	IK_ASK_REQUEST_PIECES,
	IK_ASK_ANSWER_PIECES,
	IK_ASK_ALL_FRAGMENTS,
	IK_ASK_4500_ARRIVES,
	IK_ASK_4500_LEAVES,
	IK_ASK_ERROR_FROM,
	IK_ASK_TIME_TO_ANSWER,
	IK_ASK_ANSWER_ARRIVES,
	IK_ASK_ESP_BEYOND_NAT,
	IK_ASK_ESP_ALL_THE_SAME,
	IK_ASK_OTHER_END_STARTS,
	IK_ASK_ONE_PROPOSAL,
	IK_ASK_COOKIE_ARRIVES,
	IK_ASK_NOTIFY_VARIES,
	IK_ASK_REPEATED_LATER,
	IK_ASK_AFTER_REST,
	IK_ASK_ERROR_INSIDE,
	IK_ASK_METHODS_INSIDE,
	IK_ASK_SELECTORS_INSIDE,
	IK_ASK_EAP_INSIDE,
	IK_ASK_XAUTH_INSIDE,
	IK_ASK_QUICK_MODE_INSIDE,
	IK_ASK_REFUSAL_INSIDE,
	IK_ASK_QM2_ARRIVES,
	IK_ASK_QM3_ARRIVES,
	IK_ASK_QM3_LEAVES,
	IK_ASK_QM1_LEAVES,
	IK_ASK_MALFORMED_AT_HOME,
	IK_ASK_BEYOND_NAT,
	IK_ASK_LARGER_BUFFER,
	IK_ASK_NO_MIRROR,
	IK_ASK_LONGER,
	IK_ASK_FROM_THE_START,
	IK_ASK_BOTH_WAYS,
	IK_ASK_ONE_CLOCK,
	IK_ASK_WHOLE_PACKETS,
	IK_ASK_ESP_ARRIVES,
	IK_ASK_NUMBERS_LEAVE,
	IK_ASK_ANY_ESP,
	IK_ASK_ANY_IKE,
	IK_ASKS
};

/* Which lines of boxes go with a rule, besides those that the case rules out. */
enum ik_boxes_say {
	IK_BOXES_SAY_SLUG,    /* those of the slug, as where the responder refuses or is silent */
	IK_BOXES_SAY_SWAPPED, /* those of the slug where the initiator refuses */
	IK_BOXES_SAY_NOTHING, /* none: nothing was sent that a box could complain of */
};

#define IK_CLAUSES    8
#define IK_CANDIDATES 16
#define IK_CITES_MOST 5
#define IK_RAISES     3

struct ik_rule {
	const char *slug;
	enum ikescope_severity severity;
	enum ikescope_claim claim;
	bool reverse; /* "likely" needs the way back proven visible, else "possible" */
	struct ik_clause when[IK_CLAUSES + 1];
	bool (*also)(const struct ik_case *c); /* or NULL: see IK_ALSO() */
	const char *also_name;
	const char *summary; /* with {placeholders} */
	uint8_t cite[IK_CITES_MOST + 1];
	const struct ikescope_candidate *candidates;
	uint8_t n_candidates;
	bool (*which)(const struct ik_case *c,
	              size_t candidate); /* those that count, or NULL: all */
	bool together;   /* candidates are no alternatives: those that count all hold */
	enum ik_ask ask; /* which new capture would make it surer */
	const char *raise[IK_RAISES + 1]; /* what else would */
	enum ik_boxes_say boxes;
	enum ik_remedy_set remedies;
	const char *source; /* where the signature comes from */
};

/* A function of a rule, and its name: ik_condition() has it in words. */
#define IK_ALSO(function) .also = (function), .also_name = #function

/* Rules of one group, in order. */
struct ik_rule_set {
	enum ik_group group;
	const struct ik_rule *rows;
	size_t n;
};
#define IK_RULES(of, table)                                                                        \
	{                                                                                          \
		.group = (of), .rows = (table), .n = sizeof(table) / sizeof((table)[0])            \
	}
extern const struct ik_rule_set ik_rules_transport, ik_rules_natt, ik_rules_phase1,
        ik_rules_retries, ik_rules_auth, ik_rules_silence, ik_rules_phase2, ik_rules_liveness,
        ik_rules_children, ik_rules_deleted, ik_rules_unexplained, ik_rules_noted,
        ik_rules_malformed, ik_rules_nat, ik_rules_disorder, ik_rules_order;

/* Every rule about a negotiation, in order; and those about a tunnel (diag/tunnel_rule.h). */
struct ik_tunnel_rules;
struct ik_rules {
	const struct ik_rule_set *const *sets;
	size_t n;
	const struct ik_tunnel_rules *tunnel;
};
extern const struct ik_rules ik_all_rules;

/* Whether the clauses of a rule hold. */
bool ik_rule_holds(const struct ik_rule *rule, const struct ik_case *c);

/* The rows of a remedy set for an IKE version; 0: for both. */
const struct ikescope_remedy *ik_remedies(enum ik_remedy_set set, unsigned ike_version, size_t *n);

/* Every slug, ascending: those of findings and of candidates. NULL behind the last. */
const char *ik_slug(size_t i);

/* The cause that a slug names in a few words, NULL for an unknown slug. */
const char *ik_title(const char *slug);

/* What else there is to say of a slug, or NULL. */
const char *ik_about(const char *slug);

/* What goes by a slug in the field and has none here: what it is, the slug that says it instead or
 * comes nearest (or NULL), and why. Row i or NULL behind the last. */
struct ik_untold {
	const char *slug, *title, *nearest, *why;
};
const struct ik_untold *ik_untold(size_t i);
const struct ik_untold *ik_untold_find(const char *slug); /* NULL: no such row */

/* What the function of a rule asks, by its name; NULL for an unknown name. */
const char *ik_condition(const char *name);

/* Facts, clauses ("is not refused", behind the name of the fact), evidence, groups and sets of
 * remedies in words. */
const char *ik_fact_name(enum ik_fact fact);
const char *ik_fact_what(enum ik_fact fact);
void ik_clause_words(struct ik_buf *b, const struct ik_clause *c);
const char *ik_cite_words(enum ik_cite cite);
const char *ik_group_name(enum ik_group group);
const char *ik_remedy_set_name(enum ik_remedy_set set);

/* ---- findings, built ------------------------------------------------------------------------ */

#define IK_FINDINGS_MOST 12
#define IK_SCRATCH       32768

/* Space for the findings of one negotiation, tunnel or capture; reused for the next. */
struct ik_findings {
	struct ikescope_finding row[IK_FINDINGS_MOST];
	size_t n;
	struct ikescope_evidence evidence[IK_FINDINGS_MOST * IK_CITES_MOST];
	size_t n_evidence;
	uint64_t frames[1024];
	size_t n_frames;
	struct ikescope_candidate candidate[IK_CANDIDATES]; /* where not all of a rule's count */
	size_t n_candidates;
	struct ikescope_recapture recapture[IK_FINDINGS_MOST];            /* by row */
	struct ikescope_box_line on_box[IK_FINDINGS_MOST * IK_BOX_LINES]; /* by row, too */
	const char *raise[IK_FINDINGS_MOST][1 + IK_RAISES];
	char text[IK_SCRATCH];
	size_t n_text;
	uint64_t evidence_frames; /* limit */
	bool brief;               /* nobody reads words and evidence: leave them out */
};

void ik_findings_reset(struct ik_findings *f);

/* Runs rules over a case. */
void ik_findings_of_case(struct ik_findings *f, const struct ik_case *c,
                         const struct ik_rules *rules);

/* ikescope_walk() with other rules than all: whoever tests them takes one away. */
int ik_walk_rules(struct ikescope *s, const struct ikescope_visitor *visitor, void *user,
                  const struct ik_rules *rules);

/* A finding that is not of a rule row: texts are copied. NULL when full. */
struct ikescope_finding *ik_findings_add(struct ik_findings *f, const char *slug,
                                         enum ikescope_severity severity, enum ikescope_claim claim,
                                         const char *summary);
void ik_findings_cite(struct ik_findings *f, struct ikescope_finding *finding, uint64_t place,
                      const char *text);

/* One piece of evidence as it is built. */
struct ik_cited {
	uint64_t place;      /* 0: none */
	uint64_t frames[16]; /* places */
	size_t n_frames;
	char text[480];
};

/* Adds a piece of evidence: that of one finding before that of the next. */
void ik_findings_evidence(struct ik_findings *f, struct ikescope_finding *finding,
                          const struct ik_cited *cited);

/* A copy of a text that lives as long as f's content. */
const char *ik_findings_keep(struct ik_findings *f, const char *text);

/* Finds the evidence of a kind; false where there is none. */
bool ik_cite(enum ik_cite cite, const struct ik_case *c, struct ik_cited *out);

/* Expands a summary with its {placeholders}. */
void ik_expand(const char *text, const struct ik_case *c, struct ik_buf *out);

#endif
