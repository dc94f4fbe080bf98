/*
 * Tables that tools/iana/generate writes for iana.c alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_IANA_TABLES_H
#define IK_IANA_TABLES_H

#include "iana/iana.h"

struct ik_encr_table {
	const struct ik_alg_encr *rows; /* ascending by id */
	size_t n;
};
struct ik_size_table {
	const struct ik_alg_size *rows; /* ascending by id */
	size_t n;
};

extern const struct ik_encr_table ik_encr_v1, ik_encr_v2;
extern const struct ik_size_table ik_integ_v2, ik_prf_v2, ik_hash_v1, ik_ke_v1, ik_ke_v2;

/* Ascending by octets, a prefix before what it begins; ik_vendor_parents holds for each row the
 * number (index + 1) of the longest other row that begins it, or 0; ik_vendor_first for each octet
 * the index of the first row that does not begin with a lesser one. */
extern const struct ik_vendor ik_vendors[];
extern const uint16_t ik_vendor_parents[];
extern const uint16_t ik_vendor_first[257];
extern const size_t ik_vendor_count;

/* The order of the CSV: the commonest first. */
extern const struct ik_schedule ik_schedules[];
extern const size_t ik_schedule_count;

#endif
