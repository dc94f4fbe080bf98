# SPDX-License-Identifier: Apache-2.0
"""What every daemon of the lab has in common.

A daemon is started and killed, says its `version`, keeps a `log`, and does what the steps ask for:
`initiate`, `rekey` and `terminate` of the IKE SA ("ike") or of a Child SA ("child"), `spis`, `encapsulates`,
`ike_sas`.
"""

import os

from .space import LabError, command, command_quietly, pause

PSK = "a shared secret of the lab"
USER = "user"
PASSWORD = "password of the user"
SHIM_SOURCE = os.path.join(os.path.dirname(__file__), "xfrm_shim.c")
OTHER = {"initiator": "responder", "responder": "initiator", "second": "responder"}


def merge(base, extra):
    """`extra` over `base`, table by table; an empty string takes a key away."""
    result = dict(base)
    for key, value in extra.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        elif value == "":
            result.pop(key, None)
        else:
            result[key] = value
    return result


def identity(scenario, role, path):
    """What `role` calls itself: its address, or a name where certificates, EAP or a NAT ask for one."""
    if (
        scenario["auth"] == "psk"
        and not path.behind
        and scenario.get("identity", "address") == "address"
    ):
        return path.address[role]
    return scenario.get("names", {}).get(role, f"{role}.example")


def shim(folder):
    return folder / "xfrm_shim.so"


def build_shim(folder):
    """Once per run of the lab; renamed into place, a daemon of another run may have the old one."""
    scratch = folder / f"xfrm_shim.{os.getpid()}.so"
    command(
        ["cc", "-std=c11", "-O1", "-fPIC", "-shared", "-o", str(scratch), SHIM_SOURCE, "-ldl", "-lpthread"]
    )
    scratch.rename(shim(folder))


def package_version(package):
    return command_quietly(["dpkg-query", "-W", "-f", "${Version}", package])


class Daemon:
    """One end of a scenario, with a folder, a log and a process of its own."""

    NEEDED = {}  # program (or shared library) and the package that has it
    NAME = None

    def __init__(self, space, scenario, role, authority):
        self.space = space
        self.scenario = scenario
        self.role = role
        self.other = OTHER[role]
        self.own = scenario.get(role, {})
        self.authority = authority
        self.folder = space.folder / role
        self.folder.mkdir()
        self.run = self.folder / "run"
        self.run.mkdir()
        self.process = None
        self.log = self.folder / f"{self.NAME}.log"

    @classmethod
    def prepare(cls, work):
        """Once per run of the lab, before the first daemon of this kind."""

    @property
    def secret(self):
        return self.own.get("secret", PSK)

    def identities(self):
        """(own, peer's), each of which the scenario may name."""
        own = self.own.get("id", identity(self.scenario, self.role, self.space.path))
        return own, self.own.get("peer_id", identity(self.scenario, self.other, self.space.path))

    def launch(self, argv, mounts, env=None):
        """Start it with files of its own where it looks for compiled-in paths: {path: what is seen there}."""
        env = dict(os.environ if env is None else env)
        binds = "".join(f"mount --bind {source} {target} && " for target, source in mounts.items())
        preload = ""
        if self.scenario["dataplane"] == "shim":
            preload = f"LD_PRELOAD={shim(self.space.folder.parent)} "
        script = f'{binds}{preload}exec "$@"'
        self.process = self.space.spawn(
            self.role, ["unshare", "-m", "sh", "-c", script, "sh", *map(str, argv)], f"{self.role}.out", env
        )

    def wait_until(self, condition, seconds=10):
        """False if it does not become true in time; a daemon that ends while it is waited for is an error."""
        for _ in range(int(seconds * 20)):
            if condition():
                return True
            if self.process.poll() is not None:
                output = (self.space.folder / f"{self.role}.out").read_text(errors="replace")
                raise LabError(f"{self.NAME} of the {self.role} ended: {output}")
            pause(0.05)
        return False

    def kill(self):
        """Without a word to the peer, as a power cut would."""
        self.process.kill()
        self.space.stop(self.process)
        self.process = None

    def keep(self):
        """What it tells of itself at the end, into its folder."""

    def refuse(self, what):
        raise LabError(f"{self.NAME} cannot {what}")

    def rekey(self, _kind):
        self.refuse("rekey")

    def terminate(self, _kind, background=False):
        self.refuse(f"terminate{' in the background' if background else ''}")

    def spis(self):
        return []

    def peer_port(self, _spi):
        """Where ESP in UDP goes: a NAT that changes ports is only told of by strongSwan."""
        return 4500

    def encapsulates(self):
        """Does ESP go in UDP? Without a NAT only where a daemon is told to: see charon.py and libreswan.py."""
        return bool(self.space.path.behind)
