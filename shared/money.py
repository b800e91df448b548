"""What a report moves in one of a club's two funds, what a fund has, and what moved in all. Pure.

Money is whole Vietnamese đồng. Source: domain §1, "Funds and loans"; Decision 1336 (two funds in every club).
"""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, get_args

from shared.effective import Effective
from shared.events import FundCounted, FundReceived, FundSpent, LoanDisbursed, LoanRepaid
from shared.events.funds import Fund
from shared.values import NOTHING, Range, When

FUNDS: Final[tuple[Fund, ...]] = get_args(Fund)


class Move(NamedTuple):
    """What one report says about a fund: what it adds to the cash box and to the loans outstanding.

    A count of the box (`counted`) adds nothing, unless the books begin with it. Goods have no value here.
    """

    position: int
    id: str
    day: When
    type: str
    fund: Fund
    cash: Range = NOTHING
    outstanding: int = 0  # Principal lent; negative where it was repaid.
    interest: int = 0  # Part of `cash`.
    source: str | None = None
    purpose: str | None = None
    goods: tuple[str, ...] = ()
    counted: int | None = None

    @property
    def owed(self) -> Range:
        """What it adds to the club's own debt."""
        debt = self.source == "loan_to_club" or self.purpose == "loan_to_club_repaid"
        return self.cash if debt else NOTHING


def move_of(report: Effective) -> Move | None:
    """What the valid version of a report moves; None for reports about other things than money."""
    match report.event:
        case FundReceived(source=source, amount_vnd=amount, goods=goods):
            cash = amount.range if amount is not None else NOTHING
            return _move(report, cash=cash, source=source, goods=tuple(goods))
        case FundSpent(purpose=purpose, amount_vnd=paid):
            return _move(report, cash=exactly(-paid), purpose=purpose)
        case FundCounted(cash_vnd=counted):
            return _move(report, counted=counted)
        case LoanDisbursed(principal_vnd=principal):
            return _move(report, cash=exactly(-principal), outstanding=principal)
        case LoanRepaid(principal_vnd=principal, interest_vnd=interest):
            cash = exactly(principal + interest)
            return _move(report, cash=cash, outstanding=-principal, interest=interest)
    return None


def _move(report: Effective, **told: Any) -> Move:
    original, event = report.original, report.event
    assert isinstance(event, FundReceived | FundSpent | FundCounted | LoanDisbursed | LoanRepaid)
    return Move(original.position, original.identity.id, event.occurred_on, event.type, event.fund, **told)


class Balance(NamedTuple):
    """What a fund has: cash in the box, principal lent and not repaid, and what the club itself owes of it."""

    cash: Range = NOTHING
    outstanding: int = 0
    owed: Range = NOTHING

    @property
    def worth(self) -> Range:
        """Cash and outstanding loans together."""
        return self.cash + exactly(self.outstanding)

    def after(self, move: Move) -> "Balance":
        """The balance once `move` is done."""
        return Balance(self.cash + move.cash, self.outstanding + move.outstanding, self.owed + move.owed)

    def plus(self, other: "Balance") -> "Balance":
        """Both together, of two funds or of two clubs."""
        return Balance(self.cash + other.cash, self.outstanding + other.outstanding, self.owed + other.owed)


@dataclass(slots=True)
class Totals:
    """What moved in a fund, a club or a province, told apart by source and purpose.

    Always: received + interest - spent = cash + outstanding, in each fund, club and sum of clubs. Loans only change
    the one into the other. `interest` is what borrowers paid; interest reported as received is a source.
    """

    received: dict[str, Range] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)
    lent: int = 0
    repaid: int = 0
    interest: int = 0

    def take(self, move: Move) -> None:
        """Add one move."""
        if move.source is not None:
            self.received[move.source] = self.received.get(move.source, NOTHING) + move.cash
        if move.purpose is not None:
            self.spent[move.purpose] = self.spent.get(move.purpose, 0) - move.cash.value
        self.lent += max(move.outstanding, 0)
        self.repaid += max(-move.outstanding, 0)
        self.interest += move.interest

    def __add__(self, other: "Totals") -> "Totals":
        received, spent = dict(self.received), dict(self.spent)
        for source, amount in other.received.items():
            received[source] = received.get(source, NOTHING) + amount
        for purpose, paid in other.spent.items():
            spent[purpose] = spent.get(purpose, 0) + paid
        lent, repaid = self.lent + other.lent, self.repaid + other.repaid
        return Totals(received, spent, lent, repaid, self.interest + other.interest)

    @property
    def worth(self) -> Range:
        """What all this leaves: received + interest - spent."""
        return sum(self.received.values(), start=exactly(self.interest - sum(self.spent.values())))


def exactly(amount: int) -> Range:
    """An amount known to the đồng."""
    return Range(amount, amount, amount)
