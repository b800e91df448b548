"""The rival of `bench.catch_up`: the same count by the `eventsourcing` library's own projection facilities.

It reads by an `ApplicationSubscription` and hands each event to a `Projection`, whose view counts it and records the
tracking position in one transaction, event by event: the library has no batches. That is the loop its
`ProjectionRunner` runs in a thread. Its SQLite recorder cannot be subscribed to, so there the events wait in memory.
"""

from dataclasses import dataclass
from typing import Any

from eventsourcing.domain import DomainEvent

_TABLE = "CREATE TABLE counts (type TEXT, subject TEXT, number INTEGER, PRIMARY KEY (type, subject))"
_COUNT = (
    "INSERT INTO counts VALUES (:type, :subject, 1) "
    "ON CONFLICT (type, subject) DO UPDATE SET number = counts.number + 1"
)


@dataclass(frozen=True)
class Reported(DomainEvent):
    """One of our events as the library would carry it."""

    kind: str
    subject: str
    data: dict[str, Any]
