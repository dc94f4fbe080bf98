/*
 * Reading the arguments against the tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/cli.h"

/* Most options given at a time. */
#define USED_MOST 32

/* The arguments while they are read. */
struct reading {
	struct ik_cli *cli;
	int argc, next;
	char **argv;
	bool plain;               /* after "--": no more options, no command */
	bool guarded;             /* the first capture was given after "--" */
	unsigned used[USED_MOST]; /* indexes of options given, to be held against the command */
	size_t n_used;
};

static const struct ik_command *find_command(const char *name)
{
	for (const struct ik_command *c = ik_commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static const struct ik_option *find_option(const char *name, size_t len)
{
	for (const struct ik_option *o = ik_options; o->name != NULL; o++)
		if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const struct ik_option *find_letter(char letter)
{
	for (const struct ik_option *o = ik_options; o->name != NULL; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static bool usage(const char *what, const char *word, const char *nearest, const char *dashes)
{
	if (nearest != NULL)
		ik_cli_error("%s '%s'; did you mean '%s%s'? See ikescope --help", what, word,
		             dashes, nearest);
	else
		ik_cli_error("%s '%s'; see ikescope --help", what, word);
	return false;
}

static bool no_option(const char *argument, const char *name, size_t len)
{
	char word[64];
	struct ik_buf b = IK_BUF_ON(word);
	struct ik_nearest near = ik_nearest_to(word);

	ik_buf_putn(&b, name, len);
	for (const struct ik_option *o = ik_options; o->name != NULL; o++)
		ik_nearest_try(&near, o->name);
	return usage("there is no option", argument, near.name, "--");
}

/* A word that is neither a command nor a file: a command that does not exist, most likely. */
static bool no_command(const char *word)
{
	struct ik_nearest near = ik_nearest_to(word);

	for (const struct ik_command *c = ik_commands; c->name != NULL; c++)
		ik_nearest_try(&near, c->name);
	return usage("there is no command and no capture", word, near.name, "");
}

/* Hands the option its value; inline_value is what stood behind "=" or the letter, or NULL. */
static bool apply(struct reading *r, const struct ik_option *o, const char *inline_value)
{
	char text[1024];
	struct ik_buf why = IK_BUF_ON(text);
	const char *value = inline_value;

	if (o->argument == NULL && value != NULL) {
		ik_cli_error("--%s takes no value; see ikescope --help", o->name);
		return false;
	}
	if (o->argument != NULL && value == NULL && r->next < r->argc)
		value = r->argv[r->next++];
	if (o->argument != NULL && value == NULL) {
		ik_cli_error("--%s needs a value: %s; see ikescope --help", o->name, o->argument);
		return false;
	}
	if (r->n_used < USED_MOST)
		r->used[r->n_used++] = (unsigned)(o - ik_options);
	if (o->set(r->cli, value, &why))
		return true;
	ik_cli_error("--%s: %s; see ikescope --help", o->name, text);
	return false;
}

static bool long_option(struct reading *r, const char *argument)
{
	const char *name = argument + 2, *equals = strchr(name, '=');
	size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct ik_option *o = find_option(name, len);

	if (o == NULL)
		return no_option(argument, name, len);
	return apply(r, o, equals != NULL ? equals + 1 : NULL);
}

/* "-i eth0", "-ieth0", "-h"; letters are not bundled. */
static bool letter_option(struct reading *r, const char *argument)
{
	const struct ik_option *o = find_letter(argument[1]);

	if (o == NULL || (o->argument == NULL && argument[2] != '\0'))
		return no_option(argument, argument + 1, strlen(argument + 1));
	return apply(r, o, argument[2] != '\0' ? argument + 2 : NULL);
}

/* The first is the command if it is the name of one; a file of that name is "./NAME". */
static bool positional(struct reading *r, char *argument)
{
	struct ik_cli *cli = r->cli;

	if (cli->n_captures == 0 && !cli->named && !r->plain && find_command(argument) != NULL) {
		cli->command = find_command(argument);
		cli->named = true;
		return true;
	}
	if (cli->n_captures == 0)
		r->guarded = r->plain;
	cli->captures[cli->n_captures++] = argument;
	return true;
}

static bool one(struct reading *r)
{
	char *argument = r->argv[r->next++];

	if (r->plain || argument[0] != '-' || argument[1] == '\0')
		return positional(r, argument);
	if (strcmp(argument, "--") == 0) {
		r->plain = true;
		return true;
	}
	return argument[1] == '-' ? long_option(r, argument) : letter_option(r, argument);
}

/* Whether word is one of words, "text|json". */
static bool one_of(const char *words, const char *word)
{
	size_t len = strlen(word), n;

	for (; (n = strcspn(words, "|")) > 0; words += n + (words[n] == '|'))
		if (n == len && memcmp(words, word, n) == 0)
			return true;
	return false;
}

static bool known_to_command(const struct reading *r)
{
	for (size_t i = 0; i < r->n_used; i++) {
		const struct ik_option *o = &ik_options[r->used[i]];

		if ((o->commands & r->cli->command->bit) == 0) {
			ik_cli_error("%s has no option --%s; see ikescope %s --help",
			             r->cli->command->name, o->name, r->cli->command->name);
			return false;
		}
	}
	if (r->cli->format_word == NULL || one_of(r->cli->command->formats, r->cli->format_word))
		return true;
	ik_cli_error("--format: %s prints %s, not '%s'; see ikescope %s --help",
	             r->cli->command->name, r->cli->command->formats, r->cli->format_word,
	             r->cli->command->name);
	return false;
}

/* Whether a missing input was meant as a command: one plain word. */
static bool like_a_command(const char *word)
{
	return word[0] != '\0' && word[strspn(word, "abcdefghijklmnopqrstuvwxyz-")] == '\0' &&
	       word[0] != '-' && access(word, F_OK) != 0;
}

static bool piped_in(void)
{
	struct stat st;

	return fstat(STDIN_FILENO, &st) == 0 &&
	       (S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode) || S_ISSOCK(st.st_mode));
}

static bool inputs_fit(const struct reading *r)
{
	const struct ik_cli *cli = r->cli;

	if (!cli->named && !r->guarded && cli->n_captures > 0 && like_a_command(cli->captures[0]))
		return no_command(cli->captures[0]);
	if (cli->interface != NULL && cli->n_captures > 0) {
		ik_cli_error("--interface captures live and reads no file, but '%s' was given; "
		             "see ikescope --help",
		             cli->captures[0]);
		return false;
	}
	if (cli->interface == NULL && cli->seconds > 0) {
		ik_cli_error(
		        "--for ends a live capture and needs --interface; see ikescope --help");
		return false;
	}
	if (cli->n_captures > cli->command->most) {
		ik_cli_error("%s does not take '%s'; see ikescope %s --help", cli->command->name,
		             cli->captures[cli->command->most], cli->command->name);
		return false;
	}
	if (cli->interface != NULL || cli->n_captures > 0)
		return true;
	if ((cli->command->bit & IK_CMD_READ) == 0) {
		if (cli->command->least == 0)
			return true;
		ik_cli_error("nothing was named: ikescope %s %s See ikescope %s --help",
		             cli->command->name, cli->command->inputs, cli->command->name);
		return false;
	}
	ik_cli_error(piped_in() ? "no capture was named; give '-' to read standard input. "
	                          "See ikescope --help"
	                        : "no capture was named: ikescope CAPTURE... See ikescope --help");
	return false;
}

/* Options of a replay that exclude each other. */
static bool replay_fits(const struct reading *r)
{
	const struct ik_cli *cli = r->cli;
	bool paced = cli->step || cli->speed > 0;
	bool at = cli->replay.at.kind != IKESCOPE_MOMENT_NONE;
	bool part = cli->replay.from.kind != IKESCOPE_MOMENT_NONE ||
	            cli->replay.to.kind != IKESCOPE_MOMENT_NONE;

	if (cli->step && cli->speed > 0) {
		ik_cli_error("--step waits for keys, --speed for time: one of them; see ikescope "
		             "replay --help");
		return false;
	}
	if (at && (paced || part)) {
		ik_cli_error("--at is one moment and goes with none of --step, --speed, --from, "
		             "--to; see ikescope replay --help");
		return false;
	}
	return true;
}

bool ik_cli_parse(struct ik_cli *cli, int argc, char **argv)
{
	struct reading r = {.cli = cli, .argc = argc, .next = 1, .argv = argv};

	/* Arguments already read make room for the captures in front. */
	*cli = (struct ik_cli){.command = ik_commands, .captures = argv};
	cli->options = ikescope_options_default();
	while (r.next < argc)
		if (!one(&r))
			return false;
	if (cli->help || cli->version)
		return true;
	return known_to_command(&r) && inputs_fit(&r) && replay_fits(&r);
}
