"""The read models made anew from the whole log, while readers see the old ones (decision 0034)."""

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection, delete

from services.reporting.projections import Changes, ReportingFollower
from services.reporting.tables import FOR_READERS, READ_MODELS, reading
from shared.catch_up import BATCH, advance, digest
from shared.database import settle, unindexed
from shared.log import START, Log, Mark
from shared.report import Recorded


def rebuild(log: Log, follower: ReportingFollower, batch: int = BATCH) -> int:
    """Make the read models anew from the whole log, in one transaction: readers see the old ones until the end.

    Returns the position reached.
    """
    with (
        _seldom_collected(),
        follower.alone(),
        follower.engine.begin() as transaction,
        unindexed(transaction, FOR_READERS),
    ):
        for table in (*READ_MODELS, reading.parked, reading.checkpoint):
            transaction.execute(delete(table))
        mark: Mark = START
        with ThreadPoolExecutor(1, "writing") as thread:
            behind = _WriteBehind(follower, transaction, thread)
            while events := log.follow(mark, batch):
                mark = behind.take(mark, events)
            behind.finish()
    settle(follower.engine, READ_MODELS)
    return mark.position


class _Writing(NamedTuple):
    """A batch on its way into the database."""

    written: Future[None]
    mark: Mark
    events: Sequence[Recorded]


class _WriteBehind:
    """Takes batch after batch: while a thread writes one to PostgreSQL, the next is projected.

    SQLite works in this very process: there the two would only wait for each other, so one thread does both.
    What cannot be projected or written is taken as following takes it (`digest`): halved, and parked. The connection is
    used by one thread at a time: by this one only when nothing is being written.
    """

    def __init__(
        self, follower: ReportingFollower, transaction: Connection, thread: ThreadPoolExecutor
    ) -> None:
        self._follower, self._transaction, self._thread = follower, transaction, thread
        self._elsewhere = transaction.dialect.name == "postgresql"
        self._writing: _Writing | None = None

    def take(self, mark: Mark, events: Sequence[Recorded]) -> Mark:
        """Take the events behind `mark`. Returns the mark of the last of them."""
        changes = self._foreseen(events)
        if not self.finish() or changes is None:
            return digest(self._follower, self._nested, mark, events)
        written = self._thread.submit(self._write, mark, events[-1], changes)
        self._writing = _Writing(written, mark, events)
        return Mark(events[-1].epoch, events[-1].position, events[-1].hash)

    def finish(self) -> bool:
        """Wait until everything is written. False if what was foreseen since has to be projected again."""
        if self._writing is None:
            return True
        (written, mark, events), self._writing = self._writing, None
        if written.exception() is None:
            return True
        self._follower.forget()
        digest(self._follower, self._nested, mark, events)  # Raises what waiting cannot mend.
        return False

    def _foreseen(self, events: Sequence[Recorded]) -> Changes | None:
        try:
            return self._follower.foresee(events) if self._elsewhere else None
        except Exception:  # It comes again when the batch is taken apart, and is told there.
            return None

    def _write(self, mark: Mark, last: Recorded, changes: Changes) -> None:
        with self._nested() as transaction:
            advance(self._follower, transaction, mark, last)
            self._follower.write(transaction, changes)

    @contextmanager
    def _nested(self) -> Iterator[Connection]:
        with self._transaction.begin_nested():
            yield self._transaction


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Python looks for garbage in cycles far less often: rows are none, and looking costs a sixth of the time."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
