"""The ledger of a club's two funds, as its reports add up, beside what was counted in the cash box. Pure.

Nothing here is stored. Entries stand in the order of their days: the last day a report may mean, then the first, then
the order of arrival. A count comes at the end of its day, of two on one day the smaller first, so that no balance at
the end of a day hangs on which report arrived first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Literal, NamedTuple, get_args

from shared.effective import Effective
from shared.events.funds import Fund
from shared.money import FUNDS, Balance, Move, Totals, exactly, move_of
from shared.values import NOTHING, Range, When

OPENING: Final = "opening"  # The source of what was in the box when the books began with a count.
Part = Literal["cash", "outstanding", "owed"]


class Entry(NamedTuple):
    """A line of a fund's ledger: the move, and what the fund has after it."""

    move: Move
    after: Balance

    @property
    def opens(self) -> bool:
        """The books of the fund begin with this count."""
        return self.move.counted is not None and self.move.source == OPENING


class Check(NamedTuple):
    """A count of the cash box beside what the box may hold by the reports (`expected`).

    `difference` is the least by which they differ, negative where the box holds less; 0 if they agree.
    `parted_after` is the first entry after which they can have parted: the first behind the count before, or of the
    fund. A count that differs by as much as the one before it shows the same parting, not a second one.
    """

    move: Move
    expected: Range
    difference: int
    parted_after: Move | None

    @property
    def agrees(self) -> bool:
        return self.difference == 0


class Doubt(NamedTuple):
    """A day at whose end more had surely gone than there was. No error: a report may be missing.

    `beyond` says of what: `cash` (spent or lent beyond had), `outstanding` (repaid beyond lent), `owed` (the club
    paid back beyond what it borrowed). `short` is by how much at least, `move` the day's last report to take from it.
    """

    beyond: Part
    move: Move
    short: int


@dataclass(frozen=True, slots=True)
class FundLedger:
    """One fund of a club, the oldest entry first."""

    entries: Sequence[Entry]
    totals: Totals
    checks: Sequence[Check]
    doubts: Sequence[Doubt]

    @property
    def balance(self) -> Balance:
        return self.entries[-1].after if self.entries else Balance()


@dataclass(frozen=True, slots=True)
class Ledger:
    """Both funds of a club."""

    funds: dict[Fund, FundLedger]

    @property
    def totals(self) -> Totals:
        return sum((fund.totals for fund in self.funds.values()), start=Totals())

    @property
    def balance(self) -> Balance:
        income, activity = (self.funds[fund].balance for fund in FUNDS)
        return income.plus(activity)


def ledger(reports: Iterable[Effective], on: date = date.max) -> Ledger:
    """The ledger of a club at the end of the day `on`: reports that count, of things that may have happened by then."""
    moves = (move_of(report) for report in reports if report.counts)
    return ledger_of(move for move in moves if move is not None and not move.day.surely_after(on))


def ledger_of(moves: Iterable[Move]) -> Ledger:
    """The ledger of the moves of one club, in whatever order they come."""
    by_fund: dict[Fund, list[Move]] = {fund: [] for fund in FUNDS}
    for move in moves:
        by_fund[move.fund].append(move)
    return Ledger({fund: _fund_ledger(its_moves) for fund, its_moves in by_fund.items()})


def _fund_ledger(moves: list[Move]) -> FundLedger:
    balance, totals = Balance(), Totals()
    entries = []
    for move in _opened(sorted(moves, key=_order)):
        balance = balance.after(move)
        totals.take(move)
        entries.append(Entry(move, balance))
    return FundLedger(entries, totals, _checks(entries), _doubts(entries))


def _order(move: Move) -> tuple[date, bool, date, int, int]:
    return move.day.last, move.counted is not None, move.day.first, move.counted or 0, move.position


def _opened(moves: list[Move]) -> list[Move]:
    """The moves of a fund; a count that nothing came before is what the books begin with."""
    if not moves or (counted := moves[0].counted) is None:
        return moves
    return [moves[0]._replace(source=OPENING, cash=exactly(counted)), *moves[1:]]


def _checks(entries: Sequence[Entry]) -> list[Check]:
    checks: list[Check] = []
    vague, since = _vague(entries), 0
    for number, (move, _) in enumerate(entries):
        if move.counted is None:
            continue
        expected = _may_hold(entries, number, vague)
        difference = _beyond(move.counted, expected)
        parted_after = entries[since].move if difference else None
        if checks and difference == checks[-1].difference:
            parted_after = checks[-1].parted_after
        checks.append(Check(move, expected, difference, parted_after))
        since = number + 1
    return checks


def _beyond(counted: int, expected: Range) -> int:
    """How far a count lies outside what was expected; 0 inside."""
    if expected.high is not None and counted > expected.high:
        return counted - expected.high
    return min(counted - expected.low, 0)


def _may_hold(entries: Sequence[Entry], number: int, vague: Sequence[Move]) -> Range:
    """What the box may hold at a count: what surely came before it, and what may have.

    With every day known this is the balance. What is dated only "2026" may lie on either side of a count in May.
    """
    count, after = entries[number]
    others = vague if count.day.is_a_day else [move for move, _ in entries]
    unsure = [move for move in others if move is not count and _on_either_side(move, count.day)]
    if not unsure:
        return after.cash
    left_out = {move.position for move in unsure}
    sure = (move.cash for move, _ in entries[: number + 1] if move.position not in left_out)
    may_be = sum((_perhaps(move.cash) for move in unsure), start=sum(sure, start=NOTHING))
    return Range(after.cash.value, may_be.low, may_be.high)


def _doubts(entries: Sequence[Entry]) -> list[Doubt]:
    doubts = []
    vague = _vague(entries)
    for day, some in groupby(entries, key=lambda entry: entry.move.day.last):
        of_day = list(some)
        for part in get_args(Part):
            left = _amount(of_day[-1].after, part)
            if left.high is None or left.high >= 0:
                continue
            # What the ledger puts later, because its day is not known, may have come in time.
            in_time = (move for move in vague if move.day.first <= day < move.day.last)
            left = sum((_perhaps(_amount(move, part)) for move in in_time), start=left)
            takers = [move for move, _ in of_day if _amount(move, part).value < 0]
            if takers and left.high is not None and left.high < 0:
                doubts.append(Doubt(part, takers[-1], -left.high))
    return doubts


def _amount(told: Move | Balance, part: Part) -> Range:
    match part:
        case "cash":
            return told.cash
        case "outstanding":
            return exactly(told.outstanding)
        case "owed":
            return told.owed


def _vague(entries: Sequence[Entry]) -> list[Move]:
    return [move for move, _ in entries if not move.day.is_a_day]


def _on_either_side(move: Move, day: When) -> bool:
    """It may have happened by the end of `day`, or after it."""
    return move.day.first <= day.last and move.day.last > day.first


def _perhaps(amount: Range) -> Range:
    """The amount, or nothing."""
    return Range(0, min(amount.low, 0), None if amount.high is None else max(amount.high, 0))
