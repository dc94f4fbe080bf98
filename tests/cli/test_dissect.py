#!/usr/bin/env python3
"""The dissection of all samples: width, characters, offsets, octets; some trees word by word; the
filters; marks of copies and fragments; hostile octets.

With IKESCOPE_UPDATE in the environment the expected trees are written anew.

SPDX-License-Identifier: Apache-2.0
"""

import json
import os
import re
import struct
import tempfile

from program import Count, SOURCE, captures, run

EXPECTED = SOURCE / "tests" / "cli" / "dissect"
V1 = "pcaps/auth/v1-psk-mismatch-main.pcap"
V2 = "pcaps/healthy/v2-psk.pcap"

# Name of the expected tree, sample, further arguments.
TREES = [
    ("v1-main", V1, ["--frame=-6"]),
    ("v1-main-hex", V1, ["--hex", "--frame=1-3"]),
    ("v2-init", V2, ["--exchange", "IKE_SA_INIT"]),
    ("v2-init-hex", V2, ["--hex", "--exchange", "34"]),
    ("v2-encrypted", V2, ["--exchange", "IKE_AUTH", "--relative"]),
    ("malformed", "pcaps/artefacts/art-malformed-synthetic.pcap", ["--frame", "1"]),
]

ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
SGR = re.compile(rb"\x1b\[[0-9;]*m")


def dissect(*arguments, **options):
    return run("dissect", "--utc", *arguments, env=ENVIRONMENT, cwd=SOURCE, **options)


def document(*arguments, **options):
    return json.loads(dissect("--format", "json", *arguments, **options).stdout)


def frames(*arguments):
    return [m["frame"] for m in document(*arguments)["messages"]]


# ---- every sample ---------------------------------------------------------------------------


def check_fields(fields, first, end):
    """What is wrong with fields that must lie between first and end, in order."""
    at = first
    for field in fields:
        begin, stop = field["offset"], field["offset"] + field["length"]
        if not first <= begin <= stop <= end:
            yield f"{field['field']} at {begin} to {stop}, not within {first} to {end}"
        if begin < at:
            yield f"{field['field']} at {begin}, before {at}"
        at = begin
        yield from check_fields(field.get("fields", []), begin, max(stop, begin))


def check_message(count, name, message):
    where = f"{name}: frame {message['frame']}"
    # What runs past the end of the message is an anomaly: only then may a field do so, too.
    end = message["captured"] if not message["anomalies"] else 1 << 17
    wrong = list(check_fields(message["fields"], 0, end))
    count.check(wrong == [], f"{where}: {wrong[:2]}")
    types = [field["value"] for field in message["fields"][1:] if field["field"] != "encrypted payloads"]
    count.check(types[:255] == message["payload_types"], f"{where}: payload types")
    inner = (message["reassembled"] or {}).get("message")
    if inner:
        wrong = list(check_fields(inner["fields"], 0, inner["length"]))
        count.check(wrong == [], f"{where}, reassembled: {wrong[:2]}")


def octets_of(text):
    """How many octets stand beside the fields of each message."""
    for part in re.split(rb"\n(?=Frame )", text)[1:]:
        rows = re.findall(rb"^[0-9a-f]{4,}  ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: |$)", part, re.MULTILINE)
        yield sum(len(row.split()) for row in rows)


def length_of(message):
    """Octets of a message that there are, by its header where that can be believed."""
    length = message["fields"][0]["fields"][-1]["value"] if message["fields"] else 0
    return min(message["captured"], length) if length >= 28 else message["captured"]


def check_sample(count, path, guesses):
    text = dissect("--hex", path)
    count.check(text.returncode in (0, 3), f"{path}: status {text.returncode} {text.stderr!r}")
    plain = dissect(path).stdout
    for output in (text.stdout, plain):
        long = [line for line in output.decode().splitlines() if len(line) > 80]
        count.check(long == [], f"{path}: {long[:1]}")
        count.check(re.fullmatch(rb"[\n -~]*", output) is not None, f"{path}: characters beyond ASCII")
    result = dissect("--format", "json", path)
    count.check(result.stdout == dissect("--format", "json", path).stdout, f"{path}: not the same twice")
    messages = json.loads(result.stdout)["messages"]
    for message in messages:
        check_message(count, path, message)
    check_guesses(count, path, messages, guesses)
    if "healthy" in str(path):
        told = [(m["frame"], a["code"]) for m in messages for a in m["anomalies"]]
        count.check(told == [], f"{path}: daemons that agree are said to break rules: {told}")
    shown = list(octets_of(text.stdout))
    have = [length_of(m) for m in messages]
    joined = [((m["reassembled"] or {}).get("message") or {"length": 0})["length"] for m in messages]
    count.check(shown == [a + b for a, b in zip(have, joined)], f"{path}: octets {shown}, not {have} {joined}")
    diagnosed = json.loads(run("sessions", "--format", "json", "--nat-search", "off", path).stdout)
    found = sum(c["ike_messages"] for c in diagnosed["captures"])
    count.check(sum(not m["datagram_incomplete"] for m in messages) == found,
                f"{path}: {len(messages)} messages, of sessions {found}")


def daemons_of(path):
    """The daemons that made a sample by their side, in lower case; none where it was built."""
    for stem in (path.stem, path.stem.rsplit(".", 1)[0]):
        provenance = path.with_name(stem + ".provenance.json")
        if provenance.exists():
            daemons = json.loads(provenance.read_text()).get("daemons") or {}
            return {side: (name or "").lower() for side, name in daemons.items() if not (name or "").startswith("built")}
    return {}


def check_guesses(count, path, messages, seen):
    """A guess at a real daemon is right; the initiator of a scenario is who sends first."""
    daemons = daemons_of(path)
    for m in messages if daemons else []:
        first = messages[0]["source"]["address"] == m["source"]["address"]
        side = "initiator" if first else "responder"
        for guess in m["guesses"]:
            names = [name.lower() for name in guess["implementations"]]
            count.check(any(daemons.get(side, "").startswith(name) for name in names),
                        f"{path}: frame {m['frame']}: {guess}, not {daemons}")
            seen[guess["by"]] = seen.get(guess["by"], 0) + 1


# ---- single views ---------------------------------------------------------------------------


def check_trees(count):
    for name, sample, arguments in TREES:
        count.same(dissect(*arguments, sample).stdout, EXPECTED / f"{name}.txt", sample)
    for arguments in ([V2], ["--hex", V2]):
        coloured = dissect("--color=always", *arguments).stdout
        count.check(b"\x1b[" in coloured and SGR.sub(b"", coloured) == dissect(*arguments).stdout,
                    f"{arguments}: colour changes the text")


def leaf(fields, *names):
    """The field that a path of names leads to."""
    for name in names:
        field = next(f for f in fields if f["field"] == name)
        fields = field.get("fields", [])
    return field


def check_values(count):
    first, _, auth = document(V2)["messages"][:3]
    count.check((first["exchange"], first["exchange_name"], first["response"]) == (34, "IKE_SA_INIT", False), "exchange")
    count.check(first["payload_types"] == [33, 34, 40, 41, 41, 41, 41, 41], f"chain {first['payload_types']}")
    transform = leaf(first["fields"], "SA", "proposal", "transform", "transform id")
    count.check((transform["value"], transform["name"]) == (12, "ENCR_AES_CBC"), f"{transform}")
    count.check(leaf(first["fields"], "SA", "proposal", "transform", "attribute", "value")["value"] == 128, "key length")
    count.check(leaf(first["fields"], "KE", "public value")["length"] == 256, "KE")
    count.check(leaf(first["fields"], "NONCE", "nonce")["length"] == 32, "nonce")
    count.check(leaf(first["fields"], "N", "type")["name"] == "NAT_DETECTION_SOURCE_IP", "notify")
    count.check([f["field"] for f in auth["fields"][1]["fields"][-3:]] == ["IV", "ciphertext", "ICV"], "IV and ICV")
    count.check(auth["encrypted"] and auth["first_encrypted"] == 35, "the first encrypted payload")


# ---- filters --------------------------------------------------------------------------------


def check_filters(count):
    everything = frames(V1)
    count.check(frames("--frame", "2-4", V1) == [2, 3, 4], "--frame A-B")
    count.check(frames("--frame", "2", V1) == [2], "--frame A")
    count.check(frames("--frame", "3-", V1) == [f for f in everything if f >= 3], "--frame A-")
    count.check(frames("--frame=-3", V1) == [1, 2, 3], "--frame -B")
    count.check(frames("--peer", "198.51.100.20", V1) == everything, "--peer")
    count.check(frames("--peer", "198.51.100.21", V1) == [], "--peer of someone else")
    for name in ("Identity Protection", "identity-protection", "Main", "2"):
        got = document("--exchange", name, V1)["messages"]
        count.check({m["exchange"] for m in got} == {2} and len(got) > 4, f"--exchange {name}")
    both = document("--exchange", "main", "--exchange", "Informational", V1)["messages"]
    count.check({m["exchange"] for m in both} == {2, 5}, "--exchange twice")
    for name in ("NAT-D", "nat_d", "20"):
        count.check(frames("--payload", name, V1) == [3, 4], f"--payload {name}: {frames('--payload', name, V1)}")
    idi = document("--payload", "IDi", V2)["messages"]
    count.check([m["first_encrypted"] for m in idi] == [35], "--payload of the encrypted part")
    page = dissect("--frame", "2", V1).stdout
    count.check(re.search(rb"^IKE messages: \d+, shown: 1$", page, re.MULTILINE) is not None, "how many there are")


def check_negotiation(count):
    sample = "pcaps/liveness/v2-flap-dpd.pcap"
    listed = json.loads(run("sessions", "--format", "json", sample, cwd=SOURCE).stdout)["negotiations"]
    seen = []
    for negotiation in listed:
        got = document("--negotiation", negotiation["id"], sample)["messages"]
        count.check({m["initiator_spi"] for m in got} == {negotiation["initiator_spi"]},
                    f"--negotiation {negotiation['id']}: SPIs")
        count.check({m["negotiation"] for m in got} == {negotiation["id"]}, "the number of the negotiation")
        seen += [m["frame"] for m in got]
    count.check(len(listed) > 1 and sorted(seen) == frames(sample), "each message is of one negotiation")
    count.check(b", negotiation #2" in dissect("--negotiation", "2", sample).stdout, "the number in the heading")
    none = dissect("--negotiation", "99", sample)
    count.check(none.returncode == 0 and b"There is no negotiation #99 here." in none.stdout, "no such negotiation")
    with open(SOURCE / sample, "rb") as f:
        piped = dissect("--negotiation", "1", "-", stdin=f)
    count.check(piped.returncode == 2 and b"reads captures twice, which '-' cannot be" in piped.stderr, f"{piped.stderr!r}")
    live = dissect("--negotiation", "1", "-i", "lo")
    count.check(live.returncode == 2 and b"'lo' cannot be" in live.stderr, f"{live.stderr!r}")
    with open(SOURCE / V2, "rb") as f:
        piped = document("-", stdin=f)
    count.check([m["negotiation"] for m in piped["messages"]] == [None] * 6, "standard input")


# ---- marks ----------------------------------------------------------------------------------


def check_copies(count):
    messages = document(V1)["messages"]
    again = {m["frame"]: m["retransmission_of"] for m in messages if m["retransmission_of"]}
    count.check({7: {"capture": 1, "frame": 5}}.items() <= again.items(), f"retransmissions: {again}")
    count.check(b"  Retransmission of frame 5: the same octets.\n" in dissect("--frame", "7", V1).stdout, "the line")
    span = document("pcaps/healthy/v2-psk-span.pcap")["messages"]
    pairs = {m["frame"]: m["mirror_of"]["frame"] for m in span if m["mirror_of"]}
    count.check(pairs.get(2) == 1 and len(pairs) == len(span) / 2, f"mirror duplicates: {pairs}")
    count.check(not any(m["retransmission_of"] for m in span), "a mirror duplicate is no retransmission")


def check_fragments(count):
    skf = [p for p in captures() if "frag" in p.name and "v2-" in p.name]
    whole = 0
    for path in skf:
        messages = document(path)["messages"]
        for m in messages:
            joined = m["reassembled"]
            if not joined:
                continue
            whole += 1
            count.check(joined["message"] is None and m["frame"] in joined["frames"], f"{path}: {joined}")
            for frame in joined["frames"]:
                one = next(x for x in messages if x["frame"] == frame)
                count.check(one["fragment"]["reassembled_in"] == {"capture": m["capture"], "frame": m["frame"]},
                            f"{path}: frame {frame}: {one['fragment']}")
    count.check(whole > 0, "no sample has a message in SKF fragments")
    v1 = 0
    for path in [p for p in captures() if "v1-" in p.name]:
        for m in document(path)["messages"]:
            inner = (m["reassembled"] or {}).get("message")
            if inner:
                v1 += 1
                count.check(inner["initiator_spi"] == m["initiator_spi"] and inner["ike_version"] == 1, f"{path}")
    count.check(v1 > 0, "no sample has a message in IKEv1 fragments")


# ---- hostile octets -------------------------------------------------------------------------


def hostile(name, trailer=b""):
    """An aggressive mode with an identity of these octets."""
    ident = struct.pack(">BBHBBH", 0, 0, 8 + len(name), 2, 17, 500) + name
    isakmp = bytes.fromhex("0123456789abcdef0000000000000000") + struct.pack(
        ">BBBBII", 5, 0x10, 4, 0, 0, 28 + len(ident)) + ident + trailer
    udp = struct.pack(">HHHH", 500, 500, 8 + len(isakmp), 0) + isakmp
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0,
                       bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1])) + udp


def check_hostile(count, folder):
    name = b'"\\\x1b]0;x\x07\r\n\x9b\xc2\x9b\xe2\x80\xae<' + "\u00e9".encode() * 300
    path = os.path.join(folder, 'odd"name\x1b.pcap')
    packet = hostile(name)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        f.write(struct.pack("<IIII", 1769850863, 0, len(packet), len(packet)) + packet)
    text = dissect(path)
    count.check(text.returncode == 0 and re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80\xae", text.stdout) is None,
                "octets of the wire reach the terminal")
    result = dissect("--format", "json", path)
    count.check(re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", result.stdout) is None, "octets of the wire reach JSON")
    got = leaf(json.loads(result.stdout)["messages"][0]["fields"], "ID", "FQDN")["value"]
    want = '"\\\\\\x1b]0;x\\x07\\x0d\\x0a\\x9b\\xc2\\x9b\\xe2\\x80\\xae<' + "\u00e9" * 300
    count.check(got == want, f"a name: {got!r}")


# ---- anomalies ------------------------------------------------------------------------------


def check_anomalies(count):
    """The documented table is that of the program."""
    text = (SOURCE / "docs" / "anomalies.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*) \| (.*) \| (.*) \|$", text, re.MULTILINE)
    table = (SOURCE / "src" / "ike" / "anomaly.c").read_text()
    codes = re.findall(r'\] *= \{ "([a-z-]+)",', table)
    count.check([row[0] for row in rows] == [code for code in codes if code != "none"], "the codes of docs/anomalies.md")
    for row in rows:
        said = run("explain", row[0], env=ENVIRONMENT).stdout.decode()
        said = " ".join(said.split())
        count.check(all(part in said for part in row), f"docs/anomalies.md: {row[0]} is explained as {said}")


# ---- threads ---------------------------------------------------------------------------------


def check_processors(count):
    """One processor, or all of them: the same octets."""
    first = min(os.sched_getaffinity(0))
    arguments = ["--format", "json", "pcaps/phase1", "pcaps/liveness"]
    many = dissect(*arguments).stdout
    one = dissect(*arguments, preexec_fn=lambda: os.sched_setaffinity(0, {first})).stdout
    count.check(len(many) > 1000000 and many == one, "dissect depends on the number of processors")


def main():
    count = Count("dissect")
    check_processors(count)
    check_anomalies(count)
    check_trees(count)
    check_values(count)
    check_filters(count)
    check_negotiation(count)
    check_copies(count)
    check_fragments(count)
    with tempfile.TemporaryDirectory() as folder:
        check_hostile(count, folder)
    guesses = {}
    for path in captures():
        check_sample(count, path, guesses)
    count.check(guesses.get("vendor-ids", 0) >= 10 and guesses.get("order", 0) >= 900
                and guesses.get("repetitions", 0) >= 20, f"guesses: {guesses}")
    count.finish()


if __name__ == "__main__":
    main()
