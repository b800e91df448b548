"""The words of what a letter tells: an alert in full, or as one line of many. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.codes import code_name
from shared.matters import Matter
from shared.norms import NORMS, percent_of
from shared.places import province_name
from shared.texts import Language, count, knows, number, say, span, when
from shared.values import Range
from shared.values import count as read_count
from shared.values import when as read_when

MONTHLY: Final = "monthly_report"
MOST_LINES: Final = 25  # Of one rule in one letter; the rest are counted.
_NEWS: Final = "fired"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a letter tells: an alert, and what about it (`occasion`)."""

    lang: Language
    alert_key: str
    rule: str
    occasion: str
    subject: str
    province_now: str
    facts: dict[str, Any]
    causes: list[int]
    day: str
    urgency: str = "urgent"
    words: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", words_of(self.lang, self.facts))

    @property
    def subject_line(self) -> str:
        return self._as_occasion(self.matter)

    @property
    def matter(self) -> str:
        """The alert in one line."""
        return say(self.lang, f"letter.{self.rule}.subject", **self.words)

    @property
    def line(self) -> str:
        """The same below the name of its rule, which it need not repeat."""
        key = f"letter.{self.rule}.line"
        return say(self.lang, key, **self.words) if knows(key) else self.matter

    @property
    def chip(self) -> str | None:
        """A word or two beside the line; none for what is new."""
        return None if self.occasion == _NEWS else say(self.lang, f"letter.{self.occasion}", day=self._since)

    @property
    def opening(self) -> str:
        if self.occasion == _NEWS:
            return say(self.lang, f"letter.{self.rule}.opening", **self.words)
        return say(self.lang, f"letter.{self.occasion}.opening", day=self._since)

    @property
    def lines(self) -> list[tuple[str, str]]:
        names = [name for name in LINES.get(self.rule, self.words) if self.words.get(name)]
        return [(say(self.lang, f"letter.line.{name}"), self.words[name]) for name in names]

    @property
    def advice(self) -> str | None:
        """What to do; nothing where all is over."""
        key = f"letter.{self.rule}.advice"
        return say(self.lang, key, **self.words) if knows(key) and self.occasion != "resolved" else None

    def why(self, office: str) -> str:
        return say(self.lang, f"letter.{self.rule}.why", office=office, **self.words)

    @property
    def _since(self) -> str:
        return when(self.lang, read_when(self.day))

    def _as_occasion(self, subject: str) -> str:
        if self.occasion == _NEWS:
            return subject
        return say(self.lang, f"letter.{self.occasion}.subject", subject=subject)


@dataclass(frozen=True, slots=True)
class Group:
    """What a letter tells under one heading."""

    name: str
    count: int
    lines: list[tuple[str, str | None]]
    more: str | None
    advice: str | None


def groups_of(lang: Language, items: Sequence[Item]) -> list[Group]:
    """The items by rule, in the order in which they come; what is over comes last, under one heading."""
    found: dict[str, list[Item]] = {}
    for item in items:
        if item.rule != MONTHLY:
            key = "letter.over" if item.occasion == "resolved" else f"rule.{item.rule}"
            found.setdefault(key, []).append(item)
    return [_group(lang, key, told) for key, told in found.items()]


def monthly_report(lang: Language, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a province's month, as a letter shows them."""
    province = province_name("2025-07", facts["province"])
    month = when(lang, read_when(facts["month"]))
    figures = [
        (say(lang, f"indicator.{name}.name"), span(lang, Range(*figure)))
        for name, figure in facts["figures"].items()
    ]
    tail = "attached" if facts["attached"] else "without"
    return {
        "heading": say(lang, "letter.report.heading", province=province, month=month),
        "figures": figures,
        "attached": say(lang, f"letter.report.{tail}"),
        "receipt": say(lang, "letter.report.receipt", receipt=facts["receipt"])
        if "receipt" in facts
        else None,
    }


def _group(lang: Language, key: str, items: Sequence[Item]) -> Group:
    rest, over = len(items) - MOST_LINES, key == "letter.over"
    return Group(
        name=say(lang, key),
        count=len(items),
        lines=[(item.matter, None) if over else (item.line, item.chip) for item in items[:MOST_LINES]],
        more=say(lang, "letter.more", n=rest) if rest > 0 else None,
        advice=items[0].advice,
    )


# Which facts a letter about one alert lists, in order; of other rules all.
LINES: Final = {
    "club_founded": ("name", "day", "place", "members"),
    "club_registered": ("name", "day", "place", "members"),
    "training_planned": ("title", "day", "place"),
    "training_held": ("title", "day", "place", "delegates"),
    "training_cancelled": ("title", "day", "place", "reason"),
    "no_meeting": ("name", "last_meeting", "since", "silence"),
    "province_silent": ("province", "clubs", "since"),
    "serious_findings": ("place", "day", "found", "findings"),
    "decision_without_launch": ("name", "day"),
    "launch_without_number": ("name", "day"),
    "no_health_check": ("name", "last_check"),
    "size_outside_norm": ("name", "day", "norms"),
    "composition_outside_norm": ("name", "day", "norms"),
    "home_care_below_norm": ("name", "day", "norms"),
    "fund_idle": ("name", "last_loan", "since"),
    "loans_overdue": ("name", "owed_vnd", "since"),
    "period_not_signed": ("province", "period"),
    "action_month_ahead": ("province", "period"),
    "national_action_month": ("province", "period"),
    "device_silent": ("name", "since"),
    "reports_held": ("scope", "reports", "since"),
    "reports_refused": ("scope", "reports", "since"),
    "no_founding_training": ("province", "clubs", "since"),
    "communes_without_club": ("province", "without", "communes", "unplaced"),
    "target_behind": ("scope", "day", "counted", "due", "needed", "by"),
    "published_contradicted": ("scope", "day", "printed", "counted"),
    "office_unreachable": ("name", "day"),
    "cash_mismatch": ("name", "day", "fund", "off_vnd", "box"),
    "training_unconfirmed": ("title", "day", "place"),
    "unsubscribed": ("name", "day", "addresses_left"),
    "address_stopped": ("name", "day", "addresses_left"),
    "needs_operator": ("matter", "day"),
}


def words_of(lang: Language, facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts as the language writes them. What is not known is said to be unknown, never left to look like 0."""
    words: dict[str, str] = {}
    for name, fact in facts.items():
        match name, fact:
            case "matter", {}:
                matter = Matter(**fact)
                words["matter"], words["do"] = matter.said(lang), matter.to_do(lang)
            case "place", {}:
                words[name] = _place(fact)
            case "members", _:
                words[name] = span(lang, Range(*fact)) if fact else say(lang, "count.unknown")
            case "delegates", _:
                words[name] = count(lang, read_count(fact)) if fact else say(lang, "count.unknown")
            case (("day" | "since" | "period" | "by"), _):
                words[name] = when(lang, read_when(fact) if fact else None)
            case "norms", list():
                words[name] = "; ".join(_beside_norm(lang, *one) for one in fact)
            case (("silence" | "fund" | "box"), str()):
                words[name] = say(lang, f"letter.{name}.{fact}")
            case "findings", list():
                words[name] = ", ".join(code_name(lang, "finding", code) for code in fact)
            case (("last_meeting" | "last_check" | "last_loan"), _):
                words[name] = when(lang, read_when(fact)) if fact else say(lang, "letter.never")
            case "province", str():
                words[name] = province_name("2025-07", fact)
            case "scope", "programme":
                words[name] = say(lang, "page.nation")
            case "scope", str():
                words[name] = province_name(*fact.split(":")[1:])
            case "month", str():
                words[name] = when(lang, read_when(fact))
            case _, dict() | list() | bool():
                pass  # No word of a sentence.
            case _, int():
                words[name] = number(lang, fact)
            case _:
                words[name] = fact or ""
    return words


def _beside_norm(lang: Language, code: str, count: list[int | None], of: list[int | None]) -> str:
    """A count beside the norm it breaks."""
    norm, told = NORMS[code], Range(*count)  # type: ignore[arg-type]  # The low edge is always there.
    if norm.unit != "percent":
        return say(lang, "alert.norm", name=norm.name[lang], told=span(lang, told), norm=norm.says[lang])
    share = percent_of(told, Range(*of))  # type: ignore[arg-type]
    shown = f"{span(lang, share)}%" if share else say(lang, "count.unknown")
    return say(lang, "alert.norm", name=norm.name[lang], told=shown, norm=norm.says[lang])


def _place(place: dict[str, str | None]) -> str:
    province = province_name(str(place["list"]), str(place["province"]))
    if place["as_written"]:
        return place["as_written"]
    return f"{place['village']}, {province}" if place["village"] else province
