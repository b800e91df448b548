"""What was refused: kept with the reason and the raw bytes, so that it can be read, mended and admitted again.

Not in the log: these bytes can be anything and must be erasable. A cap per token and a retention erase the oldest
bytes; the line with the reason stays, for it was received.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from services.registry.tables import quarantine
from shared.database import reads
from shared.problems import Problem


def keep(
    transaction: Connection,
    raw: bytes,
    verdict: str,
    problem: Problem,
    token: str,
    received_at: datetime,
    about: dict[str, str | None],
) -> int:
    """Keep what was refused; returns its number. `about` holds what could be read of its identity."""
    row = {
        "verdict": verdict,
        "code": problem.code(),
        "pointer": problem.pointer,
        "faults": json.dumps([[fault.pointer, fault.code] for fault in problem.faults]),
        "raw": raw,
        "token": token,
        "received_at": received_at,
        "state": "kept",
        **about,
    }
    kept = transaction.execute(insert(quarantine).values(row).returning(quarantine.c.id))
    return int(kept.scalar_one())


def erase_beyond(transaction: Connection, token: str, cap: int) -> None:
    """Erase the bytes of a token's oldest refused reports beyond `cap`."""
    newest = select(quarantine.c.id).where(quarantine.c.token == token, quarantine.c.raw.is_not(None))
    oldest_kept = transaction.scalar(newest.order_by(quarantine.c.id.desc()).offset(cap - 1).limit(1))
    if oldest_kept is not None:
        beyond = (quarantine.c.token == token, quarantine.c.id < oldest_kept, quarantine.c.raw.is_not(None))
        transaction.execute(update(quarantine).where(*beyond).values(raw=None))


def erase_before(engine: Engine, moment: datetime) -> int:
    """Erase the bytes of everything refused before `moment`; returns how many."""
    old = (quarantine.c.received_at < moment, quarantine.c.raw.is_not(None))
    with engine.begin() as transaction:
        return int(transaction.execute(update(quarantine).where(*old).values(raw=None)).rowcount)


def count(connection: Connection) -> int:
    """How many refused reports there are; those admitted since are no longer refused."""
    kept = select(func.count()).select_from(quarantine).where(quarantine.c.state == "kept")
    return int(connection.execute(kept).scalar_one())


def find(engine: Engine, id: int) -> dict[str, Any] | None:
    """One refused report with its bytes."""
    with reads(engine).connect() as connection:
        row = connection.execute(select(quarantine).where(quarantine.c.id == id)).first()
    return dict(row._mapping) if row else None


def readmitted(transaction: Connection, id: int, state: str, position: int | None) -> None:
    """Say that a refused report was let in after all (or was known, or waits now)."""
    transaction.execute(
        update(quarantine).where(quarantine.c.id == id).values(state=state, position=position)
    )


def refused_again(transaction: Connection, id: int, problem: Problem) -> None:
    """Write down the newest reason."""
    faults = json.dumps([[fault.pointer, fault.code] for fault in problem.faults])
    newest = {"code": problem.code(), "pointer": problem.pointer, "faults": faults}
    transaction.execute(update(quarantine).where(quarantine.c.id == id).values(newest))


def listed(
    engine: Engine, after: int, limit: int, tokens: Iterable[str] | None = None
) -> Sequence[dict[str, Any]]:
    """What was refused, in order of arrival; of the given tokens only, if any are given."""
    columns = [column for column in quarantine.c if column.name != "raw"]
    erased = quarantine.c.raw.is_(None).label("erased")
    query = select(*columns, erased).where(quarantine.c.id > after, quarantine.c.state == "kept")
    if tokens is not None:
        query = query.where(quarantine.c.token.in_(list(tokens)))
    with reads(engine).connect() as connection:
        return [
            dict(row._mapping) for row in connection.execute(query.order_by(quarantine.c.id).limit(limit))
        ]
