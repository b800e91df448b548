"""What all benches share: servers of their own, rounds that interleave rivals, medians, and tables."""

import argparse
import gc
import re
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final, TypeVar

import psutil

from shared.archive import Archive
from shared.database import engine, registry_metadata
from shared.refill import open_log
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.servers import PostgreSQL, Valkey

PROGRAMME: Final = "vn"


@dataclass(frozen=True, slots=True)
class Row:
    """What one contestant reached in one case, a number for each round. The first row of a case is ours."""

    case: str
    who: str
    unit: str
    values: tuple[float, ...]
    note: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def ratio_to(self, other: "Row") -> float:
        """This over the other, as the median of the rounds: each round saw the same machine."""
        if len(self.values) != len(other.values):
            return self.median / other.median
        return statistics.median(a / b for a, b in zip(self.values, other.values, strict=True))


Measure = Callable[[bool], list[Row]]
K = TypeVar("K")
T = TypeVar("T")


def interleaved(rounds: int, contestants: Mapping[K, Callable[[], T]]) -> dict[K, tuple[T, ...]]:
    """Let every contestant run once a round, in turn forwards and backwards: noise and warmth hit all alike."""
    measured: dict[K, list[T]] = {name: [] for name in contestants}
    for number in range(rounds):
        order = list(contestants.items())
        for name, run in reversed(order) if number % 2 else order:
            measured[name].append(run())
    return {name: tuple(values) for name, values in measured.items()}


def per_second(count: int, work: Callable[[], object]) -> float:
    """How many a second, if `work` does `count` of them."""
    gc.collect()
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def peak_mb() -> float:
    """The most memory this process has held (RSS). `getrusage` would count what its parent held when it began."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]


class Memory:
    """The most memory seen, in MB (PSS)."""

    mb = 0.0


@contextmanager
def most_memory() -> Iterator[Memory]:
    """Look every second how much memory this process and all it started hold together."""
    most, over, process = Memory(), Event(), psutil.Process()

    def look() -> None:
        while not over.wait(1.0):
            with suppress(psutil.NoSuchProcess):  # One of them has ended meanwhile.
                family = (process, *process.children(recursive=True))
                most.mb = max(most.mb, sum(one.memory_full_info().pss for one in family) / 2**20)

    looking = Thread(target=look)
    looking.start()
    try:
        yield most
    finally:
        over.set()
        looking.join()


def told(rows: Iterable[Row]) -> list[Row]:
    """The rows, each said on stderr as soon as it is measured: a long bench that is cut off did not run in vain."""
    found = []
    for row in rows:
        print(
            f"{row.case} | {row.who} | {_number(row.median)} {row.unit} | {row.note}",
            file=sys.stderr,
            flush=True,
        )
        found.append(row)
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table that also reads well in a terminal."""
    cells = [("case", "what", "median", "min – max", "unit", "ours ÷ it", "")]
    ours: dict[str, Row] = {}
    for row in rows:
        first = ours.setdefault(row.case, row)
        ratio = "" if first is row else f"{first.ratio_to(row):.2f}"
        spread = f"{_number(min(row.values))} – {_number(max(row.values))}"
        cells.append((row.case, row.who, _number(row.median), spread, row.unit, ratio, row.note))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def run(measure: Measure) -> None:
    """What each bench's command line does."""
    options = argparse.ArgumentParser(description=sys.modules[measure.__module__].__doc__)
    options.add_argument("--quick", action="store_true", help="two short rounds, to see that it works")
    stop_cleanly_when_told()
    quick = options.parse_args().quick
    rows = measure(quick)
    print(table(rows))
    if not quick:  # Two short rounds reach no bar.
        from bench.results import verdicts  # It knows every bench.

        bench = sys.modules["__main__"].__spec__
        print(*verdicts(bench.name if bench else "", rows), sep="\n")


def stop_cleanly_when_told() -> None:
    """Turn a request to end into an exception, so that everything started is stopped on the way out."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="ishc-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def valkey(folder: Path) -> Iterator[Valkey]:
    """A Valkey with the settings of production: on disk before it answers."""
    server = Valkey(folder)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL with its own defaults: `fsync` and `synchronous_commit` are on."""
    server = PostgreSQL()
    try:
        yield server
    finally:
        server.stop()


def a_log(server: Valkey, folder: Path, followers: Sequence[str] = ()) -> ValkeyLog:
    """Our log, open and empty, with an empty archive in SQLite."""
    database = engine(f"sqlite:///{folder}/archive.sqlite")
    registry_metadata.create_all(database)
    log = ValkeyLog(connect(server.url), Archive(database), PROGRAMME, followers)
    open_log(log, hot_window=1_000_000)
    return log


def plain(url: str) -> str:
    """A database's address as PostgreSQL's own clients read it."""
    return url.replace("postgresql+psycopg://", "postgresql://")
