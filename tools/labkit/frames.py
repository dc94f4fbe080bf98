# SPDX-License-Identifier: Apache-2.0
"""Read and write pcap; name the IKE messages and ESP packets in it."""

import dataclasses
import socket
import struct

ETHERNET = 1
COOKED2 = 276


@dataclasses.dataclass
class Record:
    """One packet of a capture: time in nanoseconds, captured bytes, length on the wire."""

    time: int
    data: bytes
    length: int


def read(path):
    """(records, link type) of a pcap file of either byte order, micro- or nanoseconds."""
    raw = path.read_bytes()
    for order in "<", ">":
        magic = struct.unpack_from(order + "I", raw)[0]
        if magic in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        raise ValueError(f"{path} is no pcap file")
    unit = 1000 if magic == 0xA1B2C3D4 else 1
    link = struct.unpack_from(order + "I", raw, 20)[0]
    records, at = [], 24
    while at + 16 <= len(raw):
        seconds, fraction, kept, length = struct.unpack_from(order + "IIII", raw, at)
        records.append(Record(seconds * 10**9 + fraction * unit, raw[at + 16 : at + 16 + kept], length))
        at += 16 + kept
    return records, link


def header(link=ETHERNET, order="<", nano=False, snap=262144):
    return struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, snap, link)


def record(item, order="<", nano=False):
    seconds, rest = divmod(item.time, 10**9)
    return (
        struct.pack(order + "IIII", seconds, rest if nano else rest // 1000, len(item.data), item.length)
        + item.data
    )


def write(path, records, link=ETHERNET, order="<", nano=False, snap=262144):
    path.write_bytes(
        header(link, order, nano, snap) + b"".join(record(item, order, nano) for item in records)
    )


@dataclasses.dataclass
class Packet:
    """What the lab counts: kind is `ike`, `esp`, `keepalive`, `icmp`, `fragment` or `other`."""

    frame: int
    time: int
    kind: str
    source: str
    name: str = ""
    body: bytes = b""


V2 = {34: "IKE_SA_INIT", 35: "IKE_AUTH", 36: "CREATE_CHILD_SA", 37: "INFORMATIONAL", 43: "IKE_INTERMEDIATE"}
V1 = {2: "main", 4: "aggressive", 5: "informational", 6: "transaction", 32: "quick"}


def ike_name(body):
    version, exchange, flags = body[17] >> 4, body[18], body[19]
    if version == 2:
        return f"{V2.get(exchange, exchange)} {'response' if flags & 0x20 else 'request'}"
    return f"{V1.get(exchange, exchange)}"


def plain(data, link):
    """The frame with an Ethernet header, whatever it came with (Ethernet or Linux cooked v2)."""
    return bytes(12) + data[0:2] + data[20:] if link == COOKED2 else data


def packets(records, link=ETHERNET):
    """The packets of a capture, IP fragments put together; a reassembled one has the completing frame."""
    parts = {}
    for frame, item in enumerate(records, 1):
        data = plain(item.data, link)
        if data[12:14] == b"\x08\x00":
            ip = data[14:]
            size, source, protocol = (ip[0] & 15) * 4, ".".join(map(str, ip[12:16])), ip[9]
            total, offset = struct.unpack_from("!H", ip, 2)[0], struct.unpack_from("!H", ip, 6)[0]
            body = ip[size:total]
            if offset & 0x3FFF:
                key = bytes(ip[4:6] + ip[9:10] + ip[12:20])
                found = parts.setdefault(key, {})
                found[(offset & 0x1FFF) * 8] = (body, bool(offset & 0x2000))
                whole = b""
                while len(whole) in found and found[len(whole)][1]:
                    whole += found[len(whole)][0]
                if len(whole) not in found:
                    yield Packet(frame, item.time, "fragment", source)
                    continue
                body = whole + found[len(whole)][0]
                del parts[key]
        elif data[12:14] == b"\x86\xdd":
            source, protocol, body = socket.inet_ntop(socket.AF_INET6, data[22:38]), data[20], data[54:]
        else:
            yield Packet(frame, item.time, "other", "")
            continue
        yield classify(frame, item.time, source, protocol, body)


def classify(frame, time, source, protocol, body):
    if protocol == 50:
        return Packet(frame, time, "esp", source, body=body)
    if protocol in (1, 58):
        return Packet(frame, time, "icmp", source, body=body)
    if protocol != 17 or len(body) < 8:
        return Packet(frame, time, "other", source)
    ports, body = struct.unpack_from("!HH", body), body[8:]
    if 4500 in ports:
        if body == b"\xff":
            return Packet(frame, time, "keepalive", source)
        if body[:4] != b"\0\0\0\0":
            return Packet(frame, time, "esp", source, body=body)
        body = body[4:]
    elif 500 not in ports:
        return Packet(frame, time, "other", source)
    if len(body) < 28:
        return Packet(frame, time, "other", source)
    return Packet(frame, time, "ike", source, ike_name(body), body)
