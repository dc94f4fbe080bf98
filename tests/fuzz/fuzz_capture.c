/*
 * Fuzzing the reader of capture files: the input is one, compressed or not.
 *
 * What must hold: nothing crashes; a packet comes between begin and end, has no more octets than
 * were on the wire, a time that an analysis takes, and a number above that of the one before;
 * what is complained of is clean; twice the same file gives twice the same.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <string.h>

#include "base/hash.h"
#include "capture/memory.h"
#include "fuzz/invariants.h"
#include "fuzz/mutate.h"
#include "fuzz/told.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

/* Compressed, a little input is much output: so many packets are enough. */
enum { PACKETS = 20000 };

struct seen {
	unsigned begun, ended;
	uint64_t packets, frame, digest;
};

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct seen *s = ctx;

	require(s->begun++ == 0, "a capture begins once");
	require(info->file != NULL && info->format != NULL, "a capture has a format");
	tellf("%s %s\n", info->format, info->compression != NULL ? info->compression : "plain");
	*capture = 7;
	return 0;
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	struct seen *s = ctx;

	require(s->begun == 1 && s->ended == 0, "packets stand between begin and end");
	require(p->at.capture == 7 && p->at.frame > s->frame, "packets are numbered");
	s->frame = p->at.frame;
	s->packets++;
	require(p->captured <= p->length, "no more is captured than there was");
	require(p->time <= IKESCOPE_TIME_MOST && p->time >= -IKESCOPE_TIME_MOST,
	        "a time is in range");
	s->digest = ik_mix(s->digest, ik_digest(p->data, p->captured));
	s->digest = ik_mix(s->digest, (uint64_t)p->time ^ p->link_type ^ p->length);
	return s->packets < PACKETS ? 0 : -1;
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	struct seen *s = ctx;

	require(s->begun == 1 && s->ended++ == 0 && capture == 7, "a capture ends once");
	tellf("%s %d\n", stats->problem != NULL ? stats->problem : "no problem",
	      stats->truncated_file);
	return 0;
}

static void complain(void *ctx, const char *line)
{
	struct document d = {0};

	(void)ctx;
	(void)document_write(&d, line, strlen(line));
	require_clean(&d);
	tellf("%s\n", line);
	document_free(&d);
}

static struct seen read_file(const uint8_t *data, size_t size)
{
	struct seen s = {0};
	const struct ik_capture_sink sink = {
	        .ctx = &s, .begin = begin, .packet = packet, .end = end, .complain = complain};
	enum ik_capture_result result = ik_capture_memory(data, size, "capture", &sink);

	require(result != IK_CAPTURE_OK || s.ended == 1, "what is read to its end has ended");
	tellf("%d: %" PRIu64 " packets, %" PRIx64 "\n", (int)result, s.packets, s.digest);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen first = read_file(data, size), again = read_file(data, size);

	require(first.packets == again.packets && first.digest == again.digest &&
	                first.ended == again.ended,
	        "the same file gives the same packets");
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return mutate_capture(data, size, max, seed);
}
