/*
 * X.509 in the fields of messages: certificates made here, what is read of them, and that octets
 * which are none do no harm.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "output/dissect.h"
#include "test_ike.h"

TestSuite(dissect_x509);

#define BEGINS INT64_C(1700000000) /* seconds: the certificate is valid for a day from here */
#define DAY    INT64_C(86400)

/* ---- what is read --------------------------------------------------------------------------- */

struct der {
	uint8_t octets[2048];
	size_t len;
};

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	cr_assert_not_null(extension);
	cr_assert_eq(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	cr_assert_eq(X509_set_version(cert, 2), 1);
	cr_assert_eq(ASN1_INTEGER_set(X509_get_serialNumber(cert), 0x1234), 1);
	cr_assert_not_null(ASN1_TIME_set(X509_getm_notBefore(cert), BEGINS));
	cr_assert_not_null(ASN1_TIME_set(X509_getm_notAfter(cert), BEGINS + DAY));
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)"Example", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)"a\x1b\n\"b", -1, -1,
	                           0);
	cr_assert_eq(X509_set_issuer_name(cert, name), 1);
	cr_assert_eq(X509_set_pubkey(cert, key), 1);
	add_extension(cert, NID_subject_alt_name, "DNS:gw.example.org, IP:192.0.2.1");
	add_extension(cert, NID_key_usage, "critical,digitalSignature");
	cr_assert_gt(X509_sign(cert, key, EVP_sha256()), 0);
	return cert;
}

static struct der certificate(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = make_certificate(key);
	struct der der;
	uint8_t *p = der.octets;

	cr_assert_lt(i2d_X509(cert, NULL), (int)sizeof(der.octets));
	der.len = (size_t)i2d_X509(cert, &p);
	X509_free(cert);
	EVP_PKEY_free(key);
	return der;
}

/* A message of one payload, whose fixed part is given in hexadecimal. */
static struct message carrying(uint8_t version, uint8_t payload, const char *fixed,
                               const uint8_t *octets, size_t len)
{
	struct message m = message_open(version, version == 0x10 ? 4 : 34, version == 0x10 ? 0 : 8);
	size_t at = m.len;

	m.octets[m.next] = payload;
	message_hex(&m, "00000000");
	message_hex(&m, fixed);
	memcpy(m.octets + m.len, octets, len);
	m.len += len;
	m.octets[at + 2] = (uint8_t)((m.len - at) >> 8);
	m.octets[at + 3] = (uint8_t)(m.len - at);
	message_close(&m);
	return m;
}

/* The message decoded, with what X.509 says in it. */
static void decode(struct ik_decoded *d, const struct message *m, int64_t seconds)
{
	const struct ik_dissected whole = {
	        .octets = m->octets, .captured = m->len, .length = m->len};

	cr_assert(ik_decode_fields(d, &whole, 64));
	cr_assert(ik_decode_x509(d, m->octets, seconds * IKESCOPE_SECOND));
	for (size_t i = 0; i < d->fields.n; i++)
		cr_assert_leq(d->fields.row[i].pos + d->fields.row[i].len, m->len, "%s",
		              d->fields.row[i].name);
}

static const struct ik_field *field_of(const struct ik_decoded *d, const char *name,
                                       const char *beginning)
{
	for (size_t i = 0; i < d->fields.n; i++) {
		const struct ik_field *f = &d->fields.row[i];

		if (strcmp(f->name, name) == 0 &&
		    (beginning == NULL ||
		     (f->text != NULL && strncmp(f->text, beginning, strlen(beginning)) == 0)))
			return f;
	}
	return NULL;
}

#define expect_words(d, name, words)                                                               \
	do {                                                                                       \
		const struct ik_field *found_ = field_of(d, name, NULL);                           \
		cr_expect_not_null(found_, "%s", name);                                            \
		if (found_ != NULL)                                                                \
			cr_expect_str_eq(found_->text, words);                                     \
	} while (0)

/* ---- certificates --------------------------------------------------------------------------- */

Test(dissect_x509, a_certificate_is_read_to_its_parts)
{
	struct der der = certificate();
	struct message m = carrying(0x10, 6, "04", der.octets, der.len);
	struct ik_decoded d = {.cut = 0};
	const struct ik_field *f, *whole;

	decode(&d, &m, BEGINS + 1);
	whole = field_of(&d, "certificate", NULL);
	cr_assert_not_null(whole);
	expect_words(&d, "certificate version", "3");
	expect_words(&d, "serial number", "1234");
	expect_words(&d, "signature algorithm", "ecdsa-with-SHA256 (1.2.840.10045.4.3.2)");
	expect_words(&d, "validity", "valid when the message passed");
	expect_words(&d, "not before", "2023-11-14 22:13:20Z");
	expect_words(&d, "not after", "2023-11-15 22:13:20Z");
	expect_words(&d, "public key", "id-ecPublicKey, 256 bits, prime256v1");
	cr_expect_not_null(field_of(&d, "extension",
	                            "X509v3 Subject Alternative Name (2.5.29.17): "
	                            "DNS:gw.example.org, IP Address:192.0.2.1"));
	cr_expect_not_null(field_of(&d, "extension",
	                            "X509v3 Key Usage (2.5.29.15), critical: Digital Signature"));
	cr_expect_not_null(field_of(&d, "signature", NULL));
	f = field_of(&d, "subject", NULL);
	cr_assert_not_null(f);
	cr_expect_eq(f->depth, whole->depth + 1);
	cr_expect_eq(m.octets[f->pos], 0x30); /* a SEQUENCE */
	ik_decoded_free(&d);
}

Test(dissect_x509, names_reach_the_output_escaped)
{
	struct der der = certificate();
	struct message m = carrying(0x10, 6, "04", der.octets, der.len);
	struct ik_decoded d = {.cut = 0};
	const struct ik_field *f;
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);

	decode(&d, &m, BEGINS);
	f = field_of(&d, "subject", NULL);
	cr_assert_not_null(f);
	ik_dissect_value(&b, f, &d.msg, m.octets, false);
	cr_expect_not_null(strstr(text, "O=Example, CN=a"), "%s", text);
	for (size_t i = 0; i < b.len; i++)
		cr_expect_geq((uint8_t)text[i], 0x20);
	ik_decoded_free(&d);
}

Test(dissect_x509, validity_is_that_at_the_time_of_the_message)
{
	static const struct {
		int64_t seconds;
		const char *words;
	} rows[] = {
	        {BEGINS - 1, "not yet valid when the message passed"},
	        {BEGINS + DAY - 1, "valid when the message passed"},
	        {BEGINS + DAY + 1, "expired when the message passed"},
	};
	struct der der = certificate();
	struct message m = carrying(0x20, 37, "04", der.octets, der.len);
	struct ik_decoded d = {.cut = 0};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		decode(&d, &m, rows[i].seconds);
		expect_words(&d, "validity", rows[i].words);
	}
	ik_decoded_free(&d);
}

Test(dissect_x509, only_encodings_of_x509_are_read)
{
	struct der der = certificate();
	struct message m = carrying(0x10, 6, "0a", der.octets, der.len);
	struct ik_decoded d = {.cut = 0};

	decode(&d, &m, BEGINS);
	cr_expect_not_null(field_of(&d, "certificate", NULL));
	cr_expect_null(field_of(&d, "subject", NULL));
	cr_expect_null(field_of(&d, "X.509", NULL));
	ik_decoded_free(&d);
}

/* Whatever octet of a certificate changes, and wherever it is cut, fields lie inside the message
 * (decode() looks). */
Test(dissect_x509, a_certificate_of_other_octets_does_no_harm)
{
	struct der der = certificate();
	struct ik_decoded d = {.cut = 0};
	size_t unread = 0;

	for (size_t i = 0; i < der.len; i++) {
		uint8_t octet = der.octets[i];
		struct message m;

		/* OpenSSL takes some zeros for a lack of memory. */
		der.octets[i] = 0;
		m = carrying(0x10, 6, "04", der.octets, der.len);
		decode(&d, &m, BEGINS);
		der.octets[i] = octet ^ 0xff;
		m = carrying(0x10, 6, "04", der.octets, der.len);
		decode(&d, &m, BEGINS);
		der.octets[i] = octet;
		unread += field_of(&d, "X.509", NULL) != NULL;
		m = carrying(0x10, 6, "04", der.octets, i);
		decode(&d, &m, BEGINS);
		cr_expect_null(field_of(&d, "subject", NULL), "cut at %zu", i);
	}
	cr_expect_gt(unread, 0);
	cr_expect_lt(unread, der.len);
	ik_decoded_free(&d);
}

/* A name with an octet of zero is none, and no lack of memory. */
Test(dissect_x509, a_name_with_a_zero)
{
	struct der der = certificate();
	struct ik_decoded d = {.cut = 0};
	struct message m;

	for (size_t i = 0; i + 14 < der.len; i++)
		if (memcmp(der.octets + i, "gw.example.org", 14) == 0)
			der.octets[i + 5] = 0;
	m = carrying(0x10, 6, "04", der.octets, der.len);
	decode(&d, &m, BEGINS);
	cr_expect_not_null(field_of(&d, "extension", "X509v3 Subject Alternative Name"));
	cr_expect_not_null(field_of(&d, "extension", "X509v3 Key Usage"));
	ik_decoded_free(&d);
}

/* ---- the other structures ------------------------------------------------------------------- */

static struct der encoded_name(void)
{
	X509_NAME *name = X509_NAME_new();
	struct der der;
	uint8_t *p = der.octets;

	X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const uint8_t *)"XX", -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"root", -1, -1, 0);
	der.len = (size_t)i2d_X509_NAME(name, &p);
	X509_NAME_free(name);
	return der;
}

Test(dissect_x509, distinguished_names_of_authorities_and_identities)
{
	struct der der = encoded_name();
	struct message request = carrying(0x10, 7, "04", der.octets, der.len);
	struct message identity = carrying(0x10, 5, "09 00 0000", der.octets, der.len);
	struct ik_decoded d = {.cut = 0};

	decode(&d, &request, BEGINS);
	expect_words(&d, "distinguished name", "C=XX, CN=root");
	decode(&d, &identity, BEGINS);
	expect_words(&d, "distinguished name", "C=XX, CN=root");
	ik_decoded_free(&d);
}

Test(dissect_x509, general_names_public_keys_and_algorithms)
{
	/* GeneralName [2] dNSName "a.b"; SubjectPublicKeyInfo of Ed25519; the AlgorithmIdentifier
	 * of ecdsa-with-SHA256 (RFC 7427 App. A). */
	struct message name, key, sign;
	struct ik_decoded d = {.cut = 0};

	name = carrying(0x10, 5, "0a 00 0000",
	                (const uint8_t *)"\x82\x03"
	                                 "a.b",
	                5);
	decode(&d, &name, BEGINS);
	expect_words(&d, "general name", "DNS:a.b");
	key = carrying(0x20, 37, "0f 302a300506032b6570032100 5a*32", (const uint8_t *)"", 0);
	decode(&d, &key, BEGINS);
	expect_words(&d, "public key", "ED25519, 256 bits");
	sign = carrying(0x20, 39, "0e 000000 0c 300a06082a8648ce3d040302 77*64",
	                (const uint8_t *)"", 0);
	decode(&d, &sign, BEGINS);
	expect_words(&d, "signature algorithm", "ecdsa-with-SHA256 (1.2.840.10045.4.3.2)");
	ik_decoded_free(&d);
}
