# SPDX-License-Identifier: Apache-2.0
"""A responder that only ever says one thing, for answers that no daemon can be configured to give.

Captures made with it carry `synthetic` in their name: the initiator in them is real, the responder is not.
"""

import socket
import struct
import time

from .space import LabError, pause

INVALID_KE_PAYLOAD = 17


def offered_group(request):
    """The group of the KE payload of an IKE_SA_INIT request, or 0."""
    kind, at = request[16], 28
    while kind and at + 6 <= len(request):
        following, _, length = struct.unpack_from("!BBH", request, at)
        if kind == 34:
            return struct.unpack_from("!H", request, at + 4)[0]
        kind, at = following, at + max(length, 4)
    return 0


def refusal(request, notify, groups):
    """IKE_SA_INIT response with nothing but the notify; INVALID_KE_PAYLOAD names a group that was not tried."""
    data = b""
    if notify == INVALID_KE_PAYLOAD:
        others = [group for group in groups if group != offered_group(request)]
        data = struct.pack("!H", others[0])
    payload = struct.pack("!BBHBBH", 0, 0, 8 + len(data), 0, 0, notify) + data
    return request[:8] + bytes(8) + struct.pack("!BBBBII", 41, 0x20, 34, 0x20, 0, 28 + len(payload)) + payload


def step(stage, notify, count, *groups):
    """stub NOTIFY COUNT [GROUP...]: answer so many IKE_SA_INIT requests with this notify"""
    endpoint = stage.space.open_socket("responder", socket.AF_INET, socket.SOCK_DGRAM, 0)
    endpoint.bind((stage.space.path.address["responder"], 500))
    endpoint.setblocking(False)
    left, deadline = int(count), time.monotonic() + 20
    while left and time.monotonic() < deadline:
        try:
            request, peer = endpoint.recvfrom(4096)
        except BlockingIOError:
            pause(0.002)
            continue
        endpoint.sendto(refusal(request, int(notify), [int(group) for group in groups]), peer)
        left -= 1
    endpoint.close()
    if left:
        raise LabError(f"{left} requests did not come")
