/*
 * Expectations: what a capture has to be diagnosed as. docs/check.md describes the format.
 *
 * A document is what "diagnose --format json" prints. Nothing here reads files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CHECK_EXPECT_H
#define IK_CHECK_EXPECT_H

#include <jansson.h>

#include "base/buf.h"

#define IK_EXPECT_SCHEMA "ikescope.expectation/1"

/* Reads an expectation; NULL where it is none, and why says so. */
json_t *ik_expect_read(const char *text, size_t len, struct ik_buf *why);

/* An assertion that does not hold. The texts are there until the call returns. */
struct ik_unmet {
	const char *assertion;      /* a path, a place, "exit", ... */
	const char *expected, *got; /* JSON on one line, or words; got NULL: nothing is there */
	const char *known;          /* why, where the expectation says that it is wrong, or NULL */
};

/* Holds a document against an expectation. document is NULL where there was none; status is how the
 * diagnosis ended. Every assertion that does not hold goes to unmet(), and what the expectation
 * calls known and is not wrong any more. False without memory. */
bool ik_expect_hold(const json_t *expectation, json_t *document, int status,
                    void (*unmet)(void *ctx, const struct ik_unmet *what), void *ctx);

/* An expectation of what was diagnosed, a new reference, NULL without memory. old: the one that is
 * there, or NULL; what its author chose to assert stays chosen, only values are new. */
json_t *ik_expect_make(const json_t *old, json_t *document, int status);

/* The findings of a document by the places that have any: "negotiations[0]" -> ["failure slug
 * claim: candidate, not candidate"]. New reference. */
json_t *ik_findings_by_place(const json_t *document);

#endif
