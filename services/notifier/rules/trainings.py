"""A rule about a training: it was announced, and nobody said whether it took place. Pure."""

from datetime import date, timedelta

from services.notifier.rules.catalogue import Limits
from services.notifier.rules.finding import Condition
from services.notifier.training_facts import Training


def of_training(training: Training, limits: Limits) -> list[Condition]:
    """Its planned end lies `days` back, and it was neither reported held nor cancelled."""
    if training.settled:
        return []
    end = date.fromisoformat(training.planned_end)
    facts = {"title": training.title, "place": training.place, "day": training.planned}
    return [
        Condition(
            rule="training_unconfirmed",
            key=f"training_unconfirmed:{training.subject}:{training.planned_end}",
            subject=training.subject,
            province_now=training.province_now,
            province_63=training.province_63,
            causes=(training.cause,),
            facts=facts,
            historical=not training.live,
            from_day=end + timedelta(days=limits["training_unconfirmed"]["days"]),
        )
    ]
