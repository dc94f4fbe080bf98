/*
 * Reading an expectation: what is not understood is refused, for an assertion that nobody holds
 * against anything proves nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "check/expect.h"
#include "check/path.h"

/* One member: what it must be, and what each of its own members must be. */
struct member {
	const char *name;
	bool required;
	bool (*fits)(json_t *value, struct ik_buf *why);
};

static bool texts(const json_t *array)
{
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) if (!json_is_string(item)) return false;
	return json_is_array(array);
}

static bool schema(json_t *value, struct ik_buf *why)
{
	const char *name = json_string_value(value);

	if (name != NULL && strcmp(name, IK_EXPECT_SCHEMA) == 0)
		return true;
	ik_buf_puts(why, "is not " IK_EXPECT_SCHEMA);
	return false;
}

static bool list(json_t *value, struct ik_buf *why)
{
	if (texts(value))
		return true;
	ik_buf_puts(why, "is no list of words");
	return false;
}

static bool status(json_t *value, struct ik_buf *why)
{
	if (json_is_integer(value))
		return true;
	ik_buf_puts(why, "is no exit status");
	return false;
}

/* An object of which every member fits; the complaint tells which one does not, by its name. */
static bool object(json_t *value, bool (*fits)(const char *name, json_t *member),
                   const char *before, const char *after, const char *shape, struct ik_buf *why)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value)) {
		ik_buf_printf(why, "is no object of %s", shape);
		return false;
	}
	json_object_foreach(value, name, member) if (!fits(name, member))
	{
		ik_buf_printf(why, "has %s'%s'%s", before, name, after);
		return false;
	}
	return true;
}

static bool fits_path(const char *name, json_t *member)
{
	(void)member;
	return ik_path_valid(name);
}

static bool assertions(json_t *value, struct ik_buf *why)
{
	return object(value, fits_path, "", ", which is no path", "paths and values", why);
}

static bool fits_findings(const char *name, json_t *member)
{
	struct ik_slice slice;

	return ik_place_read(name, &slice) && texts(member);
}

static bool findings(json_t *value, struct ik_buf *why)
{
	return object(value, fits_findings, "", ", which is no place with a list of findings",
	              "places and findings", why);
}

static bool fits_claim(const char *name, json_t *member)
{
	const char *word = json_string_value(member);

	(void)name;
	return word != NULL && (strcmp(word, "possible") == 0 || strcmp(word, "likely") == 0 ||
	                        strcmp(word, "certain") == 0);
}

static bool claims(json_t *value, struct ik_buf *why)
{
	return object(value, fits_claim, "no claim for ", "", "slugs and claims", why);
}

static bool fits_reason(const char *name, json_t *member)
{
	return json_is_string(member) && name[0] != '\0';
}

static bool reasons(json_t *value, struct ik_buf *why)
{
	return object(value, fits_reason, "no reason for ", "", "assertions and reasons", why);
}

static const struct member members[] = {
        {"schema", true, schema},          {"options", false, list},
        {"exit", false, status},           {"assert", false, assertions},
        {"findings", false, findings},     {"claim_at_most", false, claims},
        {"findings_include", false, list}, {"known", false, reasons},
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

static const struct member *member_named(const char *name)
{
	for (size_t i = 0; i < MEMBERS; i++)
		if (strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

static bool complete(json_t *expectation, struct ik_buf *why)
{
	const char *name;
	json_t *value;

	json_object_foreach(expectation, name, value)
	{
		const struct member *m = member_named(name);

		if (m == NULL) {
			ik_buf_printf(why, "there is no member '%s'", name);
			return false;
		}
		ik_buf_printf(why, "%s ", name);
		if (!m->fits(value, why))
			return false;
		ik_buf_reset(why);
	}
	for (size_t i = 0; i < MEMBERS; i++)
		if (members[i].required && json_object_get(expectation, members[i].name) == NULL) {
			ik_buf_printf(why, "%s is missing", members[i].name);
			return false;
		}
	return true;
}

json_t *ik_expect_read(const char *text, size_t len, struct ik_buf *why)
{
	json_error_t error;
	json_t *expectation = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);

	if (expectation == NULL) {
		ik_buf_printf(why, "no JSON: line %d: %s", error.line, error.text);
		return NULL;
	}
	if (!json_is_object(expectation))
		ik_buf_puts(why, "it is no object");
	if (json_is_object(expectation) && complete(expectation, why))
		return expectation;
	json_decref(expectation);
	return NULL;
}
