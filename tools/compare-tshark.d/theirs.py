# SPDX-License-Identifier: Apache-2.0
"""The messages of tshark's PDML as facts that can be compared."""

import io
import xml.etree.ElementTree

from facts import Facts


class Page(Facts):
    """Facts, with the octets of the datagram for parts that PDML shows without."""

    def __init__(self, udp):
        super().__init__()
        payload = find(udp, "udp.payload") if udp is not None else None
        self.start = int(payload.get("pos")) if payload is not None else 0
        self.data = bytes.fromhex(payload.get("value")) if payload is not None else b""

    def octets(self, part):
        if part is None:
            return ""
        at = int(part.get("pos")) - self.start
        found = self.data[at:at + int(part.get("size"))].hex()
        return found or "".join(raw(f) for f in part)


NUMBERS = {"isakmp.nextpayload": "next payload", "isakmp.version": "version", "isakmp.exchangetype": "exchange type",
           "isakmp.flags": "flags", "isakmp.messageid": "message id", "isakmp.length": "length"}


def find(field, *names):
    """The first part of one of these names, or None."""
    return next((f for f in field if f.get("name") in names), None)


def raw(field):
    """The octets of a part, hexadecimal; '' where there is none."""
    return (field.get("unmaskedvalue") or field.get("value") or "") if field is not None else ""


def number(field, *names):
    octets = raw(find(field, *names))
    return int(octets, 16) if octets else None


def size(field, *names):
    part = find(field, *names)
    return int(part.get("size")) if part is not None else None


def attributes(facts, path, field, family):
    attrs = [f for f in field if f.get("name") in family]
    for i, attr in enumerate(attrs, 1):
        kind = next((f for f in attr if f.get("name").endswith(".type")), None)
        facts.put(f"{path} attribute {i} type", int(raw(kind), 16) & 0x7fff if raw(kind) else None)
        facts.put(f"{path} attribute {i} value", raw(next((f for f in attr if f.get("name").endswith(".value")), None)))


def nested(field, kind):
    return [f for f in field if f.get("name") == "isakmp.typepayload" and f.get("show") == kind]


def security_association(facts, path, field):
    facts.put(f"{path} DOI", number(field, "isakmp.sa.doi"))
    facts.put(f"{path} situation", number(field, "isakmp.sa.situation"))
    for i, proposal in enumerate(nested(field, "2"), 1):
        at = f"{path} proposal {i}"
        for name, key in (("number", "isakmp.prop.number"), ("protocol", "isakmp.prop.protoid"),
                          ("SPI size", "isakmp.spisize"), ("transforms", "isakmp.prop.transforms")):
            facts.put(f"{at} {name}", number(proposal, key))
        facts.put(f"{at} SPI", raw(find(proposal, "isakmp.spi")))
        for k, transform in enumerate(nested(proposal, "3"), 1):
            deeper = f"{at} transform {k}"
            facts.put(f"{deeper} number", number(transform, "isakmp.trans.number"))
            facts.put(f"{deeper} type", number(transform, "isakmp.tf.type"))
            ident = next((f for f in transform if f.get("name").startswith(("isakmp.trans.id", "isakmp.tf.id"))), None)
            facts.put(f"{deeper} id", int(raw(ident), 16) if raw(ident) else None)
            attributes(facts, deeper, transform, ("isakmp.ike.attr", "isakmp.ipsec.attr", "isakmp.ike2.attr"))


def key_exchange(facts, path, field):
    facts.put(f"{path} group", number(field, "isakmp.key_exchange.dh_group"))
    facts.put(f"{path} data octets", size(field, "isakmp.key_exchange.data") or 0)


def identity(facts, path, field):
    facts.put(f"{path} ID type", number(field, "isakmp.id.type"))
    facts.put(f"{path} protocol", number(field, "isakmp.id.protoid"))
    facts.put(f"{path} port", number(field, "isakmp.id.port"))
    facts.put(f"{path} identity", facts.octets(find(field, "isakmp.id.data")))


def certificate(facts, path, field):
    facts.put(f"{path} encoding", number(field, "isakmp.cert.encoding", "isakmp.certreq.type"))


def plain(*names):
    def put(facts, path, field):
        facts.put(f"{path} octets", raw(find(field, *names)))
    return put


def notify(facts, path, field):
    facts.put(f"{path} DOI", number(field, "isakmp.notify.doi"))
    facts.put(f"{path} protocol", number(field, "isakmp.notify.protoid"))
    facts.put(f"{path} SPI size", number(field, "isakmp.spisize"))
    facts.put(f"{path} type", number(field, "isakmp.notify.msgtype"))
    facts.put(f"{path} SPI", raw(find(field, "isakmp.spi")))
    facts.put(f"{path} data octets", size(field, "isakmp.notify.data") or 0)


def deletion(facts, path, field):
    facts.put(f"{path} DOI", number(field, "isakmp.delete.doi"))
    facts.put(f"{path} protocol", number(field, "isakmp.delete.protoid"))
    facts.put(f"{path} SPI size", number(field, "isakmp.spisize"))
    facts.put(f"{path} SPIs", number(field, "isakmp.spinum"))
    for i, spi in enumerate((f for f in field if f.get("name") == "isakmp.delete.spi"), 1):
        facts.put(f"{path} SPI {i}", raw(spi))


def authentication(facts, path, field):
    facts.put(f"{path} method", number(field, "isakmp.auth.method"))


def selectors(facts, path, field):
    facts.put(f"{path} selectors", number(field, "isakmp.ts.number"))
    i = 0
    for part in field.iter("field"):
        name, value = part.get("name"), raw(part)
        if name == "isakmp.ts.type":
            i += 1
        at = f"{path} selector {i}"
        if name in ("isakmp.ts.type", "isakmp.ts.protoid", "isakmp.ts.start_port", "isakmp.ts.end_port"):
            key = {"type": "type", "protoid": "protocol", "start_port": "start port", "end_port": "end port"}
            facts.put(f"{at} {key[name[10:]]}", int(value, 16) if value else None)
        elif name.startswith("isakmp.ts.start_"):
            facts.put(f"{at} first", value)
        elif name.startswith("isakmp.ts.end_"):
            facts.put(f"{at} last", value)


def configuration(facts, path, field):
    facts.put(f"{path} type", number(field, "isakmp.cfg.type"))
    facts.put(f"{path} identifier", number(field, "isakmp.cfg.identifier"))
    attributes(facts, path, field, ("isakmp.cfg.attr",))


def extensible(facts, path, field):
    parts = {f.get("name"): raw(f) for f in field.iter("field")}
    for name, key in (("code", "eap.code"), ("identifier", "eap.id"), ("length", "eap.len"), ("EAP type", "eap.type")):
        facts.put(f"{path} {name}", int(parts[key], 16) if parts.get(key) else None)


def encrypted(facts, path, field):
    length = number(field, "isakmp.payloadlength")
    total = number(field, "isakmp.frag.total")
    facts.put(f"{path} fragment", number(field, "isakmp.frag.number"))
    facts.put(f"{path} fragments", total)
    if length is not None:
        facts.put(f"{path} encrypted octets", min(length, int(field.get("size"))) - (8 if total is not None else 4))


def fragment(facts, path, field):
    facts.put(f"{path} fragment id", number(field, "isakmp.frag.packetid"))
    facts.put(f"{path} fragment", number(field, "isakmp.frag.seq"))
    facts.put(f"{path} last fragment", number(field, "isakmp.frag.last"))


V1 = {1: security_association, 4: key_exchange, 5: identity, 6: certificate, 7: certificate, 8: plain("isakmp.hash"),
      9: plain("isakmp.sig"), 10: plain("isakmp.nonce"), 11: notify, 12: deletion, 13: plain("isakmp.vid_bytes"),
      14: configuration, 20: plain("isakmp.ike.nat_hash"), 130: plain("isakmp.ike.nat_hash"), 132: fragment}
V2 = {33: security_association, 34: key_exchange, 35: identity, 36: identity, 37: certificate, 38: certificate,
      39: authentication, 40: plain("isakmp.nonce"), 41: notify, 42: deletion, 43: plain("isakmp.vid_bytes"),
      44: selectors, 45: selectors, 46: encrypted, 47: configuration, 48: extensible, 50: identity, 53: encrypted,
      132: fragment}


def message(proto, facts, tags):
    facts.put("initiator SPI", raw(find(proto, "isakmp.ispi")))
    facts.put("responder SPI", raw(find(proto, "isakmp.rspi")))
    for key, name in NUMBERS.items():
        facts.put(name, number(proto, key))
    bodies = V1 if facts.get("version", "0") in ("16", "17") else V2
    for i, field in enumerate((f for f in proto if f.get("name") == "isakmp.typepayload"), 1):
        kind, at = int(field.get("show")), f"payload {i}"
        facts.put(f"{at} payload type", kind)
        facts.put(f"{at} payload length", number(field, "isakmp.payloadlength"))
        bodies.get(kind, lambda *_: None)(facts, at, field)
    facts.put("encrypted octets", size(proto, "isakmp.enc.data"))
    if facts.get("length") != proto.get("size"):
        tags.add("theirs-length-wrong")
    tags.update(f"theirs-payload-{f.get('show')}" for f in proto if f.get("name") == "isakmp.typepayload")


def fragments(proto, facts):
    """The frames that a message was put together from."""
    whole = next((f for f in proto.iter() if f.get("name") == "isakmp.fragments"), None)
    if whole is not None:
        frames = [f.get("show") for f in whole if f.get("name") == "isakmp.fragment"]
        facts.put("reassembled from", " ".join(frames))
        facts.put("reassembled octets", find(whole, "isakmp.reassembled.length").get("show"))


def one(proto, udp, tags):
    """The facts of a message and of the one that its fragments make whole; udp: the layer around it."""
    facts = Page(udp)
    message(proto, facts, tags)
    fragments(proto, facts)
    inner = next((f for f in proto.iter() if f.get("name") == "isakmp" and f is not proto), None)
    if inner is not None:
        inside = Page(None)
        message(inner, inside, tags)
        facts.update({f"reassembled {what}": value for what, value in inside.items()})
    return facts


def of_packet(packet):
    """(tags, facts) of each message of a packet."""
    layers = find(find(packet, "frame"), "frame.protocols").get("show").split(":")
    malformed = any(f.get("name") == "_ws.malformed" for f in packet.iter())
    udp = None
    for proto in packet:
        if proto.get("name") == "udp":
            udp = proto
        elif proto.get("name") == "isakmp":
            tags = {"theirs", *(f"in-{layer}" for layer in layers)}
            if malformed:
                tags.add("theirs-malformed")
            if udp is not None and {number(udp, "udp.srcport"), number(udp, "udp.dstport")} == {500, 4500}:
                tags.add("ports-500-4500")
            yield tags, one(proto, udp, tags)


def messages(pdml):
    """frame: [(tags, facts)]. Where the PDML breaks off, what is before counts."""
    out = {}
    try:
        for _, packet in xml.etree.ElementTree.iterparse(io.BytesIO(pdml)):
            if packet.tag == "packet":
                found = list(of_packet(packet))
                if found:
                    out[int(find(find(packet, "frame"), "frame.number").get("show"))] = found
                packet.clear()
    except xml.etree.ElementTree.ParseError:
        pass
    return out
