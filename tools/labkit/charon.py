# SPDX-License-Identifier: Apache-2.0
"""strongSwan: its configuration from a scenario, and one running charon per end."""

import os
import re
import shutil
import socket
import subprocess

from . import keys, pki
from .daemon import OTHER, PASSWORD, PSK, USER, Daemon, identity, merge, package_version
from .space import LabError, command, command_quietly

CHARON = "/usr/lib/ipsec/charon"

PLUGINS = (
    "random nonce aes sha1 sha2 md5 hmac kdf pem pkcs1 pkcs8 x509 pubkey constraints revocation openssl gcm "
    "ccm ctr chapoly curve25519 gmp xcbc cmac {kernel} socket-default vici eap-identity eap-mschapv2 eap-md5 "
    "eap-tls eap-ttls eap-gtc xauth-generic"
)
KERNEL = {"shim": "kernel-netlink", "libipsec": "kernel-libipsec kernel-netlink", "none": "kernel-netlink"}

CHARON_DEFAULTS = {
    # short timers keep a run short; the factor stays strongSwan's own
    "retransmit_timeout": 1.0,
    "retransmit_base": 1.8,
    "retransmit_tries": 3,
    "install_virtual_ip": False,
    "install_routes": False,
}

CONNECTION_DEFAULTS = {
    "version": 2,
    "mobike": False,
    "proposals": "aes128-sha256-modp2048",
    "rekey_time": "4h",
    "keyingtries": 1,
}
CHILD_DEFAULTS = {"esp_proposals": "aes128-sha256", "rekey_time": "1h"}
WHAT = {"ike": ["--ike", "gw"], "child": ["--child", "net"]}
NOT_CONNECTION = ("charon", "secrets", "address_pools", "pki", "running", "daemon")


def settings(tree, depth=0):
    """A tree in the syntax of strongswan.conf and swanctl.conf."""
    pad = "  " * depth
    text = ""
    for key, value in tree.items():
        if isinstance(value, dict):
            text += f"{pad}{key} {{\n{settings(value, depth + 1)}{pad}}}\n"
            continue
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, list):
            value = ",".join(value)
        text += f'{pad}{key} = "{value}"\n'
    return text


def connection(scenario, role, path):
    """The swanctl connection of one end: defaults, the authentication's needs, the scenario's own words."""
    other = OTHER[role]
    ids = {name: identity(scenario, name, path) for name in (role, other)}
    tree = dict(CONNECTION_DEFAULTS)
    tree["version"] = scenario["ike"]
    tree["local_addrs"] = path.address[role]
    tree["remote_addrs"] = path.seen[other]
    tree["local"] = {"auth": "psk", "id": ids[role]}
    tree["remote"] = {"auth": "psk", "id": ids[other]}
    auth = scenario["auth"]
    if auth == "cert":
        tree["local"] |= {"auth": "pubkey", "certs": f"{role}.crt"}
        tree["remote"]["auth"] = "pubkey"
    elif auth == "eap":
        if role != "responder":
            tree["local"] = {"auth": "eap-mschapv2", "eap_id": USER, "id": ids[role]}
            tree["remote"]["auth"] = "pubkey"
        else:
            tree["local"] |= {"auth": "pubkey", "certs": f"{role}.crt"}
            tree["remote"] = {"auth": "eap-mschapv2", "eap_id": "%any"}
    elif auth == "xauth":
        if role != "responder":
            tree["local-xauth"] = {"auth": "xauth", "xauth_id": USER}
        else:
            tree["remote-xauth"] = {"auth": "xauth"}
    child = dict(CHILD_DEFAULTS)
    child["local_ts"] = path.network[role]
    child["remote_ts"] = path.network[other]
    tree["children"] = {"net": child}
    own = {key: value for key, value in scenario.get(role, {}).items() if key not in NOT_CONNECTION}
    return merge(tree, own)


def secrets(scenario, role):
    tree = {"ike-1": {"secret": PSK}}
    if scenario["auth"] == "eap":
        tree = {"eap-1": {"id": USER, "secret": PASSWORD}}
    elif scenario["auth"] == "xauth":
        tree["xauth-1"] = {"id": USER, "secret": PASSWORD}
    return merge(tree, scenario.get(role, {}).get("secrets", {}))


class Charon(Daemon):
    """One charon with a /run, a configuration and a log of its own."""

    NAME = "charon"
    NEEDED = {
        CHARON: "strongswan-charon",
        "swanctl": "strongswan-swanctl",
        "/usr/lib/ipsec/plugins/libstrongswan-gcm.so": "libstrongswan-standard-plugins",
        "/usr/lib/ipsec/plugins/libstrongswan-chapoly.so": "libstrongswan-extra-plugins",
        "/usr/lib/ipsec/plugins/libstrongswan-kernel-libipsec.so": "libcharon-extra-plugins",
        "/usr/lib/ipsec/plugins/libstrongswan-eap-mschapv2.so": "libcharon-extauth-plugins",
    }

    def __init__(self, space, scenario, role, authority):
        super().__init__(space, scenario, role, authority)
        self.uri = f"unix://{self.folder}/vici"
        self._write()

    def _write(self):
        swanctl = self.folder / "swanctl"
        for name in ("x509", "x509ca", "private"):
            (swanctl / name).mkdir(parents=True)
        own = self.own
        kernel = KERNEL[self.scenario["dataplane"]]
        charon = merge(CHARON_DEFAULTS, own.get("charon", {}))
        charon |= {
            "load_modular": False,
            "load": PLUGINS.format(kernel=kernel),
            "threads": 24 if self.scenario["dataplane"] == "libipsec" else 16,
        }
        if self.scenario["dataplane"] == "libipsec":
            charon["install_routes"] = True
        charon["filelog"] = {
            "log": {
                "path": str(self.log),
                "flush_line": True,
                "ike_name": True,
                "time_format": "%T",
                "time_add_ms": True,
                "default": 1,
                "cfg": 2,
                "ike": 4,
                "chd": 4,
                "mgr": 2,
                "knl": 2,
            }
        }
        charon["plugins"] = merge({"vici": {"socket": self.uri}}, charon.get("plugins", {}))
        (self.folder / "strongswan.conf").write_text(settings({"charon": charon}))
        tree = {
            "connections": {"gw": connection(self.scenario, self.role, self.space.path)},
            "secrets": secrets(self.scenario, self.role),
        }
        if "address_pools" in own:
            tree["pools"] = own["address_pools"]
        path = swanctl / "swanctl.conf"
        path.write_text(settings(tree))
        path.chmod(0o600)
        if self.scenario["auth"] not in ("cert", "eap"):
            return
        for kind, file in pki.files(self.authority, self.role, own.get("pki", {})):
            shutil.copy(file, swanctl / kind / file.name)

    def environment(self):
        env = dict(os.environ)
        env["STRONGSWAN_CONF"] = str(self.folder / "strongswan.conf")
        env["SWANCTL_DIR"] = str(self.folder / "swanctl")
        return env

    def start(self):
        for last in (False, True):
            (self.folder / "vici").unlink(missing_ok=True)
            # the path of its pid file is compiled in
            self.launch([CHARON], {"/run": self.run}, self.environment())
            try:
                self.wait_until(self.listens)
                break
            except LabError:  # it was seen to crash in its own start, with the socket already there
                if last:
                    raise
        self.swanctl("--load-all", "--noprompt")

    def listens(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.folder / "vici")) == 0

    def swanctl(self, *argv, check=True, timeout=60):
        argv = ["swanctl", argv[0], "--uri", self.uri, *argv[1:]]
        return command(argv, timeout=timeout, check=check, env=self.environment())

    def swanctl_in_background(self, *argv):
        process = subprocess.Popen(
            ["swanctl", argv[0], "--uri", self.uri, *argv[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.environment(),
        )
        self.space.processes.append(process)

    def initiate(self, kind, name, background=False):
        what = ["--ike", "gw"] if kind == "ike" else ["--child", name]
        if background:
            return self.swanctl_in_background("--initiate", *what)
        return self.swanctl("--initiate", *what, check=False, timeout=200)

    def rekey(self, kind):
        self.swanctl("--rekey", *WHAT[kind])

    def terminate(self, kind, background=False):
        (self.swanctl_in_background if background else self.swanctl)("--terminate", *WHAT[kind])

    def spis(self):
        """[(inbound, outbound)] of the installed Child SAs, oldest first."""
        _, text = self.swanctl("--list-sas", "--raw")
        pairs = re.findall(r"spi-in=([0-9a-f]+).*?spi-out=([0-9a-f]+)", text)
        return [(int(one, 16), int(two, 16)) for one, two in pairs]

    def encapsulates(self):
        return "encap=yes" in self.swanctl("--list-sas", "--raw")[1]

    def peer_port(self, spi):
        """Where ESP in UDP of this Child SA goes: not to port 4500 when a NAT has changed it."""
        _, text = self.swanctl("--list-sas", "--raw")
        ports = [
            int(port)
            for event in text.split("list-sa event ")
            if f"{spi:08x}" in event
            for port in re.findall(r"remote-port=(\d+)", event)
        ]
        return ports[0] if ports else 4500

    def ike_sas(self):
        _, text = self.swanctl("--list-sas", "--raw")
        return len(re.findall(r"list-sa event \{", text)), text

    def version(self):
        """Name and version, with the distribution's package version where there is one."""
        name = command_quietly([CHARON, "--version"]).strip().removeprefix("Linux ")
        package = package_version("strongswan-charon")
        return f"{name} ({package})" if package else name

    def keep(self):
        """Its own view at the end, and its keys, beside its log."""
        if self.process and self.process.poll() is None:
            for what in ("sas", "conns"):
                (self.folder / f"{what}.txt").write_text(self.swanctl(f"--list-{what}", check=False)[1])
        if self.log.exists():
            keys.write(self.folder, self.log.read_text(errors="replace"))
