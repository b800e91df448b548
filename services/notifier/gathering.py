"""Conditions of the rules that look at many subjects at once, drawn from all facts when a day begins."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, select

from services.notifier.conditions import insert_conditions
from services.notifier.province_facts import Province
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.gathered import DRAWN, Standing, founded_on, of_all
from services.notifier.tables import conditions, facts
from services.notifier.training_facts import Training


def draw_gathered(transaction: Connection, day: date, limits: Limits) -> list[str]:
    """Write what these rules make of a day; returns the subjects of which something changed."""
    clubs: list[Standing] = []
    others: list[Training | Province] = []
    for row in transaction.execute(select(facts.c.kind, facts.c.live, facts.c.told)):
        match row.kind:
            case "club":
                clubs.append(_standing(row.told, row.live))
            case "training":
                others.append(Training(**row.told))
            case "province":
                others.append(Province(**row.told))
    now = {one.key: one for one in of_all(clubs, others, day, limits)}
    known = select(conditions.c.key, conditions.c.subject).where(conditions.c.rule.in_(DRAWN))
    before = {row.key: row.subject for row in transaction.execute(known)}
    gone = sorted(before.keys() - now.keys())
    for at in range(0, len(gone), 500):
        transaction.execute(delete(conditions).where(conditions.c.key.in_(gone[at : at + 500])))
    new = [one for key, one in now.items() if key not in before]
    insert_conditions(transaction, new)
    return sorted({before[key] for key in gone} | {one.subject for one in new})


def _standing(told: dict[str, Any], live: bool) -> Standing:
    names = ("subject", "name", "province_now", "province_63", "commune_now", "founded_at")
    return Standing(**{name: told[name] for name in names}, founded=founded_on(told["founded"]), live=live)
