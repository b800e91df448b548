"""Alerts and what is to be told of them, written in the transaction of their cause. No alert without its entries."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

from services.notifier.composing import Letterhead, compose
from services.notifier.inserting import insert_new
from services.notifier.rules import Notice
from services.notifier.tables import alerts, letters
from services.notifier.telling import note, tell, tell_again
from shared.clock import day_in_viet_nam
from shared.database import reads


class Outbox:
    """Writes alerts, for each office concerned an entry, and the letters that are due at once."""

    def __init__(self, head: Letterhead) -> None:
        self._head = head

    def notice(self, transaction: Connection, found: Sequence[Notice], now: datetime) -> None:
        """Tell of what happened, once."""
        if not found:
            return
        day = day_in_viet_nam(now)
        self.fire(transaction, [_alert_row(notice, now, day) for notice in found], now, day)
        self.compose(transaction, now)

    def fire(
        self, transaction: Connection, found: Sequence[dict[str, Any]], now: datetime, day: date
    ) -> None:
        """Write the alerts that are new. What was ended by a report now withdrawn goes on."""
        if not found:
            return
        keys = [alert["key"] for alert in found]
        before = set(transaction.scalars(select(alerts.c.key).where(alerts.c.key.in_(keys))))
        new = [alert for alert in found if alert["key"] not in before]
        again = [alert for alert in found if alert["key"] in before and alert["condition"]]
        insert_new(transaction, alerts, new)
        if names := [alert["key"] for alert in again]:
            firing = {"state": "firing", "resolved_at": None, "resolved_by": None}
            transaction.execute(update(alerts).where(alerts.c.key.in_(names)).values(firing))
        note(transaction, (alert["key"] for alert in new), "fired", now)
        note(transaction, names, "fired_again", now)
        tell(transaction, [alert for alert in new if not alert["historical"]], "fired", now, day)
        tell_again(transaction, [alert for alert in again if not alert["historical"]], now, day)

    def compose(self, transaction: Connection, now: datetime) -> None:
        """Gather what is due into letters."""
        compose(transaction, self._head, now)


def count_by_state(database: Engine) -> dict[str, int]:
    """How many letters are in each state."""
    query = select(letters.c.state, func.count()).group_by(letters.c.state)
    with reads(database).connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _alert_row(notice: Notice, now: datetime, day: date) -> dict[str, Any]:
    return asdict(notice) | {
        "causes": list(notice.causes),
        "condition": False,
        "state": "resolved",
        "fired_on": day.isoformat(),
        "fired_at": now,
        "resolved_at": now,
    }
