#!/usr/bin/env python3
"""The comparison with tshark: its known differences are documented, it finds what it should, and some
samples and messages of every kind show nothing but known differences. What needs tshark is left out
where that is not 4.0.

SPDX-License-Identifier: Apache-2.0
"""

import csv
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from messages import attribute, header, payload, proposal, transform1, transform2, v1, v2, write
from program import Count, SOURCE, program

TOOL = SOURCE / "tools" / "compare-tshark"
DATA = SOURCE / "tools" / "compare-tshark.d"
SAMPLES = ["pcaps/artefacts/art-xz.pcap.xz", "pcaps/artefacts/art-cut-file.pcap", "pcaps/artefacts/art-snaplen-96.pcap",
           "pcaps/artefacts/art-malformed-synthetic.pcap", "pcaps/artefacts/art-frag-only-first.pcap", "pcaps/esp/v2-esp-udp-few.pcap", "pcaps/nat/v2-natt-icmp-synthetic.pcap",
           "pcaps/fragments/v1-frag-ikev1-partial.initiator.pcap", "pcaps/liveness/v2-dpd-unanswered-openiked.pcap"]

sys.dont_write_bytecode = True
sys.path.insert(0, str(DATA))

import known  # noqa: E402
import ours  # noqa: E402


def compare(*arguments, **environment):
    return subprocess.run([sys.executable, "-B", TOOL, "--program", program(), *arguments], cwd=SOURCE, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, env={**os.environ, **environment})


def check_rows(count):
    with open(DATA / "known.csv", newline="", encoding="utf-8") as f:
        names = [row["name"] for row in csv.DictReader(f)]
    documented = re.findall(r"^\* \*\*`([^`]+)`\*\*", (SOURCE / "docs" / "differences.md").read_text(), re.MULTILINE)
    count.check(set(names) == set(documented), f"in one of known.csv and differences.md only: {set(names) ^ set(documented)}")
    count.check(len(documented) == len(set(documented)), "a row is documented twice")
    rows = known.Rows(DATA / "known.csv")
    count.check(rows.find({"ours", "theirs"}, "exchange type", "34", "35") is None, "a row explains any exchange type")
    count.check(rows.find({"theirs", "in-icmp"}, "IKE message", "none", "one") == "quoted-in-icmp", "quoted-in-icmp")
    count.check(rows.find({"ours", "theirs", "in-icmp"}, "IKE message", "none", "one") is None, "a tag that must not be")


def check_octets(count):
    for text, octets in (("gw.example", b"gw.example"), ("\\x00\\xff\\\\", b"\0\xff\\"), ("\u00e9\\x1b", b"\xc3\xa9\x1b")):
        count.check(ours.octets_of_text(text) == octets.hex(), f"octets of {text!r}: {ours.octets_of_text(text)}")


def check_usage(count, folder):
    none = compare("pcaps/artefacts/art-gzip.pcap.gz", PATH=folder)
    count.check(none.returncode == 2 and none.stderr.count("\n") == 1 and "package tshark" in none.stderr, f"{none}")
    count.check(compare().returncode == 2, "no capture")


# ---- what no sample has in clear ------------------------------------------------------------

CN = bytes.fromhex("3011310f300d06035504030c06") + b"gw.exa"
IPV4, IPV6 = bytes([10, 0, 0, 0, 10, 0, 0, 255]), bytes(range(32))


def selector(kind, addresses, first, last):
    return struct.pack(">BBHHH", kind, 17, 8 + len(addresses), first, last) + addresses


def proposals(first, second):
    """Two in a row: the first says that another one follows."""
    return b"\x02" + first[1:] + second


def kinds():
    """Messages with every kind of payload that tshark reads, in every form."""
    for kind, octets in ((1, IPV4[:4]), (2, b"gw.example"), (3, b"u\\x@\xff\xc3\xa9.org"), (4, IPV4), (5, IPV6[:16]), (6, IPV6),
                         (7, IPV4), (8, IPV6), (9, CN), (11, b"key")):
        yield v1(5, struct.pack(">BBH", kind, 17, 500) + octets, 4)
        if kind in (1, 2, 3, 5, 9, 11):
            yield v2(35, struct.pack(">BBH", kind, 0, 0) + octets)
    ranges = selector(7, IPV4, 0, 65535) + selector(8, IPV6, 1, 2)
    yield header(2, 35, 8, 44, payload(b"\2\0\0\0" + ranges, 45) + payload(b"\1\0\0\0" + selector(7, IPV4, 5, 5)))
    yield v2(42, struct.pack(">BBH", 3, 4, 2) + b"AAAABBBB")
    yield v1(12, struct.pack(">IBBH", 1, 3, 4, 2) + b"AAAABBBB")
    yield v2(47, b"\1\0\0\0" + attribute(1, IPV4[:4]) + attribute(8, IPV6[:17]) + attribute(7, b"text") + attribute(3, b""))
    yield v1(14, b"\1\0\0\7" + attribute(1, IPV4[:4]) + attribute(16520, 1) + attribute(16521, b"user"), 6)
    yield v2(48, struct.pack(">BBHB", 1, 7, 9, 23) + b"\1\0\0\0")
    yield v2(48, struct.pack(">BBH", 3, 7, 4))
    yield v2(39, b"\2\0\0\0" + bytes(32))
    yield v2(38, b"\4" + bytes(40))
    yield v1(7, b"\4" + CN)
    yield v2(37, b"\x0c" + bytes(20) + b"http://h/")
    yield v2(41, struct.pack(">BBH", 3, 4, 16393) + b"SPI1")
    yield v2(41, struct.pack(">BBHHB", 0, 0, 16387, 0x1234, 3))
    yield v1(11, struct.pack(">IBBH", 1, 3, 4, 24576) + b"SPI1" + attribute(1, 1) + attribute(2, bytes([0, 0, 14, 16])))
    yield v1(11, struct.pack(">IBBH", 1, 1, 16, 36136) + bytes(20))
    esp = proposal(3, transform1(12, attribute(1, 1) + attribute(2, bytes([0, 1, 81, 128])) + attribute(6, 128)), spi=b"SPI1")
    yield v1(1, struct.pack(">II", 1, 1) + proposals(esp, proposal(2, transform1(3, attribute(5, 2)), spi=b"SPI2")), 32)
    esp = proposal(3, transform2(1, 20, attribute(14, 256)), transform2(3, 12), transform2(5, 1), transform2(6, 35),
                   transform2(9, 36), spi=b"SPI1")
    yield v2(33, proposals(esp, proposal(2, transform2(3, 12), spi=b"SPI2")), 36)
    yield v2(34, struct.pack(">HH", 35, 0) + bytes(800), 34)
    yield v2(50, b"\x0b\0\0\0group")
    yield v1(21, b"\1\0\0\0" + IPV4[:4], 32)
    yield header(1, 4, 0, 8, payload(bytes(20), 9) + payload(bytes(64), 13) + payload(b"unknown", 130) + payload(bytes(20)))


def check_kinds(count, folder):
    path = os.path.join(folder, "kinds.pcap")
    messages = list(kinds())
    write(path, messages)
    result = compare("-q", path)
    count.check(result.returncode == 0 and f", {len(messages)} messages," in result.stdout, f"{result.stdout}{result.stderr}")


def check_samples(count, folder):
    whole = compare(*SAMPLES)
    count.check(whole.returncode == 0 and ", 0 unexplained" in whole.stdout, f"{whole.returncode}: {whole.stdout[-600:]}{whole.stderr}")
    found = len(re.findall(r": frame \d+: .*, tshark .* \[[a-z0-9-]+\]$", whole.stdout, re.MULTILINE))
    count.check(f" {found} differences, 0 unexplained" in whole.stdout and found > 50, f"{found} lines")
    quiet = compare("-q", *SAMPLES).stdout
    count.check(quiet == whole.stdout[whole.stdout.index(quiet[:20]):], "-q is not the summary alone")
    nothing = os.path.join(folder, "nothing.csv")
    with open(DATA / "known.csv", encoding="utf-8") as f, open(nothing, "w", encoding="utf-8") as out:
        out.write(f.readline())
    bare = compare("--known", nothing, *SAMPLES)
    count.check(bare.returncode == 1 and f" {found} differences, {found} unexplained" in bare.stdout, f"{bare.stdout[-300:]}")
    count.check(compare(os.path.join(folder, "none.pcap")).returncode == 2, "a capture that is not there")
    broken = os.path.join(folder, "broken.pcap")
    with open(broken, "wb") as out:
        out.write(b"no capture at all, whatever its name says")
    count.check(compare(broken).returncode == 3, "a file that is no capture")


def tshark_known():
    if shutil.which("tshark") is None:
        return False
    version = subprocess.run(["tshark", "--version"], text=True, capture_output=True, check=False).stdout
    return re.match(r"TShark \(Wireshark\) 4\.0\.", version) is not None


def main():
    count = Count("compare-tshark")
    check_rows(count)
    check_octets(count)
    with tempfile.TemporaryDirectory() as folder:
        check_usage(count, folder)
        if tshark_known():
            check_kinds(count, folder)
            check_samples(count, folder)
        else:
            print("compare-tshark: without tshark 4.0, whose differences are known, the samples are left out")
    count.finish()


if __name__ == "__main__":
    main()
