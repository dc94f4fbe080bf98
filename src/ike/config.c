/*
 * Configuration: the attribute payload of IKEv1 mode config and XAUTH, and CP of IKEv2.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

#define ANY 0xff
#define AF  0x8000

/* What one attribute holds: empty in a request, else so many octets. */
enum form { NUMBER, ADDRESS, ADDRESS_PREFIX, ADDRESS_MASK, NUMBERS, TEXT, OCTETS };

struct attribute {
	uint16_t type;
	uint8_t octets; /* or ANY */
	enum form form;
};

/* clang-format off */
/* draft-dukes-ike-mode-cfg 3.3 and draft-beaulieu-ike-xauth 6.2 */
static const struct attribute attributes1[] = {
	{ 1,     4,   ADDRESS }, { 2,     4,   ADDRESS }, { 3,     4,   ADDRESS }, { 4,     4,   ADDRESS },
	{ 5,     4,   NUMBER },  { 6,     4,   ADDRESS }, { 7,     ANY, TEXT },    { 8,     16,  ADDRESS },
	{ 9,     16,  ADDRESS }, { 10,    16,  ADDRESS }, { 11,    16,  ADDRESS }, { 12,    16,  ADDRESS },
	{ 13,    8,   ADDRESS_MASK }, { 14, ANY, NUMBERS }, { 15,  17,  ADDRESS_PREFIX },
	{ 16521, ANY, TEXT },    { 16524, ANY, TEXT },    { 16526, ANY, TEXT },
	{ 28672, ANY, TEXT },    { 28674, ANY, TEXT },    { 28675, ANY, TEXT },    { 28682, ANY, TEXT },
};
/* RFC 7296 3.15.1; 20 and 21 are RFC 7651 4.1, 25 RFC 8598 4.1 */
static const struct attribute attributes2[] = {
	{ 1,     4,   ADDRESS }, { 2,     4,   ADDRESS }, { 3,     4,   ADDRESS }, { 4,     4,   ADDRESS },
	{ 6,     4,   ADDRESS }, { 7,     ANY, TEXT },    { 8,     17,  ADDRESS_PREFIX },
	{ 10,    16,  ADDRESS }, { 12,    16,  ADDRESS }, { 13,    8,   ADDRESS_MASK },
	{ 14,    ANY, NUMBERS }, { 15,    17,  ADDRESS_PREFIX },
	{ 20,    4,   ADDRESS }, { 21,    16,  ADDRESS }, { 25,    ANY, TEXT },
	{ 23456, 4,   ADDRESS }, { 23457, 16,  ADDRESS },
	{ 28672, ANY, TEXT },    { 28674, ANY, TEXT },    { 28675, ANY, TEXT },    { 28682, ANY, TEXT },
};
/* clang-format on */

static const struct attribute *find(unsigned major, uint16_t type)
{
	const struct attribute *rows = major == 1 ? attributes1 : attributes2;
	size_t n = (major == 1 ? sizeof(attributes1) : sizeof(attributes2)) / sizeof(rows[0]);

	for (size_t i = 0; i < n; i++) {
		if (rows[i].type == type)
			return &rows[i];
	}
	return NULL;
}

static void put_numbers(struct ik_dec *d, struct ik_rd *r)
{
	const struct ik_registry *types = d->msg->major == 1 ? &ik_reg_v1_cfg_attribute_types
	                                                     : &ik_reg_v2_cfg_attribute_types;

	while (ik_rd_left(r) >= 2)
		ik_put_number(d, "attribute", r, 2, types);
	if (ik_rd_left(r) != 0)
		ik_dec_anomaly(d, IK_CONFIG_LENGTH, r->pos, 1, 2);
}

static void put_value(struct ik_dec *d, enum form form, struct ik_rd *r)
{
	switch (form) {
	case NUMBER: ik_put_number(d, "value", r, 4, NULL); break;
	case ADDRESS: ik_put_rest(d, IK_FIELD_ADDR, "address", r); break;
	case ADDRESS_PREFIX:
		ik_put_take(d, IK_FIELD_ADDR, "address", r, 16);
		ik_put_number(d, "prefix length", r, 1, NULL);
		break;
	case ADDRESS_MASK:
		ik_put_take(d, IK_FIELD_ADDR, "address", r, 4);
		ik_put_take(d, IK_FIELD_ADDR, "mask", r, 4);
		break;
	case NUMBERS: put_numbers(d, r); break;
	case TEXT: ik_put_rest(d, IK_FIELD_TEXT, "text", r); break;
	case OCTETS: ik_put_rest(d, IK_FIELD_OCTETS, "value", r); break;
	}
}

static void read_value(struct ik_dec *d, uint16_t type, struct ik_rd *r)
{
	const struct attribute *row = find(d->msg->major, type);
	size_t n = ik_rd_left(r);

	if (n == 0)
		return;
	if (row != NULL && row->octets != ANY && row->octets != n) {
		ik_dec_anomaly(d, IK_CONFIG_LENGTH, r->pos, n, row->octets);
		row = NULL;
	}
	put_value(d, row != NULL ? row->form : OCTETS, r);
}

/* RFC 7296 3.15.1: the first bit is reserved; in IKEv1 (RFC 2408 3.3) it says that the value
 * stands in the place of the length. */
static bool read_attribute(struct ik_dec *d, struct ik_rd *r)
{
	bool one = d->msg->major == 1;
	size_t pos = r->pos, left = ik_rd_left(r);
	const uint8_t *h = ik_rd_take(r, 4);
	uint16_t type, length;
	struct ik_rd value;

	if (h == NULL) {
		ik_dec_anomaly(d, IK_CONFIG_LENGTH, pos, left, 4);
		return false;
	}
	type = ik_be16(h) & 0x7fff;
	length = one && (ik_be16(h) & AF) != 0 ? 0 : ik_be16(h + 2);
	if (length > ik_rd_left(r)) {
		ik_dec_anomaly(d, IK_CONFIG_LENGTH, pos + 2, length, ik_rd_left(r));
		return false;
	}
	if (!one && (ik_be16(h) & AF) != 0)
		ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos, 1, 0);
	value = ik_rd_sub(r, length);
	ik_put_group(d, "attribute", pos, 4U + length, type,
	             one ? &ik_reg_v1_cfg_attribute_types : &ik_reg_v2_cfg_attribute_types);
	d->depth++;
	if (one && (ik_be16(h) & AF) != 0)
		ik_put_name(d, "value", pos + 2, 2, ik_be16(h + 2),
		            type == 16520   ? &ik_reg_v1_xauth_types
		            : type == 16527 ? &ik_reg_v1_xauth_status
		                            : NULL);
	else
		read_value(d, type, &value);
	d->depth--;
	return true;
}

void ik_body_config(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	(void)fixed;
	while (ik_rd_left(r) != 0 && read_attribute(d, r))
		continue;
}
