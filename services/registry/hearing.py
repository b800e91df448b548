"""Who was heard from: counted in memory while reports are recorded, written down every second, and on stopping.

This is for watching, not for the tally: a power cut may lose the last second of it. Everything here runs in the
recorder's thread.
"""

from collections import Counter
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, Table, bindparam, case, delete, update
from sqlalchemy.dialects import postgresql, sqlite

from services.registry.sequences import Range, joined, with_number
from services.registry.tables import devices, heard
from services.registry.verdicts import RECEIVED, Pending, Verdict
from shared import intake
from shared.access import Token
from shared.clock import Clock, day_in_viet_nam
from shared.problems import SourceNotYours

_COUNTS: Final = tuple(verdict.value for verdict in RECEIVED)


class About(NamedTuple):
    """What is counted together: a source, its day in Viet Nam, and a province ("" if unknown)."""

    source: str
    day: str
    province: str


class Hearing:
    """What was heard since it was last written down."""

    def __init__(self, database: Engine, clock: Clock, *, days: int) -> None:
        self._database, self._clock, self._retention = database, clock, timedelta(days=days)
        self._verdicts: Counter[tuple[About, str]] = Counter()
        self._last: dict[About, datetime] = {}
        self._seen: dict[str, list[Range]] = {}

    def close(self) -> None:
        """Close the connections to the database."""
        self._database.dispose()

    def hear(self, item: Pending, verdict: Verdict, province: str | None) -> None:
        """Count one report under its source, day and province. This runs for every report: it asks no store."""
        assert item.token is not None
        source, number = sender(item, item.token)
        about = About(source, _day(item.received_at), province or _only_province(item.token))
        self._verdicts[about, verdict.value] += 1
        self._last[about] = max(item.received_at, self._last.get(about, item.received_at))
        if number is not None:
            self._seen[source] = with_number(self._seen.get(source, []), number)

    def write_down(self) -> None:
        """Add what was heard to what is written. Other registries may add to the same rows."""
        if not self._last:
            return
        with self._database.begin() as transaction:
            self._add_days(transaction)
            self._add_numbers(transaction)
        self._verdicts.clear()
        self._last.clear()
        self._seen.clear()

    def erase_old(self) -> None:
        """Forget the days, and the devices, last heard so long ago that nobody asks any more."""
        before = self._clock() - self._retention
        with self._database.begin() as transaction:
            for table in (heard, devices):
                transaction.execute(delete(table).where(table.c.last_heard_at < before))

    def _add_days(self, transaction: Connection) -> None:
        # Always in the same order, so that two registries never wait for each other in a ring.
        rows = [
            {**about._asdict(), "last_heard_at": self._last[about]}
            | {verdict: self._verdicts[about, verdict] for verdict in _COUNTS}
            for about in sorted(self._last)
        ]
        adding = _insert(transaction, heard)
        new = adding.excluded
        sums = {verdict: heard.c[verdict] + new[verdict] for verdict in _COUNTS}
        later = {"last_heard_at": _later(heard, new)}
        transaction.execute(
            adding.on_conflict_do_update(index_elements=heard.primary_key, set_=sums | later), rows
        )

    def _add_numbers(self, transaction: Connection) -> None:
        last: dict[str, datetime] = {}
        for about, moment in self._last.items():
            last[about.source] = max(moment, last.get(about.source, moment))
        rows = [
            {"source": source, "last_heard_at": last[source], "seen": self._seen.get(source, [])}
            for source in sorted(last)
        ]
        adding = _insert(transaction, devices)
        locking = adding.on_conflict_do_update(
            index_elements=devices.primary_key, set_={"last_heard_at": _later(devices, adding.excluded)}
        )
        locked = transaction.execute(locking.returning(devices.c.source, devices.c.seen), rows)
        changed = []
        for source, written in locked:
            before: list[Range] = [(start, end) for start, end in written]
            seen = joined([*before, *self._seen.get(source, [])])
            if seen != before:
                changed.append({"name": source, "seen": seen})
        if changed:
            transaction.execute(update(devices).where(devices.c.source == bindparam("name")), changed)


def sender(item: Pending, token: Token) -> tuple[str, int | None]:
    """The source a report came from, and its number there.

    What an unreadable report says of its source counts only if its token may speak for it; else the token is heard.
    """
    report = item.sent.report
    if report is not None:
        return report.identity.source, report.attributes.get("deviceseq")
    source, number = intake.sender(item.sent.raw)
    try:
        token.check_source(source or "")
    except SourceNotYours:
        return token.source, None
    return (source, number) if source else (token.source, None)


@lru_cache(maxsize=64)
def _day(moment: datetime) -> str:
    """The day in Viet Nam; what came in one request came at one moment."""
    return day_in_viet_nam(moment).isoformat()


def _only_province(token: Token) -> str:
    """The one province a token may write about, if it is one."""
    return token.provinces[0] if len(token.provinces) == 1 else ""


def _later(table: Table, new: Any) -> Any:
    """The later of what is written and what is new: moments are kept as text whose order is that of time."""
    return case((new.last_heard_at > table.c.last_heard_at, new.last_heard_at), else_=table.c.last_heard_at)


def _insert(transaction: Connection, table: Table) -> Any:
    dialect = postgresql if transaction.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
