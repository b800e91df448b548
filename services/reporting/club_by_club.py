"""Figures that are counted club by club: what each club's reports tell, and the rule that says what it adds.

Reading and adding are apart: a figure adds up what was told up to a position, a difference follows it report by report.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from services.reporting.amounts import NONE, Amounts
from services.reporting.blocks import AMOUNTS
from services.reporting.each_club import EachClub, Measure, while_there
from services.reporting.known import ANYWHERE, Led, Within
from services.reporting.memory import remembered
from services.reporting.periods import day_before
from services.reporting.sums import Happened, Row, Stood, amounts_of, named, plus
from services.reporting.tables import effects
from shared.values import NOTHING, Range

_AT_ONCE: Final = 500  # Clubs of one query.
_SOME: Final = 2000  # Clubs asked for by name; more are asked for all together.
_AMOUNTS: Final = 1 + len(AMOUNTS)  # The clubs are counted as well.

Place = tuple[Any, ...]  # The values of the groups.
Part = tuple[str, str | None]  # Of which measure, which part of it.
Said = dict[Part, Amounts]


@dataclass(frozen=True, slots=True)
class ClubByClub:
    """What clubs add by a rule of their own, and how many clubs there were (or may have been), on a day; the rule may
    ask what was since `start`, or before.
    """

    counted: EachClub
    day: date
    groups: tuple[str, ...]
    within: Within = ANYWHERE
    start: date = date.min

    def read(self, connection: Connection, position: int) -> list[Row]:
        """The rows as known at a position: groups, number of clubs, amounts."""
        rows = self._there(self.within).read(connection, 0, position)
        said = self._said(connection, {row.subject for row in rows}, position)
        many = len(self.groups)
        # Most clubs tell the same: the rule is asked once for all of them.
        alike = Counter(
            (row[:many], amounts_of(row), tuple(said.get(row.subject, {}).items())) for row in rows
        )
        sums: dict[Place, list[int]] = {}
        for (place, club, told), clubs in alike.items():
            if club.range == NOTHING:
                continue
            found = sums.setdefault(place, [0] * _AMOUNTS)
            for n, number in enumerate((1, *self._adds(club, dict(told)))):
                found[n] += number * clubs
        made = named((*self.groups, "clubs", *AMOUNTS))
        return [made(*place, *numbers) for place, numbers in sums.items()]

    def renewed(self, connection: Connection, rows: list[Row], since: int, position: int) -> list[Row]:
        """The rows as known at an earlier position, with the clubs anew that were told of since."""
        told = (effects.c.position > since, effects.c.position <= position)
        by_position = Led("position")
        about = (
            select(effects.c.subject)
            .where(*told, by_position["indicator"].in_(self.counted.indicators))
            .distinct()
        )
        mine = self._asked_for({*connection.scalars(about)})
        if len(mine) > _AT_ONCE:
            return self.read(connection, position)
        some = replace(self, within=replace(self.within, clubs=tuple(sorted(mine))))
        others = plus(rows, some.read(connection, since), sign=-1, amounts=_AMOUNTS)
        return [row for row in plus(others, some.read(connection, position), amounts=_AMOUNTS) if row.clubs]

    def along(self, connection: Connection, since: int, position: int) -> Iterator[tuple[int, Row, Amounts]]:
        """What each position beyond `since` changed about what clubs add: position, groups, amounts.

        Only of clubs told of since can it be another amount; each is followed report by report.
        """
        told: defaultdict[str, defaultdict[int, _Told]] = defaultdict(lambda: defaultdict(_Told))
        for row in self._there(self.within, "position").read(connection, since, position):
            told[row.subject][row.position].there.append((row[: len(self.groups)], amounts_of(row)))
        for row, part in self._measured(connection, since, position, ANYWHERE, "position"):
            told[row.subject][row.position].said.append((part, amounts_of(row)))
        clubs = self._asked_for(set(told))
        there: defaultdict[str, dict[Place, Amounts]] = defaultdict(dict)
        for within in _lots(clubs, self.within):
            for row in self._there(within).read(connection, 0, since):
                there[row.subject][row[: len(self.groups)]] = amounts_of(row)
        clubs = {club for club in clubs if club in there or any(one.there for one in told[club].values())}
        said = self._said(connection, clubs, since)
        groups = named(self.groups)
        for club in clubs:
            for at, place, amounts in self._followed(there[club], said.get(club, {}), told[club]):
                yield at, groups(*place), amounts

    def _followed(
        self, there: dict[Place, Amounts], said: Said, told: Mapping[int, "_Told"]
    ) -> Iterator[tuple[int, Place, Amounts]]:
        """What each report changed about what one club adds."""
        before = {place: self._adds(club, said) for place, club in there.items()}
        for position in sorted(told):
            for place, amounts in told[position].there:
                there[place] = there.get(place, NONE) + amounts
            for part, amounts in told[position].said:
                said[part] = said.get(part, NONE) + amounts
            after = {place: self._adds(club, said) for place, club in there.items()}
            for place, amounts in after.items():
                yield position, place, amounts - before.get(place, NONE)
            before = after

    def _adds(self, club: Amounts, said: Said) -> Amounts:
        """What one club adds, by what its reports say; nothing if it was not there."""
        if club.range == NOTHING:
            return NONE
        parts: defaultdict[str, dict[str | None, Range]] = defaultdict(dict)
        for (indicator, part), amounts in said.items():
            parts[indicator][part] = amounts.range
        return Amounts.of(while_there(self.counted.rule(parts, self.day), club.range))

    def _there(self, within: Within, *by: str) -> Stood:
        """Which clubs there are, and where."""
        return Stood("clubs", self.day, tuple(dict.fromkeys((*self.groups, "subject", *by))), within)

    def _said(self, connection: Connection, clubs: Collection[str], position: int) -> dict[str, Said]:
        """By club: what its reports amount to, part by part."""
        found: defaultdict[str, Said] = defaultdict(dict)
        for within in _lots(clubs, ANYWHERE):
            for row, part in self._measured(connection, 0, position, within):
                said = found[row.subject]
                said[part] = said[part] + amounts_of(row) if part in said else amounts_of(row)
        return found

    def _measured(
        self, connection: Connection, after: int, until: int, within: Within, *by: str
    ) -> Iterator[tuple[Row, Part]]:
        """What the positions beyond `after` up to `until` told of each measure, by club and by part."""
        for measure in self.counted.measures:
            for row in self._sum(measure, ("subject", "part", *by), within).read(connection, after, until):
                yield row, (measure.indicator, row.part)

    def _sum(self, measure: Measure, groups: tuple[str, ...], within: Within) -> Happened | Stood:
        match measure.over:
            case "day":
                return Stood(measure.indicator, self.day, groups, within)
            case "before":
                return Stood(measure.indicator, day_before(self.start), groups, within)
            case "period":
                return Happened(measure.indicator, (self.start, self.day), groups, within)
            case int(days):
                since = self.day - timedelta(days=days - 1)
                return Happened(measure.indicator, (since, self.day), groups, within)

    def _asked_for(self, clubs: set[str]) -> set[str]:
        return clubs if self.within.clubs is None else clubs.intersection(self.within.clubs)


@dataclass(slots=True)
class _Told:
    """What one position told of a club: where it is there, and what its reports say."""

    there: list[tuple[Place, Amounts]] = field(default_factory=list)
    said: list[tuple[Part, Amounts]] = field(default_factory=list)


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


def _lots(clubs: Collection[str], within: Within) -> Iterator[Within]:
    """Where to look for these clubs: for some by their names, so many at once; for many, wherever they may be."""
    if len(clubs) > _SOME:
        yield within
        return
    names = sorted(clubs)
    for at in range(0, len(names), _AT_ONCE):
        yield replace(within, clubs=tuple(names[at : at + _AT_ONCE]))
