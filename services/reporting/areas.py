"""Which of the eight activity areas a report shows work in. Pure. Source: docs/domain.md §1."""

from shared.codes import AREAS
from shared.events import (
    ActivityHeld,
    CareReported,
    Event,
    HealthChecked,
    LoanDisbursed,
    MeetingHeld,
)


def areas_of(event: Event) -> set[str] | None:
    """The areas a report shows work in; empty where a meeting leaves them unsaid, None where it tells of none."""
    match event:
        case MeetingHeld(areas=areas):
            return set(areas) & set(AREAS)
        case ActivityHeld(area=area):
            return {area} & set(AREAS) or None
        case CareReported():
            return {"home_care"}
        case HealthChecked():
            return {"health_care"}
        case LoanDisbursed():
            return {"income"}
    return None
