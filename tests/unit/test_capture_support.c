/*
 * Captures built octet by octet, and a sink that remembers what it was told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/test_capture.h"

#include <stdio.h>
#include <string.h>

void test_u8(struct test_bytes *b, unsigned v)
{
	if (b->n < sizeof(b->data))
		b->data[b->n++] = (uint8_t)v;
}

/* The n octets of a number in the order of the file. */
static void number(struct test_bytes *b, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		test_u8(b, (unsigned)(v >> 8 * (b->big ? n - 1 - i : i)) & 0xFF);
}

void test_u16(struct test_bytes *b, unsigned v)
{
	number(b, v, 2);
}

void test_u32(struct test_bytes *b, uint32_t v)
{
	number(b, v, 4);
}

void test_u64(struct test_bytes *b, uint64_t v)
{
	number(b, v, 8);
}

void test_fill(struct test_bytes *b, unsigned seed, size_t n)
{
	for (size_t i = 0; i < n; i++)
		test_u8(b, (unsigned)(seed + 7 * i) & 0xFF);
}

void test_pcap(struct test_bytes *b, bool big, uint32_t magic, uint32_t link_type)
{
	b->big = big;
	test_u32(b, magic);
	test_u16(b, 2);
	test_u16(b, 4);
	test_u64(b, 0);
	test_u32(b, 262144);
	test_u32(b, link_type);
}

void test_record(struct test_bytes *b, uint32_t seconds, uint32_t fraction, uint32_t captured,
                 uint32_t length)
{
	test_u32(b, seconds);
	test_u32(b, fraction);
	test_u32(b, captured);
	test_u32(b, length);
	test_fill(b, seconds, captured);
}

static size_t block_begin(struct test_bytes *b, uint32_t type)
{
	size_t at = b->n;

	test_u32(b, type);
	test_u32(b, 0);
	return at;
}

/* Pads the body and writes the length in both places. */
static void block_end(struct test_bytes *b, size_t at)
{
	size_t end;

	while (b->n % 4 != at % 4)
		test_u8(b, 0);
	test_u32(b, (uint32_t)(b->n + 4 - at));
	end = b->n;
	b->n = at + 4;
	test_u32(b, (uint32_t)(end - at));
	b->n = end;
}

void test_section(struct test_bytes *b, bool big)
{
	size_t at;

	b->big = big;
	at = block_begin(b, 0x0A0D0D0A);
	test_u32(b, 0x1A2B3C4D);
	test_u16(b, 1);
	test_u16(b, 0);
	test_u64(b, UINT64_MAX);
	block_end(b, at);
}

void test_interface(struct test_bytes *b, unsigned link_type, uint32_t snaplen, int resolution,
                    int64_t offset)
{
	size_t at = block_begin(b, 1);

	test_u16(b, link_type);
	test_u16(b, 0);
	test_u32(b, snaplen);
	test_u16(b, 2); /* if_name, of a length that needs padding */
	test_u16(b, 5);
	test_fill(b, 'a', 8);
	if (resolution >= 0) {
		test_u16(b, 9);
		test_u16(b, 1);
		test_u8(b, (unsigned)resolution);
		test_fill(b, 0, 3);
	}
	if (offset != 0) {
		test_u16(b, 14);
		test_u16(b, 8);
		test_u64(b, (uint64_t)offset);
	}
	test_u32(b, 0); /* opt_endofopt */
	block_end(b, at);
}

static void times_lengths_data(struct test_bytes *b, uint64_t time, uint32_t captured,
                               uint32_t length)
{
	test_u32(b, (uint32_t)(time >> 32));
	test_u32(b, (uint32_t)time);
	test_u32(b, captured);
	test_u32(b, length);
	test_fill(b, (unsigned)time, captured);
}

void test_enhanced(struct test_bytes *b, uint32_t interface, uint64_t time, uint32_t captured,
                   uint32_t length)
{
	size_t at = block_begin(b, 6);

	test_u32(b, interface);
	times_lengths_data(b, time, captured, length);
	block_end(b, at);
}

void test_obsolete(struct test_bytes *b, unsigned interface, uint64_t time, uint32_t captured,
                   uint32_t length)
{
	size_t at = block_begin(b, 2);

	test_u16(b, interface);
	test_u16(b, 3);
	times_lengths_data(b, time, captured, length);
	block_end(b, at);
}

void test_simple(struct test_bytes *b, uint32_t captured, uint32_t length)
{
	size_t at = block_begin(b, 3);

	test_u32(b, length);
	test_fill(b, length, captured);
	block_end(b, at);
}

void test_statistics(struct test_bytes *b, uint32_t interface, int64_t ifdrop, int64_t osdrop)
{
	size_t at = block_begin(b, 5);

	test_u32(b, interface);
	test_u64(b, 0);
	if (ifdrop >= 0) {
		test_u16(b, 5);
		test_u16(b, 8);
		test_u64(b, (uint64_t)ifdrop);
	}
	if (osdrop >= 0) {
		test_u16(b, 7);
		test_u16(b, 8);
		test_u64(b, (uint64_t)osdrop);
	}
	block_end(b, at);
}

void test_other(struct test_bytes *b, uint32_t type, size_t n)
{
	size_t at = block_begin(b, type);

	test_fill(b, type, n);
	block_end(b, at);
}

static void append(char *text, size_t cap, const char *more, const char *after)
{
	size_t n = strlen(text);

	(void)snprintf(text + n, cap - n, "%s%s", more, after);
}

static int seen_begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct test_seen *seen = ctx;

	*capture = ++seen->begun;
	append(seen->files, sizeof(seen->files), info->file, " ");
	append(seen->formats, sizeof(seen->formats), info->format,
	       info->compression != NULL ? "/" : " ");
	if (info->compression != NULL)
		append(seen->formats, sizeof(seen->formats), info->compression, " ");
	return 0;
}

static int seen_packet(void *ctx, const struct ikescope_packet *p)
{
	struct test_seen *seen = ctx;

	if (seen->n == sizeof(seen->packets) / sizeof(seen->packets[0]))
		return -1;
	seen->packets[seen->n++] = (struct test_seen_packet){
	        .at = p->at,
	        .time = p->time,
	        .interface = p->interface,
	        .link_type = p->link_type,
	        .captured = p->captured,
	        .length = p->length,
	        .first = p->captured > 0 ? p->data[0] : 0,
	};
	return seen->stop_at > 0 && seen->n >= seen->stop_at;
}

static int seen_end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	struct test_seen *seen = ctx;

	(void)capture;
	seen->ended++;
	seen->stats = *stats;
	(void)snprintf(seen->problem, sizeof(seen->problem), "%s",
	               stats->problem != NULL ? stats->problem : "");
	return 0;
}

static void seen_complain(void *ctx, const char *line)
{
	struct test_seen *seen = ctx;

	seen->complaints++;
	append(seen->text, sizeof(seen->text), line, "\n");
}

struct ik_capture_sink test_sink(struct test_seen *seen)
{
	return (struct ik_capture_sink){
	        .ctx = seen,
	        .begin = seen_begin,
	        .packet = seen_packet,
	        .end = seen_end,
	        .complain = seen_complain,
	};
}
