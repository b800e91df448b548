"""The outlines of the provinces as they are drawn: 400 units wide, read when a map is first asked for.

Made by `services.reporting.drawing.making`. Borders are approximate, for statistics only: `geo/PROVENANCE.md`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

Scheme = Literal["34", "63"]


@dataclass(frozen=True, slots=True)
class Shape:
    """A province: its SVG path, the middle of its roomiest part, and half the width of the ellipse that fits there.

    The ellipse is half as high as it is wide, as a number is.
    """

    path: str
    x: float
    y: float
    room: float

    def holds(self, width: float, height: float) -> bool:
        """Whether a text of this size stays inside the borders."""
        return (width / 2 / self.room) ** 2 + (height / self.room) ** 2 <= 1


@dataclass(frozen=True, slots=True)
class Island:
    """An inhabited island too small for the outline, drawn as a point of its province."""

    name: str
    x: float
    y: float
    province: str


@cache
def shapes(scheme: Scheme) -> Mapping[str, Shape]:
    """Every province of a map by its code, in the order of the codes."""
    found = {
        code: Shape(one["path"], one["at"][0], one["at"][1], one["room"])
        for code, one in _drawn()[scheme].items()
    }
    return MappingProxyType(dict(sorted(found.items())))


def islands(scheme: Scheme) -> tuple[Island, ...]:
    """The islands that are drawn as points."""
    return tuple(Island(one["name"], one["at"][0], one["at"][1], one[scheme]) for one in _drawn()["islands"])


@cache
def _drawn() -> Mapping[str, Any]:
    text = files(__package__).joinpath("geo/shapes.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))
