"""Which report is asked for: its period, the two clocks and the language."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.reporting.asking import KnownAt, ValidAt
from shared.periods import Period, period
from shared.problems import BadQuestion, Fault

_POINTER: Final = "/query/period"


class ReportAsked(BaseModel):
    """The parameters of a printed report. An unknown one is refused."""

    model_config = ConfigDict(extra="forbid")

    period: Annotated[
        str | None,
        Field(
            description="2026-Q3, 2026-09 or 2026; left out: the last whole quarter.", examples=["2026-Q3"]
        ),
    ] = None
    known_at: KnownAt = None
    valid_at: ValidAt = None
    lang: Annotated[str | None, Field(description="vi or en")] = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The days a report tells of: `first` to `last` of its period, cut to the day it is asked for."""

    period: Period
    first: date
    last: date

    @property
    def is_whole(self) -> bool:
        return self.last == self.period.last

    def before(self) -> tuple[date, date]:
        """As many whole months just before the period."""
        months = (
            12 * (self.period.last.year - self.first.year) + self.period.last.month - self.first.month + 1
        )
        return months_before(self.first, months), self.first - timedelta(days=1)


def reported(text: str | None, today: date) -> Reported:
    """The period asked for; left out, the last quarter that is over.

    Raises `BadQuestion` for what is no period, and for one that has not begun.
    """
    try:
        asked = period(text or _last_quarter(today))
    except PydanticCustomError as refused:
        raise BadQuestion(faults=(Fault(_POINTER, refused.type),)) from None
    if asked.first > today:
        raise BadQuestion(faults=(Fault(_POINTER, "in-the-future"),))
    return Reported(asked, asked.first, min(asked.last, today))


def months_before(first_of_month: date, months: int) -> date:
    """The first day of the month so many months earlier."""
    index = 12 * first_of_month.year + first_of_month.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _last_quarter(today: date) -> str:
    year, quarter = divmod(4 * today.year + (today.month - 1) // 3 - 1, 4)
    return f"{year}-Q{quarter + 1}"
