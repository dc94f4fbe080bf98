/*
 * How durations of one kind spread: a timer repeats itself, chance does not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_SPREAD_H
#define IK_DIAG_SPREAD_H

#include "base/buf.h"
#include "ikescope/types.h"

/* All zero at first; every duration is added, then each once more for its deviation. Milliseconds,
 * so that sums of any times fit. */
struct ik_spread {
	size_t n;
	int64_t sum, least, most;
	uint64_t squares; /* of the deviations in per mille of the mean */
};

/* Milliseconds of a duration: 0 for a negative one, and no more than 10^12. */
int64_t ik_spread_ms(ikescope_time duration);

void ik_spread_add(struct ik_spread *s, ikescope_time duration);
/* The second pass, over the same durations. */
void ik_spread_deviate(struct ik_spread *s, ikescope_time duration);

int64_t ik_spread_mean(const struct ik_spread *s);

/* The coefficient of variation in per mille. */
unsigned ik_spread_variation(const struct ik_spread *s);

/* As equal as those of a timer: at least so many of a second or more, and a coefficient of
 * variation of five per cent or less. */
bool ik_spread_steady(const struct ik_spread *s, size_t least);

void ik_spread_put_ms(struct ik_buf *b, int64_t ms);
/* "3.0 s", or "3.0 s on the average (2.0 to 4.1 s, variation 34 %)" */
void ik_spread_put(struct ik_buf *b, const struct ik_spread *s);

#endif
