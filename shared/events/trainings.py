"""Trainings and visits: what happens to clubs rather than in them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.codes import FindingCode, Level, Module, Severity, TrainingKind, VisitKind
from shared.events.base import Dated, Event, Id, Name, Part
from shared.people import HeadCount
from shared.places import Note, Place
from shared.values import Count, When


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
    kind: TrainingKind | None = None
    place: Place
    organisers: list[Name] = Field(default_factory=list)
    co_organisers: list[Name] = Field(default_factory=list)
    supporters: list[Name] = Field(default_factory=list)
    trainers: list[Trainer] = Field(default_factory=list)
    delegates: Delegates | None = None
    clubs: Count | None = None
    days: Count | None = None
    modules: list[Module] = Field(default_factory=list)
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

    `clubs` counts the clubs or management boards that took part. Source: docs/domain.md §4.
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


class Finding(Part):
    """What a visit found, by code, with what is to be done until when."""

    code: FindingCode
    severity: Severity
    club: Id | None = None
    due_on: When | None = None
    note: Note | None = None


class VisitMade(Dated):
    """Clubs were visited: to supervise them or to learn from them (study visit).

    `by` is the level of the visitors, `clubs` the ids of clubs visited, `clubs_count` where only a number is
    known. Source: docs/domain.md §1, "Reports, grading, supervision".
    """

    type = "visit.made"
    subject = "visit"

    kind: VisitKind
    by: Level | None = None
    visitors: HeadCount | None = None
    organisations: list[Name] = Field(default_factory=list)
    clubs: list[Id] = Field(default_factory=list)
    clubs_count: Count | None = None
    place: Place
    findings: list[Finding] = Field(default_factory=list)
    note: Note | None = None

    def where(self) -> Place | None:
        return self.place

    def heads(self) -> dict[str, HeadCount | None]:
        return {"visitors": self.visitors}


TRAINING_EVENTS: tuple[type[Event], ...] = (TrainingPlanned, TrainingHeld, TrainingCancelled, VisitMade)
