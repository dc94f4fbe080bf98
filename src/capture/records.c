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

bool ik_records_next(struct ik_records *r, struct ikescope_packet *packet)
{
	struct ik_stream *s = r->stream;
	struct header h;

	if (ik_stream_peek(s, sizeof(h), r->least) < sizeof(h))
		return false;
	memcpy(&h, ik_stream_at(s), sizeof(h));
	if (h.captured > r->snaplen || h.fraction >= r->units ||
	    ik_stream_peek(s, sizeof(h) + h.captured, r->least) < sizeof(h) + h.captured)
		return false;
	packet->time =
	        (ikescope_time)h.seconds * IKESCOPE_SECOND + (ikescope_time)h.fraction * r->unit;
	packet->captured = h.captured;
	packet->length = h.length > h.captured ? h.length : h.captured;
	packet->data = ik_stream_at(s) + sizeof(h);
	ik_stream_skip(s, sizeof(h) + h.captured);
	if (s->end - s->pos > 64) { /* the headers of the next one */
		__builtin_prefetch(ik_stream_at(s));
		__builtin_prefetch(ik_stream_at(s) + 64);
	}
	return true;
}
