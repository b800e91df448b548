"""What a sheet is, whatever it is written as: columns, rows, and what the numbers mean. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from services.reporting.indicators import Indicator
from shared.places import province_name
from shared.texts import Language, say
from shared.values import count

Kind = Literal["text", "number", "date", "percent", "VND"]
Edge = Literal["low", "high"]
Cell = str | int | float | date | None
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet. Its name is stable; its heading stands in the catalogues under `sheet.column.<key>`.

    A `date` is a day where one is certain, else text such as `2024-05`. A `percent` is a share of 1. `edge` marks
    the lowest or highest that a number of the same key may be; an empty cell there means unbounded.
    """

    key: str
    kind: Kind = "text"
    edge: Edge | None = None

    @property
    def name(self) -> str:
        return f"{self.key}_{self.edge}" if self.edge else self.key

    def heading(self, lang: Language) -> str:
        said = say(lang, f"sheet.column.{self.key}")
        return say(lang, f"sheet.edge.{self.edge}", of=said) if self.edge else said


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with what explains it. `rows` may be read once, as they come from the database.

    `asked` is the question in words, `provenance` how to ask it again, `count` the number of rows where it is known.
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]
    asked: Sequence[Pair] = ()
    indicators: Sequence[Indicator] = ()
    provenance: Sequence[Pair] = ()
    count: int | None = None

    def title(self, lang: Language) -> str:
        return say(lang, f"sheet.{self.name}")


def with_edges(key: str, kind: Kind = "number") -> tuple[Column, Column, Column]:
    """The columns of a number with its honest edges."""
    return Column(key, kind), Column(key, kind, "low"), Column(key, kind, "high")


def edged(key: str, sum: Mapping[str, Any] | None) -> dict[str, Cell]:
    """The cells of a number with its honest edges, by column; all empty where none is known."""
    return {} if sum is None else {key: sum["value"], f"{key}_low": sum["low"], f"{key}_high": sum["high"]}


def edged_count(key: str, reported: Any) -> dict[str, Cell]:
    """The same of a count as it was reported, such as `{"more_than": 90}`."""
    if reported is None:
        return {}
    range = count(reported).range
    return edged(key, {"value": range.value, "low": range.low, "high": range.high})


def cells(columns: Sequence[Column], items: Iterable[Mapping[str, Cell]]) -> Iterator[list[Cell]]:
    """The rows of items that know their cells by column."""
    return ([item.get(column.name) for column in columns] for item in items)


def day(text: str | None) -> Cell:
    """A day as reported: a date where it is one day, else the text, such as `2024-05` or `../2020-10-05`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return text


def province_words(place_list: str, code: str) -> str:
    """A province with its code: `08 Tuyên Quang`."""
    return f"{code} {province_name(place_list, code)}"


def definitions(lang: Language, sheet: Sheet) -> list[tuple[str, list[Pair]]]:
    """What explains a sheet, part by part: the question, how to ask it again, what each indicator counts."""
    parts = [
        (sheet.title(lang), [*sheet.asked, *sheet.provenance]),
        (say(lang, "sheet.reading"), [(say(lang, "sheet.edges"), say(lang, "sheet.edges.meaning"))]),
    ]
    return parts + [_definition(lang, one) for one in sheet.indicators]


def _definition(lang: Language, one: Indicator) -> tuple[str, list[Pair]]:
    name, counts = (say(lang, f"indicator.{one.code}.{part}") for part in ("name", "definition"))
    told = {
        "code": one.code,
        "counts": counts,
        "unit": say(lang, f"sheet.unit.{one.unit}"),
        "kind": say(lang, f"sheet.kind.{one.kind}"),
        "formula": one.formula,
        "source": one.source,
        "not-counted": say(lang, f"indicator.{one.code}.not"),
    }
    if one.age_limit_months is not None:
        told["age-limit"] = say(lang, "sheet.too-old", months=one.age_limit_months)
    return name, [(say(lang, f"sheet.indicator.{part}"), text) for part, text in told.items()]
