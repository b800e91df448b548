"""What we count beside a target or a printed figure: the same scope, the same day, the map of their time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS
from services.reporting.question import By, Question
from services.reporting.targets import Aim, Counted
from shared.places import LIST_OF, Scheme
from shared.values import Range
from shared.values import when as read_when

_SCHEME_OF: Final[dict[str, Scheme]] = {place_list: scheme for scheme, place_list in LIST_OF.items()}


def towards(connection: Connection, clocks: Clocks, aim: Aim) -> Counted | None:
    """What is counted towards a target by a day, or by its last one; None where we count no such thing, or not for so
    small a place, or where the reader is not told so few people apart."""
    if aim.place is not None and any(aim.place.get(name) for name in ("district", "commune", "village")):
        return None
    scope = "programme" if aim.scope == "nation" else aim.scope
    since = read_when(aim.since).first if aim.since else date.min
    if aim.by:  # What happens after the last day of a target is not done towards it.
        clocks = replace(clocks, valid_at=min(clocks.valid_at, read_when(aim.by).last))
    if (value := _count(connection, clocks, aim.indicator, scope, since)) is None:
        return None
    return Counted(value, _count(connection, clocks, aim.of, scope, since) if aim.of else None)


def printed(connection: Connection, clocks: Clocks, row: Mapping[str, Any]) -> Range | None:
    """What we count for a printed figure; None without a day, for flows, for places finer than a commune, and where the
    reader is not told so few people apart."""
    known = INDICATORS.get(row["indicator"])
    place = row["place"] or {}
    too_fine = place.get("village") or (place.get("district") and not place.get("commune"))
    if row["as_of"] is None or known is None or known.kind == "flow" or too_fine:
        return None
    then = replace(clocks, valid_at=read_when(row["as_of"]).last)
    if code := place.get("commune"):
        return _figure(connection, then, known.code, f"commune:{code}", place["list"], date.min)
    return _count(connection, then, known.code, row["subject"], date.min)


def _count(connection: Connection, clocks: Clocks, indicator: str, subject: str, since: date) -> Range | None:
    """An indicator of ours; None if it is none."""
    nation = subject == "programme"
    _, place_list, code = ("", "2025-07", "") if nation else subject.split(":")
    if indicator not in INDICATORS:
        return None
    scope = "nation" if nation else f"province:{code}"
    return _figure(connection, clocks, indicator, scope, place_list, since)


def _figure(
    connection: Connection, clocks: Clocks, indicator: str, scope: str, place_list: str, since: date
) -> Range | None:
    # As the national page asks: one answer serves both, and the total is the same however it is split.
    by: By = "province" if scope == "nation" else "nation"
    start = since if INDICATORS[indicator].kind == "flow" else date.min
    asked = Question(
        INDICATORS[indicator],
        (by,),
        start=min(start, clocks.valid_at),
        end=clocks.valid_at,
        scope=scope,
        scheme=_SCHEME_OF[place_list],
        position=clocks.position,
        least=clocks.least,
    )
    found = figures(connection, asked)[1]
    return None if found.below else found.range
