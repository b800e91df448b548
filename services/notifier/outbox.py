"""Alerts and the letters they cause, written in the transaction of their cause. No alert without its letters."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from services.notifier.rules import Alert
from services.notifier.tables import alerts, letters, offices
from shared.clock import day_in_viet_nam
from shared.database import reads
from shared.report import sha256


def fire(transaction: Connection, found: Sequence[Alert], now: datetime, domain: str) -> None:
    """Write the alerts that are new, and a letter to each office concerned. What was fired before stays as it is."""
    if not found:
        return
    day = day_in_viet_nam(now)
    _insert_new(transaction, alerts, [_alert_row(alert, now) for alert in found])
    again = [alert.key for alert in found if alert.condition]
    if again:  # A silence that was resolved by a report now withdrawn goes on; its letter was sent.
        resolved = (alerts.c.key.in_(again), alerts.c.state == "resolved")
        transaction.execute(
            update(alerts).where(*resolved).values(state="firing", resolved_at=None, resolved_by=None)
        )
    told = [alert for alert in found if not alert.historical]
    by_province = offices_for(transaction, {alert.province_now for alert in told}, day)
    _insert_new(
        transaction,
        letters,
        [
            _letter_row(alert, office, now, domain)
            for alert in told
            for office in by_province[alert.province_now]
        ],
    )


def resolve(transaction: Connection, subject: str, rule: str, now: datetime, position: int | None) -> None:
    """End the firing alerts of a rule about a subject."""
    firing = (alerts.c.subject == subject, alerts.c.rule == rule, alerts.c.state != "resolved")
    ended = {"state": "resolved", "resolved_at": now, "resolved_by": position}
    transaction.execute(update(alerts).where(*firing).values(ended))


def subjects_firing(transaction: Connection, rule: str) -> set[str]:
    """The subjects a rule has an open alert about."""
    open_alerts = select(alerts.c.subject).where(alerts.c.rule == rule, alerts.c.state != "resolved")
    return set(transaction.scalars(open_alerts))


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


def _alert_row(alert: Alert, now: datetime) -> dict[str, Any]:
    return {
        "key": alert.key,
        "rule": alert.rule,
        "subject": alert.subject,
        "province_now": alert.province_now,
        "state": "firing" if alert.condition else "resolved",
        "causes": list(alert.causes),
        "facts": alert.facts,
        "historical": alert.historical,
        "fired_on": day_in_viet_nam(now).isoformat(),
        "fired_at": now,
        "resolved_at": None if alert.condition else now,
    }


def _letter_row(alert: Alert, office: dict[str, Any], now: datetime, domain: str) -> dict[str, Any]:
    key = f"{alert.key}:{office['id']}"
    return {
        "key": key,
        "alert_key": alert.key,
        "rule": alert.rule,
        "province_now": alert.province_now,
        "office": office["id"],
        "office_name": office["name"],
        "addresses": office["addresses"],
        "language": office["language"],
        "facts": alert.facts,
        "causes": list(alert.causes),
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
