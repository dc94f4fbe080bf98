/*
 * The payload types of both versions as rows, and the walk along a payload chain.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

/* ---- fixed parts ---------------------------------------------------------------------------- */

/* clang-format off */
#define U(name, width)         { name, width, IK_FIXED_UINT, NULL }
#define N(name, width, names)  { name, width, IK_FIXED_NAME, &(names) }
#define R(width)               { "reserved", width, IK_FIXED_RESERVED, NULL }

/* RFC 2408 3.4; the situation belongs to the domain of interpretation. */
static const struct ik_fixed sa1[] = { N("DOI", 4, ik_reg_v1_doi) };
/* RFC 2407 4.6.2. */
static const struct ik_fixed id1[] = { N("ID type", 1, ik_reg_v1_id_types), U("protocol", 1), U("port", 2) };
/* RFC 2408 3.9 and 3.10. */
static const struct ik_fixed cert1[] = { N("encoding", 1, ik_reg_v1_cert_encodings) };
/* RFC 2408 3.14. */
static const struct ik_fixed notify1[] = { N("DOI", 4, ik_reg_v1_doi), N("protocol", 1, ik_reg_v1_protocol_ids), U("SPI size", 1),
					   N("type", 2, ik_reg_v1_notify_types) };
/* RFC 2408 3.15. */
static const struct ik_fixed delete1[] = { N("DOI", 4, ik_reg_v1_doi), N("protocol", 1, ik_reg_v1_protocol_ids), U("SPI size", 1), U("SPIs", 2) };
/* draft-ietf-ipsec-isakmp-mode-cfg 3.2. */
static const struct ik_fixed config1[] = { N("type", 1, ik_reg_v1_cfg_types), R(1), U("identifier", 2) };
/* RFC 3947 5.2. */
static const struct ik_fixed natoa[] = { N("ID type", 1, ik_reg_v1_id_types), R(3) };
/* RFC 6407 5.4. */
static const struct ik_fixed sat[] = { N("protocol", 1, ik_reg_v1_gdoi_sa_tek_protocol) };
static const struct ik_fixed fragment[] = { U("fragment id", 2), U("fragment number", 1), N("last fragment", 1, ik_reg_v1_fragment_last_flag) };

/* RFC 7296 3.4. */
static const struct ik_fixed ke2[] = { N("group", 2, ik_reg_v2_key_exchange_methods), R(2) };
/* RFC 7296 3.5. */
static const struct ik_fixed id2[] = { N("ID type", 1, ik_reg_v2_id_types), R(3) };
/* RFC 7296 3.6 and 3.7. */
static const struct ik_fixed cert2[] = { N("encoding", 1, ik_reg_v2_cert_encodings) };
/* RFC 7296 3.8. */
static const struct ik_fixed auth2[] = { N("method", 1, ik_reg_v2_auth_methods), R(3) };
/* RFC 7296 3.10; the name of the type depends on its value. */
static const struct ik_fixed notify2[] = { N("protocol", 1, ik_reg_v2_security_protocol_ids), U("SPI size", 1) };
/* RFC 7296 3.11. */
static const struct ik_fixed delete2[] = { N("protocol", 1, ik_reg_v2_security_protocol_ids), U("SPI size", 1), U("SPIs", 2) };
/* RFC 7296 3.13. */
static const struct ik_fixed ts2[] = { U("selectors", 1), R(3) };
/* RFC 7296 3.15. */
static const struct ik_fixed config2[] = { N("type", 1, ik_reg_v2_cfg_types), R(3) };
/* RFC 7296 3.16 and RFC 3748 4. */
static const struct ik_fixed eap[] = { N("code", 1, ik_reg_v2_eap_codes), U("identifier", 1), U("length", 2) };
/* RFC 7383 2.5. */
static const struct ik_fixed skf[] = { U("fragment number", 2), U("total fragments", 2) };

/* ---- payload types -------------------------------------------------------------------------- */

#define FIXED(octets, fields)  octets, sizeof(fields) / sizeof((fields)[0]), fields
#define NONE                   0, 0, NULL
#define C                      IK_IN_CLEAR
#define E                      IK_IN_SK

static const struct ik_payload v1[] = {
	/*       name         where  fixed part           body              reference */
	[1]   = { "SA",        C | E, FIXED(4, sa1),       ik_body_sa1,      "RFC 2408 3.4" },
	[4]   = { "KE",        C | E, NONE,                ik_body_ke1,      "RFC 2408 3.7" },
	[5]   = { "ID",        C | E, FIXED(4, id1),       ik_body_id1,      "RFC 2408 3.8" },
	[6]   = { "CERT",      C | E, FIXED(1, cert1),     ik_body_cert,     "RFC 2408 3.9" },
	[7]   = { "CR",        C | E, FIXED(1, cert1),     ik_body_certreq,  "RFC 2408 3.10" },
	[8]   = { "HASH",      C | E, NONE,                NULL,             "RFC 2408 3.11" },
	[9]   = { "SIG",       C | E, NONE,                NULL,             "RFC 2408 3.12" },
	[10]  = { "NONCE",     C | E, NONE,                ik_body_nonce,    "RFC 2408 3.13" },
	[11]  = { "N",         C | E, FIXED(8, notify1),   ik_body_notify1,  "RFC 2408 3.14" },
	[12]  = { "D",         C | E, FIXED(8, delete1),   ik_body_delete1,  "RFC 2408 3.15" },
	[13]  = { "VID",       C | E, NONE,                ik_body_vendor,   "RFC 2408 3.16" },
	[14]  = { "ATTR",      C | E, FIXED(4, config1),   ik_body_config,  "draft-ietf-ipsec-isakmp-mode-cfg 3.2" },
	[15]  = { "SAK",       C | E, NONE,                NULL,             "RFC 6407 5.3" },
	[16]  = { "SAT",       C | E, FIXED(1, sat),       NULL,             "RFC 6407 5.4" },
	[17]  = { "KD",        C | E, NONE,                NULL,             "RFC 6407 5.6" },
	[18]  = { "SEQ",       C | E, NONE,                NULL,             "RFC 6407 5.7" },
	[19]  = { "POP",       C | E, NONE,                NULL,             "RFC 3547 5.7" },
	[20]  = { "NAT-D",     C | E, NONE,                ik_body_natd,     "RFC 3947 3.2" },
	[21]  = { "NAT-OA",    C | E, FIXED(4, natoa),     ik_body_natoa,    "RFC 3947 5.2" },
	[22]  = { "GAP",       C | E, NONE,                NULL,             "RFC 6407 5.5" },
	[128] = { "SK",        C | E, NONE,                NULL,             "GM/T 0022" },
	[130] = { "NAT-D",     C | E, NONE,                ik_body_natd,     "draft-ietf-ipsec-nat-t-ike-03 3.2" },
	[131] = { "NAT-OA",    C | E, FIXED(4, natoa),     ik_body_natoa,    "draft-ietf-ipsec-nat-t-ike-03 4.2" },
	[132] = { "FRAGMENT",  C,     FIXED(4, fragment),  ik_body_fragment, "MS-IKEE 2.2.3" },
};

static const struct ik_payload v2[] = {
	[33]  = { "SA",        C | E, NONE,                ik_body_sa2,      "RFC 7296 3.3" },
	[34]  = { "KE",        C | E, FIXED(4, ke2),       ik_body_ke2,      "RFC 7296 3.4" },
	[35]  = { "IDi",       E,     FIXED(4, id2),       ik_body_id2,      "RFC 7296 3.5" },
	[36]  = { "IDr",       E,     FIXED(4, id2),       ik_body_id2,      "RFC 7296 3.5" },
	[37]  = { "CERT",      C | E, FIXED(1, cert2),     ik_body_cert,     "RFC 7296 3.6" },
	[38]  = { "CERTREQ",   C | E, FIXED(1, cert2),     ik_body_certreq,  "RFC 7296 3.7" },
	[39]  = { "AUTH",      E,     FIXED(4, auth2),     ik_body_auth2,    "RFC 7296 3.8" },
	[40]  = { "NONCE",     C | E, NONE,                ik_body_nonce,    "RFC 7296 3.9" },
	[41]  = { "N",         C | E, FIXED(2, notify2),   ik_body_notify2,  "RFC 7296 3.10" },
	[42]  = { "D",         E,     FIXED(4, delete2),   ik_body_delete2,  "RFC 7296 3.11" },
	[43]  = { "VID",       C | E, NONE,                ik_body_vendor,   "RFC 7296 3.12" },
	[44]  = { "TSi",       E,     FIXED(4, ts2),       ik_body_ts,       "RFC 7296 3.13" },
	[45]  = { "TSr",       E,     FIXED(4, ts2),       ik_body_ts,       "RFC 7296 3.13" },
	[46]  = { "SK",        C,     NONE,                ik_body_sk,       "RFC 7296 3.14" },
	[47]  = { "CP",        E,     FIXED(4, config2),   ik_body_config,  "RFC 7296 3.15" },
	[48]  = { "EAP",       E,     FIXED(4, eap),       ik_body_eap,      "RFC 7296 3.16" },
	[49]  = { "GSPM",      E,     NONE,                NULL,             "RFC 6467 4" },
	[50]  = { "IDg",       E,     FIXED(4, id2),       ik_body_id2,      "RFC 9838 4.2" },
	[51]  = { "GSA",       E,     NONE,                NULL,             "RFC 9838 4.4" },
	[52]  = { "KD",        E,     NONE,                NULL,             "RFC 9838 4.5" },
	[53]  = { "SKF",       C,     FIXED(4, skf),       ik_body_skf,      "RFC 7383 2.5" },
	[54]  = { "PS",        C | E, NONE,                NULL,             "RFC 8019 8.2" },
	[128] = { "IDp",       E,     FIXED(4, id2),       ik_body_id2,      "strongSwan mediation extension" },
	[132] = { "FRAGMENT",  C,     FIXED(4, fragment),  ik_body_fragment, "MS-IKEE 2.2.3" },
};
/* clang-format on */

const struct ik_payload *ik_payload_row(unsigned major, uint8_t type)
{
	const struct ik_payload *rows = major == 1 ? v1 : v2;
	size_t n = major == 1 ? sizeof(v1) / sizeof(v1[0]) : sizeof(v2) / sizeof(v2[0]);

	return type < n && rows[type].name != NULL ? &rows[type] : NULL;
}

/* ---- one payload ---------------------------------------------------------------------------- */

static uint64_t big_endian(const uint8_t *p, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value = value << 8 | p[i];
	return value;
}

static void read_fixed(struct ik_dec *d, const struct ik_payload *row, const uint8_t *p, size_t pos)
{
	for (unsigned i = 0; i < row->n_fixed; i++) {
		const struct ik_fixed *f = &row->fixed[i];
		uint64_t value = 0;

		/* Nobody asks for fields but for what must be zero. */
		if (d->sink != NULL || f->kind == IK_FIXED_RESERVED)
			value = big_endian(p, f->width);
		if (f->kind == IK_FIXED_NAME)
			ik_put_name(d, f->name, pos, f->width, (uint32_t)value, f->names);
		else
			ik_put_uint(d, f->name, pos, f->width, value);
		if (f->kind == IK_FIXED_RESERVED && value != 0)
			ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos, value, 0);
		p += f->width;
		pos += f->width;
	}
}

static void read_known(struct ik_dec *d, const struct ik_payload *row, struct ik_rd *r)
{
	size_t pos = r->pos, left = ik_rd_left(r);
	const uint8_t *fixed = ik_rd_take(r, row->least);

	if (fixed == NULL) {
		ik_dec_anomaly(d, IK_PAYLOAD_SHORT, pos, left, row->least);
		ik_put_rest(d, IK_FIELD_OCTETS, "data", r);
		return;
	}
	if (row->n_fixed != 0)
		read_fixed(d, row, fixed, pos);
	if (row->body != NULL)
		row->body(d, fixed, r);
	else
		ik_put_rest(d, IK_FIELD_OCTETS, "data", r);
}

/* RFC 7296 2.5: an unknown payload with the critical bit makes the peer refuse the message. */
static void read_unknown(struct ik_dec *d, bool critical, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;

	if (m->unknown_payloads < UINT8_MAX)
		m->unknown_payloads++;
	if (critical)
		m->critical_payload = d->payload;
	ik_dec_anomaly(d, critical ? IK_PAYLOAD_CRITICAL : IK_PAYLOAD_UNKNOWN,
	               r->pos - IK_GENERIC_LEN, d->payload, 0);
	ik_put_rest(d, IK_FIELD_OCTETS, "data", r);
}

/* ---- the chain ------------------------------------------------------------------------------ */

/* Drafts 04 to 08 of NAT traversal numbered NAT-D 15 and NAT-OA 16, which RFC 6407 gives to
 * group keys. In main and aggressive mode a body as long as a hash is NAT-D; in quick mode one
 * that is an address behind its type is NAT-OA. */
static uint8_t resolve(const struct ik_msg *m, uint8_t type, const struct ik_rd *body)
{
	size_t n = ik_rd_left(body);
	const uint8_t *p = body->buf + body->pos;

	if (m->major != 1 || (type != 15 && type != 16))
		return type;
	if (type == 15 && (m->exchange == 2 || m->exchange == 4) &&
	    (n == 16 || n == 20 || n == 32 || n == 48 || n == 64))
		return 20;
	if (type == 16 && m->exchange == 32 &&
	    ((n == 8 && ik_be32(p) == 0x01000000) || (n == 20 && ik_be32(p) == 0x05000000)))
		return 21;
	return type;
}

/* The draft numbers of NAT traversal share the bits of the final ones. */
static void mark(struct ik_msg *m, uint8_t type)
{
	if (m->payloads < UINT8_MAX)
		m->payloads++;
	if (m->major == 1 && (type == 130 || type == 131))
		type = (uint8_t)(type - 110);
	if (type < 128)
		m->payload_bits[type >> 6] |= UINT64_C(1) << (type & 63);
}

static void put_payload(struct ik_dec *d, const struct ik_payload *row, const uint8_t *h,
                        size_t pos, size_t len)
{
	bool one = d->msg->major == 1;
	const struct ik_registry *types = one ? &ik_reg_v1_payload_types : &ik_reg_v2_payload_types;

	if (d->sink == NULL)
		return;
	ik_put_group(d, row != NULL ? row->name : "unknown payload", pos, len, d->payload, types);
	d->depth++;
	ik_put_name(d, "next payload", pos, 1, h[0], types);
	if (one)
		ik_put_uint(d, "reserved", pos + 1, 1, h[1]);
	else
		ik_put_uint(d, "critical", pos + 1, 1, h[1] >> 7);
	ik_put_uint(d, "payload length", pos + 2, 2, ik_be16(h + 2));
	d->depth--;
}

/* The body of a payload whose generic header, at pos, gives length: cut to what there is. */
static struct ik_rd open_body(struct ik_dec *d, struct ik_rd *r, size_t pos, size_t length)
{
	size_t body = length - IK_GENERIC_LEN;

	if (length > d->end - pos)
		ik_dec_anomaly(d, IK_PAYLOAD_LENGTH, pos + 2, length, d->end - pos);
	if (body > ik_rd_left(r)) {
		d->cut = true;
		body = ik_rd_left(r);
	}
	return ik_rd_sub(r, body);
}

static void read_payload(struct ik_dec *d, const uint8_t *h, size_t pos, struct ik_rd *body)
{
	const struct ik_payload *row;
	uint8_t reserved = d->msg->major == 1 ? h[1] : h[1] & 0x7f;

	d->payload = resolve(d->msg, d->payload, body);
	row = ik_payload_row(d->msg->major, d->payload);
	mark(d->msg, d->payload);
	put_payload(d, row, h, pos, body->end - pos);
	if (reserved != 0)
		ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos + 1, reserved, 0);
	d->depth++;
	if (row != NULL)
		read_known(d, row, body);
	else
		read_unknown(d, d->msg->major != 1 && h[1] >> 7 != 0, body);
	d->depth--;
}

/* Behind the last payload. RFC 2408 3.6 wants messages aligned to four octets: IKEv1 peers fill
 * up with zeros in the clear as well. */
static void read_end(struct ik_dec *d, struct ik_rd *r)
{
	size_t pos = r->pos, left = ik_rd_left(r);
	const uint8_t *p = ik_rd_take(r, left);
	bool zero = true;

	for (size_t i = 0; i < left && i < 4; i++)
		zero = zero && p[i] == 0;
	if (left != 0 && (d->msg->major != 1 || left > 3 || !zero))
		ik_dec_anomaly(d, IK_CHAIN_NOT_ENDED, pos, left, 0);
}

void ik_chain_walk(struct ik_dec *d, struct ik_rd *r, uint8_t first)
{
	d->next = first;
	while (d->next != 0 && !d->cut) {
		size_t pos = r->pos;
		const uint8_t *h;
		struct ik_rd body;

		d->payload = d->next;
		if (d->payloads++ >= d->max_payloads) {
			ik_dec_anomaly(d, IK_PAYLOAD_TOO_MANY, pos, d->max_payloads + 1UL,
			               d->max_payloads);
			return;
		}
		h = ik_rd_take(r, IK_GENERIC_LEN);
		if (h == NULL) {
			d->cut = r->end < d->end;
			ik_dec_anomaly(d, IK_CHAIN_NOT_ENDED, pos, ik_rd_left(r), IK_GENERIC_LEN);
			return;
		}
		if (ik_be16(h + 2) < IK_GENERIC_LEN) {
			ik_dec_anomaly(d, IK_PAYLOAD_LENGTH, pos + 2, ik_be16(h + 2),
			               IK_GENERIC_LEN);
			return;
		}
		d->next = h[0];
		body = open_body(d, r, pos, ik_be16(h + 2));
		read_payload(d, h, pos, &body);
	}
	d->payload = 0;
	if (!d->cut)
		read_end(d, r);
}
