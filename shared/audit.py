"""The book of audit: who did what to the system, and who read about single clubs. Never names of people or secrets.

A line is the address as it is written in the API (`POST /v1/letters/{id}/resend`) and what stood in it; whatever was
asked or sent beside it is left out. Reports are not in it: the log says of each who sent it.
"""

import asyncio
import getpass
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Engine, Index, Integer, String, Table, delete, insert, select
from sqlalchemy.exc import DBAPIError

from shared.clock import Clock, as_utc_text
from shared.database import UtcMoment, reads, registry_metadata

logger = logging.getLogger(__name__)

PAUSE: Final = 0.5  # Seconds: what is read meanwhile is written down together.
LONGEST: Final = 200

audit = Table(
    "audit",
    registry_metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("at", UtcMoment, nullable=False),
    Column("who", String(80), nullable=False),
    Column("did", String(LONGEST), nullable=False),
    Column("what", String(LONGEST), nullable=False),
    Column("status", Integer, nullable=False),
    Index("audit_by_moment", "at"),
)


class Audit:
    """Writes lines down soon, so that nobody waits for them, and reads them."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._lines: list[dict[str, Any]] = []
        self._writing: asyncio.Task[None] | None = None

    def note(self, who: str, did: str, what: str, status: int = 0) -> None:
        """Write one line now; `status` is that of an answer over HTTP."""
        self._write([self._line(who, did, what, status)])

    def note_soon(self, who: str, did: str, what: str, status: int) -> None:
        """Write one line within a moment."""
        self._lines.append(self._line(who, did, what, status))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    def listed(self, who: str | None, before: int | None, limit: int) -> list[dict[str, Any]]:
        """The lines, the newest first."""
        query = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if who is not None:
            query = query.where(audit.c.who == who)
        if before is not None:
            query = query.where(audit.c.id < before)
        with reads(self._engine).connect() as connection:
            rows = connection.execute(query).mappings()
            return [dict(row) | {"at": as_utc_text(row["at"])} for row in rows]

    def erase_old(self, days: int) -> None:
        """Forget what is older than so many days."""
        with self._engine.begin() as transaction:
            transaction.execute(delete(audit).where(audit.c.at < self._clock() - timedelta(days=days)))

    def _line(self, who: str, did: str, what: str, status: int) -> dict[str, Any]:
        line = {"who": who[:80], "did": did[:LONGEST], "what": what[:LONGEST], "status": status}
        logger.info("%s", json.dumps(line, ensure_ascii=False))  # One line, whatever an address holds.
        return {"at": self._clock(), **line}

    async def _write_soon(self) -> None:
        while self._lines:
            await asyncio.sleep(PAUSE)
            lines, self._lines = self._lines, []
            await asyncio.to_thread(self._write, lines)

    def _write(self, lines: Sequence[Mapping[str, Any]]) -> None:
        try:
            with self._engine.begin() as transaction:
                transaction.execute(insert(audit), lines)
        except DBAPIError:
            logger.exception("%d lines of audit are in this log only", len(lines))


def who_runs_this() -> str:
    """Whoever types at the machine itself."""
    try:
        return f"shell:{getpass.getuser()}"
    except (OSError, KeyError):
        return "shell"
