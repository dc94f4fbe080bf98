/*
 * Counting causes and copying the finding that shows each one first.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/text_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diag/boxes.h"
#include "diag/rule.h"
#include "ikescope/names.h"

/* Most remedies that are copied of one finding; a rule has a handful. */
#define COPIED_REMEDIES 64

const struct ikescope_finding *ik_first_failure(const struct ikescope_finding *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (f[i].severity == IKESCOPE_FAILURE)
			return &f[i];
	return NULL;
}

void ik_stop_text(char *out, size_t cap, const struct ikescope_negotiation *n)
{
	struct ik_buf b = ik_buf_on(out, cap);

	if (!n->has_stall)
		return;
	ik_buf_puts(&b, n->stall.message != NULL ? n->stall.message : "?");
	ik_buf_putc(&b, ' ');
	ik_buf_puts(&b, ikescope_stall_kind_name(n->stall.kind));
}

/* Appends s to the copy and returns where it stands; NULL stays NULL. */
static const char *keep(char **at, const char *s)
{
	char *here = *at;
	size_t n;

	if (s == NULL)
		return NULL;
	n = strlen(s) + 1;
	memcpy(here, s, n);
	*at += n;
	return here;
}

static size_t room(const char *s)
{
	return s == NULL ? 0 : strlen(s) + 1;
}

static bool has_remedy(const struct ik_cause *c, const struct ikescope_remedy *r)
{
	for (size_t i = 0; i < c->n_remedies; i++)
		if (strcmp(c->remedies[i].vendor, r->vendor) == 0 &&
		    strcmp(c->remedies[i].text, r->text) == 0)
			return true;
	return false;
}

/* Adds the remedies of a finding that are new: the same cause has others with the other version. */
static bool copy_remedies(struct ik_cause *c, const struct ikescope_finding *f)
{
	if (f->remedies == c->met)
		return true;
	c->met = f->remedies;
	for (size_t i = 0; i < f->n_remedies && c->n_remedies < COPIED_REMEDIES; i++) {
		struct ikescope_remedy *grown, r = f->remedies[i];

		if (has_remedy(c, &r))
			continue;
		grown = realloc(c->remedies, (c->n_remedies + 1) * sizeof(*grown));
		if (grown == NULL)
			return false;
		c->remedies = grown;
		grown[c->n_remedies++] = (struct ikescope_remedy){strdup(r.vendor), strdup(r.text)};
		if (grown[c->n_remedies - 1].vendor == NULL ||
		    grown[c->n_remedies - 1].text == NULL)
			return false;
	}
	return true;
}

static bool copy_lines(struct ik_cause *c, const struct ikescope_box_line *lines, size_t n)
{
	c->on_box = calloc(n + 1, sizeof(*c->on_box));
	if (c->on_box == NULL)
		return false;
	for (; c->n_on_box < n; c->n_on_box++) {
		const struct ikescope_box_line *line = &lines[c->n_on_box];
		struct ikescope_box_line *copy = &c->on_box[c->n_on_box];

		*copy = (struct ikescope_box_line){strdup(line->vendor), line->role,
		                                   strdup(line->text)};
		if (copy->vendor == NULL || copy->text == NULL) {
			c->n_on_box++;
			return false;
		}
	}
	return true;
}

/* Copies what the end of a report prints of a finding. A brief walk leaves the words to us. */
static bool copy_finding(struct ik_cause *c, const struct ikescope_finding *f)
{
	const char *title = f->title != NULL ? f->title : ik_title(f->slug);
	char *at;

	at = malloc(room(title) + room(f->summary) + 1);
	c->copy = at;
	if (at == NULL)
		return false;
	c->title = keep(&at, title);
	c->summary = keep(&at, f->summary);
	return copy_lines(c, f->on_box, f->n_on_box) && copy_remedies(c, f);
}

static struct ik_cause *find(struct ik_tally *t, const char *slug)
{
	for (size_t i = 0; i < t->n_causes; i++)
		if (strncmp(t->cause[i].slug, slug, sizeof(t->cause[i].slug) - 1) == 0)
			return &t->cause[i];
	return NULL;
}

bool ik_tally_finding(struct ik_tally *t, const struct ikescope_finding *f,
                      const struct ikescope_negotiation *n)
{
	struct ik_cause *c = find(t, f->slug);
	struct ik_buf slug;

	if (c != NULL) {
		c->count++;
		if (f->claim < c->weakest)
			c->weakest = f->claim;
		if (f->claim > c->strongest)
			c->strongest = f->claim;
		if (f->severity > c->severity)
			c->severity = f->severity;
		return copy_remedies(c, f);
	}
	if (t->n_causes == IK_TALLY_CAUSES) {
		t->other_causes++;
		return true;
	}
	c = &t->cause[t->n_causes++];
	*c = (struct ik_cause){.severity = f->severity,
	                       .weakest = f->claim,
	                       .strongest = f->claim,
	                       .count = 1,
	                       .first = n != NULL ? n->id : 0};
	slug = IK_BUF_ON(c->slug);
	ik_buf_puts(&slug, f->slug);
	return copy_finding(c, f);
}

void ik_tally_shown(struct ik_tally *t, const struct ikescope_finding *f)
{
	struct ik_cause *c = find(t, f->slug);

	if (c != NULL)
		c->shown++;
}

bool ik_tally_negotiation(struct ik_tally *t, const struct ikescope_negotiation *n)
{
	bool ok = true;

	if ((size_t)n->outcome < sizeof(t->outcome) / sizeof(t->outcome[0]))
		t->outcome[n->outcome]++;
	if (t->stop[0] == '\0' && n->has_stall)
		ik_stop_text(t->stop, sizeof(t->stop), n);
	for (size_t i = 0; i < n->n_findings; i++)
		ok = ik_tally_finding(t, &n->findings[i], n) && ok;
	return ok;
}

void ik_tally_clear(struct ik_tally *t)
{
	for (size_t i = 0; i < t->n_causes; i++) {
		struct ik_cause *c = &t->cause[i];

		for (size_t k = 0; k < c->n_remedies; k++) {
			free((char *)(uintptr_t)c->remedies[k].vendor);
			free((char *)(uintptr_t)c->remedies[k].text);
		}
		for (size_t k = 0; k < c->n_on_box; k++) {
			free((char *)(uintptr_t)c->on_box[k].vendor);
			free((char *)(uintptr_t)c->on_box[k].text);
		}
		free(c->copy);
		free(c->remedies);
		free(c->on_box);
	}
	*t = (struct ik_tally){0};
}
