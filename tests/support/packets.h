/*
 * Packets for tests, built from the inside out, and a sink that keeps what the network layer says.
 *
 *	struct pk p;
 *	pk_begin(&p, "hello", 5);
 *	pk_udp(&p, 500, 500);
 *	pk_ip4(&p, 17, "192.0.2.1", "192.0.2.2");
 *	pk_ethernet(&p, 0x0800);
 *	pk_feed(&seen, &p, 1);
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TEST_SUPPORT_PACKETS_H
#define TEST_SUPPORT_PACKETS_H

#include "net/net.h"

enum { PK_ROOM = 20000, PK_SEEN = 64, PK_KEPT = 4096 };

/* The octets of a packet stand at the end of the room. */
struct pk {
	uint8_t room[PK_ROOM];
	size_t len;
	ikescope_time time;
	uint16_t ip_id; /* of the next IPv4 header */
};

void pk_begin(struct pk *p, const void *payload, size_t n);

/* The same with n octets that count up from seed. */
void pk_begin_counting(struct pk *p, size_t n, unsigned seed);

const uint8_t *pk_octets(const struct pk *p);

/* Puts something in front: octets, big-endian numbers, zeros. */
void pk_push(struct pk *p, const void *octets, size_t n);
void pk_push16(struct pk *p, unsigned value);
void pk_push32(struct pk *p, uint32_t value);
void pk_push_zeros(struct pk *p, size_t n);

/* Puts zeros behind: Ethernet padding. */
void pk_pad(struct pk *p, size_t n);

/* Headers in front of what is there; addresses as text. */
void pk_udp(struct pk *p, unsigned sport, unsigned dport);
void pk_tcp(struct pk *p, unsigned sport, unsigned dport, uint32_t seq, uint32_t ack,
            unsigned flags);
void pk_ip4(struct pk *p, unsigned protocol, const char *src, const char *dst);
void pk_ip4_part(struct pk *p, unsigned protocol, unsigned offset, bool more, const char *src,
                 const char *dst);
void pk_ip6(struct pk *p, unsigned next, const char *src, const char *dst);
void pk_ip6_part(struct pk *p, unsigned next, unsigned offset, bool more, uint32_t id);
void pk_ip6_options(struct pk *p, unsigned next, size_t extra);
void pk_ethernet(struct pk *p, unsigned type);
void pk_vlan(struct pk *p, unsigned id, unsigned type);
void pk_gre(struct pk *p, unsigned type);
void pk_gre_sequence(struct pk *p, unsigned type);
void pk_erspan2(struct pk *p, unsigned session, unsigned vlan);
void pk_erspan3(struct pk *p, unsigned session, unsigned vlan);
void pk_vxlan(struct pk *p, uint32_t vni);
void pk_geneve(struct pk *p, uint32_t vni, unsigned type, size_t options);
void pk_pppoe(struct pk *p, unsigned session);
void pk_mpls(struct pk *p, uint32_t label, bool bottom);
void pk_ah(struct pk *p, unsigned next);

/* Everything that a sink was told; the first of each kind of report up to its room. */
struct pk_seen {
	struct ik_net *net;
	uint64_t frame; /* of the last packet fed */
	size_t n_datagrams, n_lost, n_problems;
	struct ik_datagram datagram[PK_SEEN];
	struct ik_icmp icmp[PK_SEEN];
	uint64_t frames[PK_SEEN][16];
	uint8_t data[PK_SEEN][PK_KEPT];
	struct ik_incomplete lost[PK_SEEN];
	uint8_t lost_data[PK_SEEN][64];
	struct ik_net_problem problem[PK_SEEN];
};

/* A network layer with these limits (NULL: the defaults) and extra ports; freed by pk_close(). */
struct pk_seen *pk_open(const struct ikescope_limits *limits, const uint16_t *ports,
                        size_t n_ports);
void pk_close(struct pk_seen *s);

/* Forgets what was told so far. */
void pk_forget(struct pk_seen *s);

/* Feeds a packet of a LINKTYPE_ as the next frame; the second form with a snap length. The octets
 * are copied to memory of exactly their size. */
void pk_feed(struct pk_seen *s, const struct pk *p, uint16_t link_type);
void pk_feed_snapped(struct pk_seen *s, const struct pk *p, uint16_t link_type, size_t captured);
void pk_feed_octets(struct pk_seen *s, const uint8_t *data, size_t captured, size_t length,
                    uint16_t link_type, ikescope_time time);

/* How many datagrams of a kind were seen. */
size_t pk_count(const struct pk_seen *s, enum ik_dg_kind kind);

/* The first datagram of a kind, NULL if none. */
const struct ik_datagram *pk_first(const struct pk_seen *s, enum ik_dg_kind kind);

/* Whether an address is the one of this text. */
bool pk_is(const struct ikescope_addr *a, const char *text);

#endif
