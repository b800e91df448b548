"""The clubs of a place as a table. Only those that a page shows become lines: of two thousand it shows fifty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from services.reporting.asking import Clocks
from services.reporting.dashboard.columns import COLUMN, counted
from services.reporting.dashboard.headline import why_links
from services.reporting.dashboard.league import League, Line, figure_of, in_order, order_of, vietnamese
from services.reporting.dashboard.view import View
from services.reporting.figures import Part, Sum
from services.reporting.indicators import INDICATORS, rests_on
from services.reporting.lists import believed
from services.reporting.memory import remembered
from services.reporting.tables import clubs
from shared.places import look_up

COLUMNS: Final = ("members", "meetings")
_ASKED: Final = 500  # Clubs looked up in one question.

Named = dict[str, tuple[str, str]]  # Name and commune of a club.


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of how many is shown, and where the others are."""

    total: int
    page: int = 1
    last: int = 1
    before: str | None = None
    after: str | None = None


def clubs_shown(
    connection: Connection,
    clocks: Clocks,
    view: View,
    scope: str,
    totals: dict[str, Sum],
    most: int | None = None,
) -> tuple[League, Paging]:
    """The clubs that were there on the day, with members and meetings of a year; `most` are the lines of a page."""
    rows: dict[str, dict[str, Part]] = {}
    for indicator in ("clubs", *COLUMNS):
        found, _ = counted(connection, clocks, COLUMN[indicator], "club", scope, view.scheme)
        rows[indicator] = {row.keys["club"]: row for row in found}
    there = [club for club, row in rows["clubs"].items() if row.sum.amounts]
    by, turned = order_of(COLUMNS, view.own.get("sort"), view.own.get("order"), "members")
    names = _named(connection, clocks, there) if by == "name" else {}  # Else of those shown: see below.

    def figure(club: str, indicator: str) -> Sum | None:
        return figure_of(indicator, rows[indicator].get(club), reported=True)

    def key(club: str) -> Any:
        return vietnamese(names.get(club, (club, ""))[0]) if by == "name" else club

    def anew() -> list[str]:
        return in_order(there, key, lambda club: figure(club, by), by, turned)

    if by == "name":
        ordered = anew()
    else:  # Thousands of clubs, and hardly ever does a report change their order.
        asked = ("order", scope, view.scheme, clocks.valid_at, clocks.least, by, turned)
        told_of = {"clubs", *rests_on(INDICATORS[by])}
        ordered = remembered(connection, asked, clocks.position, told_of, anew)
    first, paging = _page(view, len(ordered), most or len(ordered))
    shown = ordered[first : first + most] if most else ordered
    names = names or _named(connection, clocks, shown)
    lines = []
    for club in shown:
        name, note = names.get(club, (club, ""))
        # Of an old province a club may be there or not: its own figures would be other ones.
        of_its_own = None if view.scheme == "63" else f"club:{club}"
        figures = {indicator: figure(club, indicator) for indicator in COLUMNS}
        lines.append(Line(club, name, figures, note, view.link(f"/clubs/{club}"), of_its_own))
    return League(lines, [], totals, COLUMNS, by, turned, why_links(view, clocks, COLUMNS)), paging


def _page(view: View, total: int, most: int) -> tuple[int, Paging]:
    """The first line of the page that is asked for, and the pages around it."""
    asked = view.own.get("page", "1")
    last = max(1, -(-total // max(1, most)))
    page = min(max(int(asked), 1), last) if asked.isdigit() and len(asked) < 6 else 1
    before = view.here(page=page - 1) if page > 1 else None
    after = view.here(page=page + 1) if page < last else None
    return (page - 1) * most, Paging(total, page, last, before, after)


def _named(connection: Connection, clocks: Clocks, ids: Sequence[str]) -> Named:
    """Name and commune of clubs, as believed at the position."""
    columns = [clubs.c[name] for name in ("subject", "name", "commune_now", "village", "as_written")]
    found = {}
    for start in range(0, len(ids), _ASKED):
        some = clubs.c.subject.in_(ids[start : start + _ASKED])
        for row in connection.execute(select(*columns).where(believed(clubs, clocks.position), some)):
            commune = look_up("2025-07", row.commune_now) if row.commune_now else None
            place = f"{commune.type} {commune.name}" if commune else row.village or row.as_written or ""
            found[row.subject] = (row.name, place)
    return found
