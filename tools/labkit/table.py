# SPDX-License-Identifier: Apache-2.0
"""docs/scenarios.md: every scenario, the daemons of its captures, the truth, and what the program makes of it."""

import json

HEAD = """# Scenarios

Every capture in `pcaps/`: its scenario, who spoke, the truth, and the verdict. The truth is written into the
scenario before the capture is analysed; `ikescope check pcaps` holds the program against it, so the verdict is
the truth wherever nothing else is said. Written by `tools/lab table`.
"""
SHORT = {"built by the lab": "built", None: "none"}


def name_of(daemon):
    """strongSwan U5.9.8/K6.1 (package) -> strongSwan 5.9.8"""
    return SHORT.get(daemon) or " ".join(daemon.split()[:2]).replace(" U", " ").split("/")[0]


def daemons(provenance):
    """Who spoke: one name where both ends are the same."""
    names = [name_of(daemon) for daemon in provenance["daemons"].values()]
    return names[0] if len(set(names)) == 1 else " - ".join(names)


def truth(expectation):
    """The failures and warnings that must be found, with their claims; else that there is none."""
    found = []
    for lines in expectation["findings"].values():
        for line in lines:
            severity, slug, claim = line.split(":")[0].split()
            if severity != "note" and f"{slug} ({claim})" not in found:
                found.append(f"{slug} ({claim})")
    return ", ".join(found) or "nothing is wrong"


def verdict(expectation):
    return "wrong: " + "; ".join(expectation["known"].values()) if "known" in expectation else "the same"


def rows(scenarios, out):
    for item in scenarios:
        for _, stem in item.captures():
            base = out / item.topic / stem
            expectation = json.loads(base.with_name(f"{stem}.expect.json").read_text())
            provenance = json.loads(base.with_name(f"{stem}.provenance.json").read_text())
            yield item.topic, stem, item["story"], daemons(provenance), truth(expectation), verdict(expectation)


def text(scenarios, out):
    lines, topic = [HEAD.rstrip()], None
    table = list(rows(scenarios, out))
    real = [row for row in table if not row[1].endswith("-synthetic")]
    wrong = sum(row[5] != "the same" for row in table)
    lines += ["", f"{len(table)} captures of {len(scenarios)} scenarios; {len(real)} are of real daemons or derived "
              f"from such; {wrong} come out wrong."]
    for row in table:
        if row[0] != topic:
            topic = row[0]
            lines += ["", f"## {topic}", "", "| capture | story | daemons | truth | verdict |", "|---|---|---|---|---|"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row[1:]) + " |")
    return "\n".join(lines) + "\n"


def write(wanted, path, check):
    """Status 1 with `check` where the file that is there is stale."""
    if check:
        stale = not path.exists() or path.read_text() != wanted
        if stale:
            print(f"{path.name} is stale: run tools/lab table")
        return 1 if stale else 0
    path.write_text(wanted)
    return 0
