"""What can be true: the rules that judge a report against the history of its subject. Pure.

`evolve` keeps of a history only what later judgements need; `decide` raises a `Problem` or lets the report pass.
Only what cannot be true is refused; what is merely unusual is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from services.registry.intake import read_data
from shared.effective import effective, founding_of, objection, root
from shared.events import ClubFounded, Event, ReportCorrected, ReportWithdrawn
from shared.places import PROVINCES, Place
from shared.problems import (
    AlreadyFounded,
    AnotherKindOfSubject,
    InTheFuture,
    NoSuchPlace,
    NotCorrectable,
    PartsBeyondWhole,
    PlaceOutsideSubject,
    SubjectMovedOn,
    WaitsForFounding,
    WaitsForReport,
    WrongSubject,
)
from shared.report import Identity, Recorded, Report

FOUNDING: Final = "founding:"
REPORT: Final = "report:"


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules need to know of a club, a training or a province: nothing else is kept in memory."""

    version: int = 0
    kind: str | None = None
    founding: ClubFounded | None = None
    place: Place | None = None


def remember(history: Sequence[Recorded]) -> Subject:
    """The subject as its whole history leaves it, corrections and withdrawals applied."""
    standing = [report for report in effective(history) if report.counts]
    places = [place for report in standing if (place := report.event.where())]
    kinds = [event.event.subject for event in history if event.event.subject != "target"]
    return Subject(
        version=len(history),
        kind=kinds[0] if kinds else None,
        founding=founding_of(standing),
        place=places[-1] if places else None,
    )


def evolve(subject: Subject, event: Event) -> Subject:
    """The subject one event later. Corrections and withdrawals need the whole history: see `remember`."""
    return Subject(
        version=subject.version + 1,
        kind=subject.kind or event.subject,
        founding=event if isinstance(event, ClubFounded) else subject.founding,
        place=event.where() or subject.place,
    )


def decide(subject: Subject, report: Report, today: date) -> None:
    """Let a report of something that happened pass. Raises `Untrue`, `Waits` or `SubjectMovedOn`."""
    _check_version(subject, report)
    _check_subject(subject, report)
    _check_facts(report.event, today, "/data")
    if isinstance(report.event, ClubFounded) and subject.founding is not None:
        raise AlreadyFounded("/type")
    _check_ground(subject.founding, report.event, founding_ground(report.subject))


def decide_amendment(
    subject: Subject, history: Sequence[Recorded], report: Report, today: date
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
    _check_facts(told, today, "/data/data")
    _check_place(report.subject, told, "/data/data")
    if not isinstance(told, ClubFounded):
        _check_ground(subject.founding, told, founding_ground(report.subject))
    return told


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


def _check_version(subject: Subject, report: Report) -> None:
    if report.expected_version is not None and report.expected_version != subject.version:
        raise SubjectMovedOn("/expectedversion", subjectversion=subject.version)


def _check_subject(subject: Subject, report: Report) -> None:
    about_territory = report.subject == "programme" or report.subject.startswith("province:")
    if about_territory != (report.event.subject == "territory"):
        raise WrongSubject("/subject")
    if report.subject.startswith("province:") and _province_of(report.subject) not in PROVINCES:
        raise NoSuchPlace("/subject")
    if subject.kind is not None and subject.kind != report.event.subject:
        raise AnotherKindOfSubject("/subject")
    _check_place(report.subject, report.event, "/data")


def _check_place(name: str, event: Event, pointer: str) -> None:
    place = event.where()
    if place is None:
        return
    for field in place.contradictions():
        raise NoSuchPlace(f"{pointer}/place/{field}")
    if name.startswith("province:") and PROVINCES[_province_of(name)].now != place.province_now:
        raise PlaceOutsideSubject(f"{pointer}/place")


def _check_facts(event: Event, today: date, pointer: str) -> None:
    tomorrow = today + timedelta(days=1)  # A phone's calendar may already be on the next day.
    for field, day in event.done_on().items():
        if day is not None and day.surely_after(tomorrow):
            raise InTheFuture(f"{pointer}/{field}")
    for field, heads in event.heads().items():
        for part in heads.contradictions() if heads else ():
            raise PartsBeyondWhole(f"{pointer}/{field}/{part}")


def _check_ground(founding: ClubFounded | None, event: Event, ground: str) -> None:
    refusal = objection(founding, event)
    if refusal is WaitsForFounding:
        raise WaitsForFounding(ground, "/subject")
    if refusal is not None:
        raise refusal("/data/occurred_on")


def _province_of(name: str) -> tuple[str, str]:
    _, place_list, code = name.split(":")
    return place_list, code
