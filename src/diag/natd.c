/*
 * NAT detection hashes. IKEv2 (RFC 7296 2.23): SHA-1 over both SPIs, address and port; the
 * responder SPI is zero in every IKE_SA_INIT request. IKEv1 (RFC 3947 3.2): the negotiated hash
 * over both cookies, address and port.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/evp.h>

#include "base/addr.h"
#include "base/rd.h"
#include "diag/nat.h"

static void put64(uint8_t *out, uint64_t v)
{
	for (size_t i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

#define MD5 1

/* RFC 2409 appendix A. */
static const char *const names[IK_HASHERS] = {
        [1] = "MD5", [2] = "SHA1", [4] = "SHA2-256", [5] = "SHA2-384", [6] = "SHA2-512",
};

const char *ik_nat_algorithm(unsigned number)
{
	return number < IK_HASHERS ? names[number] : NULL;
}

unsigned ik_nat_number(const struct ik_nego *n)
{
	return n->version == 2 ? 2 : n->suite.prf;
}

/* Fetched once: fetching costs ten times the hash. Some builds of OpenSSL lack MD5; others are
 * missing only where memory is. */
const void *ik_nat_method(struct ik_hashers *h, unsigned number)
{
	if (ik_nat_algorithm(number) == NULL)
		return NULL;
	if (h->md[number] == NULL)
		h->md[number] = EVP_MD_fetch(NULL, names[number], NULL);
	if (h->ctx == NULL)
		h->ctx = EVP_MD_CTX_new();
	h->failed |= h->ctx == NULL || (h->md[number] == NULL && number != MD5);
	return h->ctx != NULL ? h->md[number] : NULL;
}

void ik_hashers_free(struct ik_hashers *h)
{
	for (size_t i = 0; i < IK_HASHERS; i++)
		EVP_MD_free((EVP_MD *)h->md[i]);
	EVP_MD_CTX_free((EVP_MD_CTX *)h->ctx);
	*h = (struct ik_hashers){0};
}

void ik_nat_head(const struct ik_nego *n, enum ik_dir sender, uint8_t head[16])
{
	put64(head, n->spi_i);
	put64(head + 8, n->version == 2 && sender == IK_I2R ? 0 : n->spi_r);
}

bool ik_nat_hash(void *context, const void *method, const uint8_t head[16],
                 const struct ikescope_endpoint *e, uint64_t *prefix)
{
	uint8_t in[16 + 16 + 2], out[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = (EVP_MD_CTX *)context;
	/* A context that is told its method again gives up its memory and asks for new. */
	const EVP_MD *md = EVP_MD_CTX_get0_md(ctx) == method ? NULL : (const EVP_MD *)method;
	size_t len = ik_addr_len(&e->addr);
	unsigned out_len = 0;

	memcpy(in, head, 16);
	memcpy(in + 16, e->addr.octet, len);
	in[16 + len] = (uint8_t)(e->port >> 8);
	in[17 + len] = (uint8_t)e->port;
	if (EVP_DigestInit_ex(ctx, md, NULL) != 1 || EVP_DigestUpdate(ctx, in, 18 + len) != 1 ||
	    EVP_DigestFinal_ex(ctx, out, &out_len) != 1 || out_len < 8)
		return false;
	*prefix = ik_be64(out);
	return true;
}

static bool expected(struct ik_hashers *h, const struct ik_nego *n, enum ik_dir sender,
                     const struct ikescope_endpoint *e, uint64_t *prefix)
{
	const void *md = ik_nat_method(h, ik_nat_number(n));
	uint8_t head[16];

	if (md == NULL)
		return false;
	ik_nat_head(n, sender, head);
	if (ik_nat_hash(h->ctx, md, head, e, prefix))
		return true;
	h->failed = true;
	return false;
}

const struct ik_path *ik_natd_path(const struct ik_nego *n, enum ik_dir sender)
{
	const struct ik_peer *peer = &n->peer[sender];

	return peer->n_natd > 0 && peer->natd_path < n->n_paths ? &n->paths[peer->natd_path] : NULL;
}

enum ikescope_tri ik_natd_is(struct ik_hashers *h, const struct ik_nego *n, enum ik_dir sender,
                             bool source, const struct ikescope_endpoint *e)
{
	const struct ik_peer *peer = &n->peer[sender];
	enum ikescope_tri result = IKESCOPE_UNKNOWN;
	uint64_t want;

	if (peer->n_natd == 0 || !expected(h, n, sender, e, &want))
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

static enum ikescope_tri check(const struct ik_case *c, enum ik_dir sender, bool source)
{
	const struct ik_path *path = ik_natd_path(c->n, sender);

	if (path == NULL)
		return IKESCOPE_UNKNOWN;
	return ik_natd_is(c->pair->hashers, c->n, sender, source,
	                  (sender == IK_I2R) == source ? &path->i : &path->r);
}

enum ikescope_tri ik_natd_source(const struct ik_case *c, enum ik_dir sender)
{
	return check(c, sender, true);
}

enum ikescope_tri ik_natd_destination(const struct ik_case *c, enum ik_dir sender)
{
	return check(c, sender, false);
}
