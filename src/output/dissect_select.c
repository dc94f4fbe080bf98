/*
 * Which messages are asked for: types by number or name, and those of one negotiation.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <ctype.h>

#include "base/addr.h"
#include "ike/decode.h"
#include "output/dissect.h"

/* An SA that was given up is seen once more by a second capture point (session/sa.c). */
#define LATE_COPIES (10 * IKESCOPE_SECOND)
#define FOUND       1 /* ends a walk */

/* ---- types by name ------------------------------------------------------------------------ */

/* What people call a type besides the names of the registries. */
struct alias {
	const char *name;
	uint8_t major, type;
};
static const struct alias exchange_alias[] = {
        {"Main", 1, 2},   {"Main Mode", 1, 2},   {"Aggressive Mode", 1, 4},
        {"Quick", 1, 32}, {"Transaction", 1, 6}, {"Config Mode", 1, 6},
        {"Info", 1, 5},   {"Info", 2, 37},       {NULL, 0, 0},
};
static const struct alias payload_alias[] = {
        {"Notify", 1, 11},
        {"CERTREQ", 1, 7},
        {"VID", 2, 43},
        {NULL, 0, 0},
};

static bool separates(char c)
{
	return c == ' ' || c == '-' || c == '_';
}

/* Whether text is the n characters of name, but for case and what separates words. */
static bool same_name(const char *text, const char *name, size_t n)
{
	const char *end = name + n;

	for (;; text++, name++) {
		while (separates(*text))
			text++;
		while (name < end && separates(*name))
			name++;
		if (*text == '\0' || name == end)
			return *text == '\0' && name == end;
		if (tolower((unsigned char)*text) != tolower((unsigned char)*name))
			return false;
	}
}

/* "Key Exchange (KE)" is that, "Key Exchange" and "KE". */
static bool called(const char *text, const char *name)
{
	const char *open = strchr(name, '('), *close = open != NULL ? strchr(open, ')') : NULL;

	if (same_name(text, name, strlen(name)))
		return true;
	return close != NULL && (same_name(text, name, (size_t)(open - name)) ||
	                         same_name(text, open + 1, (size_t)(close - open) - 1));
}

static void set(struct ikescope_types *types, unsigned major, unsigned type)
{
	types->bits[major - 1][type / 32] |= UINT32_C(1) << (type % 32);
}

/* Of less than a header the version is not known, and 0. */
bool ik_types_have(const struct ikescope_types *types, unsigned major, uint8_t type)
{
	return major != 0 && (types->bits[major - 1][type / 32] >> (type % 32) & 1) != 0;
}

/* A decimal number up to 255 is a type of either version. */
static bool add_number(struct ikescope_types *types, const char *text)
{
	unsigned value = 0;

	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9' || value > 255)
			return false;
		value = 10 * value + (unsigned)(*p - '0');
	}
	if (text[0] == '\0' || value > 255)
		return false;
	set(types, 1, value);
	set(types, 2, value);
	return true;
}

static bool add_registry(struct ikescope_types *types, unsigned major,
                         const struct ik_registry *reg, const char *text)
{
	bool found = false;

	for (size_t i = 0; i < reg->n; i++) {
		const struct ik_iana_row *row = &reg->rows[i];

		if (row->named && row->first < 256 && called(text, row->name)) {
			set(types, major, row->first);
			found = true;
		}
	}
	return found;
}

static bool add_alias(struct ikescope_types *types, const struct alias *row, const char *text)
{
	bool found = false;

	for (; row->name != NULL; row++)
		if (same_name(text, row->name, strlen(row->name))) {
			set(types, row->major, row->type);
			found = true;
		}
	return found;
}

/* The short names that the dissection itself prints. */
static bool add_short(struct ikescope_types *types, unsigned major, const char *text)
{
	bool found = false;

	for (unsigned type = 0; type < 256; type++) {
		const struct ik_payload *row = ik_payload_row(major, (uint8_t)type);

		if (row != NULL && same_name(text, row->name, strlen(row->name))) {
			set(types, major, type);
			found = true;
		}
	}
	return found;
}

bool ikescope_exchange_types_add(struct ikescope_types *types, const char *text)
{
	bool one, two, other;

	if (add_number(types, text))
		return true;
	one = add_registry(types, 1, &ik_reg_v1_exchange_types, text);
	two = add_registry(types, 2, &ik_reg_v2_exchange_types, text);
	other = add_alias(types, exchange_alias, text);
	return one || two || other;
}

bool ikescope_payload_types_add(struct ikescope_types *types, const char *text)
{
	bool found = false;

	if (add_number(types, text))
		return true;
	found |= add_registry(types, 1, &ik_reg_v1_payload_types, text);
	found |= add_registry(types, 2, &ik_reg_v2_payload_types, text);
	found |= add_short(types, 1, text);
	found |= add_short(types, 2, text);
	found |= add_alias(types, payload_alias, text);
	return found;
}

/* ---- one negotiation ---------------------------------------------------------------------- */

static int find(void *user, const struct ikescope_negotiation *n)
{
	struct ikescope_selection *s = (struct ikescope_selection *)user;

	if (n->id != s->id)
		return 0;
	s->found = true;
	s->initiator_spi = n->initiator_spi;
	s->responder_spi = n->responder_spi;
	s->first_time = n->first_time;
	s->last_time = n->last_time;
	for (size_t i = 0; i < n->n_paths && s->n_pairs < IKESCOPE_SELECTION_MOST; i++) {
		s->pair[s->n_pairs][0] = n->paths[i].initiator.addr;
		s->pair[s->n_pairs++][1] = n->paths[i].responder.addr;
	}
	return FOUND;
}

static int find_others(void *user, const struct ikescope_negotiation *n)
{
	struct ikescope_selection *s = (struct ikescope_selection *)user;

	if (n->initiator_spi == s->initiator_spi && n->id != s->id && n->responder_spi != 0 &&
	    s->n_other < IKESCOPE_SELECTION_MOST)
		s->other_spi[s->n_other++] = n->responder_spi;
	return 0;
}

int ikescope_select(struct ikescope *s, uint64_t id, struct ikescope_selection *selection)
{
	const struct ikescope_visitor first = {.negotiation = find}; /* brief ones have no paths */
	const struct ikescope_visitor second = {.negotiation = find_others, .brief = true};
	int rc;

	*selection = (struct ikescope_selection){.id = id};
	rc = ikescope_walk(s, &first, selection);
	if (rc != FOUND)
		return rc;
	return ikescope_walk(s, &second, selection);
}

static bool between(const struct ikescope_selection *s, const struct ik_dissected *m)
{
	const struct ikescope_addr *a = &m->source.addr, *b = &m->destination.addr;

	for (size_t i = 0; i < s->n_pairs; i++)
		if ((ik_addr_eq(a, &s->pair[i][0]) && ik_addr_eq(b, &s->pair[i][1])) ||
		    (ik_addr_eq(b, &s->pair[i][0]) && ik_addr_eq(a, &s->pair[i][1])))
			return true;
	return false;
}

/* Both SPIs name a negotiation. Before the responder's is settled (a first message, a cookie, a
 * refusal) addresses and time must do, too. */
static bool of_negotiation(const struct ikescope_selection *s, const struct ik_dissected *m,
                           const struct ik_msg *msg)
{
	if (!s->found || msg->spi_i != s->initiator_spi)
		return false;
	if (msg->spi_r != 0 && msg->spi_r == s->responder_spi)
		return true;
	for (size_t i = 0; msg->spi_r != 0 && i < s->n_other; i++)
		if (msg->spi_r == s->other_spi[i])
			return false;
	return between(s, m) && m->time >= s->first_time && m->time - s->last_time <= LATE_COPIES;
}

/* ---- the filters -------------------------------------------------------------------------- */

static bool of_peer(const struct ikescope_addr *peer, const struct ik_dissected *m)
{
	return peer->family == 0 || ik_addr_eq(peer, &m->source.addr) ||
	       ik_addr_eq(peer, &m->destination.addr);
}

static bool in_frames(const struct ikescope_dissect_options *o, const struct ik_dissected *m)
{
	uint64_t last = o->last_frame != 0 ? o->last_frame : UINT64_MAX;

	for (size_t i = 0; i < m->n_frames; i++)
		if (m->frames[i] >= o->first_frame && m->frames[i] <= last)
			return true;
	return false;
}

static bool has_payload(const struct ikescope_types *types, const struct ik_decoded *d)
{
	unsigned major = d->msg.major;

	for (size_t i = 1; i < d->fields.n; i++)
		if (ik_is_payload(d, i) &&
		    ik_types_have(types, major, (uint8_t)d->fields.row[i].value))
			return true;
	return d->msg.encrypted && ik_types_have(types, major, d->msg.inner_np);
}

bool ik_dissect_wanted(const struct ikescope_dissect_options *o, const struct ik_dissected *m,
                       const struct ik_decoded *outer, const struct ik_decoded *inner)
{
	const struct ik_msg *msg = &outer->msg;

	return of_peer(&o->peer, m) && in_frames(o, m) &&
	       (o->exchanges == NULL || ik_types_have(o->exchanges, msg->major, msg->exchange)) &&
	       (o->payloads == NULL || has_payload(o->payloads, outer) ||
	        (inner != NULL && has_payload(o->payloads, inner))) &&
	       (o->select == NULL || of_negotiation(o->select, m, msg));
}
