"""What waits in the registry, as conditions: brought up to date whenever alerts are settled, as it is no event."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, select

from services.notifier.conditions import insert_conditions, to_settle
from services.notifier.province_facts import NATION
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.waiting import RULE_OF, of_waiting
from services.notifier.tables import conditions
from shared.places import provinces
from shared.waiting import Waiting

_SUBJECTS: Final = [NATION, *(f"province:2025-07:{one.code}" for one in provinces("34"))]


def draw_waiting(transaction: Connection, found: Sequence[Waiting], limits: Limits) -> None:
    """Write the conditions of what waits; where an oldest report is another one, its alert is settled again."""
    mine = (conditions.c.subject.in_(_SUBJECTS), conditions.c.rule.in_(RULE_OF.values()))
    before = {row.key: row for row in transaction.execute(select(conditions).where(*mine))}
    now = {one.key: one for one in of_waiting(found, limits)}
    gone = [key for key in before if key not in now or before[key].facts != now[key].facts]
    new = [one for key, one in now.items() if key not in before or key in gone]
    if gone:
        transaction.execute(delete(conditions).where(conditions.c.key.in_(gone)))
    insert_conditions(transaction, new)
    to_settle(transaction, sorted({before[key].subject for key in gone} | {one.subject for one in new}))
