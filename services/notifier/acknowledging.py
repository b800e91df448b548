"""A person has seen an alert: it goes on, but nobody is reminded of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from services.notifier.tables import alert_history, alerts, entries


def acknowledge(
    transaction: Connection, keys: Sequence[str], by: str, note: str | None, now: datetime
) -> list[str]:
    """Mark those of the alerts that are firing as seen; returns their keys. What ended stays as it is."""
    firing = (alerts.c.key.in_(keys), alerts.c.state == "firing")
    seen = {"state": "acknowledged", "acknowledged_at": now, "acknowledged_by": by}
    known = list(transaction.scalars(update(alerts).where(*firing).values(seen).returning(alerts.c.key)))
    if known:
        told = {"at": now, "what": "acknowledged", "by": by, "note": note or None}
        transaction.execute(insert(alert_history), [{"alert_key": key, **told} for key in known])
    return known


def alerts_of(connection: Connection, letter_key: str) -> list[str]:
    """The keys of the alerts a letter tells of."""
    query = select(entries.c.alert_key).where(entries.c.letter == letter_key).order_by(entries.c.id)
    return list(connection.scalars(query))
