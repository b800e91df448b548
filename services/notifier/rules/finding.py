"""What a rule finds: a `Notice` in an event, or a `Condition` in the facts of a subject."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.notifier.facts import Club
from services.notifier.province_facts import Province
from services.notifier.training_facts import Training


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found, about what, and because of which positions. `facts` fill the letter's words."""

    rule: str
    key: str
    subject: str
    province_now: str
    province_63: str | None
    causes: tuple[int, ...]
    facts: dict[str, Any]
    historical: bool


@dataclass(frozen=True, slots=True)
class Notice(Finding):
    """What a rule found in an event: told once."""


@dataclass(frozen=True, slots=True)
class Condition(Finding):
    """What a rule makes of a subject's facts: it holds from a day (to another), unless a report says otherwise."""

    from_day: date
    until_day: date | None = None


def condition(
    rule: str,
    of: Club | Training | Province,
    from_day: date,
    begun: str,
    cause: int,
    facts: dict[str, Any],
    until: date | None = None,
) -> Condition:
    """What a rule makes of a subject; `begun` tells this time from others of the same rule."""
    return Condition(
        rule=rule,
        key=f"{rule}:{of.subject}:{begun}",
        subject=of.subject,
        province_now=of.province_now,
        province_63=of.province_63,
        causes=(cause,),
        facts=facts,
        historical=not of.live,
        from_day=from_day,
        until_day=until,
    )
