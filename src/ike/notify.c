/*
 * Notify and Delete payloads: who it is about, and the data of the types that define some.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

#define V2_COOKIE          16390
#define V2_NAT_SOURCE      16388
#define V2_NAT_DESTINATION 16389
#define ANY                UINT16_MAX

/* ---- notification data ---------------------------------------------------------------------- */

/* What the data of one type looks like; least and most are its size in octets. */
struct notify_data {
	uint16_t least, most;
	const char *name;
	void (*put)(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r);
	const struct ik_registry *names; /* of numbers, lists and attributes */
};

static void number(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	ik_put_number(d, row->name, r, row->least, row->names);
}

static void octets(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	ik_put_rest(d, IK_FIELD_OCTETS, row->name, r);
}

static void address(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	ik_put_rest(d, IK_FIELD_ADDR, row->name, r);
}

/* Two octets each. */
static void list(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	while (ik_rd_left(r) >= 2)
		ik_put_number(d, row->name, r, 2, row->names);
	if (ik_rd_left(r) != 0)
		ik_dec_anomaly(d, IK_NOTIFY_LENGTH, r->pos, 1, 2);
}

/* RFC 7296 3.10.1: CPI and transform. */
static void ipcomp(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	(void)row;
	ik_put_number(d, "CPI", r, 2, NULL);
	ik_put_number(d, "transform id", r, 1, &ik_reg_v2_ipcomp_transforms);
}

/* RFC 5685 4 and 5: identity type, length, identity; REDIRECT adds the nonce. */
static void redirect(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	size_t pos = r->pos, n;
	uint32_t type =
	        ik_put_number(d, "gateway identity type", r, 1, &ik_reg_v2_gateway_identity_types);
	bool ip = type == 1 || type == 2;

	(void)row;
	n = ik_put_number(d, "gateway identity length", r, 1, NULL);
	if (n > ik_rd_left(r) || (ip && n != (type == 1 ? 4 : 16))) {
		ik_dec_anomaly(d, IK_NOTIFY_LENGTH, pos + 1, n, ik_rd_left(r));
		return;
	}
	ik_put_take(d, ip ? IK_FIELD_ADDR : IK_FIELD_TEXT, "gateway", r, n);
	ik_put_rest(d, IK_FIELD_OCTETS, "nonce", r);
}

/* RFC 5723 7.1. */
static void ticket(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	ik_put_number(d, "lifetime", r, 4, NULL);
	ik_put_rest(d, IK_FIELD_OCTETS, row->name, r);
}

/* RFC 6311 5: nonce, next number to send, next to receive. */
static void mid_sync(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	(void)row;
	ik_put_number(d, "nonce", r, 4, NULL);
	ik_put_number(d, "next message id to send", r, 4, NULL);
	ik_put_number(d, "next message id to receive", r, 4, NULL);
}

/* RFC 8019 8.1. */
static void puzzle(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	(void)row;
	ik_put_number(d, "PRF", r, 2, &ik_reg_v2_prf);
	ik_put_number(d, "difficulty", r, 1, NULL);
}

/* RFC 8784 5.1. */
static void ppk(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	ik_put_number(d, "PPK id type", r, 1, &ik_reg_v2_ppk_id_types);
	ik_put_rest(d, IK_FIELD_OCTETS, row->name, r);
}

/* RFC 9593 3.2: each announcement begins with its length, itself included; what follows the method
 * is the place of a certification authority among the CERTREQ payloads, from one, and an
 * AlgorithmIdentifier. */
static void auth_methods(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	while (ik_rd_left(r) != 0) {
		size_t pos = r->pos, n = ik_put_number(d, "announcement length", r, 1, NULL);
		struct ik_rd one;

		if (n < 2 || n - 1 > ik_rd_left(r)) {
			ik_dec_anomaly(d, IK_NOTIFY_LENGTH, pos, n, 2);
			return;
		}
		one = ik_rd_sub(r, n - 1);
		ik_put_number(d, row->name, &one, 1, row->names);
		if (n > 2)
			ik_put_number(d, "certificate link", &one, 1, NULL);
		ik_put_rest(d, IK_FIELD_OCTETS, "algorithm identifier", &one);
	}
}

/* RFC 5857 3.1.2: in the form of transform attributes. */
static void rohc(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	ik_attributes2(d, r, row->names);
}

static void lifetime(struct ik_dec *d, const struct notify_data *row, struct ik_rd *r)
{
	(void)row;
	/* RFC 2407 4.6.3.1: the attributes have the form of those in the SA it is about; life type
	 * and duration are 11 and 12 in phase 1, 1 and 2 in phase 2. */
	ik_attributes1(d, r, ik_rd_left(r) >= 2 && (r->buf[r->pos + 1] > 10) ? 1 : 2);
}

/* clang-format off */
/* By type, less the first of the block. */
static const struct notify_data attributes1[] = {
	[0]  = { 0,   ANY, "attributes",          lifetime,     NULL },                            /* RFC 2407 4.6.3.1 */
	[1]  = { 4,   4,   "replay detection",    number,       NULL },                            /* RFC 2407 4.6.3.2 */
};
static const struct notify_data liveness1[] = {
	[0]  = { 4,   4,   "sequence number",     number,       NULL },                            /* RFC 3706 5.3 */
	[1]  = { 4,   4,   "sequence number",     number,       NULL },
};
static const struct notify_data balance1[] = {
	[0]  = { 4,   4,   "gateway",             address,      NULL },
};
static const struct notify_data errors2[] = {
	[1]  = { 1,   1,   "payload type",        number,       &ik_reg_v2_payload_types },        /* RFC 7296 3.10.1 */
	[9]  = { 4,   4,   "message id",          number,       NULL },
	[17] = { 2,   2,   "accepted group",      number,       &ik_reg_v2_key_exchange_methods }, /* RFC 7296 1.3 */
};
static const struct notify_data windows2[] = {
	[0]  = { 4,   4,   "status",              number,       NULL },
};
static const struct notify_data status2[] = { /* 16384 and on */
	[1]  = { 4,   4,   "window size",         number,       NULL },
	[3]  = { 3,   3,   "",                    ipcomp,       NULL },
	[4]  = { 20,  20,  "hash of address and port", octets,  NULL },                            /* RFC 7296 2.23 */
	[5]  = { 20,  20,  "hash of address and port", octets,  NULL },
	[6]  = { 1,   64,  "cookie",              octets,       NULL },                            /* RFC 7296 2.6 */
	[13] = { 4,   4,   "address",             address,      NULL },                            /* RFC 4555 4.2.2 */
	[14] = { 16,  16,  "address",             address,      NULL },
	[17] = { 8,   64,  "cookie",              octets,       NULL },                            /* RFC 4555 4.2.5 */
	[19] = { 4,   4,   "lifetime",            number,       NULL },                            /* RFC 4478 3 */
	[23] = { 2,   ANY, "",                    redirect,     NULL },
	[24] = { 2,   ANY, "",                    redirect,     NULL },
	[25] = { 4,   ANY, "ticket",              ticket,       NULL },
	[29] = { 0,   ANY, "ticket",              octets,       NULL },
	[32] = { 0,   ANY, "",                    rohc,         &ik_reg_v2_rohc_attribute_types }, /* RFC 5857 3.1.2 */
	[35] = { 16,  128, "token",               octets,       NULL },                            /* RFC 6290 4.1 */
	[38] = { 12,  12,  "",                    mid_sync,     NULL },
	[40] = { 2,   ANY, "password method",     list,         &ik_reg_v2_secure_password_methods },
	[46] = { 0,   0,   "",                    octets,       NULL },                            /* RFC 7383 2.3 */
	[47] = { 2,   ANY, "hash algorithm",      list,         &ik_reg_v2_hash_algorithms },      /* RFC 7427 4 */
	[50] = { 3,   ANY, "",                    puzzle,       NULL },
	[52] = { 1,   ANY, "PPK id",              ppk,          NULL },
	[59] = { 0,   ANY, "authentication method", auth_methods, &ik_reg_v2_auth_methods },
};
/* clang-format on */

/* The rows of successive types, those of IKEv2 with the most common first. */
static const struct {
	uint16_t major, first;
	size_t n;
	const struct notify_data *rows;
} blocks[] = {
#define BLOCK(major, first, rows)                                                                  \
	{                                                                                          \
		major, first, sizeof(rows) / sizeof((rows)[0]), rows                               \
	}
        BLOCK(2, 16384, status2),     BLOCK(2, 0, errors2),       BLOCK(2, 12345, windows2),
        BLOCK(1, 24576, attributes1), BLOCK(1, 36136, liveness1), BLOCK(1, 40501, balance1),
};

static const struct notify_data *find_data(unsigned major, uint16_t type)
{
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		size_t at = (size_t)type - blocks[i].first;

		if (blocks[i].major == major && at < blocks[i].n)
			return blocks[i].rows[at].put != NULL ? &blocks[i].rows[at] : NULL;
	}
	return NULL;
}

static void read_data(struct ik_dec *d, uint16_t type, struct ik_rd *r)
{
	const struct notify_data *row = find_data(d->msg->major, type);
	size_t n = ik_rd_left(r);

	if (row != NULL && (n < row->least || (row->most != ANY && n > row->most)))
		ik_dec_anomaly(d, IK_NOTIFY_LENGTH, r->pos, n,
		               n < row->least ? row->least : row->most);
	else if (row != NULL)
		row->put(d, row, r);
	ik_put_rest(d, IK_FIELD_OCTETS, "data", r);
}

/* ---- notify --------------------------------------------------------------------------------- */

/* The SPI of size octets; false where the payload does not hold it. */
static bool read_spi(struct ik_dec *d, uint8_t protocol, uint8_t size, size_t at, struct ik_rd *r)
{
	if (size > ik_rd_left(r)) {
		ik_dec_anomaly(d, IK_PAYLOAD_SHORT, r->pos, ik_rd_left(r), size);
		return false;
	}
	if (!ik_spi_size_ok(d->msg->major, protocol, size, false))
		ik_dec_anomaly(d, IK_SPI_SIZE, at, size, protocol == 1 ? 0 : 4);
	ik_put_take(d, IK_FIELD_OCTETS, "SPI", r, size);
	return true;
}

static void keep(struct ik_msg *m, uint8_t protocol, uint8_t size, uint16_t type,
                 const struct ik_rd *r)
{
	if (m->n_notify < IK_MAX_NOTIFIES)
		m->notify[m->n_notify++] = (struct ik_notify){.type = type,
		                                              .protocol = protocol,
		                                              .spi_size = size,
		                                              .data = ik_span_of(r)};
}

void ik_body_notify1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	uint8_t protocol = fixed[4], size = fixed[5];
	uint16_t type = ik_be16(fixed + 6);

	if (!read_spi(d, protocol, size, r->pos - 3, r))
		size = 0;
	keep(d->msg, protocol, size, type, r);
	read_data(d, type, r);
}

/* RFC 7296 3.10: an SPI size of zero where the notification is about the IKE SA. */
void ik_body_notify2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;
	uint8_t protocol = fixed[0], size = fixed[1];
	size_t pos = r->pos;
	uint16_t type = ik_rd_u16(r);

	if (r->bad) {
		ik_dec_anomaly(d, IK_PAYLOAD_SHORT, pos, ik_rd_left(r), 2);
		return;
	}
	ik_put_name(d, "type", pos, 2, type,
	            type < 16384 ? &ik_reg_v2_notify_error : &ik_reg_v2_notify_status);
	if (!read_spi(d, protocol, size, pos - 1, r))
		size = 0;
	keep(m, protocol, size, type, r);
	if (type == V2_COOKIE && m->cookie.len == 0)
		m->cookie = ik_span_of(r);
	else if (type == V2_NAT_SOURCE || type == V2_NAT_DESTINATION)
		ik_keep_natd(m, type == V2_NAT_SOURCE, r);
	read_data(d, type, r);
}

/* ---- delete --------------------------------------------------------------------------------- */

static void read_delete(struct ik_dec *d, uint8_t protocol, uint8_t size, uint16_t count,
                        struct ik_rd *r)
{
	struct ik_msg *m = d->msg;
	size_t n = ik_rd_left(r);

	if (count > UINT16_MAX - m->delete_count)
		m->delete_count = UINT16_MAX;
	else
		m->delete_count = (uint16_t)(m->delete_count + count);
	if (!ik_spi_size_ok(m->major, protocol, size, false) ||
	    (size == 0 && count != 0 && protocol > 1))
		ik_dec_anomaly(d, IK_SPI_SIZE, r->pos - 3, size, protocol == 1 ? 0 : 4);
	if (n != (size_t)size * count)
		ik_dec_anomaly(d, IK_DELETE_LENGTH, r->pos - 2, n, (size_t)size * count);
	while (size != 0 && ik_rd_left(r) >= size)
		ik_put_take(d, IK_FIELD_OCTETS, "SPI", r, size);
	ik_put_rest(d, IK_FIELD_OCTETS, "data", r);
}

void ik_body_delete1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	read_delete(d, fixed[4], fixed[5], ik_be16(fixed + 6), r);
}

void ik_body_delete2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	read_delete(d, fixed[0], fixed[1], ik_be16(fixed + 2), r);
}
