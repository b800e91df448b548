"""The read models made anew from the whole log, while readers see the old ones (decision 0034)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection, delete

from services.reporting.ahead import Foreseen, foreseen
from services.reporting.projections import ReportingFollower
from services.reporting.tables import FOR_READERS, READ_MODELS, reading
from shared.catch_up import BATCH, advance, digest, reraise_if_away
from shared.database import settle, unindexed
from shared.garbage import seldom_collected
from shared.log import START, Log, Mark

_MANY = 10  # Batches; of fewer, other processes take longer to start than they save.


def rebuild(
    log: Log, follower: ReportingFollower, batch: int = BATCH, open_log: Callable[[], Log] | None = None
) -> int:
    """Make the read models anew from the whole log, in one transaction: readers see the old ones until the end.

    `open_log` opens the same log in processes that project a long one ahead (`ahead.py`). Returns the position reached.
    """
    with (
        seldom_collected(),
        _ahead(log, batch, open_log) as batches,
        follower.engine.begin() as transaction,
        unindexed(transaction, FOR_READERS),
    ):
        for table in (*READ_MODELS, reading.parked, reading.checkpoint):
            transaction.execute(delete(table))
        mark = _write(follower, transaction, batches)
        with follower.alone(empty=mark == START):
            while events := log.follow(mark, batch):
                mark = digest(follower, lambda: _nested(transaction), mark, events)
    settle(follower.engine, READ_MODELS)
    return mark.position


def _ahead(
    log: Log, batch: int, open_log: Callable[[], Log] | None
) -> AbstractContextManager[Iterable[Foreseen]]:
    """What others foresee; nothing of a short log."""
    if open_log is None or log.head().position <= _MANY * batch:
        return nullcontext(())
    return foreseen(open_log, batch)


def _write(follower: ReportingFollower, transaction: Connection, batches: Iterable[Foreseen]) -> Mark:
    """Write what was foreseen. Returns where that ends, or could not be written: there following takes it apart."""
    reached = START
    for mark, last, difference in batches:
        try:
            with _nested(transaction):
                advance(follower, transaction, mark, last)
                follower.write(transaction, difference)
        except Exception as error:
            reraise_if_away(error)
            break
        reached = last
    return reached


@contextmanager
def _nested(transaction: Connection) -> Iterator[Connection]:
    with transaction.begin_nested():
        yield transaction
