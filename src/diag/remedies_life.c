/*
 * What to type, second half: phase 2, an SA that stood, and what is left.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/remedies.h"

/* clang-format off */
static const struct ikescope_remedy p2[] = {
	{ ASA,  "show running-config crypto ipsec\n"
	        "show running-config crypto map\n"
	        "show access-list ACL\n"
	        "crypto ipsec ikev1 transform-set TS esp-aes-256 esp-sha-hmac\n"
	        "crypto map MAP 10 set ikev1 transform-set TS\n"
	        "crypto map MAP 10 set pfs group14" ASA_AGAIN_CHILD },
	{ IOS,  "show crypto ipsec transform-set\n"
	        "show crypto map\n"
	        "show access-lists ACL\n"
	        "crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac\n"
	        " mode tunnel\n"
	        "crypto map MAP 10 ipsec-isakmp\n"
	        " set transform-set TS\n"
	        " set pfs group14\n"
	        "no set pfs if the other end has none" IOS_AGAIN },
	{ SWAN, "swanctl --list-conns\n"
	        "in connections { CONN { children { ... } } }:\n"
	        "CHILD { esp_proposals = aes256-sha256-modp2048 }\n"
	        "CHILD { local_ts = 10.1.0.0/16 }\n"
	        "CHILD { remote_ts = 10.2.0.0/16 }\n"
	        "CHILD { mode = tunnel }\n"
	        "a group in esp_proposals is PFS; without a group there is none" SWAN_AGAIN_CHILD },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " esp=aes256-sha2\n"
	        " pfs=yes\n"
	        " leftsubnet=10.1.0.0/16\n"
	        " rightsubnet=10.2.0.0/16\n"
	        " type=tunnel\n"
	        "PFS has the group of phase 1, unless esp= names one: aes256-sha2;dh14" LIBR_AGAIN },
	{ ANY,  "what one end calls local the other must call remote, with the same\n"
	        "masks; algorithms, key lengths, tunnel or transport mode and the\n"
	        "PFS group must agree" },
	{ ASA,  "show running-config crypto ipsec\n"
	        "show running-config crypto map\n"
	        "show access-list ACL\n"
	        "crypto ipsec ikev2 ipsec-proposal PROP\n"
	        " protocol esp encryption aes-256\n"
	        " protocol esp integrity sha-256\n"
	        "crypto map MAP 10 set ikev2 ipsec-proposal PROP\n"
	        "crypto map MAP 10 set pfs group14" ASA_AGAIN_CHILD },
};

static const struct ikescope_remedy dpd[] = {
	{ IOS,  "show crypto isakmp sa detail\n"
	        "crypto isakmp keepalive 30 5 periodic\n"
	        "30 s between checks, 5 s between repetitions of one" IOS_AGAIN },
	{ ASA,  "show running-config all tunnel-group <peer>\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " isakmp keepalive threshold 30 retry 5" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --list-sas\n"
	        "connections { CONN { dpd_delay = 30s } }\n"
	        "connections { CONN { dpd_timeout = 150s } }\n"
	        "in children { ... }: CHILD { dpd_action = restart }" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " dpddelay=30s\n"
	        " dpdtimeout=150s\n"
	        " dpdaction=restart" LIBR_AGAIN },
	{ ANY,  "look for the loss before the timers: ping the peer while it happens,\n"
	        "and see whether its ESP still arrives" },
	{ IOS,  "show crypto ikev2 sa detailed\n"
	        "crypto ikev2 profile PROFILE\n"
	        " dpd 30 5 periodic\n"
	        "30 s between checks, 5 s between repetitions of one" IOS_AGAIN },
	{ ASA,  "show running-config all tunnel-group <peer>\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " isakmp keepalive threshold 30 retry 5" ASA_AGAIN_V2 },
	{ SWAN, "swanctl --list-sas\n"
	        "connections { CONN { dpd_delay = 30s } }\n"
	        "in strongswan.conf: charon { retransmit_tries = 5 }\n"
	        "in children { ... }: CHILD { dpd_action = restart }" SWAN_SETTINGS SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " dpddelay=30s\n"
	        " retransmit-timeout=60s\n"
	        " dpdaction=restart" LIBR_AGAIN },
};

static const struct ikescope_remedy cookie[] = {
	{ IOS,  "show crypto ikev2 stats\n"
	        "show crypto ikev2 sa\n"
	        "crypto ikev2 cookie-challenge 100\n"
	        "the number of half-open SAs from which cookies are demanded" },
	{ ASA,  "show crypto ikev2 stats\n"
	        "show crypto ikev2 sa\n"
	        "crypto ikev2 cookie-challenge 50\n"
	        "the percentage of the SAs in negotiation; always and never exist" },
	{ SWAN, "swanctl --stats\n"
	        "in strongswan.conf:\n"
	        "charon { cookie_threshold = 30 }\n"
	        "charon { cookie_threshold_ip = 3 }\n"
	        "charon { block_threshold = 5 }\n"
	        "systemctl restart strongswan" },
	{ LIBR, "ipsec briefstatus\n"
	        "config setup\n"
	        " ddos-mode=auto\n"
	        " ddos-ike-threshold=25000\n"
	        " max-halfopen-ike=50000\n"
	        "ipsec restart\n"
	        "at once, until a restart: ipsec whack --ddos-unlimited, or --ddos-auto" },
	{ ANY,  "find who fills the responder with half-open SAs and filter it\n"
	        "if the demands go on: does a NAT change address or port in between?" },
};

static const struct ikescope_remedy ke[] = {
	{ IOS,  "show crypto ikev2 proposal\n"
	        "crypto ikev2 proposal PROP\n"
	        " group 19 14\n"
	        "the first group is the one that is tried first" IOS_AGAIN },
	{ ASA,  "show running-config crypto ikev2\n"
	        "crypto ikev2 policy 10\n"
	        " group 19 14" ASA_AGAIN_V2 },
	{ SWAN, "swanctl --list-conns\n"
	        "the first group of the first proposal is tried first:\n"
	        "connections { CONN { proposals = aes256-sha256-ecp256-modp2048 } }" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "the first group is the one that is tried first:\n"
	        "conn CONN\n"
	        " ike=aes256-sha2;dh19+dh14" LIBR_AGAIN },
	{ ANY,  "list the same first Diffie-Hellman group on both ends" },
};

static const struct ikescope_remedy reauth[] = {
	{ IOS,  "show crypto isakmp sa detail\n"
	        "crypto isakmp policy 10\n"
	        " lifetime 86400\n"
	        "a longer lifetime makes the gaps rarer" },
	{ ASA,  "show crypto ikev1 sa detail\n"
	        "crypto ikev1 policy 10\n"
	        " lifetime 86400\n"
	        "a longer lifetime makes the gaps rarer" },
	{ SWAN, "swanctl --list-sas\n"
	        "connections { CONN { rekey_time = 24h } }\n"
	        "swanctl --load-conns" },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " ikelifetime=24h\n"
	        "a longer lifetime makes the gaps rarer" LIBR_AGAIN },
	{ ANY,  "rekeying replaces keys without a gap; reauthentication needs one,\n"
	        "unless the new SA is made before the old one is broken" },
	{ IOS,  "show crypto ikev2 sa detailed\n"
	        "crypto ikev2 profile PROFILE\n"
	        " lifetime 86400\n"
	        "a longer lifetime makes the gaps rarer" },
	{ ASA,  "show crypto ikev2 sa detail\n"
	        "crypto ikev2 policy 10\n"
	        " lifetime seconds 86400\n"
	        "a longer lifetime makes the gaps rarer" },
	{ SWAN, "swanctl --list-sas\n"
	        "connections { CONN { reauth_time = 0 } }\n"
	        "connections { CONN { rekey_time = 4h } }\n"
	        "in strongswan.conf: charon { make_before_break = yes }" SWAN_SETTINGS
	        "\nswanctl --load-conns" },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " ikelifetime=24h\n"
	        "a longer lifetime makes the gaps rarer" LIBR_AGAIN },
};
/* pluto rekeys at command in IKEv2 alone. */
#define LIBR_REKEY                                                                                 \
	"ipsec trafficstatus\n"                                                                    \
	"ipsec status\n"                                                                           \
	"conn CONN\n"                                                                              \
	" esp=aes256-sha2;dh14\n"                                                                  \
	" pfs=yes\n"                                                                               \
	" salifetime=1h\n"                                                                         \
	" rekeymargin=9m"

static const struct ikescope_remedy rekey[] = {
	{ LIBR, LIBR_REKEY LIBR_AGAIN },
	{ IOS,  "show crypto ipsec sa peer <peer>\n"
	        "show crypto map\n"
	        "crypto map MAP 10 ipsec-isakmp\n"
	        " set pfs group14\n"
	        " set security-association lifetime seconds 3600\n"
	        "with a tunnel interface in its profile:\n"
	        "crypto ipsec profile PROFILE\n"
	        " set pfs group14" IOS_AGAIN },
	{ ASA,  "show vpn-sessiondb detail l2l\n"
	        "show running-config crypto map\n"
	        "crypto map MAP 10 set pfs group14\n"
	        "crypto map MAP 10 set security-association lifetime seconds 3600\n"
	        "against rekeying by volume:\n"
	        "crypto ipsec security-association lifetime kilobytes unlimited" ASA_AGAIN_CHILD },
	{ SWAN, "swanctl --list-sas\n"
	        "in connections { CONN { children { ... } } }:\n"
	        "CHILD { esp_proposals = aes256-sha256-modp2048 }\n"
	        "CHILD { rekey_time = 50m }\n"
	        "CHILD { life_time = 1h }\n"
	        "swanctl --load-conns\n"
	        "swanctl --rekey --child CHILD" },
	{ ANY,  "PFS groups must be equal: the first IKEv2 child is made without a\n"
	        "group of its own, so a difference shows only when it is rekeyed\n"
	        "IKEv2 lifetimes may differ; the shorter one starts the rekeying" },
	{ LIBR, LIBR_REKEY LIBR_AGAIN "\n"
	        "ipsec whack --rekey-ipsec --name CONN" },
};

static const struct ikescope_remedy esp[] = {
	{ IOS,  "show crypto ipsec sa peer <peer> | include encaps|decaps|error\n"
	        "show ip route REMOTE-NETWORK\n"
	        "show access-lists ACL\n"
	        "in the access list of the outside interface:\n"
	        " permit esp host <peer> host <local>\n"
	        "first in the access list of the NAT:\n"
	        " deny ip LOCAL-NETWORK WILDCARD REMOTE-NETWORK WILDCARD" IOS_AGAIN },
	{ ASA,  "show crypto ipsec sa peer <peer>\n"
	        "packet-tracer input inside icmp LOCAL-HOST 8 0 REMOTE-HOST\n"
	        "show nat\n"
	        "show access-list ACL\n"
	        "sysopt connection permit-vpn\n"
	        "one line, before other NAT rules:\n"
	        "nat (inside,outside) 1 source static LOCAL LOCAL\n"
	        "    destination static REMOTE REMOTE no-proxy-arp route-lookup" ASA_AGAIN_CHILD },
	{ SWAN, "swanctl --list-sas\n"
	        LINUX_ESP "\n"
	        "connections { CONN { encap = yes } }" SWAN_AGAIN },
	{ LIBR, "ipsec trafficstatus\n"
	        LINUX_ESP "\n"
	        "conn CONN\n"
	        " encapsulation=yes" LIBR_AGAIN },
	{ ANY,  "permit IP protocol 50 on the whole path, or carry ESP in UDP 4500\n"
	        "the routes of both sites must lead back into the tunnel" },
};

static const struct ikescope_remedy deleted[] = {
	{ IOS,  "show crypto session detail\n"
	        "show running-config | include idle-time\n"
	        "no crypto ipsec security-association idle-time\n"
	        "to keep traffic in the tunnel:\n"
	        "ip sla 1\n"
	        " icmp-echo REMOTE-HOST source-interface INSIDE\n"
	        "ip sla schedule 1 life forever start-time now" },
	{ ASA,  "show vpn-sessiondb detail l2l\n"
	        "show running-config all group-policy POLICY\n"
	        "group-policy POLICY attributes\n"
	        " vpn-idle-timeout none\n"
	        " vpn-session-timeout none\n"
	        "the idle timeout of a group policy is 30 minutes by default" },
	{ SWAN, "swanctl --list-conns\n"
	        "in connections { CONN { children { ... } } }:\n"
	        "CHILD { inactivity = 0s }\n"
	        "CHILD { start_action = trap }\n"
	        "CHILD { close_action = trap }\n"
	        "swanctl --load-conns\n"
	        "swanctl --initiate --child CHILD" },
	{ LIBR, "journalctl -u ipsec\n"
	        "ipsec status\n"
	        "conn CONN\n"
	        " auto=start\n"
	        " rekey=yes\n"
	        "auto=ondemand waits for traffic instead" LIBR_AGAIN },
	{ ANY,  "the log of the side that sent the Delete says why" },
};

static const struct ikescope_remedy mm3[] = {
	{ IOS,  "show crypto isakmp key\n"
	        "ping <peer> size 1400 df-bit\n"
	        "crypto isakmp key KEY address <peer>\n"
	        "if large packets are lost, a smaller group:\n"
	        "crypto isakmp policy 10\n"
	        " group 14" IOS_AGAIN },
	{ ASA,  "show running-config tunnel-group\n"
	        "ping outside <peer> size 1400\n"
	        "the name is the address of the peer as it arrives here, behind NAT:\n"
	        "tunnel-group <peer> type ipsec-l2l\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " ikev1 pre-shared-key KEY" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --log\n"
	        "ping -M do -s 1372 <peer>\n" SWAN_SECRET "\n"
	        "if large packets are lost, a smaller group:\n"
	        "connections { CONN { proposals = aes256-sha256-modp2048 } }" SWAN_AGAIN },
	{ LIBR, "journalctl -u ipsec\n"
	        "ping -M do -s 1372 <peer>\n"
	        LIBR_SECRET "\n"
	        "if large packets are lost, a smaller group:\n"
	        "conn CONN\n"
	        " ike=aes256-sha2;dh14" LIBR_SECRETS },
};

static const struct ikescope_remedy debug[] = {
	{ IOS,  "debug crypto condition peer ipv4 <peer>\n"
	        "debug crypto isakmp\n"
	        "debug crypto ipsec\n"
	        "when done:\n"
	        "undebug all\n"
	        "debug crypto condition reset" },
	{ ASA,  "debug crypto condition peer <peer>\n"
	        "debug crypto ikev1 127\n"
	        "capture IKE type isakmp interface outside\n"
	        "show capture IKE decode\n"
	        "when done:\n"
	        "undebug all\n"
	        "no capture IKE" },
	{ SWAN, "swanctl --log\n"
	        "in strongswan.conf:\n"
	        "charon { filelog { f { path = /var/log/charon.log } } }\n"
	        "charon { filelog { f { default = 1 } } }\n"
	        "charon { filelog { f { ike = 2 } } }\n"
	        "charon { filelog { f { cfg = 2 } } }\n"
	        "swanctl --reload-settings" },
	{ LIBR, "journalctl -fu ipsec\n"
	        "ipsec whack --debug base\n"
	        "when done:\n"
	        "ipsec whack --debug none\n"
	        "or for longer, and after a restart:\n"
	        "config setup\n"
	        " logfile=/var/log/pluto.log\n"
	        " plutodebug=base" },
	{ IOS,  "debug crypto condition peer ipv4 <peer>\n"
	        "debug crypto ikev2\n"
	        "debug crypto ipsec\n"
	        "when done:\n"
	        "undebug all\n"
	        "debug crypto condition reset" },
	{ ASA,  "debug crypto condition peer <peer>\n"
	        "debug crypto ikev2 protocol 127\n"
	        "debug crypto ikev2 platform 127\n"
	        "capture IKE type isakmp interface outside\n"
	        "show capture IKE decode\n"
	        "when done:\n"
	        "undebug all\n"
	        "no capture IKE" },
};
static const struct ikescope_remedy source[] = {
	{ IOS,  "show ip route <peer>\n"
	        "show crypto map\n"
	        "crypto map MAP local-address INTERFACE\n"
	        "the peer has to know this box by the address of INTERFACE" IOS_AGAIN },
	{ ASA,  "show route <peer>\n"
	        "show running-config crypto map\n"
	        "an ASA answers from the interface that was asked: let the peer ask that\n"
	        "address, and let the route to the peer lead out there" },
	{ SWAN, "ip route get <peer> from <local>\n"
	        "swanctl --list-conns\n"
	        "connections { CONN { local_addrs = ADDRESS } }" SWAN_AGAIN },
	{ LIBR, "ip route get <peer> from <local>\n"
	        "ipsec status\n"
	        "conn CONN\n"
	        " left=ADDRESS" LIBR_AGAIN },
	{ ANY,  "the address that is asked has to be the one that answers: look for a\n"
	        "second uplink, a virtual address, or a source NAT of the box's own\n"
	        "packets, and route answers out of the link that the request came in" },
};

static const struct ikescope_remedy smaller[] = {
	{ IOS,  "show crypto isakmp policy\n"
	        "no crypto isakmp policy NUMBER, for those that nobody needs\n"
	        "crypto isakmp policy 10\n"
	        " group 14" IOS_AGAIN },
	{ ASA,  "show running-config crypto ikev1\n"
	        "no crypto ikev1 policy NUMBER, for those that nobody needs" ASA_AGAIN_V1 },
	{ ANY,  "fewer proposals and a smaller group make the first message small: one\n"
	        "suite that both ends have, elliptic curves instead of a large MODP group\n"
	        "let firewalls and NATs on the path pass IP fragments" },
	{ SWAN, "swanctl --list-conns\n"
	        "connections { CONN { proposals = aes256-sha256-ecp256 } }" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " ike=aes256-sha2;dh19" LIBR_AGAIN },
	{ IOS,  "show crypto ikev2 proposal\n"
	        "crypto ikev2 proposal PROP\n"
	        " encryption aes-cbc-256\n"
	        " integrity sha256\n"
	        " group 19" IOS_AGAIN },
	{ ASA,  "show running-config crypto ikev2\n"
	        "no crypto ikev2 policy NUMBER, for those that nobody needs" ASA_AGAIN_V2 },
};

static const struct ikescope_remedy load[] = {
	{ IOS,  "show processes cpu sorted\n"
	        "show crypto eli\n"
	        "crypto call admission limit ike in-negotiation-sa 40" IOS_AGAIN },
	{ ASA,  "show cpu usage\n"
	        "show crypto accelerator statistics" },
	{ SWAN, "swanctl --stats\n"
	        "in strongswan.conf: charon { threads = 32 }\n"
	        "charon { dos_protection = yes }\n"
	        "systemctl restart strongswan" },
	{ LIBR, "ipsec briefstatus\n"
	        "config setup\n"
	        " nhelpers=NUMBER\n"
	        "ipsec restart" },
	{ ANY,  "a smaller group, elliptic curves, or hardware that computes them\n"
	        "fewer initiators at the same time; longer timers on the initiator" },
};

static const struct ikescope_remedy redirected[] = {
	{ IOS,  "show crypto ikev2 cluster\n"
	        "show running-config | section crypto ikev2\n"
	        "on the client: crypto ikev2 redirect client max-redirects 5" },
	{ ASA,  "show vpn load-balancing\n"
	        "show running-config vpn load-balancing" },
	{ SWAN, "in strongswan.conf: charon { follow_redirects = yes }" SWAN_SETTINGS },
	{ LIBR, "the one that redirects, in config setup: global-redirect=\n"
	        "and global-redirect-to=\n"
	        "conn CONN on the client\n"
	        " accept-redirect=yes" LIBR_AGAIN },
	{ ANY,  "the initiator must take redirections, reach the other gateway, and\n"
	        "accept that gateway's identity" },
};

/* clang-format on */

const struct ik_remedy_rows ik_remedies_p2 = IK_REMEDIES(p2, 1, 1);
const struct ik_remedy_rows ik_remedies_dpd = IK_REMEDIES(dpd, 4, 4);
const struct ik_remedy_rows ik_remedies_cookie = IK_REMEDIES(cookie, 0, 0);
const struct ik_remedy_rows ik_remedies_ke = IK_REMEDIES(ke, 0, 0);
const struct ik_remedy_rows ik_remedies_rekey = IK_REMEDIES(rekey, 1, 1);
const struct ik_remedy_rows ik_remedies_reauth = IK_REMEDIES(reauth, 4, 4);
const struct ik_remedy_rows ik_remedies_esp = IK_REMEDIES(esp, 0, 0);
const struct ik_remedy_rows ik_remedies_deleted = IK_REMEDIES(deleted, 0, 0);
const struct ik_remedy_rows ik_remedies_mm3 = IK_REMEDIES(mm3, 0, 0);
const struct ik_remedy_rows ik_remedies_debug = IK_REMEDIES(debug, 2, 2);
const struct ik_remedy_rows ik_remedies_source = IK_REMEDIES(source, 0, 0);
const struct ik_remedy_rows ik_remedies_smaller = IK_REMEDIES(smaller, 2, 2);
const struct ik_remedy_rows ik_remedies_redirect = IK_REMEDIES(redirected, 0, 0);
const struct ik_remedy_rows ik_remedies_load = IK_REMEDIES(load, 0, 0);
