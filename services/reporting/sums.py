"""Sums of effects: what happened from a day to a day, what was so at the end of a day.

`groups` are the columns a sum is split by. A row has these, and the five amounts.
"""

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from services.reporting.amounts import Amounts
from services.reporting.blocks import AMOUNTS
from services.reporting.known import ANYWHERE, Within, cut_months, known
from services.reporting.memory import remembered

Row = Any  # A named tuple: the groups, then the amounts.


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened within `days`, or only may have (`inside` is 0); with its first and last month if asked."""

    indicator: str
    days: tuple[date, date]
    groups: tuple[str, ...]
    within: Within = ANYWHERE
    by_month: bool = False

    def read(self, connection: Connection, after: int, until: int) -> list[Row]:
        """What the positions beyond `after` up to `until` told of it."""
        start, end = (day.isoformat() for day in self.days)
        effects = known(
            connection,
            self.indicator,
            (after, until),
            lambda first, last: (first <= end, last >= start),
            self.groups,
            self.within,
            cut_months(*self.days),
            dated=self.days[0] > date.min,
        )
        first, last = effects.c.first_day, effects.c.last_day
        inside = case((and_(first >= start, last <= end), 1), else_=0).label("inside")
        # A month is fine enough for every period, and far fewer rows than days.
        named = {"first_month": first, "last_month": last} if self.by_month else {}
        months = [func.substr(day, 1, 7).label(name) for name, day in named.items()]
        split = [*(effects.c[name] for name in self.groups), inside, *months]
        amounts = [func.sum(effects.c[name]).label(name) for name in AMOUNTS]
        return rows_of(connection, select(*split, *amounts).group_by(*split))


@dataclass(frozen=True, slots=True)
class Stood:
    """What was so at the end of `day`: what has surely entered, and in `high` what may have."""

    indicator: str
    day: date
    groups: tuple[str, ...]
    within: Within = ANYWHERE

    def read(self, connection: Connection, after: int, until: int) -> list[Row]:
        """What the positions beyond `after` up to `until` told of it."""
        at = self.day.isoformat()
        effects = known(
            connection,
            self.indicator,
            (after, until),
            lambda first, last: (first <= at,),
            self.groups,
            self.within,
            cut_months(date.min, self.day),
            dated=False,
        )
        first, last, leaves = effects.c.first_day, effects.c.last_day, effects.c.leaves
        begins: dict[str, ColumnElement[str]] = {
            "value": last,
            "low": case((leaves, first), else_=last),
            "high": case((leaves, last), else_=first),
            "unbounded": case((leaves, last), else_=first),
            "certain": last,
        }
        split = [effects.c[name] for name in self.groups]
        amounts = [
            func.sum(case((begins[name] <= at, effects.c[name]), else_=0)).label(name) for name in AMOUNTS
        ]
        return rows_of(connection, select(*split, *amounts).group_by(*split))


def summed(connection: Connection, asked: Happened | Stood, position: int) -> Sequence[Row]:
    """The rows of a sum as known at a position: of an earlier answer and the effects since, if one is remembered."""
    return remembered(
        connection,
        asked,
        position,
        {asked.indicator},
        lambda: asked.read(connection, 0, position),
        lambda rows, since: plus(rows, asked.read(connection, since, position)),
    )


def plus(
    rows: Sequence[Row], more: Sequence[Row], sign: int = 1, amounts: int = len(AMOUNTS)
) -> Sequence[Row]:
    """The rows with the last columns of others, their amounts, added or taken away."""
    if not more:
        return rows
    found = {row[:-amounts]: row for row in rows}
    for row in more:
        keys = row[:-amounts]
        before = found[keys][-amounts:] if keys in found else (0,) * amounts
        after = (a + sign * b for a, b in zip(before, row[-amounts:], strict=True))
        found[keys] = row._make((*keys, *after))
    return list(found.values())


def amounts_of(row: Row, placed: bool = True) -> Amounts:
    """The amounts of a row; of what only may belong here, for its days or its place, the upper edge."""
    amounts = Amounts.read(row[-len(AMOUNTS) :])
    return amounts if placed and getattr(row, "inside", True) else amounts.at_most()


def rows_of(connection: Connection, query: Select[Any]) -> list[Row]:
    """The rows a query finds, small enough to be remembered."""
    result = connection.execute(query)
    return list(
        map(named(tuple(result.keys()))._make, result.all())
    )  # At once: one by one takes twice as long.


@lru_cache(maxsize=256)
def named(columns: tuple[str, ...]) -> Any:
    """The class of rows with these columns."""
    return namedtuple("Row", columns)
