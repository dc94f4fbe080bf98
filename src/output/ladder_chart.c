/*
 * One negotiation as a chart. Below each arrow stands what the message carried, when it was sent
 * again, that no answer came, and what was found out from it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "output/ladder.h"

/* Retransmissions whose times are named; findings that are set beside a message, the rest stand at
 * the end. */
#define NAMED_COPIES 8
#define FINDINGS     64

/* Liveness and notices without news: of a longer run the first and last are drawn. */
#define RUN_LEAST 8
#define RUN_EDGE  2

#define INIT          "IKE_SA_INIT"
#define INFORMATIONAL "INFORMATIONAL"

struct chart {
	struct ik_ladder *l;
	struct ik_text *t;
	const struct ikescope_negotiation *n;
	size_t beside[FINDINGS]; /* step of each finding; n_steps: none */
	size_t stall;            /* step that stands still, or n_steps */
	bool both_heard;         /* messages of both sides were captured */
};

static bool same_place(const struct ikescope_at *a, const struct ikescope_at *b)
{
	return a->capture == b->capture && a->frame == b->frame;
}

/* ---- where things belong ----------------------------------------------------------------- */

static bool is_frame_of(const struct ikescope_step *s, const struct ikescope_at *at)
{
	if (same_place(&s->first, at) || same_place(&s->last, at))
		return true;
	for (size_t i = 0; i < s->n_again; i++)
		if (same_place(&s->again[i].at, at))
			return true;
	return false;
}

static size_t step_at(const struct ikescope_negotiation *n, const struct ikescope_at *at)
{
	for (size_t i = 0; i < n->n_steps; i++)
		if (is_frame_of(&n->steps[i], at))
			return i;
	return n->n_steps;
}

/* The last message that began no later than a frame, which is none of a message. */
static size_t step_before(const struct ikescope_negotiation *n, const struct ikescope_at *at)
{
	for (size_t i = n->n_steps; i-- > 0;)
		if (n->steps[i].first.capture == at->capture &&
		    n->steps[i].first.frame <= at->frame)
			return i;
	return n->n_steps;
}

/* The message that a finding rests on: the first that its evidence names. */
static size_t step_of(const struct ikescope_negotiation *n, const struct ikescope_finding *f)
{
	size_t step = n->n_steps;

	for (size_t i = 0; i < f->n_evidence && step == n->n_steps; i++)
		step = step_at(n, &f->evidence[i].at);
	for (size_t i = 0; i < f->n_evidence && step == n->n_steps; i++)
		if (f->evidence[i].at.frame != 0)
			step = step_before(n, &f->evidence[i].at);
	return step;
}

static void place_all(struct chart *c)
{
	const struct ikescope_negotiation *n = c->n;

	c->stall = n->n_steps;
	if (n->has_stall && n->stall.has_by)
		c->stall = step_at(n, &n->stall.by);
	if (n->has_stall && c->stall == n->n_steps)
		c->stall = step_at(n, &n->stall.at);
	for (size_t i = 1; i < n->n_steps; i++)
		c->both_heard |= n->steps[i].from != n->steps[0].from;
	for (size_t i = 0; i < n->n_findings && i < FINDINGS; i++)
		c->beside[i] = step_of(n, &n->findings[i]);
}

/* ---- the heading ------------------------------------------------------------------------- */

static void endpoint(const struct ik_ladder *l, struct ik_buf *b, const struct ikescope_endpoint *e)
{
	ik_buf_endpoint(b, e);
	if (b->len <= l->t->opt.width)
		return;
	ik_buf_reset(b);
	ik_buf_address(b, &e->addr);
}

/* "initiator, behind NAT" */
static void role(struct ik_buf *b, const char *name, const struct ikescope_party *p)
{
	ik_buf_puts(b, name);
	if (p->behind_nat == IKESCOPE_YES)
		ik_buf_puts(b, ", behind NAT");
}

static void inside(struct ik_buf *b, const struct ikescope_party *p)
{
	if (p->inside.family == 0)
		return;
	ik_buf_puts(b, "inside ");
	ik_buf_address(b, &p->inside);
}

static void head(struct chart *c)
{
	const struct ikescope_party *i = &c->n->initiator, *r = &c->n->responder;
	char left[80], right[80];
	struct ik_buf a = IK_BUF_ON(left), b = IK_BUF_ON(right);

	endpoint(c->l, &a, &i->endpoint);
	endpoint(c->l, &b, &r->endpoint);
	ik_ladder_head(c->l, left, right);
	ik_buf_reset(&a);
	ik_buf_reset(&b);
	role(&a, "initiator", i);
	role(&b, "responder", r);
	ik_ladder_sides(c->l, left, right);
	ik_harmless(left, sizeof(left), i->implementation != NULL ? i->implementation : "");
	ik_harmless(right, sizeof(right), r->implementation != NULL ? r->implementation : "");
	ik_ladder_sides(c->l, left, right);
	ik_buf_reset(&a);
	ik_buf_reset(&b);
	inside(&a, i);
	inside(&b, r);
	ik_ladder_sides(c->l, left, right);
}

/* ---- below an arrow ---------------------------------------------------------------------- */

static void begin(struct chart *c, enum ik_style style)
{
	size_t indent = ik_ladder_indent(c->l);

	ik_text_begin(c->t, indent, indent + 2);
	ik_text_style(c->t, style);
}

static void end(struct chart *c)
{
	ik_text_style(c->t, IK_PLAIN);
	ik_text_end(c->t);
}

/* " in 2 of 3 IKE fragments, fragment 2 missing", " in 2 IP fragments" */
static void pieces(struct chart *c, const struct ikescope_step *s)
{
	if (s->fragments > 0) {
		ik_text_printf(c->t, " in %u", s->fragments);
		if (s->fragments_total > 0)
			ik_text_printf(c->t, " of %u", s->fragments_total);
		ik_text_puts(c->t, " IKE fragments");
	}
	if (s->fragment_missing != 0)
		ik_text_printf(c->t, ", fragment %u missing", s->fragment_missing);
	if (s->ip_fragments > 1)
		ik_text_printf(c->t, " in %u IP fragments", s->ip_fragments);
}

/* "316 octets in 2 IP fragments: SA AES-CBC 256, SHA, group 14; nonce; NAT-D" */
static void content(struct chart *c, const struct ikescope_step *s)
{
	bool carries = s->carries != NULL && s->carries[0] != '\0';

	if (s->length == 0 && s->fragments == 0 && !s->encrypted && !carries)
		return;
	begin(c, IK_DIM);
	if (s->length > 0)
		ik_text_printf(c->t, "%u octets", s->length);
	else
		ik_text_puts(c->t, "IKE fragments");
	pieces(c, s);
	ik_text_puts(c->t, s->encrypted ? ", encrypted" : "");
	if (carries) {
		ik_text_puts(c->t, s->encrypted ? ", " : ": ");
		ik_text_wire(c->t, s->carries);
	}
	end(c);
}

/* "again at +4.0, +11.2, +24.2 s" */
static void again(struct chart *c, const struct ikescope_step *s)
{
	char text[32];
	struct ik_buf b = IK_BUF_ON(text);
	size_t named = s->n_again < NAMED_COPIES ? s->n_again : NAMED_COPIES;

	if (s->mirror_copies > 0) {
		begin(c, IK_DIM);
		ik_text_printf(c->t, "and %u mirror duplicate%s", s->mirror_copies,
		               s->mirror_copies == 1 ? "" : "s");
		end(c);
	}
	if (s->copies < 2)
		return;
	begin(c, IK_YELLOW);
	for (size_t i = 0; i < named; i++) {
		ik_buf_reset(&b);
		ik_buf_seconds(&b, s->again[i].time - s->first_time);
		ik_text_printf(c->t, "%s +%s", i == 0 ? "again at" : ",", text);
	}
	ik_text_puts(c->t, named > 0 ? " s" : "");
	if (named + 1 < s->copies) {
		ik_buf_reset(&b);
		ik_buf_seconds(&b, s->last_time - s->first_time);
		ik_text_printf(c->t, "%s%u times in all", named > 0 ? "; " : "", s->copies);
		if (s->last_time != s->first_time)
			ik_text_printf(c->t, ", the last at +%s s", text);
	}
	end(c);
}

static bool ends_with(const char *text, const char *tail)
{
	size_t n = strlen(text), k = strlen(tail);

	return n >= k && strcmp(text + n - k, tail) == 0;
}

/* Whether an IKEv2 request has no response although the other side was heard. Those of IKE_SA_INIT
 * share an id. Responses are looked for close behind first, where they are. */
static bool unanswered(const struct chart *c, size_t i)
{
	const struct ikescope_negotiation *n = c->n;
	const struct ikescope_step *s = &n->steps[i];

	if (n->ike_version != 2 || n->steps_folded > 0 || !c->both_heard ||
	    !ends_with(s->name, " request") || strncmp(s->name, INIT, strlen(INIT)) == 0)
		return false;
	for (size_t k = (i + 1) % n->n_steps; k != i; k = (k + 1) % n->n_steps)
		if (n->steps[k].from != s->from && n->steps[k].message_id == s->message_id &&
		    ends_with(n->steps[k].name, " response"))
			return false;
	return true;
}

/* The stand still beside its message; of any other request only that its answer is not here. */
static void silence(struct chart *c, size_t i)
{
	if (i == c->stall) {
		ik_text_stop(c->t, c->n, ik_ladder_indent(c->l), c->l->glyphs->lost);
	} else if (unanswered(c, i)) {
		begin(c, IK_YELLOW);
		ik_text_puts(c->t, c->l->glyphs->lost);
		ik_text_puts(c->t, " no answer in the capture");
		end(c);
	}
}

static void findings(struct chart *c, size_t i)
{
	for (size_t k = 0; k < c->n->n_findings; k++)
		if ((k < FINDINGS ? c->beside[k] : c->n->n_steps) == i)
			ik_text_headline(c->t, &c->n->findings[k], ik_ladder_indent(c->l));
}

/* ---- events between arrows --------------------------------------------------------------- */

struct ports {
	uint16_t i, r;
};

static struct ports ports_of(const struct ikescope_step *s)
{
	return s->from == IKESCOPE_RESPONDER ? (struct ports){s->destination_port, s->source_port}
	                                     : (struct ports){s->source_port, s->destination_port};
}

static void moved_ports(struct chart *c, size_t i)
{
	struct ports now = ports_of(&c->n->steps[i]), old = ports_of(&c->n->steps[i - 1]);

	if ((now.i == old.i && now.r == old.r) || now.r == 0 || old.r == 0)
		return;
	begin(c, IK_BOLD);
	ik_text_printf(c->t, "ports %u - %u become %u - %u", old.i, old.r, now.i, now.r);
	end(c);
}

/* The path that begins with a message, if its addresses are others than before. */
static const struct ikescope_path *new_addresses(const struct chart *c, size_t i)
{
	for (size_t k = 1; k < c->n->n_paths; k++) {
		const struct ikescope_path *p = &c->n->paths[k], *before = p - 1;

		if (same_place(&p->first, &c->n->steps[i].first) &&
		    !(ik_addr_eq(&p->initiator.addr, &before->initiator.addr) &&
		      ik_addr_eq(&p->responder.addr, &before->responder.addr)))
			return p;
	}
	return NULL;
}

static void moved_addresses(struct chart *c, size_t i)
{
	const struct ikescope_path *p = new_addresses(c, i);
	char left[64], right[64];
	struct ik_buf a = IK_BUF_ON(left), b = IK_BUF_ON(right);

	if (p == NULL)
		return;
	ik_buf_address(&a, &p->initiator.addr);
	ik_buf_address(&b, &p->responder.addr);
	begin(c, IK_BOLD);
	ik_text_printf(c->t, "addresses become %s - %s", left, right);
	end(c);
}

/* ---- the rows ---------------------------------------------------------------------------- */

/* "IKE_AUTH request, id 1", "QM1, id 8f1c2d3e", "GSA_AUTH request, id 1" */
static void label(struct ik_buf *b, const struct ikescope_negotiation *n,
                  const struct ikescope_step *s)
{
	bool other = strncmp(s->name, "other ", 6) == 0;

	if (other && s->exchange != NULL)
		ik_buf_printf(b, "%s%s", s->exchange, n->ike_version == 2 ? s->name + 5 : "");
	else
		ik_buf_puts(b, s->name);
	if (n->ike_version == 2)
		ik_buf_printf(b, ", id %u", s->message_id);
	else if (s->message_id != 0)
		ik_buf_printf(b, ", id %08x", s->message_id);
}

static struct ik_ladder_row row_of(const struct ikescope_negotiation *n, size_t i)
{
	const struct ikescope_step *s = &n->steps[i];

	return (struct ik_ladder_row){
	        .at = s->first,
	        .time = s->first_time,
	        .before = i > 0 ? n->steps[i - 1].first_time : IKESCOPE_TIME_NONE,
	        .from = s->from,
	        .line = s->fragment_missing != 0 ? IK_LINE_BROKEN
	                : s->encrypted           ? IK_LINE_SEALED
	                                         : IK_LINE_CLEAR,
	        .style = IK_BOLD,
	        .label = "",
	};
}

static void step(struct chart *c, size_t i)
{
	const struct ikescope_step *s = &c->n->steps[i];
	struct ik_ladder_row row = row_of(c->n, i);
	char text[96];
	struct ik_buf b = IK_BUF_ON(text);

	ik_ladder_walls(c->l);
	if (i > 0) {
		moved_ports(c, i);
		moved_addresses(c, i);
	}
	ik_ladder_no_walls(c->l);
	label(&b, c->n, s);
	row.label = text;
	if (i == c->stall)
		row.style = IK_RED;
	if (i == 0 || s->state == NULL || c->n->steps[i - 1].state == NULL ||
	    strcmp(s->state, c->n->steps[i - 1].state) != 0)
		row.state = s->state;
	ik_ladder_arrow(c->l, &row);
	ik_ladder_walls(c->l);
	content(c, s);
	again(c, s);
	silence(c, i);
	findings(c, i);
	ik_ladder_no_walls(c->l);
}

/* A message without news: an INFORMATIONAL of which nothing else is to be said. */
static bool quiet(const struct chart *c, size_t i)
{
	const struct ikescope_step *s = &c->n->steps[i];

	if (i == 0 || i == c->stall || s->copies > 1 || s->fragment_missing != 0 || !s->encrypted ||
	    strncmp(s->name, INFORMATIONAL, strlen(INFORMATIONAL)) != 0 ||
	    ports_of(s).i != ports_of(s - 1).i || ports_of(s).r != ports_of(s - 1).r ||
	    new_addresses(c, i) != NULL || unanswered(c, i))
		return false;
	for (size_t k = 0; k < c->n->n_findings && k < FINDINGS; k++)
		if (c->beside[k] == i)
			return false;
	return true;
}

static void left_out(struct chart *c, size_t from, size_t to)
{
	char first[48], last[48];
	struct ik_buf a = IK_BUF_ON(first), b = IK_BUF_ON(last);

	ik_text_time(c->t, &a, c->n->steps[from].first_time);
	ik_text_time(c->t, &b, c->n->steps[to - 1].first_time);
	ik_ladder_walls(c->l);
	begin(c, IK_DIM);
	ik_text_printf(c->t, "... %zu more INFORMATIONAL messages, %s to %s ...", to - from, first,
	               last);
	end(c);
	ik_ladder_no_walls(c->l);
}

static void rows(struct chart *c)
{
	size_t i = 0;

	while (i < c->n->n_steps) {
		size_t run = i;

		while (run < c->n->n_steps && quiet(c, run))
			run++;
		if (run - i >= RUN_LEAST) {
			step(c, i);
			step(c, i + 1);
			left_out(c, i + RUN_EDGE, run - RUN_EDGE);
			i = run - RUN_EDGE;
		}
		for (; i < run; i++)
			step(c, i);
		if (i < c->n->n_steps)
			step(c, i++);
	}
}

/* What belongs to no message. */
static void rest(struct chart *c)
{
	const struct ikescope_negotiation *n = c->n;

	ik_ladder_walls(c->l);
	if (n->n_steps == 0) {
		begin(c, IK_DIM);
		ik_text_puts(c->t, n->outcome == IKESCOPE_ESTABLISHED
		                           ? "its messages were not kept; --limit memory keeps more"
		                           : "none of its messages was captured");
		end(c);
	}
	if (n->steps_folded > 0) {
		begin(c, IK_DIM);
		ik_text_printf(c->t, "%llu messages in between were not kept",
		               (unsigned long long)n->steps_folded);
		end(c);
	}
	if (n->has_stall && c->stall == n->n_steps)
		ik_text_stop(c->t, n, ik_ladder_indent(c->l), c->l->glyphs->lost);
	findings(c, n->n_steps);
	ik_ladder_no_walls(c->l);
}

static void columns(struct chart *c)
{
	size_t widest = 0;

	for (size_t i = 0; i < c->n->n_steps; i++) {
		struct ik_ladder_row row = row_of(c->n, i);
		size_t width = ik_ladder_delta(&row);

		widest = width > widest ? width : widest;
	}
	ik_ladder_columns(c->l, widest, true);
}

void ik_ladder_negotiation(struct ik_ladder *l, const struct ikescope_negotiation *n)
{
	struct chart c = {.l = l, .t = l->t, .n = n};

	l->left = n->initiator.endpoint.addr;
	l->right = n->responder.endpoint.addr;
	l->drawn++;
	l->drawn_all++;
	l->last_id = n->id;
	ik_text_blank(l->t);
	ik_text_heading(l->t, n);
	ik_text_when(l->t, n);
	ik_text_blank(l->t);
	columns(&c);
	place_all(&c);
	head(&c);
	rows(&c);
	rest(&c);
}
