/*
 * The page of a ladder: columns, lifelines, arrows.
 *
 *   Frame          Time   Delta  192.0.2.1:500                    198.51.100.1:500
 *       1  09:14:23.441          |- MM1 ----------------------------------------->|
 *                                |  168 octets: SA AES-CBC 256, SHA, group 14     |
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/timefmt.h"
#include "output/ladder.h"

/* A chart narrower than that is no help: columns beside it go first. */
#define CHART_LEAST 34
/* A chart wider than that leaves room for the states. */
#define CHART_ENOUGH 64
#define STATE        22
/* A usual difference, "+0.004". */
#define DELTA 6
/* Columns of an arrow besides its label: a tee, line, blank, blank, line, head, a lifeline. */
#define ARROW 7

static size_t longest(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* "+0.004", "-0.001" for a message that an earlier frame of another capture overtook */
static void delta(struct ik_buf *b, const struct ik_ladder_row *row)
{
	if (row->before == IKESCOPE_TIME_NONE || row->time == IKESCOPE_TIME_NONE)
		return;
	ik_buf_puts(b, row->time >= row->before ? "+" : "");
	ik_buf_seconds(b, row->time - row->before);
}

/* Columns from the left edge to the chart. */
static size_t beside(const struct ik_ladder *l)
{
	return 1 + (l->frame > 0 ? l->frame + 2 : 0) + (l->time > 0 ? l->time + 2 : 0) +
	       (l->delta > 0 ? l->delta + 2 : 0);
}

static bool too_narrow(const struct ik_ladder *l)
{
	return l->t->opt.width < beside(l) + CHART_LEAST;
}

size_t ik_ladder_delta(const struct ik_ladder_row *row)
{
	char text[48];
	struct ik_buf b = IK_BUF_ON(text);

	delta(&b, row);
	return b.len;
}

void ik_ladder_columns(struct ik_ladder *l, size_t least_delta, bool states)
{
	const struct ikescope_at last = {.capture = l->t->captures, .frame = l->t->most_packets};
	char text[48];
	struct ik_buf b = IK_BUF_ON(text);

	/* As wide as any place and time of the captures: all charts are alike. */
	ik_text_place(l->t, &b, &last);
	l->frame = longest(strlen("Frame"), b.len);
	ik_buf_reset(&b);
	ik_text_time(l->t, &b, l->t->last);
	l->time = longest(strlen("Time"), b.len);
	l->delta = longest(DELTA, least_delta);
	if (too_narrow(l))
		l->delta = 0;
	if (too_narrow(l))
		l->frame = 0;
	if (too_narrow(l))
		l->time = 0;
	l->chart = beside(l);
	l->width = l->t->opt.width - l->chart;
	l->states = states && l->width >= CHART_ENOUGH + 2 + STATE;
	l->width -= l->states ? 2 + STATE : 0;
}

/* right-aligned in a column and two blanks behind it; no column, nothing */
static void cell(struct ik_ladder *l, const char *text, size_t width)
{
	size_t len = strlen(text);

	if (width == 0)
		return;
	ik_out_fill(&l->t->out, ' ', len < width ? width - len : 0);
	ik_out_puts(&l->t->out, text);
	ik_out_puts(&l->t->out, "  ");
}

static void cells(struct ik_ladder *l, const char *frame, const char *time, const char *between)
{
	ik_out_putc(&l->t->out, ' ');
	cell(l, frame, l->frame);
	cell(l, time, l->time);
	cell(l, between, l->delta);
}

static bool side_by_side(const struct ik_ladder *l, const char *left, const char *right)
{
	return ik_text_width(left, strlen(left)) + 2 + ik_text_width(right, strlen(right)) <=
	       l->width;
}

/* A text that ends at a column, behind so many that are taken. */
static void up_to(struct ik_ladder *l, const char *text, size_t end, size_t taken)
{
	size_t width = ik_text_width(text, strlen(text));

	ik_out_fill(&l->t->out, ' ', end > taken + width ? end - taken - width : 0);
	ik_out_puts(&l->t->out, text);
}

static void both(struct ik_ladder *l, const char *left, const char *right)
{
	ik_out_puts(&l->t->out, left);
	if (right[0] != '\0')
		up_to(l, right, l->width, ik_text_width(left, strlen(left)));
}

void ik_ladder_head(struct ik_ladder *l, const char *left, const char *right)
{
	bool fits = side_by_side(l, left, right);

	cells(l, "Frame", "Time", "Delta");
	if (fits)
		both(l, left, right);
	if (l->states) {
		if (!fits)
			ik_out_fill(&l->t->out, ' ', l->width);
		ik_out_puts(&l->t->out, "  State");
	}
	ik_text_blank(l->t);
	if (!fits)
		ik_ladder_sides(l, left, right);
}

void ik_ladder_sides(struct ik_ladder *l, const char *left, const char *right)
{
	size_t width = ik_text_width(left, strlen(left)), end = l->chart + l->width;

	if (left[0] == '\0' && right[0] == '\0')
		return;
	if (side_by_side(l, left, right)) {
		ik_out_fill(&l->t->out, ' ', l->chart);
		both(l, left, right);
		ik_text_blank(l->t);
		return;
	}
	if (left[0] != '\0') {
		up_to(l, left, l->chart + width < end ? l->chart + width : end, 0);
		ik_text_blank(l->t);
	}
	if (right[0] != '\0') {
		up_to(l, right, end, 0);
		ik_text_blank(l->t);
	}
}

/* ---- arrows ------------------------------------------------------------------------------ */

static void repeat(struct ik_ladder *l, const char *glyph, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ik_out_puts(&l->t->out, glyph);
}

/* Columns of line; a broken one has a gap in every second. */
static void line(struct ik_ladder *l, const struct ik_ladder_row *row, size_t n)
{
	const struct ik_ladder_glyphs *g = l->glyphs;

	if (row->line != IK_LINE_BROKEN) {
		repeat(l, row->line == IK_LINE_SEALED ? g->sealed : g->clear, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		ik_out_puts(&l->t->out, i % 2 == 0 ? g->clear : " ");
}

static void label(struct ik_ladder *l, const struct ik_ladder_row *row, const char *text)
{
	ik_out_putc(&l->t->out, ' ');
	ik_text_style_now(l->t, row->style);
	ik_out_puts(&l->t->out, text);
	ik_text_style_now(l->t, IK_PLAIN);
	ik_out_putc(&l->t->out, ' ');
}

static void draw(struct ik_ladder *l, const struct ik_ladder_row *row, const char *text)
{
	const struct ik_ladder_glyphs *g = l->glyphs;
	size_t used = text[0] != '\0' ? ik_text_width(text, strlen(text)) + ARROW : ARROW - 2;
	size_t rest = l->width - used + 1;
	bool sealed = row->line == IK_LINE_SEALED, broken = row->line == IK_LINE_BROKEN;

	if (row->from == IKESCOPE_RESPONDER) {
		ik_out_puts(&l->t->out, g->wall);
		ik_out_puts(&l->t->out, broken ? g->lost : g->head_left);
		line(l, row, rest);
		if (text[0] != '\0')
			label(l, row, text);
		line(l, row, 1);
		ik_out_puts(&l->t->out, sealed ? g->sealed_left : g->tee_left);
		return;
	}
	ik_out_puts(&l->t->out, sealed ? g->sealed_right : g->tee_right);
	line(l, row, 1);
	if (text[0] != '\0')
		label(l, row, text);
	line(l, row, rest);
	ik_out_puts(&l->t->out, broken ? g->lost : g->head_right);
	ik_out_puts(&l->t->out, g->wall);
}

void ik_ladder_arrow(struct ik_ladder *l, const struct ik_ladder_row *row)
{
	char place[48], time[48], between[48], text[160];
	struct ik_buf p = IK_BUF_ON(place), w = IK_BUF_ON(time), d = IK_BUF_ON(between);
	bool fits;

	ik_harmless(text, sizeof(text), row->label);
	fits = ik_text_width(text, strlen(text)) + ARROW <= l->width;
	if (!fits) {
		ik_ladder_walls(l);
		ik_text_line(l->t, ik_ladder_indent(l), text);
		ik_ladder_no_walls(l);
	}
	ik_text_place(l->t, &p, &row->at);
	ik_text_time(l->t, &w, row->time);
	delta(&d, row);
	cells(l, place, time, between);
	draw(l, row, fits ? text : "");
	if (l->states && row->state != NULL) {
		ik_out_puts(&l->t->out, "  ");
		ik_out_puts(&l->t->out, row->state);
	}
	ik_text_blank(l->t);
}

/* ---- paragraphs -------------------------------------------------------------------------- */

void ik_ladder_walls(struct ik_ladder *l)
{
	l->t->wall = l->glyphs->wall;
	l->t->wall_left = l->chart;
	l->t->wall_right = l->chart + l->width - 1;
}

void ik_ladder_no_walls(struct ik_ladder *l)
{
	l->t->wall = NULL;
}

size_t ik_ladder_indent(const struct ik_ladder *l)
{
	return l->chart + 3;
}
