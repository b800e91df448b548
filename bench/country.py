"""A simulated country: a million reports loaded over HTTP, archived, projected, rebuilt, and counted again by DuckDB.

`ishc load` posts the lines of `ishc simulate` to the registry as `ishc serve registry` runs it: late, doubled, held and
corrected ones among them. Then each follower catches up in a process of its own, and the read models are rebuilt.
Every figure and ledger must be what DuckDB counts in the lines themselves (`tests/recount.sql`); else the bench fails.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from bench.harness import PROGRAMME, Row, most_memory, peak_mb, run, scratch, stop_cleanly_when_told, valkey
from bench.processes import child, environment, free_ports, ishc, wait_until_ready
from services.notifier.parts import assemble
from services.registry.work import ArchiveDesk
from services.reporting.work import ReportingDesk
from services.simulating.stream import Simulation, write
from shared import clock
from shared.catch_up import catch_up, parked_count
from shared.settings import Local
from tests.asked import figures_told, ledgers_told
from tests.recount import Answers, recounted

UNTIL: Final = date(2026, 6, 30)
DAYS: Final = (date(2018, 12, 31), date(2022, 2, 28), date(2024, 12, 31), date(2025, 6, 30), UNTIL)
COUNTRY: Final = (2400, 10)  # Clubs and years: about a million reports.
VILLAGES: Final = (100, 2)


@dataclass(frozen=True, slots=True)
class Phase:
    """What one process did: how long it took, the most memory it held, what it found."""

    seconds: float
    peak_mb: float
    found: Any


def measure(quick: bool) -> list[Row]:
    """Events a second of each phase, once, and peak memory. Raises `RuntimeError` if two counts differ."""
    clubs, years = VILLAGES if quick else COUNTRY
    with scratch() as folder:
        lines = folder / "country.ndjson"
        simulation = Simulation(clubs, years, 7, UNTIL)
        with lines.open("wb") as out:
            write(simulation, out)
        with registry(folder) as (settings, load, peaks):
            loaded = load(lines)
            phases = {name: alone(partial(work, settings)) for name, work in _PHASES}
            servers = peaks()
        theirs = alone(partial(recounted, lines, DAYS))
    projected, rebuilt, ledgers = (phases[name].found for name in ("figures", "figures rebuilt", "ledgers"))
    _agree(projected, rebuilt, ledgers, theirs.found, simulation.miscounts)
    return [*_rates(simulation.post.received, loaded, phases, theirs), *_memory(servers, phases, theirs)]


@contextmanager
def registry(
    folder: Path,
) -> Iterator[tuple[Local, Callable[[Path], Phase], Callable[[], dict[str, float]]]]:
    """The registry over a Valkey of its own: its settings, what loads a file, what tells the servers' peaks."""
    with valkey(folder / "v") as server:
        [port] = free_ports(1)
        settings = Local(data_dir=folder, log_url=server.url, registry_port=port, programme=PROGRAMME)
        told = environment(
            ISHC_DATA_DIR=str(folder),
            ISHC_LOG_URL=server.url,
            ISHC_REGISTRY_PORT=str(port),
            ISHC_PROGRAMME=PROGRAMME,
        )
        ishc(["migrate"], folder, told)
        token = ishc(["token", "make", "--name", "bench", "--role", "operator"], folder, told)
        with child(["services.cli", "serve", "registry"], folder, told) as process:
            wait_until_ready(f"http://127.0.0.1:{port}/health/ready", process, folder)

            def load(lines: Path) -> Phase:
                start = time.perf_counter()
                said = ishc(["load", str(lines), "--quiet", "--token", token], folder, told)
                return Phase(time.perf_counter() - start, 0, said.partition(" → ")[0])

            def peaks() -> dict[str, float]:
                return {"registry": _peak_mb(process.pid), "Valkey": _peak_mb(server.process.pid)}

            yield settings, load, peaks


def _archive(settings: Local) -> int:
    desk = ArchiveDesk(settings)
    return catch_up(desk.log, desk.archiver, desk.let_go)


def _project(settings: Local) -> int:
    desk = ReportingDesk(settings)
    return catch_up(desk.log, desk.follower)


def _notify(settings: Local) -> int:
    parts = assemble(settings, clock.now)
    return catch_up(parts.log, parts.follower)


def _rebuild(settings: Local) -> int:
    return ReportingDesk(settings).rebuild()


def _figures(settings: Local) -> Answers:
    desk = ReportingDesk(settings)
    if parked_count(desk.follower):
        raise RuntimeError("some events could not be digested")
    return figures_told(desk.follower.engine, DAYS)


def _ledgers(settings: Local) -> Answers:
    desk = ReportingDesk(settings)
    return ledgers_told(desk.follower.engine, desk.log)


_PHASES: Final[tuple[tuple[str, Callable[[Local], Any]], ...]] = (
    ("archiving", _archive),
    ("projecting", _project),
    ("figures", _figures),
    ("notifying", _notify),
    ("rebuilding", _rebuild),
    ("figures rebuilt", _figures),
    ("ledgers", _ledgers),
)


def alone(work: Callable[[], Any]) -> Phase:
    """Do the work in a process of its own: its memory is its own, and that of its helpers."""
    with ProcessPoolExecutor(1, get_context("spawn"), stop_cleanly_when_told) as process:
        return process.submit(_timed, work).result()


def _timed(work: Callable[[], Any]) -> Phase:
    start = time.perf_counter()
    with most_memory() as memory:
        found = work()
    seconds = time.perf_counter() - start
    return Phase(seconds, max(peak_mb(), memory.mb), found)


def _peak_mb(pid: int) -> float:
    """The most memory a process ever held, as the kernel says."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _agree(before: Answers, after: Answers, ledgers: Answers, theirs: Answers, miscounts: int) -> None:
    """Raises `RuntimeError` unless projected, rebuilt and recounted are the same."""
    asked = (after | ledgers).items() ^ theirs.items()
    if before != after or asked or theirs["counts that differ", None, None] != miscounts:
        raise RuntimeError(
            f"{len(before.items() ^ after.items())} figures differ once rebuilt; {sorted(asked)[:20]}"
        )


def _rates(sent: int, loaded: Phase, phases: dict[str, Phase], theirs: Phase) -> Iterator[Row]:
    def row(case: str, who: str, count: int, phase: Phase, note: str = "") -> Row:
        return Row(
            case, who, "events/s", (count / phase.seconds,), note or f"{count:,} in {phase.seconds:,.0f} s"
        )

    recorded: int = phases["archiving"].found
    yield row("loading", "ours: ishc load", sent, loaded, f"{sent:,} lines: {loaded.found}")
    yield row("archiving", "ours: into SQLite", recorded, phases["archiving"])
    for case in ("projecting", "rebuilding"):
        yield row(case, "ours: reporting, SQLite", recorded, phases[case])
        yield row(case, "DuckDB, the same answers", sent, theirs, "only the newest state, nothing kept")
    yield row("notifying", "ours: notifier, SQLite", recorded, phases["notifying"])
    yield row("ledgers of all clubs", "ours: from their histories", recorded, phases["ledgers"])


def _memory(servers: dict[str, float], phases: dict[str, Phase], theirs: Phase) -> Iterator[Row]:
    peaks = servers | {name: phase.peak_mb for name, phase in phases.items()} | {"DuckDB": theirs.peak_mb}
    for name, peak in peaks.items():
        yield Row(f"peak memory, {name}", "RSS", "MB", (peak,))


if __name__ == "__main__":
    run(measure)
