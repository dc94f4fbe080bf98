/*
 * SA payloads, kept once for all who sent them: thousands of peers offer the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_OFFERS_H
#define IK_SESSION_OFFERS_H

#include "base/hash.h"
#include "session/nego.h"

struct ik_offers;

struct ik_offers *ik_offers_new(const struct ik_hash_key *key, uint64_t most);
void ik_offers_free(struct ik_offers *o);

/* The number (from 1) of an SA payload body of an IKE version; 0 where the table is full. False:
 * out of memory. */
bool ik_offers_add(struct ik_offers *o, uint8_t major, const uint8_t *sa, size_t len,
                   uint32_t *number);

/* Whether a body was added before and called sound. */
bool ik_offers_known(struct ik_offers *o, uint8_t major, const uint8_t *sa, size_t len);

/* An SA payload of this number was decoded without an anomaly. */
void ik_offers_sound(struct ik_offers *o, uint32_t number);

/* The octets of a number, NULL for 0. */
const uint8_t *ik_offers_get(const struct ik_offers *o, uint32_t number, size_t *len,
                             uint8_t *major);

/* SA payloads that were not kept because the table was full. */
uint64_t ik_offers_lost(const struct ik_offers *o);

/* The suite of an SA payload that holds exactly one choice; known is false for anything else. */
struct ik_suite ik_offers_suite(const struct ik_offers *o, uint32_t number);

#endif
