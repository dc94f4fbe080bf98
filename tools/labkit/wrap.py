# SPDX-License-Identifier: Apache-2.0
"""Other link layers and tunnels around (or instead of) the Ethernet header of a captured frame."""

import socket
import struct

from . import ip

OUTER = ("203.0.113.201", "203.0.113.202")
MACS = bytes.fromhex("020000000c02020000000c01")
IPV4, IPV6 = 0x0800, 0x86DD


def ether_type(frame):
    return struct.unpack_from("!H", frame, 12)[0]


def tag(frame, *tags):
    """802.1Q and 802.1ad: (tag protocol, VLAN) pairs from the outside in."""
    return frame[:12] + b"".join(struct.pack("!HH", *pair) for pair in tags) + frame[12:]


def outer(protocol, body):
    return MACS + struct.pack("!H", IPV4) + ip.header(*OUTER, protocol, len(body)) + body


def udp(port, body):
    return outer(socket.IPPROTO_UDP, struct.pack("!HHHH", 49152, port, 8 + len(body), 0) + body)


def vlan(frame, _number):
    return tag(frame, (0x8100, 100))


def qinq(frame, _number):
    return tag(frame, (0x88A8, 200), (0x8100, 100))


def gre(frame, _number):
    """RFC 2784: no checksum, the inner packet without its link layer."""
    return outer(socket.IPPROTO_GRE, struct.pack("!HH", 0, ether_type(frame)) + frame[14:])


def ipip(frame, _number):
    return outer(socket.IPPROTO_IPIP, frame[14:])


def erspan2(frame, number):
    """GRE with sequence number, version 1, VLAN 100, session 7, index 9."""
    return outer(
        socket.IPPROTO_GRE, struct.pack("!HHIHHI", 0x1000, 0x88BE, number, 1 << 12 | 100, 7, 9) + frame
    )


def erspan3(frame, number):
    """GRE with sequence number, version 2, VLAN 100, session 7, a timestamp, no platform header."""
    head = struct.pack("!HHIHHIHH", 0x1000, 0x22EB, number, 2 << 12 | 100, 7, number * 1000, 0, 0)
    return outer(socket.IPPROTO_GRE, head + frame)


def vxlan(frame, _number):
    """RFC 7348, VNI 5001"""
    return udp(4789, struct.pack("!II", 0x08000000, 5001 << 8) + frame)


def geneve(frame, _number):
    """RFC 8926, no options, VNI 5001"""
    return udp(6081, struct.pack("!HHI", 0, 0x6558, 5001 << 8) + frame)


def mpls(frame, _number):
    """RFC 3032: two labels"""
    return frame[:12] + struct.pack("!HII", 0x8847, 1001 << 12 | 64, 1002 << 12 | 1 << 8 | 64) + frame[14:]


def pppoe(frame, _number):
    """RFC 2516: session 17"""
    kind = {IPV4: 0x0021, IPV6: 0x0057}[ether_type(frame)]
    return frame[:12] + struct.pack("!HBBHHH", 0x8864, 0x11, 0, 17, len(frame) - 12, kind) + frame[14:]


WRAPS = {
    "vlan": vlan,
    "qinq": qinq,
    "gre": gre,
    "ipip": ipip,
    "erspan2": erspan2,
    "erspan3": erspan3,
    "vxlan": vxlan,
    "geneve": geneve,
    "mpls": mpls,
    "pppoe": pppoe,
}


def raw(frame):
    return frame[14:]


def null(frame):
    """BSD loopback: the address family in the byte order of the capturing host."""
    return struct.pack("<I", 2 if ether_type(frame) == IPV4 else 30) + frame[14:]


def cooked(frame):
    """Linux cooked v1: packet type, hardware type, address length, address, protocol."""
    return struct.pack("!HHH", 4, 1, 6) + frame[6:12] + b"\0\0" + frame[12:]


def cooked2(frame):
    """Linux cooked v2: protocol, reserved, interface, hardware type, packet type, address length, address."""
    return frame[12:14] + struct.pack("!HIHBB", 0, 3, 1, 4, 6) + frame[6:12] + b"\0\0" + frame[14:]


LINKS = {"raw": (101, raw), "null": (0, null), "cooked": (113, cooked), "cooked2": (276, cooked2)}
