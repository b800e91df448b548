"""Facts with honest edges: days, counts and sums of counts, as people really know them.

`"../2020-10-05"` is a day not later than 5 October 2020, `{"more_than": 90}` is *hơn 90*. Nothing here invents
a day or a number.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

EARLIEST_YEAR: Final = 1900  # A year before this is a slip of the pen: no reported fact is that old.
LARGEST: Final = 2**53 - 1  # The largest whole number every JSON reader keeps exact (RFC 7493).


@dataclass(frozen=True, slots=True)
class When:
    """The day something happened or began, known to the day, the month, the year or as "not later than".

    `first` and `last` bound the day it began; `first` is `date.min` where only an end is known.
    `until` is the last day of something that lasted several days.
    Written as EDTF: `2024-05-28`, `2024-05`, `2024`, `../2020-10-05`, `2024-05-28/2024-05-29`.
    """

    text: str
    first: date
    last: date
    until: date | None = None

    @property
    def is_a_day(self) -> bool:
        return self.first == self.last

    def surely_before(self, other: "When") -> bool:
        """No day this may mean is on or after any day the other may mean."""
        return self.last < other.first

    def surely_after(self, day: date) -> bool:
        """Every day this may mean lies after `day`."""
        return self.first > day

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            when, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "x-kind": "day",
            "pattern": _WRITTEN.pattern,
            "description": "A day, month or year; `../day` for not later than; `day/day` for from–to (EDTF).",
            "examples": ["2024-05-28", "2024-05", "2024", "../2020-10-05", "2024-05-28/2024-05-29"],
        }


_PART = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_WRITTEN = re.compile(rf"^(?:\.\./{_PART}|{_PART}(?:/{_PART})?)$", re.ASCII)


def when(text: Any) -> When:
    """Read a day as reported.

    Raises `PydanticCustomError` `not-a-date` for anything else, impossible days such as 31 February included.
    """
    if isinstance(text, When):
        return text
    if not isinstance(text, str):
        raise PydanticCustomError("not-a-date", "not a date")
    try:
        return _read_when(text)
    except ValueError:
        raise PydanticCustomError("not-a-date", "not a date") from None


@lru_cache(maxsize=8192)
def _read_when(text: str) -> When:
    if not _WRITTEN.match(text):
        raise ValueError("not a day, month or year")
    start, slash, end = text.partition("/")
    if not slash:
        return When(text, *_span(start))
    if start == "..":
        return When(text, date.min, _span(end)[1])
    (first, last), (_, until) = _span(start), _span(end)
    if until < first:
        raise ValueError("ends before it begins")
    return When(text, first, last, until)


def _span(part: str) -> tuple[date, date]:
    """The first and the last day of a day, a month or a year."""
    year, *finer = (int(number) for number in part.split("-"))
    if year < EARLIEST_YEAR:
        raise ValueError("no club is that old")
    match finer:
        case []:
            return date(year, 1, 1), date(year, 12, 31)
        case [month]:
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        case _:
            day = date(year, *finer)
            return day, day


@dataclass(frozen=True, slots=True)
class Range:
    """A number with its honest edges: the stated `value`, at least `low`, at most `high` (None: unbounded)."""

    value: int
    low: int
    high: int | None

    @property
    def certain(self) -> int:
        """The value if it is exact, else 0."""
        return self.value if self.low == self.high else 0

    def as_count(self) -> "Count | None":
        """The one count with these edges, such as *hơn 90*; None where it takes two numbers to say them."""
        counts = (Count(self.value, edge) for edge in (None, *_EDGES))
        return next((count for count in counts if count.range == self), None)

    def __add__(self, other: "Range") -> "Range":
        unbounded = self.high is None or other.high is None
        high = None if unbounded else (self.high or 0) + (other.high or 0)
        return Range(self.value + other.value, self.low + other.low, high)


NOTHING: Final = Range(0, 0, 0)

# What each edge means for a stated number n: (low, high). more_than is "hơn", less_than is "gần".
_EDGES: Final[dict[str, Callable[[int], tuple[int, int | None]]]] = {
    "more_than": lambda n: (n + 1, None),
    "at_least": lambda n: (n, None),
    "less_than": lambda n: (0, n - 1),
    "at_most": lambda n: (0, n),
    "about": lambda n: (0, None),
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many: an exact number, or one with an edge such as `{"more_than": 90}` (*hơn 90*).

    `edge` is None for an exact number.
    """

    stated: int
    edge: str | None = None

    @property
    def range(self) -> Range:
        if self.edge is None:
            return Range(self.stated, self.stated, self.stated)
        return Range(self.stated, *_EDGES[self.edge](self.stated))

    def surely_more_than(self, other: "Count") -> bool:
        """No number this may mean is as small as any the other may mean."""
        most = other.range.high
        return most is not None and self.range.low > most

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            count, serialization=core_schema.plain_serializer_function_ser_schema(as_json)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = {"type": "integer", "minimum": 0, "maximum": LARGEST}
        edged = {
            "type": "object",
            "properties": dict.fromkeys(_EDGES, number),
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        return {
            "x-kind": "count",
            "anyOf": [number, edged],
            "examples": [42, {"more_than": 90}, {"about": 80}],
        }


def count(value: Any) -> Count:
    """Read a count as reported. Raises `PydanticCustomError` `not-a-count` for anything else."""
    if type(value) is int and 0 <= value <= LARGEST:
        return Count(value)
    if isinstance(value, Count):
        return value
    if isinstance(value, dict) and len(value) == 1:
        [(edge, stated)] = value.items()
        impossible = edge == "less_than" and stated == 0
        if edge in _EDGES and type(stated) is int and 0 <= stated <= LARGEST and not impossible:
            return Count(stated, edge)
    raise PydanticCustomError("not-a-count", "not a count")


def as_json(number: Count) -> int | dict[str, int]:
    """The count as it is written in a report."""
    return number.stated if number.edge is None else {number.edge: number.stated}


def whole(text: str) -> int | None:
    """A whole number written in digits only, such as a position in an address; None if it is none, or too large."""
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST)):
        return None
    return min(int(text), LARGEST)
