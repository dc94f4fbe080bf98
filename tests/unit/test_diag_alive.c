/*
 * What only looks like a failure, and what fails beside an SA that stands. The beginnings of real
 * captures, and behind them messages made by hand, of which nobody can read more than the sizes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/packets.h"
#include "support/pipeline.h"

/* Main mode with AES-128, SHA-256 and a pre-shared key; IKE_SA_INIT and IKE_AUTH with AES-128 and
 * HMAC-SHA-256-128. */
#define V1 "/pcaps/healthy/v1-main-psk.pcap"
#define V2 "/pcaps/healthy/v2-psk.pcap"

enum { INFO1 = 5, QUICK = 32, INFO2 = 37 };
enum { NOTIFY = 41, DELETE = 42 };
enum { QM1_LENGTH = 188, QM3_LENGTH = 76, DELETE_LENGTH = 92, PROBE_LENGTH = 108 };
enum { SK_LENGTH = 80 };
#define HEADERS 42 /* Ethernet, IPv4, UDP */

static const char *const hosts[] = {"192.0.2.10", "198.51.100.20"}; /* initiator, responder */

/* What is said of the only negotiation. */
struct verdict {
	enum ikescope_outcome outcome;
	enum ikescope_at_end at_end;
	char findings[400]; /* "failure qm3-lost likely; ..." */
};

static struct pl_packets said;
static struct verdict verdict;
static ikescope_time start;
static uint8_t spis[16];
static unsigned made;

static void tear_down(void)
{
	pl_packets_free(&said);
	said = (struct pl_packets){0};
}

TestSuite(diag_alive, .fini = tear_down);

/* ---- the conversation ----------------------------------------------------------------------- */

static void add_at(struct ikescope_packet packet, double seconds)
{
	packet.at = (struct ikescope_at){.capture = 1, .frame = said.n + 1};
	packet.time = start + (ikescope_time)(seconds * (double)IKESCOPE_SECOND);
	pl_packets_add(&said, &packet);
}

/* The first messages of a sample: until phase 1 or the IKE SA stands. Time counts from the last. */
static void begin(const char *sample, size_t messages)
{
	char path[512];
	struct pl_packets all;
	uint8_t *data;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s%s", IKESCOPE_SOURCE, sample);
	data = pl_read(path, &len);
	cr_assert_not_null(data, "%s", path);
	all = pl_take_apart(data, len);
	cr_assert_gt(all.n, messages);
	for (size_t i = 0; i < messages; i++)
		pl_packets_add(&said, &all.row[i]);
	start = said.row[messages - 1].time;
	memcpy(spis, said.octets[1] + HEADERS, sizeof(spis));
	pl_packets_free(&all);
	free(data);
}

static void send_made(struct pk *p, double seconds, char from)
{
	size_t i = from == 'r';

	p->ip_id = (uint16_t)(20000 + said.n);
	pk_ip4(p, 17, hosts[i], hosts[1 - i]);
	pk_ethernet(p, 0x0800);
	add_at(
	        (struct ikescope_packet){
	                .link_type = 1, .data = pk_octets(p), .captured = p->len, .length = p->len},
	        seconds);
}

/* An ISAKMP header in front of the octets of p, and the packet. */
static size_t message(struct pk *p, double seconds, char from, unsigned version, unsigned exchange,
                      unsigned flags, uint32_t mid, unsigned first)
{
	uint32_t length = (uint32_t)p->len + 28;

	pk_push32(p, length);
	pk_push32(p, mid);
	pk_push32(p, (uint32_t)first << 24 | version << 16 | exchange << 8 | flags);
	pk_push(p, spis, sizeof(spis));
	pk_udp(p, 500, 500);
	send_made(p, seconds, from);
	return said.n - 1;
}

static size_t secret1(double seconds, char from, unsigned exchange, uint32_t mid, size_t length)
{
	static struct pk p;

	pk_begin_counting(&p, length - 28, ++made * 7);
	return message(&p, seconds, from, 0x10, exchange, 1, mid, 8);
}

/* flags: 'q' a request, 'a' an answer. */
static size_t secret2(double seconds, char from, char kind, unsigned exchange, uint32_t mid,
                      unsigned inner, size_t length)
{
	static struct pk p;
	unsigned flags = (from == 'i' ? 0x08 : 0) | (kind == 'a' ? 0x20 : 0);

	pk_begin_counting(&p, length - 32, ++made * 7);
	pk_push32(&p, (uint32_t)inner << 24 | (uint32_t)(length - 28));
	return message(&p, seconds, from, 0x20, exchange, flags, mid, 46);
}

/* INVALID-COOKIE or INVALID_IKE_SPI in clear. */
static void unknown1(double seconds, char from)
{
	static const uint8_t notify[] = {0, 0, 0, 12, 0, 0, 0, 1, 1, 0, 0, 4};
	static struct pk p;

	pk_begin(&p, notify, sizeof(notify));
	message(&p, seconds, from, 0x10, INFO1, 0, 0x4711 + ++made, 11);
}

static void unknown2(double seconds, char from, uint32_t mid)
{
	static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0, 4};
	static struct pk p;

	pk_begin(&p, notify, sizeof(notify));
	message(&p, seconds, from, 0x20, INFO2, from == 'i' ? 0x28 : 0x20, mid, NOTIFY);
}

/* The same message once more, in another packet. */
static void again(size_t which, double seconds)
{
	struct ikescope_packet packet = said.row[which];
	uint8_t *octets = malloc(packet.captured);

	cr_assert_not_null(octets);
	memcpy(octets, packet.data, packet.captured);
	octets[18] = (uint8_t)(80 + said.n / 256);
	octets[19] = (uint8_t)said.n;
	packet.data = octets;
	add_at(packet, seconds);
	free(octets);
}

static void esp(double seconds, char from, uint32_t spi, uint32_t sequence)
{
	static struct pk p;
	size_t i = from == 'r';

	pk_begin_counting(&p, 100, sequence);
	pk_push32(&p, sequence);
	pk_push32(&p, spi);
	p.ip_id = (uint16_t)(20000 + said.n);
	pk_ip4(&p, 50, hosts[i], hosts[1 - i]);
	pk_ethernet(&p, 0x0800);
	add_at(
	        (struct ikescope_packet){
	                .link_type = 1, .data = pk_octets(&p), .captured = p.len, .length = p.len},
	        seconds);
}

/* ESP in both directions for some seconds. */
static void traffic(double from, double to)
{
	for (uint32_t i = 0; from + i <= to; i++) {
		esp(from + i, 'i', 0xc1000001, i + 1);
		esp(from + i + 0.1, 'r', 0xc2000001, i + 1);
	}
}

/* The capture goes on until then. */
static void quiet_until(double seconds)
{
	static struct pk p;

	pk_begin(&p, "name", 4);
	pk_udp(&p, 5353, 53);
	send_made(&p, seconds, 'i');
}

static void quick_mode(double seconds, uint32_t mid)
{
	secret1(seconds, 'i', QUICK, mid, QM1_LENGTH);
	secret1(seconds + 0.02, 'r', QUICK, mid, QM1_LENGTH);
	secret1(seconds + 0.04, 'i', QUICK, mid, QM3_LENGTH);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

static int look(void *user, const struct ikescope_negotiation *n)
{
	size_t len = 0;

	(void)user;
	verdict.outcome = n->outcome;
	verdict.at_end = n->at_end;
	verdict.findings[0] = '\0';
	for (size_t i = 0; i < n->n_findings; i++) {
		int more = snprintf(verdict.findings + len, sizeof(verdict.findings) - len,
		                    "%s %s %s; ", ikescope_severity_name(n->findings[i].severity),
		                    n->findings[i].slug, ikescope_claim_name(n->findings[i].claim));

		cr_assert(more > 0 && (size_t)more < sizeof(verdict.findings) - len);
		len += (size_t)more;
	}
	return 0;
}

static int by_time(const void *one, const void *two)
{
	const struct ikescope_packet *a = one, *b = two;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->at.frame < b->at.frame ? -1 : 1;
}

/* Judges what was said, in the order of time. */
static void judge(void)
{
	static const struct ikescope_capture_info info = {.file = "capture", .format = "pcap"};
	static const struct ikescope_capture_stats stats = {.dropped = -1};
	const struct ikescope_visitor visitor = {.negotiation = look};
	struct pl_how how = pl_how_default();
	struct ikescope *scope = ikescope_new(&how.options);
	uint32_t capture;

	cr_assert_not_null(scope);
	cr_assert_eq(ikescope_capture_begin(scope, &info, &capture), IKESCOPE_OK);
	qsort(said.row, said.n, sizeof(*said.row), by_time);
	for (size_t i = 0; i < said.n; i++) {
		said.row[i].at.frame = i + 1;
		cr_assert_eq(ikescope_packet(scope, &said.row[i]), IKESCOPE_OK);
	}
	cr_assert_eq(ikescope_capture_end(scope, capture, &stats), IKESCOPE_OK);
	cr_assert_eq(ikescope_finish(scope), IKESCOPE_OK);
	cr_assert_eq(ikescope_walk(scope, &visitor, NULL), 0);
	ikescope_free(scope);
}

static void expect(enum ikescope_outcome outcome, enum ikescope_at_end at_end, const char *finding)
{
	judge();
	cr_expect_eq(verdict.outcome, outcome, "%s: %s", ikescope_outcome_name(verdict.outcome),
	             verdict.findings);
	cr_expect_eq(verdict.at_end, at_end, "%s: %s", ikescope_at_end_name(verdict.at_end),
	             verdict.findings);
	if (finding == NULL)
		cr_expect_str_empty(verdict.findings, "%s", verdict.findings);
	else
		cr_expect(strstr(verdict.findings, finding) != NULL, "%s", verdict.findings);
}

/* ---- QM2 that is repeated ------------------------------------------------------------------- */

/* QM2, and QM3 behind each of its copies; how long the last gap was. */
static void qm3_behind_each_qm2(unsigned copies)
{
	size_t qm2, qm3;
	double at = 0.12, gap = 2;

	secret1(0.1, 'i', QUICK, 7, QM1_LENGTH);
	qm2 = secret1(at, 'r', QUICK, 7, QM1_LENGTH);
	qm3 = secret1(at + 0.02, 'i', QUICK, 7, QM3_LENGTH);
	for (unsigned i = 1; i < copies; i++, gap *= 2) {
		at += gap;
		again(qm2, at);
		again(qm3, at + 0.02);
	}
}

/* The third QM3 arrives: QM2 is due again ten seconds later, and does not come. */
Test(diag_alive, the_last_qm3_arrives)
{
	begin(V1, 6);
	qm3_behind_each_qm2(3);
	quiet_until(60);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
}

Test(diag_alive, nobody_knows_yet_whether_qm3_arrives)
{
	begin(V1, 6);
	qm3_behind_each_qm2(3);
	quiet_until(10);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure qm3-lost likely");
}

/* The responder sends what it may send under the child only when it has QM3. */
Test(diag_alive, esp_shows_that_qm3_arrived)
{
	begin(V1, 6);
	qm3_behind_each_qm2(3);
	traffic(6.5, 9.5);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
	tear_down();
	begin(V1, 6);
	qm3_behind_each_qm2(6);
	traffic(63, 70);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
}

/* QM2 stays away for good: its sender gave up. */
Test(diag_alive, qm2_is_given_up)
{
	begin(V1, 6);
	qm3_behind_each_qm2(6);
	quiet_until(600);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure qm3-lost likely");
}

Test(diag_alive, qm2_goes_on_behind_qm3)
{
	size_t qm2;

	begin(V1, 6);
	secret1(0.1, 'i', QUICK, 7, QM1_LENGTH);
	qm2 = secret1(0.12, 'r', QUICK, 7, QM1_LENGTH);
	secret1(0.14, 'i', QUICK, 7, QM3_LENGTH);
	again(qm2, 2.12);
	again(qm2, 6.12);
	quiet_until(60);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure qm3-lost likely");
}

/* ---- a notify behind IKE_AUTH --------------------------------------------------------------- */

/* A request of one end and the answer of the other. */
static void exchange2(double seconds, char by, uint32_t mid, unsigned inner)
{
	secret2(seconds, by, 'q', INFO2, mid, inner, SK_LENGTH);
	secret2(seconds + 0.02, by == 'i' ? 'r' : 'i', 'a', INFO2, mid, 0, SK_LENGTH);
}

Test(diag_alive, a_notify_behind_ike_auth_is_no_refusal)
{
	begin(V2, 4);
	exchange2(0.02, 'i', 2, NOTIFY);
	exchange2(30, 'i', 3, 0);
	quiet_until(60);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
	tear_down();
	begin(V2, 4);
	exchange2(0.02, 'i', 2, NOTIFY);
	exchange2(30, 'r', 0, 0);
	quiet_until(60);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
}

/* Nothing behind it is answered but a Delete. */
Test(diag_alive, a_notify_behind_ike_auth_is_a_refusal)
{
	begin(V2, 4);
	exchange2(0.002, 'i', 2, NOTIFY);
	quiet_until(60);
	expect(IKESCOPE_FAILED, IKESCOPE_END_UNKNOWN, "failure auth-failed-v2 likely");
	tear_down();
	begin(V2, 4);
	exchange2(0.002, 'i', 2, NOTIFY);
	exchange2(0.1, 'i', 3, DELETE);
	quiet_until(60);
	expect(IKESCOPE_FAILED, IKESCOPE_END_DELETED, "failure auth-failed-v2 likely");
	tear_down();
	begin(V2, 4);
	exchange2(0.002, 'i', 2, NOTIFY);
	secret2(30, 'r', 'q', INFO2, 0, 0, SK_LENGTH);
	quiet_until(31);
	expect(IKESCOPE_FAILED, IKESCOPE_END_UNKNOWN, "failure auth-failed-v2 likely");
}

/* ---- a notify that one end does not know the SA --------------------------------------------- */

/* Anybody can send it: its sender encrypts under the SA afterwards. */
Test(diag_alive, forged_notify)
{
	begin(V2, 4);
	traffic(1, 40);
	unknown2(20, 'r', 2);
	exchange2(30, 'i', 2, 0);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
	tear_down();
	begin(V1, 6);
	quick_mode(0.1, 7);
	traffic(1, 40);
	unknown1(20, 'r');
	secret1(30, 'i', INFO1, 0x51, PROBE_LENGTH);
	secret1(30.02, 'r', INFO1, 0x52, PROBE_LENGTH);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
}

/* The other end encrypts on, its sender does not. */
Test(diag_alive, notify_of_an_end_that_lost_the_sa)
{
	begin(V2, 4);
	traffic(1, 20);
	secret2(21, 'i', 'q', INFO2, 2, 0, SK_LENGTH);
	unknown2(21.02, 'r', 2);
	secret2(24, 'i', 'q', INFO2, 3, 0, SK_LENGTH);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, "failure crash-restart-peer likely");
	tear_down();
	begin(V2, 4);
	traffic(1, 20);
	exchange2(21, 'i', 2, 0);
	unknown2(24, 'r', 3);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, "failure crash-restart-peer likely");
	tear_down();
	/* Also where what it does not know is the Delete. */
	begin(V2, 4);
	traffic(1, 20);
	secret2(21, 'i', 'q', INFO2, 2, DELETE, SK_LENGTH);
	unknown2(21.02, 'r', 2);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, "failure crash-restart-peer likely");
}

/* Behind a Delete neither end knows the SA any more. */
Test(diag_alive, notify_behind_a_delete)
{
	begin(V2, 4);
	traffic(1, 20);
	exchange2(20.5, 'i', 2, DELETE);
	secret2(22, 'r', 'q', INFO2, 0, 0, SK_LENGTH);
	unknown2(22.02, 'i', 0);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_DELETED, NULL);
	tear_down();
	begin(V1, 6);
	quick_mode(0.1, 7);
	traffic(1, 20);
	secret1(20.5, 'i', INFO1, 0x51, DELETE_LENGTH);
	secret1(20.501, 'i', INFO1, 0x52, DELETE_LENGTH);
	secret1(22, 'r', INFO1, 0x53, PROBE_LENGTH);
	unknown1(22.02, 'i');
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_DELETED, NULL);
}

/* ---- a probe behind QM1 --------------------------------------------------------------------- */

/* QM1 and its copies. */
static void silent_qm1(double seconds, uint32_t mid)
{
	size_t qm1 = secret1(seconds, 'i', QUICK, mid, QM1_LENGTH);

	again(qm1, seconds + 4);
	again(qm1, seconds + 11);
	again(qm1, seconds + 24);
	again(qm1, seconds + 48);
}

Test(diag_alive, a_probe_behind_qm1_is_no_refusal)
{
	begin(V1, 6);
	silent_qm1(0.1, 7);
	secret1(0.15, 'r', INFO1, 0x51, PROBE_LENGTH);
	secret1(0.17, 'i', INFO1, 0x52, PROBE_LENGTH);
	quiet_until(200);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure p2-unanswered possible");
	tear_down();
	/* Nor is the answer to a probe of the side that asks. */
	begin(V1, 6);
	silent_qm1(0.1, 7);
	secret1(0.15, 'i', INFO1, 0x51, PROBE_LENGTH);
	secret1(0.17, 'r', INFO1, 0x52, PROBE_LENGTH);
	quiet_until(200);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure p2-unanswered possible");
}

/* Without an answer, with another, and where QM1 does not come again. */
Test(diag_alive, a_notify_of_the_size_of_a_probe_is_a_refusal)
{
	begin(V1, 6);
	silent_qm1(0.1, 7);
	secret1(0.15, 'r', INFO1, 0x51, PROBE_LENGTH);
	quiet_until(200);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure p2-refused-v1 likely");
	tear_down();
	begin(V1, 6);
	silent_qm1(0.1, 7);
	secret1(0.15, 'r', INFO1, 0x51, PROBE_LENGTH);
	secret1(0.17, 'i', INFO1, 0x52, DELETE_LENGTH);
	quiet_until(200);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure p2-refused-v1 likely");
	tear_down();
	begin(V1, 6);
	secret1(0.1, 'i', QUICK, 7, QM1_LENGTH);
	secret1(0.15, 'r', INFO1, 0x51, PROBE_LENGTH);
	secret1(0.17, 'i', INFO1, 0x52, PROBE_LENGTH);
	quiet_until(200);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure p2-refused-v1 likely");
}

/* QM1 is refused behind the probe. */
Test(diag_alive, a_probe_and_a_refusal_behind_qm1)
{
	begin(V1, 6);
	silent_qm1(0.1, 7);
	secret1(0.15, 'r', INFO1, 0x51, PROBE_LENGTH);
	secret1(0.17, 'i', INFO1, 0x52, PROBE_LENGTH);
	secret1(4.2, 'r', INFO1, 0x53, DELETE_LENGTH);
	quiet_until(200);
	expect(IKESCOPE_PARTIAL, IKESCOPE_END_UNKNOWN, "failure p2-refused-v1 likely");
}

/* ---- a quick mode that nobody answers ------------------------------------------------------- */

/* Three that are begun at once, and one is not answered. */
Test(diag_alive, quick_modes_of_one_burst_replace_nothing)
{
	begin(V1, 6);
	quick_mode(0.1, 7);
	quick_mode(0.11, 8);
	silent_qm1(0.12, 9);
	traffic(0.3, 200);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_LOST, "failure p2-unanswered possible");
	tear_down();
	/* The others are complete, and not used yet. */
	begin(V1, 6);
	quick_mode(0.1, 7);
	silent_qm1(0.2, 9);
	traffic(0.3, 200);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_LOST, "failure p2-unanswered possible");
}

/* The child that stands was used, or has stood for a while. */
Test(diag_alive, a_later_quick_mode_may_be_a_rekey)
{
	begin(V1, 6);
	quick_mode(0.1, 7);
	traffic(0.3, 200);
	silent_qm1(2, 9);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_LOST, "failure rekey-unanswered likely");
	tear_down();
	begin(V1, 6);
	quick_mode(0.1, 7);
	silent_qm1(30, 9);
	quiet_until(100);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_LOST, "failure rekey-unanswered likely");
}

/* The same network is asked for in vain again and again, others come through in between. */
Test(diag_alive, quick_modes_without_an_answer_among_others)
{
	const char *warning = "warning p2-unanswered possible";

	begin(V1, 6);
	silent_qm1(0.1, 7);
	quick_mode(60, 8);
	silent_qm1(70, 9);
	quick_mode(130, 10);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, warning);
	tear_down();
	/* The last of them stands still. */
	begin(V1, 6);
	silent_qm1(0.1, 7);
	quick_mode(60, 8);
	silent_qm1(75, 9);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_LOST, "failure p2-unanswered possible");
	cr_expect(strstr(verdict.findings, warning) == NULL, "%s", verdict.findings);
	tear_down();
	/* What came through may be the same once more. */
	begin(V1, 6);
	silent_qm1(0.1, 7);
	silent_qm1(60, 8);
	quick_mode(120, 9);
	expect(IKESCOPE_ESTABLISHED, IKESCOPE_END_UP, NULL);
}
