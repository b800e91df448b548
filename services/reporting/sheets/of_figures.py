"""Figures as a sheet: a row for each part of the answer, which always sum to the whole."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import lists
from services.reporting.asking import Clocks, FiguresAsked
from services.reporting.figures import Part, Sum, figures
from services.reporting.how_complete import reported_of
from services.reporting.question import Question
from services.reporting.sheets.sheet import (
    Cell,
    Column,
    Kind,
    Pair,
    Sheet,
    cells,
    edged,
    province_words,
    with_edges,
)
from shared.places import LIST_OF
from shared.texts import Language, number, percent, say

_PLACES: Final = {
    "province": ("province", "province_name", "unplaced", "candidates"),
    "district": ("district", "district_name"),
    "commune": ("commune", "commune_name"),
    "club": ("club", "club_name"),
    "source": ("source",),
    "scheme": ("scheme",),
}


def figures_sheet(connection: Connection, clocks: Clocks, asked: FiguresAsked, lang: Language) -> Sheet:
    """The answer to a question as rows. Raises `BadQuestion`."""
    question = asked.question(clocks)
    parts, total = figures(connection, question)
    columns = (*_keys(question), *_amounts(question))
    # What stands at the end of each month does not add up over months.
    adds_up = not (question.step and question.indicator.kind == "stock")
    said = _cells(total) if adds_up else {}
    return Sheet(
        "figures",
        columns,
        cells(columns, _rows(connection, question, parts)),
        asked=[
            (say(lang, f"sheet.{name}"), _said(lang, question, said[column]))
            for name, column in (("total", "value"), ("total_low", "value_low"), ("total_high", "value_high"))
            if said.get(column) is not None
        ]
        + (_completeness(connection, question, lang) if asked.completeness else []),
        indicators=(question.indicator,),
        count=len(parts),
    )


def _completeness(connection: Connection, question: Question, lang: Language) -> list[Pair]:
    told = reported_of(connection, question)
    days = f"{told['from']} – {told['to']}"
    return [
        (say(lang, f"sheet.meetings_{name}", days=days), number(lang, told[name]["value"]))
        for name in ("expected", "received", "late")
    ]


def _amounts(question: Question) -> tuple[Column, ...]:
    """The figure with its edges and what of it is certain; of a share, also both numbers it is made of."""
    unit = question.indicator.unit
    kind: Kind = "VND" if unit == "VND" else "percent" if unit == "percent" else "number"
    made_of = (*with_edges("numerator"), *with_edges("denominator")) if kind == "percent" else ()
    return (*with_edges("value", kind), Column("certain", kind), *made_of)


def _cells(found: Sum) -> dict[str, Cell]:
    """The cells of a figure by column. A percentage is a share of 1 there."""
    told = found.as_json()
    if found.of is None:
        return edged("value", told) | {"certain": told["certain"]}
    names = ("value", "low", "high", "certain")
    share = {name: None if told[name] is None else round(told[name] / 100, 3) for name in names}
    made_of = edged("numerator", told["numerator"]) | edged("denominator", told["denominator"])
    return edged("value", share) | {"certain": share["certain"]} | made_of


def _said(lang: Language, question: Question, cell: Cell) -> str:
    assert isinstance(cell, int | float)
    if question.indicator.unit == "percent":
        return say(lang, "figure.percent", n=percent(lang, round(cell * 100, 1)))
    return say(lang, "sheet.number", n=cell)


def _keys(question: Question) -> list[Column]:
    """The columns that tell one row from another."""
    names = [name for place, some in _PLACES.items() if place in question.by for name in some]
    if "province" in question.by and question.scheme == "as-recorded":
        names[1:4] = ["province_name", "list"]  # Nothing has to be found on another map.
    return [Column(name) for name in names] + ([Column("period")] if question.step else [])


def _rows(connection: Connection, question: Question, parts: Sequence[Part]) -> Iterator[dict[str, Cell]]:
    clubs = lists.club_names(connection, question.position) if "club" in question.by else {}
    for part in parts:
        keys: dict[str, Any] = dict(part.keys)
        keys["province_name"] = keys.pop("name", None)
        keys["club_name"] = clubs.get(keys.get("club", ""))
        keys |= _unplaced(question, keys.get("unplaced"))
        yield keys | _cells(part.sum)


def _unplaced(question: Question, found: Mapping[str, Any] | None) -> dict[str, Cell]:
    """A province that cannot be told on the map asked for: as it was recorded, and which it may be."""
    if found is None:
        return {}
    place_list = LIST_OF.get(question.scheme, "")
    return {
        "unplaced": f"{province_words(found['list'], found['province'])} ({found['list']})",
        "candidates": ", ".join(province_words(place_list, code) for code in found["candidates"]),
    }
