/*
 * Identification payloads and traffic selectors.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

#define ANY 0xff /* as long as it likes */

/* ---- identification ------------------------------------------------------------------------- */

/* The data of one identification type: parts of equal size. */
struct id_form {
	enum ik_field_kind kind;
	uint8_t octets; /* of all parts, or ANY */
	const char *first, *second;
};

/* clang-format off */
/* RFC 2407 4.6.2.2 ff. */
static const struct id_form forms1[] = {
	[1]  = { IK_FIELD_ADDR,   4,   "address",       NULL },
	[2]  = { IK_FIELD_TEXT,   ANY, "FQDN",          NULL },
	[3]  = { IK_FIELD_TEXT,   ANY, "user FQDN",     NULL },
	[4]  = { IK_FIELD_ADDR,   8,   "subnet",        "mask" },
	[5]  = { IK_FIELD_ADDR,   16,  "address",       NULL },
	[6]  = { IK_FIELD_ADDR,   32,  "subnet",        "mask" },
	[7]  = { IK_FIELD_ADDR,   8,   "first address", "last address" },
	[8]  = { IK_FIELD_ADDR,   32,  "first address", "last address" },
	[9]  = { IK_FIELD_OCTETS, ANY, "DN",            NULL },
	[10] = { IK_FIELD_OCTETS, ANY, "GN",            NULL },
	[11] = { IK_FIELD_OCTETS, ANY, "key id",        NULL },
	[12] = { IK_FIELD_OCTETS, ANY, "list",          NULL },
};
/* RFC 7296 3.5; 13 is RFC 7619 2.3. */
static const struct id_form forms2[] = {
	[1]  = { IK_FIELD_ADDR,   4,   "address",       NULL },
	[2]  = { IK_FIELD_TEXT,   ANY, "FQDN",          NULL },
	[3]  = { IK_FIELD_TEXT,   ANY, "RFC 822 name",  NULL },
	[5]  = { IK_FIELD_ADDR,   16,  "address",       NULL },
	[9]  = { IK_FIELD_OCTETS, ANY, "DN",            NULL },
	[10] = { IK_FIELD_OCTETS, ANY, "GN",            NULL },
	[11] = { IK_FIELD_OCTETS, ANY, "key id",        NULL },
	[12] = { IK_FIELD_OCTETS, ANY, "FC name",       NULL },
	[13] = { IK_FIELD_OCTETS, 0,   "nothing",       NULL },
};
/* clang-format on */

static void put_id(struct ik_dec *d, const struct id_form *form, struct ik_rd *r)
{
	size_t n = ik_rd_left(r);

	if (form->octets != ANY && n != form->octets) {
		ik_dec_anomaly(d, IK_ID_LENGTH, r->pos, n, form->octets);
		ik_put_rest(d, IK_FIELD_OCTETS, "identification data", r);
		return;
	}
	if (form->second != NULL) {
		ik_put_take(d, form->kind, form->first, r, n / 2);
		ik_put_rest(d, form->kind, form->second, r);
	} else {
		ik_put_rest(d, form->kind, form->first, r);
	}
}

static void read_id(struct ik_dec *d, const struct id_form *form, struct ik_rd *r)
{
	if (form != NULL && form->first != NULL)
		put_id(d, form, r);
	else
		ik_put_rest(d, IK_FIELD_OCTETS, "identification data", r);
}

/* The span of an identity begins with its type, so that it can be read again on its own. */
static void keep_id(struct ik_span *id, const struct ik_rd *r)
{
	if (id->len == 0)
		*id = (struct ik_span){.pos = (uint32_t)r->pos - 4,
		                       .len = (uint32_t)ik_rd_left(r) + 4};
}

void ik_body_id1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;

	keep_id(m->id_i.len == 0 ? &m->id_i : &m->id_r, r);
	read_id(d, fixed[0] < sizeof(forms1) / sizeof(forms1[0]) ? &forms1[fixed[0]] : NULL, r);
}

void ik_body_id2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	if (d->payload == 35)
		keep_id(&d->msg->id_i, r);
	else if (d->payload == 36)
		keep_id(&d->msg->id_r, r);
	read_id(d, fixed[0] < sizeof(forms2) / sizeof(forms2[0]) ? &forms2[fixed[0]] : NULL, r);
}

/* ---- traffic selectors ---------------------------------------------------------------------- */

/* RFC 7296 3.13.1:
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |   TS Type     |IP Protocol ID*|       Selector Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           Start Port*         |           End Port*           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                       Starting Address*                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        Ending Address*                        |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static void put_range(struct ik_dec *d, struct ik_rd *r)
{
	size_t half;

	ik_put_number(d, "start port", r, 2, NULL);
	ik_put_number(d, "end port", r, 2, NULL);
	half = ik_rd_left(r) / 2;
	ik_put_take(d, IK_FIELD_ADDR, "starting address", r, half);
	ik_put_rest(d, IK_FIELD_ADDR, "ending address", r);
}

static bool read_selector(struct ik_dec *d, struct ik_rd *r)
{
	size_t pos = r->pos, left = ik_rd_left(r), len, want;
	const uint8_t *h = ik_rd_take(r, 4);
	struct ik_rd body;

	len = h != NULL ? ik_be16(h + 2) : 0;
	if (h == NULL || len < 4 || len > left) {
		ik_dec_anomaly(d, IK_TS_LENGTH, pos, h != NULL ? len : left, left);
		return false;
	}
	want = h[0] == 7 ? 16 : h[0] == 8 ? 40 : len;
	body = ik_rd_sub(r, len - 4);
	ik_put_group(d, "traffic selector", pos, len, h[0], &ik_reg_v2_traffic_selector_types);
	d->depth++;
	ik_put_uint(d, h[0] == 7 || h[0] == 8 ? "protocol" : "reserved", pos + 1, 1, h[1]);
	ik_put_uint(d, "selector length", pos + 2, 2, len);
	if (len != want)
		ik_dec_anomaly(d, IK_TS_LENGTH, pos + 2, len, want);
	else if (h[0] == 7 || h[0] == 8)
		put_range(d, &body);
	/* RFC 9478 2.2 */
	ik_put_rest(d, IK_FIELD_OCTETS, h[0] == 10 ? "security label" : "selector data", &body);
	d->depth--;
	return true;
}

void ik_body_ts(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	size_t start = r->pos - 4;
	unsigned n = 0;

	while (ik_rd_left(r) != 0) {
		if (!read_selector(d, r))
			return;
		n++;
	}
	if (n != fixed[0])
		ik_dec_anomaly(d, IK_TS_LENGTH, start, n, fixed[0]);
}
