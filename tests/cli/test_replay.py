#!/usr/bin/env python3
"""The replay: some word by word in the four styles, snapshots, times, the pace, a terminal.

With IKESCOPE_UPDATE in the environment the expected replays are written anew.

SPDX-License-Identifier: Apache-2.0
"""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from program import Count, SOURCE, captures, program, run

EXPECTED = SOURCE / "tests" / "cli" / "replay"
STYLES = ("trace", "ios", "asa", "charon")
PSK = "pcaps/auth/v1-psk-mismatch-main.pcap"
HEALTHY = "pcaps/healthy/v2-psk.pcap"

# Name of the expected replay, sample, further arguments.
REPLAYS = [
    ("v1-healthy-trace", "healthy/v1-main-psk.pcap", []),
    ("v1-psk-mismatch-ios", "auth/v1-psk-mismatch-main.pcap", ["--as", "ios"]),
    ("v1-psk-mismatch-charon", "auth/v1-psk-mismatch-main.pcap", ["--as", "charon"]),
    ("v1-silent-asa", "phase1/v1-peer-silent.pcap", ["--as", "asa"]),
    ("v2-refused-charon", "phase1/v2-no-proposal.pcap", ["--as", "charon"]),
    ("v2-healthy-ios", "healthy/v2-psk.pcap", ["--as", "ios"]),
    ("v2-healthy-charon", "healthy/v2-psk.pcap", ["--as", "charon"]),
    ("v2-nat-asa", "nat/v2-nat-remapped.pcap", ["--as", "asa", "--to", "0.1"]),
    ("v2-fragments-charon", "fragments/v2-frag-response-partial-synthetic.pcap", ["--as", "charon"]),
    ("v2-flapping-trace", "liveness/v2-flap-dpd.pcap", ["--negotiation", "4", "--relative"]),
    ("at-before-ios", "auth/v1-psk-mismatch-main.pcap", ["--as", "ios", "--at", "23:02:59.000"]),
    ("at-during-asa", "auth/v1-psk-mismatch-main.pcap", ["--as", "asa", "--at", "23:03:00.043"]),
    ("at-after-ios", "auth/v1-psk-mismatch-main.pcap", ["--as", "ios", "--at", "2026-11-20T23:04:00Z"]),
    ("at-up-ios", "healthy/v2-psk.pcap", ["--as", "ios", "--at", "0.6", "--relative"]),
    ("at-up-charon", "healthy/v2-psk.pcap", ["--as", "charon", "--at", "0.3", "--relative"]),
]


def replay(path, *arguments, **options):
    return run("replay", "--utc", *arguments, path, cwd=SOURCE, **options)


def check_samples(count):
    """Lines of at most 80 columns of plain characters, the status of diagnose; the styles in turn."""
    for number, path in enumerate(captures()):
        if number % 3 == 1 and "fragments" not in str(path):
            continue
        style = STYLES[number % len(STYLES)]
        done = replay(path, "--as", style)
        text = done.stdout.decode()
        long = [line for line in text.splitlines() if len(line) > 80 and str(path) not in line]
        count.check(long == [], f"{path} {style}: {long[:1]}")
        count.check(re.sub("[\n -~]", "", text) == "", f"{path} {style}: odd characters")
        count.check(done.returncode in (0, 1, 3), f"{path} {style}: status {done.returncode}")
        lists = re.findall(r"\[ENC\] (?:generating|parsed).*?\[ .*? \]", re.sub(r"\n {20,}", " ", text))
        odd = [words for words in lists if words.count("(") != words.count(")")]
        count.check(odd == [], f"{path} {style}: {odd[:1]}")
        label = "Replay of the packets" if style == "trace" else "Reconstructed from packets, no log of these boxes"
        nothing = text.startswith("no IKE negotiation")
        count.check((label in text) != nothing, f"{path} {style}: label {label in text}")


def check_replays(count):
    for name, sample, arguments in REPLAYS:
        count.same(replay(f"pcaps/{sample}", *arguments).stdout, EXPECTED / f"{name}.txt", sample)


def check_usage(count):
    refused = [
        (["--as", "pix"], b"none of trace, ios, asa, charon"),
        (["--speed", "0"], b"neither max nor a number above zero"),
        (["--speed", "fast"], b"neither max nor a number above zero"),
        (["--at", "noon"], b"is no time"),
        (["--from", "25:00"], b"is no time"),
        (["--to", ""], b"is no time"),
        (["--step", "--speed", "2"], b"one of them"),
        (["--at", "1", "--from", "2"], b"one moment"),
        (["--negotiation", "0"], b"no number of a negotiation"),
        (["--format", "json"], b"replay prints text"),
    ]
    for arguments, words in refused:
        done = replay(PSK, *arguments)
        count.check(done.returncode == 2 and words in done.stderr and done.stdout == b"",
                    f"{arguments}: {done.returncode} {done.stderr}")
    done = run("ladder", "--as", "ios", PSK, cwd=SOURCE)
    count.check(done.returncode == 2, "ladder has no --as")
    done = run("replay", "--help")
    for word in (b"--as STYLE", b"--step", b"--speed", b"--at TIME", b"--from TIME", b"and is no log"):
        count.check(word in done.stdout, f"--help without {word}")
    long = [line for line in done.stdout.splitlines()[1:] if len(line) > 80]
    count.check(long == [], f"--help: over 80 columns: {long[:1]}")


def check_parts(count):
    full = replay(PSK, "--relative").stdout.decode()
    late = replay(PSK, "--relative", "--from", "1.0", "--to", "3").stdout.decode()
    count.check("MM1 in frame" in full and "MM1 in frame" not in late, "--from keeps what is before")
    count.check(re.findall(r"MM5 again, (\d)", late) == ["2", "3"], f"--to: {late}")
    count.check("6 messages before; behind them:" in late, "nothing is said of what is before")
    count.check("No message lies in that time." in replay(PSK, "--from", "1000").stdout.decode(), "an empty part")
    count.check("There is no negotiation #9 here." in replay(PSK, "--negotiation", "9").stdout.decode(), "none")
    heads = re.findall(r"^#(\d+) ", replay("pcaps/liveness/v2-flap-dpd.pcap").stdout.decode(), re.MULTILINE)
    count.check(heads == [str(i) for i in range(1, 8)], f"all in the order of time: {heads}")
    many = replay("pcaps/phase1/v2-halfopen-flood.pcap", "--as", "ios").stdout.decode()
    count.check("--negotiation NUMBER plays any." in many and many.count(" IKEv2: ") + many.count(" IKEv1 ") <= 6, "a flood is not folded")
    coloured = replay(PSK, "--color=always").stdout
    count.check(b"\x1b[" in coloured and re.sub(rb"\x1b\[[0-9;]*m", b"", coloured) == replay(PSK).stdout,
                "colour changes the text")


def check_copies(count):
    """A copy that is reacted to arrives as the first did, and each informational arrives as the others do."""
    fault = {"charon": "[ENC] could not decrypt payloads", "ios": "what it complains of is encrypted",
             "asa": "what it complains of is encrypted"}
    for style, words in fault.items():
        text = replay(PSK, "--as", style).stdout.decode()
        lines = re.sub(r"\n {20,}", " ", text).splitlines()
        times = sum(line.startswith(" R ") and words in line for line in lines)
        count.check(times == 4, f"{style}: MM5 came 4 times and was not read {times} times")
        count.check("nothing shows that it" not in text, f"{style}: informationals arrive, or do not, as it pleases")
    silent = replay("pcaps/phase1/v1-peer-silent.pcap", "--as", "charon").stdout.decode()
    count.check("received packet" not in silent, f"what nobody reacts to arrives: {silent}")


def check_end(count):
    """The last states are those of the diagnosis: a copy of an earlier message takes nobody back."""
    for sample in ("auth/v1-responder-id-rejected-libreswan", "phase1/v2-invalid-ke-loop-synthetic"):
        path = f"pcaps/{sample}.pcap"
        shown = json.loads(run("diagnose", "--format", "json", path, cwd=SOURCE).stdout)["negotiations"][0]["shown_as"]["ios"]
        ends = re.findall(r"= initiator: (\S+) \| responder: ([\w()-]+)", replay(path, "--as", "ios").stdout.decode())
        count.check(ends[-1] == (shown["initiator"], shown["responder"]), f"{path}: {ends[-1]}, not {shown}")


def check_attempts(count):
    """An attempt that was given up for another is no longer shown; what is silent is said to be."""
    sample = "pcaps/liveness/v2-flap-dpd.pcap"
    text = replay(sample, "--at", "02:44:55.400").stdout.decode()
    count.check(re.findall(r"^  #(\d) ", text, re.MULTILINE)[:2] == ["1", "3"] and "#2" not in text, f"given up: {text}")
    count.check("#1 is silent since" in text and "#3 is silent since" in text, f"silent: {text}")


def check_pace(count):
    """The 0.6 seconds of the sample, a tenth as long; a signal ends a wait."""
    plain = replay(HEALTHY).stdout
    begun = time.monotonic()
    paced = replay(HEALTHY, "--speed", "2").stdout
    took = time.monotonic() - begun
    count.check(paced == plain, "the pace changes the text")
    count.check(0.3 <= took < 20, f"half of 0.63 seconds: {took}")
    slow = subprocess.Popen([program(), "replay", "--speed", "0.01", HEALTHY], cwd=SOURCE, stdout=subprocess.PIPE)
    os.read(slow.stdout.fileno(), 1)
    time.sleep(0.3)
    slow.send_signal(signal.SIGINT)
    rest = slow.communicate(timeout=20)[0]
    count.check(slow.returncode == 0, f"interrupted: status {slow.returncode}")
    count.check(len(rest) < len(plain), "everything was played although it was interrupted")


# ---- a terminal ---------------------------------------------------------------------------------


def until(master, child, wanted=None, seconds=20):
    """What the terminal shows, up to a text or to the end of the program."""
    seen = b""
    end = time.monotonic() + seconds
    while (wanted is None or wanted not in seen) and time.monotonic() < end:
        over = child.poll() is not None
        if select.select([master], [], [], 0.05)[0]:
            seen += os.read(master, 65536)
        elif over:
            break
    return seen


def in_terminal(arguments, keys, width=80, ending=None):
    """Runs the program under a terminal; returns what is shown for each key, the status, and whether
    the terminal is as it was."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    before = termios.tcgetattr(slave)

    def own():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    child = subprocess.Popen([program(), *arguments], cwd=SOURCE, stdin=slave, stdout=slave, stderr=slave,
                             preexec_fn=own, env=dict(os.environ, TERM="dumb", TZ="UTC"))
    shown = []
    for key in keys:
        shown.append(until(master, child, b"q: end --"))
        os.write(master, key)
    if ending is not None:
        shown.append(until(master, child, b"q: end --"))
        child.send_signal(ending)
    shown.append(until(master, child))
    status = child.wait(timeout=20)
    same = termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
    return shown, status, same


def check_terminal(count):
    step = ["replay", "--utc", "--step", PSK]
    shown, status, same = in_terminal(step, [b" ", b"\x1b[C", b"q"])
    count.check(b"MM1 in frame 1" in shown[0] and b"MM2 in frame" not in shown[0], f"first: {shown[0]}")
    count.check(b"MM2 in frame 2" in shown[1] and b"MM3 in frame" not in shown[1], f"second: {shown[1]}")
    count.check(b"MM3 in frame 3" in shown[2] and b"MM4 in frame" not in shown[2], f"an arrow is one key: {shown[2]}")
    count.check(status == 1 and same, f"q: status {status}, terminal restored: {same}")
    shown, status, same = in_terminal(step, [b" ", b"c"])
    count.check(b"psk-mismatch-mm" in b"".join(shown) and status == 1 and same, f"c: status {status}")
    for name, ending in (("SIGINT", signal.SIGINT), ("SIGTERM", signal.SIGTERM)):
        shown, status, same = in_terminal(step, [b" "], ending=ending)
        count.check(status == 1 and same, f"{name}: status {status}, terminal restored: {same}")
    shown, status, same = in_terminal(step, [b" ", b"\x03"])
    count.check(status == 1 and same, f"Ctrl-C: status {status}, terminal restored: {same}")
    wide, _, _ = in_terminal(["replay", "--utc", "--as", "asa", PSK], [], width=160)
    lines = b"".join(wide).decode().splitlines()
    count.check(100 < max(map(len, lines)) <= 160, f"160 columns: {max(map(len, lines))}")
    count.check(any(line.startswith(" initiator 192.0.2.10") for line in lines), "the side in full where there is room")
    # Without a terminal of its own a program has no /dev/tty.
    lone = subprocess.run([program(), *step], cwd=SOURCE, capture_output=True, stdin=subprocess.DEVNULL,
                          start_new_session=True, check=False, timeout=60)
    count.check(lone.returncode == 2 and b"--step reads keys" in lone.stderr and lone.stdout == b"",
                f"no terminal: {lone.returncode} {lone.stderr}")


def main():
    count = Count("replay")
    check_samples(count)
    check_replays(count)
    check_usage(count)
    check_parts(count)
    check_copies(count)
    check_end(count)
    check_attempts(count)
    check_pace(count)
    check_terminal(count)
    count.finish()


if __name__ == "__main__":
    main()
