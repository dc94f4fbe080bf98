# SPDX-License-Identifier: Apache-2.0
"""Scenario files: one small TOML file per story, in scenarios/TOPIC/NAME.toml.

story       one sentence: what happens and what is seen of it
cause       the true cause, as a slug, or a list with one for each end that sees another, where the failures that are expected do not name it: an umbrella that hides it,
            a failure that is all that can be seen of it
ike         1 or 2 (default)
auth        psk (default), cert, eap (MSCHAPv2) or xauth: what both ends are configured for
identity    address (default) or name: what the ends call themselves with pre-shared keys
dataplane   shim (default: Child SAs are established, no packet is encrypted), libipsec (real ESP in UDP on
            port 4500) or none (the kernel as it is)
family      4 (default) or 6
nat         false (default), true (source NAT of the initiator), "ports" (its UDP ports are changed as well),
            "responder" (destination NAT of the responder), "both"
options     options of the program for the expectation

[initiator], [responder]
            daemon: strongswan (default), libreswan, openiked, vpnc or ike-scan; running = false for an absent one;
            for strongSwan over the defaults of charon.py: keys of the swanctl connection; further `charon`
            (strongswan.conf), `secrets`, `address_pools` and `pki` (issue, trusts);
            for the others `secret`, `id`, `peer_id`, `password`, `pki` and what libreswan.py, openiked.py and
            clients.py say
[second]    a second initiator behind the NAT of the first one, for the steps `second`; like [initiator]
[faults.NAME]
            rules: nftables expressions for the router, in which from-initiator and from-responder name the
            link; hook: prerouting (default), forward, postrouting; from_start = false for a later `fault NAME`
[relays.NAME]
            packets that are late, overtake each other, are lost or doubled by number: see relay.py
before      steps before the capture starts
steps       what happens: lines of words, see steps.py

[daemons]   the truth in the logs: regular expressions per end, `! ` before one that must not be there
[packets]   the truth on the wire: per capture point, rules such as "IKE_AUTH request == 4"; see judge.py
[expect.POINT]
            the truth for the expectation of the capture at the initiator, the responder, or `any` (both links);
            short names about the first negotiation, see publish.py; `assert` for any other path;
            findings: all of them, no more and no fewer, as "SEVERITY SLUG CLAIM[: CANDIDATE, not CANDIDATE]": a list
            for the first negotiation, or a table of lists by place ("negotiations[1]", "negotiations[1:9:2]" for
            several alike, "tunnels[0]", "captures[0]", "document"); what is not named has none;
            claim_at_most: the fair claim per slug; findings_include: slugs that must be there, of any severity;
            known: where the program is known to be wrong and why, by path, place or "exit" (docs/check.md)

A derived scenario has instead of all this [derive]: from (a published capture), mkpcap (its subcommands with
options), suffix; and [expect.derived]. One that is built packet by packet has [ladder], see ladder.py, and
[expect.built]; its name ends in `-synthetic`.
"""

import pathlib
import tomllib

from .space import LabError

FOLDER = pathlib.Path(__file__).parent / "scenarios"

DEFAULTS = {
    "ike": 2,
    "auth": "psk",
    "identity": "address",
    "dataplane": "shim",
    "family": 4,
    "nat": False,
    "options": [],
}
KEYS = {
    *DEFAULTS,
    "story",
    "cause",
    "before",
    "steps",
    "initiator",
    "responder",
    "second",
    "faults",
    "relays",
    "daemons",
    "packets",
    "expect",
    "derive",
    "ladder",
    "keep",
}


class Scenario(dict):
    """A parsed file; `topic` and `name` come from its path."""

    def __init__(self, path):
        with open(path, "rb") as file:
            tree = tomllib.load(file)
        unknown = set(tree) - KEYS
        if unknown:
            raise LabError(f"{path}: unknown key {', '.join(sorted(unknown))}")
        super().__init__(DEFAULTS | tree)
        self.path = path
        self.name = path.stem
        self.topic = path.parent.name
        for key in ("story", "expect"):
            if key not in self:
                raise LabError(f"{path}: {key} is missing")
        for point, truth in self["expect"].items():
            if "findings" not in truth:
                raise LabError(f"{path}: {point}: findings are missing")
        if not {"derive", "ladder", "steps"} & set(self):
            raise LabError(f"{path}: neither steps nor derive nor ladder")
        if self.built and not self.name.endswith("-synthetic"):
            raise LabError(f"{path}: a name that does not say synthetic")

    @property
    def derived(self):
        return "derive" in self

    @property
    def built(self):
        return "ladder" in self

    @property
    def real(self):
        return not self.derived and not self.built

    def captures(self):
        """(capture point, file stem): the name alone, or with the point where both ends are published."""
        points = list(self["expect"])
        for point in points:
            yield point, self.name if len(points) == 1 else f"{self.name}.{point}"


def load_all():
    scenarios = {}
    for path in sorted(FOLDER.glob("*/*.toml")):
        if path.stem in scenarios:
            raise LabError(f"two scenarios are called {path.stem}")
        scenarios[path.stem] = Scenario(path)
    return scenarios
