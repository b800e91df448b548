"""Targets and printed figures as sheets, each beside what is counted."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.indicators import INDICATORS, Indicator
from services.reporting.saying import indicator_name
from services.reporting.sheets.sheet import Cell, Column, Sheet, cells, day, edged, edged_count, with_edges
from services.reporting.told import PrintedAsked, TargetsAsked, printed_beside_ours, targets_beside_ours
from shared.texts import Language, say

TARGETS: Final = (
    Column("scheme"),
    Column("indicator"),
    Column("indicator_name"),
    Column("scope"),
    *with_edges("target"),
    Column("target_share", "percent"),
    Column("of"),
    Column("since", "date"),
    Column("by", "date"),
    *with_edges("counted"),
    Column("reached", "percent"),
    Column("met"),
    Column("source"),
    Column("position", "number"),
)
RECONCILIATION: Final = (
    Column("position", "number"),
    Column("subject"),
    Column("indicator"),
    Column("indicator_name"),
    Column("as_of", "date"),
    *with_edges("printed"),
    *with_edges("counted"),
    *with_edges("difference"),
    Column("defects"),
    Column("warnings"),
    Column("source"),
    Column("note"),
)


def targets_sheet(connection: Connection, clocks: Clocks, asked: TargetsAsked, lang: Language) -> Sheet:
    """Every target with what is counted towards it, the earliest due day first."""
    found = targets_beside_ours(connection, clocks, asked)
    rows = cells(TARGETS, (_target(lang, one) for one in found))
    return Sheet("targets", TARGETS, rows, indicators=_known(found), count=len(found))


def reconciliation_sheet(
    connection: Connection, clocks: Clocks, asked: PrintedAsked, lang: Language
) -> Sheet:
    """Every printed figure with what we count and what does not fit, the newest report first."""
    found = [one.as_json(lang) for one in printed_beside_ours(connection, clocks, asked)[0]]
    rows = cells(RECONCILIATION, (_printed(lang, one) for one in found))
    return Sheet("reconciliation", RECONCILIATION, rows, indicators=_known(found), count=len(found))


def _known(found: Iterable[Mapping[str, Any]]) -> tuple[Indicator, ...]:
    """Those indicators of ours that the rows speak of."""
    spoken = {one["indicator"] for one in found}
    return tuple(indicator for code, indicator in INDICATORS.items() if code in spoken)


def _target(lang: Language, one: Mapping[str, Any]) -> dict[str, Cell]:
    reached = one["reached"]
    share = (
        round(reached["numerator"] / reached["denominator"], 4)
        if reached and reached["denominator"]
        else None
    )
    return {
        **{key: one[key] for key in ("scheme", "indicator", "scope", "of", "source", "position")},
        "indicator_name": indicator_name(lang, one["indicator"]),
        **edged_count("target", one["value"]),
        "target_share": round(float(one["percent"]) / 100, 4) if one["percent"] else None,
        "since": day(one["since"]),
        "by": day(one["by"]),
        **edged("counted", one["counted"]),
        "reached": share,
        "met": say(lang, f"sheet.met.{one['met']}"),
    }


def _printed(lang: Language, one: Mapping[str, Any]) -> dict[str, Cell]:
    citation = one["citation"] or {}
    return {
        **{key: one[key] for key in ("position", "subject", "indicator", "note")},
        "indicator_name": indicator_name(lang, one["indicator"]),
        "as_of": day(one["as_of"]),
        **{
            name: cell
            for key in ("printed", "counted", "difference")
            for name, cell in edged(key, one[key]).items()
        },
        "defects": _details(one["defects"]),
        "warnings": _details(one["warnings"]),
        "source": citation.get("url") or citation.get("title"),
    }


def _details(found: Iterable[Mapping[str, Any]]) -> str | None:
    return "; ".join(one["detail"] for one in found) or None
