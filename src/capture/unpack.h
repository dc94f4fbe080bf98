/*
 * Compressed captures, streamed: libarchive takes the octets of one stream and gives another.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_CAPTURE_UNPACK_H
#define IK_CAPTURE_UNPACK_H

#include "capture/stream.h"

/* Puts the content in the place of s where s begins like a compressed file; *compression is its
 * name or NULL. -1 where that cannot be begun: s->problem says why. block is the size of one read.
 */
int ik_unpack(struct ik_stream *s, size_t block, const char **compression);

#endif
