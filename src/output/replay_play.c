/*
 * One negotiation played: each transmission in the order of time, what both ends log of it or what
 * we say of it, and the states behind it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "base/addr.h"
#include "ikescope/names.h"
#include "output/replay.h"

/* ---- states ------------------------------------------------------------------------------ */

const char *ik_replay_state(const struct ikescope_ends *ends, enum ikescope_replay_style style,
                            enum ikescope_role side)
{
	const struct ikescope_shown_as *as = &ends->shown_as;
	bool initiator = side == IKESCOPE_INITIATOR;

	switch (style) {
	case IKESCOPE_AS_IOS: return initiator ? as->ios_initiator : as->ios_responder;
	case IKESCOPE_AS_ASA: return initiator ? as->asa_initiator : as->asa_responder;
	case IKESCOPE_AS_CHARON:
		return initiator ? as->strongswan_initiator : as->strongswan_responder;
	case IKESCOPE_AS_TRACE: break;
	}
	return initiator ? ends->initiator : ends->responder;
}

const char *ik_replay_vendor(enum ikescope_replay_style style)
{
	static const char *const vendor[] = {
	        [IKESCOPE_AS_TRACE] = NULL,
	        [IKESCOPE_AS_IOS] = "cisco-ios",
	        [IKESCOPE_AS_ASA] = "cisco-asa",
	        [IKESCOPE_AS_CHARON] = "strongswan",
	};

	return vendor[style];
}

/* Whether a child came of the exchange that a message belongs to. */
static bool child_of(const struct ikescope_child *c, const struct ikescope_step *s)
{
	if (c->message_id != s->message_id)
		return false;
	if (strcmp(c->exchange, "Quick Mode") == 0)
		return strncmp(s->name, "QM", 2) == 0;
	return strncmp(c->exchange, s->name, strlen(c->exchange)) == 0;
}

bool ik_replay_child(const struct ikescope_negotiation *n, const struct ikescope_step *s)
{
	for (size_t i = 0; i < n->n_children; i++)
		if (child_of(&n->children[i], s))
			return n->children[i].stood;
	return false;
}

/* ---- lines ------------------------------------------------------------------------------- */

static void put_side(struct ik_buf *b, const struct ikescope_negotiation *n,
                     enum ikescope_role side, bool words, bool address)
{
	bool initiator = side == IKESCOPE_INITIATOR;

	if (words)
		ik_buf_puts(b, initiator ? "initiator" : "responder");
	else
		ik_buf_putc(b, (char)(initiator ? 'I' : 'R'));
	if (!address)
		return;
	ik_buf_putc(b, ' ');
	ik_buf_address(b, initiator ? &n->initiator.endpoint.addr : &n->responder.endpoint.addr);
}

static size_t wider(const struct ikescope_negotiation *n, bool words, bool address)
{
	char text[80];
	struct ik_buf b = IK_BUF_ON(text);
	size_t i;

	put_side(&b, n, IKESCOPE_INITIATOR, words, address);
	i = b.len;
	ik_buf_reset(&b);
	put_side(&b, n, IKESCOPE_RESPONDER, words, address);
	return b.len > i ? b.len : i;
}

/* As much of "initiator 192.0.2.10" as a quarter of the page takes. */
static void columns(struct ik_replay *r, const struct ikescope_negotiation *n, bool *words,
                    bool *address)
{
	size_t most = r->t->opt.width / 4;

	*words = *address = true;
	if (wider(n, true, true) > most)
		*words = false;
	if (wider(n, *words, true) > most)
		*address = false;
	r->side = wider(n, *words, *address);
}

void ik_replay_begin(struct ik_replay *r, const struct ikescope_negotiation *n,
                     enum ikescope_role side, ikescope_time time)
{
	char text[128], clock[48];
	struct ik_buf b = IK_BUF_ON(text), c = IK_BUF_ON(clock), last;
	char widest[48];
	bool words, address;

	last = IK_BUF_ON(widest);
	columns(r, n, &words, &address);
	ik_text_time(r->t, &last, r->t->last);
	if (time != IKESCOPE_TIME_NONE)
		ik_text_time(r->t, &c, time);
	if (side != IKESCOPE_ROLE_UNKNOWN)
		put_side(&b, n, side, words, address);
	while (b.len < r->side + 2 + (last.len > c.len ? last.len - c.len : 0))
		ik_buf_putc(&b, ' ');
	ik_buf_puts(&b, clock);
	r->cell = 1 + r->side + 2 + (last.len > c.len ? last.len : c.len) + 2;
	ik_text_cell(r->t, 1, r->cell - 1, text);
	r->t->hang = r->cell + 2;
}

void ik_replay_text(struct ik_replay *r, const char *text)
{
	size_t room = r->t->opt.width > r->cell + 10 ? r->t->opt.width - r->cell - 2 : 8;
	char part[8 + 1];

	/* A word that is longer than a line is broken: only addresses of IPv6 make such. */
	while (*text != '\0') {
		size_t len = strcspn(text, " "), set = 0;

		for (; len > room && set + room < len; set += room) {
			for (size_t i = 0; i < room; i += sizeof(part) - 1) {
				size_t n =
				        room - i < sizeof(part) - 1 ? room - i : sizeof(part) - 1;

				memcpy(part, text + set + i, n);
				part[n] = '\0';
				ik_text_puts(r->t, part);
			}
			ik_text_puts(r->t, " ");
		}
		for (; set < len; set++) {
			part[0] = text[set];
			part[1] = '\0';
			ik_text_puts(r->t, part);
		}
		text += len;
		if (*text == ' ') {
			ik_text_puts(r->t, " ");
			text++;
		}
	}
}

/* What speaks for and against that the receiver moved on. */
static const char *arrival(const struct ikescope_step *s)
{
	if (s->ends->taken == IKESCOPE_YES)
		return "";
	if (s->ends->reacted)
		return "; the receiver complained and did not move on";
	return s->ends->taken == IKESCOPE_NO
	               ? "; as far as packets tell: nothing shows that it was taken"
	               : "; as far as packets tell";
}

/* Both ends behind a transmission. */
static void states(struct ik_replay *r, const struct ikescope_negotiation *n,
                   const struct ik_replay_sent *sent)
{
	enum ikescope_replay_style style = r->how.style;
	const struct ikescope_ends *ends = n->steps[sent->latest].ends;

	ik_text_begin(r->t, 4, 6);
	ik_text_style(r->t, IK_BOLD);
	ik_text_printf(r->t, "= initiator: %s | responder: %s",
	               ik_replay_state(ends, style, IKESCOPE_INITIATOR),
	               ik_replay_state(ends, style, IKESCOPE_RESPONDER));
	ik_text_style(r->t, IK_PLAIN);
	ik_text_style(r->t, IK_DIM);
	ik_text_puts(r->t, arrival(&n->steps[sent->step]));
	ik_text_style(r->t, IK_PLAIN);
	ik_text_end(r->t);
}

static void put_label(struct ik_text *t, const struct ikescope_step *s)
{
	bool other = strncmp(s->name, "other", 5) == 0 && s->exchange != NULL;

	ik_text_puts(t, other ? s->exchange : s->name);
	if (s->message_id != 0 || strstr(s->name, " re") != NULL)
		ik_text_printf(t, strstr(s->name, " re") != NULL ? ", id %u" : ", id %08x",
		               s->message_id);
}

/* "MM1, frame 1: 180 octets: SA AES-CBC 128, ...", in our own words */
static void trace(struct ik_replay *r, const struct ikescope_negotiation *n,
                  const struct ik_replay_sent *sent)
{
	const struct ikescope_step *s = &n->steps[sent->step];
	char place[48], content[1024];
	struct ik_buf b = IK_BUF_ON(place);

	ik_text_place(r->t, &b, &sent->at);
	ik_replay_begin(r, n, s->from, sent->time);
	ik_text_puts(r->t, "sends ");
	put_label(r->t, s);
	if (sent->copy > 0)
		ik_text_printf(r->t, " again, %zu of %u,", sent->copy + 1, s->copies);
	ik_text_printf(r->t, " in frame %s", place);
	if (sent->copy == 0) {
		ik_text_style(r->t, IK_DIM);
		ik_text_printf(r->t, ": %u octets%s", s->length, s->encrypted ? ", encrypted" : "");
		if (s->fragments > 0)
			ik_text_printf(r->t, ", %u of %u IKE fragments", s->fragments,
			               s->fragments_total);
		if (s->carries != NULL && s->carries[0] != '\0') {
			ik_harmless(content, sizeof(content), s->carries);
			ik_text_puts(r->t, s->encrypted ? ", " : ": ");
			ik_replay_text(r, content);
		}
		ik_text_style(r->t, IK_PLAIN);
	}
	ik_text_end(r->t);
}

/* ---- the order of time ------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct ik_replay_sent *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->step != y->step)
		return x->step < y->step ? -1 : 1;
	return x->copy < y->copy ? -1 : x->copy > y->copy;
}

static bool gather(struct ik_replay *r, const struct ikescope_negotiation *n)
{
	size_t need = 0;

	for (size_t i = 0; i < n->n_steps; i++)
		need += 1 + n->steps[i].n_again;
	if (need > r->cap_sent) {
		struct ik_replay_sent *grown =
		        (struct ik_replay_sent *)realloc(r->sent, need * sizeof(*grown));

		if (grown == NULL)
			return false;
		r->sent = grown;
		r->cap_sent = need;
	}
	r->n_sent = 0;
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ikescope_step *s = &n->steps[i];

		r->sent[r->n_sent++] =
		        (struct ik_replay_sent){.step = i, .at = s->first, .time = s->first_time};
		for (size_t k = 0; k < s->n_again; k++)
			r->sent[r->n_sent++] = (struct ik_replay_sent){.step = i,
			                                               .copy = k + 1,
			                                               .at = s->again[k].at,
			                                               .time = s->again[k].time};
	}
	if (r->n_sent > 1)
		qsort(r->sent, r->n_sent, sizeof(*r->sent), by_time);
	for (size_t i = 0; i < r->n_sent; i++) {
		size_t before = i > 0 ? r->sent[i - 1].latest : 0;

		r->sent[i].latest = r->sent[i].step > before ? r->sent[i].step : before;
	}
	return true;
}

static bool within(const struct ik_replay *r, ikescope_time time)
{
	return (r->from == IKESCOPE_TIME_NONE || time >= r->from) &&
	       (r->to == IKESCOPE_TIME_NONE || time <= r->to);
}

/* ---- the parts --------------------------------------------------------------------------- */

/* Hands over what is written, and waits. */
static int wait(struct ik_replay *r, ikescope_time time)
{
	ikescope_time since = r->begun && time > r->before ? time - r->before : 0;
	int rc = 0;

	r->begun = true;
	r->before = time;
	if (r->how.wait == NULL)
		return r->t->out.status;
	if (ik_out_flush(&r->t->out) == 0)
		rc = r->how.wait(r->how.ctx, since);
	return rc != 0 ? rc : r->t->out.status;
}

static int transmission(struct ik_replay *r, const struct ikescope_negotiation *n,
                        const struct ik_replay_sent *sent)
{
	int rc = wait(r, sent->time);

	if (rc != 0)
		return rc;
	if (r->how.style == IKESCOPE_AS_TRACE)
		trace(r, n, sent);
	else
		ik_replay_log(r, n, sent);
	states(r, n, sent);
	return r->t->out.status;
}

/* Lines that a finding adds, as sure as the finding is. */
static void on_box(struct ik_replay *r, const struct ikescope_negotiation *n,
                   const struct ikescope_finding *f)
{
	const char *vendor = ik_replay_vendor(r->how.style);

	for (size_t i = 0; vendor != NULL && i < f->n_on_box; i++) {
		const struct ikescope_box_line *line = &f->on_box[i];

		if (strcmp(line->vendor, vendor) != 0)
			continue;
		ik_replay_begin(r, n, line->role, IKESCOPE_TIME_NONE);
		ik_replay_text(r, line->text);
		ik_text_style(r->t, IK_DIM);
		ik_text_printf(r->t, " (%s%s)", ikescope_claim_name(f->claim),
		               line->role == IKESCOPE_ROLE_UNKNOWN ? ", on one side or both" : "");
		ik_text_style(r->t, IK_PLAIN);
		ik_text_end(r->t);
	}
}

static void conclusion(struct ik_replay *r, const struct ikescope_negotiation *n)
{
	if (n->has_stall)
		ik_text_stop(r->t, n, 1, "");
	for (size_t i = 0; i < n->n_findings; i++) {
		ik_text_headline(r->t, &n->findings[i], 1);
		on_box(r, n, &n->findings[i]);
	}
}

static void not_kept(struct ik_replay *r, const struct ikescope_negotiation *n)
{
	if (n->n_steps == 0)
		ik_text_line(r->t, 1,
		             n->outcome == IKESCOPE_ESTABLISHED
		                     ? "Its messages were not kept; --limit memory keeps more."
		                     : "None of its messages was captured.");
	if (n->steps_folded > 0) {
		ik_text_begin(r->t, 1, 3);
		ik_text_printf(r->t, "%llu messages in between were not kept.",
		               (unsigned long long)n->steps_folded);
		ik_text_end(r->t);
	}
}

/* The first transmission of the part that is asked for; where that is not the beginning, how it
 * stood before. */
static size_t skip(struct ik_replay *r, const struct ikescope_negotiation *n)
{
	size_t first = 0;

	while (first < r->n_sent && !within(r, r->sent[first].time))
		first++;
	if (first == 0 || first == r->n_sent)
		return first;
	ik_text_begin(r->t, 1, 3);
	ik_text_printf(r->t, "%zu messages before; behind them:", first);
	ik_text_end(r->t);
	states(r, n, &r->sent[first - 1]);
	return first;
}

int ik_replay_negotiation(struct ik_replay *r, const struct ikescope_negotiation *n)
{
	size_t i;
	int rc = 0;

	if (!gather(r, n))
		return IKESCOPE_ERR_MEMORY;
	for (i = 0; i < r->n_sent && !within(r, r->sent[i].time); i++)
		;
	if (i == r->n_sent && r->n_sent > 0)
		return 0;
	r->played++;
	ik_text_blank(r->t);
	ik_text_heading(r->t, n);
	ik_text_when(r->t, n);
	for (i = skip(r, n); rc == 0 && i < r->n_sent && within(r, r->sent[i].time); i++)
		rc = transmission(r, n, &r->sent[i]);
	if (rc != 0)
		return rc;
	not_kept(r, n);
	if (i == r->n_sent)
		conclusion(r, n);
	return r->t->out.status;
}
