"""The doorbell: an RQ job without data that tells a follower to look at the log.

Losing one costs a second, never an event: the tick compares positions and rings again. An armed flag stands for
"somebody is on the way": an append arms it, the worker disarms it only if nothing came behind its position. RQ's
own `unique` would refuse a bell for as long as a dead job lingers (decision 0004).
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from shared.clock import as_utc_text, from_utc_text
from shared.matters import Backup
from shared.valkey import BELL_SECONDS, Keys, answering

logger = logging.getLogger(__name__)

# The head is only read: a follower may not write where it stands, and the keys of a script are those it may write.
_DISARM: Final = """
if tonumber(redis.call('HGET', ARGV[2], 'head') or '0') > tonumber(ARGV[1]) then return 0 end
redis.call('DEL', KEYS[1])
return 1
"""


class State(NamedTuple):
    """What a follower says of itself: events it could not digest, and "forked" or "halted" if it goes no further."""

    parked: int = 0
    stopped: str = ""


class Bell(NamedTuple):
    """Whom a bell wakes: the queue its worker listens on, and what that worker then does."""

    queue: str
    job: str


# Everything that is woken, on one screen. One queue per worker: RQ loses jobs of a worker with two.
BELLS: Final[Mapping[str, Bell]] = {
    "archive": Bell("archive", "services.registry.work.follow"),
    "reporting": Bell("reporting", "services.reporting.work.follow"),
    "notifier": Bell("notifier", "services.notifier.work.follow"),
    "sweep": Bell("notifier", "services.notifier.work.sweep"),
    "exports": Bell("exports", "services.reporting.exports_work.work"),
}
_BACKUP: Final = "backup"  # Beside the followers' states: what it says is told like theirs.
SEND_LETTER: Final = "services.notifier.work.send"
JOBS: Final = frozenset({SEND_LETTER, *(bell.job for bell in BELLS.values())})  # All that workers ever run.
SWEEPS: Final = ("sweep", "exports")  # Those that time itself rings.
FOLLOWERS: Final = ("archive", "reporting", "notifier")  # Those whose bell an append arms.


def queue(name: str, connection: redis.Redis, programme: str) -> Queue:
    """An RQ queue of one programme, that writes JSON, never pickle."""
    return Queue(f"{programme}:{name}", connection=connection, serializer=JSONSerializer)


def enqueue(
    name: str, job: str, connection: redis.Redis, programme: str, arguments: Sequence[Any] = ()
) -> None:
    """Put one job on a queue. It leaves nothing behind: what matters is in the log and in the databases."""
    queue(name, connection, programme).enqueue(
        job, args=list(arguments), result_ttl=0, failure_ttl=3600, job_timeout=600
    )


class Doorbell:
    """Rings, arms and disarms the bells. `log` is the log's Valkey, `jobs` the one RQ lives on."""

    def __init__(self, log: redis.Redis, jobs: redis.Redis, programme: str) -> None:
        self._log, self._jobs, self._programme = log, jobs, programme
        self._keys = Keys(programme)
        self._disarm = log.register_script(_DISARM)

    def close(self) -> None:
        """Close the connections to both."""
        self._log.close()
        self._jobs.close()

    def ring(self, followers: Iterable[str]) -> None:
        """Wake the followers whose bell was armed. A bell that cannot be rung is left to the tick."""
        for follower in followers:
            bell = BELLS[follower]
            try:
                enqueue(bell.queue, bell.job, self._jobs, self._programme)
            except redis.RedisError:
                logger.warning("bell %s not rung, the tick will", follower)

    def arm(self, follower: str) -> bool:
        """Arm a bell; False if somebody is on the way already."""
        with answering():
            return bool(self._log.set(self._keys.bell(follower), "1", nx=True, px=BELL_SECONDS * 1000))

    def at_work(self, follower: str, position: int) -> None:
        """Say that the follower has reached `position` and goes on."""
        with answering():
            pipeline = self._log.pipeline(transaction=False)
            pipeline.hset(self._keys.followers, follower, position)
            pipeline.set(self._keys.bell(follower), "1", px=BELL_SECONDS * 1000)
            pipeline.execute()

    def disarm(self, follower: str, position: int) -> bool:
        """Put the bell to rest unless the log goes on behind `position`; False means: read on."""
        with answering():
            pipeline = self._log.pipeline(transaction=False)
            pipeline.hset(self._keys.followers, follower, position)
            self._disarm(keys=[self._keys.bell(follower)], args=[position, self._keys.meta], client=pipeline)
            return bool(pipeline.execute()[1])

    def swept(self, sweep: str = "sweep") -> None:
        """Put a sweep's bell to rest."""
        with answering():
            self._log.delete(self._keys.bell(sweep))

    def positions(self) -> dict[str, int]:
        """Where each follower last said it was. Advisory: their own databases know."""
        with answering():
            said: Any = self._log.hgetall(self._keys.followers)
        return {follower: int(said.get(follower, 0)) for follower in FOLLOWERS}

    def tell(self, follower: str, state: State) -> None:
        """Say how the follower is. Advisory, for whoever looks after the system."""
        with answering():
            self._log.hset(self._keys.states, follower, json.dumps(state))

    def states(self) -> dict[str, State]:
        """How each follower last said it was."""
        with answering():
            said: Any = self._log.hgetall(self._keys.states)
        return {follower: State(*json.loads(said.get(follower, "[]"))) for follower in FOLLOWERS}

    def note_backup(self, finished_at: datetime | None = None, failed_at: datetime | None = None) -> None:
        """Say that a backup ended well, or failed: the last good one is still known then."""
        before = self.last_backup()
        finished = finished_at or (before.finished_at if before else None)
        told = [as_utc_text(at) if at else None for at in (finished, failed_at)]
        with answering():
            self._log.hset(self._keys.states, _BACKUP, json.dumps(told))

    def last_backup(self) -> Backup | None:
        """How the last backup ended; None while nobody told of one."""
        with answering():
            told: Any = self._log.hgetall(self._keys.states).get(_BACKUP)
        return Backup(*(from_utc_text(at) if at else None for at in json.loads(told))) if told else None

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Take or keep a lease; False while somebody else holds it."""
        with answering():
            key, milliseconds = self._keys.lease(name), int(seconds * 1000)
            if self._log.set(key, holder, nx=True, px=milliseconds):
                return True
            held = self._log.get(key) == holder
            if held:
                self._log.pexpire(key, milliseconds)
            return held
