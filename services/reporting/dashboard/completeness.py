"""How complete the figures are: of the meetings due in a month, province by province, how many were told of.

A page of its own, whose table the page of the nation fetches: it looks at every club.
"""

from typing import Any

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.dashboard.club import SIGNS
from services.reporting.dashboard.view import View
from services.reporting.how_complete import Became, by_province, last_month
from services.reporting.periods import day_before
from shared.calendar import State
from shared.periods import period
from shared.places import provinces
from shared.problems import BadQuestion, Fault


def completeness_facts(connection: Connection, clocks: Clocks, view: View) -> dict[str, Any]:
    """Everything the page shows. Raises `BadQuestion` for a month that there is none of."""
    month = view.own.get("month")
    first, last = last_month(day_before(clocks.valid_at)) if month is None else _month(month)
    found = by_province(connection, clocks.position, first, last)
    whole = Became()
    for one in found.values():
        whole.states.update(one.states)
    return {
        "month": f"{first:%Y-%m}",
        "lines": [
            (one.name, view.link(f"/provinces/{one.code}"), found.get(one.code)) for one in provinces("34")
        ],
        "whole": whole,
        "signs": SIGNS,
        "states": State,
    }


def _month(text: str) -> Any:
    try:
        found = period(text)
    except ValueError:
        raise BadQuestion(faults=(Fault("/query/month", "wrong-form"),)) from None
    return found.first, found.last
