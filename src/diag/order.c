/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/order.h"

#include "base/addr.h"

/* Negotiations that are looked back at for a product. */
#define LOOK_BACK 64

/* ---- headers -------------------------------------------------------------------------------- */

const struct ik_step *ik_order_role(const struct ik_case *c, uint32_t from)
{
	for (size_t i = 0; (c->n->bits & IK_N_ROLE) != 0 && i < c->n->n_steps; i++)
		if (c->n->steps[i].serial >= from && (c->n->steps[i].bits & IK_STEP_ROLE) != 0)
			return &c->n->steps[i];
	return NULL;
}

/* A request whose octets decide whether it is another: whole, and captured whole. Id 0 may be that
 * of the exchange that sets message ids anew (RFC 6311 5.2), and fragments of a message may be cut
 * anew, smaller (RFC 7383 2.5.2). */
static bool counts(const struct ik_step *s)
{
	return ik_msg_counts(s->name) && s->mid != 0 && s->frag_total == 0 &&
	       (s->bits & (IK_STEP_ENCRYPTED | IK_STEP_SNAPPED)) == IK_STEP_ENCRYPTED;
}

const struct ik_step *ik_order_reused(const struct ik_case *c, const struct ik_step **before)
{
	const struct ik_nego *n = c->n;
	uint32_t most[2] = {0, 0};

	for (size_t i = 0; (n->bits & IK_N_ID_AGAIN) != 0 && i < n->n_steps; i++) {
		const struct ik_step *s = &n->steps[i];

		if (!counts(s))
			continue;
		if (s->mid > most[s->dir]) {
			most[s->dir] = s->mid;
			continue;
		}
		for (size_t k = i; k-- > 0;) {
			*before = &n->steps[k];
			if ((*before)->mid == s->mid && (*before)->dir == s->dir && counts(*before))
				return s;
		}
	}
	return NULL;
}

/* ---- the path ------------------------------------------------------------------------------- */

static const struct ik_step *step_at(const struct ik_nego *n, uint64_t place)
{
	for (size_t i = 0; i < n->n_steps; i++)
		if (n->steps[i].first == place)
			return &n->steps[i];
	return NULL;
}

static bool same(const struct ikescope_endpoint *a, const struct ikescope_endpoint *b)
{
	return a->port == b->port && ik_addr_eq(&a->addr, &b->addr);
}

/* From one path to the next one end stays where it is and the other does not. Both change with the
 * move to UDP 4500, which is none of these. What one capture holds of both sides of a NAT are two
 * paths as well. */
static bool moved(const struct ik_nego *n, const struct ik_path *a, const struct ik_path *b,
                  struct ik_order_move *out)
{
	bool i = same(&a->i, &b->i), r = same(&a->r, &b->r);
	enum ik_dir by = r ? IK_I2R : IK_R2I;
	const struct ik_step *first =
	        i != r && a->domain == b->domain ? step_at(n, b->first) : NULL;

	if (first == NULL || first->dir != by || n->up_time == IKESCOPE_TIME_NONE ||
	    first->first_time <= n->up_time)
		return false;
	if (out->count++ == 0) {
		out->from = a;
		out->to = b;
		out->first = first;
		out->by = by;
	}
	return true;
}

bool ik_order_move(const struct ik_case *c, struct ik_order_move *out)
{
	const struct ik_nego *n = c->n;

	out->count = 0;
	for (size_t k = 1; (n->bits & IK_N_MIRRORED) == 0 && k < n->n_paths; k++)
		(void)moved(n, &n->paths[k - 1], &n->paths[k], out);
	return out->count > 0;
}

bool ik_order_same_address(const struct ik_order_move *move)
{
	return move->by == IK_I2R ? ik_addr_eq(&move->from->i.addr, &move->to->i.addr)
	                          : ik_addr_eq(&move->from->r.addr, &move->to->r.addr);
}

/* ---- who answers ---------------------------------------------------------------------------- */

/* Answers of the two IKE versions or modes may carry other vendor ids of one product. */
static bool comparable(const struct ik_brief *a, const struct ik_brief *b)
{
	return b->product != NULL && a->version == b->version && a->mode == b->mode &&
	       ik_addr_eq(&a->r.addr, &b->r.addr);
}

/* The last comparable negotiation before one, no further back than least. */
static const struct ik_brief *before(const struct ik_case *c, const struct ik_brief *b,
                                     const struct ik_brief *least)
{
	while (b-- > least)
		if (comparable(c->brief, b))
			return b;
	return NULL;
}

static const struct ik_brief *least_of(const struct ik_case *c)
{
	size_t index = (size_t)(c->brief - c->pair->briefs);

	return c->brief - (index < LOOK_BACK ? index : LOOK_BACK);
}

const struct ik_brief *ik_order_product_before(const struct ik_case *c)
{
	return c->brief->product != NULL ? before(c, c->brief, least_of(c)) : NULL;
}

/* A name that begins with the other is more exact, and no other product. */
static bool differ(const char *a, const char *b)
{
	size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

	return strncmp(a, b, n) != 0;
}

static int64_t products(const struct ik_case *c)
{
	const struct ik_brief *last = ik_order_product_before(c);

	if (last == NULL || !differ(last->product, c->brief->product))
		return 0;
	for (const struct ik_brief *b = before(c, last, least_of(c)); b != NULL;
	     b = before(c, b, least_of(c)))
		if (!differ(b->product, c->brief->product))
			return 2;
	return 1;
}

/* ---- facts ---------------------------------------------------------------------------------- */

void ik_facts_of_order(struct ik_case *c)
{
	const struct ik_step *stalled = ik_nego_step(c->n, c->pos.serial), *before;
	struct ik_order_move move;

	if ((c->n->bits & IK_N_ROLE) != 0)
		c->fact[IK_F_ROLE] = stalled != NULL && (stalled->bits & IK_STEP_ROLE) != 0 ? 2 : 1;
	c->fact[IK_F_REUSED] = ik_order_reused(c, &before) != NULL;
	c->fact[IK_F_MOVED] = ik_order_move(c, &move) ? (int64_t)move.count : 0;
	c->fact[IK_F_PRODUCTS] = products(c);
}
