/*
 * Rules about the way between the peers: silence, ICMP, one-way paths, NAT, fragments.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "diag/rule.h"

#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CANDIDATES(array) .candidates = (array), .n_candidates = sizeof(array) / sizeof((array)[0])

/* Half-open SAs of one address that strongSwan bears by default. */
#define HALF_OPEN_BLOCKED 5

/* ---- predicates ----------------------------------------------------------------------------- */

/* The message after the key exchange: IKE_AUTH, or MM5 and MM6. */
static bool at_authentication(const struct ik_case *c)
{
	return c->pos.message == IK_MM5 || c->pos.message == IK_AUTH_REQ ||
	       c->pos.message == IK_AM3;
}

static bool first_message(const struct ik_case *c)
{
	return c->pos.message == IK_MM1 || c->pos.message == IK_AM1 ||
	       c->pos.message == IK_INIT_REQ;
}

/* Not where the responder answers it, be it with an informational that nobody can read. */
static bool large_request_lost(const struct ik_case *c)
{
	return at_authentication(c) && c->fact[IK_F_INFO_FROM_R] <= 0 &&
	       (c->fact[IK_F_LOST_REQUEST] > 0 || c->fact[IK_F_ICMP_REASSEMBLY] > 0 ||
	        c->fact[IK_F_STALL_IP_FRAGMENTS] > 1);
}

/* The same of the first message, for which there is no fragmentation of IKE's own. */
static bool large_first_message_lost(const struct ik_case *c)
{
	return first_message(c) &&
	       (c->fact[IK_F_LOST_REQUEST] > 0 || c->fact[IK_F_ICMP_REASSEMBLY] > 0 ||
	        c->fact[IK_F_STALL_IP_FRAGMENTS] > 1);
}

static bool answer_lost_in_pieces(const struct ik_case *c)
{
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);
	bool large = s != NULL && (s->ip_fragments > 1 || s->frag_total > 1);

	return ((c->pos.message == IK_AUTH_RSP || c->pos.message == IK_MM6) && large) ||
	       (at_authentication(c) && c->fact[IK_F_LOST_RESPONSE] > 0 &&
	        c->fact[IK_F_LOST_REQUEST] == 0);
}

static bool not_psk_v1(const struct ik_case *c)
{
	return c->n->version == 2 || c->fact[IK_F_AUTH_PSK] == 0;
}

/* Candidates of an unanswered IKE_AUTH, and what is known of how it left, if it was seen at all. */
enum unanswered {
	TO_4500,
	IN_PARTS,
	ONE_WAY,
	ONE_DATAGRAM,
	UNSEEN,
	ANSWER_IN_PIECES,
	ALTERED,
};

static bool how_it_left(const struct ik_case *c, size_t candidate)
{
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);
	bool seen = c->fact[IK_F_STALL] == 1;

	switch ((enum unanswered)candidate) {
	case TO_4500:
		return s != NULL && (s->bits & IK_STEP_MARKED) != 0 &&
		       c->fact[IK_F_RETURN_4500] == 0;
	case IN_PARTS: return c->fact[IK_F_STALL_SK_TOTAL] > 1;
	case ONE_DATAGRAM: return seen && c->fact[IK_F_STALL_SK_TOTAL] <= 1;
	case UNSEEN: return !seen;
	case ONE_WAY:
	case ANSWER_IN_PIECES:
	case ALTERED: break;
	}
	return true;
}

/* Candidates of a request lost in pieces: where a piece is seen to be missing it is that. */
enum in_pieces { PIECES, PORT, PORT_WORKS, PIECES_ALTERED, SLOW, NOT_SLOW };

#define PATIENCE 60 /* seconds; a responder that fetches revocation lists gives up sooner */

static bool in_pieces(const struct ik_case *c, size_t candidate)
{
	bool missing = c->fact[IK_F_LOST_REQUEST] > 0 || c->fact[IK_F_ICMP_REASSEMBLY] > 0;
	bool silent_port = c->fact[IK_F_FLOATED] == 1 && c->fact[IK_F_RETURN_4500] == 0;
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);
	bool waited = s != NULL &&
	              c->fact[IK_F_AFTER_LAST] + (s->last_time - s->first_time) / IKESCOPE_SECOND >=
	                      PATIENCE;

	switch ((enum in_pieces)candidate) {
	case SLOW: return !missing && !waited;
	case NOT_SLOW: return !missing && waited;
	case PORT: return !missing && silent_port;
	case PORT_WORKS: return !silent_port;
	case PIECES_ALTERED: return !missing && c->n->version == 2;
	case PIECES: break;
	}
	return true;
}

/* Only IKEv2 protects the integrity of a whole message (RFC 7296 3.14). */
static bool blocked_or_altered(const struct ik_case *c, size_t candidate)
{
	return candidate != 1 || c->n->version == 2;
}

/* The first message of IKEv1, and not a word of any kind to it. */
static bool silence_v1(const struct ik_case *c)
{
	return c->n->version == 1 && first_message(c) && c->fact[IK_F_ANSWERED] == 0;
}

static bool natt_not_agreed(const struct ik_case *c)
{
	bool both = c->fact[IK_F_NATT_I] == 1 && c->fact[IK_F_NATT_R] == 1;
	bool encapsulated = c->n->n_steps == 0 || (c->n->steps[0].bits & IK_STEP_MARKED) != 0 ||
	                    c->fact[IK_F_FLOATED] == 1;

	return !both && !encapsulated && c->fact[IK_F_ANSWERED] == 1 &&
	       c->fact[IK_F_START_SEEN] == 1 && c->n->messages[IK_I2R] + c->n->messages[IK_R2I] > 2;
}

static bool natt_not_agreed_and_dead(const struct ik_case *c)
{
	return natt_not_agreed(c) && (c->fact[IK_F_ESP_I2R] == 0 || c->fact[IK_F_ESP_R2I] == 0) &&
	       c->fact[IK_F_ESP_I2R] + c->fact[IK_F_ESP_R2I] > 0;
}

/* As on a box that translates the destination, where only what comes in is captured. */
static bool answered_from_inside(const struct ik_case *c)
{
	const struct ik_path *p = ik_nego_elsewhere(c->n);

	return p != NULL && ik_addr_private(&p->r.addr) && !ik_addr_private(&c->n->r.addr);
}

/* ---- candidates ----------------------------------------------------------------------------- */

/* clang-format off */
static const struct ikescope_candidate silent[] = {
	{ "peer-silent",          "every copy left, nothing of any kind came back: it is down, filtered, or has another address", NULL },
	{ "one-way-underlay",     "a reply lost behind this capture point looks the same", NULL },
	{ "ike-version-mismatch", "some peers drop the other IKE version without a word", NULL },
	{ "p1-no-proposal",       "some peers drop an unacceptable proposal without a word", NULL },
	{ "asym-return",          "an answer from another address does not pass a filter for this one", NULL },
	{ "halfopen-block",       NULL, "too few half-open attempts came before it in this capture" },
};
static const struct ikescope_candidate silent_v1[] = {
	{ "peer-silent",            "every copy left, nothing of any kind came back: it is down, filtered, or has another address", NULL },
	{ "one-way-underlay",       "a reply lost behind this capture point looks the same", NULL },
	{ "ike-version-mismatch",   "some peers drop the other IKE version without a word", NULL },
	{ "p1-no-proposal",         "some peers drop an unacceptable proposal without a word", NULL },
	{ "p1-auth",                "libreswan drops an authentication method that it has no connection for without a word", NULL },
	{ "exchange-mode-mismatch", "libreswan drops the other phase 1 mode without a word", NULL },
	{ "asym-return",            "an answer from another address does not pass a filter for this one", NULL },
	{ "halfopen-block",         NULL, "too few half-open attempts came before it in this capture" },
};
static const struct ikescope_candidate silent_alive[] = {
	{ "peer-silent",          "the peer is alive and visible here, but does not answer IKE", NULL },
	{ "ike-version-mismatch", "some peers drop the other IKE version without a word", NULL },
	{ "p1-no-proposal",       "some peers drop an unacceptable proposal without a word", NULL },
};
static const struct ikescope_candidate silent_blocked[] = {
	{ "halfopen-block",   "strongSwan ignores an address with more than five half-open SAs (block_threshold), for 30 s each", NULL },
	{ "peer-silent",      NULL, "it answered the attempts before" },
	{ "one-way-underlay", "a reply lost behind this capture point looks the same", NULL },
};
static const struct ikescope_candidate silent_now[] = {
	{ "peer-silent",      "every copy left, and the peer that took this IKE version before said nothing", NULL },
	{ "one-way-underlay", "a reply lost behind this capture point looks the same", NULL },
	{ "asym-return",      "an answer from another address does not pass a filter for this one", NULL },
	{ "halfopen-block",   NULL, "too few half-open attempts came before it in this capture" },
};
static const struct ikescope_candidate blocked_or_psk[] = {
	{ "natt-4500-blocked", "message 5 moved to UDP 4500 and nothing ever came back from there", NULL },
	{ "psk-mismatch-mm",   "a responder that cannot decrypt message 5 may stay silent", NULL },
	{ "frag-ike-auth",     NULL, "message 5 is small and left in one packet" },
};
static const struct ikescope_candidate blocked[] = {
	{ "natt-4500-blocked",     "nothing at all came back from UDP 4500", NULL },
	{ "auth-integrity-silent", "a message altered on the way is dropped silently", NULL },
	{ "frag-ike-auth",         NULL, "the message is small and left in one packet" },
};
static const struct ikescope_candidate request_in_pieces[] = {
	[PIECES]         = { "frag-ike-auth",         "what fits into one packet passes, and this does not", NULL },
	[PORT]           = { "natt-4500-blocked",     "nothing came back from UDP 4500 at all", NULL },
	[PORT_WORKS]     = { "natt-4500-blocked",     NULL, "answers came from the port that it went to" },
	[PIECES_ALTERED] = { "auth-integrity-silent", "a message altered on the way is dropped silently", NULL },
	[SLOW]           = { "dos-cpu-slow-dh",       "a responder that fetches revocation lists (OCSP, CRL) answers late; this capture may end too early to show it", NULL },
	[NOT_SLOW]       = { "dos-cpu-slow-dh",       NULL, "no late answer came for a minute and more" },
};
static const struct ikescope_candidate answers_unheeded[] = {
	{ "one-way-underlay",  "the answers left past this point, and none of them stopped the request", NULL },
	{ "malformed-message", "an initiator drops an answer that it cannot read or does not expect without a word", NULL },
};
static const struct ikescope_candidate auth_unanswered[] = {
	[TO_4500]          = { "natt-4500-blocked",     "it went to UDP 4500, and nothing came back from there", NULL },
	[IN_PARTS]         = { "frag-ikev2-partial",    "it left in IKE fragments, and without one of them there is no message", NULL },
	[ONE_WAY]          = { "one-way-underlay",      "the request or its answer is lost on the way", NULL },
	[ONE_DATAGRAM]     = { "frag-ike-auth",         "a large message may be lost in pieces", "it left this point in one datagram" },
	[UNSEEN]           = { "frag-ike-auth",         "a large message may be lost in pieces", NULL },
	[ANSWER_IN_PIECES] = { "frag-response-lost",    "the answer carries certificates and may be lost in pieces", NULL },
	[ALTERED]          = { "auth-integrity-silent", "a message altered on the way is dropped silently", NULL },
};

static const struct ikescope_candidate request_or_filter[] = {
	{ "frag-ike-auth",       "the request is larger than one packet, and something drops its later fragments", NULL },
	{ "art-frag-only-first", "a filter such as \"udp port 500\" lets no later fragment through", NULL },
};
static const struct ikescope_candidate answer_or_filter[] = {
	{ "frag-response-lost",  "the answer is larger than one packet, and something drops its later fragments", NULL },
	{ "art-frag-only-first", "a filter such as \"udp port 500\" lets no later fragment through", NULL },
};

static const struct ik_rule first[] = {
	{ .slug = "frag-v1-cisco", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_VERSION, IK_EQ, 1 }, { IK_F_STALL, IK_NE, 2 }, { IK_F_INCOMPLETE, IK_GE, 1 }),
	  .summary = "An IKE fragment is missing: {fragment} never came past this point, so the message cannot be put together.",
	  .cite = { IK_CITE_SKF, IK_CITE_STALL },
	  .ask = IK_ASK_FRAGMENT_LEAVES,
	  .remedies = IK_R_MTU, .source = "MS-IKEE 2.2.3" },

	{ .slug = "frag-ikev2-partial", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_STALL, IK_NE, 2 }, { IK_F_INCOMPLETE, IK_GE, 1 }),
	  .summary = "An IKE fragment is missing: {fragment} never came past this point, so the message cannot be put together.",
	  .cite = { IK_CITE_SKF, IK_CITE_STALL },
	  .ask = IK_ASK_FRAGMENT_LEAVES,
	  .remedies = IK_R_MTU, .source = "RFC 7383 2.6" },

	{ .slug = "big-init", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_ANSWERED, IK_EQ, 0 }), IK_ALSO(large_first_message_lost),
	  .summary = "{message} is so large that it travels in IP fragments, and they do not arrive: no answer ever comes.",
	  .cite = { IK_CITE_FRAGMENTS, IK_CITE_STALL, IK_CITE_ICMP },
	  .ask = IK_ASK_REQUEST_PIECES, .raise = { "the same attempt with fewer proposals or a smaller group" },
	  .remedies = IK_R_SMALLER, .source = "RFC 7383 2.1" },

	{ .slug = "frag-response-lost", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_FIRST_ONLY, IK_EQ, 1 }), IK_ALSO(answer_lost_in_pieces),
	  .summary = "The large answer to {request} came with its first IP fragment only, as everything large in this capture: the rest is lost, or a capture filter for ports leaves it out.",
	  .cite = { IK_CITE_FRAGMENTS, IK_CITE_REPLY, IK_CITE_REPEATS, IK_CITE_STALL }, CANDIDATES(answer_or_filter),
	  .ask = IK_ASK_ALL_FRAGMENTS,
	  .remedies = IK_R_MTU, .source = "RFC 791 3.2, RFC 7383 1" },

	{ .slug = "frag-ike-auth", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_FIRST_ONLY, IK_EQ, 1 }), IK_ALSO(large_request_lost),
	  .summary = "The large {message} came with its first IP fragment only, as everything large in this capture: the rest is lost, or a capture filter for ports leaves it out.",
	  .cite = { IK_CITE_FRAGMENTS, IK_CITE_STALL, IK_CITE_ICMP }, CANDIDATES(request_or_filter),
	  .ask = IK_ASK_ALL_FRAGMENTS,
	  .remedies = IK_R_MTU, .source = "RFC 791 3.2, RFC 7383 1" },

	{ .slug = "frag-response-lost", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_NE, 2 }), IK_ALSO(answer_lost_in_pieces),
	  .summary = "The responder answers {request}, but its large answer reaches the initiator in pieces or not at all.",
	  .cite = { IK_CITE_FRAGMENTS, IK_CITE_REPLY, IK_CITE_REPEATS, IK_CITE_STALL },
	  .ask = IK_ASK_ANSWER_PIECES,
	  .remedies = IK_R_MTU, .source = "RFC 7383 1" },

	{ .slug = "frag-ike-auth", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_NE, 2 }), IK_ALSO(large_request_lost),
	  .summary = "{message} is too large for one packet and its IP fragments do not arrive: they are dropped on the way.",
	  .cite = { IK_CITE_FRAGMENTS, IK_CITE_STALL, IK_CITE_ICMP }, CANDIDATES(request_in_pieces), .which = in_pieces,
	  .ask = IK_ASK_REQUEST_PIECES, .raise = { "ICMP fragment reassembly time exceeded from the responder" },
	  .remedies = IK_R_MTU, .source = "RFC 7383 1" },

	{ .slug = "natt-4500-blocked", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_EQ, 1 }, { IK_F_FLOATED, IK_EQ, 1 }, { IK_F_RETURN_4500, IK_EQ, 0 },
		    { IK_F_STALL_LENGTH, IK_LE, 1280 }, { IK_F_STALL_SK_TOTAL, IK_LE, 1 }, { IK_F_ICMP_ABOUT_REQUEST, IK_EQ, 0 }), IK_ALSO(not_psk_v1),
	  .summary = "UDP 500 works, UDP 4500 does not: {message} moved to port 4500 and nothing ever came back from there.",
	  .cite = { IK_CITE_FLOAT, IK_CITE_STALL }, CANDIDATES(blocked), .which = blocked_or_altered,
	  .ask = IK_ASK_4500_ARRIVES,
	  .remedies = IK_R_4500, .source = "RFC 3947 4, RFC 7296 2.23" },

	{ .slug = "natt-4500-blocked", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL, IK_EQ, 1 }, { IK_F_FLOATED, IK_EQ, 1 }, { IK_F_RETURN_4500, IK_EQ, 0 },
		    { IK_F_STALL_LENGTH, IK_LE, 1280 }, { IK_F_STALL_SK_TOTAL, IK_LE, 1 }, { IK_F_ICMP_ABOUT_REQUEST, IK_EQ, 0 }),
	  .summary = "UDP 4500 is probably blocked: {message} moved to port 4500 and nothing came back from there; a wrong pre-shared key can look the same.",
	  .cite = { IK_CITE_FLOAT, IK_CITE_STALL, IK_CITE_CROSSED }, CANDIDATES(blocked_or_psk),
	  .ask = IK_ASK_4500_ARRIVES, .raise = { "the responder's log" },
	  .remedies = IK_R_4500, .source = "RFC 3947 4" },

	{ .slug = "natt-4500-blocked", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL, IK_EQ, 3 }, { IK_F_NAT_SEEN, IK_EQ, 1 }, { IK_F_RETURN_4500, IK_EQ, 0 }),
	  IK_ALSO(at_authentication),
	  .summary = "The exchange on UDP 500 is complete, then the initiator has to move to UDP 4500 because of a NAT, and nothing arrives there.",
	  .cite = { IK_CITE_REPLY, IK_CITE_NATT, IK_CITE_LAST },
	  .ask = IK_ASK_4500_LEAVES,
	  .remedies = IK_R_4500, .source = "RFC 7296 2.23" },

	/* Not where the errors ended and liveness probes went on: the peer is back, or the path is,
	 * and does not answer under this SA any more. */
	{ .slug = "icmp-unreachable", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_STALL, IK_EQ, 1 }, { IK_F_ICMP_ABOUT_REQUEST, IK_GE, 1 }, { IK_F_PROBES_AFTER_ICMP, IK_LE, 1 }),
	  .summary = "{icmp.from} says that {message} cannot be delivered: {icmp.text}.",
	  .cite = { IK_CITE_ICMP, IK_CITE_STALL },
	  .ask = IK_ASK_ERROR_FROM, .raise = { "the same error again after a retry" },
	  .remedies = IK_R_DAEMON, .source = "RFC 792, RFC 4443" },

	{ .slug = "dos-cpu-slow-dh", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_LATE, IK_EQ, 1 }),
	  .summary = "{peer} answers too late: when the answer came, the initiator had begun anew.",
	  .cite = { IK_CITE_LATE, IK_CITE_STALL },
	  .ask = IK_ASK_TIME_TO_ANSWER, .raise = { "the load of the responder" },
	  .remedies = IK_R_LOAD, .source = "RFC 7296 2.1" },

	{ .slug = "asym-return", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_REPEATS_AFTER_REPLY, IK_GE, 1 }), IK_ALSO(answered_from_inside),
	  .summary = "The answer comes from {elsewhere}, a private address, not from {peer}, which was asked, and the initiator goes on asking: "
		     "unless a NAT behind this point puts the address right.",
	  .cite = { IK_CITE_ELSEWHERE, IK_CITE_REPEATS },
	  .raise = { "a capture in front of the NAT" },
	  .remedies = IK_R_SOURCE, .source = "RFC 7296 2.11" },

	{ .slug = "asym-return", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_ELSEWHERE, IK_EQ, 1 }, { IK_F_REPEATS_AFTER_REPLY, IK_GE, 1 }),
	  .summary = "The answer comes from {elsewhere}, not from {peer}, which was asked; the initiator goes on asking.",
	  .cite = { IK_CITE_ELSEWHERE, IK_CITE_REPEATS },
	  .raise = { "the routes and addresses of the responder: which one does it answer from" },
	  .remedies = IK_R_SOURCE, .source = "RFC 7296 2.11" },

	{ .slug = "one-way-underlay", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STALL, IK_EQ, 1 }, { IK_F_REPEATS_AFTER_REPLY, IK_GE, 2 }, { IK_F_STATE, IK_NE, IK_S_MM5 }),
	  .summary = "Answers leave but do not arrive: the initiator repeats its request although the answer was sent past this point.",
	  .cite = { IK_CITE_REPLY, IK_CITE_REPEATS }, CANDIDATES(answers_unheeded),
	  .ask = IK_ASK_ANSWER_ARRIVES,
	  .remedies = IK_R_PATH, .source = "RFC 7296 2.1, RFC 2408 5.1" },
};

static const struct ik_rule natt[] = {
	{ .slug = "natt-not-offered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NAT_SEEN, IK_EQ, 1 }), IK_ALSO(natt_not_agreed_and_dead),
	  .summary = "A NAT is on the way and {natt.missing} NAT traversal: ESP cannot pass the NAT both ways.",
	  .cite = { IK_CITE_NATT, IK_CITE_ESP },
	  .ask = IK_ASK_ESP_BEYOND_NAT, .remedies = IK_R_NATT, .source = "RFC 3947 3" },

	{ .slug = "natt-not-offered", .severity = IKESCOPE_WARNING, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NAT_SEEN, IK_EQ, 1 }), IK_ALSO(natt_not_agreed),
	  .summary = "A NAT is on the way and {natt.missing} NAT traversal: UDP encapsulation cannot be negotiated.",
	  .cite = { IK_CITE_NATT },
	  .ask = IK_ASK_ESP_ALL_THE_SAME, .remedies = IK_R_NATT, .source = "RFC 3947 3" },
};

/* No fault: what the hashes say where NAT detection does not find the addresses unchanged. */
static const struct ik_rule nat[] = {
	{ .slug = "natd-reason", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_CERTAIN,
	  .when = W({ IK_F_NATD, IK_EQ, IKESCOPE_CERTAIN }),
	  .summary = "{nat}", .cite = { IK_CITE_NATD_I, IK_CITE_NATD_R }, .source = "RFC 7296 2.23, RFC 3947 3.2" },

	{ .slug = "natd-reason", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NATD, IK_EQ, IKESCOPE_LIKELY }),
	  .summary = "{nat}", .cite = { IK_CITE_NATD_I, IK_CITE_NATD_R },
	  .ask = IK_ASK_BEYOND_NAT, .source = "RFC 7296 2.23" },

	{ .slug = "natd-reason", .severity = IKESCOPE_NOTE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_NATD, IK_EQ, IKESCOPE_POSSIBLE }),
	  .summary = "{nat}", .cite = { IK_CITE_NATD_I, IK_CITE_NATD_R },
	  .ask = IK_ASK_BEYOND_NAT, .raise = { "a search of all of IPv4: --nat-search all" },
	  .source = "RFC 7296 2.23, RFC 3947 3.2" },
};

/* Silence explains what nothing else does. */
static const struct ik_rule last[] = {
	{ .slug = "halfopen-block", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_ANSWERED, IK_EQ, 0 }, { IK_F_HALF_OPEN, IK_GE, HALF_OPEN_BLOCKED }),
	  .summary = "{peer} answered before and is silent now: it may count too many half-open attempts of this initiator.",
	  .cite = { IK_CITE_STALL, IK_CITE_HALF_OPEN, IK_CITE_SILENCE }, CANDIDATES(silent_blocked),
	  .ask = IK_ASK_AFTER_REST, .raise = { "the responder's log" },
	  .remedies = IK_R_COOKIE, .source = "RFC 7296 2.6" },

	{ .slug = "ike-auth-unanswered", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_VERSION, IK_EQ, 2 }, { IK_F_OUTCOME, IK_EQ, IKESCOPE_STALLED }), IK_ALSO(at_authentication),
	  .summary = "IKE_SA_INIT went through, {message} {stands}.",
	  .cite = { IK_CITE_STALL, IK_CITE_REPLY, IK_CITE_SILENCE }, CANDIDATES(auth_unanswered), .which = how_it_left,
	  .ask = IK_ASK_ARRIVES, .raise = { "the responder's log", "a request of the responder under these SPIs, which would show that it accepted" },
	  .remedies = IK_R_PATH, .source = "RFC 7296 1.2, 2.1" },

	{ .slug = "peer-silent", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_ANSWERED, IK_EQ, 0 }, { IK_F_PEER_ESTABLISHED, IK_EQ, 1 }), IK_ALSO(first_message),
	  .summary = "No answer from {peer} this time: {message} was sent {copies.times}, though another negotiation of the two succeeded.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE }, CANDIDATES(silent_now),
	  .ask = IK_ASK_ARRIVES, .raise = { "whether anything else between the two got through at the same time" },
	  .remedies = IK_R_PATH, .source = "RFC 7296 2.4" },

	{ .slug = "peer-silent", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_ANSWERED, IK_EQ, 0 }, { IK_F_OTHER_FROM_PEER, IK_EQ, 1 }), IK_ALSO(first_message),
	  .summary = "{peer} is alive but does not answer {message}: it ignores this initiator, or something drops IKE on the way.",
	  .cite = { IK_CITE_STALL, IK_CITE_OTHER }, CANDIDATES(silent_alive),
	  .ask = IK_ASK_ARRIVES, .raise = { "the responder's log" },
	  .remedies = IK_R_PATH, .source = "RFC 7296 2.4" },

	{ .slug = "peer-silent", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  IK_ALSO(silence_v1),
	  .summary = "No answer from {peer}: {message} was sent {copies.times} and nothing came back.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE }, CANDIDATES(silent_v1),
	  .ask = IK_ASK_ARRIVES, .raise = { "any other packet from the peer" },
	  .remedies = IK_R_PATH, .source = "RFC 2409 5" },

	{ .slug = "peer-silent", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_ANSWERED, IK_EQ, 0 }), IK_ALSO(first_message),
	  .summary = "No answer from {peer}: {message} was sent {copies.times} and nothing came back.",
	  .cite = { IK_CITE_STALL, IK_CITE_SILENCE }, CANDIDATES(silent),
	  .ask = IK_ASK_ARRIVES, .raise = { "any other packet from the peer" },
	  .remedies = IK_R_PATH, .source = "RFC 7296 2.4" },
};
/* clang-format on */

const struct ik_rule_set ik_rules_transport = IK_RULES(IK_GROUP_CAUSE, first);
const struct ik_rule_set ik_rules_natt = IK_RULES(IK_GROUP_DATA, natt);
const struct ik_rule_set ik_rules_nat = IK_RULES(IK_GROUP_NOTE, nat);
const struct ik_rule_set ik_rules_silence = IK_RULES(IK_GROUP_CAUSE, last);
