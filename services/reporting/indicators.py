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
    unit: Literal["clubs", "people", "meetings", "trainings"]
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
            formula="foundings (club.founded) on or before the day",
            source="domain §1, founding step by step",
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
            source="domain §1, size and composition",
            age_limit_months=AGE_OF_A_COUNT_MONTHS,
        ),
        Indicator(
            code="meetings",
            unit="meetings",
            kind="flow",
            formula="meeting.held dated within from–to",
            source="domain §1, monthly meeting",
        ),
        Indicator(
            code="trainings",
            unit="trainings",
            kind="flow",
            formula="training.held dated within from–to, on its first day; planned or cancelled ones do not count",
            source="domain §4",
        ),
        Indicator(
            code="delegates",
            unit="people",
            kind="flow",
            formula="sum of the delegates of training.held dated within from–to",
            source="domain §4",
        ),
    )
}
