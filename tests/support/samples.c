/*
 * The sample captures in memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support/samples.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

#include "support/pipeline.h"

static struct samples *adding; /* nftw() takes no context */

static bool ends_with(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && strcmp(path + n - m, end) == 0;
}

static int add(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	struct sample s = {0};

	(void)status;
	(void)ftw;
	if (type != FTW_F || ends_with(path, ".json") || ends_with(path, ".md"))
		return 0;
	s.data = pl_read(path, &s.len);
	s.path = strdup(path);
	adding->row = realloc(adding->row, (adding->n + 1) * sizeof(*adding->row));
	cr_assert(s.data != NULL && s.path != NULL && adding->row != NULL, "%s", path);
	adding->row[adding->n++] = s;
	return 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct sample *)a)->path, ((const struct sample *)b)->path);
}

void samples_add(struct samples *samples, const char *folder)
{
	adding = samples;
	cr_assert_eq(nftw(folder, add, 16, FTW_PHYS), 0, "%s", folder);
	if (samples->n > 0)
		qsort(samples->row, samples->n, sizeof(*samples->row), by_path);
}

void samples_free(struct samples *samples)
{
	for (size_t i = 0; i < samples->n; i++) {
		free(samples->row[i].path);
		free(samples->row[i].data);
	}
	free(samples->row);
	*samples = (struct samples){0};
}

size_t samples_walk(const struct ikescope_visitor *visitor, void *ctx, const char **path)
{
	struct pl_how how = pl_how_default();
	struct samples samples = {0};
	size_t n;

	samples_add(&samples, IKESCOPE_SOURCE "/pcaps");
	n = samples.n;
	for (size_t i = 0; i < n; i++) {
		struct ikescope *s = pl_open(samples.row[i].data, samples.row[i].len, &how);

		*path = samples.row[i].path;
		cr_assert_not_null(s, "%s", *path);
		cr_assert_eq(ikescope_walk(s, visitor, ctx), 0, "%s", *path);
		ikescope_free(s);
	}
	samples_free(&samples);
	return n;
}
