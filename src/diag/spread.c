/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/spread.h"

#include "base/timefmt.h"

#define MOST_MS  INT64_C(1000000000000)
#define FARTHEST 100000 /* per mille: deviations beyond are no more than this */
#define STEADY   50     /* per mille */
#define ROOT_BIT 65536  /* no variation has a higher one */
#define EQUAL    10     /* per mille, or milliseconds: not worth telling apart */

int64_t ik_spread_ms(ikescope_time duration)
{
	int64_t ms = duration / (IKESCOPE_SECOND / 1000);

	return ms < 0 ? 0 : ms > MOST_MS ? MOST_MS : ms;
}

void ik_spread_add(struct ik_spread *s, ikescope_time duration)
{
	int64_t ms = ik_spread_ms(duration);

	if (s->n == 0 || ms < s->least)
		s->least = ms;
	if (s->n == 0 || ms > s->most)
		s->most = ms;
	s->sum += ms;
	s->n++;
}

int64_t ik_spread_mean(const struct ik_spread *s)
{
	return s->n > 0 ? s->sum / (int64_t)s->n : 0;
}

void ik_spread_deviate(struct ik_spread *s, ikescope_time duration)
{
	int64_t mean = ik_spread_mean(s);
	int64_t d = mean > 0 ? (ik_spread_ms(duration) - mean) * 1000 / mean : 0;

	if (d > FARTHEST)
		d = FARTHEST;
	s->squares += (uint64_t)(d * d);
}

unsigned ik_spread_variation(const struct ik_spread *s)
{
	uint64_t variance = s->n > 0 ? s->squares / s->n : 0;
	uint64_t root = 0;

	for (uint64_t bit = ROOT_BIT; bit > 0; bit >>= 1)
		if ((root | bit) * (root | bit) <= variance)
			root |= bit;
	return (unsigned)root;
}

bool ik_spread_steady(const struct ik_spread *s, size_t least)
{
	return s->n >= least && ik_spread_mean(s) >= 1000 && ik_spread_variation(s) <= STEADY;
}

void ik_spread_put_ms(struct ik_buf *b, int64_t ms)
{
	ik_buf_seconds(b, ms * (IKESCOPE_SECOND / 1000));
}

void ik_spread_put(struct ik_buf *b, const struct ik_spread *s)
{
	ik_spread_put_ms(b, ik_spread_mean(s));
	ik_buf_puts(b, " s");
	if (ik_spread_variation(s) < EQUAL || s->most < EQUAL)
		return;
	ik_buf_puts(b, " on the average (");
	ik_spread_put_ms(b, s->least);
	ik_buf_puts(b, " to ");
	ik_spread_put_ms(b, s->most);
	ik_buf_printf(b, " s, variation %u %%)", (ik_spread_variation(s) + 5) / 10);
}
