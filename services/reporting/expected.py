"""The meetings clubs were expected to hold, to be counted: of each club, what became of them by the newest report.

The rules are those of `GET /v1/completeness` (decision 0015); devices play no part, as nothing of them is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select

from services.reporting.known import Led
from services.reporting.lists import believed, names
from services.reporting.tables import clubs, effects, heard
from shared.calendar import (
    Devices,
    Expectation,
    Expected,
    Life,
    Meetings,
    Told,
    became,
    expectations,
)
from shared.clock import day_in_viet_nam
from shared.events import CharterAdopted
from shared.same_club import root_of
from shared.values import Range, when

_HELD: Final = {"meetings": True, "meetings_cancelled": False}
# Of a club's row: whose, where, and what its meetings are expected from.
_READ: Final = (
    *("subject", "known_from", "known_until"),
    *("list", "province", "district", "commune", "province_now", "commune_now", "province_63"),
    *("founded", "launched", "ended", "charters"),
)
_FEW: Final = 500  # Clubs asked for again by name, of an answer that is remembered.
_SOME: Final = 2000  # Clubs asked for by name; more are asked for all together.
_BY_CLUB: Final = 30  # Clubs looked for one by one; of more, recent days are found sooner by the days.

Days = tuple[bool, date, date]  # Whether held, else cancelled; on one of the days from the first to the last.


@dataclass(frozen=True, slots=True)
class Whose:
    """Of which clubs meetings are asked for: those of a province of today's map, one, or all; of these only `some`."""

    province_now: str | None = None
    club: str | None = None
    some: frozenset[str] | None = None


def meetings_due(
    connection: Connection, position: int, days: tuple[date, date], whose: Whose, meetings: Meetings
) -> Iterator[tuple[Row[Any], list[tuple[date, Range]]]]:
    """Each club, its row saying where it sits, with its meetings due within the days: due when, and what it adds."""
    if not meetings.all_of_them:
        for row, found in meetings_became(connection, position, days, whose):
            yield row, [(one.of.due, meetings.of(one)) for one in found]
        return
    for row in connection.execute(clubs_of(whose).where(believed(clubs, position))):
        due = expectations(life_of(row), *days)
        yield row, [(one.due, Range(one.meetings, one.meetings, one.meetings)) for one in due]


def meetings_became(
    connection: Connection, position: int, days: tuple[date, date], whose: Whose
) -> Iterator[tuple[Row[Any], list[Expected]]]:
    """Each club with what became of its meetings due within the days."""
    rows = connection.execute(clubs_of(whose).where(believed(clubs, position))).all()
    expected = {row.subject: list(expectations(life_of(row), *days)) for row in rows}
    told = _told_of(connection, position, expected)
    on = max(days[1], recorded_on(connection, position))
    for row in rows:
        yield row, list(_became(expected[row.subject], told.get(row.subject, ()), on))


def clubs_of(whose: Whose) -> Select[Any]:
    """The rows of these clubs, whenever they were believed; of founded ones only."""
    wanted: list[ColumnElement[bool]] = [clubs.c.founded.is_not(None)]
    if whose.province_now is not None:
        wanted.append(clubs.c.province_now == whose.province_now)
    if whose.club is not None:
        wanted.append(clubs.c.subject == whose.club)
    if whose.some is not None:
        wanted.append(clubs.c.subject.in_(whose.some))
    return select(*(clubs.c[name] for name in _READ)).where(*wanted)


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


def recorded_on(connection: Connection, position: int) -> date:
    """The day of the newest report: what was due by then and was not told of is no longer waited for."""
    newest = select(heard.c.recorded_at).where(heard.c.position <= position)
    recorded = connection.scalar(newest.order_by(heard.c.position.desc()).limit(1))
    return day_in_viet_nam(recorded) if recorded else date.min


def clubs_told_of(connection: Connection, since: int, position: int, last: date) -> frozenset[str] | None:
    """The clubs whose meetings due up to a day may have become something else since a position; None where it is
    quicker to ask anew: a day has passed, and no meeting of before it is waited for any more, or there are too many.
    """
    if max(last, recorded_on(connection, since)) != max(last, recorded_on(connection, position)):
        return None
    about = select(heard.c.subject).where(heard.c.position > since, heard.c.position <= position).distinct()
    told = set(connection.scalars(about))
    known = [names(connection, at) for at in (since, position)]  # A club registered twice, then and now.
    clubs = told | {root_of(club, aliases) for club in told for aliases in known}
    return frozenset(clubs) if len(clubs) <= _FEW else None


def life_of(row: Any) -> Life:
    """What a club's row tells of the meetings to expect."""
    launched, ended = (when(day) if day else None for day in (row.launched, row.ended))
    charters = [CharterAdopted.model_validate(charter) for charter in row.charters]
    return Life(when(row.founded), launched, ended, charters)


def meetings_told(
    connection: Connection, position: int, roots: Mapping[str, str], first: date, last: date
) -> dict[str, list[Told]]:
    """The meetings held and cancelled that may lie between two days, by club."""
    reports: defaultdict[str, Reports] = defaultdict(Reports)
    for row in reports_read(connection, (0, position), (first, last), roots):
        reports[roots[row.subject]].add(row)
    return {club: list(some.told()) for club, some in reports.items()}


@dataclass(slots=True)
class Reports:
    """What was told of a club's meetings: by (held, first day, last day) how many, and who first told of one when."""

    number: Counter[Days] = field(default_factory=Counter)
    first: dict[Days, tuple[int, datetime | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, some: Iterable["Reports"]) -> "Reports":
        """All of them together, of one club under several names."""
        first, *others = some
        if not others:
            return first
        merged = cls(first.number.copy(), first.first.copy())
        for one in others:
            for days, number in one.number.items():
                merged.number[days] += number
            for days, said in one.first.items():
                merged.first[days] = min(merged.first.get(days, said), said, key=itemgetter(0))
        return merged

    def add(self, row: Any) -> Days:
        """Add what a row tells, and say which days it tells of."""
        days = _HELD[row.indicator], date.fromisoformat(row.first_day), date.fromisoformat(row.last_day)
        self.number[days] += int(row.number)
        if row.tells:
            said = row.position, row.recorded_at if row.source is not None else None
            self.first[days] = min(self.first.get(days, said), said, key=itemgetter(0))
        return days

    def told(self, of: Expectation | None = None) -> Iterator[Told]:
        """The meetings; only those that bear on an expectation, if one is given."""
        for days, number in self.number.items():
            held, first, last = days
            if number > 0 and (of is None or (first <= of.last and of.first <= last)):
                position, recorded_at = self.first[days]
                yield from [Told(first, last, held, position, recorded_at)] * number


def reports_read(
    connection: Connection,
    positions: tuple[int, int],
    days: tuple[date, date],
    clubs: Collection[str],
    each: bool = False,
) -> Iterator[Any]:
    """What the positions beyond the first up to the second told of these clubs' meetings that may lie in these days:
    all together or, if asked, `each` for itself."""
    at = effects.c.position
    split = [
        *(effects.c[name] for name in ("subject", "indicator", "first_day", "last_day")),
        *([at] if each else []),
    ]
    tells = effects.c.value > 0
    few = len(clubs) <= _BY_CLUB
    effect = Led("club" if few else "position" if positions[0] else "day")
    rows = (
        select(
            *split[:4],
            func.sum(effects.c.value).label("number"),
            (at if each else func.min(case((tells, at)))).label("position"),
            func.max(case((tells, 1), else_=0)).label("tells"),
        )
        .where(
            effect["indicator"].in_(_HELD),
            effect["position"] > positions[0],
            effect["position"] <= positions[1],
            effect["first_day"] <= days[1].isoformat(),
            effect["last_day"] >= days[0].isoformat(),
            *([effect["subject"].in_(clubs)] if len(clubs) <= _SOME else []),
        )
        .group_by(*split)
        .subquery()
    )
    query = select(rows, heard.c.recorded_at, heard.c.source).join(heard, heard.c.position == rows.c.position)
    for row in connection.execute(query.order_by(rows.c.position)):
        if row.subject in clubs:
            yield row
