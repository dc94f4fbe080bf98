/*
 * Details of the steps of a view: the exchange by name, what a message in clear carried, and when
 * it was sent again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "base/buf.h"
#include "diag/difference.h"
#include "diag/ends.h"
#include "diag/view.h"
#include "iana/iana.h"

#define CARRIES 400

struct word {
	uint32_t bit;
	const char *text;
};

/* Payloads in the order of the table, not of the message: what decides comes first. SA, KE,
 * notifies and vendor ids say more than their name and are not here. */
#define V1(type) (UINT32_C(1) << (type))
#define V2(type) (UINT32_C(1) << ((type)-32))
static const struct word payloads_v1[] = {
        {V1(5), "ID"},      {V1(6), "CERT"},   {V1(7), "CERTREQ"}, {V1(8), "HASH"},
        {V1(9), "SIG"},     {V1(10), "nonce"}, {V1(12), "Delete"}, {V1(14), "attributes"},
        {V1(21), "NAT-OA"}, {0, NULL},
};
static const struct word payloads_v2[] = {
        {V2(35), "IDi"},  {V2(36), "IDr"},   {V2(37), "CERT"},   {V2(38), "CERTREQ"},
        {V2(39), "AUTH"}, {V2(40), "nonce"}, {V2(42), "Delete"}, {V2(44), "TSi"},
        {V2(45), "TSr"},  {V2(47), "CP"},    {V2(48), "EAP"},    {0, NULL},
};
/* clang-format off */
static const struct word notifies[] = {
	{IK_CAP_FRAGMENTATION, "IKEV2_FRAGMENTATION_SUPPORTED"},
	{IK_CAP_HASHES,        "SIGNATURE_HASH_ALGORITHMS"},
	{IK_CAP_INTERMEDIATE,  "INTERMEDIATE_EXCHANGE_SUPPORTED"},
	{IK_CAP_PPK,           "USE_PPK"},
	{IK_CAP_CHILDLESS,     "CHILDLESS_IKEV2_SUPPORTED"},
	{IK_CAP_MULTIPLE_AUTH, "MULTIPLE_AUTH_SUPPORTED"},
	{IK_CAP_REDIRECT,      "REDIRECT_SUPPORTED"},
	{0, NULL},
};
static const struct word vendors_v1[] = {
	{IK_CAP_NATT_RFC,      "NAT-T"},
	{IK_CAP_NATT_DRAFT,    "NAT-T draft"},
	{IK_CAP_FRAGMENTATION, "fragmentation"},
	{IK_CAP_DPD,           "DPD"},
	{IK_CAP_XAUTH,         "XAUTH"},
	{0, NULL},
};
/* clang-format on */

static void item(struct ik_buf *b, const char *text)
{
	ik_buf_puts(b, b->len > 0 ? "; " : "");
	ik_buf_puts(b, text);
}

static void items(struct ik_buf *b, uint32_t bits, const struct word *table)
{
	for (; table->text != NULL; table++)
		if ((bits & table->bit) != 0)
			item(b, table->text);
}

/* One word of a list that begins with lead. */
static void member(struct ik_buf *b, const char *lead, bool *begun, const char *text)
{
	if (*begun)
		ik_buf_puts(b, ", ");
	else
		item(b, lead);
	ik_buf_puts(b, text);
	*begun = true;
}

/* "VID NAT-T, DPD, strongSwan": the words that are set, and one more unless it is NULL. */
static void list(struct ik_buf *b, const char *lead, uint32_t bits, const struct word *table,
                 const char *more)
{
	bool begun = false;

	for (; table->text != NULL; table++)
		if ((bits & table->bit) != 0)
			member(b, lead, &begun, table->text);
	if (more != NULL)
		member(b, lead, &begun, more);
}

static void group(struct ik_buf *b, uint16_t number)
{
	char text[32];
	struct ik_buf g = IK_BUF_ON(text);

	ik_buf_printf(&g, "KE group %u", number);
	item(b, text);
}

static void put_carried(struct ik_buf *b, const struct ik_case *c, const struct ik_carried *k)
{
	const struct ik_vendor *vendor = ik_vendor_row(k->vid);
	const char *product = vendor != NULL ? vendor->name : NULL;
	bool v2 = k->major == 2;

	if (k->offer != 0) {
		item(b, "SA ");
		ik_words_offer_short(b, c->pair->assembly->tracker->offers, k->offer);
	} else if ((k->payloads & (v2 ? V2(33) : V1(1))) != 0) {
		item(b, "SA");
	}
	if (k->ke_group != 0)
		group(b, k->ke_group);
	else if (k->major == 1 && (k->payloads & V1(4)) != 0 && c->n->suite.group != 0)
		group(b, c->n->suite.group); /* the one that was chosen before */
	else if ((k->payloads & (v2 ? V2(34) : V1(4))) != 0)
		item(b, "KE");
	items(b, k->payloads, v2 ? payloads_v2 : payloads_v1);
	if ((k->caps & IK_CAP_NATD) != 0)
		item(b, "NAT-D");
	if (v2)
		list(b, "N ", k->caps, notifies, NULL);
	list(b, "VID ", v2 ? 0 : k->caps, vendors_v1, product);
}

/* The first of several fragments shows what is inside, so nothing is said where that one is
 * missing.
 */
static void put_inner(struct ik_buf *b, const struct ik_step *s)
{
	if (s->inner != 0)
		ik_view_inner(b, s->inner);
	else
		ik_buf_puts(b, (s->bits & IK_STEP_INCOMPLETE) != 0 ? "" : "empty");
}

static const struct ik_carried *carried_by(const struct ik_nego *n, uint32_t serial)
{
	for (size_t i = 0; i < n->n_carried; i++)
		if (n->carried[i].serial == serial)
			return &n->carried[i];
	return NULL;
}

static size_t copies_of(const struct ik_nego *n, uint32_t serial, struct ikescope_copy *out)
{
	size_t found = 0;

	for (size_t i = 0; i < n->n_copies; i++)
		if (n->copies[i].serial == serial)
			out[found++] = (struct ikescope_copy){.at = ik_at(n->copies[i].place),
			                                      .time = n->copies[i].time};
	return found;
}

static bool room_for_details(struct ik_view_space *space, size_t n)
{
	char *carries;
	struct ikescope_ends *ends;

	if (n <= space->cap_carries)
		return true;
	carries = (char *)realloc(space->carries, n * CARRIES);
	if (carries != NULL)
		space->carries = carries;
	ends = (struct ikescope_ends *)realloc(space->ends, n * sizeof(*ends));
	if (ends != NULL)
		space->ends = ends;
	if (carries == NULL || ends == NULL)
		return false;
	space->cap_carries = n;
	return true;
}

bool ik_view_details(struct ik_view_space *space, const struct ik_case *c, size_t n_steps)
{
	const struct ik_nego *n = c->n;
	size_t copies = 0;

	if (!room_for_details(space, n_steps))
		return false;
	ik_ends_make(space->ends, c);
	for (size_t i = 0; i < n_steps; i++) {
		const struct ik_carried *k = carried_by(n, n->steps[i].serial);
		struct ik_buf text = ik_buf_on(space->carries + i * CARRIES, CARRIES);
		struct ikescope_step *s = &space->steps[i];

		(void)ik_view_notify(&text, n, &n->steps[i]);
		if (k != NULL)
			put_carried(&text, c, k);
		else if (s->encrypted && n->version == 2)
			put_inner(&text, &n->steps[i]);
		s->carries = text.data;
		s->exchange = ik_iana_name(n->version == 2 ? &ik_reg_v2_exchange_types
		                                           : &ik_reg_v1_exchange_types,
		                           n->steps[i].exchange);
		s->ends = &space->ends[i];
		s->again = space->again + copies;
		s->n_again = copies_of(n, n->steps[i].serial, space->again + copies);
		copies += s->n_again;
	}
	return true;
}
