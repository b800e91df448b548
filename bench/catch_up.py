"""Followers that catch up with a whole log: `catch_up` with a counting projection, beside the library's.

Both count reports by type and subject, and commit the counts with their position in one transaction, flushed to disk;
ours in batches, the library event by event. Our real reporting follower reads the same log as well: it has no rival.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from eventsourcing.application import Application
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, Text, func, select
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite as sqlite_dialect

from bench.harness import Row, a_log, interleaved, per_second, postgresql, run, scratch, valkey
from bench.library import View, filled_application, postgres_view, seconds_to_project, sqlite_view
from bench.reports import Entries
from services.reporting.projections import ReportingFollower
from services.reporting.tables import heard
from services.reporting.tables import metadata as reporting_metadata
from shared.catch_up import Reading, catch_up
from shared.database import engine
from shared.log import Log
from shared.report import Recorded
from tests.servers import PostgreSQL

metadata = MetaData()
counts = Table(
    "counts",
    metadata,
    Column("type", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("number", Integer, nullable=False),
)


class Counting:
    """Counts reports by type and subject: a batch is folded in memory, then written by one `executemany`."""

    name = "counting"
    reading = Reading(metadata)

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        dialect: Any = sqlite_dialect if engine.dialect.name == "sqlite" else postgresql_dialect
        row = dialect.insert(counts)
        self._upsert = row.on_conflict_do_update(
            index_elements=[counts.c.type, counts.c.subject],
            set_={"number": counts.c.number + row.excluded.number},
        )

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        folded = Counter((event.type, event.subject) for event in events)
        rows = [
            {"type": type, "subject": subject, "number": number}
            for (type, subject), number in sorted(folded.items())
        ]
        transaction.execute(self._upsert, rows)


class Bench:
    """A filled log, the same events in the library, and a fresh database for every run."""

    def __init__(self, log: Log, folder: Path, databases: PostgreSQL, library_events: int) -> None:
        self._log, self._folder, self._databases = log, folder, databases
        self._events = log.head().position
        some = log.read(0, library_events)
        self._in_memory = filled_application(some, None)
        self._in_postgresql = filled_application(some, databases.database())
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self._in_postgresql.close()

    def counting(self, kind: str) -> float:
        with self._database(kind, metadata, durable=True) as database:
            return self._rate(Counting(database), select(func.sum(counts.c.number)))

    def reporting(self, kind: str) -> float:
        with self._database(kind, reporting_metadata, durable=False) as database:
            return self._rate(ReportingFollower(database, self._log), select(func.count(heard.c.position)))

    def library_in_sqlite(self) -> float:
        with sqlite_view(self._folder / f"library-{next(self._numbers)}.sqlite") as view:
            return _library_rate(self._in_memory, view)

    def library_in_postgresql(self) -> float:
        with postgres_view(self._databases.database()) as view:
            return _library_rate(self._in_postgresql, view)

    def _rate(self, follower: Counting | ReportingFollower, taken: Any) -> float:
        rate = per_second(self._events, partial(catch_up, self._log, follower))
        with follower.engine.connect() as connection:
            assert connection.execute(taken).scalar() == self._events
        return rate

    @contextmanager
    def _database(self, kind: str, tables: MetaData, durable: bool) -> Iterator[Engine]:
        path = self._folder / f"{next(self._numbers)}.sqlite"
        made = engine(
            f"sqlite:///{path}" if kind == "SQLite" else self._databases.database(), durable=durable
        )
        tables.create_all(made)
        try:
            yield made
        finally:
            made.dispose()


LIBRARY: Final = "pyeventsourcing"


def measure(quick: bool) -> list[Row]:
    """Events a second for each follower."""
    rounds, events, library_events = (2, 10_000, 500) if quick else (5, 100_000, 5_000)
    with scratch() as folder, valkey(folder / "v") as server, postgresql() as databases:
        log = a_log(server, folder)
        _fill(log, events)
        bench = Bench(log, folder, databases, library_events)
        cases: dict[tuple[str, str], Callable[[], float]] = {
            ("counting, SQLite", "ours: catch_up"): partial(bench.counting, "SQLite"),
            ("counting, SQLite", LIBRARY): bench.library_in_sqlite,
            ("counting, PostgreSQL", "ours: catch_up"): partial(bench.counting, "PostgreSQL"),
            ("counting, PostgreSQL", LIBRARY): bench.library_in_postgresql,
            ("read models, SQLite", "ours: reporting"): partial(bench.reporting, "SQLite"),
            ("read models, PostgreSQL", "ours: reporting"): partial(bench.reporting, "PostgreSQL"),
        }
        try:
            measured = interleaved(rounds, cases)
        finally:
            bench.close()
    notes = {LIBRARY: f"over {library_events:,} events"}
    return [
        Row(case, who, "events/s", values, notes.get(who, f"over {events:,} events"))
        for (case, who), values in measured.items()
    ]


def _fill(log: Log, events: int) -> None:
    entries = Entries()
    log.append(entries.foundings(), datetime.now(UTC))
    while (missing := events - log.head().position) > 0:
        log.append(entries.meetings(min(1000, missing)), datetime.now(UTC))


def _library_rate(application: Application[Any], view: View) -> float:
    events = application.recorder.max_notification_id() or 0
    seconds = seconds_to_project(application, view)
    assert view.total() == events
    return events / seconds


if __name__ == "__main__":
    run(measure)
