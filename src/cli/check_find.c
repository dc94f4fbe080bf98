/*
 * Captures and expectations: which belong together.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/check.h"

#define ENDING ".expect.json"
#define DEPTH  32 /* folders below the one that was named */

static const char *const suffixes[] = {".pcap", ".pcapng", ".cap"};
static const char *const packed[] = {"", ".gz", ".zst", ".xz"};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool ends_with(const char *text, const char *ending)
{
	size_t n = strlen(text), m = strlen(ending);

	return n > m && strcmp(text + n - m, ending) == 0;
}

static char *joined(const char *a, const char *between, const char *b)
{
	char *text;

	return asprintf(&text, "%s%s%s", a, between, b) >= 0 ? text : NULL;
}

static bool exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Octets of the name without the ending of a capture, or 0. */
static size_t stem_of(const char *path)
{
	for (size_t s = 0; s < COUNT(suffixes); s++)
		for (size_t p = 0; p < COUNT(packed); p++) {
			char ending[16];

			(void)snprintf(ending, sizeof(ending), "%s%s", suffixes[s], packed[p]);
			if (ends_with(path, ending))
				return strlen(path) - strlen(ending);
		}
	return 0;
}

/* The capture that an expectation stands beside, or NULL. */
static char *capture_of(const char *expectation)
{
	char *stem = strndup(expectation, strlen(expectation) - strlen(ENDING)), *path;

	if (stem == NULL || exists(stem))
		return stem;
	for (size_t s = 0; s < COUNT(suffixes); s++)
		for (size_t p = 0; p < COUNT(packed); p++) {
			path = joined(stem, suffixes[s], packed[p]);
			if (path != NULL && exists(path)) {
				free(stem);
				return path;
			}
			free(path);
		}
	free(stem);
	return NULL;
}

char *ik_check_place(const char *capture)
{
	size_t n = stem_of(capture);
	char *stem = strndup(capture, n > 0 ? n : strlen(capture));
	char *place = stem != NULL ? joined(stem, ENDING, "") : NULL;

	free(stem);
	return place;
}

/* The expectation of a capture, or NULL: by its whole name, or without the ending, unless another
 * capture has that one. */
static char *expectation_of(const char *capture)
{
	char *whole = joined(capture, ENDING, ""), *place, *other;
	bool mine;

	if (whole == NULL || exists(whole))
		return whole;
	free(whole);
	place = ik_check_place(capture);
	if (place == NULL || !exists(place)) {
		free(place);
		return NULL;
	}
	other = capture_of(place);
	mine = other != NULL && strcmp(other, capture) == 0;
	free(other);
	if (mine)
		return place;
	free(place);
	return NULL;
}

/* Takes both over. */
static bool add(struct ik_check_list *list, char *capture, char *expectation)
{
	if (list->n == list->cap) {
		size_t cap = list->cap != 0 ? 2 * list->cap : 64;
		struct ik_check_case *grown = realloc(list->row, cap * sizeof(*grown));

		if (grown == NULL) {
			free(capture);
			free(expectation);
			return false;
		}
		list->row = grown;
		list->cap = cap;
	}
	list->row[list->n++] = (struct ik_check_case){capture, expectation};
	return true;
}

/* A file, by its name: an expectation comes with its capture, a capture alone only without one. */
static bool add_file(struct ik_check_list *list, const char *path, bool named)
{
	char *expectation;

	if (ends_with(path, ENDING))
		return add(list, capture_of(path), strdup(path));
	if (!named && stem_of(path) == 0)
		return true;
	expectation = expectation_of(path);
	if (expectation != NULL && !named) {
		free(expectation);
		return true;
	}
	return add(list, strdup(path), expectation);
}

static bool unreadable(const char *path)
{
	ik_cli_error("%s: %s", path, strerror(errno));
	return false;
}

static bool add_folder(struct ik_check_list *list, const char *path, unsigned depth);

static bool add_entry(struct ik_check_list *list, const char *path, unsigned depth)
{
	struct stat st;
	char *expectation;

	if (lstat(path, &st) != 0)
		return unreadable(path);
	if (!S_ISDIR(st.st_mode))
		return !exists(path) || add_file(list, path, false);
	/* A folder with an expectation is one timeline, which comes with that. */
	expectation = expectation_of(path);
	if (expectation != NULL || depth == 0) {
		free(expectation);
		return true;
	}
	return add_folder(list, path, depth - 1);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool add_folder(struct ik_check_list *list, const char *path, unsigned depth)
{
	struct dirent **entries;
	int n = scandir(path, &entries, visible, alphasort);
	bool ok = true;

	if (n < 0)
		return unreadable(path);
	for (int i = 0; i < n; i++) {
		bool slash = ends_with(path, "/") || strcmp(path, "/") == 0;
		char *entry = joined(path, slash ? "" : "/", entries[i]->d_name);

		ok = entry != NULL && add_entry(list, entry, depth) && ok;
		free(entry);
		free(entries[i]);
	}
	free(entries);
	return ok;
}

bool ik_check_find(struct ik_check_list *list, char *const *paths, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		char *expectation = is_folder(paths[i]) ? expectation_of(paths[i]) : NULL;

		if (!exists(paths[i]))
			ok = unreadable(paths[i]);
		else if (is_folder(paths[i]) && expectation == NULL)
			ok = add_folder(list, paths[i], DEPTH) && ok;
		else
			ok = add_file(list, paths[i], true) && ok;
		free(expectation);
	}
	return ok;
}

void ik_check_list_free(struct ik_check_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->row[i].capture);
		free(list->row[i].expectation);
	}
	free(list->row);
	*list = (struct ik_check_list){0};
}
