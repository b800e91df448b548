"""The effects that were known at a position: whole blocks of them already summed, the rest one by one."""

from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, Select, Subquery, Table, or_, select, union_all

from services.reporting.blocks import AMOUNTS, PLACES
from services.reporting.indicators import ADDED_UP
from services.reporting.memory import summed_in
from services.reporting.tables import (
    OF_CLUBS,
    day_sums,
    effects,
    is_of_clubs,
    month_sums,
)
from shared.places import PROVINCES

_COARSE: Final = {*PLACES, "part"}  # What the sums of blocks tell apart.
_TOLD: Final = ("first_day", "last_day", "leaves", *AMOUNTS)
_CODES: Final = tuple(sorted({code for _, code in PROVINCES}))

Conditions = tuple[ColumnElement[bool], ...]
Overlaps = Callable[[ColumnElement[str], ColumnElement[str]], Conditions]  # By the first and the last day.
Way = Literal["position", "club", "province", "day"]
_LED_BY: Final[dict[Way, tuple[str, ...]]] = {
    "position": ("position",),
    "club": ("indicator", "subject"),
    "province": ("indicator", "province", "position"),
    "day": ("indicator", "last_day", "first_day"),
}


@dataclass(frozen=True, slots=True)
class Within:
    """Where to look: at these clubs, under these codes of provinces, whatever their list. None: everywhere."""

    clubs: tuple[str, ...] | None = None
    provinces: tuple[str, ...] | None = None


ANYWHERE: Final = Within()


def known(
    connection: Connection,
    indicator: str,
    between: tuple[int, int],
    overlaps: Overlaps,
    groups: Sequence[str],
    within: Within,
    cut: Collection[str],
    dated: bool,
) -> Subquery:
    """What the positions beyond the first up to the second of `between` told of an indicator.

    `dated`: it is asked for some days only. `cut` are the months of which only some days count: the sums of a block
    cannot tell these apart.
    """
    after, until = between
    columns = tuple(dict.fromkeys((*groups, *_TOLD)))

    def one_by_one(after: int, until: int, way: Way) -> Select[Any]:
        row, of_clubs = Led(way), way == "province" and indicator == OF_CLUBS
        there = [is_of_clubs if of_clubs else row["indicator"] == indicator]
        there += [row["position"] > after, row["position"] <= until]
        there += overlaps(row["first_day"], row["last_day"])
        if within.clubs is not None:
            there.append(row["subject"].in_(within.clubs))
        if within.provinces is not None or way == "province":
            there.append(row["province"].in_(within.provinces or _CODES))
        return select(*(effects.c[name] for name in columns)).where(*there)

    if after:
        return one_by_one(after, until, "position").subquery()
    if within.clubs is not None:
        return one_by_one(0, until, "club").subquery()
    added_up_before = _COARSE.issuperset(groups) and indicator in ADDED_UP
    summed = summed_in(connection) if added_up_before else None
    if summed is None or until < summed.sizes.small:
        return one_by_one(0, until, "day" if dated and within.provinces is None else "province").subquery()

    def added_up(table: Table, *there: ColumnElement[bool]) -> Select[Any]:
        wanted = [table.c.indicator == indicator, *there, *overlaps(table.c.first_day, table.c.last_day)]
        if within.provinces is not None:
            wanted.append(table.c.province.in_(within.provinces))
        return select(*(table.c[name] for name in columns)).where(*wanted)

    end = summed.ends(until)
    months, days = month_sums.c, day_sums.c
    firsts = [f"{month}-01" for month in sorted(cut)]
    # What is longer than a month keeps its days in the months too.
    whole = or_(months.first_day != months.last_day, months.last_day.not_in(firsts))
    arms = [
        added_up(month_sums, months.after < end.large, whole),
        added_up(day_sums, days.after >= end.large, days.after < end.small),
        *(
            added_up(
                day_sums,
                days.last_day.between(first, f"{first[:7]}-31"),
                days.first_day >= first,
                days.after < end.large,
            )
            for first in firsts
        ),
    ]
    return union_all(*arms, one_by_one(end.small, until, "province")).subquery()


class Led:
    """The columns of an effect, looked for by one index: SQLite keeps no statistics and would take another."""

    def __init__(self, way: Way) -> None:
        self._led = _LED_BY[way]

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        column = effects.c[name]
        if name in self._led:
            return column
        return column + 0 if name == "position" else column + ""


def cut_months(start: date, end: date) -> set[str]:
    """The months of which only some days lie between two days."""
    found = set()
    if start.day > 1:
        found.add(_month(start))
    if end.day < monthrange(end.year, end.month)[1]:
        found.add(_month(end))
    return found


def _month(day: date) -> str:
    return day.isoformat()[:7]
