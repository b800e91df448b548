"""What terrain a commune of today's list has, as far as anybody has said.

The decisions set targets for lowland communes, and for those in the mountains, at the border and on islands. No list of
them for the 3,321 communes was found, so none is shipped: only the 13 special zones (đặc khu) are surely islands. An
operator who has the list of the Ministry of Home Affairs names it (`ISHC_TERRAIN`); nothing is guessed.
"""

import csv
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from shared.places.tables import communes

Terrain = Literal["lowland", "mountain", "border", "island"]
SPECIAL_ZONE: Final = "đặc khu"  # All 13 are islands or groups of islands (list of 1 July 2025).
_COLUMNS: Final = ["code", "terrain"]
_told: dict[str, Terrain] = {}
_list: list[str] = []


class NotATerrain(ValueError):
    """The list of the operator cannot be read: the service must not start with half of it."""


def add_terrain(path: Path | None) -> None:
    """Take the operator's list: CSV in UTF-8 with the columns `code` and `terrain`. Raises `NotATerrain`."""
    _told.clear()
    _list.clear()
    if path is not None:
        _told.update(_read(path))
        _list.append(hashlib.sha256(path.read_bytes()).hexdigest())


def terrain_of(code: str) -> Terrain | None:
    """The terrain of a present commune; None if nobody said."""
    return _told.get(code) or ("island" if code in _special_zones() else None)


def terrain_list() -> str | None:
    """SHA-256 of the operator's list, None without one: figures by terrain hang on it."""
    return _list[0] if _list else None


def _read(path: Path) -> Mapping[str, Terrain]:
    known, found = communes("2025-07"), dict[str, Terrain]()
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if rows.fieldnames != _COLUMNS:
                raise NotATerrain(_said(path, 1, "cần cột code,terrain / the columns must be code,terrain"))
            for number, row in enumerate(rows, start=2):
                terrain = next((one for one in get_args(Terrain) if one == row["terrain"]), None)
                if row["code"] not in known or terrain is None or row["code"] in found:
                    words = "mã xã hoặc địa hình sai, hoặc trùng / no such commune or terrain, or twice"
                    raise NotATerrain(_said(path, number, words))
                found[row["code"]] = terrain
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NotATerrain(
            _said(path, 0, f"không đọc được / cannot be read: {type(error).__name__}")
        ) from None
    return found


def _said(path: Path, line: int, words: str) -> str:
    return f"ISHC_TERRAIN={path}, dòng / line {line}: {words}"


@cache
def _special_zones() -> frozenset[str]:
    return frozenset(code for code, one in communes("2025-07").items() if one.type == SPECIAL_ZONE)
