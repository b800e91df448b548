"""The life of an alert: firing → acknowledged → resolved. Settling brings alerts to what the conditions say of a day.

What no longer holds is resolved at once. What holds fires when the next day begins, so that the reports of one
afternoon, posted one by one, do not fire what the last of them ends. Settling may be repeated and interrupted: it
needs only what the follower wrote with its position. Nobody settles while the follower is behind the mark.
"""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, update

from services.notifier.conditions import changing, to_settle
from services.notifier.outbox import Outbox
from services.notifier.tables import alert_history, alerts, conditions, days, marks, reading, unsettled
from shared.catch_up import Overtaken
from shared.clock import day_in_viet_nam

_AT_ONCE: Final = 500  # Subjects.


def settle(transaction: Connection, outbox: Outbox, now: datetime, fire: bool = False) -> int:
    """Let time pass and bring the alerts up to date; returns how many days passed since they last were.

    `fire`: as if the next day had begun. Raises `Overtaken` if another worker passed the day.
    """
    position, mark = _position(transaction), transaction.execute(select(marks)).first()
    if position is None or (mark is not None and position < mark.position):
        return 0
    today, last = day_in_viet_nam(now), transaction.scalar(select(days.c.last_day))
    passed = 0
    if mark is not None and mark.last_day is not None and (last or "") < mark.last_day <= today.isoformat():
        # An older copy or an empty one: first what was told before, to nobody; then the days since.
        passed = _settle_on(transaction, outbox, date.fromisoformat(mark.last_day), now, position, True)
    return passed + _settle_on(transaction, outbox, today, now, position, fire)


def _settle_on(
    transaction: Connection, outbox: Outbox, today: date, now: datetime, position: int, fire: bool
) -> int:
    passed = _pass_days(transaction, today)
    day = date.fromisoformat(transaction.scalars(select(days.c.last_day)).one())
    _resolve(transaction, day, now, position)
    if passed or fire:
        _fire(transaction, outbox, day, now)
    return passed


def _pass_days(transaction: Connection, today: date) -> int:
    last = transaction.scalar(select(days.c.last_day))
    if last is None:
        transaction.execute(insert(days).values(id=1, last_day=today.isoformat()))
        return 0
    passed = (today - date.fromisoformat(last)).days
    if passed <= 0:
        return 0
    mine = update(days).where(days.c.last_day == last).values(last_day=today.isoformat())
    if transaction.execute(mine).rowcount != 1:
        raise Overtaken
    to_settle(transaction, changing(transaction, date.fromisoformat(last), today))
    return passed


def _resolve(transaction: Connection, day: date, now: datetime, position: int) -> None:
    """End what no longer holds."""
    over = (
        alerts.c.condition,
        alerts.c.state != "resolved",
        alerts.c.subject.in_(select(unsettled.c.subject)),
        ~select(conditions.c.key).where(_same_matter(), *_holding(day)).exists(),
    )
    keys = list(transaction.scalars(select(alerts.c.key).where(*over)))
    if not keys:
        return
    ended = {"state": "resolved", "resolved_at": now, "resolved_by": position}
    transaction.execute(update(alerts).where(alerts.c.key.in_(keys)).values(ended))
    told = [{"alert_key": key, "at": now, "what": "resolved", "position": position} for key in keys]
    transaction.execute(insert(alert_history), told)


def _fire(transaction: Connection, outbox: Outbox, day: date, now: datetime) -> None:
    """Begin what holds."""
    subjects = sorted(transaction.scalars(delete(unsettled).returning(unsettled.c.subject)))
    for at in range(0, len(subjects), _AT_ONCE):
        theirs = conditions.c.subject.in_(subjects[at : at + _AT_ONCE])
        still_open = select(alerts.c.key).where(_same_matter(), alerts.c.state != "resolved")
        begun = (
            select(conditions).where(theirs, *_holding(day), ~still_open.exists()).order_by(conditions.c.key)
        )
        outbox.fire(transaction, [_alert(row, now, day) for row in transaction.execute(begun)], now, day)


def _same_matter() -> ColumnElement[bool]:
    """A rule has one open alert about a subject: a late report that moves its beginning is no second one."""
    return and_(conditions.c.rule == alerts.c.rule, conditions.c.subject == alerts.c.subject)


def _holding(day: date) -> tuple[ColumnElement[bool], ...]:
    on, until = day.isoformat(), conditions.c.until_day
    return conditions.c.from_day <= on, or_(until.is_(None), until >= on)


def _alert(row: Row[Any], now: datetime, day: date) -> dict[str, Any]:
    """The alert that a condition becomes on its day."""
    shared = ("key", "rule", "subject", "province_now", "province_63", "causes", "facts", "historical")
    return {name: row._mapping[name] for name in shared} | {
        "condition": True,
        "state": "firing",
        "fired_on": day.isoformat(),
        "fired_at": now,
        "resolved_at": None,
    }


def _position(transaction: Connection) -> int | None:
    checkpoint = reading.checkpoint
    return transaction.scalar(select(checkpoint.c.position).where(checkpoint.c.follower == "notifier"))
