/*
 * A stream of octets with a window on what comes next.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/window.h"

enum {
	TRIALS = 8,       /* turns after which it is known which way is faster */
	BEYOND = 1 << 12, /* how far is read into a piece before a window is opened on it, */
	LATE = 1 << 16    /* and where it is too late to open one */
};

static ssize_t fd_read(struct ik_stream *s, uint8_t *buf, size_t n)
{
	ssize_t got;

	do
		got = read(s->fd, buf, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		(void)snprintf(s->problem, sizeof(s->problem), "%s", strerror(errno));
	return got;
}

static void fd_close(struct ik_stream *s)
{
	(void)close(s->fd);
}

static const struct ik_stream_ops owned_fd_ops = {fd_read, fd_close};
static const struct ik_stream_ops fd_ops = {fd_read, NULL};

static ssize_t nothing_read(struct ik_stream *s, uint8_t *buf, size_t n)
{
	(void)s;
	(void)buf;
	(void)n;
	return 0;
}

static const struct ik_stream_ops memory_ops = {nothing_read, NULL};

void ik_stream_on_fd(struct ik_stream *s, int fd, bool owned)
{
	*s = (struct ik_stream){.ops = owned ? &owned_fd_ops : &fd_ops, .fd = fd};
}

void ik_stream_on_memory(struct ik_stream *s, const void *data, size_t len)
{
	*s = (struct ik_stream){
	        .ops = &memory_ops, .fd = -1, .base = data, .end = len, .at_end = true};
}

void ik_stream_look(struct ik_stream *s)
{
	s->ways = (struct ik_ways){.both = true, .best = {INT64_MAX / 2, INT64_MAX / 2}};
}

void ik_stream_close(struct ik_stream *s)
{
	ik_window_close(s->ways.window);
	if (s->ops != NULL && s->ops->close != NULL)
		s->ops->close(s);
	free(s->buf);
	*s = (struct ik_stream){.fd = -1};
}

/* What the source gives next, and a note where that was the end. */
static ssize_t source_read(struct ik_stream *s, uint8_t *buf, size_t n)
{
	ssize_t got = s->at_end ? 0 : s->ops->read(s, buf, n);

	if (got <= 0)
		s->at_end = true;
	return got;
}

/* Moves the window to the start of a buffer of at least cap octets. */
static bool window_reserve(struct ik_stream *s, size_t cap)
{
	size_t left = s->end - s->pos;
	uint8_t *bigger;

	if (s->cap >= cap) {
		if (left > 0)
			memmove(s->buf, s->base + s->pos, left);
	} else {
		bigger = malloc(cap);
		if (bigger == NULL) {
			(void)snprintf(s->problem, sizeof(s->problem), "out of memory");
			s->at_end = true;
			return false;
		}
		if (left > 0)
			memcpy(bigger, s->base + s->pos, left);
		free(s->buf);
		s->buf = bigger;
		s->cap = cap;
	}
	ik_window_close(s->ways.window);
	s->ways.window = NULL;
	s->base = s->buf;
	s->pos = 0;
	s->end = left;
	return true;
}

static int64_t now(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* Whether this turn is one of looking: the ways take turns as long as they are tried. What is done
 * with the octets takes time, too, not always the same: reading has to be clearly faster. */
static bool looks(const struct ik_ways *w)
{
	return w->turn < TRIALS ? w->turn % 2 != 0 : w->best[1] < w->best[0] + w->best[0] / 8;
}

/* The first turn, in which all kinds of things are done for the first time, is not measured. */
static void begin_turn(struct ik_ways *w, uint64_t turn)
{
	int64_t *best = &w->best[w->turn % 2], time;

	if (w->turn < TRIALS) {
		time = now();
		if (w->turn > 0 && time - w->began < *best)
			*best = time - w->began;
		w->began = time;
	}
	w->turn = turn;
}

/* Opens a window on the piece of the file that comes next, if that is how to get it. The descriptor
 * stands where the octets at hand end. Returns how many to read instead, 0 where a window is open:
 * up to the end of the piece, and so far beyond that the next window begins before a record. */
static size_t look(struct ik_stream *s, size_t n)
{
	struct ik_ways *w = &s->ways;
	off_t end = lseek(s->fd, 0, SEEK_CUR), at = end - (off_t)(s->end - s->pos), piece;
	size_t skip = (size_t)((uint64_t)at % IK_WINDOW), far;
	struct stat st;

	if (at < 0)
		return SIZE_MAX;
	piece = at - (off_t)skip;
	if ((uint64_t)at / IK_WINDOW != w->turn)
		begin_turn(w, (uint64_t)at / IK_WINDOW);
	far = IK_WINDOW + BEYOND > skip + n ? IK_WINDOW + BEYOND - skip : n;
	if (!looks(w) || skip > LATE || skip + n > IK_WINDOW || fstat(s->fd, &st) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_size - piece < (off_t)IK_WINDOW)
		return far - (s->end - s->pos);
	/* The old one goes first, so that there are never two. */
	ik_window_close(w->window);
	w->window = ik_window_open(s->fd, piece);
	s->base = w->window != NULL ? w->window->at : s->buf;
	s->pos = w->window != NULL ? skip : 0;
	s->end = w->window != NULL ? IK_WINDOW : 0;
	(void)lseek(s->fd, at - (off_t)s->pos + (off_t)s->end, SEEK_SET);
	return w->window != NULL ? 0 : SIZE_MAX;
}

bool ik_stream_tears(struct ik_stream *s)
{
	(void)snprintf(s->problem, sizeof(s->problem), "the file was cut while it was read");
	s->end = s->pos;
	s->at_end = true;
	return true;
}

size_t ik_stream_fill(struct ik_stream *s, size_t n, size_t least)
{
	size_t most = SIZE_MAX, room;
	ssize_t got;

	if (ik_stream_torn(s) || s->end - s->pos >= n || s->at_end)
		return s->end - s->pos;
	if (s->ways.both)
		most = look(s, n);
	if (most == 0 || !window_reserve(s, n > least ? n : least))
		return s->end - s->pos;
	while (s->end < n) {
		room = s->cap - s->end;
		got = source_read(s, s->buf + s->end, room < most ? room : most);
		if (got <= 0)
			break;
		s->end += (size_t)got;
		most -= most != SIZE_MAX ? (size_t)got : 0;
	}
	return s->end - s->pos;
}

ssize_t ik_stream_read(struct ik_stream *s, void *buf, size_t n)
{
	size_t left = s->end - s->pos;

	if (ik_stream_torn(s))
		return -1;
	if (left == 0)
		return source_read(s, buf, n);
	if (n > left)
		n = left;
	memcpy(buf, s->base + s->pos, n);
	s->pos += n;
	return (ssize_t)n;
}

bool ik_stream_discard(struct ik_stream *s, uint64_t n, size_t least)
{
	size_t left;

	while (n > 0) {
		left = ik_stream_peek(s, 1, least);
		if (left == 0)
			return false;
		if (left > n)
			left = (size_t)n;
		s->pos += left;
		n -= left;
	}
	return true;
}
