/*
 * What there is to say of a slug beyond its title and its rules: what it stands for, who makes it
 * where no rule does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "diag/rule.h"

struct about_row {
	const char *slug;
	const char *text;
};

/* clang-format off */
static const struct about_row rows[] = {
	{ "art-drop",
	  "Capture, warning, certain. The kernel or the interface dropped packets while capturing; "
	  "gaps may be of the capture and not of the network." },
	{ "art-dup-span",
	  "Capture, note, certain. The same packet was captured twice, as mirror ports do: same "
	  "content and same IP identification. Such copies are counted apart from retransmissions." },
	{ "art-early-end",
	  "Capture, note, certain. The capture ended less than 165 seconds after the last packet of "
	  "a negotiation that was still waiting; 165 seconds is the longest retransmission schedule "
	  "of a common implementation. A warning where the file could not be read to its end." },
	{ "art-encap",
	  "Capture, note, certain. The packets came in VLANs or tunnels; the inside is analysed. Up "
	  "to four wrappers are named." },
	{ "art-frag-only-first",
	  "Capture, warning, possible. Of every fragmented IP datagram only the first fragment is "
	  "in the capture: a capture filter for ports lets no other through. Not where another "
	  "fragment, or traffic that no filter for IPsec lets through, shows that the filter is "
	  "wider. frag-ike-auth is then at most possible." },
	{ "art-midstart",
	  "Capture, note, certain. Negotiations whose first message is not in the capture." },
	{ "art-oneway",
	  "Capture, warning, certain. Negotiations advance although the answers were not captured: "
	  "only one direction is in the capture, and what seems unanswered there proves nothing." },
	{ "art-reorder",
	  "Capture, note, certain. Time stamps step backwards." },
	{ "art-snaplen",
	  "Capture, warning, certain. The snap length cut packets. What is missing from them is no "
	  "fault of the sender, and the claim of what is concluded from a negotiation with cut "
	  "messages is lowered by one." },
	{ "auth-failed-v1",
	  "A cause of this project's own naming: phase 1 came to authentication, the side that "
	  "refuses said so under encryption. Where the other side stops, it could read that, and "
	  "with pre-shared keys in main mode different keys are excluded; which of the candidates "
	  "it was, encryption hides. Where it goes on, it may only not heed a notify before phase 1 "
	  "stands, as libreswan does." },
	{ "auth-failed-v2",
	  "IKEv2 derives its keys without the pre-shared key, so the refusal can always be read by "
	  "the peer and never by an observer. The umbrella names what it can be." },
	{ "auth-integrity-silent",
	  "A message that was altered on the way fails its integrity check and is dropped without a "
	  "word." },
	{ "authmethod-mismatch-v1",
	  "Of this project's own naming: the ends want different authentication methods (key, "
	  "certificate, XAUTH), and the responder accepts the proposal all the same and refuses in "
	  "message 5." },
	{ "authmethod-mismatch-v2",
	  "One end expects a pre-shared key, the other a certificate or EAP." },
	{ "cert-expired",
	  "The certificate is not valid at the time of the peer's clock." },
	{ "cert-untrusted",
	  "The peer does not trust the certificate or cannot build its chain." },
	{ "cp-failure",
	  "The responder had no address to assign to the client." },
	{ "esp-one-way",
	  "Four or more ESP packets over two seconds or more, or ten at any pace, went one way and "
	  "none the other, under an SA that was seen to be established. Not said where "
	  "natt-not-offered or delete-without-replacement explains it already. One-way traffic can "
	  "be intended; hence the claim." },
	{ "esp-zero",
	  "There may have been nothing to send, or the capture filter kept ESP out." },
	{ "halfopen-flood",
	  "Document, warning, likely. 64 or more initiators with SPIs of their own sent a first "
	  "message to one responder and never went on, at one a second or more on the average." },
	{ "id-mismatch-v2",
	  "The responder has no configuration for the initiator's identity, or one of them expects "
	  "another identity of its peer." },
	{ "ike-auth-unanswered",
	  "Asked behind every rule that explains silence better." },
	{ "malformed-message",
	  "Of this project's own naming. In a negotiation: an IKE message breaks the format; what "
	  "is wrong is named with its offset and the section of the RFC, and decoding went on where "
	  "that is safe. In a capture (note, certain, made by src/diag/survey.c): headers below IKE "
	  "(link layers, tunnels, IP, fragments) contradict themselves or the packet, each place "
	  "named the same way; the packet is left out from there on. What the snap length cut off "
	  "is neither." },
	{ "mode-mismatch",
	  "Tunnel against transport mode, ESP against AH, or extended sequence numbers." },
	{ "natd-reason",
	  "NAT detection hashes are over the addresses and ports that a side knows: its own, and "
	  "the one it sends to. Where one does not fit what stands in the packet, it is compared "
	  "with the hashes of the same address with other ports, of the other addresses of the "
	  "negotiation, and of all addresses of a search (--nat-search). What fits is proved: 64 "
	  "bits are compared, and 2^32 addresses with six ports fit by chance once in 7 * 10^8 "
	  "searches. The cases: - another address, a real port: the inside address of a side behind "
	  "NAT, or by what the other side knows it, that is a NAT beyond this point; - the same "
	  "address, another port: a NAT that rewrites only the port; - the same address, 500 in "
	  "place of 4500 or the reverse: an error of some implementations; - port 0, from which no "
	  "packet comes: forced UDP encapsulation. libreswan (encapsulation=yes) hashes its real "
	  "address with it, strongSwan (encap = yes, IKEv2) an address that it invents, also over "
	  "IPv6. In one of 200 cases an invented address is a private one, hence likely there; - "
	  "nothing found: behind NAT with a public address inside, or forced with a random hash, as "
	  "strongSwan does in IKEv1. Only then, and where nothing was searched, the claim is "
	  "possible. It is a note: a healthy tunnel through NAT has it." },
	{ "no-ike-traffic",
	  "Document, possible. No IKE message in any capture. A note; a warning where ESP or AH "
	  "shows that a tunnel is there." },
	{ "p1-auth",
	  "Part of p1-no-proposal: the peer itself offers, or chose, another authentication method "
	  "(IKEv1; in IKEv2 the method is encrypted). strongSwan refuses it only at message 5, "
	  "libreswan is silent at message 1." },
	{ "p1-dh",
	  "Part of p1-no-proposal: no Diffie-Hellman group in common. In IKEv2 a wrong first guess "
	  "of a group that both take is p1-invalid-ke and no failure." },
	{ "p1-encr",
	  "Part of p1-no-proposal: no cipher in common." },
	{ "p1-hash",
	  "Part of p1-no-proposal: no hash in common (IKEv1)." },
	{ "p1-integ",
	  "Part of p1-no-proposal: no integrity algorithm in common (IKEv2)." },
	{ "p1-keylen",
	  "Part of p1-no-proposal: the same cipher with other key lengths." },
	{ "p1-lifetime",
	  "The lifetimes of IKEv1 differ where nothing else does. Most responders take the shorter "
	  "one, some refuse; only named where the peer offers the same proposal itself." },
	{ "p1-mm4-missing",
	  "The responder has message 3 and message 4 does not come: a candidate of p1-mm3-lost, "
	  "which looks the same where only the initiator's side was captured." },
	{ "p1-prf",
	  "Part of p1-no-proposal: no pseudo-random function in common (IKEv2)." },
	{ "p2-no-proposal-v1",
	  "The transform sets of quick mode have nothing in common." },
	{ "p2-no-proposal-v2",
	  "The ESP proposals have nothing in common." },
	{ "p2-refused-v1",
	  "An umbrella: QM1 is encrypted, and so is the notify that refuses it." },
	{ "p2-refused-v2",
	  "An umbrella: the answer is too short to hold a Child SA, and why stands inside it." },
	{ "pfs-mismatch-v1",
	  "One end wants perfect forward secrecy or another group; IKEv1 shows it with the first "
	  "quick mode." },
	{ "pfs-mismatch-v2",
	  "The same with IKEv2, where the first child comes with IKE_AUTH and has no group of its "
	  "own: it shows with the first rekey." },
	{ "ppk",
	  "Post-quantum pre-shared keys (RFC 8784): both sides announce them in IKE_SA_INIT and "
	  "they differ, or one side insists on them. A candidate of auth-failed-v2, named only "
	  "where both announce them." },
	{ "psk-mismatch-mm",
	  "In main mode with pre-shared keys SKEYID comes from the key (RFC 2409 5), so ends with "
	  "different keys cannot decrypt each other from message 5 on. What the responder does then "
	  "differs: it answers with a notify that the initiator cannot read, complains in clear of "
	  "what it takes for garbage, repeats message 4, or is silent. Silence alone is possible "
	  "only." },
	{ "psk-mismatch-v2",
	  "The pre-shared keys differ. Unlike main mode this does not prevent the ends from reading "
	  "each other." },
	{ "ts-mismatch-v1",
	  "The proxy identities (crypto ACLs) are not mirrors of each other." },
	{ "ts-unacceptable-v2",
	  "The traffic selectors do not fit." },
	{ "unexplained-refusal",
	  "Of this project's own naming: a refusal that no rule explains. The position is certain, "
	  "the cause is not claimed. No failed negotiation is left without a finding." },
	{ "unexplained-stall",
	  "A stall that no rule explains. The position is certain, the cause is not claimed. No "
	  "stalled negotiation is left without a finding." },
};
/* clang-format on */

const char *ik_about(const char *slug)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].slug, slug) == 0)
			return rows[i].text;
	return NULL;
}
