/*
 * The writers against models built by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "test_output.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>

#include "ikescope/names.h"
#include "output/json_value.h"
#include "output/text.h"

static const struct test_model *const models[] = {
        &test_model_psk, &test_model_healthy, &test_model_refused,
        &test_model_esp, &test_model_crowd,
};
#define MODELS (sizeof(models) / sizeof(models[0]))

static const struct ikescope_text_options plain = {.width = 80};

static json_t *parsed(const struct test_model *m, enum ikescope_document document)
{
	char *text = test_json(m, document);
	json_error_t error;
	json_t *o;

	cr_assert_not_null(text);
	o = json_loads(text, JSON_REJECT_DUPLICATES, &error);
	cr_assert_not_null(o, "%s in line %d", error.text, error.line);
	free(text);
	return o;
}

/* The member of o at a path of keys and indexes, "negotiations.0.outcome". */
static json_t *at(json_t *o, const char *path)
{
	char key[64];

	while (o != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, strtoul(key, NULL, 10))
		                     : json_object_get(o, key);
		path += n + (path[n] == '.');
	}
	return o;
}

static const char *text_at(json_t *o, const char *path)
{
	const char *s = json_string_value(at(o, path));

	return s != NULL ? s : "";
}

/* ---- JSON -------------------------------------------------------------------------------- */

Test(output, json_says_where_it_stalled)
{
	json_t *o = parsed(&test_model_psk, IKESCOPE_DIAGNOSIS);
	/* clang-format off */
	static const char *const rows[][2] = {
		{"schema", "ikescope.diagnosis/1"},
		{"captures.0.file", "branch.pcap"},
		{"captures.0.first_time", "2026-01-31T09:14:23.441000000Z"},
		{"negotiations.0.mode", "main"},
		{"negotiations.0.transport", "udp"},
		{"negotiations.0.started_by", "initial"},
		{"negotiations.0.initiator.address", "192.0.2.1"},
		{"negotiations.0.initiator_spi", "8f1c2d3e4f506172"},
		{"negotiations.0.responder_spi", "0a1b2c3d4e5f6071"},
		{"negotiations.0.outcome", "stalled"},
		{"negotiations.0.at_end", "unknown"},
		{"negotiations.0.phase1", "stalled"},
		{"negotiations.0.phase2", "not-reached"},
		{"negotiations.0.stalled_at.kind", "unanswered"},
		{"negotiations.0.stalled_at.message", "MM5"},
		{"negotiations.0.stalled_at.waiting_for", "responder"},
		{"negotiations.0.shown_as.ios.initiator", "MM_KEY_EXCH"},
		{"negotiations.0.shown_as.asa.responder", "MM_WAIT_MSG5"},
		{"negotiations.0.shown_as.strongswan.initiator", "CONNECTING"},
		{"negotiations.0.shown_as.libreswan.responder", "STATE_MAIN_R2"},
		{"negotiations.0.findings.0.on_box.2.vendor", "strongswan"},
		{"negotiations.0.findings.0.on_box.2.role", "responder"},
		{"negotiations.0.findings.0.slug", "psk-mismatch-mm"},
		{"negotiations.0.findings.0.severity", "failure"},
		{"negotiations.0.findings.0.claim", "likely"},
		{"negotiations.0.findings.0.remedies.0.vendor", "cisco-ios"},
		{"negotiations.0.findings.0.remedies.0.text", "show crypto isakmp key\ncrypto isakmp key KEY address 192.0.2.1"},
		{"tunnels.0.peers.1", "198.51.100.1"},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect_str_eq(text_at(o, rows[i][0]), rows[i][1], "row %zu", i);
	cr_expect_eq(json_integer_value(at(o, "negotiations.0.stalled_at.frame")), 5);
	cr_expect_eq(json_integer_value(at(o, "negotiations.0.stalled_at.copies")), 4);
	cr_expect_eq(json_array_size(at(o, "negotiations.0.findings.0.evidence.0.frames")), 4);
	json_decref(o);
}

Test(output, json_unknown_is_null)
{
	static const char *const null_rows[] = {
	        "captures.0.compression",
	        "captures.0.dropped",
	        "negotiations.0.rekey_of",
	        "negotiations.0.rekeyed_by",
	        "negotiations.0.retry_of",
	        "negotiations.0.responder.implementation",
	        "negotiations.0.responder.behind_nat",
	        "negotiations.0.responder.inside_address",
	        "negotiations.0.stalled_at.by",
	        "tunnels.0.domain",
	};
	json_t *o = parsed(&test_model_psk, IKESCOPE_DIAGNOSIS);
	json_t *esp = parsed(&test_model_esp, IKESCOPE_DIAGNOSIS);
	json_t *refused = parsed(&test_model_refused, IKESCOPE_DIAGNOSIS);

	for (size_t i = 0; i < sizeof(null_rows) / sizeof(null_rows[0]); i++)
		cr_expect(json_is_null(at(o, null_rows[i])), "row %zu", i);
	cr_expect(json_is_false(at(o, "negotiations.0.initiator.behind_nat")));
	cr_expect(json_is_null(at(esp, "captures.1.first_time")));
	cr_expect(json_is_null(at(esp, "tunnels.0.esp.0.negotiation")));
	cr_expect(json_is_null(at(esp, "tunnels.0.esp.0.child")));
	cr_expect_str_eq(text_at(esp, "tunnels.0.esp.0.protocol"), "ah");
	cr_expect_str_eq(text_at(esp, "tunnels.0.esp.0.spi"), "00000100");
	cr_expect(json_is_null(at(refused, "captures.0.findings.0.evidence.0.frame")));
	cr_expect_eq(json_integer_value(at(refused, "captures.0.dropped")), 3);
	cr_expect_eq(json_integer_value(at(refused, "limits_reached.1.lost")), 7);
	cr_expect_eq(json_integer_value(at(refused, "not_kept.strangers")), 12);
	json_decref(o);
	json_decref(esp);
	json_decref(refused);
}

Test(output, json_children_and_flows)
{
	json_t *o = parsed(&test_model_healthy, IKESCOPE_DIAGNOSIS);

	cr_expect_str_eq(text_at(o, "negotiations.0.children.0.exchange"), "IKE_AUTH");
	cr_expect_str_eq(text_at(o, "negotiations.0.children.0.spis.1"), "00000a01");
	cr_expect(json_is_false(at(o, "negotiations.0.children.0.rekeys")));
	cr_expect(json_is_true(at(o, "negotiations.0.children.0.assumed")));
	cr_expect_str_eq(text_at(o, "negotiations.0.initiator.inside_address"), "10.0.0.5");
	cr_expect_str_eq(text_at(o, "negotiations.0.paths.1.domain"), "VLAN 100");
	cr_expect(json_is_null(at(o, "negotiations.0.stalled_at")));
	cr_expect_eq(json_integer_value(at(o, "tunnels.0.esp.0.child")), 0);
	cr_expect(json_is_integer(at(o, "tunnels.0.esp.0.child")));
	cr_expect_eq(json_integer_value(at(o, "tunnels.0.esp.0.missing")), 1);
	cr_expect_str_eq(text_at(o, "tunnels.0.esp.0.encapsulation"), "udp");
	json_decref(o);
}

Test(output, json_sessions_are_flat)
{
	json_t *o = parsed(&test_model_healthy, IKESCOPE_SESSIONS);

	cr_expect_str_eq(text_at(o, "schema"), "ikescope.sessions/1");
	cr_expect_null(at(o, "tunnels"));
	cr_expect_null(at(o, "findings"));
	cr_expect_null(at(o, "negotiations.0.findings"));
	cr_expect_eq(json_array_size(at(o, "esp")), 2);
	cr_expect_str_eq(text_at(o, "esp.0.spi"), "c0ffee00");
	json_decref(o);
}

Test(output, lines_stay_lines_and_are_harmless)
{
	json_t *lines = ik_json_lines("show \033[2J\n\n permit \xff\n");

	cr_assert_not_null(lines);
	cr_expect_str_eq(json_string_value(lines), "show \\x1b[2J\n\n permit \\xff\n");
	json_decref(lines);
}

Test(output, hostile_text_is_harmless)
{
	json_t *o = parsed(&test_model_refused, IKESCOPE_DIAGNOSIS);

	cr_expect_str_eq(text_at(o, "captures.0.file"), "evil\\x1b[31m\\x0a\\xff.pcap");
	json_decref(o);
	for (size_t i = 0; i < MODELS; i++)
		for (int document = 0; document < 2; document++) {
			char *text = test_text(models[i], (enum ikescope_document)document, &plain);

			cr_assert_not_null(text);
			for (const char *p = text; *p != '\0'; p++)
				cr_expect(*p == '\n' || (*p >= ' ' && *p <= '~'),
				          "model %zu, octet %02x", i, (unsigned)(uint8_t)*p);
			free(text);
		}
}

Test(output, harmless_keeps_what_is_printable)
{
	/* clang-format off */
	static const char *const rows[][2] = {
		{"plain", "plain"},
		{"already \\x1b escaped", "already \\x1b escaped"},
		{"two\\\\", "two\\\\"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"cut \xc3", "cut \\xc3"},
		{"lone \x80\x80", "lone \\x80\\x80"},
		{"\x07", "\\x07"},
		{"\xf0\x9f\x94\x91", "\xf0\x9f\x94\x91"},
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
	};
	/* clang-format on */
	char out[64], little[8];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cr_expect_eq(ik_harmless(out, sizeof(out), rows[i][0]), strlen(rows[i][0]));
		cr_expect_str_eq(out, rows[i][1], "row %zu", i);
	}
	cr_expect_eq(ik_harmless(little, sizeof(little), "abcd\x01zz"), 4);
	cr_expect_str_eq(little, "abcd");
}

/* ---- text -------------------------------------------------------------------------------- */

static bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static void expect_parts(const struct test_model *m, enum ikescope_document document,
                         const struct ikescope_text_options *options, const char *const *parts)
{
	char *text = test_text(m, document, options);

	cr_assert_not_null(text);
	for (size_t i = 0; parts[i] != NULL; i++)
		cr_expect(has(text, parts[i]), "'%s' is not in:\n%s", parts[i], text);
	free(text);
}

Test(output, text_has_the_verdict_first)
{
	/* clang-format off */
	static const struct {
		const struct test_model *model;
		const char *line;
	} rows[] = {
		{&test_model_psk,     "1 negotiation, 1 stalled: MM5 unanswered, the pre-shared keys differ (likely)\n"},
		{&test_model_healthy, "1 negotiation, 1 established: nothing failed\n"},
		{&test_model_refused, "1 negotiation, 1 failed: IKE_AUTH request refused, IKEv2 authentication failed\n"},
		{&test_model_esp,     "no IKE negotiation, 2 ESP flows: ESP flows in one direction only (possible)\n"},
		{&test_model_crowd,   "60 negotiations, 58 stalled, 2 established: the pre-shared keys differ (likely,\n"},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = test_text(rows[i].model, IKESCOPE_DIAGNOSIS, &plain);

		cr_assert_not_null(text);
		cr_expect(strncmp(text, rows[i].line, strlen(rows[i].line)) == 0, "row %zu: %.100s",
		          i, text);
		free(text);
	}
}

Test(output, text_tells_the_stall)
{
	static const char *const parts[] = {
	        "#1 192.0.2.1:500 -> 198.51.100.1:500 IKEv1 main mode: stalled\n",
	        "      2  09:14:23.445  <---------------------------------------------------- "
	        "MM2\n",
	        "      5  09:14:23.462  MM5, 4 times in 24.2 s: encrypted "
	        "---------------------->\n",
	        "Stops at MM5 (frame 5, sent 4 times): no answer; waiting for the responder.\n",
	        "  A box shows the SA    on the initiator             on the responder\n",
	        "    Cisco IOS, IOS-XE   MM_KEY_EXCH                  MM_KEY_EXCH\n",
	        "    Cisco ASA           MM_WAIT_MSG6                 MM_WAIT_MSG5\n",
	        "    strongSwan          CONNECTING                   CONNECTING\n",
	        "    libreswan           STATE_MAIN_I3                STATE_MAIN_R2\n",
	        "Failure (likely): The responder could not decrypt message 5",
	        "[psk-mismatch-mm]",
	        "- frames 5, 7, 9, 11 (09:14:23.462): MM5 was sent 4 times",
	        "What would make this surer: the responder's log",
	        "    On the box you would see:\n"
	        "      IOS: retransmitting phase 1 MM_KEY_EXCH...\n"
	        "      strongSwan responder: invalid ID_V1 payload length, decryption failed?\n"
	        "      strongSwan initiator: giving up after * retransmits\n",
	        "    strongSwan:\n      swanctl --load-creds\n    Cisco IOS, IOS-XE:\n      show",
	        NULL,
	};

	expect_parts(&test_model_psk, IKESCOPE_DIAGNOSIS, &plain, parts);
}

Test(output, text_tells_refusals_and_candidates)
{
	static const char *const parts[] = {
	        "refused with AUTHENTICATION_FAILED in\n    frame 7.\n",
	        "IKE_AUTH request, 3 fragments ---",
	        "Failure (possible):",
	        "The packets cannot tell these apart:\n      psk-mismatch-v2; for it: the request "
	        "is",
	        "cert-untrusted; against it:",
	        "    Cisco IOS, IOS-XE:\n      show crypto ikev2 profile\n    strongSwan:\n",
	        "    libreswan:\n      ipsec whack --trafficstatus\n",
	        "Note (certain): A mirror port",
	        "the file is cut off",
	        "Limit reached: fragment_memory=65536, 7 left out; raise it with --limit",
	        "Counted, not listed, 12 unanswered strangers\n",
	        NULL,
	};

	expect_parts(&test_model_refused, IKESCOPE_DIAGNOSIS, &plain, parts);
}

Test(output, text_of_a_healthy_negotiation_is_short)
{
	static const char *const parts[] = {
	        "IKEv2: established (assumed",
	        "  initiator: strongSwan, behind NAT, inside address 10.0.0.5\n",
	        "  moved: 192.0.2.7:4500 - 198.51.100.1:4500 from frame 3\n",
	        "Tunnel 192.0.2.7 <-> 198.51.100.1, VLAN 100: 1 negotiation, 2 ESP flows\n",
	        "  -> c0ffee00 ESP/UDP       31       4588 1-32                       1    0    "
	        "0\n",
	        NULL,
	};
	char *text = test_text(&test_model_healthy, IKESCOPE_DIAGNOSIS, &plain);
	size_t lines = 0;

	cr_assert_not_null(text);
	for (const char *p = text; *p != '\0'; p++)
		lines += *p == '\n';
	cr_expect_leq(lines, 16);
	free(text);
	expect_parts(&test_model_healthy, IKESCOPE_DIAGNOSIS, &plain, parts);
}

Test(output, text_folds_a_crowd)
{
	static const char *const parts[] = {
	        "      8  09:14:23.441  192.0.2.7 -> 198.51.100.1  v2 established (assumed)\n",
	        "x58 192.0.2.1 -> 198.51.100.1 v1 stalled: MM5 unanswered, likely psk-mismatch-mm\n"
	        "    #1 to #60, frames 1 to 720, 09:14:23.441 to 09:14:47.664\n",
	        "psk-mismatch-mm (failure, likely), 58 times, first in #1: the pre-shared keys\n",
	        "Total: 60 negotiations, 58 stalled, 2 established, 1 tunnel, 58 failures found\n",
	        NULL,
	};
	char *text = test_text(&test_model_crowd, IKESCOPE_DIAGNOSIS, &plain);
	const char *remedy;

	expect_parts(&test_model_crowd, IKESCOPE_DIAGNOSIS, &plain, parts);
	cr_assert_not_null(text);
	remedy = strstr(text, "swanctl --load-creds");
	cr_assert_not_null(remedy);
	cr_expect_null(strstr(remedy + 1, "swanctl --load-creds"), "a remedy is printed twice");
	free(text);
}

Test(output, text_folds_tunnels_alone)
{
	static const char *const parts[] = {
	        "no IKE negotiation, 50 ESP flows: ESP flows in one direction only (possible, 25\n",
	        "tunnel 2001:db8::1 <-> 2001:db8::2 failure: possible esp-one-way\n"
	        "         2001:db8::1 <-> 2001:db8::2  ESP flows 2, packets 10\n",
	        "\nesp-one-way (failure, possible), 25 times: ESP flows in one direction only\n",
	        NULL,
	};

	expect_parts(&test_model_many_esp, IKESCOPE_DIAGNOSIS, &plain, parts);
}

Test(output, text_with_all_details_on_demand)
{
	static const char *const parts[] = {"#60 192.0.2.1:500 -> ", "#1 192.0.2.1:500 -> ", NULL};
	const struct ikescope_text_options options = {.details = 100};

	expect_parts(&test_model_crowd, IKESCOPE_DIAGNOSIS, &options, parts);
}

Test(output, text_names_captures_where_there_are_several)
{
	static const char *const parts[] = {
	        "1: a.pcap: 9 packets, 9 ESP packets; 2026-01-31 09:14:23 to 2026-02-01 09:14:23\n",
	        "2: b.pcap: 0 packets\n",
	        "Note (possible): No IKE was captured",
	        "      from 2001:db8::9 to 2001:db8::2\n",
	        NULL,
	};

	expect_parts(&test_model_esp, IKESCOPE_DIAGNOSIS, &plain, parts);
}

Test(output, text_sessions)
{
	static const char *const parts[] = {
	        "dst             src             v state      conn-id  frame status\n",
	        "198.51.100.1    192.0.2.7       2 READY            1      1 established\n",
	        "\nspi      dst             src             enc conn-id  packets      bytes "
	        "missing\n",
	        "c0ffee00 198.51.100.1    192.0.2.7       udp       1       31       4588       "
	        "1\n",
	        NULL,
	};

	expect_parts(&test_model_healthy, IKESCOPE_SESSIONS, &plain, parts);
}

static int two_hours_east(void *ctx, int64_t seconds)
{
	(void)ctx;
	return seconds > 0 ? 7200 : 0;
}

Test(output, text_times)
{
	static const char *const local[] = {"2026-01-31 11:14:23 to 11:15:05 +02:00",
	                                    "      5  11:14:23.462  MM5", NULL};
	static const char *const relative[] = {"      5  0.021  MM5, 4 times", "(0.021 s)",
	                                       "0.000 to 24.223 (24.2 s)", NULL};
	const struct ikescope_text_options east = {.offset_of = two_hours_east};
	const struct ikescope_text_options since = {.relative = true};

	expect_parts(&test_model_psk, IKESCOPE_DIAGNOSIS, &east, local);
	expect_parts(&test_model_psk, IKESCOPE_DIAGNOSIS, &since, relative);
}

Test(output, text_stays_within_the_width)
{
	static const unsigned widths[] = {80, 100};

	for (size_t w = 0; w < 2; w++)
		for (size_t i = 0; i < MODELS; i++)
			for (int document = 0; document < 2; document++) {
				const struct ikescope_text_options o = {.width = widths[w]};
				char *text =
				        test_text(models[i], (enum ikescope_document)document, &o);

				cr_assert_not_null(text);
				for (char *line = text; *line != '\0';) {
					size_t n = strcspn(line, "\n");

					cr_expect_leq(n, widths[w], "model %zu: %.*s", i, (int)n,
					              line);
					line += n + (line[n] == '\n');
				}
				free(text);
			}
}

/* text without its SGR sequences */
static void strip(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\033')
			p += strcspn(p, "m");
		else
			*to++ = *p;
	}
	*to = '\0';
}

Test(output, colour_says_nothing_alone)
{
	const struct ikescope_text_options coloured = {.width = 80, .colour = true};

	for (size_t i = 0; i < MODELS; i++) {
		char *with = test_text(models[i], IKESCOPE_DIAGNOSIS, &coloured);
		char *without = test_text(models[i], IKESCOPE_DIAGNOSIS, &plain);

		cr_assert(with != NULL && without != NULL);
		cr_expect(has(with, "\033["), "model %zu has no colour", i);
		strip(with);
		cr_expect_str_eq(with, without, "model %zu", i);
		free(with);
		free(without);
	}
}

/* ---- below ------------------------------------------------------------------------------- */

struct sink {
	size_t calls, len, longest;
	int answer;
};

static int sink_write(void *ctx, const char *data, size_t len)
{
	struct sink *s = ctx;

	(void)data;
	s->calls++;
	s->len += len;
	s->longest = len > s->longest ? len : s->longest;
	return s->answer;
}

Test(output, a_failing_write_ends_the_output)
{
	for (int document = 0; document < 2; document++) {
		struct ik_source source = test_source(&test_model_flood);
		struct sink s = {.answer = 7};
		struct ikescope_writer w = {.ctx = &s, .write = sink_write};

		cr_expect_eq(
		        ik_write_text(&source, (enum ikescope_document)document, NULL, &w, NULL),
		        7);
		cr_expect_eq(s.calls, 1);
		cr_expect_eq(ik_write_json(&source, (enum ikescope_document)document, &w, NULL), 7);
		cr_expect_eq(s.calls, 2);
	}
}

Test(output, blocks_of_bounded_size)
{
	struct ik_source source = test_source(&test_model_flood);
	struct sink s = {.answer = 0};
	struct ikescope_writer w = {.ctx = &s, .write = sink_write};
	struct ikescope_verdict verdict = {0};

	cr_assert_eq(ik_write_text(&source, IKESCOPE_DIAGNOSIS, NULL, &w, &verdict), 0);
	cr_expect_leq(s.longest, IK_OUT_BLOCK);
	cr_expect_gt(s.len, 10 * IK_OUT_BLOCK);
	cr_expect_eq(s.calls, (s.len + IK_OUT_BLOCK - 1) / IK_OUT_BLOCK);
	cr_expect_eq(verdict.failures, 60500);
	cr_expect_not(verdict.lost_answered);
}

Test(output, more_causes_than_room)
{
	struct ik_tally *t = calloc(1, sizeof(*t));
	char slug[16];

	cr_assert_not_null(t);
	for (int i = 0; i < IK_TALLY_CAUSES + 5; i++) {
		const struct ikescope_finding f = {.slug = slug, .summary = "x"};

		snprintf(slug, sizeof(slug), "cause-%d", i);
		cr_assert(ik_tally_finding(t, &f, NULL));
	}
	cr_expect_eq(t->n_causes, IK_TALLY_CAUSES);
	cr_expect_eq(t->other_causes, 5);
	ik_tally_clear(t);
	free(t);
}

Test(output, names)
{
	cr_expect_str_eq(ikescope_mode_name(IKESCOPE_MODE_AGGRESSIVE), "aggressive");
	cr_expect_str_eq(ikescope_outcome_name(IKESCOPE_INCONCLUSIVE), "inconclusive");
	cr_expect_str_eq(ikescope_outcome_name(IKESCOPE_STALLED), "stalled");
	cr_expect_str_eq(ikescope_at_end_name(IKESCOPE_END_REFUSED), "refused");
	cr_expect_str_eq(ikescope_phase_name(IKESCOPE_PHASE_IN_PROGRESS), "in-progress");
	cr_expect_str_eq(ikescope_phase_name(IKESCOPE_PHASE_DELETED), "deleted");
	cr_expect_str_eq(ikescope_role_name(IKESCOPE_RESPONDER), "responder");
	cr_expect_str_eq(ikescope_stall_kind_name(IKESCOPE_MISSING), "missing");
	cr_expect_str_eq(ikescope_severity_name(IKESCOPE_FAILURE), "failure");
	cr_expect_str_eq(ikescope_claim_name(IKESCOPE_CERTAIN), "certain");
	cr_expect_str_eq(ikescope_started_by_name(IKESCOPE_STARTED_REKEY), "rekey");
	cr_expect_str_eq(ikescope_transport_name(IKESCOPE_TCP), "tcp");
	cr_expect_str_eq(ikescope_encapsulation_name(IKESCOPE_ENCAP_NONE), "none");
	cr_expect_str_eq(ikescope_mode_name((enum ikescope_mode)99), "unknown");
	cr_expect_neq(ikescope_version()[0], '\0');
}
