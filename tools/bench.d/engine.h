/*
 * Plays many pairs of endpoints at the same time, in the order of capture time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "pair.h"

/* What a Child SA is to the generator of ESP. */
struct child {
	struct host i, r;
	uint16_t i_port; /* UDP 4500 as the capture point sees it; 0: without UDP */
	uint8_t i_hops, r_hops;
};

struct engine_plan {
	uint64_t seed;
	uint64_t negotiations; /* distinct SPI pairs */
	uint64_t span;         /* microseconds over which the pairs begin */
	uint32_t attempts;     /* of each pair, on average */
	uint32_t responders;   /* gateways; 0: one for each eight pairs */

	/* A Child SA of the pair in a slot begins, or ends (`c` is NULL); may be NULL. */
	void (*on_child)(void *context, uint32_t slot, const struct child *c);
	void *context;
};

struct engine_count {
	uint64_t negotiations, failing, pairs;
	uint64_t script[64];
};

struct engine;

struct engine *engine_new(const struct engine_plan *plan);
/* Time of the next packet, or false where there is none. */
bool engine_next(struct engine *e, uint64_t *time);
/* Sends that packet. */
void engine_send(struct engine *e, struct capture *c);
const struct engine_count *engine_counts(const struct engine *e);
void engine_free(struct engine *e);

#endif
