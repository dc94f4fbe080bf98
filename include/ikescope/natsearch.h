/*
 * The search for the address behind a NAT detection hash (RFC 7296 2.23, RFC 3947 3.2). A job is
 * one hash, one port, and a set of IPv4 addresses, which are numbered from 0. Trying a range of
 * them is a pure function, so that several threads can share a job; the library itself has none.
 *
 * Of a hash the first 64 bits are compared. Among all 2^32 addresses, with six ports, the chance
 * that any other than the true one fits is 6 * 2^32 / 2^64, about 1.4e-9; among the private ones,
 * with six ports, 7.2e-12.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_NATSEARCH_H
#define IKESCOPE_NATSEARCH_H

#include <ikescope/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ikescope_nat_search {
	IKESCOPE_NAT_SEARCH_OFF,     /* no address but those in the packets */
	IKESCOPE_NAT_SEARCH_PRIVATE, /* 22 million: RFC 1918, 6598 (shared), 3927 (link-local), and
	                              * 192.0.0.0/24, which translators to IPv6 use (RFC 7335) */
	IKESCOPE_NAT_SEARCH_ALL,     /* those first, then all of IPv4 */
};

struct ikescope_nat_job {
	uint8_t head[16]; /* what is hashed before the address: both SPIs or cookies */
	uint64_t hash;    /* the first eight octets, as a big-endian number */
	uint16_t port;
	uint16_t algorithm;             /* of IKEv1 (RFC 2409 appendix A); 2, SHA-1, for IKEv2 */
	enum ikescope_nat_search among; /* private: those alone; all: all of IPv4 alone */
};

#define IKESCOPE_NAT_NONE UINT64_MAX

/* How many addresses there are to try, and which one has a number. */
uint64_t ikescope_nat_candidates(const struct ikescope_nat_job *job);
struct ikescope_addr ikescope_nat_candidate(const struct ikescope_nat_job *job, uint64_t number);

/* The number of the first address in [from, to) that fits, or IKESCOPE_NAT_NONE; also where the
 * algorithm is not known. Any thread may call it. */
uint64_t ikescope_nat_try(const struct ikescope_nat_job *job, uint64_t from, uint64_t to);

/* How a job is done: run() tries all candidates on as many threads as it likes and returns the
 * lowest number that ikescope_nat_try() found, or IKESCOPE_NAT_NONE. NULL: the library tries them
 * one after another. */
struct ikescope_nat_runner {
	void *ctx;
	uint64_t (*run)(void *ctx, const struct ikescope_nat_job *job);
};

#ifdef __cplusplus
}
#endif

#endif
