/*
 * What is called IKE on its ports, and what is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "test_ike.h"

TestSuite(ike_frame);

#define NONCE "11*16"
#define HEAD  "a1a2a3a4a5a6a7a8 0000000000000000 "

/* clang-format off */
static const struct { const char *what, *octets; bool marked; enum ik_frame_kind kind; size_t skip; } rows[] = {
	{ "IKE_SA_INIT",                HEAD "28 20 22 08 00000000 00000030 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "main mode",                  HEAD "0a 10 02 00 00000000 00000030 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "GM/T 0022",                  HEAD "0a 11 02 00 00000000 00000030 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "quick mode",                 HEAD "08 10 20 01 12345678 00000024 77*8",                    false, IK_FRAME_IKE, 0 },
	{ "private exchange",           HEAD "0a 10 f0 00 00000000 00000030 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "private exchange, bad length", HEAD "0a 10 f0 00 00000000 00000031 00000014" NONCE,        false, IK_FRAME_FOREIGN, 0 },
	{ "exchange to be assigned",    HEAD "28 20 2d 08 00000000 00000030 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "exchange to be assigned, bad length", HEAD "28 20 2d 08 00000000 00000031 00000014" NONCE, false, IK_FRAME_FOREIGN, 0 },
	{ "private exchange of IKEv2",  HEAD "28 20 f1 08 00000000 00000030 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "header alone",               HEAD "00 10 02 00 00000000 0000001c",                         false, IK_FRAME_IKE, 0 },
	{ "no first payload",           HEAD "00 20 22 08 00000000 00000030 00000014" NONCE,          false, IK_FRAME_FOREIGN, 0 },
	{ "length zero",                HEAD "28 20 22 08 00000000 00000000 00000014" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "length zero, bad payload",   HEAD "28 20 22 08 00000000 00000000 00000003" NONCE,          false, IK_FRAME_FOREIGN, 0 },
	{ "bad payload",                HEAD "28 20 22 08 00000000 00000030 00000003" NONCE,          false, IK_FRAME_IKE, 0 },
	{ "trailing octets",            HEAD "28 20 22 08 00000000 00000030 00000014" NONCE "ee*9",   false, IK_FRAME_IKE, 0 },
	{ "zero SPI",                   "00*16 28 20 22 08 00000000 00000030 00000014" NONCE,         false, IK_FRAME_IKE, 0 },
	{ "zero SPI, length, flags",    "00*16 28 20 22 0f 00000000 00000000 00000014" NONCE,         false, IK_FRAME_FOREIGN, 0 },
	{ "ends in its first payload",  "00*16 08 10 01 00 00000000 00000000 0a 00",                  false, IK_FRAME_IKE, 0 },
	{ "ends in one with reserved bits", "00*16 08 10 01 00 00000000 00000000 0a 01",              false, IK_FRAME_FOREIGN, 0 },
	{ "ends in one before no payload", "00*16 08 10 01 00 00000000 00000000 ee 00",               false, IK_FRAME_FOREIGN, 0 },
	{ "ends before its reserved octet", "00*16 08 10 01 00 00000000 00000000 0a",                 false, IK_FRAME_FOREIGN, 0 },
	{ "version 3",                  HEAD "28 30 22 08 00000000 00000030 00000014" NONCE,          false, IK_FRAME_FOREIGN, 0 },
	{ "exchange of the other version", HEAD "28 20 02 08 00000000 00000030 00000014" NONCE,       false, IK_FRAME_FOREIGN, 0 },
	{ "payload of the other version", HEAD "0a 20 22 08 00000000 00000030 00000014" NONCE,        false, IK_FRAME_FOREIGN, 0 },
	{ "too short",                  HEAD "28 20 22 08 00000000 000000",                           false, IK_FRAME_FOREIGN, 0 },
	{ "keepalive off its port",     "ff",                                                         false, IK_FRAME_FOREIGN, 0 },
	{ "nothing",                    "",                                                           false, IK_FRAME_FOREIGN, 0 },
	/* a DNS answer, NTP, STUN, QUIC, syslog */
	{ "DNS",    "1234 8180 0001 0001 0000 0000 03777777076578616d706c6503636f6d00 0001 0001 c00c 0001 0001 00000e10 0004 c0000201", false, IK_FRAME_FOREIGN, 0 },
	{ "NTP",    "23 02 06 e9 00000123 00000456 c0000201 e8a1b2c3 d4e5f607*8 10*24",                 false, IK_FRAME_FOREIGN, 0 },
	{ "STUN",   "0101 000c 2112a442 a1b2c3d4e5f6a7b8c9d0e1f2 0020 0008 0001 1234 c0000201",         false, IK_FRAME_FOREIGN, 0 },
	{ "QUIC",   "c0 00000001 08 1122334455667788 00 00 44d0 10 20 22 08 30*60",                     false, IK_FRAME_FOREIGN, 0 },
	{ "syslog", "3c33343e4f63742031312032323a31343a313520686f73742073753a206661696c6564",           false, IK_FRAME_FOREIGN, 0 },
	{ "same octets", "20*48",                                                                       false, IK_FRAME_FOREIGN, 0 },
	/* with the non-ESP marker */
	{ "marked",                     "00000000" HEAD "28 20 22 08 00000000 00000030 00000014" NONCE, true, IK_FRAME_IKE, 4 },
	{ "marked off its port",        "00000000" HEAD "28 20 22 08 00000000 00000030 00000014" NONCE, false, IK_FRAME_FOREIGN, 0 },
	{ "marker and nothing",         "00000000 0000",                                              true, IK_FRAME_FOREIGN, 0 },
	{ "marker and noise",           "00000000 55*40",                                             true, IK_FRAME_FOREIGN, 0 },
	{ "marker forgotten",           HEAD "28 20 22 08 00000000 00000030 00000014" NONCE,          true, IK_FRAME_IKE, 0 },
	{ "no marker, bad length",      HEAD "28 20 22 08 00000000 00000031 00000014" NONCE,          true, IK_FRAME_ESP, 0 },
	{ "ESP",                        "cafebabe 00000001 77*64",                                    true, IK_FRAME_ESP, 0 },
	{ "ESP, eight octets",          "cafebabe 00000001",                                          true, IK_FRAME_ESP, 0 },
	{ "seven octets",               "cafebabe 000000",                                            true, IK_FRAME_FOREIGN, 0 },
	{ "keepalive",                  "ff",                                                         true, IK_FRAME_KEEPALIVE, 0 },
	{ "one octet",                  "fe",                                                         true, IK_FRAME_FOREIGN, 0 },
};
/* clang-format on */

Test(ike_frame, rows)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message m = {.len = 0};
		struct ik_framing f;

		message_hex(&m, rows[i].octets);
		f = ik_frame_classify(m.octets, m.len, m.len, rows[i].marked, false);
		cr_expect_eq(f.kind, rows[i].kind, "%s: %d", rows[i].what, (int)f.kind);
		cr_expect_eq(f.skip, rows[i].skip, "%s", rows[i].what);
	}
}

Test(ike_frame, a_cut_capture_may_hold_less_than_the_length_says)
{
	struct message m = message_of(2, 40, "11*200");

	cr_assert_eq(ik_frame_classify(m.octets, 32, m.len, false, true).kind, IK_FRAME_IKE);
	cr_assert_eq(ik_frame_classify(m.octets, 32, 64, false, true).kind, IK_FRAME_IKE);
	cr_assert_eq(ik_frame_classify(m.octets, 28, 64, false, false).kind, IK_FRAME_FOREIGN);
	cr_assert_eq(ik_frame_classify(m.octets, 27, m.len, false, true).kind, IK_FRAME_FOREIGN);
}

/* A generator of octets that is the same everywhere. */
static uint8_t noise(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint8_t)(*state >> 56);
}

Test(ike_frame, noise_is_foreign)
{
	uint64_t state = 1;
	uint8_t octets[128];

	for (unsigned i = 0; i < 200000; i++) {
		size_t len = 28 + (i & 63);

		for (size_t k = 0; k < len; k++)
			octets[k] = noise(&state);
		octets[17] = (i & 1) != 0 ? 0x20 : 0x10; /* help it a little */
		cr_assert_eq(ik_frame_classify(octets, len, len, false, false).kind,
		             IK_FRAME_FOREIGN, "datagram %u", i);
	}
}
