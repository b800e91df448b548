"""The meetings clubs were expected to hold, to be counted: of each club, what became of them by the newest report.

The rules are those of `GET /v1/completeness` (decision 0015); devices play no part, as nothing of them is counted.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from services.reporting.calendar import (
    Devices,
    Expectation,
    Expected,
    Life,
    Meetings,
    Told,
    became,
    expectations,
)
from services.reporting.lists import believed, names
from services.reporting.tables import clubs, effects, heard
from shared.clock import day_in_viet_nam
from shared.events import CharterAdopted
from shared.same_club import root_of
from shared.values import Range, when

_HELD = {"meetings": True, "meetings_cancelled": False}


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which clubs meetings are asked for: those of a province of today's map, one, or all."""

    province_now: str | None = None
    club: str | None = None


def meetings_due(
    connection: Connection, position: int, days: tuple[date, date], whose: Whose, meetings: Meetings
) -> Iterator[tuple[Row[Any], list[tuple[date, Range]]]]:
    """Each club, its row saying where it sits, with its meetings due within the days: due when, and what it adds."""
    rows = _clubs(connection, position, whose)
    expected = {row.subject: list(expectations(life_of(row), *days)) for row in rows}
    if meetings.all_of_them:
        for row in rows:
            yield (
                row,
                [(one.due, Range(one.meetings, one.meetings, one.meetings)) for one in expected[row.subject]],
            )
        return
    told = _told_of(connection, position, expected)
    on = max(days[1], _recorded_on(connection, position))
    for row in rows:
        found = _became(expected[row.subject], told.get(row.subject, ()), on)
        yield row, [(one.of.due, meetings.of(one)) for one in found]


def _clubs(connection: Connection, position: int, whose: Whose) -> Sequence[Row[Any]]:
    wanted = [believed(clubs, position), clubs.c.founded.is_not(None)]
    if whose.province_now is not None:
        wanted.append(clubs.c.province_now == whose.province_now)
    if whose.club is not None:
        wanted.append(clubs.c.subject == whose.club)
    return connection.execute(select(clubs).where(*wanted)).all()


def _told_of(
    connection: Connection, position: int, expected: Mapping[str, Sequence[Expectation]]
) -> Mapping[str, Sequence[Told]]:
    """By club: what was told of the meetings expected."""
    due = [one for some in expected.values() for one in some]
    if not due:
        return {}
    aliases = names(connection, position)
    roots = {name: root for name in aliases if (root := root_of(name, aliases)) in expected}
    roots |= {name: name for name in expected}
    span = min(one.first for one in due), max(one.last for one in due)
    return meetings_told(connection, position, roots, *span)


def _became(due: Sequence[Expectation], told: Sequence[Told], on: date) -> Iterator[Expected]:
    """What became of each, looking only at the reports of its own months: of ten years that is a hundredth."""
    by_month: defaultdict[tuple[int, int], list[Told]] = defaultdict(list)
    for one in told:
        for month in _months(one.first, max(one.first, one.latest)):
            by_month[month].append(one)
    for of in due:
        near = {id(one): one for month in _months(of.first, of.last) for one in by_month.get(month, ())}
        yield from became(of, near.values(), Devices(), on)


def _months(first: date, last: date) -> Iterator[tuple[int, int]]:
    for number in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        yield number // 12, number % 12 + 1


def _recorded_on(connection: Connection, position: int) -> date:
    """The day of the newest report: what was due by then and was not told of is no longer waited for."""
    recorded = connection.scalar(select(heard.c.recorded_at).where(heard.c.position == position))
    return day_in_viet_nam(recorded) if recorded else date.min


def life_of(row: Any) -> Life:
    """What a club's row tells of the meetings to expect."""
    launched, ended = (when(day) if day else None for day in (row.launched, row.ended))
    charters = [CharterAdopted.model_validate(charter) for charter in row.charters]
    return Life(when(row.founded), launched, ended, charters)


def meetings_told(
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
