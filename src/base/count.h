/*
 * Counters that stay at their largest value instead of starting over.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_BASE_COUNT_H
#define IK_BASE_COUNT_H

#include <stdint.h>

static inline void ik_count8(uint8_t *n)
{
	if (*n < UINT8_MAX)
		++*n;
}

static inline void ik_count16(uint16_t *n)
{
	if (*n < UINT16_MAX)
		++*n;
}

#endif
