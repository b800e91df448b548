"""Calendar periods as people report by them: a month, a quarter, a year."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.values import EARLIEST_YEAR, When, when

_WRITTEN: Final = re.compile(r"^(\d{4})(?:-(?:(\d{2})|Q([1-4])))?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A month (`2026-03`), quarter (`2026-Q1`) or year (`2026`): its first and last day."""

    text: str
    first: date
    last: date

    @property
    def when(self) -> When:
        """The days it covers, as a day is reported: what is said of a period holds sometime in it."""
        return when(f"{self.first:%Y-%m}/{self.last:%Y-%m}" if "Q" in self.text else self.text)

    @property
    def ended(self) -> When:
        """The day it ended: what is said of a whole period cannot be said before."""
        return when(self.last.isoformat())

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            period, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "x-kind": "period",
            "pattern": _WRITTEN.pattern,
            "description": "A month, quarter or year.",
            "examples": ["2026-03", "2026-Q1", "2026"],
        }


def period(text: Any) -> Period:
    """Read a period as reported. Raises `PydanticCustomError` `not-a-period` for anything else."""
    if isinstance(text, Period):
        return text
    found = _WRITTEN.match(text) if isinstance(text, str) else None
    if found is None or int(found[1]) < EARLIEST_YEAR:
        raise PydanticCustomError("not-a-period", "not a period")
    year, month, quarter = int(found[1]), found[2], found[3]
    if month is not None and not 1 <= int(month) <= 12:
        raise PydanticCustomError("not-a-period", "not a period")
    first_month = int(month) if month else 3 * int(quarter) - 2 if quarter else 1
    months = 1 if month else 3 if quarter else 12
    years, last_month = divmod(first_month + months - 1, 12)
    return Period(text, date(year, first_month, 1), date(year + years, last_month + 1, 1) - timedelta(days=1))
