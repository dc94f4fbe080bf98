/* SPDX-License-Identifier: Apache-2.0 */
#include "session/offers.h"

#include <stdlib.h>

#include "ike/message.h"

struct offer {
	uint64_t hash;
	uint8_t *octets;
	uint32_t len;
	uint8_t major;
	bool sound; /* decodes without an anomaly */
};

struct ik_offers {
	struct ik_hash_key key;
	uint64_t most, lost;
	struct offer *rows;
	struct ik_suite *suites; /* of each row, parsed when it was added */
	uint32_t *slots;         /* row + 1; open addressing */
	const uint8_t *last;     /* found a moment ago, so that adding it needs no search */
	size_t last_len;
	uint32_t last_number;
	size_t n, cap; /* cap rows, twice as many slots, a power of two */
};

struct ik_offers *ik_offers_new(const struct ik_hash_key *key, uint64_t most)
{
	struct ik_offers *o = (struct ik_offers *)calloc(1, sizeof(*o));

	if (o != NULL) {
		o->key = *key;
		o->most = most;
	}
	return o;
}

void ik_offers_free(struct ik_offers *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < o->n; i++)
		free(o->rows[i].octets);
	free(o->rows);
	free(o->suites);
	free(o->slots);
	free(o);
}

static bool grow(struct ik_offers *o)
{
	size_t cap = o->cap != 0 ? 2 * o->cap : 16;
	struct offer *rows = (struct offer *)realloc(o->rows, cap * sizeof(*rows));
	struct ik_suite *suites;
	uint32_t *slots;

	if (rows == NULL)
		return false;
	o->rows = rows;
	suites = (struct ik_suite *)realloc(o->suites, cap * sizeof(*suites));
	if (suites == NULL)
		return false;
	o->suites = suites;
	slots = (uint32_t *)calloc(2 * cap, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (size_t i = 0; i < o->n; i++) {
		size_t s = rows[i].hash & (2 * cap - 1);

		while (slots[s] != 0)
			s = (s + 1) & (2 * cap - 1);
		slots[s] = (uint32_t)(i + 1);
	}
	free(o->slots);
	o->slots = slots;
	o->cap = cap;
	return true;
}

/* ---- the suite of a choice ------------------------------------------------------------------ */

struct suite_walk {
	struct ik_suite suite;
	uint8_t major, proposal, transform;
	unsigned rows;
	bool several;
};

static void suite_v1(struct suite_walk *w, const struct ik_transform *t)
{
	struct ik_suite *s = &w->suite;

	w->several |= w->rows > 1 && (t->proposal != w->proposal || t->transform != w->transform);
	switch (t->type) { /* RFC 2409 appendix A, attribute classes */
	case 1: s->encr = (uint16_t)t->value; break;
	case 2: s->prf = (uint16_t)t->value; break;
	case 3: s->auth = (uint16_t)t->value; break;
	case 4: s->group = (uint16_t)t->value; break;
	case 12: s->life = t->value; break;
	case 14: s->key_bits = (uint16_t)t->value; break;
	default: break;
	}
}

static void suite_v2(struct suite_walk *w, const struct ik_transform *t)
{
	struct ik_suite *s = &w->suite;

	w->several |= w->rows > 1 && t->proposal != w->proposal;
	switch (t->type) { /* RFC 7296 3.3.2, transform types */
	case 1:
		w->several |= s->encr != 0;
		s->encr = (uint16_t)t->value;
		s->key_bits = t->key_bits;
		break;
	case 2:
		w->several |= s->prf != 0;
		s->prf = (uint16_t)t->value;
		break;
	case 3: s->integ = (uint16_t)t->value; break;
	case 4:
		w->several |= s->group != 0;
		s->group = (uint16_t)t->value;
		break;
	default: break;
	}
}

static void suite_row(void *ctx, const struct ik_transform *t)
{
	struct suite_walk *w = (struct suite_walk *)ctx;

	w->rows++;
	if (w->major == 1)
		suite_v1(w, t);
	else
		suite_v2(w, t);
	w->proposal = t->proposal;
	w->transform = t->transform;
}

static struct ik_suite parse_suite(const struct offer *row)
{
	struct suite_walk w = {.major = row->major};

	ik_sa_walk(row->octets, row->len, row->major, 64, suite_row, &w);
	w.suite.known = w.suite.encr != 0 && !w.several;
	return w.suite;
}

/* The slot of a body: where it is, or the free one where it belongs. Needs a table. */
static size_t slot_of(const struct ik_offers *o, uint64_t hash, uint8_t major, const uint8_t *sa,
                      size_t len)
{
	size_t s = hash & (2 * o->cap - 1);

	for (; o->slots[s] != 0; s = (s + 1) & (2 * o->cap - 1)) {
		const struct offer *row = &o->rows[o->slots[s] - 1];

		if (row->hash == hash && row->len == len && row->major == major &&
		    memcmp(row->octets, sa, len) == 0)
			break;
	}
	return s;
}

static uint64_t hash_of(const struct ik_offers *o, uint8_t major, const uint8_t *sa, size_t len)
{
	return ik_hash_quick(&o->key, sa, len) + major;
}

bool ik_offers_known(struct ik_offers *o, uint8_t major, const uint8_t *sa, size_t len)
{
	uint32_t number;

	o->last_number = 0;
	if (o->cap == 0)
		return false;
	number = o->slots[slot_of(o, hash_of(o, major, sa, len), major, sa, len)];
	if (number == 0 || !o->rows[number - 1].sound)
		return false;
	o->last = sa;
	o->last_len = len;
	o->last_number = number;
	return true;
}

void ik_offers_sound(struct ik_offers *o, uint32_t number)
{
	if (number > 0 && number <= o->n)
		o->rows[number - 1].sound = true;
}

bool ik_offers_add(struct ik_offers *o, uint8_t major, const uint8_t *sa, size_t len,
                   uint32_t *number)
{
	uint64_t hash;
	struct offer *row;
	size_t s;

	*number = 0;
	if (o->last == sa && o->last_len == len && o->last_number != 0) {
		*number = o->last_number; /* it was just found */
		o->last_number = 0;
		return true;
	}
	if (o->n == o->cap && o->n < o->most && !grow(o))
		return false;
	if (o->cap == 0 || len > UINT32_MAX) {
		o->lost++;
		return true;
	}
	hash = hash_of(o, major, sa, len);
	s = slot_of(o, hash, major, sa, len);
	if (o->slots[s] != 0) {
		*number = o->slots[s];
		return true;
	}
	if (o->n >= o->most) {
		o->lost++;
		return true;
	}
	row = &o->rows[o->n];
	*row = (struct offer){.hash = hash, .len = (uint32_t)len, .major = major};
	row->octets = (uint8_t *)malloc(len + 1);
	if (row->octets == NULL)
		return false;
	memcpy(row->octets, sa, len);
	o->suites[o->n] = parse_suite(row);
	o->slots[s] = (uint32_t)++o->n;
	*number = (uint32_t)o->n;
	return true;
}

const uint8_t *ik_offers_get(const struct ik_offers *o, uint32_t number, size_t *len,
                             uint8_t *major)
{
	const struct offer *row;

	*len = 0;
	if (number == 0 || number > o->n)
		return NULL;
	row = &o->rows[number - 1];
	*len = row->len;
	*major = row->major;
	return row->octets;
}

uint64_t ik_offers_lost(const struct ik_offers *o)
{
	return o->lost;
}

struct ik_suite ik_offers_suite(const struct ik_offers *o, uint32_t number)
{
	if (number == 0 || number > o->n)
		return (struct ik_suite){0};
	return o->suites[number - 1];
}
