"""Letters of a year: what the boards of a simulated country of 20,000 clubs get, and what it costs to find out.

The notifier's own follower reads a year of reports hour by hour, its clock walking along: each day begins, each letter
is written at its hour. There are 34 provincial associations with the usual hours, a national office and a technician.
Beside the letters: what there would be, were each thing told in a letter of its own.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Engine, func, insert, select

from bench.harness import Row, a_log, peak_mb, percentile, run, scratch, stop_cleanly_when_told, valkey
from services.notifier.composing import Letterhead
from services.notifier.following import NotifierFollower
from services.notifier.hours import Hours
from services.notifier.outbox import Outbox
from services.notifier.rehearsing import next_moment
from services.notifier.tables import conditions, entries, facts, letters, metadata, offices
from services.simulating.stream import Simulation
from shared.archive import Archive
from shared.catch_up import BATCH, checkpoint, digest
from shared.clock import day_in_viet_nam
from shared.database import engine
from shared.log import Log
from shared.places import provinces
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.door import Door

UNTIL: Final = date(2026, 6, 30)
SEED: Final = 7
COUNTRY, VILLAGES = 20_000, 300
GAP: Final = timedelta(minutes=15)
NATION: Final = "national"
BOARDS: Final = [f"hoi-{one.code}" for one in provinces("34")]

Hourly = list[
    tuple[datetime, int]
]  # The end of each hour in which something arrived, and how far the log reached.


class Told(NamedTuple):
    """One thing told to an office: in which letter, of which kind, by which rule, and when the letter was written."""

    office: str
    letter: str
    kind: str
    rule: str
    at: datetime


@dataclass(slots=True)
class Year:
    """What a year of following brought."""

    events: int = 0
    seconds: float = 0.0
    mornings: list[float] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    clubs: int = 0
    conditions: int = 0
    peak_mb: float = 0.0


def measure(quick: bool) -> list[Row]:
    """Letters, seconds and megabytes of a year."""
    clubs = VILLAGES if quick else COUNTRY
    with scratch() as folder, valkey(folder / "v") as server:
        hours = recorded(a_log(server, folder), folder, Simulation(clubs, 1, SEED, UNTIL))
        with ProcessPoolExecutor(1, get_context("spawn"), stop_cleanly_when_told) as process:
            year = process.submit(partial(follow, server.url, folder, hours)).result()
    first = day_in_viet_nam(hours[0][0])
    return [*_letter_rows(year.told, first), *_rule_rows(year.told), *_cost_rows(year)]


def recorded(log: Log, folder: Path, simulation: Simulation) -> Hourly:
    """Let the registry judge and record what the country reports, hour by hour."""
    door, hours = Door(log, folder), Hourly()
    for end, lines in simulation.hours():
        door.now = end
        door.record(lines)
        hours.append((end, log.head().position))
    return hours


def follow(url: str, folder: Path, hours: Hourly) -> Year:
    """Follow the year in a process of its own: its memory is its own."""
    log = ValkeyLog(connect(url), Archive(engine(f"sqlite:///{folder}/archive.sqlite")), "vn")
    database = engine(f"sqlite:///{folder}/notifier.sqlite")
    metadata.create_all(database)
    _open_offices(database)
    year, now = Year(events=hours[-1][1]), hours[0][0]
    follower = NotifierFollower(database, log, lambda: now, Outbox(Letterhead("ishc.test", GAP)))
    for end, position in hours:
        while (then := _next(database, now)) < end:
            begins, now = day_in_viet_nam(then) > day_in_viet_nam(now), then
            seconds = _timed(follower.settle)
            if begins:
                year.mornings.append(seconds)
        if end.month != now.month:
            print(f"{end:%Y-%m}: {position:,} of {year.events:,} events", file=sys.stderr, flush=True)
        now = end
        year.seconds += _timed(lambda position=position: _take(log, follower, position))  # type: ignore[misc]
    year.peak_mb = peak_mb()
    with database.connect() as connection:
        columns = (letters.c.office, letters.c.told, letters.c.kind, entries.c.rule, letters.c.made_at)
        told = select(*columns).join(entries, entries.c.letter == letters.c.told)
        year.told = [Told(*row) for row in connection.execute(told)]
        year.clubs, year.conditions = (
            connection.scalar(select(func.count()).select_from(table)) or 0 for table in (facts, conditions)
        )
    return year


def _next(database: Engine, now: datetime) -> datetime:
    with database.begin() as transaction:
        return next_moment(transaction, now)


def _take(log: Log, follower: NotifierFollower, position: int) -> None:
    """Read on up to a position, as a worker does."""
    mark = checkpoint(follower)
    while mark.position < position:
        events = log.follow(mark, min(BATCH, position - mark.position))
        mark = digest(follower, follower.engine.begin, mark, events)
    follower.settle()


def _open_offices(database: Engine) -> None:
    usual = {"addresses": ["office@ishc.test"], "languages": {}, "language": "vi"}
    hours = Hours().model_dump(mode="json")
    rows = [
        {"id": f"hoi-{one.code}", "name": one.name, "kind": "provincial_association", "provinces": [one.code]}
        for one in provinces("34")
    ]
    rows.append({"id": NATION, "name": "Trung ương Hội", "kind": "national_office", "provinces": []})
    rows.append({"id": "technician", "name": "Kỹ thuật", "kind": "technician", "provinces": []})
    with database.begin() as transaction:
        transaction.execute(insert(offices), [row | usual | {"hours": hours} for row in rows])


def _letter_rows(told: list[Told], first: date) -> Iterator[Row]:
    """Of the boards: how many letters a week, and how long they are."""
    weeks = ((UNTIL - first).days + 1) // 7
    lines = Counter((one.office, one.letter, one.kind, one.at) for one in told if one.office in BOARDS)
    urgent = {one: long for one, long in lines.items() if one[2] == "urgent"}
    digests = {one: long for one, long in lines.items() if one[2] != "urgent"}

    def weekly(found: list[tuple[str, datetime]]) -> list[float]:
        counts = Counter((office, (day_in_viet_nam(at) - first).days // 7) for office, at in found)
        return [float(counts[office, week]) for office in BOARDS for week in range(weeks)]

    def of(found: dict[tuple[str, str, str, datetime], int]) -> list[tuple[str, datetime]]:
        return [(office, at) for office, _, _, at in found]

    alone = [(one.office, one.at) for one in told]
    for name, numbers in (
        ("all letters a board and week", weekly(of(dict(lines)))),
        ("urgent letters a board and week", weekly(of(urgent))),
        ("digests a board and week", weekly(of(digests))),
        ("were each told alone, letters a board and week", weekly(alone)),
        ("things told in an urgent letter", [float(long) for long in urgent.values()]),
        ("things told in a digest", [float(long) for long in digests.values()]),
    ):
        for word, percent in (("median", 50), ("p95", 95), ("most", 100)):
            yield Row(f"{name}, {word}", "ours", "", (percentile(numbers or [0.0], percent),))
    daily = Counter((office, day_in_viet_nam(at)) for office, at in of(digests))
    yield Row("digests a board and day, most", "ours", "letters", (float(max(daily.values(), default=0)),))


def _rule_rows(told: list[Told]) -> Iterator[Row]:
    """Which rule tells how much: things told in the year, by a median board."""
    counts = Counter((one.rule, one.office) for one in told)
    for rule in sorted({one.rule for one in told}):
        of_boards = [float(counts[rule, office]) for office in BOARDS]
        others = f"nation {counts[rule, NATION]}, technician {counts[rule, 'technician']}"
        yield Row(f"{rule}, told a board in the year", "ours", "", (percentile(of_boards, 50),), others)


def _cost_rows(year: Year) -> Iterator[Row]:
    note = f"{year.clubs:,} subjects, {year.conditions:,} conditions"
    yield Row("following", "ours: notifier", "events/s", (year.events / year.seconds,), f"{year.events:,}")
    for word, percent in (("median", 50), ("most", 100)):
        seconds = percentile(year.mornings, percent)
        yield Row(f"a day begins, {word}", "ours", "ms", (1000 * seconds,), note)
    yield Row("peak memory", "RSS", "MB", (year.peak_mb,))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    run(measure)
