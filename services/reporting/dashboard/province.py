"""The page of one province, of today's map or of the old one, as its board would print it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, select

from services.reporting.asking import Clocks, read_question
from services.reporting.dashboard import told
from services.reporting.dashboard.columns import COLUMN, counted
from services.reporting.dashboard.headline import curves_of, headlines, why_links
from services.reporting.dashboard.league import League, Line, figures_of, league
from services.reporting.dashboard.pictures import months_chart, sparklines
from services.reporting.dashboard.view import View
from services.reporting.figures import Part, Sum, figures
from services.reporting.lists import believed
from services.reporting.tables import clubs
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
    of_clubs = club_league(connection, clocks, view, scope, totals) if clubs_open else None
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
        "paging": _named_page(connection, clocks, view, of_clubs) if of_clubs else None,
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


def club_league(
    connection: Connection, clocks: Clocks, view: View, scope: str, totals: dict[str, Sum]
) -> League:
    """The clubs that were there on the day, with members and meetings of a year; named only if their names sort them:
    of a thousand clubs a page shows fifty (`with_names`)."""
    rows: dict[str, dict[str, Part]] = {}
    for indicator in BY_COMMUNE:
        found, _ = counted(connection, clocks, COLUMN[indicator], "club", scope, view.scheme)
        rows[indicator] = {row.keys["club"]: row for row in found}
    lines = []
    for club, row in rows["clubs"].items():
        if row.sum.amounts:
            told_of = {indicator: rows[indicator].get(club) for indicator in ("members", "meetings")}
            # Of an old province a club may be there or not: its own figures would be other ones.
            of_its_own = None if view.scheme == "63" else f"club:{club}"
            lines.append(Line(club, club, figures_of(told_of, True), scope=of_its_own))
    sort, order, columns = view.own.get("sort"), view.own.get("order"), ("members", "meetings")
    if sort == "name":
        lines = with_names(connection, clocks, view, lines)
    return league(lines, totals, columns, sort, order, "members", why_links(view, clocks, columns))


def with_names(connection: Connection, clocks: Clocks, view: View, lines: Sequence[Line]) -> list[Line]:
    """The lines with the names and communes of their clubs, as believed at the position, and links to them."""
    names = named(connection, clocks, [line.code for line in lines if line.code])
    return [
        replace(line, name=name, note=place, link=view.link(f"/clubs/{line.code}"))
        for line in lines
        for name, place in [names.get(line.code or "", (line.name, ""))]
    ]


def named(connection: Connection, clocks: Clocks, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Name and commune of clubs, as believed at the position."""
    columns = [clubs.c[name] for name in ("subject", "name", "commune_now", "village", "as_written")]
    found = {}
    for start in range(0, len(ids), 500):
        some = clubs.c.subject.in_(ids[start : start + 500])
        for row in connection.execute(select(*columns).where(believed(clubs, clocks.position), some)):
            commune = look_up("2025-07", row.commune_now) if row.commune_now else None
            place = f"{commune.type} {commune.name}" if commune else row.village or row.as_written or ""
            found[row.subject] = (row.name, place)
    return found


def paging(view: View, table: League) -> dict[str, Any]:
    """Which of the lines a page shows, and where the others are."""
    total = len(table.lines)
    asked = view.own.get("page", "1")
    last = max(1, -(-total // CLUBS))
    page = min(max(int(asked), 1), last) if asked.isdigit() and len(asked) < 6 else 1
    return {
        "lines": table.lines[(page - 1) * CLUBS : page * CLUBS],
        "page": page,
        "last": last,
        "total": total,
        "before": view.here(page=page - 1) if page > 1 else None,
        "after": view.here(page=page + 1) if page < last else None,
    }


def _named_page(connection: Connection, clocks: Clocks, view: View, table: League) -> dict[str, Any]:
    shown = paging(view, table)
    return shown | {"lines": with_names(connection, clocks, view, shown["lines"])}


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
