"""Group commit: whatever arrives while one group is on its way to disk is recorded together as the next.

A flush to disk is shared by all who wait for it. The recorder runs in a thread of its own, one thing at a time;
everything else here happens in the event loop.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from services.registry.verdicts import Outcome, Pending
from shared.database import is_away
from shared.logs import told
from shared.problems import Away, DatabaseAway, InternalFault, Problem
from shared.tracing import MOST

logger = logging.getLogger(__name__)
T = TypeVar("T")

GROUP: Final = 500  # Reports recorded together at most: five script calls in one round trip.
HOUSE_SECONDS: Final = 1.0

_Waiting = tuple[Sequence[Pending], "asyncio.Future[list[Outcome]]"]


class GroupCommit:
    """Runs everything that touches the recorder, in order, in one thread."""

    def __init__(
        self, record: Callable[[Sequence[Pending]], list[Outcome]], keep_house: Callable[[], None]
    ) -> None:
        self._record, self._keep_house = record, keep_house
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recorder")
        self._waiting: list[_Waiting] = []
        self._tasks: set[asyncio.Task[None]] = set()  # The event loop itself holds tasks only weakly.
        self._at_work = False

    def start(self) -> None:
        """Begin to look after the house, at once and then every second."""
        self._begin(self._look_after_house())

    async def stop(self) -> None:
        """Finish what is being recorded, then end the thread."""
        while self._at_work:
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
        await asyncio.get_running_loop().run_in_executor(None, self._thread.shutdown)

    async def record(self, pending: Sequence[Pending]) -> list[Outcome]:
        """Record together with what others send at the moment. On disk when this returns.

        Raises `Away` if that is not certain: the sender tries again.
        """
        future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self._waiting.append((pending, future))
        if not self._at_work:
            self._at_work = True
            self._begin(self._work())
        return await future

    async def alone(self, errand: Callable[[], T]) -> T:
        """Do something between two groups, when nothing is half done."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, errand)

    async def _work(self) -> None:
        """Record group after group until nobody waits."""
        while self._waiting:
            group = self._next_group()
            try:
                items = [item for pending, _ in group for item in pending]
                outcomes = await self.alone(partial(self._record, items))
            except Exception as error:
                _tell_all(group, _as_problem(error, items))
            else:
                _hand_out(group, outcomes)
        self._at_work = False

    def _next_group(self) -> list[_Waiting]:
        size = count = 0
        while count < len(self._waiting) and size < GROUP:
            size += len(self._waiting[count][0])
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        return group

    async def _look_after_house(self) -> None:
        while True:
            try:
                await self.alone(self._keep_house)
            except (Away, DBAPIError) as error:
                logger.warning("housekeeping put off: %s", type(error).__name__)
            except Exception:
                logger.exception("housekeeping failed")
            await asyncio.sleep(HOUSE_SECONDS)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        # It works for others too: not in the context, and so in the trace, of the request that happened to begin it.
        task = asyncio.get_running_loop().create_task(work, context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _hand_out(group: Sequence[_Waiting], outcomes: list[Outcome]) -> None:
    start = 0
    for pending, future in group:
        end = start + len(pending)
        if not future.done():  # Else the sender hung up; the record stands, a retry is a duplicate.
            future.set_result(outcomes[start:end])
        start = end


def _tell_all(group: Sequence[_Waiting], problem: Problem) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(problem)


def _as_problem(error: Exception, items: Sequence[Pending]) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, DBAPIError) and is_away(error):
        return DatabaseAway()
    requests = sorted({item.request.id for item in items if item.request})[:MOST]
    logger.error("recording failed", exc_info=error, extra=told(requests=requests))
    return InternalFault()
