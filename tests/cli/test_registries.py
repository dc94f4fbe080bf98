#!/usr/bin/env python3
"""Every row of the registries and every vendor id in a message of its own: dissect must name it, in
text and in JSON, at the field it belongs to. So must it the state of values that have no name.

SPDX-License-Identifier: Apache-2.0
"""

import csv
import json
import os
import re
import struct
import tempfile

from messages import attribute, header, payload, proposal, transform1, transform2, v1, v2, write
from program import Count, SOURCE, run

TABLES = SOURCE / "tools" / "iana"
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")

# Registries that no field has: keys of groups are never sent in clear, and their payloads stay octets.
UNUSED = {
    (1, "gdoi-key-download-types"), (2, "group-key-bag-attributes"), (2, "group-wide-policy-attributes"),
    (2, "gsa-attributes"), (2, "member-key-bag-attributes"),
}

# ---- messages -------------------------------------------------------------------------------


def sa1(protocol, transform):
    return v1(1, struct.pack(">II", 1, 1) + proposal(protocol, transform, spi=b"" if protocol == 1 else b"SPIS"))


def sa2(protocol, transform):
    return v2(33, proposal(protocol, transform, spi=b"" if protocol == 1 else b"SPIS"))


def phase1(kind):
    return lambda value: sa1(1, transform1(1, attribute(kind, value)))


def phase2(kind):
    return lambda value: sa1(3, transform1(12, attribute(kind, value)))


def notify2(kind, data=b""):
    return v2(41, struct.pack(">BBH", 0, 0, kind) + data)


def config1(attributes):
    return v1(14, struct.pack(">BBH", 1, 0, 0) + attributes, 6)


def config2(attributes):
    return v2(47, struct.pack(">BBH", 1, 0, 0) + attributes)


def eap(code, data=b"\x01"):
    return v2(48, struct.pack(">BBH", code, 1, 4 + len(data)) + data)


def payload_type(version, value):
    """Behind a vendor id, as not every type may be the first."""
    vendor = 13 if version == 1 else 43
    body = payload(b"vendor", value) + (payload(bytes(60)) if value else b"")
    return header(version, 2 if version == 1 else 35, 0 if version == 1 else 8, vendor, body)


def encrypted_flag(value):
    return header(1, 5, value, 8, bytes(24) if value & 1 else payload(bytes(20)))


def row(make, field, most=0xff):
    """What holds a value of a registry, the field where its name stands, and the largest value there is room for."""
    return make, field, most


ROWS = {
    (1, "header-flags"): row(encrypted_flag, "flag"),
    (1, "exchange-types"): row(lambda v: v1(8, bytes(20), v), "exchange type"),
    (1, "payload-types"): row(lambda v: payload_type(1, v), "next payload"),
    (1, "doi"): row(lambda v: v1(11, struct.pack(">IBBH", v, 1, 0, 14)), "DOI", most=0xffffffff),
    (1, "situation-bits"): row(lambda v: v1(1, struct.pack(">II", 1, v)), "situation", most=0xffffffff),
    (1, "protocol-ids"): row(lambda v: v1(11, struct.pack(">IBBH", 1, v, 0, 14)), "protocol"),
    (1, "notify-types"): row(lambda v: v1(11, struct.pack(">IBBH", 1, 1, 0, v)), "type", most=0xffff),
    (1, "id-types"): row(lambda v: v1(5, struct.pack(">BBH", v, 0, 0) + b"name"), "ID type"),
    (1, "cert-encodings"): row(lambda v: v1(6, bytes([v]) + b"certificate"), "encoding"),
    (1, "cfg-types"): row(lambda v: v1(14, struct.pack(">BBH", v, 0, 0), 6), "type"),
    (1, "cfg-attribute-types"): row(lambda v: config1(attribute(v, b"")), "attribute", most=0x7fff),
    (1, "xauth-types"): row(lambda v: config1(attribute(16520, v)), "value", most=0xffff),
    (1, "xauth-status"): row(lambda v: config1(attribute(16527, v)), "value", most=0xffff),
    (1, "fragment-last-flag"): row(lambda v: v1(132, struct.pack(">HBB", 1, 1, v) + b"part"), "last fragment"),
    (1, "gdoi-sa-tek-protocol"): row(lambda v: v1(16, bytes([v]) + b"policy"), "protocol"),
    (1, "isakmp-transform-ids"): row(lambda v: sa1(1, transform1(v)), "transform id"),
    (1, "ah-transform-ids"): row(lambda v: sa1(2, transform1(v)), "transform id"),
    (1, "esp-transform-ids"): row(lambda v: sa1(3, transform1(v)), "transform id"),
    (1, "ipcomp-transform-ids"): row(lambda v: sa1(4, transform1(v)), "transform id"),
    (1, "phase1-attribute-classes"): row(lambda v: phase1(v)(1), "attribute", most=0x7fff),
    (1, "phase2-sa-attributes"): row(lambda v: phase2(v)(1), "attribute", most=0x7fff),
    (2, "header-flags"): row(lambda v: header(2, 37, v, 41, payload(struct.pack(">BBH", 0, 0, 14))), "flag"),
    (2, "exchange-types"): row(lambda v: v2(41, struct.pack(">BBH", 0, 0, 14), v), "exchange type"),
    (2, "payload-types"): row(lambda v: payload_type(2, v), "next payload"),
    (2, "transform-types"): row(lambda v: sa2(3, transform2(v, 1)), "transform type"),
    (2, "transform-attribute-types"): row(lambda v: sa2(3, transform2(1, 12, attribute(v, 128))), "attribute",
                                          most=0x7fff),
    (2, "id-types"): row(lambda v: v2(35, struct.pack(">BBH", v, 0, 0) + b"name"), "ID type"),
    (2, "cert-encodings"): row(lambda v: v2(37, bytes([v]) + b"certificate"), "encoding"),
    (2, "auth-methods"): row(lambda v: v2(39, struct.pack(">BBH", v, 0, 0) + b"\x01octets"), "method"),
    (2, "security-protocol-ids"): row(lambda v: v2(41, struct.pack(">BBH", v, 0, 14)), "protocol"),
    (2, "notify-error"): row(notify2, "type", most=16383),
    (2, "notify-status"): row(notify2, "type", most=0xffff),
    (2, "hash-algorithms"): row(lambda v: notify2(16431, struct.pack(">H", v)), "hash algorithm", most=0xffff),
    (2, "ipcomp-transforms"): row(lambda v: notify2(16387, struct.pack(">HB", 1, v)), "transform id"),
    (2, "gateway-identity-types"): row(lambda v: notify2(16407, struct.pack(">BB", v, 4) + b"name"),
                                       "gateway identity type"),
    (2, "rohc-attribute-types"): row(lambda v: notify2(16416, attribute(v, 1)), "attribute", most=0x7fff),
    (2, "secure-password-methods"): row(lambda v: notify2(16424, struct.pack(">H", v)), "password method", most=0xffff),
    (2, "ppk-id-types"): row(lambda v: notify2(16436, bytes([v]) + b"name"), "PPK id type"),
    (2, "traffic-selector-types"): row(
        lambda v: v2(44, struct.pack(">BBHBBH", 1, 0, 0, v, 0, 8) + b"data"), "traffic selector"),
    (2, "cfg-types"): row(lambda v: v2(47, struct.pack(">BBH", v, 0, 0)), "type"),
    (2, "cfg-attribute-types"): row(lambda v: config2(attribute(v, b"")), "attribute", most=0x7fff),
    (2, "eap-codes"): row(eap, "code"),
    (2, "eap-types"): row(lambda v: eap(1, bytes([v]) + b"data"), "EAP type"),
    (2, "eap-aka-subtypes"): row(lambda v: eap(1, bytes([23, v]) + b"data"), "subtype"),
    (2, "eap-mschapv2-opcodes"): row(lambda v: eap(1, bytes([26, v]) + b"data"), "operation"),
}
# Values of attributes, by the number of the attribute.
ROWS.update({(1, name): row(phase1(kind), "value", most=0xffff) for name, kind in {
    "phase1-encryption": 1, "phase1-hash": 2, "phase1-auth-methods": 3, "phase1-group-description": 4,
    "phase1-group-type": 5, "phase1-life-type": 11, "phase1-prf": 13, "gmt0022-asymmetric-algorithms": 20}.items()})
ROWS.update({(1, name): row(phase2(kind), "value", most=0xffff) for name, kind in {
    "phase2-life-type": 1, "encapsulation-mode": 4, "authentication-algorithm": 5, "ecn-tunnel": 10,
    "ext-seq-number": 11, "signature-encoding": 13, "address-preservation": 14, "sa-direction": 15}.items()})
ROWS.update({(2, name): row(lambda v, kind=kind: sa2(3, transform2(kind, v)), "transform id", most=0xffff)
             for name, kind in {"encr": 1, "prf": 2, "integ": 3, "sequence-numbers": 5, "key-wrap": 13,
                                "group-controller-auth": 14}.items()})

ROWS = {key: [one] for key, one in ROWS.items()}
# What has several places, such as key exchange methods: the KE payload and transform types 4 and 6 to 12.
for key, more in {
    (2, "key-exchange-methods"): [row(lambda v: v2(34, struct.pack(">HH", v, 0) + b"key"), "group", most=0xffff)] + [
        row(lambda v, kind=kind: sa2(3, transform2(kind, v)), "transform id", most=0xffff)
        for kind in (4, *range(6, 13))],
    (1, "phase1-group-description"): [row(phase2(3), "value", most=0xffff)],
    (1, "protocol-ids"): [row(lambda v: sa1(v, transform1(1)), "protocol"),
                          row(lambda v: v1(12, struct.pack(">IBBH", 1, v, 0, 0)), "protocol")],
    (1, "cert-encodings"): [row(lambda v: v1(7, bytes([v])), "encoding")],
    (1, "doi"): [row(lambda v: v1(1, struct.pack(">II", v, 1)), "DOI", most=0xffffffff)],
    (1, "payload-types"): [row(lambda v: payload_type(1, v), "payload type")],
    (2, "payload-types"): [row(lambda v: payload_type(2, v), "payload type")],
    (2, "security-protocol-ids"): [row(lambda v: sa2(v, transform2(1, 12)), "protocol"),
                                   row(lambda v: v2(42, struct.pack(">BBH", v, 0, 0)), "protocol")],
    (2, "cert-encodings"): [row(lambda v: v2(38, bytes([v])), "encoding")],
    (2, "id-types"): [row(lambda v, k=k: v2(k, struct.pack(">BBH", v, 0, 0) + b"name"), "ID type") for k in (36, 50)],
    (2, "traffic-selector-types"): [row(
        lambda v: v2(45, struct.pack(">BBHBBH", 1, 0, 0, v, 0, 8) + b"data"), "traffic selector")],
    (2, "auth-methods"): [row(lambda v: notify2(16443, bytes([3, v, 0])), "authentication method")],
    (2, "eap-types"): [row(lambda v: eap(2, bytes([v]) + b"data"), "EAP type")],
    (2, "eap-aka-subtypes"): [row(lambda v, k=k: eap(2, bytes([k, v]) + b"data"), "subtype") for k in (18, 50)],
}.items():
    ROWS.setdefault(key, []).extend(more)

BITS = [1 << bit for bit in range(8)]  # of flags, there is no other value

# A packet whose header says these is none of IKE: nobody has such an exchange.
NO_MESSAGE = {(1, "exchange-types"): {0, *range(7, 32), *range(34, 240)},
              (2, "exchange-types"): set(range(34))}
# Not NONE: these are never the type of a payload.
NO_PAYLOAD = {0}

# ---- which values ---------------------------------------------------------------------------


def state(name):
    return next((word.lower() for word in ("Reserved", "Private use", "Unassigned") if name.startswith(word)), None)


def registries():
    """(version, registry): [(first, last, name)]"""
    out = {}
    for version in (1, 2):
        with open(TABLES / f"ikev{version}-registries.csv", newline="", encoding="ascii") as f:
            for line in csv.DictReader(f):
                first, _, last = line["value"].partition("-")
                out.setdefault((version, line["registry"]), []).append((int(first), int(last or first), line["name"]))
    return out


def cases(key, rows, most):
    """(value, name or None, state or None): every row, the ends of the ranges, and one value that no row has."""
    named = {first for first, last, name in rows if first == last and state(name) is None}
    for first, last, name in rows:
        if state(name) is None:
            yield from ((value, name, None) for value in sorted({first, last}))
        else:
            # Rows inside a range have names of their own; the ends that are left stand for it.
            free = [v for v in range(first, min(last, most) + 1) if v not in named]
            yield from ((value, None, state(name)) for value in sorted({free[0], free[-1]}))
    taken = [(first, last) for first, last, _ in rows]
    for value in BITS if key[1] == "header-flags" else range(most + 1) if most < 0x10000 else (3, 0xffffffff):
        if key == (2, "notify-status") and value < 16384:
            continue
        if not any(first <= value <= last for first, last in taken):
            yield value, None, "unassigned"
            return


def expectations(count):
    """(octets, field, value, name, state) of each message."""
    every = registries()
    unknown = set(every) - set(ROWS) - UNUSED
    count.check(not unknown, f"registries that nothing holds here: {sorted(unknown)}")
    count.check(set(ROWS) | UNUSED <= set(every), "registries that do not exist")
    for key, rows in sorted(every.items()):
        for make, field, most in ROWS.get(key, []):
            for value, name, kind in cases(key, rows, most):
                if value not in NO_MESSAGE.get(key, ()) and not (field == "payload type" and value in NO_PAYLOAD):
                    yield make(value), field, value, name, kind, f"IKEv{key[0]} {key[1]} {value}"


def vendors():
    with open(TABLES / "vendor-ids.csv", newline="", encoding="ascii") as f:
        for line in csv.DictReader(f):
            octets = bytes.fromhex(line["hex"])
            for version, kind in ((v1, 13), (v2, 43)):
                yield version(kind, octets), "vendor id", octets.hex(), line["name"], None, f"vendor id {octets.hex()}"


# ---- the capture and what is made of it -----------------------------------------------------


def walk(fields, depth=0):
    for field in fields:
        yield field, depth
        yield from walk(field.get("fields", []), depth + 1)


def told(message, where, value, name, kind):
    """Whether JSON has it; and the field as text calls it."""
    for field, depth in walk(message["fields"]):
        if where == "payload type":
            fits = depth == 0 and "value" in field
        else:
            fits = field["field"] == where
        if fits and field.get("value") == value and field.get("name") == name and field.get("range") == kind:
            return field["field"]
    return None


def shown(block, label, value, name, kind):
    """Whether text has it, wherever the lines break."""
    words = " ".join(re.sub(r"(?m)^[0-9a-f]{4} +", "", block).split())
    if label == "vendor id":
        return re.search(r"vendor id [0-9a-f]+(\.\.\.)?( \(\d+ octets?\))? " + re.escape(name), words) is not None
    # A long word may have been broken.
    line = f"{label} {value} {name}" if name is not None else f"{label} {value} ({kind})"
    return line in words or line.replace(" ", "") in words.replace(" ", "")


def main():
    count = Count("registries")
    wanted = list(expectations(count)) + list(vendors())
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "registries.pcap")
        write(path, [octets for octets, *_ in wanted])
        text = run("dissect", "--utc", path, env=ENVIRONMENT).stdout.decode()
        document = json.loads(run("dissect", "--format", "json", path).stdout)
    blocks = dict((int(m.group(1)), m.group(2)) for m in re.finditer(r"(?ms)^Frame (\d+), (.*?)(?=^Frame |\Z)", text))
    messages = {m["frame"]: m for m in document["messages"]}
    for number, (_, where, value, name, kind, what) in enumerate(wanted, 1):
        if not count.check(number in messages and number in blocks, f"{what}: no message of IKE"):
            continue
        label = told(messages[number], where, value, name, kind)
        if count.check(label is not None, f"{what}: not called {name or kind!r} in JSON"):
            count.check(shown(blocks[number], label, value, name, kind), f"{what}: not called {name or kind!r} in text")
    count.check(len(messages) == len(wanted), f"{len(messages)} messages of {len(wanted)}")
    count.finish()


if __name__ == "__main__":
    main()
