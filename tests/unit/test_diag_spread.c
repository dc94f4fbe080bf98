/*
 * How durations spread: mean, coefficient of variation, and what counts as a timer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>

#include "diag/spread.h"

static struct ik_spread of(const double *seconds, size_t n)
{
	struct ik_spread s = {.n = 0};

	for (size_t i = 0; i < n; i++)
		ik_spread_add(&s, (ikescope_time)(seconds[i] * 1e9));
	for (size_t i = 0; i < n; i++)
		ik_spread_deviate(&s, (ikescope_time)(seconds[i] * 1e9));
	return s;
}

#define OF(...) of((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / 8)

static const char *words(const struct ik_spread *s)
{
	static char text[120];
	struct ik_buf b = IK_BUF_ON(text);

	ik_spread_put(&b, s);
	return text;
}

Test(diag_spread, mean_and_variation)
{
	struct ik_spread s = OF(2.0, 4.0);

	cr_expect_eq(ik_spread_mean(&s), 3000);
	cr_expect_eq(ik_spread_variation(&s), 333);
	cr_expect_str_eq(words(&s), "3.0 s on the average (2.0 to 4.0 s, variation 33 %)");
	s = OF(3600.0, 3601.0, 3599.0);
	cr_expect_eq(ik_spread_variation(&s), 0);
	cr_expect_str_eq(words(&s), "3600 s");
	s = (struct ik_spread){.n = 0};
	cr_expect_eq(ik_spread_variation(&s), 0);
	cr_expect_eq(ik_spread_mean(&s), 0);
}

Test(diag_spread, a_timer_is_steady)
{
	struct ik_spread near = OF(100.0, 105.0, 95.0, 100.0), far = OF(100.0, 110.0, 90.0);
	struct ik_spread few = OF(100.0, 100.0), brief = OF(0.4, 0.4, 0.4);

	cr_expect(ik_spread_steady(&near, 3));
	cr_expect(!ik_spread_steady(&near, 5));
	cr_expect(!ik_spread_steady(&far, 3));
	cr_expect(!ik_spread_steady(&few, 3));
	cr_expect(!ik_spread_steady(&brief, 3));
}

Test(diag_spread, any_time_fits)
{
	struct ik_spread s = {.n = 0};

	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < 100000; i++) {
			ikescope_time t = i % 2 == 0 ? INT64_MAX : INT64_MIN;

			pass == 0 ? ik_spread_add(&s, t) : ik_spread_deviate(&s, t);
		}
	cr_expect_eq(s.least, 0);
	cr_expect_eq(s.most, INT64_C(1000000000000));
	cr_expect_eq(ik_spread_variation(&s), 1000);
}
