"""How soon an office hears of a rule, which offices, and what happens while nobody looks after an alert."""

from dataclasses import dataclass
from typing import Final, Literal

from services.notifier.hours import Urgency

Audience = Literal["board", "national", "technician"]


@dataclass(frozen=True, slots=True)
class Route:
    """Where alerts of a rule go.

    While an alert fires and nobody has acknowledged it, its offices are reminded every `repeat_days`, and the
    national office hears of it after `escalate_days`. None: never.
    """

    rule: str
    urgency: Urgency = "daily"
    audience: Audience = "board"
    repeat_days: int | None = None
    escalate_days: int | None = None


_ROUTES: Final = (
    Route("province_silent", "urgent", repeat_days=30, escalate_days=30),
    Route("club_founded", "urgent"),
    Route("training_cancelled", "urgent"),
    Route("training_planned"),
    Route("training_held"),
    Route("no_meeting", repeat_days=60, escalate_days=90),
    Route("monthly_report", "monthly"),
    Route("unsubscribed", "urgent", audience="national"),
)
ROUTES: Final = {route.rule: route for route in _ROUTES}


def route_of(rule: str) -> Route:
    """The route of a rule."""
    return ROUTES.get(rule, Route(rule))


def order_of(rule: str) -> int:
    """The place of a rule in a letter: the most urgent first."""
    return list(ROUTES).index(rule) if rule in ROUTES else len(ROUTES)
