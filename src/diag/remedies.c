/*
 * What to type, by vendor: look first, then change, then try again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/remedies.h"
#include "diag/rule.h"

/* clang-format off */
static const struct ikescope_remedy path[] = {
	{ IOS,  "ping <peer> source <local>\n"
	        "show ip route <peer>\n"
	        "show ip cef exact-route <local> <peer>\n"
	        "show ip access-lists\n"
	        "in the access list of the outside interface:\n"
	        " permit udp host <peer> host <local> eq isakmp\n"
	        " permit udp host <peer> host <local> eq non500-isakmp\n"
	        " permit esp host <peer> host <local>" IOS_AGAIN },
	{ ASA,  "ping outside <peer>\n"
	        "show route <peer>\n"
	        "packet-tracer input outside udp <peer> 500 <local> 500\n"
	        "capture DROP type asp-drop all\n"
	        "show running-config access-group\n"
	        "a list with the word control-plane filters packets to the ASA itself" },
	{ SWAN, LINUX_PATH SWAN_UP },
	{ LIBR, LINUX_PATH "\n"
	        "IKEv1 is dropped without a word, unless ipsec.conf says:\n"
	        "config setup\n"
	        " ikev1-policy=accept" LIBR_RESTART },
	{ ANY,  "permit UDP 500, UDP 4500 and IP protocol 50 in both directions\n"
	        "permit ICMP type 3 code 4 and ICMPv6 type 2\n"
	        "check the peer address on both ends; it is the one behind any NAT" },
};

static const struct ikescope_remedy no_daemon[] = {
	{ ASA,  "show running-config crypto | include enable\n"
	        "crypto ikev1 enable outside\n"
	        "crypto map MAP interface outside" },
	{ IOS,  "show ip interface brief\n"
	        "show crypto map\n"
	        "crypto isakmp enable\n"
	        "interface OUTSIDE\n"
	        " crypto map MAP\n"
	        "the map belongs on the interface that the peer sends to" },
	{ SWAN, "swanctl --stats\n"
	        LINUX_LISTENS "\n"
	        "systemctl restart strongswan\n"
	        "swanctl --load-all\n"
	        "a reject rule of the firewall answers with ICMP, too" },
	{ LIBR, "ipsec status\n"
	        LINUX_LISTENS "\n"
	        "ipsec addconn --checkconfig\n"
	        "a reject rule of the firewall answers with ICMP, too" LIBR_RESTART },
	{ ASA,  "show running-config crypto | include enable\n"
	        "crypto ikev2 enable outside\n"
	        "crypto map MAP interface outside" },
};

static const struct ikescope_remedy p1[] = {
	{ IOS,  "show crypto isakmp policy\n"
	        "crypto isakmp policy 10\n"
	        " encryption aes 256\n"
	        " hash sha256\n"
	        " group 14\n"
	        " authentication pre-share" IOS_AGAIN },
	{ ASA,  "show running-config crypto ikev1\n"
	        "crypto ikev1 policy 10\n"
	        " authentication pre-share\n"
	        " encryption aes-256\n"
	        " hash sha\n"
	        " group 14" ASA_AGAIN_V1 },
	{ ANY,  "encryption with its key length, hash, group and authentication method\n"
	        "must agree" },
	{ SWAN, "swanctl --list-conns\n"
	        "swanctl --list-algs\n"
	        "connections { CONN { proposals = aes256-sha256-modp2048 } }" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " ike=aes256-sha2;dh14\n"
	        " authby=secret\n"
	        "other proposals than those of ike= are refused" LIBR_AGAIN },
	{ IOS,  "show crypto ikev2 proposal\n"
	        "show crypto ikev2 policy\n"
	        "crypto ikev2 proposal PROP\n"
	        " encryption aes-cbc-256\n"
	        " integrity sha256\n"
	        " group 14\n"
	        "crypto ikev2 policy POLICY\n"
	        " proposal PROP" IOS_AGAIN },
	{ ASA,  "show running-config crypto ikev2\n"
	        "crypto ikev2 policy 10\n"
	        " encryption aes-256\n"
	        " integrity sha256\n"
	        " prf sha256\n"
	        " group 14" ASA_AGAIN_V2 },
	{ ANY,  "encryption with its key length, integrity, PRF and group must agree\n"
	        "lifetimes are not negotiated" },
};

static const struct ikescope_remedy version[] = {
	{ IOS,  "show crypto map\n"
	        "show crypto ikev2 profile\n"
	        "crypto map MAP 10 ipsec-isakmp\n"
	        " set ikev2-profile PROFILE\n"
	        "without a profile (no set ikev2-profile) the map speaks IKEv1" IOS_AGAIN },
	{ ASA,  "show running-config crypto map\n"
	        "show running-config crypto | include enable\n"
	        "IKEv2:\n"
	        "crypto ikev2 enable outside\n"
	        "crypto map MAP 10 set ikev2 ipsec-proposal PROP\n"
	        "IKEv1:\n"
	        "crypto ikev1 enable outside\n"
	        "crypto map MAP 10 set ikev1 transform-set TS\n"
	        "both:\n"
	        "group-policy POLICY attributes\n"
	        " vpn-tunnel-protocol ikev1 ikev2" ASA_AGAIN_V1 ASA_AGAIN_V2 },
	{ SWAN, "swanctl --list-conns\n"
	        "connections { CONN { version = 2 } }\n"
	        "1 is IKEv1, 2 IKEv2; 0 accepts both and initiates IKEv2" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "a connection speaks one version; IKEv2, the default:\n"
	        "conn CONN\n"
	        " ikev2=yes\n"
	        "IKEv1:\n"
	        "config setup\n"
	        " ikev1-policy=accept\n"
	        "conn CONN\n"
	        " ikev2=no" LIBR_RESTART },
};

static const struct ikescope_remedy mode[] = {
	{ IOS,  "show running-config | include aggressive\n"
	        "to accept aggressive mode:\n"
	        "no crypto isakmp aggressive-mode disable\n"
	        "to initiate it:\n"
	        "crypto isakmp profile PROFILE\n"
	        " initiate mode aggressive" IOS_AGAIN },
	{ ASA,  "show running-config crypto | include am-disable|phase1-mode\n"
	        "to accept aggressive mode:\n"
	        "no crypto ikev1 am-disable\n"
	        "to initiate it:\n"
	        "crypto map MAP 10 set ikev1 phase1-mode aggressive\n"
	        "to initiate main mode:\n"
	        "crypto map MAP 10 set ikev1 phase1-mode main" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --list-conns\n"
	        "connections { CONN { aggressive = yes } }\n"
	        "a responder with a pre-shared key needs in strongswan.conf:\n"
	        "charon {\n"
	        "  i_dont_care_about_security_and_use_aggressive_mode_psk = yes\n"
	        "}" SWAN_SETTINGS SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " aggressive=yes\n"
	        " ike=aes256-sha2;dh14\n"
	        "with aggressive=no, the default, main mode; never both" LIBR_AGAIN },
	{ ANY,  "prefer IKEv2, or main mode: aggressive mode with a pre-shared key\n"
	        "lets anyone who listens test guesses of the key" },
};

static const struct ikescope_remedy psk[] = {
	{ IOS,  "show crypto isakmp key\n"
	        "crypto isakmp key KEY address <peer>\n"
	        "a ? cannot be typed into a key: the CLI takes it for help" IOS_AGAIN },
	{ ASA,  "more system:running-config | begin tunnel-group <peer>\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " ikev1 pre-shared-key KEY" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --list-conns\n" SWAN_SECRET "\n"
	        "quote a key with # { } or blanks; 0x means hexadecimal, 0s base64" SWAN_AGAIN },
	{ LIBR, "ipsec whack --listpsks\n"
	        LIBR_SECRET "\n"
	        "leftid= and rightid=, where set, stand there as well\n"
	        "the key may hold no \"; without quotes 0x is hexadecimal, 0s base64" LIBR_SECRETS },
	{ ANY,  "type the key anew on both ends: trailing blanks, quotation marks\n"
	        "and characters outside ASCII are the usual differences\n"
	        "the key belongs to the peer address as seen behind any NAT" },
	{ IOS,  "show running-config | section crypto ikev2 keyring\n"
	        "crypto ikev2 keyring RING\n"
	        " peer PEER\n"
	        "  address <peer>\n"
	        "  pre-shared-key KEY\n"
	        "a ? cannot be typed into a key: the CLI takes it for help" IOS_AGAIN },
	{ ASA,  "more system:running-config | begin tunnel-group <peer>\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " ikev2 local-authentication pre-shared-key KEY\n"
	        " ikev2 remote-authentication pre-shared-key KEY" ASA_AGAIN_V2 },
};

static const struct ikescope_remedy id[] = {
	{ IOS,  "show crypto isakmp profile\n"
	        "show running-config | include crypto isakmp identity\n"
	        "crypto isakmp identity address\n"
	        "crypto isakmp profile PROFILE\n"
	        " self-identity address\n"
	        " match identity address <peer> 255.255.255.255" IOS_AGAIN },
	{ ASA,  "show running-config all crypto isakmp\n"
	        "show running-config tunnel-group <peer>\n"
	        "crypto isakmp identity address\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " peer-id-validate nocheck\n"
	        "auto, hostname and key-id TEXT are other choices" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --list-conns\n"
	        "connections { CONN { local { id = OWN-ID } } }\n"
	        "connections { CONN { remote { id = PEER-ID } } }" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " leftid=OWN-ID\n"
	        " rightid=PEER-ID\n"
	        "with @ before a name it is taken as it is, without it is resolved" LIBR_AGAIN },
	{ ANY,  "behind a NAT the identity is by default the inside address:\n"
	        "configure it on one end, or expect it on the other" },
};

static const struct ikescope_remedy auth2[] = {
	{ IOS,  "show crypto ikev2 profile\n"
	        "show running-config | section crypto ikev2\n"
	        "show crypto pki certificates verbose\n"
	        "show clock\n"
	        "crypto ikev2 profile PROFILE\n"
	        " match identity remote address <peer> 255.255.255.255\n"
	        " identity local address <local>\n"
	        " authentication remote pre-share\n"
	        " authentication local pre-share\n"
	        " keyring local RING\n"
	        "with certificates rsa-sig instead, and:\n"
	        " pki trustpoint TRUSTPOINT" IOS_AGAIN },
	{ ASA,  "show running-config tunnel-group <peer>\n"
	        "show crypto ca certificates\n"
	        "show clock\n"
	        "tunnel-group <peer> ipsec-attributes\n"
	        " ikev2 local-authentication pre-shared-key KEY\n"
	        " ikev2 remote-authentication pre-shared-key KEY\n"
	        "with certificates:\n"
	        " ikev2 local-authentication certificate TRUSTPOINT\n"
	        " ikev2 remote-authentication certificate\n"
	        "the identity that the ASA sends:\n"
	        "crypto isakmp identity address" ASA_AGAIN_V2 },
	{ SWAN, "swanctl --list-conns\n"
	        "swanctl --list-certs\n"
	        "connections { CONN { local { auth = psk } } }\n"
	        "connections { CONN { local { id = OWN-ID } } }\n"
	        "connections { CONN { remote { id = PEER-ID } } }\n" SWAN_SECRET "\n"
	        "certificates: auth = pubkey, the CA in /etc/swanctl/x509ca" SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        LIBR_CERTS "\n"
	        "ipsec auto --checkpubkeys\n"
	        "conn CONN\n"
	        " authby=secret\n"
	        " leftid=OWN-ID\n"
	        " rightid=PEER-ID\n"
	        LIBR_SECRET "\n"
	        "certificates: authby=rsasig and leftcert=NICKNAME, and their CA:\n"
	        "certutil -A -d sql:/var/lib/ipsec/nss -n CA -t CT,, -a -i FILE" LIBR_SECRETS },
	{ ANY,  "compare in this order: identities, authentication method of each\n"
	        "side, key or CA, validity of the certificates and the clocks" },
};

static const struct ikescope_remedy eap[] = {
	{ IOS,  "show aaa servers\n"
	        "test aaa group radius USER PASSWORD new-code\n"
	        "debug radius authentication\n"
	        "crypto ikev2 profile PROFILE\n"
	        " authentication local rsa-sig\n"
	        " authentication remote eap query-identity\n"
	        " aaa authentication eap LIST" IOS_AGAIN },
	{ ASA,  "show aaa-server\n"
	        "test aaa-server authentication GROUP host SERVER username USER\n"
	        "debug radius\n"
	        "tunnel-group NAME general-attributes\n"
	        " authentication-server-group GROUP\n"
	        "tunnel-group NAME ipsec-attributes\n"
	        " ikev2 remote-authentication eap query-identity\n"
	        " ikev2 local-authentication certificate TRUSTPOINT" ASA_AGAIN_V2 },
	{ SWAN, "swanctl --stats\n"
	        "the list of plugins must hold the method, as eap-mschapv2\n"
	        "swanctl --log\n"
	        "connections { CONN { remote { auth = eap-mschapv2 } } }\n"
	        "connections { CONN { remote { eap_id = %any } } }\n"
	        SWAN_USER("eap") SWAN_AGAIN },
	{ LIBR, LIBR_CERTS "\n"
	        "journalctl -u ipsec\n"
	        "TLS is its only EAP method; certificates of both sides without EAP:\n"
	        "conn CONN\n"
	        " authby=rsasig\n"
	        " leftcert=NICKNAME\n"
	        " leftsendcert=always" LIBR_AGAIN },
	{ ANY,  "the log of the RADIUS or AAA server names user, method and reason" },
};

static const struct ikescope_remedy xauth[] = {
	{ IOS,  "show ip local pool\n"
	        "debug aaa authentication\n"
	        "a peer that is a gateway needs no XAUTH:\n"
	        "crypto isakmp key KEY address <peer> no-xauth\n"
	        "for clients:\n"
	        "crypto isakmp profile PROFILE\n"
	        " client authentication list LIST\n"
	        " isakmp authorization list LIST\n"
	        " client configuration address respond" IOS_AGAIN },
	{ ASA,  "show running-config tunnel-group NAME\n"
	        "show ip local pool POOL\n"
	        "test aaa-server authentication GROUP host SERVER username USER\n"
	        "tunnel-group NAME general-attributes\n"
	        " authentication-server-group GROUP\n"
	        " address-pool POOL\n"
	        "without XAUTH:\n"
	        "tunnel-group NAME ipsec-attributes\n"
	        " ikev1 user-authentication none" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --list-conns\n"
	        "swanctl --list-pools --leases\n"
	        "connections { CONN { remote-2 { auth = xauth } } }\n"
	        "connections { CONN { pools = POOL } }\n"
	        SWAN_USER("xauth") SWAN_AGAIN },
	{ LIBR, "ipsec whack --addresspoolstatus\n"
	        "as server:\n"
	        "conn CONN\n"
	        " leftxauthserver=yes\n"
	        " rightxauthclient=yes\n"
	        " rightaddresspool=FIRST-LAST\n"
	        " xauthby=file\n"
	        "in /etc/ipsec.d/passwd, the hash by openssl passwd -6:\n"
	        "USER:HASH:CONN\n"
	        "ipsec auto --replace CONN\n"
	        "as client:\n"
	        "conn CONN\n"
	        " leftxauthclient=yes\n"
	        " rightxauthserver=yes\n"
	        " leftusername=USER\n"
	        "in /etc/ipsec.secrets:\n"
	        "@USER : XAUTH \"PASSWORD\"" LIBR_SECRETS },
};

static const struct ikescope_remedy natt[] = {
	{ IOS,  "show running-config | include nat-transparency|nat keepalive\n"
	        "crypto ipsec nat-transparency udp-encapsulation\n"
	        "crypto isakmp nat keepalive 20" IOS_AGAIN },
	{ ASA,  "show running-config all | include nat-traversal\n"
	        "show running-config crypto map | include nat-t-disable\n"
	        "crypto isakmp nat-traversal 20\n"
	        "no crypto map MAP 10 set nat-t-disable" ASA_AGAIN_V1 },
	{ SWAN, "swanctl --list-sas\n"
	        "connections { CONN { encap = yes } }\n"
	        "in strongswan.conf: charon { keep_alive = 20s }\n"
	        "encap = yes tells the peer of a NAT always" SWAN_SETTINGS SWAN_AGAIN },
	{ LIBR, "ipsec status\n"
	        "conn CONN\n"
	        " encapsulation=yes\n"
	        " nat-keepalive=yes\n"
	        "encapsulation=yes tells the peer of a NAT always" LIBR_AGAIN },
	{ ANY,  "permit UDP 4500 in both directions: NAT traversal moves there" },
	{ IOS,  "show running-config | include nat-transparency|nat keepalive\n"
	        "crypto ipsec nat-transparency udp-encapsulation\n"
	        "crypto ikev2 nat keepalive 20" IOS_AGAIN },
	{ ASA,  "show running-config all | include nat-traversal\n"
	        "show running-config crypto map | include nat-t-disable\n"
	        "crypto isakmp nat-traversal 20\n"
	        "no crypto map MAP 10 set nat-t-disable" ASA_AGAIN_V2 },
};

static const struct ikescope_remedy udp4500[] = {
	{ ASA,  "show running-config all | include nat-traversal\n"
	        "packet-tracer input outside udp <peer> 4500 <local> 4500\n"
	        "show running-config access-group\n"
	        "crypto isakmp nat-traversal 20\n"
	        "if a list with the word control-plane exists:\n"
	        "access-list LIST extended permit udp host <peer> host <local> eq 4500" ASA_AGAIN_V1 },
	{ SWAN, LINUX_4500 SWAN_AGAIN },
	{ LIBR, LINUX_4500 LIBR_AGAIN },
	{ IOS,  "show ip access-lists\n"
	        "show running-config | include ip nat inside source static\n"
	        "in the access list of the outside interface:\n"
	        " permit udp host <peer> host <local> eq non500-isakmp\n"
	        "no static translation may take UDP 4500 of the outside address" IOS_AGAIN },
	{ ANY,  "permit UDP 4500 wherever UDP 500 is permitted, in both directions;\n"
	        "where a network forbids it: IKE and ESP over TCP (RFC 9329)" },
	{ ASA,  "show running-config all | include nat-traversal\n"
	        "packet-tracer input outside udp <peer> 4500 <local> 4500\n"
	        "show running-config access-group\n"
	        "crypto isakmp nat-traversal 20\n"
	        "if a list with the word control-plane exists:\n"
	        "access-list LIST extended permit udp host <peer> host <local> eq 4500" ASA_AGAIN_V2 },
	{ SWAN, LINUX_4500 "\n"
	        "without a NAT IKE stays on UDP 500 with:\n"
	        "connections { CONN { mobike = no } }" SWAN_AGAIN },
	{ LIBR, LINUX_4500 "\n"
	        "over TCP, if both ends know it, the responder with listen-tcp=yes:\n"
	        "conn CONN\n"
	        " enable-tcp=fallback" LIBR_AGAIN },
};

static const struct ikescope_remedy mtu[] = {
	{ IOS,  "ping <peer> size 1400 df-bit\n"
	        "crypto isakmp fragmentation\n"
	        "if an access list filters them, permit later fragments first:\n"
	        " permit udp host <peer> host <local> fragments" IOS_AGAIN },
	{ ASA,  "show fragment outside\n"
	        "fragment chain 24 outside" ASA_AGAIN_V1 },
	{ ANY,  "IKE fragmentation works only if both ends announce it\n"
	        "smaller messages: a shorter chain of certificates, a smaller key\n"
	        "let firewalls and NATs on the path pass IP fragments" },
	{ SWAN, LINUX_LARGE "\n"
	        "connections { CONN { fragmentation = yes } }\n"
	        "in strongswan.conf: charon { fragment_size = 1200 }\n"
	        "connections { CONN { send_cert = ifasked } }" SWAN_SETTINGS SWAN_AGAIN },
	{ LIBR, LINUX_LARGE "\n"
	        "conn CONN\n"
	        " fragmentation=force\n"
	        " leftsendcert=sendifasked\n"
	        "fragmentation=yes, the default, cuts only what is sent again" LIBR_AGAIN },
	{ IOS,  "show crypto ikev2 sa detailed\n"
	        "ping <peer> size 1400 df-bit\n"
	        "crypto ikev2 fragmentation mtu 1200\n"
	        "if an access list filters them, permit later fragments first:\n"
	        " permit udp host <peer> host <local> fragments" IOS_AGAIN },
	{ ASA,  "show running-config all crypto ikev2\n"
	        "show fragment outside\n"
	        "crypto ikev2 fragmentation mtu 1200\n"
	        "crypto ikev2 fragmentation preferred-method ietf\n"
	        "fragment chain 24 outside" ASA_AGAIN_V2 },
	{ ANY,  "IKE fragmentation (RFC 7383) works only if both ends announce it\n"
	        "smaller messages: ECDSA certificates, a shorter chain\n"
	        "let firewalls and NATs on the path pass IP fragments" },
};

/* clang-format on */

#define HERE(table, first, last) (&(const struct ik_remedy_rows)IK_REMEDIES(table, first, last))

static const struct ik_remedy_rows *const sets[IK_REMEDY_SETS] = {
        [IK_R_PATH] = HERE(path, 0, 0),
        [IK_R_DAEMON] = HERE(no_daemon, 1, 1),
        [IK_R_P1] = HERE(p1, 3, 3),
        [IK_R_VERSION] = HERE(version, 0, 0),
        [IK_R_MODE] = HERE(mode, 0, 0),
        [IK_R_PSK] = HERE(psk, 2, 2),
        [IK_R_ID] = HERE(id, 0, 0),
        [IK_R_AUTH2] = HERE(auth2, 0, 0),
        [IK_R_EAP] = HERE(eap, 0, 0),
        [IK_R_XAUTH] = HERE(xauth, 0, 0),
        [IK_R_NATT] = HERE(natt, 2, 2),
        [IK_R_4500] = HERE(udp4500, 3, 3),
        [IK_R_MTU] = HERE(mtu, 3, 3),
        [IK_R_P2] = &ik_remedies_p2,
        [IK_R_DPD] = &ik_remedies_dpd,
        [IK_R_COOKIE] = &ik_remedies_cookie,
        [IK_R_KE] = &ik_remedies_ke,
        [IK_R_REKEY] = &ik_remedies_rekey,
        [IK_R_ESP] = &ik_remedies_esp,
        [IK_R_DELETE] = &ik_remedies_deleted,
        [IK_R_MM3] = &ik_remedies_mm3,
        [IK_R_DEBUG] = &ik_remedies_debug,
        [IK_R_SOURCE] = &ik_remedies_source,
        [IK_R_SMALLER] = &ik_remedies_smaller,
        [IK_R_LOAD] = &ik_remedies_load,
        [IK_R_SPI] = &ik_remedies_spi,
        [IK_R_NATT_ESP] = &ik_remedies_natt_esp,
        [IK_R_SUITE] = &ik_remedies_suite,
        [IK_R_LOSS] = &ik_remedies_loss,
        [IK_R_REPLAY] = &ik_remedies_replay,
        [IK_R_TUNNEL_MTU] = &ik_remedies_tunnel_mtu,
        [IK_R_REAUTH] = &ik_remedies_reauth,
        [IK_R_REDIRECT] = &ik_remedies_redirect,
};

const struct ikescope_remedy *ik_remedies(enum ik_remedy_set set, unsigned ike_version, size_t *n)
{
	size_t first, last;

	*n = 0;
	if ((size_t)set >= IK_REMEDY_SETS || sets[set] == NULL)
		return NULL;
	first = ike_version == 2 ? sets[set]->v1 : 0;
	last = sets[set]->n - (ike_version == 1 ? sets[set]->v2 : 0);
	*n = last - first;
	return sets[set]->rows + first;
}
