"""Horizontal bars: what was reached, beside what was promised."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from services.reporting.drawing.cells import INK, TONES
from services.reporting.drawing.markup import element, picture
from services.reporting.drawing.scales import LETTER, SIZE, rule, text

ROW: Final = 27
THICK: Final = 15
TARGET: Final = "#9c2f1f"


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its name, the value (None is no data) and how it is written, and the target it is measured against."""

    name: str
    value: int | None
    text: str
    target: int | None = None
    link: str | None = None


def bars(
    rows: Sequence[Bar], *, title: str, desc: str = "", target_label: str = "", width: int = 400
) -> Markup:
    """A bar a row, in the order given, all from zero; a mark stands at each target, explained by `target_label`."""
    left = min(max((len(row.name) for row in rows), default=0) * SIZE * LETTER + 10, width * 0.45)
    room = max((len(row.text) for row in rows), default=0) * SIZE * LETTER + 12
    most = max((n for row in rows for n in (row.value, row.target) if n is not None), default=0) or 1
    scale = (width - left - room) / most
    drawn = [_linked(row, _row(row, left, scale, top=ROW * n)) for n, row in enumerate(rows)]
    height = ROW * len(rows) + 4
    if target_label and any(row.target is not None for row in rows):
        drawn += [_mark(left + 1, height + 2), text(target_label, left + 9, height + 15, INK, "ink")]
        height += 24
    base = rule(left, 0, left, ROW * len(rows), INK, "axis")
    linked = any(row.link for row in rows)
    return picture(
        width,
        height,
        *drawn,
        base,
        title=title,
        desc=desc,
        role="group" if linked else "img",
        kind="chart bars",
    )


def _row(row: Bar, left: float, scale: float, top: float) -> Iterable[Markup]:
    middle = top + ROW / 2
    yield text(row.name, left - 8, middle + 4.5, INK, "ink", text_anchor="end")
    length = (row.value or 0) * scale
    yield element(
        "rect", x=left, y=middle - THICK / 2, width=length, height=THICK, fill=TONES[3], class_="bar"
    )
    end = left + length
    if row.target is not None:
        at = left + row.target * scale
        yield _mark(at, top + 3)
        if end - 2 < at < end + len(row.text) * SIZE * LETTER + 14:
            end = at  # The number steps aside for the mark.
    yield text(row.text, end + 6, middle + 4.5, INK, "ink", font_weight=700)


def _mark(x: float, top: float) -> Markup:
    return rule(x, top, x, top + ROW - 6, TARGET, "target", stroke_width=2.4)


def _linked(row: Bar, inside: Iterable[Markup]) -> Markup:
    if row.link is None:
        return element("g", *inside)
    about = f"{row.name}: {row.text}"
    return element("a", element("title", about), *inside, href=row.link, aria_label=about)
