/* Messages out of a TCP stream. SPDX-License-Identifier: Apache-2.0 */
#include "net/tcp_message.h"

#include <stdlib.h>

static const uint8_t prefix[IK_TCP_PREFIX] = {'I', 'K', 'E', 'T', 'C', 'P'};

size_t ik_tcp_prefix(const uint8_t *data, size_t n)
{
	if (n > sizeof(prefix))
		n = sizeof(prefix);
	return memcmp(data, prefix, n) == 0 ? n : 0;
}

void ik_tcp_reader_free(struct ik_tcp_reader *r)
{
	free(r->data);
	*r = (struct ik_tcp_reader){0};
}

void ik_tcp_advance(struct ik_tcp_octets *o, size_t n)
{
	size_t there = n < o->captured ? n : o->captured;

	o->wire -= n;
	o->captured -= there;
	if (there == 0)
		return;
	o->data += there;
	o->offset += o->offset != 0 ? there : 0;
}

/* Frames ascending; when there are too many the last one stays the last. */
static void add_frame(struct ik_tcp_reader *r, uint64_t frame)
{
	size_t i = r->n_frames;

	while (i > 0 && r->frame[i - 1] > frame)
		i--;
	if (i > 0 && r->frame[i - 1] == frame)
		return;
	if (r->n_frames == IK_TCP_FRAMES) {
		if (i == r->n_frames)
			r->frame[i - 1] = frame;
		return;
	}
	memmove(r->frame + i + 1, r->frame + i, (r->n_frames - i) * sizeof(r->frame[0]));
	r->frame[i] = frame;
	r->n_frames++;
}

static void emit(struct ik_walk *w, struct ik_tcp_reader *r, const uint8_t *data, size_t captured,
                 size_t offset)
{
	struct ik_datagram *dg = &w->dg;

	add_frame(r, w->packet->at.frame); /* the gap that it filled held this message back */
	dg->kind = IK_DG_TCP;
	dg->data = data;
	dg->captured = captured;
	dg->length = r->need;
	dg->snapped = captured < r->need;
	dg->offset = w->whole != NULL ? 0 : offset;
	dg->frames = r->frame;
	dg->n_frames = r->n_frames;
	w->told = true;
	w->n->sink.datagram(w->n->sink.ctx, dg);
	r->n_head = 0;
}

static enum ik_tcp_result read_prefix(struct ik_tcp_reader *r, struct ik_tcp_octets *o)
{
	if (o->captured == 0)
		return IK_TCP_CUT;
	if (o->data[0] != prefix[sizeof(prefix) - r->prefix_left])
		return IK_TCP_FOREIGN;
	r->prefix_left--;
	ik_tcp_advance(o, 1);
	return IK_TCP_OK;
}

static enum ik_tcp_result read_length(struct ik_tcp_reader *r, struct ik_tcp_octets *o)
{
	if (o->captured == 0)
		return IK_TCP_CUT;
	if (r->n_head == 0)
		r->n_frames = 0;
	add_frame(r, o->frame);
	r->head[r->n_head++] = o->data[0];
	ik_tcp_advance(o, 1);
	if (r->n_head < 2)
		return IK_TCP_OK;
	r->need = ik_be16(r->head);
	if (r->need < 2)
		return IK_TCP_LENGTH;
	r->need -= 2;
	r->have = r->captured = 0;
	r->cut = false;
	if (r->need == 0)
		r->n_head = 0;
	return IK_TCP_OK;
}

static bool store(struct ik_tcp_reader *r, const uint8_t *data, size_t n)
{
	if (n > r->room - r->captured) {
		size_t room = (r->captured + n) * 2;
		uint8_t *wide = (uint8_t *)realloc(r->data, room);

		if (wide == NULL)
			return false;
		r->data = wide;
		r->room = room;
	}
	memcpy(r->data + r->captured, data, n);
	r->captured += (uint32_t)n;
	return true;
}

static enum ik_tcp_result read_body(struct ik_walk *w, struct ik_tcp_reader *r,
                                    struct ik_tcp_octets *o)
{
	size_t n = r->need - r->have < o->wire ? r->need - r->have : o->wire;
	size_t captured = n < o->captured ? n : o->captured;

	add_frame(r, o->frame);
	if (n == r->need) {
		emit(w, r, o->data, captured, o->offset);
		ik_tcp_advance(o, n);
		return IK_TCP_OK;
	}
	if (!r->cut && captured != 0 && !store(r, o->data, captured))
		return IK_TCP_MEMORY;
	r->cut = r->cut || captured < n;
	r->have += (uint32_t)n;
	ik_tcp_advance(o, n);
	if (r->have == r->need)
		emit(w, r, r->data != NULL ? r->data : o->data, r->captured, 0);
	return IK_TCP_OK;
}

enum ik_tcp_result ik_tcp_read(struct ik_walk *w, struct ik_tcp_reader *r, struct ik_tcp_octets o)
{
	enum ik_tcp_result result = IK_TCP_OK;

	while (o.wire > 0 && result == IK_TCP_OK) {
		if (r->prefix_left != 0)
			result = read_prefix(r, &o);
		else if (r->n_head < 2)
			result = read_length(r, &o);
		else
			result = read_body(w, r, &o);
	}
	return result;
}

/* A non-ESP marker and an IKE header (RFC 7296 3.1, RFC 2408 3.1) of version 1 or 2 whose length
 * is that of the frame. */
static bool ike_frame(const uint8_t *body, size_t captured, size_t length)
{
	if (captured < 4 + 28 || ik_be32(body) != 0)
		return false;
	return (body[4 + 17] >> 4 == 1 || body[4 + 17] >> 4 == 2) &&
	       ik_be32(body + 4 + 24) == length - 4;
}

bool ik_tcp_plausible(const uint8_t *data, size_t n)
{
	enum { KEEPALIVE = 3, LEAST_ESP = 2 + 8 + 8, RESERVED_SPI = 255 };
	struct ik_rd rd = ik_rd_make(data, n);
	bool esp = false;

	while (ik_rd_left(&rd) > 0) {
		size_t length = ik_rd_u16(&rd), left = ik_rd_left(&rd);

		if (rd.bad || length < KEEPALIVE)
			return false;
		length -= 2;
		if (ike_frame(rd.buf + rd.pos, left, length))
			return true;
		esp = esp || length != 1;
		if (length != 1 && length + 2 < LEAST_ESP)
			return false;
		if (length != 1 && (left < 4 || ik_be32(rd.buf + rd.pos) <= RESERVED_SPI))
			return false;
		ik_rd_skip(&rd, length);
		if (rd.bad)
			return false;
	}
	return esp;
}
