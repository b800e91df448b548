"""An old copy of the notifier's database put back under the running system: the mailbox stays empty, news is told."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import select

from services.notifier.tables import entries
from shared.database import migrate
from tests.boards import TUYEN_QUANG, boards
from tests.builders import club_founded, meeting_held, training_held, training_planned
from tests.servers import PostgreSQL, Valkey
from tests.station import Mailbox, Station


class Copy(Protocol):
    def put_back(self) -> None: ...


class OldFile:
    """The database's file in place of the newer one; the workers are started anew and open it."""

    def __init__(self, station: Station, folder: Path) -> None:
        self._station, self._copy = station, folder / "old.sqlite"
        self._database = station.settings.data_dir / "notifier.sqlite"
        with closing(sqlite3.connect(self._database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self._database, self._copy)

    def put_back(self) -> None:
        for end in ("-wal", "-shm"):
            Path(f"{self._database}{end}").unlink(missing_ok=True)
        beside = self._database.with_suffix(".new")
        shutil.copy(self._copy, beside)
        beside.replace(self._database)
        self._station.notifier_parts.database.dispose()


class OldPages:
    """The pages of an old copy written into the database by SQLite itself, while others have it open."""

    def __init__(self, station: Station, folder: Path) -> None:
        self._database, self._copy = station.settings.data_dir / "notifier.sqlite", folder / "old.sqlite"
        self._copied(self._database, self._copy)

    def put_back(self) -> None:
        self._copied(self._copy, self._database)

    def _copied(self, from_: Path, to: Path) -> None:
        with closing(sqlite3.connect(from_)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)


class OldDump:
    """A dump by `pg_dump`, read in by `psql` while others are connected."""

    def __init__(self, station: Station, folder: Path, server: PostgreSQL) -> None:
        self._url = station.settings.notifier_database.replace("+psycopg", "")
        self._server, self._dump = server, folder / "old.sql"
        self._server.run("pg_dump", "--clean", "--if-exists", f"--file={self._dump}", self._url)

    def put_back(self) -> None:
        self._server.run("psql", "--quiet", "--set=ON_ERROR_STOP=1", f"--file={self._dump}", self._url)


@pytest.fixture(params=[OldFile, OldPages, OldDump], ids=["file", "pages", "dump"])
def copied(request: pytest.FixtureRequest) -> Callable[[Station, Path], Copy]:
    if request.param is OldDump:
        return partial(OldDump, server=request.getfixturevalue("postgresql"))
    return request.param


@pytest.fixture
def station(
    copied: Callable[[Station, Path], Copy],
    tmp_path: Path,
    valkey: Valkey,
    programme: str,
    mailbox: Mailbox,
) -> Iterator[Station]:
    settings = {}
    if isinstance(copied, partial):
        settings["notifier_database_url"] = copied.keywords["server"].database()
        migrate(settings["notifier_database_url"], "notifier")
    made = Station(tmp_path, valkey.url, programme, smtp_port=mailbox.port, **settings)
    made.get("registry/v1/tally")
    boards(made)
    yield made
    made.stop()


def clock_shows(station: Station, local: str) -> None:
    station.now = datetime.fromisoformat(local + "+07:00").astimezone(UTC)
    for _ in range(2):
        station.wake()


def test_an_old_copy_mails_nobody_what_was_told_and_tells_what_is_new(
    station: Station, mailbox: Mailbox, tmp_path: Path, copied: Callable[[Station, Path], Copy]
):
    """The copy has a letter on its way and a digest that waits; the life that is lost told these and more."""
    station.post([club_founded(on="2026-06-20"), meeting_held(on="2026-06-28"), training_held()])
    station.wake()
    copy = copied(station, tmp_path)
    clock_shows(station, "2026-07-01T08:00:00")
    station.post([club_founded("clb-hai", on="2026-06-25", name="CLB Hai"), training_planned("lop-2")])
    clock_shows(station, "2026-07-02T08:00:00")
    clock_shows(station, "2026-09-15T08:00:00")  # The clubs fell silent; the board and the nation heard.
    told = len(mailbox.taken)
    assert told >= 4
    mailbox.taken.clear()

    copy.put_back()
    for day in range(15, 25):
        clock_shows(station, f"2026-09-{day}T20:00:00")
    assert mailbox.taken == []
    with station.notifier_parts.database.connect() as connection:
        held = set(connection.scalars(select(entries.c.held).where(entries.c.letter.is_(None))))
    assert "restored" in held

    station.post(club_founded("clb-ba", on="2026-09-20", name="CLB Ba"))
    clock_shows(station, "2026-09-25T10:00:00")
    assert [one["Subject"] for one in mailbox.taken] == ["Câu lạc bộ mới thành lập: CLB Ba"]
    assert {one["To"] for one in mailbox.taken} == {f"{TUYEN_QUANG}@ishc.test"}
