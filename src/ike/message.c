/*
 * One ISAKMP message: its header, then what its payloads hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

#define IKE_SA_INIT 34

/* RFC 2408 3.1 and RFC 7296 3.1:
 *
 *                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Initiator's SPI (initiator cookie)              |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |               Responder's SPI (responder cookie)              |
 * |                                                               |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                          Message ID                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                            Length                             |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
static void read_header(struct ik_msg *m, const uint8_t *h)
{
	m->spi_i = ik_be64(h);
	m->spi_r = ik_be64(h + 8);
	m->np = h[16];
	m->version = h[17];
	m->major = h[17] >> 4 == 1 ? 1 : 2;
	m->exchange = h[18];
	m->flags = h[19];
	m->mid = ik_be32(h + 20);
	m->length = ik_be32(h + 24);
}

__attribute__((noinline)) void ik_put_elsewhere(const struct ik_dec *d, const char *name,
                                                enum ik_field_kind kind, uint32_t pos, uint32_t len,
                                                uint64_t value, const char *text,
                                                const struct ik_registry *names)
{
	const struct ik_field f = {.name = name,
	                           .kind = kind,
	                           .depth = d->depth,
	                           .pos = pos,
	                           .len = len,
	                           .value = value,
	                           .text = text,
	                           .names = names};

	d->sink->field(d->sink->ctx, &f);
}

const char *ik_field_text(const struct ik_field *f)
{
	return f->names != NULL ? ik_iana_name(f->names, (uint32_t)f->value) : f->text;
}

static void put_flags(struct ik_dec *d, uint8_t flags, const struct ik_registry *names)
{
	ik_put_uint(d, "flags", 19, 1, flags);
	d->depth++;
	for (unsigned bit = 1; bit < 256; bit <<= 1) {
		if ((flags & bit) != 0)
			ik_put_name(d, "flag", 19, 1, bit, names);
	}
	d->depth--;
}

static void put_spis(struct ik_dec *d, bool v1)
{
	struct ik_field f = {.kind = IK_FIELD_OCTETS, .pos = 0, .len = 8};

	f.name = v1 ? "initiator cookie" : "initiator SPI";
	f.value = d->msg->spi_i;
	ik_put(d, f);
	f.name = v1 ? "responder cookie" : "responder SPI";
	f.value = d->msg->spi_r;
	f.pos = 8;
	ik_put(d, f);
}

static void put_header(struct ik_dec *d)
{
	const struct ik_msg *m = d->msg;
	bool v1 = m->major == 1;

	if (d->sink == NULL)
		return;
	ik_put_group(d, "header", 0, IK_HDR_LEN, 0, NULL);
	d->depth = 1;
	put_spis(d, v1);
	ik_put_name(d, "next payload", 16, 1, m->np,
	            v1 ? &ik_reg_v1_payload_types : &ik_reg_v2_payload_types);
	ik_put_uint(d, "version", 17, 1, m->version);
	ik_put_name(d, "exchange type", 18, 1, m->exchange,
	            v1 ? &ik_reg_v1_exchange_types : &ik_reg_v2_exchange_types);
	put_flags(d, m->flags, v1 ? &ik_reg_v1_header_flags : &ik_reg_v2_header_flags);
	ik_put_uint(d, "message id", 20, 4, m->mid);
	ik_put_uint(d, "length", 24, 4, m->length);
	d->depth = 0;
}

/* RFC 7296 3.1: V must be clear in version 2; the original initiator sets I, a response R, and
 * IKE_SA_INIT is always asked by the original initiator. RFC 2408 3.1: A is for a message that is
 * authenticated without being encrypted. */
static bool flags_ok(const struct ik_msg *m)
{
	bool init, resp;

	if (m->major == 1)
		return (m->flags & ~IK_V1_FLAGS) == 0 &&
		       (m->flags & (IK_V1_FLAG_E | IK_V1_FLAG_A)) != (IK_V1_FLAG_E | IK_V1_FLAG_A);
	init = (m->flags & IK_V2_FLAG_I) != 0;
	resp = (m->flags & IK_V2_FLAG_R) != 0;
	return (m->flags & ~(IK_V2_FLAG_I | IK_V2_FLAG_R)) == 0 &&
	       (m->exchange != IKE_SA_INIT || init != resp);
}

/* 1.1 is IKEv1 as GM/T 0022 changed it. */
static bool version_ok(uint8_t version)
{
	return version == 0x10 || version == 0x11 || version == 0x20;
}

static void check_header(struct ik_dec *d)
{
	const struct ik_msg *m = d->msg;

	if (m->spi_i == 0)
		ik_dec_anomaly(d, IK_HDR_SPI_ZERO, 0, 0, 1);
	if (!version_ok(m->version))
		ik_dec_anomaly(d, IK_HDR_VERSION, 17, m->version, m->major == 1 ? 0x10 : 0x20);
	if (!flags_ok(m))
		ik_dec_anomaly(d, IK_HDR_FLAGS, 19, m->flags,
		               m->flags & (m->major == 1 ? IK_V1_FLAGS : IK_V2_FLAGS));
}

/* Where the message ends: the length field, unless it contradicts the datagram. */
static size_t find_end(struct ik_dec *d, size_t length, bool snapped)
{
	size_t claimed = d->msg->length;

	if (claimed == length || (snapped && claimed > length))
		return claimed;
	if (claimed < IK_HDR_LEN || claimed > length) {
		ik_dec_anomaly(d, IK_HDR_LENGTH, 24, claimed, length);
		return length;
	}
	ik_dec_anomaly(d, IK_HDR_TRAILING, claimed, length, claimed);
	return claimed;
}

/* RFC 2408 3.1: under the E flag everything behind the header is encrypted, and next payload
 * tells the type of the first payload inside. The smallest cipher block is eight octets. */
static void read_encrypted1(struct ik_dec *d, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;

	m->encrypted = true;
	m->inner_np = m->np;
	if (d->end - IK_HDR_LEN < 8)
		ik_dec_anomaly(d, IK_SK_SHORT, IK_HDR_LEN, d->end - IK_HDR_LEN, 8);
	ik_put_rest(d, IK_FIELD_OCTETS, "encrypted payloads", r);
}

static void read_message(struct ik_dec *d, struct ik_rd *r, size_t captured, size_t length,
                         bool snapped)
{
	struct ik_msg *m = d->msg;

	put_header(d);
	check_header(d);
	d->end = find_end(d, length, snapped);
	r->end = captured < d->end ? captured : d->end;
	m->captured = (uint32_t)r->end;
	if (r->end < d->end)
		ik_dec_anomaly(d, IK_SNAPPED, r->end, r->end, d->end);
	if (m->major == 1 && (m->flags & IK_V1_FLAG_E) != 0)
		read_encrypted1(d, r);
	else
		ik_chain_walk(d, r, m->np);
}

/* The lists are as long as their counts say: clearing them would cost more than the decoding of
 * most messages. */
static void clear(struct ik_msg *m)
{
	memset(m, 0, offsetof(struct ik_msg, notify));
	m->n_notify = 0;
	m->n_vid = 0;
	m->n_natd = 0;
	m->delete_count = 0;
	m->eap_clear = false;
	m->n_anomaly = 0;
	m->anomalies = 0;
}

static void decode(struct ik_dec *d, const uint8_t *data, size_t captured, size_t length,
                   bool snapped)
{
	struct ik_msg *m = d->msg;
	struct ik_rd r = ik_rd_make(data, captured);
	const uint8_t *header = ik_rd_take(&r, IK_HDR_LEN);

	clear(m);
	if (header != NULL) {
		read_header(m, header);
		read_message(d, &r, captured, length < captured ? captured : length, snapped);
		return;
	}
	m->captured = (uint32_t)captured;
	ik_dec_anomaly(d, snapped ? IK_SNAPPED : IK_HDR_SHORT, captured, captured, IK_HDR_LEN);
}

void ik_msg_decode(struct ik_msg *m, const uint8_t *data, size_t captured, size_t length,
                   bool snapped, unsigned max_payloads, const struct ik_field_sink *fields)
{
	struct ik_dec d = {.msg = m, .sink = fields, .max_payloads = max_payloads};

	decode(&d, data, captured, length, snapped);
}

void ik_msg_decode_known(struct ik_msg *m, const uint8_t *data, size_t captured, size_t length,
                         bool snapped, unsigned max_payloads, const struct ik_known_sa *known)
{
	struct ik_dec d = {.msg = m, .known = known, .max_payloads = max_payloads};

	decode(&d, data, captured, length, snapped);
}
