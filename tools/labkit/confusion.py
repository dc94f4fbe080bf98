# SPDX-License-Identifier: Apache-2.0
"""docs/confusion.md: the true cause of every capture of real daemons against the verdict and its claim."""

import collections
import json

HEAD = """# Truth against verdict

Every capture in `pcaps/` that real daemons made, or that is derived from such, by its true cause, which the
scenario states, and by what the program says without keys. *Named*: the finding has the slug of the cause.
*Among others*: the cause is a candidate of the finding, with something that speaks for it; the packets do not
separate it from the others, whose number on average stands beside it. *Missed*: neither. A capture of one side
counts like any other, though it may not show what the other side saw. Written by `tools/lab table`.
"""
HEALTHY = "(nothing is wrong)"


def failures(expectation):
    """(slug, claim, candidates that something speaks for) of each failure that is told."""
    for lines in expectation["findings"].values():
        for line in lines:
            head, _, tail = line.partition(": ")
            severity, slug, claim = head.split()
            if severity == "failure":
                yield slug, claim, [name for name in tail.split(", ") if name and not name.startswith("not ")]


def judge(item, stem, out):
    """(cause, how, claim, number of candidates) of a capture."""
    base = out / item.topic / stem
    expectation = json.loads(base.with_name(f"{stem}.expect.json").read_text())
    told = list(failures(expectation))
    if "known" in expectation:
        return item.get("cause", told[0][0] if told else HEALTHY), "missed", "", 0
    if not told and "cause" not in item:
        return HEALTHY, "named", "", 0
    causes = item.get("cause") or [slug for slug, _, _ in told]
    causes = causes if isinstance(causes, list) else [causes]
    for slug, claim, _ in told:
        if slug in causes:
            return slug, "named", claim, 0
    for _, claim, candidates in told:
        for name in candidates:
            if name in causes:
                return name, "among others", claim, len(candidates)
    return causes[0], "missed", told[0][1] if told else "", 0


def text(scenarios, out):
    table = collections.defaultdict(lambda: collections.Counter())
    others, missed = collections.defaultdict(list), []
    for item in scenarios:
        for _, stem in item.captures():
            if stem.endswith("-synthetic") or item.built:
                continue
            cause, how, claim, count = judge(item, stem, out)
            table[cause][how] += 1
            if how == "named" and claim:
                table[cause][claim] += 1
            if how == "among others":
                others[cause].append(count)
            if how == "missed":
                missed.append((cause, stem, item["story"]))
    total = sum(sum(row[how] for how in ("named", "among others", "missed")) for row in table.values())
    right = total - len(missed)
    lines = [HEAD.rstrip(), "", f"{total} captures; right in {right}, {100 * right / total:.1f} of 100.", ""]
    lines += ["| cause | captures | named: certain | likely | possible | among others | missed |", "|---|---|---|---|---|---|---|"]
    for cause in sorted(table, key=lambda name: (name != HEALTHY, name)):
        row = table[cause]
        count = sum(row[how] for how in ("named", "among others", "missed"))
        mean = f" (of {sum(others[cause]) / len(others[cause]):.1f})" if others[cause] else ""
        named = [row[claim] or "" for claim in ("certain", "likely", "possible")]
        if cause == HEALTHY:
            named[0] = row["named"]
        cells = [cause, count, *named, f"{row['among others'] or ''}{mean}", row["missed"] or ""]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "## Missed", ""]
    lines += [f"* {cause}: {stem}: {story}" for cause, stem, story in missed]
    return "\n".join(lines) + "\n"
