"""Workers: one RQ queue each, one process per SQLite database."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import DBAPIError

from shared.catch_up import Follower, Halt, Taken, catch_up, parked_count, replay
from shared.database import is_away
from shared.doorbell import JOBS, Doorbell, State, queue
from shared.log import Forked, Log
from shared.problems import Away
from shared.report import Recorded
from shared.settings import Common

logger = logging.getLogger(__name__)

LINGER_SECONDS: Final = 0.2  # Who posts now often posts again: waiting here costs less than another bell.
LONGEST_SECONDS: Final = (
    300  # Then the job ends and a new bell takes over: RQ must see that the worker lives.
)


class Worker(SimpleWorker):
    """An RQ worker that forks nothing and comes back soon after its Valkey does."""

    max_connection_wait_time = 2.0

    def procline(self, message: str) -> None:
        """A process is called what it was started as."""

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """A queue that forgot everything forgot its workers as well: they say again who they are."""
        if not self.connection.hexists(self.key, "birth"):
            self.connection.delete(self.key)
            self.register_birth()  # type: ignore[no-untyped-call]
        super().heartbeat(timeout, pipeline)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """A job names functions. Only ours are called: who can write to the queues must not run what they like."""
        called_after = (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name)
        if job.func_name in JOBS and not any(called_after):
            super().execute_job(job, queue)
            return
        logger.error("a job that is none of ours was thrown away: %s", job.func_name)
        job.delete()


def follow_log(log: Log, doorbell: Doorbell, follower: Follower, taken: Taken = lambda events: None) -> None:
    """Answer a bell: catch up, linger a moment, and put the bell to rest only if nothing came meanwhile."""

    def report(events: Sequence[Recorded]) -> None:
        doorbell.at_work(follower.name, events[-1].position)
        taken(events)

    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        while time.monotonic() < deadline:
            position = catch_up(log, follower, report)
            if not log.wait_beyond(position, LINGER_SECONDS) and doorbell.disarm(follower.name, position):
                break
        tell_well(doorbell, follower)
    except Forked as fork:
        logger.critical("%s followed another history than this log's at %s: rebuild it", follower.name, fork)
        _tell_stopped(doorbell, follower, "forked")
    except Halt as halt:
        logger.critical("%s halts at %s", follower.name, halt, exc_info=halt)
        _tell_stopped(doorbell, follower, "halted")
    except (Away, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not is_away(error):
            raise
        logger.warning("%s waits: %s", follower.name, type(error).__name__)


def replay_parked(log: Log, doorbell: Doorbell, follower: Follower) -> int:
    """After a fix: take the parked events. Returns how many are still parked."""
    still = replay(log, follower)
    tell_well(doorbell, follower)
    return still


def tell_well(doorbell: Doorbell, follower: Follower) -> None:
    """Say that the follower goes on, and what it has parked."""
    doorbell.tell(follower.name, State(parked_count(follower)))


def run_worker(name: str, settings: Common, at_start: Callable[[], None]) -> None:
    """Work on one queue until told to stop. `at_start` does first what was missed while nobody worked."""
    connection = redis.Redis.from_url(settings.jobs)
    _wait_for(connection)
    at_start()
    worker = Worker(
        [queue(name, connection, settings.programme)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=60,
        maintenance_interval=60,
        log_job_description=False,
    )
    worker.work(logging_level="WARNING")


def _tell_stopped(doorbell: Doorbell, follower: Follower, why: str) -> None:
    with suppress(Away, DBAPIError):
        doorbell.tell(follower.name, State(parked_count(follower), why))


def _wait_for(connection: redis.Redis) -> None:
    while True:
        try:
            connection.ping()
            return
        except redis.RedisError:
            time.sleep(0.2)
