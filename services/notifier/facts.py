"""What the rules need to know of a club, folded from its reports. Pure.

One fold, `after`, serves the report that came last and the whole history after a correction. What it keeps hangs on no
order of arrival: the newest by day and position, the earliest, or a sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from services.notifier.cash_boxes import CashBox, box_of, with_move
from shared.calendar import PAPERS, SHARED
from shared.clock import day_in_viet_nam
from shared.effective import Effective, Standing, founding_of, life_of
from shared.events import (
    CharterAdopted,
    ClubFounded,
    ClubLaunched,
    ClubMoved,
    ClubRenamed,
    Event,
    FundReceived,
    HealthChecked,
    LoanDisbursed,
    LoanRepaid,
    MeetingCancelled,
    MeetingHeld,
    PlaceResolved,
)
from shared.ledger import ledger
from shared.money import move_of
from shared.places import Place, candidates, resolve, settled
from shared.report import Recorded
from shared.same_club import reports_of
from shared.unusual.against_norms import measures
from shared.values import Range, When

# A fact with its day: last and first day it may mean, the position of its report, and what it says.
Dated = list[Any]
_CANCELLED: Final = 6  # Enough to tell a silence from one with a reason.


@dataclass(frozen=True, slots=True)
class Club:
    """A club as the rules see it. All of it is JSON.

    `last_meeting` is the newest day a meeting may have been held on. `cause` is the position of the report that
    `since` comes from. `live_since`: the day of the first report from the club itself, not from a load of the past;
    `heard`: of the newest, of what the club does, from a device known by its name. `charters`: the oldest first.
    `cancelled`: the newest meetings called off, the days each may mean.
    `decided` is the day of its decision where the founding tells of one. `newest` has, by what it is about, the
    newest report: measures of `shared/unusual/against_norms.py`, `health`, `charter`, `loan`. `earliest`: `launch`
    and `fund`. Money in đồng: `lent` by fund, day and due day, `repaid` by fund.
    `boxes`: by fund the cash box as its reports add up, beside its newest count (`cash_boxes.py`).
    """

    subject: str
    name: str
    province_now: str
    province_63: str | None
    commune_now: str | None
    founded: str
    founded_at: int
    decided: str | None
    numbered: bool
    last_meeting: str | None
    since: str
    cause: int
    live_since: str | None = None
    heard: str | None = None
    charters: list[Dated] = field(default_factory=list)
    cancelled: list[list[str]] = field(default_factory=list)
    newest: dict[str, Dated] = field(default_factory=dict)
    earliest: dict[str, Dated] = field(default_factory=dict)
    lent: dict[str, int] = field(default_factory=dict)
    repaid: dict[str, int] = field(default_factory=dict)
    boxes: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        return self.live_since is not None


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
    old = candidates(place.list, place.province, "63")
    club = Club(
        subject=subject,
        name=name,
        province_now=place.province_now,
        province_63=old[0] if len(old) == 1 else None,
        commune_now=_commune_now(place, events),
        founded=str(founding.occurred_on),
        founded_at=founded_at,
        decided=_decided(founding),
        numbered=founding.decision is not None and founding.decision.number is not None,
        last_meeting=None,
        since=founding.occurred_on.last.isoformat(),
        cause=founded_at,
    )
    for event in (event for history in histories for event in history):
        club = heard_from(club, event)
    for report in reports:
        club = after(club, report.event, report.original.position)
    found = {fund: box_of(books) for fund, books in ledger(reports).funds.items()}
    return replace(club, boxes={fund: [*box] for fund, box in found.items() if box is not None})


def with_money(club: Club, event: Recorded) -> Club | None:
    """The club once money of it was reported; None if only its whole history tells how its cash box stands."""
    move = move_of(Effective(event, event, event.event, Standing.COUNTS))
    if move is None:
        return club
    told = club.boxes.get(move.fund)
    box = with_move(CashBox(*told) if told else None, move)
    return (
        None if box is None else replace(club, boxes=dict(sorted((club.boxes | {move.fund: [*box]}).items())))
    )


def heard_from(club: Club, event: Recorded) -> Club:
    """The club once somebody has reported of it, not as a load of the past."""
    if event.historical:
        return club
    day = day_in_viet_nam(event.recorded_at).isoformat()
    if club.live_since is None or day < club.live_since:
        club = replace(club, live_since=day)
    if event.type not in PAPERS and event.identity.source != SHARED and day > (club.heard or ""):
        club = replace(club, heard=day)
    return club


def after(club: Club, event: Event, position: int) -> Club:
    """The club one more report later."""
    newest: dict[str, Dated] = {}
    day = event.day()
    if day is not None:
        for one in measures(event):
            newest[one.measure] = _dated(day, position, *map(_three, (one.count, one.of, one.times)))
    match event:
        case MeetingHeld():
            club = _met(club, event.occurred_on.last.isoformat(), position)
        case ClubLaunched():
            club = _earliest(club, "launch", _dated(event.occurred_on, position))
        case HealthChecked():
            newest["health"] = _dated(event.occurred_on, position)
        case MeetingCancelled(planned_on=planned):
            days = [planned.last.isoformat(), planned.first.isoformat()]
            club = replace(club, cancelled=sorted([*club.cancelled, days])[-_CANCELLED:])
        case CharterAdopted():
            rhythm = event.meetings.model_dump() if event.meetings else None
            told = _dated(event.occurred_on, position, event.meeting_day, rhythm)
            club = replace(club, charters=sorted([*club.charters, told], key=lambda one: one[:3]))
            newest["charter"] = _dated(event.occurred_on, position, event.loan_term_months)
        case FundReceived(fund="income", amount_vnd=amount) if amount is not None:
            club = _earliest(club, "fund", _dated(event.occurred_on, position))
        case LoanDisbursed():
            newest["loan"] = _dated(event.occurred_on, position)
            due = event.due_on.last.isoformat() if event.due_on else ""
            key = f"{event.fund}|{event.occurred_on.last.isoformat()}|{due}"
            club = replace(club, lent=_added(club.lent, key, event.principal_vnd))
        case LoanRepaid():
            club = replace(club, repaid=_added(club.repaid, event.fund, event.principal_vnd))
    newest = {name: told for name, told in newest.items() if told[:3] > club.newest.get(name, [""])[:3]}
    return replace(club, newest=dict(sorted((club.newest | newest).items()))) if newest else club


def _commune_now(place: Place, events: Sequence[Event]) -> str | None:
    """The present commune: by the tables, or where they leave it open, as somebody decided last."""
    found = resolve(place)
    decided = [event.place for event in events if isinstance(event, PlaceResolved)]
    fitting = [one for one in decided if one.province_now == place.province_now]
    return settled(place, fitting[-1]).commune if fitting and found.how != "exact" else found.commune


def _met(club: Club, day: str, position: int) -> Club:
    club = replace(club, last_meeting=max(day, club.last_meeting or ""))
    return replace(club, since=day, cause=position) if (day, position) > (club.since, club.cause) else club


def _earliest(club: Club, name: str, told: Dated) -> Club:
    if name in club.earliest and club.earliest[name] <= told:
        return club
    return replace(club, earliest=dict(sorted((club.earliest | {name: told}).items())))


def _added(sums: dict[str, int], key: str, amount: int) -> dict[str, int]:
    return dict(sorted((sums | {key: sums.get(key, 0) + amount}).items()))


def _dated(day: When, position: int, *told: Any) -> Dated:
    return [day.last.isoformat(), day.first.isoformat(), position, *told]


def _three(number: Range) -> list[int | None]:
    return [number.value, number.low, number.high]


def _decided(founding: ClubFounded) -> str | None:
    """The day of the decision, if the report tells of one; None if it does not."""
    decision = founding.decision
    if decision is None or (decision.number is None and decision.issued_on is None):
        return None
    return (decision.issued_on or founding.occurred_on).last.isoformat()
