/*
 * What the text of a diagnosis says once: negotiations that say what an earlier one said, remedies
 * and lines of boxes, the initiators of a flood.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "test_output.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "output/text.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static size_t times(const char *text, const char *part)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, part)) != NULL; at++)
		n++;
	return n;
}

static char *told(const struct test_model *m, bool verbose)
{
	const struct ikescope_text_options options = {
	        .width = 80, .details = verbose ? 0 : 100, .verbose = verbose};
	char *text = test_text(m, IKESCOPE_DIAGNOSIS, &options);

	cr_assert_not_null(text);
	return text;
}

Test(output_fold, an_equal_negotiation_is_three_lines)
{
	char *text = told(&test_model_crowd, false);

	cr_expect_not_null(strstr(text,
	                          "#3 192.0.2.1:500 -> 198.51.100.1:500 IKEv1 main mode: stalled\n"
	                          "  frames 25 to 36, 09:14:23.441 (24.2 s), cookies "
	                          "8f1c2d3e4f506172\n    0a1b2c3d4e5f6071\n"
	                          "  as #1 (-v: in full): likely psk-mismatch-mm, frames 5, 7, 9, "
	                          "11, 6, 8, 10, 12\n#4 "),
	                   "%s", text);
	cr_expect_eq(times(text, "as #1 (-v: in full): likely"), 57);
	cr_expect_eq(times(text, "  as #8 (-v: in full)"), 1);
	cr_expect_eq(times(text, "swanctl --load-creds"), 1);
	cr_expect_eq(times(text, "A box shows the SA"), 1);
	free(text);
}

Test(output_fold, verbose_folds_nothing)
{
	char *text = told(&test_model_crowd, true);

	cr_expect_eq(times(text, " (-v"), 0);
	cr_expect_eq(times(text, "swanctl --load-creds"), 58);
	cr_expect_eq(times(text, "A box shows the SA"), 58);
	cr_expect_eq(times(text, "\n#"), 60);
	free(text);
}

/* ---- what differs is told ---------------------------------------------------------------- */

/* The second negotiation as the first but for one thing. */
enum difference { NOTHING, EVIDENCE, SUMMARY, STATE, CLAIM, PEER, DIFFERENCES };
static enum difference difference;
static struct ikescope_finding finding[2];
static struct ikescope_evidence evidence;

static void differing(size_t i, struct ikescope_negotiation *n)
{
	test_model_psk.negotiation(0, n);
	n->id = i + 1;
	if (i == 0)
		return;
	finding[0] = n->findings[0];
	n->findings = finding;
	evidence = finding[0].evidence[1];
	evidence.text = "an answer of another kind";
	switch (difference) {
	case EVIDENCE:
		finding[0].evidence = &evidence;
		finding[0].n_evidence = 1;
		break;
	case SUMMARY: finding[0].summary = "The keys differ after all."; break;
	case STATE: n->shown_as.asa_initiator = "MM_WAIT_MSG4"; break;
	case CLAIM: finding[0].claim = IKESCOPE_POSSIBLE; break;
	case PEER: n->responder.endpoint.addr.octet[3] = 99; break;
	case NOTHING:
	case DIFFERENCES: break;
	}
}

static char *told_twice(enum difference d)
{
	struct test_model m = test_model_psk;

	difference = d;
	m.negotiation = differing;
	m.n_negotiations = m.totals.negotiations = 2;
	return told(&m, false);
}

Test(output_fold, what_differs_is_told)
{
	/* clang-format off */
	static const struct {
		enum difference difference;
		bool folded;
		const char *part;
	} rows[] = {
		{NOTHING,  true,  "  as #1 (-v: in full): likely psk-mismatch-mm, frames 5, 7,"},
		{EVIDENCE, true,  "  as #1 (-v: in full): likely psk-mismatch-mm\n    - frames 6, 8, 10, 12 (09:14:23.463): an answer of another kind\n"},
		{SUMMARY,  false, "The keys differ after all. [psk-mismatch-mm]\n"},
		{STATE,    false, "    Cisco ASA           MM_WAIT_MSG4                 MM_WAIT_MSG5\n"},
		{CLAIM,    false, "Failure (possible): The responder"},
		{PEER,     false, "#2 192.0.2.1:500 -> 198.51.100.99:500 IKEv1 main mode: stalled\n  frames 1 to 12, "},
	};
	/* clang-format on */

	cr_assert_eq(N(rows), DIFFERENCES);
	for (size_t i = 0; i < N(rows); i++) {
		char *text = told_twice(rows[i].difference);
		const char *second = strstr(text, "\n#2 ");

		cr_assert_not_null(second);
		cr_expect_not_null(strstr(second, rows[i].part), "row %zu: %s", i, text);
		cr_expect_eq(times(text, "  as #1 (-v: in full)"), rows[i].folded, "row %zu", i);
		/* The same remedies are told once, wherever they belong to. */
		cr_expect_eq(times(text, "swanctl --load-creds"), 1, "row %zu", i);
		cr_expect_eq(times(text, "    What to do: as under psk-mismatch-mm in #1\n"),
		             !rows[i].folded, "row %zu", i);
		cr_expect_eq(
		        times(text, "On the box you would see: as under psk-mismatch-mm in #1"),
		        !rows[i].folded, "row %zu", i);
		free(text);
	}
}

/* ---- a note that was told ---------------------------------------------------------------- */

static const struct ikescope_evidence hash = {.at = {.capture = 1, .frame = 77}, .text = "a hash"};
static const struct ikescope_finding nat_note = {.slug = "natd-reason",
                                                 .severity = IKESCOPE_NOTE,
                                                 .claim = IKESCOPE_CERTAIN,
                                                 .summary = "A NAT rewrites the port.",
                                                 .evidence = &hash,
                                                 .n_evidence = 1};

/* Each came up, and each ended otherwise. */
static void noted(size_t i, struct ikescope_negotiation *n)
{
	test_model_healthy.negotiation(0, n);
	n->id = i + 1;
	n->at_end = i == 0 ? IKESCOPE_END_DELETED : IKESCOPE_END_UP;
	n->findings = &nat_note;
	n->n_findings = 1;
}

Test(output_fold, an_equal_note_is_told_once)
{
	struct test_model m = test_model_healthy;
	char *text;

	m.negotiation = noted;
	m.n_negotiations = m.totals.negotiations = 2;
	text = told(&m, false);
	cr_expect_eq(times(text, "Note (certain): A NAT rewrites the port. [natd-reason]"), 1);
	cr_expect_eq(times(text, "  Note as in #1 (-v: in full): certain natd-reason, frame 77\n"),
	             1);
	free(text);
}

/* ---- findings of a tunnel ---------------------------------------------------------------- */

static const uint64_t both[] = {1, 2};

/* Where in the text of two negotiations a finding of their tunnel stands: before them or behind. */
static bool leads(const char *slug, enum ikescope_severity severity, size_t negotiations)
{
	const struct ikescope_finding f = {.slug = slug, .severity = severity, .summary = "Told."};
	const struct ikescope_tunnel tunnel = {.peers = {{.family = 4}, {.family = 4}},
	                                       .negotiations = both,
	                                       .n_negotiations = negotiations,
	                                       .findings = &f,
	                                       .n_findings = 1};
	struct test_model m = test_model_psk;
	char *text;
	bool first;

	difference = NOTHING;
	m.negotiation = differing;
	m.n_negotiations = m.totals.negotiations = negotiations;
	m.tunnel = &tunnel;
	m.n_tunnels = 1;
	text = told(&m, false);
	cr_expect_eq(times(text, "): Told. ["), 1, "%s", text);
	first = strstr(text, "): Told. [") < strstr(text, "\n#1 ");
	free(text);
	return first;
}

Test(output_fold, what_negotiations_show_together_comes_first)
{
	cr_expect(leads("repeated-failure", IKESCOPE_NOTE, 2));
	cr_expect(leads("flap-dpd", IKESCOPE_WARNING, 2));
	cr_expect(leads("duplicate-peer-identity", IKESCOPE_FAILURE, 2));
	cr_expect_not(leads("weak-crypto", IKESCOPE_NOTE, 2));
	cr_expect_not(leads("esp-one-way", IKESCOPE_FAILURE, 1));
}

/* ---- a flood ----------------------------------------------------------------------------- */

static const struct ikescope_finding flood_finding = {
        .slug = "halfopen-flood", .severity = IKESCOPE_WARNING, .summary = "A flood."};

/* 40 initiators that never went on, each in a tunnel of its own, and 10 of one that was not
 * answered. */
static void stranger(size_t i, struct ikescope_negotiation *n)
{
	test_model_psk.negotiation(0, n);
	n->id = i + 1;
	n->findings = NULL;
	n->n_findings = 0;
	if (i < 40) {
		n->initiator.endpoint.addr.octet[3] = (uint8_t)(100 + i);
		n->stall.kind = IKESCOPE_MISSING;
		n->stall.waiting_for = IKESCOPE_INITIATOR;
		n->stall.message = "MM3";
	}
}

static char *flood(bool found)
{
	static const struct ikescope_tunnel tunnel = {.n_negotiations = 1};
	struct test_model m = {
	        .totals = {.negotiations = 50, .findings = &flood_finding, .n_findings = found},
	        .captures = test_model_psk.captures,
	        .n_captures = 1,
	        .negotiation = stranger,
	        .n_negotiations = 50,
	        .tunnel = &tunnel,
	        .n_tunnels = 50};
	char *text = test_text(&m, IKESCOPE_DIAGNOSIS, NULL);

	cr_assert_not_null(text);
	return text;
}

Test(output_fold, strangers_of_a_flood_are_a_line)
{
	char *text = flood(true), *calm = flood(false);

	cr_expect_not_null(
	        strstr(text,
	               "x40 from 40 initiators -> 198.51.100.1 v1 stalled: MM3 missing\n"
	               "    192.0.2.100, 192.0.2.101, 192.0.2.102 and 37 more; -v has each in "
	               "full\n"
	               "    #1 to #40, frames 1 to 12, "),
	        "%s", text);
	cr_expect_eq(times(text, "192.0.2.1 -> 198.51.100.1 v1 stalled: MM5 unanswered\n"), 10);
	cr_expect_eq(times(text, "A flood."), 1, "a finding in full is told again as a cause");
	/* Without the finding each of them may be a peer. */
	cr_expect_eq(times(calm, " -> 198.51.100.1 v1 stalled: MM3 missing\n"), 40);
	cr_expect_eq(times(calm, "initiators"), 0);
	free(text);
	free(calm);
}

Test(output_fold, causes_come_before_the_lines)
{
	char *text = test_text(&test_model_crowd, IKESCOPE_DIAGNOSIS, NULL);

	cr_assert_not_null(text);
	cr_expect_lt(strstr(text, "\npsk-mismatch-mm (failure"), strstr(text, "\nx58 192.0.2.1"));
	free(text);
}

/* ---- the memory -------------------------------------------------------------------------- */

Test(output_fold, the_oldest_is_forgotten)
{
	struct ik_told *t = calloc(1, sizeof(*t));

	cr_assert_not_null(t);
	cr_expect_null(ik_told_find(t, 0));
	for (uint64_t i = 0; i <= IK_TOLD_ROWS; i++)
		ik_told_add(t, 1000 + i, i, "slug");
	cr_expect_null(ik_told_find(t, 1000));
	cr_assert_not_null(ik_told_find(t, 1001));
	cr_expect_eq(ik_told_find(t, 1001)->negotiation, 1);
	cr_expect_str_eq(ik_told_find(t, 1000 + IK_TOLD_ROWS)->slug, "slug");
	free(t);
}
