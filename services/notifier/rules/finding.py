"""What a rule finds: a `Notice` in an event, or a `Condition` in the facts of a subject."""

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Notice:
    """What a rule found in an event: told once. `facts` fill the letter's words."""

    rule: str
    key: str
    subject: str
    province_now: str
    province_63: str | None
    causes: tuple[int, ...]
    facts: dict[str, Any]
    historical: bool


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule makes of a subject's facts: it holds from a day (to another), unless a report says otherwise."""

    rule: str
    key: str
    subject: str
    province_now: str
    province_63: str | None
    causes: tuple[int, ...]
    facts: dict[str, Any]
    historical: bool
    from_day: date
    until_day: date | None = None
