/*
 * Holding a document against an expectation.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "check/expect.h"
#include "check/path.h"

#define LINE (JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_ENSURE_ASCII)

struct holding {
	const json_t *expectation;
	json_t *document;
	void (*unmet)(void *ctx, const struct ik_unmet *what);
	void *ctx;
	json_t *excused; /* the members of "known" that something was found under */
	bool failed;     /* no memory */
};

/* Whether an assertion is the known one, or about something inside it. */
static bool covers(const char *known, const char *assertion)
{
	size_t n = strlen(known);

	return strncmp(assertion, known, n) == 0 && strchr(".[", assertion[n]) != NULL;
}

static const char *excuse(struct holding *h, const char *assertion)
{
	json_t *reason;
	const char *known;

	json_object_foreach(json_object_get(h->expectation, "known"), known,
	                    reason) if (covers(known, assertion))
	{
		h->failed |= json_object_set(h->excused, known, reason) != 0;
		return json_string_value(reason);
	}
	return NULL;
}

/* got may be NULL: there is nothing. */
static void tell(struct holding *h, const char *assertion, const json_t *expected,
                 const json_t *got)
{
	char *wanted = json_dumps(expected, LINE),
	     *found = got != NULL ? json_dumps(got, LINE) : NULL;
	struct ik_unmet what = {assertion, wanted, found, excuse(h, assertion)};

	if (wanted == NULL || (got != NULL && found == NULL))
		h->failed = true;
	else
		h->unmet(h->ctx, &what);
	free(wanted);
	free(found);
}

static void hold_exit(struct holding *h, int status)
{
	json_t *expected = json_object_get(h->expectation, "exit"), *got = json_integer(status);

	if (expected != NULL ? !json_equal(expected, got) : status != 0 && status != 1) {
		json_t *any = json_string("0 or 1");

		tell(h, "exit", expected != NULL ? expected : any, got);
		json_decref(any);
	}
	json_decref(got);
}

static void hold_assertions(struct holding *h)
{
	const char *path;
	json_t *expected;

	json_object_foreach(json_object_get(h->expectation, "assert"), path, expected)
	{
		json_t *got = ik_path_value(h->document, path);

		if (got == NULL || !json_equal(got, expected))
			tell(h, path, expected, got);
		json_decref(got);
	}
}

/* ---- findings ----------------------------------------------------------------------------- */

/* Expected findings with every place by its own name. */
static json_t *places_of(json_t *findings)
{
	json_t *places = json_object(), *lines;
	const char *place;

	json_object_foreach(findings, place, lines)
	{
		struct ik_slice s;

		if (!ik_place_read(place, &s) || s.by == 0) {
			json_object_set(places, place, lines);
			continue;
		}
		for (size_t i = s.from; i < s.to; i += s.by) {
			char name[64];
			struct ik_buf b = IK_BUF_ON(name);

			ik_buf_printf(&b, "%s[%zu]", s.array, i);
			json_object_set(places, name, lines);
		}
	}
	return places;
}

/* Every finding of a document, and no other. */
static void hold_findings(struct holding *h)
{
	json_t *findings = json_object_get(h->expectation, "findings");
	json_t *wanted, *found, *none = json_array(), *lines;
	const char *place;

	if (findings == NULL) {
		json_decref(none);
		return;
	}
	wanted = places_of(findings);
	found = ik_findings_by_place(h->document);
	json_object_foreach(wanted, place, lines)
	{
		json_t *got = json_object_get(found, place);

		if (!json_equal(lines, got != NULL ? got : none))
			tell(h, place, lines, got != NULL ? got : none);
	}
	json_object_foreach(found, place, lines) if (json_object_get(wanted, place) == NULL)
	        tell(h, place, none, lines);
	json_decref(wanted);
	json_decref(found);
	json_decref(none);
}

static int rank(const char *claim)
{
	static const char *const claims[] = {"possible", "likely", "certain"};
	int i = 0;

	while (i < 3 && (claim == NULL || strcmp(claims[i], claim) != 0))
		i++;
	return i;
}

static void hold_claims_of(struct holding *h, const json_t *owner, bool *seen)
{
	json_t *finding, *most;
	const char *slug;
	size_t i;

	json_array_foreach(json_object_get(owner, "findings"), i, finding)
	{
		const char *its = json_string_value(json_object_get(finding, "slug"));
		json_t *claim = json_object_get(finding, "claim"), *include;
		size_t k;

		json_object_foreach(json_object_get(h->expectation, "claim_at_most"), slug,
		                    most) if (its != NULL && strcmp(its, slug) == 0 &&
		                              rank(json_string_value(claim)) >
		                                      rank(json_string_value(most)))
		{
			char name[128];
			struct ik_buf b = IK_BUF_ON(name);

			ik_buf_printf(&b, "claim_at_most.%s", slug);
			tell(h, name, most, claim);
		}
		json_array_foreach(json_object_get(h->expectation, "findings_include"), k, include)
		        seen[k] |= its != NULL && strcmp(its, json_string_value(include)) == 0;
	}
}

/* claim_at_most and findings_include, wherever the findings stand. */
static void hold_slugs(struct holding *h)
{
	static const char *const arrays[] = {"captures", "negotiations", "tunnels"};
	json_t *wanted = json_object_get(h->expectation, "findings_include"), *owner, *slug;
	bool *seen = (bool *)calloc(json_array_size(wanted) + 1, sizeof(*seen));
	size_t i;

	if (seen == NULL) {
		h->failed = true;
		return;
	}
	hold_claims_of(h, h->document, seen);
	for (size_t k = 0; k < sizeof(arrays) / sizeof(arrays[0]); k++)
		json_array_foreach(json_object_get(h->document, arrays[k]), i, owner)
		        hold_claims_of(h, owner, seen);
	json_array_foreach(wanted, i, slug) if (!seen[i]) tell(h, "findings_include", slug, NULL);
	free(seen);
}

/* What is known to be wrong and is not: the expectation is stale. */
static void hold_known(struct holding *h)
{
	const char *known;
	json_t *reason;

	json_object_foreach(json_object_get(h->expectation, "known"), known,
	                    reason) if (json_object_get(h->excused, known) == NULL)
	{
		struct ik_unmet what = {.assertion = known,
		                        .expected = "known to be wrong",
		                        .got = "nothing is wrong there: take it out"};

		h->unmet(h->ctx, &what);
	}
}

bool ik_expect_hold(const json_t *expectation, json_t *document, int status,
                    void (*unmet)(void *ctx, const struct ik_unmet *what), void *ctx)
{
	struct holding h = {.expectation = expectation,
	                    .document = document,
	                    .unmet = unmet,
	                    .ctx = ctx,
	                    .excused = json_object()};

	hold_exit(&h, status);
	if (document == NULL) {
		struct ik_unmet what = {.assertion = "document", .expected = "a diagnosis"};

		unmet(ctx, &what);
	} else {
		hold_assertions(&h);
		hold_findings(&h);
		hold_slugs(&h);
		hold_known(&h);
	}
	json_decref(h.excused);
	return !h.failed;
}
