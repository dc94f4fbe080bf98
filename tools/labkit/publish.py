# SPDX-License-Identifier: Apache-2.0
"""A capture into pcaps/TOPIC, with its expectation and its provenance beside it."""

import datetime
import json
import platform
import re
import shutil

SHORT = {
    "outcome": "outcome",
    "mode": "mode",
    "phase1": "phase1",
    "phase2": "phase2",
    "at_end": "at_end",
    "assumed": "assumed",
    "failures": "failures",
}
STALL = {"kind": "kind", "message": "message", "waiting_for": "waiting_for", "copies": "copies"}


NOT_WELL = ("failed", "stalled", "partial", "lost", "refused")
WHERE = {
    "initiator": "router, link to the initiator",
    "responder": "router, link to the responder",
    "any": "router, both links",
    "derived": "derived",
}


def expand(truth):
    """The assertions of one capture: short names are about the first negotiation, `assert` has any path."""
    result = {}
    if "negotiations" in truth:
        result["negotiations.length"] = truth["negotiations"]
    for name, path in SHORT.items():
        if name in truth:
            result[f"negotiations[0].{path}"] = truth[name]
    for name, path in STALL.items():
        if name in truth:
            result[f"negotiations[0].stalled_at.{path}"] = truth[name]
    if "tunnel_failures" in truth:
        result["tunnels[0].failures"] = truth["tunnel_failures"]
    return result | truth.get("assert", {})


def expectation(scenario, truth):
    assertions = expand(truth)
    failing = any(
        value if path.endswith(".failures") else path.endswith((".outcome", ".at_end")) and value in NOT_WELL
        for path, value in assertions.items()
    )
    document = {
        "schema": "ikescope.expectation/1",
        "options": scenario["options"],
        "exit": truth.get("exit", 1 if failing else 0),
        "assert": assertions,
    }
    for name in ("claim_at_most", "findings_include"):
        if name in truth:
            document[name] = truth[name]
    return document


def provenance(scenario, point, daemons):
    kernel = re.match(r"[0-9.]*[0-9]", platform.release()).group()
    document = {
        "schema": "ikescope.provenance/1",
        "scenario": f"{scenario.topic}/{scenario.name}",
        "story": scenario["story"],
        "captured": WHERE[point],
        "daemons": daemons,
        "kernel": f"{platform.system()} {kernel}",
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "command": f"tools/lab run {scenario.name}",
    }
    if scenario.derived:
        document["derived"] = scenario["derive"]
    return document


def publish(scenario, point, stem, capture, out, daemons):
    folder = out / scenario.topic
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stem}{''.join(capture.suffixes) if scenario.derived else '.pcap'}"
    # renamed into place: somebody may be reading the old one
    scratch = target.with_name(f".{target.name}")
    shutil.copyfile(capture, scratch)
    scratch.chmod(0o644)
    scratch.rename(target)
    write(folder / f"{stem}.expect.json", expectation(scenario, scenario["expect"][point]))
    write(folder / f"{stem}.provenance.json", provenance(scenario, point, daemons))
    return target


def write(path, document):
    scratch = path.with_name(f".{path.name}")
    scratch.write_text(json.dumps(document, indent=2) + "\n")
    scratch.rename(path)
