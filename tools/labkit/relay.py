# SPDX-License-Identifier: Apache-2.0
"""A relay in the router for what nftables cannot do: packets that come late, overtake each other or twice.

[relays.NAME] of a scenario
match       which packets, an nftables expression as in faults
pattern     what happens to them, one after the other and from the start again: seconds of delay, `drop`, or
            `twice`, or `twice S`: once more S seconds later
from_start  false for a later step `relay NAME`; `heal NAME` takes a relay away

The packets are marked and routed into a TUN device, from which the relay writes them back when their time has
come. To connection tracking, and so to a NAT, they are there only when they come back.
"""

import fcntl
import heapq
import itertools
import os
import select
import struct
import threading
import time

from .errors import LabError

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
# before connection tracking (-300) and the reassembly of fragments (-400)
PRIORITY = -460


def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


class Relay:
    def __init__(self, space, number, name, rule):
        self.space, self.name, self.number, self.device = space, name, number, f"relay{number}"
        self.match = rule["match"]
        self.pattern = itertools.cycle([fate(word) for word in rule["pattern"]])
        self.handle = space.inside("router", lambda: open_tun(self.device))
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._carry)

    def start(self):
        space, number = self.space, self.number
        table = str(100 + number)
        space.run("router", "ip", "link", "set", self.device, "up")
        version = f"-{space.path.family}"
        space.run("router", "ip", version, "route", "add", "default", "dev", self.device, "table", table)
        # before the table of local addresses: what is meant for an address of the NAT is relayed too
        if number == 0:
            space.run("router", "ip", version, "rule", "add", "pref", "20", "lookup", "local")
            space.run("router", "ip", version, "rule", "del", "pref", "0")
        mark = str(number + 1)
        space.run("router", "ip", version, "rule", "add", "pref", "10", "fwmark", mark, "lookup", table)
        chain = f"type filter hook prerouting priority {PRIORITY}; "
        chain += f'iifname != "{self.device}" {space.expand(self.match)} notrack meta mark set {mark};'
        space.nft("router", f"table inet relay-{self.name} {{ chain path {{ {chain} }}; }}")
        self.thread.start()

    def _carry(self):
        waiting, order = [], itertools.count()
        while not self.ended.is_set():
            delay = max(0.0, waiting[0][0] - time.monotonic()) if waiting else 0.05
            readable, _, _ = select.select([self.handle], [], [], min(delay, 0.05))
            if readable:
                packet = os.read(self.handle, 65536)
                for late in next(self.pattern):
                    heapq.heappush(waiting, (time.monotonic() + late, next(order), packet))
            while waiting and waiting[0][0] <= time.monotonic():
                os.write(self.handle, heapq.heappop(waiting)[2])

    def heal(self):
        """New packets go their own way; those that wait still arrive."""
        self.space.run("router", "nft", "delete", "table", "inet", f"relay-{self.name}")

    def close(self):
        self.ended.set()
        if self.thread.is_alive():
            self.thread.join()
        os.close(self.handle)


def fate(word):
    """How late the copies of a packet leave: none of a lost one."""
    try:
        if word.startswith("twice"):
            return (0.0, float(word.removeprefix("twice") or 0))
        return () if word == "drop" else (float(word),)
    except ValueError:
        raise LabError(f"not a fate of a packet: {word}") from None
