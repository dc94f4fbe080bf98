/*
 * An event: what one datagram says about one IKE SA, small enough to keep by the million.
 *
 * Packets become events as they pass (tracker.c); events wait in the log (log.c), in memory or in
 * the spill; SAs are reconstructed from their events in order (sa.c). So nothing is decided before
 * all of it is known, and memory does not grow with the capture.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_EVENT_H
#define IK_SESSION_EVENT_H

#include "ike/message.h"
#include "ikescope/types.h"

enum ik_event_kind {
	IK_EV_MESSAGE,   /* one ISAKMP message, or one fragment of it */
	IK_EV_ASSEMBLED, /* the message inside a complete set of IKEv1 fragments */
	IK_EV_ICMP,      /* an ICMP error that quotes a message of this SA */
	IK_EV_LOST, /* an IP datagram that never became whole; its first fragment names the SA */
};

enum ik_event_bits {
	IK_EVB_V6 = 1,
	IK_EVB_IP_ID = 2,
	IK_EVB_SNAPPED = 4,
	IK_EVB_TCP = 8,
	IK_EVB_ENCRYPTED = 16,
	IK_EVB_CLEAR = 32,  /* struct ik_clear follows */
	IK_EVB_MARKED = 64, /* behind a non-ESP marker */
};

/* The fixed part. With IK_EVB_CLEAR a clear part belongs to it. For IK_EV_ICMP np is the type,
 * inner_np the code, src the sender of the ICMP, dst the quoted destination, and sport, dport are
 * quoted. For IK_EV_LOST frag_number has bit 0 for "first fragment seen", bit 1 for "last fragment
 * seen", length is the IP payload octets there should be (0 unknown) and sk_len those there are. */
struct ik_event {
	uint64_t spi_i, spi_r;
	uint64_t digest;
	ikescope_time time;
	uint32_t seq; /* rank among all events of the analysis */
	uint32_t frame, mid;
	uint16_t size;   /* octets in the log, all told */
	uint16_t length; /* the lower half */
	uint16_t sk_len, ip_id, sport, dport;
	uint8_t kind, bits;
	uint8_t version, exchange, flags, np, inner_np;
	uint8_t ttl;
	/* From here on nearly always the same. */
	uint32_t domain;
	uint16_t length_high, frame_high;
	uint16_t capture;
	uint16_t frag_number, frag_total;
	uint8_t ip_fragments; /* the datagram came in, 1 if whole, 255 for more */
	uint8_t interface;    /* 255 and more are one */
};

static inline unsigned ik_event_major(const struct ik_event *e)
{
	return e->version >> 4;
}

static inline uint32_t ik_event_length(const struct ik_event *e)
{
	return (uint32_t)e->length_high << 16 | e->length;
}

static inline void ik_event_set_length(struct ik_event *e, uint32_t length)
{
	e->length = (uint16_t)length;
	e->length_high = (uint16_t)(length >> 16);
}

static inline struct ikescope_at ik_event_at(const struct ik_event *e)
{
	return (struct ikescope_at){.capture = e->capture,
	                            .frame = (uint64_t)e->frame_high << 32 | e->frame};
}

#define IK_CLEAR_NOTIFIES 4
#define IK_CLEAR_VIDS     4
#define IK_CLEAR_NATD     6
#define IK_CLEAR_ID       80

struct ik_clear_notify {
	uint16_t type;
	uint16_t word; /* first two octets of the data, e.g. the group of INVALID_KE_PAYLOAD */
	uint16_t data_len;
	uint8_t spi_size, protocol;
};

/* What stands in clear in a message. Of notifies and vendor ids only those are kept that are more
 * than an announcement: errors, COOKIE, REDIRECT; products. The rest is in caps. */
struct ik_clear {
	uint64_t payload_bits; /* types below 64 */
	uint32_t offer;        /* number of the SA payload in the offers, 0 none */
	uint32_t caps;         /* enum ik_cap_bits of session/nego.h */
	uint16_t ke_group;
	uint8_t n_notify, n_vid, n_natd;
	uint8_t id_type, id_len;
	uint8_t n_anomaly;
	struct ik_anomaly anomaly; /* the first */
	struct ik_clear_notify notify[IK_CLEAR_NOTIFIES];
	uint16_t vid[IK_CLEAR_VIDS];
	struct ik_natd natd[IK_CLEAR_NATD];
	uint8_t id[IK_CLEAR_ID];
};

#define IK_EVENT_MAX (sizeof(struct ik_event) + 32 + sizeof(struct ik_clear))

/* An event with its parts, as it is built and as it is read back. */
struct ik_event_full {
	struct ik_event e;
	struct ikescope_addr src, dst;
	struct ik_clear clear; /* valid with IK_EVB_CLEAR */
};

/* Octets of a record of ev, at most IK_EVENT_MAX; also into ev->e.size. Then the record. */
size_t ik_event_need(struct ik_event_full *ev);
void ik_event_put(const struct ik_event_full *ev, uint8_t *out);

/* The octets of what ik_event_put() wrote. */
size_t ik_event_size(const uint8_t *in);

/* Reads what ik_event_put() wrote. */
void ik_event_get(struct ik_event_full *ev, const uint8_t *in);

static inline bool ik_clear_has(const struct ik_clear *c, unsigned type)
{
	return type < 64 && (c->payload_bits >> type & 1) != 0;
}

#endif
