# SPDX-License-Identifier: Apache-2.0
"""Scenarios with other parameters than their own, drawn at random, whose truth must stay what it is.

Every change is one to one: what was equal at both ends stays equal, and what differed differs in the same attribute.
The same seed and name give the same parameters; only SPIs, nonces and keys differ. What is changed: addresses and
their order, names and pre-shared keys, key lengths of AES, hashes (not of ESP), groups, the order in which the
ends start, the timers of repetitions, the latency of each direction, and the capture point where both see the same.
"""

import copy
import math
import random
import re
import string

from . import charon, libreswan, openiked
from .daemon import PSK
from .path import INNER, Path, Plan

ENDS = ("initiator", "responder", "second")
DOCUMENTATION = ("192.0.2", "198.51.100", "203.0.113")
WORDS = ("gw", "vpn", "edge", "branch", "hq", "north", "fw", "site-to-site", "cpe", "lab")
# where the suites of a daemon stand, with what it has for them otherwise
SUITES = {
    "strongswan": {
        "proposals": charon.CONNECTION_DEFAULTS["proposals"],
        "children": {"net": {"esp_proposals": charon.CHILD_DEFAULTS["esp_proposals"]}},
    },
    "libreswan": {"conn": {key: libreswan.CONN[key] for key in ("ike", "esp")}},
    "openiked": {"policy": {key: openiked.POLICY[key] for key in ("ikesa", "childsa")}},
}
IKE_KEYS, ESP_KEYS = ("proposals", "ike", "ikesa"), ("esp_proposals", "esp", "childsa")
LENGTH = re.compile(r"(?<![a-z])(aes[-_]?(?:gcm|ccm|ctr)?[-_]?)(128|192|256)")
HASH = re.compile(r"(sha2?[-_]?)(256|384|512)")
GROUP = re.compile(r"(dh|modp|ecp|curve)(\d+)")
GROUPS = {14: "modp2048", 15: "modp3072", 16: "modp4096", 19: "ecp256", 20: "ecp384", 21: "ecp521", 31: "curve25519"}
# what a log says of algorithms is about the scenario's own
ALGORITHM = re.compile(r"AES_|SHA2_|MODP_|ECP_|CURVE_")
FACTORS = (1.0, 1.25, 1.5)
# other clocks than that of repetitions, which stay as they are
CLOCKS = re.compile("dpd_?delay|rekey_?|reauth_|life|over_time")


def vary(scenario, seed):
    """A copy of a real scenario with other parameters, and what they are in `parameters`."""
    item = copy.deepcopy(scenario)
    dice = random.Random(f"{seed}/{item.name}")
    item["command"] = f"tools/lab random --seed {seed} --out DIR {item.name}"
    item["parameters"] = {
        "seed": seed,
        "addresses": addresses(item, dice),
        "names": names(item, dice),
        "secrets": secrets(item, dice),
        "suites": suites(item, dice),
        "first_started": order(item, dice),
        "captured": capture_point(item, dice),
        "timers": timers(item, dice),
        "latency_ms": latency(item, dice),
    }
    return item


def strings(tree, change):
    """The same tree with every string in it changed."""
    if isinstance(tree, dict):
        return {key: strings(value, change) for key, value in tree.items()}
    if isinstance(tree, list):
        return [strings(value, change) for value in tree]
    return change(tree) if isinstance(tree, str) else tree


def rename(item, table):
    """Whole words of the scenario by other ones; its story stays."""
    if not table:
        return
    words = sorted(table, key=len, reverse=True)
    pattern = re.compile("(?<![0-9a-z.:-])(?:" + "|".join(map(re.escape, words)) + ")(?![0-9a-z:-])")
    for key in set(item) - {"story", "parameters"}:
        item[key] = strings(item[key], lambda text: pattern.sub(lambda match: table[match[0]], text))


def keys(tree):
    """All of them, of the tables inside too."""
    for key, value in tree.items():
        yield key
        if isinstance(value, dict):
            yield from keys(value)


def fill(tree, defaults):
    """What the tree does not say, as the defaults have it."""
    for key, value in defaults.items():
        if isinstance(value, dict):
            fill(tree.setdefault(key, {}), value)
        else:
            tree.setdefault(key, value)


def roles(item):
    """(role, its daemon, its table), the table made where there is none."""
    for role in ENDS:
        if role in item or role != "second":
            own = item.setdefault(role, {})
            yield role, own.get("daemon", "strongswan"), own


def has_step(item, *words):
    return any(line.split()[0] in words for key in ("before", "steps") for line in item.get(key, []))


def daemons(item):
    return {daemon for _, daemon, _ in roles(item)}


# addresses


def private(dice):
    kind = dice.choice(("10", "172", "192"))
    second = {"10": dice.randint(16, 250), "172": dice.randint(16, 31), "192": 168}[kind]
    return f"{kind}.{second}.{dice.randint(10, 250)}"


def public(dice):
    return dice.choice((*DOCUMENTATION, f"198.{dice.randint(18, 19)}.{dice.randint(0, 255)}"))


def addresses(item, dice):
    taken = set()

    def fresh(draw):
        while True:
            net = draw(dice)
            if net not in taken:
                taken.add(net)
                return net

    plan = Plan()
    # without a NAT both ends may have private addresses, as in a network of one's own
    outer = private if not item["nat"] and dice.random() < 0.3 else public
    shared = fresh(public)
    for role in ENDS:
        plan.inside[role], plan.inner[role] = fresh(private), fresh(private)
        plan.v6[role] = f"2001:db8:{dice.randrange(0x1000, 0x10000):x}:{dice.randrange(1, 0x10000):x}::"
        # room for a move to the next ones; what is written in decimal is an address of IPv6 too
        plan.host[role] = dice.randint(2, 240)
        if role != "second":
            plan.outside[role] = fresh(outer)
    plan.public["initiator"] = plan.public["second"] = f"{shared}.{dice.randint(2, 250)}"
    plan.public["responder"] = f"{plan.outside['responder']}.{dice.randint(2, 250)}"
    old, new = (Path(item["family"], item["nat"], "second" in item, which) for which in (None, plan))
    table = {}
    for role in old.ends:
        table |= {old.address[role]: new.address[role], old.seen[role]: new.seen[role]}
        table[f"{INNER[role]}.0/24"] = new.network[role]
    rename(item, table)
    item["plan"] = plan
    return {role: [new.address[role], new.seen[role], new.network[role]] for role in new.ends}


# identities and secrets


def name(dice):
    return f"{dice.choice(WORDS)}{dice.randint(1, 999)}.{dice.choice(WORDS)}{dice.randint(1, 999)}.example"


def names(item, dice):
    """Other names, and names instead of addresses; a certificate keeps the name that it is made out to."""
    if item["auth"] not in ("psk", "xauth"):
        return None
    for _, daemon, own in roles(item):
        if daemon == "vpnc":
            own.setdefault("id", "group.example")
    found = {f"{role}.example" for role in ENDS}
    strings({key: item.get(key) for key in ENDS}, lambda text: found.update(re.findall(r"[a-z-]+\.example\b", text)))
    table = {}
    for old in sorted(found):
        table[old] = name(dice)
    rename(item, table)
    item["names"] = {role: table[f"{role}.example"] for role in ENDS}
    if dice.random() < 0.5:
        item["identity"] = "name"
    return [item["identity"], *(item["names"][role] for role in ENDS[:2])]


def secrets(item, dice):
    """Another pre-shared key for each one of the scenario. How many there are of them."""
    if item["auth"] not in ("psk", "xauth"):
        return None
    table = {}

    def other(secret):
        letters = string.ascii_letters + string.digits + " .-_+/"
        drawn = "".join(dice.choices(letters, k=dice.randint(8, 48))).strip()
        return table.setdefault(secret, f"k{drawn}")

    for _, daemon, own in roles(item):
        where = own
        if daemon == "strongswan":
            where = own.setdefault("secrets", {}).setdefault("ike-1", {})
        where["secret"] = other(where.get("secret", PSK))
    return len(table)


# suites


def permutation(dice, values):
    return dict(zip(values, dice.sample(values, len(values))))


def suites(item, dice):
    """One permutation of each kind of algorithm, for every suite that the scenario has."""
    present = daemons(item)
    # what ike-scan and the flood offer is in one suite of their own
    if "ike-scan" in present or has_step(item, "flood"):
        return None
    # OpenIKED has no AES-GCM of 192 bits
    lengths = (128, 256) if "openiked" in present else (128, 192, 256)
    # a prime of 6144 bits and more takes too long here; libreswan has no curves for IKEv1
    groups = (14, 15, 16, 19, 20, 31) if item["ike"] == 2 else (14, 15, 16, 19, 20, 21)
    if item["ike"] == 1 and "libreswan" in present:
        groups = (14, 15, 16)
    tables = [permutation(dice, lengths), permutation(dice, lengths)]
    tables += [permutation(dice, (256, 384, 512)), permutation(dice, groups)]
    for _, daemon, own in roles(item):
        if daemon in SUITES:
            fill(own, SUITES[daemon])
            respell(own, tables)
    for role, patterns in item.get("daemons", {}).items():
        item["daemons"][role] = [pattern for pattern in patterns if not ALGORITHM.search(pattern)]
    return dict(zip(("aes_of_ike", "aes_of_esp", "hash", "group"), (list(table.values()) for table in tables)))


def respell(tree, tables):
    ike_length, esp_length, digest, group = tables
    for key, value in tree.items():
        if isinstance(value, dict):
            respell(value, tables)
        elif key in IKE_KEYS:
            tree[key] = in_groups(number(number(value, LENGTH, ike_length), HASH, digest), group)
        elif key in ESP_KEYS:
            tree[key] = in_groups(number(value, LENGTH, esp_length), group)


def number(text, pattern, table):
    return pattern.sub(lambda match: f"{match[1]}{table.get(int(match[2]), match[2])}", text)


def in_groups(text, table):
    numbers = {spelling: group for group, spelling in GROUPS.items()}

    def other(match):
        old = int(match[2]) if match[1] == "dh" else numbers.get(match[0])
        new = table.get(old)
        return match[0] if new is None else f"dh{new}" if match[1] == "dh" else GROUPS[new]

    return GROUP.sub(other, text)


# order, time and place


def order(item, dice):
    """Which end is started first."""
    ends = [role for role, _, _ in roles(item)]
    dice.shuffle(ends)
    item["order"] = ends
    return ends[0]


def capture_point(item, dice):
    """The other link of the router, where nothing happens in between."""
    points = list(item["expect"])
    if item["nat"] or item.get("faults") or item.get("relays") or points not in (["initiator"], ["responder"]):
        return points
    if has_step(item, "mtu", "stub", "flood", "move", "inner") or dice.random() < 0.5:
        return points
    other = {"initiator": "responder", "responder": "initiator"}[points[0]]
    for table in ("expect", "packets"):
        if points[0] in item.get(table, {}):
            item[table] = {other: item[table][points[0]]}
    return [other]


def timers(item, dice):
    """Repetitions come slower by one factor at both ends, and so the steps wait longer."""
    factor = dice.choice(FACTORS)
    # what is measured against them does not grow: relays, other clocks, echo requests
    clocks = any(CLOCKS.search(key) for _, _, own in roles(item) for key in keys(own))
    if item.get("relays") or clocks or has_step(item, "outer", "inner"):
        factor = 1.0
    for _, daemon, own in roles(item):
        if daemon == "strongswan":
            tree = own.setdefault("charon", {})
            first = tree.get("retransmit_timeout", charon.CHARON_DEFAULTS["retransmit_timeout"])
            tree["retransmit_timeout"] = round(first * factor, 3)
        elif daemon == "libreswan":
            conn = own.setdefault("conn", {})
            total = conn.get("retransmit-timeout", libreswan.CONN["retransmit-timeout"])
            conn["retransmit-timeout"] = f"{float(total.removesuffix('s')) * factor:g}s"
            conn["retransmit-interval"] = str(round(500 * factor))
    for key in ("before", "steps"):
        item[key] = [longer(line, factor) for line in item.get(key, [])]
    return factor


def longer(line, factor):
    word, *rest = line.split()
    return f"wait {math.ceil(float(rest[0]) * factor * 100) / 100:g}" if word == "wait" else line


def latency(item, dice):
    """Milliseconds on the way there and back, where no relay of the scenario's own does more than that."""
    if item.get("relays") or "any" in item["expect"]:
        return None
    there, back = dice.randint(1, 80), dice.randint(1, 80)
    delays = {"initiator": there, "responder": back} | ({"second": there} if "second" in item else {})
    item["relays"] = {
        # what an IPv6 link needs for itself must not leave it
        f"latency-{role}": {"match": f"from-{role} meta l4proto != ipv6-icmp", "pattern": [str(delay / 1000)]}
        for role, delay in delays.items()
    }
    return [there, back]


# which


def draw(scenarios, seed, count):
    """So many of the scenarios with real daemons, in the order of their names."""
    real = sorted(name for name, item in scenarios.items() if item.real)
    return sorted(random.Random(str(seed)).sample(real, min(count, len(real))))
