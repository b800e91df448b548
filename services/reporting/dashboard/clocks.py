"""The two clocks of a page: where they stand, from when they can be set, and where the same page stays for ever."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from services.reporting.asking import Clocks
from services.reporting.dashboard.view import View
from services.reporting.figures import RULES
from services.reporting.memory import remembered
from services.reporting.tables import effects, heard
from shared.clock import day_in_viet_nam
from shared.texts import moment


def clock_facts(connection: Connection, clocks: Clocks, view: View, now: datetime) -> dict[str, Any]:
    """What the header, the banner and the footer of every page tell."""
    today = day_in_viet_nam(now)
    known_from, valid_from = remembered(
        connection, "the first days", clocks.position, {"clubs"}, lambda: _first_days(connection)
    )
    known_on = day_in_viet_nam(clocks.known_at) if clocks.known_at else today
    return {
        "clock": {
            "position": clocks.position,
            "known_at": moment(view.lang, clocks.known_at) if clocks.known_at else None,
            "known_on": today if view.known_at is None else _known_on(view, known_on),
            "valid_at": clocks.valid_at,
            "today": today,
            "known_from": known_from or today,
            "valid_from": valid_from or today,
            "rules": RULES,
            "permalink": view.at(known_at=str(clocks.position), valid_at=clocks.valid_at).here(),
        }
    }


def _first_days(connection: Connection) -> list[date | None]:
    """The day of the first report, and the first day of a club."""
    founded = effects.c.indicator == "clubs"
    recorded = connection.scalar(select(heard.c.recorded_at).order_by(heard.c.position).limit(1))
    day = connection.scalar(
        select(func.min(effects.c.last_day)).where(founded, effects.c.last_day > date.min.isoformat())
    )
    return [day_in_viet_nam(recorded) if recorded else None, date.fromisoformat(day) if day else None]


def _known_on(view: View, recorded: date) -> date:
    """The day the reader asked for; of a position or a moment the day it was recorded."""
    try:
        return date.fromisoformat(view.known_at or "")
    except ValueError:
        return recorded
