"""Blocks of positions whose effects are added up once for ever: a figure need not read every effect (decision 0018).

Effects are never changed, so a full block always has the same sums: by indicator, month and province. A parked event
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

from services.reporting.tables import effects, reading, summed, sums

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
    for size in before.sizes:
        summed_already = before.until // size
        for number in sorted({(position - 1) // size for position in late}):
            if number < summed_already:
                at = (sums.c.size == size, sums.c.after == number * size)
                transaction.execute(delete(sums).where(*at))
                _sum(transaction, before.sizes, size, number * size)
        for number in range(summed_already, told[-1] // size):
            _sum(transaction, before.sizes, size, number * size)
    until = told[-1] // before.sizes.small * before.sizes.small
    if until > before.until:
        transaction.execute(update(summed).values(until=until))


def _sum(transaction: Connection, sizes: Sizes, size: int, after: int) -> None:
    """Add up one block: a small one from its effects, a large one from its small ones."""
    within: tuple[ColumnElement[bool], ...]
    if size == sizes.small:
        table = effects
        within = (effects.c.position > after, effects.c.position <= after + size)
    else:
        table = sums
        within = (sums.c.size == sizes.small, sums.c.after >= after, sums.c.after < after + size)
    keys = [table.c.indicator, table.c.part, *_days(table), *(table.c[one] for one in PLACES)]
    amounts = [func.sum(table.c[name]).label(name) for name in AMOUNTS]
    split = [key.label(key.name) for key in keys]
    query = select(*split, *amounts).where(*within).group_by(*split).subquery()
    block = select(*query.c, literal(size), literal(after)).order_by(query.c.indicator)
    names = [*(column.name for column in query.c), "size", "after"]
    transaction.execute(insert(sums).from_select(names, block))


def _days(table: Table) -> Iterator[ColumnElement[Any]]:
    """The days of a row, and whether it leaves; where one month holds both, its first day: both come to the same."""
    first, last = table.c.first_day, table.c.last_day
    month = func.substr(first, 1, 7)
    one = month == func.substr(last, 1, 7)
    yield case((one, month + "-01"), else_=first).label("first_day")
    yield case((one, month + "-01"), else_=last).label("last_day")
    yield case((one, false()), else_=table.c.leaves).label("leaves")
