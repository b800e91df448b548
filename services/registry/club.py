"""What can be true: the rules that judge a report against the history of its subject. Pure.

`evolve` keeps of a history only what later judgements need; `decide` raises a `Problem` or lets the report pass.
Only what cannot be true is refused; what is merely unusual is recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from shared.effective import Life, effective, life_of, objection, root
from shared.events import (
    ClubDissolved,
    ClubFounded,
    ClubMerged,
    ClubMoved,
    Event,
    PeriodSignedOff,
    PlaceResolved,
    ReportCorrected,
    ReportWithdrawn,
)
from shared.intake import read_data
from shared.places import PROVINCES, Place
from shared.problems import (
    AlreadyEnded,
    AlreadyFounded,
    AlreadyMerged,
    AnotherKindOfSubject,
    InTheFuture,
    MergedInACircle,
    NoSuchPlace,
    NotCorrectable,
    PartsBeyondWhole,
    PlaceOutsideSubject,
    PositionAhead,
    Problem,
    SubjectMovedOn,
    WaitsForFounding,
    WaitsForReport,
    WrongSubject,
)
from shared.report import Identity, Recorded, Report

NO_LIFE: Final = Life()
FOUNDING: Final = "founding:"
REPORT: Final = "report:"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules need to know of a club, a training or a province: nothing else is kept in memory."""

    version: int = 0
    kind: str | None = None
    life: Life = NO_LIFE
    place: Place | None = None

    @property
    def founding(self) -> ClubFounded | None:
        return self.life.founding


@dataclass(frozen=True, slots=True)
class World:
    """What a judgement needs to know besides its subject: the day in Viet Nam, the log's head, other clubs."""

    today: date
    head: Callable[[], int]
    club: Callable[[str], Subject]


def remember(history: Sequence[Recorded]) -> Subject:
    """The subject as its whole history leaves it, corrections and withdrawals applied."""
    reports = effective(history)
    places = [place for report in reports if report.counts and (place := report.event.where())]
    kinds = [_kind(event.event) for event in history if event.event.subject != "target"]
    return Subject(
        version=len(history),
        kind=kinds[0] if kinds else None,
        life=life_of(reports),
        place=places[-1] if places else None,
    )


def evolve(subject: Subject, event: Event) -> Subject:
    """The subject one event later. What changes the standing of others needs the whole history: see `remember`."""
    life = subject.life
    if isinstance(event, ClubFounded):
        life = Life(event, provinces=frozenset([event.place.province_now]))
    elif isinstance(event, ClubMoved):
        life = replace(life, provinces=life.provinces | {event.place.province_now})
    return Subject(
        version=subject.version + 1,
        kind=subject.kind or _kind(event),
        life=life,
        place=event.where() or subject.place,
    )


def unsettles(event: Event) -> bool:
    """The event may change what earlier reports of its subject are worth."""
    return isinstance(event, ReportCorrected | ReportWithdrawn | ClubDissolved | ClubMerged)


def decide(subject: Subject, report: Report, world: World) -> None:
    """Let a report of something that happened pass. Raises `Untrue`, `Waits` or `SubjectMovedOn`."""
    _check_version(subject, report)
    _check_subject(subject, report)
    _check_facts(report.event, world, "/data")
    if isinstance(report.event, ClubFounded) and subject.founding is not None:
        raise AlreadyFounded("/type")
    _check_ground(subject.life, report.event, report.subject, "/data")
    _check_merger(report.subject, report.event, world, "/data")


def decide_amendment(
    subject: Subject, history: Sequence[Recorded], report: Report, world: World
) -> Event | None:
    """Let a correction or withdrawal pass; returns what the correction says happened.

    Raises what `decide` raises, and `NotCorrectable` or a schema fault of the corrected data.
    """
    _check_version(subject, report)
    event = report.event
    assert isinstance(event, ReportCorrected | ReportWithdrawn)
    target = Identity(event.target.source, event.target.id)
    if target not in {recorded.identity for recorded in history}:
        raise WaitsForReport(report_ground(target), "/data/target")
    if isinstance(event, ReportWithdrawn):
        return None
    original = root(history, target)
    if original is None or isinstance(original.event, ReportWithdrawn):
        raise NotCorrectable("/data/target")
    told = read_data(type(original.event), event.data, "/data/data")
    _check_facts(told, world, "/data/data")
    _check_place(report.subject, told, "/data/data")
    if not isinstance(told, ClubFounded):
        others = [one for one in effective(history) if one.original.position != original.position]
        _check_ground(life_of(others), told, report.subject, "/data/data")
    _check_merger(report.subject, told, world, "/data/data")
    return told


def amended(history: Sequence[Recorded], event: Event) -> Event | None:
    """The original report a correction or withdrawal is about in the end; None if it is not recorded."""
    while isinstance(event, ReportCorrected | ReportWithdrawn):
        original = root(history, Identity(event.target.source, event.target.id))
        if original is None:
            return None
        event = original.event
    return event


def founding_ground(subject: str) -> str:
    """What reports of a club wait for."""
    return FOUNDING + subject


def report_ground(identity: Identity) -> str:
    """What a correction or withdrawal waits for."""
    return f"{REPORT}{identity.source} {identity.id}"  # A source has no spaces.


def awaited_report(ground: str) -> Identity:
    """The report a ground of `report_ground` names."""
    source, _, id = ground.removeprefix(REPORT).partition(" ")
    return Identity(source, id)


def provinces_of(subject: Subject, name: str, events: Sequence[Event]) -> set[str]:
    """The provinces, on today's map, that a report touches: those it names and the one its subject lies in."""
    places = [event.where() for event in events] + [subject.place]
    known: set[tuple[str, str]] = {(place.list, place.province) for place in places if place}
    if name.startswith("province:"):
        known.add(_province_of(name))
    return {PROVINCES[code].now for code in known if code in PROVINCES}


def province_of(subject: Subject, name: str, event: Event) -> str | None:
    """The one province, on today's map, a report is put under: where it happened, else where its subject lies."""
    if name.startswith("province:"):
        province = PROVINCES.get(_province_of(name))
    elif place := event.where() or subject.place:
        province = PROVINCES.get((place.list, place.province))
    else:
        return None
    return province.now if province else None


def _check_version(subject: Subject, report: Report) -> None:
    if report.expected_version is not None and report.expected_version != subject.version:
        raise SubjectMovedOn("/expectedversion", subjectversion=subject.version)


def _check_subject(subject: Subject, report: Report) -> None:
    kind = report.event.subject
    about_territory = report.subject == "programme" or report.subject.startswith("province:")
    if about_territory != (kind in ("territory", "province")):
        raise WrongSubject("/subject")
    if kind == "province" and report.subject == "programme":
        raise WrongSubject("/subject")
    if report.subject.startswith("province:") and _province_of(report.subject) not in PROVINCES:
        raise NoSuchPlace("/subject")
    if subject.kind is not None and subject.kind != _kind(report.event):
        raise AnotherKindOfSubject("/subject")
    _check_place(report.subject, report.event, "/data")


def _kind(event: Event) -> str:
    """What a subject is: plans and periods of one province are about the same territory."""
    return "territory" if event.subject == "province" else event.subject


def _check_place(name: str, event: Event, pointer: str) -> None:
    place = event.where()
    if place is None:
        return
    for field in place.contradictions():
        raise NoSuchPlace(f"{pointer}/place/{field}")
    if isinstance(event, PlaceResolved) and place.list != "2025-07":
        raise NoSuchPlace(f"{pointer}/place/list")
    if name.startswith("province:") and PROVINCES[_province_of(name)].now != place.province_now:
        raise PlaceOutsideSubject(f"{pointer}/place")


def _check_facts(event: Event, world: World, pointer: str) -> None:
    tomorrow = world.today + timedelta(days=1)  # A phone's calendar may already be on the next day.
    for field, day in event.done_on().items():
        if day is not None and day.surely_after(tomorrow):
            raise InTheFuture(f"{pointer}/{field}")
    for field, heads in event.heads().items():
        for beyond in heads.contradictions() if heads else ():
            raise PartsBeyondWhole(f"{pointer}/{field}/{beyond}")
    for field, (part, whole) in event.parts_of_whole().items():
        if part is not None and whole is not None and part.surely_more_than(whole):
            raise PartsBeyondWhole(f"{pointer}/{field}")
    if isinstance(event, PeriodSignedOff) and event.position > world.head():
        raise PositionAhead(f"{pointer}/position")


def _check_ground(life: Life, event: Event, name: str, pointer: str) -> None:
    refusal = objection(life, event)
    if refusal is WaitsForFounding:
        raise WaitsForFounding(founding_ground(name), "/subject")
    if refusal is not None:
        raise refusal(_where(refusal, event, pointer))


def _where(refusal: type[Problem], event: Event, pointer: str) -> str:
    if refusal in (AlreadyEnded, AlreadyMerged):
        return "/type"
    return f"{pointer}/place" if refusal is PlaceOutsideSubject else f"{pointer}/{event.day_field}"


def _check_merger(name: str, event: Event, world: World, pointer: str) -> None:
    """A club can only go into a club that was founded, and never into itself, not even round about."""
    if not isinstance(event, ClubMerged):
        return
    into: str | None = event.into
    passed = {name}
    while into is not None:
        if into in passed:
            raise MergedInACircle(f"{pointer}/into")
        passed.add(into)
        life = world.club(into).life
        if into == event.into and life.founding is None:
            raise WaitsForFounding(founding_ground(into), f"{pointer}/into")
        onward = life.same_as or life.end
        into = onward.into if isinstance(onward, ClubMerged) else None


def _province_of(name: str) -> tuple[str, str]:
    _, place_list, code = name.split(":")
    return place_list, code
