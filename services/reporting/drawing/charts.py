"""A series over time as SVG, drawn on the server: it prints, needs no script, and stands in any report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from services.reporting.drawing.cells import INK, MUTED, PAPER, RULE, TONES
from services.reporting.drawing.markup import element, picture
from services.reporting.drawing.scales import FOOT, LETTER, SIZE, Frame, path, rule, runs, text, ticks
from shared.texts import Language, brief

INKED: Final = TONES[4]
_CAP: Final = 4  # half the width of a band over a single point


@dataclass(frozen=True, slots=True)
class Point:
    """A month's figure: `value` is None where nothing is known; `low` and `high` are its edges if it is uncertain.

    A `low` without a `high` has no upper edge: an arrow points up.
    """

    value: int | None
    low: int | None = None
    high: int | None = None


def line(
    points: Sequence[Point],
    labels: Sequence[str],
    language: Language,
    *,
    title: str,
    desc: str = "",
    before: Sequence[int | None] = (),
    before_label: str = "",
    breaks: Mapping[int, str] | None = None,
    seasons: Sequence[tuple[int, int, str]] = (),
    running: bool = False,
    width: int = 400,
    height: int = 220,
) -> Markup:
    """A series over time, one label a point. What is unknown is a gap: no line is drawn over it.

    `before`: the same months a year earlier, fainter. `breaks`: the number of the first point counted in another way,
    and what changed. `seasons`: first and last point of a time to shade, such as Tết, and its name. `running`: the
    last point is of a time that is not over, and its line is broken.
    """
    known = [n for point in points for n in (point.value, point.low, point.high)] + list(before)
    marks = ticks(max((n for n in known if n is not None), default=0))
    left = max(len(brief(language, mark)) for mark in marks) * SIZE * LETTER + 8
    last = max((n for n, point in enumerate(points) if point.value is not None), default=None)
    ending = "" if last is None else brief(language, points[last].value or 0)
    room = len(ending) * SIZE * LETTER * 1.25 + 12 if last == len(points) - 1 else 8
    frame = Frame(len(points), marks, left, width - room, height - FOOT)
    layers = [
        *_seasons(frame, seasons),
        *frame.axes(labels, language),
        *_band(frame, points),
        *_before(frame, before, before_label),
        *_line_to_now(frame, [point.value for point in points], running),
        *_breaks(frame, breaks or {}),
        *(_last(frame, last, points[last].value or 0, ending, running) if last is not None else ()),
    ]
    key = 20 if before_label else 0
    return picture(width, height + key, *layers, title=title, desc=desc, kind="chart line-chart")


def sparkline(
    values: Sequence[int | None], *, title: str, desc: str = "", width: int = 110, height: int = 26
) -> Markup:
    """A line as small as a word, from zero, without an axis; the last known value is a dot."""
    marks = [0, max((value for value in values if value is not None), default=0) or 1]
    frame = Frame(len(values), marks, 3, width - 5, height - 4, top=4)
    last = max((n for n, value in enumerate(values) if value is not None), default=None)
    dot = [] if last is None else [_dot(frame, last, values[last] or 0, 2.6)]
    drawn = [rule(3, frame.floor, width - 5, frame.floor, RULE, "grid"), *_line(frame, values), *dot]
    return picture(width, height, *drawn, title=title, desc=desc, kind="sparkline")


def _seasons(frame: Frame, seasons: Iterable[tuple[int, int, str]]) -> Iterable[Markup]:
    for first, final, name in seasons:
        left, right = max(frame.x(first - 0.5), frame.left), min(frame.x(final + 0.5), frame.right)
        yield element(
            "rect", x=left, y=frame.top, width=right - left, height=frame.floor - frame.top, fill=TONES[0],
            class_="season",
        )  # fmt: skip
        yield text(name, (left + right) / 2, frame.floor - 6, MUTED, "muted", text_anchor="middle")


def _band(frame: Frame, points: Sequence[Point]) -> Iterable[Markup]:
    """From the lower to the upper edge. A certain month beside an uncertain one is where the band begins."""
    edges = [_edges(point) for point in points]
    for run in runs([point.value for point in points]):
        upper = [(frame.x(n), frame.y(edges[n][1])) for n in run]
        lower = [(frame.x(n), frame.y(edges[n][0])) for n in run]
        if upper == lower:
            continue
        if len(run) == 1:
            (x, top), (_, bottom) = upper[0], lower[0]
            upper, lower = [(x - _CAP, top), (x + _CAP, top)], [(x - _CAP, bottom), (x + _CAP, bottom)]
        yield element("path", d=path([*upper, *reversed(lower)]) + "z", fill=TONES[1], class_="band")
    for n, point in enumerate(points):
        if point.low is not None and point.high is None:
            x, y = frame.x(n), frame.y(edges[n][1])
            yield element("path", d=f"M{x - 4:.1f},{y - 7:.1f}l4,-7 4,7z", fill=INKED, class_="inked")


def _edges(point: Point) -> tuple[int, int]:
    value = point.value or 0
    if point.low is None:
        return value, value
    return point.low, max(value, point.low) if point.high is None else point.high


def _before(frame: Frame, before: Sequence[int | None], label: str) -> Iterable[Markup]:
    """The year before, with its key under the months: beside the line it would hide the other one."""
    dotted = {"stroke_dasharray": "1.5 3.5"}
    yield from _line(frame, before, MUTED, "before", 1.4, **dotted)
    if label:
        y = frame.floor + FOOT + 14
        yield rule(frame.left, y - 4, frame.left + 24, y - 4, MUTED, "before", stroke_width=1.4, **dotted)
        yield text(label, frame.left + 31, y, MUTED, "muted")


def _line(
    frame: Frame,
    values: Sequence[int | None],
    ink: str = INKED,
    kind: str = "line",
    weight: float = 2.2,
    **more: str,
) -> Iterable[Markup]:
    """A line for each stretch that is known; a month between two gaps is a dot."""
    for run in runs(values):
        spots = [(frame.x(n), frame.y(values[n] or 0)) for n in run]
        yield element(
            "path", d=path(spots if len(spots) > 1 else spots * 2), fill="none", stroke=ink, stroke_width=weight,
            stroke_linecap="round", stroke_linejoin="round", class_=kind, **more,
        )  # fmt: skip


def _line_to_now(frame: Frame, values: Sequence[int | None], running: bool) -> Iterable[Markup]:
    """The line; of a time that is not over its last stretch is broken, so that no fall is seen where none is known."""
    if not running or len(values) < 2:
        return _line(frame, values)
    earlier: list[int | None] = [None] * (len(values) - 2)
    broken = _line(frame, [*earlier, *values[-2:]], kind="line running", weight=1.6, stroke_dasharray="3 4")
    return [*_line(frame, [*values[:-1], None]), *(broken if None not in values[-2:] else ())]


def _breaks(frame: Frame, breaks: Mapping[int, str]) -> Iterable[Markup]:
    for first, changed in breaks.items():
        x = frame.x(first - 0.5)
        anchor, aside = ("end", -5) if first > frame.count / 2 else ("start", 5)
        yield rule(x, frame.top - 16, x, frame.floor, INK, "break", stroke_dasharray="4 3")
        yield text(changed, x + aside, frame.top - 8, INK, "ink", text_anchor=anchor)


def _last(frame: Frame, n: int, value: int, words: str, running: bool) -> Iterable[Markup]:
    yield _dot(frame, n, value, 3.6, hollow=running)
    yield text(words, frame.x(n) + 8, frame.y(value) + 5, INK, "ink", font_size=SIZE * 1.2, font_weight=700)


def _dot(frame: Frame, n: int, value: int, radius: float, hollow: bool = False) -> Markup:
    fill, stroke, kind = (PAPER, INKED, "hollow dot") if hollow else (INKED, PAPER, "inked dot")
    return element(
        "circle",
        cx=frame.x(n),
        cy=frame.y(value),
        r=radius,
        fill=fill,
        stroke=stroke,
        stroke_width=1,
        class_=kind,
    )
