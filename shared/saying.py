"""Warnings in words: what was expected, by which norm since when, and what the report says, as counts."""

from decimal import Decimal
from typing import Any, Final

from shared.norms import NORMS, Norm
from shared.texts import Language, count, day, number, say, span
from shared.unusual import Warning
from shared.values import Count, Range

# How the count behind a norm is told, by the norm's measure or unit; all others as a plain count.
_COUNTED: Final = {
    "clubs_with_both_funds_share": "funds",
    "borrowers_share": "loans",
    "percent": "share",
    "visits_per_week": "visits",
    "meetings_per_month": "meetings",
}


def warning_words(lang: Language, warning: Warning, within: str = "") -> dict[str, str]:
    """A warning as it is answered. `within` is where the data it speaks of stands in a correction."""
    said = {"code": warning.code, "pointer": within + warning.pointer}
    norm: Norm | None = warning.facts.get("norm")
    if norm is None:
        facts = {name: _written(lang, fact) for name, fact in warning.facts.items()}
        return said | {"detail": say(lang, f"warning.{warning.code}", **facts)}
    return said | {"detail": _beyond(lang, norm, warning), "source": norm.source}


def norm_words(norm: Norm) -> dict[str, Any]:
    """A norm with its validity, in both languages."""
    least, most = norm.bounds
    return {
        "code": norm.code,
        "measure": norm.measure,
        "unit": norm.unit,
        "level": norm.level,
        "at_least": least,
        "at_most": most,
        "about": norm.about,
        "tolerance": norm.tolerance if norm.about is not None else None,
        "valid_from": norm.valid_from.isoformat() if norm.valid_from else None,
        "valid_until": norm.valid_until.isoformat() if norm.valid_until else None,
        "ours": list(norm.ours),
        "source": norm.source,
        **{f"name_{lang}": name for lang, name in norm.name.items()},
        **{f"definition_{lang}": says for lang, says in norm.says.items()},
    }


def counted_words(lang: Language, norm: Norm, **facts: Any) -> str:
    """The `count`, what it is `of` and in how many `times`, as the norm's measure is told: *38 trên 54 người*."""
    kind = _COUNTED.get(norm.measure) or _COUNTED.get(norm.unit, "count")
    return say(
        lang, f"warning.counted.{kind}", **{name: _written(lang, fact) for name, fact in facts.items()}
    )


def norms_page(lang: Language) -> str:
    """All norms as a table in Markdown: what each says, how long it is valid, and its source."""
    head = say(lang, "norm.page")
    rows = (
        f"| `{norm.code}` | {norm.name[lang]}. {norm.says[lang]} | {_validity(lang, norm)} | {norm.source} |"
        for norm in NORMS.values()
    )
    return "\n".join([head, "|---|---|---|---|", *rows]) + "\n"


def _validity(lang: Language, norm: Norm) -> str:
    until = f" – {day(lang, norm.valid_until)}" if norm.valid_until else ""
    return _since(lang, norm) + until


def _since(lang: Language, norm: Norm) -> str:
    return day(lang, norm.valid_from) if norm.valid_from else say(lang, "norm.undated")


def _beyond(lang: Language, norm: Norm, warning: Warning) -> str:
    counted = counted_words(lang, norm, **{name: warning.facts[name] for name in ("count", "of", "times")})
    words = {"name": norm.name[lang], "says": norm.says[lang], "code": norm.code}
    return say(lang, "warning.norm", counted=counted, since=_since(lang, norm), **words)


def _written(lang: Language, fact: Any) -> Any:
    match fact:
        case Range():
            return span(lang, fact)
        case Count():
            return count(lang, fact)
        case Decimal():
            return number(lang, fact)
    return fact
