"""The folder of a backup: files written once, each named by what it holds, and the runs that list them.

    log/000000000001-000000010000-5f3a9c….ndjson.gz     a segment: one event a line
    registry/tokens-91c07b….ndjson.gz                   a part of a table: one row a line
    runs/000017-2026-11-30T050000Z-77aa01….json         what one backup is made of; written last

Each name ends in the first sixteen digits of the file's SHA-256. What a backup that was cut off leaves behind is in
no run: it harms nothing, and the next backup clears it away.
"""

import fcntl
import gzip
import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

FORMAT: Final = "ishc-backup/1"
DIGITS: Final = 16
_BATCH: Final = 1 << 16


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Frozen):
    """A file of a run, named from the backup's folder."""

    file: str
    sha256: str


class Segment(File):
    """Events from one position to another; `hash` is the chain's at the last. Of `redacted` ones words are gone."""

    first: int
    last: int
    hash: str
    redacted: list[int]


class Kept(_Frozen):
    """What is kept of a service's database: its version of the tables, and their rows."""

    version: str
    tables: dict[str, list[File]]


class Run(_Frozen):
    """One backup: the log up to a position, and the tables as they were when it began."""

    format: Literal["ishc-backup/1"] = FORMAT
    programme: str
    made_at: str
    epoch: int
    position: int
    hash: str
    duplicate: int
    log: list[Segment]
    databases: dict[str, Kept]

    def files(self) -> Iterator[File]:
        """Every file it needs."""
        yield from self.log
        for kept in self.databases.values():
            for parts in kept.tables.values():
                yield from parts


class Damaged(Exception):
    """A file of the backup is missing, or is not what was written."""


class InUse(Exception):
    """Another backup, or a redaction, works on the folder."""


class NoBackup(Exception):
    """There is no such run in the folder."""


class Folder:
    """Reads and writes a backup's files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Work on the folder while nobody else does; make it if need be. Raises `InUse`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InUse from None
            yield

    def runs(self) -> dict[str, Run]:
        """Every run by its name, in the order of their numbers. Raises `Damaged`."""
        return {path.name: self._run(path) for path in sorted((self.path / "runs").glob("*.json"))}

    def newest(self) -> Run | None:
        return next(reversed(self.runs().values()), None)

    def chosen(self, name: str | None) -> Run:
        """The run of this number or name, or the newest. Raises `NoBackup`, `Damaged`."""
        wanted = f"{int(name):06}-" if name and name.isdecimal() else name or ""
        found = [run for known, run in self.runs().items() if known.startswith(wanted)]
        if not found:
            raise NoBackup
        return found[-1]

    def write(self, stem: str, lines: Iterable[bytes]) -> File:
        """Write a file of lines and name it; nothing is written twice."""
        part = self._part()
        with part.open("xb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            for line in lines:
                packed.write(line + b"\n")
        return self._name(part, stem, ".ndjson.gz")

    def write_run(self, run: Run) -> str:
        """Write down what a backup is made of: from now on it is one. Returns its name."""
        part = self._part()
        part.write_text(run.model_dump_json(indent=1) + "\n", encoding="utf-8")
        # Numbered, because clocks go wrong.
        number = max((int(path.name[:6]) for path in (self.path / "runs").glob("[0-9]*.json")), default=0) + 1
        moment = run.made_at[:19].replace(":", "")
        named = self._name(part, f"runs/{number:06}-{moment}Z", ".json")
        return Path(named.file).name

    def lines(self, file: File) -> Iterator[bytes]:
        """The lines of a file, once it is proved. Raises `Damaged`."""
        self.prove(file)
        yield from self.lines_as_they_are(file)

    def lines_as_they_are(self, file: File) -> Iterator[bytes]:
        """The lines of a file, as far as they can be read. Raises `Damaged`."""
        try:
            with gzip.open(self.path / file.file) as packed:
                for line in packed:
                    yield line.rstrip(b"\n")
        except (OSError, EOFError, zlib.error) as error:
            raise Damaged(file.file) from error

    def prove(self, file: File) -> None:
        """Raises `Damaged` unless the file is what was written."""
        if _digest(self.path / file.file) != file.sha256:
            raise Damaged(file.file)

    def tidy(self, keep: int) -> None:
        """Forget all runs but the newest, and every file that none of those needs."""
        runs = self.runs()
        for name in list(runs)[:-keep]:
            (self.path / "runs" / name).unlink()
            del runs[name]
        needed = {file.file for run in runs.values() for file in run.files()}
        for path in [*self.path.glob(".part-*"), *self.path.glob("*/*.ndjson.gz")]:
            if str(path.relative_to(self.path)) not in needed:
                path.unlink()

    def forget(self, name: str) -> None:
        """Take one run out of the folder; its files stay until the next `tidy`."""
        (self.path / "runs" / name).unlink()

    def _run(self, path: Path) -> Run:
        name = str(path.relative_to(self.path))
        if _digest(path)[:DIGITS] != path.stem.rpartition("-")[2]:
            raise Damaged(name)
        try:
            return Run.model_validate_json(path.read_bytes())
        except ValueError as error:
            raise Damaged(name) from error

    def _part(self) -> Path:
        return self.path / f".part-{uuid4()}"

    def _name(self, part: Path, stem: str, suffix: str) -> File:
        """Give what was written its name, once it is on disk."""
        with part.open("rb") as written:
            os.fsync(written.fileno())
        digest = _digest(part)
        name = f"{stem}-{digest[:DIGITS]}{suffix}"
        path = self.path / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part.chmod(0o600)
        part.replace(path)
        for folder in (path.parent, self.path):
            _flush(folder)
        return File(file=name, sha256=digest)


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Damaged(path.name) from error


def _flush(folder: Path) -> None:
    """A name is on disk only once its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
