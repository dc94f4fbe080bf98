/*
 * What rules ask, in words: facts, clauses, and a row for each function that IK_ALSO() names; what
 * they cite; how sets of remedies are called.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>

#include "diag/tunnel_rule.h"
#include "diag/words.h"
#include "ikescope/names.h"

struct fact_row {
	const char *name, *what;
};

#define FACT_ROW(name, what) {#name, what},
static const struct fact_row facts[] = {IK_FACTS(FACT_ROW)};
#undef FACT_ROW

struct condition_row {
	const char *name;
	const char *says;
};

/* clang-format off */
static const struct condition_row rows[] = {
	{ "answer_lost_in_pieces",    "the answer, or MM6, is large and its fragments do not all arrive" },
	{ "at_authentication",        "the message that stands still is the first behind the key exchange: MM5, AM3 or the IKE_AUTH request" },
	{ "before_identities",         "main mode, and neither identity was sent: it is MM3 or MM4" },
	{ "answered_from_inside",     "the answer comes from a private address and the asked one is public" },
	{ "converged",                "the initiator asked again, and the key exchange came about" },
	{ "eap_ended",                "it ends within EAP: the client sends AUTH only behind EAP-Success (RFC 7296 2.16)" },
	{ "first_message",            "the first message stands still: MM1, AM1 or the IKE_SA_INIT request" },
	{ "first_rekey_refused",      "the child of IKE_AUTH came without a group of its own (RFC 7296 1.2), and its first rekeying, the first time that perfect forward secrecy is negotiated, is refused" },
	{ "garbage_complaint",        "the responder answers message 5 with a complaint about garbage, in clear" },
	{ "initiator_refuses",        "MM6 came, and the initiator ends it there" },
	{ "large_request_lost",       "a large message at authentication does not arrive whole, and the responder does not answer it, be it with an informational that nobody can read" },
	{ "large_first_message_lost",  "a large first message does not arrive whole; there is no fragmentation of IKE's own for it" },
	{ "mode_unwanted",            "the notify is INVALID-EXCHANGE-TYPE, AUTHENTICATION-FAILED or UNSUPPORTED-EXCHANGE-TYPE (RFC 2408 3.14.1)" },
	{ "natt_not_agreed",          "not both sides offer NAT traversal, and nothing moved to UDP 4500" },
	{ "natt_not_agreed_and_dead", "not both sides offer NAT traversal, nothing moved to UDP 4500, and ESP goes one way only" },
	{ "no_config_shape",          "the refusal looks as strongSwan refuses a peer or version that it has no configuration for: IKEv2 with a responder SPI, IKEv1 without the SPI in the notify; libreswan and OpenIKED refuse a proposal of IKEv2 that way, so the shape alone decides nothing" },
	{ "not_accepted",             "the notify is INVALID-ID-INFORMATION, INVALID-HASH-INFORMATION or AUTHENTICATION-FAILED (RFC 2408 3.14.1): said of a message that was understood, or of garbage that looked like one" },
	{ "not_psk_v1",               "IKEv2, or IKEv1 without pre-shared keys" },
	{ "not_outlived",             "the peer did not just let a lifetime end before the sender did" },
	{ "protocol_error",           "the notify is about syntax, flags or payloads (RFC 2408 3.14.1, RFC 7296 3.10.1)" },
	{ "qm2_ignored",              "QM1 came again behind QM2: the initiator does not get QM2" },
	{ "readable_refusal",         "one encrypted informational, and the initiator stops; the stop is proved by a capture that goes on, or the notify names the SA by both cookies: the complaint about garbage carries no SPI and is smaller" },
	{ "refused",                  "the last child was refused" },
	{ "refuses_children_alone",   "the responder is OpenIKED, which names itself in IKE_SA_INIT: by RFC 7296 1.2 the IKE SA would stand without the child" },
	{ "rekey_refused",            "the rekeying of a child is refused" },
	{ "said_no",                  "a peer said no, or a message was refused" },
	{ "silence_v1",               "the first message of IKEv1, and not a word of any kind to it" },
	{ "stays_on_500",             "both sides offer NAT traversal, and the initiator authenticates itself without having left UDP 500" },
	{ "stopped_by_info",          "one encrypted informational, and the initiator stops: it could read it" },
	{ "unanswered_rekey",         "an SA that already carries children asks for another, in IKEv1 when one of them was used or stood for 10 seconds: that is how a rekeying looks" },
};

static const char *const cites[IK_CITES] = {
	[IK_CITE_STALL]        = "the message that stands still, its copies and their times",
	[IK_CITE_SILENCE]      = "nothing from the awaited side, and what that is worth",
	[IK_CITE_OTHER]        = "what else came from the awaited side",
	[IK_CITE_ICMP]         = "the ICMP error",
	[IK_CITE_REFUSAL]      = "the refusal",
	[IK_CITE_REPLY]        = "the answer that was captured",
	[IK_CITE_REPEATS]      = "the request repeated behind it",
	[IK_CITE_INFO]         = "encrypted informationals, and how the other side took them",
	[IK_CITE_CROSSED]      = "copies of the message before, from the other side",
	[IK_CITE_FLOAT]        = "the move to UDP 4500, and what came back from there",
	[IK_CITE_FRAGMENTS]    = "IP fragments of the message, and those lost",
	[IK_CITE_SKF]          = "IKE fragments, and those missing",
	[IK_CITE_OFFERS]       = "what was offered, and what the peer offers itself",
	[IK_CITE_SIZE]         = "the arithmetic on lengths behind a refusal that cannot be read",
	[IK_CITE_CHILD]        = "the exchange of the child that failed",
	[IK_CITE_SILENT]       = "the quick modes without an answer",
	[IK_CITE_KE]           = "the groups offered and asked for",
	[IK_CITE_COOKIE]       = "the cookies asked for",
	[IK_CITE_NATT]         = "who offers NAT traversal, and where the NAT is",
	[IK_CITE_LIVENESS]     = "liveness checks without an answer",
	[IK_CITE_ESP]          = "ESP under the SA",
	[IK_CITE_DELETE]       = "the Delete",
	[IK_CITE_EAP]          = "the EAP rounds",
	[IK_CITE_TRANSACTION]  = "the TRANSACTION exchanges",
	[IK_CITE_CERT]         = "certificates and requests for them, as far as they stand in clear",
	[IK_CITE_OBJECTION]    = "the initiator's notify or Delete behind IKE_AUTH or MM6",
	[IK_CITE_PEER_VERSION] = "the responder's own attempts with the other IKE version",
	[IK_CITE_ANOMALY]      = "what is malformed, with the section that it breaks",
	[IK_CITE_HALF_OPEN]    = "attempts before, which the responder may count as half-open",
	[IK_CITE_LATE]         = "the answer behind the next attempt",
	[IK_CITE_ELSEWHERE]    = "the answer from an address that was not asked",
	[IK_CITE_NATD_I]       = "what the initiator's NAT detection hashes are over",
	[IK_CITE_NATD_R]       = "what the responder's NAT detection hashes are over",
	[IK_CITE_COLLISION]    = "rekeys of both sides under way at once",
	[IK_CITE_CROSSING]     = "the start of the other side",
	[IK_CITE_LATE_CHECK]   = "the liveness check that was answered too late",
	[IK_CITE_UNKNOWN_SA]   = "the notify of a side that does not know the SA",
	[IK_CITE_BEGAN]        = "what the silent side itself began",
	[IK_CITE_NEXT]         = "what was begun behind an SA that was lost, and answered",
	[IK_CITE_IDLE]         = "how long no ESP came before the Delete",
	[IK_CITE_DPD_SIDES]    = "who announces dead peer detection",
	[IK_CITE_ROLE]         = "messages whose Initiator flag is the other side's",
	[IK_CITE_REUSED]       = "the two requests under one message id",
	[IK_CITE_MOVED]        = "where the messages came from before and after",
	[IK_CITE_PRODUCTS]     = "which products answered under this address",
	[IK_CITE_LAST]         = "the last message",
};

static const char *const sets[IK_REMEDY_SETS] = {
	[IK_R_NONE]   = "none",            [IK_R_PATH]    = "path",        [IK_R_DAEMON] = "daemon",
	[IK_R_P1]     = "phase 1",         [IK_R_VERSION] = "IKE version", [IK_R_MODE]   = "phase 1 mode",
	[IK_R_PSK]    = "pre-shared keys", [IK_R_ID]      = "identities",  [IK_R_AUTH2]  = "IKEv2 authentication",
	[IK_R_EAP]    = "EAP",             [IK_R_XAUTH]   = "XAUTH",       [IK_R_NATT]   = "NAT traversal",
	[IK_R_4500]   = "UDP 4500",        [IK_R_MTU]     = "large messages", [IK_R_P2]  = "phase 2",
	[IK_R_DPD]    = "liveness",        [IK_R_COOKIE]  = "cookies",     [IK_R_KE]     = "group",
	[IK_R_REKEY]  = "rekeying",        [IK_R_ESP]     = "ESP",         [IK_R_DELETE] = "deletion",
	[IK_R_MM3]    = "message 3",       [IK_R_DEBUG]   = "debugging",   [IK_R_SOURCE] = "source address",
	[IK_R_SMALLER] = "first message",  [IK_R_LOAD]    = "load",        [IK_R_REAUTH] = "reauthentication",
	[IK_R_SPI]    = "unknown SPIs",    [IK_R_NATT_ESP] = "ESP in UDP", [IK_R_SUITE]  = "ESP suite",
	[IK_R_LOSS]   = "lost ESP",        [IK_R_REPLAY]  = "replay window",
	[IK_R_TUNNEL_MTU] = "MTU of a tunnel", [IK_R_REDIRECT] = "redirection",
};
/* clang-format on */

const char *ik_fact_name(enum ik_fact fact)
{
	return facts[fact].name;
}

const char *ik_fact_what(enum ik_fact fact)
{
	return facts[fact].what;
}

const char *ik_cite_words(enum ik_cite cite)
{
	return cites[cite];
}

const char *ik_remedy_set_name(enum ik_remedy_set set)
{
	return sets[set];
}

const char *ik_group_name(enum ik_group group)
{
	static const char *const names[] = {[IK_GROUP_CAUSE] = "cause",
	                                    [IK_GROUP_END] = "end",
	                                    [IK_GROUP_DATA] = "data",
	                                    [IK_GROUP_NOTE] = "note"};

	return names[group];
}

const char *ik_tunnel_group_name(enum ik_tunnel_group group)
{
	static const char *const names[IK_TUNNEL_GROUPS] = {
	        [IK_TG_FLOWING] = "flowing", [IK_TG_LOSS] = "loss",
	        [IK_TG_ORDER] = "order",     [IK_TG_TWICE] = "twice",
	        [IK_TG_SIZE] = "size",       [IK_TG_FRAGMENTS] = "fragments"};

	return names[group];
}

static void value(struct ik_buf *b, const struct ik_clause *c)
{
	static const char *const stall[] = {"none", "unanswered", "refused", "missing"};

	switch ((int)c->fact) {
	case IK_F_STATE: ik_buf_puts(b, ik_state_name((enum ik_state)c->value)); break;
	case IK_F_OUTCOME:
		ik_buf_puts(b, ikescope_outcome_name((enum ikescope_outcome)c->value));
		break;
	case IK_F_STALL_MESSAGE: ik_buf_puts(b, ik_msg_name((enum ik_msg_name)c->value)); break;
	case IK_F_STALL: ik_buf_puts(b, stall[c->value & 3]); break;
	case IK_F_NOTIFY: ik_words_notify(b, 2, (uint16_t)c->value); break;
	default: ik_buf_printf(b, "%" PRId64, c->value);
	}
}

static const char *const ops[] = {[IK_END] = "",
                                  [IK_EQ] = "is ",
                                  [IK_NE] = "is not ",
                                  [IK_GE] = "at least ",
                                  [IK_LE] = "at most "};

void ik_clause_words(struct ik_buf *b, const struct ik_clause *c)
{
	if (c->fact == IK_F_STALL && c->op == IK_GE) {
		ik_buf_puts(b, "is not none");
		return;
	}
	ik_buf_puts(b, ops[c->op]);
	value(b, c);
}

void ik_tunnel_clause_words(struct ik_buf *b, const struct ik_tunnel_clause *c)
{
	enum ik_unit unit = ik_tunnel_fact_rows[c->fact].unit;

	ik_buf_puts(b, ops[c->op]);
	ik_tunnel_value(b, unit, c->value);
	ik_buf_puts(b, unit == IK_UNIT_SECONDS ? " s" : "");
}

const char *ik_condition(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].says;
	return NULL;
}
