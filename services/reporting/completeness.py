"""What became of the meetings that clubs were expected to hold, from the read models at a position."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from services.reporting.asking import Clocks
from services.reporting.calendar import (
    Devices,
    Expectation,
    Expected,
    Life,
    Told,
    became,
    devices_of,
    expectations,
)
from services.reporting.lists import believed, names
from services.reporting.tables import clubs, effects, heard
from shared.events import CharterAdopted
from shared.same_club import root_of
from shared.values import when

_HELD = {"meetings": True, "meetings_cancelled": False}


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
    expected = {row.subject: list(expectations(_life(row), first, last)) for row in rows}
    # A club registered twice has reports under both names; they count from when they were first told.
    aliases = names(connection, position)
    roots = {name: root for name in aliases if (root := root_of(name, aliases)) in expected}
    roots |= {club: club for club in expected}
    days = [day for some in expected.values() for one in some for day in (one.first, one.last)]
    told = _told(connection, position, roots, min(days), max(days)) if days else {}
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


def _life(row: Any) -> Life:
    launched, ended = (when(day) if day else None for day in (row.launched, row.ended))
    charters = [CharterAdopted.model_validate(charter) for charter in row.charters]
    return Life(when(row.founded), launched, ended, charters)


def _told(
    connection: Connection, position: int, roots: Mapping[str, str], first: date, last: date
) -> dict[str, list[Told]]:
    """The meetings held and cancelled that may lie between two days, by club."""
    rows = (
        select(
            effects.c.subject,
            effects.c.indicator,
            effects.c.first_day,
            effects.c.last_day,
            func.sum(effects.c.value).label("number"),
            func.min(case((effects.c.value > 0, effects.c.position))).label("position"),
        )
        .where(
            effects.c.indicator.in_(_HELD),
            effects.c.subject.in_(roots),
            effects.c.position <= position,
            effects.c.first_day <= last.isoformat(),
            effects.c.last_day >= first.isoformat(),
        )
        .group_by(effects.c.subject, effects.c.indicator, effects.c.first_day, effects.c.last_day)
        .subquery()
    )
    at = heard.c.position == rows.c.position
    query = select(rows, heard.c.recorded_at, heard.c.source).join(heard, at).order_by(rows.c.position)
    counts: defaultdict[tuple[str, bool, str, str], int] = defaultdict(int)
    first_told: dict[tuple[str, bool, str, str], Any] = {}
    for row in connection.execute(query):
        key = (roots[row.subject], _HELD[row.indicator], row.first_day, row.last_day)
        counts[key] += int(row.number)
        first_told.setdefault(key, row)
    found: defaultdict[str, list[Told]] = defaultdict(list)
    for (club, held, first_day, last_day), row in first_told.items():
        days = date.fromisoformat(first_day), date.fromisoformat(last_day)
        recorded_at = row.recorded_at if row.source is not None else None
        one = Told(*days, held, row.position, recorded_at)
        found[club] += [one] * counts[club, held, first_day, last_day]
    return found


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
