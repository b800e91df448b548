"""The rules: what a board should hear of. Pure, one function each.

A rule makes a `Notice` of an event, or a `Condition` of the facts of a subject. Urgency, audience and thresholds stand
in `rules.toml`, words in the catalogues under `letter.<rule>`.
"""

from services.notifier.facts import Club
from services.notifier.province_facts import Province
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.clubs import of_club
from services.notifier.rules.finding import Condition, Notice
from services.notifier.rules.notices import club_founded, serious_findings, training_told
from services.notifier.rules.provinces import of_province
from services.notifier.rules.trainings import of_training
from services.notifier.training_facts import Training

__all__ = [
    "Condition",
    "Notice",
    "club_founded",
    "of",
    "serious_findings",
    "training_told",
]


def of(subject: Club | Training | Province | None, limits: Limits) -> list[Condition]:
    """All that the rules make of a subject; nothing of one that is no more."""
    match subject:
        case Club():
            return of_club(subject, limits)
        case Training():
            return of_training(subject, limits)
        case Province():
            return of_province(subject, limits)
    return []
