/*
 * Rules about authentication: keys, identities, certificates, EAP, XAUTH.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "diag/rule.h"
#include "session/size.h"

#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define CANDIDATES(array) .candidates = (array), .n_candidates = sizeof(array) / sizeof((array)[0])

/* ---- predicates ----------------------------------------------------------------------------- */

/* The responder answers message 5 with a complaint about garbage, in clear. */
static bool garbage_complaint(const struct ik_case *c)
{
	if (c->pos.message != IK_MM5)
		return false;
	switch (c->fact[IK_F_NOTIFY]) {
	case 1:
	case 4:
	case 16: return true;
	default: return false;
	}
}

/* INVALID-ID-INFORMATION, INVALID-HASH-INFORMATION, AUTHENTICATION-FAILED (RFC 2408 3.14.1): said
 * of a message that was understood, or of garbage that looked like one. */
static bool not_accepted(const struct ik_case *c)
{
	int64_t type = c->fact[IK_F_NOTIFY];

	return type == 18 || type == 23 || type == 24;
}

/* One encrypted informational, and the initiator stops: it could read it. */
static bool stopped_by_info(const struct ik_case *c)
{
	return c->n->state == IK_S_MM5 && c->fact[IK_F_INFO_FROM_R] >= 1 &&
	       c->fact[IK_F_COPIES_AFTER_INFO] == 0;
}

/* The stop is proved by a capture that goes on, or the notify names the SA by both cookies: the
 * complaint about garbage carries no SPI and is smaller. */
static bool readable_refusal(const struct ik_case *c)
{
	bool named = false;

	for (size_t i = 0; i < c->n->n_steps; i++) {
		const struct ik_step *s = &c->n->steps[i];

		if (s->name == IK_V1_INFO && s->dir == IK_R2I)
			named = ik_size_v1_notify(&c->n->suite, s->length, 16) &&
			        !ik_size_v1_notify(&c->n->suite, s->length, 0);
	}
	return stopped_by_info(c) &&
	       (named || c->fact[IK_F_AFTER_LAST] >= 5 || c->fact[IK_F_RETRIED] == 1);
}

static bool initiator_refuses(const struct ik_case *c)
{
	return c->n->state == IK_S_MM6 && c->pos.outcome == IKESCOPE_FAILED;
}

/* It names itself in IKE_SA_INIT; by RFC 7296 1.2 the IKE SA would stand without the child. */
static bool refuses_children_alone(const struct ik_case *c)
{
	const char *name = c->n->peer[IK_R2I].implementation;

	return name != NULL && strcmp(name, "OpenIKED") == 0;
}

/* It ends within EAP: the client sends AUTH only behind EAP-Success (RFC 7296 2.16). */
static bool eap_ended(const struct ik_case *c)
{
	const struct ik_step *s = ik_nego_step(c->n, c->pos.serial);

	return c->n->state == IK_S_EAP ||
	       (c->n->state == IK_S_AUTH_REFUSED && s != NULL && s->inner == 48);
}

/* ---- candidates ----------------------------------------------------------------------------- */

/* Candidates of a refused IKE_AUTH, and what the length of the request says of them: no certificate
 * fits into a small one, and one with a key alone is not large. */
enum refused {
	KEY,
	IDENTITY,
	METHOD,
	UNTRUSTED,
	EXPIRED,
	KEY_LARGE,
	UNTRUSTED_SMALL,
	EXPIRED_SMALL,
	POST_QUANTUM,
	PROPOSAL,
};
#define SMALL_REQUEST 450
#define LARGE_REQUEST 1000

static bool by_request(const struct ik_case *c, size_t candidate)
{
	int64_t length = c->fact[IK_F_AUTH_REQUEST];
	bool small = length > 0 && length <= SMALL_REQUEST, large = length >= LARGE_REQUEST;

	switch ((enum refused)candidate) {
	case KEY: return !large;
	case KEY_LARGE: return large;
	case UNTRUSTED:
	case EXPIRED: return !small;
	case UNTRUSTED_SMALL:
	case EXPIRED_SMALL: return small;
	case POST_QUANTUM:
		return (c->n->peer[IK_I2R].caps & c->n->peer[IK_R2I].caps & IK_CAP_PPK) != 0;
	case IDENTITY:
	case METHOD:
	case PROPOSAL: break;
	}
	return true;
}

/* clang-format off */
static const struct ikescope_candidate psk_or_other[] = {
	{ "psk-mismatch-mm", "a responder that cannot decrypt message 5 may stay silent", NULL },
	{ "one-way-underlay", "message 5 or its answer may be lost on the way", NULL },
	{ "id-mismatch-v1",  "some responders drop an unknown identity without a word", NULL },
};
static const struct ikescope_candidate not_psk_told[] = {
	{ "id-mismatch-v1",    NULL, "strongSwan refuses an identity once, libreswan repeats message 4 beside each refusal" },
	{ "natt-4500-blocked", NULL, "each copy of message 5 is answered" },
	{ "frag-ike-auth",     NULL, "each copy of message 5 is answered" },
};
static const struct ikescope_candidate not_psk_crossed[] = {
	{ "psk-mismatch-mm",   "a responder that cannot decrypt message 5 waits for it and repeats message 4", NULL },
	{ "id-mismatch-v1",    "some responders drop an unknown identity without a word", "most refuse it with a notify" },
	{ "natt-4500-blocked", NULL, "answers came from the port that message 5 went to" },
	{ "frag-ike-auth",     NULL, "message 5 is smaller than message 3, which arrived" },
};
static const struct ikescope_candidate refused_v1[] = {
	{ "id-mismatch-v1",         "the responder has no configuration for this identity", NULL },
	{ "cert-untrusted",         "the responder does not trust the certificate", NULL },
	{ "cert-expired",           "the certificate is not valid at this time", NULL },
	{ "authmethod-mismatch-v1", "strongSwan accepts the method in message 2 and refuses it in message 5", NULL },
};
static const struct ikescope_candidate refused_v1_open[] = {
	{ "id-mismatch-v1",         "the responder has no configuration for this identity", NULL },
	{ "cert-untrusted",         "the responder does not trust the certificate", NULL },
	{ "psk-mismatch-mm",        "a responder that cannot decrypt message 5 may say so in a notify that nobody can read", NULL },
};
static const struct ikescope_candidate refused_v1_psk[] = {
	{ "id-mismatch-v1",         "the responder has no configuration for this identity", NULL },
	{ "authmethod-mismatch-v1", "strongSwan accepts the method in message 2 and refuses it in message 5", NULL },
	{ "psk-mismatch-mm",        NULL, "the initiator stopped, so it could decrypt the answer: both derived the same keys" },
};
static const struct ikescope_candidate unheeded_v1_psk[] = {
	{ "id-mismatch-v1",         "libreswan refuses an identity with each copy, and heeds no notify before phase 1 stands", NULL },
	{ "authmethod-mismatch-v1", "strongSwan accepts the method in message 2 and refuses it in message 5", NULL },
	{ "psk-mismatch-mm",        "a notify that the initiator cannot read does not stop it either", NULL },
};
static const struct ikescope_candidate rejected_v1_psk[] = {
	{ "id-mismatch-v1", "the identity of the responder is not the one that is configured", NULL },
	{ "p2-unanswered",  "INITIAL-CONTACT looks the same where nothing makes the initiator begin phase 2", NULL },
};
static const struct ikescope_candidate rejected_v1[] = {
	{ "id-mismatch-v1", "the identity of the responder is not the one that is configured", NULL },
	{ "cert-untrusted", "the initiator does not trust the certificate of the responder", NULL },
	{ "cert-expired",   "the certificate of the responder is not valid at this time", NULL },
	{ "p2-unanswered",  "INITIAL-CONTACT looks the same where nothing makes the initiator begin phase 2", NULL },
};
static const struct ikescope_candidate refused_v2[] = {
	[KEY]             = { "psk-mismatch-v2",        "the pre-shared keys differ", NULL },
	[IDENTITY]        = { "id-mismatch-v2",         "the responder does not know this identity, or its own is not the one asked for", NULL },
	[METHOD]          = { "authmethod-mismatch-v2", "one side expects a key, the other a certificate or EAP", NULL },
	[UNTRUSTED]       = { "cert-untrusted",         "the certificate is not trusted", NULL },
	[EXPIRED]         = { "cert-expired",           "the certificate is not valid at this time", NULL },
	[KEY_LARGE]       = { "psk-mismatch-v2",        NULL, "the request is as large as one with a certificate" },
	[UNTRUSTED_SMALL] = { "cert-untrusted",         NULL, "the request is too small to hold a certificate" },
	[EXPIRED_SMALL]   = { "cert-expired",           NULL, "the request is too small to hold a certificate" },
	[POST_QUANTUM]    = { "ppk",                    "both sides announce post-quantum pre-shared keys, and these may differ", NULL },
};
static const struct ikescope_candidate objected_v2[] = {
	{ "id-mismatch-v2", "the identity of the responder is not the one that is configured", NULL },
	{ "cert-untrusted", "the certificate of the responder is not trusted", NULL },
	{ "cert-san-mismatch", "the certificate of the responder does not name its identity", NULL },
	{ "cert-expired",   "the certificate of the responder is not valid at this time", NULL },
	{ "psk-mismatch-v2", "the responder uses another key for its own authentication", NULL },
};
static const struct ikescope_candidate deleted_v2[] = {
	{ "id-mismatch-v2",     "the identity of the responder is not the one that is configured", NULL },
	{ "cert-untrusted",     "the certificate of the responder is not trusted, or there is none", NULL },
	{ "cert-san-mismatch",  "the certificate of the responder does not name its identity", NULL },
	{ "cert-expired",       "the certificate of the responder is not valid at this time", NULL },
	{ "psk-mismatch-v2",    "the responder uses another key for its own authentication", NULL },
	{ "ts-unacceptable-v2", "the traffic selectors in the answer are not among those asked for", NULL },
};
static const struct ikescope_candidate bare_v2[] = {
	[KEY]             = { "psk-mismatch-v2",        "the pre-shared keys differ", NULL },
	[IDENTITY]        = { "id-mismatch-v2",         "the responder does not know this identity, or its own is not the one asked for", NULL },
	[METHOD]          = { "authmethod-mismatch-v2", "one side expects a key, the other a certificate or EAP", NULL },
	[UNTRUSTED]       = { "cert-untrusted",         "the certificate is not trusted", NULL },
	[EXPIRED]         = { "cert-expired",           "the certificate is not valid at this time", NULL },
	[KEY_LARGE]       = { "psk-mismatch-v2",        NULL, "the request is as large as one with a certificate" },
	[UNTRUSTED_SMALL] = { "cert-untrusted",         NULL, "the request is too small to hold a certificate" },
	[EXPIRED_SMALL]   = { "cert-expired",           NULL, "the request is too small to hold a certificate" },
	[POST_QUANTUM]    = { "ppk",                    "both sides announce post-quantum pre-shared keys, and these may differ", NULL },
	[PROPOSAL]        = { "p2-no-proposal-v2",      "OpenIKED refuses the proposals for the child with the notify alone", NULL },
};
static const struct ikescope_candidate am2_stop[] = {
	{ "psk-mismatch-am", "the initiator does not accept AM2: the hash of the responder does not fit its key", NULL },
	{ "one-way-underlay", "AM3 or AM2 may be lost on the way", NULL },
	{ "id-mismatch-v1",  "the identity in AM2 is not the one that is configured", NULL },
};

static const struct ikescope_candidate am2_refused[] = {
	{ "psk-mismatch-am", "the hash of the responder does not fit the initiator's key", NULL },
	{ "id-mismatch-v1",  "the identity in AM2 is not the one that is configured", NULL },
};

static const struct ik_rule rows[] = {
	/* Copy after copy of message 5 is answered by an encrypted informational that does not stop it:
	 * the initiator cannot decrypt it, so the keys differ, and with them SKEYID (RFC 2409 5). Not so
	 * where one informational is all that comes, since some initiators heed none before phase 1
	 * stands, nor where the responder repeats message 4 as well: it refuses what it could read. */
	{ .slug = "psk-mismatch-mm", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_STATE, IK_EQ, IK_S_MM5 }, { IK_F_COPIES_AFTER_INFO, IK_GE, 1 },
		    { IK_F_INFO_FROM_R, IK_GE, 2 }, { IK_F_CROSSED, IK_EQ, 0 }),
	  .summary = "The pre-shared keys differ: neither side can decrypt what the other sends from message 5 on.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL }, CANDIDATES(not_psk_told),
	  .raise = { "the responder's log: it speaks of a message it cannot decrypt or parse" },
	  .remedies = IK_R_PSK, .source = "RFC 2409 5" },

	/* Both sides repeat their last message: the responder has no usable message 5, although it is
	 * the smaller one and should arrive where message 3 did. */
	{ .slug = "psk-mismatch-mm", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_CROSSED, IK_GE, 2 }, { IK_F_STALL_COPIES, IK_GE, 2 }, { IK_F_SMALLER_THAN_MM3, IK_EQ, 1 },
		    { IK_F_INFO_FROM_R, IK_EQ, 0 }),
	  .summary = "The pre-shared keys differ: message 5 arrives, but the responder cannot decrypt it and repeats message 4.",
	  .cite = { IK_CITE_CROSSED, IK_CITE_STALL }, CANDIDATES(not_psk_crossed),
	  .raise = { "the responder's log" }, .remedies = IK_R_PSK, .source = "RFC 2409 5" },

	{ .slug = "psk-mismatch-mm", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }), IK_ALSO(garbage_complaint),
	  .summary = "The pre-shared keys differ: the responder finds garbage in message 5 and says so ({refusal}).",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL },
	  .ask = IK_ASK_NOTIFY_VARIES, .remedies = IK_R_PSK, .source = "RFC 2409 5" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STALL_MESSAGE, IK_EQ, IK_MM5 }), IK_ALSO(not_accepted),
	  .summary = "The responder refuses the initiator's authentication in message 5: {refusal}, in clear.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL }, CANDIDATES(refused_v1_open),
	  .ask = IK_ASK_NOTIFY_VARIES, .raise = { "the responder's log" }, .remedies = IK_R_ID, .source = "RFC 2408 3.14.1" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }), IK_ALSO(readable_refusal),
	  .summary = "The responder refuses the initiator's authentication in message 5; the pre-shared key itself fits.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL }, CANDIDATES(refused_v1_psk),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the responder's log" }, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  IK_ALSO(readable_refusal),
	  .summary = "The responder refuses the initiator's authentication in message 5.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL, IK_CITE_CERT }, CANDIDATES(refused_v1),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the responder's log" }, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  IK_ALSO(stopped_by_info),
	  .summary = "The responder answers message 5 with an encrypted notify; the capture ends before it shows whether the initiator could read it.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL }, CANDIDATES(refused_v1_open),
	  .ask = IK_ASK_REPEATED_LATER, .raise = { "the responder's log" }, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_STATE, IK_EQ, IK_S_MM5 }, { IK_F_COPIES_AFTER_INFO, IK_GE, 1 }),
	  .summary = "The responder answers message 5 with an encrypted notify, and the initiator repeats message 5 all the same.",
	  .cite = { IK_CITE_INFO, IK_CITE_CROSSED, IK_CITE_STALL }, CANDIDATES(unheeded_v1_psk),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the log of either side" }, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	/* With certificates both sides derive the same keys whatever else differs (RFC 2409 5). */
	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STATE, IK_EQ, IK_S_MM5 }, { IK_F_COPIES_AFTER_INFO, IK_GE, 1 }),
	  .summary = "The responder refuses the initiator's authentication in message 5; the initiator does not heed that and repeats it.",
	  .cite = { IK_CITE_INFO, IK_CITE_CROSSED, IK_CITE_STALL, IK_CITE_CERT }, CANDIDATES(refused_v1),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the log of either side" }, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	{ .slug = "id-mismatch-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }), IK_ALSO(initiator_refuses),
	  .summary = "The initiator probably does not accept the responder's identity: it answers {request} with an encrypted informational at once and goes no further.",
	  .cite = { IK_CITE_OBJECTION, IK_CITE_STALL }, CANDIDATES(rejected_v1_psk),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the initiator's log" }, .boxes = IK_BOXES_SAY_SWAPPED, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  IK_ALSO(initiator_refuses),
	  .summary = "The initiator probably does not accept the responder's authentication: it answers {request} with an encrypted informational at once and goes no further.",
	  .cite = { IK_CITE_OBJECTION, IK_CITE_STALL }, CANDIDATES(rejected_v1),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the initiator's log" }, .boxes = IK_BOXES_SAY_SWAPPED, .remedies = IK_R_ID, .source = "RFC 2409 5" },

	{ .slug = "psk-mismatch-mm", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_STATE, IK_EQ, IK_S_MM5 }),
	  .summary = "Message 5 is never answered: with pre-shared keys that is what different keys look like, but not only they.",
	  .cite = { IK_CITE_STALL, IK_CITE_CROSSED, IK_CITE_SILENCE }, CANDIDATES(psk_or_other),
	  .ask = IK_ASK_ARRIVES, .raise = { "the responder's log" }, .remedies = IK_R_PSK, .source = "RFC 2409 5" },

	{ .slug = "psk-mismatch-am", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_NOTIFY, IK_EQ, 23 }, { IK_F_STALL_MESSAGE, IK_EQ, IK_AM2 }),
	  .summary = "The pre-shared keys differ: the initiator finds the responder's hash in AM2 wrong and says so ({refusal}).",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL },
	  .raise = { "a candidate key: the hash in AM2 can be checked against it" }, .remedies = IK_R_PSK, .source = "RFC 2409 5.4, RFC 2408 3.14.1" },

	/* Only AM1 and AM2 carry an identity that the other side can refuse in clear (RFC 2409 5.4). */
	{ .slug = "id-mismatch-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NOTIFY, IK_EQ, 18 }, { IK_F_STALL_MESSAGE, IK_EQ, IK_AM1 }),
	  .summary = "{message} is refused with {refusal}: the identity in it is not the one that the responder has configured.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL },
	  .raise = { "the responder's log" }, .remedies = IK_R_ID, .source = "RFC 2409 5.4, RFC 2408 3.14.1" },

	{ .slug = "id-mismatch-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_NOTIFY, IK_EQ, 18 }, { IK_F_STALL_MESSAGE, IK_EQ, IK_AM2 }),
	  .summary = "{message} is refused with {refusal}: the identity in it is not the one that the initiator has configured.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_STALL },
	  .raise = { "the initiator's log" }, .boxes = IK_BOXES_SAY_SWAPPED, .remedies = IK_R_ID, .source = "RFC 2409 5.4, RFC 2408 3.14.1" },

	/* The notify does not stop the responder from repeating AM2: it cannot read it. */
	{ .slug = "psk-mismatch-am", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_STATE, IK_EQ, IK_S_AM2 }, { IK_F_COPIES_AFTER_INFO, IK_GE, 1 }),
	  .summary = "The pre-shared keys differ: the initiator refuses the responder's hash in AM2 and never sends AM3.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL },
	  .raise = { "a candidate key: the hash in AM2 can be checked against it" }, .remedies = IK_R_PSK, .source = "RFC 2409 5.4" },

	{ .slug = "psk-mismatch-am", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_STATE, IK_EQ, IK_S_AM2 }, { IK_F_INFO_FROM_I, IK_GE, 1 }),
	  .summary = "The initiator answers AM2 with an encrypted notify instead of AM3; whether the responder could read it is not seen.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL }, CANDIDATES(am2_refused),
	  .ask = IK_ASK_REPEATED_LATER, .raise = { "the initiator's log", "a candidate key: the hash in AM2 can be checked against it" },
	  .remedies = IK_R_PSK, .source = "RFC 2409 5.4" },

	{ .slug = "psk-mismatch-am", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_AUTH_PSK, IK_EQ, 1 }, { IK_F_STATE, IK_EQ, IK_S_AM2 }),
	  .summary = "The initiator never continues after AM2: it does not accept the responder's hash, or AM2 does not reach it.",
	  .cite = { IK_CITE_STALL, IK_CITE_ICMP, IK_CITE_LAST }, CANDIDATES(am2_stop),
	  .raise = { "the initiator's log", "a candidate key: the hash in AM2 can be checked against it" }, .remedies = IK_R_PSK, .source = "RFC 2409 5.4" },

	{ .slug = "auth-failed-v1", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STATE, IK_EQ, IK_S_AM3 }, { IK_F_INFO_FROM_R, IK_GE, 1 }),
	  .summary = "The responder refuses the initiator's authentication in AM3.",
	  .cite = { IK_CITE_INFO, IK_CITE_STALL }, CANDIDATES(refused_v1),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the responder's log" }, .remedies = IK_R_ID, .source = "RFC 2409 5.4" },

	{ .slug = "eap-failure", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_OUTCOME, IK_EQ, IKESCOPE_FAILED }), IK_ALSO(eap_ended),
	  .summary = "EAP authentication fails: the rounds end without success.",
	  .cite = { IK_CITE_EAP, IK_CITE_STALL },
	  .ask = IK_ASK_EAP_INSIDE, .raise = { "the log of the EAP server" }, .remedies = IK_R_EAP, .source = "RFC 7296 2.16, RFC 3748 4.2" },

	{ .slug = "eap-failure", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  IK_ALSO(eap_ended),
	  .summary = "EAP stops half-way: {message} {stands}.",
	  .cite = { IK_CITE_EAP, IK_CITE_STALL },
	  .ask = IK_ASK_ARRIVES, .raise = { "the log of the EAP server", "the client: does it wait for a person" }, .remedies = IK_R_EAP, .source = "RFC 7296 2.16" },

	{ .slug = "auth-failed-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_STATE, IK_EQ, IK_S_AUTH_REFUSED }), IK_ALSO(refuses_children_alone),
	  .summary = "The responder refuses IKE_AUTH with an error and nothing else: authentication failed, or the child was refused.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_SIZE, IK_CITE_CERT, IK_CITE_STALL }, CANDIDATES(bare_v2), .which = by_request,
	  .ask = IK_ASK_METHODS_INSIDE, .raise = { "the responder's log: which of the causes it was" }, .remedies = IK_R_AUTH2, .source = "RFC 7296 2.21.2" },

	{ .slug = "auth-failed-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_STATE, IK_EQ, IK_S_AUTH_REFUSED }),
	  .summary = "The responder refuses IKE_AUTH with an error and nothing else: authentication failed.",
	  .cite = { IK_CITE_REFUSAL, IK_CITE_SIZE, IK_CITE_CERT, IK_CITE_STALL }, CANDIDATES(refused_v2), .which = by_request,
	  .ask = IK_ASK_METHODS_INSIDE, .raise = { "the responder's log: which of the causes it was" }, .remedies = IK_R_AUTH2, .source = "RFC 7296 2.21.2" },

	/* A Delete says less than a notify: an initiator that takes the responder for the right one may
	 * still not take its traffic selectors. */
	{ .slug = "auth-failed-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_POSSIBLE,
	  .when = W({ IK_F_INITIATOR_OBJECTS, IK_EQ, 42 }),
	  .summary = "The initiator does not accept what the responder answers: it deletes the IKE SA as soon as IKE_AUTH is complete.",
	  .cite = { IK_CITE_OBJECTION, IK_CITE_REPLY }, CANDIDATES(deleted_v2),
	  .ask = IK_ASK_SELECTORS_INSIDE, .raise = { "the initiator's log" }, .boxes = IK_BOXES_SAY_SWAPPED, .remedies = IK_R_AUTH2, .source = "RFC 7296 2.9, 2.21.2" },

	{ .slug = "auth-failed-v2", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_INITIATOR_OBJECTS, IK_GE, 1 }),
	  .summary = "The initiator refuses the responder: it answers a complete IKE_AUTH response with {objection} at once.",
	  .cite = { IK_CITE_OBJECTION, IK_CITE_REPLY }, CANDIDATES(objected_v2),
	  .ask = IK_ASK_ERROR_INSIDE, .raise = { "the initiator's log" }, .boxes = IK_BOXES_SAY_SWAPPED, .remedies = IK_R_AUTH2, .source = "RFC 7296 2.21.2" },

	{ .slug = "xauth-modecfg-failure", .severity = IKESCOPE_FAILURE, .claim = IKESCOPE_LIKELY,
	  .when = W({ IK_F_TRANSACTIONS, IK_GE, 1 }, { IK_F_CHILDREN, IK_EQ, 0 }),
	  .summary = "Phase 1 stands, but XAUTH or mode config does not lead to phase 2.",
	  .cite = { IK_CITE_TRANSACTION, IK_CITE_STALL, IK_CITE_LAST },
	  .ask = IK_ASK_XAUTH_INSIDE, .raise = { "the log of the XAUTH server" }, .remedies = IK_R_XAUTH, .source = "draft-beaulieu-ike-xauth 2.3" },
};
/* clang-format on */

const struct ik_rule_set ik_rules_auth = IK_RULES(IK_GROUP_CAUSE, rows);
