"""What the rules need to know, drawn from the history of a subject. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.effective import effective, founding_of
from shared.events import MeetingHeld
from shared.report import Recorded


@dataclass(frozen=True, slots=True)
class Club:
    """A club as the rules see it.

    `last_meeting` is the newest day a meeting may have been held on. `cause` is the position of the report that
    `since` comes from. `live`: at least one report came from the club itself, not from a load of the past.
    """

    subject: str
    name: str
    province_now: str
    founded: str
    last_meeting: str | None
    since: str
    cause: int
    live: bool


def club_of(history: Sequence[Recorded]) -> Club | None:
    """The club a history amounts to; None if it has no founding that counts."""
    reports = [report for report in effective(history) if report.counts]
    founding = founding_of(reports)
    if founding is None:
        return None
    founded_at = next(report.original.position for report in reports if report.event is founding)
    meetings = [
        (report.event.occurred_on.last, report.original.position)
        for report in reports
        if isinstance(report.event, MeetingHeld)
    ]
    last_meeting, met_at = max(meetings, default=(None, 0))
    since, cause = _since(founding.occurred_on.last, founded_at, last_meeting, met_at)
    return Club(
        subject=history[0].subject,
        name=founding.name,
        province_now=founding.place.province_now,
        founded=str(founding.occurred_on),
        last_meeting=last_meeting.isoformat() if last_meeting else None,
        since=since.isoformat(),
        cause=cause,
        live=any(not event.historical for event in history),
    )


def after_meeting(club: Club, meeting: MeetingHeld, event: Recorded) -> Club:
    """The club one more meeting later."""
    day = meeting.occurred_on.last.isoformat()
    newest = max(day, club.last_meeting or "")
    later = day > club.since
    return Club(
        subject=club.subject,
        name=club.name,
        province_now=club.province_now,
        founded=club.founded,
        last_meeting=newest,
        since=day if later else club.since,
        cause=event.position if later else club.cause,
        live=club.live or not event.historical,
    )


def _since(founded: date, founded_at: int, last_meeting: date | None, met_at: int) -> tuple[date, int]:
    if last_meeting is None or last_meeting < founded:
        return founded, founded_at
    return last_meeting, met_at
