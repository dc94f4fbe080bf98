/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/words.h"

#include <string.h>

#include "iana/iana.h"
#include "ike/message.h"

void ik_words_times(struct ik_buf *b, uint32_t n)
{
	if (n == 1)
		ik_buf_puts(b, "once");
	else if (n == 2)
		ik_buf_puts(b, "twice");
	else
		ik_buf_printf(b, "%u times", n);
}

/* clang-format off */
static const struct {
	uint8_t family, type;
	int code; /* -1: any */
	const char *text;
} icmp_words[] = {
	{4, 3, 0,  "no route to that network"},
	{4, 3, 1,  "that host cannot be reached"},
	{4, 3, 2,  "that protocol is not spoken there"},
	{4, 3, 3,  "nothing listens on that port"},
	{4, 3, 4,  "the packet is too large and must not be fragmented"},
	{4, 3, 9,  "the network is prohibited by a filter"},
	{4, 3, 10, "the host is prohibited by a filter"},
	{4, 3, 13, "a filter prohibits it"},
	{4, 3, -1, "destination unreachable"},
	{4, 4, -1, "slow down (source quench)"},
	{4, 11, 0, "its time to live ended on the way: a routing loop"},
	{4, 11, 1, "its fragments did not all arrive in time"},
	{4, 12, -1, "a parameter of its header is wrong"},
	{6, 1, 0,  "no route to that destination"},
	{6, 1, 1,  "a filter prohibits it"},
	{6, 1, 3,  "that address cannot be reached"},
	{6, 1, 4,  "nothing listens on that port"},
	{6, 1, 5,  "a filter refuses its source address"},
	{6, 1, -1, "destination unreachable"},
	{6, 2, -1, "the packet is too big"},
	{6, 3, 0,  "its hop limit ended on the way: a routing loop"},
	{6, 3, 1,  "its fragments did not all arrive in time"},
	{6, 4, -1, "a parameter of its header is wrong"},
};
/* clang-format on */

const char *ik_words_icmp(uint8_t family, uint8_t type, uint8_t code)
{
	for (size_t i = 0; i < sizeof(icmp_words) / sizeof(icmp_words[0]); i++)
		if (icmp_words[i].family == family && icmp_words[i].type == type &&
		    (icmp_words[i].code < 0 || icmp_words[i].code == code))
			return icmp_words[i].text;
	return "an ICMP error";
}

void ik_words_notify(struct ik_buf *b, unsigned version, uint16_t type)
{
	const char *name = ik_notify_name(version, type);

	if (name != NULL)
		ik_buf_printf(b, "%s (%u)", name, type);
	else
		ik_buf_printf(b, "notify %u", type);
}

/* ---- offers
 * ---------------------------------------------------------------------------------------- */

/* The attributes that are compared: by transform type (v2) or attribute class (v1). */
struct attribute {
	uint8_t major, type;
	const char *name;
	const struct ik_registry *registry;
};

/* clang-format off */
static const struct attribute attributes[] = {
	{2, 1, "encryption",     &ik_reg_v2_encr},
	{2, 2, "PRF",            &ik_reg_v2_prf},
	{2, 3, "integrity",      &ik_reg_v2_integ},
	{2, 4, "group",          &ik_reg_v2_key_exchange_methods},
	{1, 1, "encryption",     &ik_reg_v1_phase1_encryption},
	{1, 2, "hash",           &ik_reg_v1_phase1_hash},
	{1, 3, "authentication", &ik_reg_v1_phase1_auth_methods},
	{1, 4, "group",          &ik_reg_v1_phase1_group_description},
	{1, 14, "key length",    NULL},
};
/* clang-format on */
#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))
#define VALUES     16

/* Every distinct value of each attribute. The key length of IKEv2 is part of the value. */
struct values {
	uint8_t major;
	uint32_t value[ATTRIBUTES][VALUES];
	uint16_t bits[ATTRIBUTES][VALUES];
	size_t n[ATTRIBUTES];
};

static void collect(void *ctx, const struct ik_transform *t)
{
	struct values *v = (struct values *)ctx;

	for (size_t a = 0; a < ATTRIBUTES; a++) {
		size_t i;

		if (attributes[a].major != v->major || attributes[a].type != t->type)
			continue;
		for (i = 0; i < v->n[a]; i++)
			if (v->value[a][i] == t->value && v->bits[a][i] == t->key_bits)
				break;
		if (i == v->n[a] && i < VALUES) {
			v->value[a][i] = t->value;
			v->bits[a][i] = t->key_bits;
			v->n[a]++;
		}
	}
}

static bool values_of(const struct ik_offers *offers, uint32_t number, struct values *v)
{
	size_t len;
	const uint8_t *sa;

	memset(v, 0, sizeof(*v));
	sa = ik_offers_get(offers, number, &len, &v->major);
	if (sa == NULL)
		return false;
	ik_sa_walk(sa, len, v->major, 256, collect, v);
	return true;
}

static void put_values(struct ik_buf *b, const struct values *v, size_t a)
{
	for (size_t i = 0; i < v->n[a]; i++) {
		ik_buf_puts(b, i == 0 ? "" : ", ");
		if (attributes[a].registry == NULL)
			ik_buf_printf(b, "%u", v->value[a][i]);
		else
			ik_iana_put(b, attributes[a].registry, v->value[a][i]);
		if (v->bits[a][i] != 0)
			ik_buf_printf(b, " %u", v->bits[a][i]);
	}
}

void ik_words_offer(struct ik_buf *b, const struct ik_offers *offers, uint32_t number)
{
	struct values v;
	bool any = false;

	if (!values_of(offers, number, &v))
		return;
	for (size_t a = 0; a < ATTRIBUTES; a++) {
		if (v.n[a] == 0)
			continue;
		ik_buf_printf(b, "%s%s ", any ? "; " : "", attributes[a].name);
		put_values(b, &v, a);
		any = true;
	}
}

static bool disjoint(const struct values *x, const struct values *y, size_t a)
{
	for (size_t i = 0; i < x->n[a]; i++)
		for (size_t k = 0; k < y->n[a]; k++)
			if (x->value[a][i] == y->value[a][k] && x->bits[a][i] == y->bits[a][k])
				return false;
	return x->n[a] > 0 && y->n[a] > 0;
}

void ik_words_diff(struct ik_buf *b, const struct ik_case *c)
{
	const struct ik_offers *offers = c->pair->assembly->tracker->offers;
	struct values mine, theirs;
	bool any = false;

	if (c->fact[IK_F_PEER_OFFER] <= 0 || !values_of(offers, c->n->peer[IK_I2R].offer, &mine) ||
	    !values_of(offers, (uint32_t)c->fact[IK_F_PEER_OFFER], &theirs) ||
	    mine.major != theirs.major) {
		ik_buf_puts(b, "nothing in common");
		return;
	}
	for (size_t a = 0; a < ATTRIBUTES; a++) {
		if (!disjoint(&mine, &theirs, a))
			continue;
		ik_buf_printf(b, "%s%s: the initiator offers ", any ? "; " : "",
		              attributes[a].name);
		put_values(b, &mine, a);
		ik_buf_puts(b, ", the responder itself ");
		put_values(b, &theirs, a);
		any = true;
	}
	if (!any)
		ik_buf_puts(b, "each attribute has a common value, but no whole proposal does");
}
