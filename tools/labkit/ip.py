# SPDX-License-Identifier: Apache-2.0
"""IPv4 headers and the Internet checksum, for packets that no kernel makes for us."""

import os
import socket
import struct


def checksum(data):
    """RFC 1071"""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def header(source, target, protocol, length, ttl=64):
    """20 octets, don't fragment, a random identification."""
    addresses = socket.inet_aton(source) + socket.inet_aton(target)
    head = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, int.from_bytes(os.urandom(2)), 0x4000, ttl, protocol)
    return head + struct.pack("!H", checksum(head + b"\0\0" + addresses)) + addresses
