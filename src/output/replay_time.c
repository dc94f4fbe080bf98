/*
 * Moments as people write them, and where they lie in the captures.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "output/replay.h"

#define DAY_SECONDS 86400
#define DAY         (DAY_SECONDS * IKESCOPE_SECOND)
#define YEAR_LEAST  1900 /* what ikescope_time holds, with room */
#define YEAR_MOST   2100
#define SINCE_MOST  INT64_C(4000000000) /* seconds */
/* What the output prints of a time: two packets may share it. */
#define PRINTED 1000000

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Exactly n digits. */
static bool number(const char **p, size_t n, int least, int most, int *out)
{
	int v = 0;

	for (size_t i = 0; i < n; i++, (*p)++) {
		if (!digit(**p))
			return false;
		v = 10 * v + (**p - '0');
	}
	*out = v;
	return v >= least && v <= most;
}

static bool sign(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* ".441": nanoseconds, and what the last digit stands for. */
static bool fraction(const char **p, ikescope_time *nanos, ikescope_time *unit)
{
	*nanos = 0;
	*unit = IKESCOPE_SECOND;
	if (!sign(p, '.'))
		return true;
	if (!digit(**p))
		return false;
	for (; digit(**p); (*p)++)
		if (*unit > 1) {
			*unit /= 10;
			*nanos += *unit * (**p - '0');
		}
	return true;
}

/* Days since 1970 of a date of the Gregorian calendar: years begin in March, so that the day that
 * leaps is the last. */
static int64_t days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t in_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return 365 * y + y / 4 - y / 100 + y / 400 + in_year - 719468;
}

static bool real_day(int year, int month, int day)
{
	int next = month == 12 ? 1 : month + 1;

	return day <= days(month == 12 ? year + 1 : year, next, 1) - days(year, month, 1);
}

/* "09:14", "09:14:23", "09:14:23.441" */
static bool clock_time(const char **p, ikescope_time *value, ikescope_time *lasts)
{
	int hour, minute, second = 0;
	ikescope_time nanos = 0;

	*lasts = PRINTED;
	if (!number(p, 2, 0, 23, &hour) || !sign(p, ':') || !number(p, 2, 0, 59, &minute))
		return false;
	if (sign(p, ':') && (!number(p, 2, 0, 60, &second) || !fraction(p, &nanos, lasts)))
		return false;
	*value = (hour * 3600 + minute * 60 + second) * IKESCOPE_SECOND + nanos;
	return true;
}

/* "Z", "+02:00" */
static bool zone(const char **p, ikescope_time *offset)
{
	bool west = **p == '-';
	int hour, minute;

	*offset = 0;
	if (sign(p, 'Z') || sign(p, 'z'))
		return true;
	if (!(sign(p, '+') || sign(p, '-')) || !number(p, 2, 0, 23, &hour) || !sign(p, ':') ||
	    !number(p, 2, 0, 59, &minute))
		return false;
	*offset = (west ? -1 : 1) * (hour * 3600 + minute * 60) * IKESCOPE_SECOND;
	return true;
}

static bool since(struct ikescope_moment *m, const char *p)
{
	bool negative = sign(&p, '-');
	int64_t seconds = 0;
	ikescope_time nanos;

	if (!digit(*p))
		return false;
	for (; digit(*p) && seconds <= SINCE_MOST; p++)
		seconds = 10 * seconds + (*p - '0');
	if (seconds > SINCE_MOST || !fraction(&p, &nanos, &m->lasts) || *p != '\0')
		return false;
	m->kind = IKESCOPE_MOMENT_SINCE;
	m->value = (negative ? -1 : 1) * (seconds * IKESCOPE_SECOND + nanos);
	return true;
}

static bool dated(struct ikescope_moment *m, const char *p)
{
	ikescope_time offset, clock;
	int year = 0;
	bool whole = digit(p[0]) && digit(p[1]) && digit(p[2]);

	if (whole && (!number(&p, 4, YEAR_LEAST, YEAR_MOST, &year) || !sign(&p, '-')))
		return false;
	if (!number(&p, 2, 1, 12, &m->month) || !sign(&p, '-') || !number(&p, 2, 1, 31, &m->day) ||
	    !(sign(&p, 'T') || sign(&p, 't') || sign(&p, ' ')) ||
	    !clock_time(&p, &clock, &m->lasts))
		return false;
	/* Without a year it may be a leap year. */
	if (!real_day(whole ? year : 2000, m->month, m->day))
		return false;
	m->kind = whole ? IKESCOPE_MOMENT_DATE : IKESCOPE_MOMENT_DAY;
	m->value = (whole ? days(year, m->month, m->day) * DAY : 0) + clock;
	if (whole && *p != '\0') {
		if (!zone(&p, &offset))
			return false;
		m->kind = IKESCOPE_MOMENT_UTC;
		m->value -= offset;
	}
	return *p == '\0';
}

static bool clocked(struct ikescope_moment *m, const char *p)
{
	m->kind = IKESCOPE_MOMENT_CLOCK;
	return clock_time(&p, &m->value, &m->lasts) && *p == '\0';
}

bool ikescope_moment_parse(struct ikescope_moment *m, const char *text)
{
	static bool (*const form[])(struct ikescope_moment *, const char *) = {since, dated,
	                                                                       clocked};

	for (size_t i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		*m = (struct ikescope_moment){.kind = IKESCOPE_MOMENT_NONE};
		if (form[i](m, text))
			return true;
	}
	*m = (struct ikescope_moment){.kind = IKESCOPE_MOMENT_NONE};
	return false;
}

/* ---- in the captures --------------------------------------------------------------------- */

static ikescope_time offset_at(const struct ik_text *t, ikescope_time time)
{
	if (t->opt.offset_of == NULL)
		return 0;
	return t->opt.offset_of(t->opt.ctx, time / IKESCOPE_SECOND - (time % IKESCOPE_SECOND < 0)) *
	       IKESCOPE_SECOND;
}

/* The moment at which the clocks of the output show something. */
static ikescope_time from_local(const struct ik_text *t, ikescope_time local)
{
	return local - offset_at(t, local - offset_at(t, local));
}

/* Midnight before the first packet, as the clocks of the output show it. */
static ikescope_time first_midnight(const struct ik_text *t)
{
	ikescope_time local = t->origin + offset_at(t, t->origin);

	return local - (local % DAY + DAY) % DAY;
}

/* The first of two that does not lie before the captures, unless the second lies behind them. */
static ikescope_time nearer(const struct ik_text *t, ikescope_time first, ikescope_time second,
                            ikescope_time lasts)
{
	return first + lasts <= t->origin && second <= t->last ? second : first;
}

/* A day without a year: of the year of the first packet, or of the next. */
static ikescope_time of_day(const struct ik_text *t, const struct ikescope_moment *m)
{
	int year = YEAR_LEAST;

	while (year < YEAR_MOST && days(year + 1, 1, 1) * DAY <= first_midnight(t))
		year++;
	return nearer(t, from_local(t, days(year, m->month, m->day) * DAY + m->value),
	              from_local(t, days(year + 1, m->month, m->day) * DAY + m->value), m->lasts);
}

static ikescope_time begins(const struct ik_text *t, const struct ikescope_moment *m)
{
	ikescope_time midnight;

	switch (m->kind) {
	case IKESCOPE_MOMENT_SINCE: return t->origin + m->value;
	case IKESCOPE_MOMENT_DATE: return from_local(t, m->value);
	case IKESCOPE_MOMENT_DAY: return of_day(t, m);
	case IKESCOPE_MOMENT_CLOCK:
		midnight = first_midnight(t);
		return nearer(t, from_local(t, midnight + m->value),
		              from_local(t, midnight + DAY + m->value), m->lasts);
	case IKESCOPE_MOMENT_NONE:
	case IKESCOPE_MOMENT_UTC: break;
	}
	return m->value;
}

ikescope_time ik_replay_moment(const struct ik_text *t, const struct ikescope_moment *m, bool end)
{
	if (m->kind == IKESCOPE_MOMENT_NONE)
		return IKESCOPE_TIME_NONE;
	if (t->origin == IKESCOPE_TIME_NONE)
		return 0;
	return begins(t, m) + (end && m->lasts > PRINTED ? PRINTED : end ? m->lasts : 1) - 1;
}
