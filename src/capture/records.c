/*
 * Plain records of classic capture files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/records.h"

#include <string.h>

/* Before each packet: seconds, fraction of a second, octets captured, octets on the wire. */
struct header {
	uint32_t seconds, fraction, captured, length;
};
_Static_assert(sizeof(struct header) == 16, "a record header has 16 octets");

enum { LINE = 64, AHEAD = 8192, ENOUGH = 2048, PACE = 12 * LINE };

/* Asks for the headers of the record that comes next, and, where nothing brought the octets near
 * before, for those that follow: the place of a record is only known when the one before it has
 * arrived, so that going from one to the next means to wait for memory each time. A processor has
 * about a dozen lines under way, and waits with all the rest while more are asked for: with enough
 * ahead, those behind a large packet are left to the next ones. */
static inline void fetch(struct ik_records *r)
{
	const struct ik_stream *s = r->stream;
	const uint8_t *at = ik_stream_at(s), *end = s->base + s->end, *to;

	if (end - at <= 2 * LINE)
		return;
	__builtin_prefetch(at);
	__builtin_prefetch(at + LINE);
	__builtin_prefetch(at + 2 * LINE);
	if (s->ways.window == NULL)
		return;
	to = end - at > AHEAD ? at + AHEAD : end;
	if (r->fetched < at || r->fetched > to)
		r->fetched = at;
	if (r->fetched - at > ENOUGH && to - r->fetched > PACE)
		to = r->fetched + PACE;
	for (; r->fetched < to; r->fetched += LINE)
		__builtin_prefetch(r->fetched, 0, 2);
}

bool ik_records_next(struct ik_records *r, struct ikescope_packet *packet)
{
	struct ik_stream *s = r->stream;
	struct header h;

	if (ik_stream_peek(s, sizeof(h), r->least) < sizeof(h))
		return false;
	memcpy(&h, ik_stream_at(s), sizeof(h));
	if (ik_stream_torn(s) || h.captured > r->snaplen || h.fraction >= r->units ||
	    ik_stream_peek(s, sizeof(h) + h.captured, r->least) < sizeof(h) + h.captured)
		return false;
	packet->time =
	        (ikescope_time)h.seconds * IKESCOPE_SECOND + (ikescope_time)h.fraction * r->unit;
	packet->captured = h.captured;
	packet->length = h.length > h.captured ? h.length : h.captured;
	packet->data = ik_stream_at(s) + sizeof(h);
	ik_stream_skip(s, sizeof(h) + h.captured);
	fetch(r);
	return true;
}
