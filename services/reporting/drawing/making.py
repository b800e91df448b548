"""Makes `geo/shapes.json`, the outlines as they are drawn, from `geo/vn_provinces.topo.json`.

    python -m services.reporting.drawing.making

Mercator, 400 units wide, rounded to tenths. The same topology makes the same bytes. Provenance: `geo/PROVENANCE.md`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from math import hypot, log, pi, radians, tan
from pathlib import Path
from typing import Any, Final

GEO: Final = Path(__file__).parent / "geo"
WIDTH: Final = 4000  # tenths of a unit
FLAT: Final = 2  # a number is about twice as wide as it is high
STEP: Final = 80  # tenths between the first places tried for a number

# Inhabited islands that the outline leaves out: degrees east and north, and the province on each map.
ISLANDS: Final[Sequence[Mapping[str, Any]]] = (
    {"name": "Bạch Long Vĩ", "at": (107.7307, 20.1346), "34": "31", "63": "31"},
    {"name": "Cồn Cỏ", "at": (107.339, 17.1593), "34": "44", "63": "45"},
    {"name": "Lý Sơn", "at": (109.115, 15.385), "34": "51", "63": "51"},
    {"name": "Kiên Hải", "at": (104.632, 9.8), "34": "91", "63": "91"},
    {"name": "Thổ Châu", "at": (103.4857, 9.306), "34": "91", "63": "91"},
)

Point = tuple[int, int]
Ring = Sequence[Point]


def make_shapes(topology: Mapping[str, Any]) -> dict[str, Any]:
    """The outline of every province of both maps, and where a number has room in it."""
    arcs = [_degrees(arc, topology["transform"]) for arc in topology["arcs"]]
    west = min(east for arc in arcs for east, _ in arc)
    scale = WIDTH / radians(max(east for arc in arcs for east, _ in arc) - west)
    top = max(_mercator(north) for arc in arcs for _, north in arc)

    def project(point: Sequence[float]) -> Point:
        east, north = point
        return round(radians(east - west) * scale), round((top - _mercator(north)) * scale)

    drawn = [[project(point) for point in arc] for arc in arcs]
    maps = {
        scheme: {one["id"]: _shape(_rings(one, drawn)) for one in topology["objects"][name]["geometries"]}
        for scheme, name in (("34", "provinces_34"), ("63", "provinces_63"))
    }
    islands = [{**island, "at": [part / 10 for part in project(island["at"])]} for island in ISLANDS]
    height = max(down for arc in drawn for _, down in arc) / 10
    return {"width": WIDTH / 10, "height": height, **maps, "islands": islands}


def as_json(shapes: Mapping[str, Any]) -> str:
    """A value a line, so that a change can be read."""
    return json.dumps(shapes, ensure_ascii=False, indent=0) + "\n"


def turn(ring: Ring) -> int:
    """Twice the signed area: positive if the ring runs clockwise on the page, where y grows downwards."""
    return sum(x * next_y - next_x * y for (x, y), (next_x, next_y) in pairwise(ring))


def _mercator(north: float) -> float:
    return log(tan(pi / 4 + radians(north) / 2))


def _degrees(arc: Sequence[Point], transform: Mapping[str, Any]) -> list[tuple[float, float]]:
    """TopoJSON keeps each point as whole steps from the one before."""
    (scale_x, scale_y), (from_x, from_y) = transform["scale"], transform["translate"]
    x = y = 0
    points = []
    for step_x, step_y in arc:
        x, y = x + step_x, y + step_y
        points.append((x * scale_x + from_x, y * scale_y + from_y))
    return points


def _rings(geometry: Mapping[str, Any], arcs: Sequence[Ring]) -> list[Ring]:
    """All rings of a province. An arc with a negative number runs backwards (`~n`)."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return [_joined(ring, arcs) for polygon in polygons for ring in polygon]


def _joined(numbers: Iterable[int], arcs: Sequence[Ring]) -> Ring:
    points: list[Point] = []
    for n in numbers:
        points += arcs[n] if n >= 0 else list(reversed(arcs[~n]))
    return [point for before, point in zip([None, *points], points, strict=False) if point != before]


def _shape(rings: Sequence[Ring]) -> dict[str, Any]:
    """The path, and the middle and half width of the flattest ellipse with room for a number."""
    largest = max(rings, key=turn)
    x, y, room = _roomiest(largest)
    return {
        "path": "".join(_path(ring) for ring in rings if turn(ring)),
        "at": [x / 10, y / 10],
        "room": room,
    }


def _path(ring: Ring) -> str:
    """`M` and steps, in units with one decimal."""
    (x, y), *_ = ring
    steps = [
        f"{_tenths(to_x - at_x)},{_tenths(to_y - at_y)}" for (at_x, at_y), (to_x, to_y) in pairwise(ring[:-1])
    ]
    return f"M{_tenths(x)},{_tenths(y)}l{' '.join(steps)}z"


def _tenths(n: int) -> str:
    return f"{n / 10:g}"


def _roomiest(ring: Ring) -> tuple[int, int, float]:
    """The point farthest from the border, measured with heights stretched: numbers need more width than height."""
    flat = [(x, y * FLAT) for x, y in ring]
    left, right = min(x for x, _ in flat), max(x for x, _ in flat)
    top, bottom = min(y for _, y in flat), max(y for _, y in flat)
    best = max(
        (_depth(x, y, flat), x, y) for x in range(left, right + 1, STEP) for y in range(top, bottom + 1, STEP)
    )
    for step in (STEP // 4, STEP // 16):
        _, x, y = best
        best = max(
            (_depth(x + across * step, y + down * step, flat), x + across * step, y + down * step)
            for across in range(-4, 5)
            for down in range(-4, 5)
        )
    depth, x, y = best
    return x, round(y / FLAT), round(depth / 10, 1)


def _depth(x: int, y: int, ring: Ring) -> float:
    """How far inside the ring a point lies; below zero outside."""
    inside, nearest = False, float("inf")
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
        along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2)
        along = min(1.0, max(0.0, along))
        nearest = min(nearest, hypot(ax + along * (bx - ax) - x, ay + along * (by - ay) - y))
    return nearest if inside else -nearest


if __name__ == "__main__":
    topology = json.loads((GEO / "vn_provinces.topo.json").read_text(encoding="utf-8"))
    (GEO / "shapes.json").write_text(as_json(make_shapes(topology)), encoding="utf-8", newline="")
