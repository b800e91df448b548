"""What all events have in common. An event says what happened; a report is somebody telling us."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.people import HeadCount
from shared.places import Note, Place
from shared.values import LARGEST, Count, When

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{3,64}$")]
Dong = Annotated[int, Field(ge=0, le=LARGEST, description="Whole Vietnamese đồng.")]
Percent = Annotated[
    str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,4})?$"), Field(description="A decimal number as text.")
]
Subject = Literal["club", "training", "visit", "territory", "province", "target"]


class Part(BaseModel):
    """A part of an event. Unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PrintedShare(Part):
    """A percentage as a source printed it, beside the two counts it is of.

    Evidence only: shares are computed from counts, never taken from print. A share that does not fit its counts
    is warned about. `group` is a field of a head count, such as `55_plus`.
    """

    percent: Percent
    group: Annotated[str | None, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")] = None
    count: Count | None = None
    of: Count | None = None


class Citation(Part):
    """Where a fact was read: every figure loaded from print carries one."""

    url: Annotated[str | None, StringConstraints(min_length=1, max_length=2000)] = None
    title: Annotated[str | None, StringConstraints(min_length=1, max_length=500)] = None
    published_on: When | None = None
    note: Note | None = None
    printed_shares: Annotated[list[PrintedShare], Field(max_length=50)] = Field(default_factory=list)


class Event(Part):
    """Something that happened in a club, a training or a province."""

    type: ClassVar[str]
    version: ClassVar[int] = 1
    subject: ClassVar[Subject]
    waits_for_founding: ClassVar[bool] = False
    needs_living_club: ClassVar[bool] = False
    day_field: ClassVar[str] = "occurred_on"

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

    def parts_of_whole(self) -> dict[str, tuple[Count | None, Count | None]]:
        """Counts that belong to another count, by field: (the part, its whole)."""
        return {}


class Dated(Event):
    """An event with a day of its own."""

    occurred_on: When

    def day(self) -> When | None:
        return self.occurred_on


class OfClub(Event):
    """An event in the life of a club: it waits for the club's founding, and ends with the club."""

    subject = "club"
    waits_for_founding = True
    needs_living_club = True


class Decision(Part):
    """A decision (quyết định), normally of the commune People's Committee."""

    number: Name | None = None
    issued_on: When | None = None
    issuer: Name | None = None


class ManagementBoard(Part):
    """The club management board (ban chủ nhiệm): how many, and how many women. Five in the model."""

    size: Count | None = None
    women: Count | None = None
