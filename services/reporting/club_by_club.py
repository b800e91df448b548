"""Figures that are counted club by club: what each club's reports tell, and the rule that says what it adds."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row

from services.reporting.each_club import EachClub, Measure, Told
from services.reporting.sums import Filters, happened, stood, taken
from services.reporting.tables import effects
from shared.values import NOTHING, Range

_SOME = 500  # Clubs of one question; more are asked for all together.


def each_club(
    connection: Connection,
    counted: EachClub,
    position: int,
    day: date,
    groups: Sequence[ColumnElement[Any]],
    only: Filters = (),
) -> Iterator[tuple[Row[Any], Range]]:
    """Every club there was (or may have been) at the end of `day`, where it sat, and what it adds."""
    there = stood(connection, "clubs", position, day, [*groups, effects.c.subject], only)
    clubs = sorted({row.subject for row in there})
    mine = (*only, effects.c.subject.in_(clubs)) if len(clubs) <= _SOME else only
    told = _told(connection, counted.measures, position, day, mine)
    for row in there:
        club, _ = taken(row, sure=True)
        if club != NOTHING:
            yield row, while_there(counted.rule(told.get(row.subject, {}), day), club)


def while_there(amount: Range, club: Range) -> Range:
    """What a club adds, if it was there at all."""
    if club.low > 0:
        return amount
    return Range(amount.value if club.value > 0 else 0, 0, amount.high)


def _told(
    connection: Connection, measures: Sequence[Measure], position: int, day: date, only: Filters
) -> Mapping[str, Told]:
    """By club and measure: the amounts of each part."""
    found: defaultdict[str, dict[str, dict[str | None, Range]]] = defaultdict(lambda: defaultdict(dict))
    for measure in measures:
        for club, part, amount in _amounts(connection, measure, position, day, only):
            parts = found[club][measure.indicator]
            parts[part] = parts.get(part, NOTHING) + amount
    return dict(found)


def _amounts(
    connection: Connection, measure: Measure, position: int, day: date, only: Filters
) -> Iterator[tuple[str, str | None, Range]]:
    groups = (effects.c.subject, effects.c.part)
    if measure.days is None:
        for row in stood(connection, measure.indicator, position, day, groups, only):
            yield row.subject, row.part, taken(row, sure=True)[0]
        return
    days = (day - timedelta(days=measure.days - 1), day)
    if measure.kind == "sum":
        for row in happened(connection, measure.indicator, position, days, groups, only):
            yield row.subject, row.part, taken(row, sure=bool(row.inside))[0]
        return
    dated = (effects.c.subject, effects.c.last_day, effects.c.first_day)
    rows = happened(connection, measure.indicator, position, days, dated, only)
    newest: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.last_day, row.first_day)):
        if row.inside and taken(row, sure=True)[0] != NOTHING:
            newest[row.subject] = row
    for club, row in newest.items():
        yield club, None, taken(row, sure=True)[0]
