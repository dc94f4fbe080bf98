"""Builds messages, octet by octet, and captures of them.

SPDX-License-Identifier: Apache-2.0
"""

import struct


def header(version, exchange, flags, first, body):
    """A message without its SPI of the initiator, which numbers the messages."""
    return struct.pack(">8sBBBBII", b"responde", first, version << 4, exchange, flags, 1, 28 + len(body)) + body


def payload(body, following=0):
    return struct.pack(">BBH", following, 0, 4 + len(body)) + body


def v1(kind, body, exchange=2):
    return header(1, exchange, 0, kind, payload(body))


def v2(kind, body, exchange=35):
    return header(2, exchange, 8, kind, payload(body))


def attribute(kind, value):
    """In the short form where the value is a number."""
    if isinstance(value, int):
        return struct.pack(">HH", 0x8000 | kind, value)
    return struct.pack(">HH", kind, len(value)) + value


def proposal(protocol, *transforms, spi=b""):
    """With its transforms, each but the last of which is told that another one follows."""
    body = spi + b"".join(b"\x03" + one[1:] for one in transforms[:-1]) + transforms[-1]
    return struct.pack(">BBHBBBB", 0, 0, 8 + len(body), 1, protocol, len(spi), len(transforms)) + body


def transform1(ident, attributes=b""):
    return struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), 1, ident, 0) + attributes


def transform2(kind, ident, attributes=b""):
    return struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), kind, 0, ident) + attributes


def write(path, messages):
    """A capture of messages over UDP, each with an SPI of the initiator of its own."""
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        for number, message in enumerate(messages, 1):
            udp = struct.pack(">HHHHQ", 500, 500, 16 + len(message), 0, number) + message
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number & 0xffff, 0, 64, 17, 0,
                             bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1]))
            f.write(struct.pack("<IIII", 1769850863 + number, 0, 20 + len(udp), 20 + len(udp)) + ip + udp)
