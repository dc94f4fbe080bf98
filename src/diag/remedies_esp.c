/*
 * Remedies for ESP that goes wrong under an SA that stands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/remedies.h"

#define LINUX_LOSS                                                                                 \
	"ip -s link show dev OUTSIDE\n"                                                            \
	"tc -s qdisc show dev OUTSIDE\n"                                                           \
	"cat /proc/net/xfrm_stat"
#define LINUX_MSS                                                                                  \
	"nft add rule inet filter forward tcp flags syn\n"                                         \
	"    tcp option maxseg size set MSS"

/* clang-format off */
static const struct ikescope_remedy spi[] = {
	{ IOS,  "show crypto ipsec sa peer <peer> | include spi|current\n"
	        "show logging | include INV_SPI\n"
	        "crypto isakmp invalid-spi-recovery\n"
	        "crypto isakmp keepalive 10 3 periodic" IOS_AGAIN },
	{ ASA,  "show crypto ipsec sa peer <peer>\n"
	        "show asp drop\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " isakmp keepalive threshold 10 retry 3" ASA_AGAIN_CHILD },
	{ SWAN, "swanctl --list-sas\n"
	        "cat /proc/net/xfrm_stat\n"
	        "connections { CONN { dpd_delay = 10s } }\n"
	        "in connections { CONN { children { ... } } }:\n"
	        "CHILD { dpd_action = restart }" SWAN_AGAIN_CHILD },
	{ LIBR, "ipsec trafficstatus\n"
	        "cat /proc/net/xfrm_stat\n"
	        "conn CONN\n"
	        " dpddelay=10s\n"
	        " dpdtimeout=60s\n"
	        " dpdaction=restart" LIBR_AGAIN },
	{ ANY,  "clear the SA on the end that goes on with the old one\n"
	        "dead peer detection on both ends shortens the hole next time" },
};

static const struct ikescope_remedy natt_esp[] = {
	{ IOS,  "show crypto ipsec sa peer <peer> | include settings\n"
	        "show running-config | include nat-transparency\n"
	        "crypto ipsec nat-transparency udp-encapsulation" IOS_AGAIN },
	{ ASA,  "show running-config all | include nat-traversal\n"
	        "show running-config crypto map | include nat-t-disable\n"
	        "crypto isakmp nat-traversal 20\n"
	        "no crypto map MAP 10 set nat-t-disable" ASA_AGAIN_CHILD },
	{ SWAN, "swanctl --list-sas\n"
	        "ip xfrm state\n"
	        "to carry ESP in UDP 4500 always, on both ends:\n"
	        "connections { CONN { encap = yes } }" SWAN_AGAIN },
	{ LIBR, "ipsec trafficstatus\n"
	        "ip xfrm state\n"
	        "to carry ESP in UDP 4500 always, on both ends:\n"
	        "conn CONN\n"
	        " encapsulation=yes" LIBR_AGAIN },
	{ ANY,  "clear the IKE SA on both ends, so that NAT detection runs again\n"
	        "permit IP protocol 50 and UDP 4500 in both directions" },
};

static const struct ikescope_remedy suite[] = {
	{ IOS,  "show crypto ipsec sa peer <peer> | include transform\n"
	        "a suite without the difference:\n"
	        "crypto ipsec transform-set TS esp-gcm 256" IOS_AGAIN },
	{ ASA,  "show crypto ipsec sa peer <peer>\n"
	        "another hash than SHA2-256 on both ends, or AES-GCM" ASA_AGAIN_CHILD },
	{ SWAN, "ip xfrm state\n"
	        "in connections { CONN { children { ... } } }:\n"
	        "CHILD { sha256_96 = no }\n"
	        "yes only for a peer that cannot do 128 bits" SWAN_AGAIN_CHILD },
	{ LIBR, "ip xfrm state\n"
	        "conn CONN\n"
	        " sha2-truncbug=no\n"
	        "yes only for a peer that cannot do 128 bits" LIBR_AGAIN },
	{ ANY,  "HMAC-SHA2-256 has an ICV of 128 bits in ESP (RFC 4868); old Linux\n"
	        "and Android kernels cut it to 96. AES-GCM, SHA-1 and SHA2-512 have\n"
	        "no such difference" },
};

static const struct ikescope_remedy loss[] = {
	{ IOS,  "show interfaces OUTSIDE | include drops|errors\n"
	        "show policy-map interface OUTSIDE\n"
	        "show crypto ipsec sa peer <peer> | include errors" },
	{ ASA,  "show interface OUTSIDE | include drops|errors\n"
	        "show asp drop\n"
	        "show crypto ipsec sa peer <peer>" },
	{ SWAN, LINUX_LOSS },
	{ LIBR, LINUX_LOSS },
	{ ANY,  "capture at both ends at one time: which numbers leave, which come\n"
	        "large packets missing and small ones not: see the MTU of the path" },
};

static const struct ikescope_remedy replay[] = {
	{ IOS,  "show crypto ipsec sa peer <peer> detail | include replay\n"
	        "crypto ipsec security-association replay window-size 1024" IOS_AGAIN },
	{ ASA,  "show crypto ipsec sa peer <peer> detail\n"
	        "crypto ipsec security-association replay window-size 1024" ASA_AGAIN_CHILD },
	{ SWAN, "grep Seq /proc/net/xfrm_stat\n"
	        "in connections { CONN { children { ... } } }:\n"
	        "CHILD { replay_window = 1024 }" SWAN_AGAIN_CHILD },
	{ LIBR, "grep Seq /proc/net/xfrm_stat\n"
	        "conn CONN\n"
	        " replay-window=1024" LIBR_AGAIN },
	{ ANY,  "the window is of the receiver\n"
	        "queues by class (QoS) behind the encryption put packets of one SA\n"
	        "out of order: queue before it, or use an SA for each class" },
};

static const struct ikescope_remedy tunnel_mtu[] = {
	{ IOS,  "show crypto ipsec sa peer <peer> | include mtu\n"
	        "on the tunnel interface, or the inside one with a crypto map:\n"
	        " ip mtu MTU\n"
	        " ip tcp adjust-mss MSS\n"
	        "crypto ipsec fragmentation before-encryption\n"
	        "crypto ipsec df-bit clear" },
	{ ASA,  "show crypto ipsec sa peer <peer> | include mtu\n"
	        "sysopt connection tcpmss MSS\n"
	        "crypto ipsec fragmentation before-encryption OUTSIDE\n"
	        "crypto ipsec df-bit clear-df OUTSIDE" },
	{ SWAN, "ip route get <peer>\n"
	        "in strongswan.conf, for the routes that it installs:\n"
	        "charon { plugins { kernel-netlink { mtu = MTU } } }\n"
	        "charon { plugins { kernel-netlink { mss = MSS } } }" SWAN_SETTINGS "\n" LINUX_MSS },
	{ LIBR, "ip route get <peer>\n"
	        "conn CONN\n"
	        " mtu=MTU" LIBR_AGAIN "\n" LINUX_MSS },
	{ ANY,  "MTU and MSS as computed above\n"
	        "permit ICMP type 3 code 4 and ICMPv6 type 2 on the whole path" },
};
/* clang-format on */

const struct ik_remedy_rows ik_remedies_spi = IK_REMEDIES(spi, 0, 0);
const struct ik_remedy_rows ik_remedies_natt_esp = IK_REMEDIES(natt_esp, 0, 0);
const struct ik_remedy_rows ik_remedies_suite = IK_REMEDIES(suite, 0, 0);
const struct ik_remedy_rows ik_remedies_loss = IK_REMEDIES(loss, 0, 0);
const struct ik_remedy_rows ik_remedies_replay = IK_REMEDIES(replay, 0, 0);
const struct ik_remedy_rows ik_remedies_tunnel_mtu = IK_REMEDIES(tunnel_mtu, 0, 0);
