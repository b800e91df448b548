"""Which version of a report counts: the one answer that registry, reporting and notifier all use.

Every function takes the history of one subject, cut at the position asked about. A correction replaces its
report, a withdrawal silences it, and what lost its ground (a founding withdrawn or re-dated) is suspended: it
stays in the log, stops counting from that position on and counts again when the ground is restored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.events import ClubFounded, Event, ReportCorrected, ReportWithdrawn
from shared.problems import AlreadyFounded, BeforeFounding, Problem, WaitsForFounding
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


def effective(history: Sequence[Recorded]) -> list[Effective]:
    """Every original report of a subject as it stands at the end of `history`, in order."""
    living = _living(history)
    corrections = _corrections(history, living)
    reports = [_as_told(event, living, corrections) for event in history if _is_original(event)]
    founding = founding_of(reports)
    return [_on_its_ground(report, founding) for report in reports]


def founding_of(reports: Iterable[Effective]) -> ClubFounded | None:
    """The founding a club stands on: its first that counts."""
    return next((r.event for r in reports if r.counts and isinstance(r.event, ClubFounded)), None)


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


def objection(founding: ClubFounded | None, event: Event) -> type[Problem] | None:
    """Why the event cannot stand beside the club's founding; None if it can."""
    if not event.waits_for_founding:
        return None
    if founding is None:
        return WaitsForFounding
    day = event.day()
    return BeforeFounding if day is not None and day.surely_before(founding.occurred_on) else None


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


def _on_its_ground(report: Effective, founding: ClubFounded | None) -> Effective:
    if not report.counts or report.event is founding:
        return report
    second = isinstance(report.event, ClubFounded)
    because = AlreadyFounded if second else objection(founding, report.event)
    return replace(report, standing=Standing.SUSPENDED, because=because) if because else report
