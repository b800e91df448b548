"""The tick: a loop that heals. It rings followers that are behind and the sweep that time itself calls for.

One process of many holds a lease and ticks; when it dies, another takes over within seconds. It does no work and
knows no service: losing it costs time only.
"""

import logging
import signal
import threading
import time
from typing import Final
from uuid import uuid4

import redis

from shared.doorbell import FOLLOWERS, SWEEPS, Doorbell
from shared.problems import LogAway
from shared.settings import Common
from shared.valkey import Keys, connect

logger = logging.getLogger(__name__)

EVERY_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 5.0
LEASE_SECONDS: Final = 5.0


class Tick:
    """Compares the log's head with where its followers say they are, and rings."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._swept_at = float("-inf")

    def once(self, head: int, seconds: float) -> list[str]:
        """Ring whoever is behind `head` and not on the way already; returns whom. `seconds` is a steady clock."""
        positions = self._doorbell.positions()
        woken = [name for name in FOLLOWERS if positions[name] < head and self._doorbell.arm(name)]
        if seconds - self._swept_at >= SWEEP_SECONDS:
            self._swept_at = seconds
            woken += [name for name in SWEEPS if self._doorbell.arm(name)]
        self._doorbell.ring(woken)
        return woken


def main() -> None:
    """Tick until told to stop."""
    settings, me = Common(), str(uuid4())
    client = connect(settings.log)
    doorbell = Doorbell(client, redis.Redis.from_url(settings.jobs), settings.programme)
    tick, keys, stop = Tick(doorbell), Keys(settings.programme), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(EVERY_SECONDS):
        try:
            if doorbell.lease("tick", me, LEASE_SECONDS):
                tick.once(int(client.hget(keys.meta, "head") or 0), time.monotonic())
        except (LogAway, redis.RedisError):
            logger.warning("tick waits: the log is away")
