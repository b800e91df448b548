"""What an alert, a letter and a reason are called on the pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.notifier.wording import words_of
from shared.places import PROVINCES
from shared.texts import Language, knows, moment, say


def rule_name(lang: Language, rule: str) -> str:
    """What a rule is called; its code for a rule of another version."""
    return say(lang, f"rule.{rule}") if knows(f"rule.{rule}") else rule


def rule_meaning(lang: Language, rule: str) -> str | None:
    """One sentence about what a rule looks for."""
    return say(lang, f"rule.{rule}.means") if knows(f"rule.{rule}.means") else None


def advice(lang: Language, rule: str, facts: dict[str, Any]) -> str | None:
    """What to do about an alert."""
    key = f"letter.{rule}.advice"
    return say(lang, key, **words_of(lang, facts)) if knows(key) else None


def sentence(lang: Language, alert: Mapping[str, Any]) -> str:
    """An alert in one line."""
    rule = alert["rule"]
    key = f"letter.{rule}.subject"
    return say(lang, key, **words_of(lang, alert["facts"])) if knows(key) else f"{rule}: {alert['subject']}"


def province(lang: Language, code: str | None) -> str:
    """The name of a province on today's map; the nation where none is named."""
    known = PROVINCES.get(("2025-07", code or ""))
    return known.name if known else say(lang, "boards.nation")


def letter_reason(lang: Language, reason: str) -> str | None:
    """Why a letter is where it is, where that has words; what a mail server answered is left as it is."""
    kind, _, status = reason.partition("-")
    key = f"letter-reason.{kind}"
    return say(lang, key, status=status) if knows(key) else None


def said_by(lang: Language, by: str | None) -> str | None:
    """Who did something: the name of a token, or an office through a link in its letter."""
    if by is None or not by.startswith("office:"):
        return by
    return say(lang, "boards.by-link", office=by.removeprefix("office:"))


def told_at(lang: Language, at: datetime | None) -> str | None:
    """A moment in words."""
    return moment(lang, at) if at else None
