"""Which reports wait: held without their ground, or refused and not sent anew. Counted by province, once an hour.

A refused report is made good by another of the same identity that is in the log. One in conflict is not: what it says
is nowhere. What was refused so long ago that nobody mends it any more is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, func, select

from services.registry.tables import heard, held, quarantine
from services.registry.verdicts import Verdict
from shared.archive import Archive
from shared.clock import day_in_viet_nam
from shared.database import snapshot
from shared.report import Identity
from shared.waiting import Kind, Waiting

REFUSED_DAYS: Final = 30
MOST: Final = (
    10_000  # Refused reports looked at, the newest: one device out of order must not keep all others waiting.
)


class _One(NamedTuple):
    kind: Kind
    source: str
    received_at: datetime


def left_waiting(database: Engine, archive: Archive, now: datetime) -> list[Waiting]:
    """What waits, by kind and province, with the day of the oldest."""
    with snapshot(database).connect() as connection:
        waiting = [*_held(connection), *_refused(connection, archive, now)]
        provinces = _provinces(connection)
    days: defaultdict[tuple[Kind, str], list[str]] = defaultdict(list)
    for one in waiting:
        days[one.kind, provinces.get(one.source, "")].append(day_in_viet_nam(one.received_at).isoformat())
    return [Waiting(*about, len(found), min(found)) for about, found in sorted(days.items())]


def _held(connection: Connection) -> Iterator[_One]:
    query = select(held.c.source, held.c.received_at).where(held.c.state == "waiting")
    for row in connection.execute(query):
        yield _One("held", row.source, row.received_at)


def _refused(connection: Connection, archive: Archive, now: datetime) -> Iterator[_One]:
    since = quarantine.c.received_at >= now - timedelta(days=REFUSED_DAYS)
    query = select(quarantine).where(quarantine.c.state == "kept", since).order_by(quarantine.c.id.desc())
    rows = connection.execute(query.limit(MOST)).all()
    known = archive.known({name for row in rows if (name := _identity(row)) is not None})
    for row in rows:
        if row.verdict == Verdict.CONFLICT.value or _identity(row) not in known:
            # What could not be read names no source: it is that of the device whose token brought it.
            yield _One("refused", row.source or f"/devices/{row.token}", row.received_at)


def _identity(row: Any) -> Identity | None:
    return Identity(row.source, row.report_id) if row.source and row.report_id else None


def _provinces(connection: Connection) -> Mapping[str, str]:
    """The province of each source that reports about one only."""
    query = select(heard.c.source, func.min(heard.c.province)).where(heard.c.province != "")
    one = query.group_by(heard.c.source).having(func.count(heard.c.province.distinct()) == 1)
    return {row[0]: row[1] for row in connection.execute(one)}
