/*
 * Faults of captures, and a few causes, that go by a name of their own in the field and are told by
 * another or not at all, and why: what packets cannot show is not claimed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "diag/rule.h"

/* Ascending by slug. */
/* clang-format off */
static const struct ik_untold rows[] = {
	{ "art-asa-isakmp", "a capture of type isakmp holds decrypted copies", NULL,
	  "A capture of type isakmp on Cisco ASA holds IKE messages as they are on the wire and, "
	  "decrypted, once more. What marks the second was not to be learnt without such a "
	  "capture." },
	{ "art-clock", "the clock of the capture is wrong", "cert-expired",
	  "Validity dates of certificates are encrypted except in aggressive mode, and of the "
	  "clock of a capture nothing but intervals is used. cert-expired is a candidate only." },
	{ "art-filter-noesp", "the capture filter keeps ESP out", "esp-zero",
	  "That no ESP, ICMP or anything else was captured is no sign of a filter: there may have "
	  "been none. esp-zero says so, and silence counts only where something of that side "
	  "shows." },
	{ "art-filter-noicmp", "the capture filter keeps ICMP out", NULL,
	  "That no ICMP error was captured is no sign of a filter: there may have been none. No "
	  "finding rests on the absence of ICMP. A filter for the hosts takes the errors of the "
	  "ends, not those of routers on the way." },
	{ "art-loopback-radar", "a scanner asks, no peer", "halfopen-flood",
	  "A scanner's first message is one that a peer may send as well. Where it never goes on "
	  "it is a stall or counted as a stranger; many at a time are halfopen-flood." },
	{ "art-multi-interface", "packets were captured on several interfaces", "art-dup-span",
	  "A packet that was captured on several interfaces is told as art-dup-span: the same "
	  "content, and the same IP identification." },
	{ "art-natpoint", "the capture was taken on one side of a NAT", "natd-reason",
	  "On which side of a NAT a capture was taken is told as natd-reason, by the hashes of "
	  "NAT detection. Captures of both sides are one negotiation: SPIs join them, not "
	  "addresses." },
	{ "art-offload", "the interface works on packets before or behind the capture", NULL,
	  "Checksums are not looked at, so those that an interface fills in later are no fault. A "
	  "datagram larger than the MTU may be a jumbo frame or merged where it was captured, and "
	  "ESP that hardware handles is not captured at all: packets do not say so." },
	{ "art-vlan", "a VLAN tag hides packets from the filter", "art-encap",
	  "What a filter kept out for its VLAN tag, and a tag that an interface took away, leave "
	  "no trace. Tags that are there are told as art-encap; then the filter for another "
	  "capture takes packets with them and without." },
	{ "cert-chain", "the chain of a certificate is not complete", "cert-untrusted",
	  "Certificates are encrypted except in aggressive mode. A chain that the peer cannot "
	  "build is refused like a certificate that it does not trust." },
	{ "childless", "an IKE SA comes up without a Child SA", NULL,
	  "No fault: RFC 6023 lets an IKE SA stand without a Child SA, which CREATE_CHILD_SA then "
	  "makes. Where the responder announces that it takes this, and the request for a child "
	  "follows, an IKE_AUTH response without a child is not taken for a refusal of one." },
	{ "clock-skew", "the clocks of the ends differ", "cert-expired",
	  "The validity dates that a wrong clock violates are encrypted except in aggressive "
	  "mode, and no message of IKE carries the time of day. cert-expired is a candidate only; "
	  "check the time (NTP) at both ends." },
	{ "downgrade", "weaker algorithms were agreed on than both ends know", "weak-crypto",
	  "What the ends could have agreed on is their configuration. What was chosen is told as "
	  "weak-crypto where it is weak." },
	{ "dpd-seq-mismatch", "the sequence number of a liveness check is not the expected one", "dpd-unanswered",
	  "The sequence number of an IKEv1 liveness check (RFC 3706 6.2) is encrypted. A check "
	  "that the peer does not accept is one without an answer." },
	{ "duplicate-sa", "more than one Child SA for the same traffic", "old-spi-used",
	  "Which traffic a Child SA is for stands under encryption: several that are in use at a "
	  "time may be for different networks. The command sessions lists them with their "
	  "packets." },
	{ "ha-failover", "another member of a cluster takes over", "wrong-peer-device",
	  "What a cluster shows when another member takes over, a jump of ESP sequence numbers or "
	  "a new MAC address, has other causes as well; the first is counted as missing packets. "
	  "A message id that is used again is told as msgid-window." },
	{ "ike-auth-lost", "IKE_SA_INIT is answered, IKE_AUTH is not", "ike-auth-unanswered",
	  "Told as ike-auth-unanswered, or as frag-ike-auth, frag-ikev2-partial, "
	  "frag-response-lost or natt-4500-blocked where the packets say why." },
	{ "info-leak", "messages in clear tell too much", NULL,
	  "No failure. Vendor ids, and in aggressive mode the identity, can be read by everybody; "
	  "the ladder shows what was sent." },
	{ "ipsec-passthrough", "a NAT device helps IPsec, and breaks it", "natt-4500-blocked",
	  "A helper that keeps port 500, lets one session pass at a time or drops UDP 4500 looks "
	  "like any other NAT or filter. Switch IPsec passthrough off at the NAT device." },
	{ "keepalive-only", "nothing but NAT keepalives comes", "dpd-unanswered",
	  "NAT keepalives (RFC 3948 2.3) are one octet that names no SA; they are taken for "
	  "nothing but a sign of life of their sender." },
	{ "license", "a licence limits the throughput", "esp-tos",
	  "A limit of throughput looks like any other loss or like a source that sends no more. "
	  "Check what the licence of both boxes allows." },
	{ "multi-auth", "more than one authentication is asked for", "auth-failed-v2",
	  "Both ends may announce multiple authentication (RFC 4739) in IKE_SA_INIT, as some do "
	  "always; whether one is asked for and which one fails is encrypted. A refusal is "
	  "auth-failed-v2 or eap-failure." },
	{ "nat-alg", "a NAT device rewrites IKE, and breaks it", "natt-4500-blocked",
	  "A helper (ALG) that keeps port 500, alters messages or drops UDP 4500 looks like any "
	  "other NAT or filter at one point; altered messages show in captures at both ends "
	  "(auth-integrity-silent). Switch the ALG for IPsec off at the NAT device." },
	{ "nat-same-box-clash", "two clients behind one NAT get in each other's way", "duplicate-peer-identity",
	  "Told as duplicate-peer-identity where a gateway takes the two for one. That the NAT "
	  "gives one client's answers to the other shows behind the NAT only, and as silence; "
	  "same selectors of transport mode are encrypted." },
	{ "natt-500-only-fails", "the peer wants the first message on UDP 4500", "natt-4500-blocked",
	  "That a responder serves an SA only on the port where it began is silence on UDP 4500, "
	  "told as natt-4500-blocked. Let the initiator begin on UDP 4500." },
	{ "no-kernel-decap", "the kernel leaves ESP in UDP to the IKE daemon", "invalid-spi-blackhole",
	  "A daemon that gets ESP as if it were IKE answers with errors about garbage, or not at "
	  "all; its answers name no SA that would tie them to the flow. Restart the daemon, or "
	  "switch UDP encapsulation off and on." },
	{ "overlap-subnets", "both ends use the same networks inside", "ts-violation",
	  "Inner addresses are encrypted, and so are the selectors." },
	{ "p1-transform-order", "not the strongest proposal was chosen", "weak-crypto",
	  "Which of the proposals that it may take the responder takes is its own choice (RFC "
	  "7296 2.7), and no fault. Where what it chose is weak it is told as weak-crypto." },
	{ "policing", "a rate limit drops ESP", "esp-tos",
	  "What a policer drops is missing like what is lost otherwise (esp-seq-gap): its rates "
	  "and classes are not in the packets." },
	{ "prefloat", "the first message goes to UDP 4500", NULL,
	  "No fault: RFC 7296 2.23 lets the first message go to UDP 4500. Where it is not "
	  "answered there, peer-silent says so." },
	{ "rekey-child-fail", "a Child SA is not rekeyed", "p2-refused-v2",
	  "Told as rekey-unanswered, pfs-mismatch-v2, or p2-refused-v2; a refusal while the peer "
	  "rekeys as well is rekey-collision and no failure." },
	{ "rekey-child-ok", "a Child SA was rekeyed", NULL,
	  "No fault: the Child SAs of each negotiation are listed with the exchanges that made "
	  "and replaced them." },
	{ "rekey-ike-fail", "the IKE SA is not rekeyed", "rekey-unanswered",
	  "Told as rekey-unanswered, or as p2-unanswered where the request may be for a Child SA. "
	  "A refusal of it is p2-refused-v2." },
	{ "rekey-ike-ok", "the IKE SA was rekeyed", NULL,
	  "No fault: the negotiation that took over names the one that it replaces." },
	{ "revocation", "a certificate was revoked", "cert-untrusted",
	  "Certificates and the reason of a refusal are encrypted. A revoked certificate, or a "
	  "list of revoked ones that cannot be fetched, is refused like one that is not trusted." },
	{ "sa-accumulation", "Child SAs become more and more", "old-spi-used",
	  "Which traffic a Child SA is for, and which one a Delete takes away, stands under "
	  "encryption. The command sessions lists the flows of all of them; check for rekeying "
	  "without Delete and for uniqueness of identities." },
	{ "stuck-after-rekey", "an end goes on with the old Child SA", "old-spi-used",
	  "Told as old-spi-used." },
	{ "tput-limit", "the box limits the throughput", "esp-tos",
	  "A limit of throughput looks like any other loss or like a source that sends no more. "
	  "Check what the licence and the hardware of both boxes allow." },
	{ "ts-narrowed", "the responder took a part of the traffic selectors only", "ts-unacceptable-v2",
	  "Selectors are encrypted, and narrowing them is no refusal (RFC 7296 2.9). Further "
	  "CREATE_CHILD_SA requests that are refused are p2-refused-v2." },
	{ "ts-single-pair", "the responder takes one pair of selectors at a time", "ts-unacceptable-v2",
	  "SINGLE_PAIR_REQUIRED (RFC 7296 2.9) is encrypted: a refusal for it is p2-refused-v2 "
	  "like any other of selectors." },
	{ "uniqueness-war", "two ends with one identity displace each other", "duplicate-peer-identity",
	  "Told as duplicate-peer-identity, by port behind one address. Identities are encrypted, "
	  "so clients at different addresses are not compared." },
	{ "wrong-ca", "the certificate is of another CA than the peer trusts", "cert-untrusted",
	  "Certificates are encrypted except in aggressive mode. Which CAs the responder asks for "
	  "stands in clear (CERTREQ) and is shown; that it asks for others is no refusal." },
};
/* clang-format on */

const struct ik_untold *ik_untold(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

static int by_slug(const void *slug, const void *row)
{
	return strcmp(slug, ((const struct ik_untold *)row)->slug);
}

const struct ik_untold *ik_untold_find(const char *slug)
{
	return bsearch(slug, rows, sizeof(rows) / sizeof(rows[0]), sizeof(rows[0]), by_slug);
}
