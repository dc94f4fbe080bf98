/*
 * The block buffer below every writer: text is appended to it by hand, and the caller's write()
 * sees 64 KiB at a time, or the blocks are kept until they may be written. An error of write()
 * sticks; what is appended after it is dropped.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_OUTPUT_OUT_H
#define IK_OUTPUT_OUT_H

#include <string.h>

#include "ikescope/writers.h"

#define IK_OUT_BLOCK ((size_t)65536)

struct ik_block {
	char *octets; /* IK_OUT_BLOCK of them */
	size_t len;   /* that count */
};

/* Blocks in the order in which they were filled. All zero: none yet. */
struct ik_blocks {
	struct ik_block *row;
	size_t n, cap; /* cap: those that have octets */
};

struct ik_out {
	const struct ikescope_writer *writer;
	struct ik_blocks *kept; /* where blocks stay, or NULL: they go to the writer */
	int status;             /* 0, what write() returned, or IKESCOPE_ERR_MEMORY */
	size_t len;
	char *block; /* of the owner, or the last of kept */
};

/* An output whose blocks are kept; those that were kept before are used again. False: out of
 * memory. */
bool ik_out_keep(struct ik_out *o, struct ik_blocks *kept);
/* No more: the last block is as long as it is. */
void ik_out_kept(struct ik_out *o);
/* Frees all but so many, whose octets are lost. */
void ik_blocks_shrink(struct ik_blocks *b, size_t n);
void ik_blocks_free(struct ik_blocks *b);

/* Hands over what is buffered; returns the status. */
int ik_out_flush(struct ik_out *o);

/* The slow path of ik_out_putn(): the block is full. */
void ik_out_spill(struct ik_out *o, const char *s, size_t n);

static inline void ik_out_putn(struct ik_out *o, const char *s, size_t n)
{
	if (n > IK_OUT_BLOCK - o->len) {
		ik_out_spill(o, s, n);
		return;
	}
	memcpy(o->block + o->len, s, n);
	o->len += n;
}

/* Room for n octets in one piece, at most a block, to be written by hand: what was written counts
 * once ik_out_wrote() gets its end. */
static inline char *ik_out_room(struct ik_out *o, size_t n)
{
	if (n > IK_OUT_BLOCK - o->len)
		ik_out_flush(o);
	return o->block + o->len;
}

static inline void ik_out_wrote(struct ik_out *o, const char *end)
{
	o->len = (size_t)(end - o->block);
}

static inline void ik_out_putc(struct ik_out *o, char c)
{
	ik_out_putn(o, &c, 1);
}

static inline void ik_out_puts(struct ik_out *o, const char *s)
{
	ik_out_putn(o, s, strlen(s));
}

/* n times c. */
void ik_out_fill(struct ik_out *o, char c, size_t n);

/* The place where a document comes from: ikescope_walk() behind a context, or a test's own. */
struct ik_source {
	void *ctx;
	int (*walk)(void *ctx, const struct ikescope_visitor *visitor, void *user);
};

/* The writers themselves; ikescope_write_json() and ikescope_write_text() are these on
 * ikescope_walk(). */
int ik_write_json(const struct ik_source *source, enum ikescope_document document,
                  const struct ikescope_writer *writer, struct ikescope_verdict *verdict);
int ik_write_text(const struct ik_source *source, enum ikescope_document document,
                  const struct ikescope_text_options *options, const struct ikescope_writer *writer,
                  struct ikescope_verdict *verdict);

/* Adds what a walk found to a verdict that may be NULL. */
void ik_verdict_take(struct ikescope_verdict *verdict, const struct ikescope_totals *totals);

/* A string of the model, made harmless once more: printable UTF-8 as it stands (escapes that were
 * made earlier stay single), any other octet as \xNN. Returns the number of octets of s that cap
 * had room for; out is NUL-terminated. cap >= 8. */
size_t ik_harmless(char *out, size_t cap, const char *s);

#endif
