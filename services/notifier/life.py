"""The life of an alert: firing → acknowledged → resolved. Settling brings alerts to what the conditions say of a day.

What no longer holds is resolved at once. What holds fires when the next day begins, so that the reports of one
afternoon, posted one by one, do not fire what the last of them ends. Settling may be repeated and interrupted: it
needs only what the follower wrote with its position. Nobody settles while the follower is behind the mark.

What nobody acknowledges is told again and then told to the nation (`insisting.py`).
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, insert, or_, select, update

from services.notifier.conditions import changing, to_settle
from services.notifier.gathering import draw_gathered
from services.notifier.insisting import insist
from services.notifier.outbox import Outbox
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.catalogue import limits as rules_in_use
from services.notifier.silent_provinces import draw_silent_provinces
from services.notifier.tables import alerts, conditions, days, marks, reading, unsettled
from services.notifier.telling import hold, note, tell_the_end
from services.notifier.unreachable_offices import draw_unreachable_offices
from shared.catch_up import Overtaken
from shared.clock import day_in_viet_nam

OPEN: Final = (
    "firing",
    "acknowledged",
)  # Named one by one, an index finds them; "not resolved" would read all alerts.
_AT_ONCE: Final = 500  # Subjects.


def settle(
    transaction: Connection, outbox: Outbox, now: datetime, fire: bool = False, limits: Limits | None = None
) -> int:
    """Let time pass, bring the alerts up to date and write the letters that are due; returns how many days passed.

    `fire`: as if the next day had begun. `limits`: other thresholds than those in use. Raises `Overtaken` if another
    worker passed the day.
    """
    position, mark = _position(transaction), transaction.execute(select(marks)).first()
    if position is None or (mark is not None and position < mark.position):
        return 0
    today, last = day_in_viet_nam(now), transaction.scalar(select(days.c.last_day))
    passed, limits = 0, rules_in_use() if limits is None else limits
    if mark is not None and mark.last_day is not None and (last or "") < mark.last_day <= today.isoformat():
        # An older copy or an empty one: first what was told before, to nobody; then the days since.
        passed = _settle_on(
            transaction, outbox, date.fromisoformat(mark.last_day), now, position, True, limits
        )
    passed += _settle_on(transaction, outbox, today, now, position, fire, limits)
    outbox.compose(transaction, now)
    return passed


def _settle_on(
    transaction: Connection,
    outbox: Outbox,
    today: date,
    now: datetime,
    position: int,
    fire: bool,
    limits: Limits,
) -> int:
    passed = _pass_days(transaction, today)
    day = date.fromisoformat(transaction.scalars(select(days.c.last_day)).one())
    if passed or transaction.scalar(select(exists().select_from(unsettled))):
        to_settle(transaction, draw_silent_provinces(transaction, day, begins=bool(passed or fire)))
        to_settle(transaction, draw_unreachable_offices(transaction, day, begins=bool(passed or fire)))
        if passed or fire:
            to_settle(transaction, draw_gathered(transaction, day, limits))
        _resolve(transaction, day, now, position)
    if passed or fire:
        _fire(transaction, outbox, day, now)
        insist(transaction, now, day)
    return passed


def acknowledge(
    transaction: Connection, keys: Collection[str], by: str, note_: str | None, now: datetime
) -> list[str]:
    """Somebody looks after these alerts: no reminder and no escalation, and no letter of what was not yet told.

    Returns the keys of those that were firing; the others are acknowledged already, or over.
    """
    firing = (alerts.c.key.in_(keys), alerts.c.state == "firing")
    seen = {"state": "acknowledged", "acknowledged_at": now, "acknowledged_by": by}
    mine = list(transaction.scalars(update(alerts).where(*firing).values(seen).returning(alerts.c.key)))
    note(transaction, sorted(mine), "acknowledged", now, by=by, note=note_)
    hold(transaction, mine, "acknowledged", by)
    return mine


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
        alerts.c.state.in_(OPEN),
        alerts.c.subject.in_(select(unsettled.c.subject)),
        ~select(conditions.c.key).where(_same_matter(), *_holding(day)).exists(),
    )
    ended = {"state": "resolved", "resolved_at": now, "resolved_by": position}
    found = [row._asdict() | ended for row in transaction.execute(select(alerts).where(*over))]
    keys = [alert["key"] for alert in found]
    for at in range(0, len(keys), _AT_ONCE):
        some = alerts.c.key.in_(keys[at : at + _AT_ONCE])
        transaction.execute(update(alerts).where(some).values(ended))
    note(transaction, keys, "resolved", now, position=position)
    expired = _expired(transaction, keys, day)
    hold(transaction, expired, "resolved", None)
    tell_the_end(transaction, [alert for alert in found if alert["key"] not in expired], now, day)


def _expired(transaction: Connection, keys: Sequence[str], day: date) -> set[str]:
    """Those that only time has ended: that an action month is no longer ahead is no news."""
    found: set[str] = set()
    for at in range(0, len(keys), _AT_ONCE):
        mine = conditions.c.key.in_(keys[at : at + _AT_ONCE])
        query = select(conditions.c.key).where(mine, conditions.c.until_day < day.isoformat())
        found |= set(transaction.scalars(query))
    return found


def _fire(transaction: Connection, outbox: Outbox, day: date, now: datetime) -> None:
    """Begin what holds."""
    subjects = sorted(transaction.scalars(delete(unsettled).returning(unsettled.c.subject)))
    for at in range(0, len(subjects), _AT_ONCE):
        theirs = conditions.c.subject.in_(subjects[at : at + _AT_ONCE])
        still_open = select(alerts.c.key).where(_same_matter(), alerts.c.state.in_(OPEN))
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
