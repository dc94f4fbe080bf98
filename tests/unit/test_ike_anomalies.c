/*
 * Every anomaly: hit by a message, missed by the neighbour that is right.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "test_ike.h"

TestSuite(ike_anomalies);

/* One octet of the message decides. */
/* clang-format off */
static const struct { enum ik_anomaly_code code; uint8_t major, type; const char *body; size_t offset; uint8_t bad; uint8_t payload; } octets[] = {
	/* the header */
	{ IK_HDR_LENGTH,       2, 40, "11*16",                                                    26, 0x01,  0 },
	{ IK_HDR_LENGTH,       2, 40, "11*16",                                                    27, 0x1b,  0 },
	{ IK_HDR_LENGTH,       2, 40, "11*16",                                                    27, 0x00,  0 },
	{ IK_HDR_TRAILING,     2, 40, "11*16",                                                    27, 0x2f,  0 },
	{ IK_HDR_FLAGS,        2, 40, "11*16",                                                    19, 0x09,  0 },
	{ IK_HDR_FLAGS,        2, 40, "11*16",                                                    19, 0x18,  0 },
	{ IK_HDR_FLAGS,        2, 40, "11*16",                                                    19, 0x28,  0 },
	{ IK_HDR_FLAGS,        2, 40, "11*16",                                                    19, 0x00,  0 },
	{ IK_HDR_FLAGS,        1, 10, "11*16",                                                    19, 0x05,  0 },
	{ IK_HDR_FLAGS,        1, 10, "11*16",                                                    19, 0x08,  0 },
	{ IK_HDR_VERSION,      2, 40, "11*16",                                                    17, 0x21,  0 },
	{ IK_HDR_VERSION,      2, 40, "11*16",                                                    17, 0x30,  0 },
	{ IK_HDR_VERSION,      1, 10, "11*16",                                                    17, 0x12,  0 },
	/* generic headers and the chain */
	{ IK_PAYLOAD_LENGTH,   2, 40, "11*16",                                                    31, 0x03, 40 },
	{ IK_PAYLOAD_LENGTH,   2, 40, "11*16",                                                    31, 0x15, 40 },
	{ IK_PAYLOAD_LENGTH,   1, 10, "11*16",                                                    31, 0x00, 10 },
	{ IK_PAYLOAD_RESERVED, 2, 40, "11*16",                                                    29, 0x01, 40 },
	{ IK_PAYLOAD_RESERVED, 1, 10, "11*16",                                                    29, 0x80, 10 },
	{ IK_PAYLOAD_RESERVED, 2, 34, "0000 0000 11",                                             34, 0x01, 34 },
	{ IK_PAYLOAD_UNKNOWN,  2, 40, "11*16",                                                    16, 0x63, 99 },
	{ IK_PAYLOAD_UNKNOWN,  1, 10, "11*16",                                                    16, 0x63, 99 },
	{ IK_PAYLOAD_CRITICAL, 2, 99, "11*16",                                                    29, 0x80, 99 },
	{ IK_CHAIN_NOT_ENDED,  2, 40, "11*16",                                                    28, 0x28, 40 },
	{ IK_CHAIN_NOT_ENDED,  2, 40, "11*17",                                                    31, 0x14,  0 },
	{ IK_CHAIN_AFTER_SK,   2, 46, "11*18",                                                    31, 0x15, 46 },
	{ IK_FRAGMENT_NUMBER,  2, 53, "0001 0002 11*17",                                          33, 0x00, 53 },
	{ IK_FRAGMENT_NUMBER,  2, 53, "0001 0002 11*17",                                          33, 0x03, 53 },
	{ IK_FRAGMENT_NUMBER,  1, 132, "0001 01 00 11",                                           34, 0x00, 132 },
	/* SA */
	{ IK_PROPOSAL_LENGTH,  2, 33, "00000010 01010001 00000008 0400001f",                      35, 0x11, 33 },
	{ IK_PROPOSAL_LENGTH,  2, 33, "00000010 01010001 00000008 0400001f",                      35, 0x07, 33 },
	{ IK_PROPOSAL_LENGTH,  2, 33, "00000010 01010001 00000008 0400001f",                      32, 0x02, 33 },
	{ IK_PROPOSAL_LENGTH,  1,  1, "00000001 00000001 00000014 01010001 0000000c 01010000 80010007", 43, 0x15, 1 },
	{ IK_TRANSFORM_LENGTH, 2, 33, "00000010 01010001 00000008 0400001f",                      43, 0x09, 33 },
	{ IK_TRANSFORM_LENGTH, 2, 33, "00000010 01010001 00000008 0400001f",                      43, 0x07, 33 },
	{ IK_TRANSFORM_LENGTH, 1,  1, "00000001 00000001 00000014 01010001 0000000c 01010000 80010007", 51, 0x0d, 1 },
	{ IK_TRANSFORM_COUNT,  2, 33, "00000010 01010001 00000008 0400001f",                      39, 0x02, 33 },
	{ IK_TRANSFORM_COUNT,  2, 33, "00000010 01010001 00000008 0400001f",                      40, 0x03, 33 },
	{ IK_ATTRIBUTE_LENGTH, 2, 33, "00000014 01010001 0000000c 0100000c 800e0100",             48, 0x00, 33 },
	{ IK_ATTRIBUTE_LENGTH, 1,  1, "00000001 00000001 00000018 01010001 00000010 01010000 000c0004 00015180", 59, 0x05, 1 },
	{ IK_SPI_SIZE,         2, 33, "00000014 01030401 00000000 00000008 0100000c",             38, 0x03, 33 },
	{ IK_SPI_SIZE,         2, 41, "03 04 4009 cafebabe",                                      32, 0x01, 41 },
	{ IK_SPI_SIZE,         1, 12, "00000001 01 10 0001 11*16",                                36, 0x03, 12 },
	/* bodies */
	{ IK_KE_LENGTH,        2, 34, "001f 0000 11*32",                                          33, 0x0e, 34 },
	{ IK_DELETE_LENGTH,    2, 42, "03 04 0001 cafebabe",                                      35, 0x02, 42 },
	{ IK_DELETE_LENGTH,    1, 12, "00000001 03 04 0001 cafebabe",                             39, 0x02, 12 },
	{ IK_ID_LENGTH,        2, 35, "01000000 c0000201",                                        32, 0x05, 35 },
	{ IK_ID_LENGTH,        1,  5, "01000000 c0000201",                                        32, 0x07,  5 },
	{ IK_ID_LENGTH,        1, 21, "01000000 c0000201",                                        32, 0x05, 21 },
	{ IK_ID_LENGTH,        2, 35, "0b000000 c0",                                              32, 0x0d, 35 },
	{ IK_TS_LENGTH,        2, 44, "01000000 07 00 0010 0000 ffff 0a000000 0affffff",          32, 0x02, 44 },
	{ IK_TS_LENGTH,        2, 44, "01000000 07 00 0010 0000 ffff 0a000000 0affffff",          36, 0x08, 44 },
	{ IK_TS_LENGTH,        2, 44, "01000000 07 00 0010 0000 ffff 0a000000 0affffff",          39, 0x11, 44 },
	{ IK_TS_LENGTH,        2, 44, "01000000 07 00 0010 0000 ffff 0a000000 0affffff",          39, 0x03, 44 },
	{ IK_CONFIG_LENGTH,    2, 47, "01000000 0001 0004 c0000201",                              37, 0x0a, 47 },
	{ IK_CONFIG_LENGTH,    2, 47, "01000000 0001 0004 c0000201",                              39, 0x05, 47 },
	{ IK_CONFIG_LENGTH,    1, 14, "01000000 0001 0004 c0000201",                              37, 0x0a, 14 },
	{ IK_PAYLOAD_RESERVED, 2, 47, "01000000 0001 0004 c0000201",                              36, 0x80, 47 },
	{ IK_EAP_LENGTH,       2, 48, "01 07 0006 01 61",                                         35, 0x05, 48 },
	{ IK_NOTIFY_LENGTH,    2, 41, "00 00 0011 001f",                                          35, 0x09, 41 },
	{ IK_NOTIFY_LENGTH,    2, 41, "00 00 4017 01 04 c0000201",                                37, 0x03, 41 },
	{ IK_PAYLOAD_SHORT,    2, 41, "00 00 000e",                                               33, 0x04, 41 },
	{ IK_PAYLOAD_SHORT,    2, 39, "0e000000 02 3003",                                         36, 0x03, 39 },
};
/* The size decides. */
static const struct { enum ik_anomaly_code code; uint8_t major, type; const char *good, *bad; } sizes[] = {
	{ IK_PAYLOAD_SHORT, 2, 34, "0000 0000",                  "0000 00" },
	{ IK_PAYLOAD_SHORT, 2, 41, "00 00 000e",                 "00 00 00" },
	{ IK_PAYLOAD_SHORT, 1,  1, "00000001 00000001",          "00000001 000000" },
	{ IK_PAYLOAD_SHORT, 1,  5, "0b000000",                   "0b0000" },
	{ IK_NONCE_LENGTH,  2, 40, "11*16",                      "11*15" },
	{ IK_NONCE_LENGTH,  2, 40, "11*256",                     "11*257" },
	{ IK_NONCE_LENGTH,  1, 10, "11*8",                       "11*7" },
	{ IK_NOTIFY_LENGTH, 2, 41, "00 00 4004 11*20",           "00 00 4004 11*16" },
	{ IK_NOTIFY_LENGTH, 2, 41, "00 00 4006 11*64",           "00 00 4006 11*65" },
	{ IK_NOTIFY_LENGTH, 2, 41, "00 00 4006 11",              "00 00 4006" },
	{ IK_NOTIFY_LENGTH, 2, 41, "00 00 402f 0002",            "00 00 402f 000200" },
	{ IK_NOTIFY_LENGTH, 2, 41, "00 00 403b 03 00 0e",        "00 00 403b 03 00" },
	{ IK_NOTIFY_LENGTH, 1, 11, "00000001 01 00 8d28 11*4",   "00000001 01 00 8d28 11*3" },
	{ IK_CONFIG_LENGTH, 2, 47, "01000000 0001 0000",         "01000000 0001 00" },
	{ IK_SK_SHORT,      2, 46, "11*17",                      "11*16" },
	{ IK_SK_SHORT,      2, 53, "0001 0001 11*17",            "0001 0001 11*16" },
	{ IK_KE_LENGTH,     2, 34, "0024 0000 11*1184",          "0024 0000 11*1088" },
	{ IK_SPI_SIZE,      2, 33, "00000018 01010801 00*8 00000008 0100000c", "00000014 01010401 00*4 00000008 0100000c" },
};
/* clang-format on */

static void check(enum ik_anomaly_code code, const struct message *good, const struct message *bad,
                  const char *table, size_t row)
{
	struct ik_msg out = message_decode(good, NULL);

	cr_expect_eq(message_anomalies(&out, code), 0, "%s %zu: good one hit", table, row);
	out = message_decode(bad, NULL);
	cr_expect_geq(
	        message_anomalies(&out, code), 1, "%s %zu: %s missed, %s instead", table, row,
	        ik_anomaly_info(code)->name,
	        ik_anomaly_info(out.n_anomaly != 0 ? out.anomaly[0].code : IK_ANOMALY_NONE)->name);
}

Test(ike_anomalies, one_octet_decides)
{
	for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
		struct message good = message_of(octets[i].major, octets[i].type, octets[i].body);
		struct message bad = good;
		struct ik_msg out;

		bad.octets[octets[i].offset] = octets[i].bad;
		check(octets[i].code, &good, &bad, "octet row", i);
		out = message_decode(&bad, NULL);
		for (unsigned k = 0; k < out.n_anomaly; k++) {
			if (out.anomaly[k].code == octets[i].code)
				cr_expect_eq(out.anomaly[k].payload, octets[i].payload,
				             "octet row %zu: payload %u", i,
				             out.anomaly[k].payload);
		}
	}
}

Test(ike_anomalies, the_size_decides)
{
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct message good = message_of(sizes[i].major, sizes[i].type, sizes[i].good);
		struct message bad = message_of(sizes[i].major, sizes[i].type, sizes[i].bad);

		check(sizes[i].code, &good, &bad, "size row", i);
	}
}

Test(ike_anomalies, every_code_is_in_a_test_and_has_words)
{
	/* these have tests of their own below */
	uint64_t seen = 1 << IK_ANOMALY_NONE | 1 << IK_HDR_SHORT | 1 << IK_HDR_SPI_ZERO |
	                1 << IK_PAYLOAD_TOO_MANY | UINT64_C(1) << IK_SNAPPED;

	for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++)
		seen |= UINT64_C(1) << octets[i].code;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		seen |= UINT64_C(1) << sizes[i].code;
	for (unsigned code = 0; code < IK_ANOMALY_COUNT; code++) {
		const struct ik_anomaly_info *info = ik_anomaly_info((enum ik_anomaly_code)code);

		if (code < IK_HDR_MESSAGE_ID) /* test_ike_check.c has the others */
			cr_expect((seen >> code & 1) != 0, "%s", info->name);
		cr_expect(info->name != NULL && info->text != NULL);
		cr_expect(info->rfc1 != NULL && info->rfc2 != NULL);
	}
}

Test(ike_anomalies, short_header)
{
	struct message m = message_open(0x20, 34, 0x08);
	struct ik_msg out;

	out = message_decode(&m, NULL);
	cr_assert_eq(message_anomalies(&out, IK_HDR_SHORT), 0);
	ik_msg_decode(&out, m.octets, 27, 27, false, 64, NULL);
	cr_assert_eq(message_anomalies(&out, IK_HDR_SHORT), 1);
	cr_assert_eq(out.captured, 27);
	ik_msg_decode(&out, m.octets, 27, 28, true, 64, NULL);
	cr_assert_eq(message_anomalies(&out, IK_HDR_SHORT), 0);
	cr_assert_eq(message_anomalies(&out, IK_SNAPPED), 1);
}

Test(ike_anomalies, zero_spi)
{
	struct message m = message_of(2, 40, "11*16");
	struct ik_msg out;

	memset(m.octets, 0, 7);
	out = message_decode(&m, NULL);
	cr_assert_eq(out.anomalies, 0);
	m.octets[7] = 0;
	out = message_decode(&m, NULL);
	cr_assert_eq(message_anomalies(&out, IK_HDR_SPI_ZERO), 1);
}

Test(ike_anomalies, zero_length_decodes_by_the_datagram)
{
	struct message m = message_of(2, 40, "11*16");
	struct ik_msg out;

	m.octets[27] = 0;
	out = message_decode(&m, NULL);
	cr_assert_eq(out.nonce.len, 16);
	cr_assert_eq(out.anomalies, 1);
	cr_assert_eq(out.anomaly[0].code, IK_HDR_LENGTH);
	cr_assert_eq(out.anomaly[0].offset, 24);
	cr_assert_eq(out.anomaly[0].expected, 48);
}

Test(ike_anomalies, trailing_octets_are_left_out)
{
	struct message m = message_of(2, 40, "11*16");
	struct ik_msg out;

	message_hex(&m, "ee*100");
	out = message_decode(&m, NULL);
	cr_assert_eq(out.anomalies, 1);
	cr_assert_eq(out.anomaly[0].code, IK_HDR_TRAILING);
	cr_assert_eq(out.anomaly[0].offset, 48);
	cr_assert_eq(out.captured, 48);
}

/* Where the datagram goes on, though neither that nor the end of the message was captured. */
Test(ike_anomalies, trailing_octets_behind_a_cut_capture)
{
	struct message m = message_of(2, 40, "11*16");
	struct ik_msg out;

	ik_msg_decode(&out, m.octets, 47, 148, true, 64, NULL);
	cr_assert_eq(out.anomalies, 2);
	cr_expect_eq(out.anomaly[0].code, IK_HDR_TRAILING);
	cr_expect_eq(out.anomaly[0].offset, 48);
	cr_expect_eq(out.anomaly[0].got, 148);
	cr_expect_eq(out.anomaly[1].code, IK_SNAPPED);
	cr_expect_eq(out.anomaly[1].offset, 47);
	cr_expect_eq(out.anomaly[1].expected, 48);
}

Test(ike_anomalies, a_cut_capture_is_not_the_senders_fault)
{
	struct message m = message_open(0x20, 34, 0x08);
	struct ik_msg out;

	message_add(&m, 33, "00000010 01010001 00000008 0400001f");
	message_add(&m, 34, "001f 0000 09*32");
	message_add(&m, 40, "11*32");
	message_add(&m, 41, "00 00 4004 a1*20");
	for (size_t n = 28; n < m.len; n++) {
		ik_msg_decode(&out, m.octets, n, m.len, true, 64, NULL);
		cr_expect_eq(out.anomalies, 1, "%zu octets: %s", n,
		             ik_anomaly_info(out.anomaly[out.n_anomaly - 1].code)->name);
		cr_expect_eq(out.anomaly[0].code, IK_SNAPPED, "%zu octets", n);
		cr_expect_eq(out.captured, n);
	}
	ik_msg_decode(&out, m.octets, m.len, m.len, true, 64, NULL);
	cr_expect_eq(out.anomalies, 0);
}

Test(ike_anomalies, a_cut_sk_has_the_length_of_the_wire)
{
	struct message m = message_of(2, 46, "77*64");
	struct ik_msg out;

	ik_msg_decode(&out, m.octets, 40, m.len, true, 64, NULL);
	cr_assert_eq(out.sk_len, 64);
	cr_assert(out.encrypted);
	cr_assert_eq(out.anomalies, 1);
}

Test(ike_anomalies, padding_of_ikev1)
{
	struct message m = message_of(1, 13, "0102");
	struct ik_msg out;

	message_hex(&m, "0000");
	message_close(&m);
	out = message_decode(&m, NULL);
	cr_assert_eq(out.anomalies, 0);
	m.octets[m.len - 1] = 1;
	out = message_decode(&m, NULL);
	cr_assert_eq(message_anomalies(&out, IK_CHAIN_NOT_ENDED), 1);
}

Test(ike_anomalies, the_inside_of_an_encrypted_ikev1_message_is_left_alone)
{
	struct message m = message_open(0x10, 5, 0x01);
	struct ik_msg out;

	m.octets[16] = 250;
	message_hex(&m, "77*8");
	message_close(&m);
	out = message_decode(&m, NULL);
	cr_assert_eq(out.anomalies, 0);
	m.len--;
	message_close(&m);
	out = message_decode(&m, NULL);
	cr_assert_eq(message_anomalies(&out, IK_SK_SHORT), 1);
}
