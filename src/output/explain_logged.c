/*
 * Lines that a replay prints, explained: by the step that they mark.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/explain.h"

/* Moments of one line that are named. */
#define MOMENTS_MOST 4

void ik_term_logged(struct ik_buf *out, const struct ik_replay_line *line)
{
	const char *at = line->line;

	/* The group of charon: a real line has a thread before it and a connection behind it. */
	if (*at == '[' && strchr(at, ']') != NULL)
		at = strchr(at, ']') + 1 + strspn(strchr(at, ']') + 1, " ");
	for (; *at != '\0'; at++) {
		ik_buf_putc(out, *at == '{' ? '*' : *at);
		if (*at == '{')
			at += strcspn(at, "}");
	}
}

/* Behind what varies at text, or behind one character. */
static const char *next(const char *text)
{
	return text + (*text == '{' ? strcspn(text, "}") + 1 : 1);
}

bool ik_term_same_line(const struct ik_replay_line *a, const struct ik_replay_line *b)
{
	const char *p = a->line, *q = b->line;

	for (; *p != '\0' && *q != '\0'; p = next(p), q = next(q))
		if ((*p == '{' ? '*' : *p) != (*q == '{' ? '*' : *q))
			return false;
	return a->box == b->box && *p == *q;
}

/* "sends MM1", "receives a message": when a line is logged. */
static void moment(struct ik_text *t, const struct ik_replay_line *row)
{
	static const char *const events[] = {
	        [IK_REPLAY_SEND] = "sends",
	        [IK_REPLAY_RECEIVE] = "receives",
	        [IK_REPLAY_RESEND] = "repeats",
	        [IK_REPLAY_AGAIN] = "receives once more",
	};

	ik_text_printf(t, "%s %s", events[row->event],
	               row->message != NULL ? row->message : "a message");
}

static bool equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Who logs them: unknown where either side does. */
static enum ikescope_role logged_by(const struct ik_replay_line *first)
{
	for (size_t i = 0; i < ik_replay_n_lines; i++)
		if (ik_term_same_line(&ik_replay_lines[i], first) &&
		    ik_replay_lines[i].role != first->role)
			return IKESCOPE_ROLE_UNKNOWN;
	return first->role;
}

/* When lines with the text of a row are logged. */
static void moments(struct ik_text *t, const struct ik_replay_line *first)
{
	size_t shown = 0;

	for (size_t i = (size_t)(first - ik_replay_lines); i < ik_replay_n_lines; i++) {
		const struct ik_replay_line *row = &ik_replay_lines[i];
		bool again = false;

		if (!ik_term_same_line(row, first))
			continue;
		for (const struct ik_replay_line *k = first; k < row && !again; k++)
			again = ik_term_same_line(k, row) && k->event == row->event &&
			        equal(k->message, row->message);
		if (again || shown++ >= MOMENTS_MOST)
			continue;
		ik_text_puts(t, shown > 1 ? ", " : "");
		moment(t, row);
	}
	ik_text_puts(t, shown > MOMENTS_MOST ? ", and more" : "");
}

static const char *meaning(const struct ik_replay_line *row)
{
	if ((row->needs & (IK_REPLAY_ERROR | IK_REPLAY_REFUSED)) != 0)
		return "The peer, or this box, refuses what it got; the line may name why.";
	if (row->event == IK_REPLAY_RESEND)
		return "It marks a repetition: no usable answer came until then.";
	return "It marks a step of a negotiation, and is no fault by itself.";
}

/* A line that marks a step or says that one was refused. */
void ik_explain_logged(struct ik_text *t, const struct ik_replay_line *row)
{
	char text[IK_TERM_LINE_MOST + 2];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_putc(&b, '"');
	ik_term_logged(&b, row);
	ik_buf_putc(&b, '"');
	ik_explain_verdict(t, text, meaning(row));
	ik_text_blank(t);
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, "Said by: ");
	ik_explain_box(t, ik_replay_vendor(row->box), row->version, logged_by(row));
	ik_text_end(t);
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, "Logged when the box ");
	moments(t, row);
	ik_text_end(t);
}
