/*
 * From the captures of the arguments to whoever takes packets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CLI_READ_H
#define IK_CLI_READ_H

#include "capture/capture.h"
#include "cli/cli.h"
#include "cli/machine.h"

/* Reads all captures, or the live interface until it is interrupted. */
enum ik_capture_result ik_cli_read(const struct ik_cli *cli, const struct ik_capture_sink *sink);

/* For a sink: the line on standard error. */
void ik_cli_complain(void *ctx, const char *line);

/* Sets what the machine gives an analysis: ports, the temporary file, processors, a random key.
 * False: there are no random numbers, and it was complained of. */
bool ik_cli_equip(const struct ik_cli *cli, struct ik_tempfile *spill,
                  struct ikescope_options *options);

/* Reads all captures into an analysis and finishes it. error receives an enum ikescope_error.
 * quiet: what is wrong with a capture is said by someone else. */
enum ik_capture_result ik_cli_analyse(const struct ik_cli *cli, struct ikescope *scope, bool quiet,
                                      int *error);

/* Complains of what ended the analysis or the output before its time; the exit status. */
int ik_cli_broken(const struct ik_output *output, const struct ik_tempfile *spill, int error);

#endif
