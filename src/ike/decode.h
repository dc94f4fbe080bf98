/*
 * What the parts of the message decoder share: its context, fields, anomalies, payload rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_IKE_DECODE_H
#define IK_IKE_DECODE_H

#include "iana/iana.h"
#include "ike/message.h"

#define IK_HDR_LEN     28   /* ISAKMP header, RFC 2408 3.1 and RFC 7296 3.1 */
#define IK_GENERIC_LEN 4    /* generic payload header, RFC 2408 3.2 and RFC 7296 3.2 */
#define IK_V1_FLAG_E   0x01 /* RFC 2408 3.1 */
#define IK_V1_FLAG_A   0x04
#define IK_V1_FLAGS    0x07
#define IK_V2_FLAG_I   0x08 /* RFC 7296 3.1 */
#define IK_V2_FLAG_V   0x10
#define IK_V2_FLAG_R   0x20
#define IK_V2_FLAGS    0x38

/* The state of one ik_msg_decode() call. */
struct ik_dec {
	struct ik_msg *msg;
	const struct ik_field_sink *sink; /* NULL: nobody looks at fields */
	unsigned max_payloads;
	unsigned payloads; /* of the chain, so far */
	size_t end;        /* where the sender's message ends; the window may end before */
	uint8_t payload;   /* type of the payload at hand, 0 in the header */
	uint8_t next;      /* its next-payload octet */
	uint8_t depth;     /* of the fields to come */
	const struct ik_known_sa *known; /* or NULL */
	bool cut; /* the window is not whole: what is wrong in it is not the sender's fault */
};

/* Records one anomaly; inside a cut window nothing but IK_SNAPPED. */
void ik_dec_anomaly(struct ik_dec *d, enum ik_anomaly_code code, size_t offset, uint64_t got,
                    uint64_t expected);

/* ---- fields --------------------------------------------------------------------------------- */

/* The sink's function gets the field. Out of line, and one by one, so that fields of a list are
 * built where they stay. */
void ik_put_elsewhere(const struct ik_dec *d, const char *name, enum ik_field_kind kind,
                      uint32_t pos, uint32_t len, uint64_t value, const char *text,
                      const struct ik_registry *names);

static inline void ik_put(const struct ik_dec *d, struct ik_field f)
{
	struct ik_field_list *list;
	struct ik_field *to;

	if (d->sink == NULL)
		return;
	list = d->sink->list;
	if (list == NULL || list->n == list->cap) {
		ik_put_elsewhere(d, f.name, f.kind, f.pos, f.len, f.value, f.text, f.names);
		return;
	}
	to = &list->row[list->n++];
	to->name = f.name;
	to->kind = f.kind;
	to->depth = d->depth;
	to->pos = f.pos;
	to->len = f.len;
	to->value = f.value;
	to->text = f.text;
	to->names = f.names;
}

static inline void ik_put_uint(const struct ik_dec *d, const char *name, size_t pos, size_t len,
                               uint64_t value)
{
	ik_put(d, (struct ik_field){.name = name,
	                            .kind = IK_FIELD_UINT,
	                            .pos = (uint32_t)pos,
	                            .len = (uint32_t)len,
	                            .value = value});
}

/* A number that reg names; reg may be NULL. */
static inline void ik_put_name(const struct ik_dec *d, const char *name, size_t pos, size_t len,
                               uint32_t value, const struct ik_registry *reg)
{
	ik_put(d, (struct ik_field){.name = name,
	                            .kind = reg != NULL ? IK_FIELD_NAME : IK_FIELD_UINT,
	                            .pos = (uint32_t)pos,
	                            .len = (uint32_t)len,
	                            .value = value,
	                            .names = reg});
}

/* The rest of a window as OCTETS, TEXT or ADDR, which uses it up; nothing when it is empty. */
static inline void ik_put_rest(const struct ik_dec *d, enum ik_field_kind kind, const char *name,
                               struct ik_rd *r)
{
	if (r->end > r->pos)
		ik_put(d, (struct ik_field){.name = name,
		                            .kind = kind,
		                            .pos = (uint32_t)r->pos,
		                            .len = (uint32_t)(r->end - r->pos)});
	r->pos = r->end;
}

/* The next n octets of a window, all of them or nothing. */
static inline void ik_put_take(const struct ik_dec *d, enum ik_field_kind kind, const char *name,
                               struct ik_rd *r, size_t n)
{
	struct ik_rd part = ik_rd_sub(r, n);

	ik_put_rest(d, kind, name, &part);
}

/* The next width (1 to 4) octets as a number, which is returned; 0 and no field where there are
 * not so many. reg may be NULL. */
static inline uint32_t ik_put_number(const struct ik_dec *d, const char *name, struct ik_rd *r,
                                     unsigned width, const struct ik_registry *reg)
{
	const uint8_t *p = ik_rd_take(r, width);
	uint32_t value = 0;

	if (p == NULL)
		return 0;
	for (unsigned i = 0; i < width; i++)
		value = value << 8 | p[i];
	ik_put_name(d, name, r->pos - width, width, value, reg);
	return value;
}

/* A container of a number that reg names; reg may be NULL. The fields inside follow with depth + 1
 * (the caller counts). */
static inline void ik_put_group(const struct ik_dec *d, const char *name, size_t pos, size_t len,
                                uint32_t value, const struct ik_registry *reg)
{
	ik_put(d, (struct ik_field){.name = name,
	                            .kind = IK_FIELD_GROUP,
	                            .pos = (uint32_t)pos,
	                            .len = (uint32_t)len,
	                            .value = value,
	                            .names = reg});
}

static inline struct ik_span ik_span_of(const struct ik_rd *r)
{
	return (struct ik_span){.pos = (uint32_t)r->pos, .len = (uint32_t)ik_rd_left(r)};
}

/* ---- payload rows --------------------------------------------------------------------------- */

/* One field of a fixed part: width octets, big-endian. RESERVED ones must be zero. */
enum ik_fixed_kind { IK_FIXED_UINT, IK_FIXED_NAME, IK_FIXED_RESERVED };
struct ik_fixed {
	const char *name;
	uint8_t width;
	enum ik_fixed_kind kind;
	const struct ik_registry *names; /* of IK_FIXED_NAME */
};

enum {
	IK_IN_CLEAR = 1, /* may stand in a message without encryption */
	IK_IN_SK = 2,    /* may stand inside the encrypted part */
};

/* One payload type of one version. body gets the fixed part that was checked to be there and a
 * window over what follows; NULL: the rest is one opaque field. */
struct ik_payload {
	const char *name; /* NULL: no such type */
	uint8_t where;
	uint8_t least; /* octets of the fixed part */
	uint8_t n_fixed;
	const struct ik_fixed *fixed;
	void (*body)(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
	const char *reference;
};

/* The row of a payload type, or NULL. */
const struct ik_payload *ik_payload_row(unsigned major, uint8_t type);

/* Walks a chain that begins with a payload of type first, up to the end of the window. It serves
 * the clear chain and would serve a decrypted one the same way. */
void ik_chain_walk(struct ik_dec *d, struct ik_rd *r, uint8_t first);

/* ---- bodies --------------------------------------------------------------------------------- */

void ik_body_sa1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_sa2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_ke1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_ke2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_id1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_id2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_cert(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_certreq(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_auth2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_nonce(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_notify1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_notify2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_delete1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_delete2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_vendor(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_natd(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_natoa(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_ts(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_config(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_eap(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_sk(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_skf(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);
void ik_body_fragment(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r);

/* A list of SA attributes in the form of RFC 2408 3.3; phase 1 or 2 gives the numbers a meaning. */
void ik_attributes1(struct ik_dec *d, struct ik_rd *r, unsigned phase);
/* The same form with other types, whose values have no names (RFC 7296 3.3.5). */
void ik_attributes2(struct ik_dec *d, struct ik_rd *r, const struct ik_registry *types);

/* Keeps one NAT detection hash. */
void ik_keep_natd(struct ik_msg *m, bool source, const struct ik_rd *r);

/* Whether an SPI of size octets is right for a protocol: in a Proposal (RFC 2408 3.5, RFC 7296
 * 3.3.1), else in a Notify or Delete payload, where there may be none. */
bool ik_spi_size_ok(unsigned major, uint8_t protocol, uint8_t size, bool in_proposal);

#endif
