/*
 * ESP and AH security associations as flows: by SPI, addresses and domain, one direction each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_ESP_H
#define IK_SESSION_ESP_H

#include "base/addr.h"
#include "base/hash.h"
#include "ikescope/limits.h"
#include "ikescope/model.h"

#define IK_ESP_WINDOW 256 /* sequence numbers behind the highest whose arrival is remembered */

/* The replay windows of receivers that are looked at: 32, 64 and so on to 1024 packets. Most have
 * 64 (RFC 4303 3.4.3: at least 32, 64 preferred). */
enum {
	IK_ESP_WINDOWS = IKESCOPE_REPLAY_WINDOWS,
	IK_ESP_REMEMBERED = 3 /* of 256, IK_ESP_WINDOW */
};
_Static_assert(UINT32_C(32) << IK_ESP_REMEMBERED == IK_ESP_WINDOW, "one of the windows");

/* Packets that carry on behind the highest number, in order and without a new highest between them:
 * so many are a sender that began to count anew or a replay, and no packets that were held up. */
#define IK_ESP_BACK_RUN 16

/* What is unusual about a flow; all zero where nothing is. */
struct ik_esp_odd {
	uint64_t late[IK_ESP_WINDOWS]; /* new numbers so far behind the highest that a receiver with
	                                  a window of 32 << i drops them */
	uint32_t deepest, jump;        /* most numbers behind and ahead of the highest at once */
	/* The run that goes on: highest number before it, its first and last, packets. */
	uint32_t back_max, back_first, back_seq, back_run;
	/* The longest run: packets, the highest number before it, its first. */
	uint32_t back_longest, back_from, back_to;
	uint32_t largest;    /* octets from the ESP header on, since this is kept */
	uint32_t mtu, fits;  /* the least that an ICMP error told; octets of ESP in it */
	uint32_t told;       /* ICMP errors about packets that are too large */
	uint32_t oversized;  /* whole packets larger than that, a while after it was told */
	uint32_t fragmented; /* packets that came in IP fragments */
	uint32_t next;       /* used by the table */
	ikescope_time told_time, told_last; /* when this MTU was told, and any the last time */
	ikescope_time back_time;            /* of back_place */
	uint64_t deepest_place, jump_place, back_place, oversized_place, fragmented_place;
};

/* One flow. Sequence numbers are the 32 bits on the wire (RFC 4303 2.2). */
struct ik_esp_flow {
	uint32_t spi, domain;
	struct ikescope_addr src, dst;
	bool ah, unusual;       /* unusual: odd is not all zero */
	uint8_t encapsulation;  /* enum ikescope_encapsulation, of the first packet */
	uint8_t encapsulations; /* bits of all */
	uint16_t sport, dport;  /* first seen, of UDP or TCP */
	uint16_t lengths;       /* bit k: a packet of k octets, modulo 16, came */
	uint32_t sizes; /* bit k: a packet of 16 * (k + 32 * n) octets or up to 15 more came */
	uint64_t packets, octets, mirrors;
	uint64_t first, last; /* places */
	ikescope_time first_time, last_time;
	uint32_t first_seq, max_seq, last_seq;
	uint32_t largest; /* octets of the largest packet, from the ESP or AH header on */
	uint64_t unique;  /* distinct sequence numbers */
	uint64_t number;  /* rank by the first packet among all flows and parts of flows */
	uint64_t duplicates, out_of_order;
	struct ik_esp_odd odd;
};

/* One packet of a flow. */
struct ik_esp_packet {
	uint32_t spi, seq, domain;
	const struct ikescope_addr *src, *dst;
	bool ah, has_ip_id;
	bool fragmented; /* it came in IP fragments */
	uint8_t encapsulation, ttl;
	uint16_t sport, dport, ip_id;
	uint32_t octets; /* on the wire, from the ESP or AH header on */
	uint64_t place;
	ikescope_time time;
};

struct ik_esp_table;

/* evict() receives a flow that has to leave for a newer one (the longest idle of its bucket). */
struct ik_esp_table *
ik_esp_new(uint64_t most, bool (*evict)(void *ctx, const struct ik_esp_flow *flow), void *ctx);
void ik_esp_free(struct ik_esp_table *t);

enum ik_esp_result { IK_ESP_COUNTED, IK_ESP_MIRROR, IK_ESP_NO_MEMORY };
enum ik_esp_result ik_esp_packet(struct ik_esp_table *t, const struct ik_esp_packet *p);

/* The same in steps, for who has several packets at hand: the place of a packet in the table, then
 * memory on its way while other packets are looked at, first the index, then the flow. */
static inline uint64_t ik_esp_hash(const struct ik_esp_packet *p);
void ik_esp_fetch_index(const struct ik_esp_table *t, uint64_t hash);
void ik_esp_fetch_flow(const struct ik_esp_table *t, uint64_t hash);
enum ik_esp_result ik_esp_count(struct ik_esp_table *t, uint64_t hash,
                                const struct ik_esp_packet *p);

/* The domain is left out: copies of one flow in two domains meet in one bucket. Not keyed: buckets
 * are bounded, so a collision displaces a flow and slows nothing down, and with a key the flow that
 * is displaced would differ from run to run. */
static inline uint64_t ik_esp_hash(const struct ik_esp_packet *p)
{
	uint64_t hash = ik_mix((uint64_t)p->ah << 32 | p->spi, ik_addr_word(p->src, 0));

	hash = ik_mix(hash, ik_addr_word(p->dst, 0));
	if (p->src->family == 4)
		return hash;
	return ik_mix(ik_mix(hash, ik_addr_word(p->src, 8)), ik_addr_word(p->dst, 8));
}

/* An ICMP error says that a packet of this flow was too large for the next hop, which takes mtu
 * octets (0: it does not say). Of the packet spi, addresses, domain, encapsulation and time count.
 * False: out of memory. */
bool ik_esp_too_large(struct ik_esp_table *t, const struct ik_esp_packet *quoted, uint32_t mtu);

/* Every flow that is left, through evict(). */
bool ik_esp_drain(struct ik_esp_table *t);

/* Flows that left early. */
uint64_t ik_esp_evicted(const struct ik_esp_table *t);

/* ---- esp_flow.c ----------------------------------------------------------------------------- */

/* A number beyond the one after the highest; a new one behind the highest; one that came before. */
void ik_esp_odd_ahead(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p);
void ik_esp_odd_behind(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p);
void ik_esp_odd_again(struct ik_esp_odd *odd, uint32_t max_seq, const struct ik_esp_packet *p);

/* A packet larger than all before it or than the path takes, or one in IP fragments. */
void ik_esp_odd_large(struct ik_esp_odd *odd, const struct ik_esp_packet *p);

/* See ik_esp_too_large(). */
void ik_esp_odd_limit(struct ik_esp_odd *odd, const struct ik_esp_packet *quoted, uint32_t mtu);

/* Joins two parts of one flow, the earlier first. */
void ik_esp_join(struct ik_esp_flow *flow, const struct ik_esp_flow *later);

/* Sequence numbers between the first and the highest that never came. */
uint64_t ik_esp_missing(const struct ik_esp_flow *flow);

#endif
