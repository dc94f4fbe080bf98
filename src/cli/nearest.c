/*
 * Slips of the finger: the restricted Damerau-Levenshtein distance (one letter added, left out,
 * changed, or two neighbours swapped).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "cli/cli.h"

#define WORD_MOST 24

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t d[WORD_MOST + 1][WORD_MOST + 1];

	for (size_t i = 0; i <= n; i++)
		d[i][0] = i;
	for (size_t k = 0; k <= m; k++)
		d[0][k] = k;
	for (size_t i = 1; i <= n; i++)
		for (size_t k = 1; k <= m; k++) {
			size_t change = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

			d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1, change);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	return d[n][m];
}

const char *ik_nearest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word), best = 3; /* up to two slips */
	const char *nearest = NULL;

	for (size_t i = 0; i < n && len <= WORD_MOST && len > 1; i++) {
		size_t name = strlen(names[i]), d;

		if (name > WORD_MOST)
			continue;
		d = distance(word, len, names[i], name);
		if (d < best && d < name) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}
