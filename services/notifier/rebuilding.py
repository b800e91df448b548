"""What the notifier knows drawn anew from the log: facts, conditions, and how far it has read.

What people wrote and what was told stays: offices, silences, alerts with their acknowledgements, entries and letters.
"""

from typing import Final

from sqlalchemy import delete

from services.notifier.parts import Parts, assemble
from services.notifier.remembered import keep_mark, recall
from services.notifier.tables import aliases, conditions, days, drawn, facts, reading, unsettled
from shared import clock
from shared.catch_up import catch_up
from shared.settings import Notifier
from shared.work import tell_well

# How far it has read comes first: a worker that reads on meanwhile finds itself overtaken.
DRAWN: Final = (reading.checkpoint, reading.parked, facts, aliases, conditions, unsettled, drawn, days)


def rebuild(parts: Parts) -> int:
    """Read the whole log anew; nobody is told again of what is read. Returns the position reached.

    May be interrupted: the worker goes on. Until then alerts and letters stand still.
    """
    with parts.database.begin() as transaction:
        recall(transaction, parts.remembered)
        keep_mark(transaction)
        for table in DRAWN:
            transaction.execute(delete(table))
    position = catch_up(parts.log, parts.follower)
    tell_well(parts.doorbell, parts.follower)
    parts.follower.settle()
    return position


def rebuild_now() -> int:
    """`ishc notifier rebuild`."""
    return rebuild(assemble(Notifier(), clock.now))


def release_now(letter: int | None) -> int:
    """`ishc notifier release`: how many letters go; all that are held where none is named."""
    delivery = assemble(Notifier(), clock.now).delivery
    return sum(delivery.release(id) for id in (delivery.held() if letter is None else [letter]))
