#!/usr/bin/env python3
"""The first octet of a malformed packet at which an RFC is broken, derived by hand: of packets built
here, one for each kind of defect, and of captures by others that are found by their names in the
folders of IKESCOPE_EXTRA_CAPTURES. Where there is no such folder the latter are left out, which is
said.

SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import pathlib
import re
import struct
import tempfile

from program import Count, run

RAW, ETHERNET, NULL = 101, 1, 0
BELOW = re.compile(r"^(.+) at offset (\d+): ")


# ---- packets --------------------------------------------------------------------------------


def ike(first, body, version=0x10, exchange=2, flags=0, message_id=0, length=None, cookies=b"initiate" + bytes(8)):
    return cookies + struct.pack(">BBBBII", first, version, exchange, flags, message_id,
                                 28 + len(body) if length is None else length) + body


def payload(following, body, length=None):
    return struct.pack(">BBH", following, 0, 4 + len(body) if length is None else length) + body


def udp(body, length=None, ports=(500, 500)):
    return struct.pack(">HHHH", *ports, 8 + len(body) if length is None else length, 0) + body


def ip(protocol, body, length=None, fragment=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body) if length is None else length, 1, fragment, 64,
                       protocol, 0, bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1])) + body


def message(*arguments, **options):
    return ip(17, udp(ike(*arguments, **options)))


# The octets of a whole SA payload of main mode: one proposal, one transform.
SA = payload(13, struct.pack(">II", 1, 1) + struct.pack(">BBHBBBB", 0, 0, 28, 1, 1, 0, 1) + struct.pack(
    ">BBHBBH", 0, 0, 20, 1, 1, 0) + struct.pack(">HHHHHH", 0x8001, 5, 0x8002, 2, 0x8004, 2))
NOTIFY = payload(11, struct.pack(">IBBH", 1, 1, 16, 5) + bytes(16))

# A name; the packet; where the RFC is broken first, in octets from the beginning of the IP header:
# 20 of IP and 8 of UDP lie before a message. Why it is there.
BUILT = [
    # The length in the UDP header (4 octets into it) is above the payload of IP.
    ("UDP beyond IP", ip(17, udp(b"00", length=12336, ports=(12336, 4500))), 20 + 4, "UDP"),
    # More fragments follow, and 43 is no multiple of 8: the total length (2 octets into IP) is wrong.
    ("fragment of a length that cannot be", ip(17, bytes(43), fragment=0x2000), 2, "fragment"),
    # The reserved field lies 2 octets into AH.
    ("AH with reserved octets", ip(51, struct.pack(">BBHIIQI", 59, 4, 0x3030, 1, 1, 0, 0)), 20 + 2, "AH"),
    # The cookie of the initiator is the first octet of a message that may not be zero.
    ("a chain that never moves", message(8, b"\x0a\0", exchange=1, length=0, cookies=bytes(16)), 28, "header-spi-zero"),
    ("an endless chain of notifies", message(11, NOTIFY * 78, exchange=5, message_id=7, length=84, cookies=bytes(16)),
     28, "header-spi-zero"),
    ("an IKEv2 identity of one octet", message(35, payload(0, b"\1", length=5) + bytes(43), version=0x20, exchange=35,
                                               flags=8, message_id=1, cookies=bytes(16)), 28, "header-spi-zero"),
    # Without SA it is none of the first two messages of main mode, and the others have a responder:
    # its cookie is 8 octets into the message.
    ("an identity alone", message(5, payload(0, b"\2\0\0\0" + bytes(248))), 28 + 8, "header-responder-spi"),
    # The length of the second payload: 28 of the header, 48 of SA, 2 into its own header.
    ("a payload shorter than its header", message(1, SA + payload(13, bytes(16), length=3) + payload(0, bytes(12))),
     28 + 28 + len(SA) + 2, "payload-length"),
    # The length of the message is 24 octets into its header.
    ("a length of zero", message(1, SA + payload(0, bytes(16)), length=0), 28 + 24, "header-length"),
]

# The same in captures by others: the frame, and the offset in it.
FILES = [
    # IPv4 at 14 in Ethernet; UDP at 34, its length at 38 says 12336, that of IP too.
    ("isakmp-3948-oobr-2.pcap", 1, 38, "UDP"),
    # IPv4 at 14 with 8 octets of options and more fragments: 63264 - 28 is no multiple of 8; the
    # total length is at 16. What looks like ISAKMP behind it is never reached.
    ("isakmpv1-attr-oobr.pcap", 1, 16, "fragment"),
    # IPv4 at 14, AH at 34; its reserved field at 36 is 0x3030.
    ("heapoverflow-ip_demux_print.pcap", 2, 36, "AH"),
    # Ethernet, IPv4 and UDP are 42 octets; both cookies are zero.
    ("isakmp-pointer-loop.pcap", 1, 42, "header-spi-zero"),
    ("isakmp-no-none-np.pcapng", 1, 42, "header-spi-zero"),
    ("ikev2-id-short.pcap", 1, 42, "header-spi-zero"),
    ("ikev2-id-normal.pcap", 1, 42, "header-spi-zero"),
    # A loopback header of 4, IPv4 and UDP are 32 octets; main mode without SA and without the
    # cookie of a responder, at 8.
    ("isakmp-identification-segfault.pcap", 1, 40, "header-responder-spi"),
    # The header at 42, SA at 70 with 60 octets, a vendor id at 130 whose length, at 132, is 3.
    ("ipsec-ikev1-payload-bad-length.pcap", 1, 132, "payload-length"),
    # The header at 42, its length at 66 is 0.
    ("ipsec-ikev1-zero-length.pcap", 1, 66, "header-length"),
]


# ---- checks ---------------------------------------------------------------------------------


def anomalies(path):
    """(frame, offset in the frame, what) of all that is wrong with messages, and below IKE; in order."""
    found = []
    for m in json.loads(run("dissect", "--format", "json", path).stdout)["messages"]:
        found += [(m["frame"], a["frame_offset"], a["code"]) for a in m["anomalies"] if a["severity"] != "note"]
    for capture in json.loads(run("--format", "json", "--nat-search", "off", path).stdout)["captures"]:
        for finding in capture["findings"]:
            for evidence in finding["evidence"] if finding["slug"] == "malformed-message" else []:
                place = BELOW.match(evidence["text"])
                if place:
                    found.append((evidence["frames"][0], int(place[2]), place[1]))
    return sorted(found)


def write(path, packet):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW))
        f.write(struct.pack("<IIII", 1769850863, 0, len(packet), len(packet)) + packet)


def check_built(count, folder):
    for number, (name, packet, offset, what) in enumerate(BUILT):
        path = os.path.join(folder, f"{number}.pcap")
        write(path, packet)
        found = anomalies(path)
        count.check(found[:1] == [(1, offset, what)], f"{name}: {found}, not first {what} at {offset}")


def check_files(count):
    folders = [pathlib.Path(f) for f in os.environ.get("IKESCOPE_EXTRA_CAPTURES", "").split(os.pathsep) if f]
    if not folders:
        print("malformed: IKESCOPE_EXTRA_CAPTURES names no folder, captures by others are left out")
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            # Older versions of a file have its name behind a hash and differ in times alone.
            for name, frame, offset, what in FILES:
                if path.name.split("--")[-1] == name:
                    found = anomalies(path)
                    count.check(found[:1] == [(frame, offset, what)], f"{path}: {found}, not first {what} at {offset}")


def main():
    count = Count("malformed")
    with tempfile.TemporaryDirectory() as folder:
        check_built(count, folder)
    check_files(count)
    count.finish()


if __name__ == "__main__":
    main()
