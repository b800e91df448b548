"""What an event adds to which indicator, when and where. Pure.

A figure is a sum over effects (decision 0005). What enters a stock may leave it: a dissolved club, a spent đồng.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from services.reporting.areas import areas_of
from services.reporting.care import part_of
from services.reporting.sites import Site, Sites, site_on
from shared.events import (
    ActivityHeld,
    CareReported,
    Event,
    FundCounted,
    FundReceived,
    FundSpent,
    HealthChecked,
    LoanDisbursed,
    LoanRepaid,
    MeetingCancelled,
    MeetingHeld,
    VisitMade,
)
from shared.values import NOTHING, Count, Range, When

Row = dict[str, Any]
ONE = Range(1, 1, 1)


class Effect(NamedTuple):
    """What a report adds to an indicator on a day and at a place.

    `part` is the part of the indicator it belongs to, such as the source of money; None where it has no parts. What
    `leaves` ends what entered before, on one of several days; on one day, to leave is to enter less.
    """

    indicator: str
    part: str | None
    subject: str
    first_day: str
    last_day: str
    leaves: bool
    list: str
    province: str
    district: str | None
    commune: str | None
    province_now: str
    commune_now: str | None
    province_63: str | None
    value: int
    low: int
    high: int
    unbounded: int
    certain: int


_AMOUNTS: Final = Effect._fields.index("value")


def net(told: Mapping[Effect, int]) -> list[Effect]:
    """What effects come to, each taken so many times (a negative number takes it back): one for each indicator, day
    and place; none where nothing is left, as where a head count tells what the one before told.
    """
    sums: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for effect, number in told.items():
        columns: tuple[Any, ...] = effect  # Of all types: no checker follows the slices.
        what, amounts = columns[:_AMOUNTS], columns[_AMOUNTS:]
        before = sums.get(what, _NOTHING)
        sums[what] = tuple(one + number * more for one, more in zip(before, amounts, strict=True))
    return [Effect._make(what + amounts) for what, amounts in sums.items() if any(amounts)]


_NOTHING: Final = (0,) * (len(Effect._fields) - _AMOUNTS)


class Stay(NamedTuple):
    """What is there from a day on comes in at a place; later it leaves it, for good or for another place."""

    first_day: str
    last_day: str
    leaves: bool
    place: Site


def effect(
    indicator: str, subject: str, when: When, place: Site, amount: Range, part: str | None = None
) -> Effect:
    """An amount that comes in on a day."""
    return moved(indicator, subject, _stay(when.first, when.last, place), amount, part)


def presence(when: When, until: tuple[date, date] | None, where: Sites) -> Iterator[Stay]:
    """What is there from a day on, until one of the days `until`, and moves with its club."""
    # Nothing leaves before it has surely come: a sum at a day is never below nothing.
    first, last = (max(day, when.last) for day in until or (date.max, date.max))
    here = site_on(where, when.last)
    yield _stay(when.first, when.last, here)
    for since, there in where:
        if when.last < since < last and there != here:
            yield _stay(since, since, here, leaves=True)
            yield _stay(since, since, there)
            here, first = there, max(first, since)
    if until is not None:
        yield _stay(first, last, here, leaves=True)


def moved(indicator: str, subject: str, stay: Stay, amount: Range, part: str | None = None) -> Effect:
    """An amount that comes in or leaves."""
    first_day, last_day, leaves, place = stay
    value, low, high, unbounded = amount.value, amount.low, amount.high or 0, int(amount.high is None)
    certain = amount.certain
    if leaves:
        value, low, high, unbounded, certain = -value, -low, -high, -unbounded, -certain
    # What is taken out of a stock leaves it: where its day is not certain, it may be gone from the first.
    when = first_day, last_day, (leaves or value < 0) and first_day != last_day
    amounts = value, low, high, unbounded, certain
    return Effect._make((indicator, part, subject, *when, *place.columns, *amounts))


def of_itself(subject: str, event: Event, where: Sites, position: int) -> list[Effect] | None:
    """What an event adds whatever else was reported; None if its effect depends on other reports.

    `position` is where it was first told.
    """
    told: dict[tuple[str, str | None], Range | None]
    match event:
        case MeetingHeld():
            told = {("meetings", None): ONE}
        case MeetingCancelled():
            told = {("meetings_cancelled", None): ONE}
        case ActivityHeld():
            told = {("activities", None): ONE}
        case VisitMade():
            told = {("visits", None): ONE}
        case CareReported():
            told = {
                ("home_care_visits", None): _counted(event.visits),
                ("care", part_of(event, position)): ONE,
            }
        case HealthChecked():
            told = {("health_check_turns", None): _counted(event.examined)}
        case FundReceived():
            amount = _counted(event.amount_vnd)
            told = {("fund_received_vnd", event.source): amount, ("fund_vnd", None): amount}
        case FundCounted():
            told = {}  # Shown beside the ledger; it moves nothing.
        case FundSpent():
            told = {
                ("fund_spent_vnd", None): _dong(event.amount_vnd),
                ("fund_vnd", None): _dong(-event.amount_vnd),
            }
        case LoanDisbursed():
            principal = _dong(event.principal_vnd)
            told = {
                ("loans", None): _counted(event.loans) or Range(0, 0, None),
                ("loans_vnd", None): principal,
                ("loans_outstanding_vnd", None): principal,
            }
        case LoanRepaid():
            interest = _dong(event.interest_vnd)
            told = {
                ("loan_interest_vnd", None): interest,
                ("fund_vnd", None): interest,
                ("loans_outstanding_vnd", None): _dong(-event.principal_vnd),
            }
        case _:
            return None
    if isinstance(event, FundReceived | FundSpent | FundCounted | LoanDisbursed | LoanRepaid):
        told["fund_reports", event.fund] = ONE
    if (areas := areas_of(event)) is not None:
        told["areas", ",".join(sorted(areas))] = ONE
    day = event.day()
    assert day is not None
    comes_in = _stay(day.first, day.last, site_on(where, day.last))
    return [
        moved(indicator, subject, comes_in, amount, part)
        for (indicator, part), amount in told.items()
        if amount is not None and amount != NOTHING
    ]


def _counted(count: Count | None) -> Range | None:
    return count.range if count is not None else None


def _dong(amount: int) -> Range:
    return Range(amount, amount, amount)


def _stay(first: date, last: date, place: Site, leaves: bool = False) -> Stay:
    return Stay(first.isoformat(), last.isoformat(), leaves, place)
