/*
 * The dissector: packets in, messages to a writer, in the order in which they came. One pass; what
 * is remembered is bounded: copies and fragments (session/marks.c), the suites of the latest SAs,
 * and what waits (dissect_hold.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/dissect.h"

#include <stdlib.h>

#include "base/addr.h"
#include "base/line.h"
#include "diag/nat.h"
#include "ike/decode.h"
#include "session/offers.h"

#define MAIN        2
#define AGGRESSIVE  4
#define IKE_SA_INIT 34
#define REVISED_RSA 5 /* authentication method of IKEv1 */
#define CAPTURES    UINT16_MAX
#define LIMITS      16

/* The suite that an IKE_SA_INIT response or the second message of phase 1 chose. */
struct chosen {
	uint64_t spi_i, spi_r;
	uint16_t encr, integ, group;
	uint8_t major;
};

struct ikescope_dissector {
	struct ikescope_dissect_options options;
	struct ikescope_writer writer;
	struct ik_hash_key key;
	struct ik_hand hand;  /* that of who calls */
	struct ik_jobs *jobs; /* of a crew, or NULL: nobody else works */
	struct ik_net *net;
	struct ik_marks *marks;
	struct ik_offers *offers;
	struct chosen *chosen; /* of the latest IKE SAs; one of the same place displaces another */
	size_t suites;
	struct ik_held *held;
	struct ik_dissect_capture *captures;
	size_t n_captures, cap_captures;
	struct ikescope_limit_reached limits[LIMITS];
	bool finished;
	int error;
};

static void on_datagram(void *ctx, const struct ik_datagram *dg);
static void on_incomplete(void *ctx, const struct ik_incomplete *lost);

/* What is wrong below IKE is no message; the diagnosis tells of it. */
static void on_problem(void *ctx, const struct ik_net_problem *problem)
{
	(void)ctx;
	(void)problem;
}

/* ---- life --------------------------------------------------------------------------------- */

static bool prepare(struct ikescope_dissector *d)
{
	const struct ikescope_dissect_options *o = &d->options;
	const struct ik_net_sink sink = {.ctx = d,
	                                 .datagram = on_datagram,
	                                 .incomplete = on_incomplete,
	                                 .problem = on_problem};

	d->hand.page.text = ik_text_open(&o->text, &d->writer);
	d->net = ik_net_new(&o->limits, &d->key, o->ike_ports, o->n_ike_ports, &sink);
	d->marks = ik_marks_new((size_t)o->limits.remembered);
	d->offers = ik_offers_new(&d->key, o->limits.offers);
	d->suites = (size_t)o->limits.remembered / 2 + 1;
	d->chosen = (struct chosen *)calloc(d->suites, sizeof(*d->chosen));
	d->held = ik_held_new();
	return d->hand.page.text != NULL && d->net != NULL && d->marks != NULL &&
	       d->offers != NULL && d->chosen != NULL && d->held != NULL;
}

static bool prepare_json(struct ikescope_dissector *d)
{
	const struct ikescope_dissect_options *o = &d->options;
	bool crew = !o->prompt && o->crew.hands > 1 && o->crew.hands <= IKESCOPE_CREW_HANDS;

	d->hand.page.cache = ik_json_cache_new();
	d->jobs = crew ? ik_jobs_new(o) : NULL;
	return d->hand.page.cache != NULL && (d->jobs != NULL || !crew);
}

struct ikescope_dissector *ikescope_dissector_new(const struct ikescope_dissect_options *options,
                                                  const struct ikescope_writer *writer)
{
	struct ikescope_dissector *d = (struct ikescope_dissector *)calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->options = *options;
	d->writer = *writer;
	memcpy(d->key.octet, options->hash_key, sizeof(d->key.octet));
	if (!prepare(d) || (options->json && !prepare_json(d))) {
		ikescope_dissector_free(d);
		return NULL;
	}
	d->hand.page.options = &d->options;
	d->hand.page.limits = d->limits;
	d->hand.page.out = &d->hand.page.text->out;
	d->hand.page.text->dated = true;
	if (options->json)
		ik_dissect_json_begin(&d->hand.page);
	return d;
}

void ikescope_dissector_free(struct ikescope_dissector *d)
{
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_captures; i++) {
		free(d->captures[i].file);
		free(d->captures[i].format);
		free(d->captures[i].compression);
		free(d->captures[i].problem);
	}
	free(d->captures);
	ik_jobs_free(d->jobs); /* others may be at work on what is freed below */
	ik_net_free(d->net);
	ik_marks_free(d->marks);
	ik_offers_free(d->offers);
	free(d->chosen);
	ik_held_free(d->held);
	ik_hand_free(&d->hand);
	if (d->hand.page.text != NULL)
		ik_text_close(d->hand.page.text,
		              IKESCOPE_ERR_USE); /* whatever is left is given up */
	free(d);
}

static int fail(struct ikescope_dissector *d, int error)
{
	if (d->error == 0)
		d->error = error;
	return d->error;
}

/* ---- suites ------------------------------------------------------------------------------- */

static struct chosen *chosen_by(const struct ikescope_dissector *d, uint64_t spi_i, uint64_t spi_r)
{
	return &d->chosen[ik_mix(spi_i, spi_r) % d->suites];
}

/* Whether the SA payload of a message is what a responder took: RFC 7296 1.2, RFC 2409 5. */
static bool is_choice(const struct ik_msg *m)
{
	if (m->sa.len == 0 || m->anomalies != 0)
		return false;
	if (m->major == 1)
		return m->spi_r != 0 && (m->exchange == MAIN || m->exchange == AGGRESSIVE);
	return m->exchange == IKE_SA_INIT && (m->flags & IK_V2_FLAG_R) != 0;
}

/* The group is of no use where the public value is encrypted (RFC 2409 5.3). */
static bool learn_suite(struct ikescope_dissector *d, const struct ik_msg *m, const uint8_t *octets)
{
	struct ik_suite suite;
	uint32_t number;

	if (!is_choice(m))
		return true;
	if (!ik_offers_add(d->offers, m->major, octets + m->sa.pos, m->sa.len, &number))
		return false;
	suite = ik_offers_suite(d->offers, number);
	if (suite.known)
		*chosen_by(d, m->spi_i, m->spi_r) = (struct chosen){
		        .spi_i = m->spi_i,
		        .spi_r = m->spi_r,
		        .encr = suite.encr,
		        .integ = suite.integ,
		        .group = suite.auth == REVISED_RSA ? 0 : suite.group,
		        .major = m->major,
		};
	return true;
}

static uint16_t agreed_group(const struct ikescope_dissector *d, const struct ik_msg *m)
{
	const struct chosen *c = chosen_by(d, m->spi_i, m->spi_r);

	return c->major == m->major && c->spi_i == m->spi_i && c->spi_r == m->spi_r ? c->group : 0;
}

static void find_suite(const struct ikescope_dissector *d, const struct ik_msg *m,
                       struct ik_dissected *one)
{
	const struct chosen *c = chosen_by(d, m->spi_i, m->spi_r);
	const struct ik_alg_encr *encr;
	const struct ik_alg_size *integ;

	if (m->major != 2 || c->major != 2 || !m->encrypted || c->spi_i != m->spi_i ||
	    c->spi_r != m->spi_r)
		return;
	encr = ik_alg_encr_v2(c->encr);
	integ = ik_alg_integ_v2(c->integ);
	if (encr == NULL || (encr->icv == 0 && integ == NULL))
		return;
	one->known = true;
	one->cipher = encr->name;
	one->iv = encr->iv;
	one->icv = (uint8_t)(encr->icv != 0 ? encr->icv : integ->size);
}

/* ---- from a datagram to the writer -------------------------------------------------------- */

/* Writes a message, whose fields are decoded unless others do that, or hands it on to them. */
static void write_message(struct ikescope_dissector *d, struct ik_dissected *m)
{
	int error;

	m->set = ik_marks_set(d->marks, m->mark.set);
	error = d->jobs != NULL ? ik_jobs_add(d->jobs, m, &d->hand.page)
	                        : ik_hand_write(&d->hand, m);
	if (error != 0)
		fail(d, error);
}

/* Writes what need not wait any longer. */
static void write_held(struct ikescope_dissector *d, ikescope_time now, bool all)
{
	unsigned payloads = (unsigned)d->options.limits.payloads;
	struct ik_dissected *m;

	while (d->error == 0 && (m = ik_held_ready(d->held, d->marks, now, all)) != NULL) {
		if (d->jobs != NULL || ik_decode_fields(&d->hand.outer, m, payloads))
			write_message(d, m);
		else
			fail(d, IKESCOPE_ERR_MEMORY);
		ik_held_drop(d->held);
	}
}

/* Decodes what is needed to know the message; its fields too, unless it is decoded again by others,
 * or when it has waited. */
static bool decode(struct ikescope_dissector *d, const struct ik_dissected *m)
{
	unsigned payloads = (unsigned)d->options.limits.payloads;

	if (d->jobs == NULL && ik_held_count(d->held) == 0)
		return ik_decode_fields(&d->hand.outer, m, payloads);
	ik_msg_decode(&d->hand.outer.msg, m->octets, m->captured, m->length, m->snapped, payloads,
	              NULL);
	return true;
}

/* A message that has just been decoded: now, or behind those that wait. */
static void pass_on(struct ikescope_dissector *d, struct ik_dissected *m)
{
	if (ik_held_count(d->held) == 0 && !ik_held_open(d->marks, m)) {
		write_message(d, m);
		return;
	}
	if (!ik_held_add(d->held, m))
		fail(d, IKESCOPE_ERR_MEMORY);
	write_held(d, m->time, false);
}

static void take(struct ikescope_dissector *d, struct ik_dissected *m, const struct ik_datagram *dg)
{
	const struct ik_msg *msg = &d->hand.outer.msg;
	uint64_t digest = ik_marks_digest(d->marks, m->octets, m->captured);

	/* There is a header, or it would be no message. */
	ik_fetch_to_write(chosen_by(d, ik_be64(m->octets), ik_be64(m->octets + 8)), 1);
	d->hand.page.messages++;
	d->captures[m->at.capture - 1].ike_messages++;
	if (!decode(d, m) || !learn_suite(d, msg, m->octets)) {
		fail(d, IKESCOPE_ERR_MEMORY);
		return;
	}
	ik_marks_expect(d->marks, digest);
	find_suite(d, msg, m);
	m->group = agreed_group(d, msg);
	if (dg != NULL)
		m->joined = ik_marks_take(d->marks, dg, msg, m->octets, digest, &m->mark,
		                          &m->joined_len);
	if (ik_marks_failed(d->marks)) {
		fail(d, IKESCOPE_ERR_MEMORY);
		return;
	}
	if (m->joined_len < IK_HDR_LEN)
		m->joined = NULL;
	if (d->jobs != NULL && (msg->certs > 0 || m->joined != NULL))
		ik_x509_prepare();
	pass_on(d, m);
}

static void on_datagram(void *ctx, const struct ik_datagram *dg)
{
	struct ikescope_dissector *d = (struct ikescope_dissector *)ctx;
	const struct ikescope_dissect_options *o = &d->options;
	bool tcp = dg->kind == IK_DG_TCP, marked;
	struct ik_framing f;
	struct ik_dissected m;

	if (d->error != 0 || (dg->kind != IK_DG_UDP && !tcp))
		return;
	marked = tcp || ik_marked_port(dg->sport, o->ike_ports, o->n_ike_ports) ||
	         ik_marked_port(dg->dport, o->ike_ports, o->n_ike_ports);
	f = ik_frame_classify(dg->data, dg->captured, dg->length, marked, dg->snapped);
	if (f.kind != IK_FRAME_IKE)
		return;
	m = (struct ik_dissected){
	        .at = dg->packet->at,
	        .time = dg->packet->time,
	        .source = {dg->src, dg->sport},
	        .destination = {dg->dst, dg->dport},
	        .domain = ik_net_domain(d->net, dg->domain),
	        .tcp = tcp,
	        .snapped = dg->snapped,
	        .placed = dg->offset != 0,
	        .offset = dg->offset + f.skip,
	        .frames = dg->frames,
	        .n_frames = dg->n_frames,
	        .octets = dg->data + f.skip,
	        .captured = dg->captured - f.skip,
	        .length = dg->length - f.skip,
	};
	take(d, &m, dg);
}

/* An IP datagram of which fragments are missing: its beginning may be that of a message. */
static void on_incomplete(void *ctx, const struct ik_incomplete *lost)
{
	struct ikescope_dissector *d = (struct ikescope_dissector *)ctx;
	const struct ikescope_dissect_options *o = &d->options;
	size_t length = lost->total > 8 ? lost->total - 8 : lost->captured;
	struct ik_framing f;
	struct ik_dissected m;
	bool marked;

	if (d->error != 0 || !lost->has_first || lost->ip_protocol != 17 || lost->data == NULL)
		return;
	marked = ik_marked_port(lost->sport, o->ike_ports, o->n_ike_ports) ||
	         ik_marked_port(lost->dport, o->ike_ports, o->n_ike_ports);
	if (length < lost->captured)
		length = lost->captured;
	f = ik_frame_classify(lost->data, lost->captured, length, marked, true);
	if (f.kind != IK_FRAME_IKE)
		return;
	m = (struct ik_dissected){
	        .at = lost->at,
	        .time = lost->time,
	        .source = {lost->src, lost->sport},
	        .destination = {lost->dst, lost->dport},
	        .domain = ik_net_domain(d->net, lost->domain),
	        .snapped = true,
	        .lacking = true,
	        .frames = lost->frames,
	        .n_frames = lost->n_frames,
	        .octets = lost->data + f.skip,
	        .captured = lost->captured - f.skip,
	        .length = length - f.skip,
	};
	take(d, &m, NULL);
}

/* ---- packets ------------------------------------------------------------------------------ */

/* False: out of memory. */
static bool copy(char **to, const char *text)
{
	*to = text != NULL ? strdup(text) : NULL;
	return text == NULL || *to != NULL;
}

int ikescope_dissector_capture_begin(struct ikescope_dissector *d,
                                     const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct ik_dissect_capture *c;

	if (d->error != 0)
		return d->error;
	if (d->finished || d->n_captures == CAPTURES)
		return IKESCOPE_ERR_USE;
	if (d->n_captures == d->cap_captures) {
		size_t cap = d->cap_captures != 0 ? 2 * d->cap_captures : 4;
		struct ik_dissect_capture *grown =
		        (struct ik_dissect_capture *)realloc(d->captures, cap * sizeof(*grown));

		if (grown == NULL)
			return fail(d, IKESCOPE_ERR_MEMORY);
		d->captures = grown;
		d->cap_captures = cap;
	}
	c = &d->captures[d->n_captures++];
	*c = (struct ik_dissect_capture){0};
	*capture = (uint32_t)d->n_captures;
	d->hand.page.text->captures = *capture;
	return copy(&c->file, info->file) && copy(&c->format, info->format) &&
	                       copy(&c->compression, info->compression)
	               ? IKESCOPE_OK
	               : fail(d, IKESCOPE_ERR_MEMORY);
}

int ikescope_dissector_packet(struct ikescope_dissector *d, const struct ikescope_packet *packet)
{
	if (d->error != 0)
		return d->error;
	if (d->finished || packet->at.capture - UINT32_C(1) >= d->n_captures ||
	    packet->captured > packet->length ||
	    (uint64_t)packet->time + IKESCOPE_TIME_MOST > UINT64_C(2) * IKESCOPE_TIME_MOST)
		return IKESCOPE_ERR_USE;
	d->captures[packet->at.capture - 1].packets++;
	if (d->hand.page.text->origin == IKESCOPE_TIME_NONE)
		d->hand.page.text->origin = packet->time;
	if (ik_held_count(d->held) > 0)
		write_held(d, packet->time, false);
	if (!ik_net_packet(d->net, packet))
		fail(d, IKESCOPE_ERR_MEMORY);
	if (d->options.prompt && d->error == 0)
		d->error = ik_out_flush(&d->hand.page.text->out);
	return d->error;
}

int ikescope_dissector_capture_end(struct ikescope_dissector *d, uint32_t capture,
                                   const struct ikescope_capture_stats *stats)
{
	if (d->error != 0)
		return d->error;
	if (capture == 0 || capture > d->n_captures)
		return IKESCOPE_ERR_USE;
	d->captures[capture - 1].truncated = stats->truncated_file;
	return copy(&d->captures[capture - 1].problem, stats->problem)
	               ? IKESCOPE_OK
	               : fail(d, IKESCOPE_ERR_MEMORY);
}

static void add_limit(struct ikescope_dissector *d, const char *name, uint64_t value, uint64_t lost)
{
	if (lost > 0 && d->hand.page.n_limits < LIMITS)
		d->limits[d->hand.page.n_limits++] =
		        (struct ikescope_limit_reached){name, value, lost};
}

int ikescope_dissector_finish(struct ikescope_dissector *d)
{
	struct ik_net_cap cap;

	if (d->error != 0 || d->finished)
		return d->error != 0 ? d->error : IKESCOPE_ERR_USE;
	d->finished = true;
	ik_net_flush(d->net);
	write_held(d, 0, true);
	if (d->jobs != NULL && d->error == 0)
		d->error = ik_jobs_finish(d->jobs, &d->hand.page);
	for (size_t i = 0; (cap = ik_net_cap(d->net, i)).name != NULL; i++)
		add_limit(d, cap.name, cap.value, cap.lost);
	add_limit(d, "offers", d->options.limits.offers, ik_offers_lost(d->offers));
	d->hand.page.captures = d->captures;
	d->hand.page.n_captures = d->n_captures;
	if (d->options.json)
		ik_dissect_json_end(&d->hand.page);
	else
		ik_dissect_text_end(&d->hand.page);
	if (d->error == 0)
		d->error = ik_out_flush(&d->hand.page.text->out);
	return d->error;
}
