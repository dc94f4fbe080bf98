# SPDX-License-Identifier: Apache-2.0
"""The keys in a log of charon, as Wireshark reads them: ikev1_decryption_table, ikev2_decryption_table, esp_sa.

The threads of charon interleave in its log, so each is read for itself. A thread works on one IKE SA at a time,
and names its SPIs when it checks it in: keys that were derived before belong to the SA of that line. What was
negotiated for the keys may have been logged by another thread; then it is found by the number of the IKE SA.
"""

import collections
import re

LINE = re.compile(r"\S+ (\d+)\[(\w+)\] (?:<(?:[^|>]*\|)?(\d+)> )?(.*)")
BLOB = re.compile(r"(.+?) => (\d+) bytes @")
HEX = re.compile(r" +\d+: ((?:[0-9A-F]{2} ){1,16})")
CHECKIN = re.compile(r"checkin IKEv\d SA .* with SPIs (\w{16})_i (\w{16})_r")
SPI = re.compile(r"  SPI 0x(\w+), src (\S+) dst (\S+)")

# strongSwan's names on the left; a key length stands between the two halves of a name
IKE_ENCRYPTION = {
    "AES_CBC": ("AES-CBC-", " [RFC3602]"),
    "AES_CTR": ("AES-CTR-", " [RFC5930]"),
    "AES_GCM_16": ("AES-GCM-", " with 16 octet ICV [RFC5282]"),
    "AES_GCM_12": ("AES-GCM-", " with 12 octet ICV [RFC5282]"),
    "AES_GCM_8": ("AES-GCM-", " with 8 octet ICV [RFC5282]"),
    "AES_CCM_16": ("AES-CCM-", " with 16 octet ICV [RFC5282]"),
    "AES_CCM_12": ("AES-CCM-", " with 12 octet ICV [RFC5282]"),
    "AES_CCM_8": ("AES-CCM-", " with 8 octet ICV [RFC5282]"),
    "3DES_CBC": ("3DES", " [RFC2451]"),
    "NULL": ("NULL", " [RFC2410]"),
}
IKE_INTEGRITY = {
    "HMAC_MD5_96": "HMAC_MD5_96 [RFC2403]",
    "HMAC_SHA1_96": "HMAC_SHA1_96 [RFC2404]",
    "HMAC_SHA2_256_128": "HMAC_SHA2_256_128 [RFC4868]",
    "HMAC_SHA2_384_192": "HMAC_SHA2_384_192 [RFC4868]",
    "HMAC_SHA2_512_256": "HMAC_SHA2_512_256 [RFC4868]",
    # not known to Wireshark: a name with keys and check values of the same length, so that it decrypts
    "AES_XCBC_96": "HMAC_MD5_96 [RFC2403]",
    "AES_CMAC_96": "HMAC_MD5_96 [RFC2403]",
}
# what Wireshark cannot decrypt (AES-CCM, ChaCha20-Poly1305) has no line
ESP_ENCRYPTION = {
    "AES_CBC": "AES-CBC [RFC3602]",
    "AES_CTR": "AES-CTR [RFC3686]",
    "AES_GCM_16": "AES-GCM with 16 octet ICV [RFC4106]",
    "AES_GCM_12": "AES-GCM with 12 octet ICV [RFC4106]",
    "AES_GCM_8": "AES-GCM with 8 octet ICV [RFC4106]",
    "3DES_CBC": "TripleDES-CBC [RFC2451]",
    "NULL": "NULL",
}
ESP_INTEGRITY = {
    "HMAC_MD5_96": "HMAC-MD5-96 [RFC2403]",
    "HMAC_SHA1_96": "HMAC-SHA-1-96 [RFC2404]",
    "HMAC_SHA2_256_128": "HMAC-SHA-256-128 [RFC4868]",
    "HMAC_SHA2_384_192": "HMAC-SHA-384-192 [RFC4868]",
    "HMAC_SHA2_512_256": "HMAC-SHA-512-256 [RFC4868]",
    "AES_XCBC_96": "ANY 96 bit authentication [no checking]",
    "AES_CMAC_96": "ANY 96 bit authentication [no checking]",
    "": "NULL",
}


class Thread:
    def __init__(self):
        self.blobs = {}
        self.filling = None
        self.suite = None
        self.sent = "responder"
        self.algorithms = {}
        self.direction = None


class Keys:
    """Reads the log line by line; the three tables grow."""

    def __init__(self):
        self.v1, self.v2, self.esp = [], [], []
        self.threads = collections.defaultdict(Thread)
        self.suites = {}

    def read(self, text):
        for line in text.splitlines():
            match = LINE.match(line)
            if match:
                self._line(self.threads[match[1]], match[3], match[4])
        return self

    def _line(self, thread, number, words):
        match = HEX.match(words)
        if match and thread.filling:
            thread.blobs[thread.filling] += match[1].replace(" ", "").lower()
            return
        thread.filling = None
        for pattern, found in (
            (BLOB, self._blob),
            (re.compile(r"selected proposal: IKE:(\S+)"), self._suite),
            (CHECKIN, self._checkin),
            (re.compile(r"parsed \w+ (request|response) "), self._parsed),
            (re.compile(r"  using (\S+) for (encryption|integrity)"), self._algorithm),
            (re.compile(r"adding (inbound|outbound) ESP SA"), self._direction),
            (SPI, self._spi),
        ):
            match = pattern.match(words)
            if match:
                found(thread, number, match)

    def _blob(self, thread, number, match):
        thread.filling = match[1]
        thread.blobs[match[1]] = ""
        if match[1] == "Sk_ei secret" and not thread.suite:
            thread.suite = self.suites.get(number)

    def _suite(self, thread, number, match):
        thread.suite = self.suites[number] = match[1]

    def _parsed(self, thread, _number, match):
        # who received a request is the responder of the exchange
        thread.sent = "responder" if match[1] == "request" else "initiator"

    def _algorithm(self, thread, _number, match):
        if match[2] == "encryption":
            thread.algorithms = {}
        thread.algorithms[match[2]] = match[1]

    def _direction(self, thread, _number, match):
        thread.direction = match[1]

    def _checkin(self, thread, _number, match):
        blobs, suite = thread.blobs, thread.suite
        thread.blobs, thread.suite = {}, None
        if "encryption key Ka" in blobs:
            add(self.v1, f"{match[1]},{blobs['encryption key Ka']}")
        if "Sk_ei secret" in blobs and suite:
            encryption, integrity = ike_names(suite, len(blobs["Sk_ei secret"]) // 2)
            fields = [match[1], match[2], blobs["Sk_ei secret"], blobs["Sk_er secret"], f'"{encryption}"']
            fields += [blobs.get("Sk_ai secret", ""), blobs.get("Sk_ar secret", ""), f'"{integrity}"']
            if encryption:
                add(self.v2, ",".join(fields))

    def _spi(self, thread, _number, match):
        other = {"initiator": "responder", "responder": "initiator"}
        owner = thread.sent if thread.direction == "outbound" else other[thread.sent]
        encryption = ESP_ENCRYPTION.get(thread.algorithms.get("encryption"))
        integrity = ESP_INTEGRITY.get(thread.algorithms.get("integrity", ""))
        if not encryption or not integrity or not match[1].strip("0"):
            return
        key = thread.blobs.get(f"encryption {owner} key", "")
        secret = thread.blobs.get(f"integrity {owner} key", "")
        # any addresses: a NAT may have changed them
        family = "IPv6" if ":" in match[2] else "IPv4"
        fields = [family, "*", "*", f"0x{match[1]}", encryption, hexadecimal(key), integrity, hexadecimal(secret)]
        add(self.esp, ",".join(f'"{field}"' for field in fields))


def ike_names(suite, octets):
    """Wireshark's names of what a proposal like AES_CBC_128/HMAC_SHA2_256_128/... selects."""
    encryption = suite.split("/")[0]
    for name, (before, after) in IKE_ENCRYPTION.items():
        if encryption == name or re.fullmatch(rf"{name}_\d+", encryption):
            salt = 0 if "CBC" in name or name == "NULL" else 3 if "CCM" in name else 4
            bits = "" if name in ("3DES_CBC", "NULL") else str((octets - salt) * 8)
            integrity = [IKE_INTEGRITY[word] for word in suite.split("/") if word in IKE_INTEGRITY]
            return f"{before}{bits}{after}", integrity[0] if integrity else "NONE [RFC4306]"
    return "", ""


def hexadecimal(key):
    return f"0x{key}" if key else ""


def add(table, line):
    if line not in table:
        table.append(line)


def write(folder, log):
    """The tables that have any lines, under the names that Wireshark looks for."""
    keys = Keys().read(log)
    tables = {"ikev1_decryption_table": keys.v1, "ikev2_decryption_table": keys.v2, "esp_sa": keys.esp}
    for name, lines in tables.items():
        if lines:
            (folder / name).write_text("".join(f"{line}\n" for line in lines))
