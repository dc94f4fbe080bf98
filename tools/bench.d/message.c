/*
 * IKE messages of both versions: a builder that chains payloads, and what the payloads hold.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "message.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

/* A message that outgrows its room is a mistake in a script, not in the data. */
static void need(const struct message *m, size_t n)
{
	if ((size_t)(m->limit - m->at) < n) {
		fputs("generator: a message outgrew its room\n", stderr);
		abort();
	}
}

void m_put(struct message *m, const void *data, size_t n)
{
	need(m, n);
	if (n > 0)
		memcpy(m->at, data, n);
	m->at += n;
}

void m_put8(struct message *m, unsigned value)
{
	need(m, 1);
	m->at = put8(m->at, value);
}

void m_put16(struct message *m, unsigned value)
{
	need(m, 2);
	m->at = put16(m->at, value);
}

void m_put32(struct message *m, uint32_t value)
{
	need(m, 4);
	m->at = put32(m->at, value);
}

void m_random(struct message *m, size_t n)
{
	need(m, n);
	rng_fill(m->rng, m->at, n);
	m->at += n;
}

void message_begin(struct message *m, uint8_t *room, size_t n, const struct ike_header *h,
                   struct rng *rng)
{
	m->start = m->at = room;
	m->limit = room + n;
	m->open = NULL;
	m->rng = rng;
	m_put(m, h->spi_i, 8);
	m_put(m, h->spi_r, 8);
	m->next = m->at;
	m_put8(m, 0);
	m_put8(m, h->version);
	m_put8(m, h->exchange);
	m_put8(m, h->flags);
	m_put32(m, h->message_id);
	m_put32(m, 0);
}

static void close_payload(struct message *m)
{
	if (m->open != NULL)
		put16(m->open + 2, (size_t)(m->at - m->open));
	m->open = NULL;
}

size_t message_end(struct message *m)
{
	size_t n = (size_t)(m->at - m->start);

	close_payload(m);
	put32(m->start + 24, (uint32_t)n);
	return n;
}

void payload(struct message *m, unsigned type)
{
	close_payload(m);
	put8(m->next, type);
	m->open = m->next = m->at;
	m_put32(m, 0);
}

void m_encrypted(struct message *m, unsigned first, size_t n)
{
	put8(m->next, first);
	m_random(m, n);
}

void v2_notify(struct message *m, unsigned type, const void *data, size_t n)
{
	payload(m, V2_NOTIFY);
	m_put16(m, 0); /* no protocol, no SPI */
	m_put16(m, type);
	m_put(m, data, n);
}

size_t group_octets(unsigned group)
{
	/* clang-format off */
	static const struct { uint16_t group, octets; } row[] = {
		{1, 96}, {2, 128}, {5, 192}, {14, 256}, {15, 384}, {16, 512},
		{19, 64}, {20, 96}, {21, 132}, {31, 32},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		if (row[i].group == group)
			return row[i].octets;
	abort();
}

void v2_ke(struct message *m, unsigned group)
{
	payload(m, V2_KE);
	m_put16(m, group);
	m_put16(m, 0);
	m_random(m, group_octets(group));
}

void v1_ke(struct message *m, unsigned group)
{
	payload(m, V1_KE);
	m_random(m, group_octets(group));
}

static unsigned nibble(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void vendor(struct message *m, const char *hex, unsigned type)
{
	payload(m, type);
	for (; hex[0] != '\0'; hex += 2)
		m_put8(m, nibble(hex[0]) << 4 | nibble(hex[1]));
}

/*                      1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * | 0 (last) or 3 |   RESERVED    |        Transform Length       |
 * |Transform Type |   RESERVED    |          Transform ID         |
 * |       Key length attribute, where the cipher takes one        |      RFC 7296 3.3.2
 */
static const struct transform *v2_proposal(struct message *m, const struct transform *t,
                                           unsigned number)
{
	uint8_t *head = m->at;
	unsigned count = 0;

	m_put32(m, 0);
	m_put8(m, number);
	m_put8(m, 1); /* protocol IKE */
	m_put16(m, 0);
	for (; t->type != 0; t++, count++) {
		m_put8(m, t[1].type != 0 ? 3 : 0);
		m_put8(m, 0);
		m_put16(m, t->bits != 0 ? 12 : 8);
		m_put16(m, (unsigned)t->type << 8);
		m_put16(m, t->id);
		if (t->bits != 0)
			m_put32(m, 0x800e0000 | t->bits);
	}
	put8(head, t[1].type != 0 ? 2 : 0);
	put16(head + 2, (size_t)(m->at - head));
	put8(head + 7, count);
	return t + 1;
}

void v2_sa(struct message *m, const struct transform *list)
{
	payload(m, V2_SA);
	for (unsigned number = 1; list->type != 0; number++)
		list = v2_proposal(m, list, number);
}

/* A short attribute (RFC 2408 3.3). */
static void attribute(struct message *m, unsigned type, unsigned value)
{
	m_put16(m, 0x8000 | type);
	m_put16(m, value);
}

static void v1_transform(struct message *m, const struct policy *p, unsigned number)
{
	uint8_t *head = m->at;

	m_put32(m, p[1].cipher != 0 ? 3u << 24 : 0);
	m_put8(m, number);
	m_put8(m, 1); /* KEY_IKE */
	m_put16(m, 0);
	attribute(m, 1, p->cipher);
	if (p->bits != 0)
		attribute(m, 14, p->bits);
	attribute(m, 2, p->hash);
	attribute(m, 4, p->group);
	attribute(m, 3, p->authentication);
	attribute(m, 11, 1); /* seconds */
	m_put16(m, 12);
	m_put16(m, 4);
	m_put32(m, p->life);
	put16(head + 2, (size_t)(m->at - head));
}

void v1_sa(struct message *m, const struct policy *list)
{
	uint8_t *head;
	unsigned count = 0;

	payload(m, V1_SA);
	m_put32(m, 1); /* DOI: IPsec */
	m_put32(m, 1); /* situation: identity only */
	head = m->at;
	m_put32(m, 0);
	m_put8(m, 1);
	m_put8(m, 1); /* protocol ISAKMP */
	m_put16(m, 0);
	for (; list[count].cipher != 0; count++)
		v1_transform(m, &list[count], count + 1);
	put16(head + 2, (size_t)(m->at - head));
	put8(head + 7, count);
}

size_t digest_octets(enum digest d)
{
	static const uint8_t octets[DIGESTS] = {16, 20, 32};

	return octets[d];
}

void digester_open(struct digester *d)
{
	static const char *const name[DIGESTS] = {"MD5", "SHA1", "SHA256"};

	d->context = EVP_MD_CTX_new();
	for (unsigned i = 0; i < DIGESTS; i++)
		d->method[i] = EVP_MD_fetch(NULL, name[i], NULL);
}

void digester_close(struct digester *d)
{
	for (unsigned i = 0; i < DIGESTS; i++)
		EVP_MD_free(d->method[i]);
	EVP_MD_CTX_free(d->context);
}

void nat_digest(const struct digester *d, enum digest which, const uint8_t *spi_i,
                const uint8_t *spi_r, const struct host *h, uint16_t port, uint8_t *into)
{
	uint8_t text[34];
	size_t n = h->family == 4 ? 4 : 16;

	memcpy(text, spi_i, 8);
	memcpy(text + 8, spi_r, 8);
	memcpy(text + 16, h->octet, n);
	put16(text + 16 + n, port);
	if (EVP_DigestInit_ex2(d->context, d->method[which], NULL) != 1 ||
	    EVP_DigestUpdate(d->context, text, 18 + n) != 1 ||
	    EVP_DigestFinal_ex(d->context, into, NULL) != 1)
		abort();
}
