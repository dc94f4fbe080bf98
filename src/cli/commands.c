/*
 * The commands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

/* clang-format off */
const struct ik_command ik_commands[] = {
	{"diagnose", "how far each negotiation came, where it stopped, why, and what to do (default)", ik_run_analysis, IKESCOPE_DIAGNOSIS, IK_CMD_DIAGNOSE},
	{"sessions", "one line for each negotiation and for each ESP security association",             ik_run_analysis, IKESCOPE_SESSIONS,  IK_CMD_SESSIONS},
	{NULL, NULL, NULL, IKESCOPE_DIAGNOSIS, 0},
};
/* clang-format on */
