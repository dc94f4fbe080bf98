/*
 * The fields of a message as JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/dissect_json.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/timefmt.h"

#define HEX_AT_ONCE  512 /* twice as many characters are within the room for a field */
#define TEXT_AT_ONCE 200

/* ---- numbers, octets, names ---------------------------------------------------------------- */

char *ik_lay_large(char *p, uint64_t v)
{
	char digit[20];
	size_t n = sizeof(digit);

	do
		digit[--n] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	return ik_lay(p, digit + n, sizeof(digit) - n);
}

/* Four octets, the first on top, as eight characters: all at once. */
static inline uint64_t hex_of(uint32_t octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	uint64_t x = octets, letter;

	x = (x << 16 | x) & UINT64_C(0x0000ffff0000ffff);
	x = (x << 8 | x) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x << 4 | x) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	letter = (x + 6 * each) >> 4 & each; /* where ten and more stands */
	return x + '0' * each + letter * ('a' - '0' - 10);
}

static inline void store_big(char *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	memcpy(p, &v, sizeof(v));
}

#ifdef __SSE2__
static inline __m128i digits_of(__m128i nibbles)
{
	__m128i letter = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));

	nibbles = _mm_add_epi8(nibbles, _mm_set1_epi8('0'));
	return _mm_add_epi8(nibbles, _mm_and_si128(letter, _mm_set1_epi8('a' - '0' - 10)));
}

/* Sixteen octets at once. */
static inline void lay_sixteen(char *restrict p, const uint8_t *restrict octets)
{
	const __m128i low_half = _mm_set1_epi8(0x0f);
	__m128i x = _mm_loadu_si128((const __m128i *)(const void *)octets);
	__m128i high = _mm_and_si128(_mm_srli_epi16(x, 4), low_half);
	__m128i low = _mm_and_si128(x, low_half);

	_mm_storeu_si128((__m128i *)(void *)p, digits_of(_mm_unpacklo_epi8(high, low)));
	_mm_storeu_si128((__m128i *)(void *)(p + 16), digits_of(_mm_unpackhi_epi8(high, low)));
}
#endif

char *ik_lay_hex(char *restrict p, const uint8_t *restrict octets, size_t n)
{
	uint32_t rest = 0;

#ifdef __SSE2__
	for (; n >= 16; n -= 16, octets += 16, p += 32)
		lay_sixteen(p, octets);
#endif
	for (; n >= 4; n -= 4, octets += 4, p += 8)
		store_big(p, hex_of(ik_be32(octets)));
	if (n == 0)
		return p;
	for (size_t i = 0; i < n; i++)
		rest |= (uint32_t)octets[i] << (24 - 8 * i);
	store_big(p, hex_of(rest));
	return p + 2 * n;
}

char *ik_lay_addr(struct ik_json_cache *c, char *p, const struct ikescope_addr *a)
{
	struct ik_json_addr *s = &c->addr[ik_addr_hash(a) % IK_JSON_ADDRS];

	if (s->len == 0 || !ik_addr_eq(&s->addr, a)) {
		struct ik_buf b = IK_BUF_ON(s->text);

		ik_buf_putc(&b, '"');
		ik_buf_address(&b, a);
		ik_buf_putc(&b, '"');
		s->addr = *a;
		s->len = (uint8_t)b.len;
	}
	memcpy(p, s->text, sizeof(s->text));
	return p + s->len;
}

char *ik_lay_time(struct ik_json_cache *c, char *p, ikescope_time t)
{
	int64_t second = t / IKESCOPE_SECOND - (t % IKESCOPE_SECOND < 0);
	uint64_t nanos = (uint64_t)(t - second * IKESCOPE_SECOND);

	if (second != c->second || c->stamp_len == 0) {
		char text[64];
		struct ik_buf b = IK_BUF_ON(text);

		ik_buf_rfc3339(&b, t);
		c->second = second;
		c->stamp_len = b.len - 10; /* without the nine digits and Z */
		memcpy(c->stamp, text, c->stamp_len);
	}
	*p++ = '"';
	p = ik_lay(p, c->stamp, c->stamp_len);
	for (size_t i = 9; i-- > 0; nanos /= 10)
		p[i] = (char)('0' + nanos % 10);
	p += 9;
	return IK_PUT(p, "Z\"");
}

/* A text of a table; a vendor id may have been written down with a backslash. */
static char *lay_escaped(char *p, const char *text)
{
	for (size_t n = strnlen(text, IK_JSON_NAME); n > 0; n--, text++) {
		if (*text == '"' || *text == '\\')
			*p++ = '\\';
		*p++ = *text;
	}
	return p;
}

char *ik_lay_name(char *p, const char *name)
{
	if (name == NULL)
		return IK_PUT(p, "null");
	*p++ = '"';
	p = lay_escaped(p, name);
	*p++ = '"';
	return p;
}

/* A name between two literals, kept in a slot where it is short enough. */
static char *fill(struct ik_json_piece *s, char *p, const char *before, const char *text,
                  const char *behind)
{
	char *start = p;

	p = ik_lay(p, before, strlen(before));
	p = lay_escaped(p, text);
	p = ik_lay(p, behind, strlen(behind));
	s->len = (size_t)(p - start);
	if (s->len <= sizeof(s->piece))
		memcpy(s->piece, start, s->len);
	else
		s->of = NULL;
	return p;
}

static inline struct ik_json_piece *slot_of(struct ik_json_piece *slots, const void *of,
                                            uint64_t value)
{
	uint64_t hash = ((uintptr_t)of + value * 31) * UINT64_C(0x9e3779b97f4a7c15);

	return &slots[hash >> (64 - IK_JSON_SLOT_BITS)];
}

static inline char *lay_field_name(struct ik_json_cache *c, char *p, const char *name)
{
	struct ik_json_piece *s = slot_of(c->field, name, 0);

	if (s->of == name) {
		memcpy(p, s->piece, sizeof(s->piece));
		return p + s->len;
	}
	s->of = name;
	return fill(s, p, "{\"field\":\"", name, "\",\"offset\":");
}

/* What a number is called, or what it is where it has no name. */
static inline char *lay_value_name(struct ik_json_cache *c, char *p, const struct ik_field *f)
{
	const void *of = f->names != NULL ? (const void *)f->names : f->text;
	struct ik_json_piece *s = slot_of(c->name, of, f->value);
	const char *name;

	if (s->of == of && s->value == f->value) {
		memcpy(p, s->piece, sizeof(s->piece));
		return p + s->len;
	}
	s->of = of;
	s->value = f->value;
	name = ik_field_text(f);
	if (name != NULL)
		return fill(s, p, ",\"name\":\"", name, "\"");
	return fill(s, p, ",\"name\":null,\"range\":\"", ik_value_range(f), "\"");
}

/* ---- text of any length -------------------------------------------------------------------- */

static void put_hex(struct ik_out *o, const uint8_t *octets, size_t len)
{
	while (len > 0) {
		size_t n = len < HEX_AT_ONCE ? len : HEX_AT_ONCE;

		ik_out_wrote(o, ik_lay_hex(ik_out_room(o, 2 * HEX_AT_ONCE), octets, n));
		octets += n;
		len -= n;
	}
}

/* Printable text; quotes and backslashes get a backslash in front. */
static void put_quoted(struct ik_out *o, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '"' || s[i] == '\\')
			ik_out_putc(o, '\\');
		ik_out_putc(o, s[i]);
	}
}

/* Octets of the wire as text, in parts that break no UTF-8 sequence. */
static void put_wire(struct ik_out *o, const uint8_t *octets, size_t len)
{
	char text[4 * TEXT_AT_ONCE + 8];

	while (len > 0) {
		size_t n = len < TEXT_AT_ONCE ? len : TEXT_AT_ONCE;
		struct ik_buf b = IK_BUF_ON(text);

		for (size_t back = 0; n < len && back < 3 && (octets[n] & 0xc0) == 0x80; back++)
			n--;
		ik_buf_escape(&b, octets, n);
		put_quoted(o, b.data, b.len);
		octets += n;
		len -= n;
	}
}

void ik_json_string(struct ik_out *o, const char *s)
{
	char part[512];

	if (s == NULL) {
		ik_out_puts(o, "null");
		return;
	}
	ik_out_putc(o, '"');
	while (*s != '\0') {
		s += ik_harmless(part, sizeof(part), s);
		put_quoted(o, part, strlen(part));
	}
	ik_out_putc(o, '"');
}

/* ---- fields -------------------------------------------------------------------------------- */

/* What is no number, in quotes. Returns where to go on. */
static char *put_octets(struct ik_out *o, struct ik_json_cache *c, char *p,
                        const struct ik_field *f, const uint8_t *octets)
{
	struct ikescope_addr a;

	if (f->kind == IK_FIELD_ADDR && (f->len == 4 || f->len == 16)) {
		if (f->len == 4)
			ik_addr_set4(&a, octets);
		else
			ik_addr_set6(&a, octets);
		return ik_lay_addr(c, p, &a);
	}
	*p++ = '"';
	if (f->kind == IK_FIELD_OCTETS && f->len <= HEX_AT_ONCE) {
		p = ik_lay_hex(p, octets, f->len);
	} else {
		ik_out_wrote(o, p);
		if (f->kind == IK_FIELD_WORDS)
			put_wire(o, (const uint8_t *)f->text, strlen(f->text));
		else if (f->kind == IK_FIELD_TEXT)
			put_wire(o, octets, f->len);
		else
			put_hex(o, octets, f->len);
		p = ik_out_room(o, IK_JSON_ROOM);
	}
	*p++ = '"';
	return p;
}

/* All of an object but its end. */
static inline void put_field(struct ik_out *o, struct ik_json_cache *c, const struct ik_field *f,
                             const uint8_t *octets)
{
	char *p = ik_out_room(o, IK_JSON_ROOM);

	p = lay_field_name(c, p, f->name);
	p = ik_lay_number(c, p, f->pos);
	IK_PUT(p, ",\"length\":");
	p = ik_lay_number(c, p, f->len);
	if (f->kind == IK_FIELD_UINT || f->kind == IK_FIELD_NAME ||
	    (f->kind == IK_FIELD_GROUP && f->pos > 0)) {
		IK_PUT(p, ",\"value\":");
		p = ik_lay_number(c, p, f->value);
	} else if (f->kind != IK_FIELD_GROUP) {
		IK_PUT(p, ",\"value\":");
		p = put_octets(o, c, p, f, octets + f->pos);
	}
	if (f->names != NULL || (f->text != NULL && f->kind != IK_FIELD_WORDS))
		p = lay_value_name(c, p, f);
	ik_out_wrote(o, p);
}

void ik_json_fields(struct ik_out *o, struct ik_json_cache *c, const struct ik_decoded *d,
                    const uint8_t *octets)
{
	unsigned depth = 0;

	ik_out_puts(o, ",\"fields\":[");
	for (size_t i = 0; i < d->fields.n; i++) {
		const struct ik_field *f = &d->fields.row[i];

		if (i > 0 && f->depth > depth) {
			ik_out_putn(o, ",\"fields\":[", 11);
			depth++;
		} else if (i > 0) {
			ik_out_putc(o, '}');
			for (; depth > f->depth; depth--)
				ik_out_putn(o, "]}", 2);
			ik_out_putc(o, ',');
		}
		put_field(o, c, f, octets);
	}
	for (; depth > 0; depth--)
		ik_out_puts(o, "}]");
	ik_out_puts(o, d->fields.n > 0 ? "}]" : "]");
}

/* ---- anomalies ----------------------------------------------------------------------------- */

static char *lay_place(const struct ik_json_cache *c, char *p, const struct ik_json_place *at,
                       size_t pos)
{
	IK_PUT(p, ",\"frame_offset\":");
	if (at->placed)
		return ik_lay_number(c, p, at->offset + pos);
	return IK_PUT(p, "null");
}

static void put_anomaly(struct ik_out *o, const struct ik_json_cache *c, const struct ik_anomaly *a,
                        const struct ik_json_place *at, unsigned major)
{
	const struct ik_anomaly_info *info = ik_anomaly_info(a->code);
	char *p = ik_out_room(o, IK_JSON_ROOM);

	IK_PUT(p, "{\"code\":");
	p = ik_lay_name(p, info->name);
	IK_PUT(p, ",\"severity\":");
	p = ik_lay_name(p, ik_severity_name(info->severity));
	IK_PUT(p, ",\"text\":");
	p = ik_lay_name(p, info->text);
	IK_PUT(p, ",\"payload\":");
	if (a->payload != 0)
		p = ik_lay_number(c, p, a->payload);
	else
		IK_PUT(p, "null");
	IK_PUT(p, ",\"offset\":");
	p = ik_lay_number(c, p, a->offset);
	p = lay_place(c, p, at, a->offset);
	IK_PUT(p, ",\"got\":");
	p = ik_lay_number(c, p, a->got);
	IK_PUT(p, ",\"expected\":");
	p = ik_lay_number(c, p, a->expected);
	IK_PUT(p, ",\"rfc\":");
	p = ik_lay_name(p, ik_anomaly_reference(a, major));
	*p++ = '}';
	ik_out_wrote(o, p);
}

void ik_json_anomalies(struct ik_out *o, const struct ik_json_cache *c, const struct ik_msg *m,
                       const struct ik_json_place *at)
{
	ik_out_puts(o, ",\"anomalies\":[");
	for (size_t i = 0; i < m->n_anomaly; i++) {
		if (i > 0)
			ik_out_putc(o, ',');
		put_anomaly(o, c, &m->anomaly[i], at, m->major);
	}
	ik_out_putc(o, ']');
}
