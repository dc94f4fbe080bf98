/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/words.h"

#include <string.h>

#include "iana/iana.h"

void ik_words_times(struct ik_buf *b, uint32_t n)
{
	if (n == 1)
		ik_buf_puts(b, "once");
	else if (n == 2)
		ik_buf_puts(b, "twice");
	else
		ik_buf_printf(b, "%u times", n);
}

/* clang-format off */
static const struct {
	uint8_t family, type;
	int code; /* -1: any */
	const char *text;
} icmp_words[] = {
	{4, 3, 0,  "no route to that network"},
	{4, 3, 1,  "that host cannot be reached"},
	{4, 3, 2,  "that protocol is not spoken there"},
	{4, 3, 3,  "nothing listens on that port"},
	{4, 3, 4,  "the packet is too large and must not be fragmented"},
	{4, 3, 9,  "the network is prohibited by a filter"},
	{4, 3, 10, "the host is prohibited by a filter"},
	{4, 3, 13, "a filter prohibits it"},
	{4, 3, -1, "destination unreachable"},
	{4, 4, -1, "slow down (source quench)"},
	{4, 11, 0, "its time to live ended on the way: a routing loop"},
	{4, 11, 1, "its fragments did not all arrive in time"},
	{4, 12, -1, "a parameter of its header is wrong"},
	{6, 1, 0,  "no route to that destination"},
	{6, 1, 1,  "a filter prohibits it"},
	{6, 1, 3,  "that address cannot be reached"},
	{6, 1, 4,  "nothing listens on that port"},
	{6, 1, 5,  "a filter refuses its source address"},
	{6, 1, -1, "destination unreachable"},
	{6, 2, -1, "the packet is too big"},
	{6, 3, 0,  "its hop limit ended on the way: a routing loop"},
	{6, 3, 1,  "its fragments did not all arrive in time"},
	{6, 4, -1, "a parameter of its header is wrong"},
};
/* clang-format on */

#define SCHEDULE_GAPS  16
#define SCHEDULE_NAMES 4

void ik_words_schedule(struct ik_buf *b, const struct ik_nego *n, const struct ik_step *s)
{
	const char *names[SCHEDULE_NAMES];
	uint32_t gaps[SCHEDULE_GAPS];
	ikescope_time last = s->first_time;
	size_t count = 0, found;

	for (size_t i = 0; i < n->n_copies && count < SCHEDULE_GAPS; i++) {
		ikescope_time gap = n->copies[i].time - last;

		if (n->copies[i].serial != s->serial)
			continue;
		if (gap < 0 || gap / (IKESCOPE_SECOND / 1000) > UINT32_MAX)
			return;
		gaps[count++] = (uint32_t)(gap / (IKESCOPE_SECOND / 1000));
		last = n->copies[i].time;
	}
	found = ik_schedules_find(n->version, s->dir == IK_R2I, gaps, count, names, SCHEDULE_NAMES);
	for (size_t i = 0; i < found; i++) {
		ik_buf_puts(b, i == 0          ? "; these gaps are consistent with "
		               : i + 1 < found ? ", "
		                               : " or ");
		ik_buf_puts(b, names[i]);
	}
}

const char *ik_words_icmp(uint8_t family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(icmp_words) / sizeof(icmp_words[0]); i++)
		if (icmp_words[i].family == family && icmp_words[i].type == type &&
		    (icmp_words[i].code < 0 || icmp_words[i].code == code))
			return icmp_words[i].text;
	return "an ICMP error";
}

void ik_words_notify(struct ik_buf *b, unsigned version, uint16_t type)
{
	const char *name = ik_notify_name(version, type);

	if (name != NULL)
		ik_buf_printf(b, "%s (%u)", name, type);
	else
		ik_buf_printf(b, "notify %u", type);
}
