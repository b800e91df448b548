"""The catalogue of indicators: what may be asked for, in both languages, as it is answered and printed."""

from typing import Any

from services.reporting.indicators import INDICATORS, Indicator, ShareOf, by_periods
from shared.texts import LANGUAGES, say


def catalogue() -> list[dict[str, Any]]:
    """Every indicator: how it is counted, and in both languages what it counts and what it does not."""
    return [_told(one) for one in INDICATORS.values()]


def _told(one: Indicator) -> dict[str, Any]:
    share = one.counted if isinstance(one.counted, ShareOf) else None
    return {
        "code": one.code,
        "unit": one.unit,
        "kind": one.kind,
        "formula": one.formula,
        "source": one.source,
        "age_limit_months": one.age_limit_months,
        "parts": one.parts,
        "by_periods": by_periods(one),
        "share_of": share.part if share else None,
        # The people of the head counts that tell a group are no indicator of their own: the formula says who they are.
        "of": share.of if share and share.of in INDICATORS else None,
        **{
            f"{part}_{lang}": say(lang, f"indicator.{one.code}.{part}")
            for part in ("name", "definition", "not")
            for lang in LANGUAGES
        },
    }
