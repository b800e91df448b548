"""Delivering letters: claim, send, mark. Only what surely did not reach the mail server is tried again.

The state `sending` is committed before the message is handed over (DATA). If the answer to it is lost, the letter
may have arrived: it becomes `unknown` and visible, and is never silently sent twice (decision 0006).
"""

import logging
import random
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import Engine, and_, or_, select, update

from services.notifier.addresses import refused_for_good
from services.notifier.bounces import blames_the_address, status_in
from services.notifier.dkim_seal import seal_of
from services.notifier.folding import MAIL
from services.notifier.links import Links
from services.notifier.mail import as_message, return_path
from services.notifier.monthly import attachments
from services.notifier.outbox import Outbox
from services.notifier.remembered import Remembered
from services.notifier.tables import letters
from services.notifier.writing import write_letter
from shared.clock import Clock
from shared.database import reads
from shared.logs import told as log_facts
from shared.problems import LogAway
from shared.settings import Notifier
from shared.tracing import MOST

logger = logging.getLogger(__name__)

# Pauses between tries, in minutes; after the last one the letter is set aside for a person.
PAUSES: Final = (1, 5, 15, 60, 180, 360, 720, 1440)
CLAIM_SECONDS: Final = 30  # A claim this old belongs to a worker that died before it handed anything over.
ANSWER_SECONDS: Final = 120  # A hand-over this old has lost its answer.
REQUEUE_SECONDS: Final = 60
MAILBOX_FULL: Final = 552  # A board empties its mailbox: later, not never.
NO_SESSION: Final = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError)

Connect = Callable[[], smtplib.SMTP]


class Delivery:
    """Sends the letters of the outbox."""

    def __init__(
        self,
        engine: Engine,
        settings: Notifier,
        clock: Clock,
        remembered: Remembered,
        outbox: Outbox,
        connect: Connect | None = None,
    ) -> None:
        self._remembered, self._outbox = remembered, outbox
        self._engine, self._settings, self._clock = engine, settings, clock
        self._links, self.seal = Links(settings, engine, clock), seal_of(settings)
        self._connect = connect or (lambda: open_smtp(settings))

    def due(self, limit: int = 500) -> list[int]:
        """Letters to put on the queue: due, and not queued a moment ago. They count as queued from now on."""
        now = self._clock()
        waiting = or_(
            letters.c.queued_at.is_(None), letters.c.queued_at < now - timedelta(seconds=REQUEUE_SECONDS)
        )
        query = select(letters.c.id).where(letters.c.state == "due", letters.c.next_try_at <= now, waiting)
        with self._engine.begin() as transaction:
            found = list(transaction.scalars(query.order_by(letters.c.id).limit(limit)))
            transaction.execute(update(letters).where(letters.c.id.in_(found)).values(queued_at=now))
        return found

    def sweep(self) -> None:
        """Free what dead workers held: claims go back to due, lost answers become `unknown`."""
        now = self._clock()
        dead_claim = and_(
            letters.c.state == "claimed", letters.c.claimed_at < now - timedelta(seconds=CLAIM_SECONDS)
        )
        lost_answer = and_(
            letters.c.state == "sending", letters.c.claimed_at < now - timedelta(seconds=ANSWER_SECONDS)
        )
        with self._engine.begin() as transaction:
            transaction.execute(
                update(letters).where(dead_claim).values(state="due", claim=None, queued_at=None)
            )
            transaction.execute(
                update(letters).where(lost_answer).values(state="unknown", reason="answer-lost")
            )
        if self._settings.unknown_resend_hours is not None:
            self._resend_unknown(now - timedelta(hours=self._settings.unknown_resend_hours))

    def send(self, id: int) -> None:
        """Send one letter, if it is due and nobody else has claimed it."""
        with reads(self._engine).connect() as connection:
            before = connection.scalar(select(letters.c.claim).where(letters.c.id == id))
        claim = self._claim(id)
        if claim is None:
            return
        with reads(self._engine).connect() as connection:
            row = connection.execute(select(letters).where(letters.c.id == id)).one()
        try:
            # Our own last claim surely failed, or the letter would not be due; any other is of another life.
            if self._remembered.handed_over(row.message_id) not in (None, before):
                self._mark(id, claim, ("claimed",), state="held", reason="handed-over-before")
                logger.error("letter %d held: it was handed over in an earlier life of the database", id)
                return
            if not self._has_room(row):
                self._postpone(row, claim)
                return
            with self._connect() as smtp:
                self._hand_over(smtp, row, claim)
        except NO_SESSION as error:  # Our password or its server is at fault, not the letter.
            self._try_later(row, claim, ("claimed",), f"smtp-{error.smtp_code}")
        except smtplib.SMTPResponseException as error:
            self._answered_no(row, claim, error)
        except LogAway:  # Raised before DATA only.
            self._try_later(row, claim, ("claimed", "sending"), "valkey-away")
        except (OSError, smtplib.SMTPException) as error:
            self._broke_off(row, claim, type(error).__name__)

    def resend(self, id: int) -> bool:
        """A person decides that a letter set aside or unknown is to be sent again; False if it is neither."""
        return self._again(id, ("set_aside", "unknown"), attempts=0)

    def release(self, id: int) -> bool:
        """A person decides that a held letter is to be sent after all; False if it is not held."""
        return self._again(id, ("held",), attempts=0)

    def held(self) -> list[int]:
        """Letters that wait for a person."""
        with reads(self._engine).connect() as connection:
            query = select(letters.c.id).where(letters.c.state == "held").order_by(letters.c.id)
            return list(connection.scalars(query))

    def _resend_unknown(self, before: datetime) -> None:
        """The policy of those who would rather read a letter twice than miss it; as often as any letter is tried."""
        lost = and_(
            letters.c.state == "unknown", letters.c.claimed_at < before, letters.c.attempts <= len(PAUSES)
        )
        with reads(self._engine).connect() as connection:
            found = list(connection.scalars(select(letters.c.id).where(lost)))
        for id in found:
            self._again(id, ("unknown",))

    def _again(self, id: int, states: tuple[str, ...], **values: Any) -> bool:
        settled = and_(letters.c.id == id, letters.c.state.in_(states))
        due = {"state": "due", "next_try_at": self._clock(), "queued_at": None, "reason": None}
        with self._engine.begin() as transaction:
            message_id = transaction.scalar(select(letters.c.message_id).where(settled))
            if message_id is None:
                return False
            self._remembered.take_back(message_id)
            changed = transaction.execute(update(letters).where(settled).values(due | values))
        return bool(changed.rowcount == 1)

    def _has_room(self, row: Any) -> bool:
        """No mail domain gets more letters a minute than the settings allow."""
        domain = row.address.rpartition("@")[2].lower()
        return self._remembered.has_room(domain, self._settings.letters_a_minute, self._clock())

    def _postpone(self, row: Any, claim: str) -> None:
        """The next minute has room: this was no try."""
        again = self._clock() + timedelta(seconds=random.uniform(60, 90))  # noqa: S311 (no secret)
        due = {"state": "due", "next_try_at": again, "queued_at": None, "attempts": row.attempts - 1}
        self._mark(row.id, claim, ("claimed",), **due)

    def _claim(self, id: int) -> str | None:
        claim = str(uuid4())
        claimed = {
            "state": "claimed",
            "claim": claim,
            "claimed_at": self._clock(),
            "attempts": letters.c.attempts + 1,
        }
        with self._engine.begin() as transaction:
            mine = transaction.execute(
                update(letters).where(letters.c.id == id, letters.c.state == "due").values(claimed)
            )
        return claim if mine.rowcount == 1 else None

    def _hand_over(self, smtp: smtplib.SMTP, row: Any, claim: str) -> None:
        told = row._asdict()
        message = as_message(
            write_letter(told, self._settings, links=self._links),
            row,
            sender=self._settings.mail_from,
            domain=self._settings.mail_domain,
            unsubscribe=self._links.unsubscribe_url(told),
            attached=attachments(self._engine, told, row.language),
        )
        returned_to = return_path(
            row.id, row.message_id, self._settings.bounce_address, self._settings.mail_from
        )
        _ask(smtp.mail(returned_to))
        _ask(smtp.rcpt(row.address))
        if not self._mark(row.id, claim, ("claimed",), state="sending", claimed_at=self._clock()):
            return  # Swept as dead and claimed by another worker: it is theirs now.
        self._remembered.hand_over(row.message_id, claim)
        _ask(smtp.data(self.seal(message.as_bytes(policy=MAIL))))
        self._mark(row.id, claim, ("sending", "unknown"), state="sent", sent_at=self._clock(), reason=None)
        facts = log_facts(letter=row.id, message_id=row.message_id, rule=row.rule, causes=row.causes[:MOST])
        logger.info("letter %d sent", row.id, extra=facts)

    def _answered_no(self, row: Any, claim: str, error: smtplib.SMTPResponseException) -> None:
        """The server said no: unless it had taken the letter before, the letter surely was not taken."""
        code, status, states = error.smtp_code, status_in(_as_text(error.smtp_error)), ("claimed", "sending")
        if 500 <= code < 600 and code != MAILBOX_FULL:
            settled = self._mark(row.id, claim, states, state="set_aside", reason=f"smtp-{code}")
            logger.error("letter %d set aside: the mail server answered %d", row.id, code)
            if settled and status is not None and blames_the_address(status):
                with self._engine.begin() as transaction:
                    refused_for_good(transaction, self._outbox, row.address, status, self._clock())
        else:
            settled = self._try_later(row, claim, states, f"smtp-{code}")
        if settled:
            with suppress(LogAway):  # The claim tells it too, unless the next worker dies with its own.
                self._remembered.take_back(row.message_id)

    def _broke_off(self, row: Any, claim: str, reason: str) -> None:
        """The line broke: before the hand-over it is tried again, behind it nobody knows."""
        self._try_later(row, claim, ("claimed",), reason)
        if self._mark(row.id, claim, ("sending",), state="unknown", reason="answer-lost"):
            logger.error("letter %d may have been delivered: the mail server's answer was lost", row.id)

    def _try_later(self, row: Any, claim: str, states: tuple[str, ...], reason: str) -> bool:
        """After a pause that grows with every try; False if the letter is in none of these states any more."""
        if row.attempts > len(PAUSES):
            if given_up := self._mark(row.id, claim, states, state="set_aside", reason=reason):
                logger.error("letter %d set aside after %d tries: %s", row.id, row.attempts, reason)
            return given_up
        pause = timedelta(minutes=PAUSES[row.attempts - 1]) * random.uniform(0.8, 1.2)  # noqa: S311 (no secret)
        again: datetime = self._clock() + pause
        due = {"state": "due", "next_try_at": again, "queued_at": None, "reason": reason}
        return self._mark(row.id, claim, states, **due)

    def _mark(self, id: int, claim: str, states: tuple[str, ...], **values: Any) -> bool:
        mine = (letters.c.id == id, letters.c.claim == claim, letters.c.state.in_(states))
        with self._engine.begin() as transaction:
            return bool(transaction.execute(update(letters).where(*mine).values(values)).rowcount == 1)


def open_smtp(settings: Notifier) -> smtplib.SMTP:
    """A session with the mail server, encrypted and signed in as the settings say."""
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=settings.smtp_seconds, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(host, port, timeout=settings.smtp_seconds)
    if settings.smtp_security == "starttls":
        smtp.starttls(context=ssl.create_default_context())
    smtp.ehlo_or_helo_if_needed()
    if settings.smtp_user:
        smtp.login(settings.smtp_user, settings.smtp_password.get_secret_value())
    return smtp


def _as_text(answer: str | bytes) -> str:
    return answer.decode("ascii", "replace") if isinstance(answer, bytes) else answer


def _ask(answer: tuple[int, bytes]) -> None:
    code, text = answer
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, text)
