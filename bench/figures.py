"""Figures of a whole country: the questions of a national and of a province's page, at today's clocks and at past ones.

The read models are those of a simulated country of a million events and some 20,000 clubs. Today's page is asked after
every single event, as if it had just arrived; a past one at random positions and days. Beside it: the same questions
as plain sums over all effects, as they are without blocks and memory. The answers must be the same; else it fails.
"""

import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, delete, func, select

from bench import pages
from bench.harness import (
    Row,
    a_log,
    peak_mb,
    percentile,
    postgresql,
    run,
    scratch,
    stop_cleanly_when_told,
    told,
    valkey,
)
from services.reporting.blocks import SIZES, Sizes
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS
from services.reporting.memory import Memory
from services.reporting.projections import ReportingFollower
from services.reporting.question import By, Question
from services.reporting.rebuilding import rebuild
from services.reporting.tables import clubs, effects, heard, metadata, summed
from services.simulating.stream import Simulation
from shared.database import engine, snapshot
from shared.log import Log
from shared.preview import undone
from tests.door import Door

T = TypeVar("T")

UNTIL: Final = date(2026, 6, 30)
COUNTRY: Final = (20_000, 1_000_000)  # Clubs of a year, and how many of their events.
VILLAGES: Final = (300, 10_000)
PROVINCE: Final = "08"
DAYS: Final = 21  # Of reports taken at once.
STANDING: Final = (
    "clubs",
    "members",
    "trainings",
    "delegates",
    "fund_vnd",
    "women_share",
    "older_share",
    "active_clubs",
)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what how often, of which database."""

    url: str
    province: str | None
    today: bool
    times: int


@dataclass(frozen=True, slots=True)
class Found:
    """Milliseconds of each page, ours and by plain sums, and the most memory the process held."""

    ours: list[float]
    plain: list[float]
    peak_mb: float


def measure(quick: bool) -> list[Row]:
    """Milliseconds of a page's figures. Raises `RuntimeError` if two answers differ."""
    (clubs, most), sizes, times = (VILLAGES, Sizes(2**10, 2**12), 10) if quick else (COUNTRY, SIZES, 100)
    rows: list[Row] = []
    with scratch() as folder, valkey(folder / "v") as server, postgresql() as databases:
        log = a_log(server, folder)
        urls = {"SQLite": f"sqlite:///{folder}/reporting.sqlite", "PostgreSQL": databases.database()}
        _record(log, folder, Simulation(clubs, 1, 7, UNTIL), most)
        for name, url in urls.items():
            rows += told([_projected(name, url, log, sizes)])
            country = _country(name, url, server.url, folder)
            rows += told(pages.rows(country, _alone(partial(pages.asked, country, 5 * times))))
            rows += told(asked_of(name, url, times))
    return rows


def asked_of(name: str, url: str, times: int) -> Iterator[Row]:
    """The pages of one database, each kind asked in a process of its own."""
    for where, province in (("nation", None), ("province", PROVINCE)):
        for when, today in (("today", True), ("past", False)):
            found = _alone(partial(_asked, Asking(url, province, today, times)))
            for percent in (50, 95):
                case = f"{where}, {when}, p{percent}, {name}"
                yield Row(case, "ours", "ms", (percentile(found.ours, percent),), f"{times} pages")
                yield Row(
                    case, "plain sums", "ms", (percentile(found.plain, percent),), f"{len(found.plain)} pages"
                )
            yield Row(f"peak memory, {where}, {when}, {name}", "RSS", "MB", (found.peak_mb,))


def page(day: date, position: int, province: str | None) -> Iterator[Question]:
    """The questions of the national page by province, or of a province's by commune, with the league of its clubs."""
    scope = f"province:{province}" if province else "nation"
    by: tuple[By, ...] = ("commune",) if province else ("province",)

    def ask(code: str, by: tuple[By, ...], start: date = date.min) -> Question:
        return Question(INDICATORS[code], by, start, day, scope, "34", position)

    yield from (ask(code, by) for code in STANDING)
    yield ask("communes_with_club", () if province else by)
    yield ask("new_clubs", by, date(day.year, 1, 1))
    yield ask("meetings", by, day - timedelta(days=29))
    yield ask("meetings", ("month",), date(day.year - 2, day.month, 1))
    if province:
        yield ask("meetings", ("club",), date(day.year, 1, 1))


def _record(log: Log, folder: Path, simulation: Simulation, most: int) -> None:
    """Let the registry judge and record what the country reports, until there are enough events."""
    door, days = Door(log, folder), simulation.arrivals()
    while log.head().position < most and (pieces := list(islice(days, DAYS))):
        door.record(b"".join(pieces).splitlines(keepends=True))


def _projected(name: str, url: str, log: Log, sizes: Sizes) -> Row:
    database = engine(url, durable=False)
    metadata.create_all(database)
    start = time.perf_counter()
    position = rebuild(log, ReportingFollower(database, log, sizes))
    rate = position / (time.perf_counter() - start)
    with snapshot(database).connect() as connection:
        rows = connection.scalar(select(func.count()).select_from(effects))
    database.dispose()
    return Row(f"projecting, {name}", "ours: rebuild", "events/s", (rate,), f"{position:,}: {rows:,} effects")


def _country(name: str, url: str, log: str, folder: Path) -> pages.Country:
    database = engine(url, durable=False)
    with snapshot(database).connect() as connection:
        head = connection.scalar(select(func.max(heard.c.position))) or 0
        by_province = select(clubs.c.province_now).group_by(clubs.c.province_now)
        largest = connection.scalar(by_province.order_by(func.count().desc()).limit(1)) or PROVINCE
        today = _newest_day(connection, head)
    database.dispose()
    return pages.Country(name, url, log, folder, head, today, largest)


def _newest_day(connection: Connection, head: int) -> date:
    met = (effects.c.indicator == "meetings", effects.c.position > head - 1000)
    return date.fromisoformat(connection.scalar(select(func.max(effects.c.last_day)).where(*met)) or "")


def _asked(asking: Asking) -> Found:
    """Ask page after page; a few of them also by plain sums."""
    database, memory, chance = engine(asking.url, durable=False), Memory(), random.Random(7)
    with snapshot(database).connect() as connection:
        head = connection.scalar(select(func.max(heard.c.position))) or 0
        today = _newest_day(connection, head)
    ours, plain = [], []
    for number in range(-1, asking.times):  # The first page of a day is not the one everybody waits for.
        position, day = head - asking.times + 1 + number, today
        if not asking.today:
            position, day = chance.randint(head // 3, head), today - timedelta(days=chance.randrange(180))
        questions = list(page(day, position, asking.province))
        with snapshot(database).connect() as connection:
            took, answers = _answered(memory.serves(connection), questions)
        if number >= 0:
            ours.append(took)
        if number % (asking.times // 4 or 1) == 0:
            with undone(database) as connection:
                connection.execute(delete(summed))  # Without it nobody knows of blocks.
                took, expected = _answered(connection, questions)
            plain.append(took)
            if expected != answers:
                raise RuntimeError(f"another answer by plain sums at {position} on {day}")
    database.dispose()
    return Found(ours, plain, peak_mb())


def _answered(connection: Connection, questions: list[Question]) -> tuple[float, list[object]]:
    start = time.perf_counter()
    answers: list[object] = [figures(connection, question) for question in questions]
    return 1000 * (time.perf_counter() - start), answers


def _alone(work: Callable[[], T]) -> T:
    """Do the work in a process of its own: its memory is its own."""
    with ProcessPoolExecutor(1, get_context("spawn"), stop_cleanly_when_told) as process:
        return process.submit(work).result()


if __name__ == "__main__":
    run(measure)
