/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/nat.h"

#include "base/addr.h"

/* ---- what was found ------------------------------------------------------------------------- */

static bool same_address(const struct ik_nat_word *w)
{
	return ik_addr_eq(&w->here.addr, &w->hashed.addr);
}

bool ik_nat_forced(const struct ik_nat_word *w)
{
	return w->kind == IK_NAT_FOUND && w->hashed.port == 0;
}

bool ik_nat_invented(const struct ik_nat_word *w)
{
	return ik_nat_forced(w) && !same_address(w) && !ik_addr_private(&w->hashed.addr);
}

/* Who sends from one of the two ports behind which IKE is told from ESP knows which. */
bool ik_nat_confused(const struct ik_nat_word *w)
{
	uint16_t a = w->hashed.port, b = w->here.port;

	return w->kind == IK_NAT_FOUND && same_address(w) &&
	       ((a == 500 && b == 4500) || (a == 4500 && b == 500));
}

bool ik_nat_ports(const struct ik_nat_word *w)
{
	return w->kind == IK_NAT_FOUND && w->hashed.port != 0 && same_address(w) &&
	       !ik_nat_confused(w);
}

bool ik_nat_address(const struct ik_nat_word *w)
{
	return w->kind == IK_NAT_FOUND && w->hashed.port != 0 && !same_address(w);
}

static bool unexplained(const struct ik_nat_word *w)
{
	return w->kind == IK_NAT_NOWHERE || w->kind == IK_NAT_OPEN;
}

static bool translated(const struct ik_nat_word *w)
{
	return ik_nat_ports(w) || ik_nat_address(w);
}

enum ikescope_tri ik_nat_behind(const struct ik_nat *nat, enum ik_dir side, bool odd_port)
{
	const struct ik_nat_word *own = &nat->own[side], *known = &nat->known[side];

	if (translated(own) || translated(known) || unexplained(known))
		return IKESCOPE_YES;
	if (ik_nat_forced(own) && !ik_nat_invented(own) && !same_address(own))
		return IKESCOPE_YES;
	/* A hash that was made to differ proves nothing; a port that nobody uses by himself does.
	 */
	if (unexplained(own) || ik_nat_invented(own))
		return odd_port ? IKESCOPE_YES : IKESCOPE_UNKNOWN;
	/* Each hash is about one part of the path: what its sender has, and what its peer sees. */
	if (own->kind == IK_NAT_ABSENT || known->kind == IK_NAT_ABSENT)
		return odd_port ? IKESCOPE_YES : IKESCOPE_UNKNOWN;
	return IKESCOPE_NO;
}

struct ikescope_addr ik_nat_inside(const struct ik_nat *nat, enum ik_dir side)
{
	const struct ik_nat_word *own = &nat->own[side];

	if (ik_nat_behind(nat, side, false) == IKESCOPE_YES) {
		if (own->kind == IK_NAT_FITS)
			return own->here.addr;
		if (own->kind == IK_NAT_FOUND && !ik_nat_invented(own))
			return own->hashed.addr;
	}
	return (struct ikescope_addr){0};
}

/* IKEv2 daemons invent an address with port 0, which in one of 200 cases is a private one; IKEv1
 * ones do not. */
static enum ikescope_claim claim_of(const struct ik_nat_word *w, unsigned ike_version)
{
	if (unexplained(w))
		return IKESCOPE_POSSIBLE;
	if (ik_nat_confused(w))
		return IKESCOPE_LIKELY;
	return ike_version == 2 && ik_nat_forced(w) && !ik_nat_invented(w) && !same_address(w)
	               ? IKESCOPE_LIKELY
	               : IKESCOPE_CERTAIN;
}

bool ik_nat_claim(const struct ik_nat *nat, unsigned ike_version, enum ikescope_claim *claim)
{
	const struct ik_nat_word *words[] = {&nat->own[0], &nat->own[1], &nat->known[0],
	                                     &nat->known[1]};
	bool any = false;

	*claim = IKESCOPE_CERTAIN;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		enum ikescope_claim one = claim_of(words[i], ike_version);

		any |= words[i]->kind >= IK_NAT_FOUND;
		if (one < *claim)
			*claim = one;
	}
	return any;
}

/* ---- without a search ----------------------------------------------------------------------- */

/* The ports that a side may send from: those of IKE, none, and what stands in its packets. */
size_t ik_nat_ports_of(const struct ik_nego *n, const struct ik_path *path, enum ik_dir side,
                       uint16_t port[IK_NAT_PORTS])
{
	const bool floated = path->i.port == 4500 || path->r.port == 4500;
	const uint16_t usual[] = {floated ? 4500 : 500, floated ? 500 : 4500, 0, path->i.port,
	                          path->r.port};
	size_t count = 0;

	for (size_t i = 0; i < 5U + n->n_paths && count < IK_NAT_PORTS; i++) {
		const struct ik_path *other = i < 5 ? path : &n->paths[i - 5];
		uint16_t p = i < 5 ? usual[i] : side == IK_I2R ? other->i.port : other->r.port;
		size_t k = 0;

		while (k < count && port[k] != p)
			k++;
		if (k == count)
			port[count++] = p;
	}
	return count;
}

/* The addresses that the side has anywhere in the negotiation: captures on both sides of a NAT see
 * both. */
static void look_around(struct ik_nat_word *w, const struct ik_nego *n, struct ik_hashers *hashers,
                        enum ik_dir sender, bool source)
{
	enum ik_dir side = source == (sender == IK_I2R) ? IK_I2R : IK_R2I;
	uint16_t port[IK_NAT_PORTS];
	size_t ports = ik_nat_ports_of(n, ik_natd_path(n, sender), side, port);

	for (size_t p = 0; p <= n->n_paths; p++) {
		struct ikescope_endpoint e = w->here;

		if (p > 0)
			e.addr = side == IK_I2R ? n->paths[p - 1].i.addr : n->paths[p - 1].r.addr;
		if (p > 0 && ik_addr_eq(&e.addr, &w->here.addr))
			continue;
		for (size_t i = 0; i < ports; i++) {
			e.port = port[i];
			if (ik_natd_is(hashers, n, sender, source, &e) != IKESCOPE_YES)
				continue;
			w->kind = IK_NAT_FOUND;
			w->hashed = e;
			return;
		}
	}
}

static struct ik_nat_word word(const struct ik_nego *n, struct ik_hashers *hashers,
                               enum ik_dir sender, bool source)
{
	const struct ik_path *path = ik_natd_path(n, sender);
	struct ik_nat_word w = {.kind = IK_NAT_ABSENT};

	if (path == NULL)
		return w;
	w.here = source == (sender == IK_I2R) ? path->i : path->r;
	switch (ik_natd_is(hashers, n, sender, source, &w.here)) {
	case IKESCOPE_UNKNOWN: break;
	case IKESCOPE_YES: w.kind = IK_NAT_FITS; break;
	case IKESCOPE_NO: w.kind = IK_NAT_OPEN; look_around(&w, n, hashers, sender, source);
	}
	return w;
}

/* Both sides hash the same endpoint of one of them: neither knows of a NAT before it, and only a
 * packet came from elsewhere, as it does from a host of several addresses. */
static void agree(struct ik_nat_word *own, const struct ik_nat_word *known)
{
	if (known->kind == IK_NAT_FITS && ik_nat_address(own) &&
	    ik_endpoint_eq(&own->hashed, &known->here)) {
		own->kind = IK_NAT_FITS;
		own->here = own->hashed;
	}
}

struct ik_nat ik_nat_of(const struct ik_nego *n, struct ik_hashers *hashers)
{
	struct ik_nat nat = {
	        .own = {word(n, hashers, IK_I2R, true), word(n, hashers, IK_R2I, true)},
	        .known = {word(n, hashers, IK_R2I, false), word(n, hashers, IK_I2R, false)},
	};

	agree(&nat.own[IK_I2R], &nat.known[IK_I2R]);
	agree(&nat.own[IK_R2I], &nat.known[IK_R2I]);
	return nat;
}
