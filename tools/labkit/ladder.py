# SPDX-License-Identifier: Apache-2.0
"""Captures built packet by packet, for what no daemon at hand does: a scenario with [ladder].

suite: AES-128-CBC, SHA-256, group 14 in both versions. Encrypted payloads, key exchange values, nonces and SPIs
are random octets, the same for every run of a scenario. Keys of [ladder]:

lines      what is sent, below
version    1 or 2 (default)
auth       psk (default), rsa or xauth: the IKEv1 method that is offered and chosen
natt       both (default) or none: who announces NAT traversal
initiator, inside, responder
           addresses; inside is what the initiator takes for its own, for NAT detection (default: the outer one)
outside_port
           the port by which the responder knows the initiator, for NAT detection (default: 500)

A line is TIME SIDE MESSAGE [KEY=VALUE...]: seconds, then `I` or `R` for the end that sends, named by what it is
in the first SA, then
MM1..MM6 AM1..AM3 QM1..QM3 INFO TRANSACTION            IKEv1; INFO is encrypted
INIT INTERMEDIATE AUTH CHILD INFORMATIONAL             IKEv2; R sends the response, unless rsp= says otherwise
NOTIFY                                                 in clear: type=N, data=HEX, and the exchange in IKEv2
                                                       (of=AUTH), rsp=0 for a request
AGAIN                                                  the octets of an earlier message once more: of=NAME
ESP                                                    spi=N, n= packets, every= seconds, seq= the first number,
                                                       len= octets behind it, udp=1 in UDP
PING                                                   an echo reply: this side is alive
ICMP                                                   an error about of=NAME, type=3/3, by SIDE or a router (`X`)
                                                       or about the last ESP (of=ESP); mtu=
with sa=NAME (another SA between the two, which has SPIs of its own), by=R (who began it), len= (ISAKMP length),
np= (first payload), mid=, port=4500, split=N (IP fragments of N octets, lose=K not captured), skf=K/N (IKE fragment),
v= (the IKE version of this SA), ke=19 (the group of INIT, offered before 14), before=N (that many other
proposals stand before the one that fits), life=S (seconds, IKEv1), auth=NAME (of this message, IKEv1),
spir=1 (a refusal with a responder SPI, or an SA that began out of sight), as=NAME (default: MESSAGE),
frag=K/N (a fragment of IKEv1: the last one says so), from=ADDRESS (another source than that of the side), sport=N (another source port),
flag=0 or flag=1 (the Initiator flag, whoever sends), vid=HEX (a vendor id more, of INIT, MM1, MM2, AM1, AM2),
spoil=AT:HEX (octets that are wrong).
"""

import hashlib
import random
import socket
import struct

from . import frames, ip
from .flood import payload, transform
from .space import LabError

START = 1769850863 * 10**9
ROUTER = "192.0.2.1"
V1 = {"MM": 2, "AM": 4, "INFO": 5, "TRANSACTION": 6, "QM": 32}
V2 = {"INIT": 34, "AUTH": 35, "CHILD": 36, "INFORMATIONAL": 37, "INTERMEDIATE": 43}
METHODS = {"psk": 1, "rsa": 3, "xauth": 65001}
SIZES = {"MM5": 108, "MM6": 92, "QM1": 188, "QM2": 188, "QM3": 76, "INFO": 108, "TRANSACTION": 108, "AM3": 108}
SIZES |= {"AUTH": 256, "CHILD": 256, "INFORMATIONAL": 80, "INTERMEDIATE": 1200}
OTHER_GROUPS = (1, 2, 5, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24)
NATT_VID = bytes.fromhex("4a131c81070358455c5728f20e95452f")  # RFC 3947 3.1


class Sa:
    def __init__(self, dice, by):
        self.spi = {"I": dice.randbytes(8), "R": dice.randbytes(8)}
        self.by, self.other = by, "R" if by == "I" else "I"
        self.answered = False


class Ladder:
    def __init__(self, name, rule):
        self.dice = random.Random(name)
        self.rule = {"version": 2, "auth": "psk", "natt": "both"} | rule
        self.address = {
            "I": rule.get("initiator", "192.0.2.10"),
            "R": rule.get("responder", "198.51.100.20"),
            "X": ROUTER,
        }
        self.sas, self.sent, self.records, self.sequences = {}, {}, [], {}
        self.number, self.version = 0, self.rule["version"]

    # what is inside

    def chain(self, parts):
        """Payloads in a row: (type, body)."""
        kinds = [kind for kind, _ in parts[1:]] + [0]
        return parts[0][0], b"".join(payload(after, body) for after, (_, body) in zip(kinds, parts))

    def sa_payload(self, key):
        """The suite, behind as many with other groups as `before` says."""
        groups = [*OTHER_GROUPS[: int(key.get("before", 0))], 14]
        parts = []
        for number, group in enumerate(groups, 1):
            more = 0 if number == len(groups) else 2 if self.version == 2 else 3
            if self.version == 2:
                guess = transform(False, 4, int(key["ke"])) if "ke" in key else b""
                kinds = transform(False, 1, 12, struct.pack("!HH", 0x800E, 128)) + transform(False, 2, 5)
                kinds += transform(False, 3, 12) + guess + transform(True, 4, group)
                parts.append(payload(more, struct.pack("!BBBB", number, 1, 0, 5 if guess else 4) + kinds))
                continue
            values = ((1, 7), (14, 128), (2, 4), (3, METHODS[key.get("auth", self.rule["auth"])]), (4, group), (11, 1))
            values += ((12, int(key.get("life", 28800))),)
            attributes = b"".join(struct.pack("!HH", 0x8000 | kind, value) for kind, value in values)
            parts.append(payload(more, struct.pack("!BBH", number, 1, 0) + attributes))
        if self.version == 2:
            return b"".join(parts)
        one = struct.pack("!BBBB", 1, 1, 0, len(parts)) + b"".join(parts)
        return struct.pack("!II", 1, 1) + payload(0, one)

    def detection(self, side, sa, source):
        """A NAT detection hash as `side` computes it: what it knows of itself, and the other as it sees it."""
        other = "R" if side == "I" else "I"
        who = side if source else other
        known = self.rule.get("inside", self.address["I"]) if who == side == "I" else self.address[who]
        spis = sa.spi[sa.by] + (bytes(8) if side == sa.by and self.version == 2 else sa.spi[sa.other])
        port = self.rule.get("outside_port", 500) if who == other == "I" else 500
        digest = hashlib.sha1 if self.version == 2 else hashlib.sha256
        return digest(spis + socket.inet_aton(known) + struct.pack("!H", port)).digest()

    def clear(self, name, side, sa, key):
        natt, ke = self.rule["natt"] == "both", int(key.get("ke", 14))
        exchange = [(4, self.dice.randbytes(64 if ke == 19 else 256)), (10, self.dice.randbytes(32))]
        vids = ([(13, NATT_VID)] if natt else []) + ([(13, bytes.fromhex(key["vid"]))] if "vid" in key else [])
        hashes = [(20, self.detection(side, sa, False)), (20, self.detection(side, sa, True))] if natt else []
        identity = [(5, struct.pack("!BBH", 1, 17, 500) + socket.inet_aton(self.address[side]))]
        if name == "INIT":
            group = struct.pack("!HH", ke, 0)
            parts = [(33, self.sa_payload(key)), (34, group + exchange[0][1]), (40, exchange[1][1])]
            for kind, source in ((16388, True), (16389, False)) if natt else ():
                parts.append((41, struct.pack("!BBH", 0, 0, kind) + self.detection(side, sa, source)))
            return self.chain(parts + ([(43, bytes.fromhex(key["vid"]))] if "vid" in key else []))
        if name in ("MM1", "MM2"):
            return self.chain([(1, self.sa_payload(key)), *vids])
        if name in ("MM3", "MM4"):
            return self.chain(exchange + hashes)
        parts = [(1, self.sa_payload(key)), *exchange, *identity]
        return self.chain(parts + ([(8, self.dice.randbytes(32))] + hashes if name == "AM2" else []) + vids)

    # messages

    def message(self, name, side, sa, key):
        """(exchange, flags, message id, first payload, body)."""
        if self.version == 1:
            exchange = V1[name.rstrip("123456")]
            mid = int(key.get("mid", 0 if exchange in (2, 4) else self.number + 1))
            if name in ("MM1", "MM2", "MM3", "MM4", "AM1", "AM2"):
                return exchange, 0, mid, *self.clear(name, side, sa, key)
            first = int(key.get("np", 5 if exchange == 2 else 8))
            if "frag" in key:
                number, total = map(int, key["frag"].split("/"))
                piece = struct.pack("!HBB", 1, number, number == total) + self.dice.randbytes(512)
                return exchange, 0, mid, 132, payload(0, piece)
            return exchange, 1, mid, first, self.dice.randbytes(int(key.get("len", SIZES[name])) - 28)
        exchange = V2[name]
        response = int(key.get("rsp", side != sa.by))
        flags = (0x08 if int(key.get("flag", side == sa.by)) else 0) | (0x20 if response else 0)
        mid = int(key.get("mid", 0 if name == "INIT" else 1))
        if name == "INIT":
            return exchange, flags, mid, *self.clear(name, side, sa, key)
        first = int(key.get("np", {"AUTH": 36 if response else 35, "CHILD": 33}.get(name, 0)))
        size = int(key.get("len", SIZES[name])) - 28
        kind, extra = 46, b""
        if "skf" in key:
            number, total = map(int, key["skf"].split("/"))
            kind, extra, first = 53, struct.pack("!HH", number, total), first if number == 1 else 0
        return exchange, flags, mid, kind, payload(first, extra + self.dice.randbytes(size - 4 - len(extra)))

    def notify(self, side, sa, key):
        kind = int(key["type"])
        if self.version == 2:
            body = payload(0, struct.pack("!BBH", 0, 0, kind) + bytes.fromhex(key.get("data", "")))
            name = key.get("of", "INIT")
            mid = int(key.get("mid", 0 if name == "INIT" else 1))
            return V2[name], (0x08 if side == sa.by else 0) | (0x20 if int(key.get("rsp", 1)) else 0), mid, 41, body
        body = struct.pack("!IBBH", 1, 1, 0, kind)
        return 5, 0, self.number + 1, 11, payload(0, body)

    def ike(self, name, side, key):
        sa = self.sas.setdefault(key.get("sa", "a"), Sa(self.dice, key.get("by", "I")))
        exchange, flags, mid, first, body = (
            self.notify(side, sa, key) if name == "NOTIFY" else self.message(name, side, sa, key)
        )
        if "spir" in key or (side != sa.by and name != "NOTIFY"):
            sa.answered = True
        opens = name in ("MM1", "AM1", "INIT") and side == sa.by
        target = sa.spi[sa.other] if sa.answered and not opens else bytes(8)
        version = 0x20 if self.version == 2 else 0x10
        size = 28 + len(body)
        head = sa.spi[sa.by] + target + struct.pack("!BBBBII", first, version, exchange, flags, mid, size)
        octets = bytearray(head + body)
        if "spoil" in key:
            at, value = key["spoil"].split(":")
            octets[int(at) : int(at) + len(value) // 2] = bytes.fromhex(value)
        return bytes(octets)

    # packets

    def packet(self, time, side, protocol, body, key):
        """One IP datagram, or its fragments; returns the first packet."""
        other = "R" if side == "I" else "I"
        size, self.number = int(key.get("split", 65528)) & ~7, self.number + 1
        first = None
        for number, at in enumerate(range(0, len(body), size), 1):
            part = body[at : at + size]
            head = bytearray(ip.header(key.get("from", self.address[side]), self.address[other], protocol, len(part)))
            offset = at // 8 | (0x2000 if at + len(part) < len(body) else 0)
            head[4:12] = struct.pack("!HHBBH", self.number, offset, 64, protocol, 0)
            head[10:12] = struct.pack("!H", ip.checksum(bytes(head)))
            first = first or bytes(head) + part
            if int(key.get("lose", 0)) != number:
                frame = bytes.fromhex("0200000001010200000001020800") + bytes(head) + part
                self.records.append(frames.Record(time + number * 1000, frame, len(frame)))
        return first

    def datagram(self, time, side, octets, key):
        port = int(key.get("port", 500))
        source = int(key.get("sport", port))
        data = (b"\0\0\0\0" if port == 4500 else b"") + octets
        return self.packet(time, side, 17, struct.pack("!HHHH", source, port, 8 + len(data), 0) + data, key)

    def esp(self, time, side, key):
        flow = (side, key["spi"])
        if "seq" in key:
            self.sequences[flow] = int(key["seq"]) - 1
        for number in range(int(key.get("n", 1))):
            self.sequences[flow] = self.sequences.get(flow, 0) + 1
            body = struct.pack("!II", int(key["spi"]), self.sequences[flow])
            body += self.dice.randbytes(int(key.get("len", 104)))
            at = time + int(number * float(key.get("every", 1)) * 10**9)
            if "udp" in key:
                body = struct.pack("!HHHH", 4500, 4500, 8 + len(body), 0) + body
            self.sent["ESP"] = (b"", key, self.packet(at, side, 17 if "udp" in key else 50, body, {}))

    def icmp(self, time, side, kind, code, rest, mtu=0):
        body = bytearray(struct.pack("!BBHI", kind, code, 0, mtu) + rest)
        body[2:4] = struct.pack("!H", ip.checksum(bytes(body)))
        self.packet(time, side if side in "RI" else "X", 1, bytes(body), {})

    def play(self, line):
        seconds, side, name, *words = line.split()
        key = dict(word.split("=", 1) for word in words)
        time = START + int(float(seconds) * 10**9)
        self.version = int(key.get("v", self.rule["version"]))
        if name == "ESP":
            self.esp(time, side, key)
        elif name == "PING":
            self.icmp(time, side, 0, 0, b"alive")
        elif name == "ICMP":
            kind, code = map(int, key.get("type", "3/3").split("/"))
            self.icmp(time, side, kind, code, self.sent[key["of"]][2][:548], int(key.get("mtu", 0)))
        else:
            if name == "AGAIN":
                octets, key = self.sent[key["of"]][0], self.sent[key["of"]][1] | key
            else:
                octets = self.ike(name, side, key)
            packet = self.datagram(time, side, octets, key)
            if name != "AGAIN":
                self.sent[key.get("as", name)] = (octets, key, packet)


def build(scenario, path):
    ladder = Ladder(scenario.name, scenario["ladder"])
    for line in scenario["ladder"]["lines"]:
        try:
            ladder.play(line)
        except (KeyError, ValueError) as error:
            raise LabError(f"line `{line}`: {error!r}") from error
    frames.write(path, sorted(ladder.records, key=lambda item: item.time))
