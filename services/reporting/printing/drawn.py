"""What the pictures of a report show: a line over months, and a tile for each province. Numbers and words; no ink."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

from services.reporting.figures import Sum
from services.reporting.printing.wording import Facts, figure_words
from shared.texts import Language, number, say

_STEPS: Final = (1, 2, 5)
MOST_LINES: Final = 4
CLASSES: Final = 4  # Besides none and no report: what the eye tells apart on paper, without colour too.


def line(lang: Language, title: str, values: Mapping[str, int], note: str | None, every: int) -> Facts:
    """A line through the values of months or quarters; every so many of them is named below it."""
    numbers = list(values.values())
    names = [period_name(lang, name) for name in values]
    step = grid_step(max(numbers, default=0))
    return {
        "title": title,
        "none": None if any(numbers) else say(lang, "report.none.line"),
        "alt": say(
            lang,
            "report.line.alt",
            title=title,
            first=names[0],
            last=names[-1],
            least=min(numbers),
            most=max(numbers),
            newest=numbers[-1],
        ),
        "values": numbers,
        "top": step * max(1, -(-max(numbers) // step)),
        "grid": [
            {"at": at, "text": number(lang, at)} for at in range(0, max(numbers) + step, step) if at or step
        ],
        "names": [
            {"at": at, "text": name} for at, name in enumerate(names) if (len(names) - 1 - at) % every == 0
        ],
        "newest": number(lang, numbers[-1]),
        "note": note,
    }


def grid_step(most: int) -> int:
    """The distance of grid lines: 1, 2, 5, 10, 20 … such that there are few."""
    power = 1
    while True:
        for step in _STEPS:
            if step * power * MOST_LINES >= most:
                return step * power
        power *= 10


def period_name(lang: Language, name: str) -> str:
    """*7/2026*, *III/2026* as an axis has room for."""
    year, quarter, numeral = name.partition("-Q")
    if quarter:
        return f"{['I', 'II', 'III', 'IV'][int(numeral) - 1]}/{year}"
    year, _, month = name.partition("-")
    return f"{int(month)}/{year}"


def tiles(lang: Language, clubs: Mapping[str, Sum | None]) -> Facts:
    """Each province as a tile with its figure and class; Hoàng Sa and Trường Sa beside the provinces they belong to."""
    grid = tile_grid()
    limits = class_limits([figure.range.value for figure in clubs.values() if figure])
    name = f"name_{lang}"
    names = {tile["code"]: tile["name_vi"] for tile in grid["tiles"]}
    return {
        "rows": grid["grid"]["rows"],
        "columns": grid["grid"]["cols"],
        "tiles": [
            {
                "row": tile["row"],
                "column": tile["col"],
                "name": tile["name_vi"],
                "figure": _short(lang, clubs.get(tile["code"])),
                "class": class_of(clubs.get(tile["code"]), limits),
            }
            for tile in grid["tiles"]
        ],
        "islands": [
            {
                "row": island["row"],
                "column": island["col"],
                "span": island["colspan"],
                "name": island[name],
                "parent": names[island["parent"]],
            }
            for island in grid["archipelagos"]
        ],
        "legend": [
            {"class": None, "text": say(lang, "report.no-report")},
            {"class": 0, "text": "0"},
            *(
                {"class": at, "text": _between(lang, low, high)}
                for at, (low, high) in enumerate(pairwise(limits), start=1)
            ),
        ],
        "note": say(lang, "report.tiles.note"),
        "alt": say(
            lang,
            "report.tiles.alt",
            islands=", ".join(f"{one[name]} ({names[one['parent']]})" for one in grid["archipelagos"]),
        ),
    }


def class_limits(values: list[int]) -> list[int]:
    """Where each class begins, and one beyond the last: quarters of the provinces that have clubs."""
    some = sorted(value for value in values if value > 0)
    if not some:
        return []
    return [*sorted({some[len(some) * at // CLASSES] for at in range(CLASSES)}), some[-1] + 1]


def class_of(figure: Sum | None, limits: list[int]) -> int | None:
    """None for no report, 0 for none, else the class from 1 on."""
    return None if figure is None else sum(figure.range.value >= limit for limit in limits[:-1])


def _between(lang: Language, low: int, beyond: int) -> str:
    last = beyond - 1
    return number(lang, low) if last == low else f"{number(lang, low)}–{number(lang, last)}"


def _short(lang: Language, figure: Sum | None) -> str:
    return "" if figure is None else figure_words(lang, figure)


@cache
def tile_grid() -> dict[str, Any]:
    """Where each province's tile stands. Source: `drawing/geo/vn_tile_grid_34.json`."""
    found = files("services.reporting") / "drawing" / "geo" / "vn_tile_grid_34.json"
    grid: dict[str, Any] = json.loads(found.read_text(encoding="utf-8"))
    return grid
