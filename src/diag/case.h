/*
 * A case: one negotiation with what surrounds it, the conclusions about its position, and the facts
 * that rules look at.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_CASE_H
#define IK_DIAG_CASE_H

#include <string.h>

#include "session/assemble.h"
#include "session/nego.h"

/* ---- position ------------------------------------------------------------------------------- */

struct ik_position {
	enum ikescope_outcome outcome;
	bool assumed;
	enum ikescope_at_end at_end;
	enum ikescope_phase phase1, phase2;
	bool has_stall;
	enum ikescope_stall_kind kind;
	enum ik_msg_name message;
	uint32_t serial; /* of the step that stands still, 0 where it is missing */
	uint64_t place;  /* its first frame, or that of the last message before it */
	uint32_t copies;
	enum ikescope_role waiting_for;
	uint64_t by;         /* place of the refusal, 0 none */
	const char *by_name; /* where it can be read */
};

/* ---- the pair: everything between two addresses in one domain -------------------------------- */

/* What a negotiation must know of the others of its pair. */
struct ik_brief {
	uint64_t id;
	uint64_t spi_i, spi_r;
	uint32_t seq;
	ikescope_time first_time, last_time, up_time;
	ikescope_time asked_time; /* of the initiator's last message */
	uint64_t first, last;     /* places */
	struct ikescope_endpoint i, r;
	uint16_t nat_port; /* of an initiator behind a NAT, else 0: separates tunnels */
	uint32_t offer[2]; /* by enum ik_dir */
	uint8_t version, mode, state;
	bool start_seen;
	struct ik_position pos; /* without what others show */
	/* CREATE_CHILD_SA exchanges that may have replaced the IKE SA: how many, the last one's
	 * serial, when; and how many SAs came of them. */
	uint32_t rekey_candidates, rekey_candidate, successors;
	ikescope_time rekey_time;
	uint64_t rekey_of, rekeyed_by, retry_of, retried_by; /* ids */
	uint16_t float_port;                                 /* of the initiator on its last path */
	uint32_t first_mid;
	bool deleted, one_sided;
	bool stray; /* nothing but notifies in clear: they may answer what was no message of IKE */
	bool bare;  /* IKEv1: phase 1 stands, and nothing came behind it */
	size_t flows, flows_end;     /* ESP flows that belong to it, in ik_pair.flows */
	ikescope_time flow_begun[2]; /* the last that an end began, by enum ik_dir */
	uint32_t children;           /* that stood beside each other: not those that replaced one */
	uint32_t lost_requests; /* incomplete IP datagrams of the initiator since answer_time */
	ikescope_time delete_time, answer_time;
	const char *product; /* the implementation that the responder names, or NULL */
};

/* What one side of a pair does as initiator and as responder, by IKE version. */
struct ik_side {
	bool starts[3], main, aggressive;
	uint32_t offer[3], chosen[3]; /* its proposals, and what it chose when it agreed */
	uint32_t qm1;                 /* ISAKMP length of its last QM1, 0 none */
	bool ike_seen;                /* it sent any IKE message */
};

/* Hash algorithms that were asked for, ready to use. */
#define IK_HASHERS 7
struct ik_hashers {
	void *md[IK_HASHERS], *ctx; /* EVP_MD, EVP_MD_CTX */
	bool failed;                /* no memory for a hash */
};
void ik_hashers_free(struct ik_hashers *h);

/* An ESP flow and whose it is. */
struct ik_pair_flow {
	struct ik_esp_flow esp;
	size_t brief;  /* index of its negotiation, SIZE_MAX none */
	int64_t child; /* index of its child there, -1 none */
};

struct ik_nat;
struct ik_nat_memory;

struct ik_pair {
	const struct ik_assembly *assembly;
	struct ik_hashers *hashers;
	const struct ik_nat_memory *nat; /* or NULL */
	uint32_t domain;
	struct ikescope_addr low, high;
	struct ik_brief *briefs; /* by first event */
	size_t n_briefs, cap_briefs;
	struct ik_pair_flow
	        *flows; /* by negotiation, those of none last; then by their beginning */
	size_t n_flows, cap_flows;
	bool flows_from[2];         /* from low, from high */
	ikescope_time udp_until[2]; /* the last ESP in UDP from each */
	bool disordered;            /* times of briefs step back */
	struct ik_pair_event *events;
	size_t n_events, cap_events;
	uint64_t events_lost;
	struct ik_side side[2];              /* of low, of high */
	bool established[3];                 /* by IKE version */
	bool stood[IKESCOPE_MODE_IKEV2 + 1]; /* by mode */
	ikescope_time last_established;      /* beginning of the last negotiation that stood */
};

/* ---- facts ---------------------------------------------------------------------------------- */

/* X(name, what it is). Numbers; a fact that packets leave open is unknown. */
/* clang-format off */
#define IK_FACTS(X) \
	X(VERSION,            "IKE version") \
	X(STATE,              "enum ik_state in the end") \
	X(OUTCOME,            "enum ikescope_outcome") \
	X(START_SEEN,         "the beginning is in the capture") \
	X(STALL,              "0 none, 1 unanswered, 2 refused, 3 missing") \
	X(STALL_MESSAGE,      "enum ik_msg_name that stands still") \
	X(STALL_COPIES,       "its transmissions") \
	X(STALL_LENGTH,       "its ISAKMP length") \
	X(STALL_IP_FRAGMENTS, "IP fragments of its largest copy") \
	X(STALL_SK_TOTAL,     "its IKE fragments, 0 whole") \
	X(INCOMPLETE,         "serial of the IKE fragments that never became the message it stands on, 0 none") \
	X(ANSWERED,           "the responder sent any message") \
	X(REVERSE_VISIBLE,    "some packet from the awaited side is in the capture") \
	X(OTHER_FROM_PEER,    "a packet that is no IKE came from the awaited side") \
	X(ICMP_ABOUT_REQUEST, "ICMP errors about the request that stands still: the initiator's, or either side's under an SA that stands") \
	X(PROBES_AFTER_ICMP,  "liveness probes, of three and more without an answer, that followed the last such error") \
	X(ICMP_REASSEMBLY,    "ICMP fragment reassembly time exceeded, since it stands still") \
	X(REPEATS_AFTER_REPLY,"copies of a request sent after its answer was captured") \
	X(NOTIFY,             "notify type of the refusal in clear") \
	X(REFUSAL_SPI_R,      "the refusal carries a responder SPI") \
	X(REFUSAL_LENGTH,     "ISAKMP length of the refusal") \
	X(AUTH_PSK,           "IKEv1: pre-shared key was negotiated") \
	X(INFO_FROM_R,        "encrypted informationals of the responder behind the last phase 1 message") \
	X(INFO_FROM_I,        "encrypted informationals of the initiator behind it") \
	X(COPIES_AFTER_INFO,  "copies of the last phase 1 message behind such an informational of the other side") \
	X(CROSSED,            "copies of the message before, from the other side") \
	X(SMALLER_THAN_MM3,   "MM5 is smaller than MM3") \
	X(FLOATED,            "moved to UDP 4500") \
	X(RETURN_4500,        "the responder sent something from behind the marker") \
	X(NAT_SEEN,           "a NAT is between the peers, by ports or NAT detection") \
	X(NATD,               "NAT detection hashes that do not fit the addresses here: 0 explained as possible, 1 likely, 2 certain") \
	X(NATT_I,             "the initiator announced NAT traversal") \
	X(NATT_R,             "the responder announced NAT traversal") \
	X(LOST_REQUEST,       "IP datagrams of the initiator that never became whole, since the last new answer") \
	X(LOST_RESPONSE,      "IP datagrams of the responder that never became whole, since then") \
	X(FIRST_ONLY,         "of every IP datagram in fragments only the first came, as behind a filter for ports") \
	X(RETRIED,            "a new attempt between the same peers came later") \
	X(AFTER_LAST,         "seconds of capture behind the last packet of the SA") \
	X(ELSEWHERE,          "an answer came from an address that was not asked") \
	X(KE_RETRIES,         "INVALID_KE_PAYLOAD answers") \
	X(COOKIES,            "COOKIE answers") \
	X(AUTH_REQUEST,       "ISAKMP length of the first IKE_AUTH request, all its fragments") \
	X(EAP_LAST_SHORT,     "the last word is EAP of the server that holds no more than EAP-Failure") \
	X(TRANSACTIONS,       "TRANSACTION exchanges") \
	X(CHILDREN,           "child SAs negotiated or under way") \
	X(CHILDREN_UP,        "child SAs that stood") \
	X(LAST_CHILD_KIND,    "enum ik_child_kind of the last child") \
	X(SILENT_QUICK,       "quick modes without an answer, where others between them came through and nothing stands still now") \
	X(QM1_GROUP,          "the group whose key exchange the refused QM1 has more or less than the other side's own QM1, by length; 0 none") \
	X(QM2_COPIES,         "copies of the QM2 that stands last") \
	X(DPD_OPEN,           "liveness probes without an answer, copies counted") \
	X(INITIATOR_OBJECTS,  "the initiator's first request behind IKE_AUTH: 41 notify, 42 delete") \
	X(LATE,               "a first answer came after a new attempt had begun") \
	X(HALF_OPEN,          "negotiations of the initiator with the peer that the peer may have counted as half-open when this one began") \
	X(PEER_OTHER_VERSION, "the responder uses the other IKE version, and never this one") \
	X(PEER_ESTABLISHED,   "another negotiation of this IKE version between the two stood") \
	X(PEER_OTHER_MODE,    "the responder itself starts the other phase 1 mode") \
	X(PEER_OFFER,         "number of a proposal that the responder itself sent as initiator") \
	X(P1_DISJOINT,        "what was refused, or met with silence though it was unacceptable: attributes (bits by enum ik_attribute) in which it and PEER_OFFER have nothing in common") \
	X(P1_COMMON,          "rank of the first proposal of the offer that is one of PEER_OFFER, 0 none") \
	X(P1_LIFETIME,        "that one has another lifetime there") \
	X(ESP_I2R,            "ESP packets from the initiator under this SA") \
	X(ESP_R2I,            "ESP packets from the responder under this SA") \
	X(ESP_AT_DELETE,      "ESP packets in flows that ended no more than a minute before the Delete of the SA") \
	X(ESP_AFTER_DELETE,   "ESP packets in flows that go on behind the Delete of the SA") \
	X(REPLACED,           "a later SA of the pair took over") \
	X(DPD_SIDES,          "IKEv1: sides that announced dead peer detection, where all vendor ids were seen") \
	X(COLLISIONS,         "rekeys of the same kind that both sides had under way at the same time") \
	X(CROSSING,           "a negotiation of the other side was under way when this one began, and both stood") \
	X(LATE_ANSWER,        "a liveness check was answered when its sender had given the SA up and begun anew") \
	X(UNKNOWN_SA,         "INVALID-COOKIE or INVALID_IKE_SPI in clear under an SA that stood and was not deleted, of a side that encrypts nothing under it afterwards") \
	X(LIFE_SPENT,         "IKEv1: percentage of the lifetime of phase 1 that had passed then") \
	X(PEER_BEGAN,         "the silent side set up a new SA while it was still asked in vain under this one") \
	X(IDLE_AT_DELETE,     "seconds from the last ESP under the SA to its Delete") \
	X(ROLE,               "the Initiator flag of encrypted messages is not that of their sender: 1 of some, 2 of the one that stands still") \
	X(REUSED,             "a side sent requests with different octets under one message id") \
	X(MOVED,              "times that an end came from another address or port under the SA") \
	X(PRODUCTS,           "the responder names another product than the last time it answered: 1 for the first time, 2 back to one before") \
	X(ANOMALIES,          "malformed messages")
/* clang-format on */

#define IK_FACT_ENUM(name, what) IK_F_##name,
enum ik_fact { IK_FACTS(IK_FACT_ENUM) IK_FACT_COUNT };
#undef IK_FACT_ENUM

/* Which side of the pair an address is: 0 low, 1 high. */
static inline size_t ik_pair_side(const struct ik_pair *p, const struct ikescope_addr *a)
{
	return memcmp(a, &p->low, sizeof(*a)) != 0;
}

/* No fact has this value, of eight octets alike: all facts are set to it at one go. */
#define IK_FACT_UNKNOWN_OCTET 0x80
#define IK_FACT_UNKNOWN       (-INT64_C(0x7f7f7f7f7f7f7f80))

struct ik_case {
	const struct ik_nego *n;
	const struct ik_pair *pair;
	const struct ik_brief *brief;
	struct ik_position pos;
	int64_t fact[IK_FACT_COUNT];
	ikescope_time capture_end;  /* of the timeline */
	struct ik_icmp_seen icmp;   /* the one that matters, count 0 none */
	const struct ik_seen *seen; /* other traffic of the awaited side, or NULL */
	const struct ik_nat *nat;   /* NAT detection hashes that do not fit, or NULL */
};

/* Concludes where a negotiation stands. brief may be NULL: without what the others of its pair
 * show. */
struct ik_position ik_position_of(const struct ik_nego *n, const struct ik_brief *brief,
                                  ikescope_time capture_end);

/* The state of a child, with what ESP shows of it. brief may be NULL. */
enum ikescope_phase ik_child_state(const struct ik_child *c, const struct ik_brief *brief);

/* The child that phase 2 ended with: crossed refusals count for nothing. NULL without any. */
const struct ik_child *ik_last_child(const struct ik_nego *n);

/* What a child is in the end. Packets show that it was made; whether it stood on both sides, and
 * whether it still does, the position says: none is better than phase 2 is. */
enum ikescope_phase ik_child_ends(const struct ik_child *c, const struct ik_brief *brief,
                                  const struct ik_position *p);

/* The states that boxes would show at a position, and the table behind it. */
struct ikescope_shown_as ik_shown_as(const struct ik_nego *n, const struct ik_position *pos);
/* The states behind step i of a negotiation if that was received, before its first step, and
 * whether the IKE SA is deleted then. */
struct ikescope_shown_as ik_shown_after(const struct ik_nego *n, const struct ik_position *pos,
                                        size_t i);
struct ikescope_shown_as ik_shown_before(void);
/* Takes over what is shown on one end. */
void ik_shown_take(struct ikescope_shown_as *to, const struct ikescope_shown_as *from,
                   enum ik_dir side);
bool ik_shown_gone(const struct ik_nego *n, const struct ik_position *pos, size_t i);

/* By enum ik_state; IK_STATES and beyond: refused or gone. */
extern const struct ikescope_shown_as ik_shown_rows[];
extern const size_t ik_shown_n_rows;

/* Fills a case: position and facts. */
void ik_case_make(struct ik_case *c, const struct ik_nego *n, const struct ik_pair *pair,
                  const struct ik_brief *brief, ikescope_time capture_end);

/* The negotiation that repeats one, or NULL. */
const struct ik_brief *ik_brief_retry(const struct ik_pair *p, const struct ik_brief *b);

/* When the responder said something new for the last time; the beginning where it never did. What
 * was lost or complained about before does not hold up what comes after. */
ikescope_time ik_answer_time(const struct ik_nego *n);

/* Copies of a step sent at or after a time. */
uint32_t ik_copies_after(const struct ik_nego *n, uint32_t serial, ikescope_time time);

/* What NAT detection says: whether the hashes that a side sent fit the addresses outside. */
enum ikescope_tri ik_natd_source(const struct ik_case *c, enum ik_dir sender);
enum ikescope_tri ik_natd_destination(const struct ik_case *c, enum ik_dir sender);

#endif
