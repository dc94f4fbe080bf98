# SPDX-License-Identifier: Apache-2.0
"""What happens in a scenario: each step is one line of words, the first names a function of this table."""

import shlex

from . import esp, flood, stub
from .path import DEVICES
from .space import LabError, pause


class Stage:
    """The two ends, the path between them, and what the steps need to remember."""

    def __init__(self, scenario, space, daemons):
        self.scenario = scenario
        self.space = space
        self.daemons = daemons
        self.sequences = {}
        self.spis = {}

    def play(self, lines):
        for line in lines:
            words = shlex.split(line)
            if words[0] not in STEPS:
                raise LabError(f"unknown step: {line}")
            try:
                STEPS[words[0]](self, *words[1:])
            except LabError as error:
                raise LabError(f"step `{line}`: {error}") from error


def start(stage, role):
    stage.daemons[role].start()


def kill(stage, role):
    stage.daemons[role].kill()


def wait(_stage, seconds):
    pause(float(seconds))


def initiate(stage, role="initiator", *words):
    """initiate ROLE [fails|async] [child NAME|ike]"""
    words = list(words)
    kind = "ike" if "ike" in words else "child"
    name = words[words.index("child") + 1] if "child" in words else "net"
    daemon = stage.daemons[role]
    if "async" in words:
        daemon.initiate(kind, name, background=True)
        return
    status, text = daemon.initiate(kind, name)
    if (status != 0) != ("fails" in words):
        raise LabError(f"ended with {status}: {text.strip().splitlines()[-1:]}")


def rekey(stage, role, what, *words):
    """rekey ROLE child|ike [now]: triggers it, and waits a little unless told not to"""
    stage.daemons[role].rekey(what)
    if "now" not in words:
        pause(0.5)


def reauthenticate(stage, role):
    """A new IKE SA instead of new keys; before or after the old one goes, as the daemon is told."""
    stage.daemons[role].swanctl("--rekey", "--ike", "gw", "--reauth")
    pause(1)


def terminate(stage, role, what="ike", *words):
    stage.daemons[role].terminate(what, background="async" in words)
    pause(0.3)


def fault(stage, name):
    stage.space.fault(name, stage.scenario["faults"][name])


def heal(stage, name):
    stage.space.heal(name)


def relay(stage, name):
    stage.space.relay(name, stage.scenario["relays"][name])


def forget(stage):
    """The NAT forgets its mappings: the responder's packets find none, the initiator's make a new one."""
    stage.space.forget()


def remap(stage):
    """The NAT forgets its mappings and takes other ports for new ones."""
    stage.space.path.remap()
    stage.space.translate()
    stage.space.forget()


def move(stage, role="initiator"):
    """move ROLE: its address changes"""
    stage.space.move(role)


def ping(stage, count, size="56"):
    """Through the tunnel, which only a data path of its own (libipsec) can do."""
    inner = stage.space.path.inner
    stage.space.run(
        "initiator",
        "ping",
        "-q",
        "-i",
        "0.1",
        "-c",
        count,
        "-s",
        size,
        "-W",
        "2",
        "-I",
        inner["initiator"],
        inner["responder"],
    )


def sysctl(stage, role, name, value):
    stage.space.sysctl(role, name, value)


def mtu(stage, role, octets):
    """mtu ROLE OCTETS: of the router's link to that end"""
    stage.space.run("router", "ip", "link", "set", DEVICES[role], "mtu", octets)


def outer(stage, count, interval="1"):
    """Echo requests between the outer addresses: the path is alive and so is the capture."""
    stage.space.run(
        "initiator",
        "ping",
        "-q",
        "-n",
        "-i",
        interval,
        "-c",
        count,
        stage.space.path.seen["responder"],
        check=False,
        timeout=200,
    )


def inner(stage, count):
    """Echo requests between the inner addresses, whether there is a tunnel or not."""
    stage.space.run(
        "initiator",
        "ping",
        "-q",
        "-n",
        "-i",
        "1",
        "-c",
        count,
        "-I",
        stage.space.path.inner["initiator"],
        stage.space.path.inner["responder"],
        check=False,
    )


def up(stage, role, count="1"):
    """up ROLE N: so many IKE SAs are there."""
    found, text = stage.daemons[role].ike_sas()
    if found != int(count):
        raise LabError(f"{found} IKE SAs: {text}")


def children(stage, role, count):
    found = len(stage.daemons[role].spis())
    if found != int(count):
        raise LabError(f"{found} Child SAs")


STEPS = {
    "start": start,
    "kill": kill,
    "wait": wait,
    "initiate": initiate,
    "rekey": rekey,
    "reauthenticate": reauthenticate,
    "terminate": terminate,
    "fault": fault,
    "heal": heal,
    "relay": relay,
    "forget": forget,
    "remap": remap,
    "move": move,
    "ping": ping,
    "sysctl": sysctl,
    "mtu": mtu,
    "outer": outer,
    "inner": inner,
    "esp": esp.step,
    "flood": flood.step,
    "stub": stub.step,
    "up": up,
    "children": children,
}
