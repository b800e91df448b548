"""The log alone, by 16 concurrent callers who append one meeting each and wait for it to be on disk.

Ours goes the registry's way: a public `Log` behind its group commit. Each rival has 16 callers of its own in one
process, by its usual client. UmaDB, Message DB and NATS JetStream are rivals where they are installed (README.md).
"""

import asyncio
import importlib.util
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import psycopg
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from bench.append import BareStream, PlainInsert, PyEventSourcing, Store, library_on_postgresql
from bench.harness import Row, a_log, interleaved, per_second, plain, postgresql, run, scratch, valkey
from bench.processes import free_ports
from bench.reports import Entries
from services.registry.group_commit import GroupCommit
from shared.doorbell import FOLLOWERS
from shared.log import Entry
from shared.report import Recorded
from tests.servers import Valkey

CALLERS: Final = 16
CASE: Final = "16 callers"
_MESSAGE_DB: Final = (
    "roles/message-store",
    "schema/message-store",
    "tables/messages",
    "types/message",
    *(f"functions/{name}" for name in ("message-store-version", "hash-64", "acquire-lock", "category")),
    *(
        f"functions/{name}"
        for name in ("is-category", "id", "cardinal-id", "stream-version", "write-message")
    ),
    *(f"indexes/messages-{name}" for name in ("id", "category", "stream")),
)
Rate = Callable[[], float]
Append = Callable[[Any], Awaitable[object]]


class MessageDb:
    """Message DB's `write_message`, each meeting in the stream of its club at the version expected."""

    def __init__(self, url: str, of: str) -> None:
        self._connection = psycopg.connect(plain(url), autocommit=True)
        self._connection.execute("SET search_path = message_store, public")
        self._entries = Entries(of)

    def prepare(self, count: int) -> list[tuple[Any, ...]]:
        return [
            (str(uuid.uuid4()), f"club-{one.subject}", one.type, one.as_json(), one.subject_version - 2)
            for one in self._entries.recorded(count)
        ]

    def append(self, prepared: list[tuple[Any, ...]]) -> None:
        self._connection.execute("SELECT write_message(%s, %s, %s, %s, NULL, %s)", prepared[0], prepare=True)


class UmaDb:
    """UmaDB over gRPC: tagged with club and identity, refused if the identity is known."""

    def __init__(self, url: str, of: str) -> None:
        import umadb

        self._umadb, self._client, self._entries = umadb, umadb.Client(url), Entries(of)

    def prepare(self, count: int) -> list[tuple[Any, Any]]:
        of = self._umadb
        return [
            (
                of.Event(one.type, one.as_json().encode(), [one.subject, one.identity.key], uuid.uuid4()),
                of.AppendCondition(of.Query([of.QueryItem(tags=[one.identity.key])])),
            )
            for one in self._entries.recorded(count)
        ]

    def append(self, prepared: list[tuple[Any, Any]]) -> None:
        [(event, condition)] = prepared
        self._client.append([event], condition)


def measure(quick: bool) -> list[Row]:
    """Events a second for each store with 16 callers."""
    rounds, each = (2, 20) if quick else (7, 150)
    with scratch() as folder, valkey(folder / "v") as server, postgresql() as databases, ExitStack() as open_:
        contestants: dict[str, Rate] = {
            "ours: Log behind group commit": partial(_ours, _our_log(server, folder), each),
            "bare XADD, 16 in a pipeline": partial(_pipelined, BareStream(server), each),
        }
        for name, make in _threaded(folder, databases.database, open_):
            stores = [make(f"-{number:02d}") for number in range(CALLERS)]
            contestants[name] = partial(_by_threads, stores, each)
        if importlib.util.find_spec("nats") and Path(_installed("nats-server")).exists():
            nats = open_.enter_context(_nats_server(folder))
            contestants["NATS JetStream, sync always"] = partial(_by_tasks, partial(_nats, nats), each)
        return [
            Row(CASE, who, "events/s", values) for who, values in interleaved(rounds, contestants).items()
        ]


def _threaded(
    folder: Path, database: Callable[[], str], open_: ExitStack
) -> Iterator[tuple[str, Callable[[str], Store]]]:
    """The rivals whose callers are threads: how to make one caller of each."""
    yield "PostgreSQL, plain INSERT", partial(PlainInsert, database())
    for functions, name in ((False, "defaults"), (True, "stored functions")):
        recorder = open_.enter_context(library_on_postgresql(database(), functions))
        yield f"pyeventsourcing, PostgreSQL, {name}", partial(PyEventSourcing, recorder)
    datastore = SQLiteDatastore(str(folder / "library.sqlite"), pool_size=CALLERS)
    open_.callback(datastore.close)
    in_sqlite = SQLiteApplicationRecorder(datastore)
    in_sqlite.create_table()
    yield "pyeventsourcing, SQLite", partial(PyEventSourcing, in_sqlite)
    if scripts := os.environ.get("MESSAGE_DB"):
        yield "Message DB", partial(MessageDb, _with_message_db(Path(scripts), database()))
    if importlib.util.find_spec("umadb"):
        yield "UmaDB", partial(UmaDb, open_.enter_context(_umadb_server(folder)))


def _ours(log_and_callers: tuple[Any, list[Entries]], each: int) -> float:
    log, callers = log_and_callers

    def record(entries: Sequence[Any]) -> list[Any]:
        appended = log.append(entries, datetime.now(UTC))
        assert len(appended.recorded) == len(entries)
        return list(appended.recorded)

    @asynccontextmanager
    async def started() -> Any:
        commit = GroupCommit(record, lambda: None)
        yield lambda entry: commit.record([entry])
        await commit.stop()

    return _by_tasks(started, each, [caller.meetings(each) for caller in callers])


def _our_log(server: Valkey, folder: Path) -> tuple[Any, list[Entries]]:
    return a_log(server, folder, FOLLOWERS), [Entries(f"-{number:02d}") for number in range(CALLERS)]


def _pipelined(store: BareStream, each: int) -> float:
    """The raw limit: what 16 callers send goes in one pipeline, and nothing is checked."""
    pipelines = [store.prepare(CALLERS) for _ in range(each)]
    return per_second(CALLERS * each, lambda: [store.append(one) for one in pipelines])


def _by_threads(stores: Sequence[Store], each: int) -> float:
    meetings = [[store.prepare(1) for _ in range(each)] for store in stores]
    ready, failed = threading.Barrier(len(stores) + 1), []

    def call(store: Store, mine: list[Any]) -> None:
        ready.wait()
        try:
            for one in mine:
                store.append(one)
        except Exception as error:
            failed.append(error)

    callers = [threading.Thread(target=call, args=pair) for pair in zip(stores, meetings, strict=True)]
    for caller in callers:
        caller.start()
    ready.wait()
    rate = per_second(len(stores) * each, lambda: [caller.join() for caller in callers])
    if failed:
        raise failed[0]
    return rate


def _by_tasks(
    started: Callable[[], AbstractAsyncContextManager[Append]],
    each: int,
    meetings: Sequence[Sequence[Entry | Recorded]] | None = None,
) -> float:
    """Each caller is a task that awaits one meeting after the other."""
    run_id = uuid.uuid4().hex[:8]
    mine = meetings or [Entries(f"-{run_id}-{number}").recorded(each) for number in range(CALLERS)]

    async def everybody() -> float:
        async with started() as append:

            async def call(meetings: Sequence[Entry | Recorded]) -> None:
                for one in meetings:
                    await append(one)

            start = time.perf_counter()
            await asyncio.gather(*map(call, mine))
            return CALLERS * each / (time.perf_counter() - start)

    return asyncio.run(everybody())


def _with_message_db(scripts: Path, url: str) -> str:
    """Install Message DB by its own scripts, in their order; what it wants of pgcrypto is built in by now."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS message_store")
        connection.execute("SET search_path = message_store, public")
        for name in _MESSAGE_DB:
            connection.execute((scripts / f"{name}.sql").read_bytes())
    return url


@contextmanager
def _server(words: Sequence[str]) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def _installed(program: str) -> str:
    return str(Path(sys.executable).parent / program)


@contextmanager
def _umadb_server(folder: Path) -> Iterator[str]:
    [port] = free_ports(1)
    (folder / "umadb").mkdir()
    with _server([_installed("umadb"), "--listen", f"127.0.0.1:{port}", "--db-path", str(folder / "umadb")]):
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _nats_server(folder: Path) -> Iterator[str]:
    [port] = free_ports(1)
    settings = folder / "nats.conf"
    settings.write_text(
        f'listen: 127.0.0.1:{port}\njetstream {{ store_dir: "{folder}/nats", sync_interval: always }}\n'
    )
    with _server([_installed("nats-server"), "-c", str(settings)]):
        _wait_for(port)
        yield f"nats://127.0.0.1:{port}"


@asynccontextmanager
async def _nats(url: str) -> Any:
    import nats

    client = await nats.connect(url)
    stream = client.jetstream()
    await stream.add_stream(name="log", subjects=["club.>"])

    def append(one: Recorded) -> Awaitable[object]:
        headers: Mapping[str, str] = {"Nats-Expected-Last-Subject-Sequence": "0"}
        return stream.publish(f"club.{one.identity.key}", one.as_json().encode(), headers=dict(headers))

    yield append
    await client.close()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nobody listens on {port}")


if __name__ == "__main__":
    run(measure)
