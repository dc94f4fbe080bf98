/*
 * The first half of an analysis: datagrams become events, flows and counts, as they pass.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_TRACKER_H
#define IK_SESSION_TRACKER_H

#include "base/addr.h"
#include "net/net.h"
#include "session/esp.h"
#include "session/event.h"
#include "session/nego.h"
#include "session/offers.h"
#include "session/seen.h"
#include "session/store.h"

/* Malformed input that belongs to no negotiation, for the report of a capture. */
struct ik_trouble {
	uint32_t capture;
	uint64_t frame;
	uint32_t offset;
	const char *layer, *text, *rfc;
	uint64_t count;
};

/* What is counted for each capture. */
struct ik_capture_counts {
	uint64_t packets, ike_messages, esp_packets, mirror_duplicates, snapped, one_way;
	uint64_t ip_fragments, reversed; /* packets of fragmented datagrams; clock steps back */
	uint64_t first_reversed, first_snapped;
	uint64_t ip_other;   /* IP packets that are neither IKE nor ESP, */
	uint64_t wide;       /* and those of them that no filter for IPsec would let through */
	uint64_t first_only; /* IP datagrams of which only the first fragment came, */
	uint64_t first_first_only;
	uint64_t later;                            /* and incomplete ones of which another did */
	uint64_t ike_begun, first_ike_begun;       /* incomplete ones that begin as IKE does */
	uint64_t udp_headless, first_udp_headless; /* incomplete ones of UDP without a beginning */
	ikescope_time first_time, last_time, last_packet;
	uint16_t link_types[8];
	size_t n_link_types;
};

/* Of fragmented IP datagrams only first fragments came, and nothing shows that a filter for ports,
 * which lets no others through, was not in use. */
static inline bool ik_capture_first_only(const struct ik_capture_counts *c)
{
	return c->first_only > 0 && c->later + c->ip_fragments + c->wide == 0;
}

/* An ICMP error or an incomplete IP datagram that names no SA, or an INVALID_SPI notify in clear,
 * kept with its endpoints. */
struct ik_pair_event {
	uint32_t domain;
	struct ikescope_addr src, dst; /* of the quoted or incomplete packet, or of the notify */
	struct ikescope_addr from;     /* of the ICMP error */
	uint16_t sport, dport;
	uint16_t udp_length; /* that an ICMP error quotes, 0 none */
	uint64_t place;
	ikescope_time time;
	uint32_t have, total;
	uint32_t esp_spi; /* of ESP or AH that is quoted or incomplete; 0: it is none, or not known
	                   */
	uint32_t mtu;     /* of an ICMP error about a packet that is too large, else 0 */
	uint8_t icmp_type, icmp_code;
	uint8_t protocol;
	bool icmp, has_first, has_last, has_ports;
	bool invalid_spi; /* the notify: src does not know esp_spi */
};

/* Whether an ICMP error says that a packet is too large (RFC 1191, RFC 4443 3.2). */
static inline bool ik_too_large(const struct ikescope_addr *from, uint8_t type, uint8_t code)
{
	return from->family == 4 ? type == 3 && code == 4 : type == 2;
}

/* ESP packets wait here for a few more, so that the memory of their flows is on its way while the
 * next ones are looked at. */
#define IK_ESP_WAIT 16
struct ik_esp_waiting {
	struct ik_esp_packet packet;
	struct ikescope_addr src, dst; /* what packet points at */
	uint64_t hash;
};

struct ik_tracker {
	const struct ikescope_limits *limits;
	struct ik_hash_key key; /* for tables of which a sender chooses the keys */
	struct ik_spill *spill;
	struct ik_net *net;
	struct ik_log *log;
	struct ik_offers *offers;
	struct ik_esp_table *esp;
	struct ik_esp_waiting waiting[IK_ESP_WAIT];
	size_t n_waiting;
	struct ik_seen_table *seen;
	struct ik_capture_counts *counts; /* by capture - 1 */
	size_t n_counts, cap_counts;
	struct ik_trouble *trouble; /* limits->anomalies of them */
	size_t n_trouble;
	uint64_t trouble_lost;
	struct ik_pair_event *pair_events;
	size_t n_pair_events, cap_pair_events;
	uint64_t pair_events_lost;
	struct ik_v1_fragments *fragments;
	uint32_t hash_mask; /* of the next two */
	uint8_t *answers;   /* pairs of which one answered the other: a bit by hash */
	uint8_t *asked;     /* how many first messages a responder got, up to 255, by hash */
	uint32_t next_seq;
	uint64_t events_lost;
	const uint16_t *ike_ports;
	size_t n_ike_ports;
	bool failed;       /* out of memory or spill */
	struct ik_msg msg; /* working space */
	struct ik_event_full event;
};

/* flow() receives ESP flows that leave the table. */
bool ik_tracker_init(struct ik_tracker *t, const struct ikescope_options *options,
                     struct ik_spill *spill,
                     bool (*flow)(void *ctx, const struct ik_esp_flow *flow), void *ctx);
void ik_tracker_close(struct ik_tracker *t);

/* A capture began: room for its counts. */
bool ik_tracker_capture(struct ik_tracker *t);

/* One packet; false when memory or the spill failed. */
bool ik_tracker_packet(struct ik_tracker *t, const struct ikescope_packet *p);

/* The last packet came: what waits for more is given up. */
bool ik_tracker_flush(struct ik_tracker *t);

/* Whether anything between two addresses was seen to answer; may err on the side of yes. */
bool ik_tracker_answers(const struct ik_tracker *t, uint32_t domain, const struct ikescope_addr *a,
                        const struct ikescope_addr *b);

/* How many first messages went to a responder, or more: others may count with it. Up to 255. */
unsigned ik_tracker_asked(const struct ik_tracker *t, uint32_t domain,
                          const struct ikescope_addr *responder);

/* Malformed input that belongs to no negotiation. The texts are static. */
void ik_tracker_trouble(struct ik_tracker *t, const struct ikescope_packet *p, size_t offset,
                        const char *layer, const char *text, const char *rfc);

/* ---- tracker_esp.c -------------------------------------------------------------------------- */

/* An ESP or AH packet, skip octets into the datagram. False: out of memory. */
bool ik_tracker_esp(struct ik_tracker *t, const struct ik_datagram *dg, size_t skip,
                    enum ikescope_encapsulation encapsulation);

/* Counts the packets that wait. */
bool ik_tracker_esp_flush(struct ik_tracker *t);

/* ---- tracker_clear.c ------------------------------------------------------------------------ */

/* Fills the clear part of t->event from a decoded message. False: out of memory. */
bool ik_tracker_clear(struct ik_tracker *t, const struct ik_msg *m, const uint8_t *octets);

/* ---- tracker_fragments.c: IKEv1 fragments, joined until they are a message ------------------- */

/* The direction of a datagram between two endpoints: whether it comes from the lower one. */
static inline bool ik_from_low(const struct ik_datagram *dg)
{
	return ik_addr_cmp(&dg->src, &dg->dst) < 0 ||
	       (ik_addr_eq(&dg->src, &dg->dst) && dg->sport < dg->dport);
}

struct ik_v1_fragments;
struct ik_v1_fragments *ik_v1_fragments_new(void);
void ik_v1_fragments_free(struct ik_v1_fragments *f);

/* Adds the body of a fragment. Returns the joined message, valid until the next call, once it is
 * complete; else NULL. total receives the number of its fragments. */
const uint8_t *ik_v1_fragments_add(struct ik_v1_fragments *f, const struct ik_msg *m,
                                   const uint8_t *message, bool from_low, size_t *len,
                                   uint16_t *total);

/* Whether a fragment was lost for lack of memory. */
bool ik_v1_fragments_failed(const struct ik_v1_fragments *f);

#endif
