"""The rules: what a board should hear of. Pure, one function each.

A rule looks at an event or at a day that passed and returns an `Alert` or nothing. Words stand in the catalogues
under `letter.<rule>`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from services.notifier.facts import Club
from shared.events import ClubFounded, TrainingCancelled, TrainingHeld, TrainingPlanned
from shared.places import Place
from shared.report import Recorded
from shared.values import as_json

# The norm is a meeting a month (docs/domain.md §1); two missed ones are worth a letter.
SILENT_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class Alert:
    """What a rule found. `facts` fill the letter's words; `condition` says that it lasts until it is resolved."""

    rule: str
    key: str
    subject: str
    province_now: str
    causes: tuple[int, ...]
    facts: dict[str, Any]
    historical: bool
    condition: bool = False


def club_founded(event: Recorded, founding: ClubFounded) -> Alert:
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
) -> Alert:
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


def silent(club: Club, day: date) -> Alert | None:
    """No meeting was reported for 60 days: the club may need help. One silence is one alert."""
    if club.since > silent_since(day).isoformat():
        return None
    facts = {"name": club.name, "days": SILENT_DAYS, "since": club.since, "last_meeting": club.last_meeting}
    return Alert(
        rule="no_meeting",
        key=f"no_meeting:{club.subject}:{club.since}",
        subject=club.subject,
        province_now=club.province_now,
        causes=(club.cause,),
        facts=facts,
        historical=not club.live,
        condition=True,
    )


def silent_since(day: date) -> date:
    """Clubs whose last sign is on or before this day are silent on `day`."""
    return day - timedelta(days=SILENT_DAYS)


def _notice(rule: str, event: Recorded, place: Place, facts: dict[str, Any]) -> Alert:
    return Alert(
        rule=rule,
        key=f"{rule}:{event.identity.key}",
        subject=event.subject,
        province_now=place.province_now,
        causes=(event.position,),
        facts=facts,
        historical=event.historical,
    )


def _place_words(place: Place) -> dict[str, str | None]:
    """What a letter says of a place: the words of the report, else the village."""
    return {
        "as_written": place.as_written,
        "village": place.village,
        "list": place.list,
        "province": place.province,
    }
