/*
 * The rows of SA payloads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "test_ike.h"

TestSuite(ike_sa);

struct rows {
	struct ik_transform row[32];
	unsigned n;
};

static void keep(void *ctx, const struct ik_transform *t)
{
	struct rows *rows = (struct rows *)ctx;

	rows->row[rows->n++] = *t;
}

static unsigned walk(const char *hex, uint8_t major, unsigned max, struct rows *rows)
{
	struct message m = {.len = 0};

	rows->n = 0;
	message_hex(&m, hex);
	return ik_sa_walk(m.octets, m.len, major, max, keep, rows);
}

#define PHASE1                                                                                     \
	"00000001 00000001 00000038 01010002"                                                      \
	"03000018 01010000 80010007 800e0100 000c0004 00015180"                                    \
	"00000018 02010000 80010005 80020002 80030001 80040002"
#define PHASE2 "00000001 00000001 00000018 01030401 cafebabe 0000000c 010c0000 80040001"
#define IKEV2                                                                                      \
	"02000024 01010003 0300000c 0100000c 800e0100 03000008 02000005 00000008 0400001f"         \
	"00000014 02030401 cafebabe 00000008 01000003"

Test(ike_sa, phase_1)
{
	struct rows r;

	cr_assert_eq(walk(PHASE1, 1, 32, &r), 2);
	cr_assert_eq(r.n, 7);
	cr_assert_eq(r.row[0].proposal, 1);
	cr_assert_eq(r.row[0].transform, 1);
	cr_assert_eq(r.row[0].protocol, 1);
	cr_assert_eq(r.row[0].type, 1);
	cr_assert_eq(r.row[0].value, 7);
	cr_assert_eq(r.row[1].type, 14);
	cr_assert_eq(r.row[1].value, 256);
	cr_assert_eq(r.row[2].type, 12);
	cr_assert_eq(r.row[2].value, 86400);
	cr_assert_eq(r.row[6].transform, 2);
	cr_assert_eq(r.row[6].type, 4);
}

Test(ike_sa, phase_2_tells_the_transform_id_first)
{
	struct rows r;

	cr_assert_eq(walk(PHASE2, 1, 32, &r), 1);
	cr_assert_eq(r.n, 2);
	cr_assert_eq(r.row[0].type, 0);
	cr_assert_eq(r.row[0].value, 12);
	cr_assert_eq(r.row[0].protocol, 3);
	cr_assert_eq(r.row[1].type, 4);
	cr_assert_eq(r.row[1].value, 1);
}

Test(ike_sa, ikev2)
{
	struct rows r;

	cr_assert_eq(walk(IKEV2, 2, 32, &r), 2);
	cr_assert_eq(r.n, 4);
	cr_assert_eq(r.row[0].type, 1);
	cr_assert_eq(r.row[0].value, 12);
	cr_assert_eq(r.row[0].key_bits, 256);
	cr_assert_eq(r.row[0].transform, 1);
	cr_assert_eq(r.row[1].key_bits, 0);
	cr_assert_eq(r.row[2].value, 31);
	cr_assert_eq(r.row[3].proposal, 2);
	cr_assert_eq(r.row[3].protocol, 3);
	cr_assert_eq(r.row[3].transform, 1);
}

Test(ike_sa, rows_are_bounded)
{
	struct rows r;

	cr_assert_eq(walk(IKEV2, 2, 2, &r), 2);
	cr_assert_eq(r.n, 2);
	cr_assert_eq(walk(PHASE1, 1, 0, &r), 2);
	cr_assert_eq(r.n, 0);
}

Test(ike_sa, long_values_saturate)
{
	struct rows r;

	walk("00000001 00000001 0000001c 01010001 00000014 01010000 000c0008 00000001 00000000", 1,
	     32, &r);
	cr_assert_eq(r.n, 1);
	cr_assert_eq(r.row[0].value, UINT32_MAX);
	walk("00000001 00000001 0000001c 01010001 00000014 01010000 000c0008 00000000 00015180", 1,
	     32, &r);
	cr_assert_eq(r.row[0].value, 86400);
}

Test(ike_sa, stops_where_the_form_breaks)
{
	struct rows r;

	cr_assert_eq(walk("00000010 01010001 00000009 0400001f", 2, 32, &r), 1);
	cr_assert_eq(r.n, 0);
	cr_assert_eq(walk("00000011 01010001 00000008 0400001f", 2, 32, &r), 0);
	cr_assert_eq(walk("", 2, 32, &r), 0);
	cr_assert_eq(walk("000000", 1, 32, &r), 0);
	cr_assert_eq(walk("00000001", 1, 32, &r), 0);
}
