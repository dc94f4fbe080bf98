/*
 * One case: the diagnosis as a user would run it, held against the expectation.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check/expect.h"
#include "cli/check.h"

#define WHY             512
#define COMPLAINTS_MOST 4096

/* ---- results ------------------------------------------------------------------------------ */

static void add_unmet(void *ctx, const struct ik_unmet *what)
{
	json_t *row = json_pack("{s:s, s:s, s:s?, s:s?}", "assertion", what->assertion, "expected",
	                        what->expected, "got", what->got, "known", what->known);

	json_array_append_new((json_t *)ctx, row);
}

static json_t *result_of(json_t *unmet, enum ik_check_state state, const char *complaints)
{
	return json_pack("{s:i, s:o, s:s}", "state", (int)state, "unmet", unmet, "complaints",
	                 complaints);
}

enum ik_check_state ik_check_state_of(const json_t *result)
{
	json_int_t state = json_integer_value(json_object_get(result, "state"));

	return state >= 0 && state < IK_CHECK_STATES ? (enum ik_check_state)state : IK_CHECK_FAILED;
}

const char *ik_check_name(const struct ik_check_case *which)
{
	return which->capture != NULL ? which->capture : which->expectation;
}

/* ---- files -------------------------------------------------------------------------------- */

/* All of a file that was written before; owned by the caller, NULL on failure (errno). */
static char *contents(FILE *file, size_t most, size_t *len)
{
	char *text = NULL;
	size_t cap = 0, got;

	rewind(file);
	*len = 0;
	do {
		char *grown = realloc(text, cap += 65536);

		if (grown == NULL) {
			free(text);
			return NULL;
		}
		text = grown;
		got = fread(text + *len, 1, cap - *len - 1, file);
		*len += got;
	} while (got > 0 && *len < most);
	text[*len] = '\0';
	return text;
}

json_t *ik_check_failed(const char *assertion, const char *expected, const char *got, FILE *err)
{
	struct ik_unmet what = {.assertion = assertion, .expected = expected, .got = got};
	json_t *unmet = json_array(), *result;
	char *complaints = NULL;
	size_t len;

	if (err != NULL)
		complaints = contents(err, COMPLAINTS_MOST, &len);
	add_unmet(unmet, &what);
	result = result_of(unmet, IK_CHECK_FAILED, complaints != NULL ? complaints : "");
	free(complaints);
	return result;
}

static json_t *read_expectation(const char *path, struct ik_buf *why)
{
	FILE *file = fopen(path, "re");
	json_t *expectation = NULL;
	char *text;
	size_t len;

	if (file == NULL) {
		ik_buf_puts(why, strerror(errno));
		return NULL;
	}
	text = contents(file, SIZE_MAX, &len);
	if (text != NULL)
		expectation = ik_expect_read(text, len, why);
	else
		ik_buf_puts(why, "out of memory");
	free(text);
	fclose(file);
	return expectation;
}

/* Renamed into place, so that nobody reads half of it. */
static bool write_expectation(const char *path, const json_t *expectation)
{
	char *scratch;
	bool ok;

	if (asprintf(&scratch, "%s.new", path) < 0)
		return false;
	ok = json_dump_file(expectation, scratch, JSON_INDENT(2) | JSON_ENSURE_ASCII) == 0 &&
	     rename(scratch, path) == 0;
	if (!ok)
		(void)unlink(scratch);
	free(scratch);
	return ok;
}

/* ---- the diagnosis ------------------------------------------------------------------------ */

/* What a run printed. */
struct run {
	json_t *document; /* NULL: it printed none */
	char *complaints;
	int status;
};

/* The arguments of main() are not const, though nobody writes to them. */
static void append(char **argv, int *argc, const char *argument)
{
	memcpy(&argv[(*argc)++], &argument, sizeof(argument));
}

/* The arguments of the run: the options of the expectation, and the capture. */
static char **arguments(const json_t *options, const char *capture, int *argc)
{
	static const char *const before[] = {"ikescope", "diagnose", "--format", "json"};
	size_t n = json_array_size(options), i;
	char **argv = calloc(n + 7, sizeof(*argv));
	json_t *option;

	*argc = 0;
	if (argv == NULL)
		return NULL;
	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		append(argv, argc, before[i]);
	json_array_foreach(options, i, option) append(argv, argc, json_string_value(option));
	append(argv, argc, "--");
	append(argv, argc, capture);
	return argv;
}

static int diagnose(const json_t *options, const char *capture)
{
	struct ik_cli cli;
	int argc, status = IK_EXIT_USAGE;
	char **argv = arguments(options, capture, &argc);

	if (argv != NULL && ik_cli_parse(&cli, argc, argv))
		status = cli.command->run(&cli);
	free(argv);
	return status;
}

/* Standard output goes into a file; this process has no other use for it. */
static bool run(struct run *r, const json_t *options, const char *capture, FILE *err)
{
	FILE *out = tmpfile();
	bool ok = out != NULL && dup2(fileno(out), STDOUT_FILENO) >= 0;
	size_t len;

	*r = (struct run){.status = IK_EXIT_LOST};
	if (ok) {
		r->status = diagnose(options, capture);
		fflush(stderr);
		rewind(out);
		r->document = json_loadf(out, JSON_REJECT_DUPLICATES, NULL);
		r->complaints = contents(err, COMPLAINTS_MOST, &len);
	}
	if (out != NULL)
		fclose(out);
	return ok && r->complaints != NULL;
}

static void free_run(struct run *r)
{
	json_decref(r->document);
	free(r->complaints);
}

/* ---- cases -------------------------------------------------------------------------------- */

static json_t *hold(const struct run *r, const json_t *expectation)
{
	json_t *unmet = json_array(), *row;
	enum ik_check_state state = IK_CHECK_OK;
	size_t i;

	if (!ik_expect_hold(expectation, r->document, r->status, add_unmet, unmet)) {
		json_decref(unmet);
		return ik_check_failed("check", "memory", NULL, NULL);
	}
	json_array_foreach(unmet, i, row)
	{
		if (json_is_null(json_object_get(row, "known")))
			state = IK_CHECK_FAILED;
		else if (state == IK_CHECK_OK)
			state = IK_CHECK_KNOWN;
	}
	return result_of(unmet, state, r->complaints);
}

static json_t *update(const struct run *r, const struct ik_check_case *which, const json_t *old)
{
	json_t *made = r->document != NULL ? ik_expect_make(old, r->document, r->status) : NULL;
	char *place = which->expectation != NULL ? strdup(which->expectation)
	                                         : ik_check_place(which->capture);
	json_t *result;

	if (r->document == NULL)
		result = ik_check_failed("document", "a diagnosis", r->complaints, NULL);
	else if (made != NULL && old != NULL && json_equal(made, old))
		result = result_of(json_array(), IK_CHECK_OK, "");
	else if (made != NULL && place != NULL && write_expectation(place, made))
		result = result_of(json_array(), IK_CHECK_WRITTEN, "");
	else
		result = ik_check_failed("expectation", "a file that can be written",
		                         strerror(errno), NULL);
	json_decref(made);
	free(place);
	return result;
}

static json_t *judged(const struct ik_cli *cli, const struct ik_check_case *which, FILE *err)
{
	char text[WHY];
	struct ik_buf why = IK_BUF_ON(text);
	json_t *expectation = NULL, *result;
	struct run r;

	if (which->capture == NULL)
		return ik_check_failed("capture", "a capture beside the expectation", NULL, NULL);
	if (which->expectation == NULL && !cli->update)
		return result_of(json_array(), IK_CHECK_UNCOVERED, "");
	if (which->expectation != NULL) {
		expectation = read_expectation(which->expectation, &why);
		if (expectation == NULL)
			return ik_check_failed(which->expectation, "an expectation", text, NULL);
	}
	if (!run(&r, json_object_get(expectation, "options"), which->capture, err))
		result = ik_check_failed("check", "a temporary file", strerror(errno), err);
	else if (cli->update)
		result = update(&r, which, expectation);
	else
		result = hold(&r, expectation);
	free_run(&r);
	json_decref(expectation);
	return result;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

json_t *ik_check_one(const struct ik_cli *cli, const struct ik_check_case *which, FILE *err)
{
	double start = now();
	json_t *result = judged(cli, which, err);

	json_object_set_new(result, "seconds", json_real(now() - start));
	return result;
}
