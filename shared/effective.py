"""Which version of a report counts: the one answer that registry, reporting and notifier all use.

Every function takes the history of one subject, cut at the position asked about. A correction replaces its
report, a withdrawal silences it, and what lost its ground (a founding withdrawn or re-dated, a club ended before)
is suspended: it stays in the log, stops counting from that position on and counts again when the ground is restored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.events import (
    ClubDissolved,
    ClubFounded,
    ClubMerged,
    ClubMoved,
    Event,
    PlaceResolved,
    ReportCorrected,
    ReportWithdrawn,
)
from shared.problems import (
    AfterClubEnded,
    AlreadyEnded,
    AlreadyFounded,
    AlreadyMerged,
    BeforeFounding,
    PlaceOutsideSubject,
    Problem,
    WaitsForFounding,
)
from shared.report import Identity, Recorded
from shared.upcasting import read_event


class Standing(StrEnum):
    """What a report is worth at a position."""

    COUNTS = "counts"
    REPLACED = "replaced"  # Another version of the same report counts.
    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Effective:
    """A report as it stands: `event` is its valid version, told by `version` (the original or a correction)."""

    original: Recorded
    version: Recorded
    event: Event
    standing: Standing
    because: type[Problem] | None = None

    @property
    def counts(self) -> bool:
        return self.standing is Standing.COUNTS


@dataclass(frozen=True, slots=True)
class Life:
    """What a club's reports stand on: its founding, its end, and the provinces (of today's map) it has been in.

    `end` is its dissolution or its merger into another club; `same_as` says that it was registered twice.
    """

    founding: ClubFounded | None = None
    end: ClubDissolved | ClubMerged | None = None
    same_as: ClubMerged | None = None
    provinces: frozenset[str] = frozenset()


def effective(history: Sequence[Recorded]) -> list[Effective]:
    """Every original report of a subject as it stands at the end of `history`, in order."""
    living = _living(history)
    corrections = _corrections(history, living)
    reports = [_as_told(event, living, corrections) for event in history if _is_original(event)]
    life = life_of(reports)
    return [_on_its_ground(report, life) for report in reports]


def founding_of(reports: Iterable[Effective]) -> ClubFounded | None:
    """The founding a club stands on: its first that counts."""
    return next((r.event for r in reports if r.counts and isinstance(r.event, ClubFounded)), None)


def life_of(reports: Sequence[Effective]) -> Life:
    """The club these reports amount to. Of two foundings, two ends or two mergers the first reported counts."""
    founding = founding_of(reports)
    if founding is None:
        return Life()
    life = Life(founding, provinces=frozenset([founding.place.province_now]))
    told = [report.event for report in reports if report.counts]
    for event in told:
        if isinstance(event, ClubDissolved | ClubMerged) and objection(life, event) is None:
            life = with_end(life, event)
    for event in told:
        if isinstance(event, ClubMoved) and objection(life, event) is None:
            life = replace(life, provinces=life.provinces | {event.place.province_now})
    return life


def with_end(life: Life, event: ClubDissolved | ClubMerged) -> Life:
    """The life with its end, or with the other registration of the same club."""
    if isinstance(event, ClubMerged) and event.kind == "same_club":
        return replace(life, same_as=event)
    return replace(life, end=event)


def standings(history: Sequence[Recorded]) -> dict[int, Standing]:
    """What each event of a subject is worth at the end of `history`, by position; corrections included."""
    living = _living(history)
    corrections = _corrections(history, living)
    found = {
        event.position: Standing.COUNTS if event.position in living else Standing.WITHDRAWN
        for event in history
    }
    for report in effective(history):
        for version in (report.original, *corrections.get(report.original.position, [])):
            replaced = report.standing is not Standing.WITHDRAWN and version is not report.version
            found[version.position] = Standing.REPLACED if replaced else report.standing
    return found


def objection(life: Life, event: Event) -> type[Problem] | None:
    """Why the event cannot stand in the club's life; None if it can. The order of arrival plays no part."""
    if not event.waits_for_founding:
        return None
    if life.founding is None:
        return WaitsForFounding
    day = event.day()
    if day is not None and day.surely_before(life.founding.occurred_on):
        return BeforeFounding
    match event:
        case ClubMerged(kind="same_club"):
            return AlreadyMerged if life.same_as is not None and life.same_as is not event else None
        case ClubDissolved() | ClubMerged():
            return AlreadyEnded if life.end is not None and life.end is not event else None
        case PlaceResolved():
            return None if event.place.province_now in life.provinces else PlaceOutsideSubject
    ended = life.end.occurred_on if life.end is not None and event.needs_living_club else None
    return AfterClubEnded if ended is not None and day is not None and ended.surely_before(day) else None


def root(history: Iterable[Recorded], target: Identity) -> Recorded | None:
    """The original report that `target` names, directly or through a chain of corrections."""
    by_identity = {event.identity: event for event in history}
    found = by_identity.get(target)
    while found is not None and isinstance(found.event, ReportCorrected):
        found = by_identity.get(Identity(found.event.target.source, found.event.target.id))
    return found


def corrected_event(original: Recorded, correction: ReportCorrected) -> Event:
    """What the correction says happened. Its data is of the same type and version as today's original."""
    return read_event(original.type, type(original.event).version, correction.data)


def _is_original(event: Recorded) -> bool:
    return not isinstance(event.event, ReportCorrected | ReportWithdrawn)


def _living(history: Sequence[Recorded]) -> set[int]:
    """Positions not withdrawn. A withdrawal can itself be withdrawn; it always follows its target."""
    withdrawals: dict[Identity, list[Recorded]] = {}
    for event in history:
        if isinstance(event.event, ReportWithdrawn):
            target = Identity(event.event.target.source, event.event.target.id)
            withdrawals.setdefault(target, []).append(event)
    living: set[int] = set()
    for event in reversed(history):
        if not any(withdrawal.position in living for withdrawal in withdrawals.get(event.identity, ())):
            living.add(event.position)
    return living


def _corrections(history: Sequence[Recorded], living: set[int]) -> dict[int, list[Recorded]]:
    """The living corrections of each original, by its position, in order."""
    originals = {event.identity: event for event in history if _is_original(event)}
    corrections: dict[int, list[Recorded]] = {}
    for event in history:
        if isinstance(event.event, ReportCorrected):
            original = originals[Identity(event.event.target.source, event.event.target.id)]
            originals[event.identity] = original  # A correction may be named in its place.
            if event.position in living:
                corrections.setdefault(original.position, []).append(event)
    return corrections


def _as_told(original: Recorded, living: set[int], corrections: dict[int, list[Recorded]]) -> Effective:
    if original.position not in living:
        return Effective(original, original, original.event, Standing.WITHDRAWN)
    version = [original, *corrections.get(original.position, [])][-1]
    event = original.event
    if isinstance(version.event, ReportCorrected):
        event = corrected_event(original, version.event)
    return Effective(original, version, event, Standing.COUNTS)


def _on_its_ground(report: Effective, life: Life) -> Effective:
    if not report.counts or report.event is life.founding:
        return report
    second = isinstance(report.event, ClubFounded)
    because = AlreadyFounded if second else objection(life, report.event)
    return replace(report, standing=Standing.SUSPENDED, because=because) if because else report
