# SPDX-License-Identifier: Apache-2.0
"""The addresses of one run, and the NAT between them: documentation networks outside, RFC 1918 inside.

What stands before a NAT has a private address and is seen by the others under the address of the NAT:
`address` is what an end has itself, `seen` what the other side sends to.
"""

from .errors import LabError

# the value of `nat` in a scenario: who is behind a NAT
BEHIND = {
    False: (),
    True: ("initiator",),
    "ports": ("initiator",),
    "responder": ("responder",),
    "both": ("initiator", "responder"),
}
INSIDE = {"initiator": "192.168.77", "second": "192.168.78", "responder": "192.168.88"}
OUTSIDE = {"initiator": "192.0.2", "responder": "198.51.100"}
HOST = {"initiator": 10, "second": 10, "responder": 20}
NAT_ADDRESS = {"initiator": "203.0.113.10", "second": "203.0.113.10", "responder": "198.51.100.20"}
V6 = {"initiator": "2001:db8:1::", "responder": "2001:db8:2::"}
INNER = {"initiator": "10.1.0", "responder": "10.2.0", "second": "10.3.0"}
DEVICES = {"initiator": "v0m", "responder": "v1m", "second": "v2m"}
PORTS = ("20000-29999", "30000-39999")


class Plan:
    """The networks and hosts of a run, by role; as they are here in every published capture."""

    def __init__(self):
        self.inside, self.outside, self.v6, self.inner = dict(INSIDE), dict(OUTSIDE), dict(V6), dict(INNER)
        self.host, self.public = dict(HOST), dict(NAT_ADDRESS)


class Path:
    def __init__(self, family, nat, second=False, plan=None):
        plan = plan or Plan()
        self.family = family
        self.ends = ["initiator", "responder", *(["second"] if second else [])]
        self.behind = [role for role in self.ends if role in BEHIND[nat] or role == "second"]
        if family == 6 and self.behind:
            raise LabError("there is no NAT for IPv6 here")
        if second and "initiator" not in self.behind:
            raise LabError("a second initiator shares the NAT of the first one")
        self.width = 64 if family == 6 else 24
        self.address, self.gateway, self.seen = {}, {}, {}
        for role in self.ends:
            nets = plan.inside if role in self.behind else plan.outside
            net = f"{nets[role]}." if family == 4 else plan.v6[role]
            self.address[role] = net + str(plan.host[role])
            self.gateway[role] = net + "1"
            self.seen[role] = plan.public[role] if role in self.behind else self.address[role]
        self.host = plan.host
        self.former = []
        self.change_ports = nat == "ports"
        self.ports = PORTS[0]
        self.inner = {role: f"{net}.1" for role, net in plan.inner.items()}
        self.network = {role: f"{net}.0/24" for role, net in plan.inner.items()}

    def move(self, role):
        """The next address of the same network. Returns the old and the new one."""
        old = self.address[role]
        net, host = old[: -len(str(self.host[role]))], len(self.former) + self.host[role] + 1
        self.former.append((old, role))
        self.address[role] = net + str(host)
        if role not in self.behind:
            self.seen[role] = self.address[role]
        return old, self.address[role]

    def remap(self):
        """Other UDP ports than before for the mappings of the NAT."""
        self.ports = PORTS[1 - PORTS.index(self.ports)]

    def roles(self, point):
        """Whose address it is, as they are at this capture point."""
        near = (point,) if point in self.ends else tuple(self.ends)
        found = {self.seen[role]: role for role in self.ends if role not in near}
        return dict(self.former) | found | {self.address[role]: role for role in near}

    def translation(self):
        """The nft table that translates, or nothing; both directions of each mapping follow from one rule."""
        source = ""
        for role in self.behind:
            ours, public = self.address[role], self.seen[role]
            away = f'oifname {"!=" if role == "responder" else "=="} "{DEVICES["responder"]}" ip saddr {ours}'
            if self.change_ports:
                source += f"{away} meta l4proto udp snat to {public}:{self.ports}; "
            source += f"{away} snat to {public}; "
        if not source:
            return ""
        text = f"chain post {{ type nat hook postrouting priority 100; {source}}}; "
        if "responder" in self.behind:
            target = f'ip daddr {self.seen["responder"]} dnat to {self.address["responder"]}'
            text += f"chain pre {{ type nat hook prerouting priority -100; {target}; }}; "
        return f"table ip nat {{ {text}}}"
