"""Conditions drawn anew from the facts, when the thresholds are no longer those they were drawn with."""

from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from services.notifier import rules
from services.notifier.conditions import write_conditions
from services.notifier.facts import Club
from services.notifier.province_facts import Province
from services.notifier.rules.catalogue import Limits
from services.notifier.tables import drawn, facts
from services.notifier.training_facts import Training
from shared.report import canonical, sha256

_AT_ONCE: Final = 2000  # Subjects.
_KINDS: Final[dict[str, Any]] = {"club": Club, "training": Training, "province": Province}


def draw_anew(transaction: Connection, limits: Limits) -> int:
    """Draw all conditions anew if thresholds changed or rules came or went; returns of how many subjects."""
    now = sha256(canonical(limits))
    if transaction.scalar(select(drawn.c.limits)) == now:
        return 0
    transaction.execute(delete(drawn))
    transaction.execute(insert(drawn).values(id=1, limits=now))
    last, count = "", 0
    query = select(facts).where(facts.c.kind.in_(_KINDS)).order_by(facts.c.subject).limit(_AT_ONCE)
    while rows := transaction.execute(query.where(facts.c.subject > last)).all():
        told = {row.subject: rules.of(_KINDS[row.kind](**row.told), limits) for row in rows}
        write_conditions(transaction, told)
        last, count = rows[-1].subject, count + len(rows)
    return count
