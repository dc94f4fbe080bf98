#!/usr/bin/env python3
"""The ladder over all samples: width, characters, exit status; and some charts word by word.

With IKESCOPE_UPDATE in the environment the expected charts are written anew.

SPDX-License-Identifier: Apache-2.0
"""

import os
import re

from program import Count, SOURCE, captures, run

EXPECTED = SOURCE / "tests" / "cli" / "ladder"

# Name of the expected chart, sample, further arguments.
CHARTS = [
    ("v1-psk-mismatch", "auth/v1-psk-mismatch-main.pcap", []),
    ("v1-silent", "phase1/v1-peer-silent.pcap", ["--ascii"]),
    ("v2-refused", "phase1/v2-no-proposal.pcap", ["--relative"]),
    ("v2-healthy", "healthy/v2-psk.pcap", []),
    ("v2-nat", "nat/v2-nat-remapped.pcap", []),
    ("v2-fragments", "fragments/v2-frag-response-partial-synthetic.pcap", ["--ascii"]),
    ("v2-flapping", "liveness/v2-flap-dpd.pcap", ["--negotiation", "4"]),
]

UTF8 = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
PLAIN = dict(os.environ, LC_ALL="C", TZ="UTC")
BOXES = "\u2502\u251c\u2524\u2500\u2550\u255e\u2561\u25ba\u25c4\u2573"


def ladder(path, *arguments, env=None):
    return run("ladder", "--utc", *arguments, path, env=env or UTF8, cwd=SOURCE)


def as_ascii(text):
    return text.translate(str.maketrans(BOXES, "|||-=||><x"))


def check_sample(count, path):
    """Lines of at most 80 columns, nothing but the characters of the chart, the status of diagnose."""
    search = ["--nat-search", "off"]  # what it finds is tested elsewhere, and it takes long
    boxed = ladder(path, *search)
    text = boxed.stdout.decode()
    plain = ladder(path, "--ascii", *search).stdout
    long = [line for line in text.splitlines() if len(line) > 80 and str(path) not in line]
    count.check(long == [], f"{path}: {long[:1]}")
    odd = set(re.sub(f"[\n -~{BOXES}]", "", text))
    count.check(odd == set(), f"{path}: {odd}")
    count.check(as_ascii(text).encode() == plain, f"{path}: --ascii says something else")
    diagnosed = run("--utc", *search, path, cwd=SOURCE)
    count.check(boxed.returncode == diagnosed.returncode, f"{path}: status {boxed.returncode}, "
                f"of diagnose {diagnosed.returncode}")
    slugs = re.findall(r"\[([a-z0-9-]+)\]", re.sub(r"\s+", "", diagnosed.stdout.decode()))
    bare = re.sub(f"[\\s{BOXES}]", "", text)
    few = b"causes and totals" not in diagnosed.stdout and not re.search(rb"^x\d+ |^#\d+ .* v[12] ",
                                                                          diagnosed.stdout, re.MULTILINE)
    for slug in set(slugs) if few else ():
        count.check(f"[{slug}]" in bare, f"{path}: no {slug}")


def check_charts(count):
    for name, sample, arguments in CHARTS:
        count.same(ladder(f"pcaps/{sample}", *arguments).stdout, EXPECTED / f"{name}.txt", sample)


def check_locale(count):
    sample = "pcaps/auth/v1-psk-mismatch-main.pcap"
    plain = ladder(sample, "--ascii").stdout
    count.check(ladder(sample).stdout != plain, "no boxes although the locale has UTF-8")
    count.check(ladder(sample, env=PLAIN).stdout == plain, "boxes although the locale has no UTF-8")
    count.check(ladder(sample, env=dict(PLAIN, LC_ALL="xx_YY.UTF-8")).stdout == plain,
                "boxes although there is no such locale")


def check_choice(count):
    sample = "pcaps/liveness/v2-flap-dpd.pcap"
    heads = re.findall(r"^#(\d+) ", ladder(sample).stdout.decode(), re.MULTILINE)
    count.check(heads == [str(i) for i in range(1, 8)], f"all: {heads}")
    one = ladder(sample, "--negotiation", "3")
    heads = re.findall(r"^#(\d+) ", one.stdout.decode(), re.MULTILINE)
    count.check(heads == ["3"] and one.returncode == 1, f"one: {heads}, status {one.returncode}")
    none = ladder(sample, "--negotiation", "8")
    count.check(b"There is no negotiation #8 here." in none.stdout, "no word of what is not there")
    many = ladder("pcaps/phase1/v2-halfopen-flood.pcap").stdout.decode()
    count.check(1 < many.count(" Frame ") <= 6, f"{many.count(' Frame ')} charts of 101 negotiations")
    coloured = ladder(sample, "--color=always").stdout
    count.check(b"\x1b[" in coloured and re.sub(rb"\x1b\[[0-9;]*m", b"", coloured) == ladder(sample).stdout,
                "colour changes the text")


def main():
    count = Count("ladder")
    for path in captures():
        check_sample(count, path)
    check_charts(count)
    check_locale(count)
    check_choice(count)
    count.finish()


if __name__ == "__main__":
    main()
