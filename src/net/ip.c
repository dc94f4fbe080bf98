/*
 * IPv4, IPv6 and its extension headers, and the table of IP protocols.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

/* What an IP protocol number leads to; the others are IK_L_NONE here and IK_L_OTHER to the walk. */
/* clang-format off */
static const uint8_t protocols[256] = {
	[0]   = IK_L_EXTENSION,  /* hop-by-hop options, RFC 8200 4.3 */
	[1]   = IK_L_ICMP,
	[4]   = IK_L_IP_IN_IP4,
	[6]   = IK_L_TCP,
	[17]  = IK_L_UDP,
	[41]  = IK_L_IP_IN_IP6,
	[43]  = IK_L_EXTENSION,  /* routing, RFC 8200 4.4 */
	[44]  = IK_L_FRAGMENT6,
	[47]  = IK_L_GRE,
	[50]  = IK_L_ESP,
	[51]  = IK_L_AH,
	[58]  = IK_L_ICMP6,
	[60]  = IK_L_EXTENSION,  /* destination options, RFC 8200 4.6 */
	[135] = IK_L_EXTENSION,  /* mobility, RFC 6275 6.1 */
	[137] = IK_L_MPLS,       /* RFC 4023 */
	[143] = IK_L_ETHERNET,   /* RFC 8986 4.9 */
};
/* clang-format on */

enum ik_layer ik_next_protocol(struct ik_walk *w, uint8_t protocol)
{
	uint8_t layer = protocols[protocol];

	w->dg.ip_protocol = protocol;
	return layer != IK_L_NONE ? (enum ik_layer)layer : IK_L_OTHER;
}

bool ik_protocol_matters(uint8_t protocol)
{
	uint8_t layer = protocols[protocol];

	return layer != IK_L_NONE && layer != IK_L_TCP && layer != IK_L_ICMP && layer != IK_L_ICMP6;
}

static bool longer_than_frame(struct ik_walk *w, size_t at, const char *layer, const char *rfc)
{
	if (!w->truncated)
		ik_trouble(w, IK_NET_MALFORMED, at, layer,
		           "the length of the packet is beyond the end of the frame", rfc);
	return w->truncated;
}

/* Kept out of the way of packets that are whole. */
__attribute__((noinline)) static enum ik_layer fragment4(struct ik_walk *w, size_t at,
                                                         const uint8_t *h)
{
	const struct ik_fragment f = {
	        .at = at,
	        .id = ik_be16(h + 4),
	        .offset = (ik_be16(h + 6) & 0x1fffU) * 8,
	        .more = (h[6] & 0x20) != 0,
	        .protocol = h[9],
	};

	return ik_fragment(w, &f);
}

/*
 * RFC 791 3.1:
 *
 *  | Version (4) | IHL (4) | Type of Service (8) | Total Length (16)            |
 *  | Identification (16)                         | Flags (3) | Offset (13)      |
 *  | Time to Live (8)      | Protocol (8)        | Header Checksum (16)         |
 *  | Source Address (32)                                                        |
 *  | Destination Address (32)                                                   |
 *  | Options                                                                    |
 *
 * A total length of 0 is what segmentation offload leaves: the frame decides then.
 */
enum ik_layer ik_ipv4(struct ik_walk *w)
{
	struct ik_datagram *dg = &w->dg;
	size_t at = w->rd.pos, header, total;
	const uint8_t *h = ik_rd_take(&w->rd, 20);

	if (h == NULL)
		return ik_cut_off(w, "IPv4", "RFC 791 3.1");
	header = (size_t)(h[0] & 15) * 4;
	total = ik_be16(h + 2);
	if (h[0] >> 4 != 4 || header < 20)
		return ik_malformed(w, at, "IPv4", "wrong version or header length", "RFC 791 3.1");
	if (total != 0 && total < header)
		return ik_malformed(w, at + 2, "IPv4", "the total length is less than the header",
		                    "RFC 791 3.1");
	ik_addr_set4(&dg->src, h + 12);
	ik_addr_set4(&dg->dst, h + 16);
	dg->tos = h[1];
	dg->ttl = h[8];
	dg->ip_id = ik_be16(h + 4);
	dg->has_ip_id = dg->ip_id != 0;
	dg->sport = dg->dport = 0;
	dg->fragments = 1;
	w->told = false;
	ik_rd_skip(&w->rd, header - 20);
	if (w->rd.bad)
		return ik_cut_off(w, "IPv4", "RFC 791 3.1");
	if (total != 0 && (total - header <= ik_wire_left(w) ||
	                   longer_than_frame(w, at + 2, "IPv4", "RFC 791 3.1")))
		ik_bound(w, total - header);
	if ((ik_be16(h + 6) & 0x3fff) != 0)
		return fragment4(w, at, h);
	return ik_next_protocol(w, h[9]);
}

/*
 * RFC 8200 3:
 *
 *  | Version (4) | Traffic Class (8) | Flow Label (20)                |
 *  | Payload Length (16)             | Next Header (8) | Hop Limit (8) |
 *  | Source Address (128)                                              |
 *  | Destination Address (128)                                         |
 *
 * A payload length of 0 is a jumbogram (RFC 2675) or segmentation offload.
 */
enum ik_layer ik_ipv6(struct ik_walk *w)
{
	struct ik_datagram *dg = &w->dg;
	size_t at = w->rd.pos, length;
	const uint8_t *h = ik_rd_take(&w->rd, 40);

	if (h == NULL)
		return ik_cut_off(w, "IPv6", "RFC 8200 3");
	if (h[0] >> 4 != 6)
		return ik_malformed(w, at, "IPv6", "wrong version", "RFC 8200 3");
	length = ik_be16(h + 4);
	ik_addr_set6(&dg->src, h + 8);
	ik_addr_set6(&dg->dst, h + 24);
	dg->tos = (uint8_t)(ik_be16(h) >> 4);
	dg->ttl = h[7];
	dg->ip_id = 0;
	dg->has_ip_id = false;
	dg->sport = dg->dport = 0;
	dg->fragments = 1;
	w->told = false;
	if (length != 0 &&
	    (length <= ik_wire_left(w) || longer_than_frame(w, at + 4, "IPv6", "RFC 8200 3")))
		ik_bound(w, length);
	return ik_next_protocol(w, h[6]);
}

/* RFC 8200 4.3 to 4.6: next header, length in units of eight octets without the first. */
enum ik_layer ik_extension(struct ik_walk *w)
{
	const uint8_t *h;

	if (w->dg.src.family != 6)
		return IK_L_OTHER;
	h = ik_rd_take(&w->rd, 8);
	if (h != NULL)
		ik_rd_skip(&w->rd, (size_t)h[1] * 8);
	if (h == NULL || w->rd.bad)
		return ik_cut_off(w, "IPv6 extension header", "RFC 8200 4");
	return ik_next_protocol(w, h[0]);
}

void ik_skip_extensions(struct ik_rd *rd, uint8_t *protocol)
{
	while (protocols[*protocol] == IK_L_EXTENSION && !rd->bad) {
		*protocol = ik_rd_u8(rd);
		ik_rd_skip(rd, (size_t)ik_rd_u8(rd) * 8 + 6);
	}
}

/*
 * RFC 8200 4.5:
 *
 *  | Next Header (8) | Reserved (8) | Fragment Offset (13) | Res (2) | M |
 *  | Identification (32)                                                  |
 *
 * Offset 0 without M is an atomic fragment, a whole datagram (RFC 6946).
 */
enum ik_layer ik_fragment6(struct ik_walk *w)
{
	size_t at = w->rd.pos;
	const uint8_t *h;
	uint16_t field;

	if (w->dg.src.family != 6)
		return IK_L_OTHER;
	h = ik_rd_take(&w->rd, 8);
	if (h == NULL)
		return ik_cut_off(w, "IPv6 fragment header", "RFC 8200 4.5");
	field = ik_be16(h + 2);
	w->dg.has_ip_id = true;
	w->dg.ip_id = ik_be16(h + 6);
	if ((field & 0xfff9) == 0)
		return ik_next_protocol(w, h[0]);
	return ik_fragment(w, &(struct ik_fragment){
	                              .at = at,
	                              .id = ik_be32(h + 4),
	                              .offset = field & 0xfff8U,
	                              .more = (field & 1) != 0,
	                              .protocol = h[0],
	                      });
}
