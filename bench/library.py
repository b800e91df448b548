"""The rival of `bench.catch_up`: the same count by the `eventsourcing` library's own projection facilities.

It reads by an `ApplicationSubscription` and hands each event to a `Projection`, whose view counts it and records the
tracking position in one transaction, event by event: the library has no batches. That is the loop its
`ProjectionRunner` runs in a thread. Its SQLite recorder cannot be subscribed to, so there the events wait in memory.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import ApplicationSubscription, Projection
from eventsourcing.sqlite import SQLiteDatastore, SQLiteTrackingRecorder
from psycopg.conninfo import conninfo_to_dict

from bench.harness import plain
from shared.report import Recorded

_TABLE = "CREATE TABLE counts (type TEXT, subject TEXT, number INTEGER, PRIMARY KEY (type, subject))"
_COUNT = (
    "INSERT INTO counts VALUES (%s, %s, 1) "
    "ON CONFLICT (type, subject) DO UPDATE SET number = counts.number + 1"
)
_TOTAL = "SELECT sum(number) AS total FROM counts"


@dataclass(frozen=True)
class Reported(DomainEvent):
    """One of our events as the library would carry it."""

    kind: str
    subject: str
    data: dict[str, Any]


class SqliteCounts(SQLiteTrackingRecorder):
    """The counts in SQLite, each with its position in one transaction."""

    def _create_table(self, c: Any) -> None:
        super()._create_table(c)
        c.execute(_TABLE)

    def count(self, type: str, subject: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(_COUNT % (":type", ":subject"), {"type": type, "subject": subject})

    def total(self) -> int:
        with self.datastore.transaction(commit=False) as cursor:
            cursor.execute(_TOTAL)
            return int(cursor.fetchone()["total"])


class PostgresCounts(PostgresTrackingRecorder):
    """The same in PostgreSQL."""

    def _create_table(self, curs: Any) -> None:
        super()._create_table(curs)
        curs.execute(_TABLE)

    def count(self, type: str, subject: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            values = {"type": type, "subject": subject}
            cursor.execute(_COUNT % ("%(type)s", "%(subject)s"), values, prepare=True)

    def total(self) -> int:
        with self.datastore.transaction(commit=False) as cursor:
            return int(cursor.execute(_TOTAL).fetchone()["total"])


View = SqliteCounts | PostgresCounts


class Counting(Projection[Any]):
    """Counts reports by type and subject."""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        raise NotImplementedError

    @process_event.register
    def _(self, domain_event: Reported, tracking: Tracking) -> None:
        self.view.count(domain_event.kind, domain_event.subject, tracking)


def filled_application(events: Sequence[Recorded], database: str | None) -> Application[UUID]:
    """An application with these events: in PostgreSQL, or in memory if no database is named."""
    application = Application[UUID](_environment(database) if database else None)
    stored = [application.mapper.to_stored_event(_reported(event)) for event in events]
    for start in range(0, len(stored), 100):  # Its pipeline to PostgreSQL blocked for ever with 1,000.
        application.recorder.insert_events(stored[start : start + 100])
    return application


@contextmanager
def sqlite_view(path: Path) -> Iterator[SqliteCounts]:
    with closing(SQLiteDatastore(str(path))) as store:
        view = SqliteCounts(store)
        view.create_table()
        yield view


@contextmanager
def postgres_view(url: str) -> Iterator[PostgresCounts]:
    at = _address(url)
    with closing(PostgresDatastore(at["dbname"], at["host"], at.get("port", ""), at["user"], "")) as store:
        view = PostgresCounts(store)
        view.create_table()
        yield view


def seconds_to_project(application: Application[UUID], view: View) -> float:
    """Count everything the application has recorded; the time from subscribing to the last count's commit."""
    last, projection = application.recorder.max_notification_id(), Counting(view)
    start = time.perf_counter()
    with ApplicationSubscription(application, gt=view.max_tracking_id(application.name)) as subscription:
        for event, tracking in subscription:
            projection.process_event(event, tracking)
            if tracking.notification_id == last:
                break
        return time.perf_counter() - start


def _reported(event: Recorded) -> Reported:
    subject = uuid5(NAMESPACE_URL, event.subject)
    return Reported(subject, event.subject_version, event.recorded_at, event.type, event.subject, event.data)


def _address(url: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(plain(url)).items()}


def _environment(url: str) -> dict[str, str]:
    at = _address(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": at["dbname"],
        "POSTGRES_HOST": at["host"],
        "POSTGRES_PORT": at.get("port", ""),
        "POSTGRES_USER": at["user"],
        "POSTGRES_PASSWORD": "",
    }
