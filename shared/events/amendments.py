"""Reports about reports: an earlier one is corrected, withdrawn, or words are taken out of it."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from shared.events.base import Event, Name, Part
from shared.places import Note
from shared.values import LARGEST


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


class ReportRedacted(Event):
    """Words were taken out of the event at `position`, everywhere; what it counts stays. Only a command writes it.

    `texts` points into its data (JSON pointers), `remains` is the SHA-256 of the content that remains: so the chain
    proves what was left. Its subject is the programme. Source: decision 0025.
    """

    type = "report.redacted"
    subject = "territory"

    position: Annotated[int, Field(ge=1, le=LARGEST)]
    texts: Annotated[
        list[Annotated[str, StringConstraints(pattern=r"^(/[^/]+)+$", max_length=200)]],
        Field(min_length=1, max_length=200),
    ]
    remains: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    reason: Note


AMENDMENTS: tuple[type[Event], ...] = (ReportCorrected, ReportWithdrawn, ReportRedacted)
