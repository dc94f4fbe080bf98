/*
 * Captures in: formats, compression, pipes, folders, merging, and the lines about what cannot be
 * read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/memory.h"
#include "unit/test_capture.h"

static struct test_bytes bytes, packed;
static struct test_seen seen;
static char folder[64];

/* A folder of its own for each test, which is also where it works. */
static void enter_folder(void)
{
	(void)snprintf(folder, sizeof(folder), "/tmp/ikescope-test-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void leave_folder(void)
{
	char command[96];

	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(chdir("/"), 0);
	cr_assert_eq(system(command), 0);
}

static void save(const char *path, const struct test_bytes *b)
{
	FILE *f = fopen(path, "wb");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(b->data, 1, b->n, f), b->n);
	cr_assert_eq(fclose(f), 0);
}

static enum ik_capture_result read_memory(const struct test_bytes *b)
{
	struct ik_capture_sink sink = test_sink(&seen);

	memset(&seen, 0, sizeof(seen));
	return ik_capture_memory(b->data, b->n, "x.pcap", &sink);
}

/* Reads the paths in a list that ends with NULL. */
static enum ik_capture_result read_paths(char *const *paths, size_t stop_at)
{
	struct ik_capture_sink sink = test_sink(&seen);
	size_t n = 0;

	memset(&seen, 0, sizeof(seen));
	seen.stop_at = stop_at;
	while (paths[n] != NULL)
		n++;
	return ik_capture_files(paths, n, &sink);
}

/* The sequence "capture.frame " of everything that was seen. */
static const char *sequence(char *text, size_t cap)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < seen.n && len < cap; i++)
		len += (size_t)snprintf(text + len, cap - len, "%u.%llu ",
		                        seen.packets[i].at.capture,
		                        (unsigned long long)seen.packets[i].at.frame);
	return text;
}

/* Writes a capture with packets at these seconds; the list ends with 0. */
static void save_times(const char *path, const uint32_t *seconds)
{
	bytes.n = 0;
	test_pcap(&bytes, false, TEST_MICRO, 1);
	for (; *seconds != 0; seconds++)
		test_record(&bytes, *seconds, 0, 20, 20);
	save(path, &bytes);
}

static void pack(struct test_bytes *out, const struct test_bytes *in, const char *filter)
{
	struct archive *a = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	cr_assert_eq(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	cr_assert_eq(archive_write_set_format_raw(a), ARCHIVE_OK);
	(void)archive_write_set_bytes_in_last_block(a, 1);
	cr_assert_eq(archive_write_open_memory(a, out->data, sizeof(out->data), &out->n),
	             ARCHIVE_OK);
	archive_entry_set_filetype(entry, AE_IFREG);
	cr_assert_eq(archive_write_header(a, entry), ARCHIVE_OK);
	cr_assert_eq(archive_write_data(a, in->data, in->n), (la_ssize_t)in->n);
	cr_assert_eq(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(entry);
	cr_assert_eq(archive_write_free(a), ARCHIVE_OK);
}

Test(capture, pcap_in_both_orders_and_resolutions)
{
	for (int row = 0; row < 4; row++) {
		bool big = row & 1, nano = row & 2;

		bytes.n = 0;
		test_pcap(&bytes, big, nano ? TEST_NANO : TEST_MICRO, 1);
		test_record(&bytes, 1700000000, 123456, 60, 60);
		test_record(&bytes, 1700000001, 999999, 61, 1400);
		test_record(&bytes, 4000000000, 0, 0, 62); /* after 2038 */
		cr_assert_eq(read_memory(&bytes), IK_CAPTURE_OK, "row %d: %s", row, seen.text);
		cr_assert_eq(seen.n, 3, "row %d", row);
		cr_assert_str_eq(seen.formats, "pcap ");
		cr_assert_eq(seen.packets[0].time,
		             INT64_C(1700000000000000000) + (nano ? 123456 : 123456000));
		cr_assert_eq(seen.packets[1].captured, 61);
		cr_assert_eq(seen.packets[1].length, 1400);
		cr_assert_eq(seen.packets[1].at.frame, 2);
		cr_assert_eq(seen.packets[2].time, INT64_C(4000000000000000000), "row %d", row);
		cr_assert_eq(seen.packets[2].link_type, 1);
		cr_assert_eq(seen.stats.dropped, -1);
		cr_assert_not(seen.stats.truncated_file);
	}
}

Test(capture, old_numbers_of_link_types)
{
	static const uint16_t rows[][2] = {{0, 0},    {1, 1},     {12, 101},
	                                   {14, 101}, {101, 101}, {113, 113}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bytes.n = 0;
		test_pcap(&bytes, false, TEST_MICRO, rows[i][0]);
		test_record(&bytes, 1, 1, 30, 30);
		cr_assert_eq(read_memory(&bytes), IK_CAPTURE_OK, "row %zu: %s", i, seen.text);
		cr_assert_eq(seen.packets[0].link_type, rows[i][1], "row %zu", i);
	}
}

/* A fraction of a second beyond a second, and lengths that claim more than ever was. */
Test(capture, strange_records_are_read)
{
	test_pcap(&bytes, false, TEST_MICRO, 1);
	test_record(&bytes, 10, 1500000, 20, 20);
	test_record(&bytes, 10, UINT32_MAX, 20, UINT32_MAX);
	test_record(&bytes, 11, 0, 20, 10);
	cr_assert_eq(read_memory(&bytes), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_eq(seen.n, 3);
	cr_assert_eq(seen.packets[0].time, 11 * IKESCOPE_SECOND + IKESCOPE_SECOND / 2);
	cr_assert_eq(seen.packets[1].length, UINT32_MAX);
	cr_assert_eq(seen.packets[2].length, 20);
}

Test(capture, damaged_record)
{
	test_pcap(&bytes, false, TEST_MICRO, 1);
	test_record(&bytes, 10, 0, 20, 20);
	test_record(&bytes, 11, 0, 20, 20);
	bytes.data[24 + 36 + 8 + 3] = 0x7F; /* the captured length */
	cr_assert_eq(read_memory(&bytes), IK_CAPTURE_INCOMPLETE);
	cr_assert_eq(seen.n, 1);
	cr_assert_eq(seen.complaints, 1);
	cr_assert_eq(strncmp(seen.text, "x.pcap: damaged at frame 2: ", 28), 0, "%s", seen.text);
	cr_assert_not(seen.stats.truncated_file);
	cr_assert_not_null(strstr(seen.problem, "damaged at frame 2"));
}

static void cut_at_every_length(bool big)
{
	size_t whole;

	test_pcap(&bytes, big, TEST_NANO, 1);
	for (unsigned i = 0; i < 4; i++)
		test_record(&bytes, i, 0, 20, 20);
	whole = bytes.n;
	for (bytes.n = 0; bytes.n <= whole; bytes.n++) {
		bool at_edge = bytes.n >= 24 && (bytes.n - 24) % 36 == 0;
		enum ik_capture_result result = read_memory(&bytes);
		char expected[128] = "";

		if (bytes.n == 0)
			(void)snprintf(expected, sizeof(expected), "the file is empty");
		else if (bytes.n < 4)
			(void)snprintf(expected, sizeof(expected),
			               "not a capture file (neither pcap nor pcapng)");
		else if (bytes.n < 24)
			(void)snprintf(expected, sizeof(expected),
			               "cut off inside the file header");
		else if (!at_edge)
			(void)snprintf(expected, sizeof(expected),
			               "the last record (frame %zu) is cut off; everything before "
			               "it was read",
			               (bytes.n - 24) / 36 + 1);
		cr_assert_eq(result, at_edge ? IK_CAPTURE_OK : IK_CAPTURE_INCOMPLETE, "%zu",
		             bytes.n);
		cr_assert_eq(seen.n, bytes.n >= 24 ? (bytes.n - 24) / 36 : 0, "%zu", bytes.n);
		cr_assert_eq(seen.complaints, at_edge ? 0 : 1, "%zu: %s", bytes.n, seen.text);
		if (at_edge)
			continue;
		cr_assert_eq(seen.stats.truncated_file, bytes.n >= 24, "%zu", bytes.n);
		cr_assert_eq(strncmp(seen.text, "x.pcap: ", 8), 0);
		cr_assert_eq(strncmp(seen.text + 8, expected, strlen(expected)), 0, "%zu: %s",
		             bytes.n, seen.text);
	}
}

Test(capture, cut_at_every_length)
{
	cut_at_every_length(true);
}

Test(capture, plain_and_cut_at_every_length)
{
	cut_at_every_length(false);
}

static const char *const filters[] = {"gzip", "zstd", "xz", "bzip2", "lz4"};
enum { N_FILTERS = sizeof(filters) / sizeof(filters[0]) };

Test(capture, compressed)
{
	char expected[64];

	for (int ng = 0; ng < 2; ng++) {
		bytes.n = 0;
		if (ng)
			test_section(&bytes, true);
		else
			test_pcap(&bytes, false, TEST_MICRO, 1);
		if (ng)
			test_interface(&bytes, 1, 0, 9, 0);
		for (unsigned i = 0; i < 500; i++)
			if (ng)
				test_enhanced(&bytes, 0, i, 40, 40);
			else
				test_record(&bytes, i, 0, 40, 40);
		for (size_t f = 0; f < N_FILTERS; f++) {
			pack(&packed, &bytes, filters[f]);
			cr_assert_eq(read_memory(&packed), IK_CAPTURE_OK, "%s: %s", filters[f],
			             seen.text);
			cr_assert_eq(seen.n, 500, "%s", filters[f]);
			(void)snprintf(expected, sizeof(expected), "%s/%s ", ng ? "pcapng" : "pcap",
			               filters[f]);
			cr_assert_str_eq(seen.formats, expected);
		}
	}
}

/* Cut at every length behind the header: one line, and only where nothing is missing none. */
Test(capture, compressed_and_cut)
{
	size_t whole;

	test_pcap(&bytes, false, TEST_MICRO, 1);
	for (unsigned i = 0; i < 40; i++)
		test_record(&bytes, i, 0, 40, 40);
	for (size_t f = 0; f < N_FILTERS; f++) {
		pack(&packed, &bytes, filters[f]);
		whole = packed.n;
		for (packed.n = 24; packed.n < whole; packed.n++) {
			enum ik_capture_result result = read_memory(&packed);

			if (result == IK_CAPTURE_OK) {
				cr_assert_eq(seen.n, 40, "%s %zu", filters[f], packed.n);
				continue;
			}
			cr_assert_eq(seen.complaints, 1, "%s %zu: %s", filters[f], packed.n,
			             seen.text);
			cr_assert_not_null(strstr(seen.text, "the compressed data is cut off"),
			                   "%s %zu: %s", filters[f], packed.n, seen.text);
		}
	}
}

Test(capture, compressed_but_no_capture)
{
	test_fill(&bytes, 'a', 100);
	pack(&packed, &bytes, "gzip");
	cr_assert_eq(read_memory(&packed), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "x.pcap: not a capture file (neither pcap nor pcapng)\n");
	bytes.n = 0;
	pack(&packed, &bytes, "gzip");
	cr_assert_eq(read_memory(&packed), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "x.pcap: the gzip-compressed file is empty\n");
}

Test(capture, unsupported_link_type)
{
	test_pcap(&bytes, false, TEST_MICRO, 105);
	test_record(&bytes, 1, 0, 40, 40);
	cr_assert_eq(read_memory(&bytes), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "x.pcap: link type IEEE802_11 (105) is not supported\n");
	cr_assert_eq(seen.begun, 0);
}

Test(capture, unreadable_inputs_are_named_and_the_others_read, .init = enter_folder,
     .fini = leave_folder)
{
	static const uint32_t times[] = {1, 2, 0};
	char *paths[] = {"missing.pcap", "empty.pcap", "text.pcap", "good.pcap", "-", "-", NULL};
	char *none[] = {"missing.pcap", NULL};

	save_times("good.pcap", times);
	bytes.n = 0;
	save("empty.pcap", &bytes);
	test_fill(&bytes, 'a', 50);
	save("text.pcap", &bytes);
	cr_assert_not_null(freopen("empty.pcap", "r", stdin));
	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "missing.pcap: No such file or directory\n"
	                            "standard input given twice, but it can be read only once\n"
	                            "empty.pcap: the file is empty\n"
	                            "text.pcap: not a capture file (neither pcap nor pcapng)\n"
	                            "standard input: the file is empty\n");
	cr_assert_eq(seen.n, 2);
	cr_assert_eq(seen.begun, 1);
	cr_assert_eq(seen.ended, 1);
	cr_assert_eq(read_paths(none, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_eq(seen.complaints, 1);
}

Test(capture, names_are_made_fit_for_a_terminal)
{
	char *paths[] = {"/nonexistent/a\033[31mb", NULL};

	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_null(strchr(seen.text, '\033'));
}

/* A capture through a pipe: as a path that cannot be opened again, and as standard input. */
Test(capture, pipes)
{
	char path[32], *paths[] = {path, NULL};
	int ends[2];

	for (int row = 0; row < 4; row++) {
		bytes.n = 0;
		test_section(&bytes, row & 1);
		test_interface(&bytes, 1, 0, -1, 0);
		test_enhanced(&bytes, 0, 1, 40, 40);
		test_interface(&bytes, 101, 0, -1, 0);
		test_enhanced(&bytes, 1, 2, 40, 40);
		if (row >= 2)
			pack(&packed, &bytes, "xz");
		else
			packed = bytes;
		cr_assert_eq(pipe(ends), 0);
		cr_assert_eq(write(ends[1], packed.data, packed.n), (ssize_t)packed.n);
		(void)close(ends[1]);
		(void)snprintf(path, sizeof(path), "/dev/fd/%d", ends[0]);
		if (row & 1) {
			cr_assert_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
			(void)snprintf(path, sizeof(path), "-");
		}
		cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_OK, "row %d: %s", row, seen.text);
		cr_assert_eq(seen.n, 2, "row %d", row);
		(void)close(ends[0]);
	}
	cr_assert_str_eq(seen.files, "- ");
}

Test(capture, merged_by_time_with_ties_in_argument_order, .init = enter_folder,
     .fini = leave_folder)
{
	static const uint32_t a[] = {10, 20, 20, 30, 0}, b[] = {5, 20, 31, 0};
	/* A clock that steps back: the order of the file is kept. */
	static const uint32_t c[] = {25, 6, 7, 40, 0}, d[] = {50, 60, 0}, none[] = {0};
	char *paths[] = {"d", "a", "b", "none", "c", NULL};
	char text[256];

	save_times("a", a);
	save_times("b", b);
	save_times("c", c);
	save_times("d", d);
	save_times("none", none);
	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_str_eq(seen.files, "d a b none c ");
	cr_assert_str_eq(sequence(text, sizeof(text)),
	                 "3.1 2.1 2.2 2.3 3.2 5.1 5.2 5.3 2.4 3.3 5.4 1.1 1.2 ");
	cr_assert_eq(seen.begun, 5);
	cr_assert_eq(seen.ended, 5);
}

/* Standard input cannot be closed while the others have their turn. */
Test(capture, merged_with_standard_input, .init = enter_folder, .fini = leave_folder)
{
	static const uint32_t a[] = {10, 30, 0}, b[] = {20, 40, 0};
	char *paths[] = {"-", "a", NULL};
	char text[64];

	save_times("a", a);
	save_times("b", b);
	cr_assert_not_null(freopen("b", "r", stdin));
	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_str_eq(sequence(text, sizeof(text)), "2.1 1.1 2.2 1.2 ");
}

Test(capture, an_unreadable_end_is_told_once_of_merged_inputs, .init = enter_folder,
     .fini = leave_folder)
{
	static const uint32_t a[] = {10, 30, 0}, b[] = {20, 40, 0};
	char *paths[] = {"a", "b", NULL};

	save_times("a", a);
	cr_assert_eq(truncate("a", 24 + 36 + 20), 0);
	save_times("b", b);
	cr_assert_eq(truncate("b", 24 + 20), 0);
	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(seen.text, "b: the last record (frame 1) is cut off; everything before it "
	                            "was read\n"
	                            "a: the last record (frame 2) is cut off; everything before it "
	                            "was read\n");
	cr_assert_eq(seen.n, 1);
	cr_assert_eq(seen.ended, 2);
}

Test(capture, folders, .init = enter_folder, .fini = leave_folder)
{
	static const uint32_t early[] = {10, 0}, late[] = {20, 0};
	char *paths[] = {"set", "single", NULL}, *empty[] = {"empty/", NULL};
	char *useless[] = {"useless", NULL};
	char text[64];

	cr_assert_eq(mkdir("set", 0700) | mkdir("empty", 0700) | mkdir("useless", 0700), 0);
	cr_assert_eq(mkdir("set/sub", 0700), 0);
	save_times("set/b", early);
	save_times("set/a", late);
	save_times("set/sub/c", late);
	save_times("single", late);
	pack(&packed, &bytes, "zstd");
	save("set/c.zst", &packed);
	bytes.n = 0;
	save("set/nothing", &bytes);
	test_fill(&bytes, 'a', 30);
	save("set/notes", &bytes);
	save("useless/notes", &bytes);
	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_str_eq(seen.files, "set/a set/b set/c.zst single ");
	cr_assert_str_eq(sequence(text, sizeof(text)), "2.1 1.1 3.1 4.1 ");
	cr_assert_eq(read_paths(empty, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(
	        seen.text,
	        "empty/: the folder holds no capture; folders in it are not looked into\n");
	cr_assert_eq(read_paths(useless, 0), IK_CAPTURE_INCOMPLETE);
	cr_assert_str_eq(
	        seen.text,
	        "useless: the folder holds no capture; folders in it are not looked into\n");
}

/* A rotated set: far more files than the process may have open, one after the other. */
Test(capture, rotated_set_of_many_files, .init = enter_folder, .fini = leave_folder)
{
	uint32_t times[4] = {0};
	char *paths[] = {"set", NULL}, name[32];

	cr_assert_eq(mkdir("set", 0700), 0);
	for (uint32_t i = 0; i < 1200; i++) {
		times[0] = 1000 - i % 1000 + (i >= 1000 ? 5000 : 0);
		times[1] = times[0];
		(void)snprintf(name, sizeof(name), "set/%04u.pcap", i);
		save_times(name, times);
	}
	cr_assert_eq(read_paths(paths, 0), IK_CAPTURE_OK, "%s", seen.text);
	cr_assert_eq(seen.n, 2400);
	for (size_t i = 1; i < seen.n; i++)
		cr_assert_geq(seen.packets[i].time, seen.packets[i - 1].time);
}

Test(capture, the_sink_stops_it, .init = enter_folder, .fini = leave_folder)
{
	static const uint32_t a[] = {10, 30, 50, 0}, b[] = {20, 40, 0};
	char *paths[] = {"a", "b", NULL}, *one[] = {"a", NULL};

	save_times("a", a);
	save_times("b", b);
	cr_assert_eq(read_paths(paths, 3), IK_CAPTURE_STOPPED);
	cr_assert_eq(seen.n, 3);
	cr_assert_eq(read_paths(one, 2), IK_CAPTURE_STOPPED);
	cr_assert_eq(seen.n, 2);
	cr_assert_eq(seen.complaints, 0);
}
