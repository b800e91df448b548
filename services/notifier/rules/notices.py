"""Rules about what happened: told once, at its event. Pure, one function each."""

from datetime import timedelta
from typing import Any, Final

from services.notifier.rules.catalogue import Limits
from services.notifier.rules.finding import Notice
from shared.clock import day_in_viet_nam
from shared.events import ClubFounded, TrainingCancelled, TrainingHeld, TrainingPlanned, VisitMade
from shared.places import Place, candidates
from shared.report import Recorded
from shared.values import When, as_json

SERIOUS: Final = ("serious", "critical")


def club_founded(event: Recorded, founding: ClubFounded, limits: Limits) -> Notice:
    """A club was founded in the province; one that was founded longer than `days` ago is no news, only new here."""
    surely_since = founding.occurred_on.last + timedelta(days=limits["club_founded"]["days"])
    rule = "club_registered" if surely_since < day_in_viet_nam(event.recorded_at) else "club_founded"
    people = founding.members.people() if founding.members else None
    facts = {
        "name": founding.name,
        "place": _place_words(founding.place),
        "day": str(founding.occurred_on),
        "members": [people.value, people.low, people.high] if people else None,
    }
    return _notice(rule, event, founding.place, facts)


def training_told(
    event: Recorded,
    told: TrainingPlanned | TrainingHeld | TrainingCancelled,
    place: Place,
    title: str | None,
    day: When | None,
) -> Notice:
    """A training was planned, held or cancelled in the province: on the day it was meant for."""
    delegates = told.delegates.total if isinstance(told, TrainingHeld) and told.delegates else None
    facts = {
        "title": title,
        "place": _place_words(place),
        "day": str(day) if day else None,
        "delegates": as_json(delegates) if delegates else None,
        "reason": told.reason if isinstance(told, TrainingCancelled) else None,
    }
    return _notice(told.type.replace(".", "_"), event, place, facts)


def serious_findings(event: Recorded, visit: VisitMade) -> Notice | None:
    """A visit found something serious: it should not wait for the next digest."""
    serious = [finding for finding in visit.findings if finding.severity in SERIOUS]
    if not serious:
        return None
    facts = {
        "place": _place_words(visit.place),
        "day": str(visit.occurred_on),
        "found": len(serious),
        "findings": sorted({finding.code for finding in serious}),
    }
    return _notice("serious_findings", event, visit.place, facts)


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
