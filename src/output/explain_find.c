/*
 * What a term may be. Names are compared without capitals, "-" and "_" are the same, and so are
 * blanks, one or several; a line of a log is found by a part of it, or where its fixed parts stand
 * in the term in their order, as they do when a whole line was pasted. A term that is nothing as a
 * whole is a line that no table has: what is behind its colons, its tag and its words are looked
 * for, and the lines of a replay.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/nearest.h"
#include "output/explain.h"
#include "output/replay.h"

/* A part of a name or line below this is no hint. */
#define PART_LEAST 3
/* Fixed text that a pasted line has to share with a line of the table. */
#define FIXED_LEAST 8
/* What stands behind a colon is looked for alone from this length on. */
#define TAIL_LEAST 12
/* Words of a line that may be names, and characters of one. */
#define WORDS_MOST 16
#define WORD_MOST  47

static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool equal(const char *a, const char *b)
{
	while (*a != '\0' && plain(*a) == plain(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool written_so(const char *a, const char *b)
{
	size_t i = 0;

	while (a[i] != '\0' && b[i] != '\0' && (a[i] == '-') == (b[i] == '-'))
		i++;
	return a[i] == '\0' && b[i] == '\0';
}

/* Behind the first n characters of part where text begins with them, or NULL. */
static const char *begins(const char *text, const char *part, size_t n)
{
	for (size_t i = 0; i < n;) {
		if (blank(part[i])) {
			if (!blank(*text))
				return NULL;
			while (i < n && blank(part[i]))
				i++;
			while (blank(*text))
				text++;
		} else if (*text == '\0' || plain(*text++) != plain(part[i++])) {
			return NULL;
		}
	}
	return text;
}

/* Behind the first place in text where the first n characters of part stand, or NULL. */
static const char *find(const char *text, const char *part, size_t n)
{
	for (; *text != '\0'; text++) {
		const char *end = begins(text, part, n);

		if (end != NULL)
			return end;
	}
	return NULL;
}

enum ik_term_fit ik_term_fits(const char *name, const char *term)
{
	size_t len = strlen(term);

	if (equal(name, term))
		return written_so(name, term) ? IK_FIT_EXACT : IK_FIT_NAME;
	return len >= PART_LEAST && find(name, term, len) != NULL ? IK_FIT_PART : IK_FIT_NONE;
}

/* Whether the fixed parts of line stand in term, in their order. */
static bool pasted(const char *line, const char *term)
{
	size_t fixed = 0;

	while (*line != '\0') {
		size_t n = strcspn(line, "*");

		if (n > 0) {
			term = find(term, line, n);
			if (term == NULL)
				return false;
		}
		fixed += n;
		line += n;
		line += *line == '*';
	}
	return fixed >= FIXED_LEAST;
}

/* A term with numbers where the table has "*": "after 5 retransmits". */
static bool numbered(const char *line, const char *term)
{
	char copy[IK_TERM_MOST + 1];
	size_t n = 0;

	while (*term != '\0' && n + 1 < sizeof(copy)) {
		size_t digits = strspn(term, "0123456789");

		copy[n++] = digits > 0 ? '*' : *term;
		term += digits > 0 ? digits : 1;
	}
	copy[n] = '\0';
	return n >= PART_LEAST + 2 && find(line, copy, n) != NULL;
}

bool ik_term_fits_line(const char *line, const char *term)
{
	size_t len = strlen(term);

	return len >= PART_LEAST &&
	       (find(line, term, len) != NULL || pasted(line, term) || numbered(line, term));
}

/* ---- hits --------------------------------------------------------------------------------- */

struct search {
	struct ik_term_hits *hits;
	const char *term;
	bool whole_names; /* a part of a name is no hit */
	struct ik_nearest near;
};

static bool better(const struct ik_term_hit *a, const struct ik_term_hit *b)
{
	return a->fit != b->fit ? a->fit > b->fit : a->kind < b->kind;
}

/* Keeps a hit in its order; equal ones stay in that of the tables. */
static void keep(struct search *s, const struct ik_term_hit *hit)
{
	struct ik_term_hits *hits = s->hits;
	size_t i = hits->n;

	if (hit->fit == IK_FIT_NONE || (s->whole_names && hit->fit == IK_FIT_PART))
		return;
	if (hits->n == IK_TERM_HITS) {
		hits->more++;
		if (!better(hit, &hits->row[IK_TERM_HITS - 1]))
			return;
		i = hits->n - 1;
	} else {
		hits->n++;
	}
	for (; i > 0 && better(hit, &hits->row[i - 1]); i--)
		hits->row[i] = hits->row[i - 1];
	hits->row[i] = *hit;
}

static void slug(struct search *s, const char *name)
{
	const struct ik_term_hit hit = {
	        .kind = IK_TERM_SLUG, .fit = ik_term_fits(name, s->term), .is.slug = name};

	ik_nearest_try(&s->near, name);
	keep(s, &hit);
}

/* Those that are told, and those that are not. */
static void slugs(struct search *s)
{
	const struct ik_untold *row;

	for (size_t i = 0; ik_slug(i) != NULL; i++)
		slug(s, ik_slug(i));
	for (size_t i = 0; (row = ik_untold(i)) != NULL; i++)
		slug(s, row->slug);
}

static void states(struct search *s)
{
	for (size_t i = 0; i < ik_boxes.n_states; i++) {
		const struct ik_box_state *state = &ik_boxes.states[i];
		const struct ik_term_hit hit = {.kind = IK_TERM_STATE,
		                                .fit = ik_term_fits(state->name, s->term),
		                                .is.state = state};

		ik_nearest_try(&s->near, state->name);
		keep(s, &hit);
	}
}

/* Behind a word that the term begins with, or the term. */
static const char *behind(const char *term, const char *word)
{
	const char *end = begins(term, word, strlen(word));

	return end != NULL ? end : term;
}

/* What stands behind "v1", "IKEv2", "notify"; version 0: none is named. */
static const char *notify_term(const char *term, unsigned *version)
{
	const char *p = behind(term, "ike");

	p = behind(p, "v");
	*version = 0;
	if (p > term && (*p == '1' || *p == '2') && p[1] == ' ') {
		*version = (unsigned)(*p - '0');
		term = p + 1 + strspn(p + 1, " ");
	}
	p = behind(term, "notify");
	return p > term && *p == ' ' ? p + strspn(p, " ") : term;
}

/* The number that a term is, UINT32_MAX none. */
static uint32_t number(const char *term)
{
	uint32_t value = 0;

	if (*term == '\0' || strlen(term) > 5 || term[strspn(term, "0123456789")] != '\0')
		return UINT32_MAX;
	for (; *term != '\0'; term++)
		value = value * 10 + (uint32_t)(*term - '0');
	return value;
}

static void notifies_of(struct search *s, unsigned version, const struct ik_registry *reg)
{
	unsigned wanted;
	const char *term = notify_term(s->term, &wanted);
	uint32_t value = number(term);

	for (size_t i = 0; i < reg->n && (wanted == 0 || wanted == version); i++) {
		const struct ik_iana_row *row = &reg->rows[i];
		struct ik_term_hit hit = {
		        .kind = IK_TERM_NOTIFY, .version = version, .is.notify = row};

		if (!row->named)
			continue;
		ik_nearest_try(&s->near, row->name);
		hit.fit = row->first == value ? IK_FIT_NAME : ik_term_fits(row->name, term);
		keep(s, &hit);
	}
}

static void notifies(struct search *s)
{
	notifies_of(s, 2, &ik_reg_v2_notify_error);
	notifies_of(s, 2, &ik_reg_v2_notify_status);
	notifies_of(s, 1, &ik_reg_v1_notify_types);
}

static void messages(struct search *s)
{
	for (int m = IK_MM1; m < IK_MSG_NAMES; m++) {
		const char *name = ik_msg_name((enum ik_msg_name)m);
		const struct ik_term_hit hit = {.kind = IK_TERM_MESSAGE,
		                                .fit = ik_term_fits(name, s->term),
		                                .is.message = (enum ik_msg_name)m};

		if (m == IK_V1_OTHER || m == IK_V2_OTHER_REQ || m == IK_V2_OTHER_RSP)
			continue;
		ik_nearest_try(&s->near, name);
		keep(s, &hit);
	}
}

static void lines(struct search *s)
{
	for (size_t i = 0; i < ik_boxes.n_lines; i++) {
		const struct ik_box_line *line = &ik_boxes.lines[i];
		struct ik_term_hit hit = {.kind = IK_TERM_LINE, .is.line = line};

		hit.fit = ik_term_fits(line->says.text, s->term);
		if (hit.fit == IK_FIT_NONE && ik_term_fits_line(line->says.text, s->term))
			hit.fit = IK_FIT_PART;
		keep(s, &hit);
	}
}

static void anomalies(struct search *s)
{
	for (unsigned code = IK_ANOMALY_NONE + 1; code < IK_ANOMALY_COUNT; code++) {
		const struct ik_anomaly_info *info = ik_anomaly_info((enum ik_anomaly_code)code);
		const struct ik_term_hit hit = {.kind = IK_TERM_ANOMALY,
		                                .fit = ik_term_fits(info->name, s->term),
		                                .is.anomaly = info};

		ik_nearest_try(&s->near, info->name);
		keep(s, &hit);
	}
}

static bool is_notify(const struct ik_registry *reg)
{
	return reg == &ik_reg_v1_notify_types || reg == &ik_reg_v2_notify_error ||
	       reg == &ik_reg_v2_notify_status;
}

/* Names of other registries: by the whole name first; parts only where nothing else was found. */
static void names(struct search *s, bool parts)
{
	for (size_t r = 0; ik_registries[r] != NULL; r++) {
		const struct ik_registry *reg = ik_registries[r];

		for (size_t i = 0; i < reg->n && !is_notify(reg); i++) {
			struct ik_term_hit hit = {.kind = IK_TERM_NAME,
			                          .is.name = {reg, &reg->rows[i]}};

			if (!reg->rows[i].named)
				continue;
			ik_nearest_try(&s->near, reg->rows[i].name);
			hit.fit = ik_term_fits(reg->rows[i].name, s->term);
			if ((hit.fit == IK_FIT_PART) == parts)
				keep(s, &hit);
		}
	}
}

/* ---- lines that no table has -------------------------------------------------------------- */

/* What is behind each colon, as the text behind time, process and tag, until lines have it. */
static void tails(struct search *s)
{
	const char *whole = s->term;

	for (const char *at = whole; s->hits->n == 0 && (at = strchr(at, ':')) != NULL;) {
		at++;
		if (!blank(*at))
			continue;
		at += strspn(at, " \t");
		if (strlen(at) < TAIL_LEAST)
			break;
		s->term = at;
		lines(s);
	}
	s->term = whole;
}

/* The length of a tag, "%CRYPTO-4-IKMP_NO_SA", 0 for none. */
static size_t tag_length(const char *text)
{
	static const char name[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t facility = text[0] == '%' ? 1 + strspn(text + 1, name) : 0;

	if (facility < 3 || text[facility] != '-' ||
	    strchr("01234567", text[facility + 1]) == NULL || text[facility + 1] == '\0' ||
	    text[facility + 2] != '-')
		return 0;
	return facility + 3 + strspn(text + facility + 3, name);
}

/* Lines with the tag of the term: the text behind it differs between versions. */
static void tagged(struct search *s)
{
	const char *tag = strchr(s->term, '%');
	size_t n = tag != NULL ? tag_length(tag) : 0;

	for (size_t i = 0; n > 0 && i < ik_boxes.n_lines; i++) {
		const char *text = ik_boxes.lines[i].says.text;
		const struct ik_term_hit hit = {
		        .kind = IK_TERM_LINE, .fit = IK_FIT_PART, .is.line = &ik_boxes.lines[i]};

		if (tag_length(text) == n && memcmp(text, tag, n) == 0)
			keep(s, &hit);
	}
}

/* A word of a sentence is no name: names have a "_" or "-" in it, or are written in capitals. */
static bool like_a_name(const char *word)
{
	return strlen(word) >= PART_LEAST &&
	       (strpbrk(word, "_-") != NULL ||
	        strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(word));
}

/* What has a word as its name; of all registries only what looks like no other word. */
static void named(struct search *s, const char *word)
{
	const char *whole = s->term;

	s->term = word;
	s->whole_names = true;
	slugs(s);
	states(s);
	notifies(s);
	messages(s);
	if (strpbrk(word, "_-") != NULL)
		names(s, false);
	s->term = whole;
	s->whole_names = false;
}

/* Names that are a word of the term, each once. */
static void words(struct search *s)
{
	static const char between[] = " \t\r\n.,;:()[]{}<>\"'=|/*!?#%";
	char word[WORDS_MOST][WORD_MOST + 1];
	size_t n_words = 0, n, k;

	for (const char *at = s->term; *at != '\0' && n_words < WORDS_MOST; at += n) {
		at += strspn(at, between);
		n = strcspn(at, between);
		if (n > WORD_MOST)
			continue;
		memcpy(word[n_words], at, n);
		word[n_words][n] = '\0';
		for (k = 0; strcmp(word[k], word[n_words]) != 0;)
			k++;
		if (k == n_words && like_a_name(word[k]))
			named(s, word[n_words++]);
	}
}

/* Lines that a replay prints, each once. */
static void logged(struct search *s)
{
	for (size_t i = 0; i < ik_replay_n_lines; i++) {
		const struct ik_replay_line *line = &ik_replay_lines[i];
		struct ik_term_hit hit = {
		        .kind = IK_TERM_LOGGED, .fit = IK_FIT_PART, .is.logged = line};
		char text[IK_TERM_LINE_MOST];
		struct ik_buf b = IK_BUF_ON(text);
		bool again = false;

		for (size_t k = 0; k < i && !again; k++)
			again = ik_term_same_line(&ik_replay_lines[k], line);
		ik_term_logged(&b, line);
		if (!again && line->line[0] != '(' && strlen(s->term) >= FIXED_LEAST &&
		    ik_term_fits_line(text, s->term))
			keep(s, &hit);
	}
}

void ik_term_find(struct ik_term_hits *hits, const char *term)
{
	struct search s = {.hits = hits, .term = term, .near = ik_nearest_to(term)};

	*hits = (struct ik_term_hits){.n = 0};
	if (term[0] == '\0')
		return;
	slugs(&s);
	states(&s);
	notifies(&s);
	messages(&s);
	lines(&s);
	anomalies(&s);
	names(&s, false);
	/* Where nothing else was found; other names are better ordered among themselves. */
	if (hits->n == 0 || hits->row[0].kind == IK_TERM_NAME)
		names(&s, true);
	hits->nearest = s.near.name;
	if (hits->n == 0)
		tails(&s);
	if (hits->n > 0)
		return;
	tagged(&s);
	words(&s);
	logged(&s);
}
