/*
 * What was found, for a person, as TAP and as JUnit XML.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"

#define LINE 4096

/* A member of an unmet assertion as text that hurts no terminal, or NULL. */
static const char *member(const json_t *unmet, const char *name, struct ik_buf *b)
{
	const char *text = json_string_value(json_object_get(unmet, name));

	ik_buf_reset(b);
	if (text == NULL)
		return NULL;
	for (size_t i = 0; text[i] != '\0'; i++) /* JSON has its own backslashes */
		if (text[i] == '\\')
			ik_buf_putc(b, '\\');
		else
			ik_buf_escape(b, (const uint8_t *)text + i, 1);
	return b->data;
}

/* ---- text --------------------------------------------------------------------------------- */

static const struct {
	const char *word, *colour;
} words[IK_CHECK_STATES] = {
        [IK_CHECK_FAILED] = {"FAILED", "\033[31m"},
        [IK_CHECK_KNOWN] = {"known", "\033[33m"},
        [IK_CHECK_UNCOVERED] = {"no expectation", "\033[33m"},
        [IK_CHECK_WRITTEN] = {"written", "\033[32m"},
};

static void text_begin(struct ik_check_report *r)
{
	(void)r;
}

static void text_unmet(const json_t *unmet)
{
	char line[LINE];
	struct ik_buf b = IK_BUF_ON(line);
	const char *text;

	printf("    %s\n", member(unmet, "assertion", &b));
	printf("        expected  %s\n", member(unmet, "expected", &b));
	text = member(unmet, "got", &b);
	printf("        got       %s\n", text != NULL ? text : "(nothing)");
	text = member(unmet, "known", &b);
	if (text != NULL)
		printf("        known     %s\n", text);
}

static void text_complaints(const json_t *result)
{
	const char *p = json_string_value(json_object_get(result, "complaints"));

	while (p != NULL && *p != '\0') {
		size_t n = strcspn(p, "\n");
		char line[LINE];
		struct ik_buf b = IK_BUF_ON(line);

		ik_buf_escape(&b, (const uint8_t *)p, n);
		printf("    %s\n", line);
		p += n + (p[n] == '\n');
	}
}

static void text_each(struct ik_check_report *r, size_t i, const json_t *result)
{
	enum ik_check_state state = ik_check_state_of(result);
	char name[LINE];
	struct ik_buf b = IK_BUF_ON(name);
	json_t *unmet;
	size_t k;

	if (state == IK_CHECK_OK)
		return;
	ik_buf_escape(&b, (const uint8_t *)ik_check_name(&r->list->row[i]),
	              strlen(ik_check_name(&r->list->row[i])));
	printf("%s%-8s%s %s\n", r->colour ? words[state].colour : "", words[state].word,
	       r->colour ? "\033[0m" : "", name);
	json_array_foreach(json_object_get(result, "unmet"), k, unmet) text_unmet(unmet);
	if (state == IK_CHECK_FAILED)
		text_complaints(result);
}

static void text_end(struct ik_check_report *r)
{
	printf("%zu as expected, %zu failed", r->count[IK_CHECK_OK], r->count[IK_CHECK_FAILED]);
	if (r->count[IK_CHECK_KNOWN] > 0)
		printf(", %zu known to be wrong", r->count[IK_CHECK_KNOWN]);
	if (r->count[IK_CHECK_UNCOVERED] > 0)
		printf(", %zu without an expectation", r->count[IK_CHECK_UNCOVERED]);
	if (r->count[IK_CHECK_WRITTEN] > 0)
		printf(", %zu expectations written", r->count[IK_CHECK_WRITTEN]);
	putchar('\n');
}

const struct ik_check_format ik_check_text = {text_begin, text_each, text_end};

/* ---- TAP ---------------------------------------------------------------------------------- */

static void tap_begin(struct ik_check_report *r)
{
	printf("TAP version 13\n1..%zu\n", r->list->n);
}

/* A name or reason in a line of TAP: "#" begins a directive. */
static void tap_text(const char *text)
{
	char line[LINE];
	struct ik_buf b = IK_BUF_ON(line);

	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '#')
			ik_buf_putc(&b, '\\');
		ik_buf_escape(&b, (const uint8_t *)text + i, 1);
	}
	printf("%s", line);
}

/* A JSON text is a YAML scalar. */
static void tap_scalar(const char *name, const char *indent, const json_t *unmet)
{
	char *text = json_dumps(json_object_get(unmet, name), JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	printf("    %s %s: %s\n", indent, name, text != NULL ? text : "null");
	free(text);
}

static void tap_each(struct ik_check_report *r, size_t i, const json_t *result)
{
	enum ik_check_state state = ik_check_state_of(result);
	json_t *unmet = json_object_get(result, "unmet"), *row;
	bool good = state != IK_CHECK_FAILED && state != IK_CHECK_KNOWN;
	size_t k;

	printf("%sok %zu - ", good ? "" : "not ", i + 1);
	tap_text(ik_check_name(&r->list->row[i]));
	if (state == IK_CHECK_UNCOVERED)
		printf(" # SKIP no expectation");
	if (state == IK_CHECK_KNOWN) {
		printf(" # TODO ");
		tap_text(json_string_value(json_object_get(json_array_get(unmet, 0), "known")));
	}
	putchar('\n');
	if (json_array_size(unmet) == 0)
		return;
	printf("  ---\n  unmet:\n");
	json_array_foreach(unmet, k, row)
	{
		tap_scalar("assertion", "-", row);
		tap_scalar("expected", " ", row);
		tap_scalar("got", " ", row);
	}
	printf("  ...\n");
}

static void tap_end(struct ik_check_report *r)
{
	(void)r;
}

const struct ik_check_format ik_check_tap = {tap_begin, tap_each, tap_end};

/* ---- JUnit -------------------------------------------------------------------------------- */

/* Text inside an element or an attribute. Control characters have no place in XML at all. */
static void xml_text(const char *text, size_t len)
{
	static const struct {
		char c;
		const char *entity;
	} entities[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}};

	for (size_t i = 0; i < len; i++) {
		const char *entity = NULL;
		char one[8];
		struct ik_buf b = IK_BUF_ON(one);

		for (size_t k = 0; k < sizeof(entities) / sizeof(entities[0]); k++)
			if (text[i] == entities[k].c)
				entity = entities[k].entity;
		if (entity == NULL && text[i] != '\\')
			ik_buf_escape(&b, (const uint8_t *)text + i, 1);
		printf("%s", entity != NULL ? entity : text[i] == '\\' ? "\\" : one);
	}
}

static void xml_unmet(const json_t *unmet)
{
	static const char *const names[] = {"assertion", "expected", "got"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = json_string_value(json_object_get(unmet, names[i]));

		printf("%s%s: ", i > 0 ? "  " : "", names[i]);
		xml_text(text != NULL ? text : "(nothing)",
		         strlen(text != NULL ? text : "(nothing)"));
		putchar('\n');
	}
}

static void junit_case(const struct ik_check_report *r, size_t i, const json_t *result)
{
	const char *name = ik_check_name(&r->list->row[i]), *slash = strrchr(name, '/');
	enum ik_check_state state = ik_check_state_of(result);
	json_t *unmet = json_object_get(result, "unmet"), *row;
	size_t folder = slash != NULL ? (size_t)(slash - name) : 0, k;

	printf("  <testcase classname=\"");
	xml_text(name, folder);
	printf("\" name=\"");
	xml_text(slash != NULL ? slash + 1 : name, strlen(slash != NULL ? slash + 1 : name));
	printf("\" time=\"%.3f\">", json_number_value(json_object_get(result, "seconds")));
	if (state == IK_CHECK_UNCOVERED)
		printf("<skipped message=\"no expectation\"/>");
	if (state == IK_CHECK_KNOWN || state == IK_CHECK_FAILED) {
		const char *element = state == IK_CHECK_KNOWN ? "skipped" : "failure";
		const char *first = json_string_value(json_object_get(
		        json_array_get(unmet, 0), state == IK_CHECK_KNOWN ? "known" : "assertion"));

		printf("<%s message=\"", element);
		xml_text(first, strlen(first));
		printf("\">\n");
		json_array_foreach(unmet, k, row) xml_unmet(row);
		printf("</%s>", element);
	}
	printf("</testcase>\n");
}

static void junit_begin(struct ik_check_report *r)
{
	r->results = json_array();
}

static void junit_each(struct ik_check_report *r, size_t i, const json_t *result)
{
	(void)i;
	json_array_append_new(r->results, json_deep_copy(result));
}

static void junit_end(struct ik_check_report *r)
{
	json_t *result;
	size_t i;

	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	printf(" <testsuite name=\"ikescope check\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" "
	       "skipped=\"%zu\">\n",
	       r->list->n, r->count[IK_CHECK_FAILED],
	       r->count[IK_CHECK_UNCOVERED] + r->count[IK_CHECK_KNOWN]);
	json_array_foreach(r->results, i, result) junit_case(r, i, result);
	printf(" </testsuite>\n</testsuites>\n");
	json_decref(r->results);
}

const struct ik_check_format ik_check_junit = {junit_begin, junit_each, junit_end};
