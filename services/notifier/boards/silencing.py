"""The page of silences: those in force, and the form for another."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection, select

from services.notifier.boards import saying
from services.notifier.boards.alerts import provinces_of, silences_seen
from services.notifier.boards.forms import Fields, Mistaken, Wrong, one, wrong_in
from services.notifier.boards.reader import Reader
from services.notifier.boards.view import View
from services.notifier.rules.catalogue import RULES
from services.notifier.silences import SilenceAsked
from services.notifier.tables import alerts
from shared.clock import VIET_NAM, day_in_viet_nam

NAMES: Final = ("rule", "province", "club", "reason", "ends_on")
LONGEST_DAYS: Final = 365

Shown = dict[str, Any]


def page_facts(
    connection: Connection, view: View, reader: Reader, now: datetime, typed: Mapping[str, str], wrong: Wrong
) -> Shown:
    """The silences in force, and a form: as it was typed, or with what the address says of it."""
    rules = {*RULES, *connection.scalars(select(alerts.c.rule).distinct())}
    today = day_in_viet_nam(now)
    return {
        "silences": silences_seen(connection, reader, now),
        "rules": sorted((saying.rule_name(view.lang, rule), rule) for rule in rules),
        "provinces": provinces_of(reader),
        "typed": {name: typed.get(name, "") for name in NAMES},
        "wrong": wrong,
        "days": (today.isoformat(), (today + timedelta(days=LONGEST_DAYS)).isoformat()),
    }


def asked_of(fields: Fields, now: datetime) -> SilenceAsked:
    """The silence a form asks for, until the end of its last day. Raises `Mistaken`."""
    asked = {name: one(fields, name) or None for name in ("rule", "province", "club", "reason")}
    ends_on, today = _day(one(fields, "ends_on")), day_in_viet_nam(now)
    wrong: Wrong = {}
    if not any(asked[name] for name in ("rule", "province", "club")):
        wrong["rule"] = ["names-nothing"]
    if asked["reason"] is None:
        wrong["reason"] = ["missing"]
    if ends_on is None or not today <= ends_on <= today + timedelta(days=LONGEST_DAYS):
        wrong["ends_on"] = ["not-within-a-year"]
    if wrong or ends_on is None:
        raise Mistaken(wrong)
    ends_at = datetime(ends_on.year, ends_on.month, ends_on.day, 23, 59, 59, tzinfo=VIET_NAM)
    try:
        return SilenceAsked.model_validate(asked | {"ends_at": ends_at})
    except ValidationError as error:
        raise Mistaken(wrong_in(error)) from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
