/*
 * One input: a file, a pipe or memory, compressed or not, read by libpcap as far as libpcap can.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_READER_H
#define IK_CAPTURE_READER_H

#include "capture/capture.h"
#include "capture/stream.h"

struct ik_reader;

enum ik_reader_state {
	IK_READER_PAUSED,  /* the next packet is not before the time that was given */
	IK_READER_ENDED,   /* nothing more; ik_reader_finish() says whether that was all */
	IK_READER_STOPPED, /* the sink returned non-zero */
};

/* Opens a capture on a stream, which it takes over in any case. name is for complaints and stays
 * with the caller; buffer is how many octets are read at one time. only_captures: what is no
 * capture at all is passed over in silence, like the other files in a folder. NULL where there is
 * nothing to read: *passed_over says
 * whether that was so, else it was complained of. */
struct ik_reader *ik_reader_open(struct ik_stream *stream, const char *name, size_t buffer,
                                 bool only_captures, const struct ik_capture_sink *sink,
                                 bool *passed_over);

/* What begin() of the sink is told: the format and compression. */
void ik_reader_describe(const struct ik_reader *r, struct ikescope_capture_info *info);

/* Hands packets to the sink, as those of this capture number, until one is not before pause_at. */
enum ik_reader_state ik_reader_run(struct ik_reader *r, uint32_t capture, ikescope_time pause_at);

/* The packet it paused at: its time, and whether that is the first frame of the input. */
ikescope_time ik_reader_time(const struct ik_reader *r);
bool ik_reader_at_first(const struct ik_reader *r);

/* How it ended, for end() of the sink. False where something could not be read, which has been
 * complained of. The text in stats lives as long as the reader. */
bool ik_reader_finish(struct ik_reader *r, struct ikescope_capture_stats *stats);

void ik_reader_close(struct ik_reader *r);

/* One line for the person: "name: text", or the text alone where name is NULL. The name is made fit
 * for a terminal. */
void ik_complain(const struct ik_capture_sink *sink, const char *name, const char *fmt, ...)
        __attribute__((format(printf, 3, 4)));

#endif
