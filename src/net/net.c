/*
 * The walk through a packet: the table of layers and the loop over it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/net.h"

#include <stdlib.h>

#include "net/layer.h"

typedef enum ik_layer (*layer_fn)(struct ik_walk *w);

/* clang-format off */
static const layer_fn decoders[IK_L_COUNT] = {
	[IK_L_ETHERNET]  = ik_ethernet,
	[IK_L_LLC]       = ik_llc,
	[IK_L_VLAN]      = ik_vlan,
	[IK_L_SLL]       = ik_sll,
	[IK_L_SLL2]      = ik_sll2,
	[IK_L_LOOPBACK]  = ik_loopback,
	[IK_L_ENC]       = ik_enc,
	[IK_L_RAW]       = ik_raw,
	[IK_L_NFLOG]     = ik_nflog,
	[IK_L_PKTAP]     = ik_pktap,
	[IK_L_PPP]       = ik_ppp,
	[IK_L_PPP_DIR]   = ik_ppp_dir,
	[IK_L_HDLC]      = ik_hdlc,
	[IK_L_PPPOE]     = ik_pppoe,
	[IK_L_MPLS]      = ik_mpls,
	[IK_L_GRE]       = ik_gre,
	[IK_L_VXLAN]     = ik_vxlan,
	[IK_L_GENEVE]    = ik_geneve,
	[IK_L_IP_IN_IP4] = ik_ip_in_ip4,
	[IK_L_IP_IN_IP6] = ik_ip_in_ip6,
	[IK_L_IPV4]      = ik_ipv4,
	[IK_L_IPV6]      = ik_ipv6,
	[IK_L_AH]        = ik_ah,
	[IK_L_EXTENSION] = ik_extension,
	[IK_L_FRAGMENT6] = ik_fragment6,
	[IK_L_UDP]       = ik_udp,
	[IK_L_TCP]       = ik_tcp,
	[IK_L_ESP]       = ik_esp,
	[IK_L_ICMP]      = ik_icmp4,
	[IK_L_ICMP6]     = ik_icmp6,
	[IK_L_OTHER]     = ik_other,
};
/* clang-format on */

/* The name of a cap and its value in the limits. */
struct cap_row {
	const char *name;
	size_t offset;
};

#define CAP(field)                                                                                 \
	{                                                                                          \
#field, offsetof(struct ikescope_limits, field)                                    \
	}
static const struct cap_row caps[IK_CAP_COUNT] = {
        [IK_CAP_FRAGMENT_DATAGRAMS] = CAP(fragment_datagrams),
        [IK_CAP_FRAGMENT_MEMORY] = CAP(fragment_memory),
        [IK_CAP_TCP_STREAMS] = CAP(tcp_streams),
        [IK_CAP_TUNNEL_DEPTH] = CAP(tunnel_depth),
        [IK_CAP_DOMAINS] = CAP(domains),
};
#undef CAP

struct ik_net_cap ik_net_cap(const struct ik_net *n, size_t i)
{
	struct ik_net_cap cap = {.name = NULL, .value = 0, .lost = 0};

	if (i >= IK_CAP_COUNT)
		return cap;
	cap.name = caps[i].name;
	cap.lost = n->lost[i];
	memcpy(&cap.value, (const char *)&n->limits + caps[i].offset, sizeof(cap.value));
	return cap;
}

void ik_trouble(const struct ik_walk *w, enum ik_net_trouble trouble, size_t at, const char *layer,
                const char *text, const char *rfc)
{
	const struct ik_net_problem problem = {
	        .trouble = trouble,
	        .packet = w->packet,
	        .offset = w->whole != NULL ? 0 : at,
	        .layer = layer,
	        .text = text,
	        .rfc = rfc,
	};

	if (w->n->sink.problem != NULL)
		w->n->sink.problem(w->n->sink.ctx, &problem);
}

enum ik_layer ik_malformed(const struct ik_walk *w, size_t at, const char *layer, const char *text,
                           const char *rfc)
{
	ik_trouble(w, IK_NET_MALFORMED, at, layer, text, rfc);
	return IK_L_NONE;
}

enum ik_layer ik_cut_off(const struct ik_walk *w, const char *layer, const char *rfc)
{
	if (w->rd.end == w->wire_end && !w->truncated)
		ik_trouble(w, IK_NET_MALFORMED, w->rd.pos, layer,
		           "the packet ends inside the header", rfc);
	return IK_L_NONE;
}

void ik_emit(struct ik_walk *w, enum ik_dg_kind kind)
{
	struct ik_datagram *dg = &w->dg;

	dg->kind = kind;
	dg->data = w->rd.buf + w->rd.pos;
	dg->captured = ik_rd_left(&w->rd);
	dg->length = ik_wire_left(w);
	dg->snapped = dg->captured < dg->length;
	dg->offset = w->whole != NULL ? 0 : w->rd.pos;
	w->told = true;
	w->n->sink.datagram(w->n->sink.ctx, dg);
}

enum ik_layer ik_other(struct ik_walk *w)
{
	if (!w->told)
		ik_emit(w, IK_DG_OTHER);
	return IK_L_NONE;
}

static void too_deep(const struct ik_walk *w)
{
	w->n->lost[IK_CAP_TUNNEL_DEPTH]++;
	ik_trouble(w, IK_NET_DEPTH, w->rd.pos, "packet",
	           "more layers inside each other than the limit", NULL);
}

#define PLAIN_DEPTH 3 /* layers of what ik_plain() takes: Ethernet, VLAN and IP */

/* Out of the way of the packets that need none of it. */
__attribute__((noinline)) bool ik_walk_packet(struct ik_net *n,
                                              const struct ikescope_packet *packet)
{
	enum ik_layer layer = packet->captured != 0 ? ik_link_layer(packet->link_type) : IK_L_NONE;
	struct ik_walk w;

	w.n = n;
	w.packet = packet;
	w.rd = ik_rd_make(packet->data, packet->captured);
	w.wire_end = packet->length < packet->captured ? packet->captured : packet->length;
	w.depth = 0;
	w.whole = NULL;
	w.erspan_vlan = 0;
	w.truncated = w.told = w.failed = false;
	w.dg.domain = 0;
	w.dg.frames = &packet->at.frame;
	w.dg.n_frames = 1;
	w.dg.icmp = NULL;
	w.dg.packet = packet;
	while (layer != IK_L_NONE) {
		if (layer < IK_L_EXTENSION && w.depth++ >= n->limits.tunnel_depth) {
			too_deep(&w);
			break;
		}
		layer = decoders[layer](&w);
	}
	if (w.whole != NULL)
		free(w.whole);
	return !w.failed;
}

bool ik_net_packet(struct ik_net *n, const struct ikescope_packet *packet)
{
	if (n->fragments.table.count != 0 && packet->time > n->fragments.due)
		ik_fragments_expire(n, packet->time);
	return (n->limits.tunnel_depth >= PLAIN_DEPTH && ik_plain(n, packet)) ||
	       ik_walk_packet(n, packet);
}

static bool set_ports(struct ik_net *n, const uint16_t *ports, size_t n_ports)
{
	if (n_ports == 0)
		return true;
	n->ports = (uint8_t *)calloc(65536 / 8, 1);
	if (n->ports == NULL)
		return false;
	for (size_t i = 0; i < n_ports; i++)
		n->ports[ports[i] >> 3] |= (uint8_t)(1 << (ports[i] & 7));
	return true;
}

struct ik_net *ik_net_new(const struct ikescope_limits *limits, const struct ik_hash_key *key,
                          const uint16_t *ike_ports, size_t n_ike_ports,
                          const struct ik_net_sink *sink)
{
	struct ik_net *n = (struct ik_net *)calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->limits = *limits;
	n->key = *key;
	n->sink = *sink;
	if (!set_ports(n, ike_ports, n_ike_ports)) {
		free(n);
		return NULL;
	}
	return n;
}

void ik_net_free(struct ik_net *n)
{
	if (n == NULL)
		return;
	ik_fragments_free(&n->fragments);
	ik_streams_free(&n->streams);
	ik_domains_free(&n->domains);
	free(n->ports);
	free(n);
}

void ik_net_flush(struct ik_net *n)
{
	ik_fragments_flush(n);
}

const char *ik_net_domain(const struct ik_net *n, uint32_t domain)
{
	return ik_domains_text(&n->domains, domain);
}

const struct ik_wrapper *ik_net_wrapper(const struct ik_net *n, size_t i)
{
	return ik_domains_wrapper(&n->domains, i);
}
