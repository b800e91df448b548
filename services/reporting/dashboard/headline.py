"""The figures at the top of a page: each with its trend and what it was a year before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard.columns import column_of
from services.reporting.dashboard.league import told
from services.reporting.dashboard.trends import Trend, has_trend, trend
from services.reporting.dashboard.view import View, end_of
from services.reporting.figures import Sum
from services.reporting.periods import months_after
from shared.clock import day_in_viet_nam
from shared.texts import number, say


@dataclass(frozen=True, slots=True)
class Headline:
    """One figure: of what, how many (None: nobody told), how it went; where it is told why it changed, what it is."""

    indicator: str
    sum: Sum | None
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
            found_of = trend(connection, clocks, indicator, scope, view.scheme)
            curve = found_of if any(found_of.values) else None  # A line along the floor says nothing.
        found.append(
            Headline(
                indicator,
                told(indicator, total),
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
    """Where it is told why a figure changed of late."""
    return f"{why_links(view, clocks, [indicator])[indicator]}{quote(scope)}"


def why_links(view: View, clocks: Clocks, indicators: Iterable[str], ever: bool = False) -> dict[str, str]:
    """The same address for any place: its scope is yet to be written behind it. It asks for the very figure that is
    shown: the same days, the same map. `ever`: of a flow, all that happened up to the day."""
    since = _of_late(clocks).isoformat()
    # The page has two moments of knowledge of its own, and names its days.
    there = view.at(known_at=None, valid_at=None)
    return {
        one: there.link(
            "/figures/why",
            indicator=one,
            from_known=since,
            to_known=clocks.position,
            **{"from": None if ever else column_of(one).start(clocks.valid_at), "to": clocks.valid_at},
        )
        + "&scope="
        for one in indicators
    }


def _of_late(clocks: Clocks) -> datetime:
    """Since when a change is asked about: of a day that is past since that day was over, of today since a month."""
    known_on = day_in_viet_nam(clocks.known_at) if clocks.known_at else clocks.valid_at
    if clocks.valid_at < known_on:
        return end_of(clocks.valid_at)
    return end_of(months_after(known_on, -1))
