/*
 * From a captured packet to the datagrams inside it: link layers and tunnels, IPv4 and IPv6 with
 * extension headers, fragment reassembly, UDP, ESP, AH, encapsulated IKE over TCP, ICMP errors.
 * Nothing here knows a negotiation; ports decide only what is worth passing on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_NET_NET_H
#define IK_NET_NET_H

#include "base/hash.h"
#include "ikescope/analysis.h"

enum ik_dg_kind {
	IK_DG_UDP,  /* a UDP datagram from or to an IKE port; data is the UDP payload */
	IK_DG_TCP,  /* one IKE or ESP message out of a TCP stream (RFC 9329); data begins behind the
	               length field, that is at the non-ESP marker or the ESP header */
	IK_DG_ESP,  /* IP protocol 50; data begins at the ESP header */
	IK_DG_AH,   /* IP protocol 51; data begins at the AH header */
	IK_DG_ICMP, /* an ICMP or ICMPv6 error that quotes a datagram of the kinds above */
	IK_DG_OTHER, /* any other IP packet: only the addresses and ip_protocol are of use */
};

/* What an ICMP error says and quotes. The quoted addresses are those of the quoted header. */
struct ik_icmp {
	uint8_t type, code; /* ICMP for IPv4, ICMPv6 for IPv6 */
	uint32_t mtu;       /* of "fragmentation needed" / "packet too big", else 0 */
	struct ikescope_addr src, dst;
	uint8_t protocol;      /* of the quoted packet: 17, 50, 51 or 6 */
	uint16_t sport, dport; /* where quoted, else 0 */
	uint16_t udp_length;   /* of the quoted UDP header, 0 none */
	bool has_ports;
	const uint8_t *data; /* quoted octets behind the UDP header or from the ESP header on */
	size_t captured;
};

/* One datagram. Pointers are valid during the callback. */
struct ik_datagram {
	enum ik_dg_kind kind;
	uint8_t ip_protocol;
	uint8_t ttl;    /* or hop limit */
	uint8_t tos;    /* or traffic class */
	bool has_ip_id; /* IPv4 with a non-zero identification, or a fragmented IPv6 */
	uint16_t ip_id;
	bool snapped;          /* the snap length of the capture cut this payload */
	uint16_t sport, dport; /* UDP and TCP */
	uint32_t domain;       /* wrapper stack: VLANs, VNIs, sessions; see ik_net_domain() */
	struct ikescope_addr src, dst;
	const uint8_t *data;
	size_t captured;        /* octets at data */
	size_t length;          /* octets on the wire, by the lengths of UDP or IP */
	size_t offset;          /* of data in the captured packet; 0 for a reassembled datagram */
	size_t fragments;       /* IP fragments it came in, 1 if it was whole */
	const uint64_t *frames; /* of every fragment, ascending; the last completes it */
	size_t n_frames;
	const struct ik_icmp *icmp;           /* for IK_DG_ICMP, else NULL */
	const struct ikescope_packet *packet; /* that completed it */
};

/* An IP datagram that never became whole: part of it was never captured. Reported when it times
 * out, is displaced by a cap, or the input ends. Only those that can matter are reported: whose
 * first fragment shows an IKE port or ESP, or whose first fragment is missing and whose protocol
 * is UDP, ESP or AH. */
struct ik_incomplete {
	uint32_t domain;
	struct ikescope_addr src, dst;
	uint8_t ip_protocol;
	bool has_first, has_last; /* fragment with offset 0, fragment with no more to follow */
	uint16_t sport, dport;    /* where has_first */
	uint32_t have, total;     /* octets of the IP payload; total 0: unknown, no last fragment */
	const uint8_t *data;      /* of the first fragment, behind the UDP header; NULL without */
	size_t captured;
	struct ikescope_at at; /* of the first fragment captured */
	ikescope_time time, last_time;
	const uint64_t *frames;
	size_t n_frames;
	bool displaced; /* given up because of a cap, not by time */
};

enum ik_net_trouble {
	IK_NET_OVERLAP, /* IP fragments overlap with different content; refused (RFC 5722, 3128) */
	IK_NET_MALFORMED, /* a header contradicts itself or the packet */
	IK_NET_DEPTH,     /* more layers inside each other than the limit */
};

/* Something wrong below IKE. offset is in the captured packet. */
struct ik_net_problem {
	enum ik_net_trouble trouble;
	const struct ikescope_packet *packet;
	size_t offset;
	const char *layer; /* "IPv4", "VXLAN", ... */
	const char *text;  /* what is wrong, static */
	const char *rfc;   /* "RFC 791 3.1", or NULL */
};

struct ik_net_sink {
	void *ctx;
	void (*datagram)(void *ctx, const struct ik_datagram *dg);
	void (*incomplete)(void *ctx, const struct ik_incomplete *lost);
	void (*problem)(void *ctx, const struct ik_net_problem *problem);
};

struct ik_net;

struct ik_net *ik_net_new(const struct ikescope_limits *limits, const struct ik_hash_key *key,
                          const uint16_t *ike_ports, size_t n_ike_ports,
                          const struct ik_net_sink *sink);
void ik_net_free(struct ik_net *n);

/* Takes one packet apart and calls the sink for what it finds. False: out of memory. */
bool ik_net_packet(struct ik_net *n, const struct ikescope_packet *packet);

/* Gives up every incomplete datagram (end of the last capture). */
void ik_net_flush(struct ik_net *n);

/* The wrapper stack of a domain number as text: "VLAN 100", "QinQ 10.20", "VXLAN 5001",
 * "ERSPAN 12 VLAN 7"; NULL for domain 0, a packet without any that separates tenants. */
const char *ik_net_domain(const struct ik_net *n, uint32_t domain);

/* Wrappers seen, as text for the art-encap artefact, with the first frame and a packet count:
 * VLAN, QinQ, PPPoE, MPLS, GRE, ERSPAN, VXLAN, Geneve, IP in IP. Row i or NULL beyond the last. */
struct ik_wrapper {
	const char *text; /* "VXLAN VNI 5001, 10.0.0.1 > 10.0.0.2", "VLAN 100" */
	const char *kind; /* "VXLAN" */
	struct ikescope_at first;
	uint64_t packets;
};
const struct ik_wrapper *ik_net_wrapper(const struct ik_net *n, size_t i);

/* Name of a LINKTYPE_ that the layer table knows, else NULL. */
const char *ik_net_link_name(uint16_t link_type);

/* How often a limit was reached, by limit name, for the report: row i; name NULL beyond the last.
 */
struct ik_net_cap {
	const char *name; /* "fragment_datagrams", "domains", ... */
	uint64_t value, lost;
};
struct ik_net_cap ik_net_cap(const struct ik_net *n, size_t i);

#endif
