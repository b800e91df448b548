"""What a table of the feed consists of: named, typed columns. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.texts import Language, say
from shared.values import Range
from shared.values import count as read_count
from shared.values import when as read_when

Edm = Literal["Edm.String", "Edm.Int64", "Edm.Decimal", "Edm.Date", "Edm.Boolean", "Edm.DateTimeOffset"]
Row = Mapping[str, Any]

DAY: Final = ("as_reported", "first", "last")
AMOUNT: Final = ("value", "low", "high", "certain")


@dataclass(frozen=True, slots=True)
class Column:
    """A column. Its meaning is the text `odata.<about>`; `part` says which edge of a day or a count it holds."""

    name: str
    type: Edm
    nullable: bool
    about: str
    part: str | None = None

    def meaning(self, language: Language) -> str:
        """What the column holds, in words."""
        words = say(language, f"odata.{self.about}")
        return say(language, f"odata.part.{self.part}", what=words) if self.part else words


def text(name: str, *, nullable: bool = True) -> list[Column]:
    """Words or a code."""
    return [Column(name, "Edm.String", nullable, name)]


def number(name: str, *, nullable: bool = True) -> list[Column]:
    """A whole number."""
    return [Column(name, "Edm.Int64", nullable, name)]


def decimal(name: str) -> list[Column]:
    """A number with decimals, such as a percentage."""
    return [Column(name, "Edm.Decimal", True, name)]


def day(name: str) -> list[Column]:
    """A certain day."""
    return [Column(name, "Edm.Date", True, name)]


def reported_day(name: str) -> list[Column]:
    """A day as it was reported, and the first and last day it may mean. Unknown edges are null."""
    types: tuple[Edm, ...] = ("Edm.String", "Edm.Date", "Edm.Date")
    return [Column(f"{name}_{part}", type, True, name, part) for part, type in zip(DAY, types, strict=True)]


def amount(name: str = "", type: Edm = "Edm.Int64") -> list[Column]:
    """A count with its honest edges: the stated number, the bounds (no upper bound: null), what is exact."""
    return [Column(f"{name}_{part}".lstrip("_"), type, True, name or "amount", part) for part in AMOUNT]


def day_parts(name: str, written: str | None) -> dict[str, Any]:
    """The values of the columns of `reported_day`."""
    if written is None:
        return dict.fromkeys((f"{name}_{part}" for part in DAY), None)
    read = read_when(written)
    first = None if written.startswith("../") else read.first
    return {f"{name}_as_reported": written, f"{name}_first": first, f"{name}_last": read.last}


def amount_parts(name: str, written: Any) -> dict[str, int | None]:
    """The values of the columns of `amount`, from a count as reported or from a sum as figures show it."""
    edges = dict.fromkeys(AMOUNT) if written is None else _edges(written)
    return {f"{name}_{part}": edges[part] for part in AMOUNT}


def _edges(written: Any) -> Mapping[str, int | None]:
    is_sum = isinstance(written, Mapping) and "low" in written
    edges = Range(written["value"], written["low"], written["high"]) if is_sum else read_count(written).range
    return {"value": edges.value, "low": edges.low, "high": edges.high, "certain": edges.certain}


def by_name(columns: Sequence[Column]) -> dict[str, Column]:
    """The columns by their names."""
    return {column.name: column for column in columns}
