/*
 * Look-ups in the generated tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "iana/tables.h"

const struct ik_iana_row *ik_iana_find(const struct ik_registry *reg, uint32_t value)
{
	size_t low = 0, high = reg->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (reg->rows[mid].last < value)
			low = mid + 1;
		else
			high = mid;
	}
	return low < reg->n && reg->rows[low].first <= value ? &reg->rows[low] : NULL;
}

const char *ik_iana_name(const struct ik_registry *reg, uint32_t value)
{
	const struct ik_iana_row *row = ik_iana_find(reg, value);

	return row != NULL && row->named ? row->name : NULL;
}

void ik_iana_put(struct ik_buf *b, const struct ik_registry *reg, uint32_t value)
{
	const struct ik_iana_row *row = ik_iana_find(reg, value);

	if (row != NULL && row->named)
		ik_buf_puts(b, row->name);
	else
		ik_buf_printf(b, "%s (%lu)", row != NULL ? row->name : "unassigned",
		              (unsigned long)value);
}

const char *ik_notify_name(unsigned major, uint16_t type)
{
	/* RFC 7296 3.10.1: types from 16384 are status types. */
	if (major == 1)
		return ik_iana_name(&ik_reg_v1_notify_types, type);
	return ik_iana_name(type < 16384 ? &ik_reg_v2_notify_error : &ik_reg_v2_notify_status,
	                    type);
}

/* ---- algorithms ----------------------------------------------------------------------------- */

static const struct ik_alg_encr *find_encr(const struct ik_encr_table *t, uint16_t id)
{
	for (size_t i = 0; i < t->n && t->rows[i].id <= id; i++) {
		if (t->rows[i].id == id)
			return &t->rows[i];
	}
	return NULL;
}

static const struct ik_alg_size *find_size(const struct ik_size_table *t, uint16_t id)
{
	for (size_t i = 0; i < t->n && t->rows[i].id <= id; i++) {
		if (t->rows[i].id == id)
			return &t->rows[i];
	}
	return NULL;
}

const struct ik_alg_encr *ik_alg_encr_v2(uint16_t id)
{
	return find_encr(&ik_encr_v2, id);
}

const struct ik_alg_encr *ik_alg_encr_v1(uint16_t id)
{
	return find_encr(&ik_encr_v1, id);
}

const struct ik_alg_size *ik_alg_integ_v2(uint16_t id)
{
	return find_size(&ik_integ_v2, id);
}

const struct ik_alg_size *ik_alg_prf_v2(uint16_t id)
{
	return find_size(&ik_prf_v2, id);
}

const struct ik_alg_size *ik_alg_hash_v1(uint16_t id)
{
	return find_size(&ik_hash_v1, id);
}

const struct ik_alg_size *ik_alg_ke(unsigned major, uint16_t group)
{
	return find_size(major == 1 ? &ik_ke_v1 : &ik_ke_v2, group);
}

/* ---- vendor ids ----------------------------------------------------------------------------- */

/* The number of rows that do not sort behind octets; a row that begins octets does not. */
static size_t rows_up_to(const uint8_t *octets, size_t len)
{
	size_t low = len > 0 ? ik_vendor_first[octets[0]] : 0;
	size_t high = len > 0 ? ik_vendor_first[octets[0] + 1] : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		const struct ik_vendor *v = &ik_vendors[mid];
		int order = memcmp(v->octets, octets, v->len < len ? v->len : len);

		if (order < 0 || (order == 0 && v->len <= len))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Every row that begins octets sorts before it, and whatever sorts between the two begins with
 * that row as well. So all of them lie on the chain of parents of the last row not behind it. */
uint16_t ik_vendor_find(const uint8_t *octets, size_t len)
{
	size_t number = rows_up_to(octets, len);

	while (number != 0) {
		const struct ik_vendor *v = &ik_vendors[number - 1];

		if (v->len <= len && (v->prefix || v->len == len) &&
		    memcmp(v->octets, octets, v->len) == 0)
			return (uint16_t)number;
		number = ik_vendor_parents[number - 1];
	}
	return 0;
}

const struct ik_vendor *ik_vendor_row(uint16_t number)
{
	return number == 0 || number > ik_vendor_count ? NULL : &ik_vendors[number - 1];
}

/* ---- retransmission schedules --------------------------------------------------------------- */

static bool fits(const struct ik_schedule *s, const uint32_t *gaps, size_t n)
{
	if (n > s->n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint32_t off = gaps[i] > s->gaps[i] ? gaps[i] - s->gaps[i] : s->gaps[i] - gaps[i];

		if (off > 100 && off > s->gaps[i] / 10)
			return false;
	}
	return true;
}

size_t ik_schedules_find(unsigned major, bool responder, const uint32_t *gaps, size_t n,
                         const char **names, size_t most)
{
	size_t found = 0;

	for (size_t i = 0; i < ik_schedule_count && n >= IK_SCHEDULE_LEAST; i++) {
		const struct ik_schedule *s = &ik_schedules[i];
		bool known = false;

		for (size_t k = 0; k < found; k++)
			known |= strcmp(names[k], s->implementation) == 0;
		if (!known && found < most && (s->versions & major) != 0 &&
		    (responder || !s->responder) && fits(s, gaps, n))
			names[found++] = s->implementation;
	}
	return found;
}
