"""Offices that no letter can reach: they have no address, or mail came back from all of them.

Drawn from the offices: begins with a day, ends as soon as there is an address again. The national office hears of it,
as nobody else can.
"""

from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select

from services.notifier.offices import offices_on
from services.notifier.tables import addresses, conditions

RULE: Final = "office_unreachable"


def draw_unreachable_offices(transaction: Connection, day: date, begins: bool) -> list[str]:
    """Write the conditions of offices without a living address; returns the subjects of those that changed."""
    stopped = set(transaction.scalars(select(addresses.c.address).where(addresses.c.stopped_at.is_not(None))))
    now = {
        f"office:{office['id']}": str(office["name"])
        for office in offices_on(transaction, day)
        if not set(office["addresses"]) - stopped
    }
    known = select(conditions.c.subject).where(conditions.c.rule == RULE)
    before = set(transaction.scalars(known))
    for subject in before - now.keys():
        transaction.execute(
            delete(conditions).where(conditions.c.rule == RULE, conditions.c.subject == subject)
        )
    new = sorted(now.keys() - before) if begins else []
    if new:
        on = day.isoformat()
        rows: list[dict[str, Any]] = [
            {
                "key": f"{RULE}:{subject}:{on}",
                "rule": RULE,
                "subject": subject,
                "province_now": "",
                "province_63": None,
                "from_day": on,
                "until_day": None,
                "causes": [],
                "facts": {"name": now[subject], "day": on},
                "historical": False,
            }
            for subject in new
        ]
        transaction.execute(insert(conditions), rows)
    return [*sorted(before - now.keys()), *new]
