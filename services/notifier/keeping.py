"""What a backup keeps of the notifier's database, and how a restored one goes on."""

from typing import Final

from sqlalchemy import Connection, delete, insert, update

from services.notifier.rebuilding import DRAWN
from services.notifier.tables import (
    addresses,
    alert_history,
    alerts,
    entries,
    letters,
    link_keys,
    marks,
    office_history,
    offices,
    reports,
    silences,
)
from services.notifier.telling import hold_what_waits
from shared import clock
from shared.log import Mark

KEPT: Final = (
    *(offices, office_history, alerts, alert_history, silences),
    *(entries, marks, letters, reports, addresses, link_keys),
)
__all__ = ["DRAWN", "KEPT", "go_on"]


def go_on(transaction: Connection, last: Mark) -> None:
    """Nobody is told again: what the log holds up to `last`, and what happened until today, may have been told by the
    life that was lost. What was about to be sent is held until a person releases it (`ishc notifier release`)."""
    today = clock.day_in_viet_nam(clock.now()).isoformat()
    transaction.execute(delete(marks))
    transaction.execute(insert(marks).values(id=1, position=last.position, last_day=today))
    hold_what_waits(transaction)
    waiting = letters.c.state.in_(("due", "claimed"))
    transaction.execute(update(letters).where(waiting).values(state="held", reason="restored", claim=None))
    lost = letters.c.state == "sending"
    transaction.execute(update(letters).where(lost).values(state="unknown", reason="answer-lost"))
