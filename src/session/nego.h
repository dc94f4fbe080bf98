/*
 * A negotiation as the wire has shown it: who, which messages, which exchanges, which state. Plain
 * data without judgement; diag/ draws the conclusions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_SESSION_NEGO_H
#define IK_SESSION_NEGO_H

#include "ikescope/model.h"

enum ik_dir { IK_I2R, IK_R2I }; /* from the initiator, from the responder */

/* Names of messages, as the contract has them. */
enum ik_msg_name {
	IK_M_NONE,
	IK_MM1,
	IK_MM2,
	IK_MM3,
	IK_MM4,
	IK_MM5,
	IK_MM6,
	IK_AM1,
	IK_AM2,
	IK_AM3,
	IK_QM1,
	IK_QM2,
	IK_QM3,
	IK_TRANSACTION,
	IK_V1_INFO,
	IK_V1_OTHER,
	IK_INIT_REQ,
	IK_INIT_RSP,
	IK_INTERMEDIATE_REQ,
	IK_INTERMEDIATE_RSP,
	IK_AUTH_REQ,
	IK_AUTH_RSP,
	IK_CHILD_REQ,
	IK_CHILD_RSP,
	IK_INFO_REQ,
	IK_INFO_RSP,
	IK_V2_OTHER_REQ,
	IK_V2_OTHER_RSP,
	IK_MSG_NAMES
};
const char *ik_msg_name(enum ik_msg_name name);

/* IKEv2: a request whose message id counts on from the one before. IKE_SA_INIT comes again, with a
 * cookie or another group, under the same (RFC 7296 2.6, 2.7). */
static inline bool ik_msg_counts(uint8_t name)
{
	return name == IK_AUTH_REQ || name == IK_CHILD_REQ || name == IK_INFO_REQ ||
	       name == IK_INTERMEDIATE_REQ;
}

enum ik_step_bits {
	IK_STEP_ENCRYPTED = 1,
	IK_STEP_SNAPPED = 2,
	IK_STEP_TCP = 4,
	IK_STEP_MARKED = 8,      /* behind a non-ESP marker: UDP 4500 */
	IK_STEP_INCOMPLETE = 16, /* a set of IKE fragments that never became whole */
	IK_STEP_ERROR = 32,      /* carries an error notify in clear */
	IK_STEP_V1_FRAGMENTED = 64,
	IK_STEP_SPI_R = 128, /* its header names a responder SPI */
	IK_STEP_ROLE = 256,  /* encrypted, and its Initiator flag is not that of its sender */
};

/* One distinct message. Frames carry the capture in the upper 16 bits: see ik_at(). */
struct ik_step {
	uint64_t first, last;
	ikescope_time first_time, last_time;
	uint32_t serial; /* rank among the distinct messages of this negotiation, from 1 */
	uint32_t mid, length;
	uint16_t copies, mirrors;
	uint16_t sport, dport;
	uint16_t notify[2];             /* the first two notify types in clear; 0 none */
	uint16_t word;                  /* first data word of notify[0], e.g. a group */
	uint16_t notify_spi;            /* SPI octets of notify[0] */
	uint16_t frag_total, frag_seen; /* IKE fragments; total 0: not fragmented or unknown */
	uint16_t frag_missing;          /* the first fragment number never seen, 0 none */
	uint16_t sk_len;
	uint16_t bits; /* enum ik_step_bits */
	uint8_t name, dir, exchange;
	uint8_t inner;        /* first payload: encrypted, or in clear where nothing is */
	uint8_t row;          /* transition row that took it + 1, 0 none */
	uint8_t ip_fragments; /* of its largest copy */
	uint8_t state;        /* enum ik_state behind it */
};

static inline uint64_t ik_place(uint32_t capture, uint64_t frame)
{
	return (uint64_t)capture << 48 | (frame & UINT64_C(0xffffffffffff));
}

static inline struct ikescope_at ik_at(uint64_t place)
{
	return (struct ikescope_at){.capture = (uint32_t)(place >> 48),
	                            .frame = place & UINT64_C(0xffffffffffff)};
}

/* A retransmission: a copy of a message after its first. */
struct ik_copy {
	uint32_t serial; /* of the step */
	uint64_t place;
	ikescope_time time;
};

/* What a message in clear carried. Payload types below 32 for IKEv1; for IKEv2 they are less 32. */
struct ik_carried {
	uint32_t serial;   /* of the step */
	uint32_t offer;    /* its SA payload, 0 none */
	uint32_t payloads; /* types, as bits */
	uint32_t caps;     /* enum ik_cap_bits that it announces */
	uint16_t ke_group;
	uint16_t vid; /* the first vendor id that names an implementation, 0 none */
	uint8_t major;
};

enum ik_exch_state { IK_X_OPEN, IK_X_ANSWERED, IK_X_DONE };

/* One exchange under its message id. step[] are serials: request and response, or QM1 to QM3. */
struct ik_exchange {
	uint32_t mid;
	uint32_t step[3];
	ikescope_time first_time, last_time;
	uint8_t type;           /* exchange type of the header */
	uint8_t by;             /* enum ik_dir of its first message */
	uint8_t state;          /* enum ik_exch_state */
	uint8_t np_req, np_rsp; /* first payload of request and response */
	bool refused;           /* the answer was an error, as far as can be read or measured */
	bool probed;            /* IKEv1: the refusal was answered as a liveness probe is */
	bool assumed;
};

enum ik_child_kind { IK_CHILD_QUICK, IK_CHILD_AUTH, IK_CHILD_CREATE, IK_CHILD_IKE_REKEY };

struct ik_child {
	uint32_t mid, step[3];
	uint64_t first;
	ikescope_time first_time, last_time;
	uint8_t kind, by;
	uint8_t state;  /* enum ikescope_phase */
	uint8_t rekeys; /* enum ikescope_tri */
	bool assumed;
};

struct ik_path {
	struct ikescope_endpoint i, r;
	uint64_t first, last;
	uint32_t domain;
};

struct ik_icmp_seen {
	struct ikescope_addr from, target; /* who says so; where our packet went */
	uint64_t place, last;
	ikescope_time time, last_time;
	uint16_t dport;
	uint16_t count;
	uint8_t type, code, dir; /* dir of the quoted message */
};

struct ik_lost_seen {
	uint64_t place;
	ikescope_time time;
	uint32_t have, total;
	uint16_t count;
	uint8_t dir;
	bool has_first, has_last;
};

/* What the chosen or offered SA says, for arithmetic and text. */
struct ik_suite {
	uint16_t encr, key_bits, prf, integ, group; /* v1: prf holds the hash */
	uint16_t auth;                              /* v1 authentication method */
	uint32_t life;                              /* v1 seconds, 0 none */
	bool known;
};

enum ik_cap_bits {                      /* what a peer announced */
	           IK_CAP_NATT_RFC = 1, /* RFC 3947 vendor id, or NAT detection notifies */
	           IK_CAP_NATT_DRAFT = 2,
	           IK_CAP_FRAGMENTATION = 4, /* RFC 7383 notify or the IKEv1 vendor id */
	           IK_CAP_DPD = 8,
	           IK_CAP_XAUTH = 16,
	           IK_CAP_NATD = 32, /* sent NAT detection hashes */
	           IK_CAP_CERTREQ = 64,
	           IK_CAP_CHILDLESS = 128,
	           IK_CAP_VID = 256, /* sent any vendor id */
	           IK_CAP_PPK = 512,
	           IK_CAP_REDIRECT = 1024,
	           IK_CAP_COOKIE = 2048, /* sent a COOKIE */
	           IK_CAP_HASHES = 4096, /* which signature hashes it knows (RFC 7427) */
	           IK_CAP_INTERMEDIATE = 8192,
	           IK_CAP_MULTIPLE_AUTH = 16384,
};

#define IK_PEER_NATD 4

struct ik_peer {
	uint32_t caps;  /* enum ik_cap_bits */
	uint32_t offer; /* SA payload of its phase 1 or IKE_SA_INIT message, 0 none */
	const char *implementation;
	uint64_t natd[IK_PEER_NATD];  /* first octets of its NAT detection hashes */
	uint64_t natd_place;          /* of the message that they came in last */
	uint8_t n_natd, natd_sources; /* bit k: natd[k] is of the source */
	uint8_t natd_path;            /* path they were sent on */
};

/* Phase 1 or IKE SA: what the wire has shown. Order within a version is progress. */
enum ik_state {
	IK_S_NONE,
	/* IKEv1 */
	IK_S_MM1,
	IK_S_MM2,
	IK_S_MM3,
	IK_S_MM4,
	IK_S_MM5,
	IK_S_MM6,
	IK_S_AM1,
	IK_S_AM2,
	IK_S_AM3,
	IK_S_V1_UP,      /* seen to be used: quick mode, transaction */
	IK_S_V1_REFUSED, /* a clear error notify answered */
	/* IKEv2 */
	IK_S_INIT_SENT,
	IK_S_COOKIE,
	IK_S_KE_RETRY,
	IK_S_INIT_REFUSED,
	IK_S_INIT_DONE,
	IK_S_INTERMEDIATE,
	IK_S_AUTH_SENT,
	IK_S_EAP,
	IK_S_AUTH_REFUSED,
	IK_S_UP,         /* proved by what came after */
	IK_S_UP_ASSUMED, /* the answer is encrypted: taken from its first payload */
	IK_S_MID,        /* known only from messages after its beginning */
	IK_STATES
};
const char *ik_state_name(enum ik_state s);

enum ik_nego_bits {
	IK_N_START_SEEN = 1, /* MM1, AM1 or the first IKE_SA_INIT request is in the capture */
	IK_N_SNAPPED = 2,
	IK_N_MIRRORED = 4,
	IK_N_DIR_I2R = 8, /* any message from the initiator */
	IK_N_DIR_R2I = 16,
	IK_N_GAP = 32, /* the state advanced although the answer was not seen */
	IK_N_FOLDED = 64,
	IK_N_SPI_CHANGED = 128, /* another responder SPI for the same initiator SPI came before */
	IK_N_MESSAGE = 256,     /* at least one message; else only ICMP or lost fragments name it */
	IK_N_ROLE_ASSUMED = 512,   /* who is initiator is a guess: the beginning is missing */
	IK_N_CHILDREN_LOST = 1024, /* more children than the limit: the oldest were forgotten */
	IK_N_DELETED = 2048,
	IK_N_USED = 4096, /* an answered exchange after phase 1 proves that both ends hold it */
	IK_N_TCP = 8192,
	IK_N_FLOATED = 16384,     /* moved to UDP 4500 after its beginning */
	IK_N_RETURN_4500 = 32768, /* the responder sent something behind the marker */
	IK_N_EAP = 65536,
	IK_N_MALFORMED = 131072,
	IK_N_ELSEWHERE = 262144, /* an answer came from an address that was not asked */
	IK_N_ROLE = 524288,      /* some step has IK_STEP_ROLE */
	IK_N_ID_AGAIN = 1048576, /* a request under a message id that its side used or passed */
};

struct ik_anomaly_seen {
	uint64_t place;
	uint32_t offset, got, expected;
	uint8_t code, payload;
	uint16_t count;
};

#define IK_NEGO_PATHS     8
#define IK_NEGO_ICMP      4
#define IK_NEGO_LOST      4
#define IK_NEGO_COPIES    96
#define IK_NEGO_EXCHANGES 64
#define IK_NEGO_ANOMALIES 4
#define IK_NEGO_CARRIED   8

/* The arrays are owned by whoever holds the negotiation; the record has them behind the fixed part.
 */
struct ik_nego {
	uint64_t spi_i, spi_r;
	uint64_t first, last; /* places */
	ikescope_time first_time, last_time;
	uint32_t seq; /* of its first event: ids rank by it */
	uint32_t domain;
	uint32_t bits;                 /* enum ik_nego_bits */
	struct ikescope_endpoint i, r; /* first seen */
	struct ik_peer peer[2];        /* by enum ik_dir of what it sends */
	struct ik_suite suite;
	uint64_t cookie_rounds;
	uint32_t folded;
	uint32_t messages[2]; /* distinct, by direction */
	uint32_t dpd_answers; /* liveness probes that were answered */
	uint32_t dpd_open[2]; /* IKEv1 probes without an answer since the last one, by who probed */
	uint32_t dpd_open_step[2]; /* the first of them */
	uint32_t last_serial;      /* of the last distinct message */
	uint32_t phase1_step;      /* serial of the last distinct phase 1 / initial message */
	uint32_t refusal_step;     /* serial of the message that refused, 0 none */
	uint32_t last_i, last_r;   /* serial of the last message of each side */
	uint64_t delete_place;     /* of the Delete of the IKE SA, 0 none */
	ikescope_time delete_time;
	uint32_t auth_rsp_step;                 /* the response that ended IKE_AUTH, 0 none */
	uint32_t after_auth_step;               /* the initiator's first request behind it */
	ikescope_time last_i_time, last_r_time; /* of any packet of the SA, copies too */
	ikescope_time up_time;                  /* phase 1 stood, IKESCOPE_TIME_NONE */
	uint16_t invalid_ke_group, first_ke_group, last_ke_group;
	uint8_t ke_retries, init_requests;
	uint8_t version;     /* 1 or 2 */
	uint8_t mode;        /* enum ikescope_mode */
	uint8_t state, best; /* enum ik_state: now, and the furthest */
	uint8_t eap_rounds;
	uint8_t delete_by; /* enum ik_dir */
	uint8_t n_paths, n_icmp, n_lost, n_copies, n_anomalies, n_carried;
	uint16_t n_steps, n_children, n_exchanges;
	/* Not recorded: found again behind the fixed part. */
	struct ik_step *steps;
	struct ik_child *children;
	struct ik_exchange *exchanges;
	struct ik_copy *copies;
	struct ik_path *paths;
	struct ik_icmp_seen *icmp;
	struct ik_lost_seen *lost;
	struct ik_anomaly_seen *anomalies;
	struct ik_carried *carried;
};

/* The step of a serial, or NULL if it was folded away. */
const struct ik_step *ik_nego_step(const struct ik_nego *n, uint32_t serial);

/* The path of an answer from an address that was not asked (IK_N_ELSEWHERE), or NULL. */
const struct ik_path *ik_nego_elsewhere(const struct ik_nego *n);

/* The exchange under which a step ran, or NULL. */
const struct ik_exchange *ik_nego_exchange(const struct ik_nego *n, uint32_t serial);

/* A child was refused while the peer's own exchange for a child was under way or just done:
 * TEMPORARY_FAILURE or CHILD_SA_NOT_FOUND, no refusal that matters (RFC 7296 2.25). */
bool ik_child_crossed(const struct ik_nego *n, const struct ik_child *child);

/* Octets of a record of n; slim leaves out the steps with all that
 * belongs to them and the exchanges. */
size_t ik_nego_size(const struct ik_nego *n, bool slim);
void ik_nego_put(const struct ik_nego *n, bool slim, uint8_t *out);

/* Reads a record; the arrays point into it where it is aligned to eight octets. */
void ik_nego_get(struct ik_nego *n, const uint8_t *in);

#endif
