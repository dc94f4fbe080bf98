/*
 * dissect: captures in, every message with its fields out, in one pass. With --negotiation there is
 * one before it: which messages a negotiation has is known when all of them were analysed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <sys/stat.h>

#include "cli/read.h"

/* Columns beyond which a line is hard to follow. */
#define TREE_MOST 160
#define STOP      1 /* ends the reading, and is no error */

struct run {
	const struct ik_cli *cli;
	struct ikescope_dissector *dissector;
	struct ik_crew *crew;
	struct ik_tempfile spill;
	struct ik_output output;
	struct ikescope_selection selection;
	int error; /* enum ikescope_error, or that of the output */
};

static int begin(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture)
{
	struct run *r = ctx;

	return r->error = ikescope_dissector_capture_begin(r->dissector, info, capture);
}

static int packet(void *ctx, const struct ikescope_packet *p)
{
	struct run *r = ctx;

	if (r->output.closed) /* nobody reads on */
		return STOP;
	return r->error = ikescope_dissector_packet(r->dissector, p);
}

static int end(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats)
{
	struct run *r = ctx;

	return r->error = ikescope_dissector_capture_end(r->dissector, capture, stats);
}

/* ---- the first pass ------------------------------------------------------------------------ */

/* An input that is not there is complained of when it is read. */
static bool once_only(const char *path)
{
	struct stat st;

	return strcmp(path, "-") == 0 ||
	       (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode));
}

/* Whether all inputs can be read twice. */
static bool readable_twice(const struct ik_cli *cli)
{
	const char *once = cli->interface;

	for (size_t i = 0; once == NULL && i < cli->n_captures; i++)
		if (once_only(cli->captures[i]))
			once = cli->captures[i];
	if (once == NULL)
		return true;
	ik_cli_error("--negotiation reads captures twice, which '%s' cannot be; write it to a file "
	             "first. See ikescope dissect --help",
	             once);
	return false;
}

static bool find_negotiation(struct run *r)
{
	struct ikescope_options options = r->cli->options;
	struct ikescope *scope;

	options.nat_search = IKESCOPE_NAT_SEARCH_OFF;
	if (!ik_cli_equip(r->cli, &r->spill, &options))
		return false;
	scope = ikescope_new(&options);
	if (scope == NULL) {
		r->error = IKESCOPE_ERR_MEMORY;
		return false;
	}
	ik_cli_analyse(r->cli, scope, true, &r->error);
	if (r->error == IKESCOPE_OK)
		r->error = ikescope_select(scope, r->cli->negotiation, &r->selection);
	ikescope_free(scope);
	ik_tempfile_close(&r->spill);
	return r->error == IKESCOPE_OK;
}

/* ---- the second ---------------------------------------------------------------------------- */

static bool open_dissector(struct run *r)
{
	const struct ik_cli *cli = r->cli;
	const struct ikescope_writer writer = {.ctx = &r->output, .write = ik_output_write};
	struct ikescope_options equipped = cli->options;
	struct ikescope_dissect_options options = {
	        .limits = cli->options.limits,
	        .ike_ports = cli->ports,
	        .n_ike_ports = cli->n_ports,
	        .json = cli->format == IK_FORMAT_JSON,
	        .hex = cli->hex,
	        .prompt = cli->interface != NULL,
	        .text = {.width = ik_terminal_width(TREE_MOST),
	                 .colour = ik_terminal_colour(cli->colour),
	                 .relative = cli->relative,
	                 .offset_of = cli->utc ? NULL : ik_local_offset},
	        .peer = cli->options.peer,
	        .exchanges = cli->by_exchange ? &cli->exchanges : NULL,
	        .payloads = cli->by_payload ? &cli->payloads : NULL,
	        .first_frame = cli->first_frame,
	        .last_frame = cli->last_frame,
	        .select = cli->negotiation != 0 ? &r->selection : NULL,
	};

	if (!ik_cli_equip(cli, &r->spill, &equipped))
		return false;
	if (options.json && !options.prompt)
		r->crew = ik_crew_new(&options.crew);
	memcpy(options.hash_key, equipped.hash_key, sizeof(options.hash_key));
	r->dissector = ikescope_dissector_new(&options, &writer);
	if (r->dissector == NULL)
		r->error = IKESCOPE_ERR_MEMORY;
	return r->dissector != NULL;
}

int ik_run_dissect(const struct ik_cli *cli)
{
	struct run r = {.cli = cli, .spill = {.fd = -1}};
	const struct ik_capture_sink sink = {.ctx = &r,
	                                     .begin = begin,
	                                     .packet = packet,
	                                     .end = end,
	                                     .complain = ik_cli_complain};
	enum ik_capture_result result = IK_CAPTURE_OK;

	if (cli->negotiation != 0 && !readable_twice(cli))
		return IK_EXIT_USAGE;
	if ((cli->negotiation == 0 || find_negotiation(&r)) && open_dissector(&r)) {
		result = ik_cli_read(cli, &sink);
		if (r.error == IKESCOPE_OK)
			r.error = ikescope_dissector_finish(r.dissector);
	} else if (r.error == IKESCOPE_OK) {
		return IK_EXIT_LOST; /* it was complained of */
	}
	ikescope_dissector_free(r.dissector);
	ik_crew_free(r.crew);
	if (r.error != IKESCOPE_OK)
		return ik_cli_broken(&r.output, &r.spill, r.error);
	return result == IK_CAPTURE_INCOMPLETE ? IK_EXIT_INCOMPLETE : IK_EXIT_OK;
}
