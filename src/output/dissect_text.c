/*
 * The dissection as text: a heading for each message, a line for each field, indented as fields lie
 * in each other, with the offset in front and, where asked for, the octets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ike/decode.h"
#include "output/dissect.h"

#define OFFSET_WIDTH  6  /* "  002a"; beside octets "002a  " */
#define VALUE_COLUMN  28 /* of values behind the offset; behind octets they follow the name */
#define OCTETS_NARROW 8  /* beside a field */
#define OCTETS_WIDE   16
#define WIDE          110 /* columns from which there is room for as many */
#define COLOURS       5
#define FRAMES_SHOWN  8

/* Where a message lies, and what its writer remembers from field to field. */
struct tree {
	struct ik_dissect_page *page;
	struct ik_text *text;
	const struct ik_decoded *d;
	const uint8_t *octets;
	size_t base;                     /* of the message in what offsets count from */
	size_t left;                     /* columns in front of names */
	size_t per_line;                 /* octets beside a field */
	size_t beside[IK_MAX_ANOMALIES]; /* the field of each anomaly */
	size_t shown;                    /* octets up to here have been shown */
	unsigned colour;
	uint64_t life_type;
};

/* ---- the left margin: offset and octets --------------------------------------------------- */

/* SGR sequences of ECMA-48; fields that follow each other differ. */
static const char *const colours[COLOURS] = {"\033[36m", "\033[33m", "\033[32m", "\033[35m",
                                             "\033[34m"};

static void put_offset(struct tree *t, size_t pos)
{
	char text[24];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, t->page->options->hex ? "%04zx  " : "  %04zx", t->base + pos);
	ik_out_putn(&t->text->out, b.data, b.len);
}

static void put_octets(struct tree *t, size_t pos, size_t n, bool colour)
{
	struct ik_out *o = &t->text->out;
	char text[3 * OCTETS_WIDE + 1];
	struct ik_buf b = IK_BUF_ON(text);

	for (size_t i = 0; i < n; i++) {
		ik_buf_puts(&b, i > 0 ? " " : "");
		ik_buf_hex(&b, t->octets + pos + i, 1);
	}
	colour = colour && n > 0 && t->text->opt.colour;
	if (colour)
		ik_out_puts(o, colours[t->colour % COLOURS]);
	ik_out_putn(o, b.data, b.len);
	if (colour)
		ik_out_puts(o, "\033[0m");
}

/* Begins the line of a field that has its own octets, from pos on, up to n. */
static size_t begin_line(struct tree *t, size_t pos, size_t n, bool colour)
{
	size_t now = n < t->per_line ? n : t->per_line, used = OFFSET_WIDTH;

	put_offset(t, pos);
	if (t->page->options->hex) {
		put_octets(t, pos, now, colour);
		used += now > 0 ? 3 * now - 1 : 0;
	}
	ik_out_fill(&t->text->out, ' ', t->left - used);
	return now;
}

/* The octets that the first line had no room for. */
static void put_rest(struct tree *t, size_t pos, size_t n, size_t done, bool colour)
{
	while (t->page->options->hex && done < n) {
		size_t now = n - done < t->per_line ? n - done : t->per_line;

		put_offset(t, pos + done);
		put_octets(t, pos + done, now, colour);
		ik_text_blank(t->text);
		done += now;
	}
}

/* ---- names and values --------------------------------------------------------------------- */

/* The name at its depth; the value begins a paragraph in its own column, or behind the name where
 * the octets have taken the room for that. */
static void put_name(struct tree *t, unsigned depth, const char *name, bool colour)
{
	struct ik_text *text = t->text;
	bool hex = t->page->options->hex;
	size_t indent = (hex ? 1 : 2) * (size_t)depth, end = indent + strlen(name);
	size_t column = hex || end + 2 > VALUE_COLUMN ? end + 2 : VALUE_COLUMN;

	ik_out_fill(&text->out, ' ', indent);
	if (colour && hex && text->opt.colour)
		ik_out_puts(&text->out, colours[t->colour % COLOURS]);
	ik_out_puts(&text->out, name);
	if (colour && hex && text->opt.colour)
		ik_out_puts(&text->out, "\033[0m");
	ik_out_fill(&text->out, ' ', column - end);
	ik_text_begin(text, 0, t->left + (hex ? indent + 4 : VALUE_COLUMN));
	text->column = t->left + column;
}

static void put_length(struct tree *t, size_t n)
{
	ik_text_printf(t->text, n == 1 ? " (%zu octet)" : " (%zu octets)", n);
}

/* Octets as one word, as far as they fit on the line. */
static void put_hex_value(struct tree *t, const struct ik_field *f)
{
	size_t room = t->text->opt.width > t->text->column + 18
	                      ? (t->text->opt.width - t->text->column - 18) / 2
	                      : 8;
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);
	bool whole = f->len <= room + 8 && f->len <= 64;
	size_t n = whole ? f->len : room < 64 ? room : 64;

	if (whole && f->len > room)
		n = room;
	ik_buf_hex(&b, t->octets + f->pos, n < f->len ? n : f->len);
	ik_text_puts(t->text, text);
	if (n < f->len)
		ik_text_puts(t->text, "...");
}

static void put_octets_value(struct tree *t, const struct ik_field *f)
{
	if (!t->page->options->hex)
		put_hex_value(t, f);
	if (f->len != 8 || t->page->options->hex)
		put_length(t, f->len);
	if (f->text != NULL) {
		ik_text_puts(t->text, " ");
		ik_text_puts(t->text, f->text);
	}
}

/* RFC 2409 App. A and RFC 2407 4.5: a life duration counts what the life type before it says. */
static bool is_seconds(struct tree *t, size_t i)
{
	const struct ik_field *f = &t->d->fields.row[i], *group = i > 0 ? f - 1 : f;
	const char *name = ik_field_text(group);

	if (group->kind != IK_FIELD_GROUP || name == NULL || f->kind == IK_FIELD_OCTETS)
		return false;
	if (strstr(name, "Life Type") != NULL)
		t->life_type = f->value;
	return strstr(name, "Life Duration") != NULL && t->life_type == 1;
}

/* Characters of a text that stand in so many columns, no escape and no character of UTF-8 broken.
 */
static size_t fitting(const char *s, size_t columns)
{
	size_t n = 0;

	while (s[n] != '\0') {
		size_t one = s[n] == '\\' ? (s[n + 1] == 'x' ? 4 : 2) : 1;

		if (columns < one)
			break;
		columns -= one;
		for (; one > 0 && s[n] != '\0'; one--)
			n++;
		while (((uint8_t)s[n] & 0xc0) == 0x80)
			n++;
	}
	return n;
}

/* Text of the wire: what is longer than a line goes on in the next. */
static void put_long(struct tree *t, const char *s)
{
	size_t room = t->text->opt.width - t->text->column;
	char line[4 * 256];

	while (*s != '\0') {
		size_t n = fitting(s, room < 200 ? room : 200);
		struct ik_buf b = IK_BUF_ON(line);

		if (n == 0)
			n = strlen(s); /* no room at all: as it is */
		ik_buf_putn(&b, s, n);
		ik_text_puts(t->text, line);
		s += n;
		if (*s != '\0')
			ik_text_puts(t->text, " ");
		room = t->text->opt.width - t->text->hang;
	}
}

static void put_value(struct tree *t, size_t i)
{
	const struct ik_field *f = &t->d->fields.row[i];
	char text[4096];
	struct ik_buf b = IK_BUF_ON(text);

	if (f->kind == IK_FIELD_OCTETS) {
		put_octets_value(t, f);
		return;
	}
	ik_dissect_value(&b, f, &t->d->msg, t->octets, is_seconds(t, i));
	if (f->kind == IK_FIELD_TEXT || f->kind == IK_FIELD_WORDS)
		put_long(t, text);
	else
		ik_text_puts(t->text, text);
	if (b.cut)
		ik_text_puts(t->text, " ...");
	if (f->kind == IK_FIELD_GROUP)
		put_length(t, f->len);
}

/* ---- anomalies ---------------------------------------------------------------------------- */

static void put_anomaly(struct tree *t, const struct ik_anomaly *a, unsigned depth)
{
	static const enum ik_style styles[] = {
	        [IK_NOTE] = IK_PLAIN, [IK_WARNING] = IK_YELLOW, [IK_ERROR] = IK_RED};
	const struct ik_anomaly_info *info = ik_anomaly_info(a->code);
	unsigned major = t->d->msg.major;

	put_offset(t, a->offset);
	ik_text_begin(t->text, t->left + 2 * (size_t)depth - OFFSET_WIDTH,
	              t->left + 2 * (size_t)depth + 2);
	t->text->column += OFFSET_WIDTH;
	ik_text_style(t->text, styles[info->severity]);
	ik_text_puts(t->text, "! ");
	ik_text_puts(t->text, ik_severity_name(info->severity));
	ik_text_puts(t->text, " ");
	ik_text_puts(t->text, info->name);
	ik_text_puts(t->text, ": ");
	ik_text_puts(t->text, info->text);
	ik_text_style(t->text, IK_PLAIN);
	if (a->code == IK_PAYLOAD_MISSING && ik_payload_row(major, a->payload) != NULL)
		ik_text_printf(t->text, ": %s", ik_payload_row(major, a->payload)->name);
	ik_text_printf(t->text, "; got %lu, expected %lu, at octet %zu of the message, ",
	               (unsigned long)a->got, (unsigned long)a->expected, (size_t)a->offset);
	ik_text_puts(t->text, ik_anomaly_reference(a, major));
	ik_text_end(t->text);
}

static void put_anomalies(struct tree *t, size_t i, unsigned depth)
{
	for (size_t k = 0; k < t->d->msg.n_anomaly; k++)
		if (t->beside[k] == i)
			put_anomaly(t, &t->d->msg.anomaly[k], depth);
}

/* ---- the tree ----------------------------------------------------------------------------- */

/* Octets that no field has, such as what is reserved. */
static void put_gap(struct tree *t, size_t end, unsigned depth)
{
	size_t n = end - t->shown, done;

	if (!t->page->options->hex || end <= t->shown)
		return;
	done = begin_line(t, t->shown, n, false);
	put_name(t, depth, "(no field)", false);
	put_length(t, n);
	ik_text_end(t->text);
	put_rest(t, t->shown, n, done, false);
	t->shown = end;
}

/* The octets that stand beside field i: of a container those in front of its first field, of a part
 * of an octet none. */
static size_t own_octets(const struct tree *t, size_t i)
{
	const struct ik_field *f = &t->d->fields.row[i];
	size_t end = f->pos + (size_t)f->len;

	if (f->kind == IK_FIELD_GROUP && i + 1 < t->d->fields.n &&
	    t->d->fields.row[i + 1].depth > f->depth)
		end = t->d->fields.row[i + 1].pos;
	if (f->pos < t->shown || end < f->pos)
		return 0;
	return end <= t->d->msg.captured ? end - f->pos : t->d->msg.captured - f->pos;
}

static void put_row(struct tree *t, size_t i)
{
	const struct ik_field *f = &t->d->fields.row[i];
	bool group = f->kind == IK_FIELD_GROUP;
	size_t own, done;

	if (f->pos > t->shown)
		put_gap(t, f->pos, f->depth);
	own = own_octets(t, i);
	done = begin_line(t, f->pos, own, true);
	if (group && f->depth == 0)
		ik_text_style_now(t->text, IK_BOLD);
	put_name(t, f->depth, f->name, !group);
	if (group && f->depth == 0)
		ik_text_style_now(t->text, IK_PLAIN);
	put_value(t, i);
	ik_text_end(t->text);
	put_rest(t, f->pos, own, done, true);
	t->shown += own > 0 && f->pos + own > t->shown ? f->pos + own - t->shown : 0;
	t->colour += own > 0;
	put_anomalies(t, i, f->depth + 1U);
}

static void put_tree(struct ik_dissect_page *page, const struct ik_decoded *d,
                     const uint8_t *octets, size_t base)
{
	struct tree t = {.page = page,
	                 .text = page->text,
	                 .d = d,
	                 .octets = octets,
	                 .base = base,
	                 .per_line = page->text->opt.width >= WIDE ? OCTETS_WIDE : OCTETS_NARROW};

	t.left = OFFSET_WIDTH + (page->options->hex ? 3 * t.per_line + 1 : 2);
	for (size_t k = 0; k < d->msg.n_anomaly; k++)
		t.beside[k] = ik_anomaly_field(d, &d->msg.anomaly[k]);
	for (size_t i = 0; i < d->fields.n; i++)
		put_row(&t, i);
	put_gap(&t, d->msg.captured, 0);
	put_anomalies(&t, d->fields.n, 0);
	if (d->msg.anomalies > d->msg.n_anomaly) {
		ik_text_begin(page->text, 2, 4);
		ik_text_printf(page->text, "%u more anomalies are not shown.",
		               (unsigned)d->msg.anomalies - d->msg.n_anomaly);
		ik_text_end(page->text);
	}
	if (d->cut > 0) {
		ik_text_begin(page->text, 2, 4);
		ik_text_printf(page->text, "%llu more fields are not shown.",
		               (unsigned long long)d->cut);
		ik_text_end(page->text);
	}
}

/* ---- the heading of a message ------------------------------------------------------------- */

static void put_places(struct ik_text *t, const uint64_t *frame, size_t n)
{
	size_t shown = 0;

	for (size_t i = 0; i < n; i++) {
		if (frame[i] == 0)
			continue;
		if (shown == FRAMES_SHOWN) {
			ik_text_printf(t, " to %llu", (unsigned long long)frame[n - 1]);
			return;
		}
		ik_text_printf(t, shown++ > 0 ? ", %llu" : " %llu", (unsigned long long)frame[i]);
	}
}

static void put_place(struct ik_text *t, const struct ikescope_at *at)
{
	char text[64];
	struct ik_buf b = IK_BUF_ON(text);

	ik_text_place(t, &b, at);
	ik_text_puts(t, text);
}

/* "Frame 12  01-31 09:14:23.441  192.0.2.1:500 -> 198.51.100.1:500" */
static void put_first_line(struct ik_text *t, const struct ik_dissected *m)
{
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);

	ik_text_begin(t, 0, 2);
	ik_text_style(t, IK_BOLD);
	ik_buf_puts(&b, "Frame ");
	ik_text_place(t, &b, &m->at);
	ik_buf_puts(&b, ", ");
	ik_text_time(t, &b, m->time);
	ik_buf_puts(&b, ", ");
	ik_buf_endpoint(&b, &m->source);
	ik_buf_puts(&b, " -> ");
	ik_buf_endpoint(&b, &m->destination);
	ik_text_puts(t, text);
	ik_text_puts(t, m->tcp ? ", TCP" : "");
	if (m->domain != NULL) {
		ik_text_puts(t, ", ");
		ik_text_wire(t, m->domain);
	}
	ik_text_style(t, IK_PLAIN);
	ik_text_end(t);
}

static void put_second_line(struct ik_dissect_page *p, const struct ik_dissected *m,
                            const struct ik_msg *msg)
{
	struct ik_text *t = p->text;
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);

	ik_dissect_what(&b, msg);
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, text);
	ik_text_printf(t, ", %zu octets", m->length);
	if (m->captured < m->length)
		ik_text_printf(t, " (%zu of them here)", m->captured);
	if (p->options->select != NULL)
		ik_text_printf(t, ", negotiation #%llu",
		               (unsigned long long)p->options->select->id);
	ik_text_end(t);
}

static void put_copy(struct ik_text *t, const struct ik_mark *mark)
{
	ik_text_begin(t, 2, 4);
	ik_text_style(t, IK_YELLOW);
	ik_text_puts(t, mark->mirror ? "Mirror duplicate of frame " : "Retransmission of frame ");
	put_place(t, &mark->same);
	ik_text_puts(t, mark->mirror ? ": the same packet." : ": the same octets.");
	ik_text_style(t, IK_PLAIN);
	ik_text_end(t);
}

static void put_guess(struct ik_text *t, const struct ik_guess *g, const char *by)
{
	if (g->n == 0)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "The sender, a guess by %s: ", by);
	for (size_t i = 0; i < g->n; i++) {
		ik_text_puts(t, i == 0 ? "" : i + 1 < g->n ? ", " : " or ");
		ik_text_puts(t, g->name[i]);
	}
	ik_text_end(t);
}

static void put_guesses(struct ik_text *t, const struct ik_dissected *m, const struct ik_msg *msg)
{
	const struct ik_guess vendor = ik_guess_by_vendor_ids(msg), order = ik_guess_by_order(msg);

	put_guess(t, &vendor, "its vendor ids");
	put_guess(t, &order,
	          msg->major == 1 ? "the order of its vendor ids" : "the order of its notifies");
	put_guess(t, &m->mark.repeats, "the gaps between its copies");
}

static void put_fragment(struct ik_dissect_page *p, const struct ik_dissected *m,
                         const struct ik_msg *msg)
{
	const struct ik_mark_set *s = m->set;
	struct ik_text *t = p->text;
	unsigned total = msg->frag_total != 0 ? msg->frag_total : s != NULL ? s->total : 0U;

	ik_text_begin(t, 2, 4);
	ik_text_style(t, IK_YELLOW);
	ik_text_printf(t, "Fragment %u", msg->frag_number);
	if (total != 0)
		ik_text_printf(t, " of %u", total);
	if (s != NULL && s->whole) {
		ik_text_puts(t, ", reassembled with frame ");
		put_place(t, &s->whole_at);
		ik_text_puts(t, ".");
	} else {
		ik_text_puts(t, "; the others were not seen, or too late to be named here.");
	}
	ik_text_style(t, IK_PLAIN);
	ik_text_end(t);
}

static void put_pieces(struct ik_dissect_page *p, const struct ik_dissected *m)
{
	struct ik_text *t = p->text;

	if (m->placed && !m->lacking)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, m->lacking ? "An IP datagram that lacks fragments; here are those of frames"
	                : m->tcp   ? "Reassembled from TCP segments in frames"
	                           : "Reassembled from IP fragments in frames");
	put_places(t, m->frames, m->n_frames);
	ik_text_puts(t, ". Offsets count from the message.");
	ik_text_end(t);
}

static void put_cipher(struct ik_text *t, const struct ik_dissected *m)
{
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, "Encrypted with ");
	ik_text_puts(t, m->cipher);
	ik_text_puts(t, ", as IKE_SA_INIT agreed.");
	ik_text_end(t);
}

/* The message that this fragment makes whole. */
static void put_reassembled(struct ik_dissect_page *p, const struct ik_dissected *m,
                            const struct ik_decoded *inner)
{
	const struct ik_mark_set *s = m->set;
	struct ik_text *t = p->text;

	if (s == NULL || !s->whole || s->whole_at.frame != m->at.frame ||
	    s->whole_at.capture != m->at.capture)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_style(t, IK_BOLD);
	ik_text_puts(t, "Reassembled from the fragments in frames");
	put_places(t, s->frame, s->total);
	ik_text_printf(t, ": %lu octets", (unsigned long)s->octets);
	if (s->major != 1) {
		char text[96];
		struct ik_buf b = IK_BUF_ON(text);

		ik_iana_put(&b, &ik_reg_v2_payload_types, s->inner);
		ik_text_puts(t, " with IVs, padding and ICVs, encrypted; the first payload is ");
		ik_text_puts(t, text);
	} else if (inner != NULL) {
		ik_text_puts(t, ". Offsets count from the message.");
	}
	ik_text_style(t, IK_PLAIN);
	ik_text_end(t);
	if (inner != NULL)
		put_tree(p, inner, m->joined, 0);
}

/* In front of the first message: what the times and the numbers on the left are. */
static void put_preamble(struct ik_dissect_page *p)
{
	struct ik_text *t = p->text;
	char zone[32];
	struct ik_buf b = IK_BUF_ON(zone);

	ik_text_zone(t, &b);
	ik_text_begin(t, 0, 0);
	if (t->opt.relative)
		ik_text_puts(t, "Times are seconds since the first packet.");
	else
		ik_text_printf(t, "Times are %s.", zone);
	ik_text_puts(t, " In front of each field: its offset in the frame, hexadecimal");
	ik_text_puts(t, p->options->hex ? ", and its octets." : ".");
	ik_text_end(t);
}

void ik_dissect_text_message(struct ik_dissect_page *p, const struct ik_dissected *m,
                             const struct ik_decoded *outer, const struct ik_decoded *inner)
{
	struct ik_text *t = p->text;

	if (p->shown == 1)
		put_preamble(p);
	ik_text_blank(t);
	put_first_line(t, m);
	put_second_line(p, m, &outer->msg);
	if (m->mark.same.frame != 0)
		put_copy(t, &m->mark);
	put_guesses(t, m, &outer->msg);
	if (outer->msg.frag_number != 0)
		put_fragment(p, m, &outer->msg);
	put_pieces(p, m);
	if (m->known)
		put_cipher(t, m);
	put_tree(p, outer, m->octets, m->placed ? m->offset : 0);
	put_reassembled(p, m, inner);
}

/* ---- the document ------------------------------------------------------------------------- */

void ik_dissect_text_end(struct ik_dissect_page *p)
{
	struct ik_text *t = p->text;

	if (p->shown > 0)
		ik_text_blank(t);
	ik_text_begin(t, 0, 2);
	if (p->options->select != NULL && !p->options->select->found)
		ik_text_printf(t, "There is no negotiation #%llu here. ",
		               (unsigned long long)p->options->select->id);
	ik_text_printf(t, "IKE messages: %llu", (unsigned long long)p->messages);
	if (p->shown != p->messages)
		ik_text_printf(t, ", shown: %llu", (unsigned long long)p->shown);
	ik_text_end(t);
	for (size_t i = 0; i < p->n_limits; i++) {
		ik_text_begin(t, 0, 2);
		ik_text_printf(t, "The limit %s=%llu was reached: %llu lost.", p->limits[i].name,
		               (unsigned long long)p->limits[i].value,
		               (unsigned long long)p->limits[i].lost);
		ik_text_end(t);
	}
}
