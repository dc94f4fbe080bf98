/*
 * Link layers by LINKTYPE_: the table, and the headers that are not Ethernet.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

/* By LINKTYPE_ number. 12 and 14 are what BSDs write for raw IP (their DLT_RAW). */
struct link_row {
	const char *name;
	enum ik_layer layer;
};

/* clang-format off */
static const struct link_row links[] = {
	[0]   = {"NULL",              IK_L_LOOPBACK},
	[1]   = {"EN10MB",                  IK_L_ETHERNET},
	[9]   = {"PPP",                       IK_L_PPP},
	[12]  = {"RAW",                    IK_L_RAW},
	[14]  = {"RAW",                    IK_L_RAW},
	[50]  = {"PPP_SERIAL",       IK_L_PPP},
	[51]  = {"PPP_ETHER",                     IK_L_PPPOE},
	[101] = {"RAW",                    IK_L_RAW},
	[104] = {"C_HDLC",                IK_L_HDLC},
	[108] = {"LOOP",          IK_L_LOOPBACK},
	[109] = {"ENC",            IK_L_ENC},
	[113] = {"LINUX_SLL",   IK_L_SLL},
	[204] = {"PPP_WITH_DIR",        IK_L_PPP_DIR},
	[228] = {"IPV4",                  IK_L_IPV4},
	[229] = {"IPV6",                  IK_L_IPV6},
	[239] = {"NFLOG",               IK_L_NFLOG},
	[258] = {"PKTAP",               IK_L_PKTAP},
	[276] = {"LINUX_SLL2",   IK_L_SLL2},
};
/* clang-format on */

enum ik_layer ik_link_layer(uint32_t link_type)
{
	return link_type < sizeof(links) / sizeof(links[0]) ? links[link_type].layer : IK_L_NONE;
}

const char *ik_net_link_name(uint16_t link_type)
{
	return link_type < sizeof(links) / sizeof(links[0]) ? links[link_type].name : NULL;
}

/* Linux cooked capture v1, 16 octets: packet type, ARPHRD_ type, address length, address (8),
 * protocol. */
enum ik_layer ik_sll(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 16);

	return h != NULL ? ik_ethertype_layer(ik_be16(h + 14)) : ik_cut_off(w, "SLL", NULL);
}

/* Linux cooked capture v2, 20 octets: protocol, reserved, interface index (4), ARPHRD_ type,
 * packet type (1), address length (1), address (8). */
enum ik_layer ik_sll2(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 20);

	return h != NULL ? ik_ethertype_layer(ik_be16(h)) : ik_cut_off(w, "SLL2", NULL);
}

/* The address family of a BSD: four octets in the byte order of the machine that captured, which
 * the small numbers reveal. AF_INET6 is 24, 28 or 30 there, and 10 on Linux. */
static enum ik_layer family_layer(const uint8_t *p)
{
	uint32_t family = ik_be32(p);

	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2: return IK_L_IPV4;
	case 10:
	case 24:
	case 28:
	case 30: return IK_L_IPV6;
	default: return IK_L_NONE;
	}
}

enum ik_layer ik_loopback(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 4);

	return h != NULL ? family_layer(h) : ik_cut_off(w, "loopback", NULL);
}

/* enc(4), 12 octets: address family, SPI, flags. */
enum ik_layer ik_enc(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 12);

	return h != NULL ? family_layer(h) : ik_cut_off(w, "enc", NULL);
}

/* Raw IP: the version is the first half octet. */
enum ik_layer ik_raw(struct ik_walk *w)
{
	if (ik_rd_left(&w->rd) == 0)
		return IK_L_NONE;
	switch (w->rd.buf[w->rd.pos] >> 4) {
	case 4: return IK_L_IPV4;
	case 6: return IK_L_IPV6;
	default: return IK_L_NONE;
	}
}

/* One attribute of NFLOG: its length (with this header) and type, in the byte order of the machine
 * that captured. */
struct attribute {
	uint16_t length, type;
};

static struct attribute read_attribute(const uint8_t *p, bool little)
{
	if (little)
		return (struct attribute){(uint16_t)(p[1] << 8 | p[0]),
		                          (uint16_t)(p[3] << 8 | p[2])};
	return (struct attribute){ik_be16(p), ik_be16(p + 2)};
}

/* NFLOG: family, version, resource id (2), then attributes padded to four octets. Attribute 9 is
 * the packet from its IP header on. */
enum ik_layer ik_nflog(struct ik_walk *w)
{
	enum { PAYLOAD = 9, TYPES = 64 };
	bool little = true;

	ik_rd_skip(&w->rd, 4);
	for (bool first = true;; first = false) {
		const uint8_t *p = ik_rd_take(&w->rd, 4);
		struct attribute a;

		if (p == NULL)
			return ik_cut_off(w, "NFLOG", NULL);
		a = read_attribute(p, little);
		if (first && (a.length < 4 || a.type >= TYPES)) {
			little = false;
			a = read_attribute(p, little);
		}
		if (a.length < 4)
			return ik_malformed(w, w->rd.pos - 4, "NFLOG",
			                    "an attribute is shorter than its header", NULL);
		if (a.type == PAYLOAD) {
			if ((size_t)a.length - 4 <= ik_wire_left(w))
				ik_bound(w, (size_t)a.length - 4);
			return IK_L_RAW;
		}
		ik_rd_skip(&w->rd, ((size_t)a.length + 3) / 4 * 4 - 4);
	}
}

/* PKTAP: length of this header, what follows (1: a packet), DLT_ of the packet, then a description
 * of the interface and the process; little endian. */
enum ik_layer ik_pktap(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 12);
	uint32_t length;

	if (h == NULL)
		return ik_cut_off(w, "PKTAP", NULL);
	length = __builtin_bswap32(ik_be32(h));
	if (length < 12)
		return ik_malformed(w, w->rd.pos - 12, "PKTAP", "the header length is too small",
		                    NULL);
	ik_rd_skip(&w->rd, length - 12);
	if (w->rd.bad)
		return ik_cut_off(w, "PKTAP", NULL);
	return __builtin_bswap32(ik_be32(h + 4)) == 1
	               ? ik_link_layer(__builtin_bswap32(ik_be32(h + 8)))
	               : IK_L_NONE;
}

/* Cisco HDLC: address 0x0f or 0x8f, control 0, EtherType. */
enum ik_layer ik_hdlc(struct ik_walk *w)
{
	const uint8_t *h = ik_rd_take(&w->rd, 4);

	return h != NULL ? ik_ethertype_layer(ik_be16(h + 2)) : ik_cut_off(w, "HDLC", NULL);
}

static enum ik_layer ppp_protocol(uint16_t protocol)
{
	switch (protocol) {
	case 0x0021: return IK_L_IPV4;
	case 0x0057: return IK_L_IPV6;
	case 0x0281:
	case 0x0283: return IK_L_MPLS;
	default: return IK_L_NONE;
	}
}

/* PPP (RFC 1661 2, RFC 1662 3.1): address and control may be there or compressed away, the
 * protocol has one octet if that octet is odd. */
enum ik_layer ik_ppp(struct ik_walk *w)
{
	const uint8_t *p = w->rd.buf + w->rd.pos;
	size_t left = ik_rd_left(&w->rd);
	uint16_t protocol;

	if (left >= 2 && (p[0] == 0x0f || p[0] == 0x8f) && p[1] == 0)
		return IK_L_HDLC;
	if (left >= 2 && p[0] == 0xff && p[1] == 0x03)
		ik_rd_skip(&w->rd, 2);
	protocol = ik_rd_u8(&w->rd);
	if ((protocol & 1) == 0)
		protocol = (uint16_t)(protocol << 8 | ik_rd_u8(&w->rd));
	return w->rd.bad ? ik_cut_off(w, "PPP", "RFC 1661 2") : ppp_protocol(protocol);
}

/* One octet says who sent the frame. */
enum ik_layer ik_ppp_dir(struct ik_walk *w)
{
	ik_rd_skip(&w->rd, 1);
	return w->rd.bad ? IK_L_NONE : IK_L_PPP;
}
