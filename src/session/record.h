/*
 * Records: everything that concerns one pair of endpoints, sorted by its key. A payload follows the
 * key: struct ik_pair_event, or what ik_flow_put() or ik_nego_put() wrote.
 *
 *	octets  of IPv4  of IPv6
 *	the first four of both addresses   8  8
 *	both families                      2  2
 *	the rest of both addresses         -  24
 *	domain                             4  4
 *	kind, order, mark                 10  10
 *
 * The lower address is first. What tells most pairs apart comes first, and all of a key of IPv4
 * fits into what the sorter compares without looking at a record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_RECORD_H
#define IK_SESSION_RECORD_H

#include "session/esp.h"

enum ik_record_kind { IK_REC_PAIR_EVENT, IK_REC_FLOW, IK_REC_NEGOTIATION };

#define IK_KEY_MOST 48

/* The two ends that a record is about. */
struct ik_record_pair {
	uint32_t domain;
	struct ikescope_addr low, high;
};

/* Writes a key, at most IK_KEY_MOST octets, a multiple of eight; returns how many. */
size_t ik_key_put(uint8_t *out, uint32_t domain, const struct ikescope_addr *a,
                  const struct ikescope_addr *b, enum ik_record_kind kind, uint64_t order);

/* Marks the record of a negotiation that is not settled: see ik_pair_pass(). */
void ik_key_mark(uint8_t *record);
bool ik_key_marked(const uint8_t *record);

/* Octets of the key of a record, and of that part which the records of a pair share. */
size_t ik_key_len(const uint8_t *record);
size_t ik_key_pair_len(const uint8_t *record);

enum ik_record_kind ik_key_kind(const uint8_t *record);
struct ik_record_pair ik_key_pair(const uint8_t *record);

/* Writes a flow, at most so many octets; returns how many. */
#define IK_FLOW_MOST sizeof(struct ik_esp_flow)
size_t ik_flow_put(uint8_t *out, const struct ik_esp_flow *flow);
void ik_flow_get(struct ik_esp_flow *flow, const uint8_t *in);

#endif
