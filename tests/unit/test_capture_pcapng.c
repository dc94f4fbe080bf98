/*
 * pcapng: the reader for what libpcap refuses, against libpcap and on its own ground.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "capture/memory.h"
#include "capture/pcapng.h"
#include "unit/test_capture.h"

enum { LINK_UNSUPPORTED = 105, LINK_ETHERNET = 1, LINK_RAW = 101, LINK_SLL = 113 };

static enum ik_capture_result read_memory(const struct test_bytes *b, struct test_seen *seen)
{
	struct ik_capture_sink sink = test_sink(seen);

	memset(seen, 0, sizeof(*seen));
	return ik_capture_memory(b->data, b->n, "x.pcapng", &sink);
}

/* Reads the same octets with libpcap and with our reader alone, packet by packet. */
static unsigned compare(const struct test_bytes *b, const char *row)
{
	char error[PCAP_ERRBUF_SIZE];
	FILE *f = tmpfile();
	struct pcap_pkthdr *h;
	struct ik_ng_packet p;
	struct ik_stream stream;
	struct ik_ng ng;
	const u_char *data;
	unsigned n = 0;
	pcap_t *pcap;

	cr_assert(fwrite(b->data, 1, b->n, f) == b->n);
	rewind(f);
	pcap = pcap_fopen_offline_with_tstamp_precision(f, PCAP_TSTAMP_PRECISION_NANO, error);
	cr_assert_not_null(pcap, "%s: %s", row, error);
	ik_stream_on_memory(&stream, b->data, b->n);
	ik_ng_begin(&ng, &stream, 4096);
	while (pcap_next_ex(pcap, &h, &data) == 1) {
		n++;
		cr_assert(ik_ng_next(&ng, &p), "%s: packet %u: %s", row, n, ng.problem);
		/* Later than 2116 is beyond what the analysis takes, and held there. */
		if (h->ts.tv_sec < IKESCOPE_TIME_MOST / IKESCOPE_SECOND - 8)
			cr_assert_eq(p.time,
			             (int64_t)h->ts.tv_sec * IKESCOPE_SECOND + h->ts.tv_usec,
			             "%s: time of %u", row, n);
		else
			cr_assert_leq(p.time, IKESCOPE_TIME_MOST, "%s: time of %u", row, n);
		cr_assert_eq(p.captured, h->caplen, "%s: captured of %u", row, n);
		cr_assert_eq(p.length, h->len, "%s: length of %u", row, n);
		cr_assert(memcmp(p.data, data, p.captured) == 0, "%s: octets of %u", row, n);
	}
	cr_assert_str_empty(pcap_geterr(pcap), "%s", row);
	cr_assert_not(ik_ng_next(&ng, &p), "%s", row);
	cr_assert_not(ng.cut, "%s", row);
	cr_assert_str_empty(ng.problem, "%s", row);
	pcap_close(pcap);
	ik_ng_end(&ng);
	ik_stream_close(&stream);
	return n;
}

/* One section with every block that carries a packet and some that do not. */
static void write_section(struct test_bytes *b, bool big, int resolution, int64_t offset,
                          uint32_t snaplen, unsigned rounds)
{
	const uint64_t base = UINT64_C(5000000123);

	test_section(b, big);
	test_other(b, 4, 12);
	test_interface(b, LINK_ETHERNET, snaplen, resolution, offset);
	for (unsigned i = 0; i < rounds; i++) {
		test_enhanced(b, 0, base + i * 1001, 60 + i, 60 + i);
		test_obsolete(b, 0, base + i * 999999, 61, 1000 + i);
		test_simple(b, 33 + i, 33 + i);
		test_simple(b, 64, snaplen == 64 ? 1500 : 64);
		test_statistics(b, 0, 0, -1);
		test_other(b, 0x77, i);
		test_enhanced(b, 0, i, 0, i);
	}
}

Test(capture_pcapng, equals_libpcap)
{
	static const int resolutions[] = {-1, 0,    1,    3,    6,    9,    10,   12,   18,
	                                  19, 0x80, 0x83, 0x89, 0x8A, 0x94, 0x9E, 0xA0, 0xA2};
	static const int64_t offsets[] = {0, 1, 3600, -5, 1000000000};
	static const uint32_t snaplens[] = {0, 64, 65535, 262144};
	static struct test_bytes b;
	unsigned rows = 0;
	char row[96];

	for (size_t r = 0; r < sizeof(resolutions) / sizeof(resolutions[0]); r++)
		for (size_t o = 0; o < sizeof(offsets) / sizeof(offsets[0]); o++)
			for (size_t s = 0; s < sizeof(snaplens) / sizeof(snaplens[0]); s++)
				for (int big = 0; big < 2; big++) {
					(void)snprintf(row, sizeof(row),
					               "order %d resolution %d "
					               "offset %lld snaplen %u",
					               big, resolutions[r], (long long)offsets[o],
					               snaplens[s]);
					b.n = 0;
					write_section(&b, big, resolutions[r], offsets[o],
					              snaplens[s], 3);
					write_section(&b, big, resolutions[r], offsets[o],
					              snaplens[s], 2);
					cr_assert_eq(compare(&b, row), 25, "%s", row);
					rows++;
				}
	cr_assert_eq(rows, 18 * 5 * 4 * 2);
}

/* Time stamps that libpcap computes with an overflow: 2^-40 and 2^-63 of a second. */
Test(capture_pcapng, fine_binary_resolutions)
{
	static const struct {
		int resolution;
		uint64_t count;
		ikescope_time time;
	} rows[] = {
	        {0xA8, UINT64_C(5) << 40 | UINT64_C(1) << 39, INT64_C(5500000000)},
	        {0xBF, UINT64_C(1) << 63 | UINT64_C(1) << 61, INT64_C(1250000000)},
	};
	static struct test_bytes b;
	static struct test_seen seen;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b.n = 0;
		test_section(&b, false);
		test_interface(&b, LINK_ETHERNET, 0, -1, 0);
		test_interface(&b, LINK_ETHERNET, 0, rows[i].resolution, 0);
		test_enhanced(&b, 1, rows[i].count, 20, 20);
		cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK, "row %zu", i);
		cr_assert_eq(seen.packets[0].time, rows[i].time, "row %zu", i);
	}
}

/* What libpcap refuses is read to the end, and frames and interfaces are those of the file. */
Test(capture_pcapng, differing_link_types)
{
	static struct test_bytes b;
	static struct test_seen seen;

	for (int big = 0; big < 2; big++) {
		b.n = 0;
		test_section(&b, big);
		test_interface(&b, LINK_ETHERNET, 65535, -1, 0);
		test_enhanced(&b, 0, 1000000, 40, 40);
		test_interface(&b, LINK_RAW, 96, 9, 0);
		test_enhanced(&b, 1, UINT64_C(2000000000), 41, 1400);
		test_enhanced(&b, 0, 3000000, 42, 42);
		test_interface(&b, LINK_SLL, 0, 6, 0);
		test_enhanced(&b, 2, 2500000, 43, 43);
		cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK, "%s", seen.text);
		cr_assert_eq(seen.n, 4);
		for (unsigned i = 0; i < 4; i++) {
			static const uint16_t link_types[] = {1, 101, 1, 113};
			static const uint32_t interfaces[] = {0, 1, 0, 2};
			static const ikescope_time halves[] = {2, 4, 6, 5};

			cr_assert_eq(seen.packets[i].at.frame, i + 1);
			cr_assert_eq(seen.packets[i].link_type, link_types[i]);
			cr_assert_eq(seen.packets[i].interface, interfaces[i]);
			cr_assert_eq(seen.packets[i].captured, 40 + i);
			cr_assert_eq(seen.packets[i].time, halves[i] * IKESCOPE_SECOND / 2);
		}
		cr_assert_eq(seen.packets[1].length, 1400);
	}
}

Test(capture_pcapng, packets_of_an_unsupported_interface_are_skipped)
{
	static struct test_bytes b;
	static struct test_seen seen;

	test_section(&b, false);
	test_interface(&b, LINK_UNSUPPORTED, 0, -1, 0);
	test_enhanced(&b, 0, 1, 40, 40);
	test_enhanced(&b, 0, 2, 40, 40);
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	test_enhanced(&b, 0, 3, 40, 40);
	test_enhanced(&b, 1, 4, 41, 41);
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "x.pcapng: link type IEEE802_11 (105) is not supported\n");
	cr_assert_eq(seen.n, 1);
	cr_assert_eq(seen.packets[0].at.frame, 4);
	cr_assert_eq(seen.packets[0].interface, 1);
	cr_assert_str_empty(seen.problem);
}

/* Differing snapshot lengths, a packet longer than its snapshot length, sections of both orders,
 * and blocks that are no packets but have a frame number: libpcap stops at each, or miscounts. */
Test(capture_pcapng, other_things_that_libpcap_refuses)
{
	static struct test_bytes b;
	static struct test_seen seen;
	static const uint64_t frames[] = {1, 2, 4, 5, 6, 8};

	test_section(&b, false);
	test_interface(&b, LINK_ETHERNET, 64, -1, 0);
	test_enhanced(&b, 0, 1, 40, 40);
	test_enhanced(&b, 0, 2, 80, 80);
	test_other(&b, 0xBAD, 12);
	test_interface(&b, LINK_ETHERNET, 128, -1, 0);
	test_enhanced(&b, 1, 3, 40, 40);
	test_section(&b, true);
	test_interface(&b, LINK_RAW, 0, -1, 0);
	test_enhanced(&b, 0, 4, 40, 40);
	test_section(&b, false);
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	test_simple(&b, 50, 50);
	test_other(&b, 9, 30);
	test_obsolete(&b, 0, 5, 40, 40);
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_eq(seen.n, 6);
	for (size_t i = 0; i < 6; i++)
		cr_assert_eq(seen.packets[i].at.frame, frames[i], "packet %zu", i);
	cr_assert_eq(seen.packets[3].link_type, LINK_RAW);
}

Test(capture_pcapng, frames_that_are_no_packets_are_counted)
{
	static const uint32_t types[] = {9, 0x204, 0x222, 0xBAD, 0x40000BAD};
	static struct test_bytes b;
	static struct test_seen seen;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		b.n = 0;
		test_section(&b, i & 1);
		test_interface(&b, LINK_ETHERNET, 0, -1, 0);
		test_other(&b, 10, 8); /* keys: not a frame */
		test_enhanced(&b, 0, 1, 40, 40);
		test_other(&b, types[i], 12);
		test_enhanced(&b, 0, 2, 40, 40);
		cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK, "row %zu", i);
		cr_assert_eq(seen.n, 2, "row %zu", i);
		cr_assert_eq(seen.packets[0].at.frame, 1, "row %zu", i);
		cr_assert_eq(seen.packets[1].at.frame, 3, "row %zu", i);
	}
}

Test(capture_pcapng, drops_are_added_up)
{
	static struct test_bytes b;
	static struct test_seen seen;

	test_section(&b, false);
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	test_enhanced(&b, 0, 1, 40, 40);
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK);
	cr_assert_eq(seen.stats.dropped, -1);
	test_statistics(&b, 0, 5, -1);
	test_statistics(&b, 0, 7, 2); /* the later totals of the same interface */
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK);
	cr_assert_eq(seen.stats.dropped, 9);
	test_section(&b, true);
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	test_statistics(&b, 1, 100, -1);
	test_statistics(&b, 9, 1000, -1); /* of no interface */
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK);
	cr_assert_eq(seen.stats.dropped, 109);
	test_section(&b, true);
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK);
	cr_assert_eq(seen.stats.dropped, 109);
}

Test(capture_pcapng, a_file_without_interfaces_is_empty)
{
	static struct test_bytes b;
	static struct test_seen seen;

	test_section(&b, true);
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_eq(seen.begun, 1);
	cr_assert_eq(seen.ended, 1);
	cr_assert_eq(seen.n, 0);
}

Test(capture_pcapng, damage_is_named_and_what_stands_before_it_is_read)
{
	static struct test_bytes whole, b;
	static struct test_seen seen;
	size_t second;

	test_section(&whole, false);
	test_interface(&whole, LINK_ETHERNET, 0, -1, 0);
	test_enhanced(&whole, 0, 1, 40, 40);
	second = whole.n;
	test_enhanced(&whole, 0, 2, 40, 40);

	b = whole;
	b.data[second + 4] = 2; /* the length of the block */
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "x.pcapng: damaged at frame 2: a block of 2 octets; everything "
	                            "before it was read\n");
	cr_assert_eq(seen.n, 1);
	cr_assert_not(seen.stats.truncated_file);

	b = whole;
	b.data[second + 8] = 3; /* the interface */
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_INCOMPLETE);
	cr_assert_eq(seen.complaints, 1);
	cr_assert_eq(seen.n, 1);

	b = whole;
	b.n = second;
	test_section(&b, false);
	test_enhanced(&b, 0, 1, 40, 40);
	cr_assert_eq(read_memory(&b, &seen), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "x.pcapng: damaged at frame 2: a packet of interface 0, which "
	                            "is not described; everything before it was read\n");
}

/* Cut at every length: never a crash, never more packets than are whole, one line where it is cut
 * inside a block. */
Test(capture_pcapng, cut_at_every_length)
{
	static struct test_bytes b;
	static struct test_seen seen;
	size_t edges[16], n_edges = 0, passed, packets;
	static const unsigned packets_at[] = {0, 0, 1, 1, 2, 3, 3, 3, 4};
	size_t whole;

	test_section(&b, true);
	edges[n_edges++] = b.n;
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	edges[n_edges++] = b.n;
	test_enhanced(&b, 0, 1, 21, 21);
	edges[n_edges++] = b.n;
	test_interface(&b, LINK_RAW, 0, -1, 0);
	edges[n_edges++] = b.n;
	test_enhanced(&b, 1, 1, 22, 22);
	edges[n_edges++] = b.n;
	test_simple(&b, 23, 23);
	edges[n_edges++] = b.n;
	test_section(&b, false);
	edges[n_edges++] = b.n;
	test_interface(&b, LINK_ETHERNET, 0, -1, 0);
	edges[n_edges++] = b.n;
	test_enhanced(&b, 0, 1, 21, 21);
	edges[n_edges++] = b.n;
	whole = b.n;
	for (b.n = 0; b.n <= whole; b.n++) {
		enum ik_capture_result result = read_memory(&b, &seen);
		bool at_edge = false;

		packets = 0;
		for (passed = 0; passed < n_edges && edges[passed] <= b.n; passed++) {
			packets = packets_at[passed];
			at_edge = edges[passed] == b.n;
		}
		cr_assert_eq(seen.n, packets, "%zu octets", b.n);
		cr_assert_eq(result, at_edge ? IK_CAPTURE_OK : IK_CAPTURE_INCOMPLETE,
		             "%zu octets: %s", b.n, seen.text);
		cr_assert_eq(seen.complaints, at_edge ? 0 : 1, "%zu octets: %s", b.n, seen.text);
		if (!at_edge && b.n > edges[1])
			cr_assert(seen.stats.truncated_file, "%zu octets", b.n);
	}
}

/* Every octet of a capture changed: nothing may crash, loop or read beyond it. */
Test(capture_pcapng, every_octet_changed)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xFF};
	static struct test_bytes whole, b;
	static struct test_seen seen;

	write_section(&whole, false, 9, 1, 65535, 1);
	test_interface(&whole, LINK_RAW, 0, -1, 0);
	test_enhanced(&whole, 1, 1, 22, 22);
	write_section(&whole, true, 0x8A, 1, 0, 1);
	for (size_t at = 0; at < whole.n; at++)
		for (size_t m = 0; m < sizeof(masks); m++) {
			b = whole;
			b.data[at] ^= masks[m];
			cr_assert_neq(read_memory(&b, &seen), IK_CAPTURE_STOPPED);
			cr_assert_leq(seen.n, 12);
		}
}
