/*
 * What remedies have in common, and the sets of rows that stand in files of their own.
 *
 * <peer> and <local> are the addresses of the two ends as the named box sees them; words in
 * capitals are names or values of the configuration at hand. Blocks of swanctl.conf and
 * strongswan.conf are written on one line where they hold one setting. In ipsec.conf of libreswan
 * left is this end and right the peer, as pluto finds out by itself; of its two section types conn
 * is read again by --replace, config setup only by a restart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef IK_DIAG_REMEDIES_H
#define IK_DIAG_REMEDIES_H

#include "ikescope/model.h"

#define IOS  "cisco-ios"
#define ASA  "cisco-asa"
#define SWAN "strongswan"
#define LIBR "libreswan"
#define ANY  "any"

#define IOS_AGAIN        "\nclear crypto session remote <peer>"
#define ASA_AGAIN_V1     "\nclear crypto ikev1 sa <peer>"
#define ASA_AGAIN_V2     "\nclear crypto ikev2 sa <peer>"
#define ASA_AGAIN_CHILD  "\nclear crypto ipsec sa peer <peer>"
#define SWAN_UP          "\nswanctl --initiate --child CHILD"
#define SWAN_AGAIN       "\nswanctl --load-all\nswanctl --terminate --ike CONN" SWAN_UP
#define SWAN_AGAIN_CHILD "\nswanctl --load-conns\nswanctl --terminate --child CHILD" SWAN_UP
#define SWAN_SETTINGS    "\nswanctl --reload-settings"
#define SWAN_USER(kind)  "secrets { " kind "-x {\n  id = USER\n  secret = \"PASSWORD\"\n} }"
#define SWAN_SECRET      "secrets { ike-x {\n  id = PEER-ID\n  secret = \"KEY\"\n} }"
#define LIBR_UP          "\nipsec auto --up CONN"
#define LIBR_AGAIN       "\nipsec auto --replace CONN" LIBR_UP
#define LIBR_RESTART     "\nipsec restart" LIBR_UP
#define LIBR_SECRET      "in /etc/ipsec.secrets:\n<local> <peer> : PSK \"KEY\""
#define LIBR_SECRETS     "\nipsec auto --rereadsecrets" LIBR_AGAIN
#define LIBR_CERTS       "certutil -L -d sql:/var/lib/ipsec/nss"

/* What Linux is asked and told, whichever of its daemons speaks IKE. */
#define LINUX_PATH                                                                                 \
	"ip route get <peer> from <local>\n"                                                       \
	"nft list ruleset\n"                                                                       \
	"tcpdump -ni any 'host <peer> and (udp or esp or icmp)'\n"                                 \
	"nft insert rule inet filter input udp dport '{ 500, 4500 }' accept\n"                     \
	"nft insert rule inet filter input meta l4proto esp accept"
#define LINUX_LISTENS "ss -lunp '( sport = :500 or sport = :4500 )'\nnft list ruleset"
#define LINUX_4500                                                                                 \
	"ss -lunp '( sport = :4500 )'\n"                                                           \
	"tcpdump -ni any host <peer> and udp port 4500\n"                                          \
	"nft insert rule inet filter input udp dport 4500 accept"
#define LINUX_LARGE "ping -M do -s 1372 <peer>\nnstat -az IpReasmFails"
#define LINUX_ESP                                                                                  \
	"ip -s xfrm state\n"                                                                       \
	"ip xfrm policy\n"                                                                         \
	"cat /proc/net/xfrm_stat\n"                                                                \
	"nft insert rule inet filter input meta l4proto esp accept\n"                              \
	"to carry ESP in UDP 4500 always:"

/* The first v1 rows are for IKEv1 alone, the last v2 for IKEv2. */
struct ik_remedy_rows {
	const struct ikescope_remedy *rows;
	size_t n, v1, v2;
};
#define IK_REMEDIES(table, first, last)                                                            \
	{                                                                                          \
		.rows = (table), .n = sizeof(table) / sizeof((table)[0]), .v1 = (first),           \
		.v2 = (last)                                                                       \
	}

extern const struct ik_remedy_rows ik_remedies_p2, ik_remedies_dpd, ik_remedies_cookie,
        ik_remedies_ke, ik_remedies_rekey, ik_remedies_esp, ik_remedies_deleted, ik_remedies_mm3,
        ik_remedies_debug, ik_remedies_source, ik_remedies_smaller, ik_remedies_load,
        ik_remedies_spi, ik_remedies_natt_esp, ik_remedies_suite, ik_remedies_loss,
        ik_remedies_replay, ik_remedies_tunnel_mtu, ik_remedies_reauth, ik_remedies_redirect;

#endif
