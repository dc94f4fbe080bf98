# SPDX-License-Identifier: Apache-2.0
"""The differences that are understood."""

import csv
import re


class Rows:
    """Each row has a name, tags that the message must have ('!' before those that it must not have),
    and patterns for what differs, our value and the other."""

    def __init__(self, path):
        with open(path, newline="", encoding="utf-8") as f:
            self.rows = [(r["name"], r["tags"].split(), *(re.compile(r[k]) for k in ("what", "ours", "theirs")))
                         for r in csv.DictReader(f)]

    def find(self, tags, what, ours, theirs):
        for name, wanted, *patterns in self.rows:
            if all((t[1:] not in tags) if t[0] == "!" else (t in tags) for t in wanted) and \
                    all(p.fullmatch(text) for p, text in zip(patterns, (what, ours, theirs))):
                return name
        return None
