/* SPDX-License-Identifier: Apache-2.0 */
#include "check/path.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MOST 64

/* One step of a path: a key, or an index. */
struct step {
	char key[KEY_MOST]; /* empty: an index */
	size_t index;
};

static bool key_character(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Digits up to the character that ends them, and past it; NULL where they are none or too many. */
static const char *read_number(const char *text, char end, size_t *number)
{
	const char *p = text;

	for (*number = 0; isdigit((unsigned char)*p) && p - text < 9; p++)
		*number = *number * 10 + (size_t)(*p - '0');
	return p > text && *p == end ? p + 1 : NULL;
}

/* The step that begins at path; what follows it, or NULL where there is none. */
static const char *read_step(const char *path, bool first, struct step *step)
{
	size_t n = 0;

	step->key[0] = '\0';
	if (*path == '[' && !first)
		return read_number(path + 1, ']', &step->index);
	if (!first && *path++ != '.')
		return NULL;
	while (key_character(path[n]))
		n++;
	if (n == 0 || n >= KEY_MOST)
		return NULL;
	memcpy(step->key, path, n);
	step->key[n] = '\0';
	return path + n;
}

bool ik_path_valid(const char *path)
{
	struct step step;
	bool first = true;

	do {
		path = read_step(path, first, &step);
		first = false;
	} while (path != NULL && *path != '\0');
	return path != NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *slugs_of(const json_t *findings, const char *severity)
{
	size_t n = json_array_size(findings), kept = 0, i;
	const char **slugs = (const char **)calloc(n + 1, sizeof(*slugs));
	json_t *out = json_array(), *finding;

	json_array_foreach(findings, i, finding)
	{
		const char *its = json_string_value(json_object_get(finding, "severity"));
		const char *slug = json_string_value(json_object_get(finding, "slug"));

		if (slugs != NULL && slug != NULL &&
		    (severity == NULL || (its != NULL && strcmp(its, severity) == 0)))
			slugs[kept++] = slug;
	}
	if (kept > 0)
		qsort(slugs, kept, sizeof(*slugs), by_text);
	for (i = 0; i < kept; i++)
		json_array_append_new(out, json_string(slugs[i]));
	free(slugs);
	return out;
}

/* New reference, or NULL. */
static json_t *member(json_t *value, const struct step *step)
{
	json_t *findings = json_object_get(value, "findings");

	if (step->key[0] == '\0')
		return json_incref(json_array_get(value, step->index));
	if (json_is_array(value) && strcmp(step->key, "length") == 0)
		return json_integer((json_int_t)json_array_size(value));
	if (json_is_array(findings) && strcmp(step->key, "slugs") == 0)
		return slugs_of(findings, NULL);
	if (json_is_array(findings) && strcmp(step->key, "failures") == 0)
		return slugs_of(findings, "failure");
	return json_incref(json_object_get(value, step->key));
}

json_t *ik_path_value(json_t *document, const char *path)
{
	json_t *value = json_incref(document);
	bool first = true;

	while (value != NULL && (first || *path != '\0')) {
		struct step step;
		json_t *inner;

		path = read_step(path, first, &step);
		inner = path != NULL ? member(value, &step) : NULL;
		json_decref(value);
		value = inner;
		first = false;
	}
	return value;
}

bool ik_place_read(const char *place, struct ik_slice *slice)
{
	const char *bracket = strchr(place, '['), *p;
	size_t n;

	*slice = (struct ik_slice){.by = 0};
	if (bracket == NULL)
		return strcmp(place, "document") == 0;
	n = (size_t)(bracket - place);
	if (n == 0 || n >= sizeof(slice->array))
		return false;
	memcpy(slice->array, place, n);
	if (strcmp(slice->array, "captures") != 0 && strcmp(slice->array, "negotiations") != 0 &&
	    strcmp(slice->array, "tunnels") != 0)
		return false;
	p = read_number(bracket + 1, ']', &slice->from);
	if (p != NULL)
		return *p == '\0';
	p = read_number(bracket + 1, ':', &slice->from);
	p = p != NULL ? read_number(p, ':', &slice->to) : NULL;
	p = p != NULL ? read_number(p, ']', &slice->by) : NULL;
	return p != NULL && *p == '\0' && slice->by > 0 && slice->to > slice->from;
}
