/*
 * What the fuzz targets share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fuzz/invariants.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/told.h"
#include "support/pipeline.h"

/* Of a dissector: IP fragments, TCP streams, messages that wait, marks, fields of a message. */
enum { MEMORY_MOST = 10 << 20, REMEMBERED = 512 };

void require(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "it does not hold: %s\n", what);
	abort();
}

/* ---- input ---------------------------------------------------------------------------------- */

unsigned input_number(struct input *in, unsigned octets)
{
	unsigned value = 0;

	for (; octets > 0; octets--) {
		value <<= 8;
		if (in->left > 0) {
			value |= *in->at++;
			in->left--;
		}
	}
	return value;
}

uint8_t *input_octets(struct input *in, size_t *n)
{
	uint8_t *octets;

	if (*n > in->left)
		*n = in->left;
	octets = malloc(*n > 0 ? *n : 1);
	if (octets == NULL)
		abort();
	if (*n > 0)
		memcpy(octets, in->at, *n);
	in->at += *n;
	in->left -= *n;
	return octets;
}

/* ---- fields --------------------------------------------------------------------------------- */

void nest_field(struct nest *n, const struct ik_field *f)
{
	require(f->name != NULL && f->name[0] != '\0', "a field has a name");
	require(f->pos <= n->len && f->len <= n->len - f->pos, "a field lies in the message");
	require(f->depth < DEPTHS && f->depth <= n->depth, "a field has a parent");
	if (f->depth > 0) {
		const struct ik_span *parent = &n->open[f->depth - 1];

		require(f->pos >= parent->pos && f->pos + f->len <= parent->pos + parent->len,
		        "a field lies inside its parent");
	}
	if (f->depth < n->depth)
		require(f->pos >= n->open[f->depth].pos, "fields come in order");
	n->open[f->depth] = (struct ik_span){.pos = f->pos, .len = f->len};
	n->depth = f->depth + 1U;
	n->fields++;
	tellf("%*s%s %u+%u %" PRIu64 " %s\n", (int)f->depth, "", f->name, f->pos, f->len, f->value,
	      ik_field_text(f) != NULL ? ik_field_text(f) : "");
}

void nest_sink(void *ctx, const struct ik_field *f)
{
	nest_field(ctx, f);
}

static void inside(const struct ik_span *s, size_t len)
{
	require(s->len == 0 || (s->pos <= len && s->len <= len - s->pos),
	        "what is kept lies in the message");
}

void require_message(const struct ik_msg *m, size_t len)
{
	inside(&m->sa, len);
	inside(&m->ke, len);
	inside(&m->nonce, len);
	inside(&m->id_i, len);
	inside(&m->id_r, len);
	inside(&m->cookie, len);
	inside(&m->frag, len);
	require(m->n_notify <= IK_MAX_NOTIFIES && m->n_vid <= IK_MAX_VIDS &&
	                m->n_natd <= IK_MAX_NATD && m->n_anomaly <= IK_MAX_ANOMALIES &&
	                m->n_anomaly <= m->anomalies,
	        "lists are bounded");
	for (size_t i = 0; i < m->n_notify; i++)
		inside(&m->notify[i].data, len);
	for (size_t i = 0; i < m->n_anomaly; i++) {
		const struct ik_anomaly *a = &m->anomaly[i];

		require(a->code > IK_ANOMALY_NONE && a->code < IK_ANOMALY_COUNT,
		        "an anomaly has a code");
		tellf("%s at %u in %u: %u, %u\n", ik_anomaly_info(a->code)->name, a->offset,
		      a->payload, a->got, a->expected);
	}
}

/* ---- documents ------------------------------------------------------------------------------ */

int document_write(void *ctx, const char *data, size_t len)
{
	struct document *d = ctx;

	if (d->len + len + 1 > d->cap) {
		d->cap = 2 * (d->len + len + 1);
		d->octets = realloc(d->octets, d->cap);
		if (d->octets == NULL)
			abort();
	}
	memcpy(d->octets + d->len, data, len);
	d->len += len;
	d->octets[d->len] = '\0';
	return 0;
}

void document_free(struct document *d)
{
	free(d->octets);
	*d = (struct document){0};
}

void require_clean(const struct document *d)
{
	const uint8_t *p = (const uint8_t *)d->octets;
	bool hurts = false;

	for (size_t i = 0; i < d->len; i++)
		hurts |= (p[i] < 0x20 && p[i] != '\n') || p[i] == 0x7f ||
		         (p[i] == 0xc2 && i + 1 < d->len && p[i + 1] < 0xa0);
	require(!hurts, "no control character is written");
}

void require_same(const struct document *a, const struct document *b)
{
	require(a->len == b->len && (a->len == 0 || memcmp(a->octets, b->octets, a->len) == 0),
	        "the same input gives the same output");
}

static void require_fields(const json_t *fields, json_int_t from, json_int_t to)
{
	const json_t *field;
	json_int_t before = from;
	size_t i;

	json_array_foreach(fields, i, field)
	{
		json_int_t at = json_integer_value(json_object_get(field, "offset"));
		json_int_t len = json_integer_value(json_object_get(field, "length"));

		require(json_is_integer(json_object_get(field, "offset")), "a field has an offset");
		require(at >= from && at <= to && len <= to - at, "a field lies inside its parent");
		require(at >= before, "fields come in order");
		before = at;
		require_fields(json_object_get(field, "fields"), at, at + len);
	}
}

static void require_anomalies(const json_t *message, json_int_t len)
{
	const json_t *anomaly;
	size_t i;

	json_array_foreach(json_object_get(message, "anomalies"), i, anomaly)
	{
		const json_t *at = json_object_get(anomaly, "offset");

		require(json_is_integer(at) && json_integer_value(at) <= len,
		        "an anomaly lies in the message");
	}
}

void require_dissection(const struct document *d)
{
	json_error_t error;
	json_t *json = json_loadb(d->octets, d->len, JSON_REJECT_DUPLICATES, &error);
	const json_t *message;
	size_t i;

	require(json != NULL, "the document is JSON");
	json_array_foreach(json_object_get(json, "messages"), i, message)
	{
		const json_t *inner = json_object_get(message, "reassembled");
		json_int_t len = json_integer_value(json_object_get(message, "length"));
		json_int_t captured = json_integer_value(json_object_get(message, "captured"));

		require(captured <= len, "no more is captured than there was");
		require_fields(json_object_get(message, "fields"), 0, captured);
		/* What follows a message may lie behind the end of the capture of it. */
		require_anomalies(message, len);
		require_fields(json_object_get(inner, "fields"), 0, 65536);
		require_anomalies(inner, 65536);
	}
	json_decref(json);
}

void dissect_packets(const struct ikescope_packet *packet, size_t n,
                     const struct ikescope_dissect_options *options, struct document *d)
{
	static const struct ikescope_capture_info info = {.file = "packets", .format = "pcap"};
	static const struct ikescope_capture_stats stats = {.dropped = -1};
	const struct ikescope_writer writer = {.ctx = d, .write = document_write};
	struct ikescope_dissect_options o = *options;
	struct ikescope_dissector *dissector;
	uint32_t capture = 0;
	size_t before = pl_allocated();

	/* To clear a table for thousands of messages takes longer than a few packets do. */
	o.limits.remembered = REMEMBERED;
	dissector = ikescope_dissector_new(&o, &writer);
	require(dissector != NULL &&
	                ikescope_dissector_capture_begin(dissector, &info, &capture) == 0,
	        "the dissector begins");
	for (size_t i = 0; i < n; i++) {
		require(ikescope_dissector_packet(dissector, &packet[i]) == 0,
		        "the dissector takes every packet");
		require(pl_allocated() <= before + d->cap + MEMORY_MOST, "memory is bounded");
	}
	require(ikescope_dissector_capture_end(dissector, capture, &stats) == 0 &&
	                ikescope_dissector_finish(dissector) == 0,
	        "the dissector ends without an error");
	ikescope_dissector_free(dissector);
	require_clean(d);
	tell(d->octets, d->len);
}
