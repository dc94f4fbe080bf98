/*
 * The cause that a slug names, in a few words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "diag/rule.h"

struct title_row {
	const char *slug;
	const char *title;
};

/* Ascending by slug. */
/* clang-format off */
static const struct title_row rows[] = {
	{ "art-drop",                     "the capture lost packets" },
	{ "art-dup-span",                 "packets were captured twice" },
	{ "art-early-end",                "the capture ends too early" },
	{ "art-encap",                    "the packets are inside another encapsulation" },
	{ "art-frag-only-first",          "the capture filter loses IP fragments" },
	{ "art-midstart",                 "the capture starts in the middle" },
	{ "art-oneway",                   "only one direction was captured" },
	{ "art-reorder",                  "the packets are out of order" },
	{ "art-snaplen",                  "the capture cut packets short" },
	{ "asym-return",                  "the answer comes from another address" },
	{ "auth-failed-v1",               "phase 1 authentication failed" },
	{ "auth-failed-v2",               "IKEv2 authentication failed" },
	{ "auth-integrity-silent",        "a message was altered on the way" },
	{ "authmethod-mismatch-v1",       "the authentication methods differ" },
	{ "authmethod-mismatch-v2",       "the authentication methods differ" },
	{ "big-init",                     "the first message is too large" },
	{ "cert-expired",                 "a certificate is not valid now" },
	{ "cert-san-mismatch",            "the certificate does not name the identity" },
	{ "cert-untrusted",               "a certificate is not trusted" },
	{ "cleartext-leak",               "the answers go past the tunnel" },
	{ "cookie-challenge",             "the responder demands a cookie" },
	{ "cp-failure",                   "there is no address for the client" },
	{ "crash-restart-peer",           "the peer has lost the SA, as by a restart" },
	{ "delete-without-replacement",   "the SA was deleted and not replaced" },
	{ "df-no-icmp",                   "large packets vanish without a word" },
	{ "dos-cpu-slow-dh",              "the responder answers too late" },
	{ "dpd-aggressive",               "liveness checks gave a living peer up" },
	{ "dpd-asymmetric",               "only one side announces dead peer detection" },
	{ "dpd-unanswered",               "liveness checks get no answer" },
	{ "duplicate-peer-identity",      "two clients use the same identity" },
	{ "eap-failure",                  "EAP authentication failed" },
	{ "esp-blocked",                  "ESP is not let through" },
	{ "esp-dup",                      "ESP packets come twice" },
	{ "esp-on-wrong-port",            "one end sends ESP in UDP, the other without" },
	{ "esp-one-way",                  "ESP flows in one direction only" },
	{ "esp-reorder",                  "ESP comes out of order" },
	{ "esp-replay-window",            "ESP comes too late for replay windows" },
	{ "esp-sa-size-mismatch",         "the ends disagree about the length of the ICV" },
	{ "esp-seq-gap",                  "ESP packets are missing" },
	{ "esp-seq-wrap",                 "sequence numbers of ESP begin anew" },
	{ "esp-tos",                      "a rate limit or a full queue drops ESP" },
	{ "esp-zero",                     "no ESP in either direction" },
	{ "exchange-mode-mismatch",       "one side wants main mode, the other aggressive mode" },
	{ "flap-dpd",                     "liveness checks take the tunnel down again and again" },
	{ "flap-idle",                    "the tunnel is taken down when it is idle" },
	{ "flap-lifetime",                "the tunnel goes down whenever a lifetime ends" },
	{ "flap-loss",                    "packet loss takes the tunnel down again and again" },
	{ "frag-ike-auth",                "IP fragments of a large message are lost" },
	{ "frag-ikev2-partial",           "an IKE fragment is missing" },
	{ "frag-response-lost",           "the large response is lost" },
	{ "frag-v1-cisco",                "a fragment of an IKEv1 message is missing" },
	{ "halfopen-block",               "too many half-open attempts" },
	{ "halfopen-flood",               "the responder is flooded with half-open negotiations" },
	{ "icmp-unreachable",             "ICMP reports the peer unreachable" },
	{ "id-mismatch-v1",               "the identity is not the expected one" },
	{ "id-mismatch-v2",               "the identity is not the expected one" },
	{ "ike-auth-unanswered",          "IKE_AUTH gets no answer" },
	{ "ike-version-mismatch",         "the IKE versions differ" },
	{ "invalid-spi-blackhole",        "ESP goes to an SA that the peer does not have" },
	{ "lifetime-mismatch",            "one side alone rekeys" },
	{ "malformed-message",            "a message is malformed" },
	{ "mode-mismatch",                "tunnel or transport mode, ESP or AH differ" },
	{ "msgid-window",                 "a message id is used twice" },
	{ "mtime-clock",                  "phase 1 is over at one side only" },
	{ "nat-keepalive-too-slow",       "a NAT gives the mapping up between keepalives" },
	{ "natd-reason",                  "NAT detection finds a difference" },
	{ "natt-4500-blocked",            "UDP 4500 is blocked" },
	{ "natt-no-float",                "a NAT is found, and UDP 500 is not left" },
	{ "natt-not-offered",             "NAT traversal is not offered" },
	{ "natt-remap-midsession",        "an end goes on from another address or port" },
	{ "no-ike-traffic",               "there is no IKE traffic" },
	{ "old-spi-used",                 "an old SPI is still used" },
	{ "one-way-underlay",             "packets pass in one direction only" },
	{ "p1-auth",                      "no authentication method in common" },
	{ "p1-dh",                        "no Diffie-Hellman group in common" },
	{ "p1-encr",                      "no cipher in common" },
	{ "p1-hash",                      "no hash in common" },
	{ "p1-integ",                     "no integrity algorithm in common" },
	{ "p1-invalid-ke",                "the responder wants another Diffie-Hellman group" },
	{ "p1-keylen",                    "the key lengths differ" },
	{ "p1-lifetime",                  "the lifetimes differ" },
	{ "p1-mm3-lost",                  "message 3 of main mode gets no answer" },
	{ "p1-mm4-missing",               "message 4 does not come" },
	{ "p1-no-proposal",               "no IKE proposal is acceptable" },
	{ "p1-prf",                       "no PRF in common" },
	{ "p2-no-proposal-v1",            "no ESP proposal is acceptable" },
	{ "p2-no-proposal-v2",            "no ESP proposal is acceptable" },
	{ "p2-refused-v1",                "the quick mode is refused" },
	{ "p2-refused-v2",                "the child SA is refused" },
	{ "p2-unanswered",                "the request for a child SA gets no answer" },
	{ "path-flap",                    "the path fails for moments" },
	{ "peer-silent",                  "the peer is silent" },
	{ "pfs-mismatch-v1",              "the groups for perfect forward secrecy differ" },
	{ "pfs-mismatch-v2",              "the groups for perfect forward secrecy differ" },
	{ "pmtu-esp",                     "ESP is reported too large for the path" },
	{ "postfrag-esp",                 "ESP packets come in IP fragments" },
	{ "ppk",                          "post-quantum keys differ or are missing" },
	{ "psk-mismatch-am",              "the pre-shared keys differ" },
	{ "psk-mismatch-mm",              "the pre-shared keys differ" },
	{ "psk-mismatch-v2",              "the pre-shared keys differ" },
	{ "psk-missing",                  "no key to authenticate with" },
	{ "qm3-lost",                     "message 3 of quick mode is lost" },
	{ "reauth-gap",                   "reauthentication interrupts the traffic" },
	{ "redirect",                     "the gateway sends the initiator to another one" },
	{ "rekey-collision",              "both sides rekeyed at the same time" },
	{ "rekey-unanswered",             "the rekeying gets no answer" },
	{ "repeated-failure",             "the same failure again and again" },
	{ "simultaneous-initiation",      "both sides began at the same time" },
	{ "traffic-trigger-missing",      "the tunnel is idle, not failed" },
	{ "ts-mismatch-v1",               "the crypto ACLs are not mirrors of each other" },
	{ "ts-unacceptable-v2",           "the traffic selectors do not fit" },
	{ "ts-violation",                 "the traffic is outside the selectors" },
	{ "unexplained-refusal",          "a refusal without a known cause" },
	{ "unexplained-stall",            "a stall without a known cause" },
	{ "unknown-exchange-or-critical", "a message is not understood" },
	{ "vendor-limit",                 "the fitting proposal stands too far down" },
	{ "weak-crypto",                  "weak cryptography was chosen" },
	{ "wrong-peer-device",            "another box answers at that address" },
	{ "wrong-role-flags",             "the Initiator flag is that of the other side" },
	{ "xauth-modecfg-failure",        "XAUTH or mode configuration failed" },
};
/* clang-format on */

static int by_slug(const void *slug, const void *row)
{
	return strcmp(slug, ((const struct title_row *)row)->slug);
}

const char *ik_slug(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? rows[i].slug : NULL;
}

const char *ik_title(const char *slug)
{
	const struct title_row *row =
	        bsearch(slug, rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]), by_slug);

	return row == NULL ? NULL : row->title;
}
