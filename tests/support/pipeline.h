/*
 * The whole way in process: the octets of a capture file in, JSON, text, ladder, replay and
 * dissection out.
 *
 *	struct pl_how how = pl_how_default();
 *	struct pl_result r;
 *	pl_run(data, len, &how, &r);
 *	...
 *	pl_free(&r);
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_SUPPORT_PIPELINE_H
#define TEST_SUPPORT_PIPELINE_H

#include "capture/capture.h"
#include "ikescope/ikescope.h"

/* What is done with a capture. */
struct pl_how {
	struct ikescope_options options;
	bool spill;       /* a spill in memory takes the place of options.spill */
	bool text;        /* the text is written too, the ladder, a replay and the dissection,
	                   * which is text with octets for "sessions", else JSON */
	bool sessions;    /* the documents are "sessions" instead of "diagnosis" */
	bool keep;        /* result.json and result.text hold the documents */
	size_t spill_max; /* the spill fails beyond as many octets; 0: never */
};

/* Default limits, no search for addresses, no spill, text too, nothing kept. */
struct pl_how pl_how_default(void);

/* A document as it was written. */
struct pl_document {
	int code;      /* of the writer */
	size_t len;    /* octets */
	char *octets;  /* with how.keep; NUL-terminated */
	bool unclean;  /* a control character that could hurt a terminal was in it */
	size_t blocks; /* calls of write() */
};

struct pl_result {
	enum ik_capture_result capture;
	int analysis; /* the first enum ikescope_error of the analysis; the writers did not run */
	unsigned complaints;
	uint64_t packets, spilled; /* spilled in octets */
	size_t memory; /* most that was allocated while packets passed, as far as pl_allocated()
	                * knows; without the spill and what is kept */
	struct ikescope_verdict verdict;
	struct pl_document json, text, ladder, replay, dissection;
};

/* Every result is freed. Each packet lies in memory of exactly its size, so that the sanitizers see
 * what is read beyond. */
void pl_run(const uint8_t *data, size_t len, const struct pl_how *how, struct pl_result *result);
void pl_free(struct pl_result *result);

/* The finished analysis of a capture, for ikescope_walk() and ikescope_free(); NULL where it fails.
 * Of how only the options count. */
struct ikescope *pl_open(const uint8_t *data, size_t len, const struct pl_how *how);

/* A capture taken apart into packets that may be changed, to be analysed again and again. */
struct pl_packets {
	struct ikescope_packet *row;
	uint8_t **octets; /* of each row */
	size_t n, cap;
};
struct pl_packets pl_take_apart(const uint8_t *data, size_t len);
void pl_packets_add(struct pl_packets *packets, const struct ikescope_packet *packet);
void pl_packets_free(struct pl_packets *packets);
void pl_replay(const struct pl_packets *packets, const struct pl_how *how,
               struct pl_result *result);

/* Octets allocated at the moment; 0 where nobody counts them: without the address sanitizer. */
size_t pl_allocated(void);

/* All octets of a file in memory of exactly their size, NULL without the file. */
uint8_t *pl_read(const char *path, size_t *len);

#endif
