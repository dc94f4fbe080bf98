/*
 * Paragraphs: words are gathered from a stream of text and set on lines of the page's width.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/text.h"

#include "base/addr.h"

size_t ik_text_width(const char *s, size_t len)
{
	size_t width = 0;

	for (size_t i = 0; i < len; i++)
		width += ((uint8_t)s[i] & 0xc0) != 0x80;
	return width;
}

/* SGR sequences (ECMA-48 8.3.117) take no column. */
static const char *const sgr[] = {"\033[0m",    "\033[1m",    "\033[2m",
                                  "\033[1;32m", "\033[1;33m", "\033[1;31m"};

void ik_text_style_now(struct ik_text *t, enum ik_style style)
{
	if (t->opt.colour)
		ik_out_puts(&t->out, sgr[style]);
}

/* Lifelines stand in no style but their own: a text that goes on behind one resumes its own. */
static void indent_line(struct ik_text *t, size_t to)
{
	t->column = 0;
	if (t->wall != NULL) {
		ik_out_fill(&t->out, ' ', t->wall_left);
		ik_out_puts(&t->out, t->wall);
		t->column = t->wall_left + 1;
		if (t->style != IK_PLAIN)
			ik_text_style_now(t, t->style);
	}
	ik_out_fill(&t->out, ' ', to - t->column);
	t->column = to;
}

static void end_line(struct ik_text *t)
{
	if (t->wall != NULL) {
		if (t->style != IK_PLAIN)
			ik_text_style_now(t, IK_PLAIN);
		ik_out_fill(&t->out, ' ', t->wall_right - t->column);
		ik_out_puts(&t->out, t->wall);
	}
	ik_out_putc(&t->out, '\n');
}

/* The first column in which no word is set. */
static size_t edge(const struct ik_text *t)
{
	return t->wall != NULL ? t->wall_right - 1 : t->opt.width;
}

void ik_text_begin(struct ik_text *t, size_t indent, size_t hang)
{
	indent_line(t, indent);
	t->hang = hang;
	t->word_len = t->word_width = 0;
	t->started = false;
}

static void next_line(struct ik_text *t)
{
	end_line(t);
	indent_line(t, t->hang);
}

/* Sets the gathered word on this line or the next. */
static void set_word(struct ik_text *t)
{
	if (t->word_width > 0 && t->started) {
		if (t->column + 1 + t->word_width > edge(t)) {
			next_line(t);
		} else {
			ik_out_putc(&t->out, ' ');
			t->column++;
		}
	}
	ik_out_putn(&t->out, t->word, t->word_len);
	t->column += t->word_width;
	t->started |= t->word_width > 0;
	t->word_len = t->word_width = 0;
	t->style = t->next_style;
}

/* Between lifelines a word ends where the line does. */
static void break_word(struct ik_text *t)
{
	set_word(t);
	next_line(t);
	t->started = false;
}

void ik_text_puts(struct ik_text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		bool begins = ((uint8_t)*s & 0xc0) != 0x80;

		if (*s == ' ') {
			if (t->word_width > 0)
				set_word(t);
			continue;
		}
		if (t->wall != NULL && begins && t->word_width >= edge(t) - t->hang)
			break_word(t);
		if (t->word_len ==
		    sizeof(t->word)) { /* no word: set what there is, go on in place */
			set_word(t);
			t->started = false;
		}
		t->word[t->word_len++] = *s;
		t->word_width += begins;
	}
}

void ik_text_wire(struct ik_text *t, const char *s)
{
	char part[512];

	while (s != NULL && *s != '\0') {
		size_t taken = ik_harmless(part, sizeof(part), s);

		ik_text_puts(t, part);
		s += taken;
	}
}

void ik_text_printf(struct ik_text *t, const char *fmt, ...)
{
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);
	va_list ap;

	va_start(ap, fmt);
	ik_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	ik_text_puts(t, text);
}

void ik_text_style(struct ik_text *t, enum ik_style style)
{
	size_t n = strlen(sgr[style]);

	if (!t->opt.colour)
		return;
	if (n > sizeof(t->word) - t->word_len)
		set_word(t);
	t->next_style = style;
	memcpy(t->word + t->word_len, sgr[style], n);
	t->word_len += n;
}

void ik_text_end(struct ik_text *t)
{
	set_word(t);
	end_line(t);
}

void ik_text_line(struct ik_text *t, size_t indent, const char *s)
{
	ik_text_begin(t, indent, indent + 2);
	ik_text_puts(t, s);
	ik_text_end(t);
}

void ik_text_cell(struct ik_text *t, size_t indent, size_t width, const char *s)
{
	size_t taken = ik_text_width(s, strlen(s));

	ik_out_fill(&t->out, ' ', indent);
	ik_out_puts(&t->out, s);
	ik_out_fill(&t->out, ' ', taken < width ? width - taken : 1);
	ik_text_begin(t, 0, indent + width);
	t->column = indent + (taken < width ? width : taken + 1);
}

void ik_text_blank(struct ik_text *t)
{
	ik_out_putc(&t->out, '\n');
}

void ik_buf_u64(struct ik_buf *b, uint64_t v)
{
	char digit[20];
	size_t n = 0;

	do
		digit[sizeof(digit) - ++n] = (char)('0' + v % 10);
	while ((v /= 10) != 0);
	ik_buf_putn(b, digit + sizeof(digit) - n, n);
}

static char *octet_text(char *out, uint8_t v)
{
	if (v >= 100)
		*out++ = (char)('0' + v / 100);
	if (v >= 10)
		*out++ = (char)('0' + v / 10 % 10);
	*out++ = (char)('0' + v % 10);
	return out;
}

void ik_buf_address(struct ik_buf *b, const struct ikescope_addr *a)
{
	char text[16], *end = text;

	if (a->family != 4) {
		ik_buf_addr(b, a);
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		end = octet_text(end, a->octet[i]);
		*end++ = '.';
	}
	ik_buf_putn(b, text, (size_t)(end - text) - 1);
}

void ik_text_place(const struct ik_text *t, struct ik_buf *b, const struct ikescope_at *at)
{
	if (t->captures > 1) {
		ik_buf_u64(b, at->capture);
		ik_buf_putc(b, ':');
	}
	ik_buf_u64(b, at->frame);
}
