/*
 * What a term means: names that fit in full, the rest in a line each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/explain.h"

/* Hits in full, and further ones in a line. */
#define FULL_MOST  4
#define BRIEF_MOST 12
/* As few as this are worth their meaning. */
#define MEANT_MOST 4

/* The term as it is looked for: without blanks and line ends around it, with the dots that a web
 * page joined, and no longer than is of use. */
static void trim(char *out, size_t cap, const char *term)
{
	static const char blanks[] = " \t\r\n", dots[] = "\xe2\x80\xa6";
	size_t n = 0;

	for (term += strspn(term, blanks); *term != '\0' && n + 4 <= cap;) {
		bool joined = strncmp(term, dots, 3) == 0;

		memcpy(out + n, joined ? "..." : term, joined ? 3 : 1);
		n += joined ? 3 : 1;
		term += joined ? 3 : 1;
	}
	while (n > 0 && strchr(blanks, out[n - 1]) != NULL)
		n--;
	out[n] = '\0';
}

/* How many of the hits are worth to be printed in full: the names, else a single part. */
static size_t in_full(const struct ik_term_hits *hits)
{
	size_t n = 0;

	while (n < hits->n && n < FULL_MOST && hits->row[n].fit >= IK_FIT_NAME)
		n++;
	if (n == 0 && hits->n == 1)
		n = 1;
	return n;
}

static void rest(struct ik_text *t, const struct ik_term_hits *hits, size_t from)
{
	bool means = hits->n - from <= MEANT_MOST;
	size_t shown = 0;

	if (from == hits->n)
		return;
	if (from > 0)
		ik_text_blank(t);
	ik_text_line(t, 0, from > 0 ? "The term is also part of:" : "The term is part of:");
	for (; from < hits->n && shown < BRIEF_MOST; from++, shown++)
		ik_explain_briefly(t, &hits->row[from], means);
	if (from < hits->n || hits->more > 0) {
		ik_text_begin(t, 2, 4);
		ik_text_printf(t, "and of %zu more; a longer term finds fewer.",
		               hits->n - from + hits->more);
		ik_text_end(t);
	}
}

int ikescope_write_explanation(const char *term, const struct ikescope_text_options *options,
                               const struct ikescope_writer *writer,
                               struct ikescope_unknown *unknown)
{
	struct ik_term_hits hits;
	char words[IK_TERM_MOST + 1];
	struct ik_text *t;
	size_t full;

	trim(words, sizeof(words), term);
	ik_term_find(&hits, words);
	*unknown = (struct ikescope_unknown){NULL, NULL};
	if (hits.n == 0) {
		*unknown = (struct ikescope_unknown){term, hits.nearest};
		return 0;
	}
	t = ik_text_open(options, writer);
	if (t == NULL)
		return IKESCOPE_ERR_MEMORY;
	full = in_full(&hits);
	for (size_t i = 0; i < full;) {
		if (i > 0)
			ik_text_blank(t);
		i += ik_explain(t, &hits.row[i], full - i, i == 0);
	}
	rest(t, &hits, full);
	return ik_text_close(t, 0);
}
