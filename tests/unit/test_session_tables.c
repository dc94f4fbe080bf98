/*
 * The small tables of a session: addresses seen, offers, ranks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/addr.h"
#include "session/assemble.h"
#include "session/offers.h"
#include "session/seen.h"

TestSuite(session_tables);

/* ---- addresses ------------------------------------------------------------------------------ */

static struct ikescope_addr address(uint32_t n)
{
	return ik_addr4((const uint8_t[]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

Test(session_tables, seen_tells_the_first_packet)
{
	struct ik_seen_table *t = ik_seen_new(64);
	struct ikescope_addr a = address(1), b = address(2);
	const struct ik_seen *s;

	cr_assert_null(ik_seen_find(t, &a));
	cr_assert(ik_seen_note(t, &a, 6, 11, 100));
	cr_assert(ik_seen_note(t, &a, 17, 12, 200));
	cr_assert(ik_seen_settle(t));
	s = ik_seen_find(t, &a);
	cr_assert(s != NULL && s->protocol == 6 && s->first == 11);
	cr_assert_null(ik_seen_find(t, &b));
	ik_seen_free(t);
}

/* Below the limit nobody is forgotten, however the sets of the table fill. */
Test(session_tables, seen_forgets_nobody_below_its_limit)
{
	for (uint32_t n = 1; n <= 2048; n *= 2) {
		struct ik_seen_table *t = ik_seen_new(65536);

		for (uint32_t i = 0; i < n; i++) {
			struct ikescope_addr a = address(i * 77);

			cr_assert(ik_seen_note(t, &a, 6, i + 1, i));
		}
		cr_assert(ik_seen_settle(t));
		for (uint32_t i = 0; i < n; i++) {
			struct ikescope_addr a = address(i * 77);
			const struct ik_seen *s = ik_seen_find(t, &a);

			cr_assert(s != NULL && s->first == i + 1, "%u of %u", i, n);
		}
		cr_assert_eq(ik_seen_forgotten(t), 0);
		ik_seen_free(t);
	}
}

/* At the limit the longest unseen leave, and that is counted. */
Test(session_tables, seen_is_bounded)
{
	struct ik_seen_table *t = ik_seen_new(16);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		struct ikescope_addr a = address(i);

		cr_assert(ik_seen_note(t, &a, 6, i + 1, i));
		cr_assert(ik_seen_settle(t));
		cr_assert_not_null(ik_seen_find(t, &a), "the newest is there");
	}
	for (uint32_t i = 0; i < 1000; i++) {
		struct ikescope_addr a = address(i);

		kept += ik_seen_find(t, &a) != NULL;
	}
	cr_assert_leq(kept, 64);
	cr_assert_eq(ik_seen_forgotten(t), 1000 - kept);
	ik_seen_free(t);
}

/* ---- offers --------------------------------------------------------------------------------- */

/* One proposal with AES-CBC 256, HMAC-SHA2-256, its PRF and group 14 (RFC 7296 3.3). */
static const uint8_t chosen2[] = {
        0, 0, 0, 0x2c, 1, 1, 0, 4, 3, 0, 0, 12, 1, 0,  0, 12, 0x80, 14, 1, 0, 3, 0,
        0, 8, 2, 0,    0, 5, 3, 0, 0, 8, 3, 0,  0, 12, 0, 0,  0,    8,  4, 0, 0, 14,
};

/* Who had to make room and goes on sending is there again at once. */
Test(session_tables, seen_again_after_it_was_forgotten)
{
	struct ik_seen_table *t = ik_seen_new(4);
	struct ikescope_addr busy = ik_addr4((const uint8_t[]){192, 0, 2, 1});
	ikescope_time now = 0;

	for (unsigned i = 0; i < 200; i++) {
		struct ikescope_addr other = ik_addr4((const uint8_t[]){198, 51, 100, (uint8_t)i});

		cr_assert(ik_seen_note(t, &busy, 6, 1, ++now) && ik_seen_settle(t));
		cr_assert_not_null(ik_seen_find(t, &busy), "after %u others", i);
		cr_assert(ik_seen_note(t, &other, 6, 1, ++now) && ik_seen_settle(t));
	}
	cr_assert_gt(ik_seen_forgotten(t), 100);
	ik_seen_free(t);
}

/* One transform with AES-CBC 256, SHA2-256, pre-shared key, group 14, 86400 s (RFC 2409 A). */
static const uint8_t chosen1[] = {
        0,    0, 0,    1, 0, 0,    0,    1,  0, 0,    0,  0x30, 1, 1,    0, 1, 0,    0,    0,
        0x28, 1, 1,    0, 0, 0x80, 1,    0,  7, 0x80, 14, 1,    0, 0x80, 2, 0, 4,    0x80, 3,
        0,    1, 0x80, 4, 0, 14,   0x80, 11, 0, 1,    0,  12,   0, 4,    0, 1, 0x51, 0x80,
};

static const struct ik_hash_key key = {{1}};

Test(session_tables, offers_are_kept_once)
{
	struct ik_offers *o = ik_offers_new(&key, 64);
	uint32_t first = 0, again = 0, other = 0;
	const uint8_t *octets;
	uint8_t major = 0;
	size_t len = 9;

	cr_assert(ik_offers_add(o, 2, chosen2, sizeof(chosen2), &first));
	cr_assert(ik_offers_add(o, 2, chosen2, sizeof(chosen2), &again));
	cr_assert(ik_offers_add(o, 1, chosen2, sizeof(chosen2), &other));
	cr_assert_eq(first, 1);
	cr_assert_eq(again, 1);
	cr_assert_eq(other, 2, "the same octets of another version are another offer");
	octets = ik_offers_get(o, 1, &len, &major);
	cr_assert(octets != NULL && len == sizeof(chosen2) && major == 2);
	cr_assert_arr_eq(octets, chosen2, sizeof(chosen2));
	cr_assert_null(ik_offers_get(o, 0, &len, &major));
	cr_assert_eq(len, 0);
	cr_assert_null(ik_offers_get(o, 3, &len, &major));
	cr_assert_eq(ik_offers_lost(o), 0);
	ik_offers_free(o);
}

Test(session_tables, offers_are_bounded)
{
	struct ik_offers *o = ik_offers_new(&key, 50);
	uint32_t number;

	for (int round = 0; round < 2; round++)
		for (uint8_t i = 0; i < 200; i++) {
			cr_assert(ik_offers_add(o, 2, &i, 1, &number));
			cr_assert_eq(number, i < 50 ? i + 1U : 0, "round %d, offer %d", round, i);
		}
	cr_assert_eq(ik_offers_lost(o), 300);
	ik_offers_free(o);
}

Test(session_tables, suites_of_a_choice)
{
	struct ik_offers *o = ik_offers_new(&key, 64);
	uint8_t two[2 * sizeof(chosen2)];
	struct ik_suite s;
	uint32_t number;

	cr_assert(ik_offers_add(o, 2, chosen2, sizeof(chosen2), &number));
	s = ik_offers_suite(o, number);
	cr_assert(s.known && s.encr == 12 && s.key_bits == 256 && s.prf == 5 && s.integ == 12 &&
	          s.group == 14);
	cr_assert(ik_offers_add(o, 1, chosen1, sizeof(chosen1), &number));
	s = ik_offers_suite(o, number);
	cr_assert(s.known && s.encr == 7 && s.key_bits == 256 && s.prf == 4 && s.auth == 1 &&
	                  s.group == 14 && s.life == 86400,
	          "%d %d %d %d %d %d", s.encr, s.key_bits, s.prf, s.auth, s.group, (int)s.life);
	/* Two proposals are an offer, not a choice. */
	memcpy(two, chosen2, sizeof(chosen2));
	memcpy(two + sizeof(chosen2), chosen2, sizeof(chosen2));
	two[0] = 2;
	two[sizeof(chosen2) + 4] = 2;
	cr_assert(ik_offers_add(o, 2, two, sizeof(two), &number));
	cr_assert_not(ik_offers_suite(o, number).known);
	/* Neither is nothing, or nonsense. */
	cr_assert(ik_offers_add(o, 2, chosen2, 7, &number));
	cr_assert_not(ik_offers_suite(o, number).known);
	cr_assert_not(ik_offers_suite(o, 0).known);
	ik_offers_free(o);
}

/* ---- ranks ---------------------------------------------------------------------------------- */

Test(session_tables, ranks)
{
	static const uint32_t sizes[] = {0, 1, 63, 64, 65, 511, 512, 513, 5000};
	static const uint32_t steps[] = {1, 2, 7, 64, 511, 513};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			struct ik_rank *r = ik_rank_new(sizes[i]);
			uint64_t want = 0;

			cr_assert_not_null(r);
			for (uint32_t n = 0; n <= sizes[i]; n += steps[k])
				ik_rank_mark(r, n);
			ik_rank_seal(r);
			for (uint32_t n = 0; n <= sizes[i]; n++) {
				want += n % steps[k] == 0;
				cr_assert_eq(ik_rank_of(r, n), want, "size %u, step %u, %u",
				             sizes[i], steps[k], n);
			}
			ik_rank_free(r);
		}
}
