/*
 * Tunnels over IP: GRE, ERSPAN, VXLAN, Geneve, IP in IP.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

enum { GRE_CHECKSUM = 0x8000, GRE_ROUTING = 0x4000, GRE_KEY = 0x2000, GRE_SEQUENCE = 0x1000 };
enum { TYPE_ERSPAN = 0x88be, TYPE_ERSPAN_III = 0x22eb };

static enum ik_layer erspan_frame(struct ik_walk *w, enum ik_wrap_kind kind, const uint8_t *h)
{
	uint16_t vlan = ik_be16(h) & 0xfff;

	ik_domains_wrap(w, kind, ik_be16(h + 2) & 0x3ff);
	if (vlan != 0) {
		ik_domains_wrap(w, IK_WRAP_VLAN, vlan);
		w->erspan_vlan = vlan;
	}
	if ((ik_be16(h + 2) & 0x400) != 0)
		w->truncated = true;
	return IK_L_ETHERNET;
}

/*
 * ERSPAN type II (draft-foschiano-erspan 4.2); type I has no header and no GRE sequence number.
 *
 *  | Ver 1 (4) | VLAN (12) | COS (3) | En (2) | T (1) | Session ID (10) |
 *  | Reserved (12)         | Index (20)                                 |
 */
static enum ik_layer erspan(struct ik_walk *w, bool has_sequence)
{
	const uint8_t *h;

	if (!has_sequence) {
		ik_domains_wrap(w, IK_WRAP_ERSPAN_I, 0);
		return IK_L_ETHERNET;
	}
	h = ik_rd_take(&w->rd, 8);
	if (h == NULL)
		return ik_cut_off(w, "ERSPAN", NULL);
	if (h[0] >> 4 != 1)
		return IK_L_NONE;
	return erspan_frame(w, IK_WRAP_ERSPAN_II, h);
}

/*
 * ERSPAN type III (draft-foschiano-erspan 4.3).
 *
 *  | Ver 2 (4) | VLAN (12) | COS (3) | BSO (2) | T (1) | Session ID (10)   |
 *  | Timestamp (32)                                                         |
 *  | SGT (16)              | P (1) | FT (5) | Hw ID (6) | D | Gra (2) | O   |
 *  | with O: platform-specific subheader (64)                               |
 *
 * FT 0 is an Ethernet frame, FT 2 an IP packet.
 */
static enum ik_layer erspan_iii(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 12);
	enum ik_layer next;

	if (h != NULL && (h[11] & 1) != 0)
		ik_rd_skip(&w->rd, 8);
	if (h == NULL || w->rd.bad)
		return ik_cut_off(w, "ERSPAN", NULL);
	if (h[0] >> 4 != 2)
		return IK_L_NONE;
	next = erspan_frame(w, IK_WRAP_ERSPAN_III, h);
	return (h[10] >> 2 & 31) == 2 ? IK_L_RAW : next;
}

/*
 * RFC 2784 2.1, RFC 2890 2:
 *
 *  | C |   | K | S | Reserved (9) | Ver (3) | Protocol Type (16) |
 *  | Checksum (16)                          | Reserved (16)      |  with C
 *  | Key (32)                                                    |  with K
 *  | Sequence Number (32)                                        |  with S
 *
 * Version 1 is PPTP, whose payload is compressed PPP; source routes (RFC 1701) are extinct.
 */
enum ik_layer ik_gre(struct ik_walk *w)
{
	uint16_t flags, type;
	uint32_t key = 0;

	ik_other(w);
	flags = ik_rd_u16(&w->rd);
	type = ik_rd_u16(&w->rd);
	if ((flags & 7) != 0 || (flags & GRE_ROUTING) != 0)
		return IK_L_NONE;
	if ((flags & GRE_CHECKSUM) != 0)
		ik_rd_skip(&w->rd, 4);
	if ((flags & GRE_KEY) != 0)
		key = ik_rd_u32(&w->rd);
	if ((flags & GRE_SEQUENCE) != 0)
		ik_rd_skip(&w->rd, 4);
	if (w->rd.bad)
		return ik_cut_off(w, "GRE", "RFC 2784 2.1");
	if (type == TYPE_ERSPAN)
		return erspan(w, (flags & GRE_SEQUENCE) != 0);
	if (type == TYPE_ERSPAN_III)
		return erspan_iii(w);
	if (!ik_ethertype_known(type))
		return IK_L_NONE;
	ik_domains_wrap(w, (flags & GRE_KEY) != 0 ? IK_WRAP_GRE_KEY : IK_WRAP_GRE, key);
	return ik_ethertype_layer(type);
}

/*
 * RFC 7348 5:  | R|R|R|R|I|R|R|R | Reserved (24) |
 *              | VNI (24)        | Reserved (8)  |
 */
enum ik_layer ik_vxlan(struct ik_walk *w)
{
	const uint8_t *h;

	ik_other(w);
	h = ik_rd_take(&w->rd, 8);
	if (h == NULL)
		return ik_cut_off(w, "VXLAN", "RFC 7348 5");
	if ((h[0] & 0x08) == 0)
		return IK_L_NONE;
	ik_domains_wrap(w, IK_WRAP_VXLAN, ik_be32(h + 4) >> 8);
	return IK_L_ETHERNET;
}

/*
 * RFC 8926 3.4:  | Ver (2) | Opt Len (6) | O | C | Rsvd. (6) | Protocol Type (16) |
 *                | VNI (24)                                  | Reserved (8)       |
 *                | options, Opt Len times four octets                             |
 */
enum ik_layer ik_geneve(struct ik_walk *w)
{
	const uint8_t *h;

	ik_other(w);
	h = ik_rd_take(&w->rd, 8);
	if (h != NULL)
		ik_rd_skip(&w->rd, (size_t)(h[0] & 63) * 4);
	if (h == NULL || w->rd.bad)
		return ik_cut_off(w, "Geneve", "RFC 8926 3.4");
	if (h[0] >> 6 != 0 || !ik_ethertype_known(ik_be16(h + 2)))
		return IK_L_NONE;
	ik_domains_wrap(w, IK_WRAP_GENEVE, ik_be32(h + 4) >> 8);
	return ik_ethertype_layer(ik_be16(h + 2));
}

/* RFC 2003, RFC 2473, RFC 4213. */
enum ik_layer ik_ip_in_ip4(struct ik_walk *w)
{
	ik_other(w);
	ik_domains_wrap(w, IK_WRAP_IP_IN_IP, 0);
	return IK_L_IPV4;
}

enum ik_layer ik_ip_in_ip6(struct ik_walk *w)
{
	ik_other(w);
	ik_domains_wrap(w, IK_WRAP_IP_IN_IP, 0);
	return IK_L_IPV6;
}
