/*
 * Fuzzing "dissect": the input is a capture file. A hash of it chooses what is written, and of
 * which messages.
 *
 * What must hold: the dissector takes every packet; its JSON parses and its fields nest; nothing
 * that it writes hurts a terminal; no output depends on the hash key, on when it is handed over or
 * on who made it; memory does not grow with the input.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/hash.h"
#include "fuzz/invariants.h"
#include "fuzz/mutate.h"
#include "support/crew.h"
#include "support/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

static struct ikescope_dissect_options options_of(uint64_t hash)
{
	struct ikescope_dissect_options o = {.limits = ikescope_limits_default()};

	o.json = (hash & 1) != 0;
	o.hex = (hash & 2) != 0;
	o.text.width = 40 + (unsigned)(hash >> 2 & 127);
	o.text.relative = (hash >> 9 & 1) != 0;
	o.limits.payloads = (hash >> 10 & 7) == 0 ? 2 : o.limits.payloads;
	if ((hash >> 13 & 7) == 0)
		o.first_frame = hash >> 16 & 7;
	if ((hash >> 19 & 7) == 0)
		o.last_frame = hash >> 22 & 15;
	return o;
}

/* Of many exchanges and payloads some. */
static void select_types(struct ikescope_dissect_options *o, uint64_t hash,
                         struct ikescope_types *types)
{
	*types = (struct ikescope_types){.bits = {{0}}};
	for (size_t i = 0; i < 8; i++) {
		types->bits[0][i] = (uint32_t)(hash >> i) | (uint32_t)(hash >> 31);
		types->bits[1][i] = (uint32_t)(hash >> (2 * i));
	}
	if ((hash >> 40 & 7) == 0)
		o->exchanges = types;
	if ((hash >> 43 & 7) == 0)
		o->payloads = types;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t hash = ik_digest(data, size);
	struct ikescope_dissect_options options = options_of(hash);
	struct pl_packets packets = pl_take_apart(data, size);
	struct document first = {0}, again = {0};
	struct ikescope_types types;
	struct lazy_crew crew = {.first = 0};

	select_types(&options, hash, &types);
	dissect_packets(packets.row, packets.n, &options, &first);
	if (options.json)
		require_dissection(&first);
	if ((hash >> 46 & 3) == 0) {
		memset(options.hash_key, 0x5a, sizeof(options.hash_key));
		options.crew = lazy_crew(&crew, 2);
		options.prompt = (hash >> 48 & 1) != 0;
		dissect_packets(packets.row, packets.n, &options, &again);
		require_same(&first, &again);
	}
	document_free(&first);
	document_free(&again);
	pl_packets_free(&packets);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return mutate_capture(data, size, max, seed);
}
