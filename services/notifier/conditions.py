"""What the rules make of a subject's facts: what will hold from which day, unless a report says otherwise."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from services.notifier.rules import Condition
from services.notifier.rules.catalogue import gathered
from services.notifier.tables import conditions, unsettled

_AT_ONCE: Final = 500
_NAMES: Final = tuple(one.name for one in fields(Condition))


def write_conditions(transaction: Connection, found: Mapping[str, Sequence[Condition]]) -> None:
    """From now on each subject has just these conditions, beside what is gathered of many; where they
    changed, its alerts wait to be settled.
    """
    names = sorted(found)
    for at in range(0, len(names), _AT_ONCE):
        some = names[at : at + _AT_ONCE]
        mine = (conditions.c.subject.in_(some), conditions.c.rule.not_in(gathered()))
        query = select(conditions).where(*mine)
        before = {row.key: row._asdict() for row in transaction.execute(query)}
        now = {one.key: _row(one) for name in some for one in found[name]}
        new = [row for key, row in now.items() if before.get(key) != row]
        over = [key for key, row in before.items() if now.get(key) != row]
        for start in range(0, len(over), _AT_ONCE):
            old = conditions.c.key.in_(over[start : start + _AT_ONCE])
            transaction.execute(delete(conditions).where(old))
        if new:
            transaction.execute(insert(conditions), new)
        to_settle(
            transaction, sorted({*(row["subject"] for row in new), *(before[key]["subject"] for key in over)})
        )


def insert_conditions(transaction: Connection, found: Sequence[Condition]) -> None:
    """Write conditions that are not there yet."""
    if rows := [_row(one) for one in found]:
        transaction.execute(insert(conditions), rows)


def to_settle(transaction: Connection, subjects: Iterable[str]) -> None:
    """Look again at the alerts of these subjects."""
    if rows := [{"subject": subject} for subject in subjects]:
        dialect = postgresql if transaction.dialect.name == "postgresql" else sqlite
        transaction.execute(dialect.insert(unsettled).on_conflict_do_nothing(), rows)


def changing(transaction: Connection, after: date, until: date) -> list[str]:
    """The subjects of which a condition begins or has ended by itself within these days."""
    begins = conditions.c.from_day.between(_next(after), until.isoformat())
    ended = conditions.c.until_day.between(after.isoformat(), until.isoformat())
    query = select(conditions.c.subject).where(or_(begins, ended)).distinct()
    return list(transaction.scalars(query))


def _next(day: date) -> str:
    return date.fromordinal(day.toordinal() + 1).isoformat()


def _row(one: Condition) -> dict[str, Any]:
    until = one.until_day.isoformat() if one.until_day else None
    return {name: getattr(one, name) for name in _NAMES} | {
        "causes": list(one.causes),
        "from_day": one.from_day.isoformat(),
        "until_day": until,
    }
