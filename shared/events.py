"""The catalogue: every type of event that can be reported, one class per type and version.

An event says what happened; a report is somebody telling us. A stored event is never changed: a new meaning is
a new version with an upcast (`shared/upcasting.py`) and a new golden example.
"""

from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.people import HeadCount
from shared.places import Note, Place
from shared.values import LARGEST, Count, When

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Dong = Annotated[int, Field(ge=0, le=LARGEST, description="Whole Vietnamese đồng.")]
Level = Literal["nation", "province", "district", "commune", "village"]
Subject = Literal["club", "training", "territory", "target"]


class Part(BaseModel):
    """A part of an event. Unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Citation(Part):
    """Where a fact was read: every figure loaded from print carries one."""

    url: Annotated[str | None, StringConstraints(min_length=1, max_length=2000)] = None
    title: Annotated[str | None, StringConstraints(min_length=1, max_length=500)] = None
    published_on: When | None = None
    note: Note | None = None


class Event(Part):
    """Something that happened in a club, a training or a province."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    subject: ClassVar[Subject]
    waits_for_founding: ClassVar[bool] = False

    citation: Citation | None = None

    def day(self) -> When | None:
        """The day it happened, as far as the report says."""
        return None

    def done_on(self) -> dict[str, When | None]:
        """The days on which something was done, by field: none of them can lie in the future."""
        return {"occurred_on": self.day()}

    def where(self) -> Place | None:
        """The place the report names."""
        return None

    def heads(self) -> dict[str, HeadCount | None]:
        """The head counts it carries, by field."""
        return {}


class Dated(Event):
    """An event with a day of its own."""

    occurred_on: When

    def day(self) -> When | None:
        return self.occurred_on


class Decision(Part):
    """The founding decision (quyết định thành lập), normally of the commune People's Committee."""

    number: Name | None = None
    issued_on: When | None = None
    issuer: Name | None = None


class ManagementBoard(Part):
    """The club management board (ban chủ nhiệm): how many, and how many women."""

    size: Count | None = None
    women: Count | None = None


class ClubFounded(Dated):
    """A club was founded by decision (thành lập).

    `scheme` is the Prime Minister's decision it was founded under: 1533 (2016), 1336 (2020) or 1648 (2025).
    `members` is the first head count. Source: domain §1, "Founding, step by step".
    """

    type = "club.founded"
    subject = "club"

    name: Name
    place: Place
    decision: Decision | None = None
    scheme: Literal["1533", "1336", "1648", "other", "unknown"] = "unknown"
    pilot: bool | None = None
    project: Name | None = None
    members: HeadCount | None = None
    management_board: ManagementBoard | None = None

    def done_on(self) -> dict[str, When | None]:
        issued_on = self.decision.issued_on if self.decision else None
        return {"occurred_on": self.occurred_on, "decision/issued_on": issued_on}

    def where(self) -> Place | None:
        return self.place

    def heads(self) -> dict[str, HeadCount | None]:
        return {"members": self.members}


class ClubLaunched(Dated):
    """The launch ceremony (lễ ra mắt) was held: decision read, charter adopted, board presented.

    1 to 78 days after the decision in print. Source: domain §1, "Founding, step by step".
    """

    type = "club.launched"
    subject = "club"
    waits_for_founding = True

    attendance: HeadCount | None = None
    gifts_vnd: Dong | None = None
    goods: list[Name] = Field(default_factory=list)
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"attendance": self.attendance}


class MembersCounted(Dated):
    """The members were counted as of a day. Unit: people. The latest count by day is the club's membership."""

    type = "members.counted"
    subject = "club"
    waits_for_founding = True

    members: HeadCount
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"members": self.members}


class MeetingHeld(Dated):
    """A monthly meeting was held (sinh hoạt định kỳ hằng tháng).

    `areas` are the activity areas it covered (of eight), `parts` the parts of the meeting held (of six);
    `weighed` and `blood_pressure_taken` count people. Source: domain §1, "Monthly meeting".
    """

    type = "meeting.held"
    subject = "club"
    waits_for_founding = True

    attendance: HeadCount | None = None
    areas: list[Code] = Field(default_factory=list)
    parts: list[Code] = Field(default_factory=list)
    weighed: Count | None = None
    blood_pressure_taken: Count | None = None
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"attendance": self.attendance}


class Trainer(Part):
    """Trainers by position, never by name."""

    position: Name
    level: Level | None = None
    count: Count | None = None


class DelegatesByPosition(Part):
    """Delegates of one position; `count` stays null where the source names the position only."""

    position: Name
    level: Level | None = None
    count: Count | None = None


class Delegates(Part):
    """Delegates of a training, in total and by position. Unit: people."""

    total: Count | None = None
    by_position: list[DelegatesByPosition] = Field(default_factory=list)


class _Training(Dated):
    """What a training plan and a training held have in common."""

    subject = "training"

    planned_end: When | None = None
    title: Annotated[str | None, StringConstraints(min_length=1, max_length=500)] = None
    kind: Code | None = None
    place: Place
    organisers: list[Name] = Field(default_factory=list)
    co_organisers: list[Name] = Field(default_factory=list)
    supporters: list[Name] = Field(default_factory=list)
    trainers: list[Trainer] = Field(default_factory=list)
    delegates: Delegates | None = None
    clubs: Count | None = None
    days: Count | None = None
    modules: list[Code] = Field(default_factory=list)
    materials: list[Name] = Field(default_factory=list)
    project: Name | None = None
    note: Note | None = None

    def where(self) -> Place | None:
        return self.place


class TrainingPlanned(_Training):
    """A training conference (hội nghị tập huấn) is planned: `occurred_on` is the planned day."""

    type = "training.planned"

    def done_on(self) -> dict[str, When | None]:
        return {}  # A plan lies ahead.


class TrainingHeld(_Training):
    """A training conference was held or opened; `planned_end` is a closing day that was only announced.

    `clubs` counts the clubs or management boards that took part. Source: domain §4.
    """

    type = "training.held"


class TrainingCancelled(Event):
    """A planned training will not be held."""

    type = "training.cancelled"
    subject = "training"

    occurred_on: When | None = None
    reason: Note | None = None
    place: Place | None = None

    def day(self) -> When | None:
        return self.occurred_on

    def where(self) -> Place | None:
        return self.place


class FigurePublished(Event):
    """A figure was printed about a province or the nation; `place` narrows it, `as_of` is the day it stood.

    Never added to what we count: it stands beside it (reconciliation). Unknown `as_of` stays null.
    """

    type = "figure.published"
    subject = "territory"

    indicator: Code
    value: Count
    as_of: When | None = None
    place: Place | None = None
    note: Note | None = None

    def day(self) -> When | None:
        return self.as_of

    def done_on(self) -> dict[str, When | None]:
        return {"as_of": self.as_of}

    def where(self) -> Place | None:
        return self.place


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


_ALL: Final[tuple[type[Event], ...]] = (
    ClubFounded,
    ClubLaunched,
    MembersCounted,
    MeetingHeld,
    TrainingPlanned,
    TrainingHeld,
    TrainingCancelled,
    FigurePublished,
    ReportCorrected,
    ReportWithdrawn,
)
CATALOGUE: Final[dict[tuple[str, int], type[Event]]] = {(event.type, event.version): event for event in _ALL}
