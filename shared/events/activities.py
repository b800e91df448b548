"""What a club does: meetings, activities, home care, health checks."""

from pydantic import Field

from shared.codes import Area, HealthKind, MeetingPart
from shared.events.base import Dated, Event, Name, OfClub
from shared.people import HeadCount
from shared.periods import Period
from shared.places import Note
from shared.values import Count, When


class MeetingHeld(OfClub, Dated):
    """A monthly meeting was held (sinh hoạt định kỳ hằng tháng).

    `areas` are the activity areas it covered (of eight), `parts` the parts of the meeting held (of six);
    `weighed` and `blood_pressure_taken` count people. Source: docs/domain.md §1, "Monthly meeting".
    """

    type = "meeting.held"

    attendance: HeadCount | None = None
    areas: list[Area] = Field(default_factory=list)
    parts: list[MeetingPart] = Field(default_factory=list)
    weighed: Count | None = None
    blood_pressure_taken: Count | None = None
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"attendance": self.attendance}


class MeetingCancelled(OfClub):
    """A planned meeting was not held, for example because of Tết or a storm: silence with a reason."""

    type = "meeting.cancelled"
    day_field = "planned_on"

    planned_on: When
    reason: Note | None = None

    def day(self) -> When | None:
        return self.planned_on

    def done_on(self) -> dict[str, When | None]:
        return {}  # What is called off may lie ahead.


class ActivityHeld(OfClub, Dated):
    """The club did something besides its monthly meeting, in one of the eight activity areas.

    Source: docs/domain.md §1, "The eight activity areas".
    """

    type = "activity.held"

    area: Area
    attendance: HeadCount | None = None
    title: Name | None = None
    note: Note | None = None

    def heads(self) -> dict[str, HeadCount | None]:
        return {"attendance": self.attendance}


class CareReported(OfClub):
    """Home care given in a period: `volunteers` and `cared_for` count people, `visits` home visits.

    People cared for need not be members. Source: docs/domain.md §1, "Volunteers and home care".
    """

    type = "care.reported"
    day_field = "period"

    period: Period
    volunteers: Count | None = None
    cared_for: Count | None = None
    visits: Count | None = None
    note: Note | None = None

    def day(self) -> When | None:
        return self.period.when

    def done_on(self) -> dict[str, When | None]:
        return {"period": self.period.when}


class HealthChecked(OfClub, Dated):
    """Members' health was checked: `examined` and `referred` count people, no result is kept.

    Twice a year or yearly in print, with the commune health station. Source: docs/domain.md §1, "Health".
    """

    type = "health.checked"

    kind: HealthKind = "check_up"
    examined: Count | None = None
    referred: Count | None = None
    provider: Name | None = None
    note: Note | None = None

    def parts_of_whole(self) -> dict[str, tuple[Count | None, Count | None]]:
        return {"referred": (self.referred, self.examined)}


ACTIVITY_EVENTS: tuple[type[Event], ...] = (
    MeetingHeld,
    MeetingCancelled,
    ActivityHeld,
    CareReported,
    HealthChecked,
)
