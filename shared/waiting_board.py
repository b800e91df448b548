"""Where the registry writes up what waits, and the notifier reads it: beside the bells, in the log's Valkey.

So neither asks the other, and whoever is away is waited for (decision 0036).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
import redis

from shared.clock import as_utc_text, from_utc_text
from shared.valkey import Keys, answering
from shared.waiting import Waiting

FRESH: Final = timedelta(days=1)  # What is older tells of a registry that is away, not of its reports.


class WaitingBoard:
    """What waits now, in place of what was written before. Errors: `LogAway` while Valkey is."""

    def __init__(self, client: redis.Redis, programme: str) -> None:
        self._client: Any = client
        self._key = Keys(programme).prefix + "waiting"

    def write(self, found: Sequence[Waiting], now: datetime) -> None:
        board = {"as_of": as_utc_text(now), "waiting": [list(one) for one in found]}
        with answering():
            self._client.set(self._key, orjson.dumps(board))

    def read(self, now: datetime) -> list[Waiting] | None:
        """None if nobody has looked for a day."""
        with answering():
            told = self._client.get(self._key)
        if told is None:
            return None
        board = orjson.loads(told)
        if now - from_utc_text(board["as_of"]) > FRESH:
            return None
        return [Waiting(*one) for one in board["waiting"]]
