#!/usr/bin/env python3
"""Near misses: what looks alike and has different causes. Two samples of which the causes are known are
either told apart, each naming its own cause and not the other's, or both causes are named for both,
because the packets do not separate them. What a sample names: slugs of failures and warnings, and the
candidates that something speaks for.

SPDX-License-Identifier: Apache-2.0
"""

import json

from program import SOURCE, Count, run

NOTHING = "(nothing)"

# Sample, its cause; sample, its cause; why they look alike. NOTHING: no failure at all.
APART = [
    ("auth/v1-psk-mismatch-main", "psk-mismatch-mm", "auth/v1-id-mismatch", "id-mismatch-v1",
     "message 5 is answered by an encrypted notify: only whether the sender could read it differs"),
    ("auth/v1-psk-mismatch-aggressive", "psk-mismatch-am", "auth/v1-aggressive-invalid-id-synthetic", "id-mismatch-v1",
     "aggressive mode is refused"),
    ("auth/v1-psk-missing", "psk-missing", "auth/v1-psk-mismatch-main", "psk-mismatch-mm",
     "no key for this peer, or another one"),
    ("auth/v2-eap-wrong-password", "eap-failure", "auth/v2-unknown-id", "id-mismatch-v2",
     "IKE_AUTH ends with an error alone: behind EAP rounds, or at once"),
    ("auth/v2-psk-mismatch", "psk-mismatch-v2", "auth/v2-cert-untrusted", "cert-untrusted",
     "IKE_AUTH is refused in the same octets: the length of the request tells a key from a certificate"),
    ("auth/v1-xauth-wrong-password", "xauth-modecfg-failure", "phase2/v1-p2-proposal", "p2-refused-v1",
     "an encrypted refusal behind a complete main mode"),
    ("nat/v2-natt-4500-blocked", "natt-4500-blocked", "fragments/v2-frag-ike-auth.initiator", "frag-ike-auth",
     "IKE_AUTH is never answered: its port, or its size"),
    ("nat/v1-natt-4500-blocked", "natt-4500-blocked", "fragments/v1-frag-main-mode", "frag-ike-auth",
     "message 5 is never answered: its port, or its size"),
    ("nat/v1-natt-not-offered.initiator", "natt-not-offered", "esp/v1-esp-one-way", "esp-one-way",
     "ESP passes one way: a NAT without traversal, or a filter"),
    ("fragments/v2-frag-ikev2-partial.responder", "frag-ikev2-partial", "auth/v2-ike-auth-unanswered",
     "ike-auth-unanswered", "IKE_AUTH stalls: a fragment of it is missing, or the answer"),
    ("fragments/v2-frag-ike-auth.responder", "frag-ike-auth", "fragments/v2-frag-response-lost.responder",
     "frag-response-lost", "fragments are lost on the way there, or on the way back"),
    ("phase1/v2-peer-silent", "peer-silent", "artefacts/art-oneway-initiator", NOTHING,
     "no answer is seen: there is none, or only one direction was captured"),
    ("phase1/v2-peer-silent", "peer-silent", "artefacts/art-early-end", NOTHING,
     "no answer is seen: after all repetitions, or the capture ends too early to tell"),
    ("phase1/v1-peer-silent", "peer-silent", "phase1/v1-icmp-port-unreachable", "icmp-unreachable",
     "message 1 is repeated: in silence, or against ICMP"),
    ("phase1/v1-peer-silent", "peer-silent", "phase1/v1-mm3-lost", "p1-mm3-lost",
     "silence from the beginning, or from message 3 on"),
    ("phase1/v2-one-way-underlay.responder", "one-way-underlay", "phase1/v2-peer-silent-but-alive", "peer-silent",
     "the request is repeated: its answers are lost, or there are none"),
    ("phase1/v1-no-proposal-both-offers", "p1-no-proposal", "phase1/version-mismatch-both-ways",
     "ike-version-mismatch", "message 1 is refused; what the peer offers itself decides"),
    ("phase1/v1-no-proposal-encryption-both-offers", "p1-encr", "phase1/v1-no-proposal-hash-both-offers", "p1-hash",
     "message 1 is refused; the peer's own offer names the attribute"),
    ("phase1/v2-no-proposal-group-both-offers", "p1-dh", "phase1/v2-no-proposal-both-offers", "p1-keylen",
     "IKE_SA_INIT is refused; the peer's own offer names the attribute"),
    ("phase1/v1-no-proposal-lifetime-synthetic", "p1-lifetime", "phase1/v1-no-proposal-both-offers", "p1-dh",
     "message 1 is refused: over its lifetime, or a group"),
    ("phase1/v2-vendor-limit-synthetic", "vendor-limit", "phase1/v2-no-proposal-group-both-offers", "p1-dh",
     "IKE_SA_INIT is refused: what would fit stands too far down, or is not there"),
    ("phase1/v1-peer-silent-other-method-libreswan", "p1-auth", "phase1/v1-no-proposal-both-offers", "p1-dh",
     "the peer takes nothing of the offer: its own names the attribute"),
    ("phase1/v1-modes-differ-refused-synthetic", "exchange-mode-mismatch", "phase1/v1-no-proposal-both-offers",
     "p1-no-proposal", "message 1 is refused; what the peer does itself decides"),
    ("fragments/v2-big-init.initiator", "big-init", "phase1/v2-peer-silent", "peer-silent",
     "the first message is repeated: it is too large for one packet, or it is not"),
    ("phase1/v2-halfopen-block-synthetic", "halfopen-block", "phase1/v2-peer-silent-retries", "peer-silent",
     "an attempt meets silence: behind answered ones, or like all"),
    ("phase1/v1-answer-late-synthetic", "dos-cpu-slow-dh", "phase1/v1-mm3-lost", "p1-mm3-lost",
     "message 2 leads nowhere: it came too late, or message 3 is lost"),
    ("phase1/v2-asym-return-synthetic", "asym-return", "phase1/v2-one-way-underlay.responder", "one-way-underlay",
     "the request is repeated behind its answer: that came from elsewhere, or is lost"),
    ("phase1/v2-asym-return-synthetic", "asym-return", "healthy/v2-answer-from-elsewhere-synthetic", NOTHING,
     "an answer from another address: refused, or taken"),
    ("phase1/v2-invalid-ke-loop-synthetic", "p1-invalid-ke", "healthy/v2-invalid-ke", NOTHING,
     "INVALID_KE_PAYLOAD for ever, or once"),
    ("phase1/v2-halfopen-flood", "cookie-challenge", "healthy/v2-cookie", NOTHING,
     "COOKIE is demanded of spoofed addresses, or of a peer that goes on"),
    ("phase2/v1-qm3-lost.responder", "qm3-lost", "phase2/v1-qm2-lost-synthetic", "one-way-underlay",
     "QM2 is repeated: message 3 is lost, or message 2"),
    ("phase2/v2-p2-selectors", "p2-refused-v2", "auth/v2-psk-mismatch", "auth-failed-v2",
     "IKE_AUTH is refused: the child only, or all of it"),
    ("phase2/v2-p2-unanswered", "p2-unanswered", "phase2/v2-p2-new-child-proposal", "p2-refused-v2",
     "a child does not come up: in silence, or by a refusal"),
    ("rekey/v2-pfs-mismatch-rekey", "pfs-mismatch-v2", "rekey/v2-rekey-unanswered", "rekey-unanswered",
     "a rekey fails: refused, or unanswered"),
    ("rekey/v2-rekey-unanswered", "rekey-unanswered", "liveness/v2-dpd-unanswered", "dpd-unanswered",
     "a request on an SA that stood is not answered"),
    ("rekey/v2-delete-without-replacement", "delete-without-replacement", "healthy/v2-rekey-ike", NOTHING,
     "the IKE SA is deleted: for good, or because a new one is there"),
    ("rekey/v2-delete-without-replacement", "delete-without-replacement", "rekey/v2-deleted-idle-synthetic", NOTHING,
     "the SA is deleted: while it carried traffic, or idle"),
    ("healthy/v2-rekey-collision", NOTHING, "rekey/v2-pfs-mismatch-rekey", "pfs-mismatch-v2",
     "a rekey is refused: because the other side did the same, or for its content"),
    ("esp/v2-esp-one-way.initiator", "esp-one-way", "esp/v2-esp-zero", "esp-zero",
     "no traffic comes back: none goes out either, or it does"),
    ("esp/v2-esp-one-way.initiator", "esp-one-way", "esp/v2-esp-loss", NOTHING,
     "packets are missing: all of one direction, or some"),
    ("liveness/v2-dpd-unanswered", "dpd-unanswered", "healthy/v2-dpd", NOTHING, "liveness checks"),
    ("liveness/v2-dpd-aggressive", "dpd-aggressive", "liveness/v2-dpd-unanswered", "dpd-unanswered",
     "liveness checks give a peer up: it answers too late, or never"),
    ("liveness/v2-dpd-aggressive", "dpd-aggressive", "liveness/v2-dpd-answer-late", NOTHING,
     "the answer to a liveness check is late: for a sender that has given up, or still asks"),
    ("liveness/v1-peer-forgot-synthetic", "crash-restart-peer", "rekey/v1-mtime-clock-synthetic", "mtime-clock",
     "INVALID-COOKIE under an SA that stood: within its lifetime, or at its end"),
    ("nat/v2-nat-duplicate-identity", "duplicate-peer-identity", "nat/v2-nat-client-moves", NOTHING,
     "the gateway deletes SAs of other ports: of two clients in turn, or of one that moves"),
    ("liveness/v2-flap-dpd-again", "flap-dpd", "liveness/v2-flap-loss-down", "flap-loss",
     "liveness checks take the tunnel down again and again: with loss before, or without"),
    ("artefacts/art-dup-span-silent", "peer-silent", "healthy/v2-psk-span", NOTHING,
     "every packet twice: repeated by its sender, or by the mirror"),
    ("artefacts/art-snaplen-96", NOTHING, "artefacts/art-malformed-synthetic", "malformed-message",
     "messages end too early: cut by the capture, or by their sender"),
    ("artefacts/art-frag-only-first", NOTHING, "fragments/v2-frag-ike-auth.responder", "frag-ike-auth",
     "fragments are missing: to the capture filter, or to the peer"),
    ("auth/v1-psk-mismatch-main-libreswan-responder", "psk-mismatch-mm", "auth/v1-cert-untrusted-libreswan",
     "cert-untrusted", "messages 4 and 5 are repeated crosswise: in silence, or with a refusal of each copy"),
    ("fragments/v1-frag-main-mode", "frag-ike-auth", "auth/v1-cert-untrusted-libreswan-initiator", "cert-untrusted",
     "a large message 5 is repeated: lost, or refused and the refusal not heeded"),
    ("healthy/v1-rekey-ike-libreswan", NOTHING, "auth/v1-main-no-phase2-synthetic", "p2-unanswered",
     "no phase 2 follows a main mode: beside an SA that stands, or alone"),
    ("artefacts/art-esp-only", "no-ike-traffic", "esp/v2-esp-zero", "esp-zero", "ESP without IKE, IKE without ESP"),
]

# Nothing in the packets separates these: both causes are named for both.
NAMED = [
    ("auth/v2-psk-mismatch", "psk-mismatch-v2", "auth/v2-unknown-id", "id-mismatch-v2",
     "AUTHENTICATION_FAILED is the same eight octets"),
    ("auth/v2-psk-mismatch", "psk-mismatch-v2", "auth/v2-auth-method-mismatch", "authmethod-mismatch-v2",
     "AUTHENTICATION_FAILED is the same eight octets"),
    ("auth/v2-cert-untrusted", "cert-untrusted", "auth/v2-cert-expired", "cert-expired",
     "AUTHENTICATION_FAILED is the same eight octets"),
    ("auth/v2-responder-cert-rejected", "cert-untrusted", "auth/v2-responder-id-rejected", "id-mismatch-v2",
     "the initiator refuses in an encrypted INFORMATIONAL"),
    ("auth/v1-id-mismatch", "id-mismatch-v1", "auth/v1-auth-method-mismatch", "authmethod-mismatch-v1",
     "an encrypted notify of one size refuses message 5"),
    ("auth/v1-cert-untrusted", "authmethod-mismatch-v1", "auth/v1-id-mismatch", "id-mismatch-v1",
     "an encrypted notify of one size refuses message 5"),
    ("phase1/v1-aggressive-against-main-only", "exchange-mode-mismatch", "auth/v1-aggressive-id-mismatch",
     "id-mismatch-v1", "AM1 is refused with the same notify"),
    ("phase1/v1-against-v2-only", "ike-version-mismatch", "phase1/v1-no-proposal", "p1-no-proposal",
     "NO-PROPOSAL-CHOSEN answers message 1"),
    ("phase1/v2-peer-silent", "peer-silent", "phase1/v2-one-way-underlay.initiator", "one-way-underlay",
     "seen from the initiator, an answer that is lost is no answer"),
    ("phase2/v1-p2-proposal", "p2-no-proposal-v1", "phase2/v1-p2-selectors", "ts-mismatch-v1",
     "an encrypted notify of one size refuses QM1"),
    ("phase2/v1-p2-proposal", "p2-no-proposal-v1", "phase2/v1-p2-pfs", "pfs-mismatch-v1",
     "an encrypted notify of one size refuses QM1"),
    ("phase2/v2-p2-proposal", "p2-no-proposal-v2", "phase2/v2-p2-selectors", "ts-unacceptable-v2",
     "the child of IKE_AUTH is refused by a notify of one size"),
    ("phase2/v2-p2-new-child-proposal", "p2-no-proposal-v2", "phase2/v2-p2-new-child-selectors",
     "ts-unacceptable-v2", "CREATE_CHILD_SA is refused by a notify of one size"),
    ("auth/v1-mm5-lost", "one-way-underlay", "auth/v1-psk-mm4-repeated-synthetic", "psk-mismatch-mm",
     "message 5 is repeated and nothing comes"),
    ("auth/v2-psk-mismatch-openiked-responder", "psk-mismatch-v2", "phase2/v2-p2-proposal-openiked-responder",
     "p2-no-proposal-v2", "OpenIKED refuses the child like the peer"),
    ("auth/v2-responder-cert-missing-libreswan", "cert-untrusted", "phase2/v2-p2-selectors-openiked-responder",
     "ts-unacceptable-v2", "the initiator deletes as soon as IKE_AUTH is complete"),
    ("phase1/v1-peer-silent", "peer-silent", "phase1/v1-main-against-aggressive-only-libreswan",
     "exchange-mode-mismatch", "a mode that is not configured is dropped without a word"),
    ("phase1/v1-mm3-lost", "p1-mm3-lost", "phase1/v1-cert-invalid-key-synthetic", "psk-missing",
     "message 3 leads nowhere"),
]

KNOWN = {}


def places(document):
    yield document
    for array in ("captures", "negotiations", "tunnels"):
        yield from document[array]


def named(sample):
    """Every cause that the program names for a sample."""
    if sample not in KNOWN:
        document = json.loads(run("diagnose", "--format", "json", SOURCE / f"pcaps/{sample}.pcap").stdout)
        found = [f for place in places(document) for f in place["findings"]]
        told = [f for f in found if f["severity"] != "note" or f["slug"] == "no-ike-traffic"]
        slugs = {f["slug"] for f in told} | {c["slug"] for f in told for c in f["candidates"] if c["for"]}
        failing = any(f["severity"] == "failure" for f in told)
        KNOWN[sample] = slugs | (set() if failing else {NOTHING})
    return KNOWN[sample]


def main():
    count = Count("look-alikes")
    for one, its, other, others, why in APART:
        for sample, mine, foreign in ((one, its, others), (other, others, its)):
            slugs = named(sample)
            count.check(mine in slugs, f"{sample} names {sorted(slugs)}, not {mine}: {why}")
            count.check(foreign not in slugs, f"{sample} names {foreign} too: {why}")
    for one, its, other, others, why in NAMED:
        for sample in (one, other):
            missing = {its, others} - named(sample)
            count.check(not missing, f"{sample} does not name {sorted(missing)}: {why}")
    count.finish()


if __name__ == "__main__":
    main()
