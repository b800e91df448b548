"""A rule about a training: it was announced, and nobody said whether it took place. Pure."""

from datetime import date, timedelta

from services.notifier.rules.catalogue import Limits
from services.notifier.rules.finding import Condition, condition
from services.notifier.training_facts import Training


def of_training(training: Training, limits: Limits) -> list[Condition]:
    """Its planned end lies `days` back, and it was neither reported held nor cancelled."""
    if training.settled:
        return []
    end = date.fromisoformat(training.planned_end)
    facts = {"title": training.title, "place": training.place, "day": training.planned}
    from_day = end + timedelta(days=limits["training_unconfirmed"]["days"])
    return [
        condition("training_unconfirmed", training, from_day, training.planned_end, training.cause, facts)
    ]
