"""Calendar periods as people report by them: a month, a quarter, a year, or from one month to another."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared.values import When, when

_WRITTEN: Final = re.compile(r"^\d{4}(?:-(?:\d{2}(?:/\d{4}-\d{2})?|Q[1-4]))?$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A month (`2026-03`), quarter (`2026-Q1`), year (`2026`) or months (`2026-01/2026-06`): first and last day."""

    text: str
    first: date
    last: date

    @property
    def when(self) -> When:
        """Sometime in it: what is said of a period may be about any of its days."""
        return When(_as_months(self.text), self.first, self.last)

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
            "description": "A month, quarter or year, or from one month to another.",
            "examples": ["2026-03", "2026-Q1", "2026", "2026-01/2026-06"],
        }


def period(text: Any) -> Period:
    """Read a period as reported. Raises `PydanticCustomError` `not-a-period` for anything else."""
    if isinstance(text, Period):
        return text
    if not isinstance(text, str) or not _WRITTEN.match(text):
        raise PydanticCustomError("not-a-period", "not a period")
    try:
        span = when(_as_months(text))
    except PydanticCustomError:
        raise PydanticCustomError("not-a-period", "not a period") from None
    return Period(text, span.first, span.until or span.last)


def _as_months(text: str) -> str:
    """A quarter as its months; all else reads as it stands."""
    year, quarter, number = text.partition("-Q")
    last = 3 * int(number) if quarter else 0
    return f"{year}-{last - 2:02}/{year}-{last:02}" if quarter else text
