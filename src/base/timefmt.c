/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timefmt.h"

#include <inttypes.h>

/* Civil date of a day number since 1970-01-01, proleptic Gregorian calendar, any sign. */
static void civil(int64_t day, int64_t *year, unsigned *month, unsigned *mday)
{
	int64_t z = day + 719468; /* days since 0000-03-01 */
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*mday = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = era * 400 + yoe + (*month <= 2);
}

/* n digits of a number, zeros in front; written for every line of a report. */
static void digits(struct ik_buf *b, uint64_t value, size_t n)
{
	char text[20];

	for (size_t i = n; i-- > 0; value /= 10)
		text[i] = (char)('0' + value % 10);
	ik_buf_putn(b, text, n);
}

void ik_buf_rfc3339(struct ik_buf *b, ikescope_time t)
{
	int64_t seconds = t / IKESCOPE_SECOND, nanos = t % IKESCOPE_SECOND, day, rest, year;
	unsigned month, mday;

	if (nanos < 0) {
		nanos += IKESCOPE_SECOND;
		seconds--;
	}
	day = seconds / 86400;
	rest = seconds % 86400;
	if (rest < 0) {
		rest += 86400;
		day--;
	}
	civil(day, &year, &month, &mday);
	if (year < 0 || year > 9999) /* outside of what RFC 3339 can say */
		ik_buf_printf(b, "%" PRId64, year);
	else
		digits(b, (uint64_t)year, 4);
	ik_buf_putc(b, '-');
	digits(b, month, 2);
	ik_buf_putc(b, '-');
	digits(b, mday, 2);
	ik_buf_putc(b, 'T');
	digits(b, (uint64_t)rest / 3600, 2);
	ik_buf_putc(b, ':');
	digits(b, (uint64_t)rest / 60 % 60, 2);
	ik_buf_putc(b, ':');
	digits(b, (uint64_t)rest % 60, 2);
	ik_buf_putc(b, '.');
	digits(b, (uint64_t)nanos, 9);
	ik_buf_putc(b, 'Z');
}

void ik_buf_seconds(struct ik_buf *b, ikescope_time duration)
{
	uint64_t ns = duration < 0 ? 0 - (uint64_t)duration : (uint64_t)duration;

	if (duration < 0)
		ik_buf_putc(b, '-');
	if (ns < 100000000)
		ik_buf_printf(b, "%.3f", (double)ns / 1e9);
	else if (ns < 100 * (uint64_t)IKESCOPE_SECOND)
		ik_buf_printf(b, "%.1f", (double)ns / 1e9);
	else
		ik_buf_printf(b, "%.0f", (double)ns / 1e9);
}
