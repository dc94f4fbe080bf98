# SPDX-License-Identifier: Apache-2.0
"""Certificates of the lab: two authorities, and one certificate per end and authority."""

from .space import command

NAMES = ("initiator", "responder")


def make(folder):
    """Make all keys and certificates once; `folder` then holds AUTHORITY.crt and AUTHORITY-ROLE.{key,crt}."""
    folder.mkdir(parents=True, exist_ok=True)
    for authority in ("trusted", "stranger"):
        key = folder / f"{authority}.key"
        store(key, "--gen", "--type", "rsa", "--size", "3072")
        store(
            folder / f"{authority}.crt",
            "--self",
            "--ca",
            "--in",
            str(key),
            "--type",
            "rsa",
            "--lifetime",
            "3650",
            "--dn",
            f"C=XX, O=Example, CN={authority} authority.example",
        )
        for role in NAMES:
            own = folder / f"{authority}-{role}.key"
            store(own, "--gen", "--type", "rsa", "--size", "3072")
            request = command(["pki", "--pub", "--in", str(own), "--outform", "pem"])[1]
            public = folder / f"{authority}-{role}.pub"
            public.write_text(request)
            store(
                folder / f"{authority}-{role}.crt",
                "--issue",
                "--cacert",
                str(folder / f"{authority}.crt"),
                "--cakey",
                str(key),
                "--in",
                str(public),
                "--type",
                "pub",
                "--lifetime",
                "1825",
                "--dn",
                f"C=XX, O=Example, CN={role}.example",
                "--san",
                f"{role}.example",
                "--flag",
                "serverAuth",
            )
    return folder


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
    """(swanctl folder, file) of one end; `choice` names its issuer and the authorities it trusts."""
    issuer = choice.get("issuer", "trusted")
    yield "x509", File(folder / f"{issuer}-{role}.crt", f"{role}.crt")
    yield "private", File(folder / f"{issuer}-{role}.key", f"{role}.key")
    for authority in choice.get("trusts", ["trusted"]):
        yield "x509ca", File(folder / f"{authority}.crt", f"{authority}.crt")
