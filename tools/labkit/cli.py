# SPDX-License-Identifier: Apache-2.0
"""tools/lab: list, table, run, all, random, expect, clean."""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

from . import confusion, daemon, guides, pki, publish, run, scenario, space, table, vary
from .daemons import daemons_of

NEEDED = {
    "pki": "strongswan-pki",
    "nft": "nftables",
    "ip": "iproute2",
    "conntrack": "conntrack",
    "tcpdump": "tcpdump",
    "ethtool": "ethtool",
    "ping": "iputils-ping",
    "cc": "gcc",
}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(
        prog="tools/lab", description="Captures with a known truth, made by real IKE daemons."
    )
    parser.add_argument(
        "--out", type=pathlib.Path, default=ROOT / "pcaps", help="where captures go (default: pcaps)"
    )
    parser.add_argument(
        "--work",
        type=pathlib.Path,
        default=pathlib.Path(tempfile.gettempdir()) / "ikescope-lab",
        help="logs, configurations and keys of the runs",
    )
    parser.add_argument("-j", "--jobs", type=int, default=8, help="scenarios at a time (default: 8)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every scenario and its story")
    commands.add_parser("table", help="write docs/scenarios.md, confusion.md and guides.md: truth and verdict").add_argument(
        "--check", action="store_true", help="write nothing; status 1 where it is stale"
    )
    commands.add_parser("run", help="run the named scenarios").add_argument(
        "names", nargs="+", metavar="NAME"
    )
    commands.add_parser("all", help="run every scenario")
    chance = commands.add_parser("random", help="run scenarios with other parameters, drawn at random: see vary.py")
    chance.add_argument("--seed", type=int, required=True, help="the same one gives the same parameters")
    chance.add_argument("--count", type=int, default=40, help="how many scenarios, drawn too (default: 40)")
    # never over the published captures
    chance.add_argument("--out", type=pathlib.Path, required=True, help="where captures go")
    chance.add_argument("names", nargs="*", metavar="NAME", help="these scenarios instead of drawn ones")
    commands.add_parser("expect", help="write the expectations of all captures anew, without running anything")
    commands.add_parser("clean", help="remove what an interrupted run left")
    return parser.parse_args()


def present(need, libraries):
    """A program, a file with its path, or a shared library by its name."""
    return need in libraries if ".so." in need else bool(shutil.which(need)) or pathlib.Path(need).is_file()


def root_is_mounted():
    """False in a bare chroot, where neither "ip netns exec" nor "unshare -m" works."""
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split()[4] == "/" for line in mounts)


def missing(daemons):
    if os.geteuid() != 0:
        return "the lab makes network namespaces and needs root (sudo tools/lab ...)"
    if not root_is_mounted():
        return "the root directory is no mount point, which namespaces need: mount --bind DIR DIR before chroot DIR"
    needed = dict(NEEDED)
    for item in daemons:
        needed |= item.NEEDED
    libraries = space.command_quietly(["ldconfig", "-p"]).split()
    packages = {package for need, package in needed.items() if not present(need, libraries)}
    return (
        f"missing packages: apt-get install --no-install-recommends {' '.join(sorted(packages))}"
        if packages
        else None
    )


def run_all(scenarios, options):
    """Real ones first, in parallel; derived ones after them. Returns the failed ones."""
    options.work.mkdir(parents=True, exist_ok=True)
    authority = options.work / "pki"
    if any(item.real for item in scenarios):
        if not pki.complete(authority):
            pki.make(authority)
        daemon.build_shim(options.work)
        for item in daemons_of(scenarios):
            item.prepare(options.work)
    failed = []
    for derived in (False, True):
        batch = [item for item in scenarios if item.derived == derived]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            futures = {
                pool.submit(run.run, item, slot, options.work, options.out, authority): item
                for slot, item in enumerate(batch)
            }
            for future in concurrent.futures.as_completed(futures):
                failed += report(futures[future], future, options)
    return failed


def report(item, future, options):
    try:
        files = future.result()
    except space.Cancelled:
        print(f"stopped {item.name}", flush=True)
        return [item.name]
    except Exception as error:  # pylint: disable=broad-except
        print(f"FAILED  {item.name}: {error}\n        see {options.work / item.name}", flush=True)
        return [item.name]
    names = ", ".join(f"{file.name} ({file.stat().st_size} bytes)" for file in files)
    print(f"ok      {item.name}: {names}", flush=True)
    return []


def renew(scenarios, out):
    problems = 0
    for item in scenarios:
        try:
            publish.renew(item, out)
        except space.LabError as error:
            print(f"FAILED  {item.name}: {error}")
            problems = 1
    return problems


def interrupt(_signal, _frame):
    space.CANCEL.set()


def main():
    options = arguments()
    scenarios = scenario.load_all()
    if options.command == "table":
        documents = {"scenarios.md": table.text, "confusion.md": confusion.text, "guides.md": guides.text}
        return max(
            [
                table.write(make(scenarios.values(), options.out), ROOT / "docs" / name, options.check)
                for name, make in documents.items()
            ]
        )
    if options.command == "list":
        for item in scenarios.values():
            print(f"{item.topic}/{item.name}: {item['story']}")
        return 0
    if options.command == "expect":
        return renew(scenarios.values(), options.out)
    names = getattr(options, "names", None) or list(scenarios)
    if options.command == "random" and not options.names:
        names = vary.draw(scenarios, options.seed, options.count)
    unknown = [name for name in names if name not in scenarios]
    if unknown:
        print(f"tools/lab: no scenario {', '.join(unknown)}", file=sys.stderr)
        return 2
    chosen = [] if options.command == "clean" else [scenarios[name] for name in names]
    if options.command == "random":
        chosen = [vary.vary(item, options.seed) for item in chosen]
    daemons = daemons_of(chosen)
    problem = missing(daemons) if not chosen or daemons else None
    if problem:
        print(f"tools/lab: {problem}", file=sys.stderr)
        return 2
    if options.command == "clean":
        if not space.clean(options.work):
            print("tools/lab: another lab is running; nothing of it was touched", file=sys.stderr)
            return 1
        return 0
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    start = time.monotonic()
    failed = run_all(chosen, options)
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed")
    print(f"{time.monotonic() - start:.0f} s", file=sys.stderr)
    return 1 if failed else 0
