/*
 * Bounded text and octet writer: it never writes past the end, and says when something was cut.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_BUF_H
#define IK_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A text under construction in memory of the caller; data is always NUL-terminated (cap >= 1).
 * cut says that something did not fit; what fitted stays. */
struct ik_buf {
	char *data;
	size_t len, cap;
	bool cut;
};

/* A buffer on an array: struct ik_buf b = IK_BUF_ON(array); */
#define IK_BUF_ON(array) ik_buf_on((array), sizeof(array))

struct ik_buf ik_buf_on(char *data, size_t cap);
void ik_buf_reset(struct ik_buf *b);

static inline void ik_buf_putn(struct ik_buf *b, const char *s, size_t n)
{
	size_t room = b->cap - 1 - b->len;

	if (n > room) {
		n = room;
		b->cut = true;
	}
	memcpy(b->data + b->len, s, n);
	b->len += n;
	b->data[b->len] = '\0';
}

static inline void ik_buf_putc(struct ik_buf *b, char c)
{
	ik_buf_putn(b, &c, 1);
}

static inline void ik_buf_puts(struct ik_buf *b, const char *s)
{
	ik_buf_putn(b, s, strlen(s));
}

void ik_buf_printf(struct ik_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ik_buf_vprintf(struct ik_buf *b, const char *fmt, va_list ap)
        __attribute__((format(printf, 2, 0)));

/* Lower-case hexadecimal of n octets, most significant first as they stand. */
void ik_buf_hex(struct ik_buf *b, const uint8_t *octets, size_t n);

/* Octets from the wire as text that no terminal and no JSON reader can be hurt by: valid UTF-8
 * that is printable stays, everything else becomes \xNN; a backslash becomes \\. What does not
 * fit whole is left out, with all behind it. */
void ik_buf_escape(struct ik_buf *b, const uint8_t *octets, size_t n);

#endif
