# SPDX-License-Identifier: Apache-2.0
"""The messages of an ikescope.dissection/1 as facts that can be compared."""

import ipaddress
import re

from facts import Facts

# Fields whose value is text; that of other leaves is a number, an address or hexadecimal.
TEXTS = ("FQDN", "user FQDN", "RFC 822 name", "text")


def octets_of_text(text):
    """The octets behind a text with \\xNN escapes, hexadecimal."""
    def one(match):
        escape = match.group(1)
        return chr(int(escape[1:], 16)) if escape[0] == "x" else escape
    out = b""
    for part in re.split(r"(\\x[0-9a-f]{2}|\\.)", text):
        out += re.sub(r"\\(x[0-9a-f]{2}|.)", one, part).encode("latin-1") if part.startswith("\\") else part.encode()
    return out.hex()


def octets(field):
    """The octets of a leaf, hexadecimal."""
    value = field.get("value", "")
    if isinstance(value, int):
        return value.to_bytes(field["length"], "big").hex()
    if field["field"] in TEXTS:
        return octets_of_text(value)
    if "." in value or ":" in value:
        return ipaddress.ip_address(value).packed.hex()
    return value


class Payload:
    """One payload: its leaves by name, its containers by name."""

    def __init__(self, field):
        self.field, self.parts = field, field.get("fields", [])
        self.end = field["offset"] + field["length"]

    def all(self, name):
        return [p for p in self.parts if p["field"] == name]

    def value(self, name):
        found = self.all(name)
        return found[0].get("value") if found else None

    def raw(self, *names):
        return "".join(octets(p) for p in self.parts if p["field"] in names)

    def behind(self, *names):
        """How many octets follow the last of these fields."""
        return self.end - max([p["offset"] + p["length"] for p in self.parts if p["field"] in names] or [self.end])


def attributes(facts, path, fields):
    for number, field in enumerate((f for f in fields if f["field"] == "attribute"), 1):
        at = f"{path} attribute {number}"
        facts.put(f"{at} type", field["value"])
        facts.put(f"{at} value", "".join(octets(p) for p in field.get("fields", [])))


def security_association(facts, path, payload):
    facts.put(f"{path} DOI", payload.value("DOI"))
    facts.put(f"{path} situation", payload.value("situation"))
    for i, field in enumerate(payload.all("proposal"), 1):
        proposal, at = Payload(field), f"{path} proposal {i}"
        for name in ("number", "protocol", "SPI size", "transforms"):
            facts.put(f"{at} {name}", proposal.value(name))
        facts.put(f"{at} SPI", proposal.raw("SPI"))
        for k, inner in enumerate(proposal.all("transform"), 1):
            transform, deeper = Payload(inner), f"{at} transform {k}"
            facts.put(f"{deeper} number", transform.value("number"))
            facts.put(f"{deeper} type", transform.value("transform type"))
            facts.put(f"{deeper} id", transform.value("transform id"))
            attributes(facts, deeper, transform.parts)


def key_exchange(facts, path, payload):
    facts.put(f"{path} group", payload.value("group"))
    facts.put(f"{path} data octets", len(payload.raw("public value", "data")) // 2)


def identity(facts, path, payload):
    for name in ("ID type", "protocol", "port"):
        facts.put(f"{path} {name}", payload.value(name))
    header = ("next payload", "critical", "payload length", "ID type", "protocol", "port", "reserved")
    facts.put(f"{path} identity", "".join(octets(p) for p in payload.parts if p["field"] not in header))


def certificate(facts, path, payload):
    facts.put(f"{path} encoding", payload.value("encoding"))


def plain(*names):
    def put(facts, path, payload):
        facts.put(f"{path} octets", payload.raw(*names))
    return put


def notify(facts, path, payload):
    for name in ("DOI", "protocol", "SPI size", "type"):
        facts.put(f"{path} {name}", payload.value(name))
    facts.put(f"{path} SPI", payload.raw("SPI"))
    facts.put(f"{path} data octets", payload.behind("type", "SPI"))


def deletion(facts, path, payload):
    for name in ("DOI", "protocol", "SPI size", "SPIs"):
        facts.put(f"{path} {name}", payload.value(name))
    for number, field in enumerate(payload.all("SPI"), 1):
        facts.put(f"{path} SPI {number}", octets(field))


def authentication(facts, path, payload):
    facts.put(f"{path} method", payload.value("method"))


def selectors(facts, path, payload):
    facts.put(f"{path} selectors", payload.value("selectors"))
    for number, field in enumerate(payload.all("traffic selector"), 1):
        one, at = Payload(field), f"{path} selector {number}"
        facts.put(f"{at} type", field["value"])
        for name in ("protocol", "start port", "end port"):
            facts.put(f"{at} {name}", one.value(name))
        facts.put(f"{at} first", one.raw("starting address"))
        facts.put(f"{at} last", one.raw("ending address"))


def configuration(facts, path, payload):
    facts.put(f"{path} type", payload.value("type"))
    facts.put(f"{path} identifier", payload.value("identifier"))
    attributes(facts, path, payload.parts)


def extensible(facts, path, payload):
    for name in ("code", "identifier", "length", "EAP type"):
        facts.put(f"{path} {name}", payload.value(name))


def encrypted(facts, path, payload):
    facts.put(f"{path} fragment", payload.value("fragment number"))
    facts.put(f"{path} fragments", payload.value("total fragments"))
    facts.put(f"{path} encrypted octets", payload.behind("payload length", "total fragments"))


def fragment(facts, path, payload):
    facts.put(f"{path} fragment id", payload.value("fragment id"))
    facts.put(f"{path} fragment", payload.value("fragment number"))
    facts.put(f"{path} last fragment", payload.value("last fragment"))


BODIES = {
    "SA": security_association, "KE": key_exchange, "ID": identity, "IDi": identity, "IDr": identity, "IDg": identity,
    "CERT": certificate, "CR": certificate, "CERTREQ": certificate, "HASH": plain("data"), "SIG": plain("data"),
    "NONCE": plain("nonce"), "VID": plain("vendor id"), "NAT-D": plain("hash of address and port"),
    "N": notify, "D": deletion, "AUTH": authentication, "TSi": selectors, "TSr": selectors, "CP": configuration,
    "ATTR": configuration, "EAP": extensible, "SK": encrypted, "SKF": encrypted, "FRAGMENT": fragment,
}


def decoded(message, facts, tags):
    """The facts of the decoder about a message or one inside fragments."""
    if message.get("ike_version") is None:
        facts.put("header", "short")
        tags.add("short")
        return
    header = {f["field"]: f["value"] for f in message["fields"][0]["fields"]}
    facts.put("initiator SPI", message["initiator_spi"])
    facts.put("responder SPI", message["responder_spi"])
    for name in ("next payload", "version", "exchange type", "flags", "message id", "length"):
        facts.put(name, header[name])
    tags.add(f"v{message['ike_version']}")
    tags.update(a["code"] for a in message["anomalies"])
    rest = message["fields"][1:]
    for number, field in enumerate((f for f in rest if f["field"] != "encrypted payloads"), 1):
        payload, at = Payload(field), f"payload {number}"
        facts.put(f"{at} payload type", field["value"])
        facts.put(f"{at} payload length", payload.value("payload length"))
        BODIES.get(field["field"], lambda *_: None)(facts, at, payload)
    for field in rest:
        if field["field"] == "encrypted payloads":
            tags.add("encrypted")
            facts.put("encrypted octets", field["length"])


def messages(document):
    """frame: [(tags, facts)] of a dissection."""
    out = {}
    for message in document["messages"]:
        facts, tags = Facts(), {"ours"}
        decoded(message, facts, tags)
        tags.update(name for name, there in (
            ("tcp", message["transport"] == "tcp"), ("snapped", message["captured"] < message["length"]),
            ("datagram-incomplete", message["datagram_incomplete"]), ("fragment", message["fragment"] is not None),
            ("retransmission", message["retransmission_of"] is not None),
        ) if there)
        whole = message["reassembled"] or {}
        if whole:
            facts.put("reassembled from", " ".join(map(str, whole["frames"])))
            facts.put("reassembled octets", whole["length"])
        inner = whole.get("message")
        if inner:
            inside = Facts()
            decoded(inner, inside, tags)
            facts.update({f"reassembled {what}": value for what, value in inside.items()})
        out.setdefault(message["frame"], []).append((tags, facts))
    return out
