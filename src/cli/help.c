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

/* Sets text in a column: the first line continues one that is at columns wide. */
static void column(const char *text, size_t at)
{
	size_t used = INDENT;

	printf("%*s", at < INDENT ? (int)(INDENT - at) : 1, "");
	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (used > INDENT && used + 1 + word > WIDTH) {
			printf("\n%*s", INDENT, "");
			used = INDENT;
		} else if (used > INDENT) {
			putchar(' ');
			used++;
		}
		printf("%.*s", (int)word, text);
		used += word;
		text += word;
		text += *text == ' ';
	}
	putchar('\n');
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

static void options(unsigned of_commands)
{
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
			ik_buf_printf(&b, " %s", o->argument);
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

void ik_cli_help(const struct ik_cli *cli)
{
	if (cli->named) {
		printf("ikescope %s: %s\n\n", cli->command->name, cli->command->summary);
		printf("Usage: ikescope %s [OPTION...] CAPTURE...\n", cli->command->name);
		printf("       ikescope %s [OPTION...] -i IFACE [--for SECONDS]\n",
		       cli->command->name);
	} else {
		printf("ikescope says from a packet capture where and why an IPsec negotiation "
		       "stalled.\n\n"
		       "Usage: ikescope [COMMAND] [OPTION...] CAPTURE...\n"
		       "       ikescope [COMMAND] [OPTION...] -i IFACE [--for SECONDS]\n\n");
		commands();
	}
	printf("\nA capture is a pcap or pcapng file, plain or compressed with gzip, zstd or xz,\n"
	       "a folder of them, or - for standard input. Several captures are one timeline.\n");
	options(cli->named ? cli->command->bit : IK_CMD_ALL);
	limits();
	printf("\nExit status: 0 nothing failed, 1 a failure was found, 2 wrong usage, 3 an\n"
	       "input could not be read to its end, 4 a limit or an error of this machine lost\n"
	       "something.\n");
}
