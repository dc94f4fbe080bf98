/*
 * Faults of captures, and a few causes, that go by a name of their own in the field and are told by
 * another or not at all, and why: what packets cannot show is not claimed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "diag/rule.h"

/* Ascending by slug. */
/* clang-format off */
static const struct ik_untold rows[] = {
	{ "art-asa-isakmp",
	  "A capture of type isakmp on Cisco ASA holds IKE messages as they are on the wire and, "
	  "decrypted, once more. What marks the second was not to be learnt without such a capture." },
	{ "art-clock",
	  "Validity dates of certificates are encrypted except in aggressive mode, and of the clock "
	  "of a capture nothing but intervals is used. cert-expired is a candidate only." },
	{ "art-filter-noesp",
	  "That no ESP, ICMP or anything else was captured is no sign of a filter: there may have "
	  "been none. esp-zero says so, and silence counts only where something of that side shows." },
	{ "art-loopback-radar",
	  "A scanner's first message is one that a peer may send as well. Where it never goes on it "
	  "is a stall or counted as a stranger; many at a time are halfopen-flood." },
	{ "art-multi-interface",
	  "A packet that was captured on several interfaces is told as art-dup-span: the same "
	  "content, and the same IP identification." },
	{ "art-natpoint",
	  "On which side of a NAT a capture was taken is told as natd-reason, by the hashes of NAT "
	  "detection. Captures of both sides are one negotiation: SPIs join them, not addresses." },
	{ "art-offload",
	  "Checksums are not looked at, so those that an interface fills in later are no fault. A "
	  "datagram larger than the MTU may be a jumbo frame or merged where it was captured, and "
	  "ESP that hardware handles is not captured at all: packets do not say so." },
	{ "art-vlan",
	  "What a filter kept out for its VLAN tag, and a tag that an interface took away, leave no "
	  "trace. Tags that are there are told as art-encap; then the filter for another capture "
	  "takes packets with them and without." },
	{ "dpd-seq-mismatch",
	  "The sequence number of an IKEv1 liveness check (RFC 3706 6.2) is encrypted." },
	{ "ha-failover",
	  "What a cluster shows when another member takes over, a jump of ESP sequence numbers or a "
	  "new MAC address, has other causes as well; the first is counted as missing packets." },
	{ "keepalive-only",
	  "NAT keepalives (RFC 3948 2.3) are one octet that names no SA; they are taken for nothing "
	  "but a sign of life of their sender." },
};
/* clang-format on */

const struct ik_untold *ik_untold(size_t i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}
