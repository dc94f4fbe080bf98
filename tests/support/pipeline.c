/*
 * The whole way in process: the octets of a capture file in, JSON and text out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/memory.h"

/* A spill in memory. */
struct store {
	uint8_t *octets;
	size_t len, cap, most;
};

struct sink {
	struct pl_document *document;
	bool keep;
	size_t cap;
};

struct run {
	struct ikescope *scope;
	const struct pl_how *how;
	struct pl_result *result;
	struct ikescope_dissector *dissector; /* with how.text */
	struct sink dissected;
	struct store spill;
	size_t before; /* allocated, before anything was */
};

/* Of the address sanitizer. */
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

size_t pl_allocated(void)
{
	if (__sanitizer_get_current_allocated_bytes == NULL)
		return 0;
	return __sanitizer_get_current_allocated_bytes();
}

struct pl_how pl_how_default(void)
{
	struct pl_how how = {.options = ikescope_options_default(), .text = true};

	/* A search takes half a second, and no octet of the input makes a difference to it. */
	how.options.nat_search = IKESCOPE_NAT_SEARCH_OFF;
	/* Tables to be cleared for each of a million runs are small. */
	how.options.limits.remembered = 512;
	how.options.limits.targets = 2048;
	return how;
}

/* ---- the spill ---------------------------------------------------------------------------- */

static bool reserve(void **octets, size_t *cap, size_t need)
{
	size_t want = *cap != 0 ? *cap : 65536;
	void *grown;

	if (need <= *cap)
		return true;
	while (want < need)
		want *= 2;
	grown = realloc(*octets, want);
	if (grown == NULL)
		return false;
	*octets = grown;
	*cap = want;
	return true;
}

static int spill_write(void *ctx, const void *data, size_t len)
{
	struct store *s = ctx;
	void *octets = s->octets;

	if ((s->most != 0 && len > s->most - s->len) || !reserve(&octets, &s->cap, s->len + len))
		return -1;
	s->octets = octets;
	if (len > 0)
		memcpy(s->octets + s->len, data, len);
	s->len += len;
	return 0;
}

/* To ask for what was never written is an error of the library, not of the capture. */
static int spill_read(void *ctx, uint64_t offset, void *data, size_t len)
{
	const struct store *s = ctx;

	if (offset > s->len || len > s->len - offset)
		abort();
	if (len > 0)
		memcpy(data, s->octets + offset, len);
	return 0;
}

/* ---- packets ------------------------------------------------------------------------------ */

static int begin_both(struct run *r, const struct ikescope_capture_info *info, uint32_t *capture)
{
	if (r->dissector != NULL)
		r->result->dissection.code =
		        ikescope_dissector_capture_begin(r->dissector, info, capture);
	return ikescope_capture_begin(r->scope, info, capture);
}

static void weigh(struct run *r)
{
	size_t now = pl_allocated(), others = r->before + r->spill.cap + r->dissected.cap;

	if (now > others && now - others > r->result->memory)
		r->result->memory = now - others;
}

static int packet_to_both(struct run *r, const struct ikescope_packet *p)
{
	weigh(r);
	if (r->dissector != NULL)
		r->result->dissection.code = ikescope_dissector_packet(r->dissector, p);
	return ikescope_packet(r->scope, p);
}

static int note(struct run *r, int code)
{
	if (r->result->analysis == 0)
		r->result->analysis = code;
	return code;
}

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct run *r = ctx;

	return note(r, begin_both(r, info, capture));
}

static uint8_t *copy_of(const struct ikescope_packet *p)
{
	uint8_t *octets = malloc(p->captured > 0 ? p->captured : 1);

	if (octets == NULL)
		abort();
	if (p->captured > 0)
		memcpy(octets, p->data, p->captured);
	return octets;
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	struct run *r = ctx;
	struct ikescope_packet exact = *p;
	uint8_t *octets = copy_of(p);
	int code;

	exact.data = octets;
	r->result->packets++;
	code = note(r, packet_to_both(r, &exact));
	free(octets);
	return code;
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	struct run *r = ctx;

	return note(r, ikescope_capture_end(r->scope, capture, stats));
}

static void complain(void *ctx, const char *line)
{
	struct run *r = ctx;

	r->result->complaints += line[0] != '\0';
}

/* ---- documents ---------------------------------------------------------------------------- */

enum { AT_ONCE = 32 };

/* Below the space only the newline; no DEL, no C1 control in UTF-8 (0xc2 0x80 to 0xc2 0x9f). Blocks
 * of one size without a branch: it reads all that a million runs write. */
__attribute__((no_sanitize("address", "undefined"))) static bool hurts(const uint8_t *p, size_t len)
{
	size_t i = 0;
	uint8_t bad = 0;

	for (; i + AT_ONCE < len; i += AT_ONCE)
		for (size_t k = i; k < i + AT_ONCE; k++)
			bad |= ((p[k] < 0x20) & (p[k] != '\n')) | (p[k] == 0x7f) |
			       ((p[k] == 0xc2) & (p[k + 1] < 0xa0));
	for (; i < len; i++)
		bad |= (p[i] < 0x20 && p[i] != '\n') || p[i] == 0x7f ||
		       (p[i] == 0xc2 && i + 1 < len && p[i + 1] < 0xa0);
	return bad != 0;
}

static int write_document(void *ctx, const char *data, size_t len)
{
	struct sink *s = ctx;
	struct pl_document *d = s->document;
	void *octets = d->octets;

	d->unclean |= hurts((const uint8_t *)data, len);
	d->blocks++;
	if (s->keep) {
		if (!reserve(&octets, &s->cap, d->len + len + 1))
			return 1;
		d->octets = octets;
		memcpy(d->octets + d->len, data, len);
		d->octets[d->len + len] = '\0';
	}
	d->len += len;
	return 0;
}

static void write_documents(struct run *r)
{
	const struct pl_how *how = r->how;
	struct sink json = {.document = &r->result->json, .keep = how->keep};
	struct sink text = {.document = &r->result->text, .keep = how->keep};
	struct sink ladder = {.document = &r->result->ladder, .keep = how->keep};
	struct sink replay = {.document = &r->result->replay, .keep = how->keep};
	struct ikescope_writer to_json = {.ctx = &json, .write = write_document};
	struct ikescope_writer to_text = {.ctx = &text, .write = write_document};
	struct ikescope_writer to_ladder = {.ctx = &ladder, .write = write_document};
	struct ikescope_writer to_replay = {.ctx = &replay, .write = write_document};
	/* The style that many files try in turn; every other time the states in the middle. */
	const struct ikescope_replay played = {
	        .style = (enum ikescope_replay_style)(r->result->packets % 4),
	        .at = {.kind = r->result->packets / 4 % 2 == 1 ? IKESCOPE_MOMENT_SINCE
	                                                       : IKESCOPE_MOMENT_NONE,
	               .value = IKESCOPE_SECOND},
	};
	const struct ikescope_text_options as_played = {.replay = &played};
	const struct ikescope_text_options boxes = {.boxes = true};
	enum ikescope_document kind = how->sessions ? IKESCOPE_SESSIONS : IKESCOPE_DIAGNOSIS;

	r->result->json.code = ikescope_write_json(r->scope, kind, &to_json, &r->result->verdict);
	if (!how->text)
		return;
	r->result->text.code = ikescope_write_text(r->scope, kind, NULL, &to_text, NULL);
	r->result->ladder.code =
	        ikescope_write_text(r->scope, IKESCOPE_LADDER, &boxes, &to_ladder, NULL);
	r->result->replay.code =
	        ikescope_write_text(r->scope, IKESCOPE_REPLAY, &as_played, &to_replay, NULL);
}

static void open_dissector(struct run *r)
{
	const struct ikescope_options *o = &r->how->options;
	struct ikescope_dissect_options options = {.limits = o->limits,
	                                           .ike_ports = o->ike_ports,
	                                           .n_ike_ports = o->n_ike_ports,
	                                           .json = !r->how->sessions,
	                                           .hex = true};
	struct ikescope_writer writer = {.ctx = &r->dissected, .write = write_document};

	r->dissected = (struct sink){.document = &r->result->dissection, .keep = r->how->keep};
	memcpy(options.hash_key, o->hash_key, sizeof(options.hash_key));
	r->dissector = ikescope_dissector_new(&options, &writer);
	if (r->dissector == NULL)
		abort();
}

/* Opens a context and what surrounds it. */
static void run_open(struct run *r)
{
	struct ikescope_options options = r->how->options;

	*r->result = (struct pl_result){0};
	r->before = pl_allocated();
	r->spill.most = r->how->spill_max;
	if (r->how->spill)
		options.spill = (struct ikescope_spill){
		        .ctx = &r->spill, .write = spill_write, .read = spill_read};
	r->scope = ikescope_new(&options);
	if (r->scope == NULL)
		abort();
	if (r->how->text)
		open_dissector(r);
}

static void run_close(struct run *r)
{
	if (r->result->analysis == 0)
		note(r, ikescope_finish(r->scope));
	weigh(r);
	if (r->dissector != NULL && r->result->dissection.code == 0)
		r->result->dissection.code = ikescope_dissector_finish(r->dissector);
	ikescope_dissector_free(r->dissector);
	if (r->result->analysis == 0)
		write_documents(r);
	ikescope_free(r->scope);
	r->result->spilled = r->spill.len;
	free(r->spill.octets);
}

void pl_run(const uint8_t *data, size_t len, const struct pl_how *how, struct pl_result *result)
{
	struct run r = {.how = how, .result = result};
	struct ik_capture_sink sink = {
	        .ctx = &r, .begin = begin, .packet = packet, .end = end, .complain = complain};

	run_open(&r);
	result->capture = ik_capture_memory(data, len, "capture", &sink);
	run_close(&r);
}

struct ikescope *pl_open(const uint8_t *data, size_t len, const struct pl_how *how)
{
	struct pl_result result = {0};
	struct run r = {.how = how, .result = &result, .scope = ikescope_new(&how->options)};
	struct ik_capture_sink sink = {
	        .ctx = &r, .begin = begin, .packet = packet, .end = end, .complain = complain};

	if (r.scope == NULL)
		abort();
	if (ik_capture_memory(data, len, "capture", &sink) == IK_CAPTURE_STOPPED ||
	    ikescope_finish(r.scope) != IKESCOPE_OK) {
		ikescope_free(r.scope);
		return NULL;
	}
	return r.scope;
}

/* ---- packets, again and again --------------------------------------------------------------- */

static int keep_begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	(void)ctx;
	*capture = info->file != NULL ? 1 : 0;
	return 0;
}

void pl_packets_add(struct pl_packets *k, const struct ikescope_packet *p)
{
	if (k->n == k->cap) {
		k->cap = k->cap != 0 ? 2 * k->cap : 64;
		k->row = realloc(k->row, k->cap * sizeof(*k->row));
		k->octets = realloc(k->octets, k->cap * sizeof(*k->octets));
		if (k->row == NULL || k->octets == NULL)
			abort();
	}
	k->octets[k->n] = copy_of(p);
	k->row[k->n] = *p;
	k->row[k->n].data = k->octets[k->n];
	k->n++;
}

static int keep_packet(void *ctx, const struct ikescope_packet *p)
{
	pl_packets_add(ctx, p);
	return 0;
}

static int keep_end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	(void)ctx;
	return capture == 1 && stats != NULL ? 0 : -1;
}

struct pl_packets pl_take_apart(const uint8_t *data, size_t len)
{
	struct pl_packets packets = {0};
	struct ik_capture_sink sink = {
	        .ctx = &packets, .begin = keep_begin, .packet = keep_packet, .end = keep_end};

	(void)ik_capture_memory(data, len, "capture", &sink);
	return packets;
}

void pl_packets_free(struct pl_packets *packets)
{
	for (size_t i = 0; i < packets->n; i++)
		free(packets->octets[i]);
	free(packets->octets);
	free(packets->row);
	*packets = (struct pl_packets){0};
}

void pl_replay(const struct pl_packets *packets, const struct pl_how *how, struct pl_result *result)
{
	static const struct ikescope_capture_info info = {.file = "capture", .format = "pcap"};
	static const struct ikescope_capture_stats stats = {.dropped = -1};
	struct run r = {.how = how, .result = result};
	uint32_t capture = 0;

	run_open(&r);
	note(&r, begin_both(&r, &info, &capture));
	for (size_t i = 0; i < packets->n; i++)
		note(&r, packet_to_both(&r, &packets->row[i]));
	note(&r, ikescope_capture_end(r.scope, capture, &stats));
	run_close(&r);
}

void pl_free(struct pl_result *result)
{
	free(result->json.octets);
	free(result->text.octets);
	free(result->ladder.octets);
	free(result->replay.octets);
	free(result->dissection.octets);
	result->json.octets = result->text.octets = result->ladder.octets = NULL;
	result->replay.octets = result->dissection.octets = NULL;
}

uint8_t *pl_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	long size = -1;

	*len = 0;
	if (f != NULL && fseek(f, 0, SEEK_END) == 0)
		size = ftell(f);
	if (size < 0 || fseek(f, 0, SEEK_SET) != 0)
		goto out;
	data = malloc(size > 0 ? (size_t)size : 1);
	if (data != NULL && fread(data, 1, (size_t)size, f) != (size_t)size) {
		free(data);
		data = NULL;
	}
	*len = data != NULL ? (size_t)size : 0;
out:
	if (f != NULL)
		(void)fclose(f);
	return data;
}
