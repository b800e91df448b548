"""A province that has fallen silent: every club of it that reports itself has missed its meetings.

One letter says so, and holds back those about its clubs: nothing is wrong with forty clubs at once, but with what
they have in common. It is drawn from the facts and conditions of the clubs, whenever alerts are settled.
"""

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, func, insert, select

from services.notifier.tables import conditions, facts

RULE: Final = "province_silent"
SILENCE: Final = "no_meeting"  # The rule that says that a club is silent.
FEWEST_CLUBS: Final = 3  # Of one or two clubs there is nothing to gather.


def draw_silent_provinces(transaction: Connection, day: date, begins: bool) -> list[str]:
    """Write the conditions of provinces that are silent on `day`; returns the subjects of those that changed.

    A silence ends with a report, but `begins` only with a day.
    """
    before = _known(transaction)
    if not before and not begins:
        return []
    now = {code: one for code, one in _silent(transaction, day).items() if begins or code in before}
    changed = before.keys() ^ now.keys()
    for code in changed:
        transaction.execute(delete(conditions).where(conditions.c.key == before.get(code, "")))
        if code in now:
            transaction.execute(insert(conditions).values(now[code]))
    return [_subject(code) for code in sorted(changed)]


def inhibited_by(transaction: Connection, day: date) -> dict[str, str]:
    """The provinces whose silence holds back their clubs' letters, each with what says so."""
    return _known(transaction, conditions.c.from_day <= day.isoformat())


def _known(transaction: Connection, *more: Any) -> dict[str, str]:
    query = select(conditions.c.province_now, conditions.c.key).where(conditions.c.rule == RULE, *more)
    return {row.province_now: row.key for row in transaction.execute(query)}


def _silent(transaction: Connection, day: date) -> dict[str, dict[str, Any]]:
    on = day.isoformat()
    lives = select(facts.c.province_now, func.count().label("clubs")).where(
        facts.c.kind == "club", facts.c.live
    )
    clubs = lives.group_by(facts.c.province_now).having(func.count() >= FEWEST_CLUBS)
    alike = and_(
        conditions.c.rule == SILENCE,
        conditions.c.from_day <= on,
        ~conditions.c.historical,
    )
    quiet = select(
        conditions.c.province_now,
        func.count(conditions.c.subject.distinct()).label("clubs"),
        func.max(conditions.c.from_day).label("since"),
    ).where(alike)
    found = {row.province_now: row for row in transaction.execute(quiet.group_by(conditions.c.province_now))}
    return {
        row.province_now: _condition(row.province_now, row.clubs, found[row.province_now].since)
        for row in transaction.execute(clubs)
        if row.province_now in found and found[row.province_now].clubs == row.clubs
    }


def _condition(province: str, clubs: int, since: str) -> dict[str, Any]:
    return {
        "key": f"{RULE}:{province}:{since}",
        "rule": RULE,
        "subject": _subject(province),
        "province_now": province,
        "province_63": None,
        "from_day": since,
        "until_day": None,
        "causes": [],
        "facts": {"province": province, "clubs": clubs, "since": since},
        "historical": False,
    }


def _subject(province: str) -> str:
    return f"province:2025-07:{province}"
