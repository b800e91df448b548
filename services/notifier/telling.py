"""Entries: what each office is to be told of an alert, and when. Written in the transaction of the cause.

An entry ends in a letter (`composing.py`), or keeps the reason why it did not: `held`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from services.notifier.hours import Urgency
from services.notifier.inserting import insert_new
from services.notifier.offices import hears_of, hours_of, offices_on
from services.notifier.rules.catalogue import Audience, Rule, rule_of
from services.notifier.tables import alert_history, entries, marks
from shared.clock import VIET_NAM

Occasion = Literal["fired", "reminded", "escalated", "resolved"]
Told = Mapping[str, Any]  # An alert: its row, or what will be one.
Only = Mapping[str, Collection[str]]  # Offices by alert.

PASSING: Final = ("silenced", "inhibited")  # Reasons that may end: then the entry goes on.


def tell(
    transaction: Connection,
    found: Sequence[Told],
    occasion: Occasion,
    now: datetime,
    day: date,
    only: Only | None = None,
    since: datetime | None = None,
) -> None:
    """An entry for each alert and each office of the day that it concerns, or for `only` these.

    `since`: from when on it may be told, if not from now or from the beginning of the day.
    """
    if not found:
        return
    mark = transaction.execute(select(marks)).first()
    offices = [(office, hours_of(office)) for office in offices_on(transaction, day)]
    again = _times_before(transaction, [alert["key"] for alert in found], occasion)
    rows = []
    for alert in found:
        route = rule_of(alert["rule"])
        for office, hours in offices:
            if only is not None and office["id"] not in only.get(alert["key"], ()):
                continue
            if not hears_of(office, alert, _audience(route, occasion, alert)):
                continue
            urgency = hours.urgency_of(alert["rule"], route.urgency)
            if (
                route.audience != "operator"
            ):  # Who was called to a machine wants to know at once that all is well.
                urgency = _urgency(urgency, occasion)
            number = again.get(alert["key"], 0)
            row = _entry(alert, office["id"], f"{occasion}-{number}" if number else occasion, now)
            row |= {
                "occasion": occasion,
                "urgency": urgency,
                "held": _held_from_the_start(alert, occasion, urgency, mark, day),
            }
            if row["held"] is None:
                row["due_at"] = hours.due(urgency, since or _since(alert, occasion, now, day))
            rows.append(row)
    insert_new(transaction, entries, rows)


def tell_again(transaction: Connection, found: Sequence[Told], now: datetime, day: date) -> None:
    """What seemed over goes on: who was told of its end hears so, who was not yet hears nothing."""
    keys = [alert["key"] for alert in found]
    ends = and_(entries.c.alert_key.in_(keys), entries.c.occasion == "resolved")
    transaction.execute(delete(entries).where(ends, entries.c.letter.is_(None)))
    mistaken = select(entries.c.alert_key, entries.c.office).where(ends)
    tell(transaction, found, "fired", now, day, _by_alert(transaction.execute(mistaken)))


def tell_the_end(transaction: Connection, found: Sequence[Told], now: datetime, day: date) -> None:
    """Who was told of an alert hears of its end; what nobody was told yet need not be told any more.

    What is told by the month is a state of things: its end is no news.
    """
    keys = [alert["key"] for alert in found]
    told = select(entries.c.alert_key, entries.c.office).where(
        entries.c.alert_key.in_(keys), entries.c.letter.is_not(None), entries.c.occasion != "resolved"
    )
    offices = _by_alert(transaction.execute(told))
    hold(transaction, keys, "resolved", None)
    news = [alert for alert in found if rule_of(alert["rule"]).urgency != "monthly"]
    tell(transaction, news, "resolved", now, day, offices)


def hold(transaction: Connection, keys: Collection[str], reason: str, by: str | None) -> None:
    """No letter for what waits to be told of these alerts."""
    mine = (entries.c.alert_key.in_(keys), _unfinished())
    transaction.execute(update(entries).where(*mine).values(held=reason, held_by=by, due_at=None))


def hold_what_waits(transaction: Connection) -> None:
    """An older copy takes over: what waits in it may have been told by the life that was lost."""
    transaction.execute(update(entries).where(_unfinished()).values(held="restored", due_at=None))


def waiting_for(transaction: Connection, keys: Collection[str]) -> set[str]:
    """Those of the alerts of which something still waits to be told."""
    query = select(entries.c.alert_key).where(entries.c.alert_key.in_(keys), _unfinished())
    return set(transaction.scalars(query))


def note(transaction: Connection, keys: Iterable[str], what: str, now: datetime, **more: Any) -> None:
    """Write down what happened to these alerts."""
    if rows := [{"alert_key": key, "at": now, "what": what, **more} for key in keys]:
        transaction.execute(insert(alert_history), rows)


def _unfinished() -> Any:
    return and_(entries.c.letter.is_(None), or_(entries.c.held.is_(None), entries.c.held.in_(PASSING)))


def _audience(route: Rule, occasion: Occasion, alert: Told) -> Audience:
    """What concerns no single province is the nation's, as is what its board leaves alone for long."""
    of_no_board = route.audience == "board" and not alert["province_now"]
    return "national" if of_no_board or occasion == "escalated" else route.audience


def _urgency(urgency: Urgency, occasion: Occasion) -> Urgency:
    """The end of something, and the memory of it, can wait for a digest."""
    return "daily" if urgency == "urgent" and occasion in ("resolved", "reminded") else urgency


def _since(alert: Told, occasion: Occasion, now: datetime, day: date) -> datetime:
    """What the day brings is told in the digest of that day, however late the day is settled."""
    with_the_day = alert["condition"] and occasion != "resolved"
    return datetime.combine(day, time(), VIET_NAM) if with_the_day else now


def _held_from_the_start(
    alert: Told, occasion: Occasion, urgency: Urgency, mark: Row[Any] | None, day: date
) -> str | None:
    if mark is not None and _told_of_once(alert, occasion, mark, day):
        return "restored"
    return "switched_off" if urgency == "never" else None


def _told_of_once(alert: Told, occasion: Occasion, mark: Row[Any], day: date) -> bool:
    """Its causes were read, or its day passed, before: a restored copy or a rebuild mails nobody by itself."""
    if rule_of(alert["rule"]).audience == "operator":
        return False  # Seen on the machine as it is now: no earlier life can have told it.
    day_passed = mark.last_day is not None and day.isoformat() <= mark.last_day
    match occasion:
        case "resolved":
            return bool((alert["resolved_by"] or 0) <= mark.position)
        case "fired" if alert["causes"]:
            read = max(alert["causes"]) <= mark.position
            return bool(read and (day_passed or not alert["condition"]))
        case _:
            return bool(day_passed)


def _times_before(transaction: Connection, keys: Sequence[str], occasion: Occasion) -> dict[str, int]:
    """How often the same has happened to each alert before: the second end of something is another entry."""
    what = "fired_again" if occasion == "fired" else occasion
    less = 0 if occasion == "fired" else 1  # This time is written down already.
    same = (alert_history.c.alert_key.in_(keys), alert_history.c.what == what)
    query = select(alert_history.c.alert_key, func.count()).where(*same).group_by(alert_history.c.alert_key)
    return {key: times - less for key, times in transaction.execute(query)}


def _by_alert(rows: Iterable[Any]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for key, office in rows:
        found.setdefault(key, set()).add(office)
    return found


def _entry(alert: Told, office: str, occasion: str, now: datetime) -> dict[str, Any]:
    return {
        "key": f"{alert['key']}:{occasion}:{office}",
        "alert_key": alert["key"],
        "rule": alert["rule"],
        "province_now": alert["province_now"],
        "office": office,
        "made_at": now,
        "due_at": None,
        "letter": None,
    }
