"""What the rules need to know of a training, drawn from its reports. Pure. A training has few of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.effective import effective
from shared.events import TrainingCancelled, TrainingHeld, TrainingPlanned
from shared.places import candidates
from shared.report import Recorded


@dataclass(frozen=True, slots=True)
class Training:
    """A training: the day as planned, or else held, and its last day; `settled`: it was reported held or cancelled.

    `held`: the last day it may have been on; `kind` as in the code list `training_kind`.
    """

    subject: str
    title: str | None
    place: dict[str, str | None]
    province_now: str
    province_63: str | None
    planned: str
    planned_end: str
    cause: int
    settled: bool
    live: bool
    kind: str | None = None
    held: str | None = None


def training_of(subject: str, history: Sequence[Recorded]) -> Training | None:
    """The training its reports amount to; None if neither a plan nor a report of it counts."""
    reports = [report for report in effective(history) if report.counts]
    plans = [(r.event, r.original.position) for r in reports if isinstance(r.event, TrainingPlanned)]
    held = [(r.event, r.original.position) for r in reports if isinstance(r.event, TrainingHeld)]
    told: list[tuple[TrainingPlanned | TrainingHeld, int]] = [*held, *plans]
    if not told:
        return None
    plan, position = told[-1]
    place, day = plan.place, plan.occurred_on
    end = max(plan.planned_end.last if plan.planned_end else day.last, day.until or day.last)
    old = candidates(place.list, place.province, "63")
    return Training(
        subject=subject,
        title=plan.title,
        place={
            "as_written": place.as_written,
            "village": place.village,
            "list": place.list,
            "province": place.province,
        },
        province_now=place.province_now,
        province_63=old[0] if len(old) == 1 else None,
        planned=str(day),
        planned_end=end.isoformat(),
        cause=position,
        settled=bool(held) or any(isinstance(r.event, TrainingCancelled) for r in reports),
        live=any(not event.historical for event in history),
        kind=told[0][0].kind,
        held=held[-1][0].occurred_on.last.isoformat() if held else None,
    )
