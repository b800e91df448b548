"""The figures at the top of a page: each with its trend and what it was a year before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard.trends import Trend, has_trend, trend
from services.reporting.dashboard.view import View, end_of
from services.reporting.figures import Sum
from services.reporting.periods import months_after
from shared.texts import number, say


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure: of what, how many, how it went, where to ask why it changed and what it counts."""

    indicator: str
    sum: Sum
    trend: Trend | None
    change: str | None
    why: str
    about: str


def headlines(
    connection: Connection,
    clocks: Clocks,
    view: View,
    totals: Mapping[str, Sum],
    scope: str,
    trends: tuple[str, ...],
) -> list[Headline]:
    """The totals as headlines, those named in `trends` with their curve."""
    found = []
    for indicator, total in totals.items():
        curve = None
        if indicator in trends and has_trend(indicator):
            curve = trend(connection, clocks, indicator, scope, view.scheme)
        found.append(
            Headline(
                indicator,
                total,
                curve,
                change_in_words(view, indicator, curve),
                why_link(view, clocks, indicator, scope),
                view.link(f"/indicators/{indicator}"),
            )
        )
    return found


def curves_of(heads: list[Headline]) -> dict[str, Trend | None]:
    """The curves that were asked for, to be drawn larger."""
    return {one.indicator: one.trend for one in heads}


def change_in_words(view: View, indicator: str, curve: Trend | None) -> str | None:
    """What a stock gained or lost in a year; of a flow the last month is not over, so nothing is said."""
    if curve is None or curve.change is None or indicator not in ("clubs", "members"):
        return None
    key = "more" if curve.change > 0 else "fewer" if curve.change < 0 else "same"
    return say(view.lang, f"change.{key}", n=number(view.lang, abs(curve.change)))


def why_link(view: View, clocks: Clocks, indicator: str, scope: str) -> str:
    """Where it is told why a figure changed since a month before."""
    since = end_of(months_after(clocks.valid_at, -1)).isoformat()
    asked: dict[str, Any] = {"indicator": indicator, "scope": scope, "from_known": since}
    # The page has two moments of knowledge of its own.
    return view.at(known_at=None).link("/figures/why", **asked, to_known=clocks.position)
