/*
 * Fuzzing the decoder of messages alone: the input is what follows a UDP header. It is decoded
 * whole and cut, with every field told.
 *
 * What must hold: nothing crashes; every field, payload and piece lies in what was captured; what
 * is learned of a message does not depend on whether its fields are told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/invariants.h"
#include "fuzz/told.h"
#include "ike/message.h"
#include "ikescope/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_transform(void *ctx, const struct ik_transform *t)
{
	unsigned *rows = ctx;

	tellf("transform %u %u: %u %u = %u, %u bits\n", t->proposal, t->transform, t->protocol,
	      t->type, t->value, t->key_bits);
	*rows += t->type != UINT8_MAX;
}

/* Fields beyond the room for them. */
static void drop(void *ctx, const struct ik_field *f)
{
	(void)ctx;
	(void)f;
}

/* The rules add to what the decoder found, and each anomaly has its section. */
static void judge(const uint8_t *data, size_t len, size_t length, bool snapped, unsigned found)
{
	static struct ik_field room[4096];
	struct ik_field_list list = {.row = room, .cap = sizeof(room) / sizeof(room[0])};
	struct ik_field_sink sink = {.field = drop, .list = &list};
	struct ik_msg m;

	ik_msg_decode(&m, data, len, length, snapped, (unsigned)ikescope_limits_default().payloads,
	              &sink);
	require(m.anomalies == found, "a list of fields changes nothing");
	ik_msg_check(&m, data, &list, 14);
	require(m.anomalies >= found, "rules take nothing back");
	for (size_t i = 0; i < m.n_anomaly; i++) {
		require(ik_anomaly_reference(&m.anomaly[i], m.major) != NULL, "a section");
		require(m.anomaly[i].offset <= length, "an anomaly lies in the message");
	}
}

static void decode(const uint8_t *data, size_t len, size_t length, bool snapped)
{
	unsigned most = (unsigned)ikescope_limits_default().payloads, rows = 0;
	struct nest nest = {.len = len};
	struct ik_field_sink sink = {.ctx = &nest, .field = nest_sink};
	struct ik_msg loud, quiet;

	memset(&loud, 0, sizeof(loud));
	memset(&quiet, 0, sizeof(quiet));
	ik_msg_decode(&loud, data, len, length, snapped, most, &sink);
	ik_msg_decode(&quiet, data, len, length, snapped, most, NULL);
	require(loud.payload_bits[0] == quiet.payload_bits[0] && loud.n_notify == quiet.n_notify &&
	                loud.anomalies == quiet.anomalies && loud.inner_np == quiet.inner_np &&
	                loud.sa.pos == quiet.sa.pos,
	        "who looks at fields changes nothing");
	require(loud.captured <= len, "no more is captured than there is");
	require_message(&loud, len);
	if (loud.sa.len > 0)
		(void)ik_sa_walk(data + loud.sa.pos, loud.sa.len, loud.major, 64, on_transform,
		                 &rows);
	require(rows <= 64, "rows are bounded");
	judge(data, len, length, snapped, loud.anomalies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ik_framing f = ik_frame_classify(data, size, size, true, false);
	size_t half = size / 2;
	uint8_t *cut = malloc(half + 1);

	if (cut == NULL)
		return 0;
	require(f.skip <= size, "a message begins in the datagram");
	decode(data, size, size, false);
	if (f.kind == IK_FRAME_IKE)
		decode(data + f.skip, size - f.skip, size - f.skip, false);
	memcpy(cut, data, half);
	decode(cut, half, size, true);
	free(cut);
	return 0;
}
