"""What we count beside a target or a printed figure: the same scope, the same day, the map of their time."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.figures import figures
from services.reporting.indicators import INDICATORS
from services.reporting.question import Question
from services.reporting.targets import Aim, Counted
from shared.places import LIST_OF, Scheme
from shared.values import Range
from shared.values import when as read_when

_SCHEME_OF: Final[dict[str, Scheme]] = {place_list: scheme for scheme, place_list in LIST_OF.items()}


def towards(connection: Connection, position: int, day: date, aim: Aim) -> Counted | None:
    """What is counted towards a target by a day, or by its last one; None where we count no such thing, or not for so
    small a place."""
    if aim.place is not None and any(aim.place.get(name) for name in ("district", "commune", "village")):
        return None
    scope = "programme" if aim.scope == "nation" else aim.scope
    since = read_when(aim.since).first if aim.since else date.min
    if aim.by:  # What happens after the last day of a target is not done towards it.
        day = min(day, read_when(aim.by).last)
    if (value := _count(connection, position, aim.indicator, scope, since, day)) is None:
        return None
    return Counted(value, _count(connection, position, aim.of, scope, since, day) if aim.of else None)


def printed(connection: Connection, position: int, row: Mapping[str, Any]) -> Range | None:
    """What we count for a printed figure; None without a day, for flows, and for places finer than a commune."""
    known = INDICATORS.get(row["indicator"])
    place = row["place"] or {}
    too_fine = place.get("village") or (place.get("district") and not place.get("commune"))
    if row["as_of"] is None or known is None or known.kind == "flow" or too_fine:
        return None
    day = read_when(row["as_of"]).last
    if code := place.get("commune"):
        return _figure(connection, position, known.code, f"commune:{code}", place["list"], date.min, day)
    return _count(connection, position, known.code, row["subject"], date.min, day)


def _count(
    connection: Connection, position: int, indicator: str, subject: str, since: date, day: date
) -> Range | None:
    """An indicator of ours; None if it is none."""
    nation = subject == "programme"
    _, place_list, code = ("", "2025-07", "") if nation else subject.split(":")
    if indicator not in INDICATORS:
        return None
    scope = "nation" if nation else f"province:{code}"
    return _figure(connection, position, indicator, scope, place_list, since, day)


def _figure(
    connection: Connection, position: int, indicator: str, scope: str, place_list: str, since: date, day: date
) -> Range:
    # As the national page asks: one answer serves both, and the total is the same however it is split.
    by = "province" if scope == "nation" else "nation"
    start = since if INDICATORS[indicator].kind == "flow" else date.min
    asked = _question(indicator, (by,), position, scope, _SCHEME_OF[place_list], start, day)
    return figures(connection, asked)[1].range


def _question(
    indicator: str, by: Any, position: int, scope: str, scheme: Scheme, since: date, day: date
) -> Question:
    return Question(INDICATORS[indicator], by, min(since, day), day, scope, scheme, position)
