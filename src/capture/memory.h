/*
 * A capture from memory, on the way that a file takes: for tests and fuzzing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_MEMORY_H
#define IK_CAPTURE_MEMORY_H

#include "capture/capture.h"

/* Reads a capture of len octets, compressed or not. name stands where the path would. */
enum ik_capture_result ik_capture_memory(const uint8_t *data, size_t len, const char *name,
                                         const struct ik_capture_sink *sink);

#endif
