# SPDX-License-Identifier: Apache-2.0
"""Certificates of the lab: authorities, and one certificate per end and issue."""

from .space import command

NAMES = ("initiator", "responder")
TYPES = {"rsa": ("--type", "rsa", "--size", "3072"), "ecdsa": ("--type", "ecdsa", "--size", "256")}
AUTHORITIES = {"trusted": "rsa", "stranger": "rsa", "curve": "ecdsa"}
PAST = ("--not-before", "200101000000", "--not-after", "210101000000", "--dateform", "%y%m%d%H%M%S")
VALID = ("--lifetime", "1825")

# issue: (authority, type of key, name of the end, validity)
ISSUES = {
    "trusted": ("trusted", "rsa", "{role}.example", VALID),
    "stranger": ("stranger", "rsa", "{role}.example", VALID),
    "curve": ("curve", "ecdsa", "{role}.example", VALID),
    "expired": ("trusted", "rsa", "{role}.example", PAST),
    "renamed": ("trusted", "rsa", "former-{role}.example", VALID),
}


def complete(folder):
    """Is everything there that the tables say?"""
    done = folder / "done"
    return done.exists() and done.read_text() == repr((AUTHORITIES, ISSUES))


def make(folder):
    """Make all keys and certificates once: AUTHORITY.crt and ISSUE-ROLE.{key,crt}."""
    folder.mkdir(parents=True, exist_ok=True)
    for authority, kind in AUTHORITIES.items():
        key = folder / f"{authority}.key"
        store(key, "--gen", *TYPES[kind])
        name = f"C=XX, O=Example, CN={authority} authority.example"
        options = ("--ca", "--in", str(key), "--type", kind, "--lifetime", "3650", "--dn", name)
        store(folder / f"{authority}.crt", "--self", *options)
    for issue, (authority, kind, pattern, validity) in ISSUES.items():
        for role in NAMES:
            own = folder / f"{issue}-{role}.key"
            store(own, "--gen", *TYPES[kind])
            public = folder / f"{issue}-{role}.pub"
            store(public, "--pub", "--in", str(own))
            name = pattern.format(role=role)
            issuer = ("--cacert", str(folder / f"{authority}.crt"), "--cakey", str(folder / f"{authority}.key"))
            subject = ("--dn", f"C=XX, O=Example, CN={name}", "--san", name, "--flag", "serverAuth")
            store(
                folder / f"{issue}-{role}.crt",
                *("--issue", *issuer, "--in", str(public), "--type", "pub"),
                *(*validity, *subject),
            )
    (folder / "done").write_text(repr((AUTHORITIES, ISSUES)))


def store(path, *argv):
    path.write_text(command(["pki", argv[0], "--outform", "pem", *argv[1:]])[1])


class File:
    """A file of the authority's folder under the name the daemon shall find."""

    def __init__(self, path, name):
        self.path = path
        self.name = name

    def __fspath__(self):
        return str(self.path)


def files(folder, role, choice):
    """(swanctl folder, file) of one end; `choice` names its issue and the authorities it trusts."""
    issue = choice.get("issue", "trusted")
    yield "x509", File(folder / f"{issue}-{role}.crt", f"{role}.crt")
    yield "private", File(folder / f"{issue}-{role}.key", f"{role}.key")
    for authority in choice.get("trusts", ["trusted"]):
        yield "x509ca", File(folder / f"{authority}.crt", f"{authority}.crt")
