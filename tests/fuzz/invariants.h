/*
 * What the fuzz targets share: reading an input piece by piece, what must hold of fields, documents
 * and memory, and a dissector whose documents are kept.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_FUZZ_INVARIANTS_H
#define TEST_FUZZ_INVARIANTS_H

#include "ike/message.h"
#include "ikescope/dissect.h"

/* Says what does not hold and aborts, which libFuzzer and ctest both take for a failure. */
void require(bool holds, const char *what);

/* ---- input ---------------------------------------------------------------------------------- */

/* What is left of an input: what it lacks is zero. */
struct input {
	const uint8_t *at;
	size_t left;
};

unsigned input_number(struct input *in, unsigned octets);

/* Up to n octets, in memory of exactly their size; *n becomes their number. The caller frees. */
uint8_t *input_octets(struct input *in, size_t *n);

/* ---- fields --------------------------------------------------------------------------------- */

enum { DEPTHS = 32 };

/* Every field lies in the octets that there are, and inside the field that it is a part of; fields
 * of one depth come in the order of their octets. */
struct nest {
	size_t len; /* octets that there are */
	struct ik_span open[DEPTHS];
	unsigned depth; /* how many are open */
	size_t fields;
};

void nest_field(struct nest *n, const struct ik_field *f);
/* The same as the sink of a decoder; ctx is the nest. */
void nest_sink(void *ctx, const struct ik_field *f);

/* What a decoder keeps of a message lies in its octets, and what it counts in its lists. */
void require_message(const struct ik_msg *m, size_t len);

/* ---- documents ------------------------------------------------------------------------------ */

struct document {
	char *octets; /* NUL-terminated, or NULL */
	size_t len, cap;
};

/* A writer's write(): ctx is the document. */
int document_write(void *ctx, const char *data, size_t len);
void document_free(struct document *d);

/* No character that hurts a terminal. */
void require_clean(const struct document *d);
void require_same(const struct document *a, const struct document *b);
/* JSON whose fields, wherever they stand, nest as those of a decoder do. */
void require_dissection(const struct document *d);

/* Dissects packets; the document is kept and is clean. */
void dissect_packets(const struct ikescope_packet *packet, size_t n,
                     const struct ikescope_dissect_options *options, struct document *d);

#endif
