/*
 * The walk through one packet, shared by the decoders of src/net.
 *
 * A packet is a chain of layers. The decoder of each takes its header from the walk's reader,
 * cuts the reader to what the header says is inside, and names the layer that follows; the loop in
 * net.c calls the next one. There is no recursion, and every layer takes at least one octet or
 * counts towards the depth, so the walk ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_LAYER_H
#define IK_NET_LAYER_H

#include "base/addr.h"
#include "base/rd.h"
#include "net/domain.h"
#include "net/fragment.h"
#include "net/net.h"
#include "net/tcp.h"

enum ik_layer {
	IK_L_NONE, /* the walk is over */

	/* These count towards the limit tunnel_depth. */
	IK_L_ETHERNET,
	IK_L_LLC,
	IK_L_VLAN,
	IK_L_SLL,
	IK_L_SLL2,
	IK_L_LOOPBACK,
	IK_L_ENC,
	IK_L_RAW,
	IK_L_NFLOG,
	IK_L_PKTAP,
	IK_L_PPP,
	IK_L_PPP_DIR,
	IK_L_HDLC,
	IK_L_PPPOE,
	IK_L_MPLS,
	IK_L_GRE,
	IK_L_VXLAN,
	IK_L_GENEVE,
	IK_L_IP_IN_IP4,
	IK_L_IP_IN_IP6,
	IK_L_IPV4,
	IK_L_IPV6,
	IK_L_AH,

	/* These do not. */
	IK_L_EXTENSION,
	IK_L_FRAGMENT6,
	IK_L_UDP,
	IK_L_TCP,
	IK_L_ESP,
	IK_L_ICMP,
	IK_L_ICMP6,
	IK_L_OTHER,
	IK_L_COUNT,
};

enum ik_cap {
	IK_CAP_FRAGMENT_DATAGRAMS,
	IK_CAP_FRAGMENT_MEMORY,
	IK_CAP_TCP_STREAMS,
	IK_CAP_TUNNEL_DEPTH,
	IK_CAP_DOMAINS,
	IK_CAP_COUNT,
};

struct ik_net {
	struct ikescope_limits limits;
	struct ik_hash_key key;
	struct ik_net_sink sink;
	uint8_t *ports; /* one bit for each port that IKE uses besides 500 and 4500, or NULL */
	struct ik_domains domains;
	struct ik_fragments fragments;
	struct ik_streams streams;
	uint64_t lost[IK_CAP_COUNT];
	struct ik_datagram plain; /* the one that ik_plain() has in hand */
};

struct ik_walk {
	struct ik_net *n;
	const struct ikescope_packet *packet;
	struct ik_rd rd; /* the octets of this layer that were captured */
	size_t wire_end; /* where they end on the wire, >= rd.end, on the scale of rd.pos */
	size_t depth;
	void *whole;          /* memory of the reassembled datagram that rd is over, or NULL */
	uint16_t erspan_vlan; /* VLAN that the ERSPAN header has named already, or 0 */
	bool truncated;       /* the mirror cut the frame: lengths inside may go beyond wire_end */
	bool told;            /* the sink knows of this IP header */
	bool failed;          /* out of memory */
	struct ik_datagram dg;
};

/* Octets left on the wire. */
static inline size_t ik_wire_left(const struct ik_walk *w)
{
	return w->wire_end - w->rd.pos;
}

/* Cuts what follows to n octets on the wire; n <= ik_wire_left() unless the frame is truncated. */
static inline void ik_bound(struct ik_walk *w, size_t n)
{
	w->wire_end = w->rd.pos + n;
	if (w->rd.end > w->wire_end)
		w->rd.end = w->wire_end;
}

/* A header did not fit: a fault unless the snap length explains it. Always IK_L_NONE. */
enum ik_layer ik_cut_off(const struct ik_walk *w, const char *layer, const char *rfc);

/* A header at position at is wrong in a way that ends the walk. Always IK_L_NONE. */
enum ik_layer ik_malformed(const struct ik_walk *w, size_t at, const char *layer, const char *text,
                           const char *rfc);

/* Reports something wrong at position at of the walk's reader. */
void ik_trouble(const struct ik_walk *w, enum ik_net_trouble trouble, size_t at, const char *layer,
                const char *text, const char *rfc);

/* Hands the rest of the reader to the sink. */
void ik_emit(struct ik_walk *w, enum ik_dg_kind kind);

/* True for 500, 4500 and the ports of the options. */
static inline bool ik_is_ike_port(const struct ik_net *n, uint16_t port)
{
	return port == 500 || port == 4500 ||
	       (n->ports != NULL && (n->ports[port >> 3] >> (port & 7) & 1) != 0);
}

/* The layer of a LINKTYPE_, of an EtherType (or an IEEE 802.3 length), of an IP protocol. */
enum ik_layer ik_link_layer(uint32_t link_type);
enum ik_layer ik_ethertype_layer(uint16_t type);
enum ik_layer ik_next_protocol(struct ik_walk *w, uint8_t protocol);

/* Whether an EtherType leads to IP at all. */
bool ik_ethertype_known(uint16_t type);

/* The UDP tunnel of a destination port, IK_L_NONE if there is none. */
enum ik_layer ik_udp_tunnel(uint16_t dport);

/* Whether an IP protocol can lead to anything that matters, when the datagram is whole. */
bool ik_protocol_matters(uint8_t protocol);

/* Steps over the extension headers (not the fragment header) of an IPv6 packet that is only looked
 * at: protocol is the first and becomes the last. */
void ik_skip_extensions(struct ik_rd *rd, uint8_t *protocol);

/* Whether anything about a TCP segment with this payload can matter. */
static inline bool ik_tcp_matters(const struct ik_net *n, uint16_t sport, uint16_t dport,
                                  const uint8_t *data, size_t captured)
{
	if (n->streams.by_ports[ik_tcp_fold(sport, dport)] != 0)
		return true;
	if (captured == 0)
		return false;
	return (data[0] == 'I' && ik_tcp_prefix(data, captured) != 0) || ik_is_ike_port(n, dport) ||
	       ik_is_ike_port(n, sport);
}

/* The walk from the link layer on. False: out of memory. */
bool ik_walk_packet(struct ik_net *n, const struct ikescope_packet *packet);

/* The whole walk at one go, for what nearly all packets are; see plain.c. False, and nothing
 * emitted, where a packet is anything else. */
bool ik_plain(struct ik_net *n, const struct ikescope_packet *packet);

/* Takes the fragment that the walk's reader is at. The walk goes on in the whole datagram when
 * this fragment completes it, as IK_L_OTHER when it is foreign, and ends otherwise. */
enum ik_layer ik_fragment(struct ik_walk *w, const struct ik_fragment *f);

/* One decoder for each layer; they return the layer that follows. */
enum ik_layer ik_ethernet(struct ik_walk *w);
enum ik_layer ik_llc(struct ik_walk *w);
enum ik_layer ik_vlan(struct ik_walk *w);
enum ik_layer ik_sll(struct ik_walk *w);
enum ik_layer ik_sll2(struct ik_walk *w);
enum ik_layer ik_loopback(struct ik_walk *w);
enum ik_layer ik_enc(struct ik_walk *w);
enum ik_layer ik_raw(struct ik_walk *w);
enum ik_layer ik_nflog(struct ik_walk *w);
enum ik_layer ik_pktap(struct ik_walk *w);
enum ik_layer ik_ppp(struct ik_walk *w);
enum ik_layer ik_ppp_dir(struct ik_walk *w);
enum ik_layer ik_hdlc(struct ik_walk *w);
enum ik_layer ik_pppoe(struct ik_walk *w);
enum ik_layer ik_mpls(struct ik_walk *w);
enum ik_layer ik_gre(struct ik_walk *w);
enum ik_layer ik_vxlan(struct ik_walk *w);
enum ik_layer ik_geneve(struct ik_walk *w);
enum ik_layer ik_ip_in_ip4(struct ik_walk *w);
enum ik_layer ik_ip_in_ip6(struct ik_walk *w);
enum ik_layer ik_ipv4(struct ik_walk *w);
enum ik_layer ik_ipv6(struct ik_walk *w);
enum ik_layer ik_ah(struct ik_walk *w);
enum ik_layer ik_extension(struct ik_walk *w);
enum ik_layer ik_fragment6(struct ik_walk *w);
enum ik_layer ik_udp(struct ik_walk *w);
enum ik_layer ik_tcp(struct ik_walk *w);
enum ik_layer ik_esp(struct ik_walk *w);
enum ik_layer ik_icmp4(struct ik_walk *w);
enum ik_layer ik_icmp6(struct ik_walk *w);
enum ik_layer ik_other(struct ik_walk *w);

#endif
