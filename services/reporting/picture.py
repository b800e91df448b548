"""What the history of a subject amounts to: its rows in the read models. Pure.

A projection is the difference of two pictures: before and after an event. So a correction, however late, changes
exactly what it must, and the sum of all differences up to a position is the picture at that position.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from services.reporting.effects import ONE, Effect, Row, Stay, effect, moved, of_itself, presence
from services.reporting.heads import told_of
from services.reporting.indicators import AGE_OF_A_COUNT_MONTHS
from services.reporting.periods import months_after
from services.reporting.sites import Site, Sites, site, sites
from shared.effective import Effective, founding_of, life_of
from shared.events import (
    BoardElected,
    CharterAdopted,
    ClubFounded,
    ClubLaunched,
    ClubMerged,
    ClubProposed,
    ClubRenamed,
    Event,
    FigurePublished,
    MembersCounted,
    PeriodReopened,
    PeriodSignedOff,
    PlanAdopted,
    TargetSet,
    TrainingCancelled,
    TrainingHeld,
    TrainingPlanned,
    VisitMade,
)
from shared.folding import folded
from shared.people import HeadCount
from shared.places import PROVINCES, Place
from shared.report import Recorded
from shared.same_club import reports_of
from shared.values import NOTHING, Range, When

Told = FigurePublished | PlanAdopted | TargetSet | VisitMade | PeriodSignedOff | PeriodReopened


@dataclass(slots=True)
class Picture:
    """The rows of one subject. `told` is keyed by the position of its report; `where` a club sat since when."""

    club: Row | None = None
    where: Sites = ()
    training: Row | None = None
    told: dict[int, Row] = field(default_factory=dict)
    effects: Counter[Effect] = field(default_factory=Counter)


def picture(subject: str, histories: Sequence[Sequence[Recorded]]) -> Picture:
    """All rows of one subject, from its whole history; of a club registered twice, from all its histories."""
    reports = reports_of(histories)
    events = [report.event for report in reports]
    found = Picture()
    for report in reports:
        if isinstance(report.event, Told):
            found.told[report.original.position] = told_row(subject, report.event)
            found.effects.update(told_effects(subject, report.event, report.original.position))
    if (where := sites(reports)) and any(isinstance(event, ClubFounded | ClubProposed) for event in events):
        found.club, found.where = _club_row(reports, where), where
    if (founding := founding_of(reports)) is not None:
        found.effects.update(club_effects(subject, founding, reports, where))
    if (training := _training_row(events)) is not None:
        found.training = training
        held = [event for event in events if isinstance(event, TrainingHeld)]
        found.effects.update(training_effects(subject, held[-1:]))
    return found


def club_effects(
    subject: str, founding: ClubFounded, reports: Sequence[Effective], where: Sites
) -> list[Effect]:
    """A founding is one new club on its day, and one club from then on until it ends; so are its members."""
    ended = _ended(reports)
    founded, scheme = founding.occurred_on, founding.scheme
    found = [effect("new_clubs", subject, founded, where[0][1], ONE, scheme)]
    found += [moved("clubs", subject, stay, ONE, scheme) for stay in presence(founded, ended, where)]
    found += membership_effects(subject, where, head_counts(reports), ended)
    for report in reports:
        found += of_itself(subject, report.event, where, report.original.position) or ()
    return found


def training_effects(subject: str, held: Iterable[TrainingHeld]) -> list[Effect]:
    """A training held, and its delegates where the report counts them."""
    found = []
    for event in held:
        here = site(event.place)
        found.append(effect("trainings", subject, event.occurred_on, here, ONE))
        if event.delegates is not None and event.delegates.total is not None:
            total = event.delegates.total.range
            found.append(effect("delegates", subject, event.occurred_on, here, total))
    return found


def told_effects(subject: str, event: Told, position: int) -> list[Effect]:
    """A visit counts once, where it was made; what is printed, planned or vouched for is never added to figures."""
    return (
        of_itself(subject, event, [(date.min, site(event.place))], position) or []
        if isinstance(event, VisitMade)
        else []
    )


def head_counts(reports: Iterable[Effective]) -> list[tuple[When, HeadCount, Range]]:
    """The head counts of a club, oldest first; of two on one day the one reported later comes later."""
    counts = []
    for report in reports:
        match report.event:
            case (
                ClubFounded(members=members, occurred_on=day)
                | MembersCounted(members=members, occurred_on=day)
            ):
                people = members.people() if members is not None else None
                if members is not None and people is not None:
                    counts.append((day, members, people))
    return sorted(counts, key=lambda count: count[0].last)


def membership_effects(
    subject: str,
    where: Sites,
    counts: Sequence[tuple[When, HeadCount, Range]],
    ended: tuple[date, date] | None,
) -> list[Effect]:
    """Each head count speaks for its club until the next one, until it is too old, or until the club ends."""
    found: list[Effect] = []
    for number, (day, heads, people) in enumerate(counts, start=1):
        following = counts[number][0] if number < len(counts) else None
        stays = presence(day, speaks_until(day, following, ended), where)
        found += told_by(subject, heads, people, list(stays))
    return found


def speaks_until(day: When, following: When | None, ended: tuple[date, date] | None) -> tuple[date, date]:
    """One of which days a head count ends to speak."""
    stale = months_after(day.last, AGE_OF_A_COUNT_MONTHS)
    ends = [(stale, stale)] + ([ended] if ended else [])
    if following is not None:
        ends.append((following.first, following.last))
    return min(ends, key=lambda end: end[1])


def told_by(subject: str, heads: HeadCount, people: Range, stays: Sequence[Stay]) -> Iterator[Effect]:
    """What a head count tells, as it comes in and leaves."""
    for indicator, amount in told_of(heads, people):
        if amount != NOTHING:
            for stay in stays:
                yield moved(indicator, subject, stay, amount)


def told_row(subject: str, event: Told) -> Row:
    """What is said about a territory or clubs: a printed figure, plan, target, visit or period, as reported."""
    place = event.where()
    day = event.day()
    return {
        "type": event.type,
        "subject": subject,
        "indicator": getattr(event, "indicator", None),
        "day": str(day) if day else None,
        "province_now": place.province_now if place else _province_now(subject),
        "data": event.model_dump(mode="json", by_alias=True, exclude_none=True),
    }


def _club_row(reports: Sequence[Effective], where: Sites) -> Row:
    """A club as it stands; what was adopted, elected or counted last by day counts."""
    events = [report.event for report in reports]
    life = life_of(reports)
    founding = founding_of(reports)
    begun: ClubFounded | ClubProposed = founding or next(e for e in events if isinstance(e, ClubProposed))
    renamed = _newest(events, ClubRenamed)
    names = [begun.name or "", *(event.name for event in events if isinstance(event, ClubRenamed))]
    launched, board = (_newest(events, kind) for kind in (ClubLaunched, BoardElected))
    charters = [event for event in events if isinstance(event, CharterAdopted)]
    counts = head_counts(reports)
    day, heads, people = counts[-1] if counts else (None, None, None)
    here, place = where[-1][1], _newest_place(reports)
    return {
        "state": "proposed" if founding is None else "ended" if life.end else "founded",
        "name": renamed.name if renamed else begun.name or "",
        "folded": folded(" ".join(dict.fromkeys(names))),  # Former names find it too.
        **_columns(here),
        "how": here.how,
        "candidates": list(here.candidates),
        "moved": len(where) > 1,
        "village": place.village,
        "as_written": place.as_written,
        "founded": str(founding.occurred_on) if founding else None,
        "scheme": founding.scheme if founding else None,
        "ended": str(life.end.occurred_on) if life.end else None,
        "into": life.end.into if isinstance(life.end, ClubMerged) else None,
        "launched": str(launched.occurred_on) if launched else None,
        "charters": [as_json(one) for one in sorted(charters, key=lambda one: one.occurred_on.last)],
        "board": as_json(board) or (as_json(founding.management_board) if founding else None),
        "members": asdict(people) if people else None,
        "members_on": str(day) if day else None,
        "heads": as_json(heads),
    }


def _newest(events: Sequence[Event], kind: type[Any]) -> Any:
    """The newest event of a kind by its day; of two on one day the one reported later."""
    found = [event for event in events if isinstance(event, kind)]
    return max(reversed(found), key=lambda event: event.occurred_on.last, default=None)


def _newest_place(reports: Sequence[Effective]) -> Place:
    """The place of the newest move, else of the beginning, in the words of its report."""
    from_moves = sorted(
        (report.event for report in reports if report.event.type == "club.moved"),
        key=lambda move: move.day().last,  # type: ignore[union-attr]
    )
    beginnings = [r.event for r in reports if isinstance(r.event, ClubFounded | ClubProposed)]
    place = (from_moves or beginnings)[-1].where()
    assert place is not None
    return place


def _ended(reports: Sequence[Effective]) -> tuple[date, date] | None:
    end = life_of(reports).end
    return (end.occurred_on.first, end.occurred_on.last) if end is not None else None


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
        "list": told.place.list,
        "province": told.place.province,
        "commune": told.place.commune,
        "province_now": told.place.province_now,
        "as_written": told.place.as_written,
        "day": str(told.occurred_on),
        "last_day": told.occurred_on.last.isoformat(),
        "details": {"planned": as_json(planned), "held": as_json(held), "cancelled": as_json(cancelled)},
    }


def _columns(here: Site) -> Row:
    names = ("list", "province", "district", "commune", "province_now", "commune_now", "province_63")
    return {name: getattr(here, name) for name in names}


def _province_now(subject: str) -> str | None:
    """The present province a territory's name means; None for the whole programme and what is no territory."""
    if not subject.startswith("province:"):
        return None
    _, place_list, code = subject.split(":")
    return PROVINCES[place_list, code].now


def as_json(part: Any) -> Row | None:
    """A part of a report as read models keep it: what was not said is left out."""
    return None if part is None else part.model_dump(mode="json", by_alias=True, exclude_none=True)
