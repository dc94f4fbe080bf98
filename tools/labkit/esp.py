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


def bare(_source, _target, _port, body):
    return body


def native(source, target, _port, body):
    return ip.header(source, target, socket.IPPROTO_ESP, len(body)) + body


def in_udp(source, target, port, body):
    """RFC 3948 2.1; the checksum is zero, as it should be there."""
    return (
        ip.header(source, target, socket.IPPROTO_UDP, 8 + len(body))
        + struct.pack("!HHHH", 4500, port, 8 + len(body), 0)
        + body
    )


def step(stage, who, count, *words):
    """esp both|END COUNT [SA] [second]: packets of the newest (or that) Child SA, numbered from 1 on

    With the word `second` the client is the second initiator, not the first one.
    """
    space, path = stage.space, stage.space.path
    client = "second" if "second" in (who, *words) else "initiator"
    which = [word for word in words if word != "second"] or ["-1"]
    # a Child SA that is gone can still be sent on: its SPIs are remembered
    spis = stage.spis[client] = stage.daemons[client].spis() or stage.spis.get(client)
    inbound, outbound = spis[int(which[0])]
    ends = {
        client: (path.address[client], path.seen["responder"], outbound),
        "responder": (path.address["responder"], path.seen[client], inbound),
    }
    senders = list(ends) if who == "both" else [who]
    ports = {role: stage.daemons[role].peer_port(ends[role][2]) for role in senders}
    wrap = in_udp if stage.daemons[client].encapsulates() else native
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
            sockets[role].sendto(wrap(source, target, ports[role], body), (target, 0))
        pause(0.05)
    for item in sockets.values():
        item.close()
