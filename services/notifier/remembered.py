"""What Valkey remembers of letters, so that a restored or emptied database tells nothing twice.

The mark: the position and the day up to which letters were decided. Handed over: the Message-IDs that a mail server
may have taken. Both share the log's fate and key space, never the database's.
"""

from datetime import datetime
from typing import Any, Final

import redis
from sqlalchemy import Connection, insert, select, update

from services.notifier.tables import days, marks, reading
from services.notifier.telling import hold_what_waits
from shared.valkey import Keys, answering
from shared.waiting_board import WaitingBoard

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
        self.waiting = WaitingBoard(client, programme)

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
    """Copy the remembered mark into a database that is behind it: an old copy, or an empty one.

    What waits to be told in an old copy may have been told by the life that was lost: it is held. In ordinary life
    the database is ahead: the mark is raised after each commit.
    """
    position, last_day = remembered.mark()  # Asked first: what is committed later is no sign of an old copy.
    own, own_day = _reached(transaction)
    behind = position > own or (last_day or "") > (own_day or "")
    if behind and _raise_own_mark(transaction, position, last_day):
        hold_what_waits(transaction)


def keep_mark(transaction: Connection) -> None:
    """Whatever is read anew up to here mails nobody."""
    _raise_own_mark(transaction, *_reached(transaction))


def remember(transaction: Connection, remembered: Remembered) -> None:
    """Raise the mark to what this database has committed; call it with a fresh connection."""
    position, last_day = _reached(transaction)
    if position:
        remembered.raise_mark(position, last_day)


def _reached(transaction: Connection) -> tuple[int, str | None]:
    checkpoint = reading.checkpoint
    position = transaction.scalar(select(checkpoint.c.position).where(checkpoint.c.follower == "notifier"))
    return position or 0, transaction.scalar(select(days.c.last_day))


def _raise_own_mark(transaction: Connection, position: int, last_day: str | None) -> bool:
    """False if this database has the mark, or a higher one, already."""
    known = transaction.execute(select(marks)).first()
    if known is None:
        transaction.execute(insert(marks).values(id=1, position=position, last_day=last_day))
        return True
    higher, day = max(known.position, position), max(known.last_day or "", last_day or "") or None
    if (higher, day) == (known.position, known.last_day):
        return False
    transaction.execute(update(marks).values(position=higher, last_day=day))
    return True
