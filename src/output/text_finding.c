/*
 * One finding as text: what, how sure, on which frames, what else it could be, what boxes print of
 * it, what to type.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/names.h"
#include "output/text.h"

/* Frames of one piece of evidence that are named; the rest are counted. */
#define NAMED_FRAMES 8

struct vendor {
	const char *word;    /* in a remedy */
	const char *heading; /* on the page */
	const char *brief;   /* before a line that the box prints */
	const char *product; /* the name of the implementation begins so */
	const char *maker;   /* or is this and no more */
};

/* In the order of printing, after those whose implementation was recognised. */
/* clang-format off */
static const struct vendor vendors[] = {
	{"cisco-ios",  "Cisco IOS, IOS-XE", "IOS",        "Cisco IOS",  "Cisco"},
	{"cisco-asa",  "Cisco ASA",         "ASA",        "Cisco ASA",  "Cisco"},
	{"strongswan", "strongSwan",        "strongSwan", "strongSwan", ""},
	{"libreswan",  "libreswan",         "libreswan",  "libreswan",  ""},
	{"any",        "Anywhere",          "any box",    NULL,         ""},
};
/* clang-format on */
#define VENDORS (sizeof(vendors) / sizeof(vendors[0]))

static bool made_by(const struct ikescope_party *p, const struct vendor *v)
{
	return p->implementation != NULL && v->product != NULL &&
	       (strncmp(p->implementation, v->product, strlen(v->product)) == 0 ||
	        strcmp(p->implementation, v->maker) == 0);
}

static bool recognised(const struct ikescope_negotiation *n, const struct vendor *v)
{
	return n != NULL && (made_by(&n->initiator, v) || made_by(&n->responder, v));
}

void ik_text_commands(struct ik_text *t, const char *text, size_t indent)
{
	while (text != NULL && *text != '\0') {
		char line[512];
		size_t n = strcspn(text, "\n"), part = n < sizeof(line) - 1 ? n : sizeof(line) - 1;
		size_t depth = strspn(text, " ");

		memcpy(line, text, part);
		line[part] = '\0';
		ik_text_begin(t, indent + depth, indent + depth + 4);
		ik_text_wire(t, line + (depth < part ? depth : part));
		ik_text_end(t);
		text += part;
		text += *text == '\n';
	}
}

static void vendor_remedies(struct ik_text *t, const struct ikescope_remedy *r, size_t count,
                            const char *word, const char *heading, size_t indent)
{
	bool headed = false;

	for (size_t i = 0; i < count; i++) {
		if (strcmp(r[i].vendor, word) != 0)
			continue;
		if (!headed) {
			ik_text_begin(t, indent, indent);
			ik_text_style(t, IK_BOLD);
			ik_text_wire(t, heading);
			ik_text_puts(t, ":");
			ik_text_style(t, IK_PLAIN);
			ik_text_end(t);
		}
		headed = true;
		ik_text_commands(t, r[i].text, indent + 2);
	}
}

static bool listed(const char *word)
{
	for (size_t v = 0; v < VENDORS; v++)
		if (strcmp(vendors[v].word, word) == 0)
			return true;
	return false;
}

void ik_text_remedies(struct ik_text *t, const struct ikescope_remedy *r, size_t count,
                      const struct ikescope_negotiation *n, size_t indent)
{
	for (int known = 1; known >= 0; known--)
		for (size_t v = 0; v < VENDORS; v++)
			if (recognised(n, &vendors[v]) == (known == 1))
				vendor_remedies(t, r, count, vendors[v].word, vendors[v].heading,
				                indent);
	for (size_t i = 0; i < count; i++)
		if (!listed(r[i].vendor))
			vendor_remedies(t, &r[i], 1, r[i].vendor, r[i].vendor, indent);
}

/* The time of a frame, where the ladder of its negotiation knows it. */
static ikescope_time time_of(const struct ikescope_negotiation *n, const struct ikescope_at *at)
{
	for (size_t i = 0; n != NULL && i < n->n_steps; i++) {
		const struct ikescope_step *s = &n->steps[i];

		if (s->first.capture == at->capture && s->first.frame == at->frame)
			return s->first_time;
		if (s->last.capture == at->capture && s->last.frame == at->frame)
			return s->last_time;
	}
	return IKESCOPE_TIME_NONE;
}

void ik_text_frames(const struct ik_text *t, struct ik_buf *b, const struct ikescope_evidence *e)
{
	struct ikescope_at at = e->at;

	if (e->n_frames < 2)
		ik_text_place(t, b, &at);
	for (size_t i = 0; e->n_frames > 1 && i < e->n_frames && i < NAMED_FRAMES; i++) {
		at.frame = e->frames[i];
		ik_buf_puts(b, i > 0 ? ", " : "");
		ik_text_place(t, b, &at);
	}
	if (e->n_frames > NAMED_FRAMES)
		ik_buf_printf(b, " and %zu more", e->n_frames - NAMED_FRAMES);
}

static void frames(struct ik_text *t, const struct ikescope_evidence *e)
{
	if (e->n_frames < 2) {
		char place[48];
		struct ik_buf b = IK_BUF_ON(place);

		ik_text_place(t, &b, &e->at);
		ik_text_printf(t, "frame %s", place);
		return;
	}
	ik_text_puts(t, t->captures > 1 ? "" : "frames ");
	if (t->captures > 1)
		ik_text_printf(t, "capture %u frames ", e->at.capture);
	for (size_t i = 0; i < e->n_frames && i < NAMED_FRAMES; i++)
		ik_text_printf(t, i == 0 ? "%llu" : ", %llu", (unsigned long long)e->frames[i]);
	if (e->n_frames > NAMED_FRAMES)
		ik_text_printf(t, " and %zu more", e->n_frames - NAMED_FRAMES);
}

void ik_text_evidence(struct ik_text *t, const struct ikescope_evidence *e,
                      const struct ikescope_negotiation *n, size_t indent)
{
	ikescope_time time = time_of(n, &e->at);

	ik_text_begin(t, indent, indent + 2);
	ik_text_puts(t, "- ");
	if (e->at.frame != 0) {
		frames(t, e);
		if (time != IKESCOPE_TIME_NONE) {
			char text[48];
			struct ik_buf b = IK_BUF_ON(text);

			ik_text_time(t, &b, time);
			ik_text_printf(t, t->opt.relative ? " (%s s)" : " (%s)", text);
		}
		ik_text_puts(t, ": ");
	}
	ik_text_wire(t, e->text);
	ik_text_end(t);
}

static bool in_favour(const struct ikescope_finding *f)
{
	for (size_t i = 0; i < f->n_candidates; i++)
		if (f->candidates[i].in_favour != NULL)
			return true;
	return false;
}

static void candidates(struct ik_text *t, const struct ikescope_finding *f, size_t indent)
{
	if (f->n_candidates == 0)
		return;
	ik_text_line(t, indent,
	             f->together    ? "More exactly:"
	             : in_favour(f) ? "The packets cannot tell these apart:"
	                            : "What looks alike, and why it is not that:");
	for (size_t i = 0; i < f->n_candidates; i++) {
		const struct ikescope_candidate *c = &f->candidates[i];

		ik_text_begin(t, indent + 2, indent + 6);
		ik_text_wire(t, c->slug);
		if (c->in_favour != NULL) {
			ik_text_puts(t, f->together ? ": " : "; for it: ");
			ik_text_wire(t, c->in_favour);
		}
		if (c->against != NULL) {
			ik_text_puts(t, "; against it: ");
			ik_text_wire(t, c->against);
		}
		ik_text_end(t);
	}
}

static void would_raise(struct ik_text *t, const struct ikescope_finding *f, size_t indent)
{
	const char *between = "What would make this surer: ";

	for (size_t i = 0; i < f->n_recapture; i++) {
		ik_text_begin(t, indent, indent + 2);
		ik_text_wire(t, f->recapture[i].line);
		ik_text_end(t);
	}
	if (f->n_would_raise <= f->n_recapture)
		return;
	ik_text_begin(t, indent, indent + 2);
	for (size_t i = f->n_recapture; i < f->n_would_raise; i++) {
		ik_text_puts(t, between);
		ik_text_wire(t, f->would_raise[i]);
		between = "; ";
	}
	ik_text_end(t);
}

/* "IOS responder: no offers accepted!" */
static void box_lines(struct ik_text *t, const struct ikescope_box_line *line, size_t count,
                      const struct ikescope_negotiation *n, const struct vendor *v, size_t indent)
{
	size_t left = recognised(n, v) ? count : 1;

	for (size_t i = 0; i < count && left > 0; i++) {
		if (strcmp(line[i].vendor, v->word) != 0)
			continue;
		left--;
		ik_text_begin(t, indent, indent + 2);
		ik_text_puts(t, v->brief);
		if (line[i].role != IKESCOPE_ROLE_UNKNOWN)
			ik_text_printf(t, " %s", ikescope_role_name(line[i].role));
		ik_text_puts(t, ": ");
		ik_text_wire(t, line[i].text);
		ik_text_end(t);
	}
}

void ik_text_on_box(struct ik_text *t, const struct ikescope_box_line *line, size_t count,
                    const struct ikescope_negotiation *n, size_t indent)
{
	if (count == 0)
		return;
	ik_text_line(t, indent, "On the box you would see:");
	for (size_t v = 0; v < VENDORS; v++)
		box_lines(t, line, count, n, &vendors[v], indent + 2);
}

/* "Failure (likely): The responder could not ... [psk-mismatch-mm]" */
void ik_text_headline(struct ik_text *t, const struct ikescope_finding *f, size_t indent)
{
	static const char *const word[] = {"Note", "Warning", "Failure"};
	static const enum ik_style style[] = {IK_BOLD, IK_YELLOW, IK_RED};

	ik_text_begin(t, indent, indent + 2);
	ik_text_style(t, style[f->severity]);
	ik_text_printf(t, "%s (%s):", word[f->severity], ikescope_claim_name(f->claim));
	ik_text_style(t, IK_PLAIN);
	ik_text_puts(t, " ");
	ik_text_wire(t, f->summary);
	ik_text_puts(t, " ");
	ik_text_style(t, IK_DIM);
	ik_text_puts(t, "[");
	ik_text_wire(t, f->slug);
	ik_text_puts(t, "]");
	ik_text_style(t, IK_PLAIN);
	ik_text_end(t);
}

/* "under dpd-unanswered in #1" */
static void place_told(struct ik_text *t, const struct ik_told_row *row)
{
	ik_text_puts(t, "under ");
	ik_text_wire(t, row->slug);
	if (row->negotiation != 0)
		ik_text_printf(t, " in #%llu", (unsigned long long)row->negotiation);
	else
		ik_text_puts(t, " above");
}

/* Where something with this digest stands already; else NULL, and it stands here from now on. */
static const struct ik_told_row *told(struct ik_text *t, uint64_t digest,
                                      const struct ikescope_negotiation *n, const char *slug)
{
	const struct ik_told_row *row = ik_told_find(&t->told, digest);

	if (t->opt.verbose)
		return NULL;
	if (row == NULL)
		ik_told_add(&t->told, digest, n != NULL ? n->id : 0, slug);
	return row;
}

static void as_told(struct ik_text *t, const char *what, const struct ik_told_row *row,
                    size_t indent)
{
	ik_text_begin(t, indent, indent + 2);
	ik_text_puts(t, what);
	ik_text_puts(t, ": as ");
	place_told(t, row);
	ik_text_end(t);
}

void ik_text_advice(struct ik_text *t, const struct ik_advice *a,
                    const struct ikescope_negotiation *n, size_t indent)
{
	const struct ik_told_row *row;

	if (a->n_on_box > 0) {
		row = told(t, ik_told_lines(a->on_box, a->n_on_box), n, a->slug);
		if (row != NULL)
			as_told(t, "On the box you would see", row, indent);
		else
			ik_text_on_box(t, a->on_box, a->n_on_box, n, indent);
	}
	if (a->n_remedies > 0) {
		row = told(t, ik_told_remedies(a->remedies, a->n_remedies), n, a->slug);
		if (row != NULL)
			as_told(t, "What to do", row, indent);
		else
			ik_text_remedies(t, a->remedies, a->n_remedies, n, indent);
	}
}

void ik_text_finding(struct ik_text *t, const struct ikescope_finding *f,
                     const struct ikescope_negotiation *n, size_t indent)
{
	const struct ik_advice advice = {f->slug, f->on_box, f->n_on_box, f->remedies,
	                                 f->n_remedies};

	ik_text_headline(t, f, indent);
	for (size_t i = 0; i < f->n_evidence; i++)
		ik_text_evidence(t, &f->evidence[i], n, indent + 2);
	candidates(t, f, indent + 2);
	would_raise(t, f, indent + 2);
	ik_text_advice(t, &advice, n, indent + 2);
}
