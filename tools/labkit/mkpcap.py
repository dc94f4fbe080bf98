# SPDX-License-Identifier: Apache-2.0
"""tools/mkpcap: one subcommand, one kind of damage or disguise for a capture of plain Ethernet."""

import argparse
import gzip
import lzma
import pathlib
import socket
import struct

from . import frames, ip, wrap


def same(item, data):
    return frames.Record(item.time, data, len(data))


def oneway(records, options):
    source = socket.inet_aton(options.source)
    return [item for item in records if item.data[12:14] == b"\x08\x00" and item.data[26:30] == source]


def cut_start(records, options):
    return records[options.frames :]


def cut_end(records, options):
    return records[: options.frames]


def snap(records, options):
    return [frames.Record(item.time, item.data[: options.octets], item.length) for item in records]


def first_fragments(records, _options):
    """What the filter `udp port 500 or udp port 4500 or esp` keeps: no fragment but the first."""
    return [item for item in records if not struct.unpack_from("!H", item.data, 20)[0] & 0x1FFF]


def hop(frame):
    """The same frame behind one more router: TTL less one, checksum renewed."""
    head = frame[14:22] + bytes([frame[22] - 1]) + frame[23:24] + b"\0\0" + frame[26:34]
    return frame[:14] + head[:10] + struct.pack("!H", ip.checksum(head)) + head[12:] + frame[34:]


def span(records, options):
    """Every frame twice, 12 us apart, as a mirror of two ports sees it."""
    result = []
    for item in records:
        first, second = item.data, hop(item.data) if options.hop else item.data
        if options.vlans:
            first, second = (
                wrap.tag(frame, (0x8100, vlan)) for frame, vlan in zip((first, second), options.vlans)
            )
        result += [same(item, first), frames.Record(item.time + 12000, second, len(second))]
    return sorted(result, key=lambda item: item.time)


def encapsulate(records, options):
    return [same(item, wrap.WRAPS[options.kind](item.data, number)) for number, item in enumerate(records, 1)]


def reorder(records, options):
    """Neighbours change places in the file and keep their times: two files put together carelessly."""
    result = list(records)
    for at in range(options.every - 1, len(result) - 1, options.every):
        result[at], result[at + 1] = result[at + 1], result[at]
    return result


TRANSFORMS = {
    "oneway": (oneway, "keep what SOURCE sent", [("--source", {"required": True})]),
    "cut-start": (cut_start, "lose the first frames", [("--frames", {"type": int, "required": True})]),
    "cut-end": (cut_end, "keep only the first frames", [("--frames", {"type": int, "required": True})]),
    "snap": (snap, "cut every frame", [("--octets", {"type": int, "required": True})]),
    "first-fragments": (first_fragments, "lose every IP fragment but the first", []),
    "span": (
        span,
        "every frame twice",
        [("--vlans", {"type": int, "nargs": 2}), ("--hop", {"action": "store_true"})],
    ),
    "wrap": (
        encapsulate,
        "put a tunnel around",
        [("--kind", {"choices": sorted(wrap.WRAPS), "required": True})],
    ),
    "reorder": (reorder, "swap neighbours", [("--every", {"type": int, "default": 2})]),
}


def relink(records, target, options):
    number, change = wrap.LINKS[options.to]
    frames.write(target, [same(item, change(item.data)) for item in records], link=number)


def rewrite(records, target, options):
    frames.write(target, records, order=">" if options.big_endian else "<", nano=options.nano)


def cut_file(records, target, options):
    frames.write(target, records)
    with open(target, "r+b") as file:
        file.truncate(target.stat().st_size - options.octets)


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


def two_links(records, target, _options):
    """pcapng: every other packet on an Ethernet interface, the rest on one without link layer."""
    text = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    for link in (frames.ETHERNET, wrap.LINKS["raw"][0]):
        text += block(1, struct.pack("<HHI", link, 0, 0))
    for number, item in enumerate(records):
        interface = number % 2
        data = wrap.raw(item.data) if interface else item.data
        high, low = divmod(item.time // 1000, 2**32)
        text += block(6, struct.pack("<IIIII", interface, high, low, len(data), len(data)) + data)
    target.write_bytes(text)


def compress(records, target, options):
    """The bytes depend on the content alone: no name, no time."""
    body = frames.header() + b"".join(frames.record(item) for item in records)
    target.write_bytes(gzip.compress(body, mtime=0) if options.format == "gzip" else lzma.compress(body))


WRITERS = {
    "relink": (relink, "another link layer", [("--to", {"choices": sorted(wrap.LINKS), "required": True})]),
    "rewrite": (
        rewrite,
        "another pcap dialect",
        [("--nano", {"action": "store_true"}), ("--big-endian", {"action": "store_true"})],
    ),
    "cut-file": (cut_file, "end inside the last record", [("--octets", {"type": int, "default": 40})]),
    "two-links": (two_links, "pcapng with two interfaces of different link types", []),
    "compress": (compress, "compressed", [("--format", {"choices": ["gzip", "xz"], "required": True})]),
}


def main(argv=None):
    parser = argparse.ArgumentParser(
        prog="tools/mkpcap", description="Capture artefacts from a capture of plain Ethernet."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, text, arguments) in (TRANSFORMS | WRITERS).items():
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("capture", type=pathlib.Path)
        sub.add_argument("target", type=pathlib.Path)
        for flag, keywords in arguments:
            sub.add_argument(flag, **keywords)
    options = parser.parse_args(argv)
    records, link = frames.read(options.capture)
    if link != frames.ETHERNET:
        raise SystemExit(f"{options.capture}: link type {link}, want Ethernet")
    if options.command in WRITERS:
        WRITERS[options.command][0](records, options.target, options)
    else:
        changed = TRANSFORMS[options.command][0](records, options)
        frames.write(options.target, changed, snap=options.octets if options.command == "snap" else 262144)
    return 0
