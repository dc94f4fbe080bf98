/*
 * One IKE message as octets: framing, header, payload chain, typed view, fields, anomalies.
 * IKEv1 is RFC 2407, 2408, 2409 and 3947; IKEv2 is RFC 7296 with its extensions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_IKE_MESSAGE_H
#define IK_IKE_MESSAGE_H

#include "base/rd.h"
#include "ikescope/types.h"

/* ---- framing ----------------------------------------------------------------------------- */

enum ik_frame_kind {
	IK_FRAME_IKE,
	IK_FRAME_ESP,       /* ESP in UDP (RFC 3948) or TCP (RFC 9329) */
	IK_FRAME_KEEPALIVE, /* one octet 0xff */
	IK_FRAME_FOREIGN,   /* merely uses the port */
};

struct ik_framing {
	enum ik_frame_kind kind;
	size_t skip; /* octets before the ISAKMP or ESP header: 4 behind a non-ESP marker, else 0 */
};

/* What the payload of a UDP datagram (or one message of a TCP stream) is. marked says that the
 * flow uses the non-ESP marker: one port is 4500 or an extra IKE port, or it is TCP; an unmarked
 * header is accepted there too when it is one beyond doubt. captured is what there is of the
 * wire's length octets. */
struct ik_framing ik_frame_classify(const uint8_t *data, size_t captured, size_t length,
                                    bool marked, bool snapped);

/* Whether IKE on a port stands behind the non-ESP marker: 4500 (RFC 3947 4), and ports that the
 * user names. */
static inline bool ik_marked_port(uint16_t port, const uint16_t *more, size_t n)
{
	if (port == 4500)
		return true;
	for (size_t i = 0; i < n; i++)
		if (more[i] == port)
			return true;
	return false;
}

/* ---- anomalies --------------------------------------------------------------------------- */

enum ik_anomaly_code {
	IK_ANOMALY_NONE,
	IK_HDR_SHORT,        /* less than a header */
	IK_HDR_LENGTH,       /* length field is not the datagram's */
	IK_HDR_TRAILING,     /* octets behind the message */
	IK_HDR_SPI_ZERO,     /* initiator SPI or cookie is zero */
	IK_HDR_FLAGS,        /* reserved or contradictory flags */
	IK_HDR_VERSION,      /* unknown minor or major version */
	IK_PAYLOAD_LENGTH,   /* payload length below its header or beyond the message */
	IK_PAYLOAD_RESERVED, /* reserved octet not zero */
	IK_PAYLOAD_UNKNOWN,  /* unknown payload type */
	IK_PAYLOAD_CRITICAL, /* unknown payload type with the critical bit */
	IK_PAYLOAD_TOO_MANY, /* more payloads than the limit */
	IK_PAYLOAD_SHORT,    /* body shorter than its fixed part */
	IK_PROPOSAL_LENGTH,
	IK_TRANSFORM_LENGTH,
	IK_TRANSFORM_COUNT, /* number of transforms does not match */
	IK_ATTRIBUTE_LENGTH,
	IK_SPI_SIZE,
	IK_KE_LENGTH, /* public value does not fit the group */
	IK_NONCE_LENGTH,
	IK_NOTIFY_LENGTH,
	IK_DELETE_LENGTH,
	IK_ID_LENGTH,
	IK_TS_LENGTH,
	IK_CONFIG_LENGTH,
	IK_EAP_LENGTH,
	IK_FRAGMENT_NUMBER, /* fragment number zero or above the total */
	IK_SK_SHORT,        /* encrypted body too short for IV and ICV */
	IK_CHAIN_AFTER_SK,  /* payload behind the encrypted payload */
	IK_CHAIN_NOT_ENDED, /* message ended before next payload NONE, or octets left behind it */
	IK_SNAPPED,         /* the capture cut it; not the sender's fault */
	/* What only ik_msg_check() finds. */
	IK_HDR_MESSAGE_ID,
	IK_HDR_RESPONDER_SPI,  /* zero or not against the message */
	IK_HDR_EXCHANGE,       /* exchange type without a name */
	IK_PAYLOAD_MISSING,    /* offset of the exchange type */
	IK_PAYLOAD_REPEATED,   /* more of a type than the exchange has */
	IK_PAYLOAD_UNEXPECTED, /* the exchange has none of the type */
	IK_PAYLOAD_IN_CLEAR,   /* that has to be encrypted */
	IK_PAYLOAD_ORDER,      /* not the first, as it must be */
	IK_PROPOSAL_NUMBER,
	IK_PROPOSAL_PROTOCOL, /* not that of the exchange */
	IK_TRANSFORM_NUMBER,  /* IKEv1 */
	IK_TRANSFORM_TYPE,    /* the protocol has none of the type */
	IK_TRANSFORM_MISSING, /* the protocol needs one of a type */
	IK_TRANSFORM_TWICE,
	IK_NO_CHOICE, /* an answer that leaves a choice */
	IK_AEAD_INTEGRITY,
	IK_AEAD_MIXED,
	IK_KEY_LENGTH,
	IK_ATTRIBUTE_FORM,    /* IKEv1: a basic attribute in the long form */
	IK_ATTRIBUTE_MISSING, /* IKEv1: phase 1 cannot do without */
	IK_KE_GROUP,          /* not one that the SA payload has */
	IK_NONCE_PRF,         /* less than half the key of a PRF */
	IK_ANOMALY_COUNT
};

struct ik_anomaly {
	enum ik_anomaly_code code;
	uint8_t payload; /* payload type it stands in or is about, 0 for the header */
	uint16_t rule;   /* of the tables of exchanges, 0 none: ik_anomaly_reference() */
	uint32_t offset; /* from the first octet of the ISAKMP header */
	uint32_t got, expected;
};

enum ik_severity {
	IK_NOTE,    /* legal, or what the capture or a limit does */
	IK_WARNING, /* against the RFC, but receivers are told to ignore it, or do */
	IK_ERROR,   /* a receiver may refuse it */
};

/* One row per code: a short name, a printf-free sentence, the section that is broken. */
struct ik_anomaly_info {
	const char *name; /* "payload-length" */
	enum ik_severity severity;
	const char *text;        /* "payload length is below its header or runs past the message" */
	const char *rfc1, *rfc2; /* "RFC 2408 3.2", "RFC 7296 3.2" */
};
const struct ik_anomaly_info *ik_anomaly_info(enum ik_anomaly_code code);

/* "error", "warning", "note" */
const char *ik_severity_name(enum ik_severity severity);

/* The section that an anomaly of a message of a version breaks. */
const char *ik_anomaly_reference(const struct ik_anomaly *a, unsigned major);

/* ---- typed view -------------------------------------------------------------------------- */

/* Octets of the message, by position from the ISAKMP header. len 0: not there. */
struct ik_span {
	uint32_t pos, len;
};

#define IK_MAX_NOTIFIES  12
#define IK_MAX_VIDS      24
#define IK_MAX_NATD      6
#define IK_MAX_ANOMALIES 16

struct ik_notify {
	uint16_t type;
	uint8_t protocol, spi_size;
	struct ik_span data;
};

/* A NAT detection hash: v1 NAT-D (RFC 3947 or draft number) or v2 NAT_DETECTION_*_IP. */
struct ik_natd {
	bool source;     /* v2 only; v1 has no kind: the first is of the destination */
	uint8_t octets;  /* length of the hash */
	uint32_t pos;    /* where it stands, from the ISAKMP header */
	uint64_t prefix; /* its first eight octets, big-endian */
};

/* Payload types 1..127 as bits: ik_has(m, type). Types above are counted in unknown_payloads. */
struct ik_msg {
	uint64_t spi_i, spi_r;
	uint8_t np, version, exchange, flags; /* as they stand in the header; version 0x20 = 2.0 */
	uint8_t major;                        /* 1 or 2, by the version octet */
	uint32_t mid, length;                 /* length field of the header */
	uint32_t captured;                    /* octets of the message that there are */

	bool encrypted;   /* v1: E flag; v2: an SK or SKF payload */
	uint8_t inner_np; /* first encrypted payload: v1 header np under E, v2 np of SK and SKF */
	uint32_t sk_len;  /* v2: body octets of SK/SKF (IV, ciphertext, ICV) by the length field */
	uint16_t frag_number; /* SKF or IKEv1 fragment, from 1; 0 none */
	uint16_t frag_total;  /* SKF: total; IKEv1: the number where the last flag is set, else 0 */
	uint16_t frag_id;     /* IKEv1 fragment id */
	struct ik_span frag;  /* body of an IKEv1 fragment */

	uint64_t payload_bits[2];
	uint8_t payloads;                           /* number in clear, SK included */
	uint8_t unknown_payloads, critical_payload; /* last unknown type with the critical bit */

	struct ik_span sa; /* body of the first SA payload, behind the generic header */
	/* The public value, the nonce, identities from the octet of their type, the COOKIE data.
	 * IKEv1 does not say whose identity it is: the first one is id_i, the second id_r. */
	struct ik_span ke, nonce, id_i, id_r, cookie;
	uint16_t ke_group; /* v2 KE; v1 has it in the SA */
	uint8_t certs, certreqs;

	struct ik_notify notify[IK_MAX_NOTIFIES];
	uint8_t n_notify;
	uint16_t vid[IK_MAX_VIDS]; /* row number + 1 in the vendor id table, 0 unknown */
	uint8_t n_vid;
	struct ik_natd natd[IK_MAX_NATD];
	uint8_t n_natd;
	uint16_t delete_count; /* SPIs in clear Delete payloads */
	bool eap_clear;

	struct ik_anomaly anomaly[IK_MAX_ANOMALIES];
	uint8_t n_anomaly;  /* kept */
	uint16_t anomalies; /* found */
};

static inline bool ik_has(const struct ik_msg *m, unsigned type)
{
	return type < 128 && (m->payload_bits[type >> 6] >> (type & 63) & 1) != 0;
}

/* ---- fields ------------------------------------------------------------------------------ */

enum ik_field_kind {
	IK_FIELD_UINT,
	IK_FIELD_NAME,
	IK_FIELD_OCTETS,
	IK_FIELD_TEXT,
	IK_FIELD_ADDR,
	IK_FIELD_GROUP,
	IK_FIELD_WORDS, /* what the octets say, in text; the decoder makes none */
};

struct ik_registry;

/* One decoded field, in the order of the octets. depth nests (payload 0, proposal 1, ...). */
struct ik_field {
	const char *name; /* static */
	enum ik_field_kind kind;
	uint8_t depth;
	uint32_t pos, len;               /* octets from the ISAKMP header */
	uint64_t value;                  /* UINT, NAME and GROUP */
	const struct ik_registry *names; /* that has the name of value, or NULL */
	const char *text; /* of OCTETS: whose vendor id it is, or NULL; of WORDS: the value */
};

/* What the value of a field is called, or NULL. */
const char *ik_field_text(const struct ik_field *field);

/* Fields written where they stay: one that is built elsewhere and copied at once waits until each
 * of its parts is written. */
struct ik_field_list {
	struct ik_field *row;
	size_t n, cap;
};

struct ik_field_sink {
	void *ctx;
	void (*field)(void *ctx, const struct ik_field *field);
	struct ik_field_list *list; /* or NULL; field() gets those that it has no room for */
};

/* Decodes one ISAKMP message of captured octets of length on the wire. fields may be NULL. snapped:
 * the capture cut it, what is missing is no anomaly but IK_SNAPPED. max_payloads from the limits.
 * Whatever the octets are, *m is filled as far as they go. */
void ik_msg_decode(struct ik_msg *m, const uint8_t *data, size_t captured, size_t length,
                   bool snapped, unsigned max_payloads, const struct ik_field_sink *fields);

/* The same without fields, where the caller knows SA bodies that were decoded before without an
 * anomaly: thousands of peers send the same, and what is known is only located. */
struct ik_known_sa {
	void *ctx;
	bool (*known)(void *ctx, uint8_t major, const uint8_t *sa, size_t len);
};
void ik_msg_decode_known(struct ik_msg *m, const uint8_t *data, size_t captured, size_t length,
                         bool snapped, unsigned max_payloads, const struct ik_known_sa *known);

/* ---- rules ------------------------------------------------------------------------------- */

/* Holds a decoded message to the rules of its exchange, and adds what breaks them to its
 * anomalies: what decoding alone does not need to know. fields are all fields of the message as
 * they were decoded, octets its m->captured octets. group is that of the SA where another message
 * agreed on it, 0: unknown. */
void ik_msg_check(struct ik_msg *m, const uint8_t *octets, const struct ik_field_list *fields,
                  uint16_t group);

/* ---- proposals --------------------------------------------------------------------------- */

/* The transforms of one SA payload body, flattened: one row for each transform of IKEv2, one for
 * each attribute of IKEv1. */
struct ik_transform {
	uint8_t proposal, transform; /* numbers on the wire */
	uint8_t protocol;
	uint8_t type;      /* v2 transform type; v1: attribute class (1 ENCR, 2 HASH, ...) */
	                   /* v1 phase 2: 0 for the transform id, before its attributes */
	uint32_t value;    /* v2 transform id; v1 attribute value (life duration too) */
	uint16_t key_bits; /* v2 Key Length attribute; v1 is a row of its own (class 14) */
};

/* Calls each() for every row of an SA body, as far as it is well formed. Returns the number of
 * proposals (v2) or transforms (v1). max bounds the rows. */
unsigned ik_sa_walk(const uint8_t *sa, size_t len, uint8_t major, unsigned max,
                    void (*each)(void *ctx, const struct ik_transform *t), void *ctx);

#endif
