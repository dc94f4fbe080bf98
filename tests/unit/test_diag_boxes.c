/*
 * What boxes say: every row of the tables is complete and names slugs that exist, every state that
 * can be shown is described, and every position has its states.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <string.h>

#include "diag/boxes.h"
#include "diag/case.h"
#include "diag/rule_words.h"
#include "iana/iana.h"

TestSuite(diag_boxes);

#define N(array) (sizeof(array) / sizeof((array)[0]))

static bool is_slug(const char *slug)
{
	return ik_title(slug) != NULL;
}

static void check_slugs(const char *const *slugs, const char *where)
{
	for (; *slugs != NULL; slugs++)
		cr_expect(is_slug(*slugs), "%s: %s is no slug", where, *slugs);
}

/* A sentence of the project: it begins and ends as one, and is plain ASCII. */
static void check_sentence(const char *text, const char *where)
{
	size_t n;

	cr_assert_not_null(text, "%s", where);
	n = strlen(text);
	cr_assert_gt(n, 10, "%s", where);
	cr_expect(strchr(".", text[n - 1]) != NULL, "%s: '%s' does not end", where, text);
	for (size_t i = 0; i < n; i++)
		cr_expect(text[i] >= ' ' && text[i] <= '~', "%s: %s", where, text);
}

Test(diag_boxes, every_line_names_a_slug_or_says_why_none)
{
	cr_assert_gt(ik_boxes.n_lines, 100);
	for (size_t i = 0; i < ik_boxes.n_lines; i++) {
		const struct ik_box_line *l = &ik_boxes.lines[i];

		check_sentence(l->means, l->says.text);
		check_slugs(l->slugs, l->says.text);
		cr_expect((*l->slugs == NULL) == (l->none != NULL), "%s", l->says.text);
		cr_expect(l->where != NULL && strlen(l->says.text) < 200, "%s", l->says.text);
		for (size_t k = 0; k < i; k++)
			cr_expect(strcmp(ik_boxes.lines[k].says.text, l->says.text) != 0 ||
			                  strcmp(ik_boxes.lines[k].says.vendor, l->says.vendor) !=
			                          0 ||
			                  ik_boxes.lines[k].version != l->version,
			          "%s: twice", l->says.text);
	}
}

Test(diag_boxes, every_vendor_has_lines_and_states)
{
	static const char *const vendors[] = {"cisco-ios", "cisco-asa", "strongswan", "libreswan"};

	for (size_t v = 0; v < N(vendors); v++) {
		size_t lines = 0, states = 0;

		for (size_t i = 0; i < ik_boxes.n_lines; i++)
			lines += strcmp(ik_boxes.lines[i].says.vendor, vendors[v]) == 0;
		for (size_t i = 0; i < ik_boxes.n_states; i++)
			states += strcmp(ik_boxes.states[i].vendor, vendors[v]) == 0;
		cr_expect(lines >= 10 && states >= 8, "%s: %zu, %zu", vendors[v], lines, states);
		cr_expect_str_neq(ik_box_vendor(vendors[v]), "any box");
	}
}

Test(diag_boxes, every_state_is_described)
{
	for (size_t i = 0; i < ik_boxes.n_states; i++) {
		const struct ik_box_state *s = &ik_boxes.states[i];

		check_sentence(s->means, s->name);
		check_slugs(s->slugs, s->name);
		if (s->alias_of != NULL)
			continue;
		cr_expect_not_null(s->where, "%s", s->name);
		cr_expect(*s->slugs != NULL || s->note != NULL, "%s", s->name);
	}
}

Test(diag_boxes, every_notify_is_one)
{
	for (size_t i = 0; i < ik_boxes.n_notifies; i++) {
		const struct ik_box_notify *n = &ik_boxes.notifies[i];
		const char *name = ik_notify_name(n->version, n->number);

		cr_assert_not_null(name, "IKEv%u %u", n->version, n->number);
		check_sentence(n->means, name);
		check_slugs(n->slugs, name);
		cr_expect_eq(ik_box_notify(n->version, n->number), n, "%s", name);
	}
	cr_assert_null(ik_box_notify(1, 9999));
	cr_assert_null(ik_box_notify(3, 14));
}

/* Every error that the RFCs define means something. */
Test(diag_boxes, every_error_notify_of_ike_is_described)
{
	for (uint16_t n = 1; n <= 30; n++)
		if (n < 26 || n > 27)
			cr_expect_not_null(ik_box_notify(1, n), "IKEv1 %u", n);
	for (uint16_t n = 1; n <= 44; n++)
		if (ik_notify_name(2, n) != NULL && n != 42)
			cr_expect_not_null(ik_box_notify(2, n), "IKEv2 %u", n);
}

/* ---- lines that stand with findings --------------------------------------------------------- */

static bool in_tables(const struct ikescope_box_line *line, const char *slug, unsigned version)
{
	for (size_t i = 0; i < ik_boxes.n_lines; i++) {
		const struct ik_box_line *l = &ik_boxes.lines[i];

		if (strcmp(l->says.text, line->text) == 0 && ik_box_names(l->slugs, slug) &&
		    strcmp(l->says.vendor, line->vendor) == 0 &&
		    (l->says.role == line->role || l->says.role == IKESCOPE_ROLE_UNKNOWN) &&
		    (l->version == 0 || l->version == version))
			return true;
	}
	return false;
}

static void check_lines(const char *slug, const struct ik_box_seen *seen)
{
	struct ikescope_box_line line[IK_BOX_LINES];
	size_t n = ik_box_lines(slug, seen, line);

	cr_assert_leq(n, IK_BOX_LINES);
	for (size_t k = 0; k < n; k++) {
		size_t same = 0;

		cr_expect(in_tables(&line[k], slug, seen->version), "%s, %u: %s", slug,
		          seen->version, line[k].text);
		for (size_t m = 0; m < n; m++)
			same += strcmp(line[m].vendor, line[k].vendor) == 0;
		cr_expect_leq(same, IK_BOX_OF_VENDOR, "%s: %s", slug, line[k].vendor);
	}
}

Test(diag_boxes, lines_of_a_finding_are_few_and_of_its_version)
{
	for (size_t i = 0; i < ik_boxes.n_shown; i++) {
		const struct ik_box_shown *row = &ik_boxes.shown[i];

		cr_assert_gt(row->n, 0, "%s", row->slug);
		for (int objects = 0; objects <= 1; objects++) {
			const struct ik_box_seen seen = {.version = row->version,
			                                 .initiator_objects = objects == 1};

			check_lines(row->slug, &seen);
		}
	}
}

/* Who says a text in a case; -1: nobody does. */
static int who_says(const char *slug, const struct ik_box_seen *seen, const char *text)
{
	struct ikescope_box_line line[IK_BOX_LINES];
	size_t n = ik_box_lines(slug, seen, line);

	for (size_t i = 0; i < n; i++)
		if (strstr(line[i].text, text) != NULL)
			return (int)line[i].role;
	return -1;
}

static bool says(const char *slug, unsigned version, const char *text)
{
	const struct ik_box_seen seen = {.version = version};

	return who_says(slug, &seen, text) >= 0;
}

/* A line that what is seen rules out is not shown. */
Test(diag_boxes, lines_go_with_the_case)
{
	static const struct {
		const char *slug;
		struct ik_box_seen seen;
		const char *text;
		int who;
	} cases[] = {
	        {"auth-failed-v2",
	         {.version = 2},
	         "received AUTHENTICATION_FAILED",
	         IKESCOPE_INITIATOR},
	        {"auth-failed-v2", {.version = 2}, "rejected by peer", IKESCOPE_INITIATOR},
	        {"auth-failed-v2", {.version = 2}, "received DELETE", -1},
	        {"auth-failed-v2", {.version = 2}, "no trusted", -1},
	        {"auth-failed-v2", {.version = 2, .initiator_objects = true}, "received AUTH", -1},
	        {"auth-failed-v2",
	         {.version = 2, .initiator_objects = true},
	         "rejected by peer",
	         -1},
	        {"auth-failed-v2",
	         {.version = 2, .initiator_objects = true},
	         "received DELETE",
	         IKESCOPE_RESPONDER},
	        {"auth-failed-v2",
	         {.version = 2, .initiator_objects = true},
	         "no trusted",
	         IKESCOPE_INITIATOR},
	        {"id-mismatch-v1", {.version = 1}, "no peer config found", IKESCOPE_RESPONDER},
	        {"id-mismatch-v1",
	         {.version = 1, .initiator_objects = true},
	         "no peer config found",
	         -1},
	        {"id-mismatch-v1",
	         {.version = 1, .initiator_objects = true},
	         "IDir",
	         IKESCOPE_INITIATOR},
	        {"id-mismatch-v1",
	         {.version = 1, .initiator_objects = true},
	         "received DELETE",
	         IKESCOPE_RESPONDER},
	        {"id-mismatch-v1",
	         {.version = 1, .initiator_objects = true, .notify = 18},
	         "received DELETE",
	         -1},
	        {"psk-missing",
	         {.version = 1, .notify = 17},
	         "received INVALID_KE_PAYLOAD",
	         IKESCOPE_INITIATOR},
	        {"psk-missing", {.version = 1, .notify = 17}, "received AUTHENTICATION_FAILED", -1},
	        {"psk-missing", {.version = 1, .notify = 24}, "received INVALID_KE_PAYLOAD", -1},
	        {"psk-missing",
	         {.version = 1, .notify = 24},
	         "received AUTHENTICATION_FAILED",
	         IKESCOPE_INITIATOR},
	        {"p1-no-proposal", {.version = 1}, "received NO_PROPOSAL", IKESCOPE_INITIATOR},
	        {"p1-no-proposal", {.version = 1, .silent = true}, "received NO_PROPOSAL", -1},
	        {"natd-reason", {.version = 2}, "local host is behind", IKESCOPE_ROLE_UNKNOWN},
	        {"natd-reason",
	         {.version = 2, .nat = IKESCOPE_INITIATOR},
	         "local host is",
	         IKESCOPE_INITIATOR},
	        {"natd-reason",
	         {.version = 2, .nat = IKESCOPE_INITIATOR},
	         "remote host is",
	         IKESCOPE_RESPONDER},
	        {"natd-reason",
	         {.version = 2, .nat = IKESCOPE_RESPONDER},
	         "local host is",
	         IKESCOPE_RESPONDER},
	        {"natd-reason",
	         {.version = 2, .nat = IKESCOPE_RESPONDER},
	         "remote host is",
	         IKESCOPE_INITIATOR},
	};

	for (size_t i = 0; i < N(cases); i++)
		cr_expect_eq(who_says(cases[i].slug, &cases[i].seen, cases[i].text), cases[i].who,
		             "case %zu: %s: %s", i, cases[i].slug, cases[i].text);
}

Test(diag_boxes, findings_say_what_people_search_for)
{
	cr_expect(says("p1-no-proposal", 1, "no offers accepted"));
	cr_expect(says("p1-no-proposal", 1, "phase 1 SA policy not acceptable"));
	cr_expect_not(says("p1-no-proposal", 2, "no offers accepted"));
	cr_expect(says("p1-no-proposal", 2, "Failed to find a matching policy"));
	cr_expect(says("psk-mismatch-mm", 1, "retransmitting phase 1 MM_KEY_EXCH"));
	cr_expect(says("psk-mismatch-mm", 1, "mismatch of preshared secrets"));
	cr_expect(says("auth-failed-v2", 2, "750003"));
	cr_expect(says("p2-refused-v1", 1, "error 32"));
	cr_expect(says("ts-mismatch-v1", 1, "proxy identities not supported"));
	cr_expect(says("esp-one-way", 0, "RECVD_PKT_INV_SPI"));
	cr_expect_not(says("art-drop", 0, ""));
	cr_expect_not(says("no such slug", 1, ""));
}

/* Every cause that a rule finds has something to see on a box; but for those that are about nothing
 * that a box knows. */
Test(diag_boxes, causes_have_lines)
{
	static const char *const without[] = {"simultaneous-initiation",
	                                      "unexplained-refusal",
	                                      "unexplained-stall",
	                                      "unknown-exchange-or-critical",
	                                      "esp-reorder",
	                                      "esp-seq-gap",
	                                      "wrong-peer-device",
	                                      "wrong-role-flags"};

	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++) {
		bool expected = true;

		for (size_t k = 0; k < N(without); k++)
			expected &= strcmp(rule.slug, without[k]) != 0;
		cr_expect_eq(says(rule.slug, 1, "") || says(rule.slug, 2, "") ||
		                     says(rule.slug, 0, ""),
		             expected, "%s", rule.slug);
	}
}

/* ---- states by position --------------------------------------------------------------------- */

static bool described(const char *name, const char *vendor)
{
	for (size_t i = 0; i < ik_boxes.n_states; i++)
		if (strcmp(ik_boxes.states[i].name, name) == 0 &&
		    (strcmp(name, "(none)") == 0 || strcmp(ik_boxes.states[i].vendor, vendor) == 0))
			return true;
	return false;
}

Test(diag_boxes, every_state_that_is_shown_is_described)
{
	for (size_t i = 0; i < ik_shown_n_rows; i++) {
		const struct ikescope_shown_as *as = &ik_shown_rows[i];
		const char *const names[][2] = {
		        {as->ios_initiator, "cisco-ios"},
		        {as->ios_responder, "cisco-ios"},
		        {as->asa_initiator, "cisco-asa"},
		        {as->asa_responder, "cisco-asa"},
		        {as->strongswan_initiator, "strongswan"},
		        {as->strongswan_responder, "strongswan"},
		        {as->libreswan_initiator, "libreswan"},
		        {as->libreswan_responder, "libreswan"},
		};

		for (size_t k = 0; k < N(names); k++)
			cr_expect(described(names[k][0], names[k][1]), "row %zu: %s of %s", i,
			          names[k][0], names[k][1]);
	}
}

struct position {
	uint8_t state, before, version; /* before: behind the message that was refused, 0 none */
	enum ikescope_mode mode;
	enum ikescope_outcome outcome;
	enum ikescope_at_end at_end;
	const char *expected[8]; /* IOS, ASA, strongSwan, libreswan; initiator, responder */
};

#define MAIN    1, IKESCOPE_MODE_MAIN, IKESCOPE_STALLED, IKESCOPE_END_UNKNOWN
#define V2      2, IKESCOPE_MODE_IKEV2, IKESCOPE_STALLED, IKESCOPE_END_UNKNOWN
#define V2_FAIL 2, IKESCOPE_MODE_IKEV2, IKESCOPE_FAILED, IKESCOPE_END_UNKNOWN
#define AGGR    1, IKESCOPE_MODE_AGGRESSIVE, IKESCOPE_STALLED, IKESCOPE_END_UNKNOWN
#define NONE    "(none)"

/* clang-format off */
static const struct position positions[] = {
	{ IK_S_MM1, 0, MAIN, { "MM_NO_STATE", NONE, "MM_WAIT_MSG2", NONE, "CONNECTING", NONE, "STATE_MAIN_I1", NONE } },
	{ IK_S_MM2, 0, MAIN, { "MM_SA_SETUP", "MM_SA_SETUP", "MM_WAIT_MSG4", "MM_WAIT_MSG3", "CONNECTING", "CONNECTING", "STATE_MAIN_I1", "STATE_MAIN_R1" } },
	{ IK_S_MM3, 0, MAIN, { "MM_SA_SETUP", "MM_SA_SETUP", "MM_WAIT_MSG4", "MM_WAIT_MSG3", "CONNECTING", "CONNECTING", "STATE_MAIN_I2", "STATE_MAIN_R1" } },
	{ IK_S_MM4, 0, MAIN, { "MM_KEY_EXCH", "MM_KEY_EXCH", "MM_WAIT_MSG4", "MM_WAIT_MSG5", "CONNECTING", "CONNECTING", "STATE_MAIN_I2", "STATE_MAIN_R2" } },
	{ IK_S_MM5, 0, MAIN, { "MM_KEY_EXCH", "MM_KEY_EXCH", "MM_WAIT_MSG6", "MM_WAIT_MSG5", "CONNECTING", "CONNECTING", "STATE_MAIN_I3", "STATE_MAIN_R2" } },
	{ IK_S_MM6, 0, MAIN, { "QM_IDLE", "QM_IDLE", "MM_ACTIVE", "MM_ACTIVE", "ESTABLISHED", "ESTABLISHED", "STATE_MAIN_I4", "STATE_MAIN_R3" } },
	{ IK_S_V1_UP, 0, MAIN, { "QM_IDLE", "QM_IDLE", "MM_ACTIVE", "MM_ACTIVE", "ESTABLISHED", "ESTABLISHED", "STATE_MAIN_I4", "STATE_MAIN_R3" } },
	{ IK_S_AM1, 0, AGGR, { "AG_NO_STATE", NONE, "AM_WAIT_MSG2", NONE, "CONNECTING", NONE, "STATE_AGGR_I1", NONE } },
	{ IK_S_AM2, 0, AGGR, { "AG_INIT_EXCH", "AG_INIT_EXCH", "AM_WAIT_MSG2", "AM_WAIT_MSG3", "CONNECTING", "CONNECTING", "STATE_AGGR_I1", "STATE_AGGR_R1" } },
	{ IK_S_AM3, 0, AGGR, { "QM_IDLE", "QM_IDLE", "AM_ACTIVE", "AM_ACTIVE", "ESTABLISHED", "ESTABLISHED", "STATE_AGGR_I2", "STATE_AGGR_R2" } },
	{ IK_S_V1_UP, 0, AGGR, { "QM_IDLE", "QM_IDLE", "AM_ACTIVE", "AM_ACTIVE", "ESTABLISHED", "ESTABLISHED", "STATE_AGGR_I2", "STATE_AGGR_R2" } },
	/* strongSwan forgets what is refused, libreswan does not heed a refusal in clear */
	{ IK_S_V1_REFUSED, IK_S_MM1, MAIN, { "MM_NO_STATE", "MM_NO_STATE", "MM_WAIT_MSG2", NONE, NONE, NONE, "STATE_MAIN_I1", NONE } },
	{ IK_S_V1_REFUSED, IK_S_MM3, MAIN, { "MM_SA_SETUP", "MM_SA_SETUP", "MM_WAIT_MSG4", "MM_WAIT_MSG3", NONE, NONE, "STATE_MAIN_I2", "STATE_MAIN_R1" } },
	{ IK_S_V1_REFUSED, IK_S_MM6, MAIN, { "MM_KEY_EXCH", "QM_IDLE", "MM_WAIT_MSG6", "MM_ACTIVE", NONE, NONE, "STATE_MAIN_I3", "STATE_MAIN_R3" } },
	{ IK_S_V1_REFUSED, IK_S_AM2, AGGR, { "AG_NO_STATE", "AG_INIT_EXCH", "AM_WAIT_MSG2", "AM_WAIT_MSG3", NONE, NONE, "STATE_AGGR_I1", "STATE_AGGR_R1" } },
	{ IK_S_V1_REFUSED, IK_S_AM1, AGGR, { "AG_NO_STATE", "AG_NO_STATE", "AM_WAIT_MSG2", NONE, NONE, NONE, "STATE_AGGR_I1", NONE } },
	{ IK_S_INIT_REFUSED, 0, V2_FAIL, { "DELETED", NONE, "DELETED", NONE, NONE, NONE, "STATE_V2_PARENT_I1", NONE } },
	{ IK_S_KE_RETRY, 0, V2_FAIL, { "DELETED", NONE, "DELETED", NONE, NONE, NONE, "STATE_V2_PARENT_I1", NONE } },
	{ IK_S_AUTH_REFUSED, 0, V2_FAIL, { "DELETED", "DELETED", "DELETED", "DELETED", NONE, NONE, NONE, NONE } },
	{ IK_S_INIT_SENT, 0, V2, { "IN-NEG", NONE, "IN-NEG", NONE, "CONNECTING", NONE, "STATE_V2_PARENT_I1", NONE } },
	{ IK_S_COOKIE, 0, V2, { "IN-NEG", NONE, "IN-NEG", NONE, "CONNECTING", NONE, "STATE_V2_PARENT_I1", NONE } },
	{ IK_S_KE_RETRY, 0, V2, { "IN-NEG", NONE, "IN-NEG", NONE, "CONNECTING", NONE, "STATE_V2_PARENT_I1", NONE } },
	{ IK_S_INIT_DONE, 0, V2, { "IN-NEG", "IN-NEG", "IN-NEG", "IN-NEG", "CONNECTING", "CONNECTING", "STATE_V2_PARENT_I1", "STATE_V2_PARENT_R1" } },
	{ IK_S_INTERMEDIATE, 0, V2, { "IN-NEG", "IN-NEG", "IN-NEG", "IN-NEG", "CONNECTING", "CONNECTING", "STATE_V2_PARENT_I2", "STATE_V2_PARENT_R1" } },
	{ IK_S_AUTH_SENT, 0, V2, { "IN-NEG", "IN-NEG", "IN-NEG", "IN-NEG", "CONNECTING", "CONNECTING", "STATE_V2_PARENT_I2", "STATE_V2_PARENT_R1" } },
	{ IK_S_EAP, 0, V2, { "IN-NEG", "IN-NEG", "IN-NEG", "IN-NEG", "CONNECTING", "CONNECTING", "STATE_V2_PARENT_I2", "STATE_V2_PARENT_R_EAP" } },
	{ IK_S_UP, 0, V2, { "READY", "READY", "READY", "READY", "ESTABLISHED", "ESTABLISHED", "STATE_V2_ESTABLISHED_IKE_SA", "STATE_V2_ESTABLISHED_IKE_SA" } },
	{ IK_S_UP_ASSUMED, 0, V2, { "READY", "READY", "READY", "READY", "ESTABLISHED", "ESTABLISHED", "STATE_V2_ESTABLISHED_IKE_SA", "STATE_V2_ESTABLISHED_IKE_SA" } },
	/* what the end of the SA leaves */
	{ IK_S_UP, 0, 2, IKESCOPE_MODE_IKEV2, IKESCOPE_ESTABLISHED, IKESCOPE_END_DELETED, { "DELETED", "DELETED", "DELETED", "DELETED", NONE, NONE, NONE, NONE } },
	{ IK_S_V1_UP, 0, 1, IKESCOPE_MODE_MAIN, IKESCOPE_ESTABLISHED, IKESCOPE_END_LOST, { "MM_NO_STATE", "MM_NO_STATE", NONE, NONE, NONE, NONE, NONE, NONE } },
	/* a beginning that was not captured */
	{ IK_S_MID, 0, 2, IKESCOPE_MODE_IKEV2, IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, { "READY", "READY", "READY", "READY", "ESTABLISHED", "ESTABLISHED", "STATE_V2_ESTABLISHED_IKE_SA", "STATE_V2_ESTABLISHED_IKE_SA" } },
	{ IK_S_MID, 0, 1, IKESCOPE_MODE_UNKNOWN, IKESCOPE_INCONCLUSIVE, IKESCOPE_END_UNKNOWN, { NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE } },
	{ IK_S_NONE, 0, MAIN, { NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE } },
};
/* clang-format on */

Test(diag_boxes, every_position_has_its_states)
{
	bool tested[IK_STATES] = {false};

	for (size_t i = 0; i < N(positions); i++) {
		const struct position *p = &positions[i];
		struct ik_step steps[2] = {{.state = p->before}, {.state = p->state}};
		const struct ik_nego n = {.state = p->state,
		                          .steps = steps,
		                          .n_steps = p->before != 0 ? 2 : 0,
		                          .version = p->version,
		                          .mode = (uint8_t)p->mode};
		const struct ik_position pos = {.outcome = p->outcome, .at_end = p->at_end};
		struct ikescope_shown_as as = ik_shown_as(&n, &pos);
		const char *const got[8] = {
		        as.ios_initiator,       as.ios_responder,        as.asa_initiator,
		        as.asa_responder,       as.strongswan_initiator, as.strongswan_responder,
		        as.libreswan_initiator, as.libreswan_responder,
		};

		tested[p->state] = true;
		for (size_t k = 0; k < 8; k++)
			cr_expect_str_eq(
			        got[k], p->expected[k], "position %zu (%s), %zu: %s, not %s", i,
			        ik_state_name((enum ik_state)p->state), k, got[k], p->expected[k]);
	}
	for (int s = 0; s < IK_STATES; s++)
		cr_expect(tested[s], "%s", ik_state_name((enum ik_state)s));
}
