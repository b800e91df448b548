"""The rules: what a board should hear of. Pure, one function each.

A rule makes a `Notice` of an event, or a `Condition` of the facts of a subject. Words stand in the catalogues under
`letter.<rule>`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.notifier.facts import Club
from services.notifier.rules.catalogue import Limits
from shared.events import ClubFounded, TrainingCancelled, TrainingHeld, TrainingPlanned
from shared.places import Place, candidates
from shared.report import Recorded
from shared.values import as_json


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


def club_founded(event: Recorded, founding: ClubFounded) -> Notice:
    """A club was founded in the province."""
    people = founding.members.people() if founding.members else None
    facts = {
        "name": founding.name,
        "place": _place_words(founding.place),
        "day": str(founding.occurred_on),
        "members": [people.value, people.low, people.high] if people else None,
    }
    return _notice("club_founded", event, founding.place, facts)


def training_told(
    event: Recorded, told: TrainingPlanned | TrainingHeld | TrainingCancelled, place: Place, title: str | None
) -> Notice:
    """A training was planned, held or cancelled in the province."""
    delegates = told.delegates.total if isinstance(told, TrainingHeld) and told.delegates else None
    facts = {
        "title": title,
        "place": _place_words(place),
        "day": str(told.occurred_on) if told.occurred_on else None,
        "delegates": as_json(delegates) if delegates else None,
        "reason": told.reason if isinstance(told, TrainingCancelled) else None,
    }
    return _notice(told.type.replace(".", "_"), event, place, facts)


def silent(club: Club, limits: Limits) -> Condition:
    """No meeting was reported for `days`: the club may need help. One silence is one alert."""
    days = limits["no_meeting"]["days"]
    facts = {"name": club.name, "days": days, "since": club.since, "last_meeting": club.last_meeting}
    return Condition(
        rule="no_meeting",
        key=f"no_meeting:{club.subject}:{club.since}",
        subject=club.subject,
        province_now=club.province_now,
        province_63=None,
        causes=(club.cause,),
        facts=facts,
        historical=not club.live,
        from_day=date.fromisoformat(club.since) + timedelta(days=days),
    )


def _notice(rule: str, event: Recorded, place: Place, facts: dict[str, Any]) -> Notice:
    return Notice(
        rule=rule,
        key=f"{rule}:{event.identity.key}",
        subject=event.subject,
        province_now=place.province_now,
        province_63=_province_63(place),
        causes=(event.position,),
        facts=facts,
        historical=event.historical,
    )


def _province_63(place: Place) -> str | None:
    """The province of the old map; None where it cannot be told."""
    codes = candidates(place.list, place.province, "63")
    return codes[0] if len(codes) == 1 else None


def _place_words(place: Place) -> dict[str, str | None]:
    """What a letter says of a place: the words of the report, else the village."""
    return {
        "as_written": place.as_written,
        "village": place.village,
        "list": place.list,
        "province": place.province,
    }
