/*
 * The restricted Damerau-Levenshtein distance: one letter added, left out, changed, or two
 * neighbours swapped; small and capital letters are the same, "-" and "_" too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/nearest.h"

#include <string.h>

#define WORD_MOST 40

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
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
			size_t change = d[i - 1][k - 1] + (plain(a[i - 1]) != plain(b[k - 1]));

			d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1, change);
			if (i > 1 && k > 1 && plain(a[i - 1]) == plain(b[k - 2]) &&
			    plain(a[i - 2]) == plain(b[k - 1]))
				d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
		}
	return d[n][m];
}

struct ik_nearest ik_nearest_to(const char *word)
{
	return (struct ik_nearest){.word = word, .slips = 3};
}

void ik_nearest_try(struct ik_nearest *n, const char *name)
{
	size_t len = strlen(n->word), other = strlen(name), slips;

	if (len < 2 || len > WORD_MOST || other > WORD_MOST)
		return;
	slips = distance(n->word, len, name, other);
	if (slips < n->slips && slips < other) {
		n->slips = slips;
		n->name = name;
	}
}
