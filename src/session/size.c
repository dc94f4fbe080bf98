/* SPDX-License-Identifier: Apache-2.0 */
#include "session/size.h"

#include "iana/iana.h"

/* Least octets of payloads, generic header included (RFC 7296 3.3 to 3.13). */
enum {
	ID_LEAST = 9, /* one octet of identification data */
	AUTH_FIXED = 8,
	AUTH_LEAST = 16, /* data of the shortest MAC */
	NOTIFY = 8,
	SA_ESP_LEAST = 36, /* GCM or ChaCha20 with ESN; 32 without a key length */
	SA_IKE_LEAST = 40, /* ChaCha20, PRF and group, with an SPI */
	NONCE_LEAST = 20,
	NONCE_USUAL_MOST = 68, /* RFC 7296 2.10 allows 260, nobody sends more than 64 octets */
	TS_LEAST = 24,         /* one IPv4 selector */
	KE_FIXED = 8,
	KE_TELLS = 2 * TS_LEAST + NOTIFY +
	           32, /* a public value that is two blocks longer than those */
};
#define SA_CHACHA_LEAST 32

/* Lengths up to this are error-only in every suite (appendix of sizes: HMAC-SHA2-512, 96). */
#define ERROR_ONLY_ANY_SUITE 96

static uint32_t overhead(const struct ik_suite *s)
{
	const struct ik_alg_encr *e = ik_alg_encr_v2(s->encr);
	const struct ik_alg_size *i = ik_alg_integ_v2(s->integ);
	uint32_t icv;

	if (!s->known || e == NULL)
		return UINT32_MAX;
	icv = e->icv != 0 ? e->icv : i != NULL ? i->size : UINT32_MAX;
	return icv == UINT32_MAX ? UINT32_MAX : (uint32_t)e->iv + icv + 1;
}

uint32_t ik_size_capacity(const struct ik_suite *s, uint32_t sk_len)
{
	uint32_t more = overhead(s);

	if (more == UINT32_MAX)
		return UINT32_MAX;
	return sk_len > more ? sk_len - more : 0;
}

uint32_t ik_size_prf(const struct ik_suite *s, unsigned version)
{
	const struct ik_alg_size *a = version == 1 ? ik_alg_hash_v1(s->prf) : ik_alg_prf_v2(s->prf);

	return s->known && a != NULL ? a->size : 0;
}

static bool below(const struct ik_suite *s, const struct ik_step *step, uint32_t floor)
{
	uint32_t capacity = ik_size_capacity(s, step->sk_len);

	if (step->frag_total > 1)
		return false;
	if (capacity == UINT32_MAX)
		return step->length <= ERROR_ONLY_ANY_SUITE;
	return capacity < floor;
}

bool ik_size_error_only_auth(const struct ik_suite *s, const struct ik_step *step)
{
	return below(s, step, NOTIFY + ID_LEAST + AUTH_FIXED + AUTH_LEAST);
}

bool ik_size_error_only_child(const struct ik_suite *s, const struct ik_step *step)
{
	return below(s, step, NOTIFY + SA_CHACHA_LEAST + NONCE_LEAST + 2 * TS_LEAST);
}

bool ik_size_no_child(const struct ik_suite *s, const struct ik_step *step)
{
	uint32_t capacity = ik_size_capacity(s, step->sk_len);
	uint32_t prf = ik_size_prf(s, 2);
	uint32_t id = step->inner == 39 ? 0 : ID_LEAST;

	if (capacity == UINT32_MAX || prf == 0 || step->frag_total > 1)
		return false;
	return capacity < id + AUTH_FIXED + prf + SA_CHACHA_LEAST + 2 * TS_LEAST;
}

/* A request for a child has two traffic selectors and, with charon, a notify instead of the key
 * exchange; its proposals are about as long. */
bool ik_size_new_ike_sa(const struct ik_suite *s, const struct ik_step *step, uint32_t sa)
{
	const struct ik_alg_encr *e = ik_alg_encr_v2(s->encr);
	const struct ik_alg_size *ke = ik_alg_ke(2, s->group);
	uint32_t capacity = ik_size_capacity(s, step->sk_len), least;

	if (capacity == UINT32_MAX || e == NULL || ke == NULL || ke->size < KE_TELLS ||
	    step->frag_total > 1)
		return false;
	least = 4 + sa + KE_FIXED + ke->size + NONCE_LEAST;
	return capacity >= least && capacity < least + NONCE_USUAL_MOST - NONCE_LEAST + e->block;
}

bool ik_size_holds_ike_sa(const struct ik_suite *s, const struct ik_step *step)
{
	const struct ik_alg_size *ke = ik_alg_ke(2, s->group);

	return ke == NULL || step->frag_total > 1 ||
	       ik_size_capacity(s, step->sk_len) >=
	               (uint32_t)(SA_IKE_LEAST + KE_FIXED + NONCE_LEAST) + ke->size;
}

bool ik_size_v1(const struct ik_suite *s, uint32_t content, uint32_t *least, uint32_t *most)
{
	const struct ik_alg_encr *e = ik_alg_encr_v1(s->encr);
	uint32_t hash = ik_size_prf(s, 1), block;

	if (!s->known || e == NULL || hash == 0)
		return false;
	block = e->block;
	content += 4 + hash;
	*least = 28 + (content + block - 1) / block * block;
	*most = 28 + (content / block + 1) * block;
	return true;
}

bool ik_size_v1_notify(const struct ik_suite *s, uint32_t length, uint32_t spi)
{
	uint32_t least, most;

	return ik_size_v1(s, 12 + spi, &least, &most) && (length == least || length == most);
}

#define KE_HEADER       4  /* generic payload header */
#define GROUP_ATTRIBUTE 4  /* RFC 2407 4.5 */
#define GROUPS_V1       31 /* numbers up to here are assigned */

uint16_t ik_size_v1_group(const struct ik_suite *s, uint32_t one, uint32_t other)
{
	const struct ik_alg_encr *encr = s->known ? ik_alg_encr_v1(s->encr) : NULL;
	uint32_t longer = one > other ? one : other, apart = longer - (one > other ? other : one);

	if (encr == NULL)
		return 0;
	for (uint16_t group = 1; group <= GROUPS_V1; group++) {
		const struct ik_alg_size *ke = ik_alg_ke(1, group);
		uint32_t more = ke != NULL ? KE_HEADER + ke->size + GROUP_ATTRIBUTE : 0;

		/* Each of the two is padded to the block on its own. */
		if (more != 0 && apart + encr->block > more && apart < more + encr->block)
			return group;
	}
	return 0;
}
