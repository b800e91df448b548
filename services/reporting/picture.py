"""What the history of a subject amounts to: its rows in the read models. Pure.

A projection is the difference of two pictures: before and after an event. So a correction, however late, changes
exactly what it must, and the sum of all differences up to a position is the picture at that position.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from services.reporting.indicators import AGE_OF_A_COUNT_MONTHS
from shared.effective import Effective, effective
from shared.events import (
    ClubFounded,
    ClubLaunched,
    Event,
    FigurePublished,
    MeetingHeld,
    MembersCounted,
    TrainingCancelled,
    TrainingHeld,
    TrainingPlanned,
)
from shared.folding import folded
from shared.places import Place
from shared.report import Recorded
from shared.values import Range, When, as_json

Row = dict[str, Any]
ONE = Range(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a report adds to an indicator on a day and at a place; what `leaves` ends what entered before."""

    indicator: str
    subject: str
    first_day: str
    last_day: str
    leaves: bool
    list: str
    province: str
    commune: str | None
    value: int
    low: int
    high: int
    unbounded: int
    certain: int

    def times(self, number: int) -> Row:
        """The effect as a row, taken `number` times; a negative number takes it back."""
        # Written out: every event passes here, and `asdict` copies each value deeply.
        return {
            "indicator": self.indicator,
            "subject": self.subject,
            "first_day": self.first_day,
            "last_day": self.last_day,
            "leaves": self.leaves,
            "list": self.list,
            "province": self.province,
            "commune": self.commune,
            "value": self.value * number,
            "low": self.low * number,
            "high": self.high * number,
            "unbounded": self.unbounded * number,
            "certain": self.certain * number,
        }


@dataclass(slots=True)
class Picture:
    """The rows of one subject. `published` is keyed by the position of its report."""

    club: Row | None = None
    training: Row | None = None
    published: dict[int, Row] = field(default_factory=dict)
    effects: Counter[Effect] = field(default_factory=Counter)


def picture(history: Sequence[Recorded]) -> Picture:
    """All rows of one subject, from its whole history."""
    reports = [report for report in effective(history) if report.counts]
    events = [report.event for report in reports]
    found = Picture()
    for report in reports:
        if isinstance(report.event, FigurePublished):
            found.published[report.original.position] = published_row(report.original.subject, report.event)
    founding = next((event for event in events if isinstance(event, ClubFounded)), None)
    if founding is not None:
        subject = history[0].subject
        counts = head_counts(reports)
        found.club = _club_row(founding, events, counts)
        found.effects.update(founding_effects(subject, founding))
        found.effects.update(membership_effects(subject, founding.place, counts))
        for event in events:
            if isinstance(event, MeetingHeld):
                found.effects.update([meeting_effect(subject, founding.place, event)])
    if (training := _training_row(events)) is not None:
        found.training = training
        held = [event for event in events if isinstance(event, TrainingHeld)]
        found.effects.update(training_effects(history[0].subject, held[-1:]))
    return found


def founding_effects(subject: str, founding: ClubFounded) -> list[Effect]:
    """A founding is one club from its day on, and one new club on its day."""
    when, place = founding.occurred_on, founding.place
    return [_effect(indicator, subject, when, place, ONE) for indicator in ("clubs", "new_clubs")]


def meeting_effect(subject: str, place: Place, meeting: MeetingHeld) -> Effect:
    """A meeting counts once, where its club sits."""
    return _effect("meetings", subject, meeting.occurred_on, place, ONE)


def training_effects(subject: str, held: Iterable[TrainingHeld]) -> list[Effect]:
    """A training held, and its delegates where the report counts them."""
    found = []
    for event in held:
        found.append(_effect("trainings", subject, event.occurred_on, event.place, ONE))
        if event.delegates is not None and event.delegates.total is not None:
            total = event.delegates.total.range
            found.append(_effect("delegates", subject, event.occurred_on, event.place, total))
    return found


def head_counts(reports: Iterable[Effective]) -> list[tuple[When, Range]]:
    """The head counts of a club, oldest first; of two on one day the one reported later comes later."""
    counts = []
    for report in reports:
        match report.event:
            case (
                ClubFounded(members=members, occurred_on=day)
                | MembersCounted(members=members, occurred_on=day)
            ):
                people = members.people() if members is not None else None
                if people is not None:
                    counts.append((day, people))
    return sorted(counts, key=lambda count: count[0].last)


def membership_effects(subject: str, place: Place, counts: Sequence[tuple[When, Range]]) -> list[Effect]:
    """Each head count speaks for its club until the next one, or until it is too old."""
    found = []
    for number, (day, people) in enumerate(counts, start=1):
        next_day = counts[number][0] if number < len(counts) else None
        stale = _months_after(day.last, AGE_OF_A_COUNT_MONTHS)
        ends = next_day if next_day is not None and next_day.last <= stale else None
        until = (
            _day(stale) if ends is None else (max(ends.first, day.last).isoformat(), ends.last.isoformat())
        )
        found.append(_effect("members", subject, day, place, people))
        found.append(_leaving(found[-1], *until))
    return found


def published_row(subject: str, event: FigurePublished) -> Row:
    """A printed figure, as printed."""
    return {
        "subject": subject,
        "indicator": event.indicator,
        "value": as_json(event.value),
        "as_of": str(event.as_of) if event.as_of else None,
        "place": _json(event.place),
        "note": event.note,
        "citation": _json(event.citation),
    }


def _club_row(founding: ClubFounded, events: Sequence[Event], counts: Sequence[tuple[When, Range]]) -> Row:
    launches = [event for event in events if isinstance(event, ClubLaunched)]
    day, people = counts[-1] if counts else (None, None)
    return {
        "name": founding.name,
        "folded": folded(founding.name),
        **_place_columns(founding.place),
        "province_now": founding.place.province_now,
        "village": founding.place.village,
        "as_written": founding.place.as_written,
        "founded": str(founding.occurred_on),
        "scheme": founding.scheme,
        "launched": str(launches[-1].occurred_on) if launches else None,
        "members": asdict(people) if people else None,
        "members_on": str(day) if day else None,
    }


def _training_row(events: Sequence[Event]) -> Row | None:
    """A training as it stands: the newest plan, what was held, whether it was cancelled."""
    newest = list(reversed(events))
    planned = next((event for event in newest if isinstance(event, TrainingPlanned)), None)
    held = next((event for event in newest if isinstance(event, TrainingHeld)), None)
    cancelled = next((event for event in newest if isinstance(event, TrainingCancelled)), None)
    told = held or planned
    if told is None:
        return None
    planned_anew = (
        cancelled is not None and planned is not None and newest.index(planned) < newest.index(cancelled)
    )
    return {
        "state": "held" if held else "cancelled" if cancelled and not planned_anew else "planned",
        "title": told.title,
        "folded": folded(told.title or ""),
        **_place_columns(told.place),
        "province_now": told.place.province_now,
        "as_written": told.place.as_written,
        "day": str(told.occurred_on),
        "last_day": told.occurred_on.last.isoformat(),
        "details": {"planned": _json(planned), "held": _json(held), "cancelled": _json(cancelled)},
    }


def _effect(indicator: str, subject: str, when: When, place: Place, amount: Range) -> Effect:
    return Effect(
        indicator=indicator,
        subject=subject,
        first_day=when.first.isoformat(),
        last_day=when.last.isoformat(),
        leaves=False,
        **_place_columns(place),
        value=amount.value,
        low=amount.low,
        high=amount.high or 0,
        unbounded=int(amount.high is None),
        certain=amount.certain,
    )


def _leaving(entered: Effect, first_day: str, last_day: str) -> Effect:
    gone = entered.times(-1) | {"leaves": True, "first_day": first_day, "last_day": last_day}
    return Effect(**gone)


def _place_columns(place: Place) -> dict[str, Any]:
    return {"list": place.list, "province": place.province, "commune": place.commune}


def _json(part: Any) -> Row | None:
    return None if part is None else part.model_dump(mode="json", by_alias=True, exclude_none=True)


def _day(day: date) -> tuple[str, str]:
    return day.isoformat(), day.isoformat()


def _months_after(day: date, months: int) -> date:
    """The same day of the month so many months later; the 28th for days some months do not have."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))
