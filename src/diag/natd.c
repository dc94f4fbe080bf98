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

static const EVP_MD *digest_of(const struct ik_nego *n)
{
	if (n->version == 2)
		return EVP_sha1();
	switch (n->suite.prf) { /* RFC 2409 appendix A, hash algorithms */
	case 1: return EVP_md5();
	case 2: return EVP_sha1();
	case 4: return EVP_sha256();
	case 5: return EVP_sha384();
	case 6: return EVP_sha512();
	default: return NULL;
	}
}

/* The first eight octets of the hash over an endpoint, as it would be sent; false where the
 * algorithm is not known. */
static bool expected(const struct ik_nego *n, enum ik_dir sender, const struct ikescope_endpoint *e,
                     uint64_t *prefix)
{
	uint8_t in[8 + 8 + 16 + 2], out[EVP_MAX_MD_SIZE];
	size_t len = ik_addr_len(&e->addr);
	const EVP_MD *md = digest_of(n);
	unsigned out_len = 0;

	if (md == NULL)
		return false;
	put64(in, n->spi_i);
	put64(in + 8, n->version == 2 && sender == IK_I2R ? 0 : n->spi_r);
	memcpy(in + 16, e->addr.octet, len);
	in[16 + len] = (uint8_t)(e->port >> 8);
	in[17 + len] = (uint8_t)e->port;
	if (EVP_Digest(in, 18 + len, out, &out_len, md, NULL) != 1 || out_len < 8)
		return false;
	*prefix = ik_be64(out);
	return true;
}

static enum ikescope_tri check(const struct ik_nego *n, enum ik_dir sender, bool source)
{
	const struct ik_peer *peer = &n->peer[sender];
	const struct ik_path *path =
	        peer->natd_path < n->n_paths ? &n->paths[peer->natd_path] : NULL;
	const struct ikescope_endpoint *e;
	enum ikescope_tri result = IKESCOPE_UNKNOWN;
	uint64_t want;

	if (peer->n_natd == 0 || path == NULL)
		return IKESCOPE_UNKNOWN;
	e = (sender == IK_I2R) == source ? &path->i : &path->r;
	if (!expected(n, sender, e, &want))
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

enum ikescope_tri ik_natd_source(const struct ik_nego *n, enum ik_dir sender)
{
	return check(n, sender, true);
}

enum ikescope_tri ik_natd_destination(const struct ik_nego *n, enum ik_dir sender)
{
	return check(n, sender, false);
}
