/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/read.h"

#include <sodium.h>
#include <string.h>

/* Set by a signal, read by the live capture: the one variable that a handler may touch. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static enum ik_capture_result live(const struct ik_cli *cli, const struct ik_capture_sink *sink)
{
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

enum ik_capture_result ik_cli_read(const struct ik_cli *cli, const struct ik_capture_sink *sink)
{
	return cli->interface != NULL ? live(cli, sink)
	                              : ik_capture_files(cli->captures, cli->n_captures, sink);
}

void ik_cli_complain(void *ctx, const char *line)
{
	(void)ctx;
	ik_cli_error("%s", line);
}

bool ik_cli_equip(const struct ik_cli *cli, struct ik_tempfile *spill,
                  struct ikescope_options *options)
{
	options->ike_ports = cli->ports;
	options->n_ike_ports = cli->n_ports;
	options->spill = (struct ikescope_spill){
	        .ctx = spill, .write = ik_tempfile_write, .read = ik_tempfile_read};
	options->nat_runner.run = ik_nat_search;
	if (sodium_init() < 0) {
		ik_cli_error("no source of random numbers");
		return false;
	}
	randombytes_buf(options->hash_key, sizeof(options->hash_key));
	return true;
}

/* ---- into an analysis ---------------------------------------------------------------------- */

struct analysed {
	struct ikescope *scope;
	int error;
};

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct analysed *a = ctx;

	return a->error = ikescope_capture_begin(a->scope, info, capture);
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	struct analysed *a = ctx;

	return a->error = ikescope_packet(a->scope, p);
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	struct analysed *a = ctx;

	return a->error = ikescope_capture_end(a->scope, capture, stats);
}

static void keep_quiet(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

enum ik_capture_result ik_cli_analyse(const struct ik_cli *cli, struct ikescope *scope, bool quiet,
                                      int *error)
{
	struct analysed a = {.scope = scope};
	const struct ik_capture_sink sink = {.ctx = &a,
	                                     .begin = begin,
	                                     .packet = packet,
	                                     .end = end,
	                                     .complain = quiet ? keep_quiet : ik_cli_complain};
	enum ik_capture_result result = ik_cli_read(cli, &sink);

	if (a.error == IKESCOPE_OK)
		a.error = ikescope_finish(scope);
	*error = a.error;
	return result;
}

int ik_cli_broken(const struct ik_output *output, const struct ik_tempfile *spill, int error)
{
	if (output->error != 0)
		ik_cli_error("standard output: %s", strerror(output->error));
	else if (error == IKESCOPE_ERR_SPILL)
		ik_cli_error("temporary file: %s; TMPDIR names the folder for it",
		             strerror(spill->error));
	else if (error == IKESCOPE_ERR_MEMORY)
		ik_cli_error("out of memory; --limit makes the analysis smaller");
	else
		ik_cli_error("internal error %d in the analysis", error);
	return IK_EXIT_LOST;
}
