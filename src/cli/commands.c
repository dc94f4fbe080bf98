/*
 * The commands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/cli.h"

#define ANY SIZE_MAX

/* clang-format off */
const struct ik_command ik_commands[] = {
	{"diagnose", "how far each negotiation came, where it stopped, why, and what to do (default)", ik_run_analysis, IKESCOPE_DIAGNOSIS, IK_CMD_DIAGNOSE, "text|json", "CAPTURE...", 0, ANY},
	{"sessions", "one line for each negotiation and for each ESP security association",             ik_run_analysis, IKESCOPE_SESSIONS,  IK_CMD_SESSIONS, "text|json", "CAPTURE...", 0, ANY},
	{"ladder",   "each message as an arrow between the peers, with what is wrong beside it",        ik_run_analysis, IKESCOPE_LADDER,    IK_CMD_LADDER,   "text", "CAPTURE...", 0, ANY},
	{"replay",   "the negotiation again, message by message, with the states of both peers",        ik_run_analysis, IKESCOPE_REPLAY,    IK_CMD_REPLAY,   "text", "CAPTURE...", 0, ANY},
	{"dissect",  "every message, field by field, with offsets and meanings",                       ik_run_dissect,  IKESCOPE_DIAGNOSIS, IK_CMD_DISSECT,  "text|json", "CAPTURE...", 0, ANY},
	{"check",    "captures against the expectations that lie beside them",                          ik_run_check,    IKESCOPE_DIAGNOSIS, IK_CMD_CHECK,    "text|tap|junit", "PATH...", 1, ANY},
	{"explain",  "what a state, notify, slug or log line means, what to check",                     ik_run_explain,  IKESCOPE_DIAGNOSIS, IK_CMD_EXPLAIN,  "text",      "TERM...",    1, ANY},
	{"rules",    "every finding with its conditions, candidates and remedies",                      ik_run_rules,    IKESCOPE_DIAGNOSIS, IK_CMD_RULES,    "text|json", "[SLUG...]",  0, ANY},
	{"names",    "the numbers and names of a registry, or the list of registries",                  ik_run_names,    IKESCOPE_DIAGNOSIS, IK_CMD_NAMES,    "text",      "[REGISTRY]", 0, 1},
	{"fsm",      "the states of a negotiation and which message leads to which",                    ik_run_fsm,      IKESCOPE_DIAGNOSIS, IK_CMD_FSM,      "text|dot",  "",           0, 0},
	{NULL, NULL, NULL, IKESCOPE_DIAGNOSIS, 0, NULL, NULL, 0, 0},
};
/* clang-format on */
