/*
 * What a NAT detection hash is said to be over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "diag/nat.h"
#include "output/dissect.h"
#include "test_ike.h"

TestSuite(dissect_nat);

#define SOURCE                                                                                     \
	{                                                                                          \
		0xc0, 0, 2, 1                                                                      \
	}
#define DESTINATION                                                                                \
	{                                                                                          \
		0xc6, 0x33, 0x64, 2                                                                \
	}

/* A message with one hash over an address and port. */
struct sample {
	uint8_t version, exchange;
	bool about_source;
	const char *digest;
	uint8_t addr[4];
	uint16_t port;
	const char *text; /* NULL: nothing is said */
};

/* clang-format off */
static const struct sample samples[] = {
	{ 0x20, 34, true,  "SHA1",     SOURCE,      500,  "fits the source" },
	{ 0x20, 34, true,  "SHA1",     SOURCE,      4500, "fits the source address with port 4500" },
	{ 0x20, 34, true,  "SHA1",     SOURCE,      0,    "fits the source address with port 0" },
	{ 0x20, 34, true,  "SHA1",     SOURCE,      1024, "fits the source address with the destination port" },
	{ 0x20, 34, true,  "SHA1",     SOURCE,      501,  "fits neither address with a port of this packet, 500, 4500 or 0" },
	{ 0x20, 34, true,  "SHA1",     DESTINATION, 1024, "fits the destination" },
	{ 0x20, 34, true,  "SHA1",     { 10 },      500,  "fits neither address with a port of this packet, 500, 4500 or 0" },
	{ 0x20, 34, true,  "SHA2-256", SOURCE,      500,  NULL },
	{ 0x20, 34, false, "SHA1",     DESTINATION, 1024, "fits the destination" },
	{ 0x20, 34, false, "SHA1",     DESTINATION, 500,  "fits the destination address with port 500" },
	{ 0x20, 34, false, "SHA1",     DESTINATION, 4500, "fits the destination address with port 4500" },
	{ 0x20, 34, false, "SHA1",     DESTINATION, 1025, "fits neither address with a port of this packet, 500, 4500 or 0" },
	{ 0x20, 34, false, "SHA1",     SOURCE,      1024, "fits the source address with the destination port" },
	{ 0x10, 2,  false, "MD5",      DESTINATION, 1024, "fits the destination" },
	{ 0x10, 2,  false, "SHA1",     DESTINATION, 1024, "fits the destination" },
	{ 0x10, 2,  false, "SHA2-256", DESTINATION, 1024, "fits the destination" },
	{ 0x10, 2,  false, "SHA2-384", DESTINATION, 0,    "fits the destination address with port 0" },
	{ 0x10, 2,  false, "SHA2-512", SOURCE,      500,  "fits the source" },
	{ 0x10, 2,  false, "SHA2-224", DESTINATION, 1024, NULL },
	{ 0x11, 2,  false, "SHA2-256", DESTINATION, 1024, NULL },
};
/* clang-format on */

static struct message build(const struct sample *s)
{
	struct message m = message_open(s->version, s->exchange, s->version == 0x20 ? 8 : 0);
	uint8_t in[22], out[EVP_MAX_MD_SIZE];
	char body[2 * EVP_MAX_MD_SIZE + 16];
	struct ik_buf b = IK_BUF_ON(body);
	EVP_MD *md = EVP_MD_fetch(NULL, s->digest, NULL);
	unsigned len = 0;

	memcpy(in, m.octets, 16);
	memcpy(in + 16, s->addr, 4);
	in[20] = (uint8_t)(s->port >> 8);
	in[21] = (uint8_t)s->port;
	cr_assert_eq(EVP_Digest(in, sizeof(in), out, &len, md, NULL), 1);
	EVP_MD_free(md);
	if (s->version == 0x20)
		ik_buf_puts(&b, s->about_source ? "00004004" : "00004005");
	ik_buf_hex(&b, out, len);
	message_add(&m, s->version == 0x20 ? 41 : 20, body);
	return m;
}

/* The text beside the last field; what was decoded stays the caller's. */
static const char *said(struct ik_decoded *d, const struct message *m, struct ik_hashers *hashers)
{
	const struct ik_dissected whole = {
	        .source = {.addr = {.family = 4, .octet = SOURCE}, .port = 500},
	        .destination = {.addr = {.family = 4, .octet = DESTINATION}, .port = 1024},
	        .octets = m->octets,
	        .captured = m->len,
	        .length = m->len};

	cr_assert(ik_decode_fields(d, &whole, 64));
	ik_decode_nat(d, &whole, hashers);
	return d->fields.row[d->fields.n - 1].text;
}

static void expect(const char *got, const char *want, size_t i)
{
	if (want == NULL || got == NULL)
		cr_expect_eq(got, want, "sample %zu: %s", i, got != NULL ? got : "nothing");
	else
		cr_expect_str_eq(got, want, "sample %zu: %s", i, got);
}

Test(dissect_nat, a_hash_is_over_an_end_of_the_packet_or_over_none)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct message m = build(&samples[i]);
		struct ik_hashers hashers = {.ctx = NULL};
		struct ik_decoded d = {.cut = 0};

		expect(said(&d, &m, &hashers), samples[i].text, i);
		ik_decoded_free(&d);
		ik_hashers_free(&hashers);
	}
}

/* RFC 3947 3.2: the first hash is of the destination, which decides where both ends share an
 * address and only ports differ. */
Test(dissect_nat, ikev1_knows_a_hash_by_its_place)
{
	const struct sample first = {0x10, 2, false, "SHA1", SOURCE, 500, NULL};
	struct message m = build(&first);
	const struct ik_dissected whole = {
	        .source = {.addr = {.family = 4, .octet = SOURCE}, .port = 4500},
	        .destination = {.addr = {.family = 4, .octet = SOURCE}, .port = 1024},
	        .octets = m.octets,
	        .captured = m.len,
	        .length = m.len + 24};
	struct ik_dissected both;
	struct ik_hashers hashers = {.ctx = NULL};
	struct ik_decoded d = {.cut = 0};
	const struct ik_field *f;

	memcpy(m.octets + m.len, m.octets + 28, 24); /* the same once more */
	m.octets[28] = 20;
	m.len += 24;
	message_close(&m);
	both = whole;
	both.captured = m.len;
	cr_assert(ik_decode_fields(&d, &both, 64));
	ik_decode_nat(&d, &both, &hashers);
	f = &d.fields.row[d.fields.n - 1];
	cr_expect_str_eq(f->text, "fits the source address with port 500");
	while (f->pos != 32)
		f--;
	cr_expect_str_eq(f->text, "fits the destination address with port 500");
	ik_decoded_free(&d);
	ik_hashers_free(&hashers);
}
