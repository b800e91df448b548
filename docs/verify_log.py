#!/usr/bin/env python3
"""Kiểm tra sổ ghi ISHC, không cần hệ thống / verify a log of ISHC Records without the system that wrote it.

    python3 verify_log.py FOLDER                   a backup: every file, every event of its newest run
    python3 verify_log.py FILE.ndjson[.gz]         a segment of a backup, or the change feed as NDJSON
    python3 verify_log.py … --receipt 240-7ZK2-M0QX     and whether a receipt fits

One file, Python 3.9 or newer, its standard library, nothing of the project. What it proves, by SHA-256:

    chainhash(n) = SHA-256(chainhash(n-1) + envelope)           chainhash(0) is 64 zeros
    contentseal  = SHA-256(salt + content)                      it stands in the envelope
    content      = {"data", "subject", "type", "version"}       all as RFC 8785 canonical JSON

A redacted event has no salt: a later event of type report.redacted names its position and the SHA-256 of the
content that remains. The change feed shows no salts, so of a feed the chain is proved and the seals are not.
The exit status is 0 if all is whole, 1 if not, 2 if there is nothing to read.
"""

import argparse
import gzip
import hashlib
import json
import re
import sys
import zlib
from pathlib import Path

ZERO = "0" * 64
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as receipts are written.


class Fault(Exception):
    """Where something is wrong, and what."""


def canonical(value):
    """RFC 8785. A log holds text, whole numbers, booleans, null, lists, and objects with ASCII names: no floats."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest()


def receipt(position, chainhash):
    """Position and the first forty bits of the chain there."""
    bits = int(chainhash[:10], 16)
    code = "".join(BASE32[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{position}-{code[:4]}-{code[4:]}"


def as_written(text):
    """A receipt as people write it."""
    position, _, code = text.strip().upper().translate(str.maketrans("ILO", "110")).partition("-")
    code = re.sub(r"[\s.–-]", "", code)
    return f"{position}-{code[:4]}-{code[4:]}"


class Chain:
    """Goes from event to event; raises Fault at the first that is not what was recorded."""

    def __init__(self, receipts, position=0, chainhash=ZERO):
        self.position, self.chainhash = position, chainhash
        self.recorded_at, self.sealed = "", True
        self.receipts = receipts  # By position: those that are asked about.
        self.unproved = {}  # Redacted events by position: what remains, until a later event says so.

    def follow(self, line):
        try:
            told = json.loads(line)
            feed = "envelope" not in told
            envelope = told if feed else told["envelope"]
            data, chainhash = told.pop("data"), told.pop("chainhash")
            if feed:
                for added in ("redacted", "standing"):
                    told.pop(added, None)
            elif told["position"] != envelope["position"]:
                raise ValueError("position")
            self._follow(envelope, data, chainhash, None if feed else (told["salt"], told["contenthash"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Fault(
                f"{self.position + 1}: không đọc được / unreadable ({type(error).__name__})"
            ) from None

    def _follow(self, envelope, data, chainhash, secrets):
        expected, position = self.position + 1, envelope["position"]
        if position != expected:
            raise Fault(f"{expected}: thiếu, thừa hoặc sai thứ tự / missing, doubled or out of order")
        if self.chainhash is not None and sha256(self.chainhash.encode(), canonical(envelope)) != chainhash:
            raise Fault(f"{expected}: phần đầu hoặc mã băm bị sửa / envelope or hash changed")
        if envelope["recordedtime"] < self.recorded_at:
            raise Fault(f"{expected}: thời gian đi lùi / recorded before the one before it")
        content = canonical(
            {
                "data": data,
                "subject": envelope["subject"],
                "type": envelope["type"],
                "version": int((envelope.get("dataschema") or "/1").rpartition("/")[2]),
            }
        )
        if secrets is None:
            self.sealed = False
        else:
            self._unseal(expected, envelope, content, *secrets)
        if envelope["type"] == "report.redacted" and self.unproved.get(data["position"]) == data["remains"]:
            del self.unproved[data["position"]]
        self.position, self.chainhash, self.recorded_at = position, chainhash, envelope["recordedtime"]
        if position in self.receipts and self.receipts[position] != receipt(position, chainhash):
            raise Fault(f"{self.receipts[position]}: biên nhận không khớp / the receipt does not fit")

    def _unseal(self, position, envelope, content, salt, contenthash):
        if sha256(content) != contenthash:
            raise Fault(f"{position}: nội dung bị sửa / content changed")
        if salt == "":
            self.unproved[position] = contenthash
        elif sha256(salt.encode(), content) != envelope["contentseal"]:
            raise Fault(f"{position}: nội dung bị sửa / content changed")

    def finish(self):
        for position in sorted(self.unproved):
            raise Fault(f"{position}: bị xóa mà không có biên bản / redacted, and no event says so")


def digest(path):
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                found.update(block)
    except OSError as error:
        raise Fault(f"{path.name}: không đọc được / unreadable ({error.strerror})") from None
    return found.hexdigest()


def lines(path):
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # noqa: SIM115 (closed below)
    with opened as file:
        for line in file:
            if line.strip():
                yield line


def walk(chain, path):
    try:
        for line in lines(path):
            chain.follow(line)
    except (OSError, EOFError, zlib.error) as error:
        raise Fault(
            f"{chain.position + 1} ({path.name}): tệp hỏng từ đây / the file is damaged from here "
            f"({type(error).__name__})"
        ) from None


def verify_folder(folder, receipts):
    """Every run names its files; every file's name and every run's list tell what it must hold."""
    paths = sorted((folder / "runs").glob("*.json"))
    if not paths:
        raise FileNotFoundError(folder / "runs")
    runs = []
    for path in paths:
        if digest(path)[:16] != path.stem.rpartition("-")[2]:
            raise Fault(f"runs/{path.name}: bị sửa / changed")
        runs.append(json.loads(path.read_bytes()))
    chain, newest, proved = Chain(receipts), runs[-1], set()
    for segment in newest["log"]:
        path = folder / segment["file"]
        if digest(path) != segment["sha256"]:
            walk(chain, path)  # Names the position, if more than the packing was changed.
            raise Fault(f"{segment['file']}: bị sửa / changed")
        walk(chain, path)
        if (chain.position, chain.chainhash) != (segment["last"], segment["hash"]):
            raise Fault(f"{chain.position + 1} ({segment['file']}): thiếu / missing")
        proved.add(segment["file"])
    if (chain.position, chain.chainhash) != (newest["position"], newest["hash"]):
        raise Fault(f"{chain.position + 1}: thiếu / missing")
    chain.finish()
    for run in runs:
        tables = [parts for kept in run["databases"].values() for parts in kept["tables"].values()]
        for file in [*run["log"], *(file for parts in tables for file in parts)]:
            if file["file"] not in proved and digest(folder / file["file"]) != file["sha256"]:
                raise Fault(f"{file['file']}: bị sửa / changed")
            proved.add(file["file"])
    return chain


def verify_file(path, receipts):
    """A part of the log begins where it begins: its first event's own hash is taken as given."""
    first = next(lines(path), None)
    if first is None:
        raise FileNotFoundError(path)
    try:
        told = json.loads(first)
        position = told.get("envelope", told)["position"]
        chain = Chain(receipts) if position == 1 else Chain(receipts, position - 1, None)
    except (ValueError, KeyError, TypeError, AttributeError):
        chain = Chain(receipts)
    walk(chain, path)
    return chain


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--receipt", action="append", default=[], help="240-7ZK2-M0QX")
    asked = parser.parse_args()
    try:
        receipts = {int(text.partition("-")[0]): text for text in map(as_written, asked.receipt)}
        verify = verify_folder if asked.path.is_dir() else verify_file
        chain = verify(asked.path, receipts)
        for position, text in receipts.items():
            if position > chain.position:
                raise Fault(f"{text}: sổ chưa đến vị trí này / the log ends before it")
            print(f"{text}: khớp / fits")
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(f"không đọc được / cannot be read: {error}", file=sys.stderr)
        return 2
    what = "" if chain.sealed else " (chỉ chuỗi băm, không có muối / the chain only, a feed shows no salts)"
    print(f"Nguyên vẹn đến vị trí {chain.position} / whole up to that position{what}")
    print(f"{chain.chainhash}\n{receipt(chain.position, chain.chainhash or ZERO)}")
    for position in sorted(chain.unproved):
        print(f"{position}: đã xóa chữ, biên bản ở phần sau / redacted, the record is further on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
