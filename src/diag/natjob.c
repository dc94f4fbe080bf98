/*
 * One job of the search: the addresses that it goes through, and whether one of them fits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/evp.h>

#include "base/addr.h"
#include "base/rd.h"
#include "base/sha1_find.h"
#include "diag/nat.h"
#include "ikescope/natsearch.h"

struct range {
	uint32_t first;
	uint64_t n;
};

/* What is met most often comes first. */
static const struct range inside[] = {
        {0xc0a80000, UINT64_C(1) << 16}, /* 192.168.0.0/16 */
        {0x0a000000, UINT64_C(1) << 24}, /* 10.0.0.0/8 */
        {0xac100000, UINT64_C(1) << 20}, /* 172.16.0.0/12 */
        {0x64400000, UINT64_C(1) << 22}, /* 100.64.0.0/10 */
        {0xa9fe0000, UINT64_C(1) << 16}, /* 169.254.0.0/16 */
        {0xc0000000, UINT64_C(1) << 8},  /* 192.0.0.0/24 */
};
static const struct range everywhere[] = {{0, UINT64_C(1) << 32}};

static const struct range *ranges(const struct ikescope_nat_job *job, size_t *n)
{
	*n = 0;
	switch (job->among) {
	case IKESCOPE_NAT_SEARCH_OFF: return NULL;
	case IKESCOPE_NAT_SEARCH_PRIVATE: *n = sizeof(inside) / sizeof(inside[0]); return inside;
	case IKESCOPE_NAT_SEARCH_ALL: *n = 1; return everywhere;
	}
	return NULL;
}

uint64_t ikescope_nat_candidates(const struct ikescope_nat_job *job)
{
	size_t n;
	const struct range *r = ranges(job, &n);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += r[i].n;
	return sum;
}

static struct ikescope_addr address(uint32_t number)
{
	uint8_t octet[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	                    (uint8_t)(number >> 8), (uint8_t)number};

	return ik_addr4(octet);
}

struct ikescope_addr ikescope_nat_candidate(const struct ikescope_nat_job *job, uint64_t number)
{
	size_t n;
	const struct range *r = ranges(job, &n);

	for (size_t i = 0; i < n; number -= r[i].n, i++)
		if (number < r[i].n)
			return address(r[i].first + (uint32_t)number);
	return (struct ikescope_addr){0};
}

/* How many of n addresses from first come before the one that fits. */
static uint64_t by_sha1(const struct ikescope_nat_job *job, uint32_t first, uint64_t n)
{
	struct ik_sha1_find what = {
	        .want = {(uint32_t)(job->hash >> 32), (uint32_t)job->hash},
	        .port = job->port,
	};

	for (size_t i = 0; i < 4; i++)
		what.head[i] = ik_be32(job->head + 4 * i);
	return ik_sha1_find(&what, first, n);
}

/* The same for the other algorithms. */
static uint64_t by_evp(const struct ikescope_nat_job *job, uint32_t first, uint64_t n)
{
	const char *name = ik_nat_algorithm(job->algorithm);
	EVP_MD *md = name != NULL ? EVP_MD_fetch(NULL, name, NULL) : NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint64_t i = md != NULL && ctx != NULL ? 0 : n, hash;

	for (; i < n; i++) {
		struct ikescope_endpoint e = {address(first + (uint32_t)i), job->port};

		if (ik_nat_hash(ctx, md, job->head, &e, &hash) && hash == job->hash)
			break;
	}
	EVP_MD_CTX_free(ctx);
	EVP_MD_free(md);
	return i;
}

uint64_t ikescope_nat_try(const struct ikescope_nat_job *job, uint64_t from, uint64_t to)
{
	uint64_t base = 0; /* the number of the first address of the range */
	size_t n;
	const struct range *r = ranges(job, &n);

	for (size_t i = 0; i < n; base += r[i].n, i++) {
		uint64_t low = from > base ? from - base : 0;
		uint64_t high = to > base ? to - base : 0, at;

		if (high > r[i].n)
			high = r[i].n;
		if (low >= high)
			continue;
		at = (job->algorithm == 2 ? by_sha1 : by_evp)(job, r[i].first + (uint32_t)low,
		                                              high - low);
		if (at < high - low)
			return base + low + at;
	}
	return IKESCOPE_NAT_NONE;
}
