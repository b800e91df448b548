"""The read models made anew from the whole log of a simulated country, as `ishc reporting rebuild` does it.

Ten times the events are ten times the clubs: seconds, memory and disk show what growing costs. All but the newest
50,000 events lie in the archive, as in production. Beside it the floor: the same events only read and parsed.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from bench.country import Phase, alone
from bench.harness import (
    PROGRAMME,
    Row,
    a_log,
    postgresql,
    scratch,
    stop_cleanly_when_told,
    table,
    told,
    valkey,
)
from services.registry.work import Archiver
from services.reporting.projections import ReportingFollower
from services.reporting.rebuilding import rebuild
from services.reporting.tables import metadata
from services.simulating.stream import Simulation
from shared.archive import Archive
from shared.catch_up import BATCH, catch_up, parked_count
from shared.database import engine
from shared.log import START, Mark
from shared.valkey import connect
from shared.valkey_log import ValkeyLog
from tests.door import Door
from tests.servers import Valkey

SIZES: Final = (100_000, 1_000_000)
QUICK: Final = (2_000, 6_000)
UNTIL: Final = date(2026, 6, 30)
YEARS: Final = 5
A_CLUB: Final = 345  # Events of a club in these years, about.
DAYS: Final = 14  # Of reports recorded at once.
HOT_WINDOW: Final = 50_000


@dataclass(frozen=True, slots=True)
class Country:
    """A recorded country: where its log is, and how many events it has."""

    valkey: str
    archive: str
    events: int

    def log(self) -> ValkeyLog:
        return ValkeyLog(connect(self.valkey), Archive(engine(self.archive)), PROGRAMME)


def measure(quick: bool, sizes: Sequence[int] = SIZES) -> list[Row]:
    """Seconds, events a second, memory and disk of a rebuild, by size and database; once each."""
    rows: list[Row] = []
    for size in QUICK if quick else sizes:
        with scratch() as folder, valkey(folder / "v") as server, postgresql() as databases:
            country = _recorded(server, folder, size)
            urls = {"SQLite": f"sqlite:///{folder}/reporting.sqlite", "PostgreSQL": databases.database()}
            floor = alone(partial(_read, country))
            for name, url in urls.items():
                rebuilt = alone(partial(_rebuilt, country, url))
                rows += told(_rows(f"{size:,} events, {name}", country, rebuilt, floor))
    return rows


def _recorded(server: Valkey, folder: Path, size: int) -> Country:
    """Let the registry judge and record what a country of that size reports, and archive it on the way."""
    log, archive = a_log(server, folder), f"sqlite:///{folder}/archive.sqlite"
    door, archiver = Door(log, folder), Archiver(engine(archive))
    days = Simulation(size // A_CLUB, YEARS, 7, UNTIL).arrivals()
    while pieces := list(islice(days, DAYS)):
        door.record(b"".join(pieces).splitlines(keepends=True))
        catch_up(log, archiver, lambda events: log.archived(events, HOT_WINDOW))
    return Country(server.url, archive, log.head().position)


def _read(country: Country) -> int:
    log, mark, read = country.log(), START, 0
    while events := log.follow(mark, BATCH):
        read += sum(one.event is not None for one in events)
        mark = Mark.of(events[-1])
    return read


def _rebuilt(country: Country, url: str) -> int:
    """How many bytes the read models have in the end."""
    database = engine(url, durable=False)
    metadata.create_all(database)
    follower = ReportingFollower(database, country.log())
    reached = rebuild(country.log(), follower, open_log=country.log)
    if reached != country.events or parked_count(follower):
        raise RuntimeError(f"reached {reached} of {country.events}, {parked_count(follower)} parked")
    return _bytes(database)


def _bytes(database: Engine) -> int:
    if database.dialect.name == "postgresql":
        with database.connect() as connection:
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    database.dispose()  # The last connection to close empties SQLite's log into the file.
    return Path(database.url.database or "").stat().st_size


def _rows(case: str, country: Country, rebuilt: Phase, floor: Phase) -> Iterator[Row]:
    ours, beside = "ours: rebuild", "floor: read and parsed only"
    note = f"{country.events:,} in {rebuilt.seconds:,.1f} s"
    yield Row(f"{case}, speed", ours, "events/s", (country.events / rebuilt.seconds,), note)
    yield Row(f"{case}, speed", beside, "events/s", (country.events / floor.seconds,))
    yield Row(f"{case}, seconds a million", ours, "s", (rebuilt.seconds / country.events * 1e6,))
    yield Row(f"{case}, peak memory", ours, "MB", (rebuilt.peak_mb,), "all its processes")
    yield Row(f"{case}, peak memory", beside, "MB", (floor.peak_mb,))
    yield Row(f"{case}, disk", ours, "bytes an event", (rebuilt.found / country.events,))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true", help="small countries, to see that it works")
    options.add_argument("--events", type=int, nargs="+", default=SIZES, help="sizes, 10000000 takes hours")
    asked = options.parse_args()
    stop_cleanly_when_told()
    print(table(measure(asked.quick, asked.events)))


if __name__ == "__main__":
    main()
