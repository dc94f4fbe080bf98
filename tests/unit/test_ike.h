/*
 * Hand-built ISAKMP messages, and a sink that writes fields as one line.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_IKE_H
#define TEST_IKE_H

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "ike/message.h"

struct message {
	uint8_t octets[4096];
	size_t len;
	size_t next; /* where the type of the payload to come is written */
};

static inline unsigned test_nibble(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a') + 10U : (unsigned)(c - '0');
}

/* Appends octets in lower-case hexadecimal; blanks are left out, "*N" repeats the last octet so
 * that there are N of it. */
static inline void message_hex(struct message *m, const char *hex)
{
	while (*hex != '\0') {
		if (*hex == ' ') {
			hex++;
		} else if (*hex == '*') {
			char *end;
			unsigned long n = strtoul(hex + 1, &end, 10);

			while (--n > 0) {
				m->octets[m->len] = m->octets[m->len - 1];
				m->len++;
			}
			hex = end;
		} else {
			m->octets[m->len++] =
			        (uint8_t)(test_nibble(hex[0]) << 4 | test_nibble(hex[1]));
			hex += 2;
		}
	}
}

static inline void message_close(struct message *m)
{
	m->octets[26] = (uint8_t)(m->len >> 8);
	m->octets[27] = (uint8_t)m->len;
}

static inline struct message message_open(uint8_t version, uint8_t exchange, uint8_t flags)
{
	struct message m = {.len = 0, .next = 16};

	message_hex(&m, "a1a2a3a4a5a6a7a8 b1b2b3b4b5b6b7b8 00000000 00000000 00000000");
	m.octets[17] = version;
	m.octets[18] = exchange;
	m.octets[19] = flags;
	message_close(&m);
	return m;
}

static inline void message_add(struct message *m, uint8_t type, const char *body)
{
	size_t start = m->len, len;

	m->octets[m->next] = type;
	m->next = start;
	message_hex(m, "00000000");
	message_hex(m, body);
	len = m->len - start;
	m->octets[start + 2] = (uint8_t)(len >> 8);
	m->octets[start + 3] = (uint8_t)len;
	message_close(m);
}

/* One payload in a message of its version: main mode, or the request of IKE_SA_INIT. */
static inline struct message message_of(unsigned major, uint8_t type, const char *body)
{
	struct message m = major == 1 ? message_open(0x10, 2, 0) : message_open(0x20, 34, 0x08);

	message_add(&m, type, body);
	return m;
}

static inline struct ik_msg message_decode(const struct message *m,
                                           const struct ik_field_sink *sink)
{
	struct ik_msg out;

	ik_msg_decode(&out, m->octets, m->len, m->len, false, 64, sink);
	return out;
}

static inline unsigned message_anomalies(const struct ik_msg *m, enum ik_anomaly_code code)
{
	unsigned n = 0;

	for (unsigned i = 0; i < m->n_anomaly; i++)
		n += m->anomaly[i].code == code;
	return n;
}

/* What only says how its container is laid out. */
static inline bool test_is_layout(const struct ik_field *f)
{
	static const char *const names[] = {
	        "next payload",     "critical",        "payload length",   "proposal length",
	        "transform length", "selector length", "last substructure"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(f->name, names[i]) == 0)
			return true;
	return strcmp(f->name, "reserved") == 0 && f->value == 0;
}

/* Fields as "name=value;" with one '>' for each level below the payload; a container is "name{".
 * Names of numbers follow a colon. Headers, reserved octets and lengths of containers are left out,
 * but counted: covered is where the octets that have a field end, gap where one without was. */
struct test_fields {
	struct ik_buf text;
	const uint8_t *octets;
	size_t covered, gap;
	char data[4096];
};

static inline void test_field(void *ctx, const struct ik_field *f)
{
	struct test_fields *t = (struct test_fields *)ctx;

	if (f->pos > t->covered && t->gap == 0)
		t->gap = t->covered;
	/* The number of a container may be that of its first octets, which have no other field. */
	if (f->kind != IK_FIELD_GROUP || strcmp(f->name, "attribute") == 0)
		t->covered = f->pos + f->len;
	else if (strcmp(f->name, "traffic selector") == 0)
		t->covered = f->pos + 1;
	if (f->pos < 28 || f->depth == 0 || test_is_layout(f))
		return;
	for (unsigned i = 1; i < f->depth; i++)
		ik_buf_putc(&t->text, '>');
	ik_buf_puts(&t->text, f->name);
	if (f->kind == IK_FIELD_GROUP) {
		ik_buf_putc(&t->text, '{');
		return;
	}
	ik_buf_putc(&t->text, '=');
	if (f->kind == IK_FIELD_UINT || f->kind == IK_FIELD_NAME)
		ik_buf_printf(&t->text, "%llu", (unsigned long long)f->value);
	else if (f->kind == IK_FIELD_TEXT)
		ik_buf_escape(&t->text, t->octets + f->pos, f->len);
	else
		ik_buf_hex(&t->text, t->octets + f->pos, f->len);
	if (ik_field_text(f) != NULL)
		ik_buf_printf(&t->text, ":%s", ik_field_text(f));
	ik_buf_putc(&t->text, ';');
}

#endif
