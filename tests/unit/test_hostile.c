/*
 * Hostile captures on the whole way from octets to JSON and text: every sample cut at every length
 * and with every octet of its IKE messages changed must be analysed without harm, and no output
 * may depend on the hash key or on where the records were kept.
 *
 * In every build lengths and octets are taken with a stride that keeps all of it under about three
 * minutes with the sanitizers on two cores; each sample begins elsewhere, so that every remainder
 * is met. IKESCOPE_HOSTILE_FULL=1 leaves nothing out; IKESCOPE_EXTRA_CAPTURES names further folders
 * of captures, separated by colons.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "ike/message.h"
#include "net/net.h"
#include "support/packets.h"
#include "support/pipeline.h"
#include "support/samples.h"

enum {
	LARGE = 20000, /* octets from which on a file is cut with a wider stride */
	DENSE = 4096,  /* octets of such a file that are not */
	CUT_STRIDE = 7,
	CUT_STRIDE_LARGE = 401,
	CHANGE_STRIDE = 5,
	CHANGE_STRIDE_LARGE = 701,
	SHARES = 2, /* tests that divide the samples, since Criterion runs tests side by side */
};

static struct samples samples;
static size_t n_runs;

/* ---- the samples ---------------------------------------------------------------------------- */

static void set_up(void)
{
	const char *extra = getenv("IKESCOPE_EXTRA_CAPTURES");
	char *folders = strdup(extra != NULL ? extra : ""), *rest = folders;

	samples_add(&samples, IKESCOPE_SOURCE "/pcaps");
	for (char *folder; (folder = strsep(&rest, ":")) != NULL;)
		if (folder[0] != '\0')
			samples_add(&samples, folder);
	free(folders);
	cr_assert_gt(samples.n, 100);
}

static void tear_down(void)
{
	samples_free(&samples);
}

TestSuite(hostile, .init = set_up, .fini = tear_down);

static bool full(void)
{
	return getenv("IKESCOPE_HOSTILE_FULL") != NULL;
}

/* A full run takes its time: it says how far it came. */
static void progress(const struct sample *s)
{
	if (full())
		(void)fprintf(stderr, "%s: %zu runs with %s\n", criterion_current_test->name,
		              n_runs, s->path);
}

static size_t stride_of(const struct sample *s, size_t small, size_t large)
{
	if (full())
		return 1;
	return s->len > LARGE ? large : small;
}

/* ---- harmless ------------------------------------------------------------------------------- */

/* The analysis came to its end, and what it wrote hurts no terminal. */
static void check(const struct pl_result *r, const struct sample *s, const char *what, size_t at)
{
	n_runs++;
	cr_assert(r->analysis == 0, "%s, %s %zu: error %d", s->path, what, at, r->analysis);
	cr_assert(r->json.code == 0 && r->text.code == 0 && r->ladder.code == 0 &&
	                  r->replay.code == 0 && r->dissection.code == 0,
	          "%s, %s %zu", s->path, what, at);
	cr_assert(!r->json.unclean && !r->text.unclean && !r->ladder.unclean &&
	                  !r->replay.unclean && !r->dissection.unclean,
	          "%s, %s %zu", s->path, what, at);
}

static void cut(const struct sample *s, size_t len)
{
	struct pl_how how = pl_how_default();
	uint8_t *exact = malloc(len > 0 ? len : 1);
	struct pl_result r;

	cr_assert_not_null(exact);
	memcpy(exact, s->data, len);
	pl_run(exact, len, &how, &r);
	check(&r, s, "cut at", len);
	pl_free(&r);
	free(exact);
}

static void cut_share(size_t share)
{
	for (size_t i = share; i < samples.n; i += SHARES) {
		const struct sample *s = &samples.row[i];
		size_t stride = stride_of(s, CUT_STRIDE, CUT_STRIDE_LARGE);
		size_t dense = stride > 1 && s->len > LARGE ? CUT_STRIDE : stride;

		for (size_t len = i % dense; len <= s->len; len += len < DENSE ? dense : stride)
			cut(s, len);
		cut(s, s->len);
		progress(s);
	}
}

Test(hostile, cut_at_every_length_1)
{
	cut_share(0);
}

Test(hostile, cut_at_every_length_2)
{
	cut_share(1);
}

/* Where the IKE message of a packet is. */
struct place {
	size_t from, to;
	bool whole; /* the packet went through unchanged */
};

/* A message in one piece has its place; of fragments and streams every octet counts. */
static void locate(void *ctx, const struct ik_datagram *dg)
{
	struct place *place = ctx;
	struct ik_framing f;

	if (dg->fragments > 1 || dg->kind == IK_DG_TCP || dg->kind == IK_DG_ICMP)
		return;
	place->whole = true;
	if (dg->kind != IK_DG_UDP)
		return;
	f = ik_frame_classify(dg->data, dg->captured, dg->length,
	                      dg->sport == 4500 || dg->dport == 4500, dg->snapped);
	if (f.kind != IK_FRAME_IKE)
		return;
	place->from = dg->offset;
	place->to = dg->offset + dg->captured;
}

static void nothing_lost(void *ctx, const struct ik_incomplete *lost)
{
	(void)ctx;
	(void)lost;
}

static void no_problem(void *ctx, const struct ik_net_problem *problem)
{
	(void)ctx;
	(void)problem;
}

static struct place *places_of(const struct pl_packets *packets)
{
	struct place *places = calloc(packets->n + 1, sizeof(*places)), now;
	struct ik_net_sink sink = {
	        .ctx = &now, .datagram = locate, .incomplete = nothing_lost, .problem = no_problem};
	struct ikescope_limits limits = ikescope_limits_default();
	struct ik_hash_key key = {{0}};
	struct ik_net *net = ik_net_new(&limits, &key, NULL, 0, &sink);

	cr_assert(places != NULL && net != NULL);
	for (size_t i = 0; i < packets->n; i++) {
		now = (struct place){0};
		cr_assert(ik_net_packet(net, &packets->row[i]));
		if (now.to == 0 && !now.whole)
			now.to = packets->row[i].captured;
		places[i] = now;
	}
	now = (struct place){0};
	ik_net_flush(net);
	ik_net_free(net);
	return places;
}

static void change(const struct sample *s, struct pl_packets *packets, size_t i, size_t at)
{
	static const uint8_t flip[] = {0x01, 0x80, 0xff};
	struct pl_how how = pl_how_default();
	struct pl_result r;

	for (size_t k = 0; k < sizeof(flip); k++) {
		packets->octets[i][at] ^= flip[k];
		pl_replay(packets, &how, &r);
		packets->octets[i][at] ^= flip[k];
		check(&r, s, "octet changed in packet", i + 1);
		pl_free(&r);
	}
}

static void change_share(size_t share)
{
	for (size_t i = share; i < samples.n; i += SHARES) {
		const struct sample *s = &samples.row[i];
		size_t stride = stride_of(s, CHANGE_STRIDE, CHANGE_STRIDE_LARGE), next = i % stride;
		struct pl_packets packets = pl_take_apart(s->data, s->len);
		struct place *places = places_of(&packets);

		for (size_t k = 0; k < packets.n; k++) {
			size_t len = places[k].to - places[k].from;

			for (; next < len; next += stride)
				change(s, &packets, k, places[k].from + next);
			next -= len;
		}
		free(places);
		pl_packets_free(&packets);
		progress(s);
	}
}

Test(hostile, every_octet_changed_1)
{
	change_share(0);
}

Test(hostile, every_octet_changed_2)
{
	change_share(1);
}

/* Clocks that jump between the ends of time: no sum and no difference overflows. */
Test(hostile, times_far_apart)
{
	static const ikescope_time ends[] = {-IKESCOPE_TIME_MOST, IKESCOPE_TIME_MOST, 0};

	for (size_t i = 0; i < samples.n; i++)
		for (size_t first = 0; first < 3; first++) {
			struct pl_packets packets =
			        pl_take_apart(samples.row[i].data, samples.row[i].len);
			struct pl_how how = pl_how_default();
			struct pl_result r;

			for (size_t k = 0; k < packets.n; k++)
				packets.row[k].time = ends[(first + k) % 3];
			pl_replay(&packets, &how, &r);
			check(&r, &samples.row[i], "times from", first);
			pl_free(&r);
			pl_packets_free(&packets);
		}
}

Test(hostile, times_out_of_range)
{
	struct pl_packets packets = pl_take_apart(samples.row[0].data, samples.row[0].len);
	struct pl_how how = pl_how_default();
	struct pl_result r;

	packets.row[0].time = IKESCOPE_TIME_MOST + 1;
	pl_replay(&packets, &how, &r);
	cr_assert_eq(r.analysis, IKESCOPE_ERR_USE);
	pl_free(&r);
	packets.row[0].time = INT64_MIN;
	pl_replay(&packets, &how, &r);
	cr_assert_eq(r.analysis, IKESCOPE_ERR_USE);
	pl_free(&r);
	pl_packets_free(&packets);
}

/* ---- the same whatever happens inside ------------------------------------------------------- */

static struct pl_result kept(const struct sample *s, struct pl_how how)
{
	struct pl_result r;

	how.keep = true;
	pl_run(s->data, s->len, &how, &r);
	check(&r, s, "kept", s->len);
	return r;
}

static bool same(const struct pl_document *a, const struct pl_document *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->octets, b->octets, a->len) == 0);
}

Test(hostile, no_output_depends_on_the_hash_key)
{
	for (size_t i = 0; i < samples.n; i++)
		for (int fill = 1; fill <= 3; fill++) {
			struct pl_how how = pl_how_default();
			struct pl_result a = kept(&samples.row[i], how), b;

			memset(how.options.hash_key, 83 * fill, sizeof(how.options.hash_key));
			b = kept(&samples.row[i], how);
			cr_expect(same(&a.json, &b.json), "%s: JSON, key %d", samples.row[i].path,
			          fill);
			cr_expect(same(&a.text, &b.text), "%s: text, key %d", samples.row[i].path,
			          fill);
			cr_expect(same(&a.ladder, &b.ladder), "%s: ladder, key %d",
			          samples.row[i].path, fill);
			pl_free(&a);
			pl_free(&b);
		}
}

/* The sample of a flood once more, towards another responder under other SPIs. Its packets are IPv4
 * in Ethernet. */
static void flood_another(struct pl_packets *packets, size_t n, uint8_t by)
{
	for (size_t i = 0; i < n; i++) {
		struct ikescope_packet copy = packets->row[i];
		uint8_t *octets = malloc(copy.captured);

		cr_assert(octets != NULL && copy.captured > 60);
		memcpy(octets, copy.data, copy.captured);
		octets[30] ^= by; /* the destination; answers only count for the first responder */
		octets[42] ^= by; /* the initiator SPI */
		copy.data = octets;
		copy.at.frame += by * n;
		pl_packets_add(packets, &copy);
		free(octets);
	}
}

static void same_under_every_key(const struct pl_packets *packets, struct pl_how how,
                                 const struct pl_result *first)
{
	for (int fill = 1; fill <= 8; fill++) {
		struct pl_result other;

		memset(how.options.hash_key, 31 * fill, sizeof(how.options.hash_key));
		pl_replay(packets, &how, &other);
		cr_expect(same(&first->json, &other.json), "key %d", fill);
		pl_free(&other);
	}
}

/* Several responders under a flood: each is told, in one order. */
Test(hostile, no_order_of_floods_depends_on_the_hash_key)
{
	const struct sample *s = NULL;
	struct pl_result first;
	struct pl_packets packets;
	struct pl_how how = pl_how_default();
	size_t n;

	for (size_t i = 0; i < samples.n && s == NULL; i++)
		s = strstr(samples.row[i].path, "v2-halfopen-flood.") != NULL ? &samples.row[i]
		                                                              : NULL;
	cr_assert_not_null(s);
	how.keep = true;
	packets = pl_take_apart(s->data, s->len);
	n = packets.n;
	for (uint8_t by = 1; by <= 4; by++)
		flood_another(&packets, n, by);
	pl_replay(&packets, &how, &first);
	check(&first, s, "several", 0);
	cr_assert_not_null(strstr(first.json.octets, "halfopen-flood"));
	same_under_every_key(&packets, how, &first);
	pl_free(&first);
	pl_packets_free(&packets);
}

/* A header of main mode without any payload, in the place of an IKEv2 request: IPv4 in Ethernet. */
static void headers_only(struct pl_packets *packets, size_t n)
{
	enum { IP = 14, UDP = IP + 20, IKE = UDP + 8, END = IKE + 28 };

	for (size_t i = 0; i < n; i++) {
		struct ikescope_packet copy = packets->row[i];
		uint8_t octets[END];

		cr_assert_gt(copy.captured, (size_t)END);
		memcpy(octets, copy.data, END);
		octets[IP + 2] = 0;
		octets[IP + 3] = END - IP;
		octets[UDP + 4] = 0;
		octets[UDP + 5] = END - UDP;
		octets[IKE] ^= 0x55;
		memset(octets + IKE + 8, 0, 20);
		octets[IKE + 17] = 0x10;
		octets[IKE + 18] = 2;
		octets[IKE + 27] = END - IKE;
		copy.data = octets;
		copy.captured = copy.length = END;
		copy.at.frame += 100000;
		pl_packets_add(packets, &copy);
	}
}

/* Which of many strangers are kept is decided by what they sent, not by where their events lie. */
Test(hostile, no_stranger_depends_on_the_hash_key)
{
	uint8_t *data;
	size_t len;
	struct pl_result first;
	struct pl_packets packets;
	struct pl_how how = pl_how_default();

	data = pl_read(IKESCOPE_SOURCE "/pcaps/phase1/v2-peer-silent-retries.pcap", &len);
	cr_assert_not_null(data);
	packets = pl_take_apart(data, len);
	for (uint8_t by = 1; by <= 40; by++)
		flood_another(&packets, 4, by);
	headers_only(&packets, 40);
	how.keep = true;
	how.options.limits.strangers = 8;
	pl_replay(&packets, &how, &first);
	same_under_every_key(&packets, how, &first);
	pl_free(&first);
	pl_packets_free(&packets);
	free(data);
}

static json_t *document(const struct pl_result *r, const struct sample *s)
{
	json_error_t error;
	json_t *json;

	if (r->json.len == 0)
		return json_null();
	json = json_loadb(r->json.octets, r->json.len, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(json, "%s: %s", s->path, error.text);
	return json;
}

/* The document without what is said about the limits. */
static json_t *judgement(const struct pl_result *r, const struct sample *s)
{
	json_t *json = document(r, s);

	json_object_del(json, "limits_reached");
	return json;
}

/* Initiators that nobody answers, behind the packets of a sample: with them the events of any
 * sample are enough to spill, so that what is healthy is kept in its short form. */
static void add_strangers(struct pl_packets *packets)
{
	ikescope_time time = packets->n > 0 ? packets->row[packets->n - 1].time : 0;

	for (uint8_t i = 1; i <= 8; i++) {
		struct pk p;
		uint8_t init[28] = {0x5e, i, i, i, [16] = 0, 0x20, 34, 8, [27] = 28};
		struct ikescope_packet row = {
		        .at = {1, packets->n + 1}, .time = time, .link_type = 1};

		pk_begin(&p, init, sizeof(init));
		pk_udp(&p, 500, 500);
		pk_ip4(&p, 17, "203.0.113.77", "203.0.113.78");
		pk_ethernet(&p, 0x0800);
		row.data = pk_octets(&p);
		row.captured = row.length = p.len;
		pl_packets_add(packets, &row);
	}
}

static struct pl_result replayed(const struct pl_packets *packets, const struct sample *s,
                                 bool tight)
{
	struct pl_how how = pl_how_default();
	struct pl_result r;

	how.keep = true;
	if (tight) { /* below what the program allows: these samples are small */
		how.options.limits.memory = 0;
		how.spill = true;
	}
	pl_replay(packets, &how, &r);
	check(&r, s, "tight", tight);
	return r;
}

Test(hostile, no_judgement_depends_on_memory)
{
	for (size_t i = 0; i < samples.n; i++) {
		struct pl_packets packets = pl_take_apart(samples.row[i].data, samples.row[i].len);
		struct pl_result a, b;
		json_t *roomy, *tight;

		add_strangers(&packets);
		a = replayed(&packets, &samples.row[i], false);
		b = replayed(&packets, &samples.row[i], true);
		cr_assert_gt(b.spilled, 0);
		roomy = judgement(&a, &samples.row[i]);
		tight = judgement(&b, &samples.row[i]);
		cr_expect(json_equal(roomy, tight), "%s", samples.row[i].path);
		json_decref(roomy);
		json_decref(tight);
		pl_free(&a);
		pl_free(&b);
		pl_packets_free(&packets);
	}
}

/* The temporary file is full: an error, and no harm. */
Test(hostile, spill_that_fails)
{
	size_t failed = 0;

	for (size_t i = 0; i < samples.n; i++)
		for (size_t most = 1; most < 100000; most *= 7) {
			struct pl_how how = pl_how_default();
			struct pl_result r;

			how.options.limits.memory = 0;
			how.spill = true;
			how.spill_max = most;
			pl_run(samples.row[i].data, samples.row[i].len, &how, &r);
			cr_expect(r.analysis == 0 || r.analysis == IKESCOPE_ERR_SPILL, "%s: %d",
			          samples.row[i].path, r.analysis);
			failed += r.analysis != 0;
			pl_free(&r);
		}
	cr_assert_gt(failed, 100);
}

/* A limit that was reached is told by its name. */
Test(hostile, limits_are_told)
{
	static const struct {
		const char *name, *sample;
		uint64_t value;
	} rows[] = {
	        {"steps", "pcaps/esp/v1-esp-one-way.pcap", 16},
	        {"children", "pcaps/healthy/v2-several-children.pcap", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pl_how how = pl_how_default();
		char path[256], said[64];
		struct pl_result r;
		uint8_t *data;
		size_t len;

		(void)snprintf(path, sizeof(path), "%s/%s", IKESCOPE_SOURCE, rows[i].sample);
		data = pl_read(path, &len);
		cr_assert_not_null(data, "%s", path);
		how.keep = true;
		cr_assert_eq(ikescope_limits_set(&how.options.limits, rows[i].name, rows[i].value),
		             0);
		pl_run(data, len, &how, &r);
		(void)snprintf(said, sizeof(said), "{\"name\":\"%s\"", rows[i].name);
		cr_expect_not_null(strstr(r.json.octets, said), "%s", rows[i].name);
		pl_free(&r);
		free(data);
	}
}
