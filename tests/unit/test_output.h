/*
 * Models built by hand, and a source that walks over them as a context would.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_OUTPUT_H
#define TEST_OUTPUT_H

#include "output/out.h"

/* What a fake walk visits. Negotiations are given by number, so that a test can have very many. */
struct test_model {
	struct ikescope_totals totals;
	const struct ikescope_capture_view *captures;
	size_t n_captures;
	/* Fills in negotiation i. */
	void (*negotiation)(size_t i, struct ikescope_negotiation *n);
	size_t n_negotiations;
	const struct ikescope_tunnel
	        *tunnel; /* the same each time, after a part of the negotiations */
	size_t n_tunnels;
};

/* An IKEv1 main mode with differing pre-shared keys, stalled at MM5; no ESP. */
extern const struct test_model test_model_psk;
/* An IKEv2 negotiation that came up, with ESP in both directions. */
extern const struct test_model test_model_healthy;
/* IKEv2 over IPv6, authentication refused, several candidates; hostile text everywhere. */
extern const struct test_model test_model_refused;
/* ESP without IKE, a capture that saw one direction. */
extern const struct test_model test_model_esp;
/* The same tunnel 25 times. */
extern const struct test_model test_model_many_esp;
/* 60 negotiations of one pair: 2 came up, 58 did not. */
extern const struct test_model test_model_crowd;
/* 242,000 negotiations of 2,000 pairs, a quarter failing. */
extern const struct test_model test_model_flood;

/* A source over a model. */
struct ik_source test_source(const struct test_model *model);

/* The whole output of a writer, NUL-terminated, to be freed. */
char *test_json(const struct test_model *model, enum ikescope_document document);
char *test_text(const struct test_model *model, enum ikescope_document document,
                const struct ikescope_text_options *options);

#endif
