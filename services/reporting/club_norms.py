"""A club as it stands, measured against the norms in force on a day. Pure.

A checklist of the system's own: no source grades clubs. Nothing is refused for it, and what no report tells is not
held against anyone: `kept` is None where nobody knows.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final, Literal, NamedTuple

from services.reporting.areas import areas_of
from services.reporting.indicators import AGE_OF_A_COUNT_MONTHS
from services.reporting.periods import months_after, whole_months
from shared.codes import AREAS
from shared.effective import Effective, life_of
from shared.events import (
    Event,
    FundCounted,
    FundReceived,
    FundSpent,
    LoanDisbursed,
    LoanRepaid,
    MeetingHeld,
)
from shared.norms import Norm, norms_in_force
from shared.unusual.against_norms import Measured, measures
from shared.values import NOTHING, Range, When

Because = Literal["not-reported", "too-old", "of-the-nation", "may-be-either"]
YEAR: Final = timedelta(days=365)
FUNDS: Final = 2
# In the order of a visit: who they are, who leads them, what they do, what they own, whom they care for.
MEASURES: Final = (
    *("members", "women_share", "older_share", "young_share", "from_55_share"),
    *("board_size", "meetings_per_month", "areas"),
    *("clubs_with_both_funds_share", "borrowers_share"),
    *("volunteers", "cared_for", "visits_per_week"),
)
_LASTING: Final = ("board_size", "meetings_per_month", "areas", "clubs_with_both_funds_share")


class Fact(NamedTuple):
    """What the reports tell of one measure, and the day of the newest report that tells it."""

    measured: Measured
    day: When


class NormRow(NamedTuple):
    """A norm beside the club. `kept` is None where that is not known, and `because` says why not.

    `not-reported`: no report tells it. `too-old`: the newest count is older than 24 months. `of-the-nation`: the norm
    is for all clubs together, so one club cannot break it. `may-be-either`: the counts have edges on both sides.
    """

    norm: Norm
    fact: Fact | None
    kept: bool | None
    because: Because | None


def club_norms(reports: Sequence[Effective], day: date) -> list[NormRow]:
    """The norms in force on a day, in the order of `MEASURES`, beside what the reports tell by then.

    Nothing for a club that is not founded yet, or has ended. A norm whose source gives no number is left out.
    """
    standing = [report for report in reports if report.counts and not _later(report.event, day)]
    life = life_of(standing)
    if life.founding is None or life.end is not None:
        return []
    told = facts([report.event for report in standing], life.founding.occurred_on, day)
    in_force = norms_in_force(day)
    norms = (in_force[measure] for measure in MEASURES if measure in in_force)
    return [_row(norm, told.get(norm.measure), day) for norm in norms if norm.bounds != (None, None)]


def facts(events: Sequence[Event], founded: When, day: date) -> dict[str, Fact]:
    """What the reports tell by measure: the newest by its day, and what the last 365 days add up to."""
    told: dict[str, Fact] = {}
    dated = sorted(((event.day(), event) for event in events if event.day()), key=lambda pair: _last(pair[0]))
    for on, event in dated:
        assert on is not None
        told.update({one.measure: Fact(one, on) for one in measures(event)})
    for fact in _over_time(events, founded, day, told.get("members")):
        told[fact.measured.measure] = fact
    return told


def _row(norm: Norm, fact: Fact | None, day: date) -> NormRow:
    # What all clubs together shall reach is no norm for one of them, unless it is wanted of each.
    if norm.level != "club" and norm.at_least != 100:
        return NormRow(norm, fact, None, "of-the-nation")
    if fact is None:
        return NormRow(norm, None, None, "not-reported")
    if norm.measure not in _LASTING and months_after(fact.day.last, AGE_OF_A_COUNT_MONTHS) <= day:
        return NormRow(norm, fact, None, "too-old")
    told = fact.measured
    if norm.surely_broken(told.count, told.of, told.times):
        return NormRow(norm, fact, False, None)
    if norm.surely_kept(told.count, told.of, told.times):
        return NormRow(norm, fact, True, None)
    return NormRow(norm, fact, None, "may-be-either")


def _over_time(events: Sequence[Event], founded: When, day: date, members: Fact | None) -> Iterator[Fact]:
    recent = [
        event for event in events if not isinstance(event.day(), When) or _last(event.day()) > day - YEAR
    ]
    yield from _meetings(events, founded, day)
    yield from _areas(recent, day)
    yield from _funds(events)
    if members is not None:
        yield from _borrowers(events, members)


def _meetings(events: Sequence[Event], founded: When, day: date) -> Iterator[Fact]:
    """Meetings of the last 365 days in whole months; nothing of a club that never reported one, or is too young."""
    held = [event.occurred_on for event in events if isinstance(event, MeetingHeld)]
    least, most = (min(whole_months(since, day), 12) for since in (founded.last, founded.first))
    if held and most > 0:
        surely = sum(on.first > day - YEAR for on in held)
        count = Range(surely, surely, sum(on.last > day - YEAR for on in held))
        yield Fact(
            Measured("meetings_per_month", "", count, times=Range(most, least, most)), max(held, key=_last)
        )


def _areas(recent: Sequence[Event], day: date) -> Iterator[Fact]:
    """The areas, of eight, that reports of the last 365 days show work in; a meeting may leave them unsaid."""
    shown = [(event.day(), areas) for event in recent if (areas := areas_of(event))]
    if not shown:
        return
    surely = {area for on, areas in shown if on and on.first > day - YEAR for area in areas}
    perhaps = {area for _, areas in shown for area in areas}
    unsaid = any(isinstance(event, MeetingHeld) and not event.areas for event in recent)
    count = Range(len(surely), len(surely), len(AREAS) if unsaid else len(perhaps))
    yield Fact(Measured("areas", "", count), max((on for on, _ in shown if on), key=_last))


def _funds(events: Sequence[Event]) -> Iterator[Fact]:
    """The funds that any report is about. A fund nobody reports on may be there all the same."""
    money = [
        event
        for event in events
        if isinstance(event, FundReceived | FundSpent | FundCounted | LoanDisbursed | LoanRepaid)
    ]
    if money:
        seen = len({event.fund for event in money})
        whole = Range(FUNDS, FUNDS, FUNDS)
        newest = max((event.occurred_on for event in money), key=_last)
        yield Fact(Measured("clubs_with_both_funds_share", "", Range(seen, seen, FUNDS), whole), newest)


def _borrowers(events: Sequence[Event], members: Fact) -> Iterator[Fact]:
    """All loans so far beside the members: who borrowed twice is two loans, so borrowers may be fewer."""
    lent = [event for event in events if isinstance(event, LoanDisbursed)]
    if lent:
        told = sum((event.loans.range if event.loans else Range(0, 0, None) for event in lent), start=NOTHING)
        newest = max((event.occurred_on for event in lent), key=_last)
        yield Fact(Measured("borrowers_share", "", told, members.measured.count), newest)


def _later(event: Event, day: date) -> bool:
    on = event.day()
    return on is not None and on.surely_after(day)


def _last(on: When | None) -> date:
    return on.last if on is not None else date.min
