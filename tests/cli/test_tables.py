#!/usr/bin/env python3
"""The commands that print tables: explain, rules, names, fsm.

SPDX-License-Identifier: Apache-2.0
"""

import json
import re
import shutil
import subprocess

from program import SOURCE, Count, run

# Arguments, status, what standard output or error must say.
CASES = [
    (["explain", "MM_WAIT_MSG5"], 0, r"^MM_WAIT_MSG5: This ASA is the responder(.|\n)*psk-mismatch-mm"),
    (["explain", "no offers accepted"], 0, r'^"no offers accepted!": None(.|\n)*crypto isakmp policy'),
    (["explain", "no", "offers", "accepted"], 0, r'^"no offers accepted!"'),
    (["explain", "AUTHENTICATION_FAILED"], 0, r"^AUTHENTICATION_FAILED, error notify 24 of IKEv2(.|\n)*IKEv1"),
    (["explain", "v1", "14"], 0, r"^NO-PROPOSAL-CHOSEN"),
    (["explain", "psk-mismatch-mm"], 0, r"^psk-mismatch-mm: the pre-shared keys differ"),
    (["explain", "mismatch of preshared secrets"], 0, r"libreswan, IKEv1, as responder"),
    (["explain", "--color=always", "QM_IDLE"], 0, r"\x1b\[1mQM_IDLE:?\x1b"),
    (["explain", "nothing of the kind"], 1, r"nothing is known of 'nothing of the kind'$"),
    (["explain", "MM_WAIT_MGS5"], 1, r"did you mean 'MM_WAIT_MSG5'\?$"),
    (["explain", "\x1b[31m"], 1, r"nothing is known of '\\x1b\[31m'"),
    (["explain"], 2, r"nothing was named: ikescope explain TERM"),
    (["explain", "--format", "json", "x"], 2, r"--format: explain prints text, not 'json'"),
    (["explain", "--peer", "192.0.2.1", "x"], 2, r"explain has no option --peer"),
    (["explian", "x"], 2, r"did you mean 'explain'"),
    (["rules", "peer-silent"], 0, r"^peer-silent: the peer is silent\n(.|\n)*Rule \d+: failure"),
    (["rules", "art-drop"], 0, r"^art-drop: the capture lost packets\n"),
    (["rules", "peer-silen"], 2, r"there is no slug 'peer-silen'; did you mean 'peer-silent'\?$"),
    (["rules", "--format", "json", "peer-silen"], 2, r"there is no slug 'peer-silen'; did you mean 'peer-silent'\?$"),
    (["rules", "--format", "dot"], 2, r"--format: rules prints text\|json, not 'dot'"),
    (["names"], 0, r"^ikev2/notify-error +\d+ names$"),
    (["names", "ikev2/notify-error"], 0, r"^  14 +NO_PROPOSAL_CHOSEN \(RFC 7296\)$"),
    (["names", "ikev2/notify-eror"], 2, r"there is no registry .*; did you mean 'ikev2/notify-error'\?$"),
    (["names", "ikev2/encr", "ikev2/prf"], 2, r"names does not take 'ikev2/prf'"),
    (["fsm"], 0, r"^1\. MM1: IKEv1"),
    (["fsm", "--format", "dot"], 0, r"^digraph ikescope \{"),
    (["fsm", "MM1"], 2, r"fsm does not take 'MM1'"),
    (["explain", "--help"], 0, r"^Usage: ikescope explain \[OPTION\.\.\.\] TERM\.\.\.$"),
    (["fsm", "--help"], 0, r"^Usage: ikescope fsm \[OPTION\.\.\.\]$"),
]


def check_cases(count):
    for arguments, status, said in CASES:
        result = run(*arguments)
        output, error = result.stdout.decode(), result.stderr.decode()
        count.check(result.returncode == status, f"{arguments}: status {result.returncode}, not {status}")
        text = error if status else output
        count.check(re.search(said, text, re.MULTILINE) is not None,
                    f"{arguments}: {output[:300]!r} {error!r} does not say {said!r}")
        count.check((output == "") == (status != 0), f"{arguments}: standard output {output[:80]!r}")
        count.check(error == "" if status == 0 else error.count("\n") == 1, f"{arguments}: {error!r}")


def check_width(count):
    for arguments in (["rules"], ["names"], ["names", "ikev2/notify-status"], ["fsm"], ["explain", "CONNECTING"],
                      ["explain", "peer-silent"], ["explain", "ike"], ["--help"], ["explain", "--help"]):
        lines = run(*arguments).stdout.decode().splitlines()
        widest = max(lines, key=len)
        count.check(len(widest) <= 80, f"{arguments}: {len(widest)} columns: {widest}")


def check_json_of(count, *asked):
    """Only what belongs to the slugs that were asked for, and nothing less."""
    some = json.loads(run("rules", "--format", "json", *asked).stdout)
    told = {entry["slug"] for part in ("slugs", "not_told") for entry in some[part]}
    count.check(told == set(asked), f"rules {asked}: {told}")
    count.check({rule["slug"] for rule in some["rules"]} <= set(asked), f"rules {asked}: other rules")
    sets = {rule["remedies"] for rule in some["rules"]} - {"none"}
    count.check({entry["name"] for entry in some["remedies"]} == sets, f"rules {asked}: remedies other than {sets}")
    count.check(some["facts"] != [], f"rules {asked}: no facts")


def check_json(count):
    tables = json.loads(run("rules", "--format", "json").stdout)
    count.check(tables["schema"] == "ikescope.rules/1", "schema of the rules")
    slugs = {entry["slug"] for entry in tables["slugs"]}
    named = {rule["slug"] for rule in tables["rules"]}
    named |= {c["slug"] for rule in tables["rules"] for c in rule["candidates"]}
    count.check(named <= slugs, f"slugs without a title: {named - slugs}")
    check_json_of(count, "psk-missing", "esp-zero")
    check_json_of(count, tables["not_told"][0]["slug"])
    for slug in sorted(slugs):
        count.check(run("explain", slug).returncode == 0, f"explain {slug}")


def check_graph(count):
    graph = run("fsm", "--format", "dot").stdout
    if shutil.which("dot") is None:
        print("no Graphviz here: the graph is not drawn")
        return
    drawn = subprocess.run(["dot", "-Tsvg"], input=graph, capture_output=True, check=False)
    count.check(drawn.returncode == 0 and drawn.stderr == b"", f"dot: {drawn.stderr!r}")
    count.check(b"MM5 sent" in drawn.stdout, "dot drew no state")


def check_generated(count):
    """src/diag/boxes_tables.c is what the CSV files say."""
    result = subprocess.run([SOURCE / "tools/boxes/generate", "--check"], capture_output=True, check=False)
    count.check(result.returncode == 0, f"tools/boxes/generate --check: {result.stderr.decode()}")


def main():
    count = Count("tables")
    check_cases(count)
    check_width(count)
    check_json(count)
    check_graph(count)
    check_generated(count)
    count.finish()


if __name__ == "__main__":
    main()
