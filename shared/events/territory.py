"""What concerns a province or the nation: plans, targets, printed figures, periods vouched for."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from shared.codes import Figure, PlanKind
from shared.events.base import Dated, Decision, Event, Id, Name, Part, Percent
from shared.events.clubs import ClubScheme
from shared.periods import Period
from shared.places import Note, Place
from shared.values import Count, When


class _OfTerritory(Event):
    """About a province or the whole programme; `place` narrows it."""

    subject = "territory"

    place: Place | None = None
    note: Note | None = None

    def where(self) -> Place | None:
        return self.place


class Document(Decision):
    """A plan's document: number, day, issuer and title, as far as known."""

    title: Name | None = None


class PlanAdopted(_OfTerritory, Dated):
    """A plan was adopted, or only intended (`status`): scaling up clubs, association work, the care fund …

    `period` is the time it covers. Source: docs/domain.md §2; kinds in `codes.toml`.
    """

    type = "plan.adopted"

    kind: PlanKind
    status: Literal["adopted", "intended"] = "adopted"
    document: Document | None = None
    scheme: ClubScheme | None = None
    period: When | None = None
    title: Name | None = None


class TargetSet(_OfTerritory, Dated):
    """A target was set for an indicator: `value` (a count) or `percent` to be reached `by` a day.

    `since` is the day from which a target of new clubs is counted. Source: docs/domain.md §2, "Decisions and targets".
    """

    type = "target.set"

    scheme: ClubScheme = "unknown"
    indicator: Figure
    value: Count | None = None
    percent: Percent | None = None
    since: When | None = None
    by: When | None = None

    @model_validator(mode="after")
    def _says_how_much(self) -> Self:
        if self.value is None and self.percent is None:
            raise PydanticCustomError("value-or-percent", "neither a value nor a percentage")
        return self


class PrintedPart(Part):
    """One of the numbers a source adds up to a printed figure."""

    indicator: Figure
    value: Count


class FigurePublished(_OfTerritory):
    """A figure was printed about a province or the nation; `place` narrows it, `as_of` is the day it stood.

    Never added to what we count: it stands beside it (reconciliation). Unknown `as_of` stays null. `parts` are the
    numbers the source adds up to it, `of` the whole it is a part of: both only so that print can be checked.
    """

    type = "figure.published"

    indicator: Figure
    value: Count
    as_of: When | None = None
    parts: Annotated[list[PrintedPart], Field(max_length=50)] = Field(default_factory=list)
    of: PrintedPart | None = None

    def day(self) -> When | None:
        return self.as_of

    def done_on(self) -> dict[str, When | None]:
        return {"as_of": self.as_of}


class PeriodSignedOff(Event):
    """A provincial board vouches for a month or quarter, having seen the figures at `position`.

    `figures_sha256` is the hash of the figures it saw; `office` the office that signs. Contract §1.
    """

    type = "period.signed_off"
    subject = "province"

    period: Period
    position: Annotated[int, Field(ge=1, description="The log position of the figures the signer saw.")]
    figures_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    office: Id

    def day(self) -> When | None:
        return self.period.when

    def done_on(self) -> dict[str, When | None]:
        return {"period": self.period.ended}


class PeriodReopened(Event):
    """A period that was vouched for is open again, for a stated reason."""

    type = "period.reopened"
    subject = "province"

    period: Period
    reason: Note

    def day(self) -> When | None:
        return self.period.when

    def done_on(self) -> dict[str, When | None]:
        return {"period": self.period.ended}


TERRITORY_EVENTS: tuple[type[Event], ...] = (
    PlanAdopted,
    TargetSet,
    FigurePublished,
    PeriodSignedOff,
    PeriodReopened,
)
