#!/usr/bin/env python3
"""The command line: commands, options, exit status, standard input, pipes, terminals.

SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import pty
import re
import signal
import struct
import subprocess
import tempfile
import time

from program import Count, program, run

# One packet of ISAKMP over UDP over IPv4 over Ethernet, an MM1 without payloads that nobody answers.
ISAKMP = bytes.fromhex("0123456789abcdef 0000000000000000 00 10 02 00 00000000 0000001c")


def packet():
    udp = struct.pack(">HHHH", 500, 500, 8 + len(ISAKMP), 0) + ISAKMP
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                     bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1]))
    return bytes(6) + bytes([2] * 6) + b"\x08\x00" + ip + udp


def pcap(path, packets=1, cut=0):
    """Writes a capture; cut octets are missing at its end."""
    data = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    for i in range(packets):
        one = packet()
        data += struct.pack("<IIII", 1769850863 + i, 441000, len(one), len(one)) + one
    with open(path, "wb") as f:
        f.write(data[:len(data) - cut])
    return path


# Arguments, what standard error must say. CAPTURE stands for a capture that exists.
REFUSED = [
    (["monitor", "x"], r"no command and no capture 'monitor'"),
    (["monitor"], r"no command and no capture 'monitor'"),
    (["dissect"], r"no capture was named"),
    (["dissect", "--format", "tap", "CAPTURE"], r"--format: dissect prints text\|json, not 'tap'"),
    (["dissect", "--exchange", "IKE_AUHT", "CAPTURE"], r"--exchange: 'IKE_AUHT' is no exchange type"),
    (["dissect", "--exchange", "256", "CAPTURE"], r"--exchange: '256' is no exchange type"),
    (["dissect", "--payload", "", "CAPTURE"], r"--payload: '' is no payload type; ikescope names ikev1/payload-types"),
    (["dissect", "--frame", "0", "CAPTURE"], r"--frame: '0' is no range of frames"),
    (["dissect", "--frame", "5-4", "CAPTURE"], r"--frame: '5-4' is no range of frames"),
    (["dissect", "--frame=-", "CAPTURE"], r"--frame: '-' is no range of frames"),
    (["dissect", "--frame", "1-2-3", "CAPTURE"], r"--frame: '1-2-3' is no range of frames"),
    (["dissect", "--negotiation", "0", "CAPTURE"], r"--negotiation: '0' is no number of a negotiation"),
    (["dissect", "--negotiation", "1", "-"], r"reads captures twice, which '-' cannot be"),
    (["dissect", "--nat-search", "off", "CAPTURE"], r"dissect has no option --nat-search"),
    (["dissect", "--ascii", "CAPTURE"], r"dissect has no option --ascii"),
    (["--hex", "CAPTURE"], r"diagnose has no option --hex"),
    (["ladder", "--frame", "1", "CAPTURE"], r"ladder has no option --frame"),
    (["sessions", "--exchange", "34", "CAPTURE"], r"sessions has no option --exchange"),
    (["--payload", "SA", "CAPTURE"], r"diagnose has no option --payload"),
    (["sesions", "CAPTURE"], r"did you mean 'sessions'"),
    (["--formt", "json", "CAPTURE"], r"'--formt'; did you mean '--format'"),
    (["--keys", "x", "CAPTURE"], r"no option '--keys'"),
    (["--format", "xml", "CAPTURE"], r"--format: diagnose prints text\|json, not 'xml'; see ikescope diagnose --help"),
    (["--format", "tap", "diagnose", "CAPTURE"], r"--format: diagnose prints text\|json, not 'tap'"),
    (["fsm", "--format", "xml"], r"--format: fsm prints text\|dot, not 'xml'"),
    (["check", "--format", "xml", "CAPTURE"], r"--format: check prints text\|tap\|junit, not 'xml'"),
    (["--format", "text|json", "CAPTURE"], r"--format: diagnose prints text\|json, not 'text\|json'"),
    (["--format=", "CAPTURE"], r"--format: diagnose prints text\|json, not ''"),
    (["--format", "tap", "CAPTURE"], r"--format: diagnose prints text\|json, not 'tap'"),
    (["check", "--format", "json", "CAPTURE"], r"--format: check prints text\|tap\|junit, not 'json'"),
    (["check", "--peer", "192.0.2.1", "CAPTURE"], r"check has no option --peer"),
    (["check", "--jobs", "0", "CAPTURE"], r"--jobs: '0' is no number from 1 to 1024"),
    (["check"], r"nothing was named: ikescope check PATH"),
    (["ladder"], r"no capture was named"),
    (["ladder", "--format", "json", "CAPTURE"], r"--format: ladder prints text, not 'json'"),
    (["ladder", "--negotiation", "0", "CAPTURE"], r"--negotiation: '0' is no number of a negotiation"),
    (["ladder", "--negotiation", "x", "CAPTURE"], r"--negotiation: 'x' is no number of a negotiation"),
    (["--ascii", "CAPTURE"], r"diagnose has no option --ascii"),
    (["sessions", "--negotiation", "1", "CAPTURE"], r"sessions has no option --negotiation"),
    (["--update", "CAPTURE"], r"diagnose has no option --update"),
    (["--format"], r"--format needs a value"),
    (["--color=blue", "CAPTURE"], r"--color: 'blue' is none of auto, always, never"),
    (["--utc=1", "CAPTURE"], r"--utc takes no value"),
    (["--peer", "router", "CAPTURE"], r"--peer: 'router' is no IPv4 or IPv6 address"),
    (["--ike-port", "0", "CAPTURE"], r"--ike-port: '0' is no port from 1 to 65535"),
    (["--ike-port", "65536", "CAPTURE"], r"--ike-port: '65536'"),
    (["--ike-port", "-1", "CAPTURE"], r"--ike-port: '-1'"),
    (["--nat-search", "public", "CAPTURE"], r"--nat-search: 'public' is none of private, all, off"),
    (["check", "--nat-search", "off", "CAPTURE"], r"check has no option --nat-search"),
    (["--limit", "steps", "CAPTURE"], r"--limit: 'steps' is not NAME=VALUE"),
    (["--limit", "nothing=1", "CAPTURE"], r"no limit 'nothing', but .*strangers"),
    (["--limit", "tunnel_depth=65", "CAPTURE"], r"tunnel_depth goes from 1 to 64"),
    (["--limit", "steps=", "CAPTURE"], r"steps goes from"),
    (["--for", "3", "CAPTURE"], r"--for ends a live capture"),
    (["--for", "nan", "-i", "lo"], r"--for: 'nan'"),
    (["--for", "-1", "-i", "lo"], r"--for: '-1'"),
    (["-i", "lo", "CAPTURE"], r"--interface captures live"),
    (["-x", "CAPTURE"], r"no option '-x'"),
    (["-hV"], r"no option '-hV'"),
    ([], r"no capture was named"),
    (["sessions"], r"no capture was named"),
    (["\x1b[31m"], r"^ikescope: \\x1b\[31m: "),
]


COMMANDS = ["diagnose", "sessions", "ladder", "replay", "dissect", "check", "explain", "rules", "names", "fsm"]


def check_usage(count, capture):
    for arguments, said in REFUSED:
        result = run(*[capture if a == "CAPTURE" else a for a in arguments])
        error = result.stderr.decode()
        status = 3 if arguments == ["\x1b[31m"] else 2
        count.check(result.returncode == status, f"{arguments}: status {result.returncode}, not {status}")
        count.check(re.search(said, error) is not None, f"{arguments}: {error!r} does not say {said!r}")
        count.check(error.startswith("ikescope: ") and error.count("\n") == 1, f"{arguments}: {error!r}")
        count.check(status == 3 or re.search(r"ikescope (diagnose |sessions |ladder |replay |dissect |check |fsm )?--help", error),
                    f"{arguments}: no way to the help")
        count.check(status == 3 or result.stdout == b"", f"{arguments}: standard output {result.stdout[:80]!r}")


def check_help(count):
    whole = run("--help")
    text = whole.stdout.decode()
    count.check(whole.returncode == 0 and whole.stderr == b"", "--help: status")
    for word in ("diagnose", "sessions", "ladder", "replay", "dissect", "check", "--format text|json", "--negotiation NUMBER", "--limit NAME=VALUE", "-i, --interface IFACE",
                 "memory=", "Exit status"):
        count.check(word in text, f"--help: no {word!r}")
    for word in ("monitor", "--keys"):
        count.check(word not in text, f"--help lists {word!r}, which does not exist")
    count.check(max(map(len, text.splitlines())) <= 80, "--help: a line of over 80 columns")
    count.check(run("-h").stdout == whole.stdout, "-h is not --help")
    for command in COMMANDS:
        widest = max(run(command, "--help").stdout.decode().splitlines(), key=len)
        count.check(len(widest) <= 80, f"{command} --help: {len(widest)} columns: {widest}")
    count.check(run("sessions", "--help").stdout.startswith(b"ikescope sessions: "), "sessions --help")
    version = run("--version")
    count.check(re.fullmatch(rb"ikescope \d+\.\d+\.\d+\n", version.stdout) is not None, "--version")
    count.check(run("-V").stdout == version.stdout, "-V is not --version")


def check_inputs(count, folder, capture):
    plain = run("--utc", capture)
    count.check(plain.returncode in (0, 1), f"a capture: status {plain.returncode} {plain.stderr!r}")
    count.check(plain.stdout.startswith(b"1 negotiation"), f"the verdict is first: {plain.stdout[:80]!r}")
    for arguments in (["diagnose", "--utc", capture], ["--utc", "--", capture], ["diagnose", capture, "--utc"],
                      ["--utc", "--color=never", capture], ["--color", "auto", "--utc", capture]):
        count.check(run(*arguments).stdout == plain.stdout, f"{arguments}: another output")
    with open(capture, "rb") as f:
        piped = run("--utc", "--format=json", "-", stdin=f)
    count.check(len(json.loads(piped.stdout)["negotiations"]) == 1, "- does not read standard input")
    missing = run(os.path.join(folder, "missing.pcap"))
    count.check(missing.returncode == 3 and b"missing.pcap" in missing.stderr, "a missing file")
    # Of what could not be read nothing is claimed, not even that there is no IKE in it.
    count.check(missing.stdout == b"no capture could be read\n", f"a missing file says {missing.stdout[:80]!r}")
    nothing = json.loads(run("--format", "json", os.path.join(folder, "missing.pcap")).stdout)
    count.check(nothing["findings"] == [], "a missing file has no findings")
    both = run("--format", "json", capture, os.path.join(folder, "missing.pcap"))
    count.check(both.returncode == 3 and len(json.loads(both.stdout)["negotiations"]) == 1,
                "what can be read is analysed, the status is 3")
    cut = run("--format", "json", pcap(os.path.join(folder, "cut.pcap"), 2, cut=5))
    count.check(cut.returncode == 3 and json.loads(cut.stdout)["captures"][0]["truncated_file"] is True,
                f"a cut file: status {cut.returncode}")
    os.chdir(folder)
    pcap("monitor")
    count.check(run("monitor").returncode == plain.returncode, "a file with the name of a command to be")
    pcap("sessions")
    count.check(run("./sessions").stdout[:13] == b"1 negotiation", "./sessions is a file")
    count.check(run("--", "sessions").stdout[:13] == b"1 negotiation", "-- sessions is a file")
    with_pipe = run("sessions", stdin=subprocess.PIPE)
    count.check(with_pipe.returncode == 2 and b"give '-'" in with_pipe.stderr, "a pipe without -")


def check_output(count, capture):
    command = [program(), "--format", "json", capture]
    normal = run("--format", "json", capture)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        error = process.stderr.read()
        status = process.wait()
    count.check((status, error) == (normal.returncode, b""), f"a closed pipe: {status} {error!r}")
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        count.check(result.returncode == 4 and b"standard output" in result.stderr, "a full disk")
    elsewhere = dict(os.environ, TZ="Asia/Kolkata")
    local = run(capture, env=elsewhere).stdout
    count.check(b"14:44:23" in local and b"+05:30" in local, "local time")
    count.check(b"09:14:23" in run("--utc", capture, env=elsewhere).stdout, "--utc")
    count.check(b"seconds from there" in run("--relative", capture).stdout, "--relative")


def on_terminal(capture, *arguments, **environment):
    """What the program prints on a terminal of 80 columns."""
    pid, fd = pty.fork()
    if pid == 0:
        for name in ("NO_COLOR", "COLUMNS"):
            os.environ.pop(name, None)
        os.environ.update({"TERM": "xterm", **environment})
        os.execv(program(), [program(), *arguments, capture])
    output = b""
    try:
        while part := os.read(fd, 4096):
            output += part
    except OSError:  # the other side is closed
        pass
    os.close(fd)
    os.waitpid(pid, 0)
    return output


def has_terminals():
    """Whether this machine gives out pseudo terminals: a bare chroot may have no /dev/ptmx."""
    try:
        for fd in os.openpty():
            os.close(fd)
    except OSError:
        return False
    return True


def check_colour(count, capture):
    count.check(b"\x1b[" not in run(capture).stdout, "colour in a pipe")
    count.check(b"\x1b[" in run("--color=always", capture).stdout, "no colour although --color=always")
    if not has_terminals():
        print("no pseudo terminals here: what a terminal shows is not tested")
        return
    count.check(b"\x1b[" in on_terminal(capture), "no colour on a terminal")
    count.check(b"\x1b[" not in on_terminal(capture, NO_COLOR="1"), "colour although NO_COLOR is set")
    count.check(b"\x1b[" not in on_terminal(capture, TERM="dumb"), "colour on a dumb terminal")
    count.check(b"\x1b[" not in on_terminal(capture, "--color=never"), "colour although --color=never")
    wide = max(map(len, on_terminal(capture, "--color=never", COLUMNS="60").decode().splitlines()))
    count.check(wide <= 80, f"{wide} columns on a narrow terminal")


def check_spill(count, folder, capture):
    """The temporary file has no name; a folder that takes none is said."""
    small = ["--limit", "memory=65536"]
    result = run(*small, capture, env=dict(os.environ, TMPDIR=folder))
    count.check(result.returncode in (0, 1), f"small memory: {result.returncode} {result.stderr!r}")
    left = [name for name in os.listdir(folder) if name.startswith("ikescope")]
    count.check(left == [], f"left behind: {left}")


def check_live(count):
    """The loopback interface, where this user may capture."""
    live = run("-i", "lo", "--for", "0.3", "--format", "json")
    if live.returncode == 3 and b"ermission" in live.stderr:
        count.check(b"setcap" in live.stderr or b"sudo" in live.stderr, "no way out of permission denied")
        return
    count.check(live.returncode in (0, 1), f"--for: {live.returncode} {live.stderr!r}")
    count.check(json.loads(live.stdout)["captures"][0]["format"] == "live", "--for: not live")
    for number in (signal.SIGINT, signal.SIGTERM):
        with subprocess.Popen([program(), "-i", "lo", "--format", "json"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            time.sleep(0.7)
            process.send_signal(number)
            output, error = process.communicate(timeout=60)
        count.check(process.returncode in (0, 1), f"{number}: {process.returncode} {error!r}")
        count.check(json.loads(output)["schema"] == "ikescope.diagnosis/1", f"{number}: no document")


def main():
    count = Count("command line")
    with tempfile.TemporaryDirectory() as folder:
        capture = pcap(os.path.join(folder, "one.pcap"))
        check_usage(count, capture)
        check_help(count)
        check_inputs(count, folder, capture)
        check_output(count, capture)
        check_colour(count, capture)
        check_spill(count, folder, capture)
        check_live(count)
    count.finish()


if __name__ == "__main__":
    main()
