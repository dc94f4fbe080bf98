/*
 * The pace of a replay: a key before each message, or the time that lay between them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CLI_PACE_H
#define IK_CLI_PACE_H

#include "cli/cli.h"

/* What ik_pace_wait() returns where someone has seen enough: q, Ctrl-C, the end of the terminal. */
#define IK_PACE_ENOUGH 2

struct ik_pace {
	bool keys;    /* a key is waited for, not time */
	double speed; /* times as fast as the capture */
	int terminal; /* where keys are read */
	bool waited;  /* a message was played */
};

/* Gets ready for what the arguments ask for. False: there is no terminal to read keys from, and
 * standard error says so. */
bool ik_pace_begin(struct ik_pace *pace, const struct ik_cli *cli);

/* Waits before a message: the wait() of struct ikescope_replay. The terminal takes single keys only
 * meanwhile, and is restored whatever ends the wait. */
int ik_pace_wait(void *ctx, ikescope_time since);

void ik_pace_end(struct ik_pace *pace);

#endif
