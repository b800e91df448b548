"""Alerts and the letters they cause, written in the transaction of their cause. No alert without its letters."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.notifier.rules import Notice
from services.notifier.tables import alert_history, alerts, entries, letters, marks, offices
from shared.clock import day_in_viet_nam
from shared.database import reads
from shared.report import sha256


class Outbox:
    """Writes alerts, and for each office concerned an entry and its letter. What was told before stays as it is."""

    def __init__(self, domain: str) -> None:
        self._domain = domain

    def notice(self, transaction: Connection, found: Sequence[Notice], now: datetime) -> None:
        """Tell of what happened, once."""
        day = day_in_viet_nam(now)
        self.fire(transaction, [_alert_row(notice, now, day) for notice in found], now, day)

    def fire(
        self, transaction: Connection, found: Sequence[dict[str, Any]], now: datetime, day: date
    ) -> None:
        """Write the alerts that are new. What was ended by a report now withdrawn goes on, and mails nobody."""
        if not found:
            return
        keys = [alert["key"] for alert in found]
        before = set(transaction.scalars(select(alerts.c.key).where(alerts.c.key.in_(keys))))
        _insert_new(transaction, alerts, [alert for alert in found if alert["key"] not in before])
        again = [alert["key"] for alert in found if alert["key"] in before and alert["condition"]]
        if again:
            firing = {"state": "firing", "resolved_at": None, "resolved_by": None}
            transaction.execute(update(alerts).where(alerts.c.key.in_(again)).values(firing))
        told = [{"alert_key": key, "at": now, "what": "fired"} for key in keys if key not in before]
        told += [{"alert_key": key, "at": now, "what": "fired_again"} for key in again]
        if told:
            transaction.execute(insert(alert_history), told)
        new = [alert for alert in found if alert["key"] not in before and not alert["historical"]]
        self._tell(transaction, new, "fired", now, day)

    def _tell(
        self,
        transaction: Connection,
        told: Sequence[dict[str, Any]],
        occasion: str,
        now: datetime,
        day: date,
    ) -> None:
        """An entry and a letter for each office of the day."""
        mark = transaction.execute(select(marks)).first()
        by_province = offices_for(transaction, {alert["province_now"] for alert in told}, day)
        entries_found, letters_found = [], []
        for alert in told:
            for office in by_province[alert["province_now"]]:
                entry = _entry_row(alert, office, occasion, now)
                if mark is not None and _told_of_once(alert, mark, day):
                    entry["held"] = "restored"
                else:
                    letter = _letter_row(alert, office, now, self._domain)
                    entry["letter"] = letter["key"]
                    letters_found.append(letter)
                entries_found.append(entry)
        _insert_new(transaction, letters, letters_found)
        _insert_new(transaction, entries, entries_found)


def _told_of_once(alert: dict[str, Any], mark: Row[Any], day: date) -> bool:
    """Its causes were read before: a restored copy or a rebuild mails nobody by itself."""
    if not alert["causes"] and not alert["condition"]:
        return False  # What no report caused, such as an address taken off, is not in the log that was read.
    if max(alert["causes"], default=0) > mark.position:
        return False
    return not alert["condition"] or (mark.last_day is not None and day.isoformat() <= mark.last_day)


def count_by_state(database: Engine) -> dict[str, int]:
    """How many letters are in each state."""
    query = select(letters.c.state, func.count()).group_by(letters.c.state)
    with reads(database).connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def offices_for(
    transaction: Connection, provinces: Iterable[str], day: date
) -> dict[str, list[dict[str, Any]]]:
    """The provincial offices that have an address on `day`, by province on today's map."""
    on = day.isoformat()
    from_, until = offices.c.valid_from, offices.c.valid_until
    valid = (or_(from_.is_(None), from_ <= on), or_(until.is_(None), until >= on))
    found: dict[str, list[dict[str, Any]]] = {province: [] for province in provinces}
    for row in transaction.execute(select(offices).where(*valid).order_by(offices.c.id)):
        for province in found.keys() & set(row.provinces):
            if row.addresses:
                found[province].append(dict(row._mapping))
    return found


def _alert_row(notice: Notice, now: datetime, day: date) -> dict[str, Any]:
    return asdict(notice) | {
        "causes": list(notice.causes),
        "condition": False,
        "state": "resolved",
        "fired_on": day.isoformat(),
        "fired_at": now,
        "resolved_at": now,
    }


def _entry_row(alert: dict[str, Any], office: dict[str, Any], occasion: str, now: datetime) -> dict[str, Any]:
    return {
        "key": f"{alert['key']}:{occasion}:{office['id']}",
        "alert_key": alert["key"],
        "rule": alert["rule"],
        "province_now": alert["province_now"],
        "office": office["id"],
        "occasion": occasion,
        "urgency": "urgent",
        "made_at": now,
        "due_at": now,
        "letter": None,
        "held": None,
    }


def _letter_row(alert: dict[str, Any], office: dict[str, Any], now: datetime, domain: str) -> dict[str, Any]:
    key = f"{alert['key']}:{office['id']}"
    return {
        "key": key,
        "kind": "alert",
        "thread": [],
        "alert_key": alert["key"],
        "rule": alert["rule"],
        "province_now": alert["province_now"],
        "office": office["id"],
        "office_name": office["name"],
        "addresses": office["addresses"],
        "language": office["language"],
        "facts": alert["facts"],
        "causes": alert["causes"],
        # Made of the cause alone: however often it is tried or rebuilt, the letter is the same letter.
        "message_id": f"<{sha256(key.encode())[:32]}@{domain}>",
        "state": "due",
        "attempts": 0,
        "made_at": now,
        "next_try_at": now,
    }


def _insert_new(transaction: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet."""
    if rows:
        dialect = postgresql if transaction.dialect.name == "postgresql" else sqlite
        transaction.execute(dialect.insert(table).on_conflict_do_nothing(index_elements=["key"]), rows)
