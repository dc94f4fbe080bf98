/*
 * Fuzzing the chain of payloads alone, as it stands behind a header or inside an encrypted payload.
 *
 * Input: version and exchange, the first payload type, how many payloads are allowed, how many
 * octets the sender's message is longer than what was captured, an octet each; the chain.
 *
 * What must hold: fields lie in the chain and inside their parents; with and without fields the
 * same is learned; a chain that was cut blames nobody for what is missing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/invariants.h"
#include "ike/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t exchanges[2][8] = {
        {2, 4, 5, 6, 32, 33, 1, 0},
        {34, 35, 36, 37, 38, 43, 44, 39},
};

/* The chain begins where the ISAKMP header would have ended. */
static void walk(struct ik_msg *m, struct ik_dec *d, const uint8_t *octets, size_t captured,
                 uint8_t first)
{
	struct ik_rd r = ik_rd_make(octets, captured);

	d->msg = m;
	ik_rd_skip(&r, IK_HDR_LEN);
	ik_chain_walk(d, &r, first);
	require_message(m, captured);
	require(r.pos <= captured, "the chain ends in the message");
}

/* All of the rows but their padding, which a copy leaves as it likes. */
static void require_same_rows(const struct ik_msg *a, const struct ik_msg *b)
{
	for (size_t i = 0; i < IK_MAX_ANOMALIES; i++) {
		const struct ik_anomaly *x = &a->anomaly[i], *y = &b->anomaly[i];

		require(x->code == y->code && x->payload == y->payload && x->rule == y->rule &&
		                x->offset == y->offset && x->got == y->got &&
		                x->expected == y->expected,
		        "who looks at fields finds the same anomalies");
	}
	for (size_t i = 0; i < IK_MAX_NATD; i++) {
		const struct ik_natd *x = &a->natd[i], *y = &b->natd[i];

		require(x->source == y->source && x->octets == y->octets && x->pos == y->pos &&
		                x->prefix == y->prefix,
		        "who looks at fields finds the same hashes");
	}
}

/* Compares two messages; their anomalies and hashes are gone afterwards. */
static void require_same_message(struct ik_msg *a, struct ik_msg *b)
{
	require_same_rows(a, b);
	memset(a->anomaly, 0, sizeof(a->anomaly));
	memset(b->anomaly, 0, sizeof(b->anomaly));
	memset(a->natd, 0, sizeof(a->natd));
	memset(b->natd, 0, sizeof(b->natd));
	require(memcmp(a, b, sizeof(*a)) == 0, "who looks at fields changes nothing");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {.at = data, .left = size};
	unsigned how = input_number(&in, 1), first = input_number(&in, 1);
	unsigned most = input_number(&in, 1), lacking = input_number(&in, 1);
	size_t len = in.left, captured = IK_HDR_LEN + len;
	uint8_t *octets = calloc(captured, 1), *chain = input_octets(&in, &len);
	struct nest nest = {.len = captured};
	struct ik_field_sink sink = {.ctx = &nest, .field = nest_sink};
	struct ik_msg loud, quiet;
	struct ik_dec d = {.max_payloads = most, .end = captured + lacking};

	require(octets != NULL, "there is memory");
	memcpy(octets + IK_HDR_LEN, chain, len);
	memset(&loud, 0, sizeof(loud));
	loud.major = (how & 1) != 0 ? 1 : 2;
	loud.exchange = exchanges[loud.major - 1][how >> 1 & 7];
	loud.captured = loud.length = (uint32_t)captured;
	memcpy(&quiet, &loud, sizeof(loud));

	walk(&quiet, &d, octets, captured, (uint8_t)first);
	d = (struct ik_dec){.sink = &sink, .max_payloads = most, .end = captured + lacking};
	walk(&loud, &d, octets, captured, (uint8_t)first);
	require_same_message(&loud, &quiet);
	require(loud.payloads <= most || most > UINT8_MAX, "payloads are bounded");
	free(chain);
	free(octets);
	return 0;
}
