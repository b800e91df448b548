"""Sums of effects: what happened from a day to a day, what was so at the end of a day.

`groups` are the columns a sum is split by. A row has these, and the five amounts.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select

from services.reporting.tables import effects
from shared.values import Range

AMOUNTS: Final = ("value", "low", "high", "unbounded", "certain")

Groups = Sequence[ColumnElement[Any]]
Filters = Sequence[ColumnElement[bool]]


def happened(
    connection: Connection,
    indicator: str,
    position: int,
    days: tuple[date, date],
    groups: Groups,
    only: Filters = (),
    by_month: bool = False,
) -> list[Row[Any]]:
    """What happened within `days`, or only may have (`inside` is 0); with its first and last month if asked."""
    start, end = (day.isoformat() for day in days)
    inside = case((and_(effects.c.first_day >= start, effects.c.last_day <= end), 1), else_=0).label("inside")
    # A month is fine enough for every period, and far fewer rows than days.
    named = {"first_month": effects.c.first_day, "last_month": effects.c.last_day} if by_month else {}
    months = [func.substr(day, 1, 7).label(name) for name, day in named.items()]
    split = [*groups, inside, *months]
    amounts = [func.sum(effects.c[name]).label(name) for name in AMOUNTS]
    query = (
        select(*split, *amounts)
        .where(*_known(indicator, position, only), effects.c.first_day <= end, effects.c.last_day >= start)
        .group_by(*split)
    )
    return list(connection.execute(query))


def stood(
    connection: Connection, indicator: str, position: int, day: date, groups: Groups, only: Filters = ()
) -> list[Row[Any]]:
    """What was so at the end of `day`: what has surely entered, and in `high` what may have."""
    at = day.isoformat()
    first, last, leaves = effects.c.first_day, effects.c.last_day, effects.c.leaves
    begins: dict[str, ColumnElement[str]] = {
        "value": last,
        "low": case((leaves, first), else_=last),
        "high": case((leaves, last), else_=first),
        "unbounded": case((leaves, last), else_=first),
        "certain": last,
    }
    amounts = [func.sum(case((begins[name] <= at, effects.c[name]), else_=0)).label(name) for name in AMOUNTS]
    query = select(*groups, *amounts).where(*_known(indicator, position, only), first <= at).group_by(*groups)
    return list(connection.execute(query))


def taken(row: Row[Any], sure: bool) -> tuple[Range, int]:
    """The amounts of a row and how much is exact; of what only may belong here, the upper edge."""
    high = None if row.unbounded else int(row.high)
    return (Range(int(row.value), int(row.low), high), int(row.certain)) if sure else (Range(0, 0, high), 0)


def _known(indicator: str, position: int, only: Filters) -> Filters:
    return (effects.c.indicator == indicator, effects.c.position <= position, *only)
