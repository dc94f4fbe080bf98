/*
 * Plain records of classic capture files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "capture/records.h"

#include <string.h>

#include "base/line.h"

#define NEXT (3 * IK_LINE) /* octets that are asked for of the record that comes next */

/* Asks for the headers of the record that comes next, and, where nothing brought the octets near
 * before, lets scouts ask for those that follow. */
static inline void fetch(struct ik_records *r, uint32_t seconds)
{
	const struct ik_stream *s = r->stream;
	const struct ik_scout_clues clues = {
	        .snaplen = r->snaplen, .units = r->units, .seconds = seconds};

	if (s->end - s->pos <= NEXT)
		return;
	ik_fetch(ik_stream_at(s), NEXT);
	if (s->ways.window != NULL)
		ik_scouts_go(&r->scouts, &clues, s);
}

bool ik_records_next(struct ik_records *r, struct ikescope_packet *packet)
{
	struct ik_stream *s = r->stream;
	struct ik_record_header h;

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
	fetch(r, h.seconds);
	return true;
}
