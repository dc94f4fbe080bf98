/*
 * Digests of what is said, and a ring of them. A digest of 64 bits stands for the text: two parts
 * that differ are taken for equal once in 2^64, and each of them is there with all details.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/text_told.h"

#include <string.h>

#include "base/buf.h"
#include "base/hash.h"

/* What a digest begins with, so that parts of different kinds differ. */
enum kind { CASE = 1, FINDING, EVIDENCE, LINES, REMEDIES };

const struct ik_told_row *ik_told_find(const struct ik_told *t, uint64_t digest)
{
	size_t rows = t->n < IK_TOLD_ROWS ? t->n : IK_TOLD_ROWS;

	for (size_t i = 0; i < rows; i++)
		if (t->row[i].digest == digest)
			return &t->row[i];
	return NULL;
}

void ik_told_add(struct ik_told *t, uint64_t digest, uint64_t negotiation, const char *slug)
{
	struct ik_told_row *row = &t->row[t->n++ % IK_TOLD_ROWS];
	struct ik_buf b;

	*row = (struct ik_told_row){.digest = digest, .negotiation = negotiation};
	b = IK_BUF_ON(row->slug);
	ik_buf_puts(&b, slug);
}

static uint64_t words(uint64_t h, const char *s)
{
	return ik_mix(h, s == NULL ? 0 : ik_digest(s, strlen(s)));
}

static uint64_t address(uint64_t h, const struct ikescope_addr *a)
{
	return ik_mix(ik_mix(h, a->family), ik_digest(a->octet, sizeof(a->octet)));
}

static uint64_t endpoint(uint64_t h, const struct ikescope_endpoint *e)
{
	return ik_mix(address(h, &e->addr), e->port);
}

static uint64_t party(uint64_t h, const struct ikescope_party *p)
{
	h = address(h, &p->endpoint.addr);
	h = words(h, p->implementation);
	h = ik_mix(h, (uint64_t)p->behind_nat);
	return address(h, &p->inside);
}

static uint64_t shown(uint64_t h, const struct ikescope_shown_as *s)
{
	const char *const state[] = {
	        s->ios_initiator,       s->ios_responder,        s->asa_initiator,
	        s->asa_responder,       s->strongswan_initiator, s->strongswan_responder,
	        s->libreswan_initiator, s->libreswan_responder,
	};

	for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++)
		h = words(h, state[i]);
	return h;
}

static uint64_t stall(uint64_t h, const struct ikescope_stall *s)
{
	h = words(ik_mix(h, (uint64_t)s->kind), s->message);
	h = ik_mix(h, (uint64_t)s->waiting_for);
	return words(ik_mix(h, s->has_by), s->by_name);
}

static uint64_t finding(uint64_t h, const struct ikescope_finding *f)
{
	h = ik_mix(ik_mix(words(h, f->slug), (uint64_t)f->severity), (uint64_t)f->claim);
	h = ik_mix(ik_mix(words(h, f->summary), f->together), f->n_candidates);
	for (size_t i = 0; i < f->n_candidates; i++) {
		h = words(h, f->candidates[i].slug);
		h = words(h, f->candidates[i].in_favour);
		h = words(h, f->candidates[i].against);
	}
	h = ik_mix(h, f->n_would_raise);
	for (size_t i = 0; i < f->n_would_raise; i++)
		h = words(h, f->would_raise[i]);
	h = ik_mix(h, ik_told_lines(f->on_box, f->n_on_box));
	return ik_mix(h, ik_told_remedies(f->remedies, f->n_remedies));
}

uint64_t ik_told_case(const struct ikescope_negotiation *n)
{
	const unsigned facts[] = {n->ike_version,       (unsigned)n->mode,   (unsigned)n->transport,
	                          (unsigned)n->outcome, n->assumed,          (unsigned)n->at_end,
	                          (unsigned)n->phase1,  (unsigned)n->phase2, n->has_stall};
	uint64_t h = CASE, up = 0;

	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		h = ik_mix(h, facts[i]);
	h = party(party(h, &n->initiator), &n->responder);
	for (size_t i = 1; i < n->n_paths; i++)
		h = endpoint(endpoint(h, &n->paths[i].initiator), &n->paths[i].responder);
	h = words(ik_mix(h, n->n_paths), n->n_paths > 0 ? n->paths[0].domain : NULL);
	for (size_t i = 0; i < n->n_children; i++)
		up += n->children[i].state == IKESCOPE_PHASE_ESTABLISHED;
	h = ik_mix(ik_mix(h, n->n_children), up);
	if (n->has_stall)
		h = stall(h, &n->stall);
	h = ik_mix(shown(h, &n->shown_as), n->n_findings);
	for (size_t i = 0; i < n->n_findings; i++)
		h = finding(h, &n->findings[i]);
	return h;
}

uint64_t ik_told_finding(const struct ikescope_negotiation *n, const struct ikescope_finding *f)
{
	uint64_t h = address(FINDING, &n->initiator.endpoint.addr);

	return finding(address(h, &n->responder.endpoint.addr), f);
}

uint64_t ik_told_evidence(uint64_t as, const char *slug, const struct ikescope_evidence *e)
{
	return words(words(ik_mix(EVIDENCE, as), slug), e->text);
}

uint64_t ik_told_lines(const struct ikescope_box_line *line, size_t count)
{
	uint64_t h = LINES;

	for (size_t i = 0; i < count; i++) {
		h = words(ik_mix(h, (uint64_t)line[i].role), line[i].vendor);
		h = words(h, line[i].text);
	}
	return h;
}

uint64_t ik_told_remedies(const struct ikescope_remedy *r, size_t count)
{
	uint64_t h = REMEDIES;

	for (size_t i = 0; i < count; i++)
		h = words(words(h, r[i].vendor), r[i].text);
	return h;
}
