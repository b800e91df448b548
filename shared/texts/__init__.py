"""Words in Vietnamese and English, and numbers and days as each language writes them.

The catalogues `vi.po` and `en.po` hold one text per symbolic key; a test says when a key is missing in either.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, Literal

from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from shared.clock import VIET_NAM
from shared.values import Count, Range, When

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")


def say(language: Language, key: str, **facts: Any) -> str:
    """The text under `key`; numbers among the facts are written as the language writes them."""
    words = {name: number(language, fact) if type(fact) is int else fact for name, fact in facts.items()}
    return catalogue(language)[key].format_map(words)


def knows(key: str) -> bool:
    """Whether there is a text under `key`."""
    return key in catalogue("vi")


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """All texts of a language by key."""
    with files(__package__).joinpath(f"{language}.po").open("rb") as file:
        return {
            str(message.id): str(message.string) for message in read_po(file, locale=language) if message.id
        }


@lru_cache(maxsize=1024)  # Those who ask are browsers and apps of a few kinds.
def preferred(accept_language: str | None, asked: str | None = None) -> Language:
    """The language to answer in: the one asked for, else the first one accepted, else Vietnamese."""
    if asked in LANGUAGES:
        return "en" if asked == "en" else "vi"
    for part in (accept_language or "").split(","):
        match part.partition(";")[0].strip().lower()[:2]:
            case "vi":
                return "vi"
            case "en":
                return "en"
    return "vi"


@lru_cache(maxsize=10_000)  # A page has hundreds of numbers, and most of them stay the same.
def number(language: Language, value: int | Decimal) -> str:
    """1.234.567 in Vietnamese, 1,234,567 in English."""
    return str(format_decimal(value, locale=language))


def brief(language: Language, value: int) -> str:
    """A large number as one says it, to read at a glance: *40 tỷ*, *1,5 triệu*. Below a million as it is."""
    for size, key in ((10**9, "number.billion"), (10**6, "number.million")):
        if abs(value) >= size:
            rounded = round(Decimal(value) / size, 1 if abs(value) < 100 * size else 0)
            return catalogue(language)[key].format(n=number(language, rounded))
    return number(language, value)


def percent(language: Language, value: float) -> str:
    """70,4 in Vietnamese, 70.4 in English: one decimal, also where it is 0. Without its sign."""
    return str(format_decimal(value, format="#,##0.0", locale=language))


def day(language: Language, value: date) -> str:
    """05/10/2020 in Vietnamese, 5 October 2020 in English."""
    return value.strftime("%d/%m/%Y") if language == "vi" else f"{value.day} {value:%B %Y}"


def moment(language: Language, value: datetime) -> str:
    """A moment as the clock in Viet Nam showed it."""
    local = value.astimezone(VIET_NAM)
    return f"{local:%H:%M} {'ngày ' if language == 'vi' else ''}{day(language, local.date())}"


def when(language: Language, value: When | None) -> str:
    """A day as it is known: *không muộn hơn 05/10/2020*, *tháng 5/2024*, *28/05/2024 – 29/05/2024*."""
    if value is None:
        return say(language, "when.unknown")
    if value.first == date.min:
        return say(language, "when.not-later-than", day=_coarse(language, value.text.removeprefix("../")))
    start, _, end = value.text.partition("/")
    return f"{_coarse(language, start)} – {_coarse(language, end)}" if end else _coarse(language, start)


def _coarse(language: Language, text: str) -> str:
    match [int(part) for part in text.split("-")]:
        case [year]:
            return say(language, "when.year", year=str(year))
        case [year, month]:
            return say(
                language, "when.month", year=str(year), month=str(month), name=f"{date(year, month, 1):%B}"
            )
        case numbers:
            return day(language, date(*numbers))


def count(language: Language, value: Count | None) -> str:
    """A count as it is known: *hơn 90*, *gần 50*, *khoảng 80*."""
    if value is None:
        return say(language, "count.unknown")
    if value.edge is None:
        return number(language, value.stated)
    return say(language, f"count.{value.edge.replace('_', '-')}", n=value.stated)


def span(language: Language, value: Range) -> str:
    """The honest edges of a sum: *54*, *hơn 90*, *từ 589 trở lên*, *1 – 6*."""
    if (one := value.as_count()) is not None:
        return count(language, one)
    if value.high is None:
        return say(language, "count.at-least", n=value.low)
    return f"{number(language, value.low)} – {number(language, value.high)}"
