/*
 * Compressed captures, streamed: libarchive takes the octets of one stream and gives another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the compressed files begin. Only these filters are enabled: others of libarchive would start
 * programs. */
struct method {
	const char *name;
	uint8_t magic[6];
	size_t len;
	int (*enable)(struct archive *);
};
/* clang-format off */
static const struct method methods[] = {
	{ "gzip",  { 0x1f, 0x8b },                         2, archive_read_support_filter_gzip },
	{ "zstd",  { 0x28, 0xb5, 0x2f, 0xfd },             4, archive_read_support_filter_zstd },
	{ "xz",    { 0xfd, '7', 'z', 'X', 'Z', 0x00 },     6, archive_read_support_filter_xz },
	{ "bzip2", { 'B', 'Z', 'h' },                      3, archive_read_support_filter_bzip2 },
	{ "lz4",   { 0x04, 0x22, 0x4d, 0x18 },             4, archive_read_support_filter_lz4 },
};
/* clang-format on */

struct unpacker {
	struct archive *archive;
	struct ik_stream packed;
	size_t block;
	const uint8_t *content; /* of libarchive, left over from its last block */
	size_t left;
};

static la_ssize_t packed_read(struct archive *a, void *ctx, const void **out)
{
	struct unpacker *u = ctx;
	size_t n = ik_stream_peek(&u->packed, 1, u->block);

	if (n == 0 && u->packed.problem[0] != '\0') {
		archive_set_error(a, EIO, "%s", u->packed.problem);
		return ARCHIVE_FATAL;
	}
	*out = n > 0 ? ik_stream_at(&u->packed) : NULL;
	ik_stream_skip(&u->packed, n);
	return (la_ssize_t)n;
}

/* Why the content ended. Compressed data that was used up to the last octet is cut off; the words
 * of libarchive for that differ from method to method. */
static void set_problem(struct ik_stream *s, const struct unpacker *u)
{
	const char *why = archive_error_string(u->archive);

	s->cut = u->packed.at_end && u->packed.pos == u->packed.end && u->packed.problem[0] == '\0';
	if (s->cut)
		why = "the compressed data is cut off";
	(void)snprintf(s->problem, sizeof(s->problem), "%s", why != NULL ? why : "damaged");
}

/* Not archive_read_data(): on an error that forgets what it had read already. */
static int content_next(struct unpacker *u)
{
	const void *block;
	la_int64_t offset;
	int status = ARCHIVE_OK;

	while (u->left == 0 && status >= ARCHIVE_WARN && status != ARCHIVE_EOF) {
		status = archive_read_data_block(u->archive, &block, &u->left, &offset);
		u->content = block;
	}
	return status;
}

static ssize_t content_read(struct ik_stream *s, uint8_t *buf, size_t n)
{
	struct unpacker *u = s->ctx;
	int status = content_next(u);

	if (status == ARCHIVE_EOF)
		return 0;
	if (status < ARCHIVE_WARN) {
		set_problem(s, u);
		return -1;
	}
	if (n > u->left)
		n = u->left;
	memcpy(buf, u->content, n);
	u->content += n;
	u->left -= n;
	return (ssize_t)n;
}

static void content_close(struct ik_stream *s)
{
	struct unpacker *u = s->ctx;

	(void)archive_read_free(u->archive);
	ik_stream_close(&u->packed);
	free(u);
}

static const struct ik_stream_ops content_ops = {content_read, content_close};

static const struct method *find_method(struct ik_stream *s)
{
	size_t left = ik_stream_peek(s, sizeof(methods[0].magic), 4096);

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (left >= methods[i].len &&
		    memcmp(ik_stream_at(s), methods[i].magic, methods[i].len) == 0)
			return &methods[i];
	return NULL;
}

int ik_unpack(struct ik_stream *s, size_t block, const char **compression)
{
	const struct method *method = find_method(s);
	struct archive_entry *entry;
	struct unpacker *u;
	int status;

	*compression = NULL;
	if (method == NULL)
		return 0;
	u = calloc(1, sizeof(*u));
	if (u != NULL)
		u->archive = archive_read_new();
	if (u == NULL || u->archive == NULL) {
		(void)snprintf(s->problem, sizeof(s->problem), "out of memory");
		free(u);
		return -1;
	}
	*compression = method->name;
	u->packed = *s;
	u->block = block;
	*s = (struct ik_stream){.ops = &content_ops, .ctx = u, .fd = -1};

	(void)method->enable(u->archive);
	(void)archive_read_support_format_raw(u->archive);
	(void)archive_read_support_format_empty(u->archive);
	status = archive_read_open(u->archive, u, NULL, packed_read, NULL);
	if (status >= ARCHIVE_WARN)
		status = archive_read_next_header(u->archive, &entry);
	if (status == ARCHIVE_EOF)
		s->at_end = true;
	else if (status < ARCHIVE_WARN) {
		set_problem(s, u);
		return -1;
	}
	return 0;
}
