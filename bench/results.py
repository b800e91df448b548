"""Run benches and write RESULTS.md: the machine, a table for each bench, the bars it must reach.

`append http` runs these alone: the other chapters of the file stay as they are. `--quick` writes nothing.
"""

import argparse
import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Literal

import psutil
import psycopg

from bench import append, callers, catch_up, country, export, figures, http, letters, rebuild, visible
from bench.harness import Measure, Row, plain, postgresql, stop_cleanly_when_told, table
from bench.load import LOADED_BY
from services.local import valkey_command
from shared.clock import day_in_viet_nam, now

RESULTS: Final = Path(__file__).parent / "RESULTS.md"
_PACKAGES: Final = ("redis", "hiredis", "fastapi", "uvicorn", "sqlalchemy", "psycopg", "eventsourcing")


@dataclass(frozen=True, slots=True)
class Goal:
    """A number we promised to reach, or only aim at."""

    words: str
    reached: Callable[[Sequence[Row]], float | None]
    goal: float
    unit: str
    kind: Literal["bar", "aim"] = "bar"
    at_most: bool = False

    def verdict(self, rows: Sequence[Row]) -> str:
        number = self.reached(rows)
        limit = f"{'at most' if self.at_most else 'at least'} {self.goal:,g} {self.unit}"
        if number is None:
            return f"- {self.kind}: {self.words} {limit}: not measured here"
        met = number <= self.goal if self.at_most else number >= self.goal
        return f"- {self.kind}: {self.words} {limit}: **{'met' if met else 'not met'}**, {number:,.1f}"


@dataclass(frozen=True, slots=True)
class Chapter:
    """One bench in the report."""

    title: str
    measure: Measure
    goals: tuple[Goal, ...] = ()
    remark: str = ""

    @property
    def name(self) -> str:
        """As it is asked for: the module that measures."""
        return self.measure.__module__.rpartition(".")[2]


def _median(case: str) -> Callable[[Sequence[Row]], float | None]:
    """Of our own row; None where the case was not measured, as in a quick try."""
    return lambda rows: next((row.median for row in _of(rows, case)), None)


def _ratio(case: str, to: str) -> Callable[[Sequence[Row]], float | None]:
    """Ours over the rival of that name; None where it is not installed."""

    def ratio(rows: Sequence[Row]) -> float | None:
        ours, *rivals = _of(rows, case)
        return next((ours.ratio_to(rival) for rival in rivals if rival.who == to), None)

    return ratio


def _of(rows: Sequence[Row], case: str) -> list[Row]:
    return [row for row in rows if row.case == case]


def _over(rival: str) -> Callable[[Sequence[Row]], float | None]:
    return _ratio(callers.CASE, rival)


_64: Final = "singles, 64 connections"
_NDJSON: Final = "NDJSON, 4 posters"
CHAPTERS: Final = (
    Chapter("The log alone", append.measure),
    Chapter(
        "The log alone, 16 callers",
        callers.measure,
        (
            Goal("over pyeventsourcing, PostgreSQL", _over("pyeventsourcing, PostgreSQL, defaults"), 5, "×"),
            Goal("over Message DB", _over("Message DB"), 2, "×"),
            Goal("over UmaDB", _over("UmaDB"), 1.5, "×", "aim"),
        ),
    ),
    Chapter(
        "Posting over HTTP",
        http.measure,
        (
            Goal(
                "single posts at 64 connections, over the plain route",
                _ratio(_64, "plain FastAPI route"),
                2,
                "×",
            ),
            Goal("single posts at 64 connections", _median(_64), 3000, "events/s", "aim"),
            Goal("NDJSON, 4 posters", _median(_NDJSON), 8000, "events/s"),
            Goal("NDJSON, 4 posters", _median(_NDJSON), 15_000, "events/s", "aim"),
            Goal("NDJSON, 4 posters, over pipelined XADD", _ratio(_NDJSON, http.PIPELINED), 0.25, "×"),
        ),
        f"{LOADED_BY[0].upper()}{LOADED_BY[1:]}.",
    ),
    Chapter(
        "Catching up",
        catch_up.measure,
        (
            Goal("counting into SQLite", _median("counting, SQLite"), 50_000, "events/s"),
            Goal("counting into PostgreSQL", _median("counting, PostgreSQL"), 20_000, "events/s"),
        ),
    ),
    Chapter(
        "A simulated country",
        country.measure,
        (
            Goal("loading over HTTP", _median("loading"), 5000, "events/s", "aim"),
            Goal("projecting into SQLite", _median("projecting"), 5000, "events/s", "aim"),
            Goal("rebuilding in SQLite", _median("rebuilding"), 5000, "events/s", "aim"),
        ),
        "Once. Figures and ledgers are what DuckDB counts in the same lines.",
    ),
    Chapter(
        "Rebuilding, as the log grows",
        rebuild.measure,
        tuple(
            Goal(
                f"a million events, {name}",
                _median(f"1,000,000 events, {name}, seconds a million"),
                most,
                "s",
                at_most=True,
            )
            for name, most in (("SQLite", 60), ("PostgreSQL", 120))
        ),
        "Once, each in a process of its own. Ten times the events are ten times the clubs.",
    ),
    Chapter(
        "All clubs as a file",
        export.measure,
        (
            Goal(
                "20,000 clubs as a workbook, peak", _median("peak memory, workbook"), 300, "MB", at_most=True
            ),
        ),
        "Once, each in a process of its own.",
    ),
    Chapter(
        "Figures of a country",
        figures.measure,
        tuple(
            Goal(
                f"page, {where}, {when}, {database}, p95",
                _median(f"page, {where}, {when}, p95, {database}"),
                most,
                "ms",
                at_most=True,
            )
            for database in ("SQLite", "PostgreSQL")
            for when, most in (("today", 50), ("past", 500))
            for where in ("nation", "province", "largest province")
        )
        + tuple(
            Goal(
                f"memory of the service, {database}",
                _median(f"memory of the pages, {database}"),
                300,
                "MB",
                at_most=True,
            )
            for database in ("SQLite", "PostgreSQL")
        ),
        "Whole pages over HTTP, five rounds; then the figures of a page alone, once, every answer that of plain sums.",
    ),
    Chapter(
        "Letters of a year",
        letters.measure,
        (
            Goal(
                "digests a board and day",
                _median("digests a board and day, most"),
                1,
                "letters",
                at_most=True,
            ),
            Goal(
                "urgent letters a board and week, median",
                _median("urgent letters a board and week, median"),
                3,
                "letters",
                at_most=True,
            ),
            Goal("rules over all clubs for a day", _median("a day begins, most"), 10_000, "ms", at_most=True),
            Goal("the notifier's worker, RSS", _median("peak memory"), 300, "MB", at_most=True),
        ),
        "Once. A year of a country of 20,000 clubs, read day by day; the boards are 34.",
    ),
    Chapter(
        "The whole system at rest",
        visible.measure,
        (
            Goal("posted to visible, p95", _median("visible, p95"), 50, "ms", at_most=True),
            Goal("all processes together, of one core", _median("CPU at rest"), 3, "%", at_most=True),
            Goal("all processes together, PSS", _median("memory at rest"), 600, "MB", at_most=True),
        ),
    ),
)


def verdicts(bench: str, rows: Sequence[Row]) -> list[str]:
    """What the rows of a bench say about its bars."""
    goals = [goal for chapter in CHAPTERS if chapter.measure.__module__ == bench for goal in chapter.goals]
    return [goal.verdict(rows) for goal in goals]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="two short rounds each, nothing is written")
    options.add_argument("names", nargs="*", metavar="bench", help=f"all, or some of: {', '.join(_NAMES)}")
    asked = options.parse_args()
    if unknown := set(asked.names) - set(_NAMES):
        options.error(f"no bench: {', '.join(sorted(unknown))}; there are {', '.join(_NAMES)}")
    stop_cleanly_when_told()
    names, chapters = (
        asked.names or _NAMES,
        {} if asked.quick else _chapters(RESULTS.read_text(encoding="utf-8")),
    )
    for chapter in CHAPTERS:
        if chapter.name in names:
            chapters[chapter.title] = _measured(chapter, asked.quick)
            if not asked.quick:  # After each: what is measured is not lost if a later one is cut off.
                RESULTS.write_text(_report(chapters), encoding="utf-8")
    if asked.quick:
        print("A quick try: two short rounds. These are no results.\n")
    print(_report(chapters))


_NAMES: Final = tuple(chapter.name for chapter in CHAPTERS)


def _chapters(text: str) -> dict[str, str]:
    """The chapters of a report, by title."""
    return {part.partition("\n")[0]: part.strip() for part in text.split("\n## ")[1:]}


def _report(chapters: Mapping[str, str]) -> str:
    """The whole report: chapters that no bench makes stand last, as they were."""
    machine = "\n".join(f"| {name} | {said} |" for name, said in _machine().items())
    order = {chapter.title: number for number, chapter in enumerate(CHAPTERS)}
    ordered = sorted(chapters, key=lambda title: order.get(title, len(order)))
    return (
        "\n\n".join(
            [
                "# Results",
                "Made by `python -m bench.results`; do not edit. What is measured, and how: [README.md](README.md).",
                f"| machine | |\n|---|---|\n{machine}",
                *(f"## {chapters[title]}" for title in ordered),
            ]
        )
        + "\n"
    )


def _measured(chapter: Chapter, quick: bool) -> str:
    rows = _alone(chapter.measure, quick)
    verdicts = "\n".join(goal.verdict(rows) for goal in chapter.goals)
    remark = f"{_today()}, Python {platform.python_version()}. {chapter.remark}".strip()
    return "\n\n".join(filter(None, [chapter.title, remark, table(rows), verdicts]))


def _today() -> str:
    return day_in_viet_nam(now()).isoformat()


def _alone(measure: Measure, quick: bool) -> list[Row]:
    """Measure in a process of its own: what one bench leaves in memory must not slow the next."""
    with ProcessPoolExecutor(1, get_context("spawn"), stop_cleanly_when_told) as process:
        return process.submit(measure, quick).result()


def _machine() -> dict[str, str]:
    with postgresql() as databases, psycopg.connect(plain(databases.database())) as connection:
        [server] = connection.execute("SHOW server_version").fetchone() or ["?"]
    said = subprocess.run(
        [valkey_command(Path())[0], "--version"], capture_output=True, text=True, check=True
    )
    valkey = next(word for word in said.stdout.split() if word.startswith("v=")).removeprefix("v=")
    return {
        "date": _today(),
        "CPU": f"{_cpu()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": platform.release(),
        "Valkey": f"{valkey}, appendfsync always",
        "PostgreSQL": f"{server}, its own defaults",
        **{name: version(name) for name in _PACKAGES},
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor()
    )


if __name__ == "__main__":
    main()
