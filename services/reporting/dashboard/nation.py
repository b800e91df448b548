"""The page of the nation: headline figures, map, provinces, trends, and what is told beside them."""

from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard import told
from services.reporting.dashboard.columns import COLUMN, COLUMNS, counted
from services.reporting.dashboard.headline import curves_of, headlines, why_links
from services.reporting.dashboard.league import Line, figures_of, league
from services.reporting.dashboard.pictures import months_chart, provinces_pictures, sparklines
from services.reporting.dashboard.view import View
from services.reporting.figures import Part, Sum
from shared.places import LIST_OF, PROVINCES, province_name, provinces

TRAININGS: Final = 8
EVENTS: Final = 12
PRINTED: Final = 3
SHOWN: Final = tuple(column.indicator for column in COLUMNS)
CURVES: Final = ("clubs", "members", "new_clubs", "meetings")


def nation_facts(connection: Connection, clocks: Clocks, view: View, clubs_open: bool) -> dict[str, Any]:
    """Everything the page shows. Each figure is asked for by province once; the nation is the total."""
    by_province, totals = by_place(connection, clocks, view)
    shown = view.own.get("show", SHOWN[0])
    shown = shown if shown in SHOWN else SHOWN[0]
    lines = place_lines(by_province, view)
    whys = why_links(view, clocks, SHOWN)
    table = league(lines, totals, SHOWN, view.own.get("sort"), view.own.get("order"), shown, whys)
    heads = headlines(connection, clocks, view, totals, "nation", CURVES)
    trainings, trainings_total = told.trainings(connection, clocks, view.lang, TRAININGS)
    return {
        "heads": heads,
        "sparks": sparklines(heads, view),
        "table": table,
        "shown": shown,
        "since": COLUMN[shown].start(clocks.valid_at),
        "indicators": SHOWN,
        "pictures": provinces_pictures(table, shown, view),
        "meetings": months_chart(view, "meetings", curves_of(heads)["meetings"]),
        "uncertain": [one for one in SHOWN if totals[one].uncertain],
        "targets": told.targets(connection, clocks, view.lang),
        "printed": told.printed(
            connection, clocks, view.lang, PRINTED, indicator="clubs", subject="programme"
        ),
        "trainings": trainings,
        "trainings_total": trainings_total,
        "events": told.newest(connection, clocks, view, EVENTS) if clubs_open else [],
    }


def by_place(
    connection: Connection, clocks: Clocks, view: View, scope: str = "nation", by: str = "province"
) -> tuple[dict[str, dict[str, Part]], dict[str, Sum]]:
    """Every column's rows by their keys, and its total."""
    rows, totals = {}, {}
    for column in COLUMNS:
        found, totals[column.indicator] = counted(connection, clocks, column, by, scope, view.scheme)
        rows[column.indicator] = {repr(row.keys): row for row in found}
    return rows, totals


def place_lines(columns: dict[str, dict[str, Part]], view: View) -> list[Line]:
    """A line for every province of the map, and one for all that could not be placed on it."""
    keys = {key: row.keys for rows in columns.values() for key, row in rows.items()}
    if view.scheme != "as-recorded":
        for province in provinces(view.scheme):
            here = {"province": province.code, "name": province.name}
            keys.setdefault(repr(here), here)
    lines = []
    for key, where in keys.items():
        rows = {indicator: found.get(key) for indicator, found in columns.items()}
        lines.append(_line(where, figures_of(rows, any(rows.values())), view))
    return lines


def _line(keys: Any, figures: Any, view: View) -> Line:
    if (unplaced := keys.get("unplaced")) is not None:
        may_be = ", ".join(province_name("pre-2025", code) for code in unplaced["candidates"])
        return Line(None, province_name(unplaced["list"], unplaced["province"]), figures, may_be)
    place_list = keys.get("list") or LIST_OF[view.scheme]
    scheme = "63" if place_list == "pre-2025" else "34"
    link = view.at(scheme=scheme).link(f"/provinces/{keys['province']}")
    note = place_list if view.scheme == "as-recorded" else ""
    scope = f"province:{note}:{keys['province']}" if note else f"province:{keys['province']}"
    return Line(keys["province"], PROVINCES[place_list, keys["province"]].name, figures, note, link, scope)
