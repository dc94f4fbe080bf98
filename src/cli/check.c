/*
 * The command: what to check, how many at a time, and what came of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/machine.h"

struct checking {
	struct ik_check_report report;
	const struct ik_check_format *format;
};

static void take(void *ctx, size_t i, json_t *result)
{
	struct checking *c = ctx;

	c->report.count[ik_check_state_of(result)]++;
	c->format->each(&c->report, i, result);
	fflush(stdout);
}

static const struct ik_check_format *format_of(const struct ik_cli *cli)
{
	if (cli->update)
		return &ik_check_text;
	switch (cli->format) {
	case IK_FORMAT_TAP: return &ik_check_tap;
	case IK_FORMAT_JUNIT: return &ik_check_junit;
	case IK_FORMAT_TEXT:
	case IK_FORMAT_JSON:
	case IK_FORMAT_DOT: break;
	}
	return &ik_check_text;
}

static unsigned jobs_of(const struct ik_cli *cli, size_t cases)
{
	size_t jobs = cli->jobs != 0 ? cli->jobs : ik_processors(UINT_MAX);

	return (unsigned)(jobs < cases ? jobs : cases);
}

/* Whether all that was printed reached its reader, or the reader wants no more. */
static bool printed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	if (errno == EPIPE)
		return true;
	ik_cli_error("standard output: %s", strerror(errno));
	return false;
}

static int run(struct checking *c, const struct ik_cli *cli)
{
	const struct ik_check_list *list = c->report.list;

	c->format->begin(&c->report);
	if (!ik_check_all(cli, list, jobs_of(cli, list->n), take, c)) {
		ik_cli_error("not everything could be checked: %s", strerror(errno));
		return IK_EXIT_LOST;
	}
	c->format->end(&c->report);
	if (!printed())
		return IK_EXIT_LOST;
	return c->report.count[IK_CHECK_FAILED] > 0 ? IK_EXIT_FAILURE : IK_EXIT_OK;
}

int ik_run_check(const struct ik_cli *cli)
{
	struct ik_check_list list = {0};
	struct checking c = {.report = {.list = &list, .colour = ik_terminal_colour(cli->colour)},
	                     .format = format_of(cli)};
	bool all = ik_check_find(&list, cli->captures, cli->n_captures);
	int status = IK_EXIT_FAILURE;

	if (list.n > 0)
		status = run(&c, cli);
	else if (all)
		ik_cli_error("there is no capture and no expectation to check");
	ik_check_list_free(&list);
	if (!all && status != IK_EXIT_LOST)
		status = IK_EXIT_INCOMPLETE;
	return status;
}
