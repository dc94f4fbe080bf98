/* SPDX-License-Identifier: Apache-2.0 */
#include "test_output.h"

#include <stdlib.h>

/* clang-format off */
#define A(a, b, c, d) {.family = 4, .octet = {(a), (b), (c), (d)}}
#define A6(last) {.family = 6, .octet = {0x20, 0x01, 0x0d, 0xb8, [15] = (last)}}
#define MS INT64_C(1000000)
#define T0 (INT64_C(1769850863) * IKESCOPE_SECOND + 441 * MS) /* 2026-01-31T09:14:23.441Z */
#define AT(f) {.capture = 1, .frame = (f)}
#define N(array) (sizeof(array) / sizeof((array)[0]))
/* clang-format on */

/* ---- pre-shared keys differ -------------------------------------------------------------- */

static const char *const ethernet[] = {"EN10MB"};
static const struct ikescope_capture_view psk_capture[] = {
        {.capture = 1,
         .file = "branch.pcap",
         .format = "pcap",
         .link_types = ethernet,
         .n_link_types = 1,
         .packets = 14,
         .ike_messages = 13,
         .dropped = -1,
         .first_time = T0,
         .last_time = T0 + 42000 * MS},
};

/* clang-format off */
static const struct ikescope_step psk_steps[] = {
	{.name = "MM1", .from = IKESCOPE_INITIATOR, .first = AT(1), .last = AT(1), .first_time = T0,            .last_time = T0,            .copies = 1, .note = ""},
	{.name = "MM2", .from = IKESCOPE_RESPONDER, .first = AT(2), .last = AT(2), .first_time = T0 + 4 * MS,   .last_time = T0 + 4 * MS,   .copies = 1, .note = ""},
	{.name = "MM3", .from = IKESCOPE_INITIATOR, .first = AT(3), .last = AT(3), .first_time = T0 + 9 * MS,   .last_time = T0 + 9 * MS,   .copies = 1, .note = ""},
	{.name = "MM4", .from = IKESCOPE_RESPONDER, .first = AT(4), .last = AT(4), .first_time = T0 + 16 * MS,  .last_time = T0 + 16 * MS,  .copies = 1, .note = ""},
	{.name = "MM5", .from = IKESCOPE_INITIATOR, .first = AT(5), .last = AT(11), .first_time = T0 + 21 * MS, .last_time = T0 + 24221 * MS, .copies = 4, .note = "encrypted"},
	{.name = "INFORMATIONAL", .from = IKESCOPE_RESPONDER, .first = AT(6), .last = AT(12), .first_time = T0 + 22 * MS, .last_time = T0 + 24223 * MS, .copies = 4, .note = "encrypted, a new message id each time"},
};
/* clang-format on */

static const uint64_t psk_frames[] = {5, 7, 9, 11};
static const uint64_t psk_answers[] = {6, 8, 10, 12};
static const struct ikescope_evidence psk_evidence[] = {
        {.at = AT(5),
         .frames = psk_frames,
         .n_frames = 4,
         .text = "MM5 was sent 4 times (0, 4.0, 11.2, 24.2 s) and never answered by MM6"},
        {.at = AT(6),
         .frames = psk_answers,
         .n_frames = 4,
         .text = "each copy was answered within 2 ms by an encrypted INFORMATIONAL that did not "
                 "stop the initiator: it could not read it"},
};
static const char *const psk_raise[] = {"the responder's log", "the pre-shared key of either side"};
static const struct ikescope_remedy psk_remedies[] = {
        {"cisco-ios", "show crypto isakmp key\ncrypto isakmp key KEY address 192.0.2.1"},
        {"cisco-asa", "more system:running-config | begin tunnel-group 192.0.2.1"},
        {"strongswan", "swanctl --load-creds"},
        {"any", "look for trailing blanks and quoting in the key"},
};
static const struct ikescope_box_line psk_lines[] = {
        {"cisco-ios", IKESCOPE_ROLE_UNKNOWN, "retransmitting phase 1 MM_KEY_EXCH..."},
        {"cisco-ios", IKESCOPE_RESPONDER, "a second line of a box that was not recognised"},
        {"strongswan", IKESCOPE_RESPONDER, "invalid ID_V1 payload length, decryption failed?"},
        {"strongswan", IKESCOPE_INITIATOR, "giving up after * retransmits"},
};
static const struct ikescope_finding psk_findings[] = {
        {.slug = "psk-mismatch-mm",
         .severity = IKESCOPE_FAILURE,
         .claim = IKESCOPE_LIKELY,
         .title = "the pre-shared keys differ",
         .summary = "The responder could not decrypt message 5: the pre-shared keys differ.",
         .evidence = psk_evidence,
         .n_evidence = N(psk_evidence),
         .would_raise = psk_raise,
         .n_would_raise = N(psk_raise),
         .on_box = psk_lines,
         .n_on_box = N(psk_lines),
         .remedies = psk_remedies,
         .n_remedies = N(psk_remedies)},
};
static const struct ikescope_path psk_paths[] = {
        {.initiator = {A(192, 0, 2, 1), 500},
         .responder = {A(198, 51, 100, 1), 500},
         .first = AT(1),
         .last = AT(12)},
};

static void psk_negotiation(size_t i, struct ikescope_negotiation *n)
{
	static const struct ikescope_negotiation one = {
	        .ike_version = 1,
	        .mode = IKESCOPE_MODE_MAIN,
	        .started_by = IKESCOPE_STARTED_INITIAL,
	        .initiator = {.endpoint = {A(192, 0, 2, 1), 500},
	                      .implementation = "strongSwan",
	                      .behind_nat = IKESCOPE_NO},
	        .responder = {.endpoint = {A(198, 51, 100, 1), 500}},
	        .paths = psk_paths,
	        .n_paths = 1,
	        .initiator_spi = 0x8f1c2d3e4f506172,
	        .responder_spi = 0x0a1b2c3d4e5f6071,
	        .first = AT(1),
	        .last = AT(12),
	        .first_time = T0,
	        .last_time = T0 + 24223 * MS,
	        .outcome = IKESCOPE_STALLED,
	        .phase1 = IKESCOPE_PHASE_STALLED,
	        .phase2 = IKESCOPE_PHASE_NOT_REACHED,
	        .has_stall = true,
	        .stall = {.kind = IKESCOPE_UNANSWERED,
	                  .message = "MM5",
	                  .at = AT(5),
	                  .copies = 4,
	                  .waiting_for = IKESCOPE_RESPONDER},
	        .shown_as = {"MM_KEY_EXCH", "MM_KEY_EXCH", "MM_WAIT_MSG6", "MM_WAIT_MSG5",
	                     "CONNECTING", "CONNECTING", "STATE_MAIN_I3", "STATE_MAIN_R2"},
	        .steps = psk_steps,
	        .n_steps = N(psk_steps),
	        .findings = psk_findings,
	        .n_findings = N(psk_findings),
	};

	*n = one;
	n->id = i + 1;
}

static const uint64_t first_id[] = {1};
static const struct ikescope_tunnel psk_tunnel[] = {
        {.peers = {A(192, 0, 2, 1), A(198, 51, 100, 1)},
         .negotiations = first_id,
         .n_negotiations = 1},
};

const struct test_model test_model_psk = {
        .totals = {.negotiations = 1,
                   .outcome = {[IKESCOPE_STALLED] = 1},
                   .failures = 1,
                   .tunnels = 1},
        .captures = psk_capture,
        .n_captures = 1,
        .negotiation = psk_negotiation,
        .n_negotiations = 1,
        .tunnel = psk_tunnel,
        .n_tunnels = 1,
};

/* ---- healthy ----------------------------------------------------------------------------- */

static const struct ikescope_capture_view healthy_capture[] = {
        {.capture = 1,
         .file = "good.pcapng.gz",
         .format = "pcapng",
         .compression = "gzip",
         .link_types = ethernet,
         .n_link_types = 1,
         .packets = 64,
         .ike_messages = 4,
         .esp_packets = 60,
         .dropped = 0,
         .first_time = T0,
         .last_time = T0 + 9000 * MS},
};
static const uint32_t healthy_spis[] = {0xc0ffee00, 0x00000a01};
static const struct ikescope_child healthy_children[] = {
        {.message_id = 1,
         .exchange = "IKE_AUTH",
         .initiated_by = IKESCOPE_INITIATOR,
         .first = AT(3),
         .state = IKESCOPE_PHASE_ESTABLISHED,
         .spis = healthy_spis,
         .n_spis = 2,
         .rekeys = IKESCOPE_NO,
         .assumed = true},
};
static const struct ikescope_path healthy_paths[] = {
        {.initiator = {A(192, 0, 2, 7), 500},
         .responder = {A(198, 51, 100, 1), 500},
         .first = AT(1),
         .last = AT(2),
         .domain = "VLAN 100"},
        {.initiator = {A(192, 0, 2, 7), 4500},
         .responder = {A(198, 51, 100, 1), 4500},
         .first = AT(3),
         .last = AT(4),
         .domain = "VLAN 100"},
};

static void healthy_negotiation(size_t i, struct ikescope_negotiation *n)
{
	static const struct ikescope_negotiation one = {
	        .ike_version = 2,
	        .mode = IKESCOPE_MODE_IKEV2,
	        .started_by = IKESCOPE_STARTED_INITIAL,
	        .initiator = {.endpoint = {A(192, 0, 2, 7), 500},
	                      .implementation = "strongSwan",
	                      .behind_nat = IKESCOPE_YES,
	                      .inside = A(10, 0, 0, 5)},
	        .responder = {.endpoint = {A(198, 51, 100, 1), 500}, .behind_nat = IKESCOPE_NO},
	        .paths = healthy_paths,
	        .n_paths = 2,
	        .initiator_spi = 0x1122334455667788,
	        .responder_spi = 0x99aabbccddeeff00,
	        .first = AT(1),
	        .last = AT(4),
	        .first_time = T0,
	        .last_time = T0 + 61 * MS,
	        .outcome = IKESCOPE_ESTABLISHED,
	        .assumed = true,
	        .at_end = IKESCOPE_END_UP,
	        .phase1 = IKESCOPE_PHASE_ESTABLISHED,
	        .phase2 = IKESCOPE_PHASE_ESTABLISHED,
	        .shown_as = {.ios_initiator = "READY",
	                     .ios_responder = "READY",
	                     .asa_initiator = "READY",
	                     .asa_responder = "READY"},
	        .children = healthy_children,
	        .n_children = 1,
	};

	*n = one;
	n->id = i + 1;
}

static const struct ikescope_esp healthy_esp[] = {
        {.spi = 0xc0ffee00,
         .source = A(192, 0, 2, 7),
         .destination = A(198, 51, 100, 1),
         .encapsulation = IKESCOPE_ENCAP_UDP,
         .negotiation = 1,
         .child = 0,
         .packets = 31,
         .octets = 4588,
         .first = AT(5),
         .last = AT(63),
         .first_time = T0 + 100 * MS,
         .last_time = T0 + 8900 * MS,
         .first_sequence = 1,
         .last_sequence = 32,
         .missing = 1},
        {.spi = 0x00000a01,
         .source = A(198, 51, 100, 1),
         .destination = A(192, 0, 2, 7),
         .encapsulation = IKESCOPE_ENCAP_UDP,
         .negotiation = 1,
         .child = 0,
         .packets = 29,
         .octets = 4292,
         .first = AT(6),
         .last = AT(64),
         .first_time = T0 + 101 * MS,
         .last_time = T0 + 9000 * MS,
         .first_sequence = 1,
         .last_sequence = 29},
};
static const struct ikescope_tunnel healthy_tunnel[] = {
        {.peers = {A(192, 0, 2, 7), A(198, 51, 100, 1)},
         .domain = "VLAN 100",
         .negotiations = first_id,
         .n_negotiations = 1,
         .esp = healthy_esp,
         .n_esp = 2},
};

const struct test_model test_model_healthy = {
        .totals = {.negotiations = 1,
                   .outcome = {[IKESCOPE_ESTABLISHED] = 1},
                   .tunnels = 1,
                   .esp_flows = 2},
        .captures = healthy_capture,
        .n_captures = 1,
        .negotiation = healthy_negotiation,
        .n_negotiations = 1,
        .tunnel = healthy_tunnel,
        .n_tunnels = 1,
};

/* ---- refused ----------------------------------------------------------------------------- */

static const struct ikescope_evidence dup_evidence[] = {
        {.text = "14 packets came twice, 2 to 9 us apart, with the same IP id"},
};
static const struct ikescope_finding dup_findings[] = {
        {.slug = "art-dup-span",
         .severity = IKESCOPE_NOTE,
         .claim = IKESCOPE_CERTAIN,
         .summary = "A mirror port delivered 14 packets twice; the copies are not counted.",
         .evidence = dup_evidence,
         .n_evidence = 1},
};
static const struct ikescope_capture_view refused_capture[] = {
        {.capture = 1,
         .file = "evil\033[31m\n\xff.pcap",
         .format = "pcap",
         .link_types = ethernet,
         .n_link_types = 1,
         .packets = 28,
         .ike_messages = 28,
         .mirror_duplicates = 14,
         .dropped = 3,
         .first_time = T0,
         .last_time = T0 + 80 * MS,
         .truncated_file = true,
         .findings = dup_findings,
         .n_findings = 1},
};

/* clang-format off */
static const struct ikescope_step refused_steps[] = {
	{.name = "IKE_SA_INIT request",  .from = IKESCOPE_INITIATOR, .first = AT(1), .last = AT(2), .first_time = T0,           .last_time = T0,           .copies = 1, .mirror_copies = 1, .note = ""},
	{.name = "IKE_SA_INIT response", .from = IKESCOPE_RESPONDER, .first = AT(3), .last = AT(3), .first_time = T0 + 5 * MS,  .last_time = T0 + 5 * MS,  .copies = 1, .note = ""},
	{.name = "IKE_AUTH request",     .from = IKESCOPE_INITIATOR, .first = AT(5), .last = AT(6), .first_time = T0 + 12 * MS, .last_time = T0 + 12 * MS, .copies = 1, .fragments = 3, .note = "encrypted, first payload IDi"},
	{.name = "IKE_AUTH response",    .from = IKESCOPE_RESPONDER, .first = AT(7), .last = AT(7), .first_time = T0 + 19 * MS, .last_time = T0 + 19 * MS, .copies = 1, .note = "encrypted, first payload N, 80 octets: too short for anything but an error"},
};
/* clang-format on */

static const struct ikescope_evidence refused_evidence[] = {
        {.at = AT(7),
         .text = "the IKE_AUTH response has 80 octets and begins with a notify: it "
                 "holds an error and nothing else"},
};
static const struct ikescope_candidate refused_candidates[] = {
        {"psk-mismatch-v2", "the request is small, as with pre-shared keys", NULL},
        {"id-mismatch-v2", NULL, NULL},
        {"cert-untrusted", NULL,
         "no certificate request in IKE_SA_INIT, \033]0;x\007 \xe2\x80\xae"},
};
static const char *const refused_raise[] = {"the keys of this negotiation"};
static const struct ikescope_remedy refused_remedies[] = {
        {"cisco-ios", "show crypto ikev2 profile"},
        {"strongswan", "swanctl --log"},
        {"libreswan", "ipsec whack --trafficstatus"},
};
static const struct ikescope_finding refused_findings[] = {
        {.slug = "auth-failed-v2",
         .severity = IKESCOPE_FAILURE,
         .claim = IKESCOPE_POSSIBLE,
         .summary = "The responder refused the authentication; encryption hides which of the usual "
                    "reasons it had.",
         .evidence = refused_evidence,
         .n_evidence = 1,
         .candidates = refused_candidates,
         .n_candidates = N(refused_candidates),
         .would_raise = refused_raise,
         .n_would_raise = 1,
         .remedies = refused_remedies,
         .n_remedies = N(refused_remedies)},
};

static void refused_negotiation(size_t i, struct ikescope_negotiation *n)
{
	static const struct ikescope_negotiation one = {
	        .ike_version = 2,
	        .mode = IKESCOPE_MODE_IKEV2,
	        .started_by = IKESCOPE_STARTED_INITIAL,
	        .retry_of = 0,
	        .initiator = {.endpoint = {A6(1), 500}, .implementation = "strongSwan"},
	        .responder = {.endpoint = {A6(2), 500}, .implementation = "Cisco IOS-XE"},
	        .initiator_spi = 0x42,
	        .responder_spi = 0x43,
	        .first = AT(1),
	        .last = AT(7),
	        .first_time = T0,
	        .last_time = T0 + 19 * MS,
	        .outcome = IKESCOPE_FAILED,
	        .assumed = true,
	        .phase1 = IKESCOPE_PHASE_FAILED,
	        .phase2 = IKESCOPE_PHASE_NOT_REACHED,
	        .has_stall = true,
	        .stall = {.kind = IKESCOPE_REFUSED,
	                  .message = "IKE_AUTH request",
	                  .at = AT(5),
	                  .copies = 1,
	                  .waiting_for = IKESCOPE_INITIATOR,
	                  .has_by = true,
	                  .by = AT(7),
	                  .by_name = "AUTHENTICATION_FAILED"},
	        .shown_as = {.ios_initiator = "(none)",
	                     .ios_responder = "(none)",
	                     .asa_initiator = "(none)",
	                     .asa_responder = "(none)"},
	        .steps = refused_steps,
	        .n_steps = N(refused_steps),
	        .findings = refused_findings,
	        .n_findings = 1,
	};

	*n = one;
	n->id = i + 1;
}

static const struct ikescope_tunnel refused_tunnel[] = {
        {.peers = {A6(1), A6(2)}, .negotiations = first_id, .n_negotiations = 1},
};
static const struct ikescope_limit_reached refused_limits[] = {
        {"memory", 65536, 0},
        {"fragment_memory", 65536, 7},
};

const struct test_model test_model_refused = {
        .totals = {.negotiations = 1,
                   .outcome = {[IKESCOPE_FAILED] = 1},
                   .failures = 1,
                   .tunnels = 1,
                   .limits = refused_limits,
                   .n_limits = 2,
                   .lost_answered = true,
                   .not_kept_strangers = 12},
        .captures = refused_capture,
        .n_captures = 1,
        .negotiation = refused_negotiation,
        .n_negotiations = 1,
        .tunnel = refused_tunnel,
        .n_tunnels = 1,
};

/* ---- ESP alone --------------------------------------------------------------------------- */

static const struct ikescope_finding esp_capture_findings[] = {
        {.slug = "art-oneway",
         .severity = IKESCOPE_WARNING,
         .claim = IKESCOPE_CERTAIN,
         .summary = "This capture saw one direction only."},
};
static const struct ikescope_capture_view esp_capture[] = {
        {.capture = 1,
         .file = "a.pcap",
         .format = "pcap",
         .link_types = ethernet,
         .n_link_types = 1,
         .packets = 9,
         .esp_packets = 9,
         .dropped = -1,
         .first_time = T0,
         .last_time = T0 + 86400000 * MS,
         .findings = esp_capture_findings,
         .n_findings = 1},
        {.capture = 2,
         .file = "b.pcap",
         .format = "pcap",
         .dropped = -1,
         .first_time = IKESCOPE_TIME_NONE,
         .last_time = IKESCOPE_TIME_NONE},
};
static const struct ikescope_esp esp_flows[] = {
        {.ah = true,
         .spi = 0x100,
         .source = A6(1),
         .destination = A6(2),
         .child = -1,
         .packets = 9,
         .octets = 900,
         .first = AT(1),
         .last = AT(9),
         .first_time = T0,
         .last_time = T0 + MS,
         .first_sequence = 4294967290U,
         .last_sequence = 4294967295U},
        {.spi = 0x101,
         .source = A6(9),
         .destination = A6(2),
         .child = -1,
         .packets = 1,
         .octets = 90,
         .first = AT(1),
         .last = AT(1),
         .first_time = T0,
         .last_time = T0,
         .first_sequence = 1,
         .last_sequence = 1},
};
static const struct ikescope_finding esp_findings[] = {
        {.slug = "esp-one-way",
         .severity = IKESCOPE_FAILURE,
         .claim = IKESCOPE_POSSIBLE,
         .summary = "ESP is seen in one direction only."},
};
static const struct ikescope_tunnel esp_tunnel[] = {
        {.peers = {A6(1), A6(2)},
         .esp = esp_flows,
         .n_esp = 2,
         .findings = esp_findings,
         .n_findings = 1},
};
static const struct ikescope_finding none_findings[] = {
        {.slug = "no-ike-traffic",
         .severity = IKESCOPE_NOTE,
         .claim = IKESCOPE_POSSIBLE,
         .summary = "No IKE was captured, but ESP was: the tunnel was there before."},
};

const struct test_model test_model_esp = {
        .totals = {.failures = 1,
                   .tunnels = 1,
                   .esp_flows = 2,
                   .findings = none_findings,
                   .n_findings = 1},
        .captures = esp_capture,
        .n_captures = 2,
        .tunnel = esp_tunnel,
        .n_tunnels = 1,
};

/* 25 tunnels like that one. */
const struct test_model test_model_many_esp = {
        .totals = {.failures = 25, .tunnels = 25, .esp_flows = 50},
        .captures = esp_capture,
        .n_captures = 2,
        .tunnel = esp_tunnel,
        .n_tunnels = 25,
};

/* ---- many -------------------------------------------------------------------------------- */

static void crowd_negotiation(size_t i, struct ikescope_negotiation *n)
{
	if (i % 30 == 7)
		healthy_negotiation(i, n);
	else
		psk_negotiation(i, n);
	n->first.frame = 1 + 12 * i;
	n->last.frame = 12 + 12 * i;
}

const struct test_model test_model_crowd = {
        .totals = {.negotiations = 60,
                   .outcome = {[IKESCOPE_STALLED] = 58, [IKESCOPE_ESTABLISHED] = 2},
                   .failures = 58,
                   .tunnels = 1},
        .captures = psk_capture,
        .n_captures = 1,
        .negotiation = crowd_negotiation,
        .n_negotiations = 60,
        .tunnel = healthy_tunnel,
        .n_tunnels = 1,
};

static void flood_negotiation(size_t i, struct ikescope_negotiation *n)
{
	if (i % 4 != 3)
		healthy_negotiation(i, n);
	else
		psk_negotiation(i, n);
	n->initiator.endpoint.addr.octet[1] = (uint8_t)(i / 121 / 256);
	n->initiator.endpoint.addr.octet[2] = (uint8_t)(i / 121);
	n->first_time += (int64_t)i * 350000;
	n->last_time += (int64_t)i * 350000;
	n->first.frame += i * 9;
	n->last.frame += i * 9;
}

const struct test_model test_model_flood = {
        .totals = {.negotiations = 242000,
                   .outcome = {[IKESCOPE_STALLED] = 60500, [IKESCOPE_ESTABLISHED] = 181500},
                   .failures = 60500,
                   .tunnels = 2000},
        .captures = psk_capture,
        .n_captures = 1,
        .negotiation = flood_negotiation,
        .n_negotiations = 242000,
        .tunnel = psk_tunnel,
        .n_tunnels = 2000,
};

/* ---- the walk ---------------------------------------------------------------------------- */

static int walk_captures(const struct test_model *m, const struct ikescope_visitor *v, void *user)
{
	int rc = 0;

	for (size_t i = 0; v->capture != NULL && rc == 0 && i < m->n_captures; i++)
		rc = v->capture(user, &m->captures[i]);
	return rc;
}

static int walk_tunnels(const struct test_model *m, const struct ikescope_visitor *v, void *user)
{
	size_t next = 0;
	int rc = 0;

	for (size_t k = 0; rc == 0 && k < m->n_tunnels; k++) {
		size_t until = m->n_negotiations * (k + 1) / m->n_tunnels;

		for (; v->negotiation != NULL && rc == 0 && next < until; next++) {
			struct ikescope_negotiation n;

			m->negotiation(next, &n);
			rc = v->negotiation(user, &n);
		}
		if (v->tunnel != NULL && rc == 0)
			rc = v->tunnel(user, m->tunnel);
	}
	return rc;
}

static int walk(void *ctx, const struct ikescope_visitor *v, void *user)
{
	const struct test_model *m = ctx;
	int rc = v->begin != NULL ? v->begin(user, &m->totals) : 0;

	if (rc == 0)
		rc = walk_captures(m, v, user);
	if (rc == 0)
		rc = walk_tunnels(m, v, user);
	if (rc == 0 && v->end != NULL)
		rc = v->end(user, &m->totals);
	return rc;
}

struct ik_source test_source(const struct test_model *model)
{
	struct ik_source source = {.walk = walk};

	memcpy(&source.ctx, &model, sizeof(model));
	return source;
}

/* ---- collecting -------------------------------------------------------------------------- */

struct collected {
	char *data;
	size_t len;
};

static int collect(void *ctx, const char *data, size_t len)
{
	struct collected *c = ctx;
	char *more = realloc(c->data, c->len + len + 1);

	if (more == NULL)
		return 1;
	memcpy(more + c->len, data, len);
	c->data = more;
	c->len += len;
	c->data[c->len] = '\0';
	return 0;
}

char *test_json(const struct test_model *model, enum ikescope_document document)
{
	struct ik_source source = test_source(model);
	struct collected c = {0};
	struct ikescope_writer w = {.ctx = &c, .write = collect};

	if (ik_write_json(&source, document, &w, NULL) == 0)
		return c.data;
	free(c.data);
	return NULL;
}

char *test_text(const struct test_model *model, enum ikescope_document document,
                const struct ikescope_text_options *options)
{
	struct ik_source source = test_source(model);
	struct collected c = {0};
	struct ikescope_writer w = {.ctx = &c, .write = collect};

	if (ik_write_text(&source, document, options, &w, NULL) == 0)
		return c.data;
	free(c.data);
	return NULL;
}
