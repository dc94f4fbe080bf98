/*
 * A negotiation that says what an earlier one said: which it is, when, on which frames, and what of
 * its evidence is its own. The rest stands with the earlier one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/timefmt.h"
#include "ikescope/names.h"
#include "output/text.h"

/* A piece of the evidence of a finding, and whether one that said the same had it too. */
struct piece {
	const struct ikescope_evidence *evidence;
	uint64_t digest;
	bool known;
};

static struct piece piece_of(const struct ik_text *t, uint64_t as, const struct ikescope_finding *f,
                             size_t i)
{
	struct piece p = {.evidence = &f->evidence[i],
	                  .digest = ik_told_evidence(as, f->slug, &f->evidence[i])};

	p.known = ik_told_find(&t->told, p.digest) != NULL;
	return p;
}

/* Whether an earlier piece of the evidence names the same first frame. */
static bool frame_named(const struct ikescope_finding *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (f->evidence[k].at.frame == f->evidence[i].at.frame &&
		    f->evidence[k].at.capture == f->evidence[i].at.capture)
			return true;
	return false;
}

/* "frames 15, 16, 17, 14", of all evidence that is known; what is new names its own. */
static void known_frames(struct ik_text *t, uint64_t as, const struct ikescope_finding *f)
{
	char text[512];
	struct ik_buf b = IK_BUF_ON(text);
	size_t frames = 0;

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct ikescope_evidence *e = &f->evidence[i];

		if (e->at.frame == 0 || frame_named(f, i) || !piece_of(t, as, f, i).known)
			continue;
		ik_buf_puts(&b, frames > 0 ? ", " : "");
		ik_text_frames(t, &b, e);
		frames += e->n_frames > 1 ? e->n_frames : 1;
	}
	if (frames > 0)
		ik_text_puts(t, frames > 1 ? ", frames " : ", frame ");
	ik_text_puts(t, text);
}

/* "possible peer-silent, frames 15, 16, 17" */
static void finding(struct ik_text *t, uint64_t as, const struct ikescope_finding *f)
{
	ik_text_printf(t, "%s ", ikescope_claim_name(f->claim));
	ik_text_wire(t, f->slug);
	known_frames(t, as, f);
}

static void when(struct ik_text *t, const struct ikescope_negotiation *n)
{
	char first[48], last[48], from[48], took[32];
	struct ik_buf a = IK_BUF_ON(first), z = IK_BUF_ON(last), f = IK_BUF_ON(from),
	              d = IK_BUF_ON(took);

	ik_text_place(t, &a, &n->first);
	ik_text_place(t, &z, &n->last);
	ik_text_time(t, &f, n->first_time);
	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "frames %s to %s, %s", first, last, from);
	if (n->first_time != IKESCOPE_TIME_NONE && n->last_time != IKESCOPE_TIME_NONE) {
		ik_buf_seconds(&d, n->last_time - n->first_time);
		ik_text_printf(t, " (%s s)", took);
	}
	ik_text_puts(t, ", ");
	ik_text_spis(t, n);
	ik_text_end(t);
}

static void what(struct ik_text *t, const struct ikescope_negotiation *n, uint64_t as,
                 uint64_t like)
{
	const char *between = ": ";

	ik_text_begin(t, 2, 4);
	ik_text_printf(t, "as #%llu (-v: in full)", (unsigned long long)like);
	for (size_t i = 0; i < n->n_findings; i++) {
		ik_text_puts(t, between);
		finding(t, as, &n->findings[i]);
		between = "; ";
	}
	ik_text_kin(t, n, "; ");
	ik_text_end(t);
}

/* Remembers the evidence of a finding, and tells, if asked to, what none of the earlier ones had.
 */
static void evidence(struct ik_text *t, const struct ikescope_negotiation *n,
                     const struct ikescope_finding *f, uint64_t as, bool tell)
{
	for (size_t i = 0; i < f->n_evidence; i++) {
		struct piece p = piece_of(t, as, f, i);

		if (p.known)
			continue;
		ik_told_add(&t->told, p.digest, n->id, f->slug);
		if (tell)
			ik_text_evidence(t, p.evidence, n, 4);
	}
}

bool ik_text_again(struct ik_text *t, const struct ikescope_negotiation *n)
{
	uint64_t as = ik_told_case(n);
	const struct ik_told_row *row = ik_told_find(&t->told, as);
	bool again = row != NULL;

	if (t->opt.verbose)
		return false;
	if (again) {
		if (!t->line_before)
			ik_text_blank(t);
		ik_text_begin(t, 0, 4);
		ik_text_heading_words(t, n);
		ik_text_end(t);
		when(t, n);
		what(t, n, as, row->negotiation);
	} else {
		ik_told_add(&t->told, as, n->id, "");
	}
	for (size_t i = 0; i < n->n_findings; i++)
		evidence(t, n, &n->findings[i], as, again);
	t->line_before = again;
	return again;
}

bool ik_text_finding_again(struct ik_text *t, const struct ikescope_finding *f,
                           const struct ikescope_negotiation *n)
{
	uint64_t as = ik_told_finding(n, f);
	const struct ik_told_row *row = ik_told_find(&t->told, as);
	bool again = row != NULL;

	if (t->opt.verbose || f->severity == IKESCOPE_FAILURE)
		return false;
	if (again) {
		ik_text_begin(t, 2, 4);
		ik_text_printf(t, "%c%s as in #%llu (-v: in full): ",
		               f->severity == IKESCOPE_NOTE ? 'N' : 'W',
		               ikescope_severity_name(f->severity) + 1,
		               (unsigned long long)row->negotiation);
		finding(t, as, f);
		ik_text_end(t);
	} else {
		ik_told_add(&t->told, as, n->id, f->slug);
	}
	evidence(t, n, f, as, again);
	return again;
}
