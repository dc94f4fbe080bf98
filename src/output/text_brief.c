/*
 * Many negotiations: one that came up is a line, equal failures of one pair of peers are folded
 * into a line with a count, and so are, in a flood, the initiators that never went on. Remedies
 * come once for each cause. This path runs for hundreds of thousands of negotiations: lines are
 * appended by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "ikescope/names.h"
#include "output/text.h"

static void flush_folds(struct ik_text *t);

/* Lines about one pair of addresses come one behind another: the words of the last are kept. */
static void pair(struct ik_text *t, struct ik_buf *b, const struct ikescope_addr *from,
                 const struct ikescope_addr *to)
{
	struct ik_text_pair *kept = &t->pair;

	if (kept->len == 0 || !ik_addr_eq(&kept->from, from) || !ik_addr_eq(&kept->to, to)) {
		struct ik_buf text = IK_BUF_ON(kept->text);

		ik_buf_address(&text, from);
		ik_buf_puts(&text, " -> ");
		ik_buf_address(&text, to);
		kept->from = *from;
		kept->to = *to;
		kept->len = text.len;
	}
	ik_buf_putn(b, kept->text, kept->len);
}

static void pad_number(struct ik_buf *b, uint64_t v, uint64_t width)
{
	for (uint64_t least = 10; width > 1; width--, least *= 10)
		if (v < least)
			ik_buf_putc(b, ' ');
	ik_buf_u64(b, v);
}

/* "     12  01-31 09:14:23.441  192.0.2.1 -> 198.51.100.1  v2 established, then deleted" */
static void healthy(struct ik_text *t, const struct ikescope_negotiation *n)
{
	static const char *const later[] = {"",          "",       ", deleted",
	                                    ", rekeyed", ", lost", ", refused"};
	char text[320];
	struct ik_buf b = IK_BUF_ON(text);

	pad_number(&b, n->id, 7);
	ik_buf_puts(&b, "  ");
	ik_text_time(t, &b, n->first_time);
	ik_buf_puts(&b, "  ");
	pair(t, &b, &n->initiator.endpoint.addr, &n->responder.endpoint.addr);
	ik_buf_puts(&b, n->ike_version == 1 ? "  v1 " : "  v2 ");
	ik_buf_puts(&b, ikescope_outcome_name(n->outcome));
	ik_buf_puts(&b, n->assumed ? " (assumed)" : "");
	ik_buf_puts(&b, later[n->at_end]);
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
	for (size_t i = 0; i < n->n_findings; i++) {
		ik_text_begin(t, 9, 9);
		ik_text_puts(t, ikescope_severity_name(n->findings[i].severity));
		ik_text_puts(t, ": ");
		ik_text_wire(t, n->findings[i].slug);
		ik_text_end(t);
	}
}

/* "likely psk-mismatch-mm" */
static void cause_of(struct ik_buf *b, const struct ikescope_negotiation *n)
{
	const struct ikescope_finding *f = ik_first_failure(n->findings, n->n_findings);

	if (f == NULL)
		return;
	ik_buf_puts(b, ikescope_claim_name(f->claim));
	ik_buf_putc(b, ' ');
	ik_buf_puts(b, f->slug);
}

static bool alike(const struct ik_fold *a, const struct ik_fold *b)
{
	return a->outcome == b->outcome && a->at_end == b->at_end && a->mode == b->mode &&
	       a->ike_version == b->ike_version && ik_addr_eq(&a->responder, &b->responder) &&
	       strcmp(a->stop, b->stop) == 0 && strcmp(a->cause, b->cause) == 0;
}

/* Whether an initiator began and never went on. In a flood it is one of many that nobody knows;
 * else it may be a peer. */
static bool fleeting(const struct ikescope_negotiation *n)
{
	if (n->outcome == IKESCOPE_INCONCLUSIVE)
		return n->phase1 == IKESCOPE_PHASE_IN_PROGRESS &&
		       n->started_by == IKESCOPE_STARTED_INITIAL;
	return n->outcome == IKESCOPE_STALLED && n->has_stall &&
	       n->stall.kind == IKESCOPE_MISSING && n->stall.waiting_for == IKESCOPE_INITIATOR;
}

static void fold(struct ik_text *t, const struct ikescope_negotiation *n)
{
	struct ik_fold f = {.initiator = n->initiator.endpoint.addr,
	                    .responder = n->responder.endpoint.addr,
	                    .mode = n->mode,
	                    .ike_version = n->ike_version,
	                    .outcome = n->outcome,
	                    .at_end = n->at_end,
	                    .count = 1,
	                    .first_id = n->id,
	                    .last_id = n->id,
	                    .first = n->first,
	                    .last = n->last,
	                    .first_time = n->first_time,
	                    .last_time = n->last_time,
	                    .fleeting = t->flood && fleeting(n),
	                    .initiators = 1};
	struct ik_buf cause = IK_BUF_ON(f.cause);

	ik_stop_text(f.stop, sizeof(f.stop), n);
	cause_of(&cause, n);
	for (size_t i = 0; i < t->folds.n; i++) {
		struct ik_fold *row = &t->folds.row[i];

		if (alike(row, &f) && row->fleeting == f.fleeting &&
		    ik_addr_eq(&row->initiator, &f.initiator)) {
			row->count++;
			row->last_id = f.last_id;
			row->last = f.last;
			row->last_time = f.last_time;
			return;
		}
	}
	if (t->folds.n == IK_FOLD_ROWS)
		flush_folds(t);
	t->folds.row[t->folds.n++] = f;
}

static void fold_heading(struct ik_text *t, const struct ik_fold *f)
{
	char text[160];
	struct ik_buf b = IK_BUF_ON(text);

	if (f->count > 1) {
		ik_buf_putc(&b, 'x');
		ik_buf_u64(&b, f->count);
	} else {
		ik_buf_putc(&b, '#');
		ik_buf_u64(&b, f->first_id);
	}
	ik_buf_putc(&b, ' ');
	if (f->initiators > 1) {
		ik_buf_puts(&b, "from ");
		ik_buf_u64(&b, f->initiators);
		ik_buf_puts(&b, " initiators -> ");
		ik_buf_address(&b, &f->responder);
	} else {
		pair(t, &b, &f->initiator, &f->responder);
	}
	ik_buf_puts(&b, f->ike_version == 2                   ? " v2 "
	                : f->mode == IKESCOPE_MODE_AGGRESSIVE ? " v1 aggressive "
	                                                      : " v1 ");
	ik_text_begin(t, 0, 4);
	ik_text_puts(t, text);
	ik_text_style(t, f->outcome == IKESCOPE_FAILED || f->outcome == IKESCOPE_STALLED
	                         ? IK_RED
	                         : IK_YELLOW);
	ik_text_puts(t, ikescope_outcome_name(f->outcome));
	ik_text_style(t, IK_PLAIN);
	if (f->outcome == IKESCOPE_ESTABLISHED && f->at_end != IKESCOPE_END_UNKNOWN) {
		ik_text_puts(t, ", then ");
		ik_text_puts(t, ikescope_at_end_name(f->at_end));
	}
	ik_text_puts(t, f->stop[0] != '\0' ? ": " : "");
	ik_text_wire(t, f->stop);
	ik_text_puts(t, f->cause[0] != '\0' ? ", " : "");
	ik_text_wire(t, f->cause);
	ik_text_end(t);
}

static void fold_place(struct ik_text *t, const struct ik_fold *f)
{
	char text[200];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_puts(&b, "    ");
	if (f->count > 1) {
		ik_buf_putc(&b, '#');
		ik_buf_u64(&b, f->first_id);
		ik_buf_puts(&b, " to #");
		ik_buf_u64(&b, f->last_id);
		ik_buf_puts(&b, ", ");
	}
	ik_buf_puts(&b, "frames ");
	ik_text_place(t, &b, &f->first);
	ik_buf_puts(&b, " to ");
	ik_text_place(t, &b, &f->last);
	ik_buf_puts(&b, ", ");
	ik_text_time(t, &b, f->first_time);
	ik_buf_puts(&b, " to ");
	ik_text_time(t, &b, f->last_time);
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
}

/* "    203.0.113.1, 203.0.113.2, 203.0.113.3 and 147 more; -v has each in full" */
static void fold_initiators(struct ik_text *t, const struct ik_fold *f)
{
	char text[64];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_address(&b, &f->initiator);
	ik_text_begin(t, 4, 4);
	ik_text_puts(t, text);
	for (uint64_t i = 1; i < f->initiators && i < IK_FOLD_NAMED; i++) {
		ik_buf_reset(&b);
		ik_buf_address(&b, &f->more[i - 1]);
		ik_text_puts(t, ", ");
		ik_text_puts(t, text);
	}
	if (f->initiators > IK_FOLD_NAMED)
		ik_text_printf(t, " and %llu more",
		               (unsigned long long)(f->initiators - IK_FOLD_NAMED));
	ik_text_puts(t, "; -v has each in full");
	ik_text_end(t);
}

static void print_fold(struct ik_text *t, const struct ik_fold *f)
{
	fold_heading(t, f);
	if (f->initiators > 1)
		fold_initiators(t, f);
	fold_place(t, f);
}

static void flush_crowds(struct ik_text *t)
{
	for (size_t i = 0; i < t->crowds.n; i++)
		print_fold(t, &t->crowds.row[i]);
	t->crowds.n = 0;
}

/* Adds a row of one initiator to one of others. Pairs come in the order of their addresses, so the
 * numbers of their negotiations may go back. */
static void join(struct ik_fold *crowd, const struct ik_fold *f)
{
	if (crowd->initiators < IK_FOLD_NAMED)
		crowd->more[crowd->initiators - 1] = f->initiator;
	crowd->initiators++;
	crowd->count += f->count;
	if (f->first_id < crowd->first_id) {
		crowd->first_id = f->first_id;
		crowd->first = f->first;
		crowd->first_time = f->first_time;
	}
	if (f->last_id > crowd->last_id) {
		crowd->last_id = f->last_id;
		crowd->last = f->last;
		crowd->last_time = f->last_time;
	}
}

static void keep_fleeting(struct ik_text *t, const struct ik_fold *f)
{
	for (size_t i = 0; i < t->crowds.n; i++)
		if (alike(&t->crowds.row[i], f)) {
			join(&t->crowds.row[i], f);
			return;
		}
	if (t->crowds.n == IK_FOLD_ROWS)
		flush_crowds(t);
	t->crowds.row[t->crowds.n++] = *f;
}

static void flush_folds(struct ik_text *t)
{
	for (size_t i = 0; i < t->folds.n; i++) {
		if (t->folds.row[i].fleeting)
			keep_fleeting(t, &t->folds.row[i]);
		else
			print_fold(t, &t->folds.row[i]);
	}
	t->folds.n = 0;
}

void ik_text_brief_end(struct ik_text *t)
{
	flush_folds(t);
	flush_crowds(t);
}

void ik_text_brief(struct ik_text *t, const struct ikescope_negotiation *n)
{
	if (ik_text_troubled(n))
		fold(t, n);
	else
		healthy(t, n);
}

/* A finding of a tunnel in a line: "failure: likely esp-one-way" */
static void tunnel_finding(struct ik_text *t, const struct ikescope_tunnel *tunnel,
                           const struct ikescope_finding *f)
{
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_puts(&b, "tunnel ");
	ik_buf_address(&b, &tunnel->peers[0]);
	ik_buf_puts(&b, " <-> ");
	ik_buf_address(&b, &tunnel->peers[1]);
	ik_buf_putc(&b, ' ');
	ik_buf_puts(&b, ikescope_severity_name(f->severity));
	ik_buf_puts(&b, ": ");
	ik_buf_puts(&b, ikescope_claim_name(f->claim));
	ik_buf_putc(&b, ' ');
	ik_buf_puts(&b, f->slug);
	if (b.len > t->opt.width) {
		ik_text_begin(t, 0, 4);
		ik_text_puts(t, text);
		ik_text_end(t);
		return;
	}
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
}

void ik_text_brief_tunnel(struct ik_text *t, const struct ikescope_tunnel *tunnel)
{
	uint64_t packets = 0, missing = 0;
	char text[256];
	struct ik_buf b = IK_BUF_ON(text);

	flush_folds(t);
	/* Notes are counted among the causes below. */
	for (size_t i = 0; i < tunnel->n_findings; i++)
		if (tunnel->findings[i].severity != IKESCOPE_NOTE)
			tunnel_finding(t, tunnel, &tunnel->findings[i]);
	if (tunnel->n_esp == 0)
		return;
	for (size_t i = 0; i < tunnel->n_esp; i++) {
		packets += tunnel->esp[i].packets;
		missing += tunnel->esp[i].missing;
	}
	ik_buf_puts(&b, "         ");
	ik_buf_address(&b, &tunnel->peers[0]);
	ik_buf_puts(&b, " <-> ");
	ik_buf_address(&b, &tunnel->peers[1]);
	ik_buf_puts(&b, "  ESP flows ");
	ik_buf_u64(&b, tunnel->n_esp);
	ik_buf_puts(&b, ", packets ");
	ik_buf_u64(&b, packets);
	ik_buf_puts(&b, missing > 0 ? ", missing " : "");
	if (missing > 0)
		ik_buf_u64(&b, missing);
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
}
