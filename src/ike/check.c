/*
 * A decoded message against the rules of its exchange: the header here, payloads in exchange.c,
 * proposals in check_sa.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/check.h"
#include "ike/decode.h"

/* Exchange types of both versions. */
enum {
	BASE = 1,
	AGGRESSIVE = 4,
	INFORMATIONAL1 = 5,
	TRANSACTION = 6,
	QUICK = 32,
	IKE_SA_INIT = 34,
	IKE_AUTH,
	SESSION_RESUME = 38,
	GSA_AUTH,
	INTERMEDIATE = 43,
	FOLLOWUP_KE,
};

#define FRAGMENT  132
#define V2_NOTIFY 41
#define COOKIE    16390

/* ---- message ids ---------------------------------------------------------------------------- */

static void check_id(const struct ik_check *c, bool zero)
{
	const struct ik_msg *m = c->msg;

	if ((m->mid == 0) != zero)
		ik_check_anomaly(c, IK_HDR_MESSAGE_ID, 0, 20, m->mid, zero ? 0 : 1);
}

/* RFC 2408 3.1: zero in phase 1, and there only. What is said before there is an SA may have any.
 * Of exchanges of others it is not known which phase they are. */
static void check_id1(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;

	if (m->exchange >= BASE && m->exchange <= AGGRESSIVE)
		check_id(c, true);
	else if (m->exchange == TRANSACTION || m->exchange == QUICK ||
	         (m->exchange == INFORMATIONAL1 && m->encrypted))
		check_id(c, false);
}

/* RFC 7296 2.2: each side counts its requests from zero. What follows another exchange of the same
 * side cannot be the first; after a rekey anything else can. */
static void check_id2(const struct ik_check *c)
{
	switch (c->msg->exchange) {
	case IKE_SA_INIT:
	case SESSION_RESUME: check_id(c, true); break;
	case IKE_AUTH:
	case GSA_AUTH:
	case INTERMEDIATE:
	case FOLLOWUP_KE:
		if (c->msg->encrypted)
			check_id(c, false);
		break;
	default: break;
	}
}

/* ---- SPIs ----------------------------------------------------------------------------------- */

static void check_spi(const struct ik_check *c, bool zero)
{
	const struct ik_msg *m = c->msg;

	if ((m->spi_r == 0) != zero)
		ik_check_anomaly(c, IK_HDR_RESPONDER_SPI, 0, 8, m->spi_r != 0, !zero);
}

/* RFC 2408 2.4: only the first message comes without a cookie of the responder, and what is said
 * of it in clear. */
static void check_spi1(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;

	if (m->encrypted ||
	    (c->whole && m->exchange >= BASE && m->exchange <= AGGRESSIVE && m->sa.len == 0))
		check_spi(c, false);
}

/* RFC 7296 3.1: zero in each request that opens an SA, repeated ones included. An answer that
 * opens none may leave it so (2.6). */
static void check_spi2(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;
	bool opens = m->exchange == IKE_SA_INIT || m->exchange == SESSION_RESUME;

	if (opens && (m->flags & IK_V2_FLAG_R) == 0)
		check_spi(c, true);
	else if (opens ? m->nonce.len != 0 : m->encrypted)
		check_spi(c, false);
}

/* ---- the rest of the header ----------------------------------------------------------------- */

static void check_type(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;
	const struct ik_registry *types =
	        m->major == 1 ? &ik_reg_v1_exchange_types : &ik_reg_v2_exchange_types;

	if (!ik_iana_named(types, m->exchange))
		ik_check_anomaly(c, IK_HDR_EXCHANGE, 0, 18, m->exchange, 0);
}

/* RFC 7296 2.6: who was asked for a cookie repeats the request with it in front. */
static void check_cookie(const struct ik_check *c)
{
	const struct ik_msg *m = c->msg;

	if (m->major != 2 || m->exchange != IKE_SA_INIT || (m->flags & IK_V2_FLAG_R) != 0)
		return;
	for (size_t i = 1; i < c->n; i++) {
		const struct ik_placed *p = &c->payload[i];

		if (p->type == V2_NOTIFY && p->len >= 8 &&
		    ik_be16(c->octets + p->pos + 6) == COOKIE)
			ik_check_anomaly(c, IK_PAYLOAD_ORDER, V2_NOTIFY, p->pos, (uint32_t)i + 1,
			                 1);
	}
}

static void check_header(const struct ik_check *c)
{
	check_type(c);
	if (c->msg->major == 1) {
		check_id1(c);
		check_spi1(c);
	} else {
		check_id2(c);
		check_spi2(c);
	}
}

/* ---- one message ---------------------------------------------------------------------------- */

/* Whether the chain ends where its sender let it end, as far as anybody can see. */
static bool is_whole(const struct ik_msg *m)
{
	if (m->anomalies > m->n_anomaly)
		return false;
	for (size_t i = 0; i < m->n_anomaly; i++)
		switch ((unsigned)m->anomaly[i].code) {
		case IK_HDR_LENGTH:
		case IK_PAYLOAD_LENGTH:
		case IK_PAYLOAD_TOO_MANY:
		case IK_CHAIN_NOT_ENDED:
		case IK_SNAPPED: return false;
		default: break;
		}
	return true;
}

static size_t place(struct ik_placed *to, const struct ik_field_list *fields,
                    const struct ik_msg *m)
{
	const struct ik_field *end = fields->row + fields->n;
	size_t n = 0;

	if (fields->n == 0)
		return 0;
	for (const struct ik_field *f = fields->row + 1; f < end && n < IK_CHECK_PAYLOADS; f++) {
		if (f->depth != 0 || f->kind != IK_FIELD_GROUP)
			continue;
		to[n++] = (struct ik_placed){
		        .type = ik_check_type(m, (uint8_t)f->value), .pos = f->pos, .len = f->len};
	}
	return n;
}

/* A piece of a message says nothing of the whole, and GM/T 0022 has exchanges of its own. */
static bool is_judged(const struct ik_msg *m)
{
	return (m->frag_number == 0 || m->encrypted) && m->inner_np != FRAGMENT &&
	       m->version != 0x11;
}

void ik_msg_check(struct ik_msg *m, const uint8_t *octets, const struct ik_field_list *fields,
                  uint16_t group)
{
	struct ik_placed payload[IK_CHECK_PAYLOADS];
	struct ik_check c = {.msg = m, .octets = octets, .payload = payload, .group = group};

	if (m->captured < IK_HDR_LEN || !is_judged(m))
		return;
	c.n = place(payload, fields, m);
	c.whole = is_whole(m) && c.n == m->payloads;
	check_header(&c);
	check_cookie(&c);
	ik_check_exchange(&c);
	ik_check_sa(&c);
}
