/*
 * The bodies of key exchange, nonce, certificate, authentication, vendor id, NAT detection,
 * encrypted and fragment payloads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"

/* ---- key exchange and nonce ----------------------------------------------------------------- */

/* RFC 2408 3.7: the group stands in the SA payload, of another message as a rule. */
void ik_body_ke1(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	(void)fixed;
	if (d->msg->ke.len == 0)
		d->msg->ke = ik_span_of(r);
	ik_put_rest(d, IK_FIELD_OCTETS, "public value", r);
}

/* RFC 7296 3.4; the answer of a key encapsulation is not as long as its question. */
void ik_body_ke2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;
	uint16_t group = ik_be16(fixed);
	const struct ik_alg_size *alg = ik_alg_ke(2, group);
	size_t want = 0;

	if (m->ke.len == 0) {
		m->ke = ik_span_of(r);
		m->ke_group = group;
	}
	if (alg != NULL)
		want = (m->flags & IK_V2_FLAG_R) != 0 ? alg->size_r : alg->size;
	if (want != 0 && ik_rd_left(r) != want)
		ik_dec_anomaly(d, IK_KE_LENGTH, r->pos, ik_rd_left(r), want);
	ik_put_rest(d, IK_FIELD_OCTETS, "public value", r);
}

/* RFC 2409 5: 8 to 256 octets; RFC 7296 3.9: 16 to 256. */
void ik_body_nonce(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	size_t n = ik_rd_left(r), least = d->msg->major == 1 ? 8 : 16;

	(void)fixed;
	if (d->msg->nonce.len == 0)
		d->msg->nonce = ik_span_of(r);
	if (n < least || n > 256)
		ik_dec_anomaly(d, IK_NONCE_LENGTH, r->pos, n, n < least ? least : 256);
	ik_put_rest(d, IK_FIELD_OCTETS, "nonce", r);
}

/* ---- certificates and authentication -------------------------------------------------------- */

#define SHA1 20

/* Certificate encodings of IKEv2. */
enum { X509_SIGNATURE = 4, HASH_AND_URL = 12, HASH_AND_URL_BUNDLE = 13 };

/* RFC 7296 3.6: a certificate, or where one lies. */
void ik_body_cert(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	if (d->msg->certs < UINT8_MAX)
		d->msg->certs++;
	if (d->msg->major == 2 && (fixed[0] == HASH_AND_URL || fixed[0] == HASH_AND_URL_BUNDLE) &&
	    ik_rd_left(r) >= SHA1) {
		ik_put_take(d, IK_FIELD_OCTETS, "SHA-1 of it", r, SHA1);
		ik_put_rest(d, IK_FIELD_TEXT, "URL", r);
	}
	ik_put_rest(d, IK_FIELD_OCTETS, "certificate", r);
}

/* RFC 7296 3.7: SHA-1 of the public keys of all authorities that are trusted. IKEv1 names one. */
void ik_body_certreq(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	bool hashes =
	        d->msg->major == 2 && (fixed[0] == X509_SIGNATURE || fixed[0] == HASH_AND_URL ||
	                               fixed[0] == HASH_AND_URL_BUNDLE);

	if (d->msg->certreqs < UINT8_MAX)
		d->msg->certreqs++;
	while (hashes && ik_rd_left(r) >= SHA1)
		ik_put_take(d, IK_FIELD_OCTETS, "authority key SHA-1", r, SHA1);
	ik_put_rest(d, IK_FIELD_OCTETS, "certification authority", r);
}

/* RFC 7427 3: method 14 puts a length and an AlgorithmIdentifier before the signature. */
void ik_body_auth2(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	if (fixed[0] == 14) {
		size_t pos = r->pos;
		size_t n = ik_put_number(d, "algorithm identifier length", r, 1, NULL);

		if (r->bad || n > ik_rd_left(r))
			ik_dec_anomaly(d, IK_PAYLOAD_SHORT, pos, n, ik_rd_left(r));
		else
			ik_put_take(d, IK_FIELD_OCTETS, "algorithm identifier", r, n);
	}
	ik_put_rest(d, IK_FIELD_OCTETS, "authentication data", r);
}

/* RFC 3748 5: what the first types and the expanded one say, and which message of SIM (RFC
 * 4186 8.1), AKA (RFC 4187 8.1, RFC 9048 3) or MSCHAPv2 (draft-kamath-pppext-eap-mschapv2 2) it is.
 */
static void put_eap_method(struct ik_dec *d, struct ik_rd *r)
{
	switch (ik_put_number(d, "EAP type", r, 1, &ik_reg_v2_eap_types)) {
	case 1: ik_put_rest(d, IK_FIELD_TEXT, "identity", r); break;
	case 2: ik_put_rest(d, IK_FIELD_TEXT, "message", r); break;
	case 3:
		while (ik_rd_left(r) != 0)
			ik_put_number(d, "wanted type", r, 1, &ik_reg_v2_eap_types);
		break;
	case 254:
		ik_put_number(d, "vendor", r, 3, NULL);
		ik_put_number(d, "vendor's type", r, 4, NULL);
		break;
	case 18:
	case 23:
	case 50: ik_put_number(d, "subtype", r, 1, &ik_reg_v2_eap_aka_subtypes); break;
	case 26: ik_put_number(d, "operation", r, 1, &ik_reg_v2_eap_mschapv2_opcodes); break;
	default: break;
	}
}

/* RFC 3748 4; code 1 and 2 carry a type. */
void ik_body_eap(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	size_t length = ik_be16(fixed + 2);

	d->msg->eap_clear = true;
	if (length != ik_rd_left(r) + 4)
		ik_dec_anomaly(d, IK_EAP_LENGTH, r->pos - 2, length, ik_rd_left(r) + 4);
	if ((fixed[0] == 1 || fixed[0] == 2) && ik_rd_left(r) != 0)
		put_eap_method(d, r);
	ik_put_rest(d, IK_FIELD_OCTETS, "EAP data", r);
}

/* ---- vendor id and NAT detection ------------------------------------------------------------ */

void ik_body_vendor(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;
	uint16_t number = ik_vendor_find(r->buf + r->pos, ik_rd_left(r));

	(void)fixed;
	if (m->n_vid < IK_MAX_VIDS)
		m->vid[m->n_vid++] = number;
	if (d->sink == NULL)
		return;
	ik_put(d, (struct ik_field){.name = "vendor id",
	                            .kind = IK_FIELD_OCTETS,
	                            .pos = (uint32_t)r->pos,
	                            .len = (uint32_t)ik_rd_left(r),
	                            .value = number,
	                            .text = number != 0 ? ik_vendor_row(number)->name : NULL});
}

void ik_keep_natd(struct ik_msg *m, bool source, const struct ik_rd *r)
{
	size_t n = ik_rd_left(r);
	struct ik_natd *natd;

	if (m->n_natd == IK_MAX_NATD || n < 8)
		return;
	natd = &m->natd[m->n_natd++];
	natd->source = source;
	natd->octets = (uint8_t)(n > UINT8_MAX ? UINT8_MAX : n);
	natd->pos = (uint32_t)r->pos;
	natd->prefix = ik_be64(r->buf + r->pos);
}

/* RFC 3947 3.2: the hash of the phase 1 negotiation. */
void ik_body_natd(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	(void)fixed;
	ik_keep_natd(d->msg, false, r);
	ik_put_rest(d, IK_FIELD_OCTETS, "hash of address and port", r);
}

/* RFC 3947 5.2. */
void ik_body_natoa(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	size_t want = fixed[0] == 1 ? 4 : 16;

	if ((fixed[0] != 1 && fixed[0] != 5) || ik_rd_left(r) != want)
		ik_dec_anomaly(d, IK_ID_LENGTH, r->pos, ik_rd_left(r), want);
	else
		ik_put_take(d, IK_FIELD_ADDR, "original address", r, want);
	ik_put_rest(d, IK_FIELD_OCTETS, "data", r);
}

/* ---- encrypted payloads and fragments ------------------------------------------------------- */

/* RFC 7296 3.14: IV, ciphertext, ICV. The least that any suite makes of it is an IV of 8 octets,
 * the pad length and an ICV of 8 (RFC 5282). It is the last payload. The length field speaks for
 * it where the capture does not hold it all. */
static void read_sk(struct ik_dec *d, struct ik_rd *r, size_t before)
{
	struct ik_msg *m = d->msg;
	size_t start = r->pos - before;
	size_t length = ik_be16(r->buf + start - 2) - IK_GENERIC_LEN;
	size_t behind = start + length;

	m->encrypted = true;
	m->inner_np = d->next;
	m->sk_len = (uint32_t)(length - before);
	d->next = 0;
	if (m->sk_len < 17)
		ik_dec_anomaly(d, IK_SK_SHORT, r->pos, m->sk_len, 17);
	ik_put_rest(d, IK_FIELD_OCTETS, "IV, ciphertext and ICV", r);
	if (behind < d->end) {
		ik_dec_anomaly(d, IK_CHAIN_AFTER_SK, behind, d->end - behind, 0);
		d->cut = true;
	}
}

void ik_body_sk(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	(void)fixed;
	read_sk(d, r, 0);
}

/* RFC 7383 2.5. */
void ik_body_skf(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;

	m->frag_number = ik_be16(fixed);
	m->frag_total = ik_be16(fixed + 2);
	if (m->frag_number == 0 || m->frag_number > m->frag_total)
		ik_dec_anomaly(d, IK_FRAGMENT_NUMBER, r->pos - 4, m->frag_number, m->frag_total);
	read_sk(d, r, 4);
}

/* A piece of an IKEv1 message; bit 0 of the flags tells the last one. */
void ik_body_fragment(struct ik_dec *d, const uint8_t *fixed, struct ik_rd *r)
{
	struct ik_msg *m = d->msg;

	m->frag_id = ik_be16(fixed);
	m->frag_number = fixed[2];
	m->frag_total = (fixed[3] & 1) != 0 ? fixed[2] : 0;
	m->frag = ik_span_of(r);
	if (m->frag_number == 0)
		ik_dec_anomaly(d, IK_FRAGMENT_NUMBER, r->pos - 2, 0, 1);
	ik_put_rest(d, IK_FIELD_OCTETS, "fragment", r);
}
