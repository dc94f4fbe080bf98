# SPDX-License-Identifier: Apache-2.0
"""docs/guides.md: what field guides name as causes, a capture of each, and the verdict on it."""

import json
import pathlib
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


def text(_scenarios, out):
    lines = [HEAD]
    for guides, cause, capture in tomllib.loads(TABLE.read_text())["cause"]:
        expectation = json.loads((out / f"{capture}.expect.json").read_text())
        lines.append(f"| {cause} | {guides} | {capture} | {verdict(expectation)} |")
    return "\n".join(lines) + "\n"
