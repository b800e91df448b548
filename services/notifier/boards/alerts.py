"""Facts of the pages about alerts: what is open, by rule, and the life of one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from services.notifier.boards import saying
from services.notifier.boards.reader import Reader
from services.notifier.boards.view import View
from services.notifier.rules.catalogue import order_of
from services.notifier.silences import province_of, silences_at
from services.notifier.tables import alert_history, alerts, entries, letters, offices
from shared.places import provinces
from shared.problems import NotFound, OutsideYourScope
from shared.values import whole as read_whole

OPEN: Final = ("firing", "acknowledged")
STATES: Final = ("open", "firing", "acknowledged", "resolved")
FILTERS: Final = ("state", "province", "rule")  # Kept when a line of the list is acknowledged.
FEW: Final = 10  # Of each rule, where all rules are shown.
PAGE: Final = 100  # Where one rule is.

Shown = dict[str, Any]


def list_facts(connection: Connection, view: View, reader: Reader, now: datetime) -> Shown:
    """Alerts by rule, the most urgent first; of each rule the newest, or all of them page by page."""
    wanted = _wanted(view.own, reader)
    rule, before = view.own.get("rule"), view.own.get("before", "")
    counts = select(alerts.c.rule, func.count()).where(*wanted).group_by(alerts.c.rule)
    found: dict[str, int] = {row[0]: row[1] for row in connection.execute(counts)}
    by_urgency = sorted(found, key=lambda one: (order_of(one), one))
    names = [rule] if rule else by_urgency
    groups = [
        _group(connection, view, reader, name, found.get(name, 0), wanted, bool(rule), before)
        for name in names
    ]
    return {
        "mine": [name for code, name in provinces_of(reader)] if reader.provinces else [],
        "groups": [group for group in groups if group["alerts"]],
        "rules": by_urgency,
        "rule": rule,
        "state": _state(view.own),
        "states": STATES,
        "chosen": view.own.get("province"),
        "provinces": provinces_of(reader),
        "kept": {name: value for name in FILTERS if (value := view.own.get(name))},
        "silences": len(silences_seen(connection, reader, now)),
    }


def one_facts(connection: Connection, view: View, reader: Reader, id: int, dashboard: str) -> Shown:
    """An alert, its life, its causes, and who was told. Raises `NotFound`, or `OutsideYourScope`."""
    row = connection.execute(select(alerts).where(alerts.c.id == id)).first()
    if row is None:
        raise NotFound
    if not _reads(reader, row.province_now):
        raise OutsideYourScope
    happened = select(alert_history).where(alert_history.c.alert_key == row.key).order_by(alert_history.c.id)
    return {
        "alert": alert_in_words(view, reader, row._asdict()),
        "means": saying.rule_meaning(view.lang, row.rule),
        "advice": saying.advice(view.lang, row.rule, row.facts),
        "history": [one._asdict() for one in connection.execute(happened)],
        "told": told(connection, [row.key]) if reader.reads_letters else [],
        "causes": [cause_link(dashboard, view, row._asdict(), at) for at in row.causes],
    }


def told(connection: Connection, keys: Sequence[str]) -> list[Shown]:
    """Which offices were to be told of alerts, and the letter or the reason why there is none."""
    query = (
        select(entries, offices.c.name, letters.c.id.label("letter_id"), letters.c.state, letters.c.sent_at)
        .outerjoin(letters, letters.c.told == entries.c.letter)
        .outerjoin(offices, offices.c.id == entries.c.office)
        .where(entries.c.alert_key.in_(keys))
        .order_by(entries.c.id)
    )
    return [row._asdict() for row in connection.execute(query)]


def alert_in_words(view: View, reader: Reader, row: Mapping[str, Any]) -> Shown:
    """An alert as a page shows it."""
    return {
        **row,
        "words": saying.sentence(view.lang, row),
        "open": row["state"] in OPEN,
        "mine": reader.acts_on(row["province_now"]),
    }


def silences_seen(connection: Connection, reader: Reader, now: datetime) -> list[Shown]:
    """The silences in force of the reader's provinces and of the whole nation, those that end first before others."""
    found = []
    for row in silences_at(connection, now):
        province = row.province or province_of(connection, row.club)
        if province is None or _reads(reader, province):
            found.append(row._asdict() | {"mine": reader.acts_on(province)})
    return sorted(found, key=lambda row: row["ends_at"])


def cause_link(dashboard: str, view: View, alert: Mapping[str, Any], position: int) -> Shown:
    """Where the dashboard shows a cause: the club, or the province, as it was known right after that report."""
    whole = ":" in alert["subject"] or alert["rule"].startswith("training_")
    path = f"provinces/{alert['province_now']}" if whole else f"clubs/{alert['subject']}"
    lang = "&lang=en" if view.lang == "en" else ""
    return {"position": position, "href": f"{dashboard}/{path}?known_at={position}{lang}"}


def _reads(reader: Reader, province: str) -> bool:
    return reader.provinces is None or province in reader.provinces


def _wanted(asked: Mapping[str, str], reader: Reader) -> list[ColumnElement[bool]]:
    state, wanted = _state(asked), []
    wanted.append(alerts.c.state.in_(OPEN) if state == "open" else alerts.c.state == state)
    if reader.provinces is not None:
        wanted.append(alerts.c.province_now.in_(reader.provinces))
    if code := asked.get("province"):
        wanted.append(alerts.c.province_now == code)
    return wanted


def _state(asked: Mapping[str, str]) -> str:
    return asked["state"] if asked.get("state") in STATES else "open"


def _group(
    connection: Connection,
    view: View,
    reader: Reader,
    rule: str,
    count: int,
    wanted: Sequence[ColumnElement[bool]],
    whole: bool,
    before: str,
) -> Shown:
    query = select(alerts).where(alerts.c.rule == rule, *wanted).order_by(alerts.c.id.desc())
    if whole and (last := read_whole(before)) is not None:
        query = query.where(alerts.c.id < last)
    rows = [row._asdict() for row in connection.execute(query.limit(PAGE if whole else FEW))]
    following = rows[-1]["id"] if whole and len(rows) == PAGE else None
    return {
        "rule": rule,
        "count": count,
        "means": saying.rule_meaning(view.lang, rule),
        "alerts": [alert_in_words(view, reader, row) for row in rows],
        "more": not whole and count > len(rows),
        "following": following,
    }


def provinces_of(reader: Reader) -> list[tuple[str, str]]:
    """The provinces a reader may choose from: code and name."""
    mine = reader.provinces
    return [(one.code, one.name) for one in provinces("34") if mine is None or one.code in mine]
