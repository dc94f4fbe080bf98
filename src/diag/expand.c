/*
 * The {placeholders} of summaries.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/difference.h"
#include "diag/nat.h"
#include "diag/rule.h"
#include "diag/words.h"
#include "iana/iana.h"

static const struct ik_step *stall_step(const struct ik_case *c)
{
	return ik_nego_step(c->n, c->pos.serial);
}

static void put_message(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_puts(b, ik_msg_name(c->pos.message));
}

/* The request that a response answers: "IKE_AUTH request" for IKE_AUTH response, MM5 for MM6. */
static void put_request(const struct ik_case *c, struct ik_buf *b)
{
	enum ik_msg_name m = c->pos.message;

	if (m == IK_AUTH_RSP || m == IK_AUTH_REQ)
		ik_buf_puts(b, "IKE_AUTH");
	else if (m == IK_INIT_RSP || m == IK_INIT_REQ)
		ik_buf_puts(b, "IKE_SA_INIT");
	else
		ik_buf_puts(b, ik_msg_name(m));
}

static void put_copies(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_printf(b, "%u", c->pos.copies);
}

static void put_copies_times(const struct ik_case *c, struct ik_buf *b)
{
	ik_words_times(b, c->pos.copies);
}

static void put_stands(const struct ik_case *c, struct ik_buf *b)
{
	switch (c->pos.kind) {
	case IKESCOPE_MISSING: ik_buf_puts(b, "never comes"); return;
	case IKESCOPE_REFUSED: ik_buf_puts(b, "is refused"); return;
	case IKESCOPE_UNANSWERED: break;
	}
	ik_buf_puts(b, "is not answered");
	if (c->pos.copies > 1) {
		ik_buf_puts(b, " although it was sent ");
		ik_words_times(b, c->pos.copies);
	}
}

static void put_waiting(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_puts(b,
	            c->pos.waiting_for == IKESCOPE_INITIATOR ? "The initiator" : "The responder");
}

/* The side that refuses; else the responder. */
static void put_peer(const struct ik_case *c, struct ik_buf *b)
{
	bool initiator = c->pos.has_stall && c->pos.kind == IKESCOPE_REFUSED &&
	                 c->pos.waiting_for == IKESCOPE_INITIATOR;

	ik_buf_addr(b, initiator ? &c->n->i.addr : &c->n->r.addr);
}

static void put_version(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_printf(b, "%u", c->n->version);
}

static void put_phase1(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_puts(b, c->n->version == 1 ? "phase 1" : "IKE SA");
}

static void put_icmp_from(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_addr(b, &c->icmp.from);
}

static void put_icmp_text(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_puts(b, ik_words_icmp(c->icmp.from.family, c->icmp.type, c->icmp.code));
}

static void put_refusal(const struct ik_case *c, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, c->n->refusal_step);

	if (s == NULL || s->notify[0] == 0)
		ik_buf_puts(b, "an error");
	else
		ik_words_notify(b, c->n->version, s->notify[0]);
}

static void put_refusal_by(const struct ik_case *c, struct ik_buf *b)
{
	if (c->pos.by_name == NULL)
		return;
	ik_buf_puts(b, " with ");
	ik_buf_puts(b, c->pos.by_name);
}

static void put_fragment(const struct ik_case *c, struct ik_buf *b)
{
	const struct ik_step *s = ik_nego_step(c->n, (uint32_t)c->fact[IK_F_INCOMPLETE]);

	if (s == NULL)
		return;
	ik_buf_printf(b, "fragment %u", s->frag_missing);
	if (s->frag_total != 0)
		ik_buf_printf(b, " of %u", s->frag_total);
	ik_buf_printf(b, " of the %s", ik_msg_name((enum ik_msg_name)s->name));
}

static void put_ke_wanted(const struct ik_case *c, struct ik_buf *b)
{
	ik_iana_put(b, &ik_reg_v2_key_exchange_methods, c->n->invalid_ke_group);
}

static void put_ke_sent(const struct ik_case *c, struct ik_buf *b)
{
	ik_iana_put(b, &ik_reg_v2_key_exchange_methods, c->n->first_ke_group);
}

static void put_natt_missing(const struct ik_case *c, struct ik_buf *b)
{
	bool i = c->fact[IK_F_NATT_I] == 1, r = c->fact[IK_F_NATT_R] == 1;

	ik_buf_puts(b, i == r ? "neither side offers"
	               : i    ? "the responder does not offer"
	                      : "the initiator does not offer");
}

static void put_nat(const struct ik_case *c, struct ik_buf *b)
{
	if (c->nat != NULL)
		ik_words_nat(b, c->nat);
}

static void put_diff(const struct ik_case *c, struct ik_buf *b)
{
	ik_words_difference(b, c->pair->assembly->tracker->offers, c->n->peer[IK_I2R].offer,
	                    (uint32_t)c->fact[IK_F_PEER_OFFER]);
}

static void put_elsewhere(const struct ik_case *c, struct ik_buf *b)
{
	const struct ik_path *p = ik_nego_elsewhere(c->n);

	if (p != NULL)
		ik_buf_addr(b, &p->r.addr);
	else
		ik_buf_puts(b, "another address");
}

static void put_objection(const struct ik_case *c, struct ik_buf *b)
{
	ik_buf_puts(b, c->fact[IK_F_INITIATOR_OBJECTS] == 42 ? "a Delete" : "an encrypted notify");
}

static void put_span(const struct ik_case *c, struct ik_buf *b)
{
	const struct ik_step *s = stall_step(c);

	ik_buf_seconds(b, s != NULL ? s->last_time - s->first_time : 0);
	ik_buf_puts(b, " s");
}

/* clang-format off */
static const struct {
	const char *name;
	void (*put)(const struct ik_case *c, struct ik_buf *b);
} placeholders[] = {
	{"message",      put_message},
	{"request",      put_request},
	{"copies",       put_copies},
	{"copies.times", put_copies_times},
	{"span",         put_span},
	{"stands",       put_stands},
	{"waiting",      put_waiting},
	{"peer",         put_peer},
	{"version",      put_version},
	{"phase1",       put_phase1},
	{"icmp.from",    put_icmp_from},
	{"icmp.text",    put_icmp_text},
	{"refusal",      put_refusal},
	{"refusal.by",   put_refusal_by},
	{"fragment",     put_fragment},
	{"ke.wanted",    put_ke_wanted},
	{"ke.sent",      put_ke_sent},
	{"natt.missing", put_natt_missing},
	{"nat",          put_nat},
	{"diff",         put_diff},
	{"objection",    put_objection},
	{"elsewhere",    put_elsewhere},
};
/* clang-format on */

static void put_named(const char *name, size_t len, const struct ik_case *c, struct ik_buf *out)
{
	for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++)
		if (strlen(placeholders[i].name) == len &&
		    memcmp(placeholders[i].name, name, len) == 0) {
			placeholders[i].put(c, out);
			return;
		}
	ik_buf_putn(out, name, len);
}

void ik_expand(const char *text, const struct ik_case *c, struct ik_buf *out)
{
	for (const char *p = text; *p != '\0';) {
		const char *open = strchr(p, '{'), *close = open != NULL ? strchr(open, '}') : NULL;

		if (close == NULL) {
			ik_buf_puts(out, p);
			return;
		}
		ik_buf_putn(out, p, (size_t)(open - p));
		put_named(open + 1, (size_t)(close - open - 1), c, out);
		p = close + 1;
	}
	if (out->len > 0 && out->data[0] >= 'a' && out->data[0] <= 'z')
		out->data[0] = (char)(out->data[0] - 'a' + 'A');
}
