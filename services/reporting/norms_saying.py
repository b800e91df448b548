"""A club's checklist as JSON and in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from services.reporting.club_norms import Fact, NormRow
from shared.norms import ONE, Norm, percent_of
from shared.saying import counted_words, norm_words
from shared.texts import Language, say, span, when
from shared.values import Range

_KEPT = {True: "kept", False: "broken", None: "unknown"}


def norms_in_words(lang: Language, rows: Sequence[NormRow]) -> list[dict[str, Any]]:
    """Each norm with what is expected, what the reports tell, and whether the club keeps it, also in words."""
    return [_in_words(lang, row) for row in rows]


def norms_summary(lang: Language, rows: Sequence[NormRow]) -> dict[str, Any]:
    """How many norms are kept, broken and not known. Norms for all clubs together are not held against this one."""
    counts = Counter(map(_word, rows))
    return {name: counts[name] for name in _KEPT.values()} | {"note": say(lang, "club.norms.note")}


def _word(row: NormRow) -> str:
    return "unjudged" if row.because == "of-the-nation" else _KEPT[row.kept]


def _in_words(lang: Language, row: NormRow) -> dict[str, Any]:
    norm, fact = row.norm, row.fact
    least, most = norm.bounds
    return {
        "code": norm.code,
        "name": norm.name[lang],
        "says": norm.says[lang],
        "source": norm.source,
        "expected": {"at_least": least, "at_most": most},
        "measured": _measured(fact) if fact else None,
        "measured_text": _measured_words(lang, norm, fact) if fact else None,
        "day": str(fact.day) if fact else None,
        "day_text": when(lang, fact.day) if fact else None,
        "kept": row.kept,
        "kept_text": say(lang, f"club.norms.{_word(row)}"),
        "because": row.because,
        "because_text": say(lang, f"club.norms.because.{row.because}") if row.because else None,
        "norm": norm_words(norm),
    }


def _measured(fact: Fact) -> dict[str, Any]:
    """The count with its edges, and what it is a part of or how many weeks or months it took, if anything."""
    told = fact.measured
    of, times = (None if whole == ONE else asdict(whole) for whole in (told.of, told.times))
    return {"count": asdict(told.count), "of": of, "times": times}


def _measured_words(lang: Language, norm: Norm, fact: Fact) -> str:
    told = fact.measured
    counted = counted_words(lang, norm, count=told.count, of=told.of, times=told.times)
    is_share = norm.unit == "percent" and norm.level == "club"
    return counted + share_words(lang, told.count, told.of) if is_share else counted


def share_words(lang: Language, part: Range, whole: Range) -> str:
    """The share of a part in whole percent, in brackets, where it can be told: * (70%)*."""
    percent = percent_of(part, whole)
    return "" if percent is None else say(lang, "club.share", percent=span(lang, percent))
