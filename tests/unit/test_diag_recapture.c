/*
 * The advice to capture again: that every row is asked for, that filters are filters of libpcap
 * and let pass what they should, and what is made of addresses behind NAT. The commands that serve
 * several findings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "diag/recapture.h"
#include "diag/rule_words.h"
#include "output/recapture.h"
#include "support/pipeline.h"
#include "support/samples.h"

#define SAMPLE(name) IKESCOPE_SOURCE "/pcaps/" name ".pcap"

/* ---- the rows ------------------------------------------------------------------------------- */

static bool asked(const struct ik_ask_row *row)
{
	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++)
		if (rule.ask == row)
			return true;
	for (size_t i = 0; ik_slug(i) != NULL; i++)
		if (ik_ask_of(ik_slug(i)) == row)
			return true;
	return false;
}

Test(diag_recapture, every_row_is_asked_for)
{
	for (int i = IK_ASK_NONE + 1; i < IK_ASKS; i++) {
		char words[240];
		struct ik_buf b = IK_BUF_ON(words);

		cr_expect(asked(ik_ask((enum ik_ask)i)), "ask %d", i);
		ik_ask_words(&b, ik_ask((enum ik_ask)i));
		cr_expect(words[b.len - 1] == '?' && !b.cut, "ask %d: %s", i, words);
	}
	cr_expect_null(ik_ask(IK_ASK_NONE));
	cr_expect_null(ik_ask_of("psk-mismatch-mm"));
}

/* What the packets cannot tell for sure, something else can. */
Test(diag_recapture, no_doubt_is_left_alone)
{
	struct ik_rule_words rule;

	for (size_t i = 0; ik_rule_words(&rule, i); i++)
		if (rule.claim < IKESCOPE_CERTAIN && rule.severity == IKESCOPE_FAILURE)
			cr_expect(rule.ask != NULL || rule.raise[0] != NULL, "rule %s",
			          rule.number);
	for (size_t i = 0; ik_slug(i) != NULL; i++)
		if (strncmp(ik_slug(i), "art-", 4) == 0 && strcmp(ik_slug(i), "art-encap") != 0)
			cr_expect_not_null(ik_ask_of(ik_slug(i)), "%s", ik_slug(i));
}

/* ---- what is found in samples --------------------------------------------------------------- */

static struct bpf_program compiled(const char *filter, int link_type)
{
	pcap_t *dead = pcap_open_dead(link_type, 65535);
	struct bpf_program program;

	cr_assert_not_null(dead);
	cr_assert_eq(pcap_compile(dead, &program, filter, 1, PCAP_NETMASK_UNKNOWN), 0, "%s: %s",
	             filter, pcap_geterr(dead));
	pcap_close(dead);
	return program;
}

static void check_finding(const struct ikescope_finding *f)
{
	for (size_t i = 0; i < f->n_recapture; i++) {
		const struct ikescope_recapture *r = &f->recapture[i];

		cr_assert_gt(f->n_would_raise, i);
		cr_expect_eq(f->would_raise[i], r->line);
		cr_expect_str_eq(r->line + strlen(r->line) - strlen(r->question), r->question);
		cr_expect(strstr(r->line, r->filter) != NULL, "%s", r->line);
		cr_expect(strchr(r->question, '{') == NULL, "%s", r->question);
		cr_expect_eq(r->question[strlen(r->question) - 1], '?');
		if (strstr(r->filter, "<peer>") == NULL) {
			struct bpf_program program = compiled(r->filter, DLT_EN10MB);

			pcap_freecode(&program);
		}
	}
}

static int check_negotiation(void *user, const struct ikescope_negotiation *n)
{
	*(size_t *)user += n->n_findings;
	for (size_t i = 0; i < n->n_findings; i++)
		check_finding(&n->findings[i]);
	return 0;
}

static int check_tunnel(void *user, const struct ikescope_tunnel *t)
{
	*(size_t *)user += t->n_findings;
	for (size_t i = 0; i < t->n_findings; i++)
		check_finding(&t->findings[i]);
	return 0;
}

static int check_capture(void *user, const struct ikescope_capture_view *c)
{
	*(size_t *)user += c->n_findings;
	for (size_t i = 0; i < c->n_findings; i++)
		check_finding(&c->findings[i]);
	return 0;
}

Test(diag_recapture, filters_of_all_samples, .timeout = 120)
{
	const struct ikescope_visitor visitor = {
	        .negotiation = check_negotiation, .tunnel = check_tunnel, .capture = check_capture};
	const char *path;
	size_t findings = 0, n;

	n = samples_walk(&visitor, &findings, &path);
	cr_expect_gt(findings, n / 2);
}

/* The first advice on a slug in a sample. */
struct found {
	const char *slug;
	char filter[400], line[900];
	enum ikescope_recapture_side side;
};

static int find_finding(void *user, const struct ikescope_negotiation *n)
{
	struct found *found = (struct found *)user;

	for (size_t i = 0; i < n->n_findings; i++) {
		const struct ikescope_finding *f = &n->findings[i];
		struct ik_buf filter = IK_BUF_ON(found->filter), line = IK_BUF_ON(found->line);

		if (strcmp(f->slug, found->slug) != 0 || f->n_recapture == 0)
			continue;
		ik_buf_puts(&filter, f->recapture[0].filter);
		ik_buf_puts(&line, f->recapture[0].line);
		found->side = f->recapture[0].side;
		return 1;
	}
	return 0;
}

static struct found advice(const char *path, const char *slug)
{
	const struct ikescope_visitor visitor = {.negotiation = find_finding};
	struct found found = {.slug = slug};
	struct pl_how how = pl_how_default();
	struct ikescope *s;
	uint8_t *data;
	size_t len;

	how.options.nat_search = IKESCOPE_NAT_SEARCH_PRIVATE;
	data = pl_read(path, &len);
	cr_assert_not_null(data, "%s", path);
	s = pl_open(data, len, &how);
	cr_assert_not_null(s);
	cr_assert_eq(ikescope_walk(s, &visitor, &found), 1, "%s: no %s", path, slug);
	ikescope_free(s);
	free(data);
	return found;
}

/* Each end is filtered for the other one, by the address that it has there. */
static const struct {
	const char *path, *slug, *line;
} lines[] = {
        {SAMPLE("auth/v2-ike-auth-unanswered"), "ike-auth-unanswered",
         "Capture at the responder 198.51.100.20 with 'host 192.0.2.10': does IKE_AUTH request "
         "arrive there, and does an answer leave?"},
        {SAMPLE("phase2/v1-qm3-lost.responder"), "qm3-lost",
         "Capture at the initiator 192.0.2.10 with 'host 198.51.100.20': does QM3 leave there?"},
        /* the other end is awaited in vain: it is not asked what arrives, but what leaves */
        {SAMPLE("nat/v1-nat-mm3-missing-synthetic"), "p1-mm3-lost",
         "Capture at the initiator 192.168.77.10 with 'host 198.51.100.20': does MM3 leave "
         "there?"},
        /* inside: what the address is outside is not known */
        {SAMPLE("nat/v2-natt-4500-blocked"), "natt-4500-blocked",
         "Capture at the responder 198.51.100.20 with 'host <peer>': does anything to UDP 4500 "
         "arrive there?"},
        {SAMPLE("nat/v1-natt-not-offered.initiator"), "natt-not-offered",
         "Capture at the responder 198.51.100.20 with 'host <peer>': does ESP leave and arrive "
         "there?"},
        /* outside: what it is inside was found, or is not known */
        {SAMPLE("nat/v2-nat-nothing-on-4500-synthetic"), "natt-4500-blocked",
         "Capture at the initiator 10.0.0.5 with 'host 198.51.100.20': does anything to UDP 4500 "
         "leave there?"},
        {SAMPLE("nat/v1-natt-not-offered.responder"), "natt-not-offered",
         "Capture at the initiator with 'host 198.51.100.20': does ESP leave and arrive there?"},
        /* errors of boxes on the way */
        {SAMPLE("nat/v2-natt-icmp-synthetic"), "icmp-unreachable",
         "Capture at the responder 198.51.100.20 with 'host 192.0.2.10 or icmp': does IKE_AUTH "
         "request arrive there, or does the error come from before?"},
        {SAMPLE("phase2/v2-p2-proposal"), "p2-refused-v2",
         "Capture at either end with 'host 192.0.2.10 and host 198.51.100.20' and the keys of the "
         "IKE SA: which error does the encrypted notify name?"},
};

Test(diag_recapture, addresses_are_those_of_the_place)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect_str_eq(advice(lines[i].path, lines[i].slug).line, lines[i].line);
}

/* ---- VLANs ---------------------------------------------------------------------------------- */

/* Puts a tag behind the addresses of every frame. */
static void tag(struct pl_packets *packets, uint16_t type)
{
	for (size_t i = 0; i < packets->n; i++) {
		struct ikescope_packet *p = &packets->row[i];
		uint8_t *data = malloc(p->captured + 4);

		cr_assert_not_null(data);
		memcpy(data, p->data, 12);
		memcpy(data + 12, (uint8_t[]){(uint8_t)(type >> 8), (uint8_t)type, 0, 100}, 4);
		memcpy(data + 16, p->data + 12, p->captured - 12);
		free(packets->octets[i]);
		packets->octets[i] = data;
		p->data = data;
		p->captured += 4;
		p->length += 4;
	}
}

static size_t let_through(const struct pl_packets *packets, const char *filter)
{
	struct bpf_program program = compiled(filter, DLT_EN10MB);
	size_t n = 0;

	for (size_t i = 0; i < packets->n; i++) {
		const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)packets->row[i].captured,
		                                   .len = (bpf_u_int32)packets->row[i].length};

		n += pcap_offline_filter(&program, &header, packets->row[i].data) != 0;
	}
	pcap_freecode(&program);
	return n;
}

static void filter_of(const struct pl_packets *packets, char *out, size_t cap)
{
	struct pl_how how = pl_how_default();
	struct pl_result r;
	const char *from, *to;

	how.keep = true;
	pl_replay(packets, &how, &r);
	from = strstr(r.json.octets, "\"filter\":\"");
	cr_assert_not_null(from);
	from += strlen("\"filter\":\"");
	to = strchr(from, '"');
	cr_assert_lt((size_t)(to - from), cap);
	memcpy(out, from, (size_t)(to - from));
	out[to - from] = '\0';
	pl_free(&r);
}

/* At another place there may be no tag, so the filter takes both. */
Test(diag_recapture, a_tagged_capture_gets_a_filter_for_tags)
{
	static const char *const want[] = {
	        "host 192.0.2.10",
	        "host 192.0.2.10 or (vlan and (host 192.0.2.10))",
	        "host 192.0.2.10 or (vlan and (host 192.0.2.10) or (vlan and (host 192.0.2.10)))",
	};
	static const uint16_t type[] = {0, 0x8100, 0x88a8};
	struct pl_packets packets;
	uint8_t *data;
	size_t len;

	data = pl_read(SAMPLE("auth/v2-ike-auth-unanswered"), &len);
	cr_assert_not_null(data);
	packets = pl_take_apart(data, len);
	for (size_t tags = 0; tags < 3; tags++) {
		char filter[400];

		if (tags > 0)
			tag(&packets, type[tags]);
		filter_of(&packets, filter, sizeof(filter));
		cr_expect_str_eq(filter, want[tags]);
		for (size_t i = 0; i < 3; i++)
			cr_expect_eq(let_through(&packets, want[i]), i >= tags ? packets.n : 0,
			             "%zu tags, %s", tags, want[i]);
	}
	pl_packets_free(&packets);
	free(data);
}

/* ---- commands ------------------------------------------------------------------------------- */

static struct ikescope_addr address(const char *text)
{
	struct ikescope_addr a = {0};

	cr_assert(*text == '\0' || ik_addr_parse(&a, text), "%s", text);
	return a;
}

static void add(struct ik_recaptures *r, enum ikescope_severity severity, const char *one,
                const char *other, const char *filter, const char *keys)
{
	const struct ikescope_recapture recapture = {
	        .ends = {address(one), address(other)}, .filter = filter, .keys = keys};
	const struct ikescope_finding finding = {
	        .severity = severity, .recapture = &recapture, .n_recapture = 1};

	ik_recaptures_add(r, &finding, 1);
}

/* The command of a vendor that comes first; "" where there is none. */
static const char *command(const struct ik_recaptures *r, const char *vendor, bool keys)
{
	static char text[2048];
	const struct ik_recapture_sum *s = ik_recaptures_sum(r);
	const struct ik_recapture_command *c;
	struct ik_buf b = IK_BUF_ON(text);

	cr_assert_not_null(s);
	for (size_t i = 0; (c = ik_recapture_command(s, i)) != NULL; i++)
		if (strcmp(c->vendor, vendor) == 0 && c->keys == keys) {
			ik_recapture_text(&b, s, c);
			break;
		}
	return text;
}

Test(diag_recapture, nothing_is_asked_of_healthy_tunnels)
{
	struct ik_recaptures r = {0};
	const struct ikescope_negotiation cut = {.outcome = IKESCOPE_INCONCLUSIVE},
	                                  up = {.outcome = IKESCOPE_ESTABLISHED};

	cr_expect_null(ik_recaptures_sum(&r));
	add(&r, IKESCOPE_NOTE, "192.0.2.1", "198.51.100.1", "host 192.0.2.1", NULL);
	ik_recaptures_negotiation(&r, &up);
	cr_expect_null(ik_recaptures_sum(&r));
	ik_recaptures_negotiation(&r, &cut);
	cr_expect_eq(ik_recaptures_sum(&r), &r.of_notes);
	add(&r, IKESCOPE_WARNING, "192.0.2.2", "198.51.100.1", "host 192.0.2.2", NULL);
	cr_expect_eq(ik_recaptures_sum(&r), &r.of_others);
}

Test(diag_recapture, commands_have_the_addresses_of_one_pair)
{
	struct ik_recaptures r = {0};

	add(&r, IKESCOPE_FAILURE, "192.0.2.1", "198.51.100.1", "host 192.0.2.1", NULL);
	cr_expect_str_eq(command(&r, "tcpdump", false),
	                 "tcpdump -ni INTERFACE -s 0 -w ike.pcap 'host 192.0.2.1'");
	cr_expect_str_eq(command(&r, "fortigate", false),
	                 "diagnose sniffer packet any 'host 192.0.2.1' 6 0 l\n"
	                 "it prints text, of which fgt2eth makes a capture");
	cr_expect(strstr(command(&r, "cisco-asa", false),
	                 "capture ike interface outside match ip "
	                 "host 192.0.2.1 host 198.51.100.1\n") != NULL);
	cr_expect(strstr(command(&r, "cisco-ios", false),
	                 "ip access-list extended IKE-AGAIN\n"
	                 " permit ip host 192.0.2.1 host 198.51.100.1\n"
	                 " permit ip host 198.51.100.1 host 192.0.2.1\n") != NULL);
	cr_expect_str_empty(command(&r, "strongswan", true));
	/* at the other end, and of the same: what holds of both */
	add(&r, IKESCOPE_FAILURE, "192.0.2.1", "198.51.100.1", "host 198.51.100.1", NULL);
	add(&r, IKESCOPE_WARNING, "198.51.100.1", "192.0.2.1", "host 192.0.2.1", NULL);
	/* a capture as a whole names no end */
	add(&r, IKESCOPE_WARNING, "", "", "host <peer>", NULL);
	cr_expect_str_eq(command(&r, "tcpdump", false),
	                 "tcpdump -ni INTERFACE -s 0 -w ike.pcap 'host 192.0.2.1 and host "
	                 "198.51.100.1'");
}

Test(diag_recapture, commands_of_several_pairs_have_placeholders)
{
	struct ik_recaptures r = {0};

	add(&r, IKESCOPE_FAILURE, "192.0.2.1", "198.51.100.1", "host 192.0.2.1", NULL);
	add(&r, IKESCOPE_FAILURE, "192.0.2.2", "198.51.100.1", "host 192.0.2.2", NULL);
	cr_expect_not(ik_recapture_addressed(ik_recaptures_sum(&r)));
	cr_expect_str_eq(command(&r, "tcpdump", false),
	                 "tcpdump -ni INTERFACE -s 0 -w ike.pcap 'host <peer>'");
	cr_expect(strstr(command(&r, "cisco-asa", false), "match ip host <peer> host <local>\n") !=
	          NULL);
}

/* Behind NAT one of the two is not known. */
Test(diag_recapture, commands_keep_the_placeholder_of_an_unknown_end)
{
	struct ik_recaptures r = {0};

	add(&r, IKESCOPE_FAILURE, "", "198.51.100.1", "host <peer>", NULL);
	cr_expect_not(ik_recapture_addressed(ik_recaptures_sum(&r)));
	cr_expect_str_eq(command(&r, "tcpdump", false),
	                 "tcpdump -ni INTERFACE -s 0 -w ike.pcap 'host <peer>'");
}

Test(diag_recapture, keys_and_ipv6_have_commands_of_their_own)
{
	struct ik_recaptures r = {0};

	add(&r, IKESCOPE_FAILURE, "2001:db8::1", "2001:db8::2", "host 2001:db8::1", "IKE");
	cr_expect(strstr(command(&r, "cisco-ios", false),
	                 "ipv6 access-list IKE-AGAIN\n"
	                 " permit ipv6 host 2001:db8::1 host 2001:db8::2\n") != NULL);
	cr_expect(
	        strstr(command(&r, "cisco-asa", true),
	               "capture plain type isakmp interface outside match ip host 2001:db8::1 host "
	               "2001:db8::2\n") != NULL);
	cr_expect(strstr(command(&r, "strongswan", true), "ike = 4") != NULL);
	cr_expect(strstr(command(&r, "strongswan", true), "save-keys") != NULL);
}
