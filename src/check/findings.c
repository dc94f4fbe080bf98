/*
 * Findings as expectations have them: a line each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>

#include "check/expect.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static json_t *line_of(const json_t *finding)
{
	char line[1024];
	struct ik_buf b = IK_BUF_ON(line);
	json_t *candidate;
	size_t i;

	ik_buf_printf(&b, "%s %s %s", text_of(finding, "severity"), text_of(finding, "slug"),
	              text_of(finding, "claim"));
	json_array_foreach(json_object_get(finding, "candidates"), i, candidate)
	        ik_buf_printf(&b, "%s%s%s", i == 0 ? ": " : ", ",
	                      json_is_null(json_object_get(candidate, "for")) ? "not " : "",
	                      text_of(candidate, "slug"));
	return json_string(line);
}

static void add_place(json_t *places, const char *place, const json_t *owner)
{
	json_t *lines = json_array(), *finding;
	size_t i;

	json_array_foreach(json_object_get(owner, "findings"), i, finding)
	        json_array_append_new(lines, line_of(finding));
	if (json_array_size(lines) > 0)
		json_object_set_new(places, place, lines);
	else
		json_decref(lines);
}

json_t *ik_findings_by_place(const json_t *document)
{
	static const char *const arrays[] = {"captures", "negotiations", "tunnels"};
	json_t *places = json_object(), *owner;
	size_t i;

	add_place(places, "document", document);
	for (size_t k = 0; k < sizeof(arrays) / sizeof(arrays[0]); k++)
		json_array_foreach(json_object_get(document, arrays[k]), i, owner)
		{
			char place[64];
			struct ik_buf b = IK_BUF_ON(place);

			ik_buf_printf(&b, "%s[%zu]", arrays[k], i);
			add_place(places, place, owner);
		}
	return places;
}
