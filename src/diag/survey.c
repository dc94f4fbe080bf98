/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/survey.h"

#include <inttypes.h>
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/recapture.h"

#define GIVE_UP     (165 * IKESCOPE_SECOND) /* the longest schedule of a common implementation */
#define FLOOD_PER_S 1

/* ---- collecting ----------------------------------------------------------------------------- */

static void sight(struct ik_sighting *s, const struct ik_pair *p, uint64_t place)
{
	if (s->count == 0) {
		s->low = p->low;
		s->high = p->high;
		s->domain = p->domain;
	}
	s->several |= s->domain != p->domain || !ik_addr_eq(&s->low, &p->low) ||
	              !ik_addr_eq(&s->high, &p->high);
	if (s->count++ == 0 || place < s->first)
		s->first = place;
}

ikescope_time ik_survey_settled(ikescope_time capture_end)
{
	return capture_end == IKESCOPE_TIME_NONE ? capture_end : capture_end - GIVE_UP;
}

void ik_survey_pair(struct ik_survey *s, const struct ik_pair *p, ikescope_time capture_end)
{
	for (size_t i = 0; i < p->n_briefs; i++) {
		const struct ik_brief *b = &p->briefs[i];
		uint32_t capture = ik_at(b->first).capture;
		struct ik_capture_survey *c;

		s->negotiations++;
		if (capture == 0 || capture > s->n_captures)
			continue;
		c = &s->captures[capture - 1];
		if (!b->start_seen && b->rekey_of == 0 && !b->stray)
			sight(&c->midstart, p, b->first);
		if (b->one_sided)
			sight(&c->one_sided, p, b->first);
		if (b->pos.outcome == IKESCOPE_INCONCLUSIVE && b->start_seen &&
		    b->retried_by == 0 && b->last_time > ik_survey_settled(capture_end))
			sight(&c->early_end, p, b->last);
	}
	s->flows += p->n_flows;
	s->events_lost += p->events_lost;
}

/* ---- captures ------------------------------------------------------------------------------- */

static void wrappers(struct ik_findings *f, const struct ik_assembly *a, uint32_t capture)
{
	struct ikescope_finding *finding = NULL;
	const struct ik_wrapper *w;

	for (size_t i = 0; (w = ik_net_wrapper(a->tracker->net, i)) != NULL; i++) {
		char text[200];
		struct ik_buf b = IK_BUF_ON(text);

		if (w->first.capture != capture)
			continue;
		if (finding == NULL)
			finding = ik_findings_add(f, "art-encap", IKESCOPE_NOTE, IKESCOPE_CERTAIN,
			                          "Packets are wrapped; the inside is analysed.");
		if (finding == NULL || finding->n_evidence == 4)
			return;
		ik_buf_printf(&b, "%s, %" PRIu64 " packets", w->text, w->packets);
		ik_findings_cite(f, finding, ik_place(capture, w->first.frame), text);
	}
}

/* What concerns the capture as a whole, and no pair. */
static struct ik_sighting counted(uint64_t count, uint64_t place)
{
	return (struct ik_sighting){.count = count, .first = place, .several = true};
}

/* One note with one count. */
static void note(struct ik_findings *f, const struct ik_net *net, const char *slug,
                 enum ikescope_claim claim, enum ikescope_severity severity,
                 const struct ik_sighting seen, const char *summary, const char *evidence)
{
	const struct ik_ends ends = {.one = seen.low,
	                             .other = seen.high,
	                             .domain = ik_net_domain(net, seen.domain),
	                             .nat = ik_addr_private(&seen.low) !=
	                                    ik_addr_private(&seen.high)};
	struct ikescope_finding *finding;
	char text[200];
	struct ik_buf b = IK_BUF_ON(text);

	if (seen.count == 0)
		return;
	finding = ik_findings_add(f, slug, severity, claim, summary);
	if (finding == NULL)
		return;
	ik_recapture_slug(f, finding, NULL, seen.several ? NULL : &ends);
	ik_buf_printf(&b, "%" PRIu64 " %s", seen.count, evidence);
	ik_findings_cite(f, finding, seen.first, text);
}

static void troubles(struct ik_findings *f, const struct ik_tracker *t, uint32_t capture)
{
	struct ikescope_finding *finding = NULL;

	for (size_t i = 0; i < t->n_trouble; i++) {
		const struct ik_trouble *trouble = &t->trouble[i];
		char text[240];
		struct ik_buf b = IK_BUF_ON(text);

		if (trouble->capture != capture)
			continue;
		if (finding == NULL)
			finding = ik_findings_add(
			        f, "malformed-message", IKESCOPE_NOTE, IKESCOPE_CERTAIN,
			        "Packets that break the format were met below IKE.");
		if (finding == NULL || finding->n_evidence == IK_CITES_MOST)
			return;
		ik_buf_printf(&b, "%s at offset %u: %s", trouble->layer, trouble->offset,
		              trouble->text);
		if (trouble->rfc != NULL)
			ik_buf_printf(&b, " (%s)", trouble->rfc);
		if (trouble->count > 1)
			ik_buf_printf(&b, ", %" PRIu64 " times", trouble->count);
		ik_findings_cite(f, finding, ik_place(capture, trouble->frame), text);
	}
}

void ik_survey_capture(struct ik_findings *f, const struct ik_survey *s,
                       const struct ik_assembly *a, uint32_t capture, int64_t dropped,
                       const char *problem)
{
	const struct ik_tracker *t = a->tracker;
	const struct ik_capture_counts *c = &t->counts[capture - 1];
	const struct ik_capture_survey *v = &s->captures[capture - 1];

	note(f, t->net, "art-oneway", IKESCOPE_CERTAIN, IKESCOPE_WARNING, v->one_sided,
	     "Only one direction was captured: what looks unanswered was answered elsewhere.",
	     "negotiations advance although no answer was captured");
	note(f, t->net, "art-midstart", IKESCOPE_CERTAIN, IKESCOPE_NOTE, v->midstart,
	     "The capture began after negotiations did.",
	     "negotiations without their first message");
	note(f, t->net, "art-early-end", IKESCOPE_CERTAIN, IKESCOPE_NOTE, v->early_end,
	     "The capture ends before an answer could be given up on.",
	     "negotiations were still waiting when it ended");
	note(f, t->net, "art-snaplen", IKESCOPE_CERTAIN, IKESCOPE_WARNING,
	     counted(c->snapped, ik_place(capture, c->first_snapped)),
	     "The snap length cut packets: what is missing is no fault of the sender.",
	     "packets were cut");
	/* A path that delivers twice looks the same. */
	note(f, t->net, "art-dup-span", IKESCOPE_LIKELY, IKESCOPE_NOTE,
	     counted(c->mirror_duplicates, 0),
	     "Packets were captured twice (a mirror port, or two capture points): the copies are "
	     "no retransmissions.",
	     "packets are copies of another, with the same IP identification");
	note(f, t->net, "art-frag-only-first", IKESCOPE_POSSIBLE, IKESCOPE_WARNING,
	     counted(ik_capture_first_only(c) ? c->first_only : 0,
	             ik_place(capture, c->first_first_only)),
	     "Of IP fragments only the first are here: a capture filter for ports loses the "
	     "others.",
	     "IP datagrams came with their first fragment only, none with another");
	note(f, t->net, "art-reorder", IKESCOPE_CERTAIN, IKESCOPE_NOTE,
	     counted(c->reversed, ik_place(capture, c->first_reversed)),
	     "The clock of the capture steps backwards.", "packets are older than the one before");
	note(f, t->net, "art-drop", IKESCOPE_CERTAIN, IKESCOPE_WARNING,
	     counted(dropped > 0 ? (uint64_t)dropped : 0, 0),
	     "Packets were dropped while capturing: gaps may be of the capture, not the network.",
	     "packets were dropped by the kernel or the interface");
	if (problem != NULL)
		ik_findings_cite(f,
		                 ik_findings_add(f, "art-early-end", IKESCOPE_WARNING,
		                                 IKESCOPE_CERTAIN,
		                                 "The file could not be read to its end."),
		                 0, problem);
	wrappers(f, a, capture);
	troubles(f, t, capture);
}

/* ---- document ------------------------------------------------------------------------------- */

static bool flooded(const struct ik_target *t)
{
	return t->count >= IK_FLOOD_LEAST &&
	       (double)t->count * (double)IKESCOPE_SECOND >=
	               (double)(t->last_time - t->first_time) * FLOOD_PER_S;
}

/* The most flooded first, then by the first packet. */
static bool more(const struct ik_target *a, const struct ik_target *b)
{
	return a->count != b->count ? a->count > b->count : a->first < b->first;
}

static void tell_flood(struct ik_findings *f, const struct ik_target *t)
{
	static const char *const raise[] = {"how many of the addresses answer at all", NULL};
	struct ikescope_finding *finding;
	char text[240];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_puts(&b, "Half-open flood: ");
	ik_buf_addr(&b, &t->responder);
	ik_buf_printf(&b, " is asked by %" PRIu64 " initiators that never continue.", t->count);
	finding = ik_findings_add(f, "halfopen-flood", IKESCOPE_WARNING, IKESCOPE_LIKELY, text);
	if (finding == NULL)
		return;
	ik_recapture_slug(f, finding, raise, NULL);
	finding->remedies = ik_remedies(IK_R_COOKIE, 0, &finding->n_remedies);
	ik_buf_reset(&b);
	ik_buf_printf(&b, "%" PRIu64 " first messages with distinct SPIs in ", t->count);
	ik_buf_seconds(&b, t->last_time - t->first_time);
	ik_buf_printf(&b, " s, %" PRIu64 " of them unanswered", t->count - t->answered);
	ik_findings_cite(f, finding, t->first, text);
}

static void flood(struct ik_findings *f, const struct ik_assembly *a)
{
	const struct ik_target *worst[IK_FINDINGS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < a->n_slots; i++) {
		const struct ik_target *t = &a->target[i];
		size_t k = n;

		if (!flooded(t))
			continue;
		while (k > 0 && more(t, worst[k - 1]))
			k--;
		if (k == IK_FINDINGS_MOST)
			continue;
		n += n < IK_FINDINGS_MOST;
		memmove(&worst[k + 1], &worst[k], (n - 1 - k) * sizeof(worst[0]));
		worst[k] = t;
	}
	for (size_t i = 0; i < n; i++)
		tell_flood(f, worst[i]);
}

/* What there is of all captures where there is no IKE message. */
struct remains {
	uint64_t ike, packets, begun, headless, flows;
	uint64_t first_begun, first_headless; /* places */
};

static void remain(struct remains *all, const struct ik_capture_counts *c, uint32_t capture)
{
	all->ike += c->ike_messages;
	all->packets += c->packets;
	if (all->begun == 0)
		all->first_begun = ik_place(capture, c->first_ike_begun);
	if (all->headless == 0)
		all->first_headless = ik_place(capture, c->first_udp_headless);
	all->begun += c->ike_begun;
	all->headless += c->udp_headless;
}

/* The beginning of a message says that it is one, the rest of a datagram does not. */
static const char *no_ike_words(const struct remains *r)
{
	if (r->begun > 0)
		return "No IKE message is whole: of each only IP fragments are here, and others "
		       "are missing. They are lost on the way, or a capture filter leaves them "
		       "out.";
	if (r->flows > 0)
		return "ESP or AH without any IKE: the negotiation was not captured, or keys are "
		       "set by hand.";
	if (r->headless > 0)
		return "No IKE in this capture but, perhaps, the ends of fragmented messages whose "
		       "beginning is missing.";
	return "No IKE in this capture: nobody tries to negotiate (an IOS router that has no key "
	       "for its peer does not begin), or the place or the filter is wrong; one for ports "
	       "alone matches nothing behind a VLAN tag.";
}

static void cite_remains(struct ik_findings *f, struct ikescope_finding *finding,
                         const struct remains *r)
{
	char text[160];
	struct ik_buf b = IK_BUF_ON(text);

	ik_buf_printf(&b, "%" PRIu64 " packets, none of them IKE; ESP and AH flows: %" PRIu64,
	              r->packets, r->flows);
	if (r->begun == 0)
		ik_findings_cite(f, finding, 0, text);
	ik_buf_reset(&b);
	ik_buf_printf(&b, "%" PRIu64 " IP datagrams begin as IKE messages and are not whole",
	              r->begun);
	if (r->begun > 0)
		ik_findings_cite(f, finding, r->first_begun, text);
	ik_buf_reset(&b);
	ik_buf_printf(&b, "%" PRIu64 " IP datagrams of UDP are here without their first fragment",
	              r->headless);
	if (r->headless > 0)
		ik_findings_cite(f, finding, r->first_headless, text);
}

static void no_ike(struct ik_findings *f, const struct ik_survey *s, const struct ik_assembly *a)
{
	static const char *const raise[] = {
	        "whether traffic for the tunnel reaches the initiator from inside", NULL};
	struct remains r = {.flows = s->flows};
	struct ikescope_finding *finding;
	bool pieces;

	for (size_t i = 0; i < a->tracker->n_counts; i++)
		remain(&r, &a->tracker->counts[i], (uint32_t)i + 1);
	/* Of what could not be read nothing is known. */
	if (r.ike > 0 || s->n_captures == 0)
		return;
	pieces = r.begun > 0 || (r.flows == 0 && r.headless > 0);
	finding = ik_findings_add(f, "no-ike-traffic",
	                          r.flows > 0 || r.begun > 0 ? IKESCOPE_WARNING : IKESCOPE_NOTE,
	                          IKESCOPE_POSSIBLE, no_ike_words(&r));
	if (finding == NULL)
		return;
	if (pieces)
		ik_recapture_row(f, finding, ik_ask(IK_ASK_ALL_FRAGMENTS), NULL, NULL);
	else
		ik_recapture_slug(f, finding, raise, NULL);
	finding->remedies =
	        ik_remedies(r.begun > 0 ? IK_R_MTU : IK_R_PATH, 0, &finding->n_remedies);
	cite_remains(f, finding, &r);
}

void ik_survey_document(struct ik_findings *f, const struct ik_survey *s,
                        const struct ik_assembly *a)
{
	flood(f, a);
	no_ike(f, s, a);
}
