"""The question of a sheet in words."""

from dataclasses import replace
from typing import Any, Final

from services.reporting.asking import Asked, Clocks
from services.reporting.figures import RULES
from services.reporting.saying import indicator_name
from services.reporting.sheets.sheet import Pair, Sheet, province_words
from shared.clock import as_utc_text
from shared.places import LIST_OF, Scheme
from shared.texts import Language, say

_ELSEWHERE: Final = {"known_at", "valid_at", "rules", "lang", "header", "completeness"}


def asked_in_words(lang: Language, asked: Asked) -> list[Pair]:
    """Each parameter of the question that says something, with its name."""
    told = asked.model_dump(mode="json", by_alias=True, exclude=_ELSEWHERE, exclude_none=True)
    return [
        (say(lang, f"sheet.asked.{name}"), _value(lang, name, value, told))
        for name, value in told.items()
        if value != ""
    ]


def explained(sheet: Sheet, lang: Language, asked: Asked, clocks: Clocks, permalink: str) -> Sheet:
    """The sheet with the question in words and how to ask it again."""
    known_at = as_utc_text(clocks.known_at) if clocks.known_at else "–"
    told = {"permalink": permalink, "position": str(clocks.position), "known_at": known_at, "rules": RULES}
    if "valid_at" in type(asked).model_fields:
        told["valid_at"] = clocks.valid_at.isoformat()
    provenance: list[Pair] = [(say(lang, f"sheet.{name}"), text) for name, text in told.items()]
    return replace(sheet, asked=[*asked_in_words(lang, asked), *sheet.asked], provenance=provenance)


def _value(lang: Language, name: str, value: Any, told: dict[str, Any]) -> str:
    match name:
        case "indicator":
            return indicator_name(lang, value)
        case "by":
            parts = [part for some in value for part in some.replace("|", ",").split(",")]
            return ", ".join(say(lang, f"sheet.by.{part}") for part in parts)
        case "scope":
            return _scope(lang, value, told["scheme"])
        case "scheme" if "scope" in told:
            return say(lang, f"sheet.scheme.{value}")
        case "province":
            return province_words("2025-07", value)
    return str(value)


def _scope(lang: Language, scope: str, scheme: Scheme) -> str:
    kind, _, rest = scope.partition(":")
    place_list, _, code = rest.rpartition(":")
    match kind:
        case "nation":
            return say(lang, "sheet.by.nation")
        case "province":
            return province_words(place_list or LIST_OF[scheme], code)
    return f"{say(lang, f'sheet.by.{kind}')}: {rest}"
