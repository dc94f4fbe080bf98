/*
 * Events and negotiations as octets: what is written comes back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "session/event.h"
#include "session/nego.h"

TestSuite(session_records);

/* ---- events --------------------------------------------------------------------------------- */

static struct ik_event_full event(bool v6, bool clear)
{
	struct ik_event_full ev;

	memset(&ev, 0, sizeof(ev));
	ev.e.spi_i = 0x1122334455667788;
	ev.e.digest = 7;
	ev.e.time = -5;
	ev.e.seq = UINT32_MAX;
	ev.e.frame = 3;
	ev.e.frame_high = 2;
	ev.e.capture = 65535;
	ev.e.version = 0x20;
	ev.e.bits = (uint8_t)((v6 ? IK_EVB_V6 : 0) | (clear ? IK_EVB_CLEAR : 0));
	ev.src = v6 ? ik_addr6((const uint8_t[16]){0x20, 1, [15] = 1})
	            : ik_addr4((const uint8_t[]){192, 0, 2, 1});
	ev.dst = v6 ? ik_addr6((const uint8_t[16]){0x20, 1, [15] = 2})
	            : ik_addr4((const uint8_t[]){192, 0, 2, 2});
	return ev;
}

/* As many of each list as n says, up to its room. */
static void fill_clear(struct ik_clear *c, unsigned n)
{
	c->payload_bits = 0xf0f0f0f0f0f0f0f0;
	c->offer = 77;
	c->caps = 0x12345678;
	c->ke_group = 14;
	c->n_notify = (uint8_t)(n < IK_CLEAR_NOTIFIES ? n : IK_CLEAR_NOTIFIES);
	c->n_vid = (uint8_t)(n < IK_CLEAR_VIDS ? n : IK_CLEAR_VIDS);
	c->n_natd = (uint8_t)(n < IK_CLEAR_NATD ? n : IK_CLEAR_NATD);
	c->id_len = (uint8_t)(n < IK_CLEAR_ID ? n : IK_CLEAR_ID);
	c->n_anomaly = n > 0;
	if (n > 0)
		c->anomaly = (struct ik_anomaly){.offset = n, .got = 2, .expected = 3};
	for (unsigned i = 0; i < c->n_notify; i++)
		c->notify[i] = (struct ik_clear_notify){
		        .type = (uint16_t)(i + 1), .word = (uint16_t)(i + 2), .spi_size = 4};
	for (unsigned i = 0; i < c->n_vid; i++)
		c->vid[i] = (uint16_t)(100 + i);
	for (unsigned i = 0; i < c->n_natd; i++) {
		c->natd[i].prefix = 1000 + i;
		c->natd[i].source = i % 2 != 0;
	}
	for (unsigned i = 0; i < c->id_len; i++)
		c->id[i] = (uint8_t)(i + 1);
}

static void expect_clear(const struct ik_clear *a, const struct ik_clear *b)
{
	cr_assert(a->payload_bits == b->payload_bits && a->offer == b->offer &&
	          a->caps == b->caps && a->ke_group == b->ke_group);
	cr_assert(a->n_notify == b->n_notify && a->n_vid == b->n_vid && a->n_natd == b->n_natd &&
	          a->id_len == b->id_len && a->n_anomaly == b->n_anomaly);
	if (a->n_anomaly > 0)
		cr_assert_eq(a->anomaly.offset, b->anomaly.offset);
	for (unsigned i = 0; i < a->n_notify; i++)
		cr_assert(a->notify[i].type == b->notify[i].type &&
		          a->notify[i].word == b->notify[i].word &&
		          a->notify[i].spi_size == b->notify[i].spi_size);
	for (unsigned i = 0; i < a->n_vid; i++)
		cr_assert_eq(a->vid[i], b->vid[i]);
	for (unsigned i = 0; i < a->n_natd; i++)
		cr_assert(a->natd[i].prefix == b->natd[i].prefix &&
		          a->natd[i].source == b->natd[i].source);
	cr_assert_eq(memcmp(a->id, b->id, a->id_len), 0);
}

Test(session_records, events)
{
	for (unsigned n = 0; n <= 100; n++)
		for (int v6 = 0; v6 <= 1; v6++) {
			struct ik_event_full ev = event(v6 != 0, true), back;
			uint8_t *exact;
			size_t len;

			fill_clear(&ev.clear, n);
			memset(&back, 0xa5, sizeof(back));
			len = ik_event_need(&ev);
			cr_assert(len <= IK_EVENT_MAX && len == ev.e.size);
			/* Memory of exactly this size shows what is beyond it. */
			exact = malloc(len);
			ik_event_put(&ev, exact);
			cr_assert_eq(ik_event_size(exact), len);
			ik_event_get(&back, exact);
			cr_assert_eq(memcmp(&ev.e, &back.e, sizeof(ev.e)), 0);
			cr_assert(ik_addr_eq(&ev.src, &back.src) && ik_addr_eq(&ev.dst, &back.dst));
			expect_clear(&ev.clear, &back.clear);
			free(exact);
		}
}

Test(session_records, events_without_clear_part)
{
	struct ik_event_full ev = event(false, false), back;
	uint8_t out[IK_EVENT_MAX];

	cr_assert_eq(ik_event_need(&ev), 64 + 16 + 8);
	ik_event_put(&ev, out);
	ik_event_get(&back, out);
	cr_assert_eq(back.e.spi_i, ev.e.spi_i);
	cr_assert_eq(ik_event_major(&back.e), 2);
	cr_assert_eq(ik_event_at(&back.e).frame, UINT64_C(0x200000003));
	cr_assert_eq(ik_event_at(&back.e).capture, 65535);
}

/* The log holds a message of the usual kind in 72 octets; each field that is not as usual, and each
 * alone, comes back all the same. */
Test(session_records, usual_events_are_small)
{
	for (unsigned odd = 0; odd < 8; odd++) {
		struct ik_event_full ev = {
		        .e = {.spi_i = 1, .seq = 5, .frame = 7, .length = 65535}};
		struct ik_event_full back;
		uint8_t out[IK_EVENT_MAX];

		ev.e.capture = odd == 1 ? 2 : 1;
		ev.e.ip_fragments = odd == 2 ? 0 : 1;
		ev.e.length_high = odd == 3;
		ev.e.domain = odd == 4;
		ev.e.frame_high = odd == 5;
		ev.e.frag_total = odd == 6;
		ev.e.interface = odd == 7;
		ev.src = ev.dst = ik_addr4((const uint8_t[]){192, 0, 2, 1});
		memset(&back, 0xa5, sizeof(back));
		cr_assert_eq(ik_event_need(&ev), odd == 0 ? 72 : 88, "row %u", odd);
		ik_event_put(&ev, out);
		ik_event_get(&back, out);
		cr_assert_eq(memcmp(&ev.e, &back.e, sizeof(ev.e)), 0, "row %u", odd);
	}
}

Test(session_records, payload_types_in_clear)
{
	struct ik_clear c = {.payload_bits = UINT64_C(1) << 33 | UINT64_C(1) << 63};

	cr_assert(ik_clear_has(&c, 33) && ik_clear_has(&c, 63));
	cr_assert_not(ik_clear_has(&c, 34));
	cr_assert_not(ik_clear_has(&c, 64));
	cr_assert_not(ik_clear_has(&c, 97));
}

Test(session_records, places)
{
	uint64_t place = ik_place(7, UINT64_C(0xffff123456789abc));

	cr_assert_eq(ik_at(place).capture, 7);
	cr_assert_eq(ik_at(place).frame, UINT64_C(0x123456789abc));
	cr_assert_lt(ik_place(1, 9), ik_place(1, 10));
	cr_assert_lt(ik_place(1, 10), ik_place(2, 1));
}

/* ---- negotiations --------------------------------------------------------------------------- */

enum { ROOM = 40 };

struct rows {
	struct ik_step steps[ROOM];
	struct ik_child children[ROOM];
	struct ik_exchange exchanges[ROOM];
	struct ik_copy copies[ROOM];
	struct ik_path paths[ROOM];
	struct ik_icmp_seen icmp[ROOM];
	struct ik_lost_seen lost[ROOM];
	struct ik_anomaly_seen anomalies[ROOM];
	struct ik_carried carried[ROOM];
};

/* A negotiation with counts that differ from list to list; each row can be told from the others. */
static struct ik_nego negotiation(struct rows *r, unsigned n)
{
	struct ik_nego out = {
	        .spi_i = 0xabcdef,
	        .first_time = 1,
	        .last_time = 2,
	        .n_steps = (uint16_t)n,
	        .n_children = (uint16_t)(n * 2 % ROOM),
	        .n_exchanges = (uint16_t)(n * 3 % ROOM),
	        .n_copies = (uint8_t)(n * 5 % ROOM),
	        .n_paths = (uint8_t)(n * 7 % ROOM),
	        .n_icmp = (uint8_t)(n * 11 % ROOM),
	        .n_lost = (uint8_t)(n * 13 % ROOM),
	        .n_anomalies = (uint8_t)(n * 17 % ROOM),
	        .n_carried = (uint8_t)(n * 19 % ROOM),
	        .steps = r->steps,
	        .children = r->children,
	        .exchanges = r->exchanges,
	        .copies = r->copies,
	        .paths = r->paths,
	        .icmp = r->icmp,
	        .lost = r->lost,
	        .anomalies = r->anomalies,
	        .carried = r->carried,
	};

	memset(r, 0, sizeof(*r));
	for (uint32_t i = 0; i < ROOM; i++) {
		r->steps[i].serial = 3 * i + 1;
		r->children[i].mid = 100 + i;
		r->exchanges[i].mid = 200 + i;
		r->exchanges[i].step[i % 3] = 3 * i + 1;
		r->copies[i].place = 300 + i;
		r->paths[i].last = 400 + i;
		r->icmp[i].place = 500 + i;
		r->lost[i].place = 600 + i;
		r->anomalies[i].place = 700 + i;
		r->carried[i].payloads = 800 + i;
	}
	return out;
}

static void round_trip(unsigned n, bool slim)
{
	struct rows *rows = malloc(sizeof(*rows));
	struct ik_nego in = negotiation(rows, n), out;
	size_t size = ik_nego_size(&in, slim);
	uint8_t *record = calloc(1, size);

	cr_assert(rows != NULL && record != NULL);
	ik_nego_put(&in, slim, record);
	memset(&out, 0xa5, sizeof(out));
	ik_nego_get(&out, record);
	cr_assert(out.spi_i == in.spi_i && out.last_time == 2);
	cr_assert_eq(out.n_steps, slim ? 0 : n);
	cr_assert_eq(out.n_exchanges, slim ? 0 : in.n_exchanges);
	cr_assert_eq(out.n_copies, slim ? 0 : in.n_copies);
	cr_assert_eq(out.n_carried, slim ? 0 : in.n_carried);
	for (uint32_t i = 0; i < out.n_steps; i++)
		cr_assert_eq(out.steps[i].serial, 3 * i + 1);
	for (uint32_t i = 0; i < out.n_children; i++)
		cr_assert_eq(out.children[i].mid, 100 + i);
	for (uint32_t i = 0; i < out.n_exchanges; i++)
		cr_assert_eq(out.exchanges[i].mid, 200 + i);
	for (uint32_t i = 0; i < out.n_copies; i++)
		cr_assert_eq(out.copies[i].place, 300 + i);
	for (uint32_t i = 0; i < out.n_paths; i++)
		cr_assert_eq(out.paths[i].last, 400 + i);
	for (uint32_t i = 0; i < out.n_icmp; i++)
		cr_assert_eq(out.icmp[i].place, 500 + i);
	for (uint32_t i = 0; i < out.n_lost; i++)
		cr_assert_eq(out.lost[i].place, 600 + i);
	for (uint32_t i = 0; i < out.n_anomalies; i++)
		cr_assert_eq(out.anomalies[i].place, 700 + i);
	for (uint32_t i = 0; i < out.n_carried; i++)
		cr_assert_eq(out.carried[i].payloads, 800 + i);
	free(record);
	free(rows);
}

Test(session_records, negotiations)
{
	for (unsigned n = 0; n < ROOM; n++) {
		round_trip(n, false);
		round_trip(n, true);
	}
}

/* Serials ascend, with gaps where steps were folded away. */
Test(session_records, steps_by_serial)
{
	struct rows *rows = malloc(sizeof(*rows));
	struct ik_nego n = negotiation(rows, 30);

	for (uint32_t serial = 0; serial <= 100; serial++) {
		const struct ik_step *s = ik_nego_step(&n, serial);
		bool there = serial % 3 == 1 && serial <= 3 * 29 + 1;

		cr_assert_eq(s != NULL, there, "%u", serial);
		if (s != NULL)
			cr_assert_eq(s->serial, serial);
	}
	n.n_exchanges = 30;
	cr_assert_eq(ik_nego_exchange(&n, 3 * 7 + 1), &rows->exchanges[7]);
	cr_assert_null(ik_nego_exchange(&n, 2));
	free(rows);
}
