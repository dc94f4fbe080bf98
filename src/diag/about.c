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
	{ "cert-san-mismatch",
	  "The identity that a side sends must be in its certificate, as the distinguished name "
	  "or as a subjectAltName (RFC 4945 3.1); clients that ask for the name of the gateway "
	  "refuse a certificate without it." },
	{ "cert-untrusted",
	  "The peer does not trust the certificate or cannot build its chain." },
	{ "cleartext-leak",
	  "The other site answers past the tunnel, in clear: a route, a NAT exemption or a policy "
	  "is missing. Which networks are inside stands under encryption, so such answers cannot be "
	  "told from other traffic." },
	{ "cp-failure",
	  "The responder had no address to assign to the client." },
	{ "crash-restart-peer",
	  "An end that restarts forgets its SAs without a Delete, and most implementations drop "
	  "what comes under SPIs they do not know in silence. So this is only told where the "
	  "other end shows it: by a new SA of its own accord while it does not answer under the "
	  "old one, or by a notify in clear. A negotiation that is answered behind an SA that was "
	  "lost is cited with dpd-unanswered and proves no restart: the path may have come back." },
	{ "df-no-icmp",
	  "Large packets vanish before a link with a smaller MTU, and the ICMP error that would say "
	  "so is filtered. One capture point cannot tell: before the link all packets leave, behind "
	  "it numbers are missing, of packets whose size nobody saw. A capture at each end shows it "
	  "by the sizes of what is missing." },
	{ "dpd-asymmetric",
	  "A note about what is announced. Whether a side that announces it also probes is its "
	  "configuration." },
	{ "duplicate-peer-identity",
	  "Tunnel, failure, likely. Three times or more the responder deleted an SA within a "
	  "second of another SA from another port of the same address, and a client came back to "
	  "the port that it had before the other one: two clients behind one NAT that the gateway "
	  "takes for one. A single client that moves comes from new ports each time. Clients at "
	  "different addresses are different pairs here and are not compared." },
	{ "esp-blocked",
	  "Said where ICMP errors that quote the flow refuse it. A filter that is silent shows at "
	  "one capture point only as esp-one-way, of which it is a candidate: on the sender's side "
	  "of the filter both directions look healthy, on the other side one is missing." },
	{ "esp-dup",
	  "Copies of a mirror port have the same IP identification within 5 ms (art-dup-span). "
	  "Without an identification, as in IPv6, a mirror port that does not touch the hop limit "
	  "looks like this too." },
	{ "esp-on-wrong-port",
	  "Both ends know from NAT detection whether ESP goes in UDP. RFC 7296 2.23 lets an end "
	  "receive ESP in UDP all the same; many do not, and drop bare ESP where they expect UDP." },
	{ "esp-one-way",
	  "Four or more ESP packets over two seconds or more, or ten at any pace, went one way and "
	  "none the other, under an SA that was seen to be established. Not said where "
	  "natt-not-offered or delete-without-replacement explains it already. One-way traffic can "
	  "be intended; hence the claim." },
	{ "esp-reorder",
	  "What esp-replay-window says wins over this. Receivers put nothing in order again; TCP "
	  "inside takes disorder for loss." },
	{ "esp-replay-window",
	  "A computation, not a guess: a receiver moves its window to the highest number that it "
	  "got, and drops what is behind it by the size of the window or more. It holds for a "
	  "receiver that gets what passes here. Which window it has, packets do not show; RFC 4303 "
	  "3.4.3 wants 64 by default." },
	{ "esp-sa-size-mismatch",
	  "The suite of a Child SA is negotiated under encryption in both versions, so lengths can "
	  "contradict only each other. With AES-CBC a length modulo 16 is that of 8 and the ICV: 4 "
	  "for 96 bits, 8 for 128 and 256. Where one end sends the one only and the other the other "
	  "only, over eight different sizes or more each, they read one suite in two ways. One "
	  "direction alone proves nothing: 96 bits are SHA-1 as well." },
	{ "esp-seq-gap",
	  "Eight numbers or more and one in fifty that never came. A capture that loses packets "
	  "loses those of all flows alike: where another flow of the same two ends should have lost "
	  "five at this rate in the same time and lost next to none, the capture is not to blame, "
	  "and the claim is likely. Else it is a note; so it is where one hole makes up most of the "
	  "loss, since a sender may skip numbers after a failover." },
	{ "esp-seq-wrap",
	  "Sixteen packets or more in a row that carry on behind the highest number are a sender "
	  "that began to count anew or a replay, unless as many numbers were missing: then they "
	  "only were late." },
	{ "esp-tos",
	  "A policer, or a queue that is full, drops ESP by rate or class. The classes and rates "
	  "that a network has are not in the packets; that loss comes with load is seen over time "
	  "and at both ends." },
	{ "esp-zero",
	  "There may have been nothing to send, or the capture filter kept ESP out." },
	{ "flap-dpd",
	  "Tunnel, warning, likely. Three times or more an SA that stood was given up because "
	  "liveness checks got no answer, and a new negotiation began behind it; the answered "
	  "requests before show no loss. Where the times lie at regular intervals (coefficient of "
	  "variation 5 % or less) a timer is behind it, which may be anybody's, and the claim is "
	  "possible. Only downs of one kind make a flap; a change to a newer SA that stands "
	  "already is no down." },
	{ "flap-idle",
	  "Tunnel, note, likely where it is half an hour within 5 %, else possible. Three times "
	  "or more the SA was deleted when no ESP had come for a time that is always the same (a "
	  "minute or more, coefficient of variation 5 % or less), while it did not stand equally "
	  "long, and a new negotiation began later." },
	{ "flap-lifetime",
	  "Tunnel, warning. Three times or more the SA was deleted after it had stood equally "
	  "long (coefficient of variation 5 % or less) and a new negotiation began: likely where "
	  "that is the lifetime that IKEv1 agreed on (0.8 to 1.05 of it) or where the side that "
	  "deletes begins anew within a second, else possible; with flap-idle as the other "
	  "candidate where the time without ESP before each Delete was equal as well. Or, likely, "
	  "the SA was lost three times or more because a rekey was not answered." },
	{ "flap-loss",
	  "Tunnel, warning, likely. As flap-dpd, and packets are lost while the tunnel stands: "
	  "three or more answered requests, and one of ten, had to be repeated first; or ten or "
	  "more ESP sequence numbers, and one of a hundred, never came." },
	{ "frag-v1-cisco",
	  "The fragmentation of IKEv1 (vendor id FRAGMENTATION, payload 132) that many products "
	  "speak. The initiator sends all fragments again when no answer comes." },
	{ "halfopen-flood",
	  "Document, warning, likely. 64 or more initiators with SPIs of their own sent a first "
	  "message to one responder and never went on, at one a second or more on the average." },
	{ "id-mismatch-v2",
	  "The responder has no configuration for the initiator's identity, or one of them expects "
	  "another identity of its peer." },
	{ "ike-auth-unanswered",
	  "Asked behind every rule that explains silence better." },
	{ "invalid-spi-blackhole",
	  "An INVALID_SPI notify in clear can be forged; the finding says that it was sent and that "
	  "the sender goes on. Most receivers are silent. What is then left are SAs from before a "
	  "new negotiation by the other end, which is possible only: two gateways may have several "
	  "connections with each other." },
	{ "lifetime-mismatch",
	  "Tunnel, note, possible. Six or more Child SAs were replaced by one side, none by the "
	  "other. IKEv2 negotiates no lifetime, so that is what different lifetimes look like, or "
	  "one side that does not rekey; with equal timers chance would do it once in 32 times." },
	{ "malformed-message",
	  "Of this project's own naming. In a negotiation: an IKE message breaks the format; what "
	  "is wrong is named with its offset and the section of the RFC, and decoding went on where "
	  "that is safe. In a capture (note, certain, made by src/diag/survey.c): headers below IKE "
	  "(link layers, tunnels, IP, fragments) contradict themselves or the packet, each place "
	  "named the same way; the packet is left out from there on. What the snap length cut off "
	  "is neither." },
	{ "mode-mismatch",
	  "Tunnel against transport mode, ESP against AH, or extended sequence numbers." },
	{ "msgid-window",
	  "A message id belongs to one request of its sender (RFC 7296 2.2), and a retransmission "
	  "is the same octets (2.1). Told are two requests with different octets under one id; "
	  "not IKE_SA_INIT, which comes again with a cookie, id 0, which RFC 6311 uses to set "
	  "message ids anew, and IKE fragments, which may be cut anew. Gaps are not told: packets "
	  "may be missing from the capture. How many requests may be under way at once "
	  "(SET_WINDOW_SIZE) is encrypted." },
	{ "mtime-clock",
	  "IKEv1: the IPsec SAs outlive the ISAKMP SA, and a side whose ISAKMP SA is over cannot "
	  "read what comes under it." },
	{ "nat-keepalive-too-slow",
	  "A NAT forgets a mapping that is idle for too long, and gives another port to the next "
	  "packet from inside. Until then what is sent from outside is lost. Keepalives (RFC 3948 "
	  "2.3) every 20 s, or liveness checks, prevent it." },
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
	{ "natt-no-float",
	  "By RFC 3947 4 and RFC 7296 2.23 IKE goes on UDP 4500 once a NAT is found, and ESP in "
	  "UDP with it. On UDP 500 ESP goes bare, which many NATs do not let through. Only said "
	  "where the hashes name another address or port, or a forced encapsulation; hashes that "
	  "fit nothing prove no NAT." },
	{ "natt-remap-midsession",
	  "Under an SA that stands, one end goes on from another address or port while the other "
	  "stays where it is. A client that moves does so (MOBIKE, RFC 4555) and says it to its "
	  "peer under encryption; behind a NAT that changes its mapping, nobody does before the "
	  "next packet from inside." },
	{ "no-ike-traffic",
	  "Document, possible. No IKE message in any capture. A note; a warning where ESP or AH "
	  "shows that a tunnel is there, or where IP fragments begin as IKE messages do and the "
	  "rest of each is missing. Later fragments alone name no port: whose they are stays "
	  "open." },
	{ "old-spi-used",
	  "Said only where both ends used one SPI each, so that the new one replaced it. With "
	  "several Child SAs nobody can tell without keys which of them has which traffic; so "
	  "neither does the program say that Child SAs are duplicates of each other." },
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
	{ "path-flap",
	  "The path fails for moments and comes back: ESP of all SAs has holes then, and IKE "
	  "repeats its messages." },
	{ "pfs-mismatch-v1",
	  "One end wants perfect forward secrecy or another group; IKEv1 shows it with the first "
	  "quick mode." },
	{ "pfs-mismatch-v2",
	  "The same with IKEv2, where the first child comes with IKE_AUTH and has no group of its "
	  "own: it shows with the first rekey." },
	{ "pmtu-esp",
	  "A note where the sender heeds the error: this is how path MTU discovery works. A warning "
	  "where four whole packets or more that are too large come a second and more after it. "
	  "What fits is computed for the common suites, because the negotiated one is encrypted: "
	  "MTU, less IP and UDP, less SPI, sequence number, IV and ICV, cut to whole blocks, less "
	  "padding length and next header." },
	{ "postfrag-esp",
	  "Fragments made behind the encryption cost the receiver time, and one that is lost costs "
	  "the packet. A capture filter on ports keeps of ESP in UDP only the first fragment of "
	  "each." },
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
	{ "reauth-gap",
	  "Tunnel, note, likely. The side that deletes the IKE SA begins anew within a second, "
	  "while no newer SA stands. How long nothing passed is measured from the Delete to the "
	  "new SA, and between the ESP packets around it. A restart by hand looks the same; that "
	  "it comes at equal intervals is flap-lifetime." },
	{ "redirect",
	  "A gateway that is full, or one of several, sends the initiator to another by REDIRECT "
	  "in IKE_SA_INIT (RFC 5685). That is how it is meant to be, and the negotiation with the "
	  "other gateway is what counts; one that sends it back makes a loop. REDIRECT in "
	  "IKE_AUTH or under an SA is encrypted and not told." },
	{ "rekey-collision",
	  "Requests of both sides to rekey the same kind of SA, of which the second passed this "
	  "point before the answer to the first. RFC 7296 lets the peers sort that out, or refuse "
	  "one of the two for now; the refusal is then no failure. Where traffic stops "
	  "afterwards, the findings about ESP say so." },
	{ "repeated-failure",
	  "Tunnel, note, certain. Of this project's own naming. Three or more negotiations of a "
	  "tunnel failed by the same cause: told once, with how often and how regularly. Left out "
	  "where a flap is told." },
	{ "traffic-trigger-missing",
	  "A tunnel on demand is down until something wants through. That nothing does is seen "
	  "here only as silence, so the claim stays possible." },
	{ "ts-mismatch-v1",
	  "The proxy identities (crypto ACLs) are not mirrors of each other." },
	{ "ts-unacceptable-v2",
	  "The traffic selectors do not fit." },
	{ "ts-violation",
	  "A receiver drops, often without a word, inner packets that the selectors of the SA do "
	  "not cover. Inner addresses are encrypted; the same goes for overlapping networks behind "
	  "both ends." },
	{ "unexplained-refusal",
	  "Of this project's own naming: a refusal that no rule explains. The position is certain, "
	  "the cause is not claimed. No failed negotiation is left without a finding." },
	{ "unexplained-stall",
	  "A stall that no rule explains. The position is certain, the cause is not claimed. No "
	  "stalled negotiation is left without a finding." },
	{ "weak-crypto",
	  "Tunnel, note, certain. What the responder chose, not what was offered: DES, 3DES, MD5, "
	  "the groups 1, 2, 5, 22, 23 and 24 (RFC 8247), aggressive mode with a pre-shared key "
	  "(RFC 2409 5.4: the hash can be tried against keys offline). What protects ESP is "
	  "chosen under encryption and not seen." },
	{ "wrong-peer-device",
	  "What answers names itself by vendor ids in clear. Compared are answers from one "
	  "address to the same IKE version and mode. A box that was exchanged or updated looks "
	  "like another box once; by turns, it is more than one." },
	{ "wrong-role-flags",
	  "The Initiator flag is that of who began the IKE SA, or its rekeying, in all messages "
	  "under it (RFC 7296 3.1, 2.2): a receiver finds the SA and the keys by it. After a "
	  "rekeying by the other side roles change. Only encrypted messages are looked at, since "
	  "a notify in clear may copy the flags of what it answers." },
};
/* clang-format on */

const char *ik_about(const char *slug)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].slug, slug) == 0)
			return rows[i].text;
	return NULL;
}
