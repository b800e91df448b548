"""Posting over HTTP: the real registry beside a plain FastAPI route, each one process with a Valkey of its own.

Singles from 1, 16 and 64 connections; then NDJSON in bodies of 500 meetings, which the plain route does not know:
it is compared with that route's singles at 64 connections, and with the same client sending the bytes that are stored
straight to a Valkey, 500 `XADD` in a pipeline: no HTTP, nothing read, nothing judged, nothing sealed.

After every run the events in the log are counted: each answer must stand there, and beyond them only what was under
way when the load stopped.
"""

import hashlib
import json
import re
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

from bench import plain_app
from bench.append import BareStream
from bench.harness import PROGRAMME, Row, interleaved, percentile, run, scratch, valkey
from bench.load import LOADED_BY, Load, post_singles
from bench.processes import child, environment, free_ports, ishc, wait_until_ready
from bench.reports import CLUBS, around_id_and_club, club, foundings
from shared.valkey import Keys, connect

CONNECTIONS: Final = (1, 16, 64)
POSTERS: Final = (1, 4)
BATCH: Final = 500
PIPELINED: Final = "bare XADD, 500 in a pipeline, same client"


@dataclass(frozen=True, slots=True)
class Side:
    """A server under load. `stored` counts the events in its log."""

    url: str
    token: str
    folder: Path
    stored: Callable[[], int]


@contextmanager
def registry() -> Iterator[Side]:
    """The registry as `ishc serve registry` runs it, its clubs founded; no worker runs."""
    with scratch() as folder, valkey(folder / "v") as server:
        [port] = free_ports(1)
        settings = environment(
            ISHC_DATA_DIR=str(folder),
            ISHC_LOG_URL=server.url,
            ISHC_REGISTRY_PORT=str(port),
            ISHC_PROGRAMME=PROGRAMME,
        )
        ishc(["migrate"], folder, settings)
        token = ishc(["token", "make", "--name", "bench", "--role", "operator"], folder, settings)
        with child(["services.cli", "serve", "registry"], folder, settings) as process:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(f"{url}/health/ready", process, folder)
            side = Side(url, token, folder, partial(connect(server.url).xlen, Keys(PROGRAMME).log))
            lines = (json.dumps(founding).encode() for founding in foundings())
            _post_batch(_connection(side), side, b"\n".join(lines), CLUBS)
            yield side


@contextmanager
def plain_route() -> Iterator[Side]:
    """The plain route as uvicorn runs it at its fastest."""
    with scratch() as folder, valkey(folder / "v") as server:
        [port] = free_ports(1)
        token, client = secrets.token_urlsafe(32), connect(server.url)
        client.hset(plain_app.TOKENS, hashlib.sha256(token.encode()).hexdigest(), "bench")
        words = ["uvicorn", "bench.plain_app:create_app", "--factory", "--port", str(port)]
        words += ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        with child(words, folder, environment(PLAIN_VALKEY=server.url)) as process:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(f"{url}/health/ready", process, folder)
            yield Side(url, token, folder, partial(client.xlen, plain_app.LOG))


def measure(quick: bool) -> list[Row]:
    """Posts a second over both, and events a second by NDJSON over ours."""
    rounds, seconds = (2, 1) if quick else (5, 4)
    sides = {
        "ours: registry": partial(_run, registry, POSTERS, seconds),
        "plain FastAPI route": partial(_run, plain_route, (), seconds),
        PIPELINED: partial(_pipelined, POSTERS, seconds),
    }
    measured = interleaved(rounds, sides)
    pipelined = measured.pop(PIPELINED)
    rows = [
        _row(
            f"singles, {_several(connections, 'connection')}",
            who,
            [loads[connections, "singles"] for loads in runs],
        )
        for connections in CONNECTIONS
        for who, runs in measured.items()
    ]
    (ours, our_runs), (rival, rival_runs) = measured.items()
    for posters in POSTERS:
        case = f"NDJSON, {_several(posters, 'poster')}"
        rows.append(_row(case, ours, [loads[posters, "bodies"] for loads in our_runs]))
        rows.append(_row(case, f"{rival}, singles at 64", [loads[64, "singles"] for loads in rival_runs]))
        rows.append(_row(case, PIPELINED, [loads[posters, "bodies"] for loads in pipelined]))
    return rows


def _several(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _row(case: str, who: str, loads: Sequence[Load]) -> Row:
    p50, p99 = (
        statistics.median(times) for times in zip(*((x.p50_ms, x.p99_ms) for x in loads), strict=True)
    )
    return Row(case, who, "events/s", tuple(x.rate for x in loads), f"p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def _run(
    start: Callable[[], AbstractContextManager[Side]], posters: Sequence[int], seconds: int
) -> dict[tuple[int, str], Load]:
    with start() as side:
        _counted(side, 16, partial(_singles, side, 16, 1))  # Warm up.
        loads = {(n, "singles"): _counted(side, n, partial(_singles, side, n, seconds)) for n in CONNECTIONS}
        for number in posters:
            loads[number, "bodies"] = _counted(side, 0, partial(_batches, side, number, seconds))
        return loads


def _counted(side: Side, under_way: int, post: Callable[[], Load]) -> Load:
    """Post, and prove by the log that every answer is an event. Raises `RuntimeError` if the numbers differ."""
    before = side.stored()
    load = post()
    stored, after = -1, side.stored()
    while stored != after:  # What was under way when the load stopped may still be written.
        time.sleep(0.3)
        stored, after = after, side.stored()
    if not load.answered <= stored - before <= load.answered + under_way:
        raise RuntimeError(f"{load.answered} answers, but {stored - before} events in the log")
    return load


def _singles(side: Side, connections: int, seconds: int) -> Load:
    return post_singles(side.url, side.token, secrets.token_hex(4), connections, seconds, side.folder)


def _batches(side: Side, posters: int, seconds: int) -> Load:
    def poster() -> Callable[[int], None]:
        connection, name = _connection(side), secrets.token_hex(4)
        return lambda number: _post_batch(connection, side, _lines(f"{name}-{number}"), BATCH)

    return _by_threads([poster() for _ in range(posters)], seconds)


def _pipelined(posters: Sequence[int], seconds: int) -> dict[tuple[int, str], Load]:
    with scratch() as folder, valkey(folder / "v") as server:

        def sender() -> Callable[[int], None]:
            stream = BareStream(server)
            events = stream.prepare(BATCH)
            return lambda number: stream.append(events)

        return {(n, "bodies"): _by_threads([sender() for _ in range(n)], seconds) for n in posters}


def _by_threads(sends: Sequence[Callable[[int], None]], seconds: int) -> Load:
    """Let each send batch after batch in a thread of its own."""
    start = time.perf_counter()

    def send_on(send: Callable[[int], None]) -> list[float]:
        took: list[float] = []
        while (asked := time.perf_counter()) < start + seconds:
            send(len(took))
            took.append(1000 * (time.perf_counter() - asked))
        return took

    with ThreadPoolExecutor(len(sends)) as pool:
        took = [one for times in pool.map(send_on, sends) for one in times]
    elapsed = time.perf_counter() - start
    return Load(BATCH * len(took), elapsed, percentile(took, 50), percentile(took, 99))


def _lines(name: str) -> bytes:
    before, between, after = around_id_and_club()
    return "\n".join(f"{before}{name}-{n}{between}{club(n)}{after}" for n in range(BATCH)).encode()


def _connection(side: Side) -> HTTPConnection:
    return HTTPConnection(side.url.removeprefix("http://"), timeout=60)


def _post_batch(connection: HTTPConnection, side: Side, body: bytes, count: int) -> None:
    headers = {"Authorization": f"Bearer {side.token}", "Content-Type": "application/x-ndjson"}
    connection.request("POST", "/v1/events", body, headers)
    answer = connection.getresponse().read()
    if not re.match(rb'\{"counts":\{"accepted":%d\}' % count, answer):
        raise RuntimeError(answer[:500].decode())


if __name__ == "__main__":
    print(LOADED_BY)
    run(measure)
