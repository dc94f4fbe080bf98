/*
 * Scouts: they are at records wherever they guess right, and nowhere outside of their window
 * whatever is in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/mman.h>

#include "capture/scout.h"

enum { HEADER = 16, SECONDS = 1700000000 };
#define GUARD ((size_t)1 << 16)

static const struct ik_scout_clues clues = {
        .snaplen = 262144, .units = 1000000, .seconds = SECONDS};

static uint8_t begins[IK_WINDOW / 8 + 1]; /* bit by octet of the window: a record begins here */

static bool is_begin(size_t at)
{
	return (begins[at / 8] >> at % 8 & 1) != 0;
}

/* Place for so many windows, one behind the other. */
static uint8_t *windows(size_t n)
{
	uint8_t *area = mmap(NULL, n * IK_WINDOW + 2 * GUARD, PROT_NONE,
	                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	cr_assert_neq(area, MAP_FAILED);
	return area + GUARD;
}

/* A window with nothing readable around it, and a stream on it. */
static void open_window(struct ik_stream *s, struct ik_window *w, uint8_t *place, uint64_t piece)
{
	cr_assert_eq(mprotect(place, IK_WINDOW, PROT_READ | PROT_WRITE), 0);
	*w = (struct ik_window){.at = place};
	*s = (struct ik_stream){.base = w->at, .end = IK_WINDOW};
	s->ways.window = w;
	s->ways.turn = piece;
}

/* Nothing else comes to where it was, so that whoever is still there is caught. */
static void close_window(const struct ik_window *w)
{
	cr_assert_eq(mprotect(w->at, IK_WINDOW, PROT_NONE), 0);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Records of many sizes, beginning somewhere, with octets that look like the highest of a time. */
static size_t fill(uint8_t *window, size_t first, size_t largest, uint32_t seed)
{
	size_t at = first, n = 0;

	memset(begins, 0, sizeof(begins));
	memset(window, 0x65, IK_WINDOW);
	while (IK_WINDOW - at >= HEADER) {
		uint32_t size = 40 + next_random(&seed) % (uint32_t)largest;
		uint32_t header[4] = {SECONDS + (uint32_t)(n / 500), next_random(&seed) % 1000000,
		                      size, size};

		begins[at / 8] |= (uint8_t)(1U << at % 8);
		memcpy(window + at, header, HEADER);
		n++;
		if (IK_WINDOW - at < HEADER + (size_t)size)
			break;
		at += HEADER + size;
	}
	return n;
}

static size_t size_at(const uint8_t *p)
{
	uint32_t size;

	memcpy(&size, p + 8, sizeof(size));
	return size;
}

/* Reads the window as ik_records_next() does, and returns the number of records. All guesses are
 * right, and nearly all records were asked for when the reader comes. */
static size_t read_records(struct ik_scouts *scouts, struct ik_stream *s)
{
	size_t n = 0, late = 0;

	while (s->end - s->pos >= HEADER && s->end - s->pos >= HEADER + size_at(ik_stream_at(s))) {
		const struct ik_scout *own = &scouts->scout[s->pos / IK_LANE % IK_SCOUTS];

		late += own->at == NULL || own->at < ik_stream_at(s);
		s->pos += HEADER + size_at(ik_stream_at(s));
		n++;
		if (s->end - s->pos < HEADER)
			break;
		ik_scouts_go(scouts, &clues, s);
		for (size_t i = 0; i < IK_SCOUTS; i++) {
			const struct ik_scout *scout = &scouts->scout[i];

			if (scout->at != NULL && scout->at != scout->end)
				cr_assert(is_begin((size_t)(scout->at - s->base)),
				          "record %zu, %zu", n, i);
		}
	}
	cr_expect_leq(late, n / 16, "%zu of %zu records", late, n);
	return n;
}

Test(capture_scout, goes_ahead_from_record_to_record)
{
	static const size_t largest[] = {60, 700, 1500, 4000};

	for (size_t i = 0; i < sizeof(largest) / sizeof(largest[0]); i++) {
		struct ik_scouts scouts = {.turn = 0};
		struct ik_stream s;
		struct ik_window w;
		uint8_t *window = windows(1);
		size_t n;

		open_window(&s, &w, window, i);
		n = fill(window, 24 + 7 * i, largest[i], (uint32_t)i);
		s.pos = 24 + 7 * i;
		cr_assert_geq(read_records(&scouts, &s), n - 1);
		close_window(&w);
	}
}

/* Nothing of the last window is left, wherever the reader was in it and whatever it met there. */
Test(capture_scout, begins_anew_in_each_window)
{
	struct ik_scouts scouts = {.turn = 0};
	static const size_t order[] = {2, 3, 1, 0, 5, 4};
	uint8_t *area = windows(6);

	for (uint64_t piece = 0; piece < 6; piece++) {
		uint8_t *window = area + order[piece] * IK_WINDOW;
		struct ik_stream s;
		struct ik_window w;

		open_window(&s, &w, window, piece);
		fill(window, 100, 1500, (uint32_t)piece);
		s.pos = 100;
		s.end = IK_WINDOW / (piece + 1);
		read_records(&scouts, &s);
		close_window(&w);
	}
}

static void put_record(uint8_t *at, uint32_t size)
{
	uint32_t header[4] = {SECONDS, 0, size, size};

	memcpy(at, header, sizeof(header));
}

static void fill_badly(uint8_t *window, unsigned kind)
{
	uint32_t seed = kind;

	memset(window, kind == 1 ? 0x65 : 0, IK_WINDOW);
	for (size_t i = 0; kind == 0 && i < IK_WINDOW; i++)
		window[i] = (uint8_t)next_random(&seed);
	for (size_t end = IK_LANE; kind >= 2 && end <= IK_WINDOW; end += IK_LANE) {
		if (kind == 2) /* the last leaves half of a header */
			for (size_t i = 1; i <= 200; i++)
				put_record(window + end - 8 - 320 * i, 304);
		else /* lead out of the last lane */
			for (size_t i = 0; i < 50; i++)
				put_record(window + end - IK_LANE + 6000 + 20 * i, 62000);
	}
}

/* Octets that are no records: any, all alike, and records that lead out of the window. */
Test(capture_scout, stays_in_its_window)
{
	for (unsigned kind = 0; kind < 4; kind++) {
		struct ik_scouts scouts = {.turn = 0};
		uint32_t seed = kind;
		struct ik_stream s;
		struct ik_window w;

		open_window(&s, &w, windows(1), kind);
		fill_badly(w.at, kind);
		for (s.pos = 0; s.pos < IK_WINDOW - 200; s.pos += 1 + next_random(&seed) % 300)
			ik_scouts_go(&scouts, &clues, &s);
		close_window(&w);
	}
}

/* A packet longer than several lanes is passed over. */
Test(capture_scout, finds_its_lane_again)
{
	struct ik_scouts scouts = {.turn = 0};
	struct ik_stream s;
	struct ik_window w;
	uint8_t *window = windows(1);

	open_window(&s, &w, window, 9);
	fill(window, 0, 1000, 5);
	for (s.pos = 0; s.pos < IK_WINDOW - 200000; s.pos += 200000) {
		while (!is_begin(s.pos))
			s.pos++;
		ik_scouts_go(&scouts, &clues, &s);
		for (size_t i = 0; i < IK_SCOUTS; i++)
			cr_assert(scouts.scout[i].at == NULL ||
			          scouts.scout[i].at == scouts.scout[i].end ||
			          is_begin((size_t)(scouts.scout[i].at - window)));
		cr_assert_gt(scouts.lane_end, window + s.pos);
	}
	close_window(&w);
}
