"""What a province has reported and vouched for: the meetings of the last whole month, and its sign-offs.

A part of the province's page that is asked for by itself: it looks at each club and each signed figure.
"""

from collections import Counter
from typing import Any

from sqlalchemy import Connection

from services.reporting.asking import Clocks
from services.reporting.completeness import in_province
from services.reporting.dashboard.club import SIGNS
from services.reporting.dashboard.province import province_of
from services.reporting.dashboard.view import View
from services.reporting.how_complete import last_month
from services.reporting.periods import day_before
from services.reporting.signing_saying import signing_facts
from shared.calendar import RECEIVED, State
from shared.places import Province


def reports_facts(connection: Connection, clocks: Clocks, view: View, code: str) -> dict[str, Any]:
    """Everything the part shows. Raises `NotFound` for a code that the map does not have."""
    province = province_of(view, code)
    return {
        "province": province,
        "became": _became(connection, clocks, province),
        "signs": SIGNS,
        **signing_facts(connection, clocks, view.lang, province.now),
    }


def _became(connection: Connection, clocks: Clocks, province: Province) -> dict[str, Any] | None:
    """Of the meetings due in the last month that is over, how many were told of; counts, no club by name."""
    first, last = last_month(day_before(clocks.valid_at))
    if province.list == "pre-2025":
        return None
    found = in_province(connection, clocks, province.code, first, last)
    states = Counter(one.state for club in found for one in club.became(clocks.valid_at))
    expected = sum(states.values())
    if not expected:
        return None
    return {
        "month": f"{first:%Y-%m}",
        "expected": expected,
        "received": sum(states[state] for state in RECEIVED),
        "states": [(state, states[state]) for state in State if states[state]],
    }
