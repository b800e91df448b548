"""Exports: sheets that a worker writes to a file while their askers look in now and then.

What is asked is pinned to a position, so an export that died half-way is made anew and is the same. The row says who
works on it: each try has a number, and whoever was overtaken by a later try writes nothing more.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from services.reporting.sheets.sheet import Cell, Sheet
from services.reporting.tables import metadata
from shared.clock import Clock
from shared.database import UtcMoment, reads
from shared.problems import NotFound, TooManyExports

MOST: Final = 100  # Kept at a time: their files must fit on a small disk.
KEPT: Final = timedelta(days=1)
SILENT: Final = timedelta(seconds=30)  # A worker not heard of for so long is dead.
MOST_TRIES: Final = 3
BEAT_ROWS: Final = 500

exports = Table(
    "exports",
    metadata,
    Column("id", String(43), primary_key=True),
    Column("sheet", String(20), nullable=False),
    Column("format", String(4), nullable=False),
    Column("asked", JSON, nullable=False),
    Column("lang", String(2), nullable=False),
    Column("permalink", Text, nullable=False),
    Column("reader", String(64)),
    Column("least", Integer, nullable=False, server_default="0"),
    Column("state", String(8), nullable=False),
    Column("made_at", UtcMoment, nullable=False),
    Column("beat_at", UtcMoment, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("rows", Integer),
    Index("exports_by_state", "state", "made_at"),
)


class Overtaken(Exception):
    """Another worker took the export over: this one was believed dead."""


@dataclass(frozen=True, slots=True)
class Export:
    """One export. `state` is waiting, working, ready or failed; `reader` the name of the token that asked, who is not
    told apart fewer people than `least`."""

    id: str
    sheet: str
    format: str
    asked: dict[str, Any]
    lang: str
    permalink: str
    reader: str | None
    least: int
    state: str
    made_at: datetime
    beat_at: datetime
    tries: int
    done: int
    rows: int | None


class Exports:
    """The book of exports, and the folder of their files."""

    def __init__(self, database: Engine, folder: Path, clock: Clock) -> None:
        self._database, self._folder, self._clock = database, folder, clock

    def add(self, **facts: Any) -> str:
        """Write an export down to be made; returns its id. Raises `TooManyExports`."""
        now, id = self._clock(), secrets.token_urlsafe(32)
        with self._database.begin() as transaction:
            if (transaction.scalar(select(func.count()).select_from(exports)) or 0) >= MOST:
                raise TooManyExports
            new = {"id": id, "state": "waiting", "made_at": now, "beat_at": now, "tries": 0, "done": 0}
            transaction.execute(insert(exports).values(**new, **facts))
        return id

    def find(self, id: str, reader: str | None) -> Export:
        """The export, for whoever asked for it. Raises `NotFound` for all others."""
        with reads(self._database).connect() as connection:
            row = connection.execute(select(exports).where(exports.c.id == id)).first()
        if row is None or row.reader != reader:
            raise NotFound
        return Export(**row._mapping)

    def claim(self) -> Export | None:
        """The next export to be made, now this worker's: one that waits, or one whose worker fell silent."""
        now = self._clock()
        silent = (exports.c.state == "working") & (exports.c.beat_at < now - SILENT)
        to_do = select(exports).where((exports.c.state == "waiting") | silent).order_by(exports.c.made_at)
        with self._database.begin() as transaction:
            while (row := transaction.execute(to_do.limit(1)).first()) is not None:
                state = "working" if row.tries < MOST_TRIES else "failed"
                taken = {"state": state, "beat_at": now, "tries": row.tries + 1, "done": 0}
                same = (exports.c.id == row.id, exports.c.tries == row.tries)
                claimed = transaction.execute(update(exports).where(*same).values(taken)).rowcount == 1
                if claimed and state == "working":
                    return Export(**dict(row._mapping) | taken)
        return None

    def counted(self, export: Export, sheet: Sheet) -> Iterator[Sequence[Cell]]:
        """The rows of its sheet, telling how far the work is as they pass. Raises `Overtaken`."""
        self._note(export, beat_at=self._clock(), rows=sheet.count)
        done = 0
        for done, row in enumerate(sheet.rows, start=1):
            if done % BEAT_ROWS == 0:
                self._note(export, beat_at=self._clock(), done=done)
            yield row
        self._note(export, beat_at=self._clock(), done=done, rows=done)

    def finish(self, export: Export) -> None:
        """The file is there, whole. Raises `Overtaken`."""
        self._note(export, state="ready")

    def fail(self, export: Export) -> None:
        """It cannot be made, however often it is tried."""
        self._note(export, state="failed")

    def path(self, export: Export) -> Path:
        """Where the file is, once it is ready."""
        return self._folder / f"{export.id}.{export.format}"

    def unfinished(self, export: Export) -> Path:
        """Where this try writes. What an earlier one left is removed."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in self._folder.glob(f"{export.id}.*.part"):
            left.unlink(missing_ok=True)
        return self._folder / f"{export.id}.{export.tries}.part"

    def forget(self) -> None:
        """Forget them all: they may hold words that were taken out of the log. Who wants one asks again."""
        with self._database.begin() as transaction:
            transaction.execute(delete(exports))
        self.tidy()

    def tidy(self) -> None:
        """Forget what is older than a day, and remove every file that belongs to no export."""
        with self._database.begin() as transaction:
            transaction.execute(delete(exports).where(exports.c.made_at < self._clock() - KEPT))
            kept = set(transaction.scalars(select(exports.c.id)))
        for file in self._folder.glob("*"):
            if file.name.partition(".")[0] not in kept:
                file.unlink(missing_ok=True)

    def _note(self, export: Export, **facts: Any) -> None:
        mine = (exports.c.id == export.id, exports.c.tries == export.tries, exports.c.state == "working")
        with self._database.begin() as transaction:
            if transaction.execute(update(exports).where(*mine).values(facts)).rowcount != 1:
                raise Overtaken
