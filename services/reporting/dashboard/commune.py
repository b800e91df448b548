"""The page of one commune, present or old: its clubs, and what it was made of or became."""

from typing import Any

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard.clubs import clubs_shown
from services.reporting.dashboard.columns import COLUMN, counted
from services.reporting.dashboard.headline import curves_of, headlines
from services.reporting.dashboard.pictures import months_chart, sparklines
from services.reporting.dashboard.province import BY_COMMUNE
from services.reporting.dashboard.view import View
from shared.places import LIST_OF, Found, look_up
from shared.problems import NotFound


def commune_facts(
    connection: Connection, clocks: Clocks, view: View, code: str, clubs_open: bool
) -> dict[str, Any]:
    """Everything the page shows. Raises `NotFound` for a code that the map does not have."""
    found = look_up(LIST_OF.get(view.scheme, "pre-2025"), code)
    if found is None or found.kind != "commune":
        raise NotFound
    scope = f"commune:{code}"
    totals = {
        indicator: counted(connection, clocks, COLUMN[indicator], "nation", scope, view.scheme)[1]
        for indicator in BY_COMMUNE
    }
    heads = headlines(connection, clocks, view, totals, scope, ("clubs", "members", "meetings"))
    return {
        "commune": found,
        "heads": heads,
        "sparks": sparklines(heads, view),
        "was": [one for old in found.predecessors if (one := look_up("pre-2025", old)) is not None],
        "became": _became(found),
        "clubs": clubs_shown(connection, clocks, view, scope, totals)[0] if clubs_open else None,
        "meetings": months_chart(view, "meetings", curves_of(heads)["meetings"]),
    }


def _became(found: Found) -> list[Found]:
    """The present communes that took over an old one."""
    now = [look_up("2025-07", successor.code) for successor in found.successors]
    return [one for one in now if one is not None]
