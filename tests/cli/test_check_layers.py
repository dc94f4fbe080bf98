"""tools/check_layers must fail: each fault below, put into a small house of its own, is found.

SPDX-License-Identifier: Apache-2.0
"""
import os
import pathlib
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["IKESCOPE_SOURCE"])
CC = os.environ.get("CC", "cc")
HEAD = "/* SPDX-License-Identifier: Apache-2.0 */\n"

# File, content, a piece of the complaint (None: there must be none).
FAULTS = [
    ("src/net/good.c", '#include "base/x.h"\n#include <string.h>\n#include <ikescope/a.h>\n', None),
    ("src/net/good.c", "int n(struct s *s);\nint n(struct s *s)\n{\n\treturn s->write(s);\n}\n", None),
    ("src/net/good.c", "/* printf(1) */ const char *s = \"fopen(2)\";\n", None),
    ("src/cli/good.c", "#include <net/if.h>\n", None),
    ("include/ikescope/a.h", '#include "types.h"\n', "types.h wants <ikescope/types.h>"),
    ("src/net/up.c", '#include "ike/message.h"\n', "net must not include ike/message.h"),
    ("src/base/up.c", '#include "iana/iana.h"\n', "base must not include iana/iana.h"),
    ("src/session/up.c", '#include "../diag/diag.h"\n', "must not include ../diag/diag.h"),
    ("src/diag/up.c", '#include "output/output.h"\n', "diag must not include output/output.h"),
    ("src/cli/up.c", '#include "session/session.h"\n', "cli must not include session/session.h"),
    ("include/ikescope/a.h", '#include "base/x.h"\n', "a public header must not include base/x.h"),
    ("src/ike/io.c", 'void f(void)\n{\n\tprintf("x");\n}\n', "printf() has no place"),
    ("src/ike/io.c", "long f(void)\n{\n\treturn time(0);\n}\n", "time() has no place"),
    ("src/ike/io.c", "void f(void)\n{\n\tpthread_exit(0);\n}\n", "pthread_exit() has no place"),
    ("src/cli/io.c", 'void f(void)\n{\n\tprintf("x");\n}\n', None),
    ("src/cli/copy.c", "void f(char *a)\n{\n\tstrcpy(a, a);\n}\n", "strcpy() is banned"),
    ("src/new/x.c", "\n", "src/new is no layer"),
    ("src/net/long.c", "\n" * 600, "601 lines"),
    ("src/net/long.c", "void f(void)\n{\n" + "\n" * 101 + "}\n", "a function of 101 lines"),
    ("src/net/table.c", "static const int t[] = {\n" + "\t1,\n" * 200 + "};\n", None),
]

# Content of one file of the library, a piece of the complaint about its symbols.
SYMBOLS = [
    ("int f(int n);\nint f(int n)\n{\n\tstatic int calls;\n\treturn calls += n;\n}\n", "mutable"),
    ("int counter = 3;\n", "counter is a mutable global"),
    ("extern int x;\nint *const table[] = { &x };\n", None),
    ('#include <stdio.h>\nvoid f(void);\nvoid f(void)\n{\n\tfputs("x", 0);\n}\n', "uses fput"),
]


def check(root, *options):
    done = subprocess.run([sys.executable, SOURCE / "tools/check_layers", *options, root],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def judge(what, expected, result):
    status, output = result
    good = status == 0 if expected is None else status == 1 and expected in output
    if not good:
        print(f"{what}: expected {expected!r}, got status {status}:\n{output}")
    return good


def main():
    good = True
    for name, content, expected in FAULTS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True)
            path.write_text(HEAD + content)
            good &= judge(f"{name} {content[:60]!r}", expected, check(folder))
    for content, expected in SYMBOLS:
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "src/net/x.c")
            path.parent.mkdir(parents=True)
            path.write_text(HEAD)
            unit, library = path.parent / "unit.c", path.parent / "lib.a"
            unit.write_text(content)
            subprocess.run([CC, "-fPIC", "-c", unit, "-o", path.parent / "unit.o"], check=True)
            subprocess.run(["ar", "rc", library, path.parent / "unit.o"], check=True)
            unit.unlink()
            good &= judge(f"symbols {content[:60]!r}", expected, check(folder, "--library", library))
    return 0 if good else 1


sys.exit(main())
