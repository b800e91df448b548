"""Letters: subject, text and HTML from an alert's facts, in the language of the office. Counts only, no persons."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from shared.places import province_name
from shared.texts import Language, count, knows, number, say, span, when
from shared.values import Range
from shared.values import count as read_count
from shared.values import when as read_when


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it will be read."""

    subject: str
    text: str
    html: str


def write_letter(rule: str, lang: Language, office: str, facts: dict[str, Any], url: str) -> Letter:
    """The letter a rule's alert amounts to."""
    words = words_of(lang, facts)
    subject = say(lang, f"letter.{rule}.subject", **words)
    shown = {
        "lang": lang,
        "subject": subject,
        "greeting": say(lang, "letter.greeting", office=office),
        "opening": say(lang, f"letter.{rule}.opening", **words),
        "lines": [
            (say(lang, f"letter.line.{name}"), words[name]) for name in _LINES[rule] if words.get(name)
        ],
        "advice": say(lang, f"letter.{rule}.advice", **words) if knows(f"letter.{rule}.advice") else None,
        "see": say(lang, "letter.see"),
        "url": url,
        "closing": say(lang, "letter.closing"),
        "why": say(lang, f"letter.{rule}.why", office=office, **words),
    }
    text = _templates(False).get_template("letter.txt").render(shown)
    html = css_inline.inline(_templates(True).get_template("letter.html").render(shown))
    return Letter(subject, text, html)


def as_message(
    letter: Letter, *, sender: str, to: list[str], message_id: str, lang: Language, made_at: datetime
) -> EmailMessage:
    """The letter as a proper mail: text beside HTML, its language, and nothing that invites an automatic answer."""
    message = EmailMessage()
    message["Subject"] = letter.subject
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Date"] = format_datetime(made_at.astimezone(UTC))
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = lang  # Setting the content drops every Content- header set before.
    return message


# Which facts each letter lists, in order.
_LINES = {
    "club_founded": ("name", "day", "place", "members"),
    "training_planned": ("title", "day", "place"),
    "training_held": ("title", "day", "place", "delegates"),
    "training_cancelled": ("title", "day", "place", "reason"),
    "no_meeting": ("name", "last_meeting", "since"),
    "unsubscribed": ("name", "day", "addresses_left"),
}


def words_of(lang: Language, facts: dict[str, Any]) -> dict[str, str]:
    """The facts as the language writes them. What is not known is said to be unknown, never left to look like 0."""
    words: dict[str, str] = {}
    for name, fact in facts.items():
        match name, fact:
            case "place", {}:
                words[name] = _place(fact)
            case "members", _:
                words[name] = span(lang, Range(*fact)) if fact else say(lang, "count.unknown")
            case "delegates", _:
                words[name] = count(lang, read_count(fact)) if fact else say(lang, "count.unknown")
            case (("day" | "since"), _):
                words[name] = when(lang, read_when(fact) if fact else None)
            case "last_meeting", _:
                words[name] = when(lang, read_when(fact)) if fact else say(lang, "letter.never")
            case (("days" | "addresses_left"), _):
                words[name] = number(lang, fact)
            case _:
                words[name] = fact or ""
    return words


def _place(place: dict[str, str | None]) -> str:
    province = province_name(str(place["list"]), str(place["province"]))
    if place["as_written"]:
        return place["as_written"]
    return f"{place['village']}, {province}" if place["village"] else province


@cache
def _templates(html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("services.notifier", "letters"),
        autoescape=html,  # noqa: S701 (plain text has nothing to escape)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
