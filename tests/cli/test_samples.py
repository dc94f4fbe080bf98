#!/usr/bin/env python3
"""Every sample against the expectation beside it, pcaps/**/NAME.expect.json:

    { "schema": "ikescope.expectation/1", "options": [], "exit": 1,
      "assert": { "negotiations.length": 1, "negotiations[0].stalled_at.message": "MM5",
                  "negotiations[0].failures": ["psk-mismatch-mm"], "tunnels[0].slugs": [] },
      "findings": { "negotiations[0]": ["failure psk-mismatch-mm likely"] },
      "claim_at_most": { "psk-mismatch-mm": "likely" }, "findings_include": ["art-dup-span"],
      "known": { "negotiations[0].findings": "why the program is wrong there" } }

A path walks through the diagnosis by key and index. ".length" is the length of an array;
".failures" the sorted slugs of severity failure, ".slugs" those of all findings of an object.
"findings" has every finding of the document, by the place where it stands, in order: severity, slug,
claim, candidates. "negotiations[1:9:2]" is as many places as in Python; a place not named has none.
"claim_at_most" bounds the claim of a slug wherever it stands; "findings_include" names slugs that
stand somewhere in the document.
"known" says where the program is known to be wrong, by the beginning of a path, a place, a slug or "exit": what
fails there does not count, and where nothing fails any more the entry is the failure.

SPDX-License-Identifier: Apache-2.0
"""

import json
import re

from program import PACKED, SOURCE, SUFFIXES, Count, run

STEP = re.compile(r"\.?([A-Za-z_0-9]+)|\[(\d+)\]")
MISSING = object()
CLAIMS = ["possible", "likely", "certain"]
KEYS = {"schema", "options", "exit", "assert", "findings", "claim_at_most", "findings_include", "known"}
PLACES = re.compile(r"(\w+)\[(\d+):(\d+):(\d+)\]")


def slugs(value, severity=None):
    return sorted(f["slug"] for f in value["findings"] if severity in (None, f["severity"]))


def step(value, key, index):
    if index is not None:
        return value[int(index)] if isinstance(value, list) and int(index) < len(value) else MISSING
    if key == "length" and isinstance(value, list):
        return len(value)
    if isinstance(value, dict) and "findings" in value and key in ("failures", "slugs"):
        return slugs(value, "failure" if key == "failures" else None)
    return value.get(key, MISSING) if isinstance(value, dict) else MISSING


def look_up(document, path):
    """The value at a path, or MISSING."""
    value, position = document, 0
    while position < len(path) and value is not MISSING:
        match = STEP.match(path, position)
        if match is None:
            raise ValueError(f"not a path: {path}")
        value = step(value, match[1], match[2])
        position = match.end()
    return value


def same(got, expected):
    """Equality that tells true from 1."""
    return got is not MISSING and json.dumps(got, sort_keys=True) == json.dumps(expected, sort_keys=True)


def all_findings(value):
    """Every finding, wherever it stands in the document."""
    if isinstance(value, list):
        for item in value:
            yield from all_findings(item)
    elif isinstance(value, dict):
        yield from value.get("findings", [])
        for key, item in value.items():
            if key != "findings":
                yield from all_findings(item)


def line(finding):
    """A finding as expectations have it."""
    candidates = [("" if c["for"] else "not ") + c["slug"] for c in finding["candidates"]]
    text = f"{finding['severity']} {finding['slug']} {finding['claim']}"
    return f"{text}: {', '.join(candidates)}" if candidates else text


def by_place(document):
    """The findings of the document, by the places that have any."""
    places = {"document": document}
    for key in ("captures", "negotiations", "tunnels"):
        places |= {f"{key}[{number}]": item for number, item in enumerate(document[key])}
    return {place: [line(f) for f in item["findings"]] for place, item in places.items() if item["findings"]}


def one_by_one(findings):
    """Expected findings with every place by its own name."""
    result = {}
    for place, lines in findings.items():
        match = PLACES.fullmatch(place)
        numbers = range(*map(int, match.groups()[1:])) if match else []
        result |= {f"{match[1]}[{number}]": lines for number in numbers} if match else {place: lines}
    return result


class Known:
    """Checks of one sample, some of which are known to fail."""

    def __init__(self, count, name, reasons):
        self.count = count
        self.name = name
        self.seen = dict.fromkeys(reasons, False)

    def check(self, where, passed, text):
        beginnings = [] if passed else [known for known in self.seen if where.startswith(known)]
        self.seen |= dict.fromkeys(beginnings, True)
        self.count.check(passed or bool(beginnings), f"{self.name}: {where}: {text}")

    def finish(self):
        for where, seen in self.seen.items():
            self.count.check(seen, f"{self.name}: {where}: known to be wrong, but nothing fails there")


def check_all_findings(known, expected, document):
    wanted, found = one_by_one(expected), by_place(document)
    for place in sorted(wanted.keys() | found.keys()):
        one, other = wanted.get(place, []), found.get(place, [])
        known.check(place, one == other, f"expected {json.dumps(one)}, got {json.dumps(other)}")


def check_findings(known, expectation, document):
    found = list(all_findings(document))
    for slug, most in expectation.get("claim_at_most", {}).items():
        for finding in found:
            if finding["slug"] == slug:
                known.check(slug, CLAIMS.index(finding["claim"]) <= CLAIMS.index(most),
                            f"expected at most {most}, got {finding['claim']}")
    for slug in expectation.get("findings_include", []):
        known.check(slug, any(f["slug"] == slug for f in found),
                    f"expected a finding, got {sorted({f['slug'] for f in found})}")


def capture_of(expectation):
    """The capture that an expectation stands beside."""
    stem = expectation.name[: -len(".expect.json")]
    names = [stem] + [stem + suffix + packed for suffix in SUFFIXES for packed in PACKED]
    found = [expectation.with_name(name) for name in names if expectation.with_name(name).exists()]
    return found[0] if found else None


def check_sample(count, path):
    name = path.relative_to(SOURCE)
    expectation = json.loads(path.read_text(encoding="utf-8"))
    capture = capture_of(path)
    if not count.check(capture is not None, f"{name}: there is no capture beside it"):
        return
    count.check(expectation.get("schema") == "ikescope.expectation/1",
                f"{name}: schema is {expectation.get('schema')!r}")
    count.check(set(expectation) <= KEYS, f"{name}: unknown keys {sorted(set(expectation) - KEYS)}")
    result = run("diagnose", "--format", "json", *expectation.get("options", []), capture)
    complaint = result.stderr.decode(errors="replace").strip()
    known = Known(count, name, expectation.get("known", {}))
    known.check("exit", result.returncode == expectation["exit"],
                f"expected {expectation['exit']}, got {result.returncode} {complaint}")
    try:
        document = json.loads(result.stdout)
    except ValueError as error:
        count.check(False, f"{name}: the output is no JSON: {error}")
        return
    if count.check("findings" in expectation, f"{name}: findings are missing"):
        check_all_findings(known, expectation["findings"], document)
    check_findings(known, expectation, document)
    for where, expected in expectation.get("assert", {}).items():
        got = look_up(document, where)
        shown = "nothing there" if got is MISSING else json.dumps(got)
        known.check(where, same(got, expected), f"expected {json.dumps(expected)}, got {shown}")
    known.finish()


def check_every_capture_has_one(count):
    """A sample without an expectation proves nothing."""
    for path in sorted((SOURCE / "pcaps").rglob("*")):
        if path.name.endswith(tuple(suffix + packed for suffix in SUFFIXES for packed in PACKED)):
            stem = re.sub(r"\.(pcap|pcapng|cap)(\.gz|\.zst|\.xz)?$", "", path.name)
            beside = [path.with_name(name + ".expect.json") for name in (stem, path.name)]
            count.check(any(p.exists() for p in beside), f"{path.relative_to(SOURCE)}: no expectation beside it")


def main():
    count = Count("samples")
    for path in sorted((SOURCE / "pcaps").rglob("*.expect.json")):
        check_sample(count, path)
    check_every_capture_has_one(count)
    count.finish()


if __name__ == "__main__":
    main()
