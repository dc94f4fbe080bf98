# SPDX-License-Identifier: Apache-2.0
"""libreswan: its configuration from a scenario, and one running pluto per end.

Its package conflicts with strongSwan's, so it is unpacked beside it. Keys of [initiator] and [responder] for
it: `secret`, `id`, `peer_id`, `pki` as everywhere; `conn` and `setup`: keys of ipsec.conf over the defaults;
`revives = true` lets it begin again at once what failed, as it does outside the lab.
"""

import re

from . import pki
from .daemon import PASSWORD, USER, Daemon, merge
from .space import LabError, command, command_quietly

SETUP = {
    "logfile": "{folder}/libreswan.log",
    "nssdir": "{folder}/nss",
    "ipsecdir": "{folder}",
    "secretsfile": "{folder}/ipsec.secrets",
    "dumpdir": "{folder}",
    "dnssec-enable": "no",
    "nhelpers": "1",
    "ikev1-policy": "accept",
}
CONN = {
    "auto": "add",
    "ike": "aes128-sha2_256-modp2048",
    "esp": "aes128-sha2_256",
    "pfs": "no",
    "mobike": "no",
    "keyingtries": "1",
    "retransmit-timeout": "8s",
    "leftupdown": "%disabled",
}
STANDING = "MAIN_I4|MAIN_R3|AGGR_I2|AGGR_R2|V2_ESTABLISHED_IKE_SA"
AUTHBY = {"psk": "secret", "cert": "rsasig", "xauth": "secret"}
# one end of XAUTH and mode config each
XAUTH = {
    "initiator": {
        "leftxauthclient": "yes",
        "leftmodecfgclient": "yes",
        "rightxauthserver": "yes",
        "rightmodecfgserver": "yes",
        "modecfgpull": "yes",
        "leftusername": USER,
        "leftsubnet": "",
    },
    "responder": {
        "leftxauthserver": "yes",
        "leftmodecfgserver": "yes",
        "rightxauthclient": "yes",
        "rightmodecfgclient": "yes",
        "modecfgpull": "yes",
        "rightaddresspool": "10.3.0.10-10.3.0.20",
        "rightsubnet": "",
        "xauthby": "file",
    },
}


def section(head, keys):
    return f"{head}\n" + "".join(f"\t{key}={value}\n" for key, value in keys.items())


class Pluto(Daemon):
    NAME = "libreswan"
    NEEDED = {
        "apt-get": "apt",
        "certutil": "libnss3-tools",
        "openssl": "openssl",
        "libaudit.so.1": "libaudit1",
        "libcap-ng.so.0": "libcap-ng0",
        "libcurl-nss.so.4": "libcurl3-nss",
        "libevent_core-2.1.so.7": "libevent-core-2.1-7",
        "libevent_pthreads-2.1.so.7": "libevent-pthreads-2.1-7",
        "libldns.so.3": "libldns3",
        "libunbound.so.8": "libunbound8",
        "libldap-2.5.so.0": "libldap-2.5-0",
    }

    def __init__(self, space, scenario, role, authority):
        super().__init__(space, scenario, role, authority)
        self.programs = place(space.folder.parent) / "usr/libexec/ipsec"
        self._write()

    @classmethod
    def prepare(cls, work):
        """The package without installing it."""
        folder = place(work)
        if (folder / "done").exists():
            return
        folder.mkdir(parents=True, exist_ok=True)
        fetch = "apt-get -o APT::Sandbox::User=root download libreswan"
        script = f'cd "$1" && {fetch} && dpkg -x libreswan_*.deb .'
        command(["sh", "-c", script, "sh", str(folder)], timeout=300)
        (folder / "done").touch()

    def _write(self):
        setup = {key: value.format(folder=self.folder) for key, value in SETUP.items()}
        text = section("config setup", merge(setup, self.own.get("setup", {})))
        text += section("conn net", self._conn())
        (self.folder / "ipsec.conf").write_text(text)
        secrets = f': PSK "{self.secret}"\n@{USER} : XAUTH "{self.own.get("password", PASSWORD)}"\n'
        (self.folder / "ipsec.secrets").write_text(secrets)
        if self.scenario["auth"] == "xauth" and self.role == "responder":
            _, line = command(["openssl", "passwd", "-6", "-salt", "lab", PASSWORD])
            (self.folder / "passwd").write_text(f"{USER}:{line.strip()}:net\n")
        nss = f"sql:{self.folder}/nss"
        (self.folder / "nss").mkdir()
        command(["certutil", "-N", "-d", nss, "--empty-password"])
        if self.scenario["auth"] == "cert":
            self._certificates(nss)

    def _conn(self):
        path, (own, peer) = self.space.path, self.identities()
        auth = self.scenario["auth"]
        keys = CONN | {
            "keyexchange": "ike",
            "ikev2": "insist" if self.scenario["ike"] == 2 else "no",
            "authby": AUTHBY[auth],
            "left": path.address[self.role],
            "leftid": name(own),
            "leftsubnet": path.network[self.role],
            "right": path.seen[self.other],
            "rightid": name(peer),
            "rightsubnet": path.network[self.other],
        }
        if path.family == 6:
            keys["hostaddrfamily"] = "ipv6"
        if auth == "cert":
            keys |= {"leftcert": self.role, "leftsendcert": "always", "rightca": "%same"}
        if auth == "xauth":
            keys = merge(keys, XAUTH[self.role])
        return merge(keys, self.own.get("conn", {}))

    def _certificates(self, nss):
        for kind, file in pki.files(self.authority, self.role, self.own.get("pki", {})):
            if kind == "x509ca":
                command(
                    ["certutil", "-A", "-d", nss, "-n", file.path.stem]
                    + ["-t", "CT,,", "-a", "-i", str(file.path)]
                )
            elif kind == "x509":
                bundle = self.folder / "own.p12"
                key = file.path.with_suffix(".key")
                command(
                    ["openssl", "pkcs12", "-export", "-in", str(file.path), "-inkey", str(key)]
                    + ["-name", self.role, "-out", str(bundle), "-passout", "pass:"]
                )
                command(["pk12util", "-i", str(bundle), "-d", nss, "-W", ""])

    def start(self):
        self.launch(
            [
                self.programs / "pluto",
                "--nofork",
                "--config",
                self.folder / "ipsec.conf",
                "--rundir",
                self.run,
            ],
            {"/usr/libexec": place(self.space.folder.parent) / "usr/libexec", "/run": self.run},
        )
        if not self.wait_until(lambda: '"net"' in self.whack("--status", check=False)[1], 20):
            raise LabError(f"libreswan of the {self.role} did not load its connection: see {self.log}")
        if not self.own.get("revives", False):
            self.whack("--impair", "revival")

    def whack(self, *argv, check=True, timeout=60):
        argv = [str(self.programs / "whack"), "--rundir", str(self.run), *argv]
        return command(argv, timeout=timeout, check=check)

    def initiate(self, _kind, _name, background=False):
        """The IKE SA alone cannot be asked for: the connection has its child with it."""
        options = ["--name", "net", "--initiate"]
        if self.scenario["auth"] == "xauth":
            options += ["--username", USER, "--xauthpass", self.own.get("password", PASSWORD)]
        if background:
            return self.whack(*options, "--asynchronous", check=False)
        _, text = self.whack(*options, check=False, timeout=200)
        return (0 if self.spis() else 1), text

    def rekey(self, kind):
        self.whack("--name", "net", {"ike": "--rekey-ike", "child": "--rekey-ipsec"}[kind])

    def terminate(self, kind, background=False):
        if kind == "ike":
            argv = ["--name", "net", "--terminate"]
        else:
            _, text = self.whack("--showstates")
            number = re.findall(r"#(\d+): .*(?:STATE_QUICK|IPsec SA|CHILD_SA|Child SA)", text)[-1]
            argv = ["--deletestate", number]
        self.whack(*argv, check=not background)

    def spis(self):
        """[(inbound, outbound)] of the Child SAs, oldest first."""
        _, text = self.whack("--showstates")
        pairs = []
        peer = re.escape(self.space.path.seen[self.other])
        own = re.escape(self.space.path.address[self.role])
        for line in text.splitlines():
            outbound = re.search(rf"esp[.:]([0-9a-f]+)@\[?{peer}\b", line)
            inbound = re.search(rf"esp[.:]([0-9a-f]+)@\[?{own}\b", line)
            if inbound and outbound:
                number = int(re.search(r"#(\d+):", line)[1])
                pairs.append((number, int(inbound[1], 16), int(outbound[1], 16)))
        return [pair[1:] for pair in sorted(pairs)]

    def ike_sas(self):
        _, text = self.whack("--showstates")
        return len(re.findall(rf"STATE_(?:{STANDING})\b", text)), text

    def encapsulates(self):
        return super().encapsulates() or self.own.get("conn", {}).get("encapsulation") == "yes"

    def version(self):
        package = next(place(self.space.folder.parent).glob("libreswan_*.deb")).name.split("_")[1]
        number = command_quietly([str(self.programs / "pluto"), "--version"]).split()
        return f"{' '.join(number[:2])} ({package})"


def name(text):
    """An address is one, a name has to say that it is not to be looked up."""
    return text if re.fullmatch(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:]*|[@%].*", text) else f"@{text}"


def place(work):
    return work / "libreswan"
