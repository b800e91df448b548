"""Figures as a sheet: a row for each part of the answer, which always sum to the whole."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from services.reporting import lists
from services.reporting.asking import Clocks, FiguresAsked
from services.reporting.figures import Part, Question, figures
from services.reporting.sheets.sheet import Cell, Column, Sheet, cells, edged, province_words, with_edges
from shared.places import LIST_OF
from shared.texts import Language, say

_PLACES: Final = {
    "province": ("province", "province_name", "unplaced", "candidates"),
    "commune": ("commune", "commune_name"),
    "club": ("club", "club_name"),
}


def figures_sheet(connection: Connection, clocks: Clocks, asked: FiguresAsked, lang: Language) -> Sheet:
    """The answer to a question as rows. Raises `BadQuestion`."""
    question = asked.question(clocks)
    parts, total = figures(connection, question)
    unit = question.indicator.unit
    certain = Column("certain", "VND" if unit == "VND" else "number")
    columns = (*_keys(question), *with_edges("value", certain.kind), certain)
    # What stands at the end of each month does not add up over months.
    said = [("total", total.range.value), ("total_low", total.range.low), ("total_high", total.range.high)]
    return Sheet(
        "figures",
        columns,
        cells(columns, _rows(connection, question, parts)),
        asked=[
            (say(lang, f"sheet.{name}"), say(lang, "sheet.number", n=number))
            for name, number in said
            if number is not None and not (question.step and question.indicator.kind == "stock")
        ],
        indicators=(question.indicator,),
        count=len(parts),
    )


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
        yield keys | edged("value", part.sum.as_json()) | {"certain": part.sum.certain}


def _unplaced(question: Question, found: Mapping[str, Any] | None) -> dict[str, Cell]:
    """A province that cannot be told on the map asked for: as it was recorded, and which it may be."""
    if found is None:
        return {}
    place_list = LIST_OF.get(question.scheme, "")
    return {
        "unplaced": f"{province_words(found['list'], found['province'])} ({found['list']})",
        "candidates": ", ".join(province_words(place_list, code) for code in found["candidates"]),
    }
