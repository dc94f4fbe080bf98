# SPDX-License-Identifier: Apache-2.0
"""Did daemons and path do what the truth says? Asked of their logs and packets before anything is kept."""

import collections
import operator
import re

from . import frames
from .space import LabError

COMPARE = {"==": operator.eq, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


def count(path, roles):
    """How often each kind of packet is there: `ike`, `IKE_AUTH request`, `esp from initiator`, `copies`, ..."""
    seen = collections.Counter()
    bodies = collections.Counter()
    records, link = frames.read(path)
    for packet in frames.packets(records, link):
        role = roles.get(packet.source, "other")
        for name in (packet.kind, packet.name):
            if name:
                seen[name] += 1
                seen[f"{name} from {role}"] += 1
        if packet.kind == "ike":
            bodies[(packet.source, packet.body)] += 1
    seen["copies"] = max(bodies.values(), default=0)
    seen["packets"] = len(records)
    return seen


def judge_packets(rules, path, roles):
    seen = count(path, roles)
    for rule in rules:
        match = re.fullmatch(r"(.+?) (==|>=|<=|>|<) (\d+)", rule)
        if not match:
            raise LabError(f"not a rule about packets: {rule}")
        name, sign, number = match.groups()
        if not COMPARE[sign](seen[name], int(number)):
            raise LabError(f"{path.name}: `{rule}`, but there are {seen[name]} ({dict(seen)})")


def judge_logs(rules, daemons):
    for role, patterns in rules.items():
        text = daemons[role].log.read_text(errors="replace") if daemons[role].log.exists() else ""
        for pattern in patterns:
            wanted = not pattern.startswith("! ")
            if bool(re.search(pattern.removeprefix("! "), text)) != wanted:
                raise LabError(
                    f"the log of the {role} does {'not ' if wanted else ''}show: {pattern.removeprefix('! ')}"
                )
