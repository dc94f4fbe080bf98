/* SPDX-License-Identifier: Apache-2.0 */
#include "session/guess.h"

#include <string.h>

#include "iana/iana.h"
#include "ike/decode.h"

#define IKE_SA_INIT 34
#define ORDER_MOST  4

/* How a message begins: the first item is its first one, the others follow in that order, perhaps
 * with more between them. Seen in captures of these implementations; the first row that fits. */
struct order {
	const char *implementation;
	uint8_t major;
	enum { ASKS = 1, ANSWERS = 2 } of;
	const char *vendor_id[ORDER_MOST]; /* names of the registry */
	uint16_t notify[ORDER_MOST];
};

/* clang-format off */
static const struct order orders[] = {
	{ "libreswan",  1, ASKS | ANSWERS, { "IKE Fragmentation", "Dead Peer Detection v1.0", "RFC 3947 NAT-T" },             { 0 } },
	{ "strongSwan", 1, ASKS | ANSWERS, { "XAUTH", "Dead Peer Detection v1.0", "RFC 3947 NAT-T" },                         { 0 } },
	{ "vpnc",       1, ASKS,           { "XAUTH", "Cisco Unity", "RFC 3947 NAT-T", "draft-ietf-ipsec-nat-t-ike-00" },     { 0 } },
	{ "strongSwan", 2, ASKS,           { NULL }, { 16388, 16389, 16431, 16406 } },
	{ "strongSwan", 2, ANSWERS,        { NULL }, { 16388, 16389, 16418, 16404 } },
	{ "libreswan",  2, ASKS | ANSWERS, { NULL }, { 16430, 16388, 16389 } },
};
/* clang-format on */

const char *const ik_guess_by_names[IK_GUESS_WAYS] = {
        [IK_GUESS_VENDOR_IDS] = "vendor-ids",
        [IK_GUESS_ORDER] = "order",
        [IK_GUESS_REPETITIONS] = "repetitions",
};

static void add(struct ik_guess *g, const char *name)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->name[i], name) == 0)
			return;
	if (g->n < IK_GUESS_NAMES)
		g->name[g->n++] = name;
}

struct ik_guess ik_guess_by_vendor_ids(const struct ik_msg *m)
{
	struct ik_guess g = {.n = 0};

	for (size_t i = 0; i < m->n_vid; i++) {
		const struct ik_vendor *row = ik_vendor_row(m->vid[i]);

		if (row != NULL && row->implementation != NULL)
			add(&g, row->implementation);
	}
	return g;
}

static bool vendor_ids_fit(const struct order *o, const struct ik_msg *m)
{
	size_t k = 0;

	for (size_t i = 0; i < m->n_vid && k < ORDER_MOST && o->vendor_id[k] != NULL; i++) {
		const struct ik_vendor *row = ik_vendor_row(m->vid[i]);

		if (row != NULL && strcmp(row->name, o->vendor_id[k]) == 0)
			k++;
		else if (k == 0)
			return false;
	}
	return k == ORDER_MOST || o->vendor_id[k] == NULL;
}

static bool notifies_fit(const struct order *o, const struct ik_msg *m)
{
	size_t k = 0;

	for (size_t i = 0; i < m->n_notify && k < ORDER_MOST && o->notify[k] != 0; i++) {
		if (m->notify[i].type == o->notify[k])
			k++;
		else if (k == 0)
			return false;
	}
	return k == ORDER_MOST || o->notify[k] == 0;
}

struct ik_guess ik_guess_by_order(const struct ik_msg *m)
{
	bool answer = m->major == 1 ? m->spi_r != 0 : (m->flags & IK_V2_FLAG_R) != 0;
	struct ik_guess g = {.n = 0};

	if (m->encrypted || (m->major == 2 && m->exchange != IKE_SA_INIT) ||
	    ik_guess_by_vendor_ids(m).n > 0)
		return g;
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const struct order *o = &orders[i];

		if (o->major != m->major || (o->of & (answer ? ANSWERS : ASKS)) == 0)
			continue;
		if (m->major == 1 ? vendor_ids_fit(o, m) : notifies_fit(o, m)) {
			add(&g, o->implementation);
			break;
		}
	}
	return g;
}

/* A response of IKEv2 is repeated when the request comes again: its gaps are those of the other
 * side (RFC 7296 2.1). In IKEv1 only the first message tells that nobody asked for it. */
struct ik_guess ik_guess_by_gaps(const struct ik_msg *m, const uint32_t *gaps, size_t n)
{
	bool responder = m->major == 2 && (m->flags & IK_V2_FLAG_I) == 0;
	struct ik_guess g = {.n = 0};

	if (m->major == 2 ? (m->flags & IK_V2_FLAG_R) == 0 : m->spi_r == 0)
		g.n = ik_schedules_find(m->major, responder, gaps, n, g.name, IK_GUESS_NAMES);
	return g;
}
