/*
 * Making an expectation of what was diagnosed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "check/expect.h"
#include "check/path.h"

#define NEGOTIATIONS_MOST                                                                          \
	16 /* asserted one by one; of all there are the findings and the number                    \
	    */

/* What is asserted of each negotiation unless its author chose otherwise. */
static const char *const usual[] = {
        "mode",   "outcome", "phase1",          "phase2",
        "at_end", "assumed", "stalled_at.kind", "stalled_at.message",
};

static void assert_path(json_t *assertions, json_t *document, const char *path)
{
	json_t *value = ik_path_value(document, path);

	if (value != NULL)
		json_object_set_new(assertions, path, value);
}

static json_t *usual_assertions(json_t *document)
{
	json_t *assertions = json_object();
	size_t n = json_array_size(json_object_get(document, "negotiations"));

	assert_path(assertions, document, "negotiations.length");
	for (size_t i = 0; i < n && i < NEGOTIATIONS_MOST; i++)
		for (size_t k = 0; k < sizeof(usual) / sizeof(usual[0]); k++) {
			char path[128];
			struct ik_buf b = IK_BUF_ON(path);

			ik_buf_printf(&b, "negotiations[%zu].%s", i, usual[k]);
			assert_path(assertions, document, path);
		}
	return assertions;
}

static json_t *chosen_assertions(json_t *chosen, json_t *document)
{
	json_t *assertions = json_object(), *value;
	const char *path;

	json_object_foreach(chosen, path, value) assert_path(assertions, document, path);
	return assertions;
}

/* What says how the capture is to be judged, not how it was, stays as it is. */
static void keep(json_t *made, const json_t *old, const char *name)
{
	json_t *value = json_object_get(old, name);

	if (value != NULL)
		json_object_set(made, name, value);
}

json_t *ik_expect_make(const json_t *old, json_t *document, int status)
{
	json_t *made = json_object(), *chosen = json_object_get(old, "assert");
	bool exact = chosen == NULL || json_object_get(old, "findings") != NULL;

	json_object_set_new(made, "schema", json_string(IK_EXPECT_SCHEMA));
	if (json_object_get(old, "options") == NULL)
		json_object_set_new(made, "options", json_array());
	keep(made, old, "options");
	json_object_set_new(made, "exit", json_integer(status));
	json_object_set_new(made, "assert",
	                    chosen != NULL ? chosen_assertions(chosen, document)
	                                   : usual_assertions(document));
	if (exact)
		json_object_set_new(made, "findings", ik_findings_by_place(document));
	keep(made, old, "claim_at_most");
	keep(made, old, "findings_include");
	return made;
}
