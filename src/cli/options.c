/*
 * The options: each a row, and a short function that takes its value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "cli/cli.h"

/* Longest live capture that --for takes: ten years. */
#define FOR_MOST  315360000.0
#define JOBS_MOST 1024
/* Speeds of a replay: slower than that, or faster, is a slip of the fingers. */
#define SPEED_LEAST 0.001
#define SPEED_MOST  1e9

/* A plain decimal number, nothing around it. */
static bool number(const char *text, uint64_t *value)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}

/* Whether the command prints it is asked when the command is known. */
static bool set_format(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	static const char *const word[] = {"text", "json", "tap", "junit", "dot"};

	(void)why;
	cli->format_word = value;
	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcmp(value, word[i]) == 0)
			cli->format = (enum ik_format)i;
	return true;
}

static bool set_colour(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	static const char *const word[] = {"auto", "always", "never"};

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(value, word[i]) == 0) {
			cli->colour = (enum ik_colour)i;
			return true;
		}
	ik_buf_printf(why, "'%s' is none of auto, always, never", value);
	return false;
}

static bool set_peer(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	if (ik_addr_parse(&cli->options.peer, value))
		return true;
	ik_buf_printf(why, "'%s' is no IPv4 or IPv6 address", value);
	return false;
}

static bool set_port(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	uint64_t port;

	if (!number(value, &port) || port < 1 || port > 65535) {
		ik_buf_printf(why, "'%s' is no port from 1 to 65535", value);
		return false;
	}
	if (cli->n_ports == IK_CLI_PORTS) {
		ik_buf_printf(why, "more than %d ports", IK_CLI_PORTS);
		return false;
	}
	cli->ports[cli->n_ports++] = (uint16_t)port;
	return true;
}

static bool set_jobs(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	uint64_t jobs;

	if (number(value, &jobs) && jobs >= 1 && jobs <= JOBS_MOST) {
		cli->jobs = (unsigned)jobs;
		return true;
	}
	ik_buf_printf(why, "'%s' is no number from 1 to %d", value, JOBS_MOST);
	return false;
}

static bool set_update(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->update = true;
	return true;
}

static bool set_utc(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->utc = true;
	return true;
}

static bool set_relative(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->relative = true;
	return true;
}

static bool set_ascii(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->ascii = true;
	return true;
}

static bool set_verbose(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->verbose = true;
	return true;
}

static bool set_negotiation(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	if (number(value, &cli->negotiation) && cli->negotiation > 0)
		return true;
	ik_buf_printf(why, "'%s' is no number of a negotiation, as diagnose has it: 1, 2, ...",
	              value);
	return false;
}

static bool set_hex(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->hex = true;
	return true;
}

static bool set_exchange(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	cli->by_exchange = true;
	if (ikescope_exchange_types_add(&cli->exchanges, value))
		return true;
	ik_buf_printf(why,
	              "'%s' is no exchange type; ikescope names ikev1/exchange-types and "
	              "ikev2/exchange-types list them",
	              value);
	return false;
}

static bool set_payload(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	cli->by_payload = true;
	if (ikescope_payload_types_add(&cli->payloads, value))
		return true;
	ik_buf_printf(why,
	              "'%s' is no payload type; ikescope names ikev1/payload-types and "
	              "ikev2/payload-types list them",
	              value);
	return false;
}

/* One end of a range of frames: a number above zero, or nothing. */
static bool frame_end(const char *text, uint64_t *frame)
{
	*frame = 0;
	return text[0] == '\0' || (number(text, frame) && *frame > 0);
}

/* "12", "12-20", "12-", "-20". */
static bool set_frame(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	char first[32];
	struct ik_buf b = IK_BUF_ON(first);
	const char *dash = strchr(value, '-'), *last = dash != NULL ? dash + 1 : value;

	ik_buf_putn(&b, value, dash != NULL ? (size_t)(dash - value) : strlen(value));
	if (!b.cut && frame_end(first, &cli->first_frame) && frame_end(last, &cli->last_frame) &&
	    (cli->first_frame != 0 || cli->last_frame != 0) &&
	    (cli->last_frame == 0 || cli->first_frame <= cli->last_frame))
		return true;
	ik_buf_printf(why, "'%s' is no range of frames such as 12, 12-20, 12- or -20", value);
	return false;
}

static bool set_style(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	static const char *const word[] = {"trace", "ios", "asa", "charon"};

	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcmp(value, word[i]) == 0) {
			cli->replay.style = (enum ikescope_replay_style)i;
			return true;
		}
	ik_buf_printf(why, "'%s' is none of trace, ios, asa, charon", value);
	return false;
}

static bool set_step(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->step = true;
	return true;
}

static bool set_speed(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	char *end;

	cli->speed = 0;
	if (strcmp(value, "max") == 0)
		return true;
	cli->speed = strtod(value, &end);
	if (end != value && *end == '\0' && isfinite(cli->speed) && cli->speed >= SPEED_LEAST &&
	    cli->speed <= SPEED_MOST)
		return true;
	ik_buf_printf(why, "'%s' is neither max nor a number above zero, such as 1 or 10", value);
	return false;
}

static bool set_moment(struct ikescope_moment *moment, const char *value, struct ik_buf *why)
{
	if (ikescope_moment_parse(moment, value))
		return true;
	ik_buf_printf(why,
	              "'%s' is no time: 09:14:23.441, 2026-01-31T09:14:23Z, or seconds since the "
	              "first packet such as 12.5",
	              value);
	return false;
}

static bool set_at(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	return set_moment(&cli->replay.at, value, why);
}

static bool set_from(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	return set_moment(&cli->replay.from, value, why);
}

static bool set_to(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	return set_moment(&cli->replay.to, value, why);
}

static bool set_help(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->help = true;
	return true;
}

static bool set_version(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	(void)value;
	(void)why;
	cli->version = true;
	return true;
}

static bool set_nat_search(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	static const char *const word[] = {"off", "private", "all"};

	for (unsigned i = 0; i < sizeof(word) / sizeof(word[0]); i++)
		if (strcmp(value, word[i]) == 0) {
			cli->options.nat_search = (enum ikescope_nat_search)i;
			return true;
		}
	ik_buf_printf(why, "'%s' is none of private, all, off", value);
	return false;
}

static bool set_interface(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	cli->interface = value;
	if (value[0] == '\0')
		ik_buf_puts(why, "an interface has a name");
	return value[0] != '\0';
}

static bool set_seconds(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	char *end;

	cli->seconds = strtod(value, &end);
	if (end != value && *end == '\0' && isfinite(cli->seconds) && cli->seconds > 0 &&
	    cli->seconds <= FOR_MOST)
		return true;
	ik_buf_printf(why, "'%s' is no number of seconds above zero", value);
	return false;
}

static const struct ikescope_limit_info *limit_row(const char *name)
{
	const struct ikescope_limit_info *row = ikescope_limit_table;

	while (row->name != NULL && strcmp(row->name, name) != 0)
		row++;
	return row;
}

static bool set_limit(struct ik_cli *cli, const char *value, struct ik_buf *why)
{
	const char *equals = strchr(value, '=');
	const struct ikescope_limit_info *row;
	char name[64];
	struct ik_buf b = IK_BUF_ON(name);
	uint64_t amount;

	if (equals == NULL) {
		ik_buf_printf(why, "'%s' is not NAME=VALUE", value);
		return false;
	}
	ik_buf_putn(&b, value, (size_t)(equals - value));
	row = limit_row(name);
	if (row->name == NULL) {
		ik_buf_printf(why, "there is no limit '%s', but", name);
		for (row = ikescope_limit_table; row->name != NULL; row++)
			ik_buf_printf(why, " %s", row->name);
		return false;
	}
	if (number(equals + 1, &amount) &&
	    ikescope_limits_set(&cli->options.limits, name, amount) == 0)
		return true;
	ik_buf_printf(why, "%s goes from %" PRIu64 " to %" PRIu64 ", not '%s'", name, row->least,
	              row->most, equals + 1);
	return false;
}

/* clang-format off */
const struct ik_option ik_options[] = {
	{"format",    '\0', "FORMAT",            "what to print (text)",                               IK_CMD_ALL, set_format},
	{"color",     '\0', "auto|always|never", "colours (auto: on a terminal, unless NO_COLOR is set)", IK_CMD_ALL, set_colour},
	{"interface", 'i',  "IFACE",             "capture live, until interrupted",                    IK_CMD_READ, set_interface},
	{"for",       '\0', "SECONDS",           "end a live capture after so long",                   IK_CMD_READ, set_seconds},
	{"peer",      '\0', "ADDRESS",           "only negotiations with this peer",                   IK_CMD_READ, set_peer},
	{"ike-port",  '\0', "PORT",              "a port that carries IKE besides 500 and 4500; may be repeated", IK_CMD_READ, set_port},
	{"nat-search", '\0', "private|all|off",  "where to look for addresses behind NAT (private); all: every IPv4 address", IK_CMD_ANALYSE, set_nat_search},
	{"utc",       '\0', NULL,                "times in UTC instead of local time",                 IK_CMD_READ, set_utc},
	{"relative",  '\0', NULL,                "times in seconds since the first packet",            IK_CMD_READ, set_relative},
	{"verbose",   'v',  NULL,                "each negotiation in full, also one that says what another said before", IK_CMD_DIAGNOSE, set_verbose},
	{"negotiation", '\0', "NUMBER",          "only this negotiation, by its number in diagnose",   IK_CMD_CHARTS | IK_CMD_DISSECT, set_negotiation},
	{"ascii",     '\0', NULL,                "draw with ASCII alone (else with the lines of UTF-8, where the locale has it)", IK_CMD_LADDER, set_ascii},
	{"hex",       '\0', NULL,                "the octets beside each field",                       IK_CMD_DISSECT, set_hex},
	{"exchange",  '\0', "TYPE",              "only messages of an exchange type, by name or number; may be repeated", IK_CMD_DISSECT, set_exchange},
	{"payload",   '\0', "TYPE",              "only messages with a payload of a type, by name or number, in clear or the first encrypted one; may be repeated", IK_CMD_DISSECT, set_payload},
	{"frame",     '\0', "A-B",               "only messages in these frames; also A, A- and -B",   IK_CMD_DISSECT, set_frame},
	{"as",        '\0', "STYLE",             "trace (our words), or as the log of a box on each side would have it: ios, asa, charon", IK_CMD_REPLAY, set_style},
	{"step",      '\0', NULL,                "wait for a key before each message; c plays the rest, q ends", IK_CMD_REPLAY, set_step},
	{"speed",     '\0', "1|10|...|max",      "play with the gaps of the capture, so many times as fast (max: without waiting)", IK_CMD_REPLAY, set_speed},
	{"at",        '\0', "TIME",              "instead: what both boxes would show at a time, such as show crypto isakmp sa", IK_CMD_REPLAY, set_at},
	{"from",      '\0', "TIME",              "only messages at or after a time: 09:14:23.441, 2026-01-31T09:14:23Z, or seconds since the first packet", IK_CMD_REPLAY, set_from},
	{"to",        '\0', "TIME",              "only messages up to a time",                         IK_CMD_REPLAY, set_to},
	{"limit",     '\0', "NAME=VALUE",        "change a limit of memory or effort; may be repeated", IK_CMD_READ, set_limit},
	{"update",    '\0', NULL,                "write the expectations anew, from what is diagnosed", IK_CMD_CHECK, set_update},
	{"jobs",      'j',  "NUMBER",            "captures at a time (as many as there are processors)", IK_CMD_CHECK, set_jobs},
	{"help",      'h',  NULL,                "this help",                                          IK_CMD_ALL, set_help},
	{"version",   'V',  NULL,                "the version",                                        IK_CMD_ALL, set_version},
	{NULL, '\0', NULL, NULL, 0, NULL},
};
/* clang-format on */
