# SPDX-License-Identifier: Apache-2.0
"""ESP packets of the negotiated SPIs: right headers and lengths, random ciphertext."""

import os
import socket
import struct

from . import ip
from .space import pause

PAYLOADS = (84, 84, 148, 340, 84, 1052)


def ciphertext(inner, suite):
    """What `inner` bytes of IP become in this suite: IV, padded payload, ICV (RFC 4303 2)."""
    iv, block, icv = (8, 4, 16) if "gcm" in suite or "chacha" in suite else (16, 16, 16)
    padded = -(-(inner + 2) // block) * block
    return os.urandom(iv + padded + icv)


def bare(_source, _target, body):
    return body


def native(source, target, body):
    return ip.header(source, target, socket.IPPROTO_ESP, len(body)) + body


def in_udp(source, target, body):
    """RFC 3948 2.1; the checksum is zero, as it should be there."""
    return (
        ip.header(source, target, socket.IPPROTO_UDP, 8 + len(body))
        + struct.pack("!HHHH", 4500, 4500, 8 + len(body), 0)
        + body
    )


def step(stage, who, count, which="-1"):
    """esp both|initiator|responder COUNT [SA]: packets of the newest (or that) Child SA, numbered from 1 on"""
    space, path = stage.space, stage.space.path
    # a Child SA that is gone can still be sent on: its SPIs are remembered
    stage.spis = stage.daemons["initiator"].spis() or stage.spis
    inbound, outbound = stage.spis[int(which)]
    ends = {
        "initiator": (path.address["initiator"], path.address["responder"], outbound),
        "responder": (path.address["responder"], path.seen["initiator"], inbound),
    }
    senders = list(ends) if who == "both" else [who]
    wrap = in_udp if stage.daemons["initiator"].encapsulates() else native
    protocol = socket.IPPROTO_RAW
    if path.family == 6:
        # the kernel writes the IPv6 header
        wrap, protocol = bare, socket.IPPROTO_ESP
    sockets = {role: space.raw_socket(role, protocol) for role in senders}
    suite = (
        stage.scenario.get("initiator", {})
        .get("children", {})
        .get("net", {})
        .get("esp_proposals", "aes128-sha256")
    )
    for number in range(int(count)):
        for role in senders:
            source, target, spi = ends[role]
            sequence = stage.sequences[spi] = stage.sequences.get(spi, 0) + 1
            body = struct.pack("!II", spi, sequence) + ciphertext(PAYLOADS[number % len(PAYLOADS)], suite)
            sockets[role].sendto(wrap(source, target, body), (target, 0))
        pause(0.05)
    for item in sockets.values():
        item.close()
