/*
 * Both ends behind each message of real captures: the states against the tables, and who moves on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/case.h"
#include "support/pipeline.h"
#include "support/samples.h"

TestSuite(diag_ends);

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* Behind one message: what IOS, ASA and strongSwan show on the initiator and on the responder. */
struct row {
	const char *name;
	enum ikescope_tri taken;
	const char *ios[2], *asa[2], *strongswan[2];
};

struct check {
	const char *file;
	uint64_t id;
	const struct row *rows;
	size_t n, seen;
};

static bool detailed(void *user, uint64_t id)
{
	return ((struct check *)user)->id == id;
}

static int compare(void *user, const struct ikescope_negotiation *n)
{
	struct check *c = user;

	if (n->id != c->id)
		return 0;
	cr_assert_geq(n->n_steps, c->n, "%s: %zu messages", c->file, n->n_steps);
	for (size_t i = 0; i < c->n; i++) {
		const struct row *r = &c->rows[i];
		const struct ikescope_step *s = &n->steps[i];
		const struct ikescope_shown_as *as = &s->ends->shown_as;

		cr_assert_not_null(s->ends);
		cr_expect_str_eq(s->name, r->name, "%s %zu: %s", c->file, i, s->name);
		cr_expect_eq(s->ends->taken, r->taken, "%s %s: %d", c->file, r->name,
		             (int)s->ends->taken);
		cr_expect_str_eq(as->ios_initiator, r->ios[0], "%s %s: IOS initiator %s", c->file,
		                 r->name, as->ios_initiator);
		cr_expect_str_eq(as->ios_responder, r->ios[1], "%s %s: IOS responder %s", c->file,
		                 r->name, as->ios_responder);
		cr_expect_str_eq(as->asa_initiator, r->asa[0], "%s %s: ASA initiator %s", c->file,
		                 r->name, as->asa_initiator);
		cr_expect_str_eq(as->asa_responder, r->asa[1], "%s %s: ASA responder %s", c->file,
		                 r->name, as->asa_responder);
		cr_expect_str_eq(as->strongswan_initiator, r->strongswan[0], "%s %s: %s", c->file,
		                 r->name, as->strongswan_initiator);
		cr_expect_str_eq(as->strongswan_responder, r->strongswan[1], "%s %s: %s", c->file,
		                 r->name, as->strongswan_responder);
		c->seen++;
	}
	return 0;
}

static struct ikescope *open_sample(const char *file)
{
	struct pl_how how = pl_how_default();
	char path[512];
	size_t len;
	uint8_t *data;
	struct ikescope *scope;

	(void)snprintf(path, sizeof(path), "%s/pcaps/%s", IKESCOPE_SOURCE, file);
	data = pl_read(path, &len);
	cr_assert_not_null(data, "%s", path);
	scope = pl_open(data, len, &how);
	cr_assert_not_null(scope, "%s", path);
	free(data);
	return scope;
}

static void check(const char *file, uint64_t id, const struct row *rows, size_t n)
{
	const struct ikescope_visitor visitor = {.negotiation = compare, .detailed = detailed};
	struct check c = {.file = file, .id = id, .rows = rows, .n = n};
	struct ikescope *scope = open_sample(file);

	cr_expect_eq(ikescope_walk(scope, &visitor, &c), 0);
	cr_expect_eq(c.seen, n, "%s: %zu of %zu messages", file, c.seen, n);
	ikescope_free(scope);
}

/* clang-format off */
#define YES  IKESCOPE_YES
#define NO   IKESCOPE_NO
#define OPEN IKESCOPE_UNKNOWN
#define CON  "CONNECTING"
#define EST  "ESTABLISHED"
#define NONE "(none)"

static const struct row healthy_v1[] = {
	{"MM1", YES, {"MM_NO_STATE", NONE},          {"MM_WAIT_MSG2", NONE},           {CON, NONE}},
	{"MM2", YES, {"MM_SA_SETUP", "MM_SA_SETUP"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG3"}, {CON, CON}},
	{"MM3", YES, {"MM_SA_SETUP", "MM_SA_SETUP"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG3"}, {CON, CON}},
	{"MM4", YES, {"MM_KEY_EXCH", "MM_KEY_EXCH"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG5"}, {CON, CON}},
	{"MM5", YES, {"MM_KEY_EXCH", "MM_KEY_EXCH"}, {"MM_WAIT_MSG6", "MM_WAIT_MSG5"}, {CON, CON}},
	{"MM6", YES, {"QM_IDLE", "QM_IDLE"},         {"MM_ACTIVE", "MM_ACTIVE"},       {EST, EST}},
	{"QM1", YES, {"QM_IDLE", "QM_IDLE"},         {"MM_ACTIVE", "MM_ACTIVE"},       {EST, EST}},
	{"QM2", YES, {"QM_IDLE", "QM_IDLE"},         {"MM_ACTIVE", "MM_ACTIVE"},       {EST, EST}},
	{"QM3", OPEN, {"QM_IDLE", "QM_IDLE"},        {"MM_ACTIVE", "MM_ACTIVE"},       {EST, EST}},
};
static const struct row psk_v1[] = {
	{"MM1", YES, {"MM_NO_STATE", NONE},          {"MM_WAIT_MSG2", NONE},           {CON, NONE}},
	{"MM2", YES, {"MM_SA_SETUP", "MM_SA_SETUP"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG3"}, {CON, CON}},
	{"MM3", YES, {"MM_SA_SETUP", "MM_SA_SETUP"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG3"}, {CON, CON}},
	{"MM4", YES, {"MM_KEY_EXCH", "MM_KEY_EXCH"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG5"}, {CON, CON}},
	{"MM5", NO,  {"MM_KEY_EXCH", "MM_KEY_EXCH"}, {"MM_WAIT_MSG6", "MM_WAIT_MSG5"}, {CON, CON}},
};
static const struct row silent_v1[] = {
	{"MM1", NO,  {"MM_NO_STATE", NONE},          {"MM_WAIT_MSG2", NONE},           {CON, NONE}},
};
static const struct row healthy_v2[] = {
	{"IKE_SA_INIT request",  YES, {"IN-NEG", NONE},     {"IN-NEG", NONE},     {CON, NONE}},
	{"IKE_SA_INIT response", YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	{"IKE_AUTH request",     YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	/* What comes next is a Delete, which proves nothing. */
	{"IKE_AUTH response",    OPEN, {"READY", "READY"},  {"READY", "READY"},   {EST, EST}},
	{"INFORMATIONAL request", YES, {"DELETED", "DELETED"}, {"DELETED", "DELETED"}, {NONE, NONE}},
};
static const struct row refused_v2[] = {
	{"IKE_SA_INIT request",  YES,  {"IN-NEG", NONE},  {"IN-NEG", NONE},  {CON, NONE}},
	{"IKE_SA_INIT response", OPEN, {"DELETED", NONE}, {"DELETED", NONE}, {NONE, NONE}},
};
static const struct row unanswered_v2[] = {
	{"IKE_SA_INIT request",  YES, {"IN-NEG", NONE},     {"IN-NEG", NONE},     {CON, NONE}},
	{"IKE_SA_INIT response", YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	{"IKE_AUTH request",     NO,  {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
};
/* The answer is in the capture, and the initiator goes on repeating its request. */
static const struct row answer_lost_v2[] = {
	{"IKE_SA_INIT request",  YES, {"IN-NEG", NONE},     {"IN-NEG", NONE},     {CON, NONE}},
	{"IKE_SA_INIT response", YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	{"IKE_AUTH request",     YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	{"IKE_AUTH response",    NO,  {"IN-NEG", "READY"},  {"IN-NEG", "READY"},  {CON, EST}},
};
/* The responder is up, and is told then that the initiator does not trust it: that is the end on both. */
static const struct row objected_v2[] = {
	{"IKE_SA_INIT request",  YES, {"IN-NEG", NONE},     {"IN-NEG", NONE},     {CON, NONE}},
	{"IKE_SA_INIT response", YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	{"IKE_AUTH request",     YES, {"IN-NEG", "IN-NEG"}, {"IN-NEG", "IN-NEG"}, {CON, CON}},
	{"IKE_AUTH response",    NO,  {"IN-NEG", "READY"},  {"IN-NEG", "READY"},  {CON, EST}},
	{"INFORMATIONAL request", YES, {"DELETED", "DELETED"}, {"DELETED", "DELETED"}, {NONE, NONE}},
	{"INFORMATIONAL response", OPEN, {"DELETED", "DELETED"}, {"DELETED", "DELETED"}, {NONE, NONE}},
};
/* The responder was done with MM6, the initiator was not; a refusal in clear is heeded by few. */
static const struct row refused_mm6[] = {
	{"MM1", YES, {"MM_NO_STATE", NONE},          {"MM_WAIT_MSG2", NONE},           {CON, NONE}},
	{"MM2", YES, {"MM_SA_SETUP", "MM_SA_SETUP"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG3"}, {CON, CON}},
	{"MM3", YES, {"MM_SA_SETUP", "MM_SA_SETUP"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG3"}, {CON, CON}},
	{"MM4", YES, {"MM_KEY_EXCH", "MM_KEY_EXCH"}, {"MM_WAIT_MSG4", "MM_WAIT_MSG5"}, {CON, CON}},
	{"MM5", YES, {"MM_KEY_EXCH", "MM_KEY_EXCH"}, {"MM_WAIT_MSG6", "MM_WAIT_MSG5"}, {CON, CON}},
	{"MM6", NO,  {"MM_KEY_EXCH", "QM_IDLE"},     {"MM_WAIT_MSG6", "MM_ACTIVE"},    {CON, EST}},
	{"INFORMATIONAL", OPEN, {"MM_KEY_EXCH", "QM_IDLE"}, {"MM_WAIT_MSG6", "MM_ACTIVE"}, {NONE, NONE}},
};
static const struct row auth_refused_v2[] = {
	{"IKE_SA_INIT request",  YES,  {"IN-NEG", NONE},       {"IN-NEG", NONE},       {CON, NONE}},
	{"IKE_SA_INIT response", YES,  {"IN-NEG", "IN-NEG"},   {"IN-NEG", "IN-NEG"},   {CON, CON}},
	{"IKE_AUTH request",     YES,  {"IN-NEG", "IN-NEG"},   {"IN-NEG", "IN-NEG"},   {CON, CON}},
	{"IKE_AUTH response",    OPEN, {"DELETED", "DELETED"}, {"DELETED", "DELETED"}, {NONE, NONE}},
};
/* clang-format on */

Test(diag_ends, healthy_main_mode)
{
	check("healthy/v1-main-psk.pcap", 1, healthy_v1, N(healthy_v1));
}

Test(diag_ends, nobody_moves_on_with_mm5_when_the_keys_differ)
{
	check("auth/v1-psk-mismatch-main.pcap", 1, psk_v1, N(psk_v1));
}

Test(diag_ends, a_silent_responder_has_no_state)
{
	check("phase1/v1-peer-silent.pcap", 1, silent_v1, N(silent_v1));
}

Test(diag_ends, healthy_and_deleted_ikev2)
{
	check("healthy/v2-psk.pcap", 1, healthy_v2, N(healthy_v2));
}

Test(diag_ends, refused_ikev2)
{
	check("phase1/v2-no-proposal.pcap", 1, refused_v2, N(refused_v2));
}

Test(diag_ends, refused_authentication)
{
	check("auth/v2-psk-mismatch.pcap", 1, auth_refused_v2, N(auth_refused_v2));
}

Test(diag_ends, unanswered_authentication)
{
	check("auth/v2-ike-auth-unanswered.pcap", 1, unanswered_v2, N(unanswered_v2));
}

Test(diag_ends, an_answer_that_does_not_arrive)
{
	check("auth/v2-ike-auth-response-lost.responder.pcap", 1, answer_lost_v2,
	      N(answer_lost_v2));
}

Test(diag_ends, an_initiator_that_refuses_the_responder)
{
	check("auth/v2-responder-cert-rejected.pcap", 1, objected_v2, N(objected_v2));
}

Test(diag_ends, an_initiator_that_refuses_the_last_message_of_main_mode)
{
	check("auth/v1-mm6-invalid-hash-synthetic.pcap", 1, refused_mm6, N(refused_mm6));
}

/* Every state that can be shown behind a message is one of the table, and words are never absent.
 */
static bool in_table(const char *state)
{
	for (size_t i = 0; i < ik_shown_n_rows; i++) {
		const char *const *names = (const char *const *)&ik_shown_rows[i];

		for (size_t k = 0; k < sizeof(ik_shown_rows[i]) / sizeof(*names); k++)
			if (strcmp(names[k], state) == 0)
				return true;
	}
	return false;
}

static bool everything(void *user, uint64_t id)
{
	(void)user;
	(void)id;
	return true;
}

static int look(void *user, const struct ikescope_negotiation *n)
{
	for (size_t i = 0; i < n->n_steps; i++) {
		const struct ikescope_ends *e = n->steps[i].ends;
		const char *const *names = (const char *const *)&e->shown_as;

		for (size_t k = 0; k < sizeof(e->shown_as) / sizeof(*names); k++)
			cr_expect(in_table(names[k]), "%s", names[k]);
		cr_expect(e->initiator[0] != '\0' && e->responder[0] != '\0');
		++*(size_t *)user;
	}
	return 0;
}

Test(diag_ends, every_state_stands_in_the_table)
{
	static const char *const files[] = {
	        "liveness/v2-flap-dpd.pcap",        "healthy/v2-rekey-all.pcap",
	        "artefacts/art-midstart-v1.pcap",   "auth/v1-psk-mismatch-aggressive.pcap",
	        "phase1/v1-no-proposal-group.pcap", "healthy/v2-cookie.pcap",
	        "healthy/v2-eap-mschapv2.pcap"};
	const struct ikescope_visitor visitor = {.negotiation = look, .detailed = everything};
	size_t seen = 0;

	for (size_t i = 0; i < N(files); i++) {
		struct ikescope *scope = open_sample(files[i]);

		cr_expect_eq(ikescope_walk(scope, &visitor, &seen), 0);
		ikescope_free(scope);
	}
	cr_expect_gt(seen, 50);
}

/* ---- a refusal ---------------------------------------------------------------------------- */

struct refusals {
	const char *path;
	size_t seen, unheard;
};

/* The message that refused, or NULL. */
static const struct ikescope_step *refusal_of(const struct ikescope_negotiation *n)
{
	for (size_t i = 0; i < n->n_steps; i++)
		if (n->steps[i].ends->refused)
			return &n->steps[i];
	return NULL;
}

/* Whether the other side goes on repeating what it had sent before: as it shows, it does not heed
 * the refusal, and boxes that would are not what it is. */
static bool goes_on(const struct ikescope_negotiation *n, const struct ikescope_step *refusal)
{
	for (const struct ikescope_step *s = n->steps; s < refusal; s++)
		if (s->from != refusal->from && s->last_time > refusal->first_time)
			return true;
	return false;
}

static int look_at_the_end(void *user, const struct ikescope_negotiation *n)
{
	struct refusals *r = (struct refusals *)user;
	const char *const *want = (const char *const *)&n->shown_as, *const * have;
	const struct ikescope_step *refusal = refusal_of(n);
	enum ikescope_role unheard = IKESCOPE_ROLE_UNKNOWN;

	cr_expect_eq(refusal != NULL, n->outcome == IKESCOPE_FAILED, "%s #%d", r->path, (int)n->id);
	if (refusal == NULL)
		return 0;
	r->seen++;
	if (goes_on(n, refusal))
		unheard = refusal->from == IKESCOPE_INITIATOR ? IKESCOPE_RESPONDER
		                                              : IKESCOPE_INITIATOR;
	r->unheard += unheard != IKESCOPE_ROLE_UNKNOWN;
	have = (const char *const *)&n->steps[n->n_steps - 1].ends->shown_as;
	for (size_t k = 0; k < sizeof(n->shown_as) / sizeof(*want); k++) {
		enum ikescope_role side = k % 2 == 0 ? IKESCOPE_INITIATOR : IKESCOPE_RESPONDER;

		if (side != unheard)
			cr_expect_str_eq(have[k], want[k], "%s #%d, %zu: %s, in the end %s",
			                 r->path, (int)n->id, k, have[k], want[k]);
	}
	return 0;
}

/* Behind its last message a negotiation that was refused stands where it is said to stand. */
Test(diag_ends, what_was_refused_ends_as_it_is_shown)
{
	const struct ikescope_visitor visitor = {.negotiation = look_at_the_end,
	                                         .detailed = everything};
	struct refusals r = {0};

	samples_walk(&visitor, &r, &r.path);
	cr_expect_gt(r.seen, 100);
	cr_expect_lt(r.unheard, 10, "%zu", r.unheard);
}
