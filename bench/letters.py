"""Letters of a year: what the boards of a simulated country of 20,000 clubs get, and what it costs to find out.

The notifier's own follower reads a year of reports day by day, its clock walking along: each day begins, each digest is
written at its hour. There are 34 provincial associations with the usual hours, and a national office.
Beside the letters: what there would be, were each thing told in a letter of its own.
"""

import resource
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, func, insert, select

from bench.harness import Row, a_log, percentile, run, scratch, stop_cleanly_when_told, valkey
from services.notifier.composing import Letterhead
from services.notifier.following import NotifierFollower
from services.notifier.hours import Hours
from services.notifier.outbox import Outbox
from services.notifier.rehearsing import next_moment
from services.notifier.tables import conditions, entries, facts, letters, metadata, offices
from services.simulating.stream import Simulation
from shared.archive import Archive
from shared.catch_up import BATCH, checkpoint, digest
from shared.clock import VIET_NAM, day_in_viet_nam
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

Days = list[tuple[date, int]]  # Each day, and how far the log reached at its end.


@dataclass(slots=True)
class Year:
    """What a year of following brought."""

    events: int = 0
    seconds: float = 0.0
    mornings: list[float] = field(default_factory=list)
    written: list[tuple[str, str, datetime]] = field(default_factory=list)
    told: list[tuple[str, datetime]] = field(default_factory=list)
    clubs: int = 0
    conditions: int = 0
    peak_mb: float = 0.0


def measure(quick: bool) -> list[Row]:
    """Letters, seconds and megabytes of a year."""
    clubs = VILLAGES if quick else COUNTRY
    with scratch() as folder, valkey(folder / "v") as server:
        log = a_log(server, folder)
        days = _recorded(log, folder, Simulation(clubs, 1, SEED, UNTIL))
        with ProcessPoolExecutor(1, get_context("spawn"), stop_cleanly_when_told) as process:
            year = process.submit(partial(follow, server.url, folder, days)).result()
    return [*_letter_rows(year, days), *_cost_rows(year)]


def follow(url: str, folder: Path, days: Days) -> Year:
    """Follow the year in a process of its own: its memory is its own."""
    archive = Archive(engine(f"sqlite:///{folder}/archive.sqlite"))
    log = ValkeyLog(connect(url), archive, "vn")
    database = engine(f"sqlite:///{folder}/notifier.sqlite")
    metadata.create_all(database)
    _open_offices(database)
    now = datetime.combine(days[0][0], datetime.min.time(), VIET_NAM)
    follower = NotifierFollower(database, log, lambda: now, Outbox(Letterhead("ishc.test", GAP)))
    year = Year()
    for day, position in days:
        now = datetime.combine(day, datetime.min.time(), VIET_NAM) + timedelta(hours=20)
        start = time.perf_counter()
        _take(log, follower, position)
        year.seconds += time.perf_counter() - start
        evening = now
        while True:
            with database.begin() as transaction:
                then = next_moment(transaction, now)
            if then > evening + timedelta(days=1):
                break
            begins = day_in_viet_nam(then) > day_in_viet_nam(now)
            now, start = then, time.perf_counter()
            follower.settle()
            if begins:
                year.mornings.append(time.perf_counter() - start)
        now = evening
    year.events = days[-1][1]
    with database.connect() as connection:
        year.written = [
            row._tuple()
            for row in connection.execute(select(letters.c.office, letters.c.kind, letters.c.made_at))
        ]
        told = select(entries.c.office, entries.c.made_at).where(entries.c.letter.is_not(None))
        year.told = [row._tuple() for row in connection.execute(told)]
        year.clubs, year.conditions = (
            connection.scalar(select(func.count()).select_from(table)) or 0 for table in (facts, conditions)
        )
    year.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return year


def _recorded(log: Log, folder: Path, simulation: Simulation) -> Days:
    """Let the registry judge and record what the country reports, day by day."""
    door, days = Door(log, folder), Days()
    day = UNTIL.replace(year=UNTIL.year - 1) + timedelta(days=1)
    for piece in simulation.arrivals():
        door.record(piece.splitlines(keepends=True))
        days.append((day, log.head().position))
        day += timedelta(days=1)
    return days


def _take(log: Log, follower: NotifierFollower, position: int) -> None:
    """Read on up to a position."""
    mark = checkpoint(follower)
    while mark.position < position:
        events = log.follow(mark, min(BATCH, position - mark.position))
        mark = digest(follower, follower.engine.begin, mark, events)


def _open_offices(database: Engine) -> None:
    usual = {"addresses": ["office@ishc.test"], "languages": {}, "language": "vi"}
    hours = Hours().model_dump(mode="json")
    rows = [
        {"id": f"hoi-{one.code}", "name": one.name, "kind": "provincial_association", "provinces": [one.code]}
        for one in provinces("34")
    ]
    rows.append({"id": NATION, "name": "Văn phòng", "kind": "national_office", "provinces": []})
    with database.begin() as transaction:
        transaction.execute(insert(offices), [row | usual | {"hours": hours} for row in rows])


def _letter_rows(year: Year, days: Days) -> Iterator[Row]:
    boards = [f"hoi-{one.code}" for one in provinces("34")]
    weeks = len(days) // 7
    first = days[0][0]

    def weekly(found: list[tuple[str, datetime]]) -> list[float]:
        counts = Counter((office, (day_in_viet_nam(at) - first).days // 7) for office, at in found)
        return [float(counts[office, week]) for office in boards for week in range(weeks)]

    kinds = {
        "all letters": weekly([(office, at) for office, _, at in year.written]),
        "urgent letters": weekly([(office, at) for office, kind, at in year.written if kind == "urgent"]),
        "digests": weekly([(office, at) for office, kind, at in year.written if kind != "urgent"]),
        "were each told alone, letters": weekly(year.told),
    }
    for name, counts in kinds.items():
        for word, percent in (("median", 50), ("p95", 95), ("most", 100)):
            yield Row(f"{name} a board and week, {word}", "ours", "letters", (percentile(counts, percent),))
    daily = Counter((office, day_in_viet_nam(at)) for office, kind, at in year.written if kind != "urgent")
    yield Row("digests a board and day, most", "ours", "letters", (float(max(daily.values(), default=0)),))


def _cost_rows(year: Year) -> Iterator[Row]:
    note = f"{year.clubs:,} clubs, {year.conditions:,} conditions"
    yield Row("following", "ours: notifier", "events/s", (year.events / year.seconds,), f"{year.events:,}")
    for word, percent in (("median", 50), ("most", 100)):
        seconds = percentile(year.mornings, percent)
        yield Row(f"a day begins, {word}", "ours", "ms", (1000 * seconds,), note)
    yield Row("peak memory", "RSS", "MB", (year.peak_mb,))


if __name__ == "__main__":
    run(measure)
