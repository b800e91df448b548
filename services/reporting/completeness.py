"""What became of the meetings that clubs were expected to hold, from the read models at a position."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from services.reporting.asking import Clocks
from services.reporting.expected import life_of, meetings_told
from services.reporting.lists import believed, names
from services.reporting.tables import clubs, heard
from shared.calendar import (
    Devices,
    Expectation,
    Expected,
    Told,
    became,
    devices_of,
    expectations,
)
from shared.same_club import root_of


class Newest(NamedTuple):
    """The newest report about a club: its position in the log, and when it was recorded."""

    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ClubMeetings:
    """The meetings expected of one club, what was told of them, and its devices as its accepted reports show them."""

    club: str
    name: str
    expectations: Sequence[Expectation]
    told: Sequence[Told]
    devices: Devices
    newest: Newest | None

    def became(self, on: date, devices: Devices | None = None) -> list[Expected]:
        """What became of each; with better knowledge of the devices, if there is any."""
        known = self.devices if devices is None else devices
        return [one for of in self.expectations for one in became(of, self.told, known, on)]


def in_province(
    connection: Connection, asked: Clocks, province: str, first: date, last: date
) -> list[ClubMeetings]:
    """Every club of a province (code on today's map) with the meetings due from `first` to `last`."""
    return _meetings(connection, asked.position, clubs.c.province_now == province, first, last)


def of_club(connection: Connection, asked: Clocks, club: str, first: date, last: date) -> ClubMeetings | None:
    """One club with its meetings due from `first` to `last`; None if there is no such founded club."""
    found = _meetings(connection, asked.position, clubs.c.subject == club, first, last)
    return found[0] if found else None


def _meetings(
    connection: Connection, position: int, which: ColumnElement[bool], first: date, last: date
) -> list[ClubMeetings]:
    columns = [clubs.c[name] for name in ("subject", "name", "founded", "launched", "ended", "charters")]
    wanted = (believed(clubs, position), clubs.c.founded.is_not(None), which)
    rows = connection.execute(select(*columns).where(*wanted).order_by(clubs.c.subject)).all()
    expected = {row.subject: list(expectations(life_of(row), first, last)) for row in rows}
    # A club registered twice has reports under both names; they count from when they were first told.
    aliases = names(connection, position)
    roots = {name: root for name in aliases if (root := root_of(name, aliases)) in expected}
    roots |= {club: club for club in expected}
    days = [day for some in expected.values() for one in some for day in (one.first, one.last)]
    told = meetings_told(connection, position, roots, min(days), max(days)) if days else {}
    devices, newest = _heard(connection, position, roots)
    return [
        ClubMeetings(
            row.subject,
            row.name,
            expected[row.subject],
            told.get(row.subject, ()),
            devices.get(row.subject, Devices()),
            newest.get(row.subject),
        )
        for row in rows
    ]


def _heard(
    connection: Connection, position: int, roots: Mapping[str, str]
) -> tuple[dict[str, Devices], dict[str, Newest]]:
    """When the devices of each club were last heard from, about whatever, and the newest report about each club."""
    query = (
        select(heard.c.subject, heard.c.type, heard.c.source, func.max(heard.c.position).label("position"))
        .where(heard.c.subject.in_(roots), heard.c.position <= position)
        .group_by(heard.c.subject, heard.c.type, heard.c.source)
    )
    told: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    last: defaultdict[str, int] = defaultdict(int)
    for row in connection.execute(query):
        club = roots[row.subject]
        last[club] = max(last[club], row.position)
        if row.source is not None:
            told[club].add((row.type, row.source))
    devices = {club: devices_of(some) for club, some in told.items()}
    heard_from = _last_heard(connection, position, set().union(*devices.values()))
    moments = _moments(connection, last.values())
    return (
        {club: Devices({one: heard_from[one] for one in sorted(some)}) for club, some in devices.items()},
        {club: Newest(at, moments[at]) for club, at in last.items()},
    )


def _last_heard(connection: Connection, position: int, sources: Collection[str]) -> dict[str, datetime]:
    """When an accepted report of each source was last recorded."""
    query = (
        select(heard.c.source, func.max(heard.c.position).label("position"))
        .where(heard.c.source.in_(sources), heard.c.position <= position)
        .group_by(heard.c.source)
    )
    last = {row.source: row.position for row in connection.execute(query)}
    moments = _moments(connection, last.values())
    return {source: moments[at] for source, at in last.items()}


def _moments(connection: Connection, positions: Collection[int]) -> dict[int, datetime]:
    query = select(heard.c.position, heard.c.recorded_at).where(heard.c.position.in_(positions))
    return {row.position: row.recorded_at for row in connection.execute(query)}
