"""Months, quarters and years."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Step = Literal["month", "quarter", "year"]
_MONTHS: dict[Step, int] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """A calendar period, cut to the days asked for. Named `2026-03`, `2026-Q1` or `2026`."""

    name: str
    first: date
    last: date


def period_of(day: date, step: Step) -> str:
    """The name of the period a day lies in."""
    match step:
        case "month":
            return f"{day:%Y-%m}"
        case "quarter":
            return f"{day.year}-Q{(day.month - 1) // 3 + 1}"
        case "year":
            return f"{day.year}"


def periods_between(first: date, last: date, step: Step) -> list[Period]:
    """The periods from `first` to `last`, the outer ones cut to these days."""
    found, at = [], first
    while at <= last:
        end = min(_next_start(at, step) - timedelta(days=1), last)
        found.append(Period(period_of(at, step), at, end))
        at = end + timedelta(days=1)
    return found


def _next_start(day: date, step: Step) -> date:
    months = _MONTHS[step]
    month = (day.month - 1) // months * months + months
    return date(day.year + month // 12, month % 12 + 1, 1)


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later; the 28th for days some months do not have."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, min(day.day, 28))


def whole_months(first: date, last: date) -> int:
    """How many months are over on `last`, counted from `first`; never less than none."""
    months = 12 * (last.year - first.year) + last.month - first.month - (last.day < first.day)
    return max(months, 0)


def day_before(day: date) -> date:
    """The day before; the first of all days has none and is its own."""
    return day - timedelta(days=1) if day > date.min else day
