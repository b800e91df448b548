"""Why an office got a letter, and why it did not: answered from rows, as of the day it was decided. Pure."""

from collections.abc import Mapping
from typing import Any, cast

from services.notifier.rules.catalogue import rule_of
from shared.clock import from_utc_text
from shared.texts import Language, moment, say


def why_told(letter: Mapping[str, Any]) -> dict[str, Any]:
    """For each thing a letter tells: the rule, its facts and causes, and the route; and the office as of that day."""
    facts = letter["facts"]
    return {
        "id": letter["id"],
        "kind": letter["kind"],
        "made_at": letter["made_at"],
        "office": facts.get("office") or {"id": letter["office"], "name": letter["office_name"]},
        "addresses": [letter["address"]],
        "state": letter["state"],
        "reason": letter["reason"],
        "items": [item | {"route": _route(item["rule"])} for item in facts["items"]],
    }


def _route(rule: str) -> dict[str, Any]:
    names = ("urgency", "audience", "repeat_days", "escalate_days")
    return {"rule": rule} | {name: getattr(rule_of(rule), name) for name in names}


def why_not(entry: Mapping[str, Any], language: str) -> dict[str, Any]:
    """An entry without a letter: what holds it (`held`, `held_by`), or until when it waits (`due_at`)."""
    shown = {name: value for name, value in entry.items() if name not in ("key", "letter")}
    return shown | {"reason": _reason(entry, cast(Language, language))}


def _reason(entry: Mapping[str, Any], lang: Language) -> str:
    if entry["held"] is not None:
        return say(lang, f"held.{entry['held']}")
    return say(lang, "held.waiting", at=moment(lang, from_utc_text(entry["due_at"])))
