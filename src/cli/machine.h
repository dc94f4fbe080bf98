/*
 * What the library leaves to the program: processors and threads, standard output, the terminal,
 * the time zone, the temporary file.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CLI_MACHINE_H
#define IK_CLI_MACHINE_H

#include "cli/cli.h"

/* Processors that this process may run on, from 1 to most. */
unsigned ik_processors(unsigned most);

/* Threads that help to dissect: with the one that calls as many as there are processors, at most
 * IKESCOPE_CREW_HANDS. *crew is for the options; NULL where there is nobody. */
struct ik_crew;
struct ik_crew *ik_crew_new(struct ikescope_crew *crew);
void ik_crew_free(struct ik_crew *crew);

/* Standard output. */
struct ik_output {
	bool closed; /* the reader went away: the rest is dropped quietly */
	int error;   /* errno of a write that failed, or 0 */
};

/* The writer's write(): ctx is a struct ik_output. Ends the output only on an error. */
int ik_output_write(void *ctx, const char *data, size_t len);

/* A file without a name in $TMPDIR or /tmp, opened with the first write. */
struct ik_tempfile {
	int fd; /* -1: not opened yet */
	uint64_t size;
	int error; /* errno, or 0 */
};

int ik_tempfile_write(void *ctx, const void *data, size_t len);
int ik_tempfile_read(void *ctx, uint64_t offset, void *data, size_t len);
void ik_tempfile_close(struct ik_tempfile *f);

/* Whether standard output takes colours under the option, NO_COLOR and TERM. */
bool ik_terminal_colour(enum ik_colour wanted);

/* Columns beyond which lines of prose are hard to read. */
#define IK_PROSE_MOST 100

/* Columns: of the terminal, at most as many; 80 where there is none. */
unsigned ik_terminal_width(unsigned most);

/* Whether the locale of the environment has UTF-8; false where it is not installed. */
bool ik_locale_utf8(void);

/* Seconds east of UTC of the local zone at a moment. */
int ik_local_offset(void *ctx, int64_t seconds);

#endif
