/*
 * What X.509 says in the fields of a message: certificates, distinguished names, public keys and
 * algorithm identifiers. OpenSSL reads them; where their parts lie is found in their encoding.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "ike/decode.h"
#include "output/dissect.h"

/* Octets from which on a structure is not read: no certificate is that large, and what a hostile
 * one costs grows with it. */
#define CERTIFICATE_MOST 16384
#define EXTENSION_MOST   2048

#define V2_AUTH 39 /* payload type */

#define NAME_FLAGS                                                                                 \
	(XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_ESC_CTRL |                           \
	 ASN1_STRFLGS_UTF8_CONVERT | ASN1_STRFLGS_DUMP_UNKNOWN | ASN1_STRFLGS_DUMP_DER)

/* The fields of a message once more, with what was read behind those it was read from. */
struct reading {
	struct ik_decoded *d;
	struct ik_field_list out;
	const uint8_t *octets;
	ikescope_time time; /* of the message */
	BIO *bio;           /* text on its way */
	uint8_t depth;      /* of the fields to come */
	bool failed;        /* out of memory */
};

/* ---- fields --------------------------------------------------------------------------------- */

static void push(struct reading *r, struct ik_field f)
{
	struct ik_field_list *list = &r->out;

	if (list->n == list->cap) {
		size_t cap = list->cap != 0 ? 2 * list->cap : 128;
		struct ik_field *row = (struct ik_field *)realloc(list->row, cap * sizeof(*row));

		if (row == NULL) {
			r->failed = true;
			return;
		}
		list->row = row;
		list->cap = cap;
	}
	list->row[list->n++] = f;
}

/* The text that waits, kept with the message. */
static const char *kept(struct reading *r)
{
	struct ik_words *w = &r->d->words;
	char *text = NULL, *copy;
	long n = BIO_get_mem_data(r->bio, &text);

	if (w->n == w->cap) {
		size_t cap = w->cap != 0 ? 2 * w->cap : 16;
		char **grown = (char **)realloc((void *)w->text, cap * sizeof(*grown));

		if (grown == NULL)
			return NULL;
		w->text = grown;
		w->cap = cap;
	}
	copy = (char *)malloc((size_t)n + 1);
	if (copy == NULL)
		return NULL;
	if (n > 0)
		memcpy(copy, text, (size_t)n);
	copy[n] = '\0';
	w->text[w->n++] = copy;
	return copy;
}

/* A part of a structure, and the text that waits for it. */
static void say(struct reading *r, const char *name, const uint8_t *at, size_t len)
{
	const char *text = kept(r);

	(void)BIO_reset(r->bio);
	if (text == NULL) {
		r->failed = true;
		return;
	}
	push(r, (struct ik_field){.name = name,
	                          .kind = IK_FIELD_WORDS,
	                          .depth = r->depth,
	                          .pos = (uint32_t)(at - r->octets),
	                          .len = (uint32_t)len,
	                          .text = text});
}

/* ---- DER (ITU-T X.690) ---------------------------------------------------------------------- */

struct element {
	const uint8_t *at, *body, *end;
	int tag, class;
};

/* The element at *p of what goes up to end; *p moves behind it. False: there is none. */
static bool next_element(const uint8_t **p, const uint8_t *end, struct element *e)
{
	const unsigned char *body = *p;
	long len = 0;
	int form = *p < end ? ASN1_get_object(&body, &len, &e->tag, &e->class, end - *p) : 0x80;

	if ((form & 0x80) != 0 || (form & 1) != 0 || len > end - body)
		return false;
	*e = (struct element){*p, body, body + len, e->tag, e->class};
	*p = e->end;
	return true;
}

static bool is_context(const struct element *e, int tag)
{
	return e->class == V_ASN1_CONTEXT_SPECIFIC && e->tag == tag;
}

/* ---- parts of a certificate ----------------------------------------------------------------- */

static void print_hex(BIO *bio, const ASN1_STRING *s)
{
	const unsigned char *p = ASN1_STRING_get0_data(s);

	for (int i = 0; i < ASN1_STRING_length(s); i++)
		BIO_printf(bio, "%02x", p[i]);
}

static void print_object(BIO *bio, const ASN1_OBJECT *object)
{
	char text[80];
	int nid = OBJ_obj2nid(object);

	OBJ_obj2txt(text, sizeof(text), object, 1);
	if (nid != NID_undef)
		BIO_printf(bio, "%s (%s)", OBJ_nid2ln(nid), text);
	else
		BIO_printf(bio, "%s", text);
}

static void print_algorithm(BIO *bio, const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	print_object(bio, object);
}

static void print_key(BIO *bio, X509_PUBKEY *encoded)
{
	EVP_PKEY *key = X509_PUBKEY_get0(encoded);
	X509_ALGOR *algorithm = NULL;
	char group[64];
	size_t n = 0;

	if (key == NULL) {
		X509_PUBKEY_get0_param(NULL, NULL, NULL, &algorithm, encoded);
		print_algorithm(bio, algorithm);
		return;
	}
	BIO_printf(bio, "%s, %d bits", OBJ_nid2ln(EVP_PKEY_get_base_id(key)),
	           EVP_PKEY_get_bits(key));
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	    EVP_PKEY_get_group_name(key, group, sizeof(group), &n) == 1)
		BIO_printf(bio, ", %s", group);
}

/* Whether a certificate was valid when the message passed. */
static void say_validity(struct reading *r, const X509 *cert, const struct element *e)
{
	time_t seconds = (time_t)(r->time / IKESCOPE_SECOND);
	int begun = X509_cmp_time(X509_get0_notBefore(cert), &seconds);
	int over = X509_cmp_time(X509_get0_notAfter(cert), &seconds);

	if (begun == 0 || over == 0)
		BIO_printf(r->bio, "its times cannot be read");
	else if (begun > 0)
		BIO_printf(r->bio, "not yet valid when the message passed");
	else if (over < 0)
		BIO_printf(r->bio, "expired when the message passed");
	else
		BIO_printf(r->bio, "valid when the message passed");
	say(r, "validity", e->at, (size_t)(e->end - e->at));
}

static void say_times(struct reading *r, const X509 *cert, const struct element *validity)
{
	const ASN1_TIME *time[2] = {X509_get0_notBefore(cert), X509_get0_notAfter(cert)};
	static const char *const name[2] = {"not before", "not after"};
	const uint8_t *p = validity->body;
	struct element e;

	say_validity(r, cert, validity);
	r->depth++;
	for (size_t i = 0; i < 2 && next_element(&p, validity->end, &e); i++) {
		ASN1_TIME_print_ex(r->bio, time[i], ASN1_DTFLGS_ISO8601);
		say(r, name[i], e.at, (size_t)(e.end - e.at));
	}
	r->depth--;
}

static void say_extensions(struct reading *r, const X509 *cert, const struct element *outer)
{
	const uint8_t *p = outer->body, *rows;
	struct element list, e;

	if (!next_element(&p, outer->end, &list))
		return;
	rows = list.body;
	for (int i = 0; i < X509_get_ext_count(cert) && next_element(&rows, list.end, &e); i++) {
		X509_EXTENSION *extension = X509_get_ext(cert, i);
		const ASN1_OCTET_STRING *data = X509_EXTENSION_get_data(extension);

		print_object(r->bio, X509_EXTENSION_get_object(extension));
		BIO_printf(r->bio, X509_EXTENSION_get_critical(extension) ? ", critical: " : ": ");
		if (ASN1_STRING_length(data) > EXTENSION_MOST ||
		    X509V3_EXT_print(r->bio, extension, X509V3_EXT_ERROR_UNKNOWN, 0) != 1)
			BIO_printf(r->bio, "%d octets", ASN1_STRING_length(data));
		say(r, "extension", e.at, (size_t)(e.end - e.at));
	}
}

enum part {
	PART_VERSION,
	PART_SERIAL,
	PART_ALGORITHM,
	PART_ISSUER,
	PART_VALIDITY,
	PART_SUBJECT,
	PART_KEY,
	PART_MORE,
};

static const char *const part_names[] = {"certificate version",
                                         "serial number",
                                         "signature algorithm",
                                         "issuer",
                                         "validity",
                                         "subject",
                                         "public key"};

static void say_part(struct reading *r, X509 *cert, enum part part, const struct element *e)
{
	switch (part) {
	case PART_VERSION: BIO_printf(r->bio, "%ld", X509_get_version(cert) + 1); break;
	case PART_SERIAL: print_hex(r->bio, X509_get0_serialNumber(cert)); break;
	case PART_ALGORITHM: print_algorithm(r->bio, X509_get0_tbs_sigalg(cert)); break;
	case PART_ISSUER:
		X509_NAME_print_ex(r->bio, X509_get_issuer_name(cert), 0, NAME_FLAGS);
		break;
	case PART_VALIDITY: say_times(r, cert, e); return;
	case PART_SUBJECT:
		X509_NAME_print_ex(r->bio, X509_get_subject_name(cert), 0, NAME_FLAGS);
		break;
	case PART_KEY: print_key(r->bio, X509_get_X509_PUBKEY(cert)); break;
	case PART_MORE:
		if (is_context(e, 3))
			say_extensions(r, cert, e);
		return;
	}
	say(r, part_names[part], e->at, (size_t)(e->end - e->at));
}

/* RFC 5280 4.1. */
static void say_certificate(struct reading *r, X509 *cert, const uint8_t *der, size_t len)
{
	const uint8_t *p = der, *parts;
	struct element whole, body, e;
	unsigned part = PART_VERSION;

	if (!next_element(&p, der + len, &whole))
		return;
	p = whole.body;
	if (!next_element(&p, whole.end, &body))
		return;
	parts = body.body;
	while (next_element(&parts, body.end, &e)) {
		if (part == PART_VERSION && !is_context(&e, 0))
			part++;
		say_part(r, cert, (enum part)part, &e);
		part += part < PART_MORE;
	}
	/* Behind them once more the algorithm, and the signature. */
	if (next_element(&p, whole.end, &e) && next_element(&p, whole.end, &e))
		push(r, (struct ik_field){.name = "signature",
		                          .kind = IK_FIELD_OCTETS,
		                          .depth = r->depth,
		                          .pos = (uint32_t)(e.body - r->octets),
		                          .len = (uint32_t)(e.end - e.body)});
}

/* ---- what stands in a field ----------------------------------------------------------------- */

/* Each says false where the octets are not what it reads. */

static bool read_certificate(struct reading *r, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	X509 *cert = d2i_X509(NULL, &p, (long)len);

	if (cert == NULL)
		return false;
	say_certificate(r, cert, der, len);
	X509_free(cert);
	return true;
}

static bool read_name(struct reading *r, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)len);

	if (name == NULL)
		return false;
	X509_NAME_print_ex(r->bio, name, 0, NAME_FLAGS);
	X509_NAME_free(name);
	say(r, "distinguished name", der, len);
	return true;
}

static bool read_general_name(struct reading *r, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	GENERAL_NAME *name = d2i_GENERAL_NAME(NULL, &p, (long)len);

	if (name == NULL)
		return false;
	GENERAL_NAME_print(r->bio, name);
	GENERAL_NAME_free(name);
	say(r, "general name", der, len);
	return true;
}

static bool read_public_key(struct reading *r, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &p, (long)len);

	if (key == NULL)
		return false;
	print_key(r->bio, key);
	X509_PUBKEY_free(key);
	say(r, "public key", der, len);
	return true;
}

static bool read_algorithm(struct reading *r, const uint8_t *der, size_t len)
{
	const unsigned char *p = der;
	X509_ALGOR *algorithm = d2i_X509_ALGOR(NULL, &p, (long)len);

	if (algorithm == NULL)
		return false;
	print_algorithm(r->bio, algorithm);
	X509_ALGOR_free(algorithm);
	say(r, "signature algorithm", der, len);
	return true;
}

/* Which fields are read, by name and, with certificates, by the encoding that stands before them
 * (RFC 7296 3.6, RFC 2408 3.9; 0: none). */
static const struct form {
	const char *field;
	uint8_t encoding;
	bool (*read)(struct reading *r, const uint8_t *der, size_t len);
} forms[] = {
        {"certificate", 4, read_certificate},
        {"certificate", 5, read_certificate},
        {"certificate", 15, read_public_key},
        {"certification authority", 4, read_name},
        {"DN", 0, read_name},
        {"GN", 0, read_general_name},
        {"algorithm identifier", 0, read_algorithm},
};

static const struct form *form_of(const struct ik_field *f, uint64_t encoding)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(f->name, forms[i].field) == 0 &&
		    (forms[i].encoding == 0 || forms[i].encoding == encoding))
			return &forms[i];
	return NULL;
}

static void read_field(struct reading *r, const struct ik_field *f, const struct form *form)
{
	if (f->len > CERTIFICATE_MOST)
		return;
	r->depth = (uint8_t)(f->depth + 1);
	if (form->read(r, r->octets + f->pos, f->len))
		return;
	BIO_printf(r->bio, "cannot be read: it is not encoded as X.509 has it");
	say(r, "X.509", r->octets + f->pos, f->len);
}

/* Whether any field of a message may be one of forms[]: most messages have none. */
static bool worth_reading(const struct ik_decoded *d)
{
	uint64_t encoding = 0;

	if (d->msg.certs == 0 && d->msg.certreqs == 0 && d->msg.id_i.len == 0 &&
	    d->msg.id_r.len == 0 && !ik_has(&d->msg, V2_AUTH))
		return false;
	for (size_t i = 0; i < d->fields.n; i++) {
		const struct ik_field *f = &d->fields.row[i];

		if (strcmp(f->name, "encoding") == 0)
			encoding = f->value;
		else if (f->kind == IK_FIELD_OCTETS && form_of(f, encoding) != NULL)
			return true;
	}
	return false;
}

/* Without memory OpenSSL reads less than there is, or nothing; only its errors tell why. */
static bool no_memory(void)
{
	bool any = false;

	for (unsigned long e; (e = ERR_get_error()) != 0;)
		any |= ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
	return any;
}

/* The fields of a message into r->out. False: OpenSSL says that it had no memory. */
static bool read_fields(struct reading *r, struct ik_decoded *d)
{
	uint64_t encoding = 0;

	ERR_clear_error();
	r->out = (struct ik_field_list){0};
	r->bio = BIO_new(BIO_s_mem());
	r->failed = r->bio == NULL;
	for (size_t i = 0; !r->failed && i < d->fields.n; i++) {
		const struct ik_field *f = &d->fields.row[i];
		const struct form *form;

		push(r, *f);
		if (strcmp(f->name, "encoding") == 0)
			encoding = f->value;
		form = f->kind == IK_FIELD_OCTETS ? form_of(f, encoding) : NULL;
		if (form != NULL && !r->failed)
			read_field(r, f, form);
	}
	BIO_free(r->bio);
	return !no_memory();
}

/* Of some encodings that it cannot read OpenSSL says, too, that it had no memory for them: it says
 * so again when they are read again. */
bool ik_decode_x509(struct ik_decoded *d, const uint8_t *octets, ikescope_time time)
{
	struct reading r = {.d = d, .octets = octets, .time = time};

	if (!worth_reading(d))
		return true;
	if (!read_fields(&r, d) && !r.failed) {
		free(r.out.row);
		(void)read_fields(&r, d);
	}
	if (r.failed) {
		free(r.out.row);
		return false;
	}
	free(d->fields.row);
	d->fields = r.out;
	return true;
}

void ik_x509_prepare(void)
{
	/* SubjectPublicKeyInfo (RFC 5280 4.1, RFC 4055 1.2): RSASSA-PSS, modulus 189, exponent 3 */
	static const uint8_t der[] = {0x30, 0x19, 0x30, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48,
	                              0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x03, 0x0a, 0x00,
	                              0x30, 0x07, 0x02, 0x02, 0x00, 0xbd, 0x02, 0x01, 0x03};
	const uint8_t *p = der;
	X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &p, sizeof(der));

	(void)X509_PUBKEY_get0(key);
	X509_PUBKEY_free(key);
	ERR_clear_error();
}

void ik_words_reset(struct ik_words *w)
{
	while (w->n > 0)
		free(w->text[--w->n]);
}

void ik_words_free(struct ik_words *w)
{
	ik_words_reset(w);
	free((void *)w->text);
	*w = (struct ik_words){0};
}
