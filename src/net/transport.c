/*
 * UDP, ESP and AH.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/layer.h"

enum ik_layer ik_udp_tunnel(uint16_t dport)
{
	switch (dport) {
	case 4789: return IK_L_VXLAN; /* RFC 7348 */
	case 8472: return IK_L_VXLAN; /* Linux before the port was assigned */
	case 6081: return IK_L_GENEVE;
	default: return IK_L_NONE;
	}
}

/* Cuts the payload to the UDP length (RFC 768); 0 is what offload and jumbograms leave. */
static void bound_udp(struct ik_walk *w, size_t at, size_t length)
{
	if (length == 0)
		return;
	if (length < 8)
		ik_trouble(w, IK_NET_MALFORMED, at, "UDP", "the length is less than the header",
		           "RFC 768");
	else if (length - 8 <= ik_wire_left(w) || w->truncated)
		ik_bound(w, length - 8);
	else
		ik_trouble(w, IK_NET_MALFORMED, at, "UDP",
		           "the length is beyond the end of the IP packet", "RFC 768");
}

/* RFC 768: source port, destination port, length, checksum. */
enum ik_layer ik_udp(struct ik_walk *w)
{
	size_t at = w->rd.pos;
	const uint8_t *h = ik_rd_take(&w->rd, 8);
	enum ik_layer tunnel;

	if (h == NULL) {
		(void)ik_cut_off(w, "UDP", "RFC 768");
		return IK_L_OTHER;
	}
	w->dg.sport = ik_be16(h);
	w->dg.dport = ik_be16(h + 2);
	if (ik_is_ike_port(w->n, w->dg.dport) || ik_is_ike_port(w->n, w->dg.sport)) {
		bound_udp(w, at + 4, ik_be16(h + 4));
		ik_emit(w, IK_DG_UDP);
		return IK_L_NONE;
	}
	tunnel = ik_udp_tunnel(w->dg.dport);
	return tunnel != IK_L_NONE ? tunnel : IK_L_OTHER;
}

enum ik_layer ik_esp(struct ik_walk *w)
{
	ik_emit(w, IK_DG_ESP);
	return IK_L_NONE;
}

/*
 * RFC 4302 2:
 *
 *  | Next Header (8) | Payload Len (8), in 32-bit words minus 2 | Reserved (16) |
 *  | SPI (32) | Sequence Number (32) | ICV                                       |
 */
enum ik_layer ik_ah(struct ik_walk *w)
{
	const uint8_t *h;

	ik_emit(w, IK_DG_AH);
	h = ik_rd_left(&w->rd) >= 4 ? w->rd.buf + w->rd.pos : NULL;
	if (h != NULL && ik_be16(h + 2) != 0)
		ik_trouble(w, IK_NET_MALFORMED, w->rd.pos + 2, "AH",
		           "the reserved octets are not 0", "RFC 4302 2.3");
	h = ik_rd_take(&w->rd, 12);
	if (h == NULL)
		return ik_cut_off(w, "AH", "RFC 4302 2");
	if (h[1] < 1)
		return ik_malformed(w, w->rd.pos - 11, "AH", "the length is less than the header",
		                    "RFC 4302 2.2");
	ik_rd_skip(&w->rd, ((size_t)h[1] - 1) * 4);
	if (w->rd.bad)
		return ik_cut_off(w, "AH", "RFC 4302 2");
	return ik_next_protocol(w, h[0]);
}
