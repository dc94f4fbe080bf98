/*
 * Files that are looked at where they lie: the same octets as by reading, and a file that is cut
 * meanwhile.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/stream.h"

enum { MEGABYTE = 1 << 20 };

static char path[] = "/tmp/ikescope-window-XXXXXX";
static int fd = -1;

static void make_file(void)
{
	fd = mkstemp(path);
	cr_assert_geq(fd, 0);
}

static void remove_file(void)
{
	(void)close(fd);
	cr_assert_eq(unlink(path), 0);
}

TestSuite(capture_window, .init = make_file, .fini = remove_file, .timeout = 120);

/* A file in which every eight octets say where they are. */
static void fill_file(size_t len)
{
	static uint64_t block[MEGABYTE / 8];

	for (uint64_t at = 0; at < len; at += sizeof(block)) {
		for (size_t i = 0; i < MEGABYTE / 8; i++)
			block[i] = at + 8 * i;
		cr_assert_eq(write(fd, block, sizeof(block)), (ssize_t)sizeof(block));
	}
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
}

static void check_octets(const uint8_t *data, size_t at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t word = (at + i) & ~UINT64_C(7);

		if (data[i] != ((const uint8_t *)&word)[(at + i) & 7])
			cr_assert_fail("octet %zu", at + i);
	}
}

Test(capture_window, gives_the_octets_of_the_file)
{
	const size_t len = 40 * (size_t)MEGABYTE;
	size_t at = 0, looked = 0, was_read = 0, step = 1;
	struct ik_stream s;

	fill_file(len);
	ik_stream_on_fd(&s, fd, false);
	ik_stream_look(&s);
	while (at < len) {
		size_t want = step < len - at ? step : len - at, got;

		got = ik_stream_peek(&s, want, 65536);
		cr_assert_geq(got, want);
		check_octets(ik_stream_at(&s), at, want);
		if (s.ways.window != NULL)
			looked += want;
		else
			was_read += want;
		if (step % 3 == 0) { /* what is taken without a window goes on at the right place */
			uint8_t copy[5000];
			ssize_t n = ik_stream_read(&s, copy, want < 5000 ? want : 5000);

			cr_assert_gt(n, 0);
			check_octets(copy, at, (size_t)n);
			at += (size_t)n;
		} else {
			ik_stream_skip(&s, want);
			at += want;
		}
		step = step * 7 % 300007 + 1;
	}
	cr_assert_eq(ik_stream_peek(&s, 1, 65536), 0);
	cr_assert(s.at_end && s.problem[0] == '\0');
	cr_assert_gt(looked, 4 * (size_t)MEGABYTE);
	cr_assert_gt(was_read, 4 * (size_t)MEGABYTE);
	cr_assert(s.ways.best[0] < INT64_MAX / 2 && s.ways.best[1] < INT64_MAX / 2);
	ik_stream_close(&s);
}

/* More than a window is read. */
Test(capture_window, is_no_limit)
{
	const size_t len = 20 * (size_t)MEGABYTE, want = 2 * IK_WINDOW + 77;
	struct ik_stream s;

	fill_file(len);
	ik_stream_on_fd(&s, fd, false);
	ik_stream_look(&s);
	for (size_t at = 0; at < len; at += MEGABYTE) {
		size_t n = want < len - at ? want : len - at;

		cr_assert_geq(ik_stream_peek(&s, n, 65536), n);
		check_octets(ik_stream_at(&s), at, n);
		ik_stream_skip(&s, MEGABYTE);
	}
	ik_stream_close(&s);
}

/* ---- a file that is cut --------------------------------------------------------------------- */

enum { RECORD = 1000, CUT_AT = 6 * MEGABYTE + 500000, CUT_TO = 7 * MEGABYTE };

static uint64_t packets;
static char complaint[256];

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	(void)ctx;
	(void)info;
	*capture = 1;
	return 0;
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	(void)ctx;
	cr_assert_eq(p->captured, RECORD - 16);
	cr_assert_eq(p->at.frame, ++packets);
	if (packets == CUT_AT / RECORD)
		cr_assert_eq(truncate(path, CUT_TO), 0);
	return 0;
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	(void)ctx;
	(void)capture;
	(void)stats;
	return 0;
}

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	(void)snprintf(complaint, sizeof(complaint), "%s", line);
}

/* In the second piece of 4 MiB, which is looked at. */
Test(capture_window, of_a_file_that_is_cut_ends_there)
{
	static const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 1};
	static uint32_t record[RECORD / 4] = {1700000000, 0, RECORD - 16, RECORD - 16};
	const struct ik_capture_sink sink = {
	        .begin = begin, .packet = packet, .end = end, .complain = complain};
	char *paths[] = {path};

	cr_assert_eq(write(fd, header, sizeof(header)), (ssize_t)sizeof(header));
	for (size_t i = 0; i < 20 * (size_t)MEGABYTE / RECORD; i++)
		cr_assert_eq(write(fd, record, sizeof(record)), (ssize_t)sizeof(record));
	cr_assert_eq(ik_capture_files(paths, 1, &sink), IK_CAPTURE_INCOMPLETE);
	cr_assert_geq(packets, CUT_AT / RECORD);
	cr_assert_leq(packets, CUT_TO / RECORD + 1);
	cr_assert_not_null(strstr(complaint, "cut"), "%s", complaint);
}

/* A fault that has nothing to do with a window is what it was without windows. */
Test(capture_window, takes_no_other_fault)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		struct ik_window *w;
		volatile uint8_t *other;

		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(0);
		if (ftruncate(fd, 4096) != 0)
			_exit(0);
		w = ik_window_open(fd, 0);
		other = mmap(NULL, 1 << 16, PROT_READ, MAP_SHARED, fd, 0);
		if (w == NULL || w->at[0] != 0 || other == MAP_FAILED)
			_exit(0);
		_exit(other[8192] != 0 ? 0 : 0);
	}
	cr_assert_gt(child, 0);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
}
