/*
 * Security association payloads: proposals, transforms, attributes of both versions. One reader
 * serves the decoder (fields and anomalies) and ik_sa_walk() (rows).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

#define PROPOSAL_LEN    8
#define TRANSFORM_LEN   8
#define MORE_PROPOSALS  2
#define MORE_TRANSFORMS 3
#define KEY_LENGTH      14     /* attribute of RFC 7296 3.3.5 */
#define AF              0x8000 /* attribute format bit: the value stands in the length field */

struct sa_walk {
	struct ik_dec *d;
	struct ik_transform row;
	void (*each)(void *ctx, const struct ik_transform *t); /* may be NULL */
	void *ctx;
	unsigned max, rows, proposals, transforms;
};

static void give(struct sa_walk *w, uint8_t type, uint32_t value)
{
	if (w->each == NULL || w->rows >= w->max)
		return;
	w->rows++;
	w->row.type = type;
	w->row.value = value;
	w->each(w->ctx, &w->row);
}

/* RFC 7296 3.10 and 3.11: notifications and deletions of the IKE SA itself carry no SPI. */
bool ik_spi_size_ok(unsigned major, uint8_t protocol, uint8_t size, bool in_proposal)
{
	if (size == 0)
		return !in_proposal || protocol <= 1;
	if (protocol == 1 || (major == 1 && protocol == 0))
		return major == 1 ? size <= 16 : in_proposal && size == 8;
	if (major == 1 && protocol == 4)
		return size == 2 || size == 4; /* RFC 3173 4.1: a CPI may fill four octets */
	return protocol > 3 || size == 4;
}

/* ---- attributes ----------------------------------------------------------------------------- */

/* RFC 2408 3.3, RFC 7296 3.3.5:
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |A|       Attribute Type        |    AF=0  Attribute Length     |
 * |F|                             |    AF=1  Attribute Value      |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                   AF=0  Attribute Value                       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
struct attribute {
	size_t pos, len; /* all of it */
	uint16_t type;
	bool basic;
	uint32_t value;    /* saturated */
	struct ik_rd rest; /* the value in octets */
};

static uint32_t number(struct ik_rd r)
{
	uint64_t value = 0;

	while (ik_rd_left(&r) != 0 && value <= UINT32_MAX)
		value = value << 8 | ik_rd_u8(&r);
	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool read_attribute(struct ik_dec *d, struct ik_rd *r, struct attribute *a)
{
	size_t left = ik_rd_left(r);
	const uint8_t *p = ik_rd_take(r, 4);
	uint16_t type, field;

	a->pos = r->pos - (p != NULL ? 4 : 0);
	if (p == NULL) {
		ik_dec_anomaly(d, IK_ATTRIBUTE_LENGTH, a->pos, left, 4);
		return false;
	}
	type = ik_be16(p);
	field = ik_be16(p + 2);
	a->type = type & 0x7fff;
	a->basic = (type & AF) != 0;
	a->len = a->basic ? 4 : 4U + field;
	if (a->basic) {
		a->rest = (struct ik_rd){.buf = r->buf, .pos = r->pos - 2, .end = r->pos};
		a->value = field;
		return true;
	}
	if (field > ik_rd_left(r)) {
		ik_dec_anomaly(d, IK_ATTRIBUTE_LENGTH, a->pos + 2, field, ik_rd_left(r));
		return false;
	}
	a->rest = ik_rd_sub(r, field);
	a->value = number(a->rest);
	return true;
}

static void put_attribute(struct ik_dec *d, struct attribute *a, const struct ik_registry *types,
                          const struct ik_registry *values)
{
	size_t pos = a->rest.pos, len = ik_rd_left(&a->rest);

	if (d->sink == NULL)
		return;
	ik_put_group(d, "attribute", a->pos, a->len, a->type, types);
	d->depth++;
	if (len > 4)
		ik_put_rest(d, IK_FIELD_OCTETS, "value", &a->rest);
	else
		ik_put_name(d, "value", pos, len, a->value, values);
	d->depth--;
}

/* The registry that names the values of an attribute class, or NULL. */
static const struct ik_registry *values1(unsigned phase, uint16_t type)
{
	static const struct ik_registry *const phase1[] = {
	        [1] = &ik_reg_v1_phase1_encryption,
	        [2] = &ik_reg_v1_phase1_hash,
	        [3] = &ik_reg_v1_phase1_auth_methods,
	        [4] = &ik_reg_v1_phase1_group_description,
	        [5] = &ik_reg_v1_phase1_group_type,
	        [11] = &ik_reg_v1_phase1_life_type,
	        [13] = &ik_reg_v1_phase1_prf,
	        [20] = &ik_reg_v1_gmt0022_asymmetric_algorithms,
	};
	static const struct ik_registry *const phase2[] = {
	        [1] = &ik_reg_v1_phase2_life_type,    [3] = &ik_reg_v1_phase1_group_description,
	        [4] = &ik_reg_v1_encapsulation_mode,  [5] = &ik_reg_v1_authentication_algorithm,
	        [10] = &ik_reg_v1_ecn_tunnel,         [11] = &ik_reg_v1_ext_seq_number,
	        [13] = &ik_reg_v1_signature_encoding, [14] = &ik_reg_v1_address_preservation,
	        [15] = &ik_reg_v1_sa_direction,
	};
	size_t n1 = sizeof(phase1) / sizeof(phase1[0]), n2 = sizeof(phase2) / sizeof(phase2[0]);

	if (phase == 1)
		return type < n1 ? phase1[type] : NULL;
	return type < n2 ? phase2[type] : NULL;
}

static void attributes1(struct sa_walk *w, struct ik_rd *r, unsigned phase)
{
	const struct ik_registry *types =
	        phase == 1 ? &ik_reg_v1_phase1_attribute_classes : &ik_reg_v1_phase2_sa_attributes;
	struct attribute a;

	while (ik_rd_left(r) != 0 && read_attribute(w->d, r, &a)) {
		put_attribute(w->d, &a, types, values1(phase, a.type));
		if (a.type < 256)
			give(w, (uint8_t)a.type, a.value);
	}
}

void ik_attributes1(struct ik_dec *d, struct ik_rd *r, unsigned phase)
{
	struct sa_walk w = {.d = d};

	attributes1(&w, r, phase);
}

void ik_attributes2(struct ik_dec *d, struct ik_rd *r, const struct ik_registry *types)
{
	struct attribute a;

	while (ik_rd_left(r) != 0 && read_attribute(d, r, &a))
		put_attribute(d, &a, types, NULL);
}

/* RFC 7296 3.3.5: Key Length has the short form and nothing else. */
static void attributes2(struct sa_walk *w, struct ik_rd *r)
{
	struct attribute a;

	while (ik_rd_left(r) != 0 && read_attribute(w->d, r, &a)) {
		put_attribute(w->d, &a, &ik_reg_v2_transform_attribute_types, NULL);
		if (a.type == KEY_LENGTH && !a.basic)
			ik_dec_anomaly(w->d, IK_ATTRIBUTE_LENGTH, a.pos, a.len, 4);
		if (a.type == KEY_LENGTH && a.basic)
			w->row.key_bits = (uint16_t)a.value;
	}
}

/* ---- transforms ----------------------------------------------------------------------------- */

static const struct ik_registry *ids1(uint8_t protocol)
{
	static const struct ik_registry *const ids[] = {
	        [1] = &ik_reg_v1_isakmp_transform_ids,
	        [2] = &ik_reg_v1_ah_transform_ids,
	        [3] = &ik_reg_v1_esp_transform_ids,
	        [4] = &ik_reg_v1_ipcomp_transform_ids,
	};

	return protocol < sizeof(ids) / sizeof(ids[0]) ? ids[protocol] : NULL;
}

/* RFC 2408 3.6:
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Next Payload  |   RESERVED    |        Payload Length         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Transform #  |  Transform-Id |           RESERVED2           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                         SA Attributes                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static void transform1(struct sa_walk *w, const uint8_t *h, struct ik_rd *r)
{
	struct ik_dec *d = w->d;
	size_t pos = r->pos - TRANSFORM_LEN;
	uint8_t protocol = w->row.protocol;

	w->row.transform = h[4];
	w->row.key_bits = 0;
	if (ik_be16(h + 6) != 0)
		ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos + 6, ik_be16(h + 6), 0);
	ik_put_uint(d, "number", pos + 4, 1, h[4]);
	ik_put_name(d, "transform id", pos + 5, 1, h[5], ids1(protocol));
	ik_put_uint(d, "reserved", pos + 6, 2, ik_be16(h + 6));
	if (protocol > 1)
		give(w, 0, h[5]);
	attributes1(w, r, protocol == 1 ? 1 : 2);
}

static const struct ik_registry *ids2(uint8_t type)
{
	static const struct ik_registry *const ids[] = {
	        [1] = &ik_reg_v2_encr,
	        [2] = &ik_reg_v2_prf,
	        [3] = &ik_reg_v2_integ,
	        [4] = &ik_reg_v2_key_exchange_methods,
	        [5] = &ik_reg_v2_sequence_numbers,
	        [13] = &ik_reg_v2_key_wrap,
	        [14] = &ik_reg_v2_group_controller_auth,
	};

	if (type >= 6 && type <= 12) /* RFC 9370 2.2.2: further key exchanges */
		return ids[4];
	return type < sizeof(ids) / sizeof(ids[0]) ? ids[type] : NULL;
}

/* RFC 7296 3.3.2:
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |        Transform Length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |Transform Type |   RESERVED    |          Transform ID         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                      Transform Attributes                     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static void transform2(struct sa_walk *w, const uint8_t *h, struct ik_rd *r)
{
	struct ik_dec *d = w->d;
	size_t pos = r->pos - TRANSFORM_LEN;
	uint16_t id = ik_be16(h + 6);

	w->row.transform++;
	w->row.key_bits = 0;
	if (h[5] != 0)
		ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos + 5, h[5], 0);
	ik_put_name(d, "transform type", pos + 4, 1, h[4], &ik_reg_v2_transform_types);
	ik_put_uint(d, "reserved", pos + 5, 1, h[5]);
	ik_put_name(d, "transform id", pos + 6, 2, id, ids2(h[4]));
	attributes2(w, r);
	give(w, h[4], id);
}

/* What proposals and transforms begin with: which IKEv1 calls what follows by its payload type,
 * IKEv2 by a mark of the same value. */
static void put_head(struct ik_dec *d, const uint8_t *h, size_t pos, const char *length)
{
	if (d->msg->major == 1)
		ik_put_name(d, "next payload", pos, 1, h[0], &ik_reg_v1_payload_types);
	else
		ik_put_uint(d, "last substructure", pos, 1, h[0]);
	ik_put_uint(d, "reserved", pos + 1, 1, h[1]);
	ik_put_uint(d, length, pos + 2, 2, ik_be16(h + 2));
}

/* One transform; false where its length says nothing about where the next one begins. */
static bool transform(struct sa_walk *w, struct ik_rd *r, bool *more)
{
	struct ik_dec *d = w->d;
	size_t pos = r->pos, left = ik_rd_left(r), len;
	const uint8_t *h = ik_rd_take(r, TRANSFORM_LEN);
	struct ik_rd body;

	if (h == NULL) {
		ik_dec_anomaly(d, IK_TRANSFORM_LENGTH, pos, left, TRANSFORM_LEN);
		return false;
	}
	len = ik_be16(h + 2);
	if (len < TRANSFORM_LEN || len > left) {
		ik_dec_anomaly(d, IK_TRANSFORM_LENGTH, pos + 2, len,
		               len < TRANSFORM_LEN ? TRANSFORM_LEN : left);
		return false;
	}
	w->transforms++;
	*more = h[0] == MORE_TRANSFORMS;
	if (h[1] != 0)
		ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos + 1, h[1], 0);
	ik_put_group(d, "transform", pos, len, w->transforms, NULL);
	body = ik_rd_sub(r, len - TRANSFORM_LEN);
	d->depth++;
	if (d->sink != NULL)
		put_head(d, h, pos, "transform length");
	if (d->msg->major == 1)
		transform1(w, h, &body);
	else
		transform2(w, h, &body);
	d->depth--;
	return true;
}

/* ---- proposals ------------------------------------------------------------------------------ */

static void put_proposal(struct ik_dec *d, const uint8_t *h, size_t pos, size_t len)
{
	if (d->sink == NULL)
		return;
	ik_put_group(d, "proposal", pos, len, h[4], NULL);
	d->depth++;
	put_head(d, h, pos, "proposal length");
	ik_put_uint(d, "number", pos + 4, 1, h[4]);
	ik_put_name(d, "protocol", pos + 5, 1, h[5],
	            d->msg->major == 1 ? &ik_reg_v1_protocol_ids
	                               : &ik_reg_v2_security_protocol_ids);
	ik_put_uint(d, "SPI size", pos + 6, 1, h[6]);
	ik_put_uint(d, "transforms", pos + 7, 1, h[7]);
	d->depth--;
}

/* The transforms of one proposal must be as many as it announces (RFC 7296 3.3.1). */
static void transforms(struct sa_walk *w, struct ik_rd *r, size_t pos, unsigned announced)
{
	unsigned before = w->transforms;
	bool more = false;

	while (ik_rd_left(r) != 0) {
		if (!transform(w, r, &more))
			return;
	}
	if (w->transforms - before != announced || more)
		ik_dec_anomaly(w->d, IK_TRANSFORM_COUNT, pos + 7, w->transforms - before,
		               announced);
}

static void spi(struct ik_dec *d, const uint8_t *h, size_t pos, struct ik_rd *r)
{
	if (!ik_spi_size_ok(d->msg->major, h[5], h[6], true))
		ik_dec_anomaly(d, IK_SPI_SIZE, pos + 6, h[6], h[5] == 1 ? 0 : 4);
	if (h[6] > ik_rd_left(r))
		ik_dec_anomaly(d, IK_PROPOSAL_LENGTH, pos + 6, h[6], ik_rd_left(r));
	else
		ik_put_take(d, IK_FIELD_OCTETS, "SPI", r, h[6]);
}

/* RFC 2408 3.5 and RFC 7296 3.3.1:
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Last Substruc |   RESERVED    |         Proposal Length       |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                        SPI (variable)                         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static bool proposal(struct sa_walk *w, struct ik_rd *r, bool *more)
{
	struct ik_dec *d = w->d;
	size_t pos = r->pos, left = ik_rd_left(r), len;
	const uint8_t *h = ik_rd_take(r, PROPOSAL_LEN);
	struct ik_rd body;

	if (h == NULL) {
		ik_dec_anomaly(d, IK_PROPOSAL_LENGTH, pos, left, PROPOSAL_LEN);
		return false;
	}
	len = ik_be16(h + 2);
	if (len < PROPOSAL_LEN || len > left) {
		ik_dec_anomaly(d, IK_PROPOSAL_LENGTH, pos + 2, len,
		               len < PROPOSAL_LEN ? PROPOSAL_LEN : left);
		return false;
	}
	w->proposals++;
	*more = h[0] == MORE_PROPOSALS;
	w->row.proposal = h[4];
	w->row.protocol = h[5];
	w->row.transform = 0;
	if (h[1] != 0)
		ik_dec_anomaly(d, IK_PAYLOAD_RESERVED, pos + 1, h[1], 0);
	put_proposal(d, h, pos, len);
	body = ik_rd_sub(r, len - PROPOSAL_LEN);
	d->depth++;
	spi(d, h, pos, &body);
	transforms(w, &body, pos, h[7]);
	d->depth--;
	return true;
}

static void proposals(struct sa_walk *w, struct ik_rd *r)
{
	size_t pos = r->pos;
	bool more = false;

	while (ik_rd_left(r) != 0) {
		pos = r->pos;
		if (!proposal(w, r, &more))
			return;
	}
	if (more)
		ik_dec_anomaly(w->d, IK_PROPOSAL_LENGTH, pos, MORE_PROPOSALS, 0);
}

/* ---- payloads ------------------------------------------------------------------------------- */

static void keep_sa(struct ik_dec *d, const struct ik_rd *r, size_t before)
{
	if (d->msg->sa.len == 0)
		d->msg->sa = (struct ik_span){.pos = (uint32_t)(r->pos - before),
		                              .len = (uint32_t)(ik_rd_left(r) + before)};
}

/* The caller knows the first SA of the message: nothing of it has to be read again. */
static bool known(const struct ik_dec *d, uint8_t major, struct ik_rd *r)
{
	const struct ik_span *sa = &d->msg->sa;

	if (d->known == NULL || d->cut || sa->pos + (size_t)sa->len != r->end ||
	    !d->known->known(d->known->ctx, major, r->buf + sa->pos, sa->len))
		return false;
	r->pos = r->end;
	return true;
}

/* RFC 2407 4.6.1: proposals follow the situation where it is SIT_IDENTITY_ONLY; the labels of the
 * other two stay opaque, and so does what another domain of interpretation puts there. */
static void body1(struct sa_walk *w, uint32_t doi, struct ik_rd *r)
{
	struct ik_dec *d = w->d;
	size_t pos = r->pos;
	uint32_t situation = ik_put_number(d, "situation", r, 4, &ik_reg_v1_situation_bits);

	if (r->bad) {
		ik_dec_anomaly(d, IK_PAYLOAD_SHORT, pos, ik_rd_left(r), 4);
		return;
	}
	if (doi <= 1 && situation <= 1)
		proposals(w, r);
	else
		ik_put_rest(d, IK_FIELD_OCTETS, "situation and proposals", r);
}

void ik_body_sa1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct sa_walk w = {.d = d};

	keep_sa(d, r, 4);
	if (!known(d, 1, r))
		body1(&w, ik_be32(fixed), r);
}

void ik_body_sa2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct sa_walk w = {.d = d};

	(void)fixed;
	keep_sa(d, r, 0);
	if (!known(d, 2, r))
		proposals(&w, r);
}

unsigned ik_sa_walk(const uint8_t *sa, size_t len, uint8_t major, unsigned max,
                    void (*each)(void *ctx, const struct ik_transform *t), void *ctx)
{
	struct ik_msg m;
	struct ik_dec d = {.msg = &m, .cut = true}; /* anomalies were told by the decoder */
	struct sa_walk w = {.d = &d, .each = each, .ctx = ctx, .max = max};
	struct ik_rd r = ik_rd_make(sa, len);
	uint32_t doi;

	m.major = major;
	if (major != 1) {
		proposals(&w, &r);
		return w.proposals;
	}
	doi = ik_rd_u32(&r);
	if (!r.bad)
		body1(&w, doi, &r);
	return w.transforms;
}
