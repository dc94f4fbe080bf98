/*
 * Explanations: of everything that is in the tables, and of terms as people type them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/case.h"
#include "diag/rule_words.h"
#include "output/explain.h"
#include "support/paper.h"

TestSuite(explain);

/* The explanation of a term on a page of so many columns, to be freed; NULL where nothing is known
 * of it. */
static char *explain_on(const char *term, unsigned width)
{
	const struct ikescope_text_options options = {.width = width};
	struct paper p;
	struct ikescope_unknown unknown;

	paper_take(&p);
	cr_assert_eq(ikescope_write_explanation(term, &options, &p.writer, &unknown), 0, "%s",
	             term);
	if (unknown.word == NULL) {
		cr_assert_gt(p.len, 0, "%s", term);
		return p.text;
	}
	cr_assert_eq(p.len, 0, "%s: unknown, but written of", term);
	free(p.text);
	return NULL;
}

static char *explained(const char *term)
{
	return explain_on(term, 80);
}

static void expect_known(const char *term)
{
	char *text = explained(term);

	cr_expect_not_null(text, "nothing is known of '%s'", term);
	if (text != NULL)
		paper_check_page(text, term);
	free(text);
}

static void expect_says(const char *term, const char *part)
{
	char *text = explain_on(term, 1000);

	cr_assert_not_null(text, "nothing is known of '%s'", term);
	cr_expect_not_null(strstr(text, part), "'%s' does not say '%s':\n%s", term, part, text);
	free(text);
}

/* ---- everything is explained --------------------------------------------------------------- */

Test(explain, every_slug_is_explained)
{
	for (size_t i = 0; ik_slug(i) != NULL; i++) {
		expect_known(ik_slug(i));
		expect_says(ik_slug(i), ik_title(ik_slug(i)));
	}
}

/* What is not told by its name: what it is, why not, and what comes nearest. */
Test(explain, every_slug_that_is_not_told_is_explained)
{
	const struct ik_untold *row;

	for (size_t i = 0; (row = ik_untold(i)) != NULL; i++) {
		expect_known(row->slug);
		expect_says(row->slug, row->title);
		expect_says(row->slug, row->why);
		if (row->nearest != NULL)
			expect_says(row->slug, ik_title(row->nearest));
	}
}

/* Of both kinds of rules, and their candidates. */
Test(explain, every_slug_of_a_rule_is_explained)
{
	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++) {
		expect_says(rule.slug, ik_title(rule.slug));
		for (size_t k = 0; k < rule.n_candidates; k++)
			expect_says(rule.candidates[k].slug, ik_title(rule.candidates[k].slug));
	}
}

Test(explain, every_state_is_explained)
{
	for (size_t i = 0; i < ik_boxes.n_states; i++)
		expect_known(ik_boxes.states[i].name);
}

Test(explain, every_state_that_is_shown_is_explained)
{
	for (size_t i = 0; i < ik_shown_n_rows; i++) {
		const struct ikescope_shown_as *as = &ik_shown_rows[i];

		expect_known(as->ios_initiator);
		expect_known(as->ios_responder);
		expect_known(as->asa_initiator);
		expect_known(as->asa_responder);
		expect_known(as->strongswan_initiator);
		expect_known(as->strongswan_responder);
		expect_known(as->libreswan_initiator);
		expect_known(as->libreswan_responder);
	}
}

static void explain_notifies(unsigned version, const struct ik_registry *reg)
{
	for (size_t i = 0; i < reg->n; i++) {
		char term[64];

		if (!reg->rows[i].named)
			continue;
		expect_known(reg->rows[i].name);
		snprintf(term, sizeof(term), "v%u %lu", version, (unsigned long)reg->rows[i].first);
		expect_says(term, reg->rows[i].name);
	}
}

Test(explain, every_notify_is_explained_by_name_and_number)
{
	explain_notifies(1, &ik_reg_v1_notify_types);
	explain_notifies(2, &ik_reg_v2_notify_error);
	explain_notifies(2, &ik_reg_v2_notify_status);
}

Test(explain, every_line_is_explained)
{
	for (size_t i = 0; i < ik_boxes.n_lines; i++)
		expect_known(ik_boxes.lines[i].says.text);
}

/* With something in place of what varies. */
Test(explain, every_line_of_a_replay_is_explained)
{
	for (size_t i = 0; i < ik_replay_n_lines; i++) {
		char term[IK_TERM_LINE_MOST];
		struct ik_buf b = IK_BUF_ON(term);

		for (const char *at = ik_replay_lines[i].line; *at != '\0'; at++) {
			ik_buf_putc(&b, *at == '{' ? '7' : *at);
			if (*at == '{')
				at += strcspn(at, "}");
		}
		if (term[0] != '(' && strcmp(term, "IKEv2 7") != 0)
			expect_known(term);
	}
}

Test(explain, every_message_is_explained)
{
	for (int m = IK_MM1; m < IK_MSG_NAMES; m++)
		if (m != IK_V1_OTHER && m != IK_V2_OTHER_REQ && m != IK_V2_OTHER_RSP)
			expect_known(ik_msg_name((enum ik_msg_name)m));
}

Test(explain, every_anomaly_is_explained)
{
	for (unsigned code = IK_ANOMALY_NONE + 1; code < IK_ANOMALY_COUNT; code++) {
		const struct ik_anomaly_info *info = ik_anomaly_info((enum ik_anomaly_code)code);

		expect_known(info->name);
		expect_says(info->name, info->text);
		expect_says(info->name, ik_severity_name(info->severity));
		expect_says(info->name, info->rfc1);
		expect_says(info->name, info->rfc2);
	}
}

Test(explain, every_name_of_a_registry_is_known)
{
	struct ik_term_hits *hits = malloc(sizeof(*hits));

	cr_assert_not_null(hits);
	for (size_t r = 0; ik_registries[r] != NULL; r++)
		for (size_t i = 0; i < ik_registries[r]->n; i++) {
			const struct ik_iana_row *row = &ik_registries[r]->rows[i];

			if (!row->named)
				continue;
			ik_term_find(hits, row->name);
			cr_expect(hits->n > 0 && hits->row[0].fit >= IK_FIT_NAME, "%s of %s",
			          row->name, ik_registries[r]->name);
		}
	free(hits);
}

/* ---- terms --------------------------------------------------------------------------------- */

Test(explain, terms_as_people_type_them)
{
	static const struct {
		const char *term, *says;
	} terms[] = {
	        {"no offers accepted", "isakmp policies"},
	        {"phase 1 SA policy not acceptable", "p1-no-proposal"},
	        {"atts are not acceptable", "Alone it is no fault"},
	        {"mm_wait_msg5", "waits for MM5"},
	        {"MM-WAIT-MSG5", "waits for MM5"},
	        {"mm_no_state", "ACTIVE (deleted)"},
	        {"NEGO", "IN-NEG: The IKE SA"},
	        {"BUILDING", "IN-NEG: The IKE SA"},
	        {"INIT-SA", "IN-NEG: The IKE SA"},
	        {"received NO_PROPOSAL_CHOSEN notify error", "no configuration for us"},
	        {"giving up after 5 retransmits", "peer-silent"},
	        {"after 5 retransm", "giving up after * retransmits"},
	        {"%CRYPTO-4-RECVD_PKT_INV_SPI", "ESP came for an SPI"},
	        {"750003", "Failed to authenticate the IKE SA"},
	        {"713048", "Payload ID"},
	        {"IKMP_MODE_FAILURE", "%CRYPTO-6-IKMP_MODE_FAILURE"},
	        {"QM FSM error", "Quick mode broke off"},
	        {"error 32", "Phase 2 is refused"},
	        {"14", "NO-PROPOSAL-CHOSEN, error notify 14 of IKEv1"},
	        {"14", "NO_PROPOSAL_CHOSEN, error notify 14 of IKEv2"},
	        {"v1 14", "error notify 14 of IKEv1"},
	        {"IKEv2 24", "AUTHENTICATION_FAILED"},
	        {"notify 38", "TS_UNACCEPTABLE"},
	        {"v2 notify 38", "TS_UNACCEPTABLE"},
	        {"authentication-failed", "AUTHENTICATION-FAILED, error notify 24 of IKEv1"},
	        {"CREATE_CHILD_SA", "ikev2/exchange-types"},
	        {"  MM5\n", "MM_WAIT_MSG6"},
	        {"*Apr 20 09:14:23.441: ISAKMP:(0): phase 1 SA policy not acceptable! "
	         "(local 10.1.1.1 remote 10.2.2.1)",
	         "The router refuses phase 1"},
	        {"%ASA-4-750003: Local:203.0.113.2:500 Remote:203.0.113.6:500 "
	         "Username:203.0.113.6 IKEv2 Negotiation aborted due to ERROR: Failed to "
	         "authenticate the IKE SA",
	         "pre-shared keys, or a certificate"},
	        {"10[IKE] <gw|1> giving up after 5 retransmits", "peer-silent"},
	        /* Lines that no table has as a whole. */
	        {"ISAKMP:(0): retransmitting phase 1 MM_NO_STATE\xe2\x80\xa6",
	         "no usable answer came"},
	        {"%CRYPTO-4-IKMP_NO_SA: IKE message from 10.2.2.1 has no SA", "no longer has"},
	        {"ISAKMP:(0): Phase 2 SA policy not acceptable", "Phase 2 is refused"},
	        {"IKE_SA NO_PROPOSAL_CHOSEN", "error notify 14 of IKEv2"},
	        {"ISAKMP:(1004): Old State = IKE_I_MM5  New State = IKE_I_MM6", "IKE_I_MM5: "},
	        {"ISAKMP:(1004): Old State = IKE_I_MM5  New State = IKE_I_MM6", "IKE_I_MM6: "},
	        {"10.2.2.1  10.1.1.1  QM_IDLE  1 ACTIVE", "QM_IDLE: Phase 1 stands"},
	        {"Duplicate Phase 1 packet detected.  Retransmitting last packet.", "has answered"},
	        {"12[IKE] <gw|1> received SOMETHING_NEW notify error", "refuses what it got"},
	        {"IP = 10.1.1.1, processing ke payload", "Logged when the box receives a message"},
	        {"09[IKE] <gw|1> sending DPD vendor ID",
	         "sends MM1, sends AM1, sends MM2, sends AM2"},
	        {"\"net\" #1: STATE_MAIN_I3: 60 second timeout exceeded after 7 retransmits.  "
	         "Possible authentication failure: no acceptable response to our first encrypted "
	         "message",
	         "psk-mismatch-mm"},
	};

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
		expect_says(terms[i].term, terms[i].says);
		expect_known(terms[i].term);
	}
}

/* The better spelling comes first. */
Test(explain, the_name_as_written_comes_first)
{
	char *v2 = explained("AUTHENTICATION_FAILED"), *v1 = explained("AUTHENTICATION-FAILED");

	cr_assert(v1 != NULL && v2 != NULL);
	cr_expect_eq(strncmp(v2, "AUTHENTICATION_FAILED, error notify 24 of IKEv2", 47), 0);
	cr_expect_eq(strncmp(v1, "AUTHENTICATION-FAILED, error notify 24 of IKEv1", 47), 0);
	free(v1);
	free(v2);
}

Test(explain, nothing_is_made_up)
{
	static const char *const unknown[] = {"",
	                                      " ",
	                                      "nothing of the kind",
	                                      "v3 14",
	                                      "v1 9999",
	                                      "99999999999999999999",
	                                      "*",
	                                      "xx",
	                                      "the tunnel is down again",
	                                      "why: because nobody knows it",
	                                      "NO ONE CAN CONNECT",
	                                      "%NOSUCH-4-THING: words",
	                                      "%",
	                                      "a: "};

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		cr_expect_null(explained(unknown[i]), "'%s'", unknown[i]);
}

Test(explain, terms_of_any_length_and_content)
{
	char *term = malloc(70001);

	cr_assert_not_null(term);
	memset(term, 'x', 70000);
	term[70000] = '\0';
	cr_expect_null(explained(term));
	memset(term, '9', 70000);
	cr_expect_null(explained(term));
	for (size_t i = 0; i < 70000; i++)
		term[i] = (char)(i % 255 + 1);
	free(explained(term));
	free(term);
}

static const char *nearest(const char *term)
{
	struct paper p;
	struct ikescope_unknown unknown;

	paper_take(&p);
	cr_assert_eq(ikescope_write_explanation(term, NULL, &p.writer, &unknown), 0);
	cr_assert_str_eq(unknown.word, term);
	free(p.text);
	return unknown.nearest;
}

Test(explain, slips_of_the_finger_are_answered)
{
	cr_expect_str_eq(nearest("MM_WAIT_MGS5"), "MM_WAIT_MSG5");
	cr_expect_str_eq(nearest("psk-mismatch-mn"), "psk-mismatch-mm");
	cr_expect_str_eq(nearest("NO_PROPOSL_CHOSEN"), "NO_PROPOSAL_CHOSEN");
	cr_expect_str_eq(nearest("unknown-exchange-or-critcal"), "unknown-exchange-or-critical");
	cr_expect_null(nearest("nothing like it at all"));
}

Test(explain, lines_fit_by_part_or_whole)
{
	cr_expect(ik_term_fits_line("giving up after * retransmits",
	                            "giving up after 5 retransmits"));
	cr_expect(ik_term_fits_line("giving up after * retransmits", "GIVING UP"));
	cr_expect(ik_term_fits_line("giving up after * retransmits", "after 12 retrans"));
	cr_expect_not(ik_term_fits_line("giving up after * retransmits", "giving in"));
	cr_expect(ik_term_fits_line("ends.  It begins * anew", "ends. It begins"));
	cr_expect(ik_term_fits_line("ends. It begins * anew", "ends.  It\nbegins 3 anew "));
	cr_expect_not(ik_term_fits_line("ends. It begins * anew", "ends.It begins 3 anew"));
	cr_expect_not(ik_term_fits_line("giving up after * retransmits", "gi"));
	cr_expect_not(ik_term_fits_line("a * b", "a long text with a and then b"));
	cr_expect_eq(ik_term_fits("NO-PROPOSAL-CHOSEN", "no-proposal-chosen"), IK_FIT_EXACT);
	cr_expect_eq(ik_term_fits("NO-PROPOSAL-CHOSEN", "NO_PROPOSAL_CHOSEN"), IK_FIT_NAME);
	cr_expect_eq(ik_term_fits("NO-PROPOSAL-CHOSEN", "proposal"), IK_FIT_PART);
	cr_expect_eq(ik_term_fits("NO-PROPOSAL-CHOSEN", "proposals"), IK_FIT_NONE);
	cr_expect_eq(ik_term_fits("NO-PROPOSAL-CHOSEN", "NO"), IK_FIT_NONE);
}

/* The best hits stay where there are more than there is room for. */
Test(explain, many_hits_are_counted)
{
	struct ik_term_hits *hits = malloc(sizeof(*hits));

	cr_assert_not_null(hits);
	ik_term_find(hits, "the");
	cr_expect_gt(hits->n, 0);
	ik_term_find(hits, "ike");
	cr_expect_eq(hits->n, IK_TERM_HITS);
	cr_expect_gt(hits->more, 0);
	for (size_t i = 1; i < hits->n; i++)
		cr_expect_geq(hits->row[i - 1].fit, hits->row[i].fit);
	free(hits);
	expect_says("ike", "a longer term finds fewer");
}

Test(explain, an_error_of_the_output_is_returned)
{
	struct ikescope_unknown unknown;

	cr_expect_eq(ikescope_write_explanation("MM5", NULL, &paper_full, &unknown), 7);
}
