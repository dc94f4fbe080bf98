/*
 * Types that every part of the interface shares: time, addresses, places in a capture.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IKESCOPE_TYPES_H
#define IKESCOPE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Capture time in nanoseconds since 1970-01-01 UTC. The library never reads a clock. */
typedef int64_t ikescope_time;
#define IKESCOPE_TIME_NONE INT64_MIN

/* Packets lie within this much before and after 1970 (146 years), so that the difference of two
 * times cannot overflow. */
#define IKESCOPE_TIME_MOST (INT64_MAX / 2)

/* One second in the unit of ikescope_time. */
#define IKESCOPE_SECOND INT64_C(1000000000)

/* An IP address. family is 4 or 6, or 0 when there is none; IPv4 uses the first four octets of
 * octet[], the rest are zero, so that two addresses are equal when their bytes are. */
struct ikescope_addr {
	uint8_t family;
	uint8_t octet[16];
};

/* An address and a UDP or TCP port in host order, 0 where there is no port. */
struct ikescope_endpoint {
	struct ikescope_addr addr;
	uint16_t port;
};

/* A place in the input: capture counts the inputs from 1, frame counts the packets of that input
 * from 1, the way tshark numbers them. frame 0 means "nowhere". */
struct ikescope_at {
	uint32_t capture;
	uint64_t frame;
};

/* Something that packets prove, disprove or leave open. */
enum ikescope_tri { IKESCOPE_UNKNOWN = 0, IKESCOPE_NO, IKESCOPE_YES };

#ifdef __cplusplus
}
#endif

#endif
