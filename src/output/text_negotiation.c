/*
 * One negotiation as text: a heading, and for a troubled one the ladder, where it stands still,
 * what boxes show of it, and the findings. A healthy one is short.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "ikescope/names.h"
#include "output/text.h"

const char *ik_text_mode(const struct ikescope_negotiation *n)
{
	if (n->ike_version == 2)
		return "IKEv2";
	return n->mode == IKESCOPE_MODE_MAIN         ? "IKEv1 main mode"
	       : n->mode == IKESCOPE_MODE_AGGRESSIVE ? "IKEv1 aggressive mode"
	                                             : "IKEv1";
}

bool ik_text_troubled(const struct ikescope_negotiation *n)
{
	return n->outcome != IKESCOPE_ESTABLISHED || n->has_stall ||
	       ik_first_failure(n->findings, n->n_findings) != NULL;
}

static enum ik_style outcome_style(const struct ikescope_negotiation *n)
{
	if (n->outcome == IKESCOPE_FAILED || n->outcome == IKESCOPE_STALLED)
		return IK_RED;
	return ik_text_troubled(n) ? IK_YELLOW : IK_GREEN;
}

static void endpoint(struct ik_text *t, const struct ikescope_endpoint *e)
{
	char text[80];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_endpoint(&b, e);
	ik_text_puts(t, text);
}

/* "established, still up at the end", "stalled", "established, then lost" */
static void outcome(struct ik_text *t, const struct ikescope_negotiation *n)
{
	static const char *const later[] = {"",
	                                    "",
	                                    ", then deleted",
	                                    ", then rekeyed",
	                                    ", then lost",
	                                    ", then its rekey was refused"};
	bool stood = n->outcome == IKESCOPE_ESTABLISHED || n->outcome == IKESCOPE_PARTIAL;

	ik_text_style(t, outcome_style(n));
	ik_text_puts(t, ikescope_outcome_name(n->outcome));
	ik_text_puts(t, stood ? later[n->at_end] : "");
	ik_text_style(t, IK_PLAIN);
}

void ik_text_heading_words(struct ik_text *t, const struct ikescope_negotiation *n)
{
	ik_text_style(t, IK_BOLD);
	ik_text_printf(t, "#%llu ", (unsigned long long)n->id);
	endpoint(t, &n->initiator.endpoint);
	ik_text_puts(t, " -> ");
	endpoint(t, &n->responder.endpoint);
	ik_text_style(t, IK_PLAIN);
	ik_text_printf(t, " %s%s: ", ik_text_mode(n),
	               n->transport == IKESCOPE_TCP ? " over TCP" : "");
	outcome(t, n);
}

void ik_text_heading(struct ik_text *t, const struct ikescope_negotiation *n)
{
	ik_text_begin(t, 0, 4);
	ik_text_heading_words(t, n);
	ik_text_puts(t, n->assumed ? " (assumed: encryption hides part of it)" : "");
	ik_text_end(t);
}

/* "initiator: strongSwan, behind NAT, inside address 10.0.0.5", or nothing */
static void party(struct ik_text *t, const char *role, const struct ikescope_party *p)
{
	char text[64];
	struct ik_buf b = IK_BUF_ON(text);
	bool nat = p->behind_nat == IKESCOPE_YES;

	if (p->implementation == NULL && !nat)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "%s: ", role);
	ik_text_wire(t, p->implementation);
	if (nat)
		ik_text_puts(t, p->implementation != NULL ? ", behind NAT" : "behind NAT");
	if (p->inside.family != 0) {
		ik_buf_address(&b, &p->inside);
		ik_text_printf(t, ", inside address %s", text);
	}
	ik_text_end(t);
}

void ik_text_kin(struct ik_text *t, const struct ikescope_negotiation *n, const char *before)
{
	const struct {
		const char *word;
		uint64_t id;
	} kin[] = {
	        {"repeats", n->retry_of}, {"rekeys", n->rekey_of}, {"replaced by", n->rekeyed_by}};

	for (size_t i = 0; i < sizeof(kin) / sizeof(kin[0]); i++) {
		if (kin[i].id == 0)
			continue;
		ik_text_printf(t, "%s%s #%llu", before, kin[i].word, (unsigned long long)kin[i].id);
		before = "; ";
	}
}

static void span(struct ik_text *t, const struct ikescope_negotiation *n)
{
	char first[48], last[48], from[48], to[48], took[32];
	struct ik_buf a = IK_BUF_ON(first), z = IK_BUF_ON(last), f = IK_BUF_ON(from),
	              l = IK_BUF_ON(to), d = IK_BUF_ON(took);

	ik_text_place(t, &a, &n->first);
	ik_text_place(t, &z, &n->last);
	ik_text_time(t, &f, n->first_time);
	ik_text_time(t, &l, n->last_time);
	ik_text_printf(t, "frames %s to %s, %s to %s", first, last, from, to);
	if (n->first_time != IKESCOPE_TIME_NONE && n->last_time != IKESCOPE_TIME_NONE) {
		ik_buf_seconds(&d, n->last_time - n->first_time);
		ik_text_printf(t, " (%s s)", took);
	}
}

void ik_text_spis(struct ik_text *t, const struct ikescope_negotiation *n)
{
	ik_text_printf(t, "%s %016llx %016llx", n->ike_version == 1 ? "cookies" : "SPIs",
	               (unsigned long long)n->initiator_spi, (unsigned long long)n->responder_spi);
}

void ik_text_when(struct ik_text *t, const struct ikescope_negotiation *n)
{
	ik_text_begin(t, 2, 4);
	span(t, n);
	ik_text_kin(t, n, "; ");
	ik_text_end(t);
	ik_text_begin(t, 2, 4);
	ik_text_spis(t, n);
	if (n->n_paths > 0 && n->paths[0].domain != NULL) {
		ik_text_puts(t, "; ");
		ik_text_wire(t, n->paths[0].domain);
	}
	ik_text_end(t);
}

static void moved(struct ik_text *t, const struct ikescope_negotiation *n)
{
	if (n->n_paths < 2)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_puts(t, "moved:");
	for (size_t i = 1; i < n->n_paths && i < 5; i++) {
		char place[48];
		struct ik_buf b = IK_BUF_ON(place);

		ik_text_place(t, &b, &n->paths[i].first);
		ik_text_puts(t, i == 1 ? " " : "; ");
		endpoint(t, &n->paths[i].initiator);
		ik_text_puts(t, " - ");
		endpoint(t, &n->paths[i].responder);
		ik_text_printf(t, " from frame %s", place);
	}
	if (n->n_paths > 5)
		ik_text_printf(t, "; and %zu more", n->n_paths - 5);
	ik_text_end(t);
}

/* "phase 1 stalled, phase 2 not reached; 2 child SAs" */
static void phases(struct ik_text *t, const struct ikescope_negotiation *n)
{
	size_t up = 0;

	for (size_t i = 0; i < n->n_children; i++)
		up += n->children[i].state == IKESCOPE_PHASE_ESTABLISHED;
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "phase 1: %s; phase 2: %s", ikescope_phase_name(n->phase1),
	               ikescope_phase_name(n->phase2));
	if (n->n_children > 0)
		ik_text_printf(t, "; child SAs: %zu tried, %zu standing", n->n_children, up);
	ik_text_end(t);
}

/* Of several negotiations each says first why it failed; of one the verdict does. */
static void why(struct ik_text *t, const struct ikescope_negotiation *n)
{
	const struct ikescope_finding *f = ik_first_failure(n->findings, n->n_findings);

	if (f == NULL || f->title == NULL || !t->several)
		return;
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "cause (%s): ", ikescope_claim_name(f->claim));
	ik_text_wire(t, f->title);
	ik_text_puts(t, " [");
	ik_text_wire(t, f->slug);
	ik_text_puts(t, "]");
	ik_text_end(t);
}

/* What stands still, and for whom. */
void ik_text_stop(struct ik_text *t, const struct ikescope_negotiation *n, size_t indent,
                  const char *mark)
{
	const struct ikescope_stall *s = &n->stall;
	char at[48], by[48];
	struct ik_buf a = IK_BUF_ON(at), b = IK_BUF_ON(by);

	if (!n->has_stall)
		return;
	ik_text_place(t, &a, &s->at);
	ik_text_place(t, &b, &s->by);
	ik_text_begin(t, indent, indent + 2);
	ik_text_style(t, IK_BOLD);
	ik_text_puts(t, mark);
	ik_text_puts(t, " Stops at ");
	ik_text_wire(t, s->message);
	ik_text_style(t, IK_PLAIN);
	if (s->at.frame != 0)
		ik_text_printf(t, " (frame %s%s", at, s->copies > 1 ? "" : ")");
	if (s->at.frame != 0 && s->copies > 1)
		ik_text_printf(t, ", sent %u times)", s->copies);
	ik_text_puts(t, s->kind == IKESCOPE_UNANSWERED ? ": no answer"
	                : s->kind == IKESCOPE_REFUSED  ? ": refused"
	                                               : ": missing");
	if (s->has_by) {
		if (s->by_name != NULL) {
			ik_text_puts(t, " with ");
			ik_text_wire(t, s->by_name);
		}
		ik_text_printf(t, " in frame %s", by);
	}
	if (s->waiting_for != IKESCOPE_ROLE_UNKNOWN && s->kind != IKESCOPE_REFUSED)
		ik_text_printf(t, "; waiting for the %s", ikescope_role_name(s->waiting_for));
	ik_text_puts(t, ".");
	ik_text_end(t);
}

static void state(struct ik_text *t, const char *box, const char *initiator, const char *responder)
{
	char text[160];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "  %-20s  %-27s  %s", box, initiator != NULL ? initiator : "-",
	              responder != NULL ? responder : "-");
	ik_out_putn(&t->out, b.data, b.len);
	ik_text_blank(t);
}

void ik_text_states(struct ik_text *t, const struct ikescope_shown_as *s)
{
	state(t, "A box shows the SA", "on the initiator", "on the responder");
	state(t, "  Cisco IOS, IOS-XE", s->ios_initiator, s->ios_responder);
	state(t, "  Cisco ASA", s->asa_initiator, s->asa_responder);
	state(t, "  strongSwan", s->strongswan_initiator, s->strongswan_responder);
	state(t, "  libreswan", s->libreswan_initiator, s->libreswan_responder);
}

static void shown(struct ik_text *t, const struct ikescope_negotiation *n)
{
	const struct ikescope_shown_as *s = &n->shown_as;

	if (s->ios_initiator != NULL || s->ios_responder != NULL || s->asa_initiator != NULL ||
	    s->asa_responder != NULL)
		ik_text_states(t, s);
}

void ik_text_negotiation(struct ik_text *t, const struct ikescope_negotiation *n)
{
	if (ik_text_again(t, n))
		return;
	ik_text_blank(t);
	ik_text_heading(t, n);
	ik_text_when(t, n);
	party(t, "initiator", &n->initiator);
	party(t, "responder", &n->responder);
	moved(t, n);
	phases(t, n);
	why(t, n);
	if (ik_text_troubled(n)) {
		ik_text_blank(t);
		ik_text_ladder(t, n);
		if (n->n_steps > 0)
			ik_text_blank(t);
		ik_text_stop(t, n, 2, "");
		shown(t, n);
	}
	for (size_t i = 0; i < n->n_findings; i++) {
		ik_text_blank(t);
		if (!ik_text_finding_again(t, &n->findings[i], n))
			ik_text_finding(t, &n->findings[i], n, 2);
	}
}
