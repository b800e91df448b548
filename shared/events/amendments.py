"""Reports about reports: an earlier one is corrected or withdrawn."""

from typing import Annotated, Any

from pydantic import StringConstraints

from shared.events.base import Event, Name, Part
from shared.places import Note


class Target(Part):
    """The identity of an earlier report."""

    source: Annotated[str, StringConstraints(min_length=1, max_length=249)]
    id: Annotated[str, StringConstraints(min_length=1, max_length=249)]


class ReportCorrected(Event):
    """An earlier report is replaced: `data` is its full new content, of the same type.

    The target may be the original or any of its corrections; the last unwithdrawn one by position counts.
    """

    type = "report.corrected"
    subject = "target"

    target: Target
    data: dict[str, Any]
    reason: Note
    authority: Name | None = None


class ReportWithdrawn(Event):
    """An earlier report no longer counts. Withdrawing a correction restores the version before it."""

    type = "report.withdrawn"
    subject = "target"

    target: Target
    reason: Note
    authority: Name | None = None


AMENDMENTS: tuple[type[Event], ...] = (ReportCorrected, ReportWithdrawn)
