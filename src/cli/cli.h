/*
 * The command line: one table of commands, one of options; parsing, help and usage errors read
 * them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CLI_CLI_H
#define IK_CLI_CLI_H

#include "base/buf.h"
#include "ikescope/ikescope.h"

/* Where several apply: usage, then lost, then incomplete, then failure. */
enum ik_exit {
	IK_EXIT_OK = 0,      /* analysed, nothing failed; help and version */
	IK_EXIT_FAILURE = 1, /* at least one finding of severity failure; a term that is unknown */
	IK_EXIT_USAGE = 2,   /* the arguments were wrong */
	IK_EXIT_INCOMPLETE = 3, /* an input could not be read to its end */
	IK_EXIT_LOST = 4,       /* a limit or an error of this machine lost something */
};

enum ik_format { IK_FORMAT_TEXT, IK_FORMAT_JSON, IK_FORMAT_TAP, IK_FORMAT_JUNIT, IK_FORMAT_DOT };

enum ik_colour { IK_COLOUR_AUTO, IK_COLOUR_ALWAYS, IK_COLOUR_NEVER };

/* Most values of --ike-port. */
#define IK_CLI_PORTS 64

/* What the arguments ask for. */
struct ik_cli {
	const struct ik_command *command;
	bool named; /* the command was given by name */
	bool utc, relative, help, version, update, ascii, verbose;
	uint64_t negotiation; /* the only one that is shown, 0: all */
	struct ikescope_replay replay;
	bool hex;                     /* dissect: the octets beside each field */
	bool by_exchange, by_payload; /* only messages of these types, with such payloads */
	struct ikescope_types exchanges, payloads;
	uint64_t first_frame, last_frame; /* only messages in these, 0: no bound */
	bool step;                        /* wait for a key before each message */
	double speed; /* of the replay: times as fast as the capture, 0: without waiting */
	enum ik_format format;
	const char *format_word; /* as it was given, or NULL */
	enum ik_colour colour;
	unsigned jobs; /* captures that are checked at a time, 0: as many as there are processors */
	struct ikescope_options options;
	uint16_t ports[IK_CLI_PORTS];
	size_t n_ports;
	const char *interface; /* live, or NULL */
	double seconds;        /* of a live capture, 0: until interrupted */
	char **captures;       /* or what else the command works on */
	size_t n_captures;
};

/* A command gets the parsed arguments and returns the exit status. */
struct ik_command {
	const char *name, *summary;
	int (*run)(const struct ik_cli *cli);
	enum ikescope_document document;
	unsigned bit;        /* in ik_option.commands */
	const char *formats; /* values of --format, "text|json"; the first is the preset */
	const char *inputs;  /* their name in the help */
	size_t least, most;  /* inputs that it takes */
};
extern const struct ik_command ik_commands[]; /* ends with a NULL name */

/* One option. set() is given the value, or NULL where argument is NULL; false: the value will not
 * do, and why says so after "--name: ". */
struct ik_option {
	const char *name;     /* without "--" */
	char letter;          /* or '\0' */
	const char *argument; /* its name in the help, or NULL */
	const char *help;
	unsigned commands; /* that know it */
	bool (*set)(struct ik_cli *cli, const char *value, struct ik_buf *why);
};
extern const struct ik_option ik_options[]; /* ends with a NULL name */

#define IK_CMD_DIAGNOSE 1U
#define IK_CMD_SESSIONS 2U
#define IK_CMD_CHECK    4U
#define IK_CMD_LADDER   8U
#define IK_CMD_RULES    16U
#define IK_CMD_NAMES    32U
#define IK_CMD_FSM      64U
#define IK_CMD_EXPLAIN  128U
#define IK_CMD_REPLAY   256U
#define IK_CMD_DISSECT  512U
#define IK_CMD_CHARTS   (IK_CMD_LADDER | IK_CMD_REPLAY)
#define IK_CMD_ANALYSE  (IK_CMD_DIAGNOSE | IK_CMD_SESSIONS | IK_CMD_CHARTS)
#define IK_CMD_READ     (IK_CMD_ANALYSE | IK_CMD_DISSECT)
#define IK_CMD_TABLES   (IK_CMD_RULES | IK_CMD_NAMES | IK_CMD_FSM | IK_CMD_EXPLAIN)
#define IK_CMD_ALL      (IK_CMD_READ | IK_CMD_CHECK | IK_CMD_TABLES)

/* Reads the arguments; reorders argv, which the captures then point into. False: wrong, and
 * standard error says how. */
bool ik_cli_parse(struct ik_cli *cli, int argc, char **argv);

/* Help on standard output: for the command if it was named, else for the program. */
void ik_cli_help(const struct ik_cli *cli);

/* "ikescope: ..." on standard error, a line; no control character reaches the terminal. */
void ik_cli_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The command behind diagnose, sessions, ladder and replay. */
int ik_run_analysis(const struct ik_cli *cli);

/* The command behind dissect. */
int ik_run_dissect(const struct ik_cli *cli);

/* Tries all candidates of a search on all processors: the run() of struct ikescope_nat_runner. */
uint64_t ik_nat_search(void *ctx, const struct ikescope_nat_job *job);

/* The command behind check. */
int ik_run_check(const struct ik_cli *cli);

/* The commands that print tables. */
int ik_run_rules(const struct ik_cli *cli);
int ik_run_names(const struct ik_cli *cli);
int ik_run_fsm(const struct ik_cli *cli);
int ik_run_explain(const struct ik_cli *cli);

#endif
