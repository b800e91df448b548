"""What Valkey remembers of letters, so that a restored or emptied database tells nothing twice.

The mark: the position and the day up to which letters were decided. Handed over: the Message-IDs that a mail server
may have taken. Both share the log's fate and key space, never the database's.
"""

from datetime import datetime
from typing import Any, Final

import redis
from sqlalchemy import Connection, insert, select, update

from services.notifier.tables import days, marks, reading
from shared.valkey import Keys, answering

KEPT_SECONDS: Final = 400 * 86_400  # Longer than any backup is worth restoring.
_RAISE: Final = """
local position, day = unpack(redis.call("HMGET", KEYS[1], "position", "last_day"))
if not position or tonumber(ARGV[1]) > tonumber(position) then redis.call("HSET", KEYS[1], "position", ARGV[1]) end
if ARGV[2] ~= "" and (not day or ARGV[2] > day) then redis.call("HSET", KEYS[1], "last_day", ARGV[2]) end
"""


class Remembered:
    """Errors: `LogAway` while Valkey is."""

    def __init__(self, client: redis.Redis, programme: str) -> None:
        keys = Keys(programme)
        self._client: Any = client
        self._mark, self._handed = keys.prefix + "letters:mark", keys.prefix + "letters:handed:"
        self._rate = keys.prefix + "letters:rate:"

    def mark(self) -> tuple[int, str | None]:
        """Position and day up to which letters were decided."""
        with answering():
            position, day = self._client.hmget(self._mark, ("position", "last_day"))
        return int(position or 0), day

    def raise_mark(self, position: int, last_day: str | None) -> None:
        """Letters were decided up to here; the mark never falls."""
        with answering():
            self._client.eval(_RAISE, 1, self._mark, position, last_day or "")

    def handed_over(self, message_id: str) -> str | None:
        """The claim under which a mail server may have taken it."""
        with answering():
            claim: str | None = self._client.get(self._handed + message_id)
        return claim

    def hand_over(self, message_id: str, claim: str) -> None:
        """From now on a mail server may have taken it."""
        with answering():
            self._client.set(self._handed + message_id, claim, ex=KEPT_SECONDS)

    def take_back(self, message_id: str) -> None:
        """It surely was not taken, or a person wants it sent again."""
        with answering():
            self._client.delete(self._handed + message_id)

    def has_room(self, domain: str, most: int, now: datetime) -> bool:
        """Count one more letter for a mail domain in this minute; False if there were enough."""
        key = f"{self._rate}{domain}:{int(now.timestamp()) // 60}"
        with answering():
            count = self._client.incr(key)
            self._client.expire(key, 120)
        return bool(count <= most)


def recall(transaction: Connection, remembered: Remembered) -> None:
    """Copy the remembered mark into a database that is behind it: an old copy, an empty one, a rebuild.

    In ordinary life the database is ahead: the mark is raised after each commit.
    """
    position, last_day = remembered.mark()  # Asked first: what is committed later is no sign of an old copy.
    checkpoint = reading.checkpoint
    own = transaction.scalar(select(checkpoint.c.position).where(checkpoint.c.follower == "notifier")) or 0
    own_day = transaction.scalar(select(days.c.last_day))
    if position <= own and (last_day or "") <= (own_day or ""):
        return
    known = transaction.execute(select(marks)).first()
    if known is None:
        transaction.execute(insert(marks).values(id=1, position=position, last_day=last_day))
        return
    higher = max(known.last_day or "", last_day or "") or None
    transaction.execute(update(marks).values(position=max(known.position, position), last_day=higher))


def remember(transaction: Connection, remembered: Remembered) -> None:
    """Raise the mark to what this database has committed; call it with a fresh connection."""
    checkpoint = reading.checkpoint
    position = transaction.scalar(select(checkpoint.c.position).where(checkpoint.c.follower == "notifier"))
    if position is not None:
        remembered.raise_mark(position, transaction.scalar(select(days.c.last_day)))
