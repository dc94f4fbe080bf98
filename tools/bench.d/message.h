/*
 * IKE messages of both versions: a builder that chains payloads, and what the payloads hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

#include "frame.h"
#include "random.h"

/* Payload types (RFC 2408 3.1, RFC 3947, RFC 7296 3.2, RFC 7383), the names with their version. */
enum {
	V1_SA = 1,
	V1_KE = 4,
	V1_ID = 5,
	V1_HASH = 8,
	V1_NONCE = 10,
	V1_NOTIFY = 11,
	V1_VENDOR = 13,
	V1_NATD = 20,
	V2_SA = 33,
	V2_KE = 34,
	V2_IDI = 35,
	V2_IDR = 36,
	V2_CERTREQ = 38,
	V2_AUTH = 39,
	V2_NONCE = 40,
	V2_NOTIFY = 41,
	V2_DELETE = 42,
	V2_VENDOR = 43,
	V2_SK = 46,
	V2_EAP = 48,
	V2_SKF = 53,
};

/* Exchange types. */
enum {
	MAIN_MODE = 2,
	AGGRESSIVE_MODE = 4,
	V1_INFORMATIONAL = 5,
	TRANSACTION = 6,
	QUICK_MODE = 32,
	IKE_SA_INIT = 34,
	IKE_AUTH = 35,
	CREATE_CHILD_SA = 36,
	V2_INFORMATIONAL = 37,
};

/* Header flags. */
enum { V1_ENCRYPTED = 1, V2_INITIATOR = 8, V2_RESPONSE = 32 };

/* Notify message types. */
enum {
	NO_PROPOSAL_CHOSEN = 14,
	INVALID_KE_PAYLOAD = 17,
	INITIAL_CONTACT_V1 = 24578,
	NAT_DETECTION_SOURCE_IP = 16388,
	NAT_DETECTION_DESTINATION_IP = 16389,
	COOKIE = 16390,
	MULTIPLE_AUTH_SUPPORTED = 16404,
	REDIRECT_SUPPORTED = 16406,
	CHILDLESS_IKEV2_SUPPORTED = 16418,
	FRAGMENTATION_SUPPORTED = 16430,
	SIGNATURE_HASH_ALGORITHMS = 16431,
};

enum { IKE_HEADER = 28 };

struct ike_header {
	const uint8_t *spi_i, *spi_r;
	uint8_t version, exchange, flags; /* version: 0x10 or 0x20 */
	uint32_t message_id;
};

/* A message under construction. */
struct message {
	uint8_t *start, *at, *limit;
	uint8_t *next; /* where the type of the next payload is written */
	uint8_t *open; /* the payload that has no length yet, or NULL */
	struct rng *rng;
};

void message_begin(struct message *m, uint8_t *room, size_t n, const struct ike_header *h,
                   struct rng *rng);
/* Ends the message and returns its length. */
size_t message_end(struct message *m);

void payload(struct message *m, unsigned type);
void m_put(struct message *m, const void *data, size_t n);
void m_put8(struct message *m, unsigned value);
void m_put16(struct message *m, unsigned value);
void m_put32(struct message *m, uint32_t value);
void m_random(struct message *m, size_t n);
/* Random octets up to the end of an encrypted message; its header names `first` as next payload. */
void m_encrypted(struct message *m, unsigned first, size_t n);

/* One payload each. */
void v2_notify(struct message *m, unsigned type, const void *data, size_t n);
void v2_ke(struct message *m, unsigned group);
void v1_ke(struct message *m, unsigned group);
void vendor(struct message *m, const char *hex, unsigned type);
/* Octets of a public value of a group. */
size_t group_octets(unsigned group);

/* A transform of IKEv2 and, with `type` 0, the end of a proposal. */
struct transform {
	uint8_t type;
	uint16_t id, bits;
};
/* Proposals one after another; the list ends with a second end. */
void v2_sa(struct message *m, const struct transform *list);

/* Phase 1 transform of IKEv1 (RFC 2409, appendix A); the list ends with cipher 0. */
struct policy {
	uint8_t cipher, hash, group, authentication;
	uint16_t bits;
	uint32_t life;
};
void v1_sa(struct message *m, const struct policy *list);

enum digest { DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA256, DIGESTS };
size_t digest_octets(enum digest d);

/* The digest functions, looked up once. */
struct digester {
	struct evp_md_st *method[DIGESTS];
	struct evp_md_ctx_st *context;
};
void digester_open(struct digester *d);
void digester_close(struct digester *d);

/* Digest of SPIs, address and port as NAT detection has it (RFC 3947 3.2, RFC 7296 2.23). */
void nat_digest(const struct digester *d, enum digest which, const uint8_t *spi_i,
                const uint8_t *spi_r, const struct host *h, uint16_t port, uint8_t *into);

#endif
