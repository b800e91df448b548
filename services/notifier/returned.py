"""Letters that came back: each is marked with the reason, and an address that fails three times for good is stopped."""

import imaplib
import logging
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Final

from sqlalchemy import Connection, Engine, select, update

from services.notifier.addresses import refused_for_good
from services.notifier.bounces import Bounce, bounce_in
from services.notifier.outbox import Outbox
from services.notifier.return_box import return_box
from services.notifier.tables import letters
from shared.clock import Clock
from shared.settings import Notifier

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60
HANDED_OVER: Final = ("sending", "unknown", "sent")


class ReturnedMail:
    """Looks once a minute at the mailbox that letters come back to, if there is one.

    Raises `ValueError` for settings that name no such mailbox.
    """

    def __init__(self, database: Engine, settings: Notifier, clock: Clock, outbox: Outbox) -> None:
        self._database, self._clock, self._outbox = database, clock, outbox
        url = settings.bounces.get_secret_value()
        if url and not settings.bounce_address:
            raise ValueError("ISHC_BOUNCES needs ISHC_BOUNCE_ADDRESS: without it no bounce names its letter")
        self._look = return_box(url) if url else None
        self._next_look: datetime | None = None

    def read(self) -> None:
        """Settle what came back since the last look."""
        now = self._clock()
        if self._look is None or (self._next_look is not None and now < self._next_look):
            return
        self._next_look = now + timedelta(seconds=LOOK_SECONDS)
        try:
            self._look(self._take)
        except (OSError, imaplib.IMAP4.error) as error:  # Its words may hold the address with the password.
            logger.warning("returned mail is not read: %s", type(error).__name__)

    def _take(self, raw: bytes) -> bool:
        try:
            bounce = bounce_in(message_from_bytes(raw, policy=policy.default))
        except Exception as error:  # Anybody may send anything here; one such mail must not hide the others.
            logger.warning("a returned mail cannot be read: %s", type(error).__name__)
            return False
        if bounce is None:
            return False
        with self._database.begin() as transaction:
            return settle(transaction, self._outbox, bounce, self._clock())


def settle(transaction: Connection, outbox: Outbox, bounce: Bounce, now: datetime) -> bool:
    """Mark the letter that came back; False if it is none of ours. The same bounce twice counts once."""
    query = select(letters).where(letters.c.id == bounce.letter.id).with_for_update()
    letter = transaction.execute(query).first()
    if letter is None or not bounce.letter.names(letter.message_id):
        return False
    mine = update(letters).where(letters.c.id == letter.id)
    if not bounce.failed:
        arrived = {"state": "sent", "sent_at": now, "reason": f"delayed-{bounce.status}"}
        transaction.execute(mine.where(letters.c.state == "unknown").values(arrived))
        return True
    came_back = {"state": "set_aside", "reason": f"bounced-{bounce.status}"}
    new = transaction.execute(mine.where(letters.c.state.in_(HANDED_OVER)).values(came_back)).rowcount
    if new:
        logger.error("letter %d came back: %s", letter.id, bounce.status)
    if new and bounce.hard:
        refused_for_good(transaction, outbox, letter.address, bounce.status, now)
    return True
