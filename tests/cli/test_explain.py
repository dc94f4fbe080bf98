#!/usr/bin/env python3
"""explain over lines as logs have them: those that guides tell to look for, and all that a replay prints.

SPDX-License-Identifier: Apache-2.0
"""

import os
import re

from program import Count, SOURCE, run

# A line, or what people copy of one, and what the explanation must say.
LINES = [
    ("*Apr 20 10:02:11.441: %CRYPTO-4-IKMP_NO_SA: IKE message from 10.2.2.1 has no SA", "no longer has"),
    ("ISAKMP:(0): retransmitting phase 1 MM_NO_STATE\u2026", "no usable answer came"),
    ("ISAKMP:(0): retransmitting phase 1 MM_NO_STATE...", "no usable answer came"),
    ("ISAKMP:(0): Phase 2 SA policy not acceptable", "Phase 2 is refused"),
    ("ISAKMP:(0): IPSEC policy invalidated proposal with error 32", "Phase 2 is refused"),
    ("IKE_SA NO_PROPOSAL_CHOSEN", "NO_PROPOSAL_CHOSEN, error notify 14 of IKEv2"),
    ("IKE_SA INVALID_KE_PAYLOAD", "INVALID_KE_PAYLOAD, error notify 17"),
    ("IKE_SA AUTHENTICATION_FAILED", "AUTHENTICATION_FAILED, error notify 24"),
    ("IKE_SA timed out", "had no answer"),
    ("*Apr 20 10:45:03.112: ISAKMP:(1004): Old State = IKE_I_MM5  New State = IKE_I_MM6", "MM6 is awaited"),
    ("*Apr 20 10:45:03.112: ISAKMP:(1004): Authentication failed", "Phase 1 ended"),
    ("*Apr 20 10:45:03.112: ISAKMP:(1004): Send ISAKMP_NOTIFY message to 10.2.2.1", "refuses what it got"),
    ("10.2.2.1        10.1.1.1        MM_NO_STATE         0 ACTIVE (deleted)", "MM_NO_STATE: Main mode began"),
    ("10.2.2.1 10.1.1.1 QM_IDLE 1 ACTIVE", "QM_IDLE: Phase 1 stands"),
    ("ACTIVE (deleted)", "lingers"),
    ("QM_IDLE ACTIVE", "QM_IDLE: Phase 1 stands"),
    ("#pkts encaps: 0, #pkts encrypt: 0, #pkts digest: 0", "no traffic comes to the tunnel"),
    ("#pkts decaps: 0, #pkts decrypt: 0, #pkts verify: 0", "ESP is lost on the way"),
    ("    #pkts encaps: 145, #pkts encrypt: 145, #pkts digest: 145", "no traffic comes to the tunnel"),
    ("#pkts errors", "packets that were dropped"),
    ("#pkts invalid", "packets that fit no SA"),
    ("pkts not decompressed", "IPComp"),
    ("*Apr 20 09:22:11.882: IPSEC(validate_proposal_request): proposal part #1", "compared with the crypto map"),
    ("IPSEC(validate_proposal_request): transform proposal not supported for identity:", "transform set"),
    ("ISAKMP:(0): Checking ISAKMP transform 1 against priority 1 policy", "compared with one policy"),
    ("ISAKMP:(0): No offers accepted!", "isakmp policies"),
    ("ISAKMP:(0): No pre-shared key with 192.0.2.100!", "has no key"),
    ("% Network not in table", "no route"),
    ("router# show crypto isakmp sa", "show crypto isakmp sa: Lists"),
    ("show crypto ikev2 sa detail", "show crypto ikev2 sa: Lists"),
    ("show crypto session", "A command of: Cisco IOS"),
    ("router# show ip route 10.2.2.1", "one to the peer"),
    ("router# show running-config | include pfs", "the configuration"),
    ("router# debug crypto condition peer ipv4 10.2.2.1", "one peer"),
    ("show crypto isakmp sa detail | include NAT", "show crypto isakmp sa: Lists"),
    ("  (key eng. msg.) INBOUND local= 10.1.1.1:0, remote= 10.2.2.1:0,", "One proposal for phase 2"),
    (" Keepalive: 10/3 (interval/retry) DPD action: clear", "between liveness checks"),
    ("show crypto ipsec sa peer 192.0.2.1 | include pkts", "encaps grows"),
    ("%ASA-4-750003: Local:192.0.2.2:500 Remote:192.0.2.6:500 Username:x IKEv2 Negotiation aborted due to ERROR: "
     "Failed to authenticate the IKE SA", "does not verify"),
    ("%ASA-4-750003: words of another version", "750003"),
    ("%ASA-7-752002: Tunnel Manager Removed entry. Map Tag = OUTSIDE-MAP.", "attempt is over"),
    ("IKE SA in NEGO or BUILDING state", "under negotiation"),
    ("TS_UNACCEPTABLE in the log", "TS_UNACCEPTABLE, error notify 38"),
    ("IKEv2:(SA ID = 1):Initial exchange failed: Initial exchange failed", "was refused"),
    ("IP = 192.0.2.1, Duplicate Phase 1 packet detected.  Retransmitting last packet.", "was answered|has answered"),
    ("IP = 192.0.2.1, Received an un-encrypted PAYLOAD_MALFORMED notify message, dropping", "refused in clear"),
    ("ISAKMP:(0): retransmitting phase 1 AG_INIT_EXCH...", "Aggressive mode stands still"),
    ("ISAKMP:(1001): retransmitting phase 2 QM_IDLE 1234567 ...", "quick mode is not answered"),
    ("12[IKE] <gw|1> received INVALID_SYNTAX notify error", "INVALID_SYNTAX, error notify 7"),
    ("received PAYLOAD_MALFORMED error notify", "PAYLOAD-MALFORMED, error notify 16"),
    ("received INVALID_KEY_INFORMATION error notify", "INVALID-KEY-INFORMATION, error notify 17"),
    ("10[ENC] <1> generating ID_PROT request 0 [ SA V V V V ]", "marks a step"),
    ("IP = 192.0.2.1, processing nonce payload", "Logged when the box receives"),
]
STATES = ["IKE_READY", *[f"IKE_I_MM{n}" for n in range(1, 7)], *[f"IKE_R_MM{n}" for n in range(1, 6)],
          "IKE_I_AM1", "IKE_R_AM1", "IKE_R_AM2", "IKE_QM_I_QM1", "IKE_QM_R_QM2", "IKE_P1_COMPLETE"]
# Words that are no line of any box: nothing is made of them.
UNKNOWN = ["nothing of the kind", "the tunnel is down again since Monday", "why does my VPN not work",
           "ping: cannot resolve host: name or service not known", "please restart the router and try again",
           "MM_WAIT_MGS5", "a key and an idea", "NO ONE CAN CONNECT TO IT", "%NOSUCH-4-THING: words", "it said: it does not know this"]
SAMPLES = [
    "healthy/v1-main-psk-nat-libreswan.responder", "healthy/v2-psk-dnat.initiator", "healthy/v2-invalid-ke-libreswan",
    "auth/v1-psk-mismatch-main", "auth/v1-psk-missing", "auth/v1-psk-mismatch-aggressive", "auth/v2-psk-mismatch",
    "auth/v1-aggressive-invalid-hash-synthetic", "auth/v1-psk-mismatch-garbage-synthetic",
    "auth/v2-responder-cert-expired", "auth/v1-xauth-wrong-password-vpnc", "phase1/v1-no-proposal",
    "phase1/v2-no-proposal", "phase1/v1-peer-silent", "phase1/v2-invalid-major-version-synthetic",
    "phase1/v1-against-v2-only-libreswan-reject", "phase1/v1-aggressive-no-proposal-synthetic",
    "phase2/v1-p2-proposal", "phase2/v1-p2-unanswered", "phase2/v1-qm3-lost.initiator", "phase2/v2-p2-selectors",
    "liveness/v1-dpd-unanswered", "liveness/v2-dpd-unanswered", "rekey/v2-rekey-unanswered-libreswan",
    "rekey/v1-delete-without-replacement", "fragments/v2-frag-ike-auth.initiator", "healthy/v2-rekey-collision",
]
SIDE = re.compile(r" [IR] \S+ +(?:[0-9:.]+ +)?(?! )(.*)")


def check_lines(count):
    for line, said in LINES:
        result = run("explain", line)
        output = " ".join(result.stdout.decode().split())
        count.check(result.returncode == 0, f"nothing is known of {line!r}")
        count.check(re.search(said, output) is not None, f"{line!r} is not explained by {said!r}: {output[:300]}")
    for state in STATES:
        output = run("explain", state).stdout.decode()
        count.check(output.startswith(f"{state}: "), f"{state} is not explained: {output[:80]!r}")
    for term in UNKNOWN:
        result = run("explain", term)
        count.check(result.returncode == 1, f"something is made of {term!r}: {result.stdout.decode()[:200]}")


def logged(style, sample):
    """The lines of a replay: what is broken over lines put together, without what is said of it."""
    lines = []
    output = run("replay", "--utc", "--as", style, f"pcaps/{sample}.pcap", cwd=SOURCE, env=dict(os.environ, LC_ALL="C"))
    for line in output.stdout.decode().splitlines():
        begun = SIDE.fullmatch(line)
        if begun:
            lines.append(begun[1])
        elif lines and line.startswith(" " * 30):
            lines[-1] += " " + line.strip()
    return [re.sub(r" \([a-z][^()]*\)$", "", line) for line in lines if not line.startswith("(no line")]


def check_replays(count):
    """Whatever a replay prints explains itself; of lines with other numbers one is enough."""
    seen = {}
    for style in ("ios", "asa", "charon"):
        for sample in SAMPLES:
            for line in logged(style, sample):
                seen.setdefault(re.sub(r"[0-9a-fA-F]*[0-9][0-9a-fA-F]*", "0", line), (line, f"{style}, {sample}"))
    count.check(len(seen) > 200, f"only {len(seen)} lines in the replays")
    for line, where in seen.values():
        count.check(run("explain", "--", line).returncode == 0, f"{where}: nothing is known of {line!r}")


def main():
    count = Count("explain")
    check_lines(count)
    check_replays(count)
    count.finish()


if __name__ == "__main__":
    main()
