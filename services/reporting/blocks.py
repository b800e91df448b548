"""Blocks of positions whose effects are added up once for ever: a figure need not read every effect (decision 0018).

Effects are never changed, so a full block always has the same sums: by indicator, province and day, or month
for a large one. A parked event
that is replayed is the one thing that comes late; its block is then summed anew.
"""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    update,
)

from services.reporting.indicators import ADDED_UP
from services.reporting.tables import day_sums, effects, month_sums, reading, summed

AMOUNTS: Final = ("value", "low", "high", "unbounded", "certain")
PLACES: Final = ("list", "province", "province_63")


class Sizes(NamedTuple):
    """How many positions a small and a large block have; a large one is made of small ones."""

    small: int = 2**14
    large: int = 2**18


SIZES: Final = Sizes()


class Summed(NamedTuple):
    """How far the blocks reach, and what tells these read models from any others."""

    until: int
    sizes: Sizes
    made: tuple[str, int, int]

    def ends(self, position: int) -> Sizes:
        """Up to where large blocks, and then small ones, speak for what was known at a position."""
        within = min(position, self.until)
        return Sizes(*(within // size * size for size in self.sizes))


def summed_so_far(connection: Connection) -> Summed | None:
    """How far blocks are summed; None before the first event."""
    parked = reading.parked.c.position
    waiting = (select(func.count()).select_from(reading.parked), select(func.coalesce(func.sum(parked), 0)))
    query = select(summed, *(one.scalar_subquery() for one in waiting))
    row = connection.execute(query).first()
    if row is None:
        return None
    until, small, large, made, number, positions = row
    # What is replayed leaves `parked`, and only later positions can join it: number and sum cannot both stay.
    return Summed(until, Sizes(small, large), (made, int(number), int(positions)))


def sum_blocks(transaction: Connection, told: Sequence[int], sizes: Sizes) -> None:
    """Effects were written at the positions `told`: sum the blocks that are full now, or were summed too early."""
    if not told:
        return
    before = summed_so_far(transaction)
    if before is None:
        before = Summed(0, sizes, (secrets.token_hex(8), 0, 0))
        transaction.execute(insert(summed).values(until=0, **sizes._asdict(), made=before.made[0]))
    late = [position for position in told if position <= before.until]
    for size, add_up in ((before.sizes.small, _sum_days), (before.sizes.large, _sum_months)):
        summed_already = before.until // size
        again = {(position - 1) // size for position in late}
        for number in sorted(one for one in again if one < summed_already):
            add_up(transaction, number * size, size, again=True)
        for number in range(summed_already, told[-1] // size):
            add_up(transaction, number * size, size)
    until = told[-1] // before.sizes.small * before.sizes.small
    if until > before.until:
        transaction.execute(update(summed).values(until=until))


def _sum_days(transaction: Connection, after: int, size: int, again: bool = False) -> None:
    """Add up the effects of a small block by their days."""
    if again:
        transaction.execute(delete(day_sums).where(*_block(transaction, day_sums, after, size)))
    days = (effects.c.first_day, effects.c.last_day, effects.c.leaves)
    added_up = (effects.c.indicator + "").in_(ADDED_UP)  # Said so that no database looks for them by it.
    within = (effects.c.position > after, effects.c.position <= after + size, added_up)
    _add_up(transaction, effects, days, within, day_sums, after)


def _sum_months(transaction: Connection, after: int, size: int, again: bool = False) -> None:
    """Add up the small blocks of a large one by months."""
    if again:
        transaction.execute(delete(month_sums).where(*_block(transaction, month_sums, after, size)))
    within = _block(transaction, day_sums, after, size)
    _add_up(transaction, day_sums, tuple(_months(day_sums)), within, month_sums, after)


def _block(transaction: Connection, table: Table, after: int, size: int) -> tuple[ColumnElement[bool], ...]:
    """The sums within a block; each indicator named, as their index begins with it."""
    told = (effects.c.position > after, effects.c.position <= after + size)
    codes = transaction.scalars(select(effects.c.indicator).where(*told).distinct()).all()
    return table.c.indicator.in_(codes), table.c.after >= after, table.c.after < after + size


def _add_up(
    transaction: Connection,
    source: Table,
    days: Sequence[ColumnElement[Any]],
    within: Sequence[ColumnElement[bool]],
    into: Table,
    after: int,
) -> None:
    keys = [source.c.indicator, source.c.part, *days, *(source.c[one] for one in PLACES)]
    amounts = [func.sum(source.c[name]).label(name) for name in AMOUNTS]
    query = select(*keys, *amounts).where(*within).group_by(*keys).subquery()
    block = select(*query.c, literal(after)).order_by(query.c.indicator)
    transaction.execute(insert(into).from_select([*(column.name for column in query.c), "after"], block))


def _months(table: Table) -> Iterator[ColumnElement[Any]]:
    """The days of a row, and whether it leaves; where one month holds both, its first day: both come to the same."""
    first, last = table.c.first_day, table.c.last_day
    month = func.substr(first, 1, 7)
    one = month == func.substr(last, 1, 7)
    yield case((one, month + "-01"), else_=first).label("first_day")
    yield case((one, month + "-01"), else_=last).label("last_day")
    yield case((one, false()), else_=table.c.leaves).label("leaves")
