/*
 * What the parts of ik_msg_check() share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_IKE_CHECK_H
#define IK_IKE_CHECK_H

#include "iana/iana.h"
#include "ike/message.h"

/* A payload of the chain in clear. */
struct ik_placed {
	uint8_t type; /* NAT-D and NAT-OA by the numbers of RFC 3947 */
	uint32_t pos, len;
};

/* One message under check. */
struct ik_check {
	struct ik_msg *msg;
	const uint8_t *octets;
	const struct ik_placed *payload; /* the first of them */
	size_t n;
	uint16_t group; /* agreed on before, 0: unknown */
	bool whole;     /* every payload is there, and none broke the chain */
};

/* A payload type as the table of exchanges has it: NAT-D and NAT-OA had numbers of drafts before,
 * of which 15 is SAK of GDOI elsewhere. */
static inline uint8_t ik_check_type(const struct ik_msg *m, uint8_t type)
{
	bool phase1 = m->exchange == 2 || m->exchange == 4;

	if (m->major != 1)
		return type;
	if (type == 130 || (type == 15 && phase1))
		return 20;
	return type == 131 ? 21 : type;
}

#define IK_CHECK_PAYLOADS 256 /* of one message; further ones are not looked at */

/* Records an anomaly, found by the decoder or by a check. */
void ik_msg_anomaly(struct ik_msg *m, const struct ik_anomaly *a);

static inline void ik_check_anomaly(const struct ik_check *c, enum ik_anomaly_code code,
                                    uint8_t payload, size_t offset, uint32_t got, uint32_t expected)
{
	const struct ik_anomaly a = {.code = code,
	                             .payload = payload,
	                             .offset = (uint32_t)offset,
	                             .got = got,
	                             .expected = expected};

	ik_msg_anomaly(c->msg, &a);
}

/* Payloads against the table of exchanges (exchange.c). */
void ik_check_exchange(const struct ik_check *c);
/* The section of a row of that table. */
const char *ik_rule_reference(uint16_t rule);

/* Proposals and transforms, and the key exchange and nonce that go with them (check_sa.c). */
void ik_check_sa(const struct ik_check *c);

#endif
