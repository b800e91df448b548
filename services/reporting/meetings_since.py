"""What each report changed about the meetings expected: every club followed from what was known to what is known.

A club's meetings can become others when something is told of it, and when a report shows that a day has passed until
which one was waited for: then it is the first report of the new day, whoever it is about, that changes the figure.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Row, or_, select

from services.reporting.amounts import NONE, Amounts, total
from services.reporting.expected import Reports, Whose, clubs_of, life_of, recorded_on, reports_read
from services.reporting.lists import names
from services.reporting.tables import aliases, clubs, heard
from shared.calendar import GRACE, Devices, Expectation, Meetings, became, expectations
from shared.clock import day_in_viet_nam
from shared.same_club import root_of

# What is due by a day lies in a month that ends at most so much later; after its grace nothing is waited for.
_SETTLED: Final = timedelta(days=31)
_SEAT: Final = ("list", "province", "district", "commune", "province_63", "commune_now")
_ALL: Final = (date.min, date.max)

Days = tuple[date, date]
Between = tuple[int, int]  # Beyond the first position, up to the second.
Change = tuple[int, Row[Any], Amounts]  # At which position, at a club that sat where, how much.


def meetings_since(
    connection: Connection, between: Between, days: Days, whose: Whose, meetings: Meetings
) -> Iterator[Change]:
    """What each of these positions changed about the meetings due within the days."""
    versions = _versions(connection, between, days, whose)
    followed = {club: _Club(club, between[0], known) for club, known in versions.items()}
    passed = _Passed.between(connection, between, days[1])
    if not meetings.all_of_them:  # They are expected whatever is told of them, or not.
        _tell(connection, between, followed, waiting=len(passed.days) > 1)
    for club in followed.values():
        yield from club.changes(meetings, passed)


class _Version:
    """What was believed of a club: its row, saying where it sits, and the meetings expected. No row: it was none."""

    def __init__(self, row: Row[Any] | None, days: Days) -> None:
        self.row, self._days = row, days

    @cached_property
    def due(self) -> Sequence[Expectation]:
        return [] if self.row is None else list(expectations(life_of(self.row), *self._days))

    @cached_property
    def seat(self) -> Sequence[Any] | None:
        return None if self.row is None else [getattr(self.row, name) for name in _SEAT]

    def counts_like(self, other: "_Version") -> bool:
        return self.seat == other.seat and self.due == other.due


@dataclass(frozen=True, slots=True)
class _Passed:
    """The days that passed: each with the position of its first report, after the day that was known before."""

    positions: Sequence[int]
    days: Sequence[date]

    @classmethod
    def between(cls, connection: Connection, between: Between, last: date) -> "_Passed":
        """Days on which meetings due by the last day may still be waited for."""
        since, until = between
        positions, days = [0], [max(last, recorded_on(connection, since))]
        if days[0] <= last + _SETTLED:
            at = heard.c.position
            query = select(at, heard.c.recorded_at).where(at > since, at <= until).order_by(at)
            for position, recorded_at in connection.execute(query):
                if (day := day_in_viet_nam(recorded_at)) > days[-1]:
                    positions.append(position)
                    days.append(day)
                if day > last + _SETTLED:
                    break
        return cls(positions, days)

    def on(self, position: int) -> date:
        """The day of the newest report at a position."""
        return self.days[bisect_right(self.positions, position) - 1]

    def after(self, day: date) -> Iterator[int]:
        """The position at which this day had passed, if it is one of these."""
        if self.days[0] <= day < self.days[-1]:
            yield self.positions[bisect_right(self.days, day)]


class _Club:
    """One club as it was known: versions and names from a position on, and what was told of its meetings."""

    def __init__(self, name: str, since: int, versions: Mapping[int, _Version]) -> None:
        self.first, self.versions = since, versions
        self.names: dict[int, frozenset[str]] = {since: frozenset((name,))}
        self.before: list[Any] = []
        self.since: defaultdict[int, list[Any]] = defaultdict(list)

    @property
    def steps(self) -> set[int]:
        """The positions that told of the club."""
        return {*self.versions, *self.names, *self.since} - {self.first}

    def changes(self, meetings: Meetings, passed: _Passed) -> Iterator[Change]:
        """What each position changed about it: taken from where it sat, added to where it sits."""
        version, mine = self.versions[self.first], self.names[self.first]
        reports: defaultdict[str, Reports] = defaultdict(Reports)
        for row in self.before:
            reports[row.subject].add(row)
        for position in sorted(self.steps | self._days_awaited(passed)):
            touched = [_days(row) for row in self.since.get(position, ())]
            was, now = passed.on(position - 1), passed.on(position)
            if was < now:
                touched.append((was - GRACE, date.max))
            then, called = self.versions.get(position, version), self.names.get(position, mine)
            if not then.counts_like(version) or called != mine:
                touched = [_ALL]
            before = _counted(meetings, version.due, touched, Reports.of(reports[one] for one in mine), was)
            for row in self.since.get(position, ()):
                reports[row.subject].add(row)
            after = _counted(meetings, then.due, touched, Reports.of(reports[one] for one in called), now)
            if version.row is not None:
                yield position, version.row, NONE - before
            if then.row is not None:
                yield position, then.row, after
            version, mine = then, called

    def _days_awaited(self, passed: _Passed) -> set[int]:
        """The positions at which a day had passed that something of this club waited for."""
        if len(passed.days) == 1:
            return set()
        days = {of.closes for version in self.versions.values() for of in version.due}
        may_be = (_days(row)[0] for row in chain(self.before, *self.since.values()))
        days |= {first - timedelta(days=1) for first in may_be if first > passed.days[0]}
        return {position for day in days for position in passed.after(day)}


def _counted(
    meetings: Meetings, due: Iterable[Expectation], touched: Sequence[Days], reports: Reports, on: date
) -> Amounts:
    """What the meetings add that lie in days that were touched."""
    near = (of for of in due if any(first <= of.last and of.first <= last for first, last in touched))
    return total(
        Amounts.of(meetings.of(one)) for of in near for one in became(of, reports.told(of), Devices(), on)
    )


def _days(row: Any) -> Days:
    return date.fromisoformat(row.first_day), date.fromisoformat(row.last_day)


def _versions(
    connection: Connection, between: Between, days: Days, whose: Whose
) -> dict[str, dict[int, _Version]]:
    """By club: what was believed of it, from which position on; at the first one, what was known before."""
    since, until = between
    ends = clubs.c.known_until
    query = clubs_of(whose).where(clubs.c.known_from <= until, or_(ends.is_(None), ends > since))
    found: defaultdict[str, dict[int, _Version]] = defaultdict(lambda: {since: _Version(None, days)})
    for row in connection.execute(query):
        known = found[row.subject]
        known[max(row.known_from, since)] = _Version(row, days)
        if row.known_until is not None and row.known_until <= until:
            known.setdefault(row.known_until, _Version(None, days))
    return found


def _tell(connection: Connection, between: Between, followed: Mapping[str, _Club], waiting: bool) -> None:
    """Tell the clubs their names and what was told of their meetings; if not all are `waiting` for days to pass, those
    that were told of."""
    called: defaultdict[str, set[str]] = defaultdict(set, {name: {name} for name in followed})
    several: set[str] = set()  # Clubs that are registered twice at any of these positions.
    for position in _names_changed(connection, between):
        known = names(connection, position)
        families: defaultdict[str, set[str]] = defaultdict(set)
        for name in known:
            families[root_of(name, known)].add(name)
        several |= followed.keys() & families.keys()
        for root in several:
            followed[root].names[position] = frozenset({root, *families[root]})
            for name in families[root]:
                called[name].add(root)
    for row in reports_read(connection, between, _ALL, called, each=True):
        for root in called[row.subject]:
            followed[root].since[row.position].append(row)
    told_of = {name for name, roots in called.items() if waiting or any(followed[one].steps for one in roots)}
    mine = {root for name in told_of for root in called[name]}
    due = [of for root in mine for known in followed[root].versions.values() for of in known.due]
    if not due:
        return
    span = min(of.first for of in due), max(of.last for of in due)
    for row in reports_read(connection, (0, between[0]), span, told_of):
        for root in called[row.subject]:
            followed[root].before.append(row)


def _names_changed(connection: Connection, between: Between) -> list[int]:
    """The first position, and those at which clubs turned out to be the same, or not to be."""
    changed = {
        position
        for column in (aliases.c.known_from, aliases.c.known_until)
        for position in connection.scalars(
            select(column).where(column > between[0], column <= between[1]).distinct()
        )
    }
    return [between[0], *sorted(changed)]
