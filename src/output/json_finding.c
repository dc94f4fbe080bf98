/*
 * Findings as JSON: slug, claim, evidence by frame, candidates, remedies.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ikescope/names.h"
#include "output/json_model.h"
#include "output/json_value.h"

/* clang-format off: a key and its value a line */

static json_t *evidence(const struct ikescope_finding *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct ikescope_evidence *e = &f->evidence[i];
		json_t *frames = json_array();

		if (e->n_frames == 0 && e->at.frame != 0)
			ik_json_append(&frames, json_integer((json_int_t)e->at.frame));
		for (size_t k = 0; k < e->n_frames; k++)
			ik_json_append(&frames, json_integer((json_int_t)e->frames[k]));
		ik_json_append(&array, json_pack("{s:o, s:o, s:o, s:o}", "capture",
		                                 ik_json_known(e->at.capture), "frame",
		                                 ik_json_known(e->at.frame), "frames", frames,
		                                 "text", ik_json_text(e->text)));
	}
	return array;
}

static json_t *candidates(const struct ikescope_finding *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n_candidates; i++)
		ik_json_append(&array,
		               json_pack("{s:o, s:o, s:o}", "slug",
		                         ik_json_text(f->candidates[i].slug), "for",
		                         ik_json_text(f->candidates[i].in_favour), "against",
		                         ik_json_text(f->candidates[i].against)));
	return array;
}

static json_t *would_raise(const struct ikescope_finding *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n_would_raise; i++)
		ik_json_append(&array, ik_json_text(f->would_raise[i]));
	return array;
}

static json_t *remedies(const struct ikescope_finding *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n_remedies; i++)
		ik_json_append(&array, json_pack("{s:o, s:o}", "vendor",
		                                 ik_json_text(f->remedies[i].vendor), "text",
		                                 ik_json_lines(f->remedies[i].text)));
	return array;
}

static json_t *on_box(const struct ikescope_finding *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n_on_box; i++)
		ik_json_append(&array, json_pack("{s:o, s:o, s:o}", "vendor",
		                                 ik_json_text(f->on_box[i].vendor), "role",
		                                 ik_json_role(f->on_box[i].role), "text",
		                                 ik_json_text(f->on_box[i].text)));
	return array;
}

static json_t *recapture(const struct ikescope_finding *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < f->n_recapture; i++) {
		const struct ikescope_recapture *r = &f->recapture[i];

		ik_json_append(&array,
		               json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "side",
		                         ikescope_recapture_side_name(r->side), "at",
		                         ik_json_addr(&r->at), "ends",
		                         json_pack("[o, o]", ik_json_addr(&r->ends[0]),
		                                   ik_json_addr(&r->ends[1])),
		                         "filter", ik_json_text(r->filter), "question",
		                         ik_json_text(r->question), "keys", ik_json_text(r->keys)));
	}
	return array;
}

json_t *ik_json_findings(const struct ikescope_finding *f, size_t n)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		ik_json_append(&array,
		               json_pack("{s:o, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o}",
		                         "slug", ik_json_text(f[i].slug), "severity",
		                         ikescope_severity_name(f[i].severity), "claim",
		                         ikescope_claim_name(f[i].claim), "summary",
		                         ik_json_text(f[i].summary), "candidates",
		                         candidates(&f[i]), "candidates_together", f[i].together,
		                         "evidence", evidence(&f[i]), "would_raise",
		                         would_raise(&f[i]), "recapture", recapture(&f[i]),
		                         "on_box", on_box(&f[i]), "remedies", remedies(&f[i])));
	return array;
}

json_t *ik_json_recapture(const struct ik_recaptures *r)
{
	const struct ik_recapture_sum *s = ik_recaptures_sum(r);
	const struct ik_recapture_command *c;
	json_t *array = json_array();

	for (size_t i = 0; s != NULL && (c = ik_recapture_command(s, i)) != NULL; i++) {
		char text[2048];
		struct ik_buf b = IK_BUF_ON(text);

		ik_recapture_text(&b, s, c);
		ik_json_append(&array, json_pack("{s:s, s:s, s:o}", "vendor", c->vendor, "for",
		                                 c->keys ? "keys" : "packets", "text",
		                                 ik_json_lines(text)));
	}
	return array;
}
/* clang-format on */
