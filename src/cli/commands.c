/*
 * The commands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

/* clang-format off */
const struct ik_command ik_commands[] = {
	{"diagnose", "how far each negotiation came, where it stopped, why, and what to do (default)", ik_run_analysis, IKESCOPE_DIAGNOSIS, IK_CMD_DIAGNOSE, "text|json", "CAPTURE..."},
	{"sessions", "one line for each negotiation and for each ESP security association",             ik_run_analysis, IKESCOPE_SESSIONS,  IK_CMD_SESSIONS, "text|json", "CAPTURE..."},
	{"ladder",   "each message as an arrow between the peers, with what is wrong beside it",        ik_run_analysis, IKESCOPE_LADDER,    IK_CMD_LADDER,   "text", "CAPTURE..."},
	{"check",    "captures against the expectations that lie beside them",                          ik_run_check,    IKESCOPE_DIAGNOSIS, IK_CMD_CHECK,    "text|tap|junit", "PATH..."},
	{NULL, NULL, NULL, IKESCOPE_DIAGNOSIS, 0, NULL, NULL},
};
/* clang-format on */
