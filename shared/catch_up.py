"""The reading loop of every follower of the log: a batch and its new position commit in one transaction.

The checkpoint is moved by compare-and-set, so whatever dies or runs twice, each event takes effect once. An event
a follower cannot digest is parked with the later events of its subject; all others go on.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from shared import tracing
from shared.database import is_away, reads
from shared.log import START, Log, Mark
from shared.logs import told
from shared.problems import Away
from shared.report import Recorded

logger = logging.getLogger(__name__)

BATCH = 2000


class Reading:
    """The two tables every follower keeps in its own database."""

    def __init__(self, metadata: MetaData) -> None:
        self.checkpoint = Table(
            "checkpoint",
            metadata,
            Column("follower", String(40), primary_key=True),
            Column("epoch", Integer, nullable=False),
            Column("position", BigInteger, nullable=False),
            Column("hash", String(64), nullable=False),
        )
        self.parked = Table(
            "parked",
            metadata,
            Column("follower", String(40), primary_key=True),
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("subject", Text, nullable=False, index=True),
            Column("reason", Text, nullable=False),
        )


class Follower(Protocol):
    """Something that follows the log."""

    name: str
    engine: Engine
    reading: Reading

    def apply(self, transaction: Connection, events: Sequence[Recorded]) -> None:
        """Take the events, in order. Only what it writes in `transaction` counts."""
        ...


Begin = Callable[[], AbstractContextManager[Connection]]
Taken = Callable[[Sequence[Recorded]], object]


class Halt(Exception):
    """A follower that may leave nothing out cannot take an event: it goes no further, and a person must look."""


class Overtaken(Exception):
    """Another worker of this follower has moved the checkpoint. Normal: read it again."""


def catch_up(log: Log, follower: Follower, taken: Taken = lambda events: None, limit: int = BATCH) -> int:
    """Read on until the end of the log; return the position reached. `taken` hears of each batch once committed.

    Raises `Away` if log or database do not answer, `Forked` if the checkpoint is not in this log's history, and
    `Halt` if the follower raises it.
    """
    while True:
        mark = checkpoint(follower)
        events = log.follow(mark, limit)
        if not events:
            return mark.position
        traces = tracing.of_events(events[: tracing.MOST])
        with tracing.span(f"{follower.name} follows", traces, events=len(events)):
            try:
                digest(follower, follower.engine.begin, mark, events)
            except Overtaken:
                continue
            first, last = events[0].position, events[-1].position
            facts = told(follower=follower.name, first=first, last=last)
            logger.info("%s took positions %d to %d", follower.name, first, last, extra=facts)
        taken(events)


def checkpoint(follower: Follower) -> Mark:
    """How far the follower is."""
    table = follower.reading.checkpoint
    query = select(table.c.epoch, table.c.position, table.c.hash).where(table.c.follower == follower.name)
    with reads(follower.engine).connect() as connection:
        row = connection.execute(query).first()
    return Mark(*row) if row else START


def replay(log: Log, follower: Follower) -> int:
    """After a fix: take the parked events, subject by subject, in order. Returns how many are still parked."""
    parked = follower.reading.parked
    mine = parked.c.follower == follower.name
    with reads(follower.engine).connect() as connection:
        rows = connection.execute(
            select(parked.c.subject, parked.c.position).where(mine).order_by(parked.c.position)
        )
        subjects: dict[str, list[int]] = {}
        for subject, position in rows:
            subjects.setdefault(subject, []).append(position)
    still = 0
    for subject, positions in subjects.items():
        events = [event for position in positions for event in log.read(position - 1, 1)]
        try:
            with follower.engine.begin() as transaction:
                follower.apply(transaction, events)
                transaction.execute(delete(parked).where(mine, parked.c.position.in_(positions)))
        except Exception as error:
            reraise_if_away(error)
            logger.exception("%s: %s cannot be digested yet", follower.name, subject)
            still += len(positions)
    return still


def parked_count(follower: Follower) -> int:
    """How many events wait for a fix."""
    parked = follower.reading.parked
    with reads(follower.engine).connect() as connection:
        count = select(func.count()).select_from(parked).where(parked.c.follower == follower.name)
        return int(connection.execute(count).scalar_one())


def digest(follower: Follower, begin: Begin, mark: Mark, events: Sequence[Recorded]) -> Mark:
    """Apply the events in one transaction; if one cannot be, halve the batch until it stands alone, and park it."""
    after = Mark.of(events[-1])
    try:
        with begin() as transaction:
            advance(follower, transaction, mark, after)
            follower.apply(transaction, _without_parked(follower, transaction, events))
        return after
    except (Overtaken, Halt):
        raise
    except Exception as error:
        reraise_if_away(error)
        if len(events) == 1:
            return _park(follower, begin, mark, events[0], error)
    half = len(events) // 2
    return digest(follower, begin, digest(follower, begin, mark, events[:half]), events[half:])


def advance(follower: Follower, transaction: Connection, mark: Mark, after: Mark) -> None:
    """Move the checkpoint from one mark to another. Raises `Overtaken` if it is not at the first any more."""
    table = follower.reading.checkpoint
    if mark == START:
        row = transaction.execute(select(table.c.position).where(table.c.follower == follower.name)).first()
        if row is None:
            try:
                transaction.execute(insert(table).values(follower=follower.name, **after._asdict()))
            except IntegrityError:
                raise Overtaken from None
            return
    moved = transaction.execute(
        update(table)
        .where(
            table.c.follower == follower.name, table.c.position == mark.position, table.c.hash == mark.hash
        )
        .values(**after._asdict())
    )
    if moved.rowcount != 1:
        raise Overtaken


def _without_parked(
    follower: Follower, transaction: Connection, events: Sequence[Recorded]
) -> Sequence[Recorded]:
    """The events to apply: those of a parked subject are parked behind it, in order."""
    parked = follower.reading.parked
    subjects = set(
        transaction.scalars(select(parked.c.subject).distinct().where(parked.c.follower == follower.name))
    )
    if not subjects:
        return events
    waiting = [event for event in events if event.subject in subjects]
    if waiting:
        transaction.execute(
            insert(parked), [_parked_row(follower, event, "behind a parked event") for event in waiting]
        )
    return [event for event in events if event.subject not in subjects]


def _park(follower: Follower, begin: Begin, mark: Mark, event: Recorded, error: Exception) -> Mark:
    with tracing.span(f"{follower.name} parks", tracing.of_events([event]), position=event.position):
        facts = told(follower=follower.name, position=event.position)
        logger.error(
            "%s cannot digest position %d, parked", follower.name, event.position, exc_info=error, extra=facts
        )
    after = Mark.of(event)
    with begin() as transaction:
        advance(follower, transaction, mark, after)
        transaction.execute(
            insert(follower.reading.parked), [_parked_row(follower, event, type(error).__name__)]
        )
    return after


def _parked_row(follower: Follower, event: Recorded, reason: str) -> dict[str, Any]:
    return {"follower": follower.name, "position": event.position, "subject": event.subject, "reason": reason}


def reraise_if_away(error: Exception) -> None:
    """Raise what is no fault of an event: a log or a database that does not answer."""
    if isinstance(error, Away) or (isinstance(error, DBAPIError) and is_away(error)):
        raise error
