"""The year of a village: Tết, harvest, storms, the pandemic, and the day of the month the charter names."""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from shared.tet import TET

_FIRST_YEAR: Final = TET[0].year
_BEFORE, _AFTER = timedelta(days=8), timedelta(days=10)

# Months in which a field or a storm keeps people at home, by region: the share of meetings that are not held.
_HARVEST_OR_STORM: Final[dict[str, dict[int, float]]] = {
    "north": {5: 0.06, 6: 0.12, 8: 0.05, 9: 0.08, 10: 0.10},
    "centre": {5: 0.08, 6: 0.05, 9: 0.12, 10: 0.20, 11: 0.15},
    "south": {3: 0.06, 7: 0.04, 9: 0.06, 10: 0.06},
}
_PANDEMIC: Final = ((2020, 4, 0.9), (2021, 6, 0.3), (2021, 7, 0.6), (2021, 8, 0.8), (2021, 9, 0.7))
_USUAL: Final = 0.02


def is_around_tet(day: date) -> bool:
    """From eight days before the lunar new year to ten days after it nobody expects a meeting."""
    tet = TET[day.year - _FIRST_YEAR]
    return tet - _BEFORE <= day <= tet + _AFTER


@lru_cache(maxsize=64)
def kept_at_home(region: str, year: int, month: int) -> float:
    """The share of meetings of a month that are not held, apart from Tết."""
    pandemic = sum(share for y, m, share in _PANDEMIC if (y, m) == (year, month))
    return pandemic + _HARVEST_OR_STORM[region].get(month, _USUAL)


@lru_cache(maxsize=4096)
def day_of(ordinal: int) -> date:
    """The day with this number in the calendar."""
    return date.fromordinal(ordinal)


@lru_cache(maxsize=4096)
def written(ordinal: int) -> str:
    """The day with this number as reports write it."""
    return day_of(ordinal).isoformat()


@lru_cache(maxsize=4096)
def next_meeting(ordinal: int, meeting_day: int) -> int:
    """The first day after this one that is the charter's day of a month (1 to 28)."""
    day = day_of(ordinal)
    month = day if day.day < meeting_day else day.replace(day=28) + timedelta(days=4)
    return month.replace(day=meeting_day).toordinal()


def month_before(ordinal: int) -> str:
    """The month before the one this day lies in, as `2026-03`."""
    return written(day_of(ordinal).replace(day=1).toordinal() - 1)[:7]


def quarter_before(ordinal: int) -> str:
    """The quarter before the one this day lies in, as `2026-Q1`."""
    day = day_of(ordinal)
    quarter = (day.month - 1) // 3
    return f"{day.year}-Q{quarter}" if quarter else f"{day.year - 1}-Q4"
