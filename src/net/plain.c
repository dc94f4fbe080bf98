/*
 * The commonest packets at one go: Ethernet with or without a VLAN tag, IPv4 or IPv6 without
 * options, whole, and UDP, TCP or ESP. It saves most of the time that the walk through the layers
 * takes, and decides nothing that the walk would decide otherwise: whatever is odd, wrapped, cut or
 * contradicts itself is left to the walk from the beginning.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

enum { ETHERNET = 14, VLAN = 4, IPV4 = 20, IPV6 = 40, UDP = 8, TCP = 20 };

/* What is known of the packet on the way: position, octets captured and on the wire from there. */
struct at {
	const uint8_t *p;
	size_t captured, length;
};

static inline void step(struct at *a, size_t n)
{
	a->p += n;
	a->captured -= n;
	a->length -= n;
}

/* Cuts the packet to n octets on the wire; n <= length. */
static inline void bound(struct at *a, size_t n)
{
	a->length = n;
	a->captured = a->captured < n ? a->captured : n;
}

static bool ipv4(struct at *a, struct ik_datagram *dg)
{
	const uint8_t *h = a->p;
	size_t total;

	if (a->captured < IPV4 || h[0] != 0x45)
		return false;
	total = ik_be16(h + 2);
	if (total < IPV4 || total > a->length || (ik_be16(h + 6) & 0x3fff) != 0)
		return false;
	ik_addr_set4(&dg->src, h + 12);
	ik_addr_set4(&dg->dst, h + 16);
	dg->tos = h[1];
	dg->ttl = h[8];
	dg->ip_id = ik_be16(h + 4);
	dg->has_ip_id = dg->ip_id != 0;
	dg->ip_protocol = h[9];
	bound(a, total);
	step(a, IPV4);
	return true;
}

static bool ipv6(struct at *a, struct ik_datagram *dg)
{
	const uint8_t *h = a->p;
	size_t length;

	if (a->captured < IPV6 || h[0] >> 4 != 6)
		return false;
	length = ik_be16(h + 4);
	if (length == 0 || length > a->length - IPV6)
		return false;
	ik_addr_set6(&dg->src, h + 8);
	ik_addr_set6(&dg->dst, h + 24);
	dg->tos = (uint8_t)(ik_be16(h) >> 4);
	dg->ttl = h[7];
	dg->ip_id = 0;
	dg->has_ip_id = false;
	dg->ip_protocol = h[6];
	step(a, IPV6);
	bound(a, length);
	return true;
}

static bool udp(const struct ik_net *n, struct at *a, struct ik_datagram *dg)
{
	if (a->captured < UDP)
		return false;
	dg->sport = ik_be16(a->p);
	dg->dport = ik_be16(a->p + 2);
	if (!ik_is_ike_port(n, dg->dport) && !ik_is_ike_port(n, dg->sport))
		return ik_udp_tunnel(dg->dport) == IK_L_NONE;
	dg->kind = IK_DG_UDP;
	if (ik_be16(a->p + 4) != a->length)
		return false;
	step(a, UDP);
	return true;
}

static bool tcp(const struct ik_net *n, struct at *a, struct ik_datagram *dg)
{
	size_t header = a->captured < TCP ? 0 : (size_t)(a->p[12] >> 4) * 4;

	if (header < TCP || header > a->captured)
		return false;
	dg->sport = ik_be16(a->p);
	dg->dport = ik_be16(a->p + 2);
	step(a, header);
	return !ik_tcp_matters(n, dg->sport, dg->dport, a->p, a->captured);
}

static bool transport(const struct ik_net *n, struct at *a, struct ik_datagram *dg)
{
	dg->kind = IK_DG_OTHER;
	dg->sport = dg->dport = 0;
	switch (dg->ip_protocol) {
	case 6: return tcp(n, a, dg);
	case 17: return udp(n, a, dg);
	case 50: dg->kind = IK_DG_ESP; return true;
	default: return false;
	}
}

bool ik_plain(struct ik_net *n, const struct ikescope_packet *packet)
{
	struct at a = {packet->data, packet->captured, packet->length};
	struct ik_datagram *dg = &n->plain;
	unsigned type;
	uint16_t vlan = 0;

	if (packet->link_type != 1 || a.captured < ETHERNET + VLAN)
		return false;
	type = ik_be16(a.p + 12);
	step(&a, ETHERNET);
	if (type == 0x8100) {
		vlan = ik_be16(a.p) & 0xfff;
		type = ik_be16(a.p + 2);
		step(&a, VLAN);
	}
	if (!(type == 0x0800 ? ipv4(&a, dg) : type == 0x86dd && ipv6(&a, dg)) ||
	    !transport(n, &a, dg))
		return false;
	dg->domain = 0;
	if (vlan != 0 && !ik_domains_vlan(&n->domains, vlan, &dg->domain))
		return false;
	dg->snapped = a.captured < a.length;
	dg->data = a.p;
	dg->captured = a.captured;
	dg->length = a.length;
	dg->offset = (size_t)(a.p - packet->data);
	dg->fragments = 1;
	dg->frames = &packet->at.frame;
	dg->n_frames = 1;
	dg->icmp = NULL;
	dg->packet = packet;
	n->sink.datagram(n->sink.ctx, dg);
	return true;
}
