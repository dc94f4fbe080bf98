/*
 * diagnose, sessions, ladder and replay: captures in, one document out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <sodium.h>
#include <string.h>

#include "capture/capture.h"
#include "cli/cli.h"
#include "cli/machine.h"
#include "cli/pace.h"

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

/* Set by a signal, read by the live capture: the one variable that a handler may touch. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

/* ---- from the captures to the analysis ---------------------------------------------------- */

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct run *r = ctx;

	return r->error = ikescope_capture_begin(r->scope, info, capture);
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	struct run *r = ctx;

	return r->error = ikescope_packet(r->scope, p);
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	struct run *r = ctx;

	return r->error = ikescope_capture_end(r->scope, capture, stats);
}

static void complain(void *ctx, const char *line)
{
	(void)ctx;
	ik_cli_error("%s", line);
}

static enum ik_capture_result live(struct run *r, const struct ik_capture_sink *sink)
{
	const struct ik_cli *cli = r->cli;
	struct sigaction act = {.sa_handler = interrupt}, old_int, old_term;
	enum ik_capture_result result;

	sigaction(SIGINT, &act, &old_int);
	sigaction(SIGTERM, &act, &old_term);
	result = ik_capture_live(cli->interface, cli->seconds, cli->ports, cli->n_ports,
	                         &interrupted, sink);
	sigaction(SIGINT, &old_int, NULL);
	sigaction(SIGTERM, &old_term, NULL);
	return result;
}

static bool read_captures(struct run *r)
{
	const struct ik_capture_sink sink = {
	        .ctx = r, .begin = begin, .packet = packet, .end = end, .complain = complain};
	enum ik_capture_result result;

	result = r->cli->interface != NULL
	                 ? live(r, &sink)
	                 : ik_capture_files(r->cli->captures, r->cli->n_captures, &sink);
	r->incomplete = result == IK_CAPTURE_INCOMPLETE;
	if (r->error == IKESCOPE_OK)
		r->error = ikescope_finish(r->scope);
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

/* What ended the analysis or the output before its time. */
static int broken(const struct run *r)
{
	if (r->output.error != 0)
		ik_cli_error("standard output: %s", strerror(r->output.error));
	else if (r->error == IKESCOPE_ERR_SPILL)
		ik_cli_error("temporary file: %s; TMPDIR names the folder for it",
		             strerror(r->spill.error));
	else if (r->error == IKESCOPE_ERR_MEMORY)
		ik_cli_error("out of memory; --limit makes the analysis smaller");
	else
		ik_cli_error("internal error %d in the analysis", r->error);
	return IK_EXIT_LOST;
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

	options.ike_ports = cli->ports;
	options.n_ike_ports = cli->n_ports;
	options.spill = (struct ikescope_spill){
	        .ctx = &r.spill, .write = ik_tempfile_write, .read = ik_tempfile_read};
	options.nat_runner.run = ik_nat_search;
	if (!ik_pace_begin(&r.pace, cli))
		return IK_EXIT_USAGE;
	if (sodium_init() < 0) {
		ik_cli_error("no source of random numbers");
		return IK_EXIT_LOST;
	}
	randombytes_buf(options.hash_key, sizeof(options.hash_key));
	r.scope = ikescope_new(&options);
	if (r.scope == NULL) {
		r.error = IKESCOPE_ERR_MEMORY;
		return broken(&r);
	}
	if (read_captures(&r))
		r.error = write_document(&r);
	ik_pace_end(&r.pace);
	if (r.error == IK_PACE_ENOUGH)
		r.error = IKESCOPE_OK;
	result = r.error != IKESCOPE_OK ? broken(&r) : status(&r);
	ikescope_free(r.scope);
	ik_tempfile_close(&r.spill);
	return result;
}
