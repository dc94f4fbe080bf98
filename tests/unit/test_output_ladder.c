/*
 * Ladders of models built by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "output/text.h"
#include "test_output.h"

TestSuite(output_ladder);

/* clang-format off */
#define A(a, b, c, d) {.family = 4, .octet = {(a), (b), (c), (d)}}
#define A6(last) {.family = 6, .octet = {0x20, 0x01, 0x0d, 0xb8, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44, 0x55, 0x55, 0x66, (last)}}
#define MS INT64_C(1000000)
#define T0 (INT64_C(1769850863) * IKESCOPE_SECOND + 441 * MS) /* 2026-01-31T09:14:23.441Z */
#define AT(f) {.capture = 1, .frame = (f)}
#define N(array) (sizeof(array) / sizeof((array)[0]))
/* clang-format on */

static const struct ikescope_text_options plain = {.width = 80};

/* ---- a model whose parts a test chooses -------------------------------------------------- */

static struct ikescope_negotiation the_negotiation;
static struct ikescope_step the_steps[64];
static struct ikescope_tunnel the_tunnel;
static struct ikescope_capture_view the_capture;
static struct test_model the_model;

static void give_negotiation(size_t i, struct ikescope_negotiation *n)
{
	*n = the_negotiation;
	n->id = i + 1;
}

/* An IKEv2 negotiation with the first n of the_steps: requests and responses in turn. */
static void fresh(size_t n)
{
	for (size_t i = 0; i < n; i++)
		the_steps[i] = (struct ikescope_step){
		        .name = i % 2 == 0 ? "INFORMATIONAL request" : "INFORMATIONAL response",
		        .from = i % 2 == 0 ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER,
		        .first = AT(i + 1),
		        .last = AT(i + 1),
		        .first_time = T0 + (ikescope_time)i * 10 * MS,
		        .last_time = T0 + (ikescope_time)i * 10 * MS,
		        .copies = 1,
		        .source_port = 500,
		        .destination_port = 500,
		        .note = "",
		        .carries = "empty",
		        .encrypted = true,
		        .length = 80,
		        .message_id = (uint32_t)(i / 2 + 1),
		};
	the_negotiation = (struct ikescope_negotiation){
	        .ike_version = 2,
	        .mode = IKESCOPE_MODE_IKEV2,
	        .initiator = {.endpoint = {A(192, 0, 2, 1), 500}},
	        .responder = {.endpoint = {A(198, 51, 100, 1), 500}},
	        .first = AT(1),
	        .last = AT(n),
	        .first_time = T0,
	        .last_time = T0 + IKESCOPE_SECOND,
	        .outcome = IKESCOPE_ESTABLISHED,
	        .steps = the_steps,
	        .n_steps = n,
	};
	the_tunnel = (struct ikescope_tunnel){.peers = {A(192, 0, 2, 1), A(198, 51, 100, 1)},
	                                      .n_negotiations = 1};
	the_capture = (struct ikescope_capture_view){
	        .capture = 1, .file = "x.pcap", .first_time = T0, .last_time = T0};
	the_model = (struct test_model){.totals = {.negotiations = 1},
	                                .captures = &the_capture,
	                                .n_captures = 1,
	                                .negotiation = give_negotiation,
	                                .n_negotiations = 1,
	                                .tunnel = &the_tunnel,
	                                .n_tunnels = 1};
}

static char *ladder(const struct test_model *m, const struct ikescope_text_options *options)
{
	char *text = test_text(m, IKESCOPE_LADDER, options);

	cr_assert_not_null(text);
	return text;
}

/* The parts are in the text one behind the other. */
static void expect_order(const struct test_model *m, const struct ikescope_text_options *options,
                         const char *const *parts)
{
	char *text = ladder(m, options);
	const char *from = text;

	for (; *parts != NULL; parts++) {
		const char *found = strstr(from, *parts);

		cr_expect_not_null(found, "not there, or not behind what came before: %s\n%s",
		                   *parts, text);
		from = found != NULL ? found + strlen(*parts) : from;
	}
	free(text);
}

static void expect_none(const struct test_model *m, const struct ikescope_text_options *options,
                        const char *part)
{
	char *text = ladder(m, options);

	cr_expect_null(strstr(text, part), "%s is there:\n%s", part, text);
	free(text);
}

/* ---- what a chart says ------------------------------------------------------------------- */

Test(output_ladder, a_stall_with_its_finding_beside_the_message)
{
	static const char *const parts[] = {
	        "1 negotiation, 1 stalled: MM5 unanswered",
	        "#1 192.0.2.1:500 -> 198.51.100.1:500 IKEv1 main mode: stalled\n",
	        " Frame          Time   Delta  192.0.2.1:500                     "
	        "198.51.100.1:500\n",
	        "initiator                                responder\n",
	        "     1  09:14:23.441          |- MM1 "
	        "----------------------------------------->|\n",
	        "     2  09:14:23.445  +0.004  |<----------------------------------------- MM2 "
	        "-|\n",
	        "     5  09:14:23.462  +0.005  |- MM5 ",
	        "4 times in all, the last at +24.2 s",
	        "x Stops at MM5 (frame 5, sent 4 times): no",
	        "Failure (likely): The responder could not",
	        "[psk-mismatch-mm]",
	        "     6  09:14:23.463  +0.001  |<------------------------------- "
	        "INFORMATIONAL -|\n",
	        "--> in clear, ==> encrypted, - -x a fragment is missing\n",
	        NULL,
	};

	expect_order(&test_model_psk, &plain, parts);
}

Test(output_ladder, nat_ports_and_esp)
{
	static const char *const parts[] = {
	        "initiator, behind NAT",
	        "strongSwan",
	        "inside 10.0.0.5",
	        "traffic meanwhile, each direction added up:",
	        "|= ESP in UDP ===============",
	        "SPI c0ffee00",
	        NULL,
	};

	expect_order(&test_model_healthy, &plain, parts);
}

Test(output_ladder, boxes)
{
	static const struct ikescope_text_options boxed = {.width = 80, .boxes = true};
	static const char *const parts[] = {
	        "\u251c\u2500 MM1 \u2500",   "\u25ba\u2502\n",      "\u2502\u25c4\u2500",
	        "\u2500 MM2 \u2500\u2524\n", "\u2573 Stops at MM5", NULL,
	};
	char *text = ladder(&test_model_psk, &plain);

	for (const char *p = text; *p != '\0'; p++)
		cr_assert_lt((unsigned char)*p, 0x80, "%.20s", p);
	free(text);
	expect_order(&test_model_psk, &boxed, parts);
}

Test(output_ladder, retransmissions_with_their_times)
{
	static const struct ikescope_copy again[] = {
	        {.at = AT(3), .time = T0 + 4000 * MS},
	        {.at = AT(4), .time = T0 + 11200 * MS},
	        {.at = AT(5), .time = T0 + 24200 * MS},
	};
	static const char *const all[] = {"again at +4.0, +11.2, +24.2 s ", NULL};
	static const char *const more[] = {"again at +4.0, +11.2, +24.2 s; 90 times",
	                                   "all, the last at +165 s", NULL};

	fresh(2);
	the_steps[0].again = again;
	the_steps[0].n_again = N(again);
	the_steps[0].copies = 4;
	the_steps[0].last_time = again[2].time;
	expect_order(&the_model, &plain, all);
	expect_none(&the_model, &plain, "in all");
	the_steps[0].copies = 90;
	the_steps[0].last_time = T0 + 165 * IKESCOPE_SECOND;
	expect_order(&the_model, &plain, more);
}

Test(output_ladder, ports_and_addresses_that_change)
{
	static const struct ikescope_path paths[] = {
	        {.initiator = {A(192, 0, 2, 1), 500}, .responder = {A(198, 51, 100, 1), 500}},
	        {.initiator = {A(192, 0, 2, 9), 4500},
	         .responder = {A(198, 51, 100, 1), 4500},
	         .first = AT(3)},
	};
	static const char *const parts[] = {
	        "id 1 ",
	        "ports 500 - 500 become 1027 - 4500",
	        "addresses become 192.0.2.9 - 198.51.100.1",
	        "id 2 ",
	        NULL,
	};

	fresh(4);
	the_negotiation.paths = paths;
	the_negotiation.n_paths = N(paths);
	for (size_t i = 2; i < 4; i++) {
		the_steps[i].source_port = i == 2 ? 1027 : 4500;
		the_steps[i].destination_port = i == 2 ? 4500 : 1027;
	}
	expect_order(&the_model, &plain, parts);
	the_steps[2].source_port = the_steps[2].destination_port = 0; /* not known */
	the_steps[3].source_port = the_steps[3].destination_port = 0;
	expect_none(&the_model, &plain, "become 0");
}

Test(output_ladder, fragments)
{
	static const char *const missing[] = {"INFORMATIONAL request, id 1 - - - -", "-x|\n",
	                                      "80 octets in 2 of 3 IKE fragments, fragment 2",
	                                      NULL};
	static const char *const whole[] = {"INFORMATIONAL request, id 1 =====", "=>|\n",
	                                    "80 octets in 2 IP fragments, encrypted", NULL};

	fresh(2);
	the_steps[0].ip_fragments = 2;
	expect_order(&the_model, &plain, whole);
	the_steps[0].ip_fragments = 1;
	the_steps[0].fragments = 2;
	the_steps[0].fragments_total = 3;
	the_steps[0].fragment_missing = 2;
	expect_order(&the_model, &plain, missing);
}

/* A request is only called unanswered where the other side can be heard, and nothing is missing. */
Test(output_ladder, an_answer_that_never_came)
{
	static const char *const parts[] = {
	        "INFORMATIONAL request, id 1", "INFORMATIONAL response, id 1",
	        "INFORMATIONAL request, id 2", "x no answer in the capture", NULL};

	fresh(3);
	expect_order(&the_model, &plain, parts);
	the_negotiation.steps_folded = 7;
	expect_none(&the_model, &plain, "no answer");
	fresh(1);
	expect_none(&the_model, &plain, "no answer");
	fresh(4);
	expect_none(&the_model, &plain, "no answer");
}

Test(output_ladder, long_runs_of_liveness_are_folded)
{
	static const char *const parts[] = {"id 1 ", "id 2 ", "more INFORMATIONAL messages,",
	                                    "response, id 30", NULL};

	fresh(60);
	expect_order(&the_model, &plain, parts);
	expect_none(&the_model, &plain, "id 15");
	the_steps[30].copies = 2; /* that is news */
	the_steps[30].last_time += MS;
	{
		static const char *const news[] = {"more INFORMATIONAL", "request, id 16",
		                                   "2 times in all",     "more INFORMATIONAL",
		                                   "response, id 30",    NULL};

		expect_order(&the_model, &plain, news);
	}
}

Test(output_ladder, findings_without_a_message_stand_at_the_end)
{
	static const uint64_t far_frames[] = {77};
	static const struct ikescope_evidence icmp[] = {{.at = AT(2), .text = "x"}};
	static const struct ikescope_evidence nowhere[] = {{.at = {.capture = 2, .frame = 77},
	                                                    .frames = far_frames,
	                                                    .n_frames = 1,
	                                                    .text = "x"}};
	static const struct ikescope_finding findings[] = {
	        {.slug = "at-the-end", .summary = "End.", .evidence = nowhere, .n_evidence = 1},
	        {.slug = "behind-the-first",
	         .summary = "First.",
	         .evidence = icmp,
	         .n_evidence = 1},
	};
	static const char *const parts[] = {"request, id 1", "[behind-the-first]", "response, id 1",
	                                    "[at-the-end]", NULL};

	fresh(2);
	the_steps[1].first.frame = the_steps[1].last.frame = 3; /* frame 2 is no message */
	the_negotiation.findings = findings;
	the_negotiation.n_findings = N(findings);
	expect_order(&the_model, &plain, parts);
}

Test(output_ladder, messages_that_were_not_kept)
{
	static const char *const kept[] = {"its messages were not kept", NULL};
	static const char *const none[] = {"none of its messages was captured", NULL};
	static const char *const some[] = {"5 messages in between were not kept", NULL};

	fresh(0);
	expect_order(&the_model, &plain, kept);
	the_negotiation.outcome = IKESCOPE_INCONCLUSIVE;
	expect_order(&the_model, &plain, none);
	fresh(2);
	the_negotiation.steps_folded = 5;
	expect_order(&the_model, &plain, some);
}

Test(output_ladder, states_where_there_is_room)
{
	static const struct ikescope_text_options wide = {.width = 160};
	static const char *const parts[] = {"  State\n", "|  IKE SA up (assumed)\n", NULL};

	fresh(2);
	the_steps[0].state = the_steps[1].state = "IKE SA up (assumed)";
	expect_order(&the_model, &wide, parts);
	expect_none(&the_model, &plain, "IKE SA up");
}

/* ---- many negotiations ------------------------------------------------------------------- */

Test(output_ladder, many_are_lines_and_a_chart_of_each_kind)
{
	static const char *const parts[] = {
	        "60 negotiations, 58 stalled",
	        "x58 ",
	        "Total: ",
	        "Below is a chart of the first of each kind",
	        "#1 ",
	        " Frame ",
	        NULL,
	};
	struct ikescope_text_options only = plain;
	char *text = ladder(&test_model_crowd, &plain);
	size_t charts = 0;

	for (const char *p = text; (p = strstr(p, " Frame ")) != NULL; p++)
		charts++;
	cr_expect_eq(charts, 2, "%zu charts", charts);
	free(text);
	expect_order(&test_model_crowd, &plain, parts);
	only.only = 60;
	expect_none(&test_model_crowd, &only, "#59 ");
	text = ladder(&test_model_crowd, &only);
	cr_expect_not_null(strstr(text, "\n#60 "));
	free(text);
	only.only = 61;
	text = ladder(&test_model_crowd, &only);
	cr_expect_not_null(strstr(text, "There is no negotiation #61 here."));
	free(text);
}

/* ---- the page ---------------------------------------------------------------------------- */

static void within(const char *text, size_t width, const char *what)
{
	for (const char *line = text; *line != '\0';) {
		size_t n = strcspn(line, "\n");

		cr_expect_leq(ik_text_width(line, n), width, "%s, %zu columns: %.*s", what, width,
		              (int)n, line);
		line += n + (line[n] == '\n');
	}
}

/* Everything that is long: frame numbers, dates, addresses, labels, contents, words. */
static void long_ones(void)
{
	static const struct ikescope_finding finding = {
	        .slug = "a-slug-that-is-much-longer-than-any-that-a-rule-has-and-has-no-blank-in-"
	                "it",
	        .severity = IKESCOPE_FAILURE,
	        .summary =
	                "words\033[31m "
	                "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"
	                "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"
	                "\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc\u00e4\u00f6\u00fc"};
	static const struct ikescope_esp esp = {.spi = 1,
	                                        .source = A6(1),
	                                        .destination = A6(2),
	                                        .negotiation = 1,
	                                        .packets = UINT64_MAX,
	                                        .octets = UINT64_MAX,
	                                        .first = AT(UINT64_C(281474976710655)),
	                                        .first_time = T0,
	                                        .last_time = T0 + 900000 * IKESCOPE_SECOND,
	                                        .missing = UINT64_MAX};

	fresh(6);
	for (size_t i = 0; i < 6; i++) {
		the_steps[i].first.frame += UINT64_C(123456789012);
		the_steps[i].last.frame += UINT64_C(123456789012);
		the_steps[i].first_time = T0 + (ikescope_time)i * 100000 * IKESCOPE_SECOND;
		the_steps[i].state = "beginning not captured";
		the_steps[i].carries =
		        "SA with\x9b a long list of things; and-one-word-that-goes-on-"
		        "and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-"
		        "and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on";
	}
	the_steps[2].name = "other request";
	the_steps[2].exchange =
	        "An exchange whose name is longer than the chart is wide, at least on "
	        "most terminals there are";
	the_negotiation.initiator.endpoint = (struct ikescope_endpoint){A6(1), 65535};
	the_negotiation.responder.endpoint = (struct ikescope_endpoint){A6(2), 65535};
	the_negotiation.initiator.implementation = "an implementation";
	the_negotiation.responder.behind_nat = IKESCOPE_YES;
	the_negotiation.findings = &finding;
	the_negotiation.n_findings = 1;
	the_tunnel.peers[0] = esp.source;
	the_tunnel.peers[1] = esp.destination;
	the_tunnel.esp = &esp;
	the_tunnel.n_esp = 1;
	the_tunnel.findings = &finding;
	the_tunnel.n_findings = 1;
	the_capture.last_time = T0 + 900000 * IKESCOPE_SECOND;
	the_capture.packets = UINT64_C(281474976710655);
}

/* Below 52 columns the heading of an IPv6 negotiation has no room. */
static const unsigned widths[] = {52, 60, 80, 100, 160};

Test(output_ladder, stays_within_the_width)
{
	static const struct test_model *const models[] = {&test_model_psk,      &test_model_healthy,
	                                                  &test_model_refused,  &test_model_esp,
	                                                  &test_model_many_esp, &test_model_crowd};

	for (size_t w = 0; w < N(widths); w++)
		for (int boxes = 0; boxes < 2; boxes++) {
			const struct ikescope_text_options o = {.width = widths[w],
			                                        .boxes = boxes == 1};
			char *text;

			/* Other parts of the page need 80 columns. */
			for (size_t i = 0; i < N(models) && widths[w] >= 80; i++) {
				text = ladder(models[i], &o);
				within(text, widths[w], "a model");
				free(text);
			}
			long_ones();
			text = ladder(&the_model, &o);
			within(text, widths[w], "long ones");
			free(text);
		}
}

/* Lifelines are where they are on every line of a chart. */
Test(output_ladder, lifelines_are_straight)
{
	for (size_t w = 0; w < N(widths); w++) {
		const struct ikescope_text_options o = {.width = widths[w]};
		const char *line;
		char *text;
		size_t rows = 0, left = 0, right = 0;

		long_ones();
		text = ladder(&the_model, &o);
		for (line = text; *line != '\0';) {
			size_t n = strcspn(line, "\n"), first = strcspn(line, "|\n");
			size_t last = n;

			while (first < n && line[last - 1] != '|')
				last--;
			if (first < n) {
				size_t a = ik_text_width(line, first),
				       b = ik_text_width(line, last);

				cr_expect(rows == 0 || (a == left && b == right), "%.*s", (int)n,
				          line);
				left = a;
				right = b;
				rows++;
			}
			line += n + (line[n] == '\n');
		}
		cr_expect_gt(rows, 20);
		cr_expect_eq(right, widths[w] < 140 ? widths[w] : widths[w] - 24);
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

/* A control character of the model never comes through; colours say nothing alone, and no lifeline
 * is coloured. */
Test(output_ladder, colours_and_escapes)
{
	static const struct ikescope_text_options coloured = {.width = 80, .colour = true};
	char *with, *without;

	long_ones();
	with = ladder(&the_model, &coloured);
	without = ladder(&the_model, &plain);
	cr_expect_null(strchr(without, '\033'));
	cr_expect_not_null(strstr(without, "\\x1b[31m"));
	cr_expect_not_null(strstr(without, "\\x9b"));
	cr_expect_not_null(strstr(with, "\033[1;31mFailure"));
	for (const char *p = with; (p = strstr(p, "m|")) != NULL; p++)
		cr_expect(strncmp(p - 2, "[0", 2) == 0, "%.30s", p - 5);
	strip(with);
	cr_expect_str_eq(with, without);
	free(with);
	free(without);
}

Test(output_ladder, is_no_json)
{
	struct ik_source source = test_source(&test_model_psk);
	struct ikescope_writer w = {0};

	cr_expect_eq(ik_write_json(&source, IKESCOPE_LADDER, &w, NULL), IKESCOPE_ERR_USE);
}
