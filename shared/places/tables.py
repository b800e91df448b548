"""The lists of provinces, districts and communes as rows, read when they are first asked for.

`pre-2025` held until 30 June 2025: 63 provinces, 696 districts, 10,035 communes. `2025-07` holds since 1 July 2025:
34 provinces, 3,321 communes, no districts. Made by `shared.places.making`; provenance: `PROVENANCE.md` beside it.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from sys import intern
from types import MappingProxyType
from typing import Final, Literal

PlaceList = Literal["pre-2025", "2025-07"]

_COMMUNES: Final[dict[str, str]] = {
    "pre-2025": "communes_pre_2025.csv",
    "2025-07": "communes_2025_07.csv",
}


@dataclass(frozen=True, slots=True)
class Province:
    """A province or centrally run city on one of the two lists; `now` is its code since 1 July 2025.

    `type` is what it was on the first day of the list (`tỉnh` or `thành phố`).
    """

    list: str
    code: str
    name: str
    type: str
    now: str


@dataclass(frozen=True, slots=True)
class District:
    """A district (quận, huyện, thị xã, thành phố) until 30 June 2025.

    `became` is the present commune of the five island districts, which had no communes and changed as a whole; empty
    for all others.
    """

    code: str
    name: str
    type: str
    province: str
    became: str = ""


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune on one of the two lists (xã, phường, thị trấn; since 2025-07 xã, phường, đặc khu)."""

    list: str
    code: str
    name: str
    type: str
    province: str
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Successor:
    """A present commune that took over an old one, or a part of it.

    `default`: to be taken where the report says no more; the source's judgement, not a law.
    """

    code: str
    default: bool


def _rows(table: str) -> Iterator[dict[str, str]]:
    """The rows of a table. Equal words, such as types and codes of provinces, are kept once."""
    with files(__package__).joinpath(table).open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            yield {column: intern(value) for column, value in row.items()}


PROVINCES: Final = {(row["list"], row["code"]): Province(**row) for row in _rows("provinces.csv")}


@cache
def districts() -> Mapping[str, District]:
    """The districts of the old list, by code."""
    found = (District(**row) for row in _rows("districts.csv"))
    return MappingProxyType({district.code: district for district in found})


@cache
def communes(place_list: str) -> Mapping[str, Commune]:
    """The communes of a list, by code."""
    found = (Commune(list=place_list, **row) for row in _rows(_COMMUNES[place_list]))
    return MappingProxyType({commune.code: commune for commune in found})


def successors(old_commune: str) -> tuple[Successor, ...]:
    """What became of a commune of the old list: one commune, or several where it was split. Unknown: none."""
    return _successors().get(old_commune, ())


def predecessors(new_commune: str) -> tuple[str, ...]:
    """The communes of the old list that went into a present one, whole or in part."""
    return _predecessors().get(new_commune, ())


@cache
def provinces_before(new_commune: str) -> tuple[str, ...]:
    """The old provinces the land of a present commune belonged to. No commune was made across their borders."""
    whole = {district.province for district in districts().values() if district.became == new_commune}
    parts = {communes("pre-2025")[code].province for code in predecessors(new_commune)}
    return tuple(sorted(whole | parts))


def communes_now(district: str) -> tuple[str, ...]:
    """The present communes that hold land of an old district."""
    return _communes_now().get(district, ())


@cache
def _successors() -> Mapping[str, tuple[Successor, ...]]:
    found = defaultdict[str, list[Successor]](list)
    for row in _rows("successors.csv"):
        found[row["old"]].append(Successor(row["new"], row["default"] == "1"))
    return {old: tuple(new) for old, new in found.items()}


@cache
def _predecessors() -> Mapping[str, tuple[str, ...]]:
    found = defaultdict[str, list[str]](list)
    for old, new in _successors().items():
        for successor in new:
            found[successor.code].append(old)
    return {new: tuple(old) for new, old in found.items()}


@cache
def _communes_now() -> Mapping[str, tuple[str, ...]]:
    found = defaultdict[str, set[str]](set)
    for district in districts().values():
        if district.became:
            found[district.code].add(district.became)
    for commune in communes("pre-2025").values():
        assert commune.district is not None
        found[commune.district].update(successor.code for successor in successors(commune.code))
    return {district: tuple(sorted(codes)) for district, codes in found.items()}
