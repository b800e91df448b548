"""Rules about reports that wait in the registry: held too long, or refused and not sent anew. Pure.

They are no part of the log, so nothing of the past is rehearsed here.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from services.notifier.province_facts import NATION
from services.notifier.rules.catalogue import Limits
from services.notifier.rules.finding import Condition
from shared.waiting import Kind, Waiting

RULE_OF: Final[dict[Kind, str]] = {"held": "reports_held", "refused": "reports_refused"}


def of_waiting(found: Sequence[Waiting], limits: Limits) -> list[Condition]:
    """The oldest report of its kind has waited for `days`; what tells of no province is told to the nation."""
    return [_condition(one, limits) for one in found]


def _condition(one: Waiting, limits: Limits) -> Condition:
    rule, province = RULE_OF[one.kind], one.province
    subject = f"province:2025-07:{province}" if province else NATION
    return Condition(
        rule=rule,
        key=f"{rule}:{subject}:{one.since}",
        subject=subject,
        province_now=province,
        province_63=None,
        causes=(),
        facts={"scope": subject, "reports": one.reports, "since": one.since},
        historical=False,
        from_day=date.fromisoformat(one.since) + timedelta(days=limits[rule]["days"]),
    )
