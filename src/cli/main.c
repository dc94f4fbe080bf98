/*
 * ikescope: says from a packet capture where and why an IPsec negotiation stalled.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <signal.h>
#include <stdio.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	struct ik_cli cli;

	/* A reader that has seen enough closes the pipe; that is no error (see machine.c). */
	signal(SIGPIPE, SIG_IGN);
	if (!ik_cli_parse(&cli, argc, argv))
		return IK_EXIT_USAGE;
	if (cli.help) {
		ik_cli_help(&cli);
		return IK_EXIT_OK;
	}
	if (cli.version) {
		printf("ikescope %s\n", ikescope_version());
		return IK_EXIT_OK;
	}
	return cli.command->run(&cli);
}
