"""All clubs as a file: seconds and peak memory of CSV and workbook, each written in a process of its own.

20,000 clubs with three meetings each, in SQLite. Beside the CSV: the same rows read and thrown away, the floor. Beside
the workbook: openpyxl's own way of writing without keeping (`write_only`), the same cells without formats.
"""

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import openpyxl
from sqlalchemy import Connection

from bench.country import Phase, alone
from bench.harness import Row, run, scratch
from bench.reports import meeting
from services.reporting.asking import Clocks, ClubsAsked
from services.reporting.projections import ReportingFollower
from services.reporting.sheets.kinds import Format, write
from services.reporting.sheets.of_lists import clubs_sheet
from services.reporting.sheets.sheet import Sheet
from services.reporting.tables import metadata
from shared.catch_up import catch_up
from shared.database import engine, snapshot
from shared.memory_log import MemoryLog
from tests.builders import club_founded, entry

CLUBS: Final = 20_000
FEW: Final = 500
MEETINGS: Final = 3
_MADE: Final = datetime(2026, 6, 30, tzinfo=UTC)
Work = Callable[[Sheet], int]


def measure(quick: bool) -> list[Row]:
    """Clubs a second, and the most memory each process held: the number of clubs must hardly show in it."""
    clubs = FEW if quick else CLUBS
    with scratch() as folder:
        url = f"sqlite:///{folder / 'reporting.sqlite'}"
        position = alone(partial(_fill, url, clubs)).found
        phases = {case: alone(partial(_with_sheet, url, position, work)) for case, work in _CASES.items()}
    return list(_rows(clubs, phases))


def _fill(url: str, clubs: int) -> int:
    """A country in the read models; returns the position reached."""
    database, log = engine(url, durable=False), MemoryLog()
    metadata.create_all(database)
    for number in range(clubs):
        club = f"club-{number:05d}"
        meetings = [entry(meeting(f"{club}-{n}", club), n + 2) for n in range(MEETINGS)]
        log.append([entry(club_founded(club, on="2025-07-15"), 1), *meetings], _MADE)
    return catch_up(log, ReportingFollower(database, log))


def _with_sheet(url: str, position: int, work: Work) -> int:
    with snapshot(engine(url)).connect() as connection:
        return work(_clubs(connection, position))


def _clubs(connection: Connection, position: int) -> Sheet:
    return clubs_sheet(connection, Clocks(position, _MADE, _MADE.date()), ClubsAsked(), "vi")


def _written(format: Format, sheet: Sheet) -> int:
    clocks = Clocks(1, _MADE, _MADE.date())
    with tempfile.TemporaryFile() as file:
        write(sheet, file, format, "words", "vi", clocks)
        return file.tell()


def _read(sheet: Sheet) -> int:
    return sum(1 for _ in sheet.rows)


def _by_openpyxl(sheet: Sheet) -> int:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    for row in sheet.rows:
        page.append(list(row))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clubs.xlsx"
        book.save(path)
        return path.stat().st_size


_CASES: Final[dict[tuple[str, str], Work]] = {
    ("CSV", "ours"): partial(_written, "csv"),
    ("CSV", "rows read, nothing written"): _read,
    ("workbook", "ours"): partial(_written, "xlsx"),
    ("workbook", "openpyxl, write only"): _by_openpyxl,
}


def _rows(clubs: int, phases: dict[tuple[str, str], Phase]) -> Iterator[Row]:
    for (case, who), phase in phases.items():
        note = f"{clubs:,} clubs in {phase.seconds:.1f} s"
        yield Row(f"all clubs, {case}", who, "clubs/s", (clubs / phase.seconds,), note)
    for (case, who), phase in phases.items():
        yield Row(f"peak memory, {case}", who, "MB", (phase.peak_mb,))


if __name__ == "__main__":
    run(measure)
