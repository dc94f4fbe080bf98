/*
 * Cache lines: what memory gives at once. What is asked for is on its way while other work is done.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_LINE_H
#define IK_BASE_LINE_H

#include <stddef.h>

#define IK_LINE ((size_t)64)

/* Asks for the lines in which n octets lie, one at every IK_LINE octets from the first on. Only a
 * hint: the octets need not exist. */
static inline void ik_fetch(const void *from, size_t n)
{
	for (size_t at = 0; at < n; at += IK_LINE)
		__builtin_prefetch((const char *)from + at);
}

/* The same, where they will be written. */
static inline void ik_fetch_to_write(const void *from, size_t n)
{
	for (size_t at = 0; at < n; at += IK_LINE)
		__builtin_prefetch((const char *)from + at, 1);
}

#endif
