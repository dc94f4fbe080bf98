/*
 * Which payloads a message of an exchange has: how many, whether in clear, which one first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/check.h"
#include "ike/decode.h"

/* ---- the table ------------------------------------------------------------------------------ */

enum {
	CLEAR = 1,  /* may stand without encryption */
	SEALED = 2, /* may stand inside the encrypted part */
	FIRST = 4,  /* must be in front of all others */
	ERRORS = 8, /* only notifications that speak of no SA that there is */
};
#define ANY  UINT8_MAX /* as many as there are */
#define ROWS 16        /* of one message at most */

/* How many payloads of a type, or of either of two, there are. What stands in the encrypted part
 * is not counted: of it only the first type is known. */
struct content {
	uint8_t type, other; /* other: 0, or a type that takes its place */
	uint8_t least, most;
	uint8_t where;
	const char *reference;
};

/* What tells one message of an exchange from another without its neighbours. */
enum {
	REQUEST = 1, /* IKEv2, by the R flag */
	RESPONSE = 2,
	OPENING = 4,   /* the responder's SPI is zero */
	ANSWERED = 8,  /* it is not */
	WITH_SA = 16,  /* in clear */
	KEYS = 32,     /* key exchange or nonce in clear */
	CLOSED = 64,   /* IKEv1: the E flag; IKEv2: an encrypted payload */
	TELLING = 128, /* IKEv2: notifications, vendor ids, and nothing else */
};

enum v1_payload {
	SA1 = 1,
	KE1 = 4,
	ID1 = 5,
	CERT1 = 6,
	CR1 = 7,
	HASH1 = 8,
	SIG1 = 9,
	NONCE1 = 10,
	N1 = 11,
	D1 = 12,
	VID1 = 13,
	ATTR1 = 14,
	SEQ1 = 18,
	NATD1 = 20,
	NATOA1 = 21
};
enum v2_payload {
	SA = 33,
	KE = 34,
	IDI = 35,
	IDR = 36,
	CERT = 37,
	CERTREQ = 38,
	AUTH = 39,
	NONCE = 40,
	N = 41,
	D = 42,
	VID = 43,
	TSI = 44,
	TSR = 45,
	SK = 46,
	CP = 47,
	EAP = 48,
	GSPM = 49,
	IDG = 50,
	GSA = 51,
	KD = 52,
	SKF = 53,
	PS = 54,
	IDP = 128
};

/* clang-format off */

/* RFC 2409 5.1 to 5.4, the forms of all authentication methods put together; vendor ids,
 * certificates and requests for them may be anywhere (RFC 2408 3.9, 3.10, 3.16). */
static const struct content main_1[] = {
	{ SA1,    0,    1, 1,   CLEAR | FIRST,   "RFC 2409 5" },
	{ CERT1,  0,    0, ANY, CLEAR,           "RFC 2408 3.9" },
	{ CR1,    0,    0, ANY, CLEAR,           "RFC 2408 3.10" },
	{ N1,     0,    0, ANY, CLEAR,           "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, CLEAR,           "RFC 2408 3.16" },
};
static const struct content main_3[] = {
	{ KE1,    0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ NONCE1, 0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ ID1,    0,    0, 1,   CLEAR,           "RFC 2409 5.2" },
	{ HASH1,  0,    0, 1,   CLEAR,           "RFC 2409 5.2" },
	{ CERT1,  0,    0, ANY, CLEAR,           "RFC 2409 5.3" },
	{ CR1,    0,    0, ANY, CLEAR,           "RFC 2408 3.10" },
	{ N1,     0,    0, ANY, CLEAR,           "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, CLEAR,           "RFC 2408 3.16" },
	{ NATD1,  0,    0, ANY, CLEAR,           "RFC 3947 3.2" },
};
static const struct content main_5[] = {
	{ ID1,    0,    1, 1,   SEALED,          "RFC 2409 5" },
	{ HASH1,  SIG1, 1, 1,   SEALED,          "RFC 2409 5" },
	{ CERT1,  0,    0, ANY, SEALED,          "RFC 2409 5.1" },
	{ CR1,    0,    0, ANY, SEALED,          "RFC 2408 3.10" },
	{ N1,     0,    0, ANY, CLEAR | SEALED,  "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, CLEAR | SEALED,  "RFC 2408 3.16" },
};
static const struct content aggressive_1[] = {
	{ SA1,    0,    1, 1,   CLEAR | FIRST,   "RFC 2409 5" },
	{ KE1,    0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ NONCE1, 0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ ID1,    0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ HASH1,  0,    0, 1,   CLEAR,           "RFC 2409 5.2" },
	{ CERT1,  0,    0, ANY, CLEAR,           "RFC 2409 5.3" },
	{ CR1,    0,    0, ANY, CLEAR,           "RFC 2408 3.10" },
	{ N1,     0,    0, ANY, CLEAR,           "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, CLEAR,           "RFC 2408 3.16" },
};
static const struct content aggressive_2[] = {
	{ SA1,    0,    1, 1,   CLEAR | FIRST,   "RFC 2409 5" },
	{ KE1,    0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ NONCE1, 0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ ID1,    0,    1, 1,   CLEAR,           "RFC 2409 5" },
	{ HASH1,  SIG1, 1, 1,   CLEAR,           "RFC 2409 5" },
	{ CERT1,  0,    0, ANY, CLEAR,           "RFC 2409 5.1" },
	{ CR1,    0,    0, ANY, CLEAR,           "RFC 2408 3.10" },
	{ N1,     0,    0, ANY, CLEAR,           "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, CLEAR,           "RFC 2408 3.16" },
	{ NATD1,  0,    0, ANY, CLEAR,           "RFC 3947 3.2" },
};
static const struct content aggressive_3[] = {
	{ HASH1,  SIG1, 1, 1,   CLEAR | SEALED,  "RFC 2409 5" },
	{ CERT1,  0,    0, ANY, CLEAR | SEALED,  "RFC 2409 5.1" },
	{ CR1,    0,    0, ANY, CLEAR | SEALED,  "RFC 2408 3.10" },
	{ N1,     0,    0, ANY, CLEAR | SEALED,  "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, CLEAR | SEALED,  "RFC 2408 3.16" },
	{ NATD1,  0,    0, ANY, CLEAR | SEALED,  "RFC 3947 3.2" },
};
static const struct content quick[] = {
	{ HASH1,  0,    1, 1,   SEALED | FIRST,  "RFC 2409 5.5" },
	{ SA1,    0,    0, ANY, SEALED,          "RFC 2409 5.5" },
	{ NONCE1, 0,    0, 1,   SEALED,          "RFC 2409 5.5" },
	{ KE1,    0,    0, ANY, SEALED,          "RFC 2409 5.5" },
	{ ID1,    0,    0, ANY, SEALED,          "RFC 2409 5.5" },
	{ N1,     0,    0, ANY, SEALED,          "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, SEALED,          "RFC 2408 3.16" },
	{ NATOA1, 0,    0, ANY, SEALED,          "RFC 3947 5.2" },
};
static const struct content informational1[] = {
	{ HASH1,  0,    0, 1,   CLEAR | SEALED | FIRST, "RFC 2409 5.7" },
	{ N1,     D1,   1, ANY, CLEAR | SEALED,  "RFC 2409 5.7" },
	{ VID1,   0,    0, ANY, CLEAR | SEALED,  "RFC 2408 3.16" },
};
static const struct content transaction[] = {
	{ HASH1,  0,    1, 1,   SEALED | FIRST,  "draft-ietf-ipsec-isakmp-mode-cfg 3.1" },
	{ ATTR1,  0,    1, ANY, SEALED,          "draft-ietf-ipsec-isakmp-mode-cfg 3.1" },
	{ N1,     0,    0, ANY, SEALED,          "RFC 2408 3.14" },
	{ VID1,   0,    0, ANY, SEALED,          "RFC 2408 3.16" },
};

/* RFC 7296 appendix C, with what extensions have added. */
static const struct content init_request[] = {
	{ SA,     0,    1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ KE,     0,    1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ NONCE,  0,    1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ PS,     0,    0, 1,   CLEAR,           "RFC 8019 7.1" },
	{ N,      0,    0, ANY, CLEAR,           "RFC 7296 C.1" },
	{ VID,    0,    0, ANY, CLEAR,           "RFC 7296 C.1" },
};
static const struct content init_response[] = {
	{ SA,     0,    1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ KE,     0,    1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ NONCE,  0,    1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ CERTREQ, 0,   0, ANY, CLEAR,           "RFC 7296 1.2" },
	{ N,      0,    0, ANY, CLEAR,           "RFC 7296 C.1" },
	{ VID,    0,    0, ANY, CLEAR,           "RFC 7296 C.1" },
};
static const struct content resume[] = {
	{ NONCE,  0,    1, 1,   CLEAR,           "RFC 5723 4.3.2" },
	{ N,      0,    0, ANY, CLEAR,           "RFC 5723 4.3.2" },
	{ VID,    0,    0, ANY, CLEAR,           "RFC 7296 3.12" },
};
/* COOKIE, INVALID_KE_PAYLOAD, NO_PROPOSAL_CHOSEN, REDIRECT, TICKET_NACK, ... */
static const struct content refusal[] = {
	{ N,      0,    1, ANY, CLEAR,           "RFC 7296 C.1" },
	{ VID,    0,    0, ANY, CLEAR,           "RFC 7296 C.1" },
};
/* What can be said to a peer with which there is no SA. */
static const struct content no_sa[] = {
	{ N,      0,    1, ANY, CLEAR | ERRORS,  "RFC 7296 1.5" },
	{ VID,    0,    0, ANY, CLEAR,           "RFC 7296 3.12" },
};
static const struct content auth[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 7296 1.2" },
	{ IDI,    0,    0, 1,   SEALED,          "RFC 7296 1.2" },
	{ CERT,   0,    0, ANY, SEALED,          "RFC 7296 1.2" },
	{ CERTREQ, 0,   0, ANY, SEALED,          "RFC 7296 1.2" },
	{ IDR,    0,    0, 1,   SEALED,          "RFC 7296 1.2" },
	{ AUTH,   0,    0, 1,   SEALED,          "RFC 7296 1.2" },
	{ CP,     0,    0, 1,   SEALED,          "RFC 7296 2.19" },
	{ SA,     0,    0, 1,   SEALED,          "RFC 7296 1.2" },
	{ TSI,    0,    0, 1,   SEALED,          "RFC 7296 1.2" },
	{ TSR,    0,    0, 1,   SEALED,          "RFC 7296 1.2" },
	{ EAP,    0,    0, 1,   SEALED,          "RFC 7296 2.16" },
	{ GSPM,   0,    0, 1,   SEALED,          "RFC 6467 4" },
	{ PS,     0,    0, 1,   CLEAR,           "RFC 8019 7.2" },
	{ IDP,    0,    0, 1,   SEALED,          "strongSwan mediation extension" },
	{ N,      0,    0, ANY, SEALED,          "RFC 7296 C.2" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 C.2" },
};
static const struct content child[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 7296 1.3" },
	{ SA,     0,    0, 1,   SEALED,          "RFC 7296 1.3" },
	{ NONCE,  0,    0, 1,   SEALED,          "RFC 7296 1.3" },
	{ KE,     0,    0, 1,   SEALED,          "RFC 7296 1.3" },
	{ TSI,    0,    0, 1,   SEALED,          "RFC 7296 1.3" },
	{ TSR,    0,    0, 1,   SEALED,          "RFC 7296 1.3" },
	{ CP,     0,    0, 1,   SEALED,          "RFC 7296 C.4" },
	{ N,      0,    0, ANY, SEALED,          "RFC 7296 C.4" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 C.4" },
};
static const struct content informational2[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 7296 1.4" },
	{ N,      0,    0, ANY, SEALED,          "RFC 7296 1.4" },
	{ D,      0,    0, ANY, SEALED,          "RFC 7296 1.4" },
	{ CP,     0,    0, ANY, SEALED,          "RFC 7296 1.4" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 C.6" },
};
static const struct content intermediate[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 9242 3.2" },
	{ KE,     0,    0, 1,   SEALED,          "RFC 9370 2.2.2" },
	{ N,      0,    0, ANY, SEALED,          "RFC 9242 3.2" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 3.12" },
};
static const struct content followup[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 9370 2.2.4" },
	{ KE,     0,    0, 1,   SEALED,          "RFC 9370 2.2.4" },
	{ N,      0,    0, ANY, SEALED,          "RFC 9370 2.2.4" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 3.12" },
};
static const struct content group_auth[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 9838 2.3.1" },
	{ IDI,    0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ CERT,   0,    0, ANY, SEALED,          "RFC 9838 2.3.1" },
	{ CERTREQ, 0,   0, ANY, SEALED,          "RFC 9838 2.3.1" },
	{ IDR,    0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ AUTH,   0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ IDG,    0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ SA,     0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ EAP,    0,    0, 1,   SEALED,          "RFC 7296 2.16" },
	{ GSA,    0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ KD,     0,    0, 1,   SEALED,          "RFC 9838 2.3.1" },
	{ D,      0,    0, ANY, SEALED,          "RFC 9838 2.3.1" },
	{ N,      0,    0, ANY, SEALED,          "RFC 9838 2.3.1" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 3.12" },
};
static const struct content group[] = {
	{ SK,     SKF,  1, 1,   CLEAR,           "RFC 9838 2.3.2" },
	{ IDG,    0,    0, 1,   SEALED,          "RFC 9838 2.3.2" },
	{ SA,     0,    0, 1,   SEALED,          "RFC 9838 2.3.2" },
	{ GSA,    0,    0, 1,   SEALED,          "RFC 9838 2.3.2" },
	{ KD,     0,    0, 1,   SEALED,          "RFC 9838 2.3.2" },
	{ D,      0,    0, ANY, SEALED,          "RFC 9838 2.3.2" },
	{ AUTH,   0,    0, 1,   SEALED,          "RFC 9838 2.4.1" },
	{ N,      0,    0, ANY, SEALED,          "RFC 9838 2.3.2" },
	{ VID,    0,    0, ANY, SEALED,          "RFC 7296 3.12" },
};

/* The first row that fits says what the message has. Exchange 0: any. */
static const struct message_kind {
	uint8_t major, exchange;
	uint16_t is;
	const struct content *content;
	size_t n;
} kinds[] = {
#define HAS(rows) rows, sizeof(rows) / sizeof((rows)[0])
	{ 1, 2,  CLOSED,               HAS(main_5) },
	{ 1, 2,  OPENING,              HAS(main_1) },
	{ 1, 2,  ANSWERED | WITH_SA,   HAS(main_1) },
	{ 1, 2,  ANSWERED | KEYS,      HAS(main_3) },
	{ 1, 2,  ANSWERED,             HAS(main_5) },
	{ 1, 4,  CLOSED,               HAS(aggressive_3) },
	{ 1, 4,  OPENING,              HAS(aggressive_1) },
	{ 1, 4,  ANSWERED | WITH_SA,   HAS(aggressive_2) },
	{ 1, 4,  ANSWERED,             HAS(aggressive_3) },
	{ 1, 5,  0,                    HAS(informational1) },
	{ 1, 6,  0,                    HAS(transaction) },
	{ 1, 32, 0,                    HAS(quick) },
	{ 2, 34, RESPONSE | TELLING,   HAS(refusal) },
	{ 2, 34, RESPONSE,             HAS(init_response) },
	{ 2, 34, REQUEST,              HAS(init_request) },
	{ 2, 38, RESPONSE | TELLING,   HAS(refusal) },
	{ 2, 38, 0,                    HAS(resume) },
	{ 2, 0,  RESPONSE | TELLING,   HAS(no_sa) },
	{ 2, 37, TELLING,              HAS(no_sa) },
	{ 2, 35, 0,                    HAS(auth) },
	{ 2, 36, 0,                    HAS(child) },
	{ 2, 37, 0,                    HAS(informational2) },
	{ 2, 39, 0,                    HAS(group_auth) },
	{ 2, 40, 0,                    HAS(group) },
	{ 2, 41, 0,                    HAS(group) },
	{ 2, 42, 0,                    HAS(group) },
	{ 2, 43, 0,                    HAS(intermediate) },
	{ 2, 44, 0,                    HAS(followup) },
};
/* clang-format on */

/* A rule is a kind and a row of it; 0 is none. */
static uint16_t rule_of(const struct message_kind *kind, const struct content *row)
{
	return (uint16_t)((size_t)(kind - kinds) << 8 | (size_t)(row - kind->content + 1));
}

const char *ik_rule_reference(uint16_t rule)
{
	return kinds[rule >> 8].content[(rule & 0xff) - 1].reference;
}

/* ---- one message ---------------------------------------------------------------------------- */

#define TYPE(type) (UINT64_C(1) << ((type)&63))

/* Nothing but notifications and vendor ids of IKEv2. */
static bool only_telling(const struct ik_msg *m)
{
	return m->unknown_payloads == 0 && ik_has(m, N) && m->payload_bits[1] == 0 &&
	       (m->payload_bits[0] & ~(TYPE(N) | TYPE(VID))) == 0;
}

static unsigned what_it_is(const struct ik_msg *m)
{
	bool one = m->major == 1;
	unsigned is = m->spi_r == 0 ? OPENING : ANSWERED;

	is |= m->encrypted ? CLOSED : 0;
	if (one) {
		is |= ik_has(m, SA1) ? WITH_SA : 0;
		is |= ik_has(m, KE1) || ik_has(m, NONCE1) ? KEYS : 0;
		return is;
	}
	is |= (m->flags & IK_V2_FLAG_R) != 0 ? RESPONSE : REQUEST;
	return is | (only_telling(m) ? TELLING : 0);
}

_Static_assert(sizeof(auth) / sizeof(auth[0]) <= ROWS, "the longest list");

static const struct message_kind *kind_of(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;
	unsigned is = what_it_is(m);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct message_kind *k = &kinds[i];

		if (k->major == m->major && (k->exchange == 0 || k->exchange == m->exchange) &&
		    (k->is & is) == k->is)
			return k;
	}
	return NULL;
}

static const struct content *row_of(const struct message_kind *kind, uint8_t type)
{
	for (size_t i = 0; i < kind->n; i++)
		if (kind->content[i].type == type || kind->content[i].other == type)
			return &kind->content[i];
	return NULL;
}

/* What has no row is against the section of the first: it says what the message has. */
static void tell(const struct ik_check *c, enum ik_anomaly_code code,
                 const struct message_kind *kind, const struct content *row, uint8_t type,
                 size_t offset, unsigned got, unsigned expected)
{
	const struct ik_anomaly a = {.code = code,
	                             .payload = type,
	                             .rule = rule_of(kind, row != NULL ? row : kind->content),
	                             .offset = (uint32_t)offset,
	                             .got = got,
	                             .expected = expected};

	ik_msg_anomaly(c->msg, &a);
}

/* RFC 7296 1.5 and 2.21.4, RFC 6290 4.5: who does not know an SA says no more than that. */
static bool speaks_of_no_sa(const struct ik_check *c, const struct ik_placed *p)
{
	static const uint16_t types[] = {4, 5, 11,
	                                 16419}; /* INVALID_IKE_SPI, INVALID_MAJOR_VERSION,
	                                          * INVALID_SPI, QCD_TOKEN */
	uint16_t type = p->len >= 8 ? ik_be16(c->octets + p->pos + 6) : 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return false;
}

/* One payload of the chain, the count-th of its row, which is NULL where there is none. */
static void check_payload(const struct ik_check *c, const struct message_kind *kind,
                          const struct content *row, size_t i, unsigned count)
{
	const struct ik_placed *p = &c->payload[i];

	if (row == NULL) {
		if (ik_payload_row(c->msg->major, p->type) != NULL)
			tell(c, IK_PAYLOAD_UNEXPECTED, kind, NULL, p->type, p->pos, 1, 0);
		return;
	}
	if ((row->where & CLEAR) == 0 || ((row->where & ERRORS) != 0 && !speaks_of_no_sa(c, p)))
		tell(c, IK_PAYLOAD_IN_CLEAR, kind, row, p->type, p->pos, 1, 0);
	if (row->most != ANY && count > row->most)
		tell(c, IK_PAYLOAD_REPEATED, kind, row, p->type, p->pos, count, row->most);
	if ((row->where & FIRST) != 0 && i > 0 && count == 1)
		tell(c, IK_PAYLOAD_ORDER, kind, row, p->type, p->pos, (unsigned)i + 1, 1);
}

static void check_payloads(const struct ik_check *c, const struct message_kind *kind)
{
	uint16_t count[ROWS] = {0};

	for (size_t i = 0; i < c->n; i++) {
		const struct content *row = row_of(kind, c->payload[i].type);

		check_payload(c, kind, row, i, row != NULL ? ++count[row - kind->content] : 0);
	}
}

/* What has to be there, where that can be seen: the offset is that of the exchange type. */
static void check_missing(const struct ik_check *c, const struct message_kind *kind)
{
	for (size_t k = 0; k < kind->n; k++) {
		const struct content *row = &kind->content[k];

		if (row->least > 0 && !ik_has(c->msg, row->type) &&
		    (row->other == 0 || !ik_has(c->msg, row->other)))
			tell(c, IK_PAYLOAD_MISSING, kind, row, row->type, 18, 0, row->least);
	}
}

/* The first payload of the encrypted part; later fragments say none, and of the rest nothing is
 * known. */
static void check_inside(const struct ik_check *c, const struct message_kind *kind)
{
	const struct ik_msg *m = c->msg;
	uint8_t type = ik_check_type(m, m->inner_np);
	const struct content *row = row_of(kind, type);
	bool one = m->major == 1;
	size_t at = one || c->n == 0 ? 16 : c->payload[c->n - 1].pos;

	if (m->frag_number > 1 || (!one && m->inner_np == 0))
		return;
	for (size_t k = 0; k < kind->n; k++) {
		const struct content *first = &kind->content[k];

		if ((first->where & FIRST) != 0 && first->type != type) {
			tell(c, IK_PAYLOAD_ORDER, kind, first, first->type, at, m->inner_np,
			     first->type);
			return;
		}
	}
	if ((row == NULL || (row->where & SEALED) == 0) && ik_payload_row(m->major, type) != NULL)
		tell(c, IK_PAYLOAD_UNEXPECTED, kind, row, m->inner_np, at, 1, 0);
}

void ik_check_exchange(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;
	const struct message_kind *kind = kind_of(c);

	if (kind == NULL)
		return;
	check_payloads(c, kind);
	if (c->whole && (m->major != 1 || !m->encrypted))
		check_missing(c, kind);
	if (m->encrypted)
		check_inside(c, kind);
}
