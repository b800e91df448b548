"""What happened, in words: one sentence for each type of event, in Vietnamese and English."""

from collections.abc import Mapping
from typing import Any

from services.reporting.indicators import INDICATORS
from shared.effective import standings
from shared.events import (
    ClubFounded,
    ClubLaunched,
    Event,
    FigurePublished,
    MeetingHeld,
    MembersCounted,
    ReportCorrected,
    TrainingHeld,
)
from shared.log import Log
from shared.people import HeadCount
from shared.texts import Language, count, say, span, when
from shared.values import Range
from shared.values import count as read_count
from shared.values import when as read_when


def sentence(lang: Language, event: Event) -> str:
    """One event as a sentence."""
    key = f"event.{event.type}"
    match event:
        case ClubFounded():
            return say(lang, key, name=event.name, people=_people(lang, event.members))
        case MembersCounted():
            return say(lang, key, people=_people(lang, event.members))
        case MeetingHeld() | ClubLaunched():
            return say(lang, key, people=_people(lang, event.attendance))
        case TrainingHeld():
            total = event.delegates.total if event.delegates else None
            return say(lang, key, title=event.title or "", delegates=count(lang, total))
        case FigurePublished():
            return say(
                lang, key, indicator=indicator_name(lang, event.indicator), value=count(lang, event.value)
            )
        case ReportCorrected():
            return say(lang, key, reason=event.reason)
    facts = {name: getattr(event, name) for name in ("title", "reason") if getattr(event, name, None)}
    return say(lang, key, **({"title": "", "reason": ""} | facts))


def day_words(lang: Language, text: str | None) -> str | None:
    """A day as the language writes it: *không muộn hơn 05/10/2020*."""
    return None if text is None else when(lang, read_when(text))


def count_words(lang: Language, value: Any) -> str | None:
    """A count as the language writes it: *hơn 90*."""
    return None if value is None else count(lang, read_count(value))


def range_words(lang: Language, value: Mapping[str, Any] | None) -> str | None:
    """The edges of a sum as the language writes them."""
    return None if value is None else span(lang, Range(value["value"], value["low"], value["high"]))


def indicator_name(lang: Language, code: str) -> str:
    """The name of an indicator; codes that only print knows stand as they are."""
    return say(lang, f"indicator.{code}.name").lower() if code in INDICATORS else code.replace("_", " ")


def _people(lang: Language, heads: HeadCount | None) -> str:
    people = heads.people() if heads is not None else None
    return say(lang, "count.unknown") if people is None else span(lang, people)


def history_of(log: Log, lang: Language, subject: str, position: int) -> list[dict[str, Any]]:
    """What was reported about a subject, in order, and what each report is worth at `position`."""
    events = [event for event in log.history(subject) if event.position <= position]
    worth = standings(events)
    return [
        {
            "position": event.position,
            "type": event.type,
            "said": sentence(lang, event.event),
            "day": str(event.event.day() or "") or None,
            "day_text": day_words(lang, str(event.event.day())) if event.event.day() else None,
            "standing": worth[event.position].value,
            "standing_text": say(lang, f"standing.{worth[event.position].value}"),
            "recordedtime": event.envelope["recordedtime"],
            "recordedby": event.envelope["recordedby"],
            "source": event.identity.source,
            "id": event.identity.id,
            "data": event.data,
        }
        for event in events
    ]


def in_words(lang: Language, item: dict[str, Any]) -> dict[str, Any]:
    """The item with its days and counts also in words: *không muộn hơn 05/10/2020*, *hơn 90*."""
    shown = dict(item)
    for name in ("founded_on", "launched_on", "members_counted_on", "last_meeting_on", "occurred_on"):
        if name in item:
            shown[f"{name}_text"] = day_words(lang, item[name])
    if "members" in item:
        shown["members_text"] = range_words(lang, item["members"])
    for part in ("planned", "held", "cancelled"):
        if item.get(part):
            shown[part] = _training_in_words(lang, item[part])
    if "state" in item:
        shown["state_text"] = say(lang, f"training.{item['state']}")
    return shown


def _training_in_words(lang: Language, told: dict[str, Any]) -> dict[str, Any]:
    shown = dict(told)
    for name in ("occurred_on", "planned_end"):
        if name in told:
            shown[f"{name}_text"] = day_words(lang, told[name])
    total = told.get("delegates", {}).get("total")
    return shown | {"delegates_text": count_words(lang, total)}
