/*
 * A stream of octets with a window on what comes next: peeking works on pipes as on files, so the
 * kind of an input is known before anything is used up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_STREAM_H
#define IK_CAPTURE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/window.h"

struct ik_stream;

/* Where the octets come from. read() yields up to n octets, 0 at the end, or -1 after it wrote
 * s->problem; close() may be NULL. */
struct ik_stream_ops {
	ssize_t (*read)(struct ik_stream *s, uint8_t *buf, size_t n);
	void (*close)(struct ik_stream *s);
};

/* A file can be read, or looked at through windows, piece by piece. Which is faster depends on the
 * kernel and on how it keeps the file, so both have some turns, and the one with the best turn goes
 * on. A turn is a piece of the file of IK_WINDOW octets. */
struct ik_ways {
	bool both;                /* else reading is the only way */
	uint64_t turn;            /* the piece that is at hand, */
	int64_t began;            /* and when that began, in nanoseconds */
	int64_t best[2];          /* the shortest turn of reading and of looking, in nanoseconds */
	struct ik_window *window; /* what base points to, or NULL */
};

struct ik_stream {
	const struct ik_stream_ops *ops;
	void *ctx;
	int fd;
	const uint8_t *base; /* the window: base[pos] to base[end - 1] were read and not yet used */
	size_t pos, end;
	uint8_t *buf; /* what base points to where the stream has a buffer of its own */
	size_t cap;
	bool at_end;       /* the source yields nothing more */
	char problem[160]; /* why, where that was an error; else empty */
	bool cut;          /* the error is that compressed data ended too early */
	struct ik_ways ways;
};

/* A stream on a file descriptor, which the stream closes if owned. */
void ik_stream_on_fd(struct ik_stream *s, int fd, bool owned);

/* Lets a stream on a file descriptor look at windows where that is possible and faster than to read
 * what is in them. */
void ik_stream_look(struct ik_stream *s);

/* A stream on memory that outlives it; nothing is copied. */
void ik_stream_on_memory(struct ik_stream *s, const void *data, size_t len);

void ik_stream_close(struct ik_stream *s);

/* Reads ahead until n octets are in the window or the stream ends, and returns how many there are.
 * The window grows to n where it has to; least is how much is read at one time. */
size_t ik_stream_fill(struct ik_stream *s, size_t n, size_t least);

/* The octets in the window: at least n of them, unless the stream ends before. Valid until the
 * next call that may read. */
static inline size_t ik_stream_peek(struct ik_stream *s, size_t n, size_t least)
{
	return s->end - s->pos >= n ? s->end - s->pos : ik_stream_fill(s, n, least);
}

static inline const uint8_t *ik_stream_at(const struct ik_stream *s)
{
	return s->base + s->pos;
}

/* Whether what is in the window may be no longer what the file held: it became shorter. Then the
 * stream ends, with that as the problem. */
bool ik_stream_tears(struct ik_stream *s);
static inline bool ik_stream_torn(struct ik_stream *s)
{
	return s->ways.window != NULL && s->ways.window->torn != 0 && ik_stream_tears(s);
}

/* Uses up n octets of the window. */
static inline void ik_stream_skip(struct ik_stream *s, size_t n)
{
	s->pos += n < s->end - s->pos ? n : s->end - s->pos;
}

/* Takes up to n octets, from the window first, then straight from the source. 0 at the end, -1 on
 * an error. */
ssize_t ik_stream_read(struct ik_stream *s, void *buf, size_t n);

/* Uses up n octets wherever they are; false where the stream ended before. */
bool ik_stream_discard(struct ik_stream *s, uint64_t n, size_t least);

#endif
