"""What the rules need to know of a fund's cash box: what it should hold, and the newest count of it. Pure.

The ledger says it of the whole history. A report that comes behind it is added to the sums, as long as they can tell
where it belongs; else the ledger must be asked again.
"""

from typing import Any, NamedTuple

from shared.ledger import FundLedger, ledger_of
from shared.money import Move
from shared.values import Range

Count = list[Any]  # The day, the đồng counted, the position of the report: the newest is the largest.


class CashBox(NamedTuple):
    """A fund's cash box by its reports, as JSON knows it: `[*box]` and `CashBox(*told)` are one.

    `first` and `last` are the days of its earliest and its latest report, `held` is what all of them leave in it (at
    least, at most), `expected` what it should have held at the `newest` count. `opened`: its books begin with a count.
    `exact`: each report knows its day.
    """

    first: str
    last: str
    held: list[int | None]
    opened: bool
    exact: bool
    newest: Count | None = None
    expected: list[int | None] | None = None

    @property
    def difference(self) -> int:
        """The least by which the newest count differs, in đồng: negative where the box holds less; 0 if it agrees."""
        if self.newest is None or self.expected is None:
            return 0
        low, high = self.expected
        if high is not None and self.newest[1] > high:
            return int(self.newest[1] - high)
        return int(min(self.newest[1] - (low or 0), 0))


def box_of(books: FundLedger) -> CashBox | None:
    """The cash box of a fund; None if nothing was reported of it."""
    if not books.entries:
        return None
    moves = [entry.move for entry in books.entries]
    days = [move.day.last.isoformat() for move in moves]
    exact = all(move.day.is_a_day for move in moves)
    box = CashBox(min(days), max(days), _edges(books.balance.cash), books.entries[0].opens, exact)
    if not books.checks:
        return box
    check = books.checks[-1]
    return box._replace(newest=_count(check.move), expected=_edges(check.expected))


def with_move(box: CashBox | None, move: Move) -> CashBox | None:
    """The box one more report later; None if only its whole history can tell."""
    if box is None:
        return box_of(ledger_of([move]).funds[move.fund])
    if not (box.exact and move.day.is_a_day):
        return None
    day = move.day.last.isoformat()
    if (box.opened and day <= box.first) or (move.counted is not None and day < box.first):
        return None
    if move.counted is not None:
        return _counted(box, day, _count(move))
    held, expected = _added(box.held, move.cash), box.expected
    if box.newest is not None and expected is not None and day <= box.newest[0]:
        expected = _added(expected, move.cash)
    return box._replace(first=min(day, box.first), last=max(day, box.last), held=held, expected=expected)


def _counted(box: CashBox, day: str, count: Count) -> CashBox | None:
    if box.newest is not None and count < box.newest:
        return box
    if day < box.last:  # What came behind that day is in the sum already.
        return None
    return box._replace(last=day, newest=count, expected=box.held)


def _count(move: Move) -> Count:
    return [move.day.last.isoformat(), move.counted, move.position]


def _edges(cash: Range) -> list[int | None]:
    return [cash.low, cash.high]


def _added(sum_: list[int | None], cash: Range) -> list[int | None]:
    low, high = sum_
    unbounded = high is None or cash.high is None
    return [(low or 0) + cash.low, None if unbounded else (high or 0) + (cash.high or 0)]
