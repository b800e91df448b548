"""The map of the provinces as one SVG: a shade a province, with Hoàng Sa and Trường Sa in boxes beside the coast."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from markupsafe import Markup

from services.reporting.drawing.cells import (
    DARK_FROM,
    HATCH,
    INK,
    MUTED,
    NO_DATA,
    PAPER,
    TONES,
    Cell,
    legend_rows,
    named,
    tone,
)
from services.reporting.drawing.geometry import Scheme, islands, shapes
from services.reporting.drawing.markup import element, picture
from shared.places import LIST_OF, province_name
from shared.texts import Language, say

WIDTH: Final = 484
HEIGHT: Final = 884
VALUE: Final = 14  # size of the numbers, in units
DIGIT: Final = 0.58  # width of a digit, in sizes
# Name, province, and the box: left, top. Islands are strewn as they lie to each other, not to scale.
ARCHIPELAGOS: Final = (
    ("Hoàng Sa", "48", 364, 352, ((24, 22), (30, 10), (38, 18), (56, 12), (62, 20), (70, 15), (64, 28))),
    ("Trường Sa", "56", 364, 752, ((14, 28), (32, 26), (44, 12), (52, 18), (56, 8), (68, 24), (84, 17))),
)
BOX: Final = 112, 84


def province_map(
    scheme: Scheme,
    cells: Mapping[str, Cell],
    legend: Sequence[str],
    language: Language,
    *,
    title: str,
    measure: str = "",
    desc: str = "",
) -> Markup:
    """The country by province. A province without a cell has no data; a cell with a link makes its province one.

    `legend` is what each class holds, zero first, as `Classes.words` says it; `measure` stands over it.
    """
    of = {code: cells.get(code, NO_DATA) for code in shapes(scheme)}
    names = {code: province_name(LIST_OF[scheme], code) for code in of}
    classes = len(legend) - 1
    hatch = f"hatch-{scheme}"

    def province(code: str) -> Markup:
        cell, shape = of[code], shapes(scheme)[code]
        fill = paint(tone(cell.shade, classes), hatch)
        points = [
            element("circle", element("title", one.name), cx=one.x, cy=one.y, r=3, **fill)
            for one in islands(scheme)
            if one.province == code
        ]
        border = PAPER if cell.shade else HATCH  # the pale ones would melt into the paper
        outline = element(
            "path", d=shape.path, stroke=border, stroke_width=0.9, stroke_linejoin="round", **fill
        )
        return linked(cell, named(cell, names[code], language), [outline, *points, *value(code)])

    def value(code: str) -> Iterable[Markup]:
        cell, shape = of[code], shapes(scheme)[code]
        dark = (tone(cell.shade, classes) or 0) >= DARK_FROM
        for text in filter(None, (cell.written, "~" * cell.uncertain)):
            if shape.holds(len(text) * VALUE * DIGIT, VALUE * 0.75):
                yield _text(
                    text, shape.x, shape.y + VALUE * 0.36, VALUE, PAPER if dark else INK,
                    text_anchor="middle", class_="on-dark" if dark else "on-light",
                )  # fmt: skip
                return

    def archipelago(
        name: str, code: str, left: float, top: float, strewn: Iterable[tuple[int, int]]
    ) -> Markup:
        cell, full = of[code], say(language, "drawing.archipelago", name=name)
        width, height = BOX
        words = full.split()
        box = element(
            "rect", x=left, y=top, width=width, height=height, fill=PAPER, stroke=MUTED, stroke_dasharray="4 3",
            class_="box",
        )  # fmt: skip
        marks = [
            element("path", d=f"M{left + 6 + x},{top + y - 4}l4,4 -4,4 -4,-4z", stroke=MUTED, stroke_width=0.6,
                    **paint(tone(cell.shade, classes), hatch))
            for x, y in strewn
        ]  # fmt: skip
        lines = [
            _text(line, left + width / 2, top + 46 + 15.5 * row, 14, ink, text_anchor="middle", class_=kind)
            for row, (line, ink, kind) in enumerate(
                [(" ".join(words[:2]), INK, "ink"), (" ".join(words[2:]), INK, "ink"),
                 (f"({names[code]})", MUTED, "muted")]
            )
        ]  # fmt: skip
        about = f"{full} ({named(cell, names[code], language)})"
        return linked(cell, about, [box, *marks, *lines])

    return picture(
        WIDTH,
        HEIGHT,
        _hatching(hatch),
        element(
            "g",
            element("g", *(province(code) for code in of), class_="provinces"),
            *(archipelago(*one) for one in ARCHIPELAGOS),
            _legend(list(of.values()), legend, language, measure, hatch),
            *_caption(language),
            transform="translate(4 4)",
        ),
        title=title,
        desc=desc,
        role="group",
        kind="map",
    )


def paint(of: int | None, hatch: str) -> dict[str, str]:
    """How a tone is filled. No data is hatched, so that it is no shade of anything."""
    if of is None:
        return {"fill": f"url(#{hatch})", "class_": "none"}
    return {"fill": TONES[of], "class_": f"t{of}"}


def linked(cell: Cell, about: str, inside: Iterable[Markup]) -> Markup:
    """A part of the map with what is said of it; a link if it leads somewhere."""
    label = element("title", about)
    if cell.link is None:
        return element("g", label, *inside)
    return element("a", label, *inside, href=cell.link, aria_label=about)


def _hatching(id: str) -> Markup:
    ground = element("rect", width=5, height=5, fill=PAPER, class_="ground")
    line = element("path", d="M0,0V5", stroke=HATCH, stroke_width=1.8, class_="hatch")
    return element(
        "defs",
        element("pattern", ground, line, id=id, width=5, height=5, patternUnits="userSpaceOnUse",
                patternTransform="rotate(45)"),
    )  # fmt: skip


def _legend(
    cells: Sequence[Cell], legend: Sequence[str], language: Language, measure: str, hatch: str
) -> Markup:
    """In the room left of the coast, where the map has none of the country."""
    rows = legend_rows(cells, legend, language)
    inside = [_text(measure, 0, 0, 15, INK, font_weight=700, class_="ink")] if measure else []
    for row, (of, words) in enumerate(rows, start=1):
        down = row * 23 - 12
        inside.append(
            element(
                "rect", x=0, y=down, width=30, height=17, stroke=MUTED, stroke_width=0.5, **paint(of, hatch)
            )
        )
        inside.append(_text(words, 38, down + 14, 15, INK, class_="ink"))
    if any(cell.uncertain for cell in cells):
        down = len(rows) * 23 + 25
        inside.append(_text("~", 15, down, 15, INK, text_anchor="middle", class_="ink"))
        inside.append(_text(say(language, "drawing.uncertain"), 38, down, 15, INK, class_="ink"))
    return element("g", *inside, class_="legend", transform="translate(0 420)")


def _caption(language: Language) -> list[Markup]:
    lines = (say(language, "drawing.borders"), say(language, "drawing.islands"))
    return [_text(line, 0, 856 + 16 * row, 12.5, MUTED, class_="muted") for row, line in enumerate(lines)]


def _text(words: str, x: float, y: float, size: float, fill: str, **more: str | float) -> Markup:
    return element("text", words, x=x, y=y, font_size=size, fill=fill, **more)
