"""The page of one province, of today's map or of the old one, as its board would print it."""

from typing import Any, Final

from sqlalchemy import Connection

from services.reporting.asking import Clocks, read_question
from services.reporting.dashboard import told
from services.reporting.dashboard.clubs import clubs_shown
from services.reporting.dashboard.columns import COLUMN, counted
from services.reporting.dashboard.headline import curves_of, headlines, why_links
from services.reporting.dashboard.league import Line, figures_of, league
from services.reporting.dashboard.pictures import months_chart, sparklines
from services.reporting.dashboard.view import View
from services.reporting.figures import Part, Sum, figures
from shared.places import LIST_OF, PROVINCES, Province, look_up
from shared.problems import NotFound

BY_COMMUNE: Final = ("clubs", "members", "meetings")
WHOLE: Final = ("communes_with_club", "new_clubs", "trainings", "delegates")
CURVES: Final = ("clubs", "members", "new_clubs", "meetings")
TRAININGS: Final = 6
PRINTED: Final = 5
CLUBS: Final = 50


def province_facts(
    connection: Connection, clocks: Clocks, view: View, code: str, clubs_open: bool
) -> dict[str, Any]:
    """Everything the page shows. Raises `NotFound` for a code that the map does not have."""
    province = province_of(view, code)
    scope = f"province:{province.list}:{code}" if view.scheme == "as-recorded" else f"province:{code}"
    by = "district" if view.scheme != "34" else "commune"
    places, totals = _by_place(connection, clocks, view, scope, by)
    whole = {one: counted(connection, clocks, COLUMN[one], "nation", scope, view.scheme)[1] for one in WHOLE}
    heads = headlines(connection, clocks, view, totals | whole, scope, CURVES)
    trainings, trainings_total = told.trainings(connection, clocks, view.lang, TRAININGS, province)
    of_clubs, paging = (
        clubs_shown(connection, clocks, view, scope, totals, CLUBS) if clubs_open else (None, None)
    )
    return {
        "province": province,
        "was": [PROVINCES["pre-2025", old] for old in _was(province)],
        "now": PROVINCES["2025-07", province.now] if province.list == "pre-2025" else None,
        "heads": heads,
        "sparks": sparklines(heads, view),
        "places": league(
            places,
            totals,
            BY_COMMUNE,
            view.own.get("by"),
            view.own.get("turn"),
            whys=why_links(view, clocks, BY_COMMUNE),
        ),
        "scope": scope,
        "by": by,
        "clubs": of_clubs,
        "paging": paging,
        "meetings": months_chart(view, "meetings", curves_of(heads)["meetings"]),
        "growth": months_chart(view, "clubs", curves_of(heads)["clubs"]),
        "reports": view.link(f"/provinces/{code}/reports"),
        "targets": told.targets(connection, clocks, view.lang, province),
        "printed": told.printed(connection, clocks, view.lang, PRINTED, **_printed_of(province)),
        "trainings": trainings,
        "trainings_total": trainings_total,
    }


def province_of(view: View, code: str) -> Province:
    """The province a code means on the map of the view. Raises `NotFound`."""
    lists = LIST_OF.values() if view.scheme == "as-recorded" else [LIST_OF[view.scheme]]
    found = next((PROVINCES[one, code] for one in lists if (one, code) in PROVINCES), None)
    if found is None:
        raise NotFound
    return found


def _by_place(
    connection: Connection, clocks: Clocks, view: View, scope: str, by: str
) -> tuple[list[Line], dict[str, Sum]]:
    """Communes with clubs, or old districts; and the totals of the province."""
    columns: dict[str, dict[str | None, Part]] = {}
    totals: dict[str, Sum] = {}
    names: dict[str | None, str] = {}
    for indicator in BY_COMMUNE:
        column = COLUMN[indicator]
        question = read_question(
            indicator, [by], column.start(clocks.valid_at), None, scope, view.scheme, clocks
        )
        found, totals[indicator] = figures(connection, question)
        columns[indicator] = {row.keys[by]: row for row in found}
        names |= {row.keys[by]: row.keys[f"{by}_name"] or "" for row in found}
    lines = []
    for code, name in names.items():
        rows = {indicator: found_of.get(code) for indicator, found_of in columns.items()}
        link = view.link(f"/communes/{code}") if by == "commune" and code else None
        if any(row and row.sum.amounts for row in rows.values()):
            here = f"{by}:{code}" if code else None
            lines.append(Line(code, name or code or "", figures_of(rows, True), link=link, scope=here))
    return lines, totals


def _printed_of(province: Province) -> dict[str, str]:
    """Of a present province all figures of it and of what it was made of; of an old one its own."""
    return (
        {"province": province.now} if province.list == "2025-07" else {"subject": told.subject_of(province)}
    )


def _was(province: Province) -> list[str]:
    found = look_up(province.list, province.code)
    return list(found.predecessors) if found else []
