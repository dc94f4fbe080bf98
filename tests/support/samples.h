/*
 * The sample captures in memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_SUPPORT_SAMPLES_H
#define TEST_SUPPORT_SAMPLES_H

#include <ikescope/analysis.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
	char *path;
	uint8_t *data; /* in memory of exactly its size */
	size_t len;
};

struct samples {
	struct sample *row;
	size_t n;
};

/* Every capture below a folder, sorted by path. The test fails where one cannot be read. */
void samples_add(struct samples *samples, const char *folder);
void samples_free(struct samples *samples);

/* Walks over the analyses of all samples in pcaps; *path names the one under way. Returns how many
 * there are. */
size_t samples_walk(const struct ikescope_visitor *visitor, void *ctx, const char **path);

#endif
