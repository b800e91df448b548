"""The pages of the indicators: what each counts and does not count, how it went, and where."""

from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard.columns import column_of, counted
from services.reporting.dashboard.headline import why_link, why_links
from services.reporting.dashboard.league import league
from services.reporting.dashboard.nation import place_lines
from services.reporting.dashboard.pictures import months_chart, provinces_pictures
from services.reporting.dashboard.trends import has_trend, trend
from services.reporting.dashboard.view import View
from services.reporting.indicators import INDICATORS
from shared.problems import NotFound
from shared.texts import knows

# What the indicators of a unit are about, in the order in which they are listed.
THEMES: Final = (
    "clubs", "communes", "provinces", "people", "percent", "meetings", "activities", "visits", "turns", "trainings",
    "loans", "VND",
)  # fmt: skip


def list_facts() -> dict[str, Any]:
    """All indicators that have a name, by theme."""
    known = [one for one in INDICATORS.values() if knows(f"indicator.{one.code}.name")]
    known.sort(key=lambda one: THEMES.index(one.unit))
    return {"themes": [(unit, list(some)) for unit, some in groupby(known, key=lambda one: one.unit)]}


def indicator_facts(connection: Connection, clocks: Clocks, view: View, code: str) -> dict[str, Any]:
    """Everything the page of one indicator shows. Raises `NotFound`."""
    if code not in INDICATORS or not knows(f"indicator.{code}.name"):
        raise NotFound
    column = column_of(code)
    rows, total = counted(connection, clocks, column, "province", "nation", view.scheme)
    lines = place_lines({code: {repr(row.keys): row for row in rows}}, view)
    order, whys = (view.own.get("sort"), view.own.get("order")), why_links(view, clocks, [code])
    table = league(lines, {code: total}, (code,), *order, code, whys)
    curve = trend(connection, clocks, code, "nation", view.scheme) if has_trend(code) else None
    return {
        "indicator": INDICATORS[code],
        "total": total,
        "table": table,
        "since": column.start(clocks.valid_at),
        "pictures": provinces_pictures(table, code, view),
        "chart": months_chart(view, code, curve),
        "why": why_link(view, clocks, code, "nation"),
    }
