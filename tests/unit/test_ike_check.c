/*
 * Messages against the rules of their exchange: what breaks one, at which octet, and the neighbour
 * that does not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "test_ike.h"

TestSuite(ike_check);

/* ---- messages as text --------------------------------------------------------------------- */

/* A message: version, exchange, flags, message id, the responder's SPI or none; then payloads as
 * "type=octets;". */
struct sample {
	uint8_t version, exchange, flags, mid;
	bool answered;
	const char *payloads;
};

/* clang-format off */
#define V2_ENCR    "0300000c 0100000c 800e0100 "
#define V2_PRF     "03000008 02000005 "
#define V2_INTEG   "03000008 0300000c "
#define V2_GROUP   "00000008 0400001f "
#define V2_SUITE   V2_ENCR V2_PRF V2_INTEG V2_GROUP
#define V2_PROP    "0000002c 01010004 " V2_SUITE
#define V2_SA      "33=" V2_PROP ";"
#define V2_KE      "34=001f0000 09*32;"
#define V2_NONCE   "40=11*32;"
#define V2_INIT    V2_SA V2_KE V2_NONCE
#define V2_SK      "46=77*40;"
#define COOKIE     "41=00004006 aa*8;"
#define INIT(payloads)     { 0x20, 34, 0x08, 0, false, payloads }
#define ANSWER(payloads)   { 0x20, 34, 0x20, 0, true, payloads }
#define REQUEST(exchange, payloads)  { 0x20, exchange, 0x08, 1, true, payloads }
#define RESPONSE(exchange, payloads) { 0x20, exchange, 0x20, 1, true, payloads }

#define V1_ATTRS   "80010007 800e0100 80020004 80030001 8004000e"
#define V1_PROP    "00000024 01010001 0000001c 01010000 " V1_ATTRS
#define V1_SA      "1=00000001 00000001 " V1_PROP ";"
#define V1_KE      "4=09*256;"
#define V1_NONCE   "10=11*32;"
#define V1_ID      "5=01000000 c0000201;"
#define V1_HASH    "8=77*32;"
#define V1_VID     "13=afcad71368a1f1c96b8696fc77570100;"
#define MAIN(answered, payloads)       { 0x10, 2, 0, 0, answered, payloads }
#define AGGRESSIVE(answered, payloads) { 0x10, 4, 0, 0, answered, payloads }

#define V2_SA_OF(length, count, transforms) "33=0000" length " 010100" count " " transforms ";"
#define V1_SA_OF(length, inner, transform) "1=00000001 00000001 0000" length " 01010001 0000" inner " " transform ";"

static const struct row {
	enum ik_anomaly_code code;
	uint8_t payload;
	uint32_t offset, got, expected;
	struct sample good, bad;
} rows[] = {
	/* the header */
	{ IK_HDR_MESSAGE_ID, 0, 20, 1, 0, INIT(V2_INIT), { 0x20, 34, 0x08, 1, false, V2_INIT } },
	{ IK_HDR_MESSAGE_ID, 0, 20, 0, 1, REQUEST(35, V2_SK), { 0x20, 35, 0x08, 0, true, V2_SK } },
	{ IK_HDR_MESSAGE_ID, 0, 20, 0, 1, { 0x20, 37, 0x08, 0, true, V2_SK }, { 0x20, 43, 0x08, 0, true, V2_SK } },
	{ IK_HDR_MESSAGE_ID, 0, 20, 7, 0, MAIN(false, V1_SA), { 0x10, 2, 0, 7, false, V1_SA } },
	{ IK_HDR_MESSAGE_ID, 0, 20, 0, 1, { 0x10, 32, 1, 9, true, "8=77*24;" }, { 0x10, 32, 1, 0, true, "8=77*24;" } },
	{ IK_HDR_MESSAGE_ID, 0, 20, 0, 1, { 0x10, 5, 0, 0, true, "11=00000001 0100000e;" }, { 0x10, 5, 1, 0, true, "8=77*24;" } },
	{ IK_HDR_RESPONDER_SPI, 0, 8, 1, 0, INIT(V2_INIT), { 0x20, 34, 0x08, 0, true, V2_INIT } },
	{ IK_HDR_RESPONDER_SPI, 0, 8, 0, 1, { 0x20, 34, 0x20, 0, false, COOKIE }, { 0x20, 34, 0x20, 0, false, V2_INIT } },
	{ IK_HDR_RESPONDER_SPI, 0, 8, 0, 1, REQUEST(35, V2_SK), { 0x20, 35, 0x08, 1, false, V2_SK } },
	{ IK_HDR_RESPONDER_SPI, 0, 8, 0, 1, MAIN(true, V1_KE V1_NONCE), MAIN(false, V1_KE V1_NONCE) },
	{ IK_HDR_RESPONDER_SPI, 0, 8, 0, 1, { 0x10, 5, 0, 9, false, "11=00000001 0100000e;" }, { 0x10, 5, 1, 9, false, "8=77*24;" } },
	{ IK_HDR_EXCHANGE, 0, 18, 45, 0, REQUEST(44, V2_SK), REQUEST(45, V2_SK) },
	{ IK_HDR_EXCHANGE, 0, 18, 7, 0, { 0x10, 6, 1, 9, true, "8=77*24;" }, { 0x10, 7, 1, 9, true, "8=77*24;" } },
	/* IKEv2 exchanges */
	{ IK_PAYLOAD_MISSING, 34, 18, 0, 1, INIT(V2_INIT), INIT(V2_SA V2_NONCE) },
	{ IK_PAYLOAD_MISSING, 33, 18, 0, 1, INIT(V2_INIT), INIT(V2_KE V2_NONCE) },
	{ IK_PAYLOAD_MISSING, 40, 18, 0, 1, ANSWER(V2_INIT), ANSWER(V2_SA V2_KE) },
	{ IK_PAYLOAD_MISSING, 33, 18, 0, 1, ANSWER("41=0000000e;"), ANSWER("41=0000000e;" V2_KE) },
	{ IK_PAYLOAD_MISSING, 40, 18, 0, 1, { 0x20, 38, 0x08, 0, false, V2_NONCE "41=0000401d 55*40;" }, { 0x20, 38, 0x08, 0, false, "41=0000401d 55*40;" } },
	{ IK_PAYLOAD_MISSING, 46, 18, 0, 1, REQUEST(35, "53=00010001 77*40;"), REQUEST(35, "54=11*8;") },
	{ IK_PAYLOAD_MISSING, 46, 18, 0, 1, REQUEST(37, V2_SK), REQUEST(37, "") },
	{ IK_PAYLOAD_REPEATED, 34, 152, 2, 1, INIT(V2_INIT), INIT(V2_SA V2_KE V2_NONCE V2_KE) },
	{ IK_PAYLOAD_REPEATED, 40, 152, 2, 1, INIT(V2_INIT COOKIE), INIT(V2_INIT V2_NONCE) },
	{ IK_PAYLOAD_UNEXPECTED, 38, 152, 1, 0, ANSWER(V2_INIT "38=04 22*20;"), INIT(V2_INIT "38=04 22*20;") },
	{ IK_PAYLOAD_UNEXPECTED, 48, 28, 1, 0, REQUEST(37, V2_SK), REQUEST(37, "48=03010004;") },
	{ IK_PAYLOAD_IN_CLEAR, 35, 28, 1, 0, REQUEST(35, V2_SK), REQUEST(35, "35=01000000 c0000201;") },
	{ IK_PAYLOAD_IN_CLEAR, 41, 28, 1, 0, RESPONSE(35, "41=00000004;"), RESPONSE(35, "41=00000007;") },
	{ IK_PAYLOAD_IN_CLEAR, 42, 28, 1, 0, REQUEST(37, "41=0000000b;"), REQUEST(37, "42=01000000;") },
	{ IK_PAYLOAD_ORDER, 41, 152, 4, 1, INIT(COOKIE V2_INIT), INIT(V2_INIT COOKIE) },
	/* IKEv1 exchanges */
	{ IK_PAYLOAD_MISSING, 1, 18, 0, 1, MAIN(false, V1_SA), MAIN(false, V1_VID) },
	{ IK_PAYLOAD_MISSING, 10, 18, 0, 1, MAIN(true, V1_KE V1_NONCE), MAIN(true, V1_KE) },
	{ IK_PAYLOAD_MISSING, 5, 18, 0, 1, AGGRESSIVE(false, V1_SA V1_KE V1_NONCE V1_ID), AGGRESSIVE(false, V1_SA V1_KE V1_NONCE) },
	{ IK_PAYLOAD_MISSING, 8, 18, 0, 1, AGGRESSIVE(true, V1_SA V1_KE V1_NONCE V1_ID "9=55*64;"), AGGRESSIVE(true, V1_SA V1_KE V1_NONCE V1_ID) },
	{ IK_PAYLOAD_MISSING, 8, 18, 0, 1, AGGRESSIVE(true, V1_HASH), AGGRESSIVE(true, V1_VID) },
	{ IK_PAYLOAD_MISSING, 11, 18, 0, 1, { 0x10, 5, 0, 9, true, "12=00000001 01100000;" }, { 0x10, 5, 0, 9, true, V1_VID } },
	{ IK_PAYLOAD_REPEATED, 10, 324, 2, 1, MAIN(true, V1_KE V1_NONCE V1_VID V1_VID), MAIN(true, V1_KE V1_NONCE V1_NONCE) },
	{ IK_PAYLOAD_REPEATED, 9, 64, 2, 1, AGGRESSIVE(true, V1_HASH V1_VID), AGGRESSIVE(true, V1_HASH "9=55*64;") },
	{ IK_PAYLOAD_UNEXPECTED, 4, 76, 1, 0, MAIN(false, V1_SA V1_VID), MAIN(false, V1_SA V1_KE) },
	{ IK_PAYLOAD_IN_CLEAR, 8, 28, 1, 0, AGGRESSIVE(true, V1_HASH), MAIN(true, V1_HASH V1_ID) },
	{ IK_PAYLOAD_IN_CLEAR, 8, 28, 1, 0, { 0x10, 32, 1, 9, true, V1_HASH }, { 0x10, 32, 0, 9, true, V1_HASH } },
	{ IK_PAYLOAD_ORDER, 1, 48, 2, 1, MAIN(false, V1_SA V1_VID), MAIN(false, V1_VID V1_SA) },
	{ IK_PAYLOAD_ORDER, 8, 16, 1, 8, { 0x10, 32, 1, 9, true, V1_HASH }, { 0x10, 32, 1, 9, true, "1=77*24;" } },
	/* the first encrypted payload */
	{ IK_PAYLOAD_UNEXPECTED, 4, 16, 1, 0, { 0x10, 2, 1, 0, true, "5=77*24;" }, { 0x10, 2, 1, 0, true, "4=77*24;" } },
	/* proposals of IKEv2 */
	{ IK_PROPOSAL_NUMBER, 33, 36, 2, 1, INIT(V2_INIT), INIT("33=0000002c 02010004 " V2_SUITE ";" V2_KE V2_NONCE) },
	{ IK_PROPOSAL_NUMBER, 33, 36, 2, 1, ANSWER("33=0000002c 02010004 " V2_SUITE ";" V2_KE V2_NONCE), INIT("33=0000002c 02010004 " V2_SUITE ";" V2_KE V2_NONCE) },
	{ IK_PROPOSAL_NUMBER, 33, 80, 1, 2, INIT("33=0200002c 01010004 " V2_SUITE "0000002c 02010004 " V2_SUITE ";" V2_KE V2_NONCE), INIT("33=0200002c 01010004 " V2_SUITE "0000002c 01010004 " V2_SUITE ";" V2_KE V2_NONCE) },
	{ IK_PROPOSAL_PROTOCOL, 33, 37, 3, 1, INIT(V2_INIT), INIT("33=00000030 01030404 cafebabe " V2_SUITE ";" V2_KE V2_NONCE) },
	{ IK_SPI_SIZE, 33, 38, 8, 0, INIT(V2_INIT), INIT("33=00000034 01010804 ca*8 " V2_SUITE ";" V2_KE V2_NONCE) },
	{ IK_TRANSFORM_TYPE, 33, 80, 5, 0, INIT(V2_INIT), INIT("33=00000034 01010005 " V2_ENCR V2_PRF V2_INTEG "03000008 0400001f 00000008 05000000;" V2_KE V2_NONCE) },
	{ IK_TRANSFORM_MISSING, 33, 32, 0, 2, INIT(V2_INIT), INIT(V2_SA_OF("0024", "03", V2_ENCR V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_TRANSFORM_MISSING, 33, 32, 0, 3, INIT(V2_INIT), INIT(V2_SA_OF("0024", "03", V2_ENCR V2_PRF V2_GROUP) V2_KE V2_NONCE) },
	{ IK_TRANSFORM_MISSING, 33, 32, 0, 3, INIT(V2_SA_OF("0024", "03", "0300000c 01000014 800e0100 " V2_PRF V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("002c", "04", V2_ENCR V2_PRF "03000008 03000000 " V2_GROUP) V2_KE V2_NONCE) },
	{ IK_TRANSFORM_TWICE, 33, 52, 12, 0, INIT(V2_SA_OF("0038", "05", V2_ENCR "0300000c 0100000c 800e0080 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("0038", "05", V2_ENCR V2_ENCR V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_NO_CHOICE, 33, 52, 2, 1, INIT(V2_SA_OF("0038", "05", V2_ENCR "0300000c 0100000c 800e0080 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE), ANSWER(V2_SA_OF("0038", "05", V2_ENCR "0300000c 0100000c 800e0080 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_NO_CHOICE, 33, 76, 2, 1, INIT("33=0200002c 01010004 " V2_SUITE "0000002c 02010004 " V2_SUITE ";" V2_KE V2_NONCE), ANSWER("33=0200002c 01010004 " V2_SUITE "0000002c 02010004 " V2_SUITE ";" V2_KE V2_NONCE) },
	{ IK_AEAD_INTEGRITY, 33, 60, 1, 0, INIT(V2_SA_OF("002c", "04", "0300000c 01000014 800e0100 " V2_PRF "03000008 03000000 " V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("002c", "04", "0300000c 01000014 800e0100 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_AEAD_MIXED, 33, 32, 2, 1, INIT(V2_SA_OF("0038", "05", V2_ENCR "0300000c 0100000d 800e0100 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("0038", "05", V2_ENCR "0300000c 01000014 800e0100 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KEY_LENGTH, 33, 40, 0, 128, INIT(V2_INIT), INIT(V2_SA_OF("0028", "04", "03000008 0100000c " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KEY_LENGTH, 33, 48, 160, 256, INIT(V2_SA_OF("002c", "04", "0300000c 0100000c 800e00c0 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("002c", "04", "0300000c 0100000c 800e00a0 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KEY_LENGTH, 33, 48, 64, 128, INIT(V2_INIT), INIT(V2_SA_OF("002c", "04", "0300000c 0100000c 800e0040 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KEY_LENGTH, 33, 48, 192, 0, INIT(V2_SA_OF("0028", "04", "03000008 01000003 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("002c", "04", "0300000c 01000003 800e00c0 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KEY_LENGTH, 33, 60, 256, 0, INIT(V2_INIT), INIT(V2_SA_OF("0030", "04", V2_ENCR "0300000c 02000005 800e0100 " V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KEY_LENGTH, 33, 48, 100, 448, INIT(V2_SA_OF("002c", "04", "0300000c 01000007 800e0068 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("002c", "04", "0300000c 01000007 800e0064 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE) },
	{ IK_KE_GROUP, 34, 80, 19, 0, INIT(V2_INIT), INIT(V2_SA "34=00130000 09*64;" V2_NONCE) },
	{ IK_NONCE_PRF, 40, 120, 16, 32, INIT(V2_SA_OF("002c", "04", V2_ENCR "03000008 02000007 " V2_INTEG V2_GROUP) V2_KE V2_NONCE), INIT(V2_SA_OF("002c", "04", V2_ENCR "03000008 02000007 " V2_INTEG V2_GROUP) V2_KE "40=11*16;") },
	/* proposals of IKEv1 */
	{ IK_PROPOSAL_PROTOCOL, 1, 45, 3, 1, MAIN(false, V1_SA), MAIN(false, "1=00000001 00000001 00000014 01030401 cafebabe 00000008 01030000;") },
	{ IK_PAYLOAD_REPEATED, 2, 76, 2, 1, MAIN(false, V1_SA), MAIN(false, "1=00000001 00000001 02000024 01010001 0000001c 01010000 " V1_ATTRS "00000024 02010001 0000001c 01010000 " V1_ATTRS ";") },
	{ IK_TRANSFORM_NUMBER, 1, 80, 1, 2, MAIN(false, "1=00000001 00000001 00000040 01010002 0300001c 01010000 " V1_ATTRS "0000001c 02010000 " V1_ATTRS ";"), MAIN(false, "1=00000001 00000001 00000040 01010002 0300001c 01010000 " V1_ATTRS "0000001c 01010000 " V1_ATTRS ";") },
	{ IK_NO_CHOICE, 1, 76, 2, 1, MAIN(false, "1=00000001 00000001 00000040 01010002 0300001c 01010000 " V1_ATTRS "0000001c 02010000 " V1_ATTRS ";"), MAIN(true, "1=00000001 00000001 00000040 01010002 0300001c 01010000 " V1_ATTRS "0000001c 02010000 " V1_ATTRS ";") },
	{ IK_TRANSFORM_TYPE, 1, 53, 2, 1, MAIN(false, V1_SA), MAIN(false, "1=00000001 00000001 00000024 01010001 0000001c 01020000 " V1_ATTRS ";") },
	{ IK_KEY_LENGTH, 1, 48, 0, 128, MAIN(false, V1_SA), MAIN(false, V1_SA_OF("0020", "0018", "01010000 80010007 80020004 80030001 8004000e")) },
	{ IK_KEY_LENGTH, 1, 60, 192, 0, MAIN(false, V1_SA_OF("0020", "0018", "01010000 80010005 80020004 80030001 8004000e")), MAIN(false, V1_SA_OF("0024", "001c", "01010000 80010005 800e00c0 80020004 80030001 8004000e")) },
	{ IK_ATTRIBUTE_FORM, 1, 64, 2, 2, MAIN(false, V1_SA), MAIN(false, V1_SA_OF("0026", "001e", "01010000 80010007 800e0100 00020002 0004 80030001 8004000e")) },
	{ IK_ATTRIBUTE_MISSING, 1, 48, 0, 2, MAIN(false, V1_SA), MAIN(false, V1_SA_OF("0020", "0018", "01010000 80010007 800e0100 80030001 8004000e")) },
	{ IK_ATTRIBUTE_MISSING, 1, 48, 0, 4, MAIN(false, V1_SA_OF("0024", "001c", "01010000 80010007 800e0100 80020004 80030001 80050001")), MAIN(false, V1_SA_OF("0020", "0018", "01010000 80010007 800e0100 80020004 80030001")) },
	{ IK_KE_LENGTH, 4, 80, 128, 256, AGGRESSIVE(false, V1_SA V1_KE V1_NONCE V1_ID), AGGRESSIVE(false, V1_SA "4=09*128;" V1_NONCE V1_ID) },
};
/* clang-format on */

static struct message build(const struct sample *s)
{
	struct message m = message_open(s->version, s->exchange, s->flags);
	char body[4096];

	if (!s->answered)
		memset(m.octets + 8, 0, 8);
	m.octets[23] = s->mid;
	for (const char *p = s->payloads; *p != '\0';) {
		size_t n = strcspn(p, ";");

		snprintf(body, sizeof(body), "%.*s", (int)n, p);
		message_add(&m, (uint8_t)atoi(body), strchr(body, '=') + 1);
		p += n + 1;
	}
	return m;
}

static struct ik_msg judged(const struct message *m, uint16_t group)
{
	static struct ik_field room[4096];
	struct ik_field_list list = {.row = room, .cap = sizeof(room) / sizeof(room[0])};
	const struct ik_field_sink sink = {.list = &list};
	struct ik_msg out;

	ik_msg_decode(&out, m->octets, m->len, m->len, false, 64, &sink);
	ik_msg_check(&out, m->octets, &list, group);
	return out;
}

static const struct ik_anomaly *find(const struct ik_msg *m, const struct row *row)
{
	for (size_t i = 0; i < m->n_anomaly; i++)
		if (m->anomaly[i].code == row->code && m->anomaly[i].payload == row->payload &&
		    m->anomaly[i].offset == row->offset)
			return &m->anomaly[i];
	return NULL;
}

Test(ike_check, each_rule_is_broken_by_one_and_kept_by_its_neighbour)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const char *name = ik_anomaly_info(row->code)->name;
		struct message good = build(&row->good), bad = build(&row->bad);
		struct ik_msg out = judged(&good, 0);
		const struct ik_anomaly *a;

		cr_expect_eq(message_anomalies(&out, row->code), 0, "row %zu, %s: good one hit", i,
		             name);
		out = judged(&bad, 0);
		a = find(&out, row);
		cr_expect_not_null(a, "row %zu: %s missed", i, name);
		for (unsigned k = 0; a == NULL && k < out.n_anomaly; k++)
			cr_log_warn("  there is %s at %u, payload %u",
			            ik_anomaly_info(out.anomaly[k].code)->name,
			            out.anomaly[k].offset, out.anomaly[k].payload);
		if (a == NULL)
			continue;
		cr_expect_eq(a->got, row->got, "row %zu, %s: got %u", i, name, a->got);
		cr_expect_eq(a->expected, row->expected, "row %zu, %s: expected %u", i, name,
		             a->expected);
		cr_expect_not_null(ik_anomaly_reference(a, out.major));
	}
}

Test(ike_check, every_rule_is_in_a_test)
{
	for (unsigned code = IK_HDR_MESSAGE_ID; code < IK_ANOMALY_COUNT; code++) {
		bool found = false;

		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			found |= rows[i].code == code;
		cr_expect(found, "%s", ik_anomaly_info((enum ik_anomaly_code)code)->name);
	}
}

/* What has no row in the table of its message is against the section of the message. */
Test(ike_check, unexpected_payloads_have_the_section_of_their_message)
{
	static const struct {
		struct sample sample;
		const char *reference;
	} unexpected[] = {
	        {ANSWER(V2_INIT "48=03010004;"), "RFC 7296 1.2"},
	        {REQUEST(36, "48=03010004;" V2_SK), "RFC 7296 1.3"},
	        {REQUEST(37, "48=03010004;" V2_SK), "RFC 7296 1.4"},
	        {REQUEST(43, "48=03010004;" V2_SK), "RFC 9242 3.2"},
	        {{0x10, 5, 0, 9, true, "11=00000001 0110000e;" V1_KE}, "RFC 2409 5.7"},
	};

	for (size_t i = 0; i < sizeof(unexpected) / sizeof(unexpected[0]); i++) {
		struct message m = build(&unexpected[i].sample);
		struct ik_msg out = judged(&m, 0);

		cr_assert_eq(message_anomalies(&out, IK_PAYLOAD_UNEXPECTED), 1, "row %zu", i);
		for (unsigned k = 0; k < out.n_anomaly; k++)
			if (out.anomaly[k].code == IK_PAYLOAD_UNEXPECTED)
				cr_expect_str_eq(ik_anomaly_reference(&out.anomaly[k], out.major),
				                 unexpected[i].reference, "row %zu", i);
	}
}

/* ---- what breaks nothing ------------------------------------------------------------------ */

/* clang-format off */
static const struct sample sound[] = {
	/* what nobody knows is not judged */
	INIT(V2_SA_OF("0020", "03", "03000008 01000407 " V2_PRF V2_GROUP) V2_KE V2_NONCE),
	INIT(V2_SA_OF("0034", "05", "0300000c 01000014 800e0100 " "03000008 01000407 " V2_PRF V2_INTEG V2_GROUP) V2_KE V2_NONCE),
	INIT(V2_SA_OF("0034", "05", V2_ENCR V2_PRF V2_INTEG "03000008 0400001f 00000008 f1000001") V2_KE V2_NONCE),
	{ 0x10, 243, 0, 0, true, V1_SA },
	/* ciphers of IKEv1 with a usual size of keys */
	MAIN(false, V1_SA_OF("0020", "0018", "01010000 80010003 80020004 80030001 8004000e")),
	MAIN(false, V1_SA_OF("0020", "0018", "01010000 80010006 80020004 80030001 8004000e")),
	MAIN(false, V1_SA "6=0422222222;"),
	/* NAT-D by the numbers of drafts */
	{ 0x10, 4, 1, 0, true, "130=77*24;" },
	{ 0x10, 4, 1, 0, true, "15=77*24;" },
	INIT(V2_INIT),
	INIT(COOKIE V2_INIT),
	INIT(V2_SA V2_KE V2_NONCE "41=00004004 aa*20;" "43=4048b7d56ebce88525e7de7f00d6c2d3;"),
	INIT("43=4048b7d56ebce88525e7de7f00d6c2d3;" V2_NONCE V2_KE V2_SA),
	ANSWER(V2_INIT "38=04 22*20;"),
	ANSWER("41=0000000e;"),
	ANSWER("41=00000011 0013;"),
	{ 0x20, 34, 0x20, 0, false, COOKIE },
	{ 0x20, 38, 0x08, 0, false, V2_NONCE "41=0000401d 55*40;" },
	{ 0x20, 38, 0x20, 0, true, "41=0000401e;" },
	REQUEST(35, V2_SK),
	REQUEST(35, "53=00020003 77*40;"),
	REQUEST(36, V2_SK),
	REQUEST(37, V2_SK),
	REQUEST(39, V2_SK),
	REQUEST(43, V2_SK),
	REQUEST(44, V2_SK),
	{ 0x20, 37, 0x00, 0, true, V2_SK },
	{ 0x20, 37, 0x08, 0, true, V2_SK },
	RESPONSE(37, "41=00000004;" "41=00004023 55*32;"),
	RESPONSE(35, "41=00000005;"),
	MAIN(false, V1_SA V1_VID V1_VID),
	MAIN(true, V1_SA V1_VID),
	MAIN(true, V1_KE V1_NONCE V1_VID "20=66*32;20=67*32;"),
	MAIN(true, V1_KE V1_NONCE "130=66*32;130=67*32;"),
	MAIN(true, "8=77*32;" V1_NONCE V1_KE V1_ID),
	AGGRESSIVE(false, V1_SA V1_KE V1_NONCE V1_ID V1_VID),
	AGGRESSIVE(true, V1_SA V1_KE V1_NONCE V1_ID V1_HASH V1_VID "20=66*32;"),
	AGGRESSIVE(true, V1_HASH "20=66*32;20=67*32;"),
	{ 0x10, 2, 1, 0, true, "5=77*24;" },
	{ 0x10, 4, 1, 0, true, "8=77*24;" },
	{ 0x10, 5, 0, 9, false, "11=00000001 0100000e;" },
	{ 0x10, 5, 1, 9, true, "8=77*24;" },
	{ 0x10, 6, 1, 9, true, "8=77*24;" },
	{ 0x10, 32, 1, 9, true, "8=77*24;" },
	{ 0x10, 33, 1, 0, true, "18=77*24;" },
	{ 0x10, 2, 0, 0, true, "132=0001 01 00 11*40;" },
};
/* clang-format on */

Test(ike_check, what_is_legal_is_no_anomaly)
{
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
		struct message m = build(&sound[i]);
		struct ik_msg out = judged(&m, 0);

		cr_expect_eq(out.anomalies, 0, "sample %zu: %s", i,
		             ik_anomaly_info(out.anomaly[0].code)->name);
	}
}

/* What the capture or a broken chain hides is not called missing. */
Test(ike_check, a_part_of_a_message_lacks_nothing)
{
	const struct sample s = INIT(V2_INIT);
	struct message m = build(&s);
	static struct ik_field room[256];
	struct ik_msg out;

	for (size_t n = 28; n < m.len; n++) {
		struct ik_field_list list = {.row = room, .cap = sizeof(room) / sizeof(room[0])};
		const struct ik_field_sink sink = {.list = &list};

		ik_msg_decode(&out, m.octets, n, m.len, true, 64, &sink);
		ik_msg_check(&out, m.octets, &list, 0);
		cr_expect_eq(out.anomalies, 1, "%zu octets: %s", n,
		             ik_anomaly_info(out.anomaly[out.n_anomaly - 1].code)->name);
	}
	m.octets[31] = 3; /* of the first payload: what follows is not found */
	out = judged(&m, 0);
	cr_expect_eq(message_anomalies(&out, IK_PAYLOAD_LENGTH), 1);
	cr_expect_eq(message_anomalies(&out, IK_PAYLOAD_MISSING), 0);
}

/* Lengths and sizes that lie: the rules come to their end, and read nothing beyond the message. */
Test(ike_check, every_octet_may_lie, .timeout = 60)
{
	const struct sample samples[] = {INIT(V2_INIT), MAIN(false, V1_SA),
	                                 MAIN(false, V1_SA_OF("0028", "0020",
	                                                      "01010000 80010007 000e0002 0100 "
	                                                      "80020004 80030001 80040002"))};

	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct message m = build(&samples[i]);

		for (size_t at = 0; at < m.len; at++)
			for (unsigned value = 0; value < 256; value++) {
				uint8_t was = m.octets[at];
				struct ik_msg out;

				m.octets[at] = (uint8_t)value;
				out = judged(&m, 0);
				cr_assert_leq(out.n_anomaly, out.anomalies);
				m.octets[at] = was;
			}
	}
}

/* The group of main mode stands in an earlier message. */
Test(ike_check, a_public_value_has_the_size_of_the_group_that_was_agreed_on)
{
	const struct sample s = MAIN(true, V1_KE V1_NONCE);
	struct message m = build(&s);
	struct ik_msg out = judged(&m, 14);

	cr_expect_eq(out.anomalies, 0);
	out = judged(&m, 2);
	cr_assert_eq(message_anomalies(&out, IK_KE_LENGTH), 1);
	cr_expect_eq(out.anomaly[0].offset, 32);
	cr_expect_eq(out.anomaly[0].expected, 128);
}

/* RFC 2409 5.3 encrypts the public value of one method, and with it its size changes. */
Test(ike_check, an_encrypted_public_value_has_any_size)
{
	const struct sample clear =
	        AGGRESSIVE(false, V1_SA_OF("0024", "001c",
	                                   "01010000 80010007 800e0100 80020004 80030004 "
	                                   "8004000e") "4=09*264;" V1_NONCE V1_ID);
	const struct sample encrypted =
	        AGGRESSIVE(false, V1_SA_OF("0024", "001c",
	                                   "01010000 80010007 800e0100 80020004 80030005 "
	                                   "8004000e") "4=09*264;" V1_NONCE V1_ID);
	struct message m = build(&clear);
	struct ik_msg out = judged(&m, 0);

	cr_expect_eq(message_anomalies(&out, IK_KE_LENGTH), 1);
	m = build(&encrypted);
	out = judged(&m, 0);
	cr_expect_eq(message_anomalies(&out, IK_KE_LENGTH), 0);
}
