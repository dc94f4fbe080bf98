# SPDX-License-Identifier: Apache-2.0
"""ESP packets of the negotiated SPIs: right headers and lengths, random ciphertext."""

import os
import socket
import struct

from . import ip
from .space import pause

PAYLOADS = (84, 84, 148, 340, 84, 1052)
VARIED = tuple(48 + number * 45 % 640 for number in range(16))
IP_MTU_DISCOVER, PMTUDISC_DONT = 10, 0
DONT_FRAGMENT = 0x40


def ciphertext(inner, suite, icv):
    """What `inner` bytes of IP become in this suite: IV, padded payload, ICV (RFC 4303 2)."""
    iv, block = (8, 4) if "gcm" in suite or "chacha" in suite else (16, 16)
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
    """esp both|END COUNT [SA] [second] [KEY=VALUE...]: packets of the newest (or that) Child SA, numbered from 1 on

    With the word `second` the client is the second initiator, not the first one. Keys: size= octets of IP inside,
    or `varied`; every= seconds (0.05); seq= the next number; df=0 (routers may make fragments); icv= octets (16); udp=1 (in
    UDP whatever was negotiated). What is larger than 1500 octets leaves in IP fragments.
    """
    space, path = stage.space, stage.space.path
    client = "second" if "second" in (who, *words) else "initiator"
    key = dict(word.split("=", 1) for word in words if "=" in word)
    which = [word for word in words if word != "second" and "=" not in word] or ["-1"]
    # a Child SA that is gone can still be sent on: its SPIs are remembered
    spis = stage.spis[client] = stage.daemons[client].spis() or stage.spis.get(client)
    inbound, outbound = spis[int(which[0])]
    ends = {
        client: (path.address[client], path.seen["responder"], outbound),
        "responder": (path.address["responder"], path.seen[client], inbound),
    }
    senders = list(ends) if who == "both" else [who]
    ports = {role: stage.daemons[role].peer_port(ends[role][2]) for role in senders}
    wrap = in_udp if stage.daemons[client].encapsulates() or "udp" in key else native
    protocol = socket.IPPROTO_RAW
    sizes = {"varied": VARIED}.get(key.get("size")) or ((int(key["size"]),) if "size" in key else PAYLOADS)
    if path.family == 6 or max(sizes) > 1420:
        # the kernel writes the header, and makes fragments
        wrap, protocol = bare, socket.IPPROTO_ESP
    sockets = {role: space.raw_socket(role, protocol) for role in senders}
    suite = (
        stage.scenario.get("initiator", {})
        .get("children", {})
        .get("net", {})
        .get("esp_proposals", "aes128-sha256")
    )
    if wrap is bare and path.family == 4:
        for item in sockets.values():
            item.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_DONT)
    if "seq" in key:
        stage.sequences |= {ends[role][2]: int(key["seq"]) - 1 for role in senders}
    for number in range(int(count)):
        for role in senders:
            source, target, spi = ends[role]
            sequence = stage.sequences[spi] = (stage.sequences.get(spi, 0) + 1) % 2**32
            inside = ciphertext(sizes[number % len(sizes)], suite, int(key.get("icv", 16)))
            packet = wrap(source, target, ports[role], struct.pack("!II", spi, sequence) + inside)
            if "df" in key:
                packet = packet[:6] + bytes([packet[6] & ~DONT_FRAGMENT]) + packet[7:]
            sockets[role].sendto(packet, (target, 0))
        pause(float(key.get("every", 0.05)))
    for item in sockets.values():
        item.close()
