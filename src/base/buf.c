/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdio.h>

struct ik_buf ik_buf_on(char *data, size_t cap)
{
	data[0] = '\0';
	return (struct ik_buf){.data = data, .len = 0, .cap = cap, .cut = false};
}

void ik_buf_reset(struct ik_buf *b)
{
	b->len = 0;
	b->cut = false;
	b->data[0] = '\0';
}

void ik_buf_vprintf(struct ik_buf *b, const char *fmt, va_list ap)
{
	size_t room = b->cap - b->len;
	int n = vsnprintf(b->data + b->len, room, fmt, ap);

	if (n < 0) {
		b->data[b->len] = '\0';
		b->cut = true;
	} else if ((size_t)n >= room) {
		b->len = b->cap - 1;
		b->cut = true;
	} else {
		b->len += (size_t)n;
	}
}

void ik_buf_printf(struct ik_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ik_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void ik_buf_hex(struct ik_buf *b, const uint8_t *octets, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		const char pair[2] = {digit[octets[i] >> 4], digit[octets[i] & 15]};

		ik_buf_putn(b, pair, sizeof(pair));
	}
}

/* Length of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7) whose character is
 * printable: no C0, DEL, C1, surrogate, bidirectional control, line separator or non-character;
 * else 0. */
static size_t utf8_printable(const uint8_t *p, size_t n)
{
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	static const uint32_t least[] = {0, 0x20, 0xa0, 0x800, 0x10000};
	uint32_t c = p[0];

	if (len == 1)
		return c >= 0x20 && c < 0x7f ? 1 : 0;
	if (p[0] < 0xc2 || p[0] > 0xf4 || len > n)
		return 0;
	c &= 0x7fU >> len;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || (c >= 0xe000 && c <= 0xf8ff) || c == 0x61c ||
	    c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe || c >= 0xe0000)
		return 0;
	return len;
}

void ik_buf_escape(struct ik_buf *b, const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n;) {
		size_t len = utf8_printable(octets + i, n - i);
		size_t written = len == 0 ? 4 : octets[i] == '\\' ? 2 : len;

		if (b->cut || written > b->cap - 1 - b->len) {
			b->cut = true;
			return;
		}
		if (len == 0) {
			ik_buf_printf(b, "\\x%02x", octets[i++]);
			continue;
		}
		if (octets[i] == '\\')
			ik_buf_putc(b, '\\');
		ik_buf_putn(b, (const char *)octets + i, len);
		i += len;
	}
}
