# SPDX-License-Identifier: Apache-2.0
"""docs/guides.md: what field guides name as causes, a capture of each, and the verdict on it."""

import json
import pathlib
import re
import sys
import tomllib

TABLE = pathlib.Path(__file__).parent / "guides.toml"
HEAD = """# Causes that field guides name

Guides for engineers explain failures by what boxes log. Here each cause that five of them name stands beside a
capture of it and what the program says of that capture without keys. Where a finding names several causes, the packets
do not separate them. Guides: A, B and C for routers (a tunnel that does not come up; the debug log of phase 1; step
by step from the underlay to traffic), D for firewalls, E with decision trees for any vendor. Written by
`tools/lab table`.

| cause | guides | capture | verdict |
|---|---|---|---|"""


def verdict(expectation):
    """Failures and warnings of all places, each once, with the candidates."""
    told = []
    for lines in expectation["findings"].values():
        for line in lines:
            head, _, candidates = line.partition(": ")
            severity, slug, claim = head.split()
            text = f"{slug} ({claim})" + (f": {candidates}" if candidates else "")
            if severity != "note" and text not in told:
                told.append(text)
    return "; ".join(told) or "nothing is wrong"


def named(told):
    """The slugs of a verdict but for candidates that it excludes."""
    return re.findall(r"(?<![\w-])(?<!not )[a-z][\w-]+", told)


def text(_scenarios, out):
    lines = [HEAD]
    for guides, cause, capture, slug in tomllib.loads(TABLE.read_text())["cause"]:
        told = verdict(json.loads((out / f"{capture}.expect.json").read_text()))
        if slug not in named(told):
            sys.exit(f"guides.toml: {capture} is to show '{cause}', and its verdict does not name {slug}: {told}")
        lines.append(f"| {cause} | {guides} | {capture} | {told} |")
    return "\n".join(lines) + "\n"
