"""The log alone: one caller appends meetings of about 1 KB, one at a time and a hundred at a time.

Ours does more than each rival: it chains and seals every event, refuses known identities and overtaken subjects in
the same step, and numbers without gaps. Every contestant has the event on disk before it answers.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

import psycopg
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from bench.harness import Row, a_log, interleaved, per_second, plain, postgresql, run, scratch, valkey
from bench.reports import Entries
from shared.doorbell import FOLLOWERS
from shared.log import Entry
from shared.report import Recorded
from shared.valkey import connect
from tests.servers import Valkey

_TABLE = """
CREATE TABLE IF NOT EXISTS events (
  position bigserial PRIMARY KEY, identity text NOT NULL UNIQUE, subject text NOT NULL, version int NOT NULL,
  envelope text NOT NULL, data text NOT NULL, salt text NOT NULL, content_hash text NOT NULL, hash text NOT NULL,
  UNIQUE (subject, version)
)"""
_INSERT = """
INSERT INTO events (identity, subject, version, envelope, data, salt, content_hash, hash)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"""


class Store(Protocol):
    """Something meetings can be appended to."""

    def prepare(self, count: int) -> Any:
        """The next meetings in the store's own form. Not measured."""
        ...

    def append(self, prepared: Any) -> object:
        """On disk when this returns."""
        ...


class Ours:
    """`ValkeyLog.append`: seal, chain, check and store."""

    def __init__(self, server: Valkey, folder: Path) -> None:
        self._log, self._entries = a_log(server, folder, FOLLOWERS), Entries()

    def prepare(self, count: int) -> list[Entry]:
        return self._entries.meetings(count)

    def append(self, prepared: list[Entry]) -> None:
        appended = self._log.append(prepared, datetime.now(UTC))
        assert len(appended.recorded) == len(prepared)


class BareStream:
    """XADD of the same bytes, ready-made, to the same Valkey: no checks, no hashes, no numbers of its own."""

    def __init__(self, server: Valkey) -> None:
        self._client, self._entries = connect(server.url), Entries()

    def prepare(self, count: int) -> list[dict[str, str]]:
        return [
            {"e": one.envelope_json, "d": one.data_json, "s": one.salt, "c": one.content_hash, "h": one.hash}
            for one in self._entries.recorded(count)
        ]

    def append(self, prepared: list[dict[str, Any]]) -> None:
        if len(prepared) == 1:
            self._client.xadd("bare", prepared[0])
            return
        pipeline = self._client.pipeline(transaction=False)
        for fields in prepared:
            pipeline.xadd("bare", fields)
        pipeline.execute()


class PlainInsert:
    """INSERT of the same texts: unique constraints, but readers can step over a late commit."""

    def __init__(self, url: str, of: str = "") -> None:
        self._connection = psycopg.connect(plain(url), autocommit=True)
        self._connection.execute(_TABLE)
        assert self._connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        self._entries = Entries(of)

    def prepare(self, count: int) -> list[tuple[str | int, ...]]:
        return [_as_row(one) for one in self._entries.recorded(count)]

    def append(self, prepared: list[tuple[str | int, ...]]) -> None:
        if len(prepared) == 1:
            self._connection.execute(_INSERT, prepared[0], prepare=True)
            return
        with self._connection.pipeline(), self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.executemany(_INSERT, prepared)

    def close(self) -> None:
        self._connection.close()


class PyEventSourcing:
    """A recorder of the `eventsourcing` library."""

    def __init__(self, recorder: ApplicationRecorder, of: str = "") -> None:
        self._recorder, self._entries = recorder, Entries(of)

    def prepare(self, count: int) -> list[StoredEvent]:
        return [
            StoredEvent(
                uuid5(NAMESPACE_URL, one.subject), one.subject_version, one.type, one.as_json().encode()
            )
            for one in self._entries.recorded(count)
        ]

    def append(self, prepared: Sequence[StoredEvent]) -> None:
        self._recorder.insert_events(prepared)


@contextmanager
def library_on_postgresql(url: str, functions: bool) -> Iterator[PostgresApplicationRecorder]:
    """The library's recorder, by default or by its faster stored functions; a connection for each of 16 callers."""
    at = {name: str(value) for name, value in conninfo_to_dict(plain(url)).items()}
    datastore = PostgresDatastore(
        at["dbname"],
        at["host"],
        at.get("port", ""),
        at["user"],
        "",
        pool_size=16,
        enable_db_functions=functions,
    )
    recorder = PostgresApplicationRecorder(datastore)
    recorder.create_table()
    with closing(datastore):
        yield recorder


def _as_row(one: Recorded) -> tuple[str | int, ...]:
    texts = (one.envelope_json, one.data_json, one.salt, one.content_hash, one.hash)
    return (one.identity.key, one.subject, one.subject_version, *texts)


def measure(quick: bool) -> list[Row]:
    """Events a second for each store, singly and in hundreds."""
    rounds, singles, hundreds = (2, 200, 5) if quick else (7, 1500, 80)
    with scratch() as folder, valkey(folder / "v") as server, postgresql() as databases, ExitStack() as open_:
        stores: dict[str, Store] = {
            "ours: ValkeyLog.append": Ours(server, folder),
            "bare XADD, same Valkey": BareStream(server),
            "PostgreSQL, plain INSERT": open_.enter_context(closing(PlainInsert(databases.database()))),
        }
        for functions, name in ((False, "defaults"), (True, "stored functions")):
            recorder = open_.enter_context(library_on_postgresql(databases.database(), functions))
            stores[f"pyeventsourcing, PostgreSQL, {name}"] = PyEventSourcing(recorder)
        return [
            Row(f"{size} a call", who, "events/s", values)
            for size, calls in ((1, singles), (100, hundreds))
            for who, values in interleaved(
                rounds, {name: partial(_rate, store, size, calls) for name, store in stores.items()}
            ).items()
        ]


def _rate(store: Store, size: int, calls: int) -> float:
    batches = [store.prepare(size) for _ in range(calls)]

    def append_all() -> None:
        for batch in batches:
            store.append(batch)

    return per_second(size * calls, append_all)


if __name__ == "__main__":
    run(measure)
