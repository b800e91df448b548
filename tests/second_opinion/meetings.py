"""The meetings a club was expected to hold, month by month, and how many of them were told of."""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from tests.second_opinion.numbers import NONE, Edges

GRACE: Final = 10  # Days after which nothing is waited for any more.
EXPECTED: Final[dict[str, tuple[str, ...]]] = {
    "meetings_expected": (),
    "meetings_received": ("meeting.held", "meeting.cancelled"),
    "meetings_held_as_expected": ("meeting.held",),
}


class Month(NamedTuple):
    first: date
    last: date
    due: date


def months(club: dict[str, Any], reports: Sequence[dict[str, Any]], until: date) -> Iterator[Month]:
    """The months in which a club was to meet once, due by a day: from the one after its ceremony, or else its
    founding, until it may have ended."""
    ceremonies = sorted(
        (one for one in reports if one["type"] == "club.launched"), key=lambda one: one["last"]
    )
    charters = sorted(
        (one for one in reports if one["type"] == "charter.adopted"), key=lambda one: one["last"]
    )
    assert not any("meetings" in one["data"] for one in charters), "The clerk knows one meeting a month only."
    month = _following(ceremonies[-1]["last"] if ceremonies else club["founded"])
    while True:
        last = month.replace(day=monthrange(month.year, month.month)[1])
        due = last
        for charter in reversed(charters):
            day = min(charter["data"].get("meeting_day") or 31, last.day)
            if charter["last"] <= last.replace(day=day):
                due = last.replace(day=day)
                break
        if due > until or (club["may_end"] is not None and club["may_end"] <= due):
            return
        yield Month(month, last, due)
        month = _following(month)


def told_of(
    month: Month, reports: Sequence[dict[str, Any]], types: tuple[str, ...], recorded: date, on: date
) -> Edges:
    """Whether the month's meeting was told of in one of these ways, as of a day; all was recorded on one day."""
    if not types:
        return 1, 1, 1
    sure, perhaps = set(), False
    for one in reports:
        held = one["type"] == "meeting.held"
        if one["type"] not in EXPECTED["meetings_received"] or (held and one["first"] > on):
            continue
        latest = min(one["last"], recorded + timedelta(days=1)) if held else one["last"]
        latest = max(latest, one["first"])
        if one["first"] >= month.first and latest <= month.last:
            sure.add(one["type"])
        else:
            perhaps |= one["first"] <= month.last and month.first <= latest
    if sure:  # What was held counts, whatever else was cancelled.
        counts = "meeting.held" if "meeting.held" in sure else "meeting.cancelled"
        return (1, 1, 1) if counts in types else NONE
    return (0, 0, 1) if perhaps or on <= month.due + timedelta(days=GRACE) else NONE


def _following(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
