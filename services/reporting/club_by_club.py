"""Figures that are counted club by club: what each club's reports tell, and the rule that says what it adds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from services.reporting.blocks import AMOUNTS
from services.reporting.each_club import EachClub, Measure
from services.reporting.known import ANYWHERE, Led, Within
from services.reporting.memory import remembered
from services.reporting.sums import Happened, Row, Stood, named, plus
from services.reporting.tables import effects
from shared.values import NOTHING, Range

_AT_ONCE: Final = 500  # Clubs of one query.
_SOME: Final = 2000  # Clubs asked for by name; more are asked for all together.

Edges = tuple[int, int, int | None]
Said = tuple[str, str | None, Edges]  # Of which measure, of which part of it, how much.
_LAST: Final = slice(-len(AMOUNTS), None)
_AMOUNTS: Final = 1 + len(AMOUNTS)  # The clubs are counted as well.


@dataclass(frozen=True, slots=True)
class ClubByClub:
    """What clubs add by a rule of their own, and how many clubs there were (or may have been), on a day."""

    counted: EachClub
    day: date
    groups: tuple[str, ...]
    within: Within = ANYWHERE

    def read(self, connection: Connection, position: int) -> list[Row]:
        """The rows as known at a position: groups, number of clubs, amounts."""
        by_club = tuple(dict.fromkeys((*self.groups, "subject")))
        rows = Stood("clubs", self.day, by_club, self.within).read(connection, 0, position)
        said = self._said(connection, sorted({row.subject for row in rows}), position)
        many = len(self.groups)
        # Most clubs tell the same: the rule is asked once for all of them.
        alike = Counter((row[:many], row[_LAST], said.get(row.subject, ())) for row in rows)
        sums: dict[tuple[Any, ...], list[int]] = {}
        for (place, club, told), clubs in alike.items():
            found = sums.setdefault(place, [0] * _AMOUNTS)
            for n, number in enumerate(self._adds(club, told)):
                found[n] += number * clubs
        made = named((*self.groups, "clubs", *AMOUNTS))
        return [made(*place, *numbers) for place, numbers in sums.items() if numbers[0]]

    def _adds(self, club: Sequence[int], said: Sequence[Said]) -> Sequence[int]:
        """One club, and what it adds; nothing if it was not there."""
        there = Range(*_edges(club, sure=True))
        if there == NOTHING:
            return (0,) * _AMOUNTS
        parts: defaultdict[str, dict[str | None, Range]] = defaultdict(dict)
        for indicator, part, edges in said:
            parts[indicator][part] = parts[indicator].get(part, NOTHING) + Range(*edges)
        amount = while_there(self.counted.rule(parts, self.day), there)
        return 1, amount.value, amount.low, amount.high or 0, int(amount.high is None), amount.certain

    def renewed(self, connection: Connection, rows: list[Row], since: int, position: int) -> list[Row]:
        """The rows as known at an earlier position, with the clubs anew that were told of since."""
        told = (effects.c.position > since, effects.c.position <= position)
        by_position = Led("position")
        about = (
            select(effects.c.subject)
            .where(*told, by_position["indicator"].in_(self.counted.indicators))
            .distinct()
        )
        clubs = {*connection.scalars(about)}
        mine = clubs if self.within.clubs is None else clubs.intersection(self.within.clubs)
        if len(mine) > _AT_ONCE:
            return self.read(connection, position)
        some = replace(self, within=replace(self.within, clubs=tuple(sorted(mine))))
        others = plus(rows, some.read(connection, since), sign=-1, amounts=_AMOUNTS)
        return [row for row in plus(others, some.read(connection, position), amounts=_AMOUNTS) if row.clubs]

    def _said(
        self, connection: Connection, clubs: Sequence[str], position: int
    ) -> dict[str, tuple[Said, ...]]:
        """By club: what its reports amount to, measure by measure."""
        by_name = [Within(tuple(clubs[at : at + _AT_ONCE])) for at in range(0, len(clubs), _AT_ONCE)]
        found: dict[str, tuple[Said, ...]] = {}
        for measure in self.counted.measures:
            for within in by_name if len(clubs) <= _SOME else [ANYWHERE]:
                for club, said in _amounts(connection, measure, position, self.day, within):
                    found[club] = (*found.get(club, ()), said)
        return found


def each_club(connection: Connection, asked: ClubByClub, position: int) -> Sequence[Row]:
    """By group: every club there was (or may have been) at the end of the day, and what they add."""
    return remembered(
        connection,
        asked,
        position,
        asked.counted.indicators,
        lambda: asked.read(connection, position),
        lambda rows, since: asked.renewed(connection, rows, since, position),
    )


def while_there(amount: Range, club: Range) -> Range:
    """What a club adds, if it was there at all."""
    if club.low > 0:
        return amount
    return Range(amount.value if club.value > 0 else 0, 0, amount.high)


def _amounts(
    connection: Connection, measure: Measure, position: int, day: date, within: Within
) -> Iterator[tuple[str, Said]]:
    groups = ("subject", "part")
    if measure.days is None:
        for row in Stood(measure.indicator, day, groups, within).read(connection, 0, position):
            yield row.subject, (measure.indicator, row.part, _edges(row[_LAST], sure=True))
        return
    days = (day - timedelta(days=measure.days - 1), day)
    if measure.kind == "sum":
        for row in Happened(measure.indicator, days, groups, within).read(connection, 0, position):
            yield row.subject, (measure.indicator, row.part, _edges(row[_LAST], sure=bool(row.inside)))
        return
    dated = ("subject", "last_day", "first_day")
    rows = Happened(measure.indicator, days, dated, within).read(connection, 0, position)
    newest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row.last_day, row.first_day)):
        if row.inside and _edges(row[_LAST], sure=True) != (0, 0, 0):
            newest[row.subject] = row
    for club, row in newest.items():
        yield club, (measure.indicator, None, _edges(row[_LAST], sure=True))


def _edges(amounts: Sequence[int], sure: bool) -> Edges:
    """The edges of the five amounts; of what only may belong here, the upper one."""
    value, low, high, unbounded, _ = amounts
    above = None if unbounded else int(high)
    return (int(value), int(low), above) if sure else (0, 0, above)
