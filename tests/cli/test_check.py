#!/usr/bin/env python3
"""ikescope check: the samples as they are; then expectations, captures and a rule are broken, one by
one, and each time it must fail with a message that names what was broken.

SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree

from program import SOURCE, Count, captures, program, run

SAMPLE = SOURCE / "pcaps/auth/v2-psk-mismatch"
HEALTHY = SOURCE / "pcaps/healthy/v2-psk"
BUILD = pathlib.Path(os.environ.get("IKESCOPE_BUILD", ""))


def place(folder, source=SAMPLE, name="x"):
    """A sample under another name; returns its expectation."""
    shutil.copy(source.with_suffix(".pcap"), folder / f"{name}.pcap")
    shutil.copy(source.with_name(source.name + ".expect.json"), folder / f"{name}.expect.json")
    return folder / f"{name}.expect.json"


def edited(path, **members):
    """Members over those of an expectation; None takes one out."""
    document = json.loads(path.read_text()) | members
    path.write_text(json.dumps({name: value for name, value in document.items() if value is not None}))


class Case:
    """A folder with the sample in it, and what check says of it."""

    def __init__(self, count, folder):
        self.count, self.folder = count, pathlib.Path(folder)
        self.expectation = place(self.folder)

    def says(self, status, *patterns, arguments=()):
        done = run("check", *arguments, self.folder)
        text = done.stdout.decode() + done.stderr.decode()
        self.count.check(done.returncode == status, f"status {done.returncode}, not {status}: {text}")
        for pattern in patterns:
            self.count.check(re.search(pattern, text, re.S), f"no {pattern!r} in: {text}")
        return text


# What is put over the expectation of the sample, what must be said.
BROKEN = [
    ({"exit": 0}, r"FAILED\s+\S+/x.pcap\n\s+exit\n\s+expected\s+0\n\s+got\s+1"),
    ({"exit": None, "options": ["--limit", "steps=1"]}, r"\n\s+exit\n\s+expected\s+\"0 or 1\"\n\s+got\s+2.*--limit"),
    ({"assert": {"negotiations[0].outcome": "stalled"}},
     r"negotiations\[0\].outcome\n\s+expected\s+\"stalled\"\n\s+got\s+\"failed\""),
    ({"assert": {"negotiations.length": 2}}, r"negotiations.length\n\s+expected\s+2\n\s+got\s+1"),
    ({"assert": {"negotiations[1].outcome": "failed"}}, r"negotiations\[1\].outcome.*got\s+\(nothing\)"),
    ({"assert": {"negotiations[0].assumed": 1}}, r"negotiations\[0\].assumed\n\s+expected\s+1\n"),
    ({"assert": {"negotiations[0].failures": []}}, r"negotiations\[0\].failures.*got\s+\[\"auth-failed-v2\"\]"),
    ({"assert": {"negotiations[0].slugs": ["x"]}}, r"negotiations\[0\].slugs.*got\s+\[\"auth-failed-v2\"\]"),
    ({"assert": {"negotiations[0]..x": 1}}, r"assert has 'negotiations\[0\]..x', which is no path"),
    ({"assert": {"": 1}}, r"assert has '', which is no path"),
    ({"findings": {}}, r"negotiations\[0\]\n\s+expected\s+\[\]\n\s+got\s+\[\"failure auth-failed-v2"),
    ({"findings": {"tunnels[0]": ["note x certain"]}}, r"tunnels\[0\]\n\s+expected\s+\[\"note x certain\"\]\n\s+got\s+\[\]"),
    ({"findings": {"negotiations[0:2:1]": ["x"]}}, r"negotiations\[0\].*negotiations\[1\]"),
    ({"findings": {"elsewhere": []}}, r"findings has 'elsewhere', which is no place"),
    ({"claim_at_most": {"auth-failed-v2": "possible"}},
     r"claim_at_most.auth-failed-v2\n\s+expected\s+\"possible\"\n\s+got\s+\"likely\""),
    ({"claim_at_most": {"auth-failed-v2": "sure"}}, r"claim_at_most has no claim for 'auth-failed-v2'"),
    ({"findings_include": ["art-snaplen"]}, r"findings_include\n\s+expected\s+\"art-snaplen\"\n\s+got\s+\(nothing\)"),
    ({"schema": "ikescope.expectation/2"}, r"x.expect.json\n.*schema is not ikescope.expectation/1"),
    ({"schema": None}, r"schema is missing"),
    ({"asert": {}}, r"there is no member 'asert'"),
    ({"options": "--utc"}, r"options is no list"),
    ({"options": ["--no-such"]}, r"document\n.*there is no option '--no-such'"),
    ({"known": {"negotiations[0].outcome": "why"}},
     r"negotiations\[0\].outcome\n\s+expected\s+known to be wrong\n\s+got\s+nothing is wrong there"),
    ({"known": {"negotiations[0]": 1}}, r"known has no reason for 'negotiations\[0\]'"),
]

# What is put over it without harm, what is said.
GOOD = [
    ({}, r"1 as expected, 0 failed"),
    ({"findings": None, "assert": None, "exit": None, "options": None, "claim_at_most": None}, r"1 as expected"),
    ({"findings_include": ["auth-failed-v2"], "claim_at_most": {"auth-failed-v2": "certain"}}, r"1 as expected"),
    ({"assert": {"negotiations[0].outcome": "stalled"}, "known": {"negotiations[0].outcome": "why not"}},
     r"known\s+\S+/x.pcap.*known\s+why not.*0 as expected, 0 failed, 1 known to be wrong"),
    ({"findings": {}, "known": {"negotiations[0]": "why"}}, r"1 known to be wrong"),
]


def check_samples(count):
    done = run("check", SOURCE / "pcaps", timeout=900)
    text = done.stdout.decode()
    expected = len([path for path in captures() if SOURCE / "pcaps" in path.parents])
    count.check(done.returncode == 0 and "no expectation" not in text and "FAILED" not in text, text[-4000:])
    covered = re.search(r"^(\d+) as expected, 0 failed(?:, (\d+) known)?", text, re.M)
    count.check(covered and sum(int(n or 0) for n in covered.groups()) == expected > 200,
                f"{expected} samples: {text[-200:]}")
    for path in (SOURCE / "pcaps").rglob("*.expect.json"):
        count.check("findings" in json.loads(path.read_text()), f"{path}: findings are not asserted")


def check_expectations(count):
    for rows, status in ((BROKEN, 1), (GOOD, 0)):
        for members, pattern in rows:
            with tempfile.TemporaryDirectory() as folder:
                case = Case(count, folder)
                edited(case.expectation, **members)
                case.says(status, pattern)
    with tempfile.TemporaryDirectory() as folder:
        case = Case(count, folder)
        case.expectation.write_text("{")
        case.says(1, r"x.expect.json\n.*no JSON: line 1")


def check_captures(count):
    with tempfile.TemporaryDirectory() as name:
        case = Case(count, name)
        capture = case.folder / "x.pcap"
        octets = capture.read_bytes()
        capture.write_bytes(octets[:-40])
        case.says(1, r"exit\n\s+expected\s+1\n\s+got\s+3", r"cut off")
        capture.write_bytes(octets[:24])
        case.says(1, r"negotiations.length\n\s+expected\s+1\n\s+got\s+0")
        capture.write_bytes(b"nothing of the kind")
        case.says(1, r"x.pcap", r"expected\s+1\n\s+got\s+3")
        capture.unlink()
        case.says(1, r"FAILED\s+\S+/x.expect.json\n\s+capture\n\s+expected\s+a capture beside the expectation")
        capture.write_bytes(octets)
        (case.folder / "y.pcapng").write_bytes(octets)
        case.says(0, r"no expectation \S+/y.pcapng", r"1 as expected, 0 failed, 1 without an expectation")
        # the whole name goes before the stem; a second capture of that stem has none
        (case.folder / "x.cap").write_bytes(octets)
        case.says(0, r"no expectation \S+/x.cap", r"2 without an expectation")
        shutil.copy(case.expectation, case.folder / "x.cap.expect.json")
        case.says(0, r"2 as expected, 0 failed, 1 without")
    done = run("check", "/no/such/folder")
    count.check(done.returncode == 3 and b"/no/such/folder" in done.stderr, f"missing path: {done.stderr}")
    with tempfile.TemporaryDirectory() as folder:
        done = run("check", folder)
        count.check(done.returncode == 1 and b"no capture" in done.stderr, f"empty folder: {done.stderr}")


def check_paths(count):
    """Files by name; folders below folders; a folder with an expectation is one timeline."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        place(folder)
        for path in ("x.pcap", "x.expect.json"):
            done = run("check", folder / path)
            count.check(done.returncode == 0 and b"1 as expected" in done.stdout, f"{path}: {done.stdout}")
        (folder / "site/rotated").mkdir(parents=True)
        (folder / "site/.git").mkdir()
        place(folder / "site/.git")
        place(folder / "site", HEALTHY)
        for number in range(2):
            shutil.copy(HEALTHY.with_suffix(".pcap"), folder / f"site/rotated/{number}.pcap")
        done = run("check", folder)
        count.check(b"2 as expected, 0 failed, 2 without" in done.stdout, f"deep: {done.stdout}")
        (folder / "site/rotated.expect.json").write_text(json.dumps({
            "schema": "ikescope.expectation/1", "assert": {"captures.length": 2, "negotiations.length": 1}}))
        done = run("check", folder)
        count.check(done.stdout == b"3 as expected, 0 failed\n", f"timeline: {done.stdout}")
        done = run("check", folder / "site/rotated")
        count.check(done.stdout == b"1 as expected, 0 failed\n", f"the timeline alone: {done.stdout}")


def check_reports(count):
    """TAP and JUnit say the same, in one order however many run at a time."""
    with tempfile.TemporaryDirectory() as name:
        case = Case(count, name)
        for number in range(12):
            place(case.folder, HEALTHY, f"a{number:02}")
        edited(case.expectation, exit=0)
        edited(place(case.folder, name="k#1"), exit=0, known={"exit": "a reason"})
        shutil.copy(case.folder / "x.pcap", case.folder / "z<&\">.pcap")
        tap = [run("check", "--format", "tap", "-j", jobs, case.folder) for jobs in (1, 7)]
        count.check(tap[0].stdout == tap[1].stdout and tap[0].returncode == 1, "the order depends on -j")
        lines = tap[0].stdout.decode().splitlines()
        count.check(lines[:2] == ["TAP version 13", "1..15"], f"TAP begins with {lines[:2]}")
        results = [line for line in lines if re.match(r"(not )?ok \d+ - ", line)]
        count.check([re.search(r"\d+", line)[0] for line in results] == [str(n + 1) for n in range(15)],
                    f"TAP: {results}")
        count.check(all(line.startswith("ok ") for line in results[:12]), f"TAP: {results}")
        count.check(results[12].startswith("not ok 13 - ") and results[12].endswith("/k\\#1.pcap # TODO a reason"),
                    results[12])
        count.check(results[13].startswith("not ok 14 - "), results[13])
        count.check('    - assertion: "exit"' in lines, f"TAP: {lines}")
        count.check(results[14].endswith(" # SKIP no expectation"), results[14])
        junit = run("check", "--format", "junit", case.folder)
        suite = xml.etree.ElementTree.fromstring(junit.stdout).find("testsuite")
        count.check([suite.get(key) for key in ("tests", "failures", "skipped")] == ["15", "1", "2"],
                    f"JUnit: {suite.attrib}")
        cases = suite.findall("testcase")
        count.check([c.get("name") for c in cases][12:] == ["k#1.pcap", "x.pcap", "z<&\">.pcap"],
                    f"JUnit: {[c.get('name') for c in cases]}")
        count.check(cases[13].find("failure").get("message") == "exit", "JUnit: no failure")
        count.check("expected: 0" in cases[13].find("failure").text, "JUnit: no text")
        count.check(cases[12].find("skipped").get("message") == "a reason", "JUnit: no reason")


def check_update(count):
    with tempfile.TemporaryDirectory() as name:
        case = Case(count, name)
        shutil.copy(HEALTHY.with_suffix(".pcap"), case.folder / "new.pcap")
        text = case.says(0, r"written\s+\S+/new.pcap", arguments=["--update"])
        count.check("1 expectations written" in text, text)
        made = json.loads((case.folder / "new.expect.json").read_text())
        count.check(made["assert"]["negotiations[0].outcome"] == "established" and made["findings"] == {},
                    f"made: {made}")
        case.says(0, r"^2 as expected, 0 failed\n$")
        # what was chosen stays chosen, values are new
        edited(case.expectation, **{"assert": {"negotiations[0].outcome": "stalled"}, "findings": None, "exit": 0,
                                    "options": ["--ike-port", "501"]})
        case.says(0, r"written\s+\S+/x.pcap", arguments=["--update"])
        made = json.loads(case.expectation.read_text())
        count.check(made["assert"] == {"negotiations[0].outcome": "failed"} and made["exit"] == 1 and
                    "findings" not in made and made["options"] == ["--ike-port", "501"], f"updated: {made}")
        count.check(sorted(p.name for p in case.folder.iterdir()) ==
                    ["new.expect.json", "new.pcap", "x.expect.json", "x.pcap"], "something was left behind")


def check_crash(count):
    """A process that is killed fails its capture, not the others: here it waits for a pipe."""
    with tempfile.TemporaryDirectory() as name:
        case = Case(count, name)
        os.mkfifo(case.folder / "p.pcap")
        shutil.copy(case.expectation, case.folder / "p.expect.json")
        with subprocess.Popen([program(), "check", "-j2", case.folder], stdout=subprocess.PIPE) as process:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
            waiting, deadline = [], time.monotonic() + 60
            while len(waiting) != 1 and time.monotonic() < deadline:
                time.sleep(0.2)
                waiting = children.read_text().split()
            os.kill(int(waiting[0]), signal.SIGKILL)
            text = process.communicate()[0].decode()
        count.check(process.returncode == 1 and re.search(r"FAILED\s+\S+/p.pcap\n.*signal 9", text, re.S) and
                    "1 as expected, 1 failed" in text, f"killed: {text}")


def check_rule(count):
    """The program with one rule broken: the check names the sample and what it lost."""
    library = BUILD / "libikescope.a"
    symbols = subprocess.run(["nm", library], capture_output=True, text=True, check=False).stdout
    if not library.exists() or "__asan_init" in symbols or "__llvm_profile" in symbols:
        return
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libpcap", "libarchive", "libsodium", "libcrypto",
                            "jansson"], capture_output=True, text=True, check=True).stdout.split()
    with tempfile.TemporaryDirectory() as name:
        rules = pathlib.Path(name) / "rules_auth.c"
        text = (SOURCE / "src/diag/rules_auth.c").read_text()
        rules.write_text(text.replace('.slug = "auth-failed-v2"', '.slug = "eap-failure"'))
        broken = pathlib.Path(name) / "ikescope"
        subprocess.run([os.environ.get("CC", "cc"), "-D_GNU_SOURCE", f"-I{SOURCE}/include", f"-I{SOURCE}/src", rules,
                        SOURCE / "src/cli/main.c", BUILD / "libikescope_program.a", library, *flags, "-o", broken],
                       check=True)
        done = subprocess.run([broken, "check", SAMPLE.parent], capture_output=True, text=True, check=False)
    pattern = r"FAILED\s+\S+/v2-psk-mismatch.pcap\n\s+negotiations\[0\]\S*\n\s+expected.*auth-failed-v2.*\n\s+got.*eap-failure"
    count.check(done.returncode == 1 and re.search(pattern, done.stdout), f"broken rule: {done.stdout[:2000]}")


def main():
    count = Count("check")
    check_samples(count)
    check_expectations(count)
    check_captures(count)
    check_paths(count)
    check_reports(count)
    check_update(count)
    check_crash(count)
    check_rule(count)
    count.finish()


if __name__ == "__main__":
    main()
