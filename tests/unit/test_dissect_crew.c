/*
 * Dissecting with a crew: what is written is the same as without, whoever does which job, and in
 * whatever order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "ikescope/dissect.h"
#include "support/crew.h"
#include "support/pipeline.h"
#include "support/samples.h"

TestSuite(dissect_crew);

/* The document, and how many octets of it are taken before the writer fails. */
struct taken {
	char *octets;
	size_t len, cap, most;
};

static int take(void *ctx, const char *data, size_t len)
{
	struct taken *t = ctx;

	if (len > t->most - t->len)
		return 77;
	if (len > t->cap - t->len) {
		t->cap = 2 * (t->len + len);
		t->octets = realloc(t->octets, t->cap);
		cr_assert_not_null(t->octets);
	}
	memcpy(t->octets + t->len, data, len);
	t->len += len;
	return 0;
}

/* The same Ethernet packet in VLAN 100. */
static void tag(struct pl_packets *to, struct ikescope_packet p)
{
	uint8_t octets[2048];

	if (p.link_type != 1 || p.captured < 14 || p.captured + 4 > sizeof(octets))
		return;
	memcpy(octets, p.data, 12);
	memcpy(octets + 12, "\x81\x00\x00\x64", 4);
	memcpy(octets + 16, p.data + 12, p.captured - 12);
	p.data = octets;
	p.captured += 4;
	p.length += 4;
	pl_packets_add(to, &p);
}

/* All packets of all samples, as if of one capture; in a VLAN, or as they are. */
static struct pl_packets all_packets(bool tagged)
{
	struct pl_packets all = {.n = 0};
	struct samples samples = {.n = 0};

	samples_add(&samples, IKESCOPE_SOURCE "/pcaps");
	for (size_t i = 0; i < samples.n; i++) {
		struct pl_packets some = pl_take_apart(samples.row[i].data, samples.row[i].len);

		for (size_t k = 0; k < some.n; k++) {
			struct ikescope_packet p = some.row[k];

			p.at.frame = all.n + 1;
			if (tagged)
				tag(&all, p);
			else
				pl_packets_add(&all, &p);
		}
		pl_packets_free(&some);
	}
	samples_free(&samples);
	return all;
}

static int dissect(const struct pl_packets *packets, const struct ikescope_dissect_options *options,
                   struct taken *t)
{
	static const struct ikescope_capture_info info = {.file = "x", .format = "pcap"};
	const struct ikescope_writer writer = {.ctx = t, .write = take};
	struct ikescope_dissector *d = ikescope_dissector_new(options, &writer);
	uint32_t capture = 0;
	int error;

	cr_assert_not_null(d);
	error = ikescope_dissector_capture_begin(d, &info, &capture);
	for (size_t i = 0; i < packets->n && error == 0; i++) {
		struct ikescope_packet p = packets->row[i];

		p.at.capture = capture;
		error = ikescope_dissector_packet(d, &p);
	}
	if (error == 0)
		error = ikescope_dissector_finish(d);
	ikescope_dissector_free(d);
	return error;
}

static void expect_same(const struct pl_packets *packets, struct ikescope_dissect_options options,
                        const char *what)
{
	struct taken alone = {.most = SIZE_MAX};

	cr_assert_eq(dissect(packets, &options, &alone), 0);
	cr_assert_gt(alone.len, 1000, "%s", what);
	for (unsigned hands = 2; hands <= IKESCOPE_CREW_HANDS; hands++) {
		struct taken t = {.most = SIZE_MAX};
		struct lazy_crew crew = {.first = 0};

		options.crew = lazy_crew(&crew, hands);
		cr_assert_eq(dissect(packets, &options, &t), 0);
		cr_expect_gt(crew.done, 3, "%s", what);
		cr_expect_eq(crew.first, crew.end, "%s", what);
		cr_expect(t.len == alone.len && memcmp(t.octets, alone.octets, t.len) == 0,
		          "%s, %u hands", what, hands);
		free(t.octets);
	}
	free(alone.octets);
}

Test(dissect_crew, output_is_the_same)
{
	struct ikescope_dissect_options options = {.limits = ikescope_limits_default(),
	                                           .json = true};
	struct pl_packets packets = all_packets(false);
	struct ikescope_types types = {.bits = {{0}}};

	cr_assert_gt(packets.n, 5000);
	expect_same(&packets, options, "all");
	options.first_frame = packets.n / 2;
	expect_same(&packets, options, "the first message in a late job");
	options.first_frame = 0;
	cr_assert(ikescope_exchange_types_add(&types, "Aggressive"));
	options.exchanges = &types;
	expect_same(&packets, options, "few messages");
	pl_packets_free(&packets);
}

Test(dissect_crew, who_works_alone)
{
	struct ikescope_dissect_options options = {.limits = ikescope_limits_default(),
	                                           .json = true};
	struct pl_packets packets = all_packets(false);
	struct pl_packets few = packets;

	few.n = 50;
	for (unsigned i = 0; i < 3; i++) {
		struct ikescope_dissect_options o = options;
		struct taken t = {.most = SIZE_MAX};
		struct lazy_crew crew = {.first = 0};

		o.json = i != 0;
		o.prompt = i == 1;
		o.crew = lazy_crew(&crew, i == 2 ? 1 : 2);
		cr_assert_eq(dissect(&few, &o, &t), 0);
		cr_expect_eq(crew.end, 0, "%u", i);
		free(t.octets);
	}
	pl_packets_free(&packets);
}

/* Jobs that are under way when the writer fails are finished before anything is freed: names of
 * VLANs, too. */
Test(dissect_crew, writer_that_fails)
{
	struct ikescope_dissect_options options = {.limits = ikescope_limits_default(),
	                                           .json = true};
	struct pl_packets packets = all_packets(true);

	cr_assert_gt(packets.n, 1000);
	for (size_t most = 0; most < 2000000; most += 300000) {
		struct taken t = {.most = most};
		struct lazy_crew crew = {.first = 0};

		options.crew = lazy_crew(&crew, 2);
		cr_expect_eq(dissect(&packets, &options, &t), 77, "%zu", most);
		cr_expect_eq(crew.first, crew.end, "%zu", most);
		free(t.octets);
	}
	pl_packets_free(&packets);
}
