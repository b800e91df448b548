"""The effects that were known at a position: whole blocks of them already summed, the rest one by one."""

from calendar import monthrange
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, FromClause, Select, Subquery, and_, or_, select, union_all

from services.reporting.blocks import AMOUNTS, PLACES, summed_so_far
from services.reporting.tables import effects, sums

_COARSE: Final = {*PLACES, "part"}  # What the sums of blocks tell apart.
_TOLD: Final = ("first_day", "last_day", "leaves", *AMOUNTS)

Conditions = tuple[ColumnElement[bool], ...]
Overlaps = Callable[[FromClause], Conditions]


@dataclass(frozen=True, slots=True)
class Within:
    """Where to look: at these clubs, in these provinces (list and code) or what was one of the 63."""

    clubs: tuple[str, ...] | None = None
    provinces: tuple[tuple[str, str], ...] | None = None
    province_63: str | None = None

    def of(self, table: FromClause) -> Conditions:
        """What is left out of a table."""
        found: list[ColumnElement[bool]] = []
        if self.clubs is not None:
            found.append(table.c.subject.in_(self.clubs))
        if self.provinces is not None:
            lists = {one for one, _ in self.provinces}
            there = [
                and_(table.c.list == one, table.c.province.in_(self._codes(one))) for one in sorted(lists)
            ]
            was = () if self.province_63 is None else (table.c.province_63 == self.province_63,)
            found.append(or_(*there, *was))
        return tuple(found)

    def _codes(self, place_list: str) -> list[str]:
        return [code for one, code in self.provinces or () if one == place_list]


ANYWHERE: Final = Within()


def known(
    connection: Connection,
    indicator: str,
    between: tuple[int, int],
    overlaps: Overlaps,
    groups: Sequence[str],
    within: Within,
    cut: Collection[str],
) -> Subquery:
    """What the positions beyond the first up to the second of `between` told of an indicator.

    `cut` are the months of which only some days count: the sums of a block cannot tell these apart.
    """
    after, until = between
    columns = tuple(dict.fromkeys((*groups, *_TOLD)))

    def one_by_one(*conditions: ColumnElement[bool]) -> Select[Any]:
        there = (effects.c.indicator == indicator, *conditions, *overlaps(effects), *within.of(effects))
        return select(*(effects.c[name] for name in columns)).where(*there)

    told = (effects.c.position > after, effects.c.position <= until)
    if after or within.clubs is not None or not _COARSE.issuperset(groups):
        return one_by_one(*told).subquery()
    summed = summed_so_far(connection)
    if summed is None or until < summed.sizes.small:
        return one_by_one(*told).subquery()

    def in_blocks(size: int, start: int, end: int) -> Select[Any]:
        block = (
            sums.c.indicator == indicator,
            sums.c.size == size,
            sums.c.after >= start,
            sums.c.after < end,
        )
        # What is longer than a month keeps its days.
        whole = or_(sums.c.first_day != sums.c.last_day, sums.c.last_day.not_in([f"{one}-01" for one in cut]))
        there = (*block, *((whole,) if cut else ()), *overlaps(sums), *within.of(sums))
        return select(*(sums.c[name] for name in columns)).where(*there)

    end = summed.ends(until)
    arms = [in_blocks(summed.sizes.large, 0, end.large), in_blocks(summed.sizes.small, end.large, end.small)]
    for month in sorted(cut):
        days = effects.c.last_day.between(f"{month}-01", f"{month}-31")
        arms.append(one_by_one(effects.c.position <= end.small, days, effects.c.first_day >= f"{month}-01"))
    return union_all(
        *arms, one_by_one(effects.c.position > end.small, effects.c.position <= until)
    ).subquery()


def cut_months(start: date | None, end: date) -> set[str]:
    """The months of which only some days lie between two days."""
    found = set()
    if start is not None and start.day > 1:
        found.add(_month(start))
    if end.day < monthrange(end.year, end.month)[1]:
        found.add(_month(end))
    return found


def _month(day: date) -> str:
    return day.isoformat()[:7]
