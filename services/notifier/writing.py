"""Letters: subject, text and HTML of what they tell, in the language of who reads them. Counts only, no persons.

A letter about one alert speaks of it in full. One about several names them by rule, the most urgent first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.notifier.links import Links
from services.notifier.rules.catalogue import rule_of
from services.notifier.wording import MONTHLY, Item, groups_of, monthly_report
from shared.clock import day_in_viet_nam
from shared.places import province_name
from shared.settings import Notifier
from shared.texts import Language, day, say

_NAMED: Final = 3  # Rules that a subject names; the rest it counts.
# Colours for the dark are in a media query, which stays in the head.
_inliner: Final = css_inline.CSSInliner(keep_at_rules=True)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it will be read."""

    subject: str
    text: str
    html: str


def write_letter(
    row: Mapping[str, Any],
    settings: Notifier,
    language: Language | None = None,
    links: Links | None = None,
) -> Letter:
    """The letter that a row of the outbox amounts to, in the language of who reads it, else of its office.

    Only the mail itself has signed `links`: what is shown to somebody else must not act in the office's name.
    """
    lang: Language = language or row["language"]
    items = [Item(lang, **told) for told in row["facts"]["items"]]
    one = items[0] if len(items) == 1 and items[0].rule != MONTHLY else None
    subject = _subject(lang, row, items)
    shown = {
        "lang": lang,
        "subject": subject,
        "greeting": say(lang, "letter.greeting", office=row["office_name"]),
        "opening": one.opening if one else _opening(lang, row, items),
        "lines": one.lines if one else [],
        "advice": one.advice if one else None,
        "reports": [monthly_report(lang, item.facts) for item in items if item.rule == MONTHLY],
        "groups": [] if one else groups_of(lang, items),
        "see": say(lang, "letter.see" if row["province_now"] else "letter.see.nation"),
        "url": _figures_url(lang, row, settings),
        "alerts": None if one else say(lang, "letter.alerts"),
        "alerts_url": f"{settings.pages}/alerts?lang={lang}",
        "closing": say(lang, "letter.closing"),
        "why": items[0].why(row["office_name"])
        if len(items) == 1
        else say(lang, "letter.why", office=row["office_name"]),
        "why_link": say(lang, "letter.why.link"),
        "why_url": links.why_url(row, lang)
        if links
        else f"{settings.pages}/letters/{row['id']}/why?lang={lang}",
        "acknowledge": say(lang, "letter.acknowledge"),
        "acknowledge_url": links.acknowledge_url(row, lang=lang)
        if links and any(map(_waits, items))
        else None,
        "unsubscribe": say(lang, "letter.unsubscribe"),
        "unsubscribe_url": links.unsubscribe_url(row, lang) if links else None,
    }
    text = _templates(False).get_template("letter.txt").render(shown)
    html = _inliner.inline(_templates(True).get_template("letter.html").render(shown))
    return Letter(subject, text, html)


def _waits(item: Item) -> bool:
    """Whether somebody is reminded of it until it is acknowledged."""
    return item.occasion != "resolved" and rule_of(item.rule).repeat_days is not None


def _subject(lang: Language, row: Mapping[str, Any], items: Sequence[Item]) -> str:
    """What a secretary reads in the list of mails: the matter itself, else the place and what there is of it."""
    if len(items) == 1:
        return items[0].subject_line
    groups = groups_of(lang, items)
    what = "; ".join(say(lang, "letter.counted", name=one.name, n=one.count) for one in groups[:_NAMED])
    if more := sum(group.count for group in groups[_NAMED:]):
        what = say(lang, "letter.and_more", what=what, n=more)
    report = next((item.subject_line for item in items if item.rule == MONTHLY), None)
    if report:
        return say(lang, "letter.monthly.subject", report=report, what=what) if what else report
    province = row["province_now"]
    where = province_name("2025-07", province) if province else row["office_name"]
    return say(lang, "letter.many.subject", where=where, what=what)


def _opening(lang: Language, row: Mapping[str, Any], items: Sequence[Item]) -> str:
    n = sum(item.rule != MONTHLY and item.occasion != "resolved" for item in items)
    match row["kind"]:
        case "monthly" if n:
            key = "letter.monthly.more"
        case "digest" if not n:
            key = "letter.digest.over"
        case kind:
            key = f"letter.{kind}.opening"
    return say(lang, key, day=day(lang, day_in_viet_nam(row["made_at"])), n=n)


def _figures_url(lang: Language, row: Mapping[str, Any], settings: Notifier) -> str:
    province = row["province_now"]
    return f"{settings.dashboard}/{f'provinces/{province}' if province else ''}?lang={lang}"


@cache
def _templates(html: bool) -> Environment:
    return Environment(  # nosec B701
        loader=PackageLoader("services.notifier", "letters"),
        autoescape=html,  # noqa: S701 (plain text has nothing to escape)
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
