/*
 * Captures in: files, compressed files, folders, standard input, live interfaces, all as one
 * timeline of packets. libpcap is the reader; own code only for what it refuses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_CAPTURE_H
#define IK_CAPTURE_CAPTURE_H

#include <signal.h>

#include "ikescope/analysis.h"

/* What the caller is told about each input and packet. */
struct ik_capture_sink {
	void *ctx;
	/* An input was opened; its number (from 1) will stand in at.capture. */
	int (*begin)(void *ctx, const struct ikescope_capture_info *info, uint32_t *capture);
	int (*packet)(void *ctx, const struct ikescope_packet *packet);
	int (*end)(void *ctx, uint32_t capture, const struct ikescope_capture_stats *stats);
	/* One clear line for the person, without a newline, naming the input. */
	void (*complain)(void *ctx, const char *line);
};

enum ik_capture_result {
	IK_CAPTURE_OK = 0,
	IK_CAPTURE_INCOMPLETE, /* an input could not be opened or read to its end; it was complained
	                          of */
	IK_CAPTURE_STOPPED,    /* the sink returned non-zero */
};

/* Reads every input in paths ("-" is standard input, a folder means the captures in it, sorted by
 * name, not descending into sub-folders), merged by time with ties in argument order. */
enum ik_capture_result ik_capture_files(char *const *paths, size_t n,
                                        const struct ik_capture_sink *sink);

/* Captures from an interface until *stop becomes non-zero or, with seconds > 0, until that much
 * time went by. ike_ports as in the options, for the kernel filter. */
enum ik_capture_result ik_capture_live(const char *iface, double seconds, const uint16_t *ike_ports,
                                       size_t n_ike_ports, volatile sig_atomic_t *stop,
                                       const struct ik_capture_sink *sink);

#endif
