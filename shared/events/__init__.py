"""The catalogue: every type of event that can be reported, one class per type and version.

A stored event is never changed: a new meaning is a new version with an upcast (`shared/upcasting.py`) and a new
golden example. Types stand in the order of a club's life.
"""

from typing import Final

from shared.events.activities import (
    ACTIVITY_EVENTS,
    ActivityHeld,
    CareReported,
    HealthChecked,
    MeetingCancelled,
    MeetingHeld,
)
from shared.events.amendments import AMENDMENTS, ReportCorrected, ReportRedacted, ReportWithdrawn
from shared.events.base import Citation, Event
from shared.events.clubs import (
    CLUB_EVENTS,
    BoardElected,
    CharterAdopted,
    ClubDissolved,
    ClubFounded,
    ClubLaunched,
    ClubMerged,
    ClubMoved,
    ClubProposed,
    ClubRenamed,
    MembersCounted,
    PlaceResolved,
)
from shared.events.funds import (
    FUND_EVENTS,
    FundCounted,
    FundReceived,
    FundSpent,
    LoanDisbursed,
    LoanRepaid,
)
from shared.events.territory import (
    TERRITORY_EVENTS,
    FigurePublished,
    PeriodReopened,
    PeriodSignedOff,
    PlanAdopted,
    TargetSet,
)
from shared.events.trainings import (
    TRAINING_EVENTS,
    TrainingCancelled,
    TrainingHeld,
    TrainingPlanned,
    VisitMade,
)

_ALL: Final = (
    *CLUB_EVENTS,
    *ACTIVITY_EVENTS,
    *FUND_EVENTS,
    *TRAINING_EVENTS,
    *TERRITORY_EVENTS,
    *AMENDMENTS,
)
CATALOGUE: Final[dict[tuple[str, int], type[Event]]] = {(event.type, event.version): event for event in _ALL}

__all__ = [
    "CATALOGUE",
    "ActivityHeld",
    "BoardElected",
    "CareReported",
    "CharterAdopted",
    "Citation",
    "ClubDissolved",
    "ClubFounded",
    "ClubLaunched",
    "ClubMerged",
    "ClubMoved",
    "ClubProposed",
    "ClubRenamed",
    "Event",
    "FigurePublished",
    "FundCounted",
    "FundReceived",
    "FundSpent",
    "HealthChecked",
    "LoanDisbursed",
    "LoanRepaid",
    "MeetingCancelled",
    "MeetingHeld",
    "MembersCounted",
    "PeriodReopened",
    "PeriodSignedOff",
    "PlaceResolved",
    "PlanAdopted",
    "ReportCorrected",
    "ReportRedacted",
    "ReportWithdrawn",
    "TargetSet",
    "TrainingCancelled",
    "TrainingHeld",
    "TrainingPlanned",
    "VisitMade",
]
