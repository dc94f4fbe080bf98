/*
 * Registries, algorithm sizes, vendor ids.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "iana/iana.h"
#include "iana/tables.h"

TestSuite(iana);

static const struct ik_registry *const registries[] = {
        &ik_reg_v1_exchange_types,
        &ik_reg_v1_payload_types,
        &ik_reg_v1_notify_types,
        &ik_reg_v1_cfg_attribute_types,
        &ik_reg_v1_phase1_encryption,
        &ik_reg_v1_phase1_attribute_classes,
        &ik_reg_v2_exchange_types,
        &ik_reg_v2_payload_types,
        &ik_reg_v2_notify_error,
        &ik_reg_v2_notify_status,
        &ik_reg_v2_encr,
        &ik_reg_v2_cfg_attribute_types,
};

Test(iana, rows_are_ascending_and_disjoint)
{
	for (size_t i = 0; i < sizeof(registries) / sizeof(registries[0]); i++) {
		const struct ik_registry *reg = registries[i];

		for (size_t k = 0; k < reg->n; k++) {
			const struct ik_iana_row *row = &reg->rows[k];

			cr_assert_leq(row->first, row->last, "%s row %zu", reg->name, k);
			if (k > 0)
				cr_assert_lt(row[-1].last, row->first, "%s row %zu", reg->name, k);
			cr_assert_eq(ik_iana_find(reg, row->first), row);
			cr_assert_eq(ik_iana_find(reg, row->last), row);
		}
	}
}

/* clang-format off */
static const struct { const struct ik_registry *reg; uint32_t value; const char *text; } names[] = {
	{ &ik_reg_v1_exchange_types,         2, "Identity Protection" },
	{ &ik_reg_v1_exchange_types,        32, "Quick Mode" },
	{ &ik_reg_v1_exchange_types,         7, "unassigned (7)" },
	{ &ik_reg_v1_exchange_types,       242, "private use (242)" },
	{ &ik_reg_v1_payload_types,         20, "NAT-D (NAT Discovery)" },
	{ &ik_reg_v1_payload_types,        129, "private use (129)" },
	{ &ik_reg_v1_phase1_encryption,      7, "AES-CBC" },
	{ &ik_reg_v1_phase1_encryption,  65535, "private use (65535)" },
	{ &ik_reg_v1_phase1_encryption,  65004, "SERPENT-CBC" },
	{ &ik_reg_v2_exchange_types,         0, "reserved (0)" },
	{ &ik_reg_v2_exchange_types,        33, "reserved (33)" },
	{ &ik_reg_v2_exchange_types,        34, "IKE_SA_INIT" },
	{ &ik_reg_v2_exchange_types,        44, "IKE_FOLLOWUP_KE" },
	{ &ik_reg_v2_exchange_types,        45, "unassigned (45)" },
	{ &ik_reg_v2_encr,                  12, "ENCR_AES_CBC" },
	{ &ik_reg_v2_encr,                  17, "unassigned (17)" },
	{ &ik_reg_v2_encr,                  22, "reserved (22)" },
	{ &ik_reg_v2_integ,                  0, "NONE" },
	{ &ik_reg_v2_key_exchange_methods,  36, "ml-kem-768" },
	{ &ik_reg_v2_notify_status,      16440, "IP6_ALLOWED" },
	{ &ik_reg_v2_notify_status, 4000000000, "unassigned (4000000000)" },
};
/* clang-format on */

Test(iana, put_names_every_value)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[128];
		struct ik_buf b = IK_BUF_ON(text);

		ik_iana_put(&b, names[i].reg, names[i].value);
		cr_assert_str_eq(text, names[i].text, "row %zu: %s", i, text);
	}
}

Test(iana, name_is_of_assigned_values_only)
{
	cr_assert_str_eq(ik_iana_name(&ik_reg_v2_encr, 20), "ENCR_AES_GCM_16");
	cr_assert_null(ik_iana_name(&ik_reg_v2_encr, 17));
	cr_assert_null(ik_iana_name(&ik_reg_v2_encr, 2000));
	cr_assert_null(ik_iana_name(&ik_reg_v2_encr, 0));
}

Test(iana, notify_name_joins_errors_and_states)
{
	cr_assert_str_eq(ik_notify_name(1, 14), "NO-PROPOSAL-CHOSEN");
	cr_assert_str_eq(ik_notify_name(2, 14), "NO_PROPOSAL_CHOSEN");
	cr_assert_str_eq(ik_notify_name(2, 16388), "NAT_DETECTION_SOURCE_IP");
	cr_assert_str_eq(ik_notify_name(1, 36136), "R-U-THERE");
	cr_assert_null(ik_notify_name(2, 100));
	cr_assert_null(ik_notify_name(1, 16388));
}

Test(iana, algorithm_sizes)
{
	const struct ik_alg_encr *gcm = ik_alg_encr_v2(20);

	cr_assert_not_null(gcm);
	cr_assert_eq(gcm->salt, 4);
	cr_assert_eq(gcm->iv, 8);
	cr_assert_eq(gcm->icv, 16);
	cr_assert_eq(ik_alg_encr_v1(7)->block, 16);
	cr_assert_eq(ik_alg_integ_v2(12)->size, 16);
	cr_assert_eq(ik_alg_prf_v2(5)->size, 32);
	cr_assert_eq(ik_alg_hash_v1(2)->size, 20);
	cr_assert_eq(ik_alg_ke(2, 14)->size, 256);
	cr_assert_eq(ik_alg_ke(2, 36)->size, 1184);
	cr_assert_eq(ik_alg_ke(2, 36)->size_r, 1088);
	cr_assert_null(ik_alg_ke(1, 36));
	cr_assert_null(ik_alg_encr_v2(10));
	cr_assert_null(ik_alg_ke(2, 65535));
}

/* ---- vendor ids ----------------------------------------------------------------------------- */

/* What ik_vendor_find() must give, found the slow way. */
static uint16_t slow_find(const uint8_t *octets, size_t len)
{
	size_t best = 0;

	for (size_t i = 0; i < ik_vendor_count; i++) {
		const struct ik_vendor *v = &ik_vendors[i];

		if (v->len <= len && (v->prefix || v->len == len) &&
		    memcmp(v->octets, octets, v->len) == 0 &&
		    (best == 0 || v->len > ik_vendors[best - 1].len))
			best = i + 1;
	}
	return (uint16_t)best;
}

Test(iana, vendor_find_is_the_longest_match)
{
	for (size_t i = 0; i < ik_vendor_count; i++) {
		uint8_t octets[300] = {0};

		memcpy(octets, ik_vendors[i].octets, ik_vendors[i].len);
		cr_assert_eq(ik_vendor_find(octets, ik_vendors[i].len), i + 1, "row %zu", i);
		for (size_t len = 0; len < ik_vendors[i].len + 4U; len++) {
			for (unsigned flip = 0; flip < 256; flip += 85) {
				octets[len / 2] ^= (uint8_t)flip;
				cr_assert_eq(ik_vendor_find(octets, len), slow_find(octets, len),
				             "row %zu, %zu octets", i, len);
				octets[len / 2] ^= (uint8_t)flip;
			}
		}
	}
	cr_assert_eq(ik_vendor_find((const uint8_t *)"", 0), 0);
}

/* clang-format off */
static const struct { const char *octets; size_t len; enum ik_vid_class kind; const char *implementation; } vendors[] = {
	{ "\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f", 16, IK_VID_NATT_RFC3947,  NULL },
	{ "\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f", 16, IK_VID_NATT_DRAFT,    NULL },
	{ "\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3\x80\x00\x00\x00", 20, IK_VID_FRAGMENTATION, NULL },
	{ "\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57\x01\x00", 16, IK_VID_DPD,           NULL },
	{ "\x09\x00\x26\x89\xdf\xd6\xb7\x12",                                  8, IK_VID_XAUTH,         NULL },
	{ "\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc\x01\x00", 16, IK_VID_UNITY,         NULL },
	{ "\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", 16, IK_VID_PRODUCT,       "strongSwan" },
	{ "OE-Libreswan-4.10",                                                17, IK_VID_PRODUCT,       "libreswan" },
	{ "OpenIKED-7.2",                                                     12, IK_VID_PRODUCT,       "OpenIKED" },
	{ "FLEXVPN-SUPPORTED",                                                17, IK_VID_PRODUCT,       "Cisco IOS" },
	{ "\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61\x00\x00\x00\x09", 20, IK_VID_PRODUCT, "Windows" },
	{ "\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35", 16, IK_VID_PRODUCT,       "racoon" },
};
/* clang-format on */

Test(iana, vendor_classes)
{
	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
		uint16_t number =
		        ik_vendor_find((const uint8_t *)vendors[i].octets, vendors[i].len);
		const struct ik_vendor *v = ik_vendor_row(number);

		cr_assert_not_null(v, "row %zu", i);
		cr_assert_eq(v->kind, vendors[i].kind, "row %zu: %s", i, v->name);
		if (vendors[i].implementation == NULL)
			cr_assert_null(v->implementation, "row %zu", i);
		else
			cr_assert_str_eq(v->implementation, vendors[i].implementation);
	}
	cr_assert_null(ik_vendor_row(0));
	cr_assert_null(ik_vendor_row((uint16_t)(ik_vendor_count + 1)));
}

/* ---- retransmission schedules --------------------------------------------------------------- */

static const char *schedules(unsigned major, bool responder, const uint32_t *gaps, size_t n)
{
	static char text[200];
	const char *known[8];
	size_t found = ik_schedules_find(major, responder, gaps, n, known, 8);
	struct ik_buf b = IK_BUF_ON(text);

	for (size_t i = 0; i < found; i++)
		ik_buf_printf(&b, "%s%s", i > 0 ? " | " : "", known[i]);
	return text;
}
#define GAPS(...) (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / 4

Test(iana, schedules)
{
	cr_expect_str_eq(schedules(2, false, GAPS(4000, 7200, 12960)), "strongSwan");
	cr_expect_str_eq(schedules(2, false, GAPS(4400, 6480, 12960, 23000, 42500)), "strongSwan");
	cr_expect_str_eq(schedules(1, false, GAPS(500, 500, 1000, 2000)), "libreswan");
	cr_expect_str_eq(schedules(1, false, GAPS(10010, 9990, 10000)), "Cisco IOS | racoon");
	cr_expect_str_eq(schedules(1, true, GAPS(500, 1000, 2000)), "Stonegate | Sun Solaris");
	/* too few, too far off, more than there are, not with this version, not of this side */
	cr_expect_str_eq(schedules(2, false, GAPS(4000, 7200)), "");
	cr_expect_str_eq(schedules(2, false, GAPS(4401, 7200, 12960)), "");
	cr_expect_str_eq(schedules(2, false, GAPS(4000, 7200, 12960, 23328, 41990, 75000)), "");
	cr_expect_str_eq(schedules(1, false, GAPS(2000, 4000, 8000)), "");
	cr_expect_str_eq(schedules(2, false, GAPS(2000, 4000, 8000)), "OpenIKED");
	cr_expect_str_eq(schedules(2, false, GAPS(10000, 10000, 10000)), "");
	cr_expect_str_eq(schedules(1, false, GAPS(1000, 2000, 4000)), "");
	cr_expect_str_eq(schedules(1, true, GAPS(1000, 2000, 4000)), "Windows 2000, XP or 2003");
}
