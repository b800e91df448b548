"""What happens while an alert fires and nobody looks after it: offices are reminded, and then the nation hears."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select, update

from services.notifier.rules.catalogue import RULES
from services.notifier.tables import alerts
from services.notifier.telling import note, tell, waiting_for
from shared.clock import VIET_NAM


def insist(transaction: Connection, now: datetime, day: date) -> None:
    """Remind of alerts nobody has acknowledged, and escalate those that are open for too long. Once a day."""
    for route in RULES.values():
        if route.repeat_days is not None:
            _remind(transaction, route.code, route.repeat_days, now, day)
        if route.escalate_days is not None:
            _escalate(transaction, route.code, route.escalate_days, now, day)


def _remind(transaction: Connection, rule: str, days: int, now: datetime, day: date) -> None:
    last = func.coalesce(alerts.c.reminded_at, alerts.c.fired_at)
    found = _open(transaction, rule, last < _end_of(day, days))
    # Who has not been told the first time yet needs no reminder.
    waiting = waiting_for(transaction, [alert["key"] for alert in found])
    found = [alert for alert in found if alert["key"] not in waiting]
    _mark(transaction, found, {"reminded_at": now})
    note(transaction, (alert["key"] for alert in found), "reminded", now)
    tell(transaction, found, "reminded", now, day)


def _escalate(transaction: Connection, rule: str, days: int, now: datetime, day: date) -> None:
    late = alerts.c.fired_at < _end_of(day, days)  # What concerns no province the nation was told at once.
    found = _open(transaction, rule, alerts.c.escalated_at.is_(None), late, alerts.c.province_now != "")
    _mark(transaction, found, {"escalated_at": now})
    note(transaction, (alert["key"] for alert in found), "escalated", now)
    tell(transaction, found, "escalated", now, day)


def _open(transaction: Connection, rule: str, *more: Any) -> list[dict[str, Any]]:
    mine = (alerts.c.rule == rule, alerts.c.state == "firing", alerts.c.condition, ~alerts.c.historical)
    query = select(alerts).where(*mine, *more).order_by(alerts.c.key)
    return [row._asdict() for row in transaction.execute(query)]


def _mark(transaction: Connection, found: list[dict[str, Any]], values: dict[str, Any]) -> None:
    keys = [alert["key"] for alert in found]
    transaction.execute(update(alerts).where(alerts.c.key.in_(keys)).values(values))


def _end_of(day: date, days: int) -> datetime:
    """The end of the day that lies so many days before."""
    return datetime.combine(day - timedelta(days=days - 1), datetime.min.time(), VIET_NAM)
