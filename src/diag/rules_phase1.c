/*
 * Rules about the agreement on phase 1 or the IKE SA: version, mode, proposal, group, cookie.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/difference.h"
#include "diag/rule.h"

#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CANDIDATES(array) .candidates = (array), .n_candidates = sizeof(array) / sizeof((array)[0])

#define REDIRECT 16407 /* RFC 5685 10 */

/* ---- predicates ----------------------------------------------------------------------------- */

/* "No configuration for this peer or version" as strongSwan says it: IKEv2 with a responder SPI,
 * IKEv1 without the SPI in the notify; libreswan and OpenIKED answer a proposal they do not take
 * that way in IKEv2. So the shape alone decides nothing; that the initiator has the habits of one
 * implementation only orders the candidates. */
static bool no_config_shape(const struct ik_case *c)
{
	return c->n->version == 2 || c->fact[IK_F_REFUSAL_LENGTH] == 40;
}

/* INVALID-EXCHANGE-TYPE, AUTHENTICATION-FAILED, UNSUPPORTED-EXCHANGE-TYPE: RFC 2408 3.14.1. */
static bool mode_unwanted(const struct ik_case *c)
{
	int64_t type = c->fact[IK_F_NOTIFY];

	return type == 7 || type == 24 || type == 29;
}

static bool first_message(const struct ik_case *c)
{
	return c->pos.message == IK_MM1 || c->pos.message == IK_AM1 ||
	       c->pos.message == IK_INIT_REQ;
}

/* Main mode, and neither identity was sent. */
static bool before_identities(const struct ik_case *c)
{
	return c->pos.message == IK_MM3 || c->pos.message == IK_MM4;
}

/* Beyond this many proposals some responders do not look. */
#define LOOKED_AT 8

/* The candidates of a refused proposal are in the order of enum ik_attribute. */
static bool differs(const struct ik_case *c, size_t attribute)
{
	return (c->fact[IK_F_P1_DISJOINT] >> attribute & 1) != 0;
}

/* The first candidate is about lifetimes, the last about what IOS does with IKEv1; the others
 * always count. */
static bool lifetime_or_key(const struct ik_case *c, size_t candidate)
{
	if (candidate == 0)
		return c->fact[IK_F_P1_LIFETIME] == 1;
	return candidate != 3 || c->n->version == 1;
}

/* RFC 8784 3: a responder that insists on a post-quantum key takes nobody who announces none. */
static bool announces_no_ppk(const struct ik_nego *n)
{
	return n->version == 2 && (n->peer[IK_I2R].caps & IK_CAP_PPK) == 0;
}

/* Syntax, flags, payloads: RFC 2408 3.14.1 and RFC 7296 3.10.1. */
static bool protocol_error(const struct ik_case *c)
{
	switch (c->fact[IK_F_NOTIFY]) {
	case 1:
	case 2:
	case 3:
	case 6:
	case 7:
	case 8:
	case 16: return true;
	default: return false;
	}
}

/* Behind the first come the octets of a refused proposal, in IKEv2 and in IKEv1, and of a refusal
 * for want of a post-quantum key. */
static bool in_this_version(const struct ik_case *c, size_t candidate)
{
	if (candidate == 3)
		return announces_no_ppk(c->n);
	return candidate == 0 || candidate == (c->n->version == 2 ? 1 : 2);
}

/* Behind the first two come a key that IOS misses in IKEv1, and a post-quantum one. */
static bool key_is_missing(const struct ik_case *c, size_t candidate)
{
	if (candidate == 3)
		return announces_no_ppk(c->n);
	return candidate != 2 || c->n->version == 1;
}

/* The initiator did as it was told, and came through. */
static bool converged(const struct ik_case *c)
{
	return c->n->best >= IK_S_INIT_DONE && c->n->init_requests >= 2;
}

/* ---- candidates ----------------------------------------------------------------------------- */

/* clang-format off */
static const struct ikescope_candidate no_config[] = {
	{ "ike-version-mismatch", "strongSwan answers a version or peer it has no configuration for exactly like this", NULL },
	{ "p1-no-proposal",       "libreswan and OpenIKED answer an unacceptable IKEv2 proposal exactly like this", NULL },
	{ "p1-no-proposal",       "a refused proposal gets the same notify, and not every peer puts the SPI into it", NULL },
	{ "ppk",                  "a responder that insists on a post-quantum key refuses an initiator that announces none like this", NULL },
};
static const struct ikescope_candidate proposal[] = {
	{ "p1-no-proposal",       "the peer says that it accepts none of the proposals", NULL },
	{ "ike-version-mismatch", "a peer without a configuration for this initiator or version sends the same notify", NULL },
	{ "psk-missing",          "Cisco IOS without a key for this peer refuses the proposal, too", NULL },
	{ "ppk",                  "a responder that insists on a post-quantum key refuses an initiator that announces none like this", NULL },
};
static const struct ikescope_candidate attributes[] = {
	[IK_A_ENCRYPTION]     = { "p1-encr",   "the two have no cipher in common", NULL },
	[IK_A_KEY_LENGTH]     = { "p1-keylen", "the ciphers are the same, their key lengths are not", NULL },
	[IK_A_PRF]            = { "p1-prf",    "the two have no PRF in common", NULL },
	[IK_A_INTEGRITY]      = { "p1-integ",  "the two have no integrity algorithm in common", NULL },
	[IK_A_HASH]           = { "p1-hash",   "the two have no hash in common", NULL },
	[IK_A_AUTHENTICATION] = { "p1-auth",   "the two have no authentication method in common", NULL },
	[IK_A_GROUP]          = { "p1-dh",     "the two have no Diffie-Hellman group in common", NULL },
};
static const struct ikescope_candidate common[] = {
	{ "p1-lifetime",          "the lifetimes differ, and some responders refuse for that", "most take the shorter one" },
	{ "p1-no-proposal",       "in this direction another configuration of the peer may apply", "what it offers itself is among what it refuses" },
	{ "ike-version-mismatch", "a peer without a configuration for this initiator sends the same notify", "it starts negotiations with it" },
	{ "psk-missing",          "Cisco IOS without a key for this peer refuses the proposal, too", NULL },
};
static const struct ikescope_candidate too_many[] = {
	{ "vendor-limit",   "some responders look at the first eight proposals only", NULL },
	{ "p1-no-proposal", "in this direction another configuration of the peer may apply", "what it offers itself is among what it refuses" },
};
static const struct ikescope_candidate mode_or_identity[] = {
	{ "exchange-mode-mismatch", "a responder that wants main mode answers AM1 so", NULL },
	{ "id-mismatch-v1",         "the identity in AM1 is in clear; strongSwan answers an unknown one with the same octets", NULL },
};
static const struct ikescope_candidate mm3[] = {
	{ "p1-mm3-lost",          "message 3 is larger than message 1 and may be lost on the way", NULL },
	{ "p1-mm4-missing",       "the responder has message 3 and does not answer, or its answer is lost", NULL },
	{ "psk-missing",          "an ASA without a tunnel-group for this peer address stays silent here", NULL },
};

static const struct ik_rule rows[] = {
	{ .slug = "redirect", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NOTIFY, IK_EQ, REDIRECT }),
	  .summary = "{peer} sends the initiator to another gateway (REDIRECT): nothing comes of this negotiation, and the one with that gateway is what counts.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, .raise = { "the negotiation that the initiator begins with the other gateway: does it come up, or is it sent back" },
	  .remedies = IK_R_REDIRECT, .source = "RFC 5685 3" },

	{ .slug = "ike-version-mismatch", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NOTIFY, IK_EQ, 5 }),
	  .summary = "{peer} does not speak IKEv{version} here: it answers INVALID_MAJOR_VERSION.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, .raise = { "the responder's log" },
	  .remedies = IK_R_VERSION, .source = "RFC 7296 2.5, 3.10.1" },

	{ .slug = "ike-version-mismatch", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_PEER_OTHER_VERSION, IK_EQ, 1 }), IK_ALSO(first_message),
	  .summary = "The peers use different IKE versions: IKEv{version} is refused or ignored, while {peer} uses the other one.",
	  .cite = { IK_CITE_PEER_VERSION, IK_CITE_REFUSAL, IK_CITE_STALL }, .raise = { "the responder's configuration" },
	  .remedies = IK_R_VERSION, .source = "RFC 7296 2.5" },

	{ .slug = "exchange-mode-mismatch", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_PEER_OTHER_MODE, IK_EQ, 1 }), IK_ALSO(first_message),
	  .summary = "One side uses main mode, the other aggressive mode.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, .raise = { "the configuration of both ends" },
	  .remedies = IK_R_MODE, .source = "RFC 2409 5" },

	{ .slug = "exchange-mode-mismatch", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_AM1 }), IK_ALSO(mode_unwanted),
	  .summary = "{peer} refuses AM1 with {refusal}: it does not want aggressive mode, or not this identity.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, CANDIDATES(mode_or_identity), .ask = IK_ASK_OTHER_END_STARTS, .raise = { "the responder's log" },
	  .remedies = IK_R_MODE, .source = "RFC 2409 5.4" },

	{ .slug = "p1-no-proposal", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_P1_COMMON, IK_EQ, 0 }),
	  .summary = "The {phase1} proposals do not match: {diff}.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_OFFERS, IK_CITE_STALL }, CANDIDATES(attributes), .which = differs, .together = true,
	  .raise = { "the configuration of both ends" },
	  .remedies = IK_R_P1, .source = "RFC 2408 5.4, RFC 7296 3.3.6" },

	{ .slug = "vendor-limit", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_P1_COMMON, IK_GE, LOOKED_AT + 1 }),
	  .summary = "{peer} refuses {message} although {diff}: it may not look that far down the list.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_OFFERS, IK_CITE_STALL }, CANDIDATES(too_many),
	  .ask = IK_ASK_ONE_PROPOSAL, .raise = { "the responder's log" },
	  .remedies = IK_R_P1, .source = "RFC 7296 3.3" },

	{ .slug = "p1-no-proposal", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_P1_COMMON, IK_GE, 1 }),
	  .summary = "{peer} refuses {message} although {diff}.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_OFFERS, IK_CITE_STALL }, CANDIDATES(common), .which = lifetime_or_key,
	  .ask = IK_ASK_OTHER_END_STARTS, .raise = { "the responder's log: which connection does it find for this initiator", "the lifetimes of both ends" },
	  .remedies = IK_R_P1, .source = "RFC 2408 5.4, RFC 2407 4.5.4" },

	{ .slug = "ike-version-mismatch", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_NOTIFY, IK_EQ, 14 }, { IK_F_REFUSAL_SPI_R, IK_EQ, 1 }), IK_ALSO(no_config_shape),
	  .summary = "{peer} refuses {message}: it may have no configuration for this peer in IKEv{version}, or accept none of the proposals.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_OFFERS, IK_CITE_STALL }, CANDIDATES(no_config), .which = in_this_version,
	  .ask = IK_ASK_OTHER_END_STARTS, .raise = { "the responder's log: does it speak of a missing configuration or of proposals" },
	  .remedies = IK_R_VERSION, .source = "RFC 7296 2.5, 3.10.1" },

	{ .slug = "p1-no-proposal", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NOTIFY, IK_EQ, 14 }),
	  .summary = "{peer} accepts none of the {phase1} proposals: {refusal}.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_OFFERS, IK_CITE_STALL }, CANDIDATES(proposal), .which = key_is_missing,
	  .ask = IK_ASK_OTHER_END_STARTS, .raise = { "the responder's log" },
	  .remedies = IK_R_P1, .source = "RFC 2408 5.4, RFC 7296 3.10.1" },

	{ .slug = "psk-missing", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_NOTIFY, IK_EQ, 17 }, { IK_F_STALL_MESSAGE, IK_EQ, IK_MM3 }),
	  .summary = "{peer} has no pre-shared key for this initiator: it answers {message} with {refusal}.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, .raise = { "the responder's log" },
	  .remedies = IK_R_PSK, .source = "RFC 2409 5" },

	{ .slug = "psk-missing", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_NOTIFY, IK_EQ, 24 }), IK_ALSO(before_identities),
	  .summary = "{peer} breaks off with {refusal} before either side proved its identity: it may have no key or certificate to authenticate with.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, .raise = { "the log of that side" },
	  .remedies = IK_R_DEBUG, .source = "RFC 2409 5" },

	{ .slug = "unknown-exchange-or-critical", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL_MESSAGE, IK_NE, IK_MM5 }), IK_ALSO(protocol_error),
	  .summary = "{peer} calls {message} unacceptable as a message: {refusal}.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, .ask = IK_ASK_UNALTERED,
	  .remedies = IK_R_DEBUG, .source = "RFC 2408 3.14.1, RFC 7296 3.10.1" },

	{ .slug = "p1-invalid-ke", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_STATE, IK_EQ, IK_S_KE_RETRY }),
	  .summary = "{peer} asks for Diffie-Hellman group {ke.wanted}, the initiator sent {ke.sent}, and this negotiation goes no further.",
	  .cite = { IK_CITE_KE, IK_CITE_STALL }, .raise = { "the log of both ends" },
	  .remedies = IK_R_KE, .source = "RFC 7296 1.2, 2.7" },

	{ .slug = "cookie-challenge", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STATE, IK_EQ, IK_S_COOKIE }),
	  .summary = "{peer} asks for a cookie and the initiator never gets past it.",
	  .cite = { IK_CITE_COOKIE, IK_CITE_STALL }, .ask = IK_ASK_COOKIE_ARRIVES,
	  .remedies = IK_R_COOKIE, .source = "RFC 7296 2.6" },

	{ .slug = "p1-mm3-lost", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_MM3 }),
	  .summary = "Stuck after the choice of the proposal: {message} {stands}.",
	  .cite = { IK_CITE_STALL, IK_CITE_REPLY, IK_CITE_FRAGMENTS }, CANDIDATES(mm3),
	  .ask = IK_ASK_ARRIVES, .raise = { "the responder's log" },
	  .remedies = IK_R_MM3, .source = "RFC 2409 5" },
};

static const struct ik_rule retries[] = {
	{ .slug = "p1-invalid-ke", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_KE_RETRIES, IK_GE, 1 }), IK_ALSO(converged),
	  .summary = "The first Diffie-Hellman group was not the responder's: one more round trip, no fault.",
	  .cite = { IK_CITE_KE }, .remedies = IK_R_KE, .source = "RFC 7296 1.2" },

	{ .slug = "cookie-challenge", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_COOKIES, IK_GE, 1 }), IK_ALSO(converged),
	  .summary = "The responder asked for a cookie before it went on: it counts many half-open SAs.",
	  .cite = { IK_CITE_COOKIE }, .remedies = IK_R_COOKIE, .source = "RFC 7296 2.6" },
};
/* clang-format on */

const struct ik_rule_set ik_rules_phase1 = IK_RULES(IK_GROUP_CAUSE, rows);
const struct ik_rule_set ik_rules_retries = IK_RULES(IK_GROUP_NOTE, retries);
