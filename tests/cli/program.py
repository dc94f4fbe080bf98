"""What the scripts against the program share: where it is, which captures there are, counting.

SPDX-License-Identifier: Apache-2.0
"""

import os
import pathlib
import subprocess
import sys

SOURCE = pathlib.Path(os.environ.get("IKESCOPE_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
SUFFIXES = (".pcap", ".pcapng", ".cap")
PACKED = ("", ".gz", ".zst", ".xz")


def program():
    """The program under test: the first argument or the variable IKESCOPE."""
    path = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("IKESCOPE")
    if not path or not os.access(path, os.X_OK):
        sys.exit(f"usage: {sys.argv[0]} PROGRAM (or the variable IKESCOPE names it)")
    return os.path.abspath(path)


def run(*arguments, **options):
    """Runs the program; standard output and error as bytes."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("timeout", 300)
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, check=False, **options)


def captures():
    """Every sample, and every capture in the folders of IKESCOPE_EXTRA_CAPTURES."""
    extra = os.environ.get("IKESCOPE_EXTRA_CAPTURES", "").split(os.pathsep)
    endings = tuple(suffix + packed for suffix in SUFFIXES for packed in PACKED)
    for folder in [SOURCE / "pcaps", *map(pathlib.Path, filter(None, extra))]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name.endswith(endings):
                yield path


class Count:
    """Counts checks, prints the failed ones, ends with the line that says how many."""

    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0

    def check(self, good, what):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}", flush=True)
        return good

    def same(self, have, path, what):
        """The octets against those of a file, which is written anew with IKESCOPE_UPDATE in the environment."""
        if os.environ.get("IKESCOPE_UPDATE"):
            path.write_bytes(have)
        return self.check(path.read_bytes() == have, f"{what}: not as in {path.name}:\n{have.decode()}")

    def finish(self):
        print(f"{self.name}: {self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
