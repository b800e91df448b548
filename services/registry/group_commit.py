"""Group commit: requests of the same few milliseconds are recorded together, by one thread.

While one group is being flushed to disk the next one gathers, so a flush is shared by all who wait for it. The
event loop only puts requests into the queue and awaits their verdicts.
"""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from services.registry.verdicts import Outcome, Pending
from shared.database import is_away
from shared.problems import Away, DatabaseAway, InternalFault, Problem

logger = logging.getLogger(__name__)
T = TypeVar("T")

GROUP: Final = 500  # Reports recorded together at most: five script calls in one round trip.
HOUSE_SECONDS: Final = 1.0


class GroupCommit:
    """Runs everything that touches the recorder, in order, in one thread."""

    def __init__(
        self, record: Callable[[Sequence[Pending]], list[Outcome]], keep_house: Callable[[], None]
    ) -> None:
        self._record, self._keep_house = record, keep_house
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._house_kept_at = float("-inf")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._queue.put(None)
        self._thread.join(timeout=10)

    async def record(self, pending: Sequence[Pending]) -> list[Outcome]:
        """Record together with what others send at the moment. On disk when this returns.

        Raises `Away` if that is not certain: the sender tries again.
        """
        outcomes: list[Outcome] = await self._hand_over(_Work(pending=list(pending)))
        return outcomes

    async def alone(self, errand: Callable[[], T]) -> T:
        """Do something between two groups, when nothing is half done."""
        result: T = await self._hand_over(_Work(errand=errand))
        return result

    async def _hand_over(self, work: "_Work") -> Any:
        work.loop = asyncio.get_running_loop()
        work.future = work.loop.create_future()
        self._queue.put(work)
        return await work.future

    def _run(self) -> None:
        going = True
        while going:
            self._look_after_house()
            group, errand, going = self._gather()
            if group:
                self._record_group(group)
            if errand is not None:
                errand.run()

    def _look_after_house(self) -> None:
        if time.monotonic() - self._house_kept_at < HOUSE_SECONDS:
            return
        try:
            self._keep_house()
        except (Away, DBAPIError) as error:
            logger.warning("housekeeping put off: %s", type(error).__name__)
        except Exception:
            logger.exception("housekeeping failed")
        self._house_kept_at = time.monotonic()

    def _gather(self) -> "tuple[list[_Work], _Work | None, bool]":
        """Whatever waits: requests to record together, and the errand behind them if there is one."""
        group: list[_Work] = []
        size = 0
        try:
            work = self._queue.get(timeout=HOUSE_SECONDS)
            while work is not None and work.errand is None:
                group.append(work)
                size += len(work.pending)
                if size >= GROUP:
                    return group, None, True
                work = self._queue.get_nowait()
        except queue.Empty:
            return group, None, True
        return group, work, work is not None

    def _record_group(self, group: "list[_Work]") -> None:
        """Record, then tell all senders at once: the event loop is woken once a group."""
        try:
            outcomes = self._record([item for work in group for item in work.pending])
        except Exception as error:
            group[0].loop.call_soon_threadsafe(_tell_all, group, _as_problem(error))
        else:
            group[0].loop.call_soon_threadsafe(_hand_out, group, outcomes)


class _Work:
    """Something handed to the thread, and where its answer goes."""

    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"

    def __init__(self, pending: Sequence[Pending] = (), errand: Callable[[], Any] | None = None) -> None:
        self.pending, self.errand = pending, errand

    def run(self) -> None:
        assert self.errand is not None
        try:
            result = self.errand()
        except Exception as error:
            self.loop.call_soon_threadsafe(self.fail, _as_problem(error))
        else:
            self.loop.call_soon_threadsafe(self.answer, result)

    def answer(self, result: Any) -> None:
        if not self.future.cancelled():  # Else the sender hung up; the record stands, a retry is a duplicate.
            self.future.set_result(result)

    def fail(self, error: Exception) -> None:
        if not self.future.cancelled():
            self.future.set_exception(error)


def _hand_out(group: list[_Work], outcomes: list[Outcome]) -> None:
    start = 0
    for work in group:
        end = start + len(work.pending)
        work.answer(outcomes[start:end])
        start = end


def _tell_all(group: list[_Work], problem: Problem) -> None:
    for work in group:
        work.fail(problem)


def _as_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, DBAPIError) and is_away(error):
        return DatabaseAway()
    logger.error("recording failed", exc_info=error)
    return InternalFault()
