"""What one club adds to a figure that is no sum of reports: whether it is active, which norms it keeps. Pure.

Each rule is given what the reports of one club tell, measure by measure, and answers with an honest edge: a club that
may or may not be meant counts in `high` alone. What nobody reported is not held against a club, nor for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from services.reporting.care import Field, newest
from shared.codes import AREAS
from shared.norms import norms_in_force
from shared.values import NOTHING, Range

Told = Mapping[str, Mapping[str | None, Range]]  # By measure, and by the parts of a measure.
Rule = Callable[[Told, date], Range]
MAYBE: Final = Range(0, 0, 1)
YES: Final = Range(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a rule is told of a club: an indicator's sum at the day, in so many days up to it, within the `period` asked
    for, or on the day `before` that period.
    """

    indicator: str
    over: int | Literal["day", "period", "before"] = "day"


@dataclass(frozen=True, slots=True)
class EachClub:
    """An indicator that is counted club by club: what its rule must be told, and the rule."""

    measures: tuple[Measure, ...]
    rule: Rule

    @property
    def indicators(self) -> set[str]:
        """What the answer depends on: which clubs there are, and what they tell."""
        return {"clubs", *(measure.indicator for measure in self.measures)}

    @property
    def of_a_period(self) -> bool:
        """Whether it says what became of clubs from a day to a day."""
        return any(measure.over in ("period", "before") for measure in self.measures)


def whole(told: Told, measure: str) -> Range:
    """All parts of a measure together."""
    return sum(told.get(measure, {}).values(), start=NOTHING)


def met(told: Told, day: date) -> Range:
    """One club if it held a meeting."""
    return _any(whole(told, "meetings"))


def did_all_areas(told: Told, day: date) -> Range:
    """One club if its reports show work in all eight areas; maybe, if a meeting left its areas unsaid."""
    shown = told.get("areas", {})
    surely, perhaps = (
        {
            area
            for areas, number in shown.items()
            for area in (areas or "").split(",")
            if area and there(number)
        }
        for there in (lambda number: number.low > 0, lambda number: _any(number).high)
    )
    unsaid = _any(shown.get("", NOTHING)).high
    if set(AREAS) <= surely:
        return YES
    return MAYBE if unsaid or set(AREAS) <= perhaps else NOTHING


def has_funds(*funds: str) -> Rule:
    """One club if it reports on each of these funds; maybe otherwise: a fund nobody reports on may be there."""

    def rule(told: Told, day: date) -> Range:
        reports = told.get("fund_reports", {})
        return YES if all(reports.get(fund, NOTHING).low > 0 for fund in funds) else MAYBE

    return rule


def borrowed(told: Told, day: date) -> Range:
    """People who borrowed: as many as loans at most, never more than members. Who borrowed twice is two loans."""
    loans, members = whole(told, "loans"), whole(told, "members")
    highs = [high for high in (loans.high, members.high or None) if high is not None]
    high = min(highs, default=None)
    value = loans.value if high is None else min(loans.value, high)
    return Range(value, min(value, 1 if loans.low else 0), high)


def newest_care(field: Field) -> Rule:
    """What the club's newest care report tells."""

    def rule(told: Told, day: date) -> Range:
        return newest(told.get("care", {}), field) or NOTHING

    return rule


def was_there(told: Told, day: date) -> Range:
    """One club if it was there before the period."""
    return _any(whole(told, "clubs"))


def of_new_clubs(part: str) -> Rule:
    """What a club that was founded within the period tells of its people."""

    def rule(told: Told, day: date) -> Range:
        return while_there(whole(told, part), whole(told, "new_clubs"))

    return rule


def older_women_of_new_clubs(told: Told, day: date) -> Range:
    """Women of 60 and over in a club founded within the period. No head count tells them: there are at least as many as
    older people and women together exceed all members, and no more than of either.
    """
    older, women, all_of_them = (whole(told, part) for part in ("older_members", "women_members", "members"))
    if older == NOTHING:
        return NOTHING
    low = 0 if all_of_them.high is None else max(0, older.low + women.low - all_of_them.high)
    told_of = (older, women) if whole(told, "women_members.of") != NOTHING else (older,)
    high = min((one.high for one in told_of if one.high is not None), default=None)
    return while_there(Range(low, low, high), whole(told, "new_clubs"))


def while_there(amount: Range, club: Range) -> Range:
    """What a club adds, if it was there at all."""
    if club == NOTHING:
        return NOTHING
    if club.low > 0:
        return amount
    return Range(amount.value if club.value > 0 else 0, 0, amount.high)


def keeps(measure: str, part: str, of: str | None = None) -> Rule:
    """One club if it keeps the norm in force for a measure: an amount, or the share that a part is of a whole."""

    def rule(told: Told, day: date) -> Range:
        if (known := whole(told, of or part)) == NOTHING:
            return _kept(measure, day, None)  # Never told, or told so long ago that nobody knows.
        return _kept(measure, day, whole(told, part), known if of else YES)

    return rule


def care_keeps(measure: str, field: Field) -> Rule:
    """One club if its newest care report keeps the norm in force for a measure."""

    def rule(told: Told, day: date) -> Range:
        return _kept(measure, day, newest(told.get("care", {}), field))

    return rule


def _kept(measure: str, day: date, count: Range | None, of: Range = YES) -> Range:
    norm = norms_in_force(day).get(measure)
    if norm is None:
        return NOTHING
    if count is None:
        return MAYBE
    if norm.surely_kept(count, of):
        return YES
    return NOTHING if norm.surely_broken(count, of) else MAYBE


def _any(number: Range) -> Range:
    """Whether there is any: the edges of a yes or no."""
    return Range(min(1, number.value), min(1, number.low), 1 if number.high is None else min(1, number.high))
