/*
 * ICMP and ICMPv6 errors and the packet that they quote. A quote may end eight octets behind its
 * IP header (RFC 792).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

/* Cuts the quote where it says that it ends; extensions (RFC 4884) or padding may follow. */
static void bound_quote(struct ik_rd *rd, size_t length)
{
	if (length < ik_rd_left(rd))
		rd->end = rd->pos + length;
}

static bool quoted_ipv4(struct ik_rd *rd, struct ik_icmp *icmp)
{
	size_t at = rd->pos, header, total;
	const uint8_t *h = ik_rd_take(rd, 20);

	if (h == NULL)
		return false;
	header = (size_t)(h[0] & 15) * 4;
	total = ik_be16(h + 2);
	if (header < 20 || (ik_be16(h + 6) & 0x1fff) != 0)
		return false;
	icmp->protocol = h[9];
	icmp->src = ik_addr4(h + 12);
	icmp->dst = ik_addr4(h + 16);
	ik_rd_skip(rd, header - 20);
	if (total >= header + 8 && !rd->bad)
		bound_quote(rd, total - (rd->pos - at));
	return !rd->bad;
}

static bool quoted_ipv6(struct ik_rd *rd, struct ik_icmp *icmp)
{
	const uint8_t *h = ik_rd_take(rd, 40), *fragment;

	if (h == NULL)
		return false;
	icmp->protocol = h[6];
	icmp->src = ik_addr6(h + 8);
	icmp->dst = ik_addr6(h + 24);
	if (ik_be16(h + 4) != 0)
		bound_quote(rd, ik_be16(h + 4));
	ik_skip_extensions(rd, &icmp->protocol);
	if (icmp->protocol != 44)
		return !rd->bad;
	fragment = ik_rd_take(rd, 8);
	if (fragment == NULL || (ik_be16(fragment + 2) & 0xfff8) != 0)
		return false;
	icmp->protocol = fragment[0];
	ik_skip_extensions(rd, &icmp->protocol);
	return !rd->bad;
}

/* Ports of UDP and TCP stand in the same place. Whether they are of IKE. */
static bool quoted_ports(const struct ik_walk *w, struct ik_rd *rd, struct ik_icmp *icmp)
{
	struct ikescope_endpoint a, b;

	icmp->sport = ik_rd_u16(rd);
	icmp->dport = ik_rd_u16(rd);
	icmp->has_ports = !rd->bad;
	if (rd->bad)
		return false;
	if (icmp->protocol == 17)
		return ik_is_ike_port(w->n, icmp->sport) || ik_is_ike_port(w->n, icmp->dport);
	if (icmp->sport == 4500 || icmp->dport == 4500)
		return true;
	a = (struct ikescope_endpoint){icmp->src, icmp->sport};
	b = (struct ikescope_endpoint){icmp->dst, icmp->dport};
	return ik_streams_follow(w->n, w->dg.domain, &a, &b);
}

/* What is left behind the header of UDP or TCP, as far as it was quoted. */
static void skip_transport(struct ik_rd *rd, struct ik_icmp *icmp)
{
	const uint8_t *offset;

	if (icmp->protocol == 17) {
		icmp->udp_length = ik_rd_u16(rd);
		ik_rd_skip(rd, 2);
		return;
	}
	ik_rd_skip(rd, 8);
	offset = ik_rd_take(rd, 1);
	ik_rd_skip(rd,
	           offset != NULL && offset[0] >> 4 >= 5 ? (size_t)(offset[0] >> 4) * 4 - 13 : 7);
}

/* Reads the quote; true if it is of a datagram that matters. */
static bool read_quote(const struct ik_walk *w, struct ik_rd rd, struct ik_icmp *icmp)
{
	unsigned version = ik_rd_left(&rd) != 0 ? rd.buf[rd.pos] >> 4 : 0;
	bool readable =
	        version == 4 ? quoted_ipv4(&rd, icmp) : version == 6 && quoted_ipv6(&rd, icmp);

	if (!readable)
		return false;
	switch (icmp->protocol) {
	case 6:
	case 17:
		if (!quoted_ports(w, &rd, icmp))
			return false;
		skip_transport(&rd, icmp);
		break;
	case 50:
	case 51: break;
	default: return false;
	}
	if (!rd.bad) {
		icmp->data = rd.buf + rd.pos;
		icmp->captured = ik_rd_left(&rd);
	}
	return true;
}

/* Type, code, checksum (2), four octets that depend on the type, the quote. unit is how many octets
 * the length of RFC 4884 counts by; it stands at octet at. */
static enum ik_layer quote_error(struct ik_walk *w, uint32_t mtu, size_t at, size_t unit)
{
	struct ik_rd rd = w->rd;
	const uint8_t *h = ik_rd_take(&rd, 8);
	struct ik_icmp icmp = {.mtu = mtu};

	if (h == NULL)
		return IK_L_OTHER;
	icmp.type = h[0];
	icmp.code = h[1];
	if (unit != 0 && h[at] != 0)
		bound_quote(&rd, h[at] * unit);
	if (!read_quote(w, rd, &icmp))
		return IK_L_OTHER;
	w->dg.icmp = &icmp;
	ik_emit(w, IK_DG_ICMP);
	w->dg.icmp = NULL;
	return IK_L_NONE;
}

/* RFC 792; RFC 1191 4: the next-hop MTU is in the last two octets. */
enum ik_layer ik_icmp4(struct ik_walk *w)
{
	struct ik_rd rd = w->rd;
	const uint8_t *h = ik_rd_take(&rd, 8);

	if (h == NULL)
		return IK_L_OTHER;
	switch (h[0]) {
	case 3: return quote_error(w, h[1] == 4 ? ik_be16(h + 6) : 0, 5, 4);
	case 4: return quote_error(w, 0, 0, 0);
	case 11:
	case 12: return quote_error(w, 0, 5, 4);
	default: return IK_L_OTHER;
	}
}

/* RFC 4443 3. */
enum ik_layer ik_icmp6(struct ik_walk *w)
{
	struct ik_rd rd = w->rd;
	const uint8_t *h = ik_rd_take(&rd, 8);

	if (h == NULL)
		return IK_L_OTHER;
	switch (h[0]) {
	case 1:
	case 3: return quote_error(w, 0, 4, 8);
	case 2: return quote_error(w, ik_be32(h + 4), 0, 0);
	case 4: return quote_error(w, 0, 0, 0);
	default: return IK_L_OTHER;
	}
}
