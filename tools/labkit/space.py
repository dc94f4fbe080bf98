# SPDX-License-Identifier: Apache-2.0
"""Namespaces, links, filters, captures and processes of one scenario run.

initiator -- router -- responder, three network namespaces joined by veth pairs. Everything that a run
makes hangs on one Space, and Space.close() takes it away again: processes by their own process id, then the namespaces.
"""

import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading
import time

from .errors import Cancelled, LabError
from .path import DEVICES
from .relay import Relay

PREFIX = "iklab-"
# neither ARP nor what IPv6 needs for itself (neighbour and listener discovery)
FILTER = "ip or (ip6 and (udp or ip6 proto 50 or ip6 proto 44 or (icmp6 and icmp6[0] < 130)))"
CLONE_NEWNET = 0x40000000


CANCEL = threading.Event()


def pause(seconds):
    """Sleep that an interrupt ends."""
    if CANCEL.wait(seconds):
        raise Cancelled


def command(argv, timeout=60, check=True, env=None):
    """Run a short command to its end and return (exit status, output)."""
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    deadline = time.monotonic() + timeout
    while True:
        try:
            output, _ = process.communicate(timeout=0.25)
            break
        except subprocess.TimeoutExpired:
            if CANCEL.is_set() or time.monotonic() > deadline:
                process.kill()
                process.communicate()
                if CANCEL.is_set():
                    raise Cancelled from None
                raise LabError(f"{argv[0]} did not end within {timeout} s: {' '.join(argv)}") from None
    if check and process.returncode != 0:
        raise LabError(f"{' '.join(argv)} failed ({process.returncode}): {output.strip()}")
    return process.returncode, output


class Space:
    def __init__(self, slot, folder, path):
        self.roles = ("router", *path.ends)
        self.names = {role: f"{PREFIX}{os.getpid()}-{slot}-{role[:3]}" for role in self.roles}
        self.folder = pathlib.Path(folder)
        self.path = path
        self.processes = []
        self.captures = []
        self.relays = {}
        self.made = []

    # namespaces and links

    def run(self, role, *argv, **options):
        return command(["ip", "netns", "exec", self.names[role], *argv], **options)

    def open(self):
        for role in self.roles:
            command(["ip", "netns", "add", self.names[role]])
            self.made.append(self.names[role])
            self.run(role, "ip", "link", "set", "lo", "up")
            if self.path.family == 4:
                self.sysctl(role, "net.ipv6.conf.all.disable_ipv6", 1)
        for number, role in enumerate(self.path.ends):
            self._join(role, number)
        self.sysctl("router", "net.ipv4.ip_forward", 1)
        if self.path.family == 6:
            self.sysctl("router", "net.ipv6.conf.all.forwarding", 1)
        for address in {self.path.seen[role] for role in self.path.behind}:
            self.run("router", "ip", "addr", "add", f"{address}/32", "dev", DEVICES["responder"])
        self.translate()

    def _join(self, role, number):
        end, middle = f"v{number}e", DEVICES[role]
        router = self.names["router"]
        command(
            [
                "ip",
                "link",
                "add",
                end,
                "netns",
                self.names[role],
                "type",
                "veth",
                "peer",
                "name",
                middle,
                "netns",
                router,
            ]
        )
        mac = f"02:00:00:00:{number + 1:02x}:"
        far = self.path.gateway[role]
        for name, device, address, last in (
            (role, end, self.path.address[role], "0a"),
            ("router", middle, far, "01"),
        ):
            self.run(name, "ip", "link", "set", device, "address", mac + last)
            flags = ["nodad"] if self.path.family == 6 else []
            self.run(name, "ip", "addr", "add", f"{address}/{self.path.width}", "dev", device, *flags)
            self.run(name, "ip", "link", "set", device, "up")
            # without hardware nobody would fill in the checksums
            self.run(
                name,
                "ethtool",
                "-K",
                device,
                "tx",
                "off",
                "rx",
                "off",
                "tso",
                "off",
                "gso",
                "off",
                "gro",
                "off",
            )
        self.run(role, "ip", f"-{self.path.family}", "route", "add", "default", "via", far)
        self.run(role, "ip", "addr", "add", f"{self.path.inner[role]}/32", "dev", "lo")
        # a kernel without ESP would answer every ESP packet with ICMP protocol unreachable
        self.nft(
            role, "table inet lab { chain in { type filter hook input priority 0; meta l4proto esp drop; }; }"
        )

    def translate(self):
        """The NAT as the path has it now; mappings that exist stay."""
        rules = self.path.translation()
        if rules:
            self.nft("router", f"table ip nat; delete table ip nat; {rules}")

    def forget(self):
        """The NAT forgets its mappings."""
        self.run("router", "conntrack", "-F")

    def move(self, role):
        """The address of an end changes. What it adds before it removes is never without one."""
        self.sysctl(role, "net.ipv4.conf.all.promote_secondaries", 1)
        old, new = self.path.move(role)
        device = f"v{self.path.ends.index(role)}e"
        self.run(role, "ip", "addr", "add", f"{new}/{self.path.width}", "dev", device)
        self.run(role, "ip", "addr", "del", f"{old}/{self.path.width}", "dev", device)
        self.translate()

    def sysctl(self, role, name, value):
        self.run(role, "sysctl", "-q", "-w", f"{name}={value}")

    def nft(self, role, rules):
        self.run(role, "nft", rules)

    # faults

    def fault(self, name, fault):
        """A fault is a table of its own in the router, so that it can be healed by dropping the table."""
        # -450: before connection tracking reassembles fragments at -400
        priority = {"prerouting": -450, "forward": 0, "postrouting": -450}[fault.get("hook", "prerouting")]
        chain = f"type filter hook {fault.get('hook', 'prerouting')} priority {priority};"
        for expression in fault["rules"]:
            chain += f" {self.expand(expression)};"
        self.nft("router", f"table inet fault-{name} {{ chain path {{ {chain} }}; }}")

    def relay(self, name, rule):
        self.relays[name] = Relay(self, len(self.relays), name, rule)
        self.relays[name].start()

    def heal(self, name):
        if name in self.relays:
            self.relays[name].heal()
        else:
            self.run("router", "nft", "delete", "table", "inet", f"fault-{name}")

    def expand(self, text):
        words = {
            "from-initiator": f'iifname "{DEVICES["initiator"]}"',
            "from-responder": f'iifname "{DEVICES["responder"]}"',
            "from-second": f'iifname "{DEVICES["second"]}"',
            "INITIATOR": self.path.address["initiator"],
            "RESPONDER": self.path.address["responder"],
        }
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    # processes

    def spawn(self, role, argv, log, env=None):
        with open(self.folder / log, "ab") as sink:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.names[role], *argv],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def stop(self, process, first=signal.SIGTERM):
        """End one process of ours by its id; harder when it does not listen."""
        for signum, grace in ((first, 5), (signal.SIGKILL, 5)):
            if process.poll() is None:
                process.send_signal(signum)
                try:
                    process.wait(grace)
                except subprocess.TimeoutExpired:
                    continue
        if process in self.processes:
            self.processes.remove(process)

    def capture(self, role, file):
        """tcpdump in the router on the link to `role`; `any` sees each packet twice, as a mirror of two ports."""
        device = DEVICES.get(role, "any")
        log = f"tcpdump-{role}.log"
        process = self.spawn(
            "router",
            [
                "tcpdump",
                "-n",
                "-i",
                device,
                "-s",
                "0",
                "-B",
                "8192",
                "-U",
                "--immediate-mode",
                "-Z",
                "root",
                "-w",
                str(file),
                FILTER,
            ],
            log,
        )
        self.captures.append((process, log))
        for _ in range(100):
            if "listening on" in (self.folder / log).read_text():
                return
            if process.poll() is not None:
                break
            pause(0.05)
        raise LabError(f"tcpdump did not start: {(self.folder / log).read_text().strip()}")

    def end_captures(self):
        pause(0.3)
        for process, log in self.captures:
            self.stop(process, signal.SIGINT)
            if "0 packets dropped by kernel" not in (self.folder / log).read_text():
                raise LabError("the capture lost packets")
        self.captures = []

    def close(self):
        for relay in self.relays.values():
            relay.close()
        self.relays = {}
        for process in reversed(list(self.processes)):
            self.stop(process)
        for name in self.made:
            remove(name)
        self.made = []

    # sockets

    def raw_socket(self, role, protocol):
        family = socket.AF_INET6 if self.path.family == 6 else socket.AF_INET
        return self.open_socket(role, family, socket.SOCK_RAW, protocol)

    def open_socket(self, role, family, kind, protocol):
        return self.inside(role, lambda: socket.socket(family, kind, protocol))

    def inside(self, role, make):
        """What `make` opens in the namespace of `role`: a thread enters it, calls and ends."""
        result = []

        def enter():
            try:
                with open(f"/run/netns/{self.names[role]}", "rb") as space:
                    if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), CLONE_NEWNET) != 0:
                        raise OSError(ctypes.get_errno(), "setns")
                result.append(make())
            except OSError as error:
                result.append(error)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        if isinstance(result[0], OSError):
            raise LabError(f"namespace of the {role}: {result[0]}")
        return result[0]


def command_quietly(argv):
    """For cleaning up: runs whatever has been cancelled, and never fails."""
    return subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout


def remove(name):
    """A namespace and the processes in it, which are all ours."""
    for _ in range(50):
        pids = command_quietly(["ip", "netns", "pids", name]).split()
        if not pids:
            break
        for pid in pids:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    command_quietly(["ip", "netns", "del", name])


def alive(name):
    """Does the lab that made this namespace still run? Its process id is part of the name."""
    try:
        return b"lab" in pathlib.Path(f"/proc/{name.removeprefix(PREFIX).split('-')[0]}/cmdline").read_bytes()
    except OSError:
        return False


def clean(folder):
    """Take away what a killed run left. False if another lab is running."""
    names = [line.split()[0] for line in command_quietly(["ip", "netns", "list"]).splitlines()]
    names = [name for name in names if name.startswith(PREFIX)]
    for name in names:
        if not alive(name):
            remove(name)
    if any(alive(name) for name in names):
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True
