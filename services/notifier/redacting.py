"""Words that were taken out of a report leave what is kept of alerts and letters. What was sent is with its readers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from services.notifier.parts import assemble
from services.notifier.rebuilding import rebuild
from services.notifier.tables import alerts, letters
from shared import clock
from shared.database import scrub
from shared.redaction import REDACTED
from shared.settings import Notifier


def forget_now(position: int, words: Sequence[str]) -> None:
    """Take the words out of every alert and letter that the event at a position is a cause of."""
    parts = assemble(Notifier(), clock.now)
    with parts.database.begin() as transaction:
        forget(transaction, position, words)
    parts.close()


def draw_anew_now() -> None:
    """Read facts and conditions anew from the log, which no longer holds the words."""
    parts = assemble(Notifier(), clock.now)
    rebuild(parts)
    scrub(parts.database)
    parts.close()


def forget(transaction: Connection, position: int, words: Sequence[str]) -> None:
    """The same within a transaction."""
    for table in (alerts, letters):
        ids = [
            row.id
            for row in transaction.execute(select(table.c.id, table.c.causes))
            if position in row.causes
        ]
        for row in transaction.execute(select(table.c.id, table.c.facts).where(table.c.id.in_(ids))).all():
            if (after := _without(row.facts, words)) != row.facts:
                transaction.execute(update(table).where(table.c.id == row.id).values(facts=after))


def _without(facts: Any, words: Sequence[str]) -> Any:
    match facts:
        case str():
            for word in words:
                facts = facts.replace(word, REDACTED)
        case dict():
            return {key: _without(part, words) for key, part in facts.items()}
        case list():
            return [_without(part, words) for part in facts]
    return facts
