/*
 * What NAT detection hashes prove about the addresses of both sides, and the search for addresses
 * that do not stand in any packet.
 *
 * Each side sends a hash of its own address and port (source) and one of the address and port that
 * it sends to (destination). So of each side two things can be known: what it is to itself, and
 * what it is to the other side.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_NAT_H
#define IK_DIAG_NAT_H

#include "base/buf.h"
#include "diag/case.h"
#include "ikescope/analysis.h"

/* What became of the hash of an endpoint. */
enum ik_nat_kind {
	IK_NAT_ABSENT,  /* no hash, or of an unknown algorithm */
	IK_NAT_FITS,    /* it is over the address and port that the side has here */
	IK_NAT_FOUND,   /* it is over something else, which was found */
	IK_NAT_NOWHERE, /* it fits nothing that a search went through */
	IK_NAT_OPEN,    /* it does not fit, and nothing was searched */
};

struct ik_nat_word {
	enum ik_nat_kind kind;
	bool all;                        /* nowhere in all of IPv4, not only in private addresses */
	struct ikescope_endpoint here;   /* as the side appears in the packet with the hash */
	struct ikescope_endpoint hashed; /* what was found */
};

/* Of one negotiation, by enum ik_dir of the side that it is about. */
struct ik_nat {
	uint64_t id; /* of the negotiation */
	struct ik_nat_word own[2], known[2];
};

/* What was found: all are false of another kind. */
bool ik_nat_forced(const struct ik_nat_word *w);   /* port 0: no packet comes from there */
bool ik_nat_invented(const struct ik_nat_word *w); /* forced, and neither own address nor private */
bool ik_nat_ports(const struct ik_nat_word *w);    /* only the port is another */
bool ik_nat_confused(const struct ik_nat_word *w); /* 500 for 4500 or the reverse: an error */
bool ik_nat_address(const struct ik_nat_word *w);  /* the address is another, with a real port */

/* Whether a side is behind a NAT, and its inside address: family 0 where it is unknown. */
enum ikescope_tri ik_nat_behind(const struct ik_nat *nat, enum ik_dir side, bool odd_port);
struct ikescope_addr ik_nat_inside(const struct ik_nat *nat, enum ik_dir side);

/* How sure the explanation of all hashes that do not fit is; false: all fit, or there are none. */
bool ik_nat_claim(const struct ik_nat *nat, unsigned ike_version, enum ikescope_claim *claim);

/* Recomputes all hashes of a negotiation with the addresses of its packets and nothing else. */
struct ik_nat ik_nat_of(const struct ik_nego *n, struct ik_hashers *hashers);

/* Ports that the hash about a side may be over, sent on a path; returns how many. */
#define IK_NAT_PORTS 8
size_t ik_nat_ports_of(const struct ik_nego *n, const struct ik_path *path, enum ik_dir side,
                       uint16_t port[IK_NAT_PORTS]);

/* ---- one search ------------------------------------------------------------------------------ */

/* The first eight octets of a hash; false where the algorithm is not known. context is an
 * EVP_MD_CTX, method an EVP_MD. */
bool ik_nat_hash(void *context, const void *method, const uint8_t head[16],
                 const struct ikescope_endpoint *e, uint64_t *prefix);

/* The EVP_MD of a hash algorithm by its number in IKEv1; NULL for one that is not known, or without
 * memory. The context is made with the first. */
const void *ik_nat_method(struct ik_hashers *hashers, unsigned number);

/* The name of a hash algorithm of IKEv1 by its number there, NULL for one that is not known. */
const char *ik_nat_algorithm(unsigned number);

/* The number of the algorithm that a negotiation hashes with. */
unsigned ik_nat_number(const struct ik_nego *n);

/* The path that the hashes of a sender came on, or NULL; and whether one of them is over an
 * endpoint: unknown where it sent none. */
const struct ik_path *ik_natd_path(const struct ik_nego *n, enum ik_dir sender);
enum ikescope_tri ik_natd_is(struct ik_hashers *h, const struct ik_nego *n, enum ik_dir sender,
                             bool source, const struct ikescope_endpoint *e);

/* The SPIs as a sender's hashes have them: the responder's is zero in each IKE_SA_INIT request. */
void ik_nat_head(const struct ik_nego *n, enum ik_dir sender, uint8_t head[16]);

/* The sentences of what does not fit. */
void ik_words_nat(struct ik_buf *b, const struct ik_nat *nat);

/* ---- all searches of a document -------------------------------------------------------------- */

struct ik_nat_memory;

/* What the options and limits allow. A document of too many negotiations gets no memory. */
struct ik_nat_memory *ik_nat_memory_new(const struct ikescope_options *options);
void ik_nat_memory_free(struct ik_nat_memory *m);

/* Explains the hashes of a negotiation as far as it can, and keeps what does not fit. False: out of
 * memory. */
bool ik_nat_learn(struct ik_nat_memory *m, const struct ik_nego *n, uint64_t id,
                  struct ik_hashers *hashers);

/* No more will be learnt. */
void ik_nat_learnt(struct ik_nat_memory *m);

/* What was learnt of a negotiation, or NULL: all fits. m may be NULL. */
const struct ik_nat *ik_nat_find(const struct ik_nat_memory *m, uint64_t id);

/* Hashes that were not searched for lack of passes. */
uint64_t ik_nat_not_searched(const struct ik_nat_memory *m);

#endif
