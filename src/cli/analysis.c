/*
 * diagnose, sessions, ladder and replay: captures in, one document out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/pace.h"
#include "cli/read.h"

/* Columns beyond which arrows with prose between are hard to read. */
#define CHART_MOST 160

/* One run. */
struct run {
	const struct ik_cli *cli;
	struct ikescope *scope;
	struct ik_tempfile spill;
	struct ik_output output;
	struct ik_pace pace;
	struct ikescope_verdict verdict;
	bool incomplete; /* an input could not be read to its end */
	int error;       /* enum ikescope_error of the analysis */
};

static bool read_captures(struct run *r)
{
	r->incomplete = ik_cli_analyse(r->cli, r->scope, false, &r->error) == IK_CAPTURE_INCOMPLETE;
	return r->error == IKESCOPE_OK;
}

/* ---- from the analysis to standard output ------------------------------------------------- */

static int write_document(struct run *r)
{
	const struct ik_cli *cli = r->cli;
	const struct ikescope_writer writer = {.ctx = &r->output, .write = ik_output_write};
	bool chart = (cli->command->bit & IK_CMD_CHARTS) != 0;
	struct ikescope_replay replay = cli->replay;
	const struct ikescope_text_options text = {
	        .width = ik_terminal_width(chart ? CHART_MOST : IK_PROSE_MOST),
	        .colour = ik_terminal_colour(cli->colour),
	        .relative = cli->relative,
	        .verbose = cli->verbose,
	        .boxes = !cli->ascii && ik_locale_utf8(),
	        .only = cli->negotiation,
	        .replay = &replay,
	        .offset_of = cli->utc ? NULL : ik_local_offset};

	if (cli->step || cli->speed > 0) {
		replay.wait = ik_pace_wait;
		replay.ctx = &r->pace;
	}
	if (cli->format == IK_FORMAT_JSON)
		return ikescope_write_json(r->scope, cli->command->document, &writer, &r->verdict);
	return ikescope_write_text(r->scope, cli->command->document, &text, &writer, &r->verdict);
}

static int status(const struct run *r)
{
	if (r->verdict.lost_answered)
		return IK_EXIT_LOST;
	if (r->incomplete)
		return IK_EXIT_INCOMPLETE;
	return r->verdict.failures > 0 ? IK_EXIT_FAILURE : IK_EXIT_OK;
}

int ik_run_analysis(const struct ik_cli *cli)
{
	struct run r = {.cli = cli, .spill = {.fd = -1}};
	struct ikescope_options options = cli->options;
	int result = IK_EXIT_LOST;

	if (!ik_pace_begin(&r.pace, cli))
		return IK_EXIT_USAGE;
	if (!ik_cli_equip(cli, &r.spill, &options))
		return IK_EXIT_LOST;
	r.scope = ikescope_new(&options);
	if (r.scope == NULL) {
		r.error = IKESCOPE_ERR_MEMORY;
		return ik_cli_broken(&r.output, &r.spill, r.error);
	}
	if (read_captures(&r))
		r.error = write_document(&r);
	ik_pace_end(&r.pace);
	if (r.error == IK_PACE_ENOUGH)
		r.error = IKESCOPE_OK;
	result = r.error != IKESCOPE_OK ? ik_cli_broken(&r.output, &r.spill, r.error) : status(&r);
	ikescope_free(r.scope);
	ik_tempfile_close(&r.spill);
	return result;
}
