# SPDX-License-Identifier: Apache-2.0
"""A capture into pcaps/TOPIC, with its expectation and its provenance beside it."""

import datetime
import json
import platform
import re
import shutil

from .space import LabError

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


CLAIMS = ("possible", "likely", "certain")
WHERE = {
    "initiator": "router, link to the initiator",
    "responder": "router, link to the responder",
    "any": "router, both links",
    "derived": "derived",
    "built": "built",
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


def findings(truth):
    """All findings, by the place where they stand; a list alone is about the first negotiation."""
    found = truth["findings"]
    if isinstance(found, list):
        found = {"negotiations[0]": found} if found else {}
    for line in [line for lines in found.values() for line in lines]:
        _, slug, claim = line.split(":")[0].split()
        most = truth.get("claim_at_most", {}).get(slug, "certain")
        if CLAIMS.index(claim) > CLAIMS.index(most):
            raise LabError(f"{line}: the fair claim is {most}")
    return found


def expectation(scenario, truth):
    found = findings(truth)
    failing = any(line.startswith("failure ") for lines in found.values() for line in lines)
    document = {
        "schema": "ikescope.expectation/1",
        "options": scenario["options"],
        "exit": truth.get("exit", 1 if failing else 0),
        "assert": expand(truth),
        "findings": found,
    }
    for name in ("claim_at_most", "findings_include", "known"):
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
    if "parameters" in scenario:
        document |= {"command": scenario["command"], "parameters": scenario["parameters"]}
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


def renew(scenario, out):
    """The expectations of the captures that are there, as the scenario has them now."""
    paths = [
        (point, out / scenario.topic / f"{stem}.expect.json")
        for point, stem in scenario.captures()
    ]
    for point, path in paths:
        if not path.exists():
            raise LabError(f"{path} is not there: run its scenario first")
        write(path, expectation(scenario, scenario["expect"][point]))
    return [path for _, path in paths]


def write(path, document):
    scratch = path.with_name(f".{path.name}")
    scratch.write_text(json.dumps(document, indent=2) + "\n")
    scratch.rename(path)
