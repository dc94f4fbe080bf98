/*
 * Help, from the tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define WIDTH  80
#define INDENT 28

/* Sets text on a line that is used columns wide; further lines are indented. */
static void wrapped(const char *text, size_t used, size_t indent)
{
	const char *at = text;

	while (*at != '\0') {
		size_t word = strcspn(at, " ");

		if (at > text && used + 1 + word > WIDTH) {
			printf("\n%*s", (int)indent, "");
			used = indent;
		} else if (at > text) {
			putchar(' ');
			used++;
		}
		printf("%.*s", (int)word, at);
		used += word;
		at += word;
		at += *at == ' ';
	}
	putchar('\n');
}

/* Sets text in a column: the first line continues one that is at columns wide. */
static void column(const char *text, size_t at)
{
	printf("%*s", at < INDENT ? (int)(INDENT - at) : 1, "");
	wrapped(text, INDENT, INDENT);
}

/* "  -i, --interface IFACE     capture live" */
static void row(const char *left, const char *text)
{
	size_t len = strlen(left);

	printf("  %s", left);
	if (len + 3 > INDENT) {
		putchar('\n');
		column(text, 0);
		return;
	}
	column(text, len + 2);
}

static void commands(void)
{
	printf("Commands:\n");
	for (const struct ik_command *c = ik_commands; c->name != NULL; c++)
		row(c->name, c->summary);
}

/* The formats of all commands, or of the one that was named. */
static const char *formats(const struct ik_cli *cli)
{
	return cli->named ? cli->command->formats : "text|json|tap|junit|dot";
}

static void options(const struct ik_cli *cli)
{
	unsigned of_commands = cli->named ? cli->command->bit : IK_CMD_ALL;

	printf("\nOptions:\n");
	for (const struct ik_option *o = ik_options; o->name != NULL; o++) {
		char text[64];
		struct ik_buf b = IK_BUF_ON(text);

		if ((o->commands & of_commands) == 0)
			continue;
		if (o->letter != '\0')
			ik_buf_printf(&b, "-%c, ", o->letter);
		ik_buf_printf(&b, "--%s", o->name);
		if (o->argument != NULL)
			ik_buf_printf(&b, " %s",
			              strcmp(o->name, "format") == 0 ? formats(cli) : o->argument);
		row(text, o->help);
	}
}

static void limits(void)
{
	printf("\nLimits, with what they are unless --limit says otherwise:\n");
	for (const struct ikescope_limit_info *l = ikescope_limit_table; l->name != NULL; l++) {
		char text[64];
		struct ik_buf b = IK_BUF_ON(text);

		ik_buf_printf(&b, "%s=%" PRIu64, l->name, l->preset);
		row(text, l->what);
	}
}

static const char captures[] =
        "\nA capture is a pcap or pcapng file, plain or compressed with gzip, zstd or xz,\n"
        "a folder of them, or - for standard input. Several captures are one timeline.\n";

static const char expectations[] =
        "\nA path is a capture, an expectation, or a folder: all in it and below it. The\n"
        "expectation of x.pcap is x.expect.json beside it.\n";

static const char terms[] =
        "\nA term is a slug, a state as a box shows it, a notify by name or number, a\n"
        "message, a name of a registry, or a line of a log or a part of it. Several words\n"
        "are one term. Examples: MM_WAIT_MSG5, 'no offers accepted', v1 14, psk-missing.\n";

static const char moments[] =
        "\nA TIME is a clock time as the output prints it (09:14:23.441, 01-31 09:14), one\n"
        "of RFC 3339 (2026-01-31T09:14:23Z), or seconds since the first packet (12.5).\n"
        "What a replay prints in the words of a box is made from packets, and is no log\n"
        "of that box; * stands for what packets do not show.\n";

static const char statuses[] =
        "\nExit status: 0 nothing failed, 1 a failure was found, an expectation was not met\n"
        "or a term is unknown, 2 wrong usage, 3 an input could not be read to its end,\n"
        "4 a limit or an error of this machine lost something.\n";

static void usage(const struct ik_command *c, const char *name, bool live)
{
	printf("Usage: ikescope %s [OPTION...]%s%s\n", name, c->inputs[0] != '\0' ? " " : "",
	       c->inputs);
	if (live)
		printf("       ikescope %s [OPTION...] -i IFACE [--for SECONDS]\n", name);
}

/* "ikescope ladder: each message as an arrow ..." */
static void title(const struct ik_command *c)
{
	int used = printf("ikescope %s: ", c->name);

	wrapped(c->summary, used > 0 ? (size_t)used : 0, 2);
	putchar('\n');
}

static void about(unsigned command)
{
	if ((command & IK_CMD_READ) != 0)
		printf("%s", captures);
	if (command == IK_CMD_REPLAY)
		printf("%s", moments);
	if (command == IK_CMD_CHECK)
		printf("%s", expectations);
	if (command == IK_CMD_EXPLAIN)
		printf("%s", terms);
}

void ik_cli_help(const struct ik_cli *cli)
{
	bool live = (cli->command->bit & IK_CMD_READ) != 0;

	if (cli->named) {
		title(cli->command);
		usage(cli->command, cli->command->name, live);
	} else {
		printf("ikescope says from a packet capture where and why an IPsec negotiation "
		       "stalled.\n\n");
		usage(cli->command, "[COMMAND]", live);
		printf("\n");
		commands();
	}
	about(cli->command->bit);
	options(cli);
	if (live)
		limits();
	printf("%s", statuses);
}
