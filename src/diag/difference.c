/*
 * Proposals side by side.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/difference.h"

#include <string.h>

#include "iana/iana.h"
#include "ike/message.h"

/* The rows of one SA payload; what is beyond them is not compared. */
struct offer {
	uint8_t major;
	size_t n;
	struct ik_transform row[256];
};
#define ROWS (sizeof(((struct offer *)NULL)->row) / sizeof(struct ik_transform))

/* How an attribute stands in a row: transform type (IKEv2) or attribute class (IKEv1). The key
 * length of IKEv2 is part of the encryption transform. */
struct attribute {
	uint8_t major, type;
	enum ik_attribute what;
	const char *name;
	const struct ik_registry *registry;
};

/* clang-format off */
static const struct attribute attributes[] = {
	{2, 1,  IK_A_ENCRYPTION,     "encryption",     &ik_reg_v2_encr},
	{2, 2,  IK_A_PRF,            "PRF",            &ik_reg_v2_prf},
	{2, 3,  IK_A_INTEGRITY,      "integrity",      &ik_reg_v2_integ},
	{2, 4,  IK_A_GROUP,          "group",          &ik_reg_v2_key_exchange_methods},
	{1, 1,  IK_A_ENCRYPTION,     "encryption",     &ik_reg_v1_phase1_encryption},
	{1, 2,  IK_A_HASH,           "hash",           &ik_reg_v1_phase1_hash},
	{1, 3,  IK_A_AUTHENTICATION, "authentication", &ik_reg_v1_phase1_auth_methods},
	{1, 4,  IK_A_GROUP,          "group",          &ik_reg_v1_phase1_group_description},
	{1, 14, IK_A_KEY_LENGTH,     "key length",     NULL},
};
/* clang-format on */
#define N_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

enum { LIFE_DURATION = 12 }; /* attribute class of RFC 2409 A */

static void collect(void *ctx, const struct ik_transform *t)
{
	struct offer *o = (struct offer *)ctx;

	if (o->n < ROWS)
		o->row[o->n++] = *t;
}

static bool offer_of(const struct ik_offers *offers, uint32_t number, struct offer *o)
{
	size_t len;
	const uint8_t *sa = ik_offers_get(offers, number, &len, &o->major);

	o->n = 0;
	if (sa == NULL)
		return false;
	ik_sa_walk(sa, len, o->major, ROWS, collect, o);
	return o->n > 0;
}

static bool same_value(const struct ik_transform *a, const struct ik_transform *b)
{
	return a->type == b->type && a->value == b->value && a->key_bits == b->key_bits;
}

/* ---- words ---------------------------------------------------------------------------------- */

/* Whether row i is of an attribute and the first with its value. */
static bool is_new(const struct offer *o, size_t i, const struct attribute *a)
{
	size_t before = 0;

	while (before < i && !same_value(&o->row[before], &o->row[i]))
		before++;
	return o->row[i].type == a->type && before == i;
}

/* Each distinct value of an attribute. */
static bool put_values(struct ik_buf *b, const struct offer *o, const struct attribute *a)
{
	bool any = false;

	for (size_t i = 0; i < o->n; i++) {
		const struct ik_transform *t = &o->row[i];

		if (!is_new(o, i, a))
			continue;
		ik_buf_puts(b, any ? ", " : "");
		if (a->registry == NULL)
			ik_buf_printf(b, "%u", t->value);
		else
			ik_iana_put(b, a->registry, t->value);
		if (t->key_bits != 0)
			ik_buf_printf(b, " %u", t->key_bits);
		any = true;
	}
	return any;
}

static bool has(const struct offer *o, const struct attribute *a)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->row[i].type == a->type)
			return a->major == o->major;
	return false;
}

void ik_words_offer(struct ik_buf *b, const struct ik_offers *offers, uint32_t number)
{
	struct offer o;
	bool any = false;

	if (!offer_of(offers, number, &o))
		return;
	for (size_t a = 0; a < N_ATTRIBUTES; a++) {
		if (!has(&o, &attributes[a]))
			continue;
		ik_buf_printf(b, "%s%s ", any ? "; " : "", attributes[a].name);
		any |= put_values(b, &o, &attributes[a]);
	}
}

#define SHORT_VALUES 4

/* Without what its place says anyway. */
static void put_short_name(struct ik_buf *b, const struct attribute *a, uint32_t value)
{
	static const char *const said[] = {"ENCR_", "AUTH_"};
	const char *name = ik_iana_name(a->registry, value);

	for (size_t i = 0; name != NULL && i < 2; i++)
		if (strncmp(name, said[i], strlen(said[i])) == 0) {
			ik_buf_puts(b, name + strlen(said[i]));
			return;
		}
	ik_iana_put(b, a->registry, value);
}

/* "AES_CBC 128/256/AES_GCM_16 256 (+2)": a name is not repeated for another key length. */
static void put_short(struct ik_buf *b, const struct offer *o, const struct attribute *a)
{
	const struct ik_transform *last = NULL;
	size_t n = 0;

	ik_buf_puts(b, a->what == IK_A_GROUP ? "group " : "");
	for (size_t i = 0; i < o->n; i++) {
		const struct ik_transform *t = &o->row[i];
		bool named = last != NULL && last->value == t->value;

		if (!is_new(o, i, a) || ++n > SHORT_VALUES)
			continue;
		ik_buf_puts(b, last != NULL ? "/" : "");
		if (a->what == IK_A_GROUP || a->registry == NULL)
			ik_buf_printf(b, "%u", t->value);
		else if (!named)
			put_short_name(b, a, t->value);
		if (t->key_bits != 0)
			ik_buf_printf(b, "%s%u", named ? "" : " ", t->key_bits);
		last = t;
	}
	if (n > SHORT_VALUES)
		ik_buf_printf(b, " (+%zu)", n - SHORT_VALUES);
}

void ik_words_offer_short(struct ik_buf *b, const struct ik_offers *offers, uint32_t number)
{
	const struct attribute *length = &attributes[N_ATTRIBUTES - 1];
	struct offer o;
	bool any = false;

	if (!offer_of(offers, number, &o))
		return;
	for (const struct attribute *a = attributes; a < length; a++) {
		if (!has(&o, a))
			continue;
		ik_buf_puts(b, any ? ", " : "");
		put_short(b, &o, a);
		any = true;
		if (a->what == IK_A_ENCRYPTION && has(&o, length)) { /* of its own in IKEv1 */
			ik_buf_putc(b, ' ');
			put_short(b, &o, length);
		}
	}
}

/* ---- differences ---------------------------------------------------------------------------- */

/* A part of an offer: one proposal (IKEv2) or one transform (IKEv1), of which a peer takes all. */
struct part {
	const struct ik_transform *row;
	size_t n;
};

/* The part that begins at row at. */
static struct part part_at(const struct offer *o, size_t at)
{
	const struct ik_transform *first = &o->row[at];
	struct part p = {first, 0};

	while (at + p.n < o->n && first[p.n].proposal == first->proposal &&
	       (o->major != 1 || first[p.n].transform == first->transform))
		p.n++;
	return p;
}

/* What two parts have of one attribute. */
struct meeting {
	bool mine, theirs; /* they have it at all */
	bool equal;        /* and a value in common, */
	bool but_bits;     /* or one that differs in its key length only */
};

static struct meeting meet(struct part x, struct part y, uint8_t type)
{
	struct meeting m = {false, false, false, false};

	for (size_t k = 0; k < y.n; k++)
		m.theirs |= y.row[k].type == type;
	for (size_t i = 0; i < x.n; i++) {
		if (x.row[i].type != type)
			continue;
		m.mine = true;
		for (size_t k = 0; k < y.n; k++) {
			if (y.row[k].type != type || y.row[k].value != x.row[i].value)
				continue;
			m.equal |= y.row[k].key_bits == x.row[i].key_bits;
			m.but_bits |= y.row[k].key_bits != x.row[i].key_bits;
		}
	}
	return m;
}

/* Whether one part is acceptable to who would accept the other. */
static bool fits(unsigned major, struct part x, struct part y)
{
	for (size_t a = 0; a < N_ATTRIBUTES; a++) {
		struct meeting m;

		if (attributes[a].major != major)
			continue;
		m = meet(x, y, attributes[a].type);
		if (m.mine != m.theirs || (m.mine && !m.equal))
			return false;
	}
	return true;
}

static void find_common(const struct offer *x, const struct offer *y, struct ik_difference *out)
{
	uint32_t rank = 0;

	for (size_t i = 0; i < x->n && out->common == 0; i += part_at(x, i).n) {
		struct part mine = part_at(x, i);

		rank++;
		for (size_t k = 0; k < y->n && out->common == 0; k += part_at(y, k).n) {
			struct part theirs = part_at(y, k);
			struct meeting life;

			if (!fits(x->major, mine, theirs))
				continue;
			life = meet(mine, theirs, LIFE_DURATION);
			out->common = rank;
			out->lifetime = x->major == 1 && life.mine && life.theirs && !life.equal;
		}
	}
}

bool ik_difference(const struct ik_offers *offers, uint32_t mine, uint32_t theirs,
                   struct ik_difference *out)
{
	struct offer x, y;

	*out = (struct ik_difference){0};
	if (!offer_of(offers, mine, &x) || !offer_of(offers, theirs, &y) || x.major != y.major)
		return false;
	for (size_t a = 0; a < N_ATTRIBUTES; a++) {
		struct part all_x = {x.row, x.n}, all_y = {y.row, y.n};
		struct meeting m;

		if (attributes[a].major != x.major)
			continue;
		m = meet(all_x, all_y, attributes[a].type);
		if (m.mine && m.theirs && !m.equal)
			out->disjoint |= 1U << (m.but_bits ? IK_A_KEY_LENGTH : attributes[a].what);
	}
	find_common(&x, &y, out);
	return true;
}

void ik_words_difference(struct ik_buf *b, const struct ik_offers *offers, uint32_t mine,
                         uint32_t theirs)
{
	struct ik_difference d;
	struct offer x, y;
	bool any = false;

	if (!ik_difference(offers, mine, theirs, &d) || !offer_of(offers, mine, &x) ||
	    !offer_of(offers, theirs, &y)) {
		ik_buf_puts(b, "nothing in common");
		return;
	}
	for (size_t a = 0; a < N_ATTRIBUTES; a++) {
		const struct attribute *row = &attributes[a];
		uint32_t bits = 1U << row->what;

		if (row->major == 2 && row->what == IK_A_ENCRYPTION)
			bits |= 1U << IK_A_KEY_LENGTH;
		if (row->major != x.major || (d.disjoint & bits) == 0)
			continue;
		ik_buf_printf(b, "%s%s: the initiator offers ", any ? "; " : "", row->name);
		(void)put_values(b, &x, row);
		ik_buf_puts(b, ", the responder itself ");
		(void)put_values(b, &y, row);
		any = true;
	}
	if (!any && d.common == 0)
		ik_buf_puts(b, "each attribute has a common value, but no whole proposal does");
	else if (!any)
		ik_buf_printf(b, "number %u of the initiator's is one of the responder's own",
		              d.common);
}
