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
#include <unistd.h>

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

void ik_stream_close(struct ik_stream *s)
{
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
		if (left > 0 && s->pos > 0)
			memmove(s->buf, s->buf + s->pos, left);
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
	s->base = s->buf;
	s->pos = 0;
	s->end = left;
	return true;
}

size_t ik_stream_fill(struct ik_stream *s, size_t n, size_t least)
{
	ssize_t got;

	if (s->end - s->pos >= n || s->at_end)
		return s->end - s->pos;
	if (!window_reserve(s, n > least ? n : least))
		return s->end - s->pos;
	while (s->end < n && (got = source_read(s, s->buf + s->end, s->cap - s->end)) > 0)
		s->end += (size_t)got;
	return s->end - s->pos;
}

ssize_t ik_stream_read(struct ik_stream *s, void *buf, size_t n)
{
	size_t left = s->end - s->pos;

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
