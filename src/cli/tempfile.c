/*
 * The temporary file that records go to which memory has no room for. It has no name, so that
 * nothing stays behind however the program ends. The library reads and writes large blocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/machine.h"

/* Where O_TMPFILE is not to be had: a name that is taken away at once. */
static int named(const char *folder)
{
	char path[4096];
	int fd, n = snprintf(path, sizeof(path), "%s/ikescope.XXXXXX", folder);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int open_unnamed(void)
{
	const char *folder = getenv("TMPDIR");
	int fd = -1;

	if (folder == NULL || folder[0] == '\0')
		folder = "/tmp";
#ifdef O_TMPFILE
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
	return fd >= 0 ? fd : named(folder);
}

static int failed(struct ik_tempfile *f, int error)
{
	f->error = error;
	return -1;
}

int ik_tempfile_write(void *ctx, const void *data, size_t len)
{
	struct ik_tempfile *f = ctx;
	const char *p = data;

	if (f->fd < 0)
		f->fd = open_unnamed();
	if (f->fd < 0)
		return failed(f, errno);
	while (len > 0) {
		ssize_t n = pwrite(f->fd, p, len, (off_t)f->size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(f, n < 0 ? errno : ENOSPC);
		p += n;
		len -= (size_t)n;
		f->size += (uint64_t)n;
	}
	return 0;
}

int ik_tempfile_read(void *ctx, uint64_t offset, void *data, size_t len)
{
	struct ik_tempfile *f = ctx;
	char *p = data;

	if (offset > f->size || len > f->size - offset)
		return failed(f, EINVAL);
	while (len > 0) {
		ssize_t n = pread(f->fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed(f, n < 0 ? errno : EIO);
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

void ik_tempfile_close(struct ik_tempfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}
