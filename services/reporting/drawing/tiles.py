"""The 34 provinces as tiles of one size, for phones: on a map a quarter of them are smaller than a fingertip.

Each tile says name and number in words; colour and the length of the bar under them say the class once more.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from services.reporting.drawing.cells import NO_DATA, Cell, legend_rows, named, tone
from services.reporting.drawing.maps import ARCHIPELAGOS
from services.reporting.drawing.markup import element
from shared.places import LIST_OF, province_name
from shared.texts import Language, knows, say

# Where each province lies, roughly: 54 of the 57 borders between provinces are kept. HS and TS are the archipelagos.
GRID: Final = """
    12 15 08 04 .  .
    11 14 25 19 20 .
    .  .  01 24 22 .
    .  .  37 33 31 .
    .  .  38 .  .  .
    .  .  40 .  .  .
    .  .  42 .  .  .
    .  .  .  44 .  .
    .  .  .  46 48 HS
    .  .  .  .  51 .
    .  .  .  .  52 .
    .  .  .  .  66 .
    .  80 75 68 56 .
    91 82 79 .  .  TS
    96 92 86 .  .  .
"""
PLACES: Final = [
    (row, column, code)
    for row, line in enumerate(GRID.split("\n")[1:-1], start=1)
    for column, code in enumerate(line.split(), start=1)
    if code != "."
]
_ISLANDS: Final = {"".join(word[0] for word in name.split()): (name, code) for name, code, *_ in ARCHIPELAGOS}


def tile_grid(cells: Mapping[str, Cell], legend: Sequence[str], language: Language, *, title: str) -> Markup:
    """The provinces since 1 July 2025 as a list of tiles; `static/drawing.css` lays them out as the country lies.

    `cells` and `legend` are those of `province_map`.
    """
    classes = len(legend) - 1

    def tile(row: int, column: int, code: str) -> Markup:
        name, parent = _ISLANDS.get(code, ("", code))
        cell, province = cells.get(parent, NO_DATA), province_name(LIST_OF["34"], parent)
        about = named(cell, province, language)
        if name:
            full = say(language, "drawing.archipelago", name=name)
            inside = [_span("name", name), _span("of", f"({province})")]
            about = f"{full} ({about})"
        else:
            inside = [_span("name", _short(province, code, language)), _span("value", cell.written or "·")]
            inside += [_span("bar", aria_hidden="true")]
        kind = "tile island" if name else "tile"
        shade = "none" if cell.shade is None else f"t{tone(cell.shade, classes)}"
        return element("li", _linked(cell, about, inside), class_=f"{kind} {shade} row-{row} column-{column}")

    of = [cells.get(code, NO_DATA) for _, _, code in PLACES if code not in _ISLANDS]
    keys = [
        element("li", _span(f"key {'none' if shade is None else f't{shade}'}", aria_hidden="true"), words)
        for shade, words in legend_rows(of, legend, language)
    ]
    if any(cell.uncertain for cell in of):
        keys.append(element("li", f"~ {say(language, 'drawing.uncertain')}"))
    return element(
        "div",
        element("ul", *keys, class_="keys"),
        element("ol", *(tile(*place) for place in PLACES), class_="tiles", aria_label=title),
        class_="tile-grid",
    )


def _short(name: str, code: str, language: Language) -> str:
    """The name as it fits a tile: *TP.HCM*."""
    key = f"drawing.tile.{code}"
    return say(language, key) if knows(key) else name


def _linked(cell: Cell, about: str, inside: Sequence[Markup]) -> Markup:
    if cell.link is None:
        return element("span", *inside, class_="face", title=about)
    return element("a", *inside, class_="face", href=cell.link, title=about, aria_label=about)


def _span(kind: str, *inside: str, **attributes: str) -> Markup:
    return element("span", *inside, class_=kind, **attributes)
