/*
 * What a detailed walk says of the messages of samples.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/difference.h"
#include "session/offers.h"
#include "support/pipeline.h"
#include "support/samples.h"

TestSuite(diag_view);

/* What is expected of one message; NULL and 0 where it does not matter. */
struct expected {
	const char *name, *exchange, *carries, *state;
	uint32_t message_id;
	size_t again;
};

struct check {
	const char *path;
	const struct expected *row;
	size_t n;
	bool detailed, met;
	uint64_t asked; /* for the details of this one */
};

static void expect_text(const struct check *c, size_t i, const char *have, const char *want)
{
	if (want != NULL)
		cr_expect_str_eq(have != NULL ? have : "(none)", want, "%s, message %zu", c->path,
		                 i);
}

static int compare(void *user, const struct ikescope_negotiation *n)
{
	struct check *c = user;

	if (n->id != 1)
		return 0;
	c->met = true;
	cr_assert_geq(n->n_steps, c->n, "%s: %zu messages", c->path, n->n_steps);
	for (size_t i = 0; i < c->n; i++) {
		const struct ikescope_step *s = &n->steps[i];
		const struct expected *row = &c->row[i];

		expect_text(c, i, s->name, row->name);
		expect_text(c, i, s->state, row->state);
		cr_expect_eq(s->message_id, row->message_id, "%s, message %zu", c->path, i);
		if (!c->detailed) {
			cr_expect(s->exchange == NULL && s->carries == NULL && s->n_again == 0);
			continue;
		}
		expect_text(c, i, s->exchange, row->exchange);
		expect_text(c, i, s->carries, row->carries);
		cr_expect_eq(s->n_again, row->again, "%s, message %zu", c->path, i);
		for (size_t k = 0; k < s->n_again; k++)
			cr_expect(s->again[k].time > s->first_time &&
			          s->again[k].time <= s->last_time &&
			          s->again[k].at.frame > s->first.frame);
		if (s->n_again > 0)
			cr_expect_eq(s->again[s->n_again - 1].at.frame, s->last.frame);
	}
	return 0;
}

static bool wants_details(void *user, uint64_t id)
{
	struct check *c = user;

	c->asked = id;
	return c->detailed;
}

static void walk(const char *name, const struct expected *row, size_t n)
{
	struct pl_how how = pl_how_default();
	struct check c = {.path = name, .row = row, .n = n};
	char path[512];
	size_t len;
	uint8_t *data;
	struct ikescope *s;

	snprintf(path, sizeof(path), "%s/pcaps/%s", IKESCOPE_SOURCE, name);
	data = pl_read(path, &len);
	cr_assert_not_null(data, "%s", path);
	s = pl_open(data, len, &how);
	cr_assert_not_null(s);
	for (int detailed = 0; detailed < 2; detailed++) {
		const struct ikescope_visitor v = {.negotiation = compare,
		                                   .detailed = wants_details};

		c.detailed = detailed == 1;
		cr_assert_eq(ikescope_walk(s, &v, &c), 0);
	}
	cr_assert(c.met && c.asked != 0);
	ikescope_free(s);
	free(data);
}

/* clang-format off */
Test(diag_view, main_mode)
{
	static const struct expected rows[] = {
		{"MM1", "Identity Protection", "SA AES-CBC 128, SHA2-256, pre-shared key, group 14; VID NAT-T, NAT-T draft, fragmentation, DPD, XAUTH", "MM1 sent", 0, 0},
		{"MM2", "Identity Protection", "SA AES-CBC 128, SHA2-256, pre-shared key, group 14; VID NAT-T, fragmentation, DPD, XAUTH", "MM2 sent", 0, 0},
		{"MM3", "Identity Protection", "KE group 14; nonce; NAT-D", "MM3 sent", 0, 0},
		{"MM4", "Identity Protection", "KE group 14; nonce; NAT-D", "MM4 sent", 0, 0},
		{"MM5", "Identity Protection", "", "MM5 sent", 0, 3},
		{"INFORMATIONAL", "Informational", "", "MM5 sent", 0xc3f9a2b2, 0},
	};

	walk("auth/v1-psk-mismatch-main.pcap", rows, sizeof(rows) / sizeof(rows[0]));
}

Test(diag_view, ikev2)
{
	static const struct expected rows[] = {
		{"IKE_SA_INIT request",  "IKE_SA_INIT", "SA AES_CBC 128, PRF_HMAC_SHA2_256, HMAC_SHA2_256_128, group 14; KE group 14; nonce; NAT-D; N IKEV2_FRAGMENTATION_SUPPORTED, SIGNATURE_HASH_ALGORITHMS, REDIRECT_SUPPORTED", "IKE_SA_INIT sent", 0, 0},
		{"IKE_SA_INIT response", "IKE_SA_INIT", NULL, "IKE_SA_INIT done", 0, 0},
		{"IKE_AUTH request",     "IKE_AUTH",    "first payload IDi", "IKE_AUTH sent", 1, 0},
		{"IKE_AUTH response",    "IKE_AUTH",    "first payload IDr", "IKE SA up (assumed)", 1, 0},
		{"INFORMATIONAL request", "INFORMATIONAL", "first payload D", "IKE SA up (assumed)", 2, 0},
		{"INFORMATIONAL response", "INFORMATIONAL", "empty", "IKE SA up (assumed)", 2, 0},
	};
	static const struct expected refused[] = {
		{"IKE_SA_INIT request",  "IKE_SA_INIT", NULL, "IKE_SA_INIT sent", 0, 0},
		{"IKE_SA_INIT response", "IKE_SA_INIT", "NO_PROPOSAL_CHOSEN (14)", "IKE_SA_INIT refused", 0, 0},
	};

	static const struct expected first_missing[] = {
		{"IKE_SA_INIT request",  "IKE_SA_INIT", NULL, "IKE_SA_INIT sent", 0, 0},
		{"IKE_SA_INIT response", "IKE_SA_INIT", NULL, "IKE_SA_INIT done", 0, 0},
		{"IKE_AUTH request",     "IKE_AUTH",    "", "IKE_SA_INIT done", 1, 2},
	};

	walk("healthy/v2-psk.pcap", rows, sizeof(rows) / sizeof(rows[0]));
	walk("phase1/v2-no-proposal.pcap", refused, sizeof(refused) / sizeof(refused[0]));
	walk("fragments/v2-frag-first-missing-synthetic.pcap", first_missing, 3);
}

/* Several values of an attribute are listed, a product is named. */
Test(diag_view, offers_and_products)
{
	static const struct expected vpnc[] = {
		{"AM1", "Aggressive", "SA AES-CBC/3DES-CBC/DES-CBC/reserved (0) 256/192/128, SHA/MD5, XAUTHInitPreShared/pre-shared key, group 2; KE; ID; nonce; VID NAT-T, NAT-T draft, XAUTH", "AM1 sent", 0, 3},
	};
	static const struct expected openiked[] = {
		{"IKE_SA_INIT request", "IKE_SA_INIT", "SA AES_CBC 128, PRF_HMAC_SHA2_256, HMAC_SHA2_256_128, group 14; KE group 14; nonce; NAT-D; N SIGNATURE_HASH_ALGORITHMS; VID OpenIKED", "IKE_SA_INIT sent", 0, 3},
	};

	walk("phase1/v1-aggressive-peer-silent-vpnc.pcap", vpnc, 1);
	walk("phase1/v2-peer-silent-openiked.pcap", openiked, 1);
}

/* One proposal of AES-CBC with 128 and 256 bits, and of six groups: more than are named. */
Test(diag_view, many_values_are_counted)
{
	static const uint8_t transforms[][12] = {
		{3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 0, 128},
		{3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0},
		{3, 0, 0, 8, 4, 0, 0, 14}, {3, 0, 0, 8, 4, 0, 0, 15}, {3, 0, 0, 8, 4, 0, 0, 16},
		{3, 0, 0, 8, 4, 0, 0, 19}, {3, 0, 0, 8, 4, 0, 0, 20}, {0, 0, 0, 8, 4, 0, 0, 31},
	};
	static const struct ik_hash_key key;
	uint8_t sa[8 + sizeof(transforms)] = {0, 0, 0, 80, 1, 1, 0, 8};
	struct ik_offers *offers = ik_offers_new(&key, 8);
	char text[200];
	struct ik_buf b = IK_BUF_ON(text);
	uint32_t number;
	size_t len = 8;

	for (size_t i = 0; i < sizeof(transforms) / sizeof(transforms[0]); i++) {
		memcpy(sa + len, transforms[i], transforms[i][3]);
		len += transforms[i][3];
	}
	cr_assert_eq(len, 80);
	cr_assert(ik_offers_add(offers, 2, sa, len, &number));
	ik_words_offer_short(&b, offers, number);
	cr_expect_str_eq(text, "AES_CBC 128/256, group 14/15/16/19 (+2)");
	ik_offers_free(offers);
}
/* clang-format on */

/* ---- children ------------------------------------------------------------------------------- */

/* From the worst to the best. */
static size_t rank(enum ikescope_phase phase)
{
	static const enum ikescope_phase order[] = {
	        IKESCOPE_PHASE_UNKNOWN,    IKESCOPE_PHASE_NOT_REACHED, IKESCOPE_PHASE_FAILED,
	        IKESCOPE_PHASE_STALLED,    IKESCOPE_PHASE_DELETED,     IKESCOPE_PHASE_IN_PROGRESS,
	        IKESCOPE_PHASE_ESTABLISHED};
	size_t i = 0;

	while (order[i] != phase)
		i++;
	return i;
}

struct children {
	const char *path;
	size_t seen;
};

/* What a successor took over stands as long as it does, and is not in its list. */
static int compare_children(void *user, const struct ikescope_negotiation *n)
{
	struct children *c = (struct children *)user;
	bool heir = n->started_by == IKESCOPE_STARTED_REKEY;
	size_t best = 0;

	for (size_t i = 0; i < n->n_children; i++)
		if (rank(n->children[i].state) > best)
			best = rank(n->children[i].state);
	c->seen += n->n_children > 0;
	if (n->n_children > 0)
		cr_expect_eq(rank(n->phase2), best,
		             "%s #%d: phase 2 is %d, children are at best %zu", c->path, (int)n->id,
		             (int)n->phase2, best);
	else if (!heir)
		cr_expect(n->phase2 == IKESCOPE_PHASE_NOT_REACHED ||
		                  n->phase2 == IKESCOPE_PHASE_UNKNOWN,
		          "%s #%d: phase 2 of no children is %d", c->path, (int)n->id,
		          (int)n->phase2);
	else if (n->outcome == IKESCOPE_ESTABLISHED)
		cr_expect_eq(n->phase2, n->phase1, "%s #%d: phase 2 of a successor is %d", c->path,
		             (int)n->id, (int)n->phase2);
	return 0;
}

Test(diag_view, phase_2_is_the_best_of_the_children)
{
	const struct ikescope_visitor visitor = {.negotiation = compare_children};
	struct children c = {0};
	size_t n;

	n = samples_walk(&visitor, &c, &c.path);
	cr_expect_gt(c.seen, n / 4);
}
