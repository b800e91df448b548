"""The two funds of a club, to the đồng: seed money, fees, loans with interest, expenses, and the cash in the box.

Cash of a fund = received - spent - disbursed + principal and interest repaid. A reader can recompute it from the
events; it differs from a cash count only where the treasurer miscounted (`Box.miscounts`). Amounts as in print:
seed money of 20 to 130 million, loans of 5 to 10 million, 0.6 to 1 % a month, 12 months.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.simulating.calendar import day_of, written
from services.simulating.dice import Dice
from services.simulating.sending import Told

INCOME: Final = "income"
ACTIVITY: Final = "activity"
MILLION: Final = 1_000_000
THOUSAND: Final = 1_000

_SEED_SOURCES: Final = ("project", "project", "budget", "society", "members")
_GIVERS: Final = {"budget": "UBND xã", "society": "nhà hảo tâm", "project": "dự án", "members": "hội viên"}
_EXPENSES: Final = ("visit_sick", "visit_sick", "funeral", "meeting", "activity", "gift", "equipment")
_MOST_LOANS: Final = 12


class Loans(NamedTuple):
    """Loans paid out on one day and due together a year later."""

    due: int
    loans: int
    principal: int


@dataclass(slots=True)
class Box:
    """The cash of a club by fund, and what its members owe it. Unit: đồng."""

    per_mille_a_month: int
    fee: int
    first_loan: int
    income: int = 0
    activity: int = 0
    lent: list[Loans] = field(default_factory=list)
    months_owed: int = 0
    miscounts: int = 0

    def receive(self, day: int, fund: str, source: str, amount: int) -> Told:
        """Money comes in."""
        self._add(fund, amount)
        data = {"occurred_on": written(day), "fund": fund, "source": source, "amount_vnd": amount}
        return Told("fund.received", data | {"giver": _GIVERS[source]} if source in _GIVERS else data)

    def spend(self, day: int, fund: str, purpose: str, amount: int) -> Told:
        """Money goes out, not as a loan."""
        self._add(fund, -amount)
        return Told(
            "fund.spent",
            {"occurred_on": written(day), "fund": fund, "purpose": purpose, "amount_vnd": amount},
        )

    def _add(self, fund: str, amount: int) -> None:
        if fund == INCOME:
            self.income += amount
        else:
            self.activity += amount


def seed(box: Box, day: int, dice: Dice) -> Iterator[Told]:
    """What a club begins with: 20 to 130 million in the income fund, and something for its activities."""
    source = dice.pick(_SEED_SOURCES)
    millions = dice.pick((80, 100, 100, 130)) if source == "project" else dice.between(20, 60)
    yield box.receive(day, INCOME, source, millions * MILLION)
    yield box.receive(day, ACTIVITY, "society", dice.between(4, 30) * 500 * THOUSAND)


def at_the_meeting(box: Box, before: int, day: int, people: int, dice: Dice) -> Iterator[Told]:
    """What the treasurer books at a meeting, since the day of the one before: money in, money out, the count."""
    if fees := people * box.fee:
        yield box.receive(day, ACTIVITY, "members", fees)
    yield from _gifts(box, day, dice)
    yield from _repayments(box, day, dice)
    yield from _expenses(box, before, day, dice)
    yield from _new_loans(box, day, dice)
    for fund in (INCOME, ACTIVITY):
        if dice.chance(0.92):
            yield _count(box, fund, day, dice)


def _gifts(box: Box, day: int, dice: Dice) -> Iterator[Told]:
    if dice.chance(0.04):
        yield box.receive(day, ACTIVITY, "society", dice.between(2, 40) * 100 * THOUSAND)
    if dice.chance(0.015):
        yield box.receive(day, INCOME, "budget", dice.between(2, 10) * MILLION)


def _repayments(box: Box, day: int, dice: Dice) -> Iterator[Told]:
    """Interest every month, principal when it is due; now and then a month without either."""
    if not box.lent:
        return
    box.months_owed += 1
    if dice.chance(0.05):
        return
    loans, outstanding = sum(one.loans for one in box.lent), sum(one.principal for one in box.lent)
    interest = outstanding * box.per_mille_a_month * box.months_owed // 1000
    due = [one for one in box.lent if one.due <= day and dice.chance(0.9)]
    principal = sum(one.principal for one in due)
    box.lent = [one for one in box.lent if one not in due]
    box.months_owed = 0
    box.income += principal + interest
    data = {
        "occurred_on": written(day),
        "fund": INCOME,
        "loans": loans,
        "principal_vnd": principal,
        "interest_vnd": interest,
    }
    yield Told("loan.repaid", data)
    share = interest * 3 // 10 // THOUSAND * THOUSAND
    if share and dice.chance(0.25):
        yield box.spend(day, INCOME, "transfer", share)
        yield box.receive(day, ACTIVITY, "transfer", share)


def _expenses(box: Box, before: int, day: int, dice: Dice) -> Iterator[Told]:
    """Visits to the sick, funerals, tea for the meeting; gifts at Tết."""
    around_tet = day_of(day).month in (1, 2) and dice.chance(0.5)
    for _ in range(2 if dice.chance(0.25) else 1 if dice.chance(0.7) else 0):
        amount = dice.between(2, 10) * 50 * THOUSAND
        if box.activity >= amount:
            purpose = "gift" if around_tet else dice.pick(_EXPENSES)
            yield box.spend(dice.between(before + 1, day), ACTIVITY, purpose, amount)


def _new_loans(box: Box, day: int, dice: Dice) -> Iterator[Told]:
    """The club lends what has come back, the first loans smaller than later ones."""
    each = box.first_loan if not box.lent else dice.between(7, 10) * MILLION
    loans = min(box.income // each, _MOST_LOANS)
    if not loans or (loans < 3 and not dice.chance(0.3)):
        return
    year_later = day_of(day)
    due = year_later.replace(year=year_later.year + 1, day=min(year_later.day, 28)).toordinal()
    box.lent.append(Loans(due, loans, loans * each))
    box.income -= loans * each
    data = {
        "occurred_on": written(day),
        "fund": INCOME,
        "loans": loans,
        "women": min(loans, dice.between(loans // 2, loans)),
        "principal_vnd": loans * each,
        "due_on": written(due),
    }
    yield Told("loan.disbursed", data)


def _count(box: Box, fund: str, day: int, dice: Dice) -> Told:
    """The cash in the box; about one count in a hundred is wrong, and right again at the next meeting."""
    cash = box.income if fund == INCOME else box.activity
    if dice.chance(0.012):
        box.miscounts += 1
        cash += dice.between(1, 20) * 10 * THOUSAND
    return Told("fund.counted", {"occurred_on": written(day), "fund": fund, "cash_vnd": cash})
