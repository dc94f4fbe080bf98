/* SPDX-License-Identifier: Apache-2.0 */
#include "capture/scout.h"

#include <string.h>

#include "base/line.h"

enum { HEADER = sizeof(struct ik_record_header) };

/* What is asked for of a record, and of a lane before its first record is looked for. */
enum { BEGINNING = 3 * IK_LINE, SEARCHED = 8 * IK_LINE };

/* How far into its lane the first record of a scout may be, how long a packet, and how many seconds
 * apart the records of one window, as guesses go. */
enum { FAR = 8192, LONGEST = 1 << 18 };
#define NEAR (UINT32_C(1) << 20)

static struct ik_record_header header_at(const uint8_t *p)
{
	struct ik_record_header h;

	memcpy(&h, p, sizeof(h));
	return h;
}

/* Whether a record may begin here. */
static bool plausible(const struct ik_scout_clues *clues, const uint8_t *p)
{
	const struct ik_record_header h = header_at(p);

	return h.seconds - clues->seconds + NEAR <= 2 * NEAR && h.fraction < clues->units &&
	       h.captured <= clues->snaplen && h.captured <= h.length && h.length < LONGEST;
}

/* A record that another follows, or NULL. Most places are passed over by the highest octet of their
 * seconds, which is the same for half a year. */
static const uint8_t *first_record(const struct ik_scout_clues *clues, const uint8_t *from,
                                   const uint8_t *to, const uint8_t *end)
{
	const size_t top = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : 3;
	const int octet = (int)(clues->seconds >> 24);
	const uint8_t *p;
	size_t captured;

	if (to - from > FAR)
		to = from + FAR;
	for (; to - from >= HEADER; from = p + 1) {
		p = (const uint8_t *)memchr(from + top, octet, (size_t)(to - from) - HEADER + 1);
		if (p == NULL)
			return NULL;
		p -= top;
		if (!plausible(clues, p))
			continue;
		captured = header_at(p).captured;
		if ((size_t)(end - p) >= HEADER + captured + HEADER &&
		    plausible(clues, p + HEADER + captured))
			return p;
	}
	return NULL;
}

/* Near, not nearest: it is not wanted at once. */
static inline void ask(const uint8_t *octets, size_t n)
{
	for (size_t i = 0; i < n; i += IK_LINE)
		__builtin_prefetch(octets + i, 0, 2);
}

/* Sends the scout of a lane out, and asks for what the next one will look at. */
static void send(struct ik_scouts *s, const struct ik_scout_clues *clues,
                 const struct ik_stream *stream, size_t lane)
{
	struct ik_scout *scout = &s->scout[lane % IK_SCOUTS];
	const uint8_t *from, *to, *end = stream->base + IK_WINDOW;

	*scout = (struct ik_scout){NULL, NULL};
	if (lane >= IK_WINDOW / IK_LANE)
		return;
	from = stream->base + lane * IK_LANE;
	to = from + IK_LANE;
	if (to < end)
		ask(to, SEARCHED);
	scout->at = first_record(clues, from, to, end);
	scout->end = scout->at != NULL ? to : NULL;
}

/* To the next record; false at the end of the lane. */
static inline bool step(struct ik_scout *scout)
{
	size_t left = (size_t)(scout->end - scout->at);
	uint32_t captured;

	if (left < HEADER)
		return false;
	captured = header_at(scout->at).captured;
	if (left - HEADER < captured) {
		scout->at = scout->end;
		return false;
	}
	scout->at += HEADER + captured;
	ask(scout->at, BEGINNING);
	return true;
}

/* The first lanes of a window: the reader waits until their scouts are through. */
static void begin(struct ik_scouts *s, const struct ik_scout_clues *clues,
                  const struct ik_stream *stream, size_t lane)
{
	size_t busy;

	for (size_t i = 1; i < IK_SCOUTS; i++)
		send(s, clues, stream, lane + i);
	s->scout[lane % IK_SCOUTS] = (struct ik_scout){ik_stream_at(stream), s->lane_end};
	do {
		busy = 0;
		for (size_t i = 0; i < IK_SCOUTS; i++)
			busy += step(&s->scout[i]);
	} while (busy > 0);
}

/* The reader comes into a lane. Behind a packet longer than a lane it has lost its scouts. */
static __attribute__((noinline)) void enter(struct ik_scouts *s, const struct ik_scout_clues *clues,
                                            const struct ik_stream *stream)
{
	const uint8_t *at = ik_stream_at(stream);
	size_t lane = (size_t)(at - stream->base) / IK_LANE;
	bool next = s->piece == stream->ways.turn + 1 && (size_t)(at - s->lane_end) < IK_LANE;

	s->piece = stream->ways.turn + 1;
	s->lane_end = stream->base + (lane + 1) * IK_LANE;
	if (next)
		send(s, clues, stream, lane + IK_SCOUTS - 1);
	else
		begin(s, clues, stream, lane);
}

void ik_scouts_go(struct ik_scouts *s, const struct ik_scout_clues *clues,
                  const struct ik_stream *stream)
{
	if (s->piece != stream->ways.turn + 1 || ik_stream_at(stream) >= s->lane_end)
		enter(s, clues, stream);
	(void)step(&s->scout[s->turn++ % IK_SCOUTS]);
}
