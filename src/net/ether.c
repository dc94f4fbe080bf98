/*
 * Ethernet and what an EtherType announces: VLAN tags, PPPoE, MPLS.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

struct ethertype_row {
	uint16_t type;
	enum ik_layer layer;
};

/* clang-format off */
static const struct ethertype_row ethertypes[] = {
	{0x0800, IK_L_IPV4},
	{0x86dd, IK_L_IPV6},
	{0x8100, IK_L_VLAN},     /* IEEE 802.1Q */
	{0x88a8, IK_L_VLAN},     /* IEEE 802.1ad */
	{0x9100, IK_L_VLAN},     /* stacked tags before 802.1ad */
	{0x8864, IK_L_PPPOE},    /* RFC 2516 */
	{0x8847, IK_L_MPLS},     /* RFC 3032 */
	{0x8848, IK_L_MPLS},     /* RFC 5332 */
	{0x6558, IK_L_ETHERNET}, /* transparent Ethernet bridging, RFC 1701 */
	{0x880b, IK_L_PPP},      /* RFC 1701, RFC 2637 */
};
/* clang-format on */

enum ik_layer ik_ethertype_layer(uint16_t type)
{
	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++)
		if (ethertypes[i].type == type)
			return ethertypes[i].layer;
	return type <= 1500 ? IK_L_LLC : IK_L_NONE;
}

bool ik_ethertype_known(uint16_t type)
{
	return type > 1500 && ik_ethertype_layer(type) != IK_L_NONE;
}

enum ik_layer ik_ethernet(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 14);

	return h != NULL ? ik_ethertype_layer(ik_be16(h + 12)) : ik_cut_off(w, "Ethernet", NULL);
}

/* IEEE 802.2 with SNAP (RFC 1042): aa aa 03, organisation 0, EtherType. */
enum ik_layer ik_llc(struct ik_walk *w)
{
	static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};
	const uint8_t *h = ik_rd_take(&w->rd, 8);

	if (h == NULL || memcmp(h, snap, sizeof(snap)) != 0 || !ik_ethertype_known(ik_be16(h + 6)))
		return IK_L_NONE;
	return ik_ethertype_layer(ik_be16(h + 6));
}

/* IEEE 802.1Q: priority (3 bits), drop eligible (1), VLAN id (12); then the next EtherType. Up to
 * four tags make one wrapper. VLAN id 0 is a priority tag: no VLAN. */
enum ik_layer ik_vlan(struct ik_walk *w)
{
	uint16_t type = 0x8100;
	uint64_t ids = 0;
	enum ik_layer next = IK_L_VLAN;

	for (size_t i = 0; i < 4 && next == IK_L_VLAN; i++) {
		const uint8_t *h = ik_rd_take(&w->rd, 4);
		uint16_t id;

		if (h == NULL)
			return ik_cut_off(w, "VLAN", "IEEE 802.1Q 9.6");
		id = ik_be16(h) & 0xfff;
		type = ik_be16(h + 2);
		next = ik_ethertype_layer(type);
		if (id != 0 && id != w->erspan_vlan)
			ids = ids << 16 | id;
		w->erspan_vlan = 0;
	}
	if (ids != 0)
		ik_domains_wrap(w, ids > 0xffff ? IK_WRAP_QINQ : IK_WRAP_VLAN, ids);
	return next;
}

/*
 * RFC 2516 4:  | VER 1 | TYPE 1 | CODE (8) | SESSION_ID (16) |
 *              | LENGTH (16)               | payload: PPP    |
 */
enum ik_layer ik_pppoe(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 6);
	size_t length;

	if (h == NULL)
		return ik_cut_off(w, "PPPoE", "RFC 2516 4");
	if (h[0] != 0x11 || h[1] != 0)
		return IK_L_NONE;
	length = ik_be16(h + 4);
	if (length <= ik_wire_left(w))
		ik_bound(w, length);
	ik_domains_wrap(w, IK_WRAP_PPPOE, ik_be16(h + 2));
	return IK_L_PPP;
}

/* EtherType of an Ethernet header that would begin skip octets from here; 0 if not captured. */
static uint16_t type_ahead(const struct ik_walk *w, size_t skip)
{
	struct ik_rd ahead = w->rd;

	ik_rd_skip(&ahead, skip + 12);
	return ik_rd_u16(&ahead);
}

/* Nothing says what a label stack carries. An IP header whose length fits is IP; else a known
 * EtherType in the right place tells Ethernet, behind a control word (RFC 4448 4.6) or at once;
 * else the version decides (RFC 4928 3). */
static enum ik_layer guess_below_labels(struct ik_walk *w)
{
	struct ik_rd ahead = w->rd;
	const uint8_t *p = ik_rd_take(&ahead, 6);
	unsigned version = p != NULL ? p[0] >> 4 : 0;

	if (p == NULL)
		return IK_L_NONE;
	if (version == 4 && ik_be16(p + 2) == ik_wire_left(w))
		return IK_L_IPV4;
	if (version == 6 && ik_be16(p + 4) + (size_t)40 == ik_wire_left(w))
		return IK_L_IPV6;
	if (version == 0 && ik_ethertype_known(type_ahead(w, 4))) {
		ik_rd_skip(&w->rd, 4);
		return IK_L_ETHERNET;
	}
	if (ik_ethertype_known(type_ahead(w, 0)))
		return IK_L_ETHERNET;
	return version == 4 ? IK_L_IPV4 : version == 6 ? IK_L_IPV6 : IK_L_NONE;
}

/* RFC 3032 2.1: label (20 bits), traffic class (3), bottom of stack (1), TTL (8). The label at the
 * bottom is the one that names a VPN, but each direction has its own: it separates nothing. */
enum ik_layer ik_mpls(struct ik_walk *w)
{
	uint32_t entry;

	do {
		entry = ik_rd_u32(&w->rd);
		if (w->rd.bad)
			return ik_cut_off(w, "MPLS", "RFC 3032 2.1");
	} while ((entry & 0x100) == 0);
	ik_domains_wrap(w, IK_WRAP_MPLS, entry >> 12);
	return guess_below_labels(w);
}
