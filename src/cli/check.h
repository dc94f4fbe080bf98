/*
 * check: captures against the expectations beside them. Finding, running and reporting are apart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CLI_CHECK_H
#define IK_CLI_CHECK_H

#include <jansson.h>
#include <stdio.h>

#include "cli/cli.h"

/* One thing to check. Its name is that of the capture, or of the expectation where there is none.
 */
struct ik_check_case {
	char *capture;     /* a file, or a folder that is one timeline; NULL none */
	char *expectation; /* NULL none */
};

struct ik_check_list {
	struct ik_check_case *row;
	size_t n, cap;
};

/* Finds what there is to check at the paths, folders with what is below them, by name. False: a
 * path could not be read, which was complained of, or there was no memory; the list has the rest.
 */
bool ik_check_find(struct ik_check_list *list, char *const *paths, size_t n);
void ik_check_list_free(struct ik_check_list *list);

/* Where the expectation of a capture belongs: "x.expect.json" for "x.pcap". Owned by the caller. */
char *ik_check_place(const char *capture);

/* How a case went. */
enum ik_check_state {
	IK_CHECK_OK,
	IK_CHECK_FAILED,
	IK_CHECK_KNOWN,     /* wrong as its expectation says */
	IK_CHECK_UNCOVERED, /* there is no expectation */
	IK_CHECK_WRITTEN,   /* an expectation was written */
	IK_CHECK_STATES
};

/* A result is a JSON object: "state", a number; "seconds"; "unmet", objects with "assertion",
 * "expected", "got" (or null) and "known" (or null); "complaints", a text. The analysis runs in the
 * process of the caller, whose standard error goes to err and whose standard output is replaced.
 * New reference. */
json_t *ik_check_one(const struct ik_cli *cli, const struct ik_check_case *which, FILE *err);

/* Runs all cases in processes of their own, so many at a time, and hands on each result as soon as
 * those before it are there. A case whose process ends otherwise has failed. False without memory
 * or processes. */
bool ik_check_all(const struct ik_cli *cli, const struct ik_check_list *list, unsigned jobs,
                  void (*result)(void *ctx, size_t i, json_t *result), void *ctx);

/* What was found so far; begin() before the first case, each() in order, end() behind the last. */
struct ik_check_report {
	const struct ik_check_list *list;
	bool colour;
	size_t count[IK_CHECK_STATES];
	json_t *results; /* all of them, for formats that begin with totals */
};
struct ik_check_format {
	void (*begin)(struct ik_check_report *r);
	void (*each)(struct ik_check_report *r, size_t i, const json_t *result);
	void (*end)(struct ik_check_report *r);
};
extern const struct ik_check_format ik_check_text, ik_check_tap, ik_check_junit;

/* A result without an analysis: why it failed, and what was written to err, which may be NULL. */
json_t *ik_check_failed(const char *assertion, const char *expected, const char *got, FILE *err);

enum ik_check_state ik_check_state_of(const json_t *result);
const char *ik_check_name(const struct ik_check_case *which);

#endif
