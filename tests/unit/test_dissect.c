/*
 * The dissector in process: what marks a message, what waits, what limits hold, and that the output
 * depends on nothing but the packets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "output/dissect.h"
#include "output/dissect_json.h"
#include "support/packets.h"
#include "support/paper.h"
#include "test_ike.h"

TestSuite(dissect);

#define MS INT64_C(1000000)

/* A dissector, and where it writes. */
struct page {
	struct ikescope_dissector *d;
	struct paper paper;
	uint32_t capture;
	uint64_t frame;
	uint16_t ip_id;
};

static struct ikescope_dissect_options json_of_all(void)
{
	return (struct ikescope_dissect_options){.limits = ikescope_limits_default(), .json = true};
}

static void open_page(struct page *p, const struct ikescope_dissect_options *options)
{
	const struct ikescope_capture_info info = {.file = "x", .format = "pcap"};

	*p = (struct page){.frame = 0};
	paper_take(&p->paper);
	p->d = ikescope_dissector_new(options, &p->paper.writer);
	cr_assert_not_null(p->d);
	cr_assert_eq(ikescope_dissector_capture_begin(p->d, &info, &p->capture), IKESCOPE_OK);
}

/* A message as the next frame, from one end or the other. */
static void feed(struct page *p, const struct message *m, bool back, ikescope_time time,
                 uint16_t ip_id)
{
	static struct pk k;
	struct ikescope_packet packet = {.time = time, .link_type = 101};

	pk_begin(&k, m->octets, m->len);
	pk_udp(&k, 500, 500);
	k.ip_id = ip_id;
	pk_ip4(&k, 17, back ? "192.0.2.2" : "192.0.2.1", back ? "192.0.2.1" : "192.0.2.2");
	packet.at = (struct ikescope_at){.capture = p->capture, .frame = ++p->frame};
	packet.data = pk_octets(&k);
	packet.captured = packet.length = k.len;
	cr_assert_eq(ikescope_dissector_packet(p->d, &packet), IKESCOPE_OK);
}

/* Ends the document; a new reference to it, or NULL for text. */
static json_t *finish(struct page *p, bool json)
{
	json_t *document = NULL;

	cr_assert_eq(ikescope_dissector_finish(p->d), IKESCOPE_OK);
	cr_assert_eq(ikescope_dissector_finish(p->d), IKESCOPE_ERR_USE);
	ikescope_dissector_free(p->d);
	if (json) {
		document = json_loads(p->paper.text, 0, NULL);
		cr_assert_not_null(document, "%s", p->paper.text);
	}
	return document;
}

static const json_t *message_at(const json_t *document, size_t i)
{
	return json_array_get(json_object_get(document, "messages"), i);
}

/* The frame that a member names, 0: null. */
static long frame_of(const json_t *object, const char *key)
{
	const json_t *at = json_object_get(object, key);

	cr_assert_not_null(at, "%s", key);
	return json_is_null(at) ? 0 : (long)json_integer_value(json_object_get(at, "frame"));
}

/* ---- copies ------------------------------------------------------------------------------- */

Test(dissect, a_copy_is_a_retransmission_a_mirror_duplicate_or_neither)
{
	const struct ikescope_dissect_options o = json_of_all();
	struct message first = message_of(2, 40, "11*32"), other = message_of(2, 40, "12*32");
	struct page p;
	json_t *j;

	open_page(&p, &o);
	feed(&p, &first, false, 0, 1);
	feed(&p, &first, false, 1 * MS, 1);   /* the packet once more */
	feed(&p, &other, false, 2 * MS, 2);   /* something else */
	feed(&p, &first, false, 500 * MS, 3); /* sent again */
	feed(&p, &first, false, 501 * MS, 3); /* and captured twice */
	feed(&p, &first, true, 600 * MS, 4);  /* the other side says the same */
	feed(&p, &first, false, 1500 * MS, 5);
	j = finish(&p, true);
	cr_expect_eq(frame_of(message_at(j, 0), "mirror_of") +
	                     frame_of(message_at(j, 0), "retransmission_of"),
	             0);
	cr_expect_eq(frame_of(message_at(j, 1), "mirror_of"), 1);
	cr_expect_eq(frame_of(message_at(j, 1), "retransmission_of"), 0);
	cr_expect_eq(frame_of(message_at(j, 2), "mirror_of") +
	                     frame_of(message_at(j, 2), "retransmission_of"),
	             0);
	cr_expect_eq(frame_of(message_at(j, 3), "retransmission_of"), 1);
	cr_expect_eq(frame_of(message_at(j, 4), "mirror_of"), 4);
	cr_expect_eq(frame_of(message_at(j, 5), "mirror_of") +
	                     frame_of(message_at(j, 5), "retransmission_of"),
	             0);
	cr_expect_eq(frame_of(message_at(j, 6), "retransmission_of"), 1);
	json_decref(j);
	free(p.paper.text);
}

/* ---- fragments ---------------------------------------------------------------------------- */

static struct message skf(unsigned number, unsigned total, uint8_t mid)
{
	struct message m = message_open(0x20, 35, 0x08);
	char body[64];

	m.octets[23] = mid;
	snprintf(body, sizeof(body), "%04x %04x %02x*40", number, total, 0xa0 + number);
	message_add(&m, 53, body);
	return m;
}

static const json_t *fragment_of(const json_t *document, size_t i)
{
	return json_object_get(message_at(document, i), "fragment");
}

Test(dissect, a_fragment_names_the_frame_that_makes_the_message_whole)
{
	const struct ikescope_dissect_options o = json_of_all();
	struct message one = skf(1, 3, 1), two = skf(2, 3, 1), three = skf(3, 3, 1),
	               clear = message_of(2, 40, "11*32");
	const json_t *joined;
	struct page p;
	json_t *j;

	open_page(&p, &o);
	feed(&p, &two, false, 0, 1);
	feed(&p, &clear, false, 1 * MS, 2);
	feed(&p, &three, false, 2 * MS, 3);
	feed(&p, &one, false, 3 * MS, 4);
	feed(&p, &two, false, 900 * MS, 5);
	j = finish(&p, true);
	for (size_t i = 0; i < 5; i++)
		cr_expect_eq(json_integer_value(json_object_get(message_at(j, i), "frame")),
		             (json_int_t)i + 1);
	cr_expect_eq(frame_of(fragment_of(j, 0), "reassembled_in"), 4);
	cr_expect(json_is_null(fragment_of(j, 1)));
	cr_expect_eq(frame_of(fragment_of(j, 2), "reassembled_in"), 4);
	cr_expect_eq(frame_of(fragment_of(j, 3), "reassembled_in"), 4);
	cr_expect_eq(frame_of(fragment_of(j, 4), "reassembled_in"), 4);
	cr_expect_eq(frame_of(message_at(j, 4), "retransmission_of"), 1);
	cr_expect(json_is_null(json_object_get(message_at(j, 4), "reassembled")));
	joined = json_object_get(message_at(j, 3), "reassembled");
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(joined, "frames"), 0)), 4);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(joined, "frames"), 1)), 1);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(joined, "frames"), 2)), 3);
	cr_expect_eq(json_integer_value(json_object_get(joined, "length")), 3 * 40);
	json_decref(j);
	free(p.paper.text);
}

Test(dissect, what_waits_for_a_fragment_does_not_wait_forever)
{
	const struct ikescope_dissect_options o = json_of_all();
	struct message two = skf(2, 3, 1), clear = message_of(2, 40, "11*32");
	struct page p;
	json_t *j;

	open_page(&p, &o);
	feed(&p, &two, false, 0, 1);
	for (unsigned i = 0; i < 400; i++) { /* more than wait at a time */
		clear.octets[40] = (uint8_t)i;
		clear.octets[41] = (uint8_t)(i >> 8);
		feed(&p, &clear, false, MS, (uint16_t)(i + 2));
	}
	j = finish(&p, true);
	cr_expect_eq(json_array_size(json_object_get(j, "messages")), 401);
	cr_expect_eq(frame_of(fragment_of(j, 0), "reassembled_in"), 0);
	for (size_t i = 0; i < 401; i++)
		cr_assert_eq(json_integer_value(json_object_get(message_at(j, i), "frame")),
		             (json_int_t)i + 1);
	json_decref(j);
	free(p.paper.text);
}

Test(dissect, the_message_inside_ikev1_fragments_is_dissected)
{
	const struct ikescope_dissect_options o = json_of_all();
	struct message whole = message_of(1, 10, "11*32"), part[2];
	const json_t *inner;
	struct page p;
	json_t *j;

	for (unsigned i = 0; i < 2; i++) {
		size_t from = i == 0 ? 0 : 33, n = i == 0 ? 33 : whole.len - 33;

		part[i] = message_open(0x10, 2, 0);
		message_add(&part[i], 132, i == 0 ? "0001 01 00" : "0001 02 01");
		memcpy(part[i].octets + part[i].len, whole.octets + from, n);
		part[i].len += n;
		part[i].octets[31] = (uint8_t)(8 + n);
		message_close(&part[i]);
	}
	open_page(&p, &o);
	feed(&p, &part[1], false, 0, 1);
	feed(&p, &part[0], false, MS, 2);
	j = finish(&p, true);
	cr_expect_eq(frame_of(fragment_of(j, 0), "reassembled_in"), 2);
	inner = json_object_get(json_object_get(message_at(j, 1), "reassembled"), "message");
	cr_expect_eq(json_integer_value(json_object_get(inner, "length")), (json_int_t)whole.len);
	cr_expect_eq(json_integer_value(json_array_get(json_object_get(inner, "payload_types"), 0)),
	             10);
	json_decref(j);
	free(p.paper.text);
}

/* ---- fields and anomalies ----------------------------------------------------------------- */

/* What a decoder says of a message. */
static struct ik_decoded decoded(const struct message *m)
{
	const struct ik_dissected d = {.octets = m->octets, .captured = m->len, .length = m->len};
	struct ik_decoded out = {.cut = 0};

	cr_assert(ik_decode_fields(&out, &d, 256));
	return out;
}

Test(dissect, an_anomaly_stands_beside_the_innermost_field)
{
	/* A proposal that announces two transforms and has one: octet 7 of it is wrong. */
	struct message m = message_of(2, 33, "00000014 01010002 00000008 01000002 00000000");
	struct ik_decoded d;
	bool found = false;

	m = message_of(2, 33, "00000010 01010002 00000008 01000002");
	d = decoded(&m);
	for (size_t k = 0; k < d.msg.n_anomaly; k++) {
		const struct ik_anomaly *a = &d.msg.anomaly[k];
		size_t i = ik_anomaly_field(&d, a);

		cr_assert_lt(i, d.fields.n);
		cr_expect_leq(d.fields.row[i].pos, a->offset);
		if (a->code == IK_TRANSFORM_COUNT) {
			found = true;
			cr_expect_str_eq(d.fields.row[i].name, "transforms");
		}
	}
	cr_expect(found);
	ik_decoded_free(&d);
}

/* Main mode agrees on a group two messages before the public value; where the authentication
 * method encrypts the value (RFC 2409 5.3), its size says nothing. */
Test(dissect, a_public_value_of_main_mode_is_held_to_the_group_that_was_agreed_on)
{
	static const struct {
		const char *method;
		size_t octets, anomalies;
	} rows[] = {{"80030001", 256, 0}, {"80030001", 128, 1}, {"80030005", 128, 0}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct ikescope_dissect_options o = json_of_all();
		struct message agreed, keys = message_open(0x10, 2, 0);
		char body[128];
		struct page p;
		const json_t *told;
		json_t *j;

		snprintf(body, sizeof(body),
		         "00000001 00000001 00000024 01010001 0000001c 01010000 "
		         "80010007 800e0100 80020004 %s 8004000e",
		         rows[i].method);
		agreed = message_of(1, 1, body);
		snprintf(body, sizeof(body), "09*%zu", rows[i].octets);
		message_add(&keys, 4, body);
		message_add(&keys, 10, "11*32");
		open_page(&p, &o);
		feed(&p, &agreed, true, 0, 1);
		feed(&p, &keys, false, MS, 2);
		j = finish(&p, true);
		told = json_object_get(message_at(j, 1), "anomalies");
		cr_assert_eq(json_array_size(told), rows[i].anomalies, "row %zu", i);
		if (rows[i].anomalies > 0) {
			told = json_array_get(told, 0);
			cr_expect_str_eq(json_string_value(json_object_get(told, "code")),
			                 "ke-length");
			cr_expect_str_eq(json_string_value(json_object_get(told, "severity")),
			                 "error");
			cr_expect_eq(json_integer_value(json_object_get(told, "expected")), 256);
		}
		json_decref(j);
		free(p.paper.text);
	}
}

Test(dissect, fields_of_a_hostile_message_are_limited)
{
	static uint8_t octets[65507];
	struct ik_dissected m = {
	        .octets = octets, .captured = sizeof(octets), .length = sizeof(octets)};
	struct ik_decoded d = {.cut = 0};

	/* A Delete of IKEv1 with SPIs of one octet: a field for each. */
	memcpy(octets, "\1\1\1\1\1\1\1\1\2\2\2\2\2\2\2\2\14\20\5\0\0\0\0\0\0\0\377\343", 28);
	octets[28] = 12; /* one more behind it */
	octets[30] = 0x80;
	memcpy(octets + 32, "\0\0\0\1\1\1\177\364", 8);
	octets[28 + 0x8000 + 2] = 0x7f;
	octets[28 + 0x8000 + 3] = 0xc7;
	memcpy(octets + 28 + 0x8000 + 4, "\0\0\0\1\1\1\177\273", 8);
	cr_assert(ik_decode_fields(&d, &m, 256));
	cr_expect_leq(d.fields.n, IK_FIELDS_MOST);
	cr_expect_gt(d.fields.n, 65000);
	ik_decoded_free(&d);
}

Test(dissect, the_output_does_not_depend_on_the_hash_key)
{
	struct ikescope_dissect_options o = json_of_all();
	struct message one = skf(1, 2, 1), two = skf(2, 2, 1), clear = message_of(1, 13, "0102");
	struct page a, b;

	open_page(&a, &o);
	memset(o.hash_key, 0x5a, sizeof(o.hash_key));
	open_page(&b, &o);
	for (struct page *p = &a; p != NULL; p = p == &a ? &b : NULL) {
		feed(p, &clear, false, 0, 1);
		feed(p, &one, false, 0, 2);
		feed(p, &two, false, 0, 3);
		json_decref(finish(p, true));
	}
	cr_expect_str_eq(a.paper.text, b.paper.text);
	free(a.paper.text);
	free(b.paper.text);
}

Test(dissect, an_unknown_value_shows_its_number_and_its_range)
{
	struct ikescope_dissect_options o = json_of_all();
	struct message m = message_of(2, 41, "0000 f000");
	const json_t *type;
	struct page p;
	json_t *j;

	open_page(&p, &o);
	feed(&p, &m, false, 0, 1);
	j = finish(&p, true);
	type = json_array_get(json_object_get(message_at(j, 0), "fields"), 1);
	type = json_array_get(json_object_get(type, "fields"), 5);
	cr_expect_str_eq(json_string_value(json_object_get(type, "field")), "type");
	cr_expect_eq(json_integer_value(json_object_get(type, "value")), 0xf000);
	cr_expect(json_is_null(json_object_get(type, "name")));
	cr_expect_str_eq(json_string_value(json_object_get(type, "range")), "private use");
	json_decref(j);
	free(p.paper.text);
	o.json = false;
	open_page(&p, &o);
	feed(&p, &m, false, 0, 1);
	finish(&p, false);
	cr_expect_not_null(strstr(p.paper.text, "61440 (private use)"), "%s", p.paper.text);
	paper_check_page(p.paper.text, "a page");
	free(p.paper.text);
}

/* A name that does not fit is cut between two of its characters, wherever the end falls. */
Test(dissect, a_long_name_is_cut_between_characters)
{
	static const char *const bodies[] = {"02000000 ff*1100", "02000000 61 ff*1100",
	                                     "02000000 6161 ff*1100", "02000000 616161 ff*1100"};

	for (size_t i = 0; i < 4; i++) {
		struct ikescope_dissect_options o = {.limits = ikescope_limits_default()};
		struct message m = message_of(2, 35, bodies[i]);
		struct page p;

		open_page(&p, &o);
		feed(&p, &m, false, 0, 1);
		finish(&p, false);
		cr_expect_not_null(strstr(p.paper.text, " ...\n"), "%zu", i);
		paper_check_page(p.paper.text, bodies[i]);
		free(p.paper.text);
	}
}

/* ---- types by name ------------------------------------------------------------------------ */

Test(dissect, types_are_known_by_number_name_and_abbreviation)
{
	static const struct {
		const char *text;
		bool payload;
		int one, two; /* type in each version, -1: none */
	} rows[] = {
	        {"34", false, 34, 34},          {"ike_sa_init", false, -1, 34},
	        {"IKE SA-INIT", false, -1, 34}, {"informational", false, 5, 37},
	        {"Main Mode", false, 2, -1},    {"quick", false, 32, -1},
	        {"config mode", false, 6, -1},  {"SA", true, 1, 33},
	        {"Key Exchange", true, 4, 34},  {"nonce", true, 10, 40},
	        {"NAT-D", true, 20, -1},        {"SKF", true, -1, 53},
	        {"vid", true, 13, 43},          {"notify", true, 11, 41},
	};
	static const char *const wrong[] = {"", "256", "-1", "0x22", "IKE", "SA)", "34 "};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ikescope_types t = {.bits = {{0}}};

		cr_assert(rows[i].payload ? ikescope_payload_types_add(&t, rows[i].text)
		                          : ikescope_exchange_types_add(&t, rows[i].text),
		          "%s", rows[i].text);
		for (unsigned type = 0; type < 256; type++) {
			if (type == 130 || type == 131 || type == 132)
				continue; /* drafts go by the same names */
			cr_expect_eq(ik_types_have(&t, 1, (uint8_t)type), (int)type == rows[i].one,
			             "%s %u", rows[i].text, type);
			cr_expect_eq(ik_types_have(&t, 2, (uint8_t)type), (int)type == rows[i].two,
			             "%s %u", rows[i].text, type);
		}
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct ikescope_types t = {.bits = {{0}}};

		cr_expect_not(ikescope_exchange_types_add(&t, wrong[i]), "'%s'", wrong[i]);
		cr_expect_not(ikescope_payload_types_add(&t, wrong[i]), "'%s'", wrong[i]);
	}
}

/* ---- wrong use ---------------------------------------------------------------------------- */

/* Of every length, on every alignment, and no more is written than room is asked for. */
Test(dissect, octets_are_written_in_hexadecimal)
{
	uint8_t octets[100];
	char have[2 * sizeof(octets) + 32], want[2 * sizeof(octets) + 32];

	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 37 + 9);
	for (size_t from = 0; from < 16; from++)
		for (size_t n = 0; n <= 70; n++) {
			memset(have, '-', sizeof(have));
			memset(want, '-', sizeof(want));
			for (size_t i = 0; i < n; i++)
				(void)snprintf(want + 2 * i, 3, "%02x", octets[from + i]);
			cr_assert_eq(ik_lay_hex(have, octets + from, n), have + 2 * n);
			cr_assert_arr_eq(have, want, 2 * n, "%zu octets from %zu", n, from);
			cr_assert_eq(have[2 * n + 8], '-', "%zu octets from %zu", n, from);
		}
}

Test(dissect, an_error_of_the_writer_ends_it)
{
	struct ikescope_dissect_options o = json_of_all();
	const struct ikescope_packet nowhere = {.at = {.capture = 1, .frame = 1}};
	struct ikescope_dissector *d = ikescope_dissector_new(&o, &paper_full);

	cr_assert_not_null(d);
	cr_expect_eq(ikescope_dissector_packet(d, &nowhere), IKESCOPE_ERR_USE);
	cr_expect_eq(ikescope_dissector_finish(d), 7);
	cr_expect_eq(ikescope_dissector_finish(d), 7);
	ikescope_dissector_free(d);
}
