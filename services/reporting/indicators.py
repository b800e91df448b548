"""The indicators: what each figure counts, its unit, and what it does not count."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that can be asked for. Name and definition stand in the catalogues under `indicator.<code>`.

    `kind` is `flow` (happened within from–to) or `stock` (true at the end of a day). `age_limit_months` is how
    long a head count speaks for its club; None where nothing ages. `formula` says how it is counted from events.
    """

    code: str
    unit: Literal[
        "clubs",
        "communes",
        "people",
        "meetings",
        "activities",
        "visits",
        "trainings",
        "turns",
        "loans",
        "VND",
    ]
    kind: Literal["flow", "stock"]
    formula: str
    source: str
    age_limit_months: int | None = None


AGE_OF_A_COUNT_MONTHS: Final = 24  # Our own rule: no source states how long a membership count holds.

INDICATORS: Final = {
    indicator.code: indicator
    for indicator in (
        Indicator(
            code="clubs",
            unit="clubs",
            kind="stock",
            formula="foundings (club.founded) on or before the day, without clubs dissolved or merged into another",
            source="docs/domain.md §1, founding step by step",
        ),
        Indicator(
            code="new_clubs",
            unit="clubs",
            kind="flow",
            formula="foundings (club.founded) dated within from–to",
            source="Decision 1336/QĐ-TTg and 1648/QĐ-TTg: targets for new clubs",
        ),
        Indicator(
            code="members",
            unit="people",
            kind="stock",
            formula="sum over clubs of the latest head count on or before the day (club.founded, members.counted)",
            source="docs/domain.md §1, size and composition",
            age_limit_months=AGE_OF_A_COUNT_MONTHS,
        ),
        Indicator(
            code="meetings",
            unit="meetings",
            kind="flow",
            formula="meeting.held dated within from–to",
            source="docs/domain.md §1, monthly meeting",
        ),
        Indicator(
            code="trainings",
            unit="trainings",
            kind="flow",
            formula="training.held dated within from–to, on its first day; planned or cancelled ones do not count",
            source="docs/domain.md §4",
        ),
        Indicator(
            code="delegates",
            unit="people",
            kind="flow",
            formula="sum of the delegates of training.held dated within from–to",
            source="docs/domain.md §4",
        ),
        Indicator(
            code="communes_with_club",
            unit="communes",
            kind="stock",
            formula="present communes with at least one club (indicator clubs); each once",
            source="Decision 1648/QĐ-TTg: communes with at least 1-3 clubs",
        ),
        Indicator(
            code="meetings_cancelled",
            unit="meetings",
            kind="flow",
            formula="meeting.cancelled planned within from–to",
            source="docs/domain.md §1, monthly meeting",
        ),
        Indicator(
            code="activities",
            unit="activities",
            kind="flow",
            formula="activity.held dated within from–to",
            source="docs/domain.md §1, the eight activity areas",
        ),
        Indicator(
            code="home_care_visits",
            unit="visits",
            kind="flow",
            formula="visits of care.reported for periods within from–to",
            source="docs/domain.md §1, volunteers and home care",
        ),
        Indicator(
            code="health_check_turns",
            unit="turns",
            kind="flow",
            formula="people examined in health.checked dated within from–to",
            source="docs/domain.md §1, health",
        ),
        Indicator(
            code="visits",
            unit="visits",
            kind="flow",
            formula="visit.made dated within from–to",
            source="docs/domain.md §1, reports, grading, supervision",
        ),
        Indicator(
            code="fund_received_vnd",
            unit="VND",
            kind="flow",
            formula="amounts of fund.received dated within from–to; goods have no amount",
            source="docs/domain.md §1, funds and loans",
        ),
        Indicator(
            code="fund_spent_vnd",
            unit="VND",
            kind="flow",
            formula="amounts of fund.spent dated within from–to",
            source="docs/domain.md §1, funds and loans",
        ),
        Indicator(
            code="fund_vnd",
            unit="VND",
            kind="stock",
            formula="received and loan interest, less spent, on or before the day: cash and loans outstanding",
            source="docs/domain.md §1, funds and loans",
        ),
        Indicator(
            code="loans",
            unit="loans",
            kind="flow",
            formula="loans counted in loan.disbursed dated within from–to",
            source="docs/domain.md §1, funds and loans",
        ),
        Indicator(
            code="loans_vnd",
            unit="VND",
            kind="flow",
            formula="principal of loan.disbursed dated within from–to",
            source="docs/domain.md §1, funds and loans",
        ),
        Indicator(
            code="loan_interest_vnd",
            unit="VND",
            kind="flow",
            formula="interest of loan.repaid dated within from–to",
            source="docs/domain.md §1, funds and loans",
        ),
        Indicator(
            code="loans_outstanding_vnd",
            unit="VND",
            kind="stock",
            formula="principal lent, less principal repaid, on or before the day",
            source="docs/domain.md §1, funds and loans",
        ),
    )
}
