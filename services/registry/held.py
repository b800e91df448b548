"""Reports that cannot be judged yet: kept on disk, let in by themselves when their ground arrives."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update

from services.registry.tables import held
from shared.database import reads
from shared.problems import Waits
from shared.report import Report, canonical


class Held(NamedTuple):
    """A report in waiting."""

    id: int
    ground: str
    raw: bytes
    token: str
    received_at: datetime


def hold(transaction: Connection, report: Report, waits: Waits, token: str, received_at: datetime) -> str:
    """Keep a report. Returns `held`; `again` if the same waits already; `conflict` if other content does."""
    identity = report.identity.key
    waiting = (held.c.identity == identity, held.c.state == "waiting")
    row = transaction.execute(select(held.c.id, held.c.content_hash).where(*waiting)).first()
    if row is not None and row.content_hash != report.content_hash:
        return "conflict"
    if row is not None:
        transaction.execute(update(held).where(held.c.id == row.id).values(again=held.c.again + 1))
        return "again"
    transaction.execute(
        insert(held).values(
            identity=identity,
            ground=waits.ground,
            code=waits.code(),
            subject=report.subject,
            type=report.type,
            source=report.identity.source,
            report_id=report.identity.id,
            content_hash=report.content_hash,
            raw=structured(report),
            token=token,
            received_at=received_at,
            state="waiting",
        )
    )
    return "held"


def structured(report: Report) -> bytes:
    """The report as one structured CloudEvent: what is judged again."""
    return canonical({**report.attributes, "data": report.data})


def waiting_hash(transaction: Connection, report: Report) -> str:
    """The content hash of the report that waits under this identity."""
    waiting = (held.c.identity == report.identity.key, held.c.state == "waiting")
    return str(transaction.execute(select(held.c.content_hash).where(*waiting)).scalar_one())


def waiting_on(engine: Engine, grounds: Collection[str]) -> list[Held]:
    """What waits for any of the grounds, in order of arrival."""
    columns = (held.c.id, held.c.ground, held.c.raw, held.c.token, held.c.received_at)
    query = select(*columns).where(held.c.state == "waiting", held.c.ground.in_(list(grounds)))
    with reads(engine).connect() as connection:
        return [Held(*row) for row in connection.execute(query.order_by(held.c.id))]


def grounds(engine: Engine) -> set[str]:
    """All grounds something waits for."""
    with reads(engine).connect() as connection:
        return set(connection.scalars(select(held.c.ground).distinct().where(held.c.state == "waiting")))


def settle(transaction: Connection, id: int, state: str, position: int | None = None) -> None:
    """Say what became of a report that waited."""
    transaction.execute(update(held).where(held.c.id == id).values(state=state, position=position))


def wait_on(transaction: Connection, id: int, waits: Waits) -> None:
    """Let a report wait for another ground."""
    transaction.execute(update(held).where(held.c.id == id).values(ground=waits.ground, code=waits.code()))


def counts(connection: Connection) -> tuple[int, int]:
    """How many reports wait, and how often one that waits or waited was sent again."""
    waiting = select(func.count()).select_from(held).where(held.c.state == "waiting")
    again = select(func.coalesce(func.sum(held.c.again), 0))
    return int(connection.execute(waiting).scalar_one()), int(connection.execute(again).scalar_one())


def listed(
    engine: Engine, after: int, limit: int, tokens: Iterable[str] | None = None
) -> Sequence[dict[str, Any]]:
    """What waits, in order of arrival; of the given tokens only, if any are given."""
    columns = (
        "id",
        "code",
        "ground",
        "source",
        "report_id",
        "type",
        "subject",
        "token",
        "received_at",
        "again",
    )
    query = select(*(held.c[name] for name in columns)).where(held.c.state == "waiting", held.c.id > after)
    if tokens is not None:
        query = query.where(held.c.token.in_(list(tokens)))
    with reads(engine).connect() as connection:
        return [dict(row._mapping) for row in connection.execute(query.order_by(held.c.id).limit(limit))]
