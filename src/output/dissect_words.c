/*
 * Values of fields in words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "ike/decode.h"
#include "output/dissect.h"

/* "1 d", "8 h", "90 min": in the largest unit that leaves no rest. */
static void put_duration(struct ik_buf *b, uint64_t seconds)
{
	static const struct {
		uint64_t seconds;
		const char *unit;
	} units[] = {{86400, " d"}, {3600, " h"}, {60, " min"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (seconds >= units[i].seconds && seconds % units[i].seconds == 0) {
			ik_buf_puts(b, " (");
			ik_buf_u64(b, seconds / units[i].seconds);
			ik_buf_puts(b, units[i].unit);
			ik_buf_putc(b, ')');
			return;
		}
}

/* IP protocols as the identities and selectors of tunnels have them. */
static const char *protocol_name(uint64_t protocol)
{
	static const struct {
		uint8_t number;
		const char *name;
	} rows[] = {{0, "any"},   {1, "ICMP"},   {4, "IPv4"},  {6, "TCP"}, {17, "UDP"},
	            {41, "IPv6"}, {47, "GRE"},   {50, "ESP"},  {51, "AH"}, {58, "ICMPv6"},
	            {89, "OSPF"}, {115, "L2TP"}, {132, "SCTP"}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].number == protocol)
			return rows[i].name;
	return NULL;
}

static void put_hex_number(struct ik_buf *b, uint64_t value, unsigned octets)
{
	uint8_t text[8];

	for (unsigned i = 0; i < octets; i++)
		text[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
	ik_buf_hex(b, text, octets);
}

/* A number without a registry. */
static void put_number(struct ik_buf *b, const struct ik_field *f, const struct ik_msg *m,
                       bool seconds)
{
	const char *name = NULL;

	if (strcmp(f->name, "flags") == 0) {
		ik_buf_puts(b, "0x");
		put_hex_number(b, f->value, 1);
	} else if (strcmp(f->name, "version") == 0) {
		ik_buf_u64(b, f->value >> 4);
		ik_buf_putc(b, '.');
		ik_buf_u64(b, f->value & 15);
	} else if (m->major == 1 && strcmp(f->name, "message id") == 0) {
		put_hex_number(b, f->value, 4);
	} else {
		ik_buf_u64(b, f->value);
		if (strcmp(f->name, "protocol") == 0)
			name = protocol_name(f->value);
		if (seconds || strcmp(f->name, "lifetime") == 0)
			put_duration(b, f->value);
	}
	if (name != NULL) {
		ik_buf_putc(b, ' ');
		ik_buf_puts(b, name);
	}
}

static void put_named(struct ik_buf *b, const struct ik_field *f)
{
	const char *name = ik_field_text(f);

	ik_buf_u64(b, f->value);
	ik_buf_putc(b, ' ');
	if (name != NULL) {
		ik_buf_puts(b, name);
		return;
	}
	ik_buf_putc(b, '(');
	ik_buf_puts(b, ik_value_range(f));
	ik_buf_putc(b, ')');
}

static void put_address(struct ik_buf *b, const uint8_t *octets, size_t len)
{
	struct ikescope_addr a;

	if (len == 4)
		ik_addr_set4(&a, octets);
	else if (len == 16)
		ik_addr_set6(&a, octets);
	if (len == 4 || len == 16)
		ik_buf_addr(b, &a);
	else
		ik_buf_hex(b, octets, len);
}

void ik_dissect_value(struct ik_buf *b, const struct ik_field *f, const struct ik_msg *m,
                      const uint8_t *octets, bool seconds)
{
	switch (f->kind) {
	case IK_FIELD_UINT: put_number(b, f, m, seconds); break;
	case IK_FIELD_NAME: put_named(b, f); break;
	case IK_FIELD_TEXT: ik_buf_escape(b, octets + f->pos, f->len); break;
	case IK_FIELD_ADDR: put_address(b, octets + f->pos, f->len); break;
	case IK_FIELD_GROUP:
		if (f->names != NULL)
			put_named(b, f);
		break;
	case IK_FIELD_WORDS: ik_buf_escape(b, (const uint8_t *)f->text, strlen(f->text)); break;
	case IK_FIELD_OCTETS: break;
	}
}

void ik_dissect_what(struct ik_buf *b, const struct ik_msg *m)
{
	if (m->captured < IK_HDR_LEN) {
		ik_buf_puts(b, "the beginning of an ISAKMP header");
		return;
	}
	ik_buf_puts(b, m->major == 1 ? "IKEv1 " : "IKEv2 ");
	if (m->major == 1) {
		ik_iana_put(b, &ik_reg_v1_exchange_types, m->exchange);
		ik_buf_puts(b, ", message id ");
		put_hex_number(b, m->mid, 4);
		return;
	}
	ik_iana_put(b, &ik_reg_v2_exchange_types, m->exchange);
	ik_buf_puts(b, (m->flags & IK_V2_FLAG_R) != 0 ? " response" : " request");
	ik_buf_puts(b, ", message id ");
	ik_buf_u64(b, m->mid);
}
