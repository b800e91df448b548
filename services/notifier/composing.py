"""Letters made of entries: what an office is to be told now, gathered into one.

A letter is written in the transaction that takes its entries. Whether somebody asked for silence, an office is still
there and has an address is looked at now: what was to be told in the morning may have been acknowledged at noon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from services.notifier.offices import exists_on, hours_of, readers_of
from services.notifier.rules.catalogue import order_of, rule_of
from services.notifier.silences import covers, silences_at
from services.notifier.silent_provinces import inhibited_by
from services.notifier.tables import addresses, alerts, entries, letters, offices
from services.notifier.telling import PASSING, tell
from services.notifier.wording import MONTHLY
from shared.clock import VIET_NAM, day_in_viet_nam
from shared.report import sha256
from shared.texts import Language

_THREAD: Final = 10  # A letter answers the newest letters about the same alerts, not all of them.
_OCCASIONS: Final = ("escalated", "fired", "reminded", "resolved")
_DIGESTS: Final = ("digest", "monthly")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters have: the domain of their Message-IDs, and how long an office's next urgent one waits."""

    domain: str
    gap: timedelta = timedelta(0)


def compose(transaction: Connection, head: Letterhead, now: datetime) -> None:
    """Write the letters that are due. May be repeated: an entry is in one letter."""
    _go_on(transaction, now)
    due = (entries.c.letter.is_(None), entries.c.held.is_(None), entries.c.due_at <= now)
    names = sorted(transaction.scalars(select(entries.c.office).where(*due).distinct()))
    if not names:
        return
    # Two workers that compose for one office would tell the same twice.
    locked = select(offices).where(offices.c.id.in_(names)).order_by(offices.c.id).with_for_update()
    known = {row.id: row._asdict() for row in transaction.execute(locked)}
    today = day_in_viet_nam(now)
    hushed = _Hushed(transaction, now, today)
    for name in names:
        waiting = _waiting(transaction, name, due)
        office = known.get(name)
        if office is None or not exists_on(office, today):
            _hand_on(transaction, waiting, now, today)
        elif not hours_of(office).is_quiet(now):
            _write(transaction, head, office, hushed.heard(waiting), now)


def _waiting(transaction: Connection, office: str, due: tuple[Any, ...]) -> list[Row[Any]]:
    """The entries with their alerts, in the order in which a letter tells them."""
    query = (
        select(
            entries, *(alerts.c[name] for name in ("subject", "province_63", "facts", "causes", "fired_on"))
        )
        .join(alerts, alerts.c.key == entries.c.alert_key)
        .where(entries.c.office == office, *due)
        .order_by(entries.c.id)
        .with_for_update(of=entries)
    )
    rows = transaction.execute(query).all()
    return sorted(
        rows, key=lambda row: (row.occasion == "resolved", order_of(row.rule), _OCCASIONS.index(row.occasion))
    )


class _Hushed:
    """What must not be told now: silences, and provinces whose silence says all."""

    def __init__(self, transaction: Connection, now: datetime, today: date) -> None:
        self._transaction = transaction
        self._silences = silences_at(transaction, now)
        self._inhibited = inhibited_by(transaction, today)

    def heard(self, waiting: Sequence[Row[Any]]) -> list[Row[Any]]:
        """The entries that may be told; the others are held, with the reason."""
        reasons = {row.id: self.reason(row._asdict()) for row in waiting}
        for row in waiting:
            if (reason := reasons[row.id]) is not None:
                _hold(self._transaction, [row.id], *reason)
        return [row for row in waiting if reasons[row.id] is None]

    def reason(self, entry: Mapping[str, Any]) -> tuple[str, str] | None:
        """Why an entry is not told now, and what holds it."""
        for silence in self._silences:
            if covers(silence, entry):
                return "silenced", f"silence:{silence.id}"
        key = self._inhibited.get(entry["province_now"])
        return ("inhibited", key) if key and _is_of_a_club(entry) else None


def _is_of_a_club(entry: Mapping[str, Any]) -> bool:
    subject = str(entry["subject"])
    return subject != "programme" and not subject.startswith("province:")


def _go_on(transaction: Connection, now: datetime) -> None:
    """What was held by a silence that is over, or by a province that speaks again, is told if it still holds."""
    held = select(entries, alerts.c.subject, alerts.c.province_63).join(
        alerts, alerts.c.key == entries.c.alert_key
    )
    still = (entries.c.held.in_(PASSING), alerts.c.condition, alerts.c.state == "firing")
    rows = transaction.execute(held.where(*still)).all()
    if not rows:
        return
    hushed = _Hushed(transaction, now, day_in_viet_nam(now))
    known = {row.id: hours_of(row._asdict()) for row in transaction.execute(select(offices))}
    for row in rows:
        if hushed.reason(row._asdict()) is None and row.office in known:
            due_at = known[row.office].due(row.urgency, now)
            free = {"held": None, "held_by": None, "due_at": due_at}
            transaction.execute(update(entries).where(entries.c.id == row.id).values(free))


def _hand_on(transaction: Connection, waiting: Sequence[Row[Any]], now: datetime, today: date) -> None:
    """The office is no more: who is there today in its place hears instead."""
    _hold(transaction, [row.id for row in waiting], "handed_on", None)
    for occasion in {row.occasion for row in waiting}:
        keys = [row.alert_key for row in waiting if row.occasion == occasion]
        found = [row._asdict() for row in transaction.execute(select(alerts).where(alerts.c.key.in_(keys)))]
        tell(transaction, found, occasion, now, today)


def _write(
    transaction: Connection,
    head: Letterhead,
    office: dict[str, Any],
    heard: Sequence[Row[Any]],
    now: datetime,
) -> None:
    """One letter of what is due: with the digest what is urgent too, at most one digest a day."""
    heard = _with_patience(transaction, office, heard, now)
    kind, told = "urgent", [row for row in heard if row.urgency == "urgent"]
    if patient := [row for row in heard if row.urgency != "urgent"]:
        morning = datetime.combine(day_in_viet_nam(now), time(), VIET_NAM)
        if _wrote(transaction, office["id"], _DIGESTS, morning):
            _put_off(transaction, patient, hours_of(office).due("daily", morning + timedelta(days=1)))
        else:
            kind, told = "monthly" if any(row.rule == MONTHLY for row in heard) else "digest", list(heard)
    if not told:
        return
    if kind == "urgent" and head.gap and _wrote(transaction, office["id"], ("urgent",), now - head.gap):
        return
    readers = _living(transaction, readers_of(office))
    if not readers:
        _hold(transaction, [row.id for row in told], "no_address", None)
        return
    # Made of what it tells: however often it is tried or rebuilt, the letter is the same letter.
    key = f"{kind}:{office['id']}:{sha256(*(row.key.encode() for row in told))[:32]}"
    letter = _letter(office, kind, told, now)
    answered = _answered(transaction, office["id"], told)
    transaction.execute(
        insert(letters),
        [
            letter | _to_reader(key, answered, head, address, language)
            for address, language in readers.items()
        ],
    )
    taken = update(entries).where(entries.c.id.in_([row.id for row in told]))
    transaction.execute(taken.values(letter=key))


def _with_patience(
    transaction: Connection, office: dict[str, Any], heard: Sequence[Row[Any]], now: datetime
) -> Sequence[Row[Any]]:
    """Where an office got many urgent letters this week, good news waits for its next digest."""
    patient = [row for row in heard if row.urgency == "urgent" and rule_of(row.rule).urgent_a_week]
    if not patient:
        return heard
    got = letters.c.state.not_in(("set_aside", "held"))
    week = (letters.c.kind == "urgent", letters.c.made_at >= now - timedelta(days=7), got)
    mine = select(func.count(letters.c.told.distinct())).where(letters.c.office == office["id"], *week)
    had = transaction.scalar(mine) or 0
    late = {row.id for row in patient if had >= (rule_of(row.rule).urgent_a_week or 0)}
    if late:
        daily = {"urgency": "daily", "due_at": hours_of(office).due("daily", now)}
        transaction.execute(update(entries).where(entries.c.id.in_(late)).values(daily))
    return [row for row in heard if row.id not in late]


def _put_off(transaction: Connection, patient: Sequence[Row[Any]], until: datetime) -> None:
    later = update(entries).where(entries.c.id.in_([row.id for row in patient]))
    transaction.execute(later.values(due_at=until))


def _wrote(transaction: Connection, office: str, kinds: tuple[str, ...], since: datetime) -> bool:
    mine = (letters.c.office == office, letters.c.kind.in_(kinds), letters.c.made_at >= since)
    return transaction.scalar(select(letters.c.id).where(*mine).limit(1)) is not None


def _living(transaction: Connection, readers: dict[str, Language]) -> dict[str, Language]:
    """The readers whose address mail has not come back from."""
    stopped = (addresses.c.address.in_(readers), addresses.c.stopped_at.is_not(None))
    dead = set(transaction.scalars(select(addresses.c.address).where(*stopped)))
    return {address: language for address, language in readers.items() if address not in dead}


def _hold(transaction: Connection, ids: Sequence[int], reason: str, by: str | None) -> None:
    transaction.execute(update(entries).where(entries.c.id.in_(ids)).values(held=reason, held_by=by))


def _letter(office: dict[str, Any], kind: str, told: Sequence[Row[Any]], now: datetime) -> dict[str, Any]:
    """What the letter is to each of its readers."""
    rules, subjects = {row.rule for row in told}, {row.alert_key for row in told}
    provinces = {row.province_now for row in told}
    return {
        "kind": kind,
        "alert_key": told[0].alert_key if len(subjects) == 1 else None,
        "rule": told[0].rule if len(subjects) == len(rules) == 1 else "digest",
        "province_now": provinces.pop() if len(provinces) == 1 else None,
        "office": office["id"],
        "office_name": office["name"],
        "facts": {"items": [_item(row) for row in told], "office": _as_of_today(office)},
        "causes": sorted({cause for row in told for cause in row.causes}),
        "state": "due",
        "attempts": 0,
        "made_at": now,
        "next_try_at": now,
    }


def _to_reader(
    told: str, answered: Sequence[str], head: Letterhead, address: str, language: Language
) -> dict[str, Any]:
    """What is a reader's own: the address, so that each may leave alone and each refusal is known; the language."""
    return {
        "key": f"{told}:{sha256(address.encode())[:8]}",
        "told": told,
        "address": address,
        "language": language,
        "message_id": _message_id(told, address, head),
        "thread": [_message_id(before, address, head) for before in answered],
    }


def _message_id(told: str, address: str, head: Letterhead) -> str:
    return f"<{sha256(told.encode(), address.encode())[:32]}@{head.domain}>"


def _item(row: Row[Any]) -> dict[str, Any]:
    names = ("alert_key", "rule", "occasion", "urgency", "subject", "province_now", "facts", "causes")
    return {name: row._mapping[name] for name in names} | {"day": row.fired_on}


def _as_of_today(office: dict[str, Any]) -> dict[str, Any]:
    """The office as it was when it was written to."""
    names = ("id", "name", "kind", "provinces", "hours", "valid_from", "valid_until")
    return {name: office[name] for name in names}


def _answered(transaction: Connection, office: str, told: Sequence[Row[Any]]) -> list[str]:
    """The letters that told this office of these alerts before, the oldest first."""
    keys = {row.alert_key for row in told}
    before = select(entries.c.letter).where(entries.c.office == office, entries.c.alert_key.in_(keys))
    query = select(letters.c.told).where(letters.c.told.in_(before)).group_by(letters.c.told)
    newest = transaction.scalars(query.order_by(func.max(letters.c.id).desc()).limit(_THREAD)).all()
    return list(reversed(newest))
