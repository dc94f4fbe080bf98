#!/usr/bin/env python3
"""The text of diagnose over all samples: what is told as an earlier negotiation loses nothing of its own,
and -v has everything in full; and some reports word by word. It and that of sessions fit 80 columns.

With IKESCOPE_UPDATE in the environment the expected reports are written anew.

SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import re

from program import Count, SOURCE, captures, run

EXPECTED = SOURCE / "tests" / "cli" / "diagnose"
ENVIRONMENT = dict(os.environ, LC_ALL="C", TZ="UTC")

# Name of the expected report, sample.
REPORTS = [
    ("v2-flapping", "liveness/v2-flap-dpd.pcap"),
    ("v2-duplicate-identity", "nat/v2-nat-duplicate-identity.pcap"),
    ("v2-flood", "phase1/v2-halfopen-flood.pcap"),
]
# What a box on a side (None: on either) says in a sample, and what nobody does there.
ON_BOX = [
    ("auth/v2-responder-cert-expired", "auth-failed-v2",
     {("responder", "received DELETE for IKE_SA *"), ("initiator", "no trusted * public key found for *")},
     {"received AUTHENTICATION_FAILED notify error",
      "IKE SA authentication request rejected by peer: AUTHENTICATION_FAILED"}),
    ("auth/v2-psk-mismatch", "auth-failed-v2", {("initiator", "received AUTHENTICATION_FAILED notify error")},
     {"received DELETE for IKE_SA *"}),
    ("auth/v1-responder-id-rejected", "id-mismatch-v1", {("initiator", "IDir '*' does not match to '*'")},
     {"no peer config found"}),
    ("auth/v1-aggressive-responder-id-rejected", "id-mismatch-v1", {("initiator", "IDir '*' does not match to '*'")},
     {"no peer config found", "received DELETE for IKE_SA *"}),
    ("auth/v1-aggressive-invalid-id-synthetic", "id-mismatch-v1", {("responder", "no peer config found")}, set()),
    ("phase1/v1-peer-silent-other-method-libreswan", "psk-missing",
     {("initiator", "received AUTHENTICATION_FAILED error notify")}, {"received INVALID_KE_PAYLOAD error notify"}),
    ("auth/v1-psk-missing", "psk-missing", {("initiator", "received INVALID_KE_PAYLOAD error notify")},
     {"received AUTHENTICATION_FAILED error notify"}),
    ("phase1/v2-invalid-major-version-synthetic", "ike-version-mismatch", set(),
     {"received NO_PROPOSAL_CHOSEN notify error"}),
    ("healthy/v1-main-psk-dnat", "natd-reason",
     {("responder", "local host is behind NAT, sending keep alives"), ("initiator", "remote host is behind NAT")}, set()),
]
BRIEF = 20  # with more negotiations each has a line


def diagnose(path, *arguments):
    return run("diagnose", "--utc", *arguments, path, env=ENVIRONMENT, cwd=SOURCE)


def squeezed(text):
    return re.sub(r"\s+", "", text)


def blocks(text):
    """The paragraphs of each negotiation by its number."""
    parts = re.split(r"^#(\d+) ", text, flags=re.MULTILINE)
    return {int(parts[i]): parts[i + 1] for i in range(1, len(parts), 2)}


def lines(remedy):
    return remedy["text"].split("\n")


def named(evidence):
    return [str(frame) for frame in evidence["frames"][:8] if evidence["frame"] is not None]


def check_folded(count, path, document, text):
    """A negotiation has its findings and their frames; a text of evidence stands where it was first."""
    told = blocks(text)
    everything = squeezed(text)
    for n in document["negotiations"]:
        block = told.get(n["id"], "")
        count.check(n["initiator_spi"] in block and n["outcome"] in block, f"{path}: #{n['id']} is not told")
        words = set(re.findall(r"[\w-]+", block))
        for finding in n["findings"]:
            count.check(finding["slug"] in squeezed(block), f"{path}: #{n['id']} without {finding['slug']}")
            for evidence in finding["evidence"]:
                missing = [frame for frame in named(evidence) if frame not in words]
                count.check(missing == [], f"{path}: #{n['id']} without frames {missing}")
                count.check(squeezed(evidence["text"]) in everything, f"{path}: no '{evidence['text']}'")


def check_full(count, path, document, text):
    told = blocks(text)
    count.check(" (-v" not in text and ": as under" not in text, f"{path}: -v folds")
    for n in document["negotiations"]:
        block = squeezed(told.get(n["id"], ""))
        for finding in n["findings"]:
            parts = [finding["summary"], *(e["text"] for e in finding["evidence"]), *finding["would_raise"]]
            for part in parts + [line for r in finding["remedies"] for line in lines(r)]:
                count.check(squeezed(part) in block, f"{path}: -v: #{n['id']} without '{part}'")


def check_once(count, path, document, text):
    """The remedies of a finding of many lines stand nowhere twice."""
    findings = [f for n in document["negotiations"] for f in n["findings"]]
    for finding in findings + [f for t in document["tunnels"] for f in t["findings"]]:
        remedy = squeezed(":" + "".join(line for r in finding["remedies"][:1] for line in lines(r)))
        times = squeezed(text).count(remedy) if len(remedy) > 60 else 0
        count.check(times <= 1, f"{path}: the remedies of {finding['slug']} stand there {times} times")


def check_standing(count, path, document, text):
    """Only child SAs that are established in the end are counted as standing."""
    told = blocks(text)
    for n in document["negotiations"]:
        counted = re.search(r"child SAs:\s+(\d+)\s+tried,\s+(\d+)\s+standing", told.get(n["id"], ""))
        states = [child["state"] for child in n["children"]]
        have = tuple(map(int, counted.groups())) if counted else (0, 0)
        count.check(have == (len(states), states.count("established")), f"{path}: #{n['id']}: {have} of {states}")


def check_width(count, path, text):
    long = [line for line in text.splitlines() if len(line) > 80 and str(path) not in line]
    count.check(long == [], f"{path}: {long[:1]}")


def check_sample(count, path):
    search = ["--nat-search", "off"]  # what it finds is tested elsewhere, and it takes long
    text = diagnose(path, *search).stdout.decode()
    check_width(count, path, text)
    check_width(count, path, run("sessions", path, cwd=SOURCE).stdout.decode())
    document = json.loads(diagnose(path, *search, "--format", "json").stdout)
    if len(document["captures"]) != 1 or len(document["tunnels"]) > BRIEF:
        return
    if len(document["negotiations"]) <= BRIEF:
        check_folded(count, path, document, text)
        check_once(count, path, document, text)
    full = diagnose(path, *search, "-v").stdout.decode()
    check_full(count, path, document, full)
    check_standing(count, path, document, full)


def check_reports(count):
    for name, sample in REPORTS:
        count.same(diagnose(f"pcaps/{sample}").stdout, EXPECTED / f"{name}.txt", sample)


def check_on_box(count):
    """What boxes say goes with the case; where nothing was sent, no box complains of it."""
    for name, slug, said, not_said in ON_BOX:
        for n in json.loads(diagnose(f"pcaps/{name}.pcap", "--format", "json").stdout)["negotiations"]:
            for finding in n["findings"]:
                seen = {(line["role"], line["text"]) for line in finding["on_box"]}
                if finding["slug"] == slug:
                    count.check(said <= seen, f"{name}: {said - seen} is not on a box")
                    count.check(not not_said & {text for _, text in seen}, f"{name}: {not_said} is on a box")
    idle = json.loads(diagnose("pcaps/nat/v1-nat-no-phase2-synthetic.pcap", "--format", "json").stdout)
    boxes = [f["on_box"] for n in idle["negotiations"] for f in n["findings"] if f["slug"] == "p2-unanswered"]
    count.check(boxes == [[]], f"a box complains of a quick mode that nobody began: {boxes}")


def main():
    count = Count("diagnose")
    for path in captures():
        check_sample(count, path)
    check_reports(count)
    check_on_box(count)
    count.finish()


if __name__ == "__main__":
    main()
