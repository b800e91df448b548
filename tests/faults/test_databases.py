"""SQLite held by another writer, PostgreSQL restarted in mid-transaction."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import OperationalError

import shared.archive
from services.registry.parts import assemble
from services.registry.verdicts import Pending, Sent, Verdict
from shared.database import BUSY_SECONDS
from tests.faults.field import some_clubs
from tests.faults.ground import Ground, Rounds
from tests.given import OPERATOR
from tests.servers import PostgreSQL


@contextmanager
def somebody_writes(ground: Ground, database: str) -> Iterator[None]:
    """A person at the SQLite shell, or a worker that stands still, holds the one right to write."""
    path = ground.station.settings.data_dir / f"{database}.sqlite"
    held = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        held.execute("ROLLBACK")
        held.close()


def test_what_is_only_for_watching_does_not_wait_for_a_busy_database(ground: Ground):
    parts = assemble(ground.station.settings, ground.station.clock)
    parts.hearing.hear(Pending(Sent(b"{}"), OPERATOR, ground.station.now), Verdict.UNREADABLE, None)

    with somebody_writes(ground, "registry"):
        began = time.monotonic()
        with pytest.raises(OperationalError):
            parts.hearing.write_down()  # In the recorder's thread, where reports wait behind it.

    assert time.monotonic() - began < BUSY_SECONDS / 2
    parts.hearing.write_down()


def test_reports_are_recorded_while_the_database_is_busy(ground: Ground, rounds: Rounds):
    for round in rounds.of("SQLite: busy while reports come in", ground):
        [[*club]] = some_clubs(round.name, 1)
        founding = next(one for one in club if one["type"] == "club.founded")
        meeting = next(one for one in club if one["type"] == "meeting.held")
        with somebody_writes(ground, "registry"):
            ground.field.send(lambda: ground.station.registry, [founding, meeting])
        ground.field.send(lambda: ground.station.registry, club)


class Strike:
    """Does something once, when so many more statements were begun anywhere in this process."""

    def __init__(self, does: Callable[[], None]) -> None:
        self.does, self.left = does, 0

    def __enter__(self) -> "Strike":
        event.listen(Engine, "before_cursor_execute", self)
        self._copy = shared.archive.Archive.copy
        shared.archive.Archive.copy = staticmethod(self._copying)
        return self

    def __exit__(self, *_: object) -> None:
        self.left = 0  # What listens is not taken away: others may be in the middle of being heard.
        shared.archive.Archive.copy = staticmethod(self._copy)

    def __call__(self, *_: Any) -> None:
        self.left -= 1
        if self.left == 0:
            self.does()

    def _copying(self, *given: Any) -> None:
        """COPY is no statement that SQLAlchemy sees."""
        self()
        self._copy(*given)


@pytest.mark.parametrize("how", ["end_connections", "restart"])
def test_a_transaction_that_postgresql_cuts_off_is_done_again(
    on_postgresql: Ground, postgresql: PostgreSQL, rounds: Rounds, caplog: pytest.LogCaptureFixture, how: str
):
    station = on_postgresql.station
    name = {"end_connections": "pg_terminate_backend", "restart": "restarted"}[how]
    with Strike(getattr(postgresql, how)) as strike:
        for round in rounds.of(f"PostgreSQL: {name} in mid-transaction", on_postgresql):
            strike.left = round.chance.randrange(1, 70)
            on_postgresql.field.send(lambda: station.registry, *some_clubs(round.name))
            on_postgresql.follow()
            strike.left = 0
    assert [record for record in caplog.records if record.levelname == "CRITICAL"] == []
