"""What the rules need to know, drawn from the history of a subject. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.effective import founding_of, life_of
from shared.events import ClubMoved, ClubRenamed, MeetingHeld
from shared.report import Recorded
from shared.same_club import reports_of


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


def club_of(subject: str, histories: Sequence[Sequence[Recorded]]) -> Club | None:
    """The club its histories amount to, of one registered twice all of them.

    None if no founding counts, or if the club has ended: nothing more is expected of it.
    """
    reports = reports_of(histories)
    founding = founding_of(reports)
    if founding is None or life_of(reports).end is not None:
        return None
    events = [report.event for report in reports]
    renamed = [event for event in events if isinstance(event, ClubRenamed)]
    moved = [event for event in events if isinstance(event, ClubMoved)]
    name = max(renamed, key=lambda event: event.occurred_on.last).name if renamed else founding.name
    place = max(moved, key=lambda event: event.occurred_on.last).place if moved else founding.place
    founded_at = next(report.original.position for report in reports if report.event is founding)
    meetings = [
        (report.event.occurred_on.last, report.original.position)
        for report in reports
        if isinstance(report.event, MeetingHeld)
    ]
    last_meeting, met_at = max(meetings, default=(None, 0))
    since, cause = _since(founding.occurred_on.last, founded_at, last_meeting, met_at)
    return Club(
        subject=subject,
        name=name,
        province_now=place.province_now,
        founded=str(founding.occurred_on),
        last_meeting=last_meeting.isoformat() if last_meeting else None,
        since=since.isoformat(),
        cause=cause,
        live=any(not event.historical for history in histories for event in history),
    )


def after_meeting(club: Club, meeting: MeetingHeld, event: Recorded) -> Club:
    """The club one more meeting later."""
    day = meeting.occurred_on.last.isoformat()
    newest = max(day, club.last_meeting or "")
    later = day >= club.since
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
