# SPDX-License-Identifier: Apache-2.0
"""One run of one scenario, from empty namespaces to the published captures."""

import json
import shutil

from . import judge, ladder, mkpcap, publish
from .daemons import daemon_of
from .path import Path
from .space import LabError, Space
from .steps import Stage

ENDS = ("initiator", "responder")


def run(scenario, slot, work, out, authority):
    """Returns the published files; raises LabError when anything differs from the truth."""
    folder = work / scenario.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if scenario.derived:
        return derive(scenario, folder, out)
    if scenario.built:
        return build(scenario, folder, out)
    path = Path(scenario["family"], scenario["nat"], "second" in scenario, scenario.get("plan"))
    space = Space(slot, folder, path)
    try:
        space.open()
        daemons = {role: daemon_of(scenario, role)(space, scenario, role, authority) for role in path.ends}
        files = play(scenario, space, daemons)
        judge.judge_logs(scenario.get("daemons", {}), daemons)
        for point, file in files.items():
            judge.judge_packets(scenario.get("packets", {}).get(point, []), file, path.roles(point))
        names = versions(scenario, daemons)
        return [
            publish.publish(scenario, point, files[point].stem, files[point], out, names) for point in files
        ]
    finally:
        space.close()


def play(scenario, space, daemons):
    """Start what runs from the start, capture, go through the steps. Returns {capture point: file}."""
    for role in scenario.get("order", daemons):
        if scenario.get(role, {}).get("running", True):
            daemons[role].start()
    for name, fault in scenario.get("faults", {}).items():
        if fault.get("from_start", True):
            space.fault(name, fault)
    for name, relay in scenario.get("relays", {}).items():
        if relay.get("from_start", True):
            space.relay(name, relay)
    stage = Stage(scenario, space, daemons)
    stage.play(scenario.get("before", []))
    files = {}
    for point, stem in scenario.captures():
        files[point] = space.folder / f"{stem}.pcap"
        space.capture(point, files[point])
    stage.play(scenario["steps"])
    # captures end before the daemons do: their farewell belongs to no scenario
    space.end_captures()
    for daemon in daemons.values():
        daemon.keep()
    return files


def versions(scenario, daemons):
    """What was at both ends: a daemon and its version, the stub, or nothing."""
    stub = any(line.startswith("stub ") for line in scenario["steps"])
    absent = "a stub of the lab" if stub else None
    return {
        role: daemon.version() if scenario.get(role, {}).get("running", True) else absent
        for role, daemon in daemons.items()
    }


def derive(scenario, folder, out):
    """A capture artefact: the published capture of another scenario, put through mkpcap."""
    rule = scenario["derive"]
    source = out / rule["from"]
    if not source.exists():
        raise LabError(f"{source} is not there: run its scenario first")
    current = source
    for number, words in enumerate(rule["mkpcap"]):
        target = folder / f"{number}.pcap"
        mkpcap.main([words[0], str(current), str(target), *words[1:]])
        current = target
    last = current.rename(current.with_suffix(rule.get("suffix", ".pcap")))
    daemons = json.loads(source.with_suffix(".provenance.json").read_text())["daemons"]
    return [publish.publish(scenario, point, stem, last, out, daemons) for point, stem in scenario.captures()]


def build(scenario, folder, out):
    """A capture without daemons, from the lines of the scenario."""
    path = folder / f"{scenario.name}.pcap"
    ladder.build(scenario, path)
    none = dict.fromkeys(ENDS, "built by the lab")
    return [publish.publish(scenario, point, stem, path, out, none) for point, stem in scenario.captures()]
