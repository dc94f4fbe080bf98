/*
 * The dissection as JSON, one message a line: envelopes and the document. Fields are written in
 * dissect_json_fields.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "output/dissect_json.h"

/* ---- messages ----------------------------------------------------------------------------- */

static const uint8_t *spi_of(uint8_t octet[8], uint64_t spi)
{
	for (size_t i = 8; i-- > 0; spi >>= 8)
		octet[i] = (uint8_t)spi;
	return octet;
}

/* What the header says, as one wants to find it. */
static void put_header(const struct ik_dissect_page *page, const struct ik_decoded *d)
{
	const struct ik_msg *m = &d->msg;
	const struct ik_registry *types =
	        m->major == 1 ? &ik_reg_v1_exchange_types : &ik_reg_v2_exchange_types;
	struct ik_out *o = page->out;
	char *p = ik_out_room(o, IK_JSON_ROOM);
	uint8_t octet[8];

	if (m->major == 0) {
		ik_out_puts(o, ",\"ike_version\":null");
		return;
	}
	IK_PUT(p, ",\"ike_version\":");
	p = ik_lay_number(page->cache, p, m->major);
	IK_PUT(p, ",\"initiator_spi\":\"");
	p = ik_lay_hex(p, spi_of(octet, m->spi_i), 8);
	IK_PUT(p, "\",\"responder_spi\":\"");
	p = ik_lay_hex(p, spi_of(octet, m->spi_r), 8);
	IK_PUT(p, "\",\"exchange\":");
	p = ik_lay_number(page->cache, p, m->exchange);
	IK_PUT(p, ",\"exchange_name\":");
	p = ik_lay_name(p, ik_iana_name(types, m->exchange));
	IK_PUT(p, ",\"message_id\":");
	p = ik_lay_number(page->cache, p, m->mid);
	IK_PUT(p, ",\"flags\":");
	p = ik_lay_number(page->cache, p, m->flags);
	IK_PUT(p, ",\"response\":");
	if (m->major == 1)
		IK_PUT(p, "null");
	else if ((m->flags & 0x20) != 0)
		IK_PUT(p, "true");
	else
		IK_PUT(p, "false");
	IK_PUT(p, ",\"encrypted\":");
	if (m->encrypted)
		IK_PUT(p, "true");
	else
		IK_PUT(p, "false");
	IK_PUT(p, ",\"first_encrypted\":");
	if (m->encrypted)
		p = ik_lay_number(page->cache, p, m->inner_np);
	else
		IK_PUT(p, "null");
	ik_out_wrote(o, p);
}

/* The header, the anomalies and the fields of a message; it is cut where the capture was. */
static void put_decoded(const struct ik_dissect_page *page, const struct ik_decoded *d,
                        const struct ik_json_place *at)
{
	struct ik_out *o = page->out;
	char *p;

	put_header(page, d);
	ik_json_anomalies(o, page->cache, &d->msg, at);
	p = ik_out_room(o, IK_JSON_ROOM);
	IK_PUT(p, ",\"anomalies_found\":");
	p = ik_lay_number(page->cache, p, d->msg.anomalies);
	IK_PUT(p, ",\"fields_left_out\":");
	p = ik_lay_number(page->cache, p, d->cut);
	ik_out_wrote(o, p);
	ik_json_fields(o, page->cache, d, at->octets);
}

static char *lay_endpoint(const struct ik_dissect_page *page, char *p,
                          const struct ikescope_endpoint *e)
{
	IK_PUT(p, "{\"address\":");
	p = ik_lay_addr(page->cache, p, &e->addr);
	IK_PUT(p, ",\"port\":");
	if (e->port != 0)
		p = ik_lay_number(page->cache, p, e->port);
	else
		IK_PUT(p, "null");
	*p++ = '}';
	return p;
}

static char *lay_at(const struct ik_dissect_page *page, char *p, const struct ikescope_at *at)
{
	if (at->frame == 0)
		return IK_PUT(p, "null");
	IK_PUT(p, "{\"capture\":");
	p = ik_lay_number(page->cache, p, at->capture);
	IK_PUT(p, ",\"frame\":");
	p = ik_lay_number(page->cache, p, at->frame);
	*p++ = '}';
	return p;
}

/* One member of a list of guesses; *more: others stand before it. */
static char *lay_guess(char *p, const struct ik_guess *g, enum ik_guess_by by, bool *more)
{
	if (g->n == 0)
		return p;
	if (*more)
		*p++ = ',';
	*more = true;
	IK_PUT(p, "{\"by\":");
	p = ik_lay_name(p, ik_guess_by_names[by]);
	IK_PUT(p, ",\"implementations\":[");
	for (size_t i = 0; i < g->n; i++) {
		if (i > 0)
			*p++ = ',';
		p = ik_lay_name(p, g->name[i]);
	}
	return IK_PUT(p, "]}");
}

static char *lay_guesses(char *p, const struct ik_dissected *m, const struct ik_msg *msg)
{
	const struct ik_guess vendor = ik_guess_by_vendor_ids(msg), order = ik_guess_by_order(msg);
	bool more = false;

	IK_PUT(p, ",\"guesses\":[");
	p = lay_guess(p, &vendor, IK_GUESS_VENDOR_IDS, &more);
	p = lay_guess(p, &order, IK_GUESS_ORDER, &more);
	p = lay_guess(p, &m->mark.repeats, IK_GUESS_REPETITIONS, &more);
	*p++ = ']';
	return p;
}

/* What the message is to others. */
static char *lay_mark(const struct ik_dissect_page *page, char *p, const struct ik_dissected *m,
                      const struct ik_msg *msg)
{
	const struct ik_mark_set *s = m->set;
	const struct ikescope_at none = {.frame = 0};

	IK_PUT(p, ",\"retransmission_of\":");
	p = lay_at(page, p, m->mark.mirror ? &none : &m->mark.same);
	IK_PUT(p, ",\"mirror_of\":");
	p = lay_at(page, p, m->mark.mirror ? &m->mark.same : &none);
	IK_PUT(p, ",\"fragment\":");
	if (msg->frag_number == 0)
		return IK_PUT(p, "null");
	IK_PUT(p, "{\"number\":");
	p = ik_lay_number(page->cache, p, msg->frag_number);
	IK_PUT(p, ",\"total\":");
	if (msg->frag_total != 0 || (s != NULL && s->total != 0))
		p = ik_lay_number(page->cache, p,
		                  msg->frag_total != 0 ? msg->frag_total : s->total);
	else
		IK_PUT(p, "null");
	IK_PUT(p, ",\"reassembled_in\":");
	p = lay_at(page, p, s != NULL && s->whole ? &s->whole_at : &none);
	*p++ = '}';
	return p;
}

static char *lay_envelope(struct ik_dissect_page *page, char *p, const struct ik_dissected *m)
{
	IK_PUT(p, "{\"capture\":");
	p = ik_lay_number(page->cache, p, m->at.capture);
	IK_PUT(p, ",\"frame\":");
	p = ik_lay_number(page->cache, p, m->at.frame);
	IK_PUT(p, ",\"time\":");
	p = ik_lay_time(page->cache, p, m->time);
	IK_PUT(p, ",\"source\":");
	p = lay_endpoint(page, p, &m->source);
	IK_PUT(p, ",\"destination\":");
	p = lay_endpoint(page, p, &m->destination);
	if (m->tcp)
		IK_PUT(p, ",\"transport\":\"tcp\",\"frame_offset\":");
	else
		IK_PUT(p, ",\"transport\":\"udp\",\"frame_offset\":");
	if (m->placed)
		p = ik_lay_number(page->cache, p, m->offset);
	else
		IK_PUT(p, "null");
	IK_PUT(p, ",\"length\":");
	p = ik_lay_number(page->cache, p, m->length);
	IK_PUT(p, ",\"captured\":");
	p = ik_lay_number(page->cache, p, m->captured);
	IK_PUT(p, ",\"negotiation\":");
	if (page->options->select != NULL)
		p = ik_lay_number(page->cache, p, page->options->select->id);
	else
		IK_PUT(p, "null");
	return p;
}

static void put_frames(const struct ik_dissect_page *page, const char *key, const uint64_t *frame,
                       size_t n)
{
	struct ik_out *o = page->out;
	bool more = false;

	ik_out_puts(o, key);
	for (size_t i = 0; i < n; i++) {
		char *p = ik_out_room(o, IK_JSON_ROOM);

		if (frame[i] == 0)
			continue;
		if (more)
			*p++ = ',';
		more = true;
		ik_out_wrote(o, ik_lay_number(page->cache, p, frame[i]));
	}
	ik_out_putc(o, ']');
}

/* The message that this fragment makes whole: of IKEv2 it is encrypted, of IKEv1 it has a header.
 */
static void put_reassembled(struct ik_dissect_page *page, const struct ik_dissected *m,
                            const struct ik_decoded *inner)
{
	struct ik_out *o = page->out;
	const struct ik_mark_set *s = m->set;
	const struct ik_json_place at = {.octets = m->joined};
	char *p;

	if (s == NULL || !s->whole || s->whole_at.frame != m->at.frame ||
	    s->whole_at.capture != m->at.capture) {
		ik_out_puts(o, ",\"reassembled\":null");
		return;
	}
	put_frames(page, ",\"reassembled\":{\"frames\":[", s->frame, s->total);
	p = ik_out_room(o, IK_JSON_ROOM);
	IK_PUT(p, ",\"length\":");
	p = ik_lay_number(page->cache, p, s->octets);
	IK_PUT(p, ",\"first_encrypted\":");
	if (s->major != 1)
		p = ik_lay_number(page->cache, p, s->inner);
	else
		IK_PUT(p, "null");
	ik_out_wrote(o, p);
	if (inner != NULL) {
		ik_out_puts(o, ",\"message\":{\"length\":");
		p = ik_out_room(o, IK_JSON_ROOM);
		ik_out_wrote(o, ik_lay_number(page->cache, p, m->joined_len));
		put_decoded(page, inner, &at);
		ik_out_puts(o, "}}");
	} else {
		ik_out_puts(o, ",\"message\":null}");
	}
}

void ik_dissect_json_message(struct ik_dissect_page *page, const struct ik_dissected *m,
                             const struct ik_decoded *outer, const struct ik_decoded *inner)
{
	struct ik_out *o = page->out;
	const struct ik_json_place at = {
	        .octets = m->octets, .offset = m->offset, .placed = m->placed};
	char *p;

	ik_out_puts(o, page->shown > 1 ? ",\n" : "\n");
	p = ik_out_room(o, IK_JSON_ROOM);
	p = lay_envelope(page, p, m);
	p = lay_mark(page, p, m, &outer->msg);
	ik_out_wrote(o, p);
	p = ik_out_room(o, IK_JSON_ROOM);
	ik_out_wrote(o, lay_guesses(p, m, &outer->msg));
	put_frames(page, ",\"frames\":[", m->frames, m->n_frames);
	p = ik_out_room(o, IK_JSON_ROOM);
	if (m->lacking)
		IK_PUT(p, ",\"datagram_incomplete\":true,\"domain\":");
	else
		IK_PUT(p, ",\"datagram_incomplete\":false,\"domain\":");
	ik_out_wrote(o, p);
	ik_json_string(o, m->domain);
	put_reassembled(page, m, inner);
	put_decoded(page, outer, &at);
	ik_out_putc(o, '}');
}

/* ---- the document ------------------------------------------------------------------------- */

struct ik_json_cache *ik_json_cache_new(void)
{
	struct ik_json_cache *c = (struct ik_json_cache *)calloc(1, sizeof(*c));

	for (unsigned i = 0; c != NULL && i < 1000; i++)
		c->digits[i][3] = (char)(ik_lay_large(c->digits[i], i) - c->digits[i]);
	return c;
}

void ik_dissect_json_begin(struct ik_dissect_page *page)
{
	ik_out_puts(page->out, "{\"schema\":\"ikescope.dissection/1\",\n\"messages\":[");
}

static void put_capture(const struct ik_dissect_page *page, const struct ik_dissect_capture *c,
                        size_t number)
{
	struct ik_out *o = page->out;
	char *p = ik_out_room(o, IK_JSON_ROOM);

	IK_PUT(p, "{\"capture\":");
	p = ik_lay_number(page->cache, p, number);
	IK_PUT(p, ",\"packets\":");
	p = ik_lay_number(page->cache, p, c->packets);
	IK_PUT(p, ",\"ike_messages\":");
	p = ik_lay_number(page->cache, p, c->ike_messages);
	ik_out_wrote(o, p);
	ik_out_puts(o, c->truncated ? ",\"truncated_file\":true" : ",\"truncated_file\":false");
	ik_out_puts(o, ",\"file\":");
	ik_json_string(o, c->file);
	ik_out_puts(o, ",\"format\":");
	ik_json_string(o, c->format);
	ik_out_puts(o, ",\"compression\":");
	ik_json_string(o, c->compression);
	ik_out_puts(o, ",\"problem\":");
	ik_json_string(o, c->problem);
	ik_out_putc(o, '}');
}

void ik_dissect_json_end(struct ik_dissect_page *page)
{
	struct ik_out *o = page->out;
	char *p;

	ik_out_puts(o, "],\n\"captures\":[");
	for (size_t i = 0; i < page->n_captures; i++) {
		ik_out_puts(o, i > 0 ? ",\n" : "\n");
		put_capture(page, &page->captures[i], i + 1);
	}
	p = ik_out_room(o, IK_JSON_ROOM);
	IK_PUT(p, "],\n\"messages_found\":");
	p = ik_lay_number(page->cache, p, page->messages);
	IK_PUT(p, ",\n\"messages_shown\":");
	p = ik_lay_number(page->cache, p, page->shown);
	IK_PUT(p, ",\n\"limits_reached\":[");
	ik_out_wrote(o, p);
	for (size_t i = 0; i < page->n_limits; i++) {
		p = ik_out_room(o, IK_JSON_ROOM);
		if (i > 0)
			*p++ = ',';
		IK_PUT(p, "{\"name\":");
		p = ik_lay_name(p, page->limits[i].name);
		IK_PUT(p, ",\"value\":");
		p = ik_lay_number(page->cache, p, page->limits[i].value);
		IK_PUT(p, ",\"lost\":");
		p = ik_lay_number(page->cache, p, page->limits[i].lost);
		*p++ = '}';
		ik_out_wrote(o, p);
	}
	ik_out_puts(o, "]}\n");
}
