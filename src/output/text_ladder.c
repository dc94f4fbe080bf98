/*
 * The ladder: each message of a negotiation as an arrow between the peers, with frame and time.
 *
 *   Frame          Time  192.0.2.1                              198.51.100.1
 *       1  09:14:23.441  MM1 ----------------------------------------------->
 *       2  09:14:23.445  <----------------------------------------------- MM2
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/timefmt.h"
#include "output/text.h"

/* A long ladder shows its beginning and, as that is where it stands still, more of its end. */
#define LADDER_HEAD 8
#define LADDER_TAIL 16

/* Shortest arrow, " -->", that still reads as one. */
#define ARROW 4

struct columns {
	size_t frame, time; /* widths */
	size_t chart;       /* where the chart begins */
	size_t width;       /* of the chart */
};

static size_t longest(size_t a, size_t b)
{
	return a > b ? a : b;
}

static struct columns measure(struct ik_text *t, const struct ikescope_negotiation *n)
{
	struct columns c = {.frame = 5, .time = 4};

	for (size_t i = 0; i < n->n_steps; i++) {
		char text[48];
		struct ik_buf b = IK_BUF_ON(text);

		ik_text_place(t, &b, &n->steps[i].first);
		c.frame = longest(c.frame, b.len);
		ik_buf_reset(&b);
		ik_text_time(t, &b, n->steps[i].first_time);
		c.time = longest(c.time, b.len);
	}
	c.chart = 2 + c.frame + 2 + c.time + 2;
	c.width = t->opt.width > c.chart + 24 ? t->opt.width - c.chart : 24;
	return c;
}

/* right-aligned in width columns */
static void right(struct ik_text *t, const struct ik_buf *b, size_t width)
{
	if (b->len < width)
		ik_out_fill(&t->out, ' ', width - b->len);
	ik_out_putn(&t->out, b->data, b->len);
}

static void head(struct ik_text *t, const struct ikescope_negotiation *n, const struct columns *c)
{
	char left_text[64], right_text[64], word[8];
	struct ik_buf left = IK_BUF_ON(left_text), far = IK_BUF_ON(right_text), b = IK_BUF_ON(word);

	ik_buf_address(&left, &n->initiator.endpoint.addr);
	ik_buf_address(&far, &n->responder.endpoint.addr);
	if (left.len + far.len + 1 > c->width) {
		ik_buf_reset(&left);
		ik_buf_puts(&left, "initiator");
		ik_buf_reset(&far);
		ik_buf_puts(&far, "responder");
	}
	ik_out_puts(&t->out, "  ");
	ik_buf_puts(&b, "Frame");
	right(t, &b, c->frame);
	ik_out_puts(&t->out, "  ");
	ik_buf_reset(&b);
	ik_buf_puts(&b, "Time");
	right(t, &b, c->time);
	ik_out_puts(&t->out, "  ");
	ik_out_putn(&t->out, left.data, left.len);
	right(t, &far, c->width - left.len);
	ik_text_blank(t);
}

/* "MM5", "MM5, 4 times in 24.2 s", "IKE_AUTH request, 3 fragments" */
static void label(struct ik_buf *b, const struct ikescope_step *s)
{
	ik_buf_puts(b, s->name);
	if (s->fragments > 0)
		ik_buf_printf(b, ", %u fragment%s", s->fragments, s->fragments == 1 ? "" : "s");
	if (s->copies > 1) {
		ik_buf_printf(b, ", %u times in ", s->copies);
		ik_buf_seconds(b, s->last_time - s->first_time);
		ik_buf_puts(b, " s");
	}
}

static void arrow(struct ik_text *t, const struct ikescope_step *s, const char *text,
                  const struct columns *c)
{
	size_t used = ik_text_width(text, strlen(text));
	size_t dashes = used + ARROW <= c->width ? c->width - used - 2 : 2;

	if (s->from == IKESCOPE_RESPONDER) {
		ik_out_putc(&t->out, '<');
		ik_out_fill(&t->out, '-', dashes);
		ik_out_putc(&t->out, ' ');
		ik_out_puts(&t->out, text);
		return;
	}
	ik_out_puts(&t->out, text);
	ik_out_putc(&t->out, ' ');
	ik_out_fill(&t->out, s->from == IKESCOPE_INITIATOR ? '-' : '.', dashes);
	ik_out_putc(&t->out, s->from == IKESCOPE_INITIATOR ? '>' : '.');
}

static void row(struct ik_text *t, const struct ikescope_step *s, const struct columns *c)
{
	char place[48], time[48], text[256], note[160];
	struct ik_buf b = IK_BUF_ON(text), p = IK_BUF_ON(place), w = IK_BUF_ON(time);
	size_t name;
	bool noted = s->note != NULL && s->note[0] != '\0', inside;

	label(&b, s);
	name = b.len;
	ik_harmless(note, sizeof(note), noted ? s->note : "");
	ik_buf_printf(&b, ": %s", note);
	inside = noted && ik_text_width(text, b.len) + ARROW <= c->width;
	if (!inside)
		text[name] = '\0';
	ik_text_place(t, &p, &s->first);
	ik_text_time(t, &w, s->first_time);
	ik_out_puts(&t->out, "  ");
	right(t, &p, c->frame);
	ik_out_puts(&t->out, "  ");
	right(t, &w, c->time);
	ik_out_puts(&t->out, "  ");
	arrow(t, s, text, c);
	ik_text_blank(t);
	if (noted && !inside) {
		ik_text_begin(t, c->chart + 4, c->chart + 4);
		ik_text_puts(t, note);
		ik_text_end(t);
	}
}

static void gap(struct ik_text *t, uint64_t left_out, const struct columns *c)
{
	ik_text_begin(t, c->chart, c->chart);
	ik_text_printf(t, "... %llu more ...", (unsigned long long)left_out);
	ik_text_end(t);
}

void ik_text_ladder(struct ik_text *t, const struct ikescope_negotiation *n)
{
	struct columns c = measure(t, n);
	size_t head_rows = n->n_steps, tail = n->n_steps;

	if (n->n_steps == 0)
		return;
	if (n->n_steps > LADDER_HEAD + LADDER_TAIL) {
		head_rows = LADDER_HEAD;
		tail = n->n_steps - LADDER_TAIL;
	}
	head(t, n, &c);
	for (size_t i = 0; i < head_rows; i++)
		row(t, &n->steps[i], &c);
	if (tail > head_rows)
		gap(t, tail - head_rows, &c);
	for (size_t i = tail; i < n->n_steps; i++)
		row(t, &n->steps[i], &c);
	if (n->steps_folded > 0)
		gap(t, n->steps_folded, &c);
}
