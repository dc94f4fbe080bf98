/*
 * Evidence about headers, paths and products: whose Initiator flag, which message id twice, where
 * messages come from, and who answers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "base/timefmt.h"
#include "diag/cites.h"
#include "diag/order.h"

static const struct ikescope_addr *sender(const struct ik_case *c, uint8_t dir)
{
	return dir == IK_I2R ? &c->n->i.addr : &c->n->r.addr;
}

bool ik_cite_role(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *s = ik_order_role(c, 0);
	bool began = (c->n->bits & IK_N_START_SEEN) != 0;

	if (s == NULL)
		return false;
	ik_cited_frame(out, c->n->first);
	for (const struct ik_step *k = s; k != NULL; k = ik_order_role(c, k->serial + 1))
		if (k->dir == s->dir)
			ik_cited_copies(out, c->n, k, IKESCOPE_TIME_NONE);
	ik_buf_addr(b, sender(c, IK_I2R));
	ik_buf_puts(b, began ? " began the IKE SA; "
	                     : " has the Initiator flag in the first message "
	                       "under these SPIs; ");
	ik_buf_puts(b, ik_msg_name((enum ik_msg_name)s->name));
	ik_buf_puts(b, " of ");
	ik_buf_addr(b, sender(c, s->dir));
	ik_buf_printf(b, " has the Initiator flag %s", s->dir == IK_I2R ? "cleared" : "set");
	return true;
}

bool ik_cite_reused(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *before, *s = ik_order_reused(c, &before);

	if (s == NULL)
		return false;
	ik_cited_frame(out, before->first);
	ik_cited_copies(out, c->n, s, IKESCOPE_TIME_NONE);
	ik_buf_printf(b, "message id %u of the %s: %s of %u octets, and ", s->mid,
	              s->dir == IK_I2R ? "initiator" : "responder",
	              ik_msg_name((enum ik_msg_name)before->name), before->length);
	ik_buf_seconds(b, s->first_time - before->first_time);
	ik_buf_printf(b, " s later %s of %u octets", ik_msg_name((enum ik_msg_name)s->name),
	              s->length);
	ik_buf_puts(b, s->length == before->length ? " with another content" : "");
	return true;
}

/* The last message of a side before another. */
static const struct ik_step *before(const struct ik_nego *n, const struct ik_step *s)
{
	const struct ik_step *found = NULL;

	for (const struct ik_step *k = n->steps; k < s; k++)
		if (k->dir == s->dir)
			found = k;
	return found;
}

bool ik_cite_moved(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_step *last;
	struct ik_order_move move;

	if (!ik_order_move(c, &move))
		return false;
	last = before(c->n, move.first);
	if (last != NULL)
		ik_cited_frame(out, last->last);
	ik_cited_frame(out, move.first->first);
	ik_buf_printf(b, "the %s came from ", move.by == IK_I2R ? "initiator" : "responder");
	ik_buf_endpoint(b, move.by == IK_I2R ? &move.from->i : &move.from->r);
	ik_buf_puts(b, " before, and from ");
	ik_buf_endpoint(b, move.by == IK_I2R ? &move.to->i : &move.to->r);
	if (last != NULL) {
		ik_buf_puts(b, " ");
		ik_buf_seconds(b, move.first->first_time - last->last_time);
		ik_buf_puts(b, " s behind its last message");
	}
	if (move.count > 1)
		ik_buf_printf(b, "; the first of %zu such changes", move.count);
	return true;
}

bool ik_cite_products(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	const struct ik_brief *last = ik_order_product_before(c);

	if (last == NULL)
		return false;
	ik_cited_frame(out, last->first);
	ik_cited_frame(out, c->n->first);
	ik_buf_addr(b, &c->n->r.addr);
	ik_buf_printf(
	        b, " answered as %s in negotiation %llu, by its vendor ids, and as %s in this one",
	        last->product, (unsigned long long)last->id, c->brief->product);
	return true;
}
