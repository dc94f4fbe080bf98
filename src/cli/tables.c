/*
 * explain, rules, names, fsm: the tables, printed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "cli/cli.h"
#include "cli/machine.h"

/* One command under way. */
struct table {
	struct ik_output output;
	struct ikescope_writer writer;
	struct ikescope_text_options text;
	struct ikescope_unknown unknown;
};

static void begin(struct table *t, const struct ik_cli *cli)
{
	*t = (struct table){.writer = {.ctx = &t->output, .write = ik_output_write},
	                    .text = {.width = ik_terminal_width(IK_PROSE_MOST),
	                             .colour = ik_terminal_colour(cli->colour)}};
}

/* The exit status, after a complaint where there is one: missing is for what the tables lack. */
static int end(const struct table *t, int rc, const char *what, int missing)
{
	const struct ikescope_unknown *u = &t->unknown;

	if (t->output.error != 0)
		ik_cli_error("standard output: %s", strerror(t->output.error));
	else if (rc != 0)
		ik_cli_error("out of memory");
	if (rc != 0)
		return IK_EXIT_LOST;
	if (u->word == NULL)
		return IK_EXIT_OK;
	if (u->nearest != NULL)
		ik_cli_error("%s '%s'; did you mean '%s'?", what, u->word, u->nearest);
	else
		ik_cli_error("%s '%s'", what, u->word);
	return missing;
}

int ik_run_rules(const struct ik_cli *cli)
{
	const char *const *slugs = (const char *const *)cli->captures;
	size_t n = cli->n_captures;
	struct table t;
	int rc;

	begin(&t, cli);
	if (cli->format == IK_FORMAT_JSON)
		rc = ikescope_write_rules_json(slugs, n, &t.writer, &t.unknown);
	else
		rc = ikescope_write_rules(slugs, n, &t.text, &t.writer, &t.unknown);
	return end(&t, rc, "there is no slug", IK_EXIT_USAGE);
}

int ik_run_names(const struct ik_cli *cli)
{
	struct table t;
	int rc;

	begin(&t, cli);
	rc = ikescope_write_names(cli->n_captures > 0 ? cli->captures[0] : NULL, &t.text, &t.writer,
	                          &t.unknown);
	return end(&t, rc, "there is no registry", IK_EXIT_USAGE);
}

int ik_run_fsm(const struct ik_cli *cli)
{
	struct table t;
	int rc;

	begin(&t, cli);
	rc = cli->format == IK_FORMAT_DOT ? ikescope_write_transitions_dot(&t.writer)
	                                  : ikescope_write_transitions(&t.text, &t.writer);
	return end(&t, rc, "there is no transition", IK_EXIT_USAGE);
}

int ik_run_explain(const struct ik_cli *cli)
{
	char term[1024];
	struct ik_buf b = IK_BUF_ON(term);
	struct table t;
	int rc;

	for (size_t i = 0; i < cli->n_captures; i++) {
		ik_buf_puts(&b, i > 0 ? " " : "");
		ik_buf_puts(&b, cli->captures[i]);
	}
	begin(&t, cli);
	rc = ikescope_write_explanation(term, &t.text, &t.writer, &t.unknown);
	return end(&t, rc, "nothing is known of", IK_EXIT_FAILURE);
}
