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
#define SMALL        16

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

/* ---- pieces that come again ------------------------------------------------------------------ */

static inline struct ik_json_piece *slot_of(struct ik_json_cache *c, const char *name,
                                            const void *of, uint64_t value, uint32_t len)
{
	uint64_t hash = (uintptr_t)name + 3 * (uintptr_t)of + 31 * value + 1009 * (uint64_t)len;

	return &c->piece[hash * UINT64_C(0x9e3779b97f4a7c15) >> (64 - IK_JSON_SLOT_BITS)];
}

static inline bool holds(const struct ik_json_piece *s, const char *name, const void *of,
                         uint64_t value, uint32_t len)
{
	return ((uintptr_t)s->name ^ (uintptr_t)name) + ((uintptr_t)s->of ^ (uintptr_t)of) == 0 &&
	       s->value == value && s->len == len;
}

static inline char *lay_piece(const struct ik_json_piece *s, char *p)
{
	memcpy(p, s->piece, sizeof(s->piece));
	return p + s->n;
}

/* Keeps what was laid down from start to p, if it is short enough. */
static char *keep(struct ik_json_piece *s, const char *start, char *p, const char *name,
                  const void *of, uint64_t value, uint32_t len)
{
	size_t n = (size_t)(p - start);

	if (n > sizeof(s->piece))
		return p;
	*s = (struct ik_json_piece){
	        .name = name, .of = of, .value = value, .len = len, .n = (uint32_t)n};
	memcpy(s->piece, start, n);
	return p;
}

static char *make_head(const struct ik_json_cache *c, char *p, const struct ik_field *f)
{
	IK_PUT(p, "{\"field\":\"");
	p = lay_escaped(p, f->name);
	IK_PUT(p, "\",\"length\":");
	return ik_lay_number(c, p, f->len);
}

/* What a value is called, or what it is where it has no name. */
static char *make_name(char *p, const struct ik_field *f)
{
	const char *name = ik_field_text(f);

	if (name != NULL)
		IK_PUT(p, ",\"name\":\"");
	else
		IK_PUT(p, ",\"name\":null,\"range\":\"");
	p = lay_escaped(p, name != NULL ? name : ik_value_range(f));
	*p++ = '"';
	return p;
}

/* The cache itself, which has no names, stands for a head. */
static inline char *lay_head(struct ik_json_cache *c, char *p, const struct ik_field *f)
{
	struct ik_json_piece *s = slot_of(c, f->name, c, 0, f->len);

	if (holds(s, f->name, c, 0, f->len))
		return lay_piece(s, p);
	return keep(s, p, make_head(c, p, f), f->name, c, 0, f->len);
}

static inline char *lay_name(struct ik_json_cache *c, char *p, const struct ik_field *f,
                             const void *of)
{
	struct ik_json_piece *s = slot_of(c, NULL, of, f->value, 0);

	if (holds(s, NULL, of, f->value, 0))
		return lay_piece(s, p);
	return keep(s, p, make_name(p, f), NULL, of, f->value, 0);
}

static char *make_number(const struct ik_json_cache *c, char *p, const struct ik_field *f,
                         const void *of)
{
	p = make_head(c, p, f);
	IK_PUT(p, ",\"value\":");
	p = ik_lay_number(c, p, f->value);
	if (of != NULL)
		p = make_name(p, f);
	return IK_PUT(p, ",\"offset\":");
}

/* A field that is a number, all of it but its place. */
static inline char *lay_number(struct ik_json_cache *c, char *p, const struct ik_field *f,
                               const void *of)
{
	struct ik_json_piece *s = slot_of(c, f->name, of, f->value, f->len);

	if (holds(s, f->name, of, f->value, f->len))
		return lay_piece(s, p);
	return keep(s, p, make_number(c, p, f, of), f->name, of, f->value, f->len);
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

/* All of an object but its end. Numbers that have names, and small ones, come again and again. */
static inline char *lay_field(struct ik_out *o, struct ik_json_cache *c, char *p,
                              const struct ik_field *f, const uint8_t *octets)
{
	bool number = f->kind == IK_FIELD_UINT || f->kind == IK_FIELD_NAME ||
	              (f->kind == IK_FIELD_GROUP && f->pos > 0);
	const void *of = f->names != NULL            ? (const void *)f->names
	                 : f->kind != IK_FIELD_WORDS ? (const void *)f->text
	                                             : NULL;

	if (number && (of != NULL || f->value < SMALL)) {
		p = lay_number(c, p, f, of);
		return ik_lay_number(c, p, f->pos);
	}
	p = lay_head(c, p, f);
	if (number) {
		IK_PUT(p, ",\"value\":");
		p = ik_lay_number(c, p, f->value);
	} else if (f->kind != IK_FIELD_GROUP) {
		IK_PUT(p, ",\"value\":");
		p = put_octets(o, c, p, f, octets + f->pos);
	}
	if (of != NULL)
		p = lay_name(c, p, f, of);
	IK_PUT(p, ",\"offset\":");
	return ik_lay_number(c, p, f->pos);
}

/* Ends what lies at depth and deeper than next, which follows. */
static inline char *lay_step(char *p, unsigned depth, unsigned next)
{
	if (next > depth)
		return IK_PUT(p, ",\"fields\":[");
	for (; depth > next; depth--)
		IK_PUT(p, "}]");
	return IK_PUT(p, "},");
}

static void put_types(struct ik_out *o, const struct ik_json_cache *c, const uint8_t *type,
                      size_t n)
{
	char *p = ik_out_room(o, IK_JSON_ROOM); /* up to four octets each */

	IK_PUT(p, ",\"payload_types\":[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*p++ = ',';
		p = ik_lay_number(c, p, type[i]);
	}
	*p++ = ']';
	ik_out_wrote(o, p);
}

void ik_json_fields(struct ik_out *o, struct ik_json_cache *c, const struct ik_decoded *d,
                    const uint8_t *octets)
{
	const struct ik_field *row = d->fields.row, *end = row + d->fields.n;
	uint8_t type[UINT8_MAX]; /* as many as the header of a message counts */
	size_t types = 0;
	unsigned depth = 0;
	char *p = ik_out_room(o, IK_JSON_ROOM);

	IK_PUT(p, ",\"fields\":[");
	for (const struct ik_field *f = row; f < end; f++) {
		if (o->block + IK_OUT_BLOCK - p < IK_JSON_ROOM) {
			ik_out_wrote(o, p);
			p = ik_out_room(o, IK_JSON_ROOM);
		}
		if (f > row)
			p = lay_step(p, depth, f->depth);
		depth = f->depth;
		p = lay_field(o, c, p, f, octets);
		if (depth == 0 && types < UINT8_MAX && ik_is_payload(d, (size_t)(f - row)))
			type[types++] = (uint8_t)f->value;
	}
	ik_out_wrote(o, p);
	for (; d->fields.n > 0 && depth > 0; depth--)
		ik_out_puts(o, "}]");
	ik_out_puts(o, d->fields.n > 0 ? "}]" : "]");
	if (d->msg.major != 0)
		put_types(o, c, type, types);
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
