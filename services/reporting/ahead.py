"""Processes that project the log from its beginning while this one writes what they found (decision 0034).

Each takes the subjects that fall to it. They are a help and nothing else: where one of them ends, whatever the
reason, this process goes on alone.
"""

import logging
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Final, NamedTuple
from zlib import crc32

import orjson

from services.reporting.believed import Believed
from services.reporting.difference import Difference
from services.reporting.projections import project
from shared.garbage import seldom_collected
from shared.log import START, Log, Mark
from shared.same_club import families

logger = logging.getLogger(__name__)

HELPERS: Final = 2  # As many as the smallest server has cores; each takes 100 MB.
IN_HAND: Final = 4  # Batches read while one is written, 5 MB each: so helpers need not wait for the database.
_JOINING: Final = ("club.merged", "report.corrected")


class Foreseen(NamedTuple):
    """What the events behind `mark`, until the one `last` stands for, add to the read models."""

    mark: Mark
    last: Mark
    difference: Difference


class Share(NamedTuple):
    """The subjects that fall to one helper: clubs that were ever merged fall to the same."""

    number: int
    families: dict[str, str]

    def has(self, subject: str) -> bool:
        return crc32(self.families.get(subject, subject).encode()) % HELPERS == self.number


@contextmanager
def foreseen(open_log: Callable[[], Log], batch: int) -> Iterator[Iterator[Foreseen]]:
    """Batch after batch from the beginning of the log, as far as nothing has to be asked of the read models.

    `open_log` is called in each helper: a function of a module, or a `partial` of one.
    """
    context = get_context("spawn")  # Not forked: open connections to SQLite do not survive that.
    pipes, helpers, reader = [], [], ThreadPoolExecutor(1)
    try:
        for number in range(HELPERS):
            ours, theirs = context.Pipe(duplex=False)
            with theirs:
                pipes.append(ours)
                helper = context.Process(target=_tell, args=(theirs, number, open_log, batch), daemon=True)
                helper.start()
                helpers.append(helper)
        yield _told(pipes, reader)
    finally:
        for helper in helpers:
            helper.terminate()
            helper.join()
        reader.shutdown(cancel_futures=True)  # It waits for nothing now: nobody is left to send.
        for pipe in pipes:
            pipe.close()


def _told(pipes: Sequence[Pipe], reader: Executor) -> Iterator[Foreseen]:
    last = START
    under_way = deque(reader.submit(_next, pipes) for _ in range(IN_HAND))
    with suppress(EOFError, OSError):  # One has ended, perhaps in the middle of a word.
        while (batch := under_way.popleft().result()) is not None:
            under_way.append(reader.submit(_next, pipes))
            last = batch.last
            yield batch
    logger.info("helpers ended at position %d", last.position)


def _next(pipes: Sequence[Pipe]) -> Foreseen | None:
    """What all helpers found in the next batch; None if the log grew while they came to its end."""
    marks = {pipe.recv_bytes() for pipe in pipes}
    parts = [pipe.recv_bytes() for pipe in pipes]
    if len(marks) != 1:
        return None
    mark, last = (Mark(*one) for one in orjson.loads(marks.pop()))
    return Foreseen(mark, last, Difference.from_json(parts))


def _tell(pipe: Pipe, number: int, open_log: Callable[[], Log], batch: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the rebuild, and that its helpers.
    try:
        with pipe, seldom_collected():
            log, mark, believed = open_log(), START, Believed(whole=True)
            share = Share(number, families(log.of_types(_JOINING)))
            while events := log.follow(mark, batch):
                mine = [event for event in events if share.has(event.subject)]
                if not believed.knows_all(mine):
                    return
                difference, last = project(log, believed, mine), Mark.of(events[-1])
                if not all(share.has(into) for into in believed.aliases.values()):
                    return  # Merged after the families were read.
                pipe.send_bytes(orjson.dumps((tuple(mark), tuple(last))))
                pipe.send_bytes(difference.as_json())
                mark = last
    except Exception:  # The rebuild meets the same when it goes on alone, and says so.
        return
