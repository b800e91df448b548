"""Figures that are counted club by club: what each club's reports tell, and the rule that says what it adds."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from services.reporting.blocks import AMOUNTS
from services.reporting.each_club import EachClub, Measure
from services.reporting.known import ANYWHERE, Within
from services.reporting.memory import remembered
from services.reporting.sums import Happened, Row, Stood, named, plus, taken
from services.reporting.tables import effects
from shared.values import NOTHING, Range

_AT_ONCE: Final = 500  # Clubs of one query.
_SOME: Final = 2000  # Clubs asked for by name; more are asked for all together.

Parts = dict[str, dict[str | None, Range]]


@dataclass(frozen=True, slots=True)
class ClubByClub:
    """What clubs add by a rule of their own, and how many clubs there were (or may have been), on a day."""

    counted: EachClub
    day: date
    groups: tuple[str, ...]
    within: Within = ANYWHERE

    @property
    def indicators(self) -> set[str]:
        """What the answer depends on."""
        return {"clubs", *(measure.indicator for measure in self.counted.measures)}

    def read(self, connection: Connection, position: int) -> list[Row]:
        """The rows as known at a position: groups, number of clubs, amounts."""
        there = Stood("clubs", self.day, tuple(dict.fromkeys((*self.groups, "subject"))), self.within)
        rows = there.read(connection, 0, position)
        told = self._told(connection, sorted({row.subject for row in rows}), position)
        nothing: Parts = {}
        sums: dict[tuple[Any, ...], list[int]] = {}
        for row in rows:
            club, _ = taken(row, sure=True)
            if club != NOTHING:
                parts = told.get(row.subject, nothing)
                amount = while_there(self.counted.rule(parts, self.day), club)
                found = sums.setdefault(row[: len(self.groups)], [0] * (1 + len(AMOUNTS)))
                told_of = (1, amount.value, amount.low, amount.high or 0, amount.high is None, amount.certain)
                for n, number in enumerate(told_of):
                    found[n] += number
        made = named((*self.groups, "clubs", *AMOUNTS))
        return [made(*keys, *numbers) for keys, numbers in sums.items()]

    def renewed(self, connection: Connection, rows: list[Row], since: int, position: int) -> list[Row]:
        """The rows as known at an earlier position, with the clubs anew that were told of since."""
        told = (effects.c.position > since, effects.c.position <= position)
        about = select(effects.c.subject).where(*told, effects.c.indicator.in_(self.indicators)).distinct()
        clubs = {*connection.scalars(about)}
        mine = clubs if self.within.clubs is None else clubs.intersection(self.within.clubs)
        if len(mine) > _AT_ONCE:
            return self.read(connection, position)
        some = replace(self, within=replace(self.within, clubs=tuple(sorted(mine))))
        others = plus(rows, some.read(connection, since), sign=-1, amounts=_AMOUNTS)
        return [row for row in plus(others, some.read(connection, position), amounts=_AMOUNTS) if row.clubs]

    def _told(self, connection: Connection, clubs: Sequence[str], position: int) -> dict[str, Parts]:
        """By club and measure: the amounts of each part."""
        if len(clubs) > _SOME:
            places = [ANYWHERE]
        else:
            places = [
                Within(tuple(clubs[start : start + _AT_ONCE])) for start in range(0, len(clubs), _AT_ONCE)
            ]
        found: defaultdict[str, Parts] = defaultdict(lambda: defaultdict(dict))
        for measure in self.counted.measures:
            for within in places:
                for club, part, amount in _amounts(connection, measure, position, self.day, within):
                    parts = found[club][measure.indicator]
                    parts[part] = parts[part] + amount if part in parts else amount
        return found


_AMOUNTS: Final = 1 + len(AMOUNTS)  # The clubs are counted as well.


def each_club(connection: Connection, asked: ClubByClub, position: int) -> Sequence[Row]:
    """By group: every club there was (or may have been) at the end of the day, and what they add."""
    return remembered(
        connection,
        asked,
        position,
        asked.indicators,
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
) -> Iterator[tuple[str, str | None, Range]]:
    groups = ("subject", "part")
    if measure.days is None:
        for row in Stood(measure.indicator, day, groups, within).read(connection, 0, position):
            yield row.subject, row.part, taken(row, sure=True)[0]
        return
    days = (day - timedelta(days=measure.days - 1), day)
    if measure.kind == "sum":
        for row in Happened(measure.indicator, days, groups, within).read(connection, 0, position):
            yield row.subject, row.part, taken(row, sure=bool(row.inside))[0]
        return
    dated = ("subject", "last_day", "first_day")
    rows = Happened(measure.indicator, days, dated, within).read(connection, 0, position)
    newest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row.last_day, row.first_day)):
        if row.inside and taken(row, sure=True)[0] != NOTHING:
            newest[row.subject] = row
    for club, row in newest.items():
        yield club, None, taken(row, sure=True)[0]
