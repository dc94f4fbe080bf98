# SPDX-License-Identifier: Apache-2.0
"""OpenIKED: its configuration from a scenario, and one running iked per end (IKEv2 only).

Keys of [initiator] and [responder] for it: `secret`, `id`, `peer_id`, `pki` as everywhere; `policy`: parts of
the policy over the defaults; `set`: global options.
"""

import re
import shutil

from . import pki
from .daemon import Daemon, merge, package_version
from .space import LabError, command, pause

IKED = "/usr/sbin/iked"
POLICY = {
    "ikesa": "enc aes-128 auth hmac-sha2-256 prf hmac-sha2-256 group modp2048",
    # its kernel interface on Linux has no HMAC-SHA2 for ESP
    "childsa": "enc aes-128 auth hmac-sha1 noesn",
    "ikelifetime": "4h",
    "lifetime": "1h",
}
SET = ["nomobike", "dpd_check_interval 0"]
# how an attempt ends in its log
ENDED = re.compile(r"-> ESTABLISHED from|-> CLOSED from|sa_free: ispi|retransmit limit exceeded")
KINDS = {"x509": "certs", "x509ca": "ca", "private": "private"}


class Iked(Daemon):
    NAME = "openiked"
    NEEDED = {IKED: "openiked", "openssl": "openssl"}

    def __init__(self, space, scenario, role, authority):
        super().__init__(space, scenario, role, authority)
        self.log = space.folder / f"{role}.out"
        self.etc = self.folder / "etc"
        self._write()

    def _write(self):
        for name in ("ca", "certs", "crls", "ocsp", "private", "pubkeys"):
            (self.etc / name).mkdir(parents=True)
        file = self.etc / "iked.conf"
        lines = [f"set {option}" for option in self.own.get("set", SET)]
        file.write_text("\n".join([*lines, self._policy(), ""]))
        file.chmod(0o600)
        if self.scenario["auth"] == "cert":
            for kind, source in pki.files(self.authority, self.role, self.own.get("pki", {})):
                target = "local.key" if kind == "private" else source.name
                shutil.copy(source, self.etc / KINDS[kind] / target)
        else:
            command(["openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", self.key()])
        (self.etc / "private/local.key").chmod(0o600)
        command(["openssl", "pkey", "-in", self.key(), "-pubout", "-out", str(self.etc / "local.pub")])

    def key(self):
        return str(self.etc / "private/local.key")

    def _policy(self):
        path, (own, peer) = self.space.path, self.identities()
        parts = merge(POLICY, self.own.get("policy", {}))
        inner = parts.pop("flow", f"from {path.network[self.role]} to {path.network[self.other]}")
        auth = parts.pop("ikeauth", f'psk "{self.secret}"' if self.scenario["auth"] == "psk" else "rsa")
        mode = "active" if self.role == "initiator" else "passive"
        words = " ".join(f"{key} {value}" for key, value in parts.items() if key in ("ikesa", "childsa"))
        lives = " ".join(f"{key} {value}" for key, value in parts.items() if key.endswith("lifetime"))
        return (
            f'ikev2 "net" {mode} esp {inner} local {path.address[self.role]} peer {path.seen[self.other]} '
            f"{words} srcid {own} dstid {peer} {lives} {auth}"
        )

    def start(self):
        self.launch([IKED, "-dvvS", "-f", "/etc/iked/iked.conf"], {"/etc/iked": self.etc, "/run": self.run})
        if not self.wait_until((self.run / "iked.sock").exists):
            raise LabError(f"openiked of the {self.role} did not start: see {self.log}")
        pause(0.5)

    def control(self, *words, check=True):
        return command(["ikectl", "-s", str(self.run / "iked.sock"), *words], check=check)

    def initiate(self, _kind, _name, background=False):
        before = len(self.text())
        self.control("active")
        if background:
            return None
        # it waits two seconds before its first message
        self.wait_until(lambda: ENDED.search(self.text()[before:]), 20)
        return (0 if self.spis() else 1), self.text()[before:]

    def terminate(self, _kind, background=False):
        """Only whole IKE SAs, by the identity of the peer."""
        peer = self.identities()[1]
        kind = "IPV4" if re.fullmatch("[0-9.]+", peer) else "IPV6" if ":" in peer else "FQDN"
        self.control("reset", "id", f"{kind}/{peer}")

    def text(self):
        return self.log.read_text(errors="replace")

    def spis(self):
        """[(inbound, outbound)] of the Child SAs, from its log: the one that it asked for is the inbound."""
        text = self.text()
        own = set(re.findall(r"pfkey_sa_init: new spi 0x([0-9a-f]+)", text))
        deleted = " ".join(re.findall(r"deleted \d+ SPIs?: (.*)", text))
        gone = set(re.findall(r"0x([0-9a-f]+)", deleted))
        pairs = []
        for pair in re.findall(r"loaded SPIs: 0x([0-9a-f]+), 0x([0-9a-f]+)", text):
            inbound, outbound = pair if pair[0] in own else pair[::-1]
            if inbound not in gone:
                pairs.append((int(inbound, 16), int(outbound, 16)))
        return pairs

    def ike_sas(self):
        text = self.text()
        return len(re.findall(r"-> ESTABLISHED from", text)) - len(re.findall(r"ESTABLISHED -> ", text)), text

    def version(self):
        return f"OpenIKED {package_version('openiked')}"
