"""Finding a place by its name as people type it: without accents, in any order, half a word."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Literal

from shared.folding import folded
from shared.places.tables import (
    PROVINCES,
    Commune,
    District,
    PlaceList,
    Province,
    Successor,
    communes,
    districts,
    predecessors,
    successors,
)

Kind = Literal["province", "district", "commune"]
Unit = Province | District | Commune

_KINDS: Final[dict[type[Unit], Kind]] = {Province: "province", District: "district", Commune: "commune"}


@dataclass(frozen=True, slots=True)
class Found:
    """A province, district or commune. `province` is its code on its own `list`.

    `successors` are what an old one became: a province, the communes of a commune, nothing for a district that was
    cut up. `predecessors` are the old ones a present one was made of.
    """

    list: str
    code: str
    kind: Kind
    name: str
    type: str
    province: str
    province_name: str
    district_name: str | None
    successors: tuple[Successor, ...]
    predecessors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A unit with its words folded, each after a space: `type` is ` xa`, `name` ` thai binh`, `around` the names
    ` yen son tuyen quang`, `types` all three types and a space, ` xa huyen tinh `.
    """

    unit: Unit
    list: str
    province: Province
    kind: Kind
    type: str
    name: str
    around: str
    types: str

    def rank(self, words: Sequence[str]) -> int | None:
        """How well it answers, 0 best; None if it does not. Half a word finds a name, not a type: `phu` is half
        of every phường.
        """
        asked = "".join(f" {word}" for word in words)
        full = self.type + self.name
        if asked in (self.name, full):
            return 0
        if self.name.startswith(asked) or (len(asked) >= len(self.type) and full.startswith(asked)):
            return 1
        others = [word for word in words if f" {word}" not in self.name]
        if not others:
            return 2
        if len(others) == len(words):
            return None
        return 3 if all(f" {word}" in self.around or f" {word} " in self.types for word in others) else None


def search(
    words: str,
    *,
    place_list: PlaceList | None = None,
    province: str | None = None,
    kind: Kind | None = None,
    limit: int = 20,
) -> list[Found]:
    """Places by name, the best first: the very name, what begins so, all words in any order, and then words of
    which some are of the district or province around it. No words: all, by name.

    `province` is a code on `place_list`; without a list it is one of today's map, and finds old places in it too.
    """
    asked = _words(words)
    ranked = [
        (rank, entry)
        for entry in _index()
        if (place_list is None or entry.list == place_list)
        and (kind is None or entry.kind == kind)
        and (province is None or (entry.province.code if place_list else entry.province.now) == province)
        and (rank := entry.rank(asked)) is not None
    ]
    ranked.sort(key=lambda one: one[0])  # Stable: the index is in order.
    return [_found(entry) for _, entry in ranked[:limit]]


@lru_cache(maxsize=20_000)  # Every unit of both maps; pages and letters name the same ones again and again.
def look_up(place_list: str, code: str) -> Found | None:
    """One place by its code: two digits are a province, three a district, five a commune."""
    entry = _by_code().get((place_list, code))
    return _found(entry) if entry else None


@cache
def _index() -> tuple[_Entry, ...]:
    by_name = sorted(map(_entry, _units()), key=lambda entry: (entry.name, entry.unit.code))
    by_list = sorted(by_name, key=lambda entry: entry.list == "pre-2025")  # The present before the past.
    return tuple(sorted(by_list, key=lambda entry: list(_KINDS.values()).index(entry.kind)))


@cache
def _by_code() -> dict[tuple[str, str], _Entry]:
    return {(entry.list, entry.unit.code): entry for entry in _index()}


def _units() -> Iterator[Unit]:
    yield from PROVINCES.values()
    yield from districts().values()
    yield from communes("pre-2025").values()
    yield from communes("2025-07").values()


def _entry(unit: Unit) -> _Entry:
    place_list = "pre-2025" if isinstance(unit, District) else unit.list
    province = unit if isinstance(unit, Province) else PROVINCES[place_list, unit.province]
    district = districts()[unit.district] if isinstance(unit, Commune) and unit.district else None
    around = [one for one in (district, province) if one and one is not unit]
    return _Entry(
        unit,
        place_list,
        province,
        _KINDS[type(unit)],
        _spaced(unit.type),
        _spaced(unit.name),
        _spaced(" ".join(one.name for one in around)),
        _spaced(" ".join(one.type for one in (unit, *around))) + " ",
    )


def _found(entry: _Entry) -> Found:
    unit = entry.unit
    district = districts()[unit.district] if isinstance(unit, Commune) and unit.district else None
    became, was = _other_map(unit)
    return Found(
        entry.list,
        unit.code,
        entry.kind,
        unit.name,
        unit.type,
        entry.province.code,
        entry.province.name,
        district.name if district else None,
        became,
        was,
    )


def _other_map(unit: Unit) -> tuple[tuple[Successor, ...], tuple[str, ...]]:
    """What a unit became, and what it was."""
    match unit:
        case Province(list="pre-2025"):
            return (Successor(unit.now, True),), ()
        case Province():
            return (), tuple(
                code for (_, code), was in PROVINCES.items() if was.list != unit.list and was.now == unit.code
            )
        case District():
            return ((Successor(unit.became, True),) if unit.became else ()), ()
        case Commune(list="pre-2025"):
            return successors(unit.code), ()
        case Commune():
            islands = tuple(one.code for one in districts().values() if one.became == unit.code)
            return (), predecessors(unit.code) or islands


def _words(text: str) -> list[str]:
    """`Ea H'Leo` is two words: people leave the apostrophe out."""
    return re.findall(r"\w+", folded(text).replace("'", "").replace("’", ""))


def _spaced(text: str) -> str:
    return "".join(f" {word}" for word in _words(text))
