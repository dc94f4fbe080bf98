/*
 * ESP and AH security associations as flows: by SPI, addresses and domain, one direction each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_ESP_H
#define IK_SESSION_ESP_H

#include "base/hash.h"
#include "ikescope/limits.h"
#include "ikescope/model.h"

#define IK_ESP_WINDOW 256 /* sequence numbers behind the highest whose arrival is remembered */

/* One flow. Sequence numbers are the 32 bits on the wire (RFC 4303 2.2). */
struct ik_esp_flow {
	uint32_t spi, domain;
	struct ikescope_addr src, dst;
	bool ah;
	uint8_t encapsulation; /* enum ikescope_encapsulation */
	uint16_t sport, dport; /* first seen, of UDP or TCP */
	uint64_t packets, octets, mirrors;
	uint64_t first, last; /* places */
	ikescope_time first_time, last_time;
	uint32_t first_seq, max_seq, last_seq;
	uint64_t unique; /* distinct sequence numbers */
	uint64_t number; /* rank by the first packet among all flows and parts of flows */
	uint64_t duplicates, out_of_order;
};

/* One packet of a flow. */
struct ik_esp_packet {
	uint32_t spi, seq, domain;
	const struct ikescope_addr *src, *dst;
	bool ah, has_ip_id;
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
uint64_t ik_esp_hash(const struct ik_esp_packet *p);
void ik_esp_fetch_index(const struct ik_esp_table *t, uint64_t hash);
void ik_esp_fetch_flow(const struct ik_esp_table *t, uint64_t hash);
enum ik_esp_result ik_esp_count(struct ik_esp_table *t, uint64_t hash,
                                const struct ik_esp_packet *p);

/* Every flow that is left, through evict(). */
bool ik_esp_drain(struct ik_esp_table *t);

/* Flows that left early. */
uint64_t ik_esp_evicted(const struct ik_esp_table *t);

/* Joins two parts of one flow, the earlier first. */
void ik_esp_join(struct ik_esp_flow *flow, const struct ik_esp_flow *later);

/* Sequence numbers between the first and the highest that never came. */
uint64_t ik_esp_missing(const struct ik_esp_flow *flow);

#endif
