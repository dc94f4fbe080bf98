/*
 * A piece of a file looked at where it lies, in the memory that the kernel keeps it in: nothing is
 * copied. Where the file is cut while a window is open on it, reading what is gone would kill the
 * process; here it reads as zeros and the window is torn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_WINDOW_H
#define IK_CAPTURE_WINDOW_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Open ones at the same time, in all. */
#define IK_WINDOWS_MOST 8

/* Octets of a window: as many as two entries of the processor's tables can stand for. */
#define IK_WINDOW ((size_t)1 << 22)

struct ik_window {
	uint8_t *at; /* NULL: free */
	volatile sig_atomic_t torn;
};

/* A window on the octets of a file from an offset that is a multiple of IK_WINDOW; NULL where there
 * cannot be one, for whatever reason. One thread opens and closes windows. */
struct ik_window *ik_window_open(int fd, off_t offset);
void ik_window_close(struct ik_window *w);

#endif
