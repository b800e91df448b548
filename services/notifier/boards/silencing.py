"""The page of silences: those in force, and the form for another."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from services.notifier.boards import saying
from services.notifier.boards.alerts import _choices as provinces_of
from services.notifier.boards.forms import Fields, Mistaken, Wrong, one
from services.notifier.boards.reader import Reader
from services.notifier.boards.view import View
from services.notifier.silences import Silence, lift, silence, standing
from services.notifier.tables import alerts, silences
from shared.clock import VIET_NAM, day_in_viet_nam
from shared.problems import CannotDo, NotFound

NAMES: Final = ("rule", "province", "club", "reason", "ends_on")
LONGEST_DAYS: Final = 366
REASON_LIMIT: Final = 500

Shown = dict[str, Any]


def page_facts(
    connection: Connection, view: View, reader: Reader, now: datetime, typed: Mapping[str, str], wrong: Wrong
) -> Shown:
    """The silences in force, and a form: as it was typed, or with what the address says of it."""
    rules = connection.scalars(select(alerts.c.rule).distinct().order_by(alerts.c.rule))
    rows = standing(connection, now, reader.provinces)
    return {
        "silences": [row | {"mine": reader.acts_on(row["province"])} for row in rows],
        "rules": [(rule, saying.rule_name(view.lang, rule)) for rule in rules],
        "provinces": provinces_of(reader),
        "typed": {name: typed.get(name, "") for name in NAMES},
        "wrong": wrong,
        "first_day": day_in_viet_nam(now).isoformat(),
    }


def made(transaction: Connection, reader: Reader, fields: Fields, now: datetime) -> int:
    """Write down the silence a form asks for. Raises `Mistaken`, `RoleNotEnough` or `OutsideYourScope`."""
    asked = asked_of(fields, day_in_viet_nam(now))
    reader.check_acts_on(asked.province)
    return silence(transaction, asked, str(reader.name), now)


def asked_of(fields: Fields, today: date) -> Silence:
    """The silence a form asks for. Raises `Mistaken`."""
    rule, province, club = (one(fields, name) or None for name in ("rule", "province", "club"))
    reason, ends_on = one(fields, "reason"), _day(one(fields, "ends_on"))
    wrong: Wrong = {}
    if rule is None and province is None and club is None:
        wrong["rule"] = ["missing"]
    if not reason:
        wrong["reason"] = ["missing"]
    elif len(reason) > REASON_LIMIT:
        wrong["reason"] = ["too-long"]
    if ends_on is None:
        wrong["ends_on"] = ["not-a-date"]
    elif not today <= ends_on <= today + timedelta(days=LONGEST_DAYS):
        wrong["ends_on"] = ["not-within-a-year"]
    if wrong or ends_on is None:
        raise Mistaken(wrong)
    ends_at = datetime(ends_on.year, ends_on.month, ends_on.day, tzinfo=VIET_NAM) + timedelta(days=1)
    return Silence(rule, province, club, reason, ends_at)


def lifted(transaction: Connection, reader: Reader, id: int, now: datetime) -> None:
    """End a silence now. Raises `NotFound`, `CannotDo` if it has ended, `RoleNotEnough` or `OutsideYourScope`."""
    row = transaction.execute(select(silences).where(silences.c.id == id)).first()
    if row is None:
        raise NotFound
    reader.check_acts_on(row.province)
    if not lift(transaction, id, str(reader.name), now):
        raise CannotDo


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
