"""The two clocks of a page: where they stand, from when they can be set, and where the same page stays for ever."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from services.reporting.asking import Clocks
from services.reporting.dashboard.view import View
from services.reporting.figures import RULES
from services.reporting.tables import effects, heard
from shared.clock import day_in_viet_nam
from shared.texts import moment


def clock_facts(connection: Connection, clocks: Clocks, view: View, now: datetime) -> dict[str, Any]:
    """What the header, the banner and the footer of every page tell."""
    today = day_in_viet_nam(now)
    founded = effects.c.indicator == "clubs"
    first_recorded = connection.scalar(select(heard.c.recorded_at).order_by(heard.c.position).limit(1))
    first_day = connection.scalar(
        select(func.min(effects.c.last_day)).where(founded, effects.c.last_day > date.min.isoformat())
    )
    known_on = day_in_viet_nam(clocks.known_at) if clocks.known_at else today
    return {
        "clock": {
            "position": clocks.position,
            "known_at": moment(view.lang, clocks.known_at) if clocks.known_at else None,
            "known_on": today if view.known_at is None else _known_on(view, known_on),
            "valid_at": clocks.valid_at,
            "today": today,
            "known_from": day_in_viet_nam(first_recorded) if first_recorded else today,
            "valid_from": date.fromisoformat(first_day) if first_day else today,
            "rules": RULES,
            "permalink": view.at(known_at=str(clocks.position), valid_at=clocks.valid_at).here(),
        }
    }


def _known_on(view: View, recorded: date) -> date:
    """The day the reader asked for; of a position or a moment the day it was recorded."""
    try:
        return date.fromisoformat(view.known_at or "")
    except ValueError:
        return recorded
