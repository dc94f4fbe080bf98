/*
 * Fuzzing the decoder of messages alone: the input is what follows a UDP header. It is decoded
 * whole and cut, with every field loud.
 *
 * What must hold: nothing crashes; every field, payload and piece lies in what was captured; what
 * is learned of a message does not depend on whether its fields are loud.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/told.h"
#include "ike/message.h"
#include "ikescope/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The octets that a field may lie in. */
struct bounds {
	size_t len;
};

static void on_field(void *ctx, const struct ik_field *f)
{
	const struct bounds *b = ctx;

	require(f->name != NULL && f->name[0] != '\0');
	require(f->pos <= b->len && f->len <= b->len - f->pos);
	tellf("%u %s %u+%u %" PRIu64 "\n", f->depth, f->name, f->pos, f->len, f->value);
}

static void inside(const struct ik_span *s, size_t len)
{
	require(s->len == 0 || (s->pos <= len && s->len <= len - s->pos));
}

static void on_transform(void *ctx, const struct ik_transform *t)
{
	unsigned *rows = ctx;

	tellf("transform %u %u: %u %u = %u, %u bits\n", t->proposal, t->transform, t->protocol,
	      t->type, t->value, t->key_bits);
	*rows += t->type != UINT8_MAX;
}

static void decode(const uint8_t *data, size_t len, size_t length, bool snapped)
{
	unsigned most = (unsigned)ikescope_limits_default().payloads, rows = 0;
	struct bounds bounds = {.len = len};
	struct ik_field_sink sink = {.ctx = &bounds, .field = on_field};
	struct ik_msg loud, quiet;

	memset(&loud, 0, sizeof(loud));
	memset(&quiet, 0, sizeof(quiet));
	ik_msg_decode(&loud, data, len, length, snapped, most, &sink);
	ik_msg_decode(&quiet, data, len, length, snapped, most, NULL);
	require(loud.payload_bits[0] == quiet.payload_bits[0] && loud.n_notify == quiet.n_notify &&
	        loud.anomalies == quiet.anomalies && loud.inner_np == quiet.inner_np &&
	        loud.sa.pos == quiet.sa.pos);
	require(loud.captured <= len);
	inside(&loud.sa, len);
	inside(&loud.ke, len);
	inside(&loud.nonce, len);
	inside(&loud.id_i, len);
	inside(&loud.id_r, len);
	inside(&loud.frag, len);
	for (size_t i = 0; i < loud.n_notify; i++)
		inside(&loud.notify[i].data, len);
	for (size_t i = 0; i < loud.n_anomaly; i++)
		tellf("%s at %u: %u, %u\n", ik_anomaly_info(loud.anomaly[i].code)->name,
		      loud.anomaly[i].offset, loud.anomaly[i].got, loud.anomaly[i].expected);
	if (loud.sa.len > 0)
		(void)ik_sa_walk(data + loud.sa.pos, loud.sa.len, loud.major, 64, on_transform,
		                 &rows);
	require(rows <= 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ik_framing f = ik_frame_classify(data, size, size, true, false);
	size_t half = size / 2;
	uint8_t *cut = malloc(half + 1);

	if (cut == NULL)
		return 0;
	require(f.skip <= size);
	decode(data, size, size, false);
	if (f.kind == IK_FRAME_IKE)
		decode(data + f.skip, size - f.skip, size - f.skip, false);
	memcpy(cut, data, half);
	decode(cut, half, size, true);
	free(cut);
	return 0;
}
