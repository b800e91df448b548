"""What a backup keeps of the registry's database, and how a restored one goes on."""

from typing import Final

from sqlalchemy import Connection, insert, update

from services.registry.tables import devices, heard, held, quarantine, reading
from shared.access import tokens
from shared.archive import archive
from shared.audit import audit
from shared.log import START, Mark

KEPT: Final = (tokens, audit, held, quarantine, heard, devices)
DRAWN: Final = (archive, reading.checkpoint, reading.parked)  # The log itself fills them.


def go_on(transaction: Connection, last: Mark) -> None:
    """The archive holds the log up to `last`. What had been let in behind it waits, or is refused, again."""
    if last != START:
        transaction.execute(insert(reading.checkpoint).values(follower="archive", **last._asdict()))
    transaction.execute(
        update(held).where(held.c.position > last.position).values(state="waiting", position=None)
    )
    transaction.execute(
        update(quarantine).where(quarantine.c.position > last.position).values(state="kept", position=None)
    )
