/*
 * Memory for large tables: in huge pages where the system has them. The first touch of a small page
 * costs as much as filling it, and a table that is looked up at random misses the TLB every time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_BIG_H
#define IK_BASE_BIG_H

#include <stddef.h>

/* size octets, aligned to a cache line at least, not cleared; given back with free(). NULL without
 * memory. */
void *ik_big_alloc(size_t size);

#endif
