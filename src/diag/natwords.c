/*
 * What NAT detection proved, in words: the sentences of the finding and its evidence.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/addr.h"
#include "diag/cites.h"
#include "diag/nat.h"

static const char *name(enum ik_dir side)
{
	return side == IK_I2R ? "initiator" : "responder";
}

static const char *other(enum ik_dir side)
{
	return side == IK_I2R ? "responder" : "initiator";
}

static void put_endpoint(struct ik_buf *b, const struct ikescope_endpoint *e)
{
	ik_buf_addr(b, &e->addr);
	ik_buf_printf(b, " port %u", e->port);
}

static void sentence(struct ik_buf *b)
{
	ik_buf_puts(b, b->len > 0 ? " The " : "The ");
}

/* A hash of one's own address that fits neither it nor anything else that was tried. */
static void put_unexplained(struct ik_buf *b, const struct ik_nat_word *w, enum ik_dir side)
{
	ik_buf_printf(b, "hash that the %s sends of its own address fits ", name(side));
	if (w->kind == IK_NAT_OPEN)
		ik_buf_puts(b, "not ");
	else
		ik_buf_puts(b, "neither ");
	ik_buf_addr(b, &w->here.addr);
	if (w->kind == IK_NAT_NOWHERE)
		ik_buf_puts(b, w->all ? " nor any IPv4 address" : " nor any private address");
	ik_buf_puts(b,
	            ": it is behind NAT, or it makes the hash differ to force UDP encapsulation.");
}

static void put_own(struct ik_buf *b, const struct ik_nat_word *w, enum ik_dir side)
{
	if (w->kind < IK_NAT_FOUND)
		return;
	sentence(b);
	if (w->kind != IK_NAT_FOUND) {
		put_unexplained(b, w, side);
		return;
	}
	ik_buf_puts(b, name(side));
	if (ik_nat_address(w)) {
		ik_buf_puts(b, " is behind NAT: its inside address is ");
		put_endpoint(b, &w->hashed);
		ik_buf_puts(b, ", seen here as ");
		put_endpoint(b, &w->here);
	} else if (ik_nat_confused(w)) {
		ik_buf_printf(
		        b,
		        " sends the hash of its address with port %u, though it sends from port "
		        "%u: an error of some implementations",
		        w->hashed.port, w->here.port);
	} else if (ik_nat_ports(w)) {
		ik_buf_printf(b, " is behind a NAT that rewrites only its port: %u inside, %u here",
		              w->hashed.port, w->here.port);
	} else if (ik_nat_invented(w)) {
		ik_buf_puts(b, " forces UDP encapsulation: it sends the hash of ");
		put_endpoint(b, &w->hashed);
		ik_buf_puts(b, " for its own, invented as strongSwan does with encap = yes");
	} else if (ik_addr_eq(&w->here.addr, &w->hashed.addr)) {
		ik_buf_puts(b,
		            " forces UDP encapsulation: it sends the hash of its own address with "
		            "port 0, as libreswan does with encapsulation=yes");
	} else {
		ik_buf_puts(b, " forces UDP encapsulation: it sends the hash of ");
		put_endpoint(b, &w->hashed);
		ik_buf_puts(b, "; as libreswan does that, it is its inside address behind NAT");
	}
	ik_buf_putc(b, '.');
}

/* What a side knows the other by. One that forces encapsulation may do so in both of its hashes. */
static void put_known(struct ik_buf *b, const struct ik_nat *nat, enum ik_dir side)
{
	const struct ik_nat_word *w = &nat->known[side];

	if (w->kind < IK_NAT_FOUND ||
	    (ik_nat_forced(w) && ik_nat_forced(&nat->own[side == IK_I2R ? IK_R2I : IK_I2R])))
		return;
	sentence(b);
	ik_buf_puts(b, other(side));
	if (ik_nat_forced(w)) {
		ik_buf_printf(b,
		              " sends a hash of the %s with port 0: it forces UDP encapsulation.",
		              name(side));
		return;
	}
	ik_buf_printf(b, " knows the %s by ", name(side));
	if (w->kind == IK_NAT_FOUND)
		put_endpoint(b, &w->hashed);
	else
		ik_buf_puts(b, "another address or port");
	ik_buf_puts(b, " instead of ");
	put_endpoint(b, &w->here);
	ik_buf_puts(b, ik_nat_confused(w)        ? ": an error of some implementations."
	               : w->kind == IK_NAT_FOUND ? ": NAT between the two, beyond this point."
	                                         : ": that points to NAT beyond this point.");
}

void ik_words_nat(struct ik_buf *b, const struct ik_nat *nat)
{
	for (size_t i = 0; i < 2; i++) {
		enum ik_dir side = i == 0 ? IK_I2R : IK_R2I;

		put_own(b, &nat->own[i], side);
		put_known(b, nat, side);
	}
}

/* ---- evidence ------------------------------------------------------------------------------- */

static void put_evidence(struct ik_buf *b, const struct ik_nat_word *w, bool own)
{
	if (w->kind == IK_NAT_ABSENT)
		return;
	ik_buf_puts(b, own ? "of the source" : "; of the destination");
	ik_buf_puts(b, w->kind == IK_NAT_FITS || w->kind == IK_NAT_FOUND ? " is over "
	                                                                 : " is not over ");
	put_endpoint(b, w->kind == IK_NAT_FOUND ? &w->hashed : &w->here);
	if (w->kind == IK_NAT_NOWHERE)
		ik_buf_puts(b, w->all ? ", and over no IPv4 address"
		                      : ", and over no private address");
	if (w->kind == IK_NAT_NOWHERE)
		ik_buf_puts(b, " with a port that was tried");
}

static bool cite(const struct ik_case *c, enum ik_dir sender, struct ik_cited *out,
                 struct ik_buf *b)
{
	enum ik_dir peer = sender == IK_I2R ? IK_R2I : IK_I2R;

	if (c->nat == NULL || c->nat->own[sender].kind == IK_NAT_ABSENT)
		return false;
	ik_cited_frame(out, c->n->peer[sender].natd_place);
	ik_buf_printf(b, "the %s's NAT detection hash ", name(sender));
	put_evidence(b, &c->nat->own[sender], true);
	put_evidence(b, &c->nat->known[peer], false);
	return true;
}

bool ik_cite_natd_i(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	return cite(c, IK_I2R, out, b);
}

bool ik_cite_natd_r(const struct ik_case *c, struct ik_cited *out, struct ik_buf *b)
{
	return cite(c, IK_R2I, out, b);
}
