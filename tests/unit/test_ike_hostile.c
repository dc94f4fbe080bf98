/*
 * Messages that want to break the decoder: cut at every length, every octet changed, chains that
 * do not end. Memory is as long as the message, so that the sanitizers see every octet beyond.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "ike/decode.h"
#include "test_ike.h"

TestSuite(ike_hostile);

static struct message ikev2_init(void)
{
	struct message m = message_open(0x20, 34, 0x08);

	message_add(&m, 41, "00 00 4006 0102030405");
	message_add(&m, 33,
	            "0200002c 01010004 0300000c 0100000c 800e0100 03000008 02000005 03000008 "
	            "0300000c 00000008 0400001f 00000014 02010001 00000000 0000000c 01000014");
	message_add(&m, 34, "001f 0000 09*32");
	message_add(&m, 40, "11*32");
	message_add(&m, 41, "00 00 4004 a1*20");
	message_add(&m, 41, "00 00 402f 0002 0003");
	message_add(&m, 41, "00 00 4017 01 04 c0000201 aabb");
	message_add(&m, 41, "00 00 403b 03 00 0e 04 01 0e 05");
	message_add(&m, 43, "464c455856504e2d535550504f52544544");
	return m;
}

static struct message ikev2_auth(void)
{
	struct message m = message_open(0x20, 35, 0x20);

	message_add(&m, 35, "02000000 612e62");
	message_add(&m, 37, "04 3003");
	message_add(&m, 39, "0e000000 02 3003 aa");
	message_add(&m, 47, "02000000 0001 0004 c0000201 0008 0011 20*16 40 000e 0002 0001");
	message_add(&m, 48, "01 07 0006 01 61");
	message_add(&m, 44,
	            "02000000 07 00 0010 0000 ffff 0a000000 0affffff 08 00 0028 0000 ffff 20*32");
	message_add(&m, 42, "03 04 0001 cafebabe");
	message_add(&m, 53, "0001 0002 11*40");
	return m;
}

static struct message ikev1_main(void)
{
	struct message m = message_open(0x10, 2, 0);

	message_add(&m, 1,
	            "00000001 00000001 00000038 01010002"
	            "03000018 01010000 80010007 800e0100 000c0004 00015180"
	            "00000018 02010000 80010005 80020002 80030001 80040002");
	message_add(&m, 4, "0a*96");
	message_add(&m, 10, "11*16");
	message_add(&m, 5, "04000000 0a000000 ff000000");
	message_add(&m, 15, "a1*20");
	message_add(&m, 20, "a1*16");
	message_add(&m, 21, "01000000 c0000201");
	message_add(&m, 13, "afcad71368a1f1c96b8696fc77570100");
	return m;
}

static struct message ikev1_info(void)
{
	struct message m = message_open(0x10, 5, 0);

	message_add(&m, 8, "a1*20");
	message_add(&m, 11, "00000001 03 04 6000 cafebabe 8001 0001 0002 0004 00000e10");
	message_add(&m, 11, "00000001 01 10 8d28 11*16 00000007");
	message_add(&m, 12, "00000001 03 04 0002 cafebabe deadbeef");
	message_add(&m, 14, "01 00 0007 0001 0000 0003 0004 c0000201 c088 0001");
	message_add(&m, 132, "0003 02 01 aabb");
	return m;
}

/* Every field lies in what there is. */
struct bounds {
	size_t captured;
	unsigned fields;
};

static void in_bounds(void *ctx, const struct ik_field *f)
{
	struct bounds *b = (struct bounds *)ctx;

	b->fields++;
	cr_assert_leq((size_t)f->pos + f->len, b->captured, "%s", f->name);
	cr_assert_not_null(f->name);
	cr_assert_lt(f->depth, 6);
}

static void check_span(struct ik_span s, size_t captured)
{
	cr_assert_leq((size_t)s.pos + s.len, captured);
}

static void check_view(const struct ik_msg *m)
{
	check_span(m->sa, m->captured);
	check_span(m->ke, m->captured);
	check_span(m->nonce, m->captured);
	check_span(m->id_i, m->captured);
	check_span(m->id_r, m->captured);
	check_span(m->cookie, m->captured);
	check_span(m->frag, m->captured);
	cr_assert_leq(m->n_notify, IK_MAX_NOTIFIES);
	cr_assert_leq(m->n_vid, IK_MAX_VIDS);
	cr_assert_leq(m->n_natd, IK_MAX_NATD);
	cr_assert_leq(m->n_anomaly, IK_MAX_ANOMALIES);
	cr_assert_leq(m->n_anomaly, m->anomalies);
	for (unsigned i = 0; i < m->n_notify; i++)
		check_span(m->notify[i].data, m->captured);
	for (unsigned i = 0; i < m->n_anomaly; i++)
		cr_assert(m->anomaly[i].code > IK_ANOMALY_NONE &&
		          m->anomaly[i].code < IK_ANOMALY_COUNT);
}

static void count_row(void *ctx, const struct ik_transform *t)
{
	(void)t;
	++*(unsigned *)ctx;
}

/* Decodes a copy in memory of its own, with and without fields: the view must be the same. */
static void try(const uint8_t *octets, size_t captured, size_t length, bool snapped)
{
	uint8_t *copy = (uint8_t *)malloc(captured != 0 ? captured : 1);
	struct bounds b = {.captured = captured};
	struct ik_field_sink sink = {.ctx = &b, .field = in_bounds};
	struct ik_msg with, without;
	unsigned rows = 0;

	cr_assert_not_null(copy);
	memcpy(copy, octets, captured);
	ik_frame_classify(copy, captured, length, true, snapped);
	ik_frame_classify(copy, captured, length, false, snapped);
	ik_msg_decode(&without, copy, captured, length, snapped, 64, NULL);
	ik_msg_decode(&with, copy, captured, length, snapped, 64, &sink);
	check_view(&with);
	cr_assert_eq(with.anomalies, without.anomalies);
	cr_assert_eq(with.payloads, without.payloads);
	ik_sa_walk(copy + with.sa.pos, with.sa.len, with.major, 1000, count_row, &rows);
	cr_assert_leq(rows, 1000);
	free(copy);
}

static void torture(const struct message *whole)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	struct message m = *whole;
	struct ik_msg out = message_decode(&m, NULL);

	cr_assert_leq(out.anomalies, 1, "%s", ik_anomaly_info(out.anomaly[0].code)->name);
	for (size_t n = 0; n <= m.len; n++) {
		try(m.octets, n, n, false);
		try(m.octets, n, m.len, true);
	}
	for (size_t i = 0; i < m.len; i++) {
		for (size_t k = 0; k < sizeof(changes); k++) {
			m.octets[i] ^= changes[k];
			try(m.octets, m.len, m.len, false);
			try(m.octets, m.len - m.len / 3, m.len, true);
			m.octets[i] ^= changes[k];
		}
	}
}

Test(ike_hostile, every_cut_and_every_octet)
{
	struct message m = ikev2_init();

	torture(&m);
	m = ikev2_auth();
	torture(&m);
	m = ikev1_main();
	torture(&m);
	m = ikev1_info();
	torture(&m);
}

Test(ike_hostile, every_type_with_every_short_body)
{
	for (unsigned major = 1; major <= 2; major++) {
		for (unsigned type = 1; type < 256; type++) {
			static const uint8_t fill[] = {0x00, 0x01, 0x0e, 0xff};

			for (size_t k = 0; k < sizeof(fill); k++) {
				for (size_t n = 0; n < 24; n++) {
					struct message m = message_of(major, (uint8_t)type, "");

					memset(m.octets + m.len, fill[k], n);
					m.len += n;
					m.octets[31] = (uint8_t)(4 + n);
					message_close(&m);
					try(m.octets, m.len, m.len, false);
				}
			}
		}
	}
}

Test(ike_hostile, payloads_without_length_do_not_loop)
{
	struct message m = message_of(2, 43, "00*64");
	struct ik_msg out;

	m.octets[28] = 43;
	m.octets[31] = 0;
	out = message_decode(&m, NULL);
	cr_assert_eq(out.payloads, 0);
	cr_assert_eq(out.anomaly[0].code, IK_PAYLOAD_LENGTH);
}

Test(ike_hostile, ten_thousand_payloads)
{
	size_t len = 28 + 10000 * 4;
	uint8_t *octets = (uint8_t *)calloc(len, 1);
	struct message head = message_open(0x20, 34, 0x08);
	struct ik_msg out;

	cr_assert_not_null(octets);
	memcpy(octets, head.octets, 28);
	octets[16] = 43;
	octets[26] = (uint8_t)(len >> 8);
	octets[27] = (uint8_t)len;
	for (size_t i = 28; i < len; i += 4) {
		octets[i] = i + 4 < len ? 43 : 0;
		octets[i + 3] = 4;
	}
	ik_msg_decode(&out, octets, len, len, false, 256, NULL);
	cr_assert_eq(out.n_vid, IK_MAX_VIDS);
	cr_assert_eq(message_anomalies(&out, IK_PAYLOAD_TOO_MANY), 1);
	cr_assert_eq(out.anomalies, 1);
	ik_msg_decode(&out, octets, len, len, false, 10000, NULL);
	cr_assert_eq(out.anomalies, 0);
	ik_msg_decode(&out, octets, len, len, false, 9999, NULL);
	cr_assert_eq(message_anomalies(&out, IK_PAYLOAD_TOO_MANY), 1);
	free(octets);
}

/* More anomalies than are kept, more lists than there is room for. */
Test(ike_hostile, lists_are_bounded_and_counted)
{
	struct message m = message_open(0x20, 34, 0x08);
	struct ik_msg out;

	for (unsigned i = 0; i < 40; i++)
		message_add(&m, 41, "00 00 4004 a1*19");
	out = message_decode(&m, NULL);
	cr_assert_eq(out.n_anomaly, IK_MAX_ANOMALIES);
	cr_assert_eq(out.anomalies, 40);
	cr_assert_eq(out.n_notify, IK_MAX_NOTIFIES);
	cr_assert_eq(out.n_natd, IK_MAX_NATD);
	cr_assert_eq(out.payloads, 40);
}

/* The same walk serves a chain that stood inside an SK payload. */
Test(ike_hostile, inner_chain)
{
	struct message m = ikev2_auth();
	struct ik_msg msg = {.major = 2};
	struct ik_dec d = {.msg = &msg, .max_payloads = 64, .end = m.len};
	struct ik_rd r = ik_rd_make(m.octets, m.len);

	ik_rd_skip(&r, 28);
	ik_chain_walk(&d, &r, 35);
	cr_assert_eq(msg.payloads, 8);
	cr_assert_eq(msg.id_i.len, 7);
	cr_assert_eq(msg.delete_count, 1);
	cr_assert(msg.eap_clear);
}
