/*
 * Moments as people write them, the pace, and the language of a replay.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "output/replay.h"
#include "session/nego.h"
#include "test_output.h"

TestSuite(output_replay);

#define S IKESCOPE_SECOND

/* ---- moments ----------------------------------------------------------------------------- */

Test(output_replay, a_moment_has_three_forms)
{
	static const struct {
		const char *text;
		enum ikescope_moment_kind kind;
		ikescope_time value;
	} good[] = {
	        {"0", IKESCOPE_MOMENT_SINCE, 0},
	        {"12.044", IKESCOPE_MOMENT_SINCE, 12044000000},
	        {"-1.5", IKESCOPE_MOMENT_SINCE, -1500000000},
	        {"09:14", IKESCOPE_MOMENT_CLOCK, 33240 * S},
	        {"09:14:23.441", IKESCOPE_MOMENT_CLOCK, 33263 * S + 441000000},
	        {"01-31 09:14:23", IKESCOPE_MOMENT_DAY, 33263 * S},
	        {"2026-01-31 09:14:23", IKESCOPE_MOMENT_DATE, 1769850863 * S},
	        {"2026-01-31T09:14:23Z", IKESCOPE_MOMENT_UTC, 1769850863 * S},
	        {"2026-01-31T11:14:23.5+02:00", IKESCOPE_MOMENT_UTC, 1769850863 * S + 500000000},
	        {"2024-02-29t00:00:00z", IKESCOPE_MOMENT_UTC, 1709164800 * S},
	        {"02-29 00:00", IKESCOPE_MOMENT_DAY, 0},
	};
	static const char *const bad[] = {
	        "",
	        "now",
	        "9:14",
	        "09:14:",
	        "24:00",
	        "09:60",
	        "12.",
	        "12.5s",
	        "99999999999",
	        "2026-02-29T00:00:00Z",
	        "2026-13-01",
	        "02-30 00:00",
	        "2026-01-31",
	        "1.2.3",
	        "09:14:23+02:00",
	        "-",
	        "0x10",
	        "09:14:23.441 ",
	        "3026-01-31T00:00:00Z",
	};
	struct ikescope_moment m;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_expect(ikescope_moment_parse(&m, good[i].text), "%s", good[i].text);
		cr_expect_eq(m.kind, good[i].kind, "%s: %d", good[i].text, (int)m.kind);
		cr_expect_eq(m.value, good[i].value, "%s: %lld", good[i].text, (long long)m.value);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_not(ikescope_moment_parse(&m, bad[i]), "'%s'", bad[i]);
		cr_expect_eq(m.kind, IKESCOPE_MOMENT_NONE, "'%s'", bad[i]);
	}
}

static int two_hours_east(void *ctx, int64_t seconds)
{
	(void)ctx;
	(void)seconds;
	return 7200;
}

static ikescope_time resolve(struct ik_text *t, const char *text, bool end)
{
	struct ikescope_moment m;

	cr_assert(ikescope_moment_parse(&m, text), "%s", text);
	return ik_replay_moment(t, &m, end);
}

Test(output_replay, a_moment_lies_in_the_captures)
{
	/* From 23:50 of the 31st of January to 00:10, as clocks two hours east show it. */
	const ikescope_time midnight = (1769850863 - 33263 + 79200) * S;
	struct ik_text *t = calloc(1, sizeof(*t));

	cr_assert_not_null(t);
	t->opt.offset_of = two_hours_east;
	t->origin = midnight - 600 * S;
	t->last = midnight + 600 * S;
	cr_expect_eq(resolve(t, "23:55", false), midnight - 300 * S);
	cr_expect_eq(resolve(t, "00:05", false), midnight + 300 * S);
	cr_expect_eq(resolve(t, "00:05:00.000", true), midnight + 300 * S + 999999);
	cr_expect_eq(resolve(t, "00:05:00.000000001", true), midnight + 300 * S + 1);
	cr_expect_eq(resolve(t, "23:00", false), midnight - 3600 * S, "before the first packet");
	cr_expect_eq(resolve(t, "600.5", false), midnight + S / 2);
	cr_expect_eq(resolve(t, "02-01 00:00", false), midnight);
	cr_expect_eq(resolve(t, "2026-02-01 00:00:00", false), midnight);
	cr_expect_eq(resolve(t, "2026-01-31T22:00:00Z", false), midnight);
	t->origin = IKESCOPE_TIME_NONE;
	cr_expect_eq(resolve(t, "23:55", false), 0, "without packets");
	free(t);
}

/* ---- the pace ---------------------------------------------------------------------------- */

struct pace {
	size_t calls, enough;
	ikescope_time total;
};

static int wait(void *ctx, ikescope_time since)
{
	struct pace *p = ctx;

	cr_expect_geq(since, 0);
	p->total += since;
	return ++p->calls == p->enough ? 7 : 0;
}

static int swallow(void *ctx, const char *data, size_t len)
{
	(void)ctx;
	(void)data;
	(void)len;
	return 0;
}

/* The model with what a visitor gets who wants details. */
static const struct ikescope_ends nowhere = {
        .shown_as = {"(none)", "(none)", "(none)", "(none)", "(none)", "(none)", "(none)",
                     "(none)"},
        .initiator = "no SA",
        .responder = "no SA",
};
static struct ikescope_step the_steps[32];

static void with_ends(size_t i, struct ikescope_negotiation *n)
{
	test_model_psk.negotiation(i, n);
	cr_assert_leq(n->n_steps, sizeof(the_steps) / sizeof(the_steps[0]));
	for (size_t k = 0; k < n->n_steps; k++) {
		the_steps[k] = n->steps[k];
		the_steps[k].ends = &nowhere;
	}
	n->steps = the_steps;
}

static int paced(struct pace *pace)
{
	const struct ikescope_replay how = {.wait = wait, .ctx = pace};
	const struct ikescope_text_options options = {.width = 80, .replay = &how};
	struct test_model model = test_model_psk;
	struct ik_source source;
	const struct ikescope_writer writer = {.write = swallow};
	struct ikescope_verdict verdict = {0};
	int rc;

	model.negotiation = with_ends;
	source = test_source(&model);
	rc = ik_write_text(&source, IKESCOPE_REPLAY, &options, &writer, &verdict);

	cr_expect_eq(verdict.failures, test_model_psk.totals.failures,
	             "the verdict is known although the replay ended early");
	return rc;
}

Test(output_replay, each_transmission_is_waited_for)
{
	struct pace all = {0}, some = {.enough = 3};

	cr_expect_eq(paced(&all), 0);
	cr_expect_gt(all.calls, 4);
	cr_expect_gt(all.total, 0);
	cr_expect_eq(paced(&some), 7, "what wait() returns is returned");
	cr_expect_eq(some.calls, 3);
}

/* ---- the language ------------------------------------------------------------------------ */

Test(output_replay, every_message_has_lines_in_every_box)
{
	for (int box = IKESCOPE_AS_IOS; box <= IKESCOPE_AS_CHARON; box++)
		for (unsigned version = 1; version <= 2; version++)
			for (int event = IK_REPLAY_SEND; event <= IK_REPLAY_AGAIN; event++) {
				size_t lines = 0;

				for (size_t i = 0; i < ik_replay_n_lines; i++)
					lines += (int)ik_replay_lines[i].box == box &&
					         (ik_replay_lines[i].version == 0 ||
					          ik_replay_lines[i].version == version) &&
					         (int)ik_replay_lines[i].event == event &&
					         ik_replay_lines[i].message == NULL;
				cr_expect_gt(lines, 0, "box %d, IKEv%u, event %d", box, version,
				             event);
			}
}

static bool is_message(const char *name)
{
	for (int m = IK_M_NONE + 1; m < IK_MSG_NAMES; m++)
		if (strcmp(ik_msg_name((enum ik_msg_name)m), name) == 0)
			return true;
	return false;
}

Test(output_replay, every_line_is_about_a_message_and_can_be_logged)
{
	for (size_t i = 0; i < ik_replay_n_lines; i++) {
		const struct ik_replay_line *l = &ik_replay_lines[i];

		cr_expect(l->message == NULL || is_message(l->message), "%s", l->message);
		cr_expect_eq(l->needs & l->forbids, 0, "%s", l->line);
		cr_expect(l->event != IK_REPLAY_RECEIVE ||
		                  (l->needs & (IK_REPLAY_TAKEN | IK_REPLAY_REACTED)) != 0,
		          "%s: logged although it may not have arrived", l->line);
		for (const char *p = l->line; *p != '\0'; p++)
			cr_expect(*p >= ' ' && *p <= '~', "%s", l->line);
	}
}
