/*
 * Times of a report: clock times of the caller's zone, or seconds since the first packet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/timefmt.h"
#include "output/text.h"

#define DAY     86400
#define QUARTER 900 /* no zone changes its offset at other moments than quarters of an hour */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Seconds east of UTC at a moment. */
static int64_t offset_at(struct ik_text *t, int64_t second)
{
	int64_t quarter = floor_div(second, QUARTER);

	if (t->opt.offset_of == NULL)
		return 0;
	if (quarter != t->clock.quarter) {
		t->clock.quarter = quarter;
		t->clock.offset = t->opt.offset_of(t->opt.ctx, second);
	}
	return t->clock.offset;
}

static void two_digits(char *out, int64_t v)
{
	out[0] = (char)('0' + v / 10);
	out[1] = (char)('0' + v % 10);
}

/* "2026-01-31 09:14:23", kept from call to call: the date changes rarely, the time in place. */
static void set_clock(struct ik_text *t, int64_t local, ikescope_time time)
{
	int64_t day = floor_div(local, DAY), rest = local - day * DAY;

	if (day != t->clock.day) {
		struct ik_buf text = IK_BUF_ON(t->clock.text);

		ik_buf_rfc3339(&text, local > INT64_MAX / IKESCOPE_SECOND
		                              ? time
		                              : local * IKESCOPE_SECOND);
		t->clock.text[10] = ' '; /* RFC 3339 has a T between date and time */
		t->clock.text[19] = '\0';
		t->clock.day = day;
	}
	two_digits(t->clock.text + 11, rest / 3600);
	two_digits(t->clock.text + 14, rest / 60 % 60);
	two_digits(t->clock.text + 17, rest % 60);
}

void ik_text_date(struct ik_text *t, struct ik_buf *b, ikescope_time time)
{
	int64_t second = floor_div(time, IKESCOPE_SECOND), local;

	if (time == IKESCOPE_TIME_NONE) {
		ik_buf_putc(b, '-');
		return;
	}
	local = second + offset_at(t, second);
	set_clock(t, local, time);
	ik_buf_puts(b, t->clock.text);
}

static void milliseconds(struct ik_buf *b, int64_t nanos)
{
	unsigned ms = (unsigned)(nanos / 1000000);
	const char text[4] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
	                      (char)('0' + ms % 10)};

	ik_buf_putn(b, text, sizeof(text));
}

static int64_t nanos_of(ikescope_time time)
{
	return time - floor_div(time, IKESCOPE_SECOND) * IKESCOPE_SECOND;
}

void ik_text_time(struct ik_text *t, struct ik_buf *b, ikescope_time time)
{
	char text[32];
	struct ik_buf date = IK_BUF_ON(text);

	if (time == IKESCOPE_TIME_NONE) {
		ik_buf_putc(b, '-');
		return;
	}
	if (t->opt.relative) {
		uint64_t since = (uint64_t)time - (uint64_t)t->origin;

		if (time < t->origin) {
			ik_buf_putc(b, '-');
			since = 0 - since;
		}
		ik_buf_u64(b, since / (uint64_t)IKESCOPE_SECOND);
		milliseconds(b, (int64_t)(since % (uint64_t)IKESCOPE_SECOND));
		return;
	}
	ik_text_date(t, &date, time);
	ik_buf_puts(b, text + (date.len < 19 ? 0 : t->dated ? 5 : 11));
	milliseconds(b, nanos_of(time));
}

void ik_text_zone(struct ik_text *t, struct ik_buf *b)
{
	int64_t offset;

	if (t->origin == IKESCOPE_TIME_NONE || t->opt.offset_of == NULL) {
		ik_buf_puts(b, "UTC");
		return;
	}
	offset = offset_at(t, floor_div(t->origin, IKESCOPE_SECOND));
	ik_buf_printf(b, "%c%02d:%02d", offset < 0 ? '-' : '+',
	              (int)((offset < 0 ? -offset : offset) / 3600 % 100),
	              (int)((offset < 0 ? -offset : offset) / 60 % 60));
}
