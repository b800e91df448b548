"""Where a value lies on a chart, and the few round numbers written beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from typing import Final

from markupsafe import Markup

from services.reporting.drawing.cells import INK, MUTED, RULE
from services.reporting.drawing.markup import element
from shared.texts import Language, brief

SIZE: Final = 12.5
LETTER: Final = 0.62  # width of an ordinary letter, in sizes
TOP: Final = 28
FOOT: Final = 24
MOST_TICKS: Final = 4

Spot = tuple[float, float]


def ticks(most: int) -> list[int]:
    """Zero and at most four round numbers up to the first one that is not below `most`: 0, 50, 100, 150."""
    size = 1
    while True:
        for step in (1, 2, 5):
            if step * size * MOST_TICKS >= most:
                return list(range(0, max(most, 1) + step * size, step * size))[: MOST_TICKS + 1]
        size *= 10


@dataclass(frozen=True, slots=True)
class Frame:
    """The field a series is drawn in: `count` points from `left` to `right`, values from `floor` up to `top`."""

    count: int
    marks: Sequence[int]
    left: float
    right: float
    floor: float
    top: float = TOP

    def x(self, n: float) -> float:
        """Where the point of this number lies; a lone point lies in the middle."""
        share = n / (self.count - 1) if self.count > 1 else 0.5
        return self.left + (self.right - self.left) * share

    def y(self, value: float) -> float:
        """Where a value lies."""
        return self.floor - (self.floor - self.top) * value / self.marks[-1]

    def axes(self, labels: Sequence[str], language: Language) -> Iterable[Markup]:
        """Calm rules at the round numbers, and as many labels of months as there is room for, the last one first."""
        for mark in self.marks:
            at = self.y(mark)
            ink, kind = (INK, "axis") if mark == 0 else (RULE, "grid")
            yield rule(self.left, at, self.right, at, ink, kind)
            yield text(brief(language, mark), self.left - 6, at + 4, MUTED, "muted", text_anchor="end")
        wide = max(map(len, labels), default=0) * SIZE * LETTER
        apart = max(1, ceil((wide * 1.5 + 8) / (self.x(1) - self.x(0)))) if self.count > 1 else 1
        for n in range(self.count - 1, -1, -apart):
            anchor = "end" if n == self.count - 1 > 0 else "middle"
            yield text(labels[n], self.x(n), self.floor + 18, MUTED, "muted", text_anchor=anchor)


def runs(values: Sequence[int | None]) -> list[list[int]]:
    """The numbers of the points that are known, one list for each stretch without a gap."""
    return [
        [n for n, _ in stretch]
        for known, stretch in groupby(enumerate(values), key=lambda pair: pair[1] is not None)
        if known
    ]


def path(spots: Iterable[Spot]) -> str:
    """A line from spot to spot."""
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in spots)


def rule(x1: float, y1: float, x2: float, y2: float, ink: str, kind: str, **more: str | float) -> Markup:
    """A straight thin line."""
    drawn: dict[str, str | float] = {
        "d": path([(x1, y1), (x2, y2)]),
        "stroke": ink,
        "stroke_width": 1,
        "class_": kind,
    }
    return element("path", **drawn | more)


def text(words: str, x: float, y: float, ink: str, kind: str, **more: str | float) -> Markup:
    """Words on a chart."""
    drawn: dict[str, str | float] = {"x": x, "y": y, "font_size": SIZE, "fill": ink, "class_": kind}
    return element("text", words, **drawn | more)
