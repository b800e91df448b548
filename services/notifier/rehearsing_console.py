"""A rehearsal as lines for a terminal."""

from collections.abc import Iterator
from datetime import date

from services.notifier.boards import saying
from services.notifier.parts import assemble
from services.notifier.rehearsing import Asked, Rehearsed, Rows, rehearse
from shared import clock
from shared.settings import Notifier
from shared.texts import Language, day, say


def lines_of(asked: Asked, lang: Language) -> Iterator[str]:
    """What would have been told, day by day: `=` was told really, `+` was not, `-` only really, `·` held back."""
    parts = assemble(Notifier(), clock.now)
    try:
        found = rehearse(parts.database, parts.log, parts.outbox, asked)
    finally:
        parts.close()
    yield say(
        lang,
        "rehearsal.heading",
        rule=saying.rule_name(lang, asked.rule),
        first=day(lang, asked.first),
        last=day(lang, asked.last),
    )
    marked = [
        ("·" if not one.facts["letter"] else "=" if one.really else "+", one.on, one.facts)
        for one in found.told
    ]
    marked += [("-", date.fromisoformat(one["on"]), one) for one in found.only_really]
    for mark, on, facts in sorted(marked, key=lambda line: line[1]):
        yield _line(lang, mark, on, facts, asked.rule)
    yield _counts(lang, found)


def _line(lang: Language, mark: str, on: date, facts: Rows, rule: str) -> str:
    words = saying.sentence(lang, facts | {"rule": rule})
    occasion = say(lang, f"occasion.{facts['occasion']}")
    reason = f" ({say(lang, 'held.' + facts['held'])})" if facts["held"] else ""
    return f"{mark} {day(lang, on)}  {facts['office']}  {occasion}: {words}{reason}"


def _counts(lang: Language, found: Rehearsed) -> str:
    would = [one for one in found.told if one.facts["letter"]]
    return say(
        lang,
        "rehearsal.counts",
        would=len(would),
        letters=found.letters,
        both=sum(one.really for one in would),
        only=len(found.only_really),
    )
