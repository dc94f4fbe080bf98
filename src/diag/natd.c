/*
 * NAT detection: does the hash that a side sent fit the addresses outside? IKEv2 (RFC 7296 2.23):
 * SHA-1 over both SPIs, address and port; the responder SPI is zero in every IKE_SA_INIT request.
 * IKEv1 (RFC 3947 3.2): the negotiated hash over both cookies, address and port.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/evp.h>

#include "base/addr.h"
#include "base/rd.h"
#include "diag/case.h"

static void put64(uint8_t *out, uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* Hash algorithms by their number in IKEv1 (RFC 2409 appendix A). */
static const char *const names[IK_HASHERS] = {
        [1] = "MD5", [2] = "SHA1", [4] = "SHA2-256", [5] = "SHA2-384", [6] = "SHA2-512",
};

/* Fetched once: fetching costs ten times the hash. */
static const EVP_MD *digest_of(struct ik_hashers *h, const struct ik_nego *n)
{
	unsigned number = n->version == 2 ? 2 : n->suite.prf;

	if (number >= IK_HASHERS || names[number] == NULL)
		return NULL;
	if (h->md[number] == NULL)
		h->md[number] = EVP_MD_fetch(NULL, names[number], NULL);
	if (h->ctx == NULL)
		h->ctx = EVP_MD_CTX_new();
	return h->ctx != NULL ? (const EVP_MD *)h->md[number] : NULL;
}

void ik_hashers_free(struct ik_hashers *h)
{
	for (size_t i = 0; i < IK_HASHERS; i++)
		EVP_MD_free((EVP_MD *)h->md[i]);
	EVP_MD_CTX_free((EVP_MD_CTX *)h->ctx);
	*h = (struct ik_hashers){0};
}

/* The first eight octets of the hash over an endpoint, as it would be sent; false where the
 * algorithm is not known. */
static bool expected(struct ik_hashers *h, const struct ik_nego *n, enum ik_dir sender,
                     const struct ikescope_endpoint *e, uint64_t *prefix)
{
	uint8_t in[8 + 8 + 16 + 2], out[EVP_MAX_MD_SIZE];
	size_t len = ik_addr_len(&e->addr);
	const EVP_MD *md = digest_of(h, n);
	unsigned out_len = 0;

	if (md == NULL)
		return false;
	put64(in, n->spi_i);
	put64(in + 8, n->version == 2 && sender == IK_I2R ? 0 : n->spi_r);
	memcpy(in + 16, e->addr.octet, len);
	in[16 + len] = (uint8_t)(e->port >> 8);
	in[17 + len] = (uint8_t)e->port;
	if (EVP_DigestInit_ex((EVP_MD_CTX *)h->ctx, md, NULL) != 1 ||
	    EVP_DigestUpdate((EVP_MD_CTX *)h->ctx, in, 18 + len) != 1 ||
	    EVP_DigestFinal_ex((EVP_MD_CTX *)h->ctx, out, &out_len) != 1 || out_len < 8)
		return false;
	*prefix = ik_be64(out);
	return true;
}

static enum ikescope_tri check(const struct ik_case *c, enum ik_dir sender, bool source)
{
	const struct ik_nego *n = c->n;
	const struct ik_peer *peer = &n->peer[sender];
	const struct ik_path *path =
	        peer->natd_path < n->n_paths ? &n->paths[peer->natd_path] : NULL;
	const struct ikescope_endpoint *e;
	enum ikescope_tri result = IKESCOPE_UNKNOWN;
	uint64_t want;

	if (peer->n_natd == 0 || path == NULL)
		return IKESCOPE_UNKNOWN;
	e = (sender == IK_I2R) == source ? &path->i : &path->r;
	if (!expected(c->pair->hashers, n, sender, e, &want))
		return IKESCOPE_UNKNOWN;
	for (size_t i = 0; i < peer->n_natd; i++) {
		if ((peer->natd_sources >> i & 1) != source)
			continue;
		if (peer->natd[i] == want)
			return IKESCOPE_YES;
		result = IKESCOPE_NO;
	}
	return result;
}

enum ikescope_tri ik_natd_source(const struct ik_case *c, enum ik_dir sender)
{
	return check(c, sender, true);
}

enum ikescope_tri ik_natd_destination(const struct ik_case *c, enum ik_dir sender)
{
	return check(c, sender, false);
}
