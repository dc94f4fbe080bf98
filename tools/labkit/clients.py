# SPDX-License-Identifier: Apache-2.0
"""vpnc and ike-scan: programs that are run once and only ever start an exchange.

Keys of [initiator] for vpnc: `secret`, `id` (its group), `password`, `conf` (lines of vpnc.conf over the
defaults, `true` for a line without a value); for ike-scan: `arguments`.
"""

import signal

from .daemon import PASSWORD, USER, Daemon, merge, package_version
from .space import command_quietly, pause

CONF = {
    "IPSec gateway": "{peer}",
    "IPSec ID": "{id}",
    "IPSec secret": "{secret}",
    "Xauth username": USER,
    "Xauth password": "{password}",
    "IKE DH Group": "dh2",
    "Local Port": "500",
    "NAT Traversal Mode": "natt",
    "DPD idle timeout (our side)": "0",
    "Interface name": "tun0",
    "Script": "/bin/true",
    "Debug": "1",
}


class Client(Daemon):
    """Has nothing to start before it is told to initiate."""

    def start(self):
        pass

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self):
        if self.process:
            super().kill()

    def ike_sas(self):
        return (1 if self.process else 0), self.output()

    def wait_for(self, word, seconds):
        """Until it has written this, has ended or the time is over."""
        for _ in range(seconds * 10):
            if self.process.poll() is not None or (word and word in self.output()):
                return
            pause(0.1)

    def run_in(self, argv):
        self.process = self.space.spawn(self.role, argv, self.log.relative_to(self.space.folder))


class Vpnc(Client):
    NAME = "vpnc"
    NEEDED = {"vpnc": "vpnc"}

    def initiate(self, _kind, _name, background=False):
        values = {
            "peer": self.space.path.seen[self.other],
            "id": self.own.get("id", "group.example"),
            "secret": self.secret,
            "password": self.own.get("password", PASSWORD),
        }
        conf = {key: value.format(**values) for key, value in CONF.items()}
        conf = merge(conf, self.own.get("conf", {}))
        file = self.folder / "vpnc.conf"
        lines = [key if value is True else f"{key} {value}" for key, value in conf.items()]
        file.write_text("\n".join([*lines, ""]))
        file.chmod(0o600)
        # its pid file
        script = f'mount --bind {self.run} /run && exec stdbuf -oL vpnc "$1" --no-detach'
        self.run_in(["unshare", "-m", "sh", "-c", script, "sh", str(file)])
        if background:
            return None
        self.wait_for("VPNC started", 30)
        return (0 if "VPNC started" in self.output() else 1), self.output()

    def terminate(self, _kind, background=False):
        """It says goodbye when it is asked to end."""
        self.space.stop(self.process, signal.SIGTERM)
        self.process = None

    def version(self):
        name = command_quietly(["vpnc", "--version"]).splitlines()[0].removesuffix(" version")
        return f"{name} ({package_version('vpnc')})"


class IkeScan(Client):
    NAME = "ike-scan"
    NEEDED = {"ike-scan": "ike-scan"}

    def initiate(self, _kind, _name, background=False):
        peer = self.space.path.seen[self.other]
        self.run_in(["ike-scan", "--nodns", *self.own.get("arguments", []), peer])
        if not background:
            self.wait_for(None, 120)
        return 0, self.output()

    def version(self):
        return f"ike-scan ({package_version('ike-scan')})"
